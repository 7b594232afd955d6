/* See av_common.h. */
#include "av_common.h"

#include "base/log.h"
#include "vis/source.h"

#include <libavutil/error.h>
#include <libavutil/log.h>
#include <libavutil/pixdesc.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* A query goes whole: many cameras take the password there. */
void vis_hide_credentials(char *text)
{
    for (char *start = strstr(text, "://"); start; start = strstr(start, "://")) {
        start += 3;
        char *query = start + strcspn(start, "?# \t\"'"), *end = start + strcspn(start, " \t\"'");
        if (end > query && end[-1] == ':') /* of the sentence: "ADDRESS: timed out" */
            end--;
        memmove(query, end, strlen(end) + 1);
        char *at = NULL; /* the last one before the path: passwords may hold an '@' */
        for (char *c = start; *c && !strchr("/ \t\"'", *c); c++)
            if (*c == '@')
                at = c;
        if (at)
            memmove(start, at + 1, strlen(at + 1) + 1);
    }
}

/* libav's errors are details of a failure that our own line reports: never above INFO. */
static void route_log(void *context, int level, const char *format, va_list args)
{
    (void)context;
    if (level > AV_LOG_WARNING)
        return;
    char line[512];
    vsnprintf(line, sizeof line, format, args);
    line[strcspn(line, "\r\n")] = 0;
    vis_hide_credentials(line);
    if (*line)
        fb_log(level <= AV_LOG_ERROR ? FB_LOG_INFO : FB_LOG_DEBUG, "libav", "%s", line);
}

static void set_callback(void)
{
    av_log_set_callback(route_log);
}

void vis_av_init_log(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_callback);
}

struct vis_av_text vis_av_error(int code)
{
    struct vis_av_text text = {""};
    av_strerror(code, text.text, sizeof text.text);
    return text;
}

const char *vis_av_format_name(int pixel_format)
{
    const char *name = av_get_pix_fmt_name((enum AVPixelFormat)pixel_format);
    return name ? name : "unknown";
}

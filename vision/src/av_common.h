/* What every user of libav here shares: its log routed to ours, error texts, URLs without
 * passwords. Threads: any. */
#ifndef VIS_AV_COMMON_H
#define VIS_AV_COMMON_H

#include <stddef.h>

/* Before the first libav call; does its work once. libav writes to stderr without it. */
void vis_av_init_log(void);

struct vis_av_text {
    char text[96];
};
/* What a negative libav code means. */
struct vis_av_text vis_av_error(int code);

/* "yuv420p"; "unknown" for a format libav has no name for. */
const char *vis_av_format_name(int pixel_format);

#endif

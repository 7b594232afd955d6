/* A BORIS project (.boris, JSON): the only thing that BORIS imports observations from. One
 * observation; expressions are state events, whose start and stop are two events of one code,
 * markers are point events. Times are seconds of the video. */
#include "export_events.h"

#include "base/clock.h"
#include "save.h"

#include <stdlib.h>

struct event {
    int64_t time_ns;
    int is_start; /* stops first where times are equal, or a pair would be taken crosswise */
    const char *subject, *code, *comment;
};

static int by_time(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    return x->is_start - y->is_start;
}

static void put_s(FILE *file, int64_t time_ns)
{
    app_put_decimal(file, time_ns > 0 ? (double)(time_ns / FB_NS_PER_MS) / 1e3 : 0, 3);
}

static void write_behaviours(FILE *file)
{
    fputs("\"behaviors_conf\":{", file);
    for (int i = MON_NOT_SURE; i <= FB_EXPRESSION_COUNT; i++) {
        bool is_marker = i == FB_EXPRESSION_COUNT;
        fprintf(file, "%s\"%d\":{\"type\":\"%s\",\"key\":\"%c\",\"code\":",
                i > MON_NOT_SURE ? ",\n" : "\n", i + 1, is_marker ? "Point event" : "State event",
                is_marker ? 'm' : '0' + i + 1);
        app_json_text(file, is_marker ? "marker" : fb_expression_name(i));
        fputs(",\"description\":\"\",\"category\":\"\",\"modifiers\":\"\",\"excluded\":\"\","
              "\"coding map\":\"\"}",
              file);
    }
    fputs("},\n", file);
}

static void write_subjects(const struct app_stretches *events, FILE *file)
{
    fputs("\"subjects_conf\":{", file);
    for (int i = 0; i < events->n_students; i++) {
        fprintf(file, "%s\"%d\":{\"key\":\"\",\"name\":", i ? ",\n" : "\n", i);
        app_json_text(file, events->students[i].name);
        fputs(",\"description\":\"\"}", file);
    }
    fputs("},\n", file);
}

static struct event *collect(const struct app_stretches *events, int *n)
{
    struct event *list =
        calloc((size_t)(2 * events->n_stretches + events->n_markers) + 1, sizeof *list);
    *n = 0;
    for (int i = 0; i < events->n_stretches && list; i++) {
        const struct app_stretch *stretch = &events->stretches[i];
        struct event event = {stretch->start_ns, 1, app_stretches_name(events, stretch->student),
                              fb_expression_name(stretch->expression), ""};
        list[(*n)++] = event;
        event.time_ns = stretch->end_ns;
        event.is_start = 0;
        list[(*n)++] = event;
    }
    for (int i = 0; i < events->n_markers && list; i++)
        list[(*n)++] = (struct event){events->markers[i].time_ns, 1, "", "marker",
                                      events->markers[i].text};
    if (list)
        qsort(list, (size_t)*n, sizeof *list, by_time);
    return list;
}

static void write_events(const struct app_stretches *events, FILE *file)
{
    int n;
    struct event *list = collect(events, &n);
    fputs("\"events\":[", file);
    for (int i = 0; i < n && list; i++) {
        fputs(i ? ",\n[" : "\n[", file);
        put_s(file, list[i].time_ns);
        fputc(',', file);
        app_json_text(file, list[i].subject);
        fputc(',', file);
        app_json_text(file, list[i].code);
        fputs(",\"\",", file);
        app_json_text(file, list[i].comment);
        fputc(']', file);
    }
    fputs("]", file);
    free(list);
}

/* One whose media BORIS can open, or a live one, which has none. */
static void write_observation(const struct app_stretches *events, FILE *file)
{
    bool has_video = *events->video;
    fprintf(file, "\"observations\":{\"feltboard\":{\"type\":\"%s\",\"date\":",
            has_video ? "MEDIA" : "LIVE");
    char date[20]; /* without the offset, which BORIS does not read */
    snprintf(date, sizeof date, "%.19s", events->started_at);
    app_json_text(file, date);
    fputs(",\"description\":", file);
    app_json_text(file, APP_EXPORT_NOTE "; human agreement " APP_HUMAN_AGREEMENT);
    fputs(",\"time offset\":0.0,\"independent_variables\":{},\"observation time interval\":[0,0],"
          "\"visualize_spectrogram\":false,\"close_behaviors_between_videos\":false,\"file\":{"
          "\"1\":[",
          file);
    if (has_video)
        app_json_text(file, events->video);
    fputs("],\"2\":[],\"3\":[],\"4\":[],\"5\":[],\"6\":[],\"7\":[],\"8\":[]},\"media_info\":{"
          "\"length\":{",
          file);
    if (has_video) {
        app_json_text(file, events->video);
        fputc(':', file);
        put_s(file, events->end_ns);
    }
    fputs("},\"fps\":{},\"hasVideo\":{},\"hasAudio\":{}},\n", file);
    write_events(events, file);
    fputs("}},\n", file);
}

void app_export_boris(const struct app_stretches *events, FILE *file)
{
    fputs("{\"time_format\":\"s\",\"project_format_version\":\"7.0\",\"project_name\":\"feltboard\","
          "\"project_description\":",
          file);
    app_json_text(file, APP_EXPORT_NOTE);
    fputs(",\"project_date\":", file);
    char date[20];
    snprintf(date, sizeof date, "%.19s", events->started_at);
    app_json_text(file, date);
    fputs(",\n", file);
    write_subjects(events, file);
    write_behaviours(file);
    write_observation(events, file);
    fputs("\"behavioral_categories\":[],\"behavioral_categories_config\":{},"
          "\"independent_variables\":{},\"coding_map\":{},\"behaviors_coding_map\":[],"
          "\"converters\":{}}\n",
          file);
}

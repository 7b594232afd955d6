/* See export_events.h: WebVTT and the table of stretches. The formats of annotation programs are in
 * export_elan.c and export_boris.c. */
#include "export_events.h"

#include "base/clock.h"
#include "save.h"
#include "xml.h"

#include <errno.h>
#include <string.h>

static void vtt_time(FILE *file, int64_t time_ns)
{
    long long ms = (time_ns > 0 ? time_ns : 0) / FB_NS_PER_MS;
    fprintf(file, "%02lld:%02lld:%02lld.%03lld", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60,
            ms % 1000);
}

void app_vtt_head(FILE *file)
{
    fputs("WEBVTT\n\nNOTE " APP_EXPORT_NOTE "\n\n", file);
}

static void vtt_span(FILE *file, int64_t start_ns, int64_t end_ns)
{
    if (end_ns < start_ns + FB_NS_PER_MS)
        end_ns = start_ns + FB_NS_PER_MS; /* a cue must last */
    vtt_time(file, start_ns);
    fputs(" --> ", file);
    vtt_time(file, end_ns);
    fputc('\n', file);
}

void app_vtt_cue(FILE *file, int64_t start_ns, int64_t end_ns, const char *who, const char *text)
{
    vtt_span(file, start_ns, end_ns);
    if (who) {
        fputs("<v ", file);
        app_xml_text(file, who);
        fputc('>', file);
    }
    app_xml_text(file, text);
    fputs("\n\n", file);
}

/* By time: players take what comes next, not what is where. */
static void write_vtt(const struct app_stretches *events, FILE *file)
{
    app_vtt_head(file);
    int marker = 0;
    for (int i = 0; i <= events->n_stretches; i++) {
        const struct app_stretch *stretch =
            i < events->n_stretches ? &events->stretches[i] : NULL;
        for (; marker < events->n_markers &&
               (!stretch || events->markers[marker].time_ns <= stretch->start_ns);
             marker++) {
            int64_t time_ns = events->markers[marker].time_ns;
            const char *text = events->markers[marker].text;
            app_vtt_cue(file, time_ns, time_ns + FB_NS_PER_S, NULL, *text ? text : "marker");
        }
        if (stretch && stretch->expression >= 0 && stretch->end_ns > 0)
            app_vtt_cue(file, stretch->start_ns, stretch->end_ns,
                        app_stretches_name(events, stretch->student),
                        fb_expression_name(stretch->expression));
    }
}

void app_export_chapters(const struct app_stretches *events, FILE *file)
{
    app_vtt_head(file);
    for (int i = 0; i < events->n_markers; i++) {
        int64_t start_ns = events->markers[i].time_ns;
        int64_t end_ns = i + 1 < events->n_markers ? events->markers[i + 1].time_ns
                                                   : events->end_ns;
        fprintf(file, "%d\n", i + 1);
        app_vtt_cue(file, start_ns, end_ns > start_ns ? end_ns : start_ns + FB_NS_PER_S, NULL,
                    events->markers[i].text[0] ? events->markers[i].text : "marker");
    }
}

/* ---- a row per stretch ---- */

static void cell_s(FILE *file, int64_t time_ns)
{
    fputc(',', file);
    app_put_decimal(file, (double)time_ns / 1e9, 3);
}

static void write_runs(const struct app_stretches *events, FILE *file)
{
    fputs("# started_at: ", file);
    fputs(events->started_at, file);
    fputs("\n# human_agreement: " APP_HUMAN_AGREEMENT "\n# note: " APP_EXPORT_NOTE "\n", file);
    if (*events->video)
        fprintf(file, "# times: seconds of %s\n", events->video);
    fputs("student,name,expression,start_s,stop_s,duration_s,first_frame,last_frame,confidence\n",
          file);
    for (int i = 0; i < events->n_stretches; i++) {
        const struct app_stretch *stretch = &events->stretches[i];
        fprintf(file, "%d,", stretch->student);
        app_csv_text(file, app_stretches_name(events, stretch->student));
        fprintf(file, ",%s", fb_expression_name(stretch->expression));
        cell_s(file, stretch->start_ns);
        cell_s(file, stretch->end_ns);
        cell_s(file, stretch->end_ns - stretch->start_ns);
        fprintf(file, ",%lld,%lld,", (long long)stretch->first_frame,
                (long long)stretch->last_frame);
        if (stretch->confidence > 0)
            app_put_decimal(file, stretch->confidence, 4);
        fputc('\n', file);
    }
}

int app_export_events(struct app_session *session, const struct app_export_settings *settings,
                      FILE *file)
{
    static void (*const writers[APP_EXPORT_COUNT])(const struct app_stretches *, FILE *) = {
        [APP_EXPORT_RUNS] = write_runs,
        [APP_EXPORT_VTT] = write_vtt,
        [APP_EXPORT_CHAPTERS] = app_export_chapters,
        [APP_EXPORT_EAF] = app_export_elan,
        [APP_EXPORT_BORIS] = app_export_boris,
    };
    struct app_stretches events;
    int status = app_stretches_init(&events, session, settings->student);
    if (!status)
        writers[settings->format](&events, file);
    app_stretches_finish(&events);
    if (!status && ferror(file))
        status = fb_fail(FB_ERR_IO, "writing the export: %s", strerror(errno));
    return status;
}

/* See report.h. Words matter here: an expression is shown, not a feeling had; what is not known is
 * said to be not known; nobody is compared with anybody. */
#include "report_state.h"

#include "base/words.h"
#include "moments.h"
#include "report_moments.h"
#include "save.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int grow(void **items, int n, int *capacity, size_t item_bytes)
{
    if (n < *capacity)
        return FB_OK;
    int more = *capacity ? 2 * *capacity : 32;
    void *grown = realloc(*items, (size_t)more * item_bytes);
    if (!grown)
        return fb_fail_nomem("the report", (size_t)more * item_bytes);
    *items = grown;
    *capacity = more;
    return FB_OK;
}

static int take_student(void *user, int number, const char *name)
{
    struct app_report *report = user;
    void *items = report->students;
    int status =
        grow(&items, report->n_students, &report->student_capacity, sizeof *report->students);
    report->students = items;
    if (status)
        return status;
    struct app_report_student *student = &report->students[report->n_students++];
    student->student = number;
    student->is_named = *name;
    if (*name)
        snprintf(student->name, sizeof student->name, "%s", name);
    else
        snprintf(student->name, sizeof student->name, _("Student %d"), number);
    return FB_OK;
}

static int take_marker(void *user, int64_t pts_ns, const char *text, const char *wall)
{
    struct app_report *report = user;
    void *items = report->markers;
    int status = grow(&items, report->n_markers, &report->marker_capacity, sizeof *report->markers);
    report->markers = items;
    if (status)
        return status;
    struct app_report_marker *marker = &report->markers[report->n_markers++];
    marker->time_ns = pts_ns;
    snprintf(marker->text, sizeof marker->text, "%s", text);
    snprintf(marker->wall, sizeof marker->wall, "%s", wall);
    return FB_OK;
}

static int take_frame(void *user, const struct mon_observation *observation)
{
    return mon_timeline_add(user, observation);
}

static int collect(struct app_report *report)
{
    int status = mon_timeline_create(&report->timeline);
    if (!status)
        status = app_session_totals(report->session, &report->totals);
    if (!status)
        status =
            app_session_each(report->session, INT64_MIN, INT64_MAX, take_frame, report->timeline);
    if (!status)
        status = app_session_each_student(report->session, take_student, report);
    if (!status)
        status = app_session_each_marker(report->session, take_marker, report);
    if (status || !report->n_markers)
        return status;
    report->marker_ns = malloc((size_t)report->n_markers * sizeof *report->marker_ns);
    if (!report->marker_ns)
        return fb_fail_nomem("the report", (size_t)report->n_markers * sizeof *report->marker_ns);
    for (int i = 0; i < report->n_markers; i++)
        report->marker_ns[i] = report->markers[i].time_ns;
    return FB_OK;
}

static void find_span(struct app_report *report)
{
    struct app_chart_span *span = &report->span;
    if (!mon_timeline_span(report->timeline, &span->from_ns, &span->to_ns))
        span->to_ns = 1000000000; /* nothing was recorded: an empty second */
    span->marker_ns = report->marker_ns;
    span->n_markers = report->n_markers;
}

static int write_moments(const struct app_report *report)
{
    struct app_moment moments[APP_MOMENTS_MAX];
    int n = app_moments_find(report->timeline, moments);
    if (n > 0)
        app_report_moments(report->file, moments, n, report->settings);
    return n < 0 ? n : FB_OK;
}

static int write_page(struct app_report *report)
{
    find_span(report);
    app_report_head(report);
    int status = app_report_class(report);
    app_report_markers(report);
    if (!status)
        status = write_moments(report);
    app_report_students(report);
    app_report_totals(report);
    app_report_origin(report);
    fputs("</body>\n</html>\n", report->file);
    if (!status && (fflush(report->file) || ferror(report->file)))
        status = fb_fail(FB_ERR_IO, "writing the report: %s", strerror(errno));
    return status;
}

int app_report_write(struct app_session *session, const struct app_report_settings *settings,
                     FILE *file)
{
    struct app_report report = {.file = file, .session = session, .settings = settings};
    int status = collect(&report);
    if (!status)
        status = write_page(&report);
    mon_timeline_destroy(&report.timeline);
    free(report.students);
    free(report.markers);
    free(report.marker_ns);
    return status;
}

int app_report_save(struct app_session *session, const struct app_report_settings *settings,
                    const char *path)
{
    struct app_save save;
    int status = app_save_begin(&save, path);
    if (!status)
        status = app_save_end(&save, app_report_write(session, settings, save.file));
    return status == FB_ERR_IO && !strstr(fb_error_text(), path) ? fb_fail_context(status, "%s", path) : status;
}

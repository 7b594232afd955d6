/* See report.h. Words matter here: an expression is shown, not a feeling had; what is not known is
 * said to be not known; nobody is compared with anybody. */
#include "report.h"

#include "export_events.h"
#include "moments.h"
#include "report_chart.h"
#include "report_moments.h"
#include "report_words.h"
#include "save.h"
#include "ui/words.h"
#include "xml.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BRIEF_S 15.0     /* seen for less than this ... */
#define BRIEF_SHARE 0.05 /* ... and than this share of the session */

struct student {
    int student;
    bool is_named;
    char name[APP_SESSION_TEXT_BYTES];
};

struct marker {
    int64_t time_ns;
    char text[APP_SESSION_TEXT_BYTES], wall[64];
};

struct report {
    FILE *file;
    struct app_session *session;
    const struct app_report_settings *settings; /* or NULL */
    struct app_session_totals totals;
    struct mon_timeline *timeline;
    struct student *students;
    struct marker *markers;
    int64_t *marker_ns;
    int n_students, n_markers, student_capacity, marker_capacity;
    struct app_chart_span span;
};

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
    struct report *report = user;
    void *items = report->students;
    int status =
        grow(&items, report->n_students, &report->student_capacity, sizeof *report->students);
    report->students = items;
    if (status)
        return status;
    struct student *student = &report->students[report->n_students++];
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
    struct report *report = user;
    void *items = report->markers;
    int status = grow(&items, report->n_markers, &report->marker_capacity, sizeof *report->markers);
    report->markers = items;
    if (status)
        return status;
    struct marker *marker = &report->markers[report->n_markers++];
    marker->time_ns = pts_ns;
    snprintf(marker->text, sizeof marker->text, "%s", text);
    snprintf(marker->wall, sizeof marker->wall, "%s", wall);
    return FB_OK;
}

static int take_frame(void *user, const struct mon_observation *observation)
{
    return mon_timeline_add(user, observation);
}

static int collect(struct report *report)
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

static void find_span(struct report *report)
{
    struct app_chart_span *span = &report->span;
    if (!mon_timeline_span(report->timeline, &span->from_ns, &span->to_ns))
        span->to_ns = 1000000000; /* nothing was recorded: an empty second */
    span->marker_ns = report->marker_ns;
    span->n_markers = report->n_markers;
}

static void write_fact(const struct report *report, const char *key, const char *before,
                       const char *instead)
{
    char value[APP_SESSION_TEXT_BYTES];
    if (app_session_fact(report->session, key, value, sizeof value))
        *value = 0; /* the walks over the session have shown that it is readable */
    if (!*value && !instead)
        return;
    fputs(before, report->file);
    app_xml_text(report->file, *value ? value : instead);
}

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1a1f26;--soft:#4c5663;--line:#d5dae0;--ground:#fff;"
    "--well:#edf0f3;--mark:#c62828;--faces:#aeb8c4}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8ebef;--soft:#a6aeb8;--line:#2b3038;"
    "--ground:#16191e;--well:#23272e;--mark:#f2555a;--faces:#59626c}}\n"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);"
    "max-width:1000px;margin:2rem auto;padding:0 1rem}\n"
    "h1{font-size:1.6rem;margin:0 0 .2rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}\n"
    "p.lead,.small,td.small,th{color:var(--soft)}\n"
    "aside{border-left:4px solid var(--mark);background:var(--well);padding:.6rem 1rem;"
    "margin:1rem 0}\naside p{margin:.3rem 0}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th{font-weight:500;text-align:left;font-size:.85rem}\n"
    "td,th{padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line);"
    "vertical-align:middle}\ntd.n,th.n{text-align:right;font-variant-numeric:tabular-nums;"
    "white-space:nowrap}\n"
    "td.name{min-width:6rem;max-width:11rem;overflow-wrap:anywhere}\n"
    "svg{display:block}svg.wide{width:100%;height:auto}\n"
    "svg.strip{width:100%;min-width:18rem;height:20px}svg.bar{width:100%;min-width:8rem;height:12px}\n"
    ".well{fill:var(--well)}.faces{fill:var(--faces)}\n"
    ".axis path{stroke:var(--ink);opacity:.15;fill:none}svg text{fill:var(--soft);font-size:11px}\n"
    "path.mark{stroke:var(--mark);stroke-width:1.5;fill:none}text.mark{fill:var(--mark)}\n"
    "ol.moments{list-style:none;padding:0;display:grid;gap:.8rem;"
    "grid-template-columns:repeat(auto-fill,minmax(18rem,1fr))}\n"
    "ol.moments li{border:1px solid var(--line);border-radius:6px;padding:.6rem .8rem;"
    "break-inside:avoid}ol.moments img{width:100%;height:auto;display:block;margin:.4rem 0}\n"
    "ol.moments svg.bar{width:100%;margin:.15rem 0}td span.small{display:block;font-size:.85em;"
    "line-height:1.3}\n"
    "ul.key{list-style:none;padding:0;margin:.5rem 0;display:flex;flex-wrap:wrap;"
    "gap:.2rem 1rem}\n"
    "ul.key i{display:inline-block;width:.8rem;height:.8rem;margin-right:.4rem;border-radius:2px}\n"
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}\n"
    "@media print{body{margin:0;max-width:none;font-size:11px}tr,svg,aside{break-inside:avoid}"
    "h2,h2+p{break-after:avoid}th{font-size:1em}}\n";

/* "2026-03-02T08:15:00+01:00" as people write it, to the minute. */
static void write_start(const struct report *report)
{
    char wall[APP_SESSION_TEXT_BYTES] = "", text[20] = "";
    if (!app_session_fact(report->session, "started_at", wall, sizeof wall) && strlen(wall) >= 16)
        snprintf(text, sizeof text, "%.10s %.5s", wall, wall + 11);
    app_xml_text(report->file, *text ? text : _("start not recorded"));
}

static void write_head(const struct report *report)
{
    FILE *file = report->file;
    /* TRANSLATORS: the language's code, as HTML has it */
    fprintf(file, "<!DOCTYPE html>\n<html lang=\"%s\">\n", _("en"));
    fputs("<head>\n<meta charset=\"utf-8\"/>\n"
          "<meta http-equiv=\"Content-Security-Policy\" "
          "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"/>\n"
          "<meta name=\"viewport\" content=\"width=device-width\"/>\n<title>",
          file);
    write_fact(report, "name", "", _("Session"));
    fputs("</title>\n<style>\n", file);
    fputs(style, file);
    app_chart_style(file);
    fputs("</style>\n</head>\n<body>\n<h1>", file);
    write_fact(report, "name", "", _("Session"));
    fputs("</h1>\n<p class=\"lead\">", file);
    write_start(report);
    char text[200], length[32];
    write_fact(report, "source", " · ", NULL);
    fputs(" · ", file);
    app_chart_time_text((double)(report->span.to_ns - report->span.from_ns) / 1e9, length);
    snprintf(text, sizeof text, _("%s long, %lld frames analysed"), length, (long long)report->totals.n_frames);
    app_xml_text(file, text);
    fputs("</p>\n", file);
}

static void write_notice(FILE *file)
{
    fputs("<aside><p><strong>", file);
    app_xml_text(file, _("Expressions, not feelings."));
    fputs("</strong> ", file);
    app_xml_text(file, _("A program has named the expression that each face seemed to show. It does not know what anyone "
                         "felt, and it errs: see below how often. It is untested on children, where similar programs do "
                         "much worse."));
    fputs("</p>\n<p>", file);
    app_xml_text(file, _("Do not grade, rank, discipline or diagnose anyone by this page. In the European Union it is illegal "
                         "to infer emotions of pupils, students, teachers or employees this way (AI Act, Article 5(1)(f)); "
                         "consent does not change that. Elsewhere: tell people beforehand, and have their informed consent, "
                         "or their guardians'."));
    fputs("</p></aside>\n", file);
}

static void write_key(FILE *file)
{
    fputs("<ul class=\"key\">", file);
    for (int i = 0; i <= FB_EXPRESSION_COUNT; i++) {
        int state = i < FB_EXPRESSION_COUNT ? i : MON_NOT_SURE;
        fprintf(file, "<li><i class=\"%s\"></i>%s</li>", app_chart_class(state), app_report_name(state));
    }
    fputs("<li class=\"small\">", file);
    app_xml_text(file, _("paler: less sure; empty: not seen"));
    fputs("</li></ul>\n", file);
}

static int write_class(const struct report *report)
{
    FILE *file = report->file;
    app_report_heading(file, _("The class over time"));
    app_report_note(file, _("Of the faces seen at a time, the share that showed each expression. With few faces a share says "
                            "little: mind the number below."));
    write_key(file);
    return app_chart_class_timeline(file, report->timeline, &report->span);
}

static void write_markers(const struct report *report)
{
    FILE *file = report->file;
    const char *const heads[] = {_("#No."), _("#Time"), _("Note"), _("Clock")};
    if (!report->n_markers)
        return;
    app_report_heading(file, _("Markers"));
    fputs("<table>\n", file);
    app_report_heads(file, heads, 4);
    for (int i = 0; i < report->n_markers; i++) {
        fprintf(file, "<tr><td class=\"n\">%d</td><td class=\"n\">", i + 1);
        const char *wall = report->markers[i].wall;
        char clock[9] = "";
        snprintf(clock, sizeof clock, "%.8s", strlen(wall) >= 19 ? wall + 11 : "");
        app_chart_time(file, (double)report->markers[i].time_ns / 1e9);
        fputs("</td><td>", file);
        app_xml_text(file, report->markers[i].text);
        fputs("</td><td class=\"small\">", file);
        app_xml_text(file, strlen(wall) >= 19 ? clock : wall);
        fputs("</td></tr>\n", file);
    }
    fputs("</table>\n", file);
}

/* Row of a student in the timeline, or -1. */
static int row_of(const struct report *report, int student)
{
    for (int row = 0; row < mon_timeline_n_students(report->timeline); row++)
        if (mon_timeline_student(report->timeline, row) == student)
            return row;
    return -1;
}

/* The bar in words, for paper and for those who do not tell its colours apart. */
static void write_share_words(FILE *file, const struct mon_student_summary *summary)
{
    bool is_first = true;
    fputs("<span class=\"small\">", file);
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++) {
        double percent = summary->seen_s > 0 ? 100 * summary->expression_s[i] / summary->seen_s : 0;
        if (percent < 4.5)
            continue;
        fprintf(file, "%s%s\xc2\xa0", is_first ? "" : ", ", app_report_name(i));
        app_put_decimal(file, percent, 0);
        fputs("\xc2\xa0%", file);
        is_first = false;
    }
    fputs("</span>", file);
}

static void write_student(const struct report *report, const struct student *student, int row)
{
    FILE *file = report->file;
    struct mon_student_summary summary = mon_timeline_summary(report->timeline, row);
    fputs("<tr><td class=\"name\">", file);
    app_xml_text(file, student->name);
    fputs("</td><td style=\"width:56%\">", file);
    app_chart_strip(file, report->timeline, row, &report->span);
    fputs("</td><td>", file);
    app_chart_shares(file, summary.expression_s, summary.not_sure_s);
    write_share_words(file, &summary);
    fputs("</td><td class=\"n\">", file);
    app_chart_time(file, summary.seen_s);
    fputs("</td><td class=\"n\">", file);
    app_chart_time(file, summary.not_sure_s);
    fputs("</td></tr>\n", file);
}

/* Somebody passing by, or a false alarm, is seen for less than this; a row for each would bury the
 * class. */
static double brief_s(const struct report *report)
{
    double length_s = (double)(report->span.to_ns - report->span.from_ns) / 1e9;
    return fmin(BRIEF_S, BRIEF_SHARE * length_s);
}

static void write_brief(const struct report *report, int n)
{
    char text[256];
    snprintf(text, sizeof text,
             PLURAL("%d more was seen for less than %.1f s and is without a row here, but in the class above.",
                    "%d more were seen for less than %.1f s and are without a row here, but in the class above.", n),
             n, brief_s(report));
    app_report_note(report->file, text);
}

/* By number, which is by first appearance: any other order would be a ranking. */
static void write_students(const struct report *report)
{
    FILE *file = report->file;
    int n_rows = mon_timeline_n_students(report->timeline);
    const char *const heads[] = {_("Student"), _("Expression shown over time"), _("Shares of the time seen"), _("#Seen"),
                                 _("#Not sure")};
    if (!n_rows)
        return;
    app_report_heading(file, _("Each student"));
    app_report_note(file, _("In the order in which they were first seen. Numbers follow places: two who changed seats out of "
                            "sight may have changed numbers."));
    fputs("<table>\n", file);
    app_report_heads(file, heads, 5);
    int n_brief = 0;
    for (int i = 0; i < report->n_students; i++) {
        int row = row_of(report, report->students[i].student);
        double seen_s = row < 0 ? 0 : mon_timeline_summary(report->timeline, row).seen_s;
        if (!report->students[i].is_named && seen_s < brief_s(report))
            n_brief++;
        else if (row >= 0)
            write_student(report, &report->students[i], row);
    }
    fputs("</table>\n", file);
    if (n_brief)
        write_brief(report, n_brief);
}

static void write_share_row(FILE *file, int state, double part_s, double total_s)
{
    fprintf(file, "<tr><td>%s</td><td class=\"n\">", app_report_name(state));
    app_put_decimal(file, total_s > 0 ? 100 * part_s / total_s : 0, 1);
    fputs(" %</td><td class=\"n\">", file);
    app_chart_time(file, part_s);
    fputs("</td></tr>\n", file);
}

static void write_totals(const struct report *report)
{
    FILE *file = report->file;
    const char *const heads[] = {_("Expression shown"), _("#Share"), _("#Face time")};
    double expression_s[FB_EXPRESSION_COUNT] = {0}, not_sure_s = 0, seen_s = 0;
    for (int row = 0; row < mon_timeline_n_students(report->timeline); row++) {
        struct mon_student_summary summary = mon_timeline_summary(report->timeline, row);
        for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
            expression_s[i] += summary.expression_s[i];
        not_sure_s += summary.not_sure_s;
        seen_s += summary.seen_s;
    }
    app_report_heading(file, _("All faces together"));
    fputs("<table style=\"width:auto\">\n", file);
    app_report_heads(file, heads, 3);
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        write_share_row(file, i, expression_s[i], seen_s);
    write_share_row(file, MON_NOT_SURE, not_sure_s, seen_s);
    fputs("</table>\n", file);
}

/* A row of a fact; nothing when it is not there and instead is NULL. */
static void write_fact_row(const struct report *report, const char *name, const char *key, const char *instead)
{
    char value[APP_SESSION_TEXT_BYTES];
    if (app_session_fact(report->session, key, value, sizeof value))
        *value = 0;
    if (!*value && !instead)
        return;
    fputs("<tr><td>", report->file);
    app_xml_text(report->file, name);
    fputs("</td><td>", report->file);
    app_xml_text(report->file, *value ? value : instead);
    fputs("</td></tr>\n", report->file);
}

/* "annotated", "clean", "blurred", "clear" are the session's own words. */
static void write_video(const struct report *report)
{
    char picture[32] = "", faces[32] = "", text[160];
    if (app_session_fact(report->session, "picture", picture, sizeof picture) ||
        app_session_fact(report->session, "faces", faces, sizeof faces))
        picture[0] = 0;
    snprintf(text, sizeof text, "%s, %s", !strcmp(picture, "annotated") ? _("with boxes and names") : _("without boxes"),
             !strcmp(faces, "clear") ? _("faces clear") : _("faces blurred"));
    fputs("<tr><td>", report->file);
    app_xml_text(report->file, _("Video"));
    fputs("</td><td>", report->file);
    app_xml_text(report->file, *picture ? text : _("none"));
    fputs("</td></tr>\n", report->file);
}

static void write_origin(const struct report *report)
{
    FILE *file = report->file;
    app_report_heading(file, _("How this was made, and how far it can be trusted"));
    fputs("<table style=\"width:auto\">\n", file);
    write_fact_row(report, _("Program"), "program", _("not noted"));
    write_fact_row(report, _("Model"), "model", _("not noted"));
    write_fact_row(report, _("Model's accuracy on validation pictures (1 = always right)"), "accuracy", _("not noted"));
    fputs("<tr><td>", file);
    app_xml_text(file, _("How far people agree"));
    fputs("</td><td>", file);
    app_xml_text(file, _(APP_HUMAN_AGREEMENT));
    fputs("</td></tr>\n", file);
    write_fact_row(report, _("Picture, px"), "size", NULL);
    write_video(report);
    fputs("</table>\n", file);
    app_report_note(file, _("Both figures are for single pictures found on the web, not for a classroom. \"Not sure\" is shown "
                            "where a face was too small, blurred, dark or turned, or where no expression was likely enough. "
                            "Times are at a resolution of 0.1 s."));
}

static int write_moments(const struct report *report)
{
    struct app_moment moments[APP_MOMENTS_MAX];
    int n = app_moments_find(report->timeline, moments);
    if (n > 0)
        app_report_moments(report->file, moments, n, report->settings);
    return n < 0 ? n : FB_OK;
}

static int write_page(struct report *report)
{
    find_span(report);
    write_head(report);
    write_notice(report->file);
    int status = write_class(report);
    write_markers(report);
    if (!status)
        status = write_moments(report);
    write_students(report);
    write_totals(report);
    write_origin(report);
    fputs("</body>\n</html>\n", report->file);
    if (!status && (fflush(report->file) || ferror(report->file)))
        status = fb_fail(FB_ERR_IO, "writing the report: %s", strerror(errno));
    return status;
}

int app_report_write(struct app_session *session, const struct app_report_settings *settings,
                     FILE *file)
{
    struct report report = {.file = file, .session = session, .settings = settings};
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

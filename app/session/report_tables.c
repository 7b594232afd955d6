/* The report's tables: markers, students, shares, where it all comes from. */
#include "report_state.h"

#include "base/words.h"
#include "export_events.h"
#include "report_words.h"
#include "save.h"
#include "xml.h"

#include <math.h>
#include <string.h>

#define BRIEF_S 15.0     /* seen for less than this ... */
#define BRIEF_SHARE 0.05 /* ... and than this share of the session */

void app_report_markers(const struct app_report *report)
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
static int row_of(const struct app_report *report, int student)
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

static void write_student(const struct app_report *report, const struct app_report_student *student, int row)
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
static double brief_s(const struct app_report *report)
{
    double length_s = (double)(report->span.to_ns - report->span.from_ns) / 1e9;
    return fmin(BRIEF_S, BRIEF_SHARE * length_s);
}

static void write_brief(const struct app_report *report, int n)
{
    char text[256];
    snprintf(text, sizeof text,
             PLURAL("%d more was seen for less than %.1f s and is without a row here, but in the class above.",
                    "%d more were seen for less than %.1f s and are without a row here, but in the class above.", n),
             n, brief_s(report));
    app_report_note(report->file, text);
}

/* By number, which is by first appearance: any other order would be a ranking. */
void app_report_students(const struct app_report *report)
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

void app_report_totals(const struct app_report *report)
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
static void write_fact_row(const struct app_report *report, const char *name, const char *key, const char *instead)
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
static void write_video(const struct app_report *report)
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

void app_report_origin(const struct app_report *report)
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

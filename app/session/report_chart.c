/* See report_chart.h. Lengths in user units of a view box, so that pages scale and print. */
#include "report_chart.h"

#include "base/words.h"
#include "report_words.h"
#include "save.h"
#include "xml.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 960
#define CHART_HEIGHT 150
#define FACES_TOP 172
#define FACES_HEIGHT 34
#define AXIS_TOP (FACES_TOP + FACES_HEIGHT)
#define TOTAL_HEIGHT (AXIS_TOP + 22)
#define CLASS_COLUMNS 240
#define STRIP_COLUMNS 480
#define STRIP_HEIGHT 18
#define N_STATES (FB_EXPRESSION_COUNT + 1)
#define MAX_TICKS 10

/* The same colours as in the window. */
static const char *const colours[] = {
    [FB_NEUTRAL] = "#b0d5c8", [FB_HAPPINESS] = "#f4df4a", [FB_SURPRISE] = "#62b8ff",
    [FB_SADNESS] = "#5a55f7", [FB_ANGER] = "#f8580c",     [FB_DISGUST] = "#10a468",
    [FB_FEAR] = "#ea7db6",    [FB_CONTEMPT] = "#a050b0",
};
_Static_assert(sizeof colours / sizeof *colours == FB_EXPRESSION_COUNT, "a colour each");
static const char not_sure_colour[] = "#9aa3ad";

const char *app_chart_class(int state)
{
    static const char *const classes[] = {"e0", "e1", "e2", "e3", "e4", "e5", "e6", "e7"};
    _Static_assert(sizeof classes / sizeof *classes == FB_EXPRESSION_COUNT, "a class each");
    return state >= 0 && state < FB_EXPRESSION_COUNT ? classes[state] : "ns";
}

void app_chart_style(FILE *file)
{
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        fprintf(file, ".%s{fill:%s;background:%s}\n", app_chart_class(i), colours[i], colours[i]);
    fprintf(file, ".ns{fill:%s;background:%s}\n", not_sure_colour, not_sure_colour);
}

void app_chart_time_text(double time_s, char text[32])
{
    long long total = (long long)fmax(0, floor(time_s + 0.5));
    if (total >= 3600)
        snprintf(text, 32, "%lld:%02lld:%02lld", total / 3600, total / 60 % 60, total % 60);
    else
        snprintf(text, 32, "%lld:%02lld", total / 60, total % 60);
}

void app_chart_time(FILE *file, double time_s)
{
    char text[32];
    app_chart_time_text(time_s, text);
    fputs(text, file);
}

#define STRETCHED(class) class "\" preserveAspectRatio=\"none" /* to any shape */

static void open_chart(FILE *file, const char *attributes, int width, int height, const char *label)
{
    fprintf(file, "<svg class=\"%s\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", attributes, width, height);
    app_xml_text(file, label);
    fputs("\">\n", file);
}

static double x_of(const struct app_chart_span *span, double time_ns)
{
    return (time_ns - (double)span->from_ns) / ((double)span->to_ns - (double)span->from_ns) *
           WIDTH;
}

/* The shortest usual step with which at most MAX_TICKS ticks fit. */
static double tick_step_s(double length_s)
{
    static const double steps_s[] = {0.1, 0.2, 0.5, 1,   2,   5,   10,   15,
                                     30,  60,  120, 300, 600, 900, 1800, 3600};
    for (size_t i = 0; i < sizeof steps_s / sizeof *steps_s; i++)
        if (length_s / steps_s[i] <= MAX_TICKS)
            return steps_s[i];
    return 3600 * ceil(length_s / MAX_TICKS / 3600);
}

static void axis(FILE *file, const struct app_chart_span *span)
{
    double from_s = (double)span->from_ns / 1e9, to_s = (double)span->to_ns / 1e9;
    double step_s = tick_step_s(to_s - from_s);
    fputs("<g class=\"axis\">\n", file);
    for (double i = ceil(from_s / step_s); i * step_s <= to_s; i++) {
        double x = x_of(span, i * step_s * 1e9);
        fputs("<path d=\"M", file);
        app_put_decimal(file, x, 1);
        fprintf(file, " 0V%d\"/><text y=\"%d\" x=\"", AXIS_TOP + 4, AXIS_TOP + 17);
        app_put_decimal(file, x, 1);
        const char *anchor = x < 12 ? "start" : x > WIDTH - 12 ? "end" : "middle";
        fprintf(file, "\" text-anchor=\"%s\">", anchor);
        if (step_s < 1)
            app_put_decimal(file, i * step_s, 1);
        else
            app_chart_time(file, i * step_s);
        fputs("</text>\n", file);
    }
    fputs("</g>\n", file);
}

static void marker_lines(FILE *file, const struct app_chart_span *span, int height, bool has_number)
{
    for (int i = 0; i < span->n_markers; i++) {
        double x = x_of(span, (double)span->marker_ns[i]);
        if (!(x >= 0 && x <= WIDTH))
            continue;
        fputs("<path class=\"mark\" d=\"M", file);
        app_put_decimal(file, x, 1);
        fprintf(file, " 0V%d\"/>", height);
        if (!has_number)
            continue;
        fputs("<text class=\"mark\" y=\"10\" x=\"", file);
        app_put_decimal(file, fmin(x + 3, WIDTH - 12), 1);
        fprintf(file, "\">%d</text>\n", i + 1);
    }
}

static float share_of(const struct mon_class_cell *cell, int state)
{
    return state < FB_EXPRESSION_COUNT ? cell->share[state] : cell->not_sure;
}

/* Height, from below, at which the state's band begins. */
static double base_of(const struct mon_class_cell *cell, int state)
{
    double base = 0;
    for (int i = 0; i < state; i++)
        base += (double)share_of(cell, i);
    return base;
}

static void corner(FILE *file, char command, int column, double y)
{
    fputc(command, file);
    app_put_decimal(file, (double)column * WIDTH / CLASS_COLUMNS, 1);
    fputc(' ', file);
    app_put_decimal(file, y, 1);
}

/* One band as a closed outline over the columns from..to, there and back. */
static void band(FILE *file, const struct mon_class_cell *cells, int state, int from, int to)
{
    for (int i = from; i < to; i++) {
        double y =
            CHART_HEIGHT * (1 - base_of(&cells[i], state) - (double)share_of(&cells[i], state));
        corner(file, i == from ? 'M' : 'L', i, y);
        corner(file, 'L', i + 1, y);
    }
    for (int i = to - 1; i >= from; i--) {
        double y = CHART_HEIGHT * (1 - base_of(&cells[i], state));
        corner(file, 'L', i + 1, y);
        corner(file, 'L', i, y);
    }
    fputc('Z', file);
}

/* A path per state, with a part for each stretch in which it occurs. */
static void state_path(FILE *file, const struct mon_class_cell *cells, int state)
{
    bool is_open = false;
    for (int i = 0; i < CLASS_COLUMNS;) {
        int end = i;
        while (end < CLASS_COLUMNS && share_of(&cells[end], state) > 0)
            end++;
        if (end == i) {
            i++;
            continue;
        }
        if (!is_open)
            fprintf(file, "<path class=\"%s\" d=\"",
                    app_chart_class(state < FB_EXPRESSION_COUNT ? state : MON_NOT_SURE));
        is_open = true;
        band(file, cells, state, i, end);
        i = end;
    }
    if (is_open)
        fprintf(file, "\"><title>%s</title></path>\n",
                app_report_name(state < FB_EXPRESSION_COUNT ? state : MON_NOT_SURE));
}

static void faces_area(FILE *file, const struct mon_class_cell *cells)
{
    float most = 1;
    for (int i = 0; i < CLASS_COLUMNS; i++)
        most = fmaxf(most, cells[i].n_faces);
    most = ceilf(most - 0.05F);
    fprintf(file, "<path class=\"faces\" d=\"M0 %d", AXIS_TOP);
    for (int i = 0; i < CLASS_COLUMNS; i++) {
        double y = AXIS_TOP - FACES_HEIGHT * fmin(1, (double)(cells[i].n_faces / most));
        corner(file, 'L', i, y);
        corner(file, 'L', i + 1, y);
    }
    char text[96];
    snprintf(text, sizeof text, _("faces seen, up to %d"), (int)most);
    fprintf(file, "V%dZ\"/>\n<text class=\"small\" x=\"0\" y=\"%d\">", AXIS_TOP, FACES_TOP - 5);
    app_xml_text(file, text);
    fputs("</text>\n", file);
}

int app_chart_class_timeline(FILE *file, const struct mon_timeline *timeline,
                             const struct app_chart_span *span)
{
    struct mon_class_cell *cells = calloc(CLASS_COLUMNS, sizeof *cells);
    if (!cells)
        return fb_fail_nomem("the report's chart", CLASS_COLUMNS * sizeof *cells);
    mon_timeline_class_cells(timeline, span->from_ns, span->to_ns, cells, CLASS_COLUMNS);
    open_chart(file, "wide", WIDTH, TOTAL_HEIGHT, _("Shares of the expressions in the class over time"));
    fprintf(file, "<rect class=\"well\" width=\"%d\" height=\"%d\"/>\n", WIDTH, CHART_HEIGHT);
    for (int state = 0; state < N_STATES; state++)
        state_path(file, cells, state);
    faces_area(file, cells);
    axis(file, span);
    marker_lines(file, span, AXIS_TOP, true);
    fputs("</svg>\n", file);
    free(cells);
    return FB_OK;
}

/* How sure, in three steps: finer ones would only make more rectangles. */
static int sureness(const struct mon_cell *cell)
{
    return cell->state == MON_NOT_SURE ? 2 : cell->confidence > 190 ? 2 : cell->confidence > 130;
}

static void strip_part(FILE *file, const struct mon_cell *cell, int from, int to)
{
    static const char *const opacity[] = {" opacity=\".45\"", " opacity=\".7\"", ""};
    fprintf(file, "<rect class=\"%s\"%s x=\"", app_chart_class(cell->state),
            opacity[sureness(cell)]);
    app_put_decimal(file, (double)from * WIDTH / STRIP_COLUMNS, 1);
    fputs("\" width=\"", file);
    app_put_decimal(file, (double)(to - from) * WIDTH / STRIP_COLUMNS, 1);
    fprintf(file, "\" height=\"%d\"/>\n", STRIP_HEIGHT);
}

void app_chart_strip(FILE *file, const struct mon_timeline *timeline, int row,
                     const struct app_chart_span *span)
{
    struct mon_cell cells[STRIP_COLUMNS];
    mon_timeline_cells(timeline, row, span->from_ns, span->to_ns, cells, STRIP_COLUMNS);
    open_chart(file, STRETCHED("strip"), WIDTH, STRIP_HEIGHT, _("Expression shown over time"));
    fprintf(file, "<rect class=\"well\" width=\"%d\" height=\"%d\"/>\n", WIDTH, STRIP_HEIGHT);
    for (int i = 0, from = 0; i < STRIP_COLUMNS; i++) {
        const struct mon_cell *cell = &cells[i], *after = cell + 1;
        bool goes_on = i + 1 < STRIP_COLUMNS && after->state == cell->state &&
                       sureness(after) == sureness(cell);
        if (goes_on)
            continue;
        if (cell->state != MON_CELL_UNSEEN)
            strip_part(file, cell, from, i + 1);
        from = i + 1;
    }
    marker_lines(file, span, STRIP_HEIGHT, false);
    fputs("</svg>", file);
}

static void share_part(FILE *file, int state, double from, double share)
{
    if (!(share > 0))
        return;
    fprintf(file, "<rect class=\"%s\" height=\"12\" x=\"", app_chart_class(state));
    app_put_decimal(file, 160 * from, 2);
    fputs("\" width=\"", file);
    app_put_decimal(file, 160 * share, 2);
    fprintf(file, "\"><title>%s ", app_report_name(state));
    app_put_decimal(file, 100 * share, 0);
    fputs(" %</title></rect>", file);
}

void app_chart_shares(FILE *file, const double *expression_s, double not_sure_s)
{
    double total_s = not_sure_s, from = 0;
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        total_s += expression_s[i];
    open_chart(file, STRETCHED("bar"), 160, 12, _("Shares of the time seen"));
    for (int i = 0; i < FB_EXPRESSION_COUNT && total_s > 0; i++) {
        share_part(file, i, from, expression_s[i] / total_s);
        from += expression_s[i] / total_s;
    }
    if (total_s > 0)
        share_part(file, MON_NOT_SURE, from, not_sure_s / total_s);
    fputs("</svg>", file);
}

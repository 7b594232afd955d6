/* See lab_svg.h. Lengths are CSS pixels; text takes the page's colour. */
#include "lab_svg.h"

#include "xml.h"

#include <math.h>

enum { BAR_LEFT = 160, BAR_WIDTH = 330, BAR_HEIGHT = 12, BAR_GAP = 9, CHART_HEIGHT = 260, MARGIN_LEFT = 46, MARGIN_BOTTOM = 40, MARGIN_TOP = 24,
       CELL = 59, LEFT = 90, TOP = 34 /* of a matrix */ };

static const char *const series_colours[APP_SVG_MAX_SERIES] = {"#3b82f6", "#f97316", "#10a468", "#8b5cf6",
                                                               "#e11d48", "#0891b2", "#a16207", "#64748b"};
/* The same as in the window. */
static const char *const expression_colours[] = {"#b0d5c8", "#f4df4a", "#62b8ff", "#5a55f7",
                                                 "#f8580c", "#10a468", "#ea7db6", "#a050b0"};

void app_svg_style(FILE *file)
{
    for (int i = 0; i < APP_SVG_MAX_SERIES; i++)
        fprintf(file, "svg .s%d{fill:%s}svg .l%d{stroke:%s;fill:none;stroke-width:2}svg .e%d{fill:%s}\n", i,
                series_colours[i], i, series_colours[i], i, expression_colours[i]);
}

static void text_at(FILE *file, double x, double y, const char *class, const char *text)
{
    fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
    app_xml_text(file, text);
    fputs("</text>", file);
}

static void legend(FILE *file, double x, double y, const char *const *names, int n)
{
    for (int i = 0; i < n; i++) {
        fprintf(file, "<rect x=\"%.1f\" y=\"%.1f\" width=\"10\" height=\"10\" rx=\"2\" class=\"s%d\"/>", x, y - 9, i);
        text_at(file, x + 14, y, "dim", names[i]);
        for (const char *c = names[i]; *c; c++)
            x += 6.6;
        x += 34;
    }
    fputc('\n', file);
}

static void bar(FILE *file, double y, double value, double max, int series, int n_decimals)
{
    char text[32];
    if (isnan(value))
        return;
    snprintf(text, sizeof text, "%.*f", n_decimals, value);
    double width = max > 0 ? fmax(BAR_WIDTH * value / max, 0) : 0;
    fprintf(file, "<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"2\" class=\"s%d\"/>", BAR_LEFT, y, width,
            BAR_HEIGHT, series);
    text_at(file, BAR_LEFT + width + 5, y + BAR_HEIGHT - 2, "dim", text);
}

void app_svg_bars(FILE *file, const struct app_svg_row *rows, int n_rows, const char *const *series, int n_series,
                  double max, int n_decimals)
{
    int row_height = n_series * (BAR_HEIGHT + 1) + BAR_GAP, top = series ? 24 : 4;
    int width = BAR_LEFT + BAR_WIDTH + 70, height = top + n_rows * row_height;
    fprintf(file, "<svg role=\"img\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n", width, height, width, height);
    if (series)
        legend(file, BAR_LEFT, 12, series, n_series);
    for (int i = 0; i < n_rows; i++) {
        double y = top + i * row_height, middle = y + n_series * (BAR_HEIGHT + 1) / 2.0 + 4;
        text_at(file, rows[i].note ? 0 : BAR_LEFT - 8, middle, rows[i].note ? "" : "end", rows[i].label);
        if (rows[i].note)
            text_at(file, BAR_LEFT - 8, middle, "end dim", rows[i].note);
        for (int s = 0; s < n_series; s++)
            bar(file, y + s * (BAR_HEIGHT + 1), rows[i].values[s], max, s, n_decimals);
        fputc('\n', file);
    }
    fputs("</svg>\n", file);
}

/* From data to the drawing. */
struct frame {
    const struct app_svg_axes *axes;
    double width, height;
};

static double x_of(const struct frame *f, double x)
{
    return MARGIN_LEFT + (x - f->axes->x_min) / (f->axes->x_max - f->axes->x_min) * f->width;
}

static double y_of(const struct frame *f, double y)
{
    return MARGIN_TOP + f->height - (y - f->axes->y_min) / (f->axes->y_max - f->axes->y_min) * f->height;
}

/* 1, 2 or 5 times a power of ten, for about n steps. */
static double tick_step(double range, int n)
{
    double rough = range / n, power = pow(10, floor(log10(rough))), share = rough / power;
    return power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10);
}

static void grid(FILE *file, const struct frame *f)
{
    const struct app_svg_axes *a = f->axes;
    char text[32];
    double step = tick_step(a->x_max - a->x_min, 6);
    for (double x = ceil(a->x_min / step - 1e-9) * step; x <= a->x_max + step * 1e-6; x += step) {
        fprintf(file, "<path class=\"grid\" d=\"M%.1f %dv%.1f\"/>", x_of(f, x), MARGIN_TOP, f->height);
        snprintf(text, sizeof text, "%g", fabs(x) < step * 1e-6 ? 0 : x);
        text_at(file, x_of(f, x), MARGIN_TOP + f->height + 15, "mid dim", text);
    }
    step = tick_step(a->y_max - a->y_min, 5);
    for (double y = ceil(a->y_min / step - 1e-9) * step; y <= a->y_max + step * 1e-6; y += step) {
        fprintf(file, "<path class=\"grid\" d=\"M%d %.1fh%.1f\"/>", MARGIN_LEFT, y_of(f, y), f->width);
        snprintf(text, sizeof text, "%g", fabs(y) < step * 1e-6 ? 0 : y);
        text_at(file, MARGIN_LEFT - 6, y_of(f, y) + 4, "end dim", text);
    }
    text_at(file, MARGIN_LEFT, 12, "", a->title);
    text_at(file, MARGIN_LEFT + f->width / 2, MARGIN_TOP + f->height + 33, "mid dim", a->x_name);
    text_at(file, MARGIN_LEFT + f->width, 12, "end dim", a->y_name);
    fputc('\n', file);
}

static void draw_line(FILE *file, const struct frame *f, const struct app_svg_line *line, int series)
{
    bool is_started = false;
    fprintf(file, "<path class=\"l%d\" d=\"", series);
    for (int i = 0; i < line->n; i++) {
        if (isnan(line->y[i]))
            continue;
        fprintf(file, "%c%.1f %.1f", is_started ? 'L' : 'M', x_of(f, line->x[i]), y_of(f, fmin(fmax(line->y[i], f->axes->y_min), f->axes->y_max)));
        is_started = true;
    }
    fputs("\"/>\n", file);
    double largest = 0;
    for (int i = 0; i < line->n && line->counts; i++)
        largest = fmax(largest, line->counts[i]);
    for (int i = 0; i < line->n && line->counts; i++)
        if (!isnan(line->y[i]))
            fprintf(file, "<circle class=\"s%d\" r=\"%.1f\" cx=\"%.1f\" cy=\"%.1f\"/>", series,
                    1.5 + 6 * sqrt(line->counts[i] / fmax(largest, 1)), x_of(f, line->x[i]), y_of(f, line->y[i]));
}

void app_svg_lines(FILE *file, const struct app_svg_axes *axes, const struct app_svg_line *lines, int n_lines)
{
    const char *names[APP_SVG_MAX_SERIES];
    struct frame f = {axes, axes->width - MARGIN_LEFT - 12, CHART_HEIGHT};
    int height = MARGIN_TOP + CHART_HEIGHT + MARGIN_BOTTOM + (n_lines > 1 ? 20 : 0);
    fprintf(file, "<svg role=\"img\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n", axes->width, height, axes->width, height);
    grid(file, &f);
    if (axes->has_diagonal)
        fprintf(file, "<path class=\"axis\" stroke-dasharray=\"4 4\" d=\"M%.1f %.1fL%.1f %.1f\"/>", x_of(&f, axes->x_min),
                y_of(&f, axes->y_min), x_of(&f, axes->x_max), y_of(&f, axes->y_max));
    for (int i = 0; i < n_lines && i < APP_SVG_MAX_SERIES; i++) {
        draw_line(file, &f, &lines[i], i);
        names[i] = lines[i].name;
    }
    if (n_lines > 1)
        legend(file, MARGIN_LEFT, height - 4, names, n_lines < APP_SVG_MAX_SERIES ? n_lines : APP_SVG_MAX_SERIES);
    fputs("</svg>\n", file);
}

void app_svg_histogram(FILE *file, const char *title, const double *counts, int n, double x_min, double x_max,
                       const char *x_name)
{
    double largest = 1;
    for (int i = 0; i < n; i++)
        largest = fmax(largest, counts[i]);
    struct app_svg_axes axes = {title, x_name, "", x_min, x_max, 0, largest, false, 340};
    struct frame f = {&axes, axes.width - MARGIN_LEFT - 12, CHART_HEIGHT * 0.6};
    int height = MARGIN_TOP + (int)f.height + MARGIN_BOTTOM;
    fprintf(file, "<svg role=\"img\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n", axes.width, height, axes.width, height);
    grid(file, &f);
    for (int i = 0; i < n; i++) {
        double left = x_of(&f, x_min + (x_max - x_min) * i / n), right = x_of(&f, x_min + (x_max - x_min) * (i + 1) / n);
        double top = y_of(&f, counts[i]);
        fprintf(file, "<rect class=\"s0\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>", left + 0.5, top,
                right - left - 1, MARGIN_TOP + f.height - top);
    }
    fputs("\n</svg>\n", file);
}

static void matrix_row(FILE *file, const int *counts, int n, int row, const char *const *names)
{
    double sum = 0;
    for (int c = 0; c < n; c++)
        sum += counts[c];
    text_at(file, LEFT - 8, TOP + row * CELL + 36, "end", names[row]);
    for (int c = 0; c < n; c++) {
        char text[32];
        double share = sum > 0 ? counts[c] / sum : 0;
        fprintf(file, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" class=\"%s\" fill-opacity=\"%.3f\"/>",
                LEFT + c * CELL, TOP + row * CELL, CELL - 2, CELL - 2, c == row ? "s2" : "s1", 0.05 + 0.8 * sqrt(share));
        snprintf(text, sizeof text, "%d", counts[c]);
        text_at(file, LEFT + c * CELL + CELL / 2, TOP + row * CELL + 28, "mid", text);
        snprintf(text, sizeof text, "%.0f %%", 100 * share);
        if (counts[c])
            text_at(file, LEFT + c * CELL + CELL / 2, TOP + row * CELL + 45, "mid", text);
    }
    fputc('\n', file);
}

void app_svg_matrix(FILE *file, const int *counts, int n, const char *const *names)
{
    int width = LEFT + n * CELL, height = TOP + n * CELL;
    fprintf(file, "<svg role=\"img\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n", width, height, width, height);
    for (int c = 0; c < n; c++)
        text_at(file, LEFT + c * CELL + CELL / 2, 22, "mid dim", names[c]);
    for (int i = 0; i < n; i++)
        matrix_row(file, counts + i * n, n, i, names);
    fputs("</svg>\n", file);
}

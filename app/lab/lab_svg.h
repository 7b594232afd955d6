/* Charts of feltlab's pages as inline SVG: bars, lines, a matrix. Main thread. */
#ifndef APP_LAB_SVG_H
#define APP_LAB_SVG_H

#include <stdbool.h>
#include <stdio.h>

#define APP_SVG_MAX_SERIES 8

/* CSS rules: s0..s7 colours of series, e0..e7 of expressions. */
void app_svg_style(FILE *file);

/* Horizontal bars, one group of n_series a row; values 0..max. NAN leaves a bar out. */
struct app_svg_row {
    const char *label, *note; /* note: behind the label, may be NULL */
    double values[APP_SVG_MAX_SERIES];
};
/* n_decimals: of a value's text; series: their names, NULL for no legend. */
void app_svg_bars(FILE *file, const struct app_svg_row *rows, int n_rows, const char *const *series, int n_series,
                  double max, int n_decimals);

struct app_svg_line {
    const char *name;
    const double *x, *y; /* (n) */
    int n;
    const double *counts; /* (n) a circle at each point whose area grows with its count; NULL: none */
};
struct app_svg_axes {
    const char *title, *x_name, *y_name;
    double x_min, x_max, y_min, y_max; /* max > min */
    bool has_diagonal;
    int width;                         /* 460 usual */
};
void app_svg_lines(FILE *file, const struct app_svg_axes *axes, const struct app_svg_line *lines, int n_lines);

/* Vertical bars over values, such as a histogram; counts (n). x_names may be NULL. */
void app_svg_histogram(FILE *file, const char *title, const double *counts, int n, double x_min, double x_max,
                       const char *x_name);

/* n x n counts, shaded by their share of the row; names (n). */
void app_svg_matrix(FILE *file, const int *counts, int n, const char *const *names);

#endif

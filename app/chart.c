/* See chart.h. */
#include "chart.h"

#include "paths.h"
#include "ui/chart.h"
#include "vis/image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int write_svg(const char *path, const struct ui_chart *chart)
{
    char *svg = NULL;
    int status = ui_chart_svg(chart, &svg);
    if (status)
        return status;
    FILE *file = fopen(path, "w");
    if (!file || fputs(svg, file) < 0 || fflush(file))
        status = fb_fail(FB_ERR_IO, "%s: cannot write the chart: %s", path, strerror(errno));
    if (file)
        fclose(file);
    free(svg);
    return status;
}

static int write_png(const char *path, const struct ui_chart *chart)
{
    uint8_t *rgb = NULL;
    int width, height, status = ui_chart_rgb(chart, &rgb, &width, &height);
    if (!status)
        status = vis_image_save_rgb(path, rgb, width, height, 3 * width);
    free(rgb);
    return status;
}

int app_chart_write(const char *path, const char *title, const struct mon_observation *observation)
{
    const char *slash = strrchr(title, '/');
    struct ui_chart chart = {.title = slash ? slash + 1 : title,
                             .observation = observation,
                             .assets_dir = app_assets_dir()};
    const char *dot = strrchr(path, '.');
    return dot && !strcmp(dot, ".svg") ? write_svg(path, &chart) : write_png(path, &chart);
}

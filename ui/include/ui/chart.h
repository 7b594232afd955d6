/* Probability bars of the faces of one picture, as pixels or as SVG: the same draw list either way.
 * Threads: main. */
#ifndef UI_CHART_H
#define UI_CHART_H

#include "base/status.h"
#include "mon/observation.h"

#include <stdint.h>

struct ui_chart {
    const char *title;                         /* UTF-8 */
    const struct mon_observation *observation; /* p, expression and confidence of each face */
    const char *assets_dir;                    /* for the font */
};

/* *rgb: (height, width, 3), to be freed with free(). FB_ERR_INPUT (no font), FB_ERR_NOMEM. */
FB_MUST_USE int ui_chart_rgb(const struct ui_chart *chart, uint8_t **rgb, int *width, int *height);
/* *svg: the whole file's text, to be freed with free(). Errors as above. */
FB_MUST_USE int ui_chart_svg(const struct ui_chart *chart, char **svg);

#endif

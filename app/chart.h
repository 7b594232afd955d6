/* Probability bars of a picture's faces, as an SVG or PNG file. Threads: main (fonts). */
#ifndef APP_CHART_H
#define APP_CHART_H

#include "mon/observation.h"
#include "base/status.h"

/* path ends with .svg or .png; title: the picture's path. A chart without faces says so.
 * FB_ERR_IO, FB_ERR_NOMEM, FB_ERR_INPUT (no font, PNG only). */
FB_MUST_USE int app_chart_write(const char *path, const char *title,
                                const struct mon_observation *observation);

#endif

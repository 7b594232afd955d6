/* cJSON in this program's ways. Threads: any. */
#ifndef APP_JSON_H
#define APP_JSON_H

#include "base/status.h"

#include <cjson/cJSON.h>

/* Prints *object as one line on stdout and frees it. FB_ERR_NOMEM when it could not be built. */
FB_MUST_USE int app_json_print_line(cJSON **object);

/* Adds x with at most `digits` decimals, so that a probability is 0.93 and not 0.930000007152557.
 */
void app_json_add_rounded(cJSON *object, const char *name, double x, int digits);
cJSON *app_json_rounded(double x, int digits);

#endif

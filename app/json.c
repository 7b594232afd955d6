/* See json.h. */
#include "json.h"

#include <stdio.h>

int app_json_print_line(cJSON **object)
{
    char *text = *object ? cJSON_PrintUnformatted(*object) : NULL;
    cJSON_Delete(*object);
    *object = NULL;
    if (!text)
        return fb_fail_nomem("a line of JSON", 0);
    puts(text);
    cJSON_free(text);
    return FB_OK;
}

cJSON *app_json_rounded(double x, int digits)
{
    char text[64];
    snprintf(text, sizeof text, "%.*f", digits, x);
    return cJSON_CreateRaw(text);
}

void app_json_add_rounded(cJSON *object, const char *name, double x, int digits)
{
    cJSON_AddItemToObject(object, name, app_json_rounded(x, digits));
}

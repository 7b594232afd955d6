/* See base/expression.h. */
#include "base/expression.h"

#include <string.h>

static const char *const names[] = {"neutral", "happiness", "surprise", "sadness",
                                    "anger",   "disgust",   "fear",     "contempt"};
_Static_assert(sizeof names / sizeof *names == FB_EXPRESSION_COUNT, "one name each");

const char *fb_expression_name(int expression)
{
    if (expression < 0 || expression >= FB_EXPRESSION_COUNT)
        return "not sure";
    return names[expression];
}

int fb_expression_from_name(const char *name)
{
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        if (!strcmp(name, names[i]))
            return i;
    return -1;
}

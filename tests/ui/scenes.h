/* The pictures that are looked at and compared: a name, a size, and how its view is made. */
#ifndef TEST_SCENES_H
#define TEST_SCENES_H

#include "views.h"

struct scene {
    const char *name;
    struct test_view_settings view;
    struct ui_canvas_settings canvas;
    void (*change)(struct ui_view *view); /* may be NULL */
    bool is_reference;                    /* compared with a picture in the repository */
};

extern const struct scene scenes[];
extern const int n_scenes;

#endif

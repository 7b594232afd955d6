/* Made-up views for the picture tests: a class of grey shapes, no pictures of anyone. All from a
 * seed, so that the same name always gives the same view. */
#ifndef TEST_VIEWS_H
#define TEST_VIEWS_H

#include "ui/canvas.h"

#define MAX_STUDENTS 64

struct test_view {
    struct ui_view view;
    struct ui_student students[MAX_STUDENTS];
    struct fb_frame_pool *pool;
    struct fb_frame *frame;
    struct mon_timeline *timeline;
};

struct test_view_settings {
    int frame_width, frame_height; /* 0: no frame */
    int n_faces;
    double lesson_s; /* how much of the past the timelines hold */
    bool has_names;
    uint64_t seed;
};

/* Stops the test program when there is no memory. Pair with test_view_finish. */
void test_view_init(struct test_view *v, const struct test_view_settings *settings);
void test_view_finish(struct test_view *v);

#endif

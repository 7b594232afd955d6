/* The hard demo class (vision/src/demo/script_hard.h) as a tracker sees it: who is where from the
 * class's own truth, and detections as a detector would give them: an uncovered face that looks up
 * in 92 % of frames, one bent down in 8 %, a poster in 10 %, boxes off by 3 % of their size. The
 * detector is simulated, the class is not. */
#ifndef HARD_CLASS_H
#define HARD_CLASS_H

#include "score.h"

#include "base/rng.h"
#include "vis/demo.h"

enum { HARD_STUDENTS = 14 };
#define HARD_FPS 10.0
#define HARD_LESSON_S 600.0

struct hard_class {
    struct vis_source *source;
    struct fb_frame_pool *pool;
    struct fb_rng rng;
    int64_t index, pts_ns; /* of the present frame */
    struct vis_demo_student students[VIS_DEMO_MAX_STUDENTS];
    struct mon_detection detections[HARD_STUDENTS + 2];
    struct score_box truth[HARD_STUDENTS]; /* of those detected */
    int n_detections, n_truth;
};

/* False with the reason on stderr. */
bool hard_class_open(struct hard_class *class, uint64_t seed);
void hard_class_close(struct hard_class *class);
/* The next frame's truth and detections; false at the end of the lesson. */
bool hard_class_step(struct hard_class *class);
/* The present frame, drawn; the caller's reference; NULL with fb_error_text. One at a time. */
struct fb_frame *hard_class_draw(struct hard_class *class);
/* Draws the present frame and measures what the detected people look like in it. */
bool hard_class_look(struct hard_class *class);

#endif

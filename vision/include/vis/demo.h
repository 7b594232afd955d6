/* The demo class's own record: who is where and shows what, at any moment. The class is a source
 * ("demo", vis/source.h) drawn from a seed; nobody in it exists. A frame and its truth depend on
 * the settings and the time alone, never on what was read before.
 *
 *     settings.n_faces = 8, settings.seed = 3, settings.is_paced = false, settings.duration_s = 60;
 *     vis_source_open("demo", &settings, &source);
 *     vis_source_read(source, pool, &frame);
 *     n = vis_demo_truth(source, frame->pts_ns, students, VIS_DEMO_MAX_STUDENTS);
 */
#ifndef VIS_DEMO_H
#define VIS_DEMO_H

#include "mon/observation.h"
#include "vis/source.h"

#define VIS_DEMO_MAX_STUDENTS 40

struct vis_demo_student {
    int id;             /* from 1, the same person throughout */
    struct mon_box box; /* the face as FER2013 frames it, px; may lie outside the frame */
    int expression;     /* enum fb_expression: the stronger one while one goes over into another */
    float weight;       /* its share, 0.5..1; 1 outside the 0.4 s of a change */
    bool is_visible;    /* in the frame, and at least three quarters of the face uncovered */
    bool is_looking_down; /* head bent over the desk: a detector is not expected to find it */
};

/* All students at media time pts_ns (ns since the source's first frame; any value >= 0), by id, at
 * most max. Returns their number; FB_ERR_USAGE when the source is not the demo class.
 * Threads: any, also while another thread reads the source. */
FB_MUST_USE int vis_demo_truth(const struct vis_source *source, int64_t pts_ns,
                               struct vis_demo_student *students, int max);

#endif

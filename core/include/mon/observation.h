/* What is known of one analysed frame: plain values that cross threads by copy.
 * Lengths in px of the frame, origin top left; times in ns of the source's media clock. */
#ifndef MON_OBSERVATION_H
#define MON_OBSERVATION_H

#include "base/expression.h"

#include <stdbool.h>
#include <stdint.h>

#define MON_MAX_FACES 64
#define MON_MAX_OTHERS 16
#define MON_NOT_SURE (-1)

struct mon_box {
    float x, y, w, h;
};

/* How somebody looks: numbers that vary by about 1 in one person (vis/look.h). In memory only. */
enum { MON_LOOK_SIZE = 10 };
struct mon_look {
    float values[MON_LOOK_SIZE];
};

struct mon_detection {
    struct mon_box box;
    float score; /* the detector's own, larger is surer; comparable within one detector only */
    bool has_look;
    struct mon_look look;
};

/* Why a face has no expression: exported with every row, so that a gap is never a mystery. */
enum mon_reason {
    MON_SURE,
    MON_REASON_NEW,        /* seen for too short a time */
    MON_REASON_UNSEEN,     /* coasting: not detected in this frame */
    MON_REASON_SMALL,
    MON_REASON_BLURRED,
    MON_REASON_TURNED,
    MON_REASON_DARK,
    MON_REASON_UNDECIDED,  /* the network's confidence is too low */
    MON_REASON_COUNT,
};

struct mon_face {
    int student;          /* from 1, stable through a session; 0: none yet */
    struct mon_box box;   /* steadied */
    float velocity_x, velocity_y; /* px/s of the box's centre, damped */
    bool is_seen;         /* detected in this frame; else coasting on its motion */
    bool is_labelled;     /* p_raw comes from this frame */
    float p_raw[FB_EXPRESSION_COUNT]; /* calibrated network output, sums to 1 */
    float p[FB_EXPRESSION_COUNT];     /* smoothed over time per face, sums to 1; 0 before any */
    int expression;       /* enum fb_expression, or MON_NOT_SURE */
    float confidence;     /* p of the expression, or of the likeliest one when not sure */
    float quality;        /* 0 (unusable) .. 1 */
    enum mon_reason reason;
};

struct mon_observation {
    int64_t frame_index, pts_ns, capture_ns; /* of the analysed frame */
    int64_t done_ns;                         /* fb_clock time when analysis ended */
    int width, height;                       /* px of the frame */
    int n_others;
    struct mon_box others[MON_MAX_OTHERS];   /* seen in this frame, but no student (yet): only so that
                                                a recording can blur them; never stored */
    int n_faces;
    struct mon_face faces[MON_MAX_FACES];    /* by student */
};

/* "", "new", "unseen", ... ; static storage. */
const char *mon_reason_name(enum mon_reason reason);

/* Moves every box by its velocity from the observation's time to pts_ns, at most 0.5 s either way. */
void mon_observation_carry(struct mon_observation *observation, int64_t pts_ns);

/* Intersection over union, 0..1. */
float mon_box_iou(const struct mon_box *a, const struct mon_box *b);

#endif

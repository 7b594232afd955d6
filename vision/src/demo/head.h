/* A student's head: painted once (skull, ears, hair), the face laid in anew whenever its expression
 * changes. Threads: one at a time per head. */
#ifndef VIS_DEMO_HEAD_H
#define VIS_DEMO_HEAD_H

#include "face.h"
#include "look.h"
#include "sprite.h"

/* What the face shows; all in whole steps, so that equal states are drawn once. */
struct demo_face_state {
    int from, to; /* enum fb_expression */
    int mix_16;   /* the share of `to`, in sixteenths */
    int down_16;  /* 0 looks up, 16 at the desk */
    int blink_4;  /* 0 open, 4 shut */
};

struct demo_head {
    float face_px;            /* side of the face's square */
    float centre_x, centre_y; /* of the square, in px of the sprites */
    struct demo_sprite front, back;
    bool has_back; /* hair behind the neck */
    /* private */
    const struct demo_face_model *model;
    uint8_t *under, *over, *rgba;      /* (height, width, 4) premultiplied */
    float *identity, *texture;         /* (side, side) */
    float *across;                     /* (side, face width) the texture, stretched along rows */
    float *mask, *eye, *lip;           /* (face height, face width) 0..1 */
    float *lines[FB_EXPRESSION_COUNT]; /* as mask; units of detail */
    struct demo_rect face;             /* where the texture shows */
    uint8_t shades[256][4];            /* see head.c */
    struct demo_face_state state;
    bool is_drawn;
};

/* face_px >= 8. The model stays the caller's and must outlive the head. FB_ERR_NOMEM. */
FB_MUST_USE int demo_head_init(struct demo_head *head, const struct demo_face_model *model,
                               const struct demo_look *look, float face_px);
void demo_head_finish(struct demo_head *head);

/* Brings head->front up to date. Allocates nothing. */
void demo_head_show(struct demo_head *head, const struct demo_face_state *state);

#endif

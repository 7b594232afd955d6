/* Distillation (Hinton, Vinyals and Dean 2015): a share of a training target is what one or more trained models, the
 * teachers, answer on average; the rest is the label.
 *
 *     nn_teacher_create("a.safetensors,b.safetensors", 64, pool, &teacher);
 *     nn_teacher_answer(teacher, crops, n, p); ... nn_selection_mix(selection, p, 0.7f);   // once, on the pictures as they are
 *     nn_teacher_source(teacher, &inner, 48, preprocess, 0.7f, &source);                   // or on each batch as the student sees it
 *
 * The first costs one pass over the pictures; the second costs every teacher's forward each step, but teacher and
 * student see the same (Beyer et al. 2022). Threads: one at a time per teacher. */
#ifndef NN_TEACHER_H
#define NN_TEACHER_H

#include "nn/batch_source.h"
#include "nn/classifier.h"
#include "nn/data.h"

#define NN_MAX_TEACHERS 8

struct nn_teacher;

/* files: one path, or several with commas between. pool may be NULL and must outlive the teacher. FB_ERR_USAGE (no
 * or too many files), FB_ERR_INPUT, FB_ERR_NOMEM. */
FB_MUST_USE int nn_teacher_create(const char *files, int max_batch, struct fb_pool *pool, struct nn_teacher **out);
void nn_teacher_destroy(struct nn_teacher **teacher);

/* The mean of the teachers' calibrated answers p (n, 8) to crops (n, 48, 48) grey; n <= max_batch. */
FB_MUST_USE int nn_teacher_answer(struct nn_teacher *teacher, const uint8_t *crops, int n,
                                  float (*p)[FB_EXPRESSION_COUNT]);

/* target <- (1 - share) target + share p, both (n, 8), 0 <= share <= 1. Labels stay. */
void nn_selection_mix(struct nn_selection *selection, const float (*p)[FB_EXPRESSION_COUNT], float share);

/* A source that gives inner's batches, of (1, side, side) pictures after `preprocess`, with targets mixed so. It lives
 * as long as teacher and inner's owner. FB_ERR_INPUT when a teacher takes another side or preprocessing. */
FB_MUST_USE int nn_teacher_source(struct nn_teacher *teacher, const struct nn_batch_source *inner, int side,
                                  enum nn_preprocess preprocess, float share, struct nn_batch_source *out);

#endif

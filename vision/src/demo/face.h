/* Faces that belong to nobody, from the face basis: what a face adds to smooth skin (eyes, mouth,
 * folds) for any mixture of expressions. The basis pictures' broad light and background are taken
 * out first, so that the result can be laid on a painted head without a seam. Threads: a model is
 * immutable once created. */
#ifndef VIS_DEMO_FACE_H
#define VIS_DEMO_FACE_H

#include "base/facebasis.h"
#include "base/rng.h"

struct demo_face_model {
    int side, n_components; /* px of a texture; it covers the face's square */
    float *means;           /* (FB_EXPRESSION_COUNT, side, side) */
    float *components;      /* (n_components, side, side) per one deviation */
};

FB_MUST_USE int demo_face_model_create(const struct fb_face_basis *basis,
                                       struct demo_face_model **out);
void demo_face_model_destroy(struct demo_face_model **model);

/* A random identity's difference from the mean. out: (side, side) */
void demo_face_identity(const struct demo_face_model *model, struct fb_rng *rng, float *out);

/* Detail of a face on its way from one expression to another, mix 0..1: 0 is plain skin, one unit
 * the deviation within the mean neutral face, negative darker. out: (side, side) */
void demo_face_texture(const struct demo_face_model *model, const float *identity, int from, int to,
                       float mix, float *out);

/* How much of the face's detail shows at (x, y), in units of the square's side from its centre. */
float demo_face_mask(float x, float y);

#endif

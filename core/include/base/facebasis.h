/* The demo class's face basis: one mean face per expression and the directions in which identities
 * differ, from which faces are drawn that belong to nobody:
 *
 *     face = means[expression] + sum over k of z[k] * components[k],  z[k] normal (0, 1)
 *
 * Written by `feltlab basis`. The file, little-endian: "FBBASIS1"; uint32 side, n_components,
 * n_images; then 8 means and n_components components, each as float32 low, float32 step and
 * side * side bytes b: value = low + step * b.
 *
 * Threads: the basis is immutable once read. */
#ifndef FB_BASE_FACEBASIS_H
#define FB_BASE_FACEBASIS_H

#include "base/expression.h"
#include "base/status.h"

#define FB_FACE_BASIS_MAX_SIDE 128
#define FB_FACE_BASIS_MAX_COMPONENTS 256

struct fb_face_basis {
    int side, n_components;
    int n_images;      /* it was computed from */
    float *means;      /* (FB_EXPRESSION_COUNT, side, side) grey 0..255 */
    float *components; /* (n_components, side, side) grey per one deviation, largest first; they
                          fade to 0 outside the face */
};

/* A zeroed basis. FB_ERR_USAGE (sizes), FB_ERR_NOMEM. Caller owns it. */
FB_MUST_USE int fb_face_basis_create(int side, int n_components, struct fb_face_basis **out);
void fb_face_basis_destroy(struct fb_face_basis **basis);

/* FB_ERR_INPUT (unreadable, not a basis, truncated, not finite), FB_ERR_NOMEM. Caller owns *out. */
FB_MUST_USE int fb_face_basis_read(const char *path, struct fb_face_basis **out);

/* Rounds each map to 256 levels. FB_ERR_IO. */
FB_MUST_USE int fb_face_basis_write(const char *path, const struct fb_face_basis *basis);

#endif

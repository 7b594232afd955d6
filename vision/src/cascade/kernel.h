/* What an evaluator of cascades offers to detect.c: it searches strips of one level of the picture
 * and reports the windows that pass all stages. The plain one is the oracle of the others. */
#ifndef CASCADE_KERNEL_H
#define CASCADE_KERNEL_H

#include "levels.h"

/* A window that passed: its place in the level. */
struct cas_hit {
    int level, x, y;
    float score; /* sum of the last stage above its threshold */
};

/* Per worker, so that no lock is needed. */
struct cas_hits {
    struct cas_hit *items;
    int n, capacity;
    int n_lost;
};

static inline void cas_hits_add(struct cas_hits *hits, int level, int x, int y, float score)
{
    if (hits->n < hits->capacity)
        hits->items[hits->n++] = (struct cas_hit){level, x, y, score};
    else
        hits->n_lost++;
}

/* state: what create made of the model; immutable afterwards, shared by the workers.
 * scratch: per worker, 64-byte aligned, zeroed once. */
struct cas_kernel {
    /* FB_ERR_USAGE: this kernel cannot evaluate this cascade (says why); FB_ERR_NOMEM. */
    int (*create)(const struct cas_model *model, void **state);
    void (*destroy)(void **state);
    size_t (*scratch_bytes)(const void *state, const struct cas_level *levels, int n_levels);
    int (*n_strips)(const void *state, const struct cas_level *level);
    void (*resize)(const struct cas_level *level, const uint8_t *picture, int stride, int first_row,
                   int end_row);
    void (*scan)(const void *state, const struct cas_level *level, int i_level, int strip,
                 void *scratch, struct cas_hits *hits);
};

extern const struct cas_kernel cas_kernel_plain;
extern const struct cas_kernel cas_kernel_avx2;   /* only where cas_has_avx2() */
extern const struct cas_kernel cas_kernel_avx512; /* only where cas_has_avx512() */
bool cas_has_avx2(void);
bool cas_has_avx512(void);

#endif

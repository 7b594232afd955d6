/* A frozen net as a list of steps on the fast kernels.
 *
 *     nn_plan_create(folded_net, fast, max_batch, pool, false, &plan);
 *     fill nn_plan_input(plan); nn_plan_run(plan, n); read nn_plan_logits(plan)
 *
 * Set-up, in the order of the files: plan_build.c turns layers into steps, fusing what follows a convolution into
 * it, and chooses each convolution's kernel; plan_constants.c packs weights and fills tables; plan_memory.c lays the maps
 * out in one arena, where maps share memory that are not alive together. plan.c runs the steps.
 *
 * Early steps have large maps and few weights: a section of such steps runs image by image, each thread on images of its
 * own, so that the maps between them stay in the caches and threads meet once a section. Later steps have small maps and many weights, and take the whole batch at once.
 * A layer that no step knows runs as itself, between two conversions. */
#ifndef NN_PLAN_H
#define NN_PLAN_H

#include "kernels/fast.h"
#include "layer.h"

struct nn_plan;

/* Nets with more bytes of weights do not stay in the caches from run to run. */
enum { NN_LARGE_NET_BYTES = 8 << 20 };

/* net has its weights, which are copied; it must outlive the plan. FB_ERR_NOMEM. */
FB_MUST_USE int nn_plan_create(const struct nn_net *net, const struct nn_fast *fast, int max_batch,
                               struct fb_pool *pool, bool has_half_weights, struct nn_plan **out);
void nn_plan_destroy(struct nn_plan **plan);

/* (max_batch, C, H, W), not kept. */
float *nn_plan_input(struct nn_plan *plan);
void nn_plan_run(struct nn_plan *plan, int n);
/* (n, C, H, W) of the last layer, and of the input of the last softmax. */
const float *nn_plan_output(const struct nn_plan *plan);
const float *nn_plan_logits(const struct nn_plan *plan);
size_t nn_plan_n_bytes(const struct nn_plan *plan);
/* What step i is, as text for people: "winograd 4x4 conv3 +bias +relu +pool"; false after the last. */
bool nn_plan_describe(const struct nn_plan *plan, int i, char *text, size_t n_bytes);

/* --- for the plan's own files --- */

enum { NO_MAP = -1 };

enum plan_step_kind {
    PLAN_NONE,
    PLAN_CONVERT,
    PLAN_DIRECT,
    PLAN_WINOGRAD,
    PLAN_DEPTHWISE,
    PLAN_POOL,
    PLAN_UPSAMPLE,
    PLAN_POINTWISE,
    PLAN_LAYER,
    PLAN_STEP_KIND_COUNT,
};

/* A layer's output in one layout. */
struct plan_map {
    struct nn_blocked layout;
    size_t n_floats, offset; /* from the arena's start, of a single one from each thread's part of single */
    int first_step, last_step; /* that write and read it */
    bool is_kept;              /* alive before the first step and after the last */
    bool is_single;            /* holds one image for each thread, the section's present one */
};

/* The layouts an output may exist in: as layers have it, the same with a halo, blocked. */
enum plan_form { PLAN_PLANAR, PLAN_PADDED, PLAN_BLOCKED, PLAN_FORM_COUNT };

struct plan_step {
    enum plan_step_kind kind;
    const struct nn_layer *layer;
    int x[NN_LAYER_MAX_INPUTS], residual, y; /* maps; x[1] for PLAN_LAYER alone */
    bool is_per_image;
    struct nn_epilogue epilogue;
    const struct nn_layer *bn; /* fused after the activation */
    int kernel_h, kernel_w, stride, pad_h, pad_w, out_h, out_w; /* of a convolution; out before pooling */
    struct nn_pool_shape pool;
    struct nn_direct direct;
    struct nn_winograd winograd;
    struct nn_depthwise depthwise;
};

struct nn_plan {
    const struct nn_net *net;   /* immutable, as all but the arena's content */
    const struct nn_fast *fast;
    struct fb_pool *pool;
    int max_batch, n_threads, logits_layer;
    bool has_half_weights;
    struct plan_step *steps;
    int n_steps;
    struct plan_map *maps;
    int n_maps;
    int (*forms)[PLAN_FORM_COUNT]; /* of each layer's output: maps or NO_MAP */
    int *n_readers, *reader;       /* of each layer's output; the last one that reads it */
    void **blocks;                 /* packed weights and tables */
    int n_blocks;
    size_t n_block_bytes;
    struct fb_arena arena;
    float *single, *scratch;
    size_t n_single, n_scratch; /* floats, of each thread */
};

FB_MUST_USE int nn_plan_build_steps(struct nn_plan *plan);
FB_MUST_USE int nn_plan_make_constants(struct nn_plan *plan);
FB_MUST_USE int nn_plan_lay_out(struct nn_plan *plan);
/* One past the last step of the section that step i begins, i + 1 if it takes the batch at once. */
int nn_plan_section_end(const struct nn_plan *plan, int i);

#endif

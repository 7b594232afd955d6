/* What the steps need beside the maps: packed weights, tables of offsets, padded biases. */
#include "plan.h"

#include "kernels/half.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Zeroed memory that lives as long as the plan; NULL with the error set. */
static void *keep_block(struct nn_plan *plan, size_t n, size_t size)
{
    size_t n_bytes = fb_arena_padded(n * size);
    void *block = aligned_alloc(FB_ARENA_ALIGN, n_bytes ? n_bytes : FB_ARENA_ALIGN);
    if (!block) {
        fb_fail_nomem("packed weights", n_bytes);
        return NULL;
    }
    memset(block, 0, n_bytes);
    plan->blocks[plan->n_blocks++] = block;
    plan->n_block_bytes += n_bytes;
    return block;
}

/* values (n) or zeros, as long as the output's channels with the empty ones. */
static int pad_channels(struct nn_plan *plan, const float *values, int n, const float **out)
{
    float *padded = keep_block(plan, (size_t)nn_round_up(n, plan->fast->lanes), sizeof *padded);
    if (!padded)
        return FB_ERR_NOMEM;
    if (values)
        memcpy(padded, values, (size_t)n * sizeof *padded);
    *out = padded;
    return FB_OK;
}

static int make_epilogue(struct nn_plan *plan, struct plan_step *step)
{
    const struct nn_layer *layer = step->layer;
    bool has_weights = step->kind != PLAN_POINTWISE;
    const float *bias = has_weights && layer->n_params > 1 ? layer->params[1].value : NULL;
    int n = layer->out.c, status = pad_channels(plan, bias, n, &step->epilogue.bias);
    if (status || !step->bn)
        return status;
    const float *scale = step->bn->params[0].value, *shift = step->bn->params[1].value;
    const float *mean = step->bn->params[2].value, *variance = step->bn->params[3].value;
    if ((status = pad_channels(plan, scale, n, &step->epilogue.scale)) ||
        (status = pad_channels(plan, shift, n, &step->epilogue.shift)))
        return status;
    float *scales = (float *)(void *)step->epilogue.scale, *shifts = (float *)(void *)step->epilogue.shift;
    for (int c = 0; c < n; c++) {
        double factor = (double)scale[c] / sqrt((double)variance[c] + step->bn->options.epsilon);
        scales[c] = (float)factor;
        shifts[c] = (float)((double)shift[c] - (double)mean[c] * factor);
    }
    return FB_OK;
}

/* The windows' taps in the order in which weights are packed: channel block, row, column, lane. Neighbours that lie
 * together in memory become one. Returns their number; taps NULL: counts at most. */
static int make_taps(const struct plan_step *step, const struct nn_blocked *x, struct nn_tap *taps)
{
    int n = 0;
    for (int block = 0; block < x->n_blocks; block++)
        for (int i = 0; i < step->kernel_h; i++)
            for (int j = 0; j < step->kernel_w; j++) {
                int left = x->c - block * x->lanes;
                struct nn_tap tap = {(int32_t)((size_t)block * x->block + (size_t)i * x->row + (size_t)(j * x->lanes)),
                                     left < x->lanes ? left : x->lanes};
                if (taps && n > 0 && taps[n - 1].offset + taps[n - 1].depth == tap.offset)
                    taps[n - 1].depth += tap.depth;
                else if (taps)
                    taps[n++] = tap;
                else
                    n++;
            }
    return n;
}

/* weight (K, C, kernel_h, kernel_w) -> groups of (depth, vectors, lanes), in the taps' order. */
static void pack_direct(const struct nn_plan *plan, const struct plan_step *step, float *packed)
{
    const struct nn_layer *layer = step->layer;
    const struct nn_blocked *x = &plan->maps[step->x[0]].layout;
    int lanes = plan->fast->lanes, group = lanes * plan->fast->n_tile_vectors, n_out = nn_round_up(layer->out.c, lanes);
    int plane = step->kernel_h * step->kernel_w, window = x->c * plane;
    for (int first = 0; first < n_out; first += group) {
        int width = n_out - first < group ? n_out - first : group;
        for (int b = 0; b < x->n_blocks; b++)
            for (int at = 0; at < plane; at++)
                for (int c = b * x->lanes; c < (b + 1) * x->lanes && c < x->c; c++, packed += width)
                    for (int k = 0; k < width && first + k < layer->out.c; k++)
                        packed[k] = layer->params[0].value[(ptrdiff_t)(first + k) * window + c * plane + at];
    }
}

struct place {
    int h, w;
};

/* Output i of an image in the order of the tables: row by row, or pooled window by pooled window. */
static struct place output_at(const struct plan_step *step, int i)
{
    if (!step->epilogue.is_pooled)
        return (struct place){i / step->out_w, i % step->out_w};
    int n_w = step->out_w / 2, window = i / 4;
    return (struct place){window / n_w * 2 + i % 4 / 2, window % n_w * 2 + i % 2};
}

static int32_t offset_of(const struct nn_blocked *layout, int h, int w)
{
    return (int32_t)((ptrdiff_t)layout->origin + h * (ptrdiff_t)layout->row + w * layout->lanes);
}

static int make_tables(struct nn_plan *plan, struct plan_step *step)
{
    struct nn_direct *d = &step->direct;
    const struct nn_blocked *x = &plan->maps[step->x[0]].layout, *y = &plan->maps[step->y].layout;
    const struct nn_blocked *residual = step->residual == NO_MAP ? y : &plan->maps[step->residual].layout;
    bool is_pooled = step->epilogue.is_pooled;
    d->n_outputs = is_pooled ? step->out_h / 2 * (step->out_w / 2) * 4 : step->out_h * step->out_w;
    int32_t *at = keep_block(plan, 3 * (size_t)d->n_outputs, sizeof *at);
    if (!at)
        return FB_ERR_NOMEM;
    d->x_at = at;
    d->y_at = at + d->n_outputs;
    d->residual_at = at + 2 * d->n_outputs;
    for (int i = 0; i < d->n_outputs; i++) {
        struct place o = output_at(step, i);
        at[i] = offset_of(x, o.h * step->stride - step->pad_h, o.w * step->stride - step->pad_w);
        at[d->n_outputs + i] = offset_of(y, o.h >> is_pooled, o.w >> is_pooled);
        at[2 * d->n_outputs + i] = offset_of(residual, o.h, o.w);
    }
    d->x_image = x->image;
    d->y_image = y->image;
    d->y_block = y->block;
    d->residual_image = residual->image;
    d->residual_block = residual->block;
    return FB_OK;
}

/* Stores the weights as halves in their own place, which is the last block; not if one is too large for that. */
static void halve(struct nn_plan *plan, struct nn_direct *d, size_t n)
{
    uint16_t *halves = plan->blocks[plan->n_blocks - 1];
    for (size_t i = 0; i < n; i++)
        if (!(fabsf(d->weights[i]) <= NN_HALF_MAX))
            return;
    for (size_t i = 0; i < n; i++) {
        float weight = d->weights[i];
        halves[i] = half_of_float(weight);
    }
    d->weights = NULL;
    d->halves = halves;
}

static int make_direct(struct nn_plan *plan, struct plan_step *step)
{
    struct nn_direct *d = &step->direct;
    const struct nn_layer *layer = step->layer;
    const struct nn_blocked *x = &plan->maps[step->x[0]].layout;
    int n_out = nn_round_up(layer->out.c, plan->fast->lanes), status = make_tables(plan, step);
    if (status)
        return status;
    struct nn_tap *taps = keep_block(plan, (size_t)make_taps(step, x, NULL), sizeof *taps);
    if (!taps)
        return FB_ERR_NOMEM;
    d->n_taps = make_taps(step, x, taps);
    d->taps = taps;
    d->depth = step->kernel_h * step->kernel_w * x->c;
    d->n_vectors = n_out / plan->fast->lanes;
    float *packed = keep_block(plan, (size_t)n_out * (size_t)d->depth, sizeof *packed);
    if (!packed)
        return FB_ERR_NOMEM;
    pack_direct(plan, step, packed);
    d->weights = packed;
    d->epilogue = step->epilogue;
    if (plan->has_half_weights)
        halve(plan, d, (size_t)n_out * (size_t)d->depth);
    return FB_OK;
}

static int make_winograd(struct nn_plan *plan, struct plan_step *step)
{
    struct nn_winograd *w = &step->winograd;
    const struct nn_layer *layer = step->layer;
    struct nn_winograd_weights weights = {.n_out = layer->out.c, .n_in = layer->in.c, .in_step = 9,
                                          .out_step = 9 * (size_t)layer->in.c};
    w->pad_h = step->pad_h;
    w->pad_w = step->pad_w;
    w->out_h = step->out_h;
    w->out_w = step->out_w;
    w->x = plan->maps[step->x[0]].layout;
    w->y = plan->maps[step->y].layout;
    if (step->residual != NO_MAP)
        w->residual = plan->maps[step->residual].layout;
    w->n_vectors = w->y.n_blocks;
    float *packed = keep_block(plan, nn_winograd_n_weights(plan->fast, w->size, layer->out.c, layer->in.c),
                               sizeof *packed);
    if (!packed)
        return FB_ERR_NOMEM;
    plan->fast->winograd_weights(&weights, w->size, layer->params[0].value, packed);
    w->weights = packed;
    w->epilogue = step->epilogue;
    return FB_OK;
}

/* weight (C, 1, kernel, kernel) -> (blocks, kernel, kernel, lanes). */
static int make_depthwise(struct nn_plan *plan, struct plan_step *step)
{
    struct nn_depthwise *d = &step->depthwise;
    const struct nn_layer *layer = step->layer;
    int lanes = plan->fast->lanes, n_taps = step->kernel_h * step->kernel_w;
    *d = (struct nn_depthwise){.kernel = step->kernel_h, .stride = step->stride, .pad_h = step->pad_h, .pad_w = step->pad_w,
                               .x = plan->maps[step->x[0]].layout, .y = plan->maps[step->y].layout,
                               .epilogue = step->epilogue};
    if (step->residual != NO_MAP)
        d->residual = plan->maps[step->residual].layout;
    float *packed = keep_block(plan, (size_t)nn_round_up(layer->out.c, lanes) * (size_t)n_taps, sizeof *packed);
    if (!packed)
        return FB_ERR_NOMEM;
    for (int c = 0; c < layer->out.c; c++)
        for (int tap = 0; tap < n_taps; tap++)
            packed[(c / lanes * n_taps + tap) * lanes + c % lanes] = layer->params[0].value[c * n_taps + tap];
    d->weights = packed;
    return FB_OK;
}

int nn_plan_make_constants(struct nn_plan *plan)
{
    for (int i = 0; i < plan->n_steps; i++) {
        struct plan_step *step = &plan->steps[i];
        int status = FB_OK;
        if (step->kind == PLAN_DIRECT || step->kind == PLAN_WINOGRAD || step->kind == PLAN_POINTWISE ||
            step->kind == PLAN_DEPTHWISE)
            status = make_epilogue(plan, step);
        if (!status && step->kind == PLAN_DIRECT)
            status = make_direct(plan, step);
        if (!status && step->kind == PLAN_WINOGRAD)
            status = make_winograd(plan, step);
        if (!status && step->kind == PLAN_DEPTHWISE)
            status = make_depthwise(plan, step);
        if (status)
            return status;
    }
    return FB_OK;
}

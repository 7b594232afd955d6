/* See shrink.h. */
#include "shrink.h"

#include "kernels/clones.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int init_axis(struct nn_shrink_axis *axis, int n_from, int n_to)
{
    double step = (double)n_from / n_to;
    *axis = (struct nn_shrink_axis){.n_from = n_from, .n_to = n_to, .n_taps = n_from == n_to ? 1 : (int)ceil(step) + 1};
    axis->first = calloc((size_t)n_to, sizeof *axis->first);
    axis->weight = calloc((size_t)n_to * (size_t)axis->n_taps, sizeof *axis->weight);
    if (!axis->first || !axis->weight)
        return fb_fail_nomem("a table of pixels", (size_t)n_to * (size_t)axis->n_taps * sizeof *axis->weight);
    for (int i = 0; i < n_to; i++) {
        double low = i * step, high = fmin(low + step, n_from);
        int first = (int)low;
        if (first + axis->n_taps > n_from) /* every tap is a pixel; the surplus ones weigh nothing */
            first = n_from > axis->n_taps ? n_from - axis->n_taps : 0;
        axis->first[i] = first;
        for (int k = 0; k < axis->n_taps && first + k < n_from; k++) {
            double covered = fmin(high, first + k + 1) - fmax(low, first + k);
            axis->weight[i * axis->n_taps + k] = covered > 0 ? (float)(covered / (high - low)) : 0;
        }
    }
    return FB_OK;
}

int nn_shrink_init(struct nn_shrink *shrink, int from_w, int from_h, int to_w, int to_h)
{
    *shrink = (struct nn_shrink){0};
    int status = init_axis(&shrink->x, from_w, to_w);
    if (!status)
        status = init_axis(&shrink->y, from_h, to_h);
    size_t n = (size_t)(from_w + shrink->x.n_taps);
    if (!status && !(shrink->row = calloc(n, sizeof *shrink->row)))
        status = fb_fail_nomem("a row of pixels", n * sizeof *shrink->row);
    if (status)
        nn_shrink_finish(shrink);
    return status;
}

void nn_shrink_finish(struct nn_shrink *shrink)
{
    free(shrink->x.first);
    free(shrink->x.weight);
    free(shrink->y.first);
    free(shrink->y.weight);
    free(shrink->row);
    *shrink = (struct nn_shrink){0};
}

NN_CLONES static void add_row(float *restrict row, const uint8_t *restrict grey, int n, float weight)
{
    for (int i = 0; i < n; i++)
        row[i] += weight * (float)grey[i];
}

NN_CLONES static void take_row(float *restrict row, const uint8_t *restrict grey, int n, float weight, float offset)
{
    for (int i = 0; i < n; i++)
        row[i] = weight * (float)grey[i] + offset;
}

static void shrink_row(const struct nn_shrink_axis *axis, const float *row, float *to)
{
    const float *weight = axis->weight;
    if (axis->n_taps == 1) {
        memcpy(to, row, (size_t)axis->n_to * sizeof *to);
        return;
    }
    for (int i = 0; i < axis->n_to; i++, weight += axis->n_taps) {
        const float *from = row + axis->first[i];
        float sum = 0;
        for (int k = 0; k < axis->n_taps; k++)
            sum += weight[k] * from[k];
        to[i] = sum;
    }
}

void nn_shrink_run(const struct nn_shrink *shrink, const uint8_t *grey, int stride, float mean, float scale, float *to,
                   int to_stride)
{
    const struct nn_shrink_axis *y = &shrink->y;
    for (int i = 0; i < y->n_to; i++) {
        const float *weight = y->weight + (size_t)i * (size_t)y->n_taps;
        const uint8_t *from = grey + (size_t)y->first[i] * (size_t)stride;
        take_row(shrink->row, from, shrink->x.n_from, weight[0] * scale, -mean * scale);
        for (int k = 1; k < y->n_taps; k++)
            if (weight[k] > 0)
                add_row(shrink->row, from + (size_t)k * (size_t)stride, shrink->x.n_from, weight[k] * scale);
        shrink_row(&shrink->x, shrink->row, to + (size_t)i * (size_t)to_stride);
    }
}

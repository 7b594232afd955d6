/* See nn/boxes.h. */
#include "nn/boxes.h"

#include <math.h>
#include <stddef.h>

#define LARGEST_LOG 4.0f  /* of sizes in four strides: enough for any picture, and exp stays finite */
#define INSIDE_SHARE 0.8f /* of a box that is part of a better one */

int nn_detector_n_cells(int height, int width)
{
    int n = 0;
    for (int level = 0; level < NN_DETECTOR_LEVELS; level++)
        n += height / nn_level_stride(level) * (width / nn_level_stride(level));
    return n;
}

void nn_detector_cells(int height, int width, struct nn_cell *cells)
{
    for (int level = 0; level < NN_DETECTOR_LEVELS; level++) {
        int stride = nn_level_stride(level);
        for (int row = 0; row < height / stride; row++)
            for (int column = 0; column < width / stride; column++)
                *cells++ = (struct nn_cell){stride, ((float)column + 0.5f) * (float)stride,
                                            ((float)row + 0.5f) * (float)stride};
    }
}

static float clamp_log(float x)
{
    return x < -LARGEST_LOG ? -LARGEST_LOG : x > LARGEST_LOG ? LARGEST_LOG : x;
}

struct nn_box nn_box_decode(const struct nn_cell *cell, const float channel[4])
{
    float stride = (float)cell->stride;
    float w = 4 * stride * expf(clamp_log(channel[2])), h = 4 * stride * expf(clamp_log(channel[3]));
    return (struct nn_box){cell->x + channel[0] * stride - w / 2, cell->y + channel[1] * stride - h / 2, w, h};
}

/* Into its place among the best; the last one falls out when there are max. */
static int insert(struct nn_detection *detections, int n, int max, struct nn_detection detection)
{
    if (n == max && detection.score <= detections[n - 1].score)
        return n;
    int at = n < max ? n : max - 1;
    for (; at > 0 && detections[at - 1].score < detection.score; at--)
        detections[at] = detections[at - 1];
    detections[at] = detection;
    return n < max ? n + 1 : max;
}

int nn_boxes_decode(const float *output, const struct nn_cell *cells, int n_cells, float min_score,
                    struct nn_detection *detections, int max)
{
    float min_logit = logf(min_score / (1 - min_score));
    int n = 0;
    for (int i = 0; i < n_cells && max > 0; i++) {
        if (!(output[i] >= min_logit))
            continue;
        float channel[4];
        for (int k = 0; k < 4; k++)
            channel[k] = output[(ptrdiff_t)(k + 1) * n_cells + i];
        float score = 1 / (1 + expf(-output[i]));
        n = insert(detections, n, max, (struct nn_detection){nn_box_decode(&cells[i], channel), score});
    }
    return n;
}

static float overlap(float a, float a_size, float b, float b_size)
{
    float first = a > b ? a : b, a_end = a + a_size, b_end = b + b_size;
    float length = (a_end < b_end ? a_end : b_end) - first;
    return length > 0 ? length : 0;
}

static float intersection(const struct nn_box *a, const struct nn_box *b)
{
    return overlap(a->x, a->w, b->x, b->w) * overlap(a->y, a->h, b->y, b->h);
}

float nn_box_iou(const struct nn_box *a, const struct nn_box *b)
{
    float both = intersection(a, b), either = a->w * a->h + b->w * b->h - both;
    return either > 0 ? both / either : 0;
}

float nn_box_share(const struct nn_box *a, const struct nn_box *b)
{
    float area = a->w * a->h;
    return area > 0 ? intersection(a, b) / area : 0;
}

int nn_boxes_suppress(struct nn_detection *detections, int n, float iou)
{
    int n_kept = 0;
    for (int i = 0; i < n; i++) {
        bool is_new = true;
        for (int j = 0; j < n_kept && is_new; j++)
            is_new = nn_box_iou(&detections[i].box, &detections[j].box) <= iou &&
                     nn_box_share(&detections[i].box, &detections[j].box) <= INSIDE_SHARE;
        if (is_new)
            detections[n_kept++] = detections[i];
    }
    return n_kept;
}

/* See nn/detector_loss.h. */
#include "nn/detector_loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BOX_WEIGHT 2.0   /* beside the score's 1 */
#define NEAR_STRIDES 1.0f /* how far from the face's centre its cells lie */
#define TINY 1e-9

enum { NOBODY = -1, IGNORED = -2 };

struct nn_detector_loss {
    int n_cells, max_batch;
    struct nn_cell *cells; /* (n_cells) */
    int *owner;            /* (max_batch, n_cells): a face's index, NOBODY, IGNORED */
    float *distance;       /* (n_cells), of the owner so far */
};

int nn_detector_loss_create(int height, int width, int max_batch, struct nn_detector_loss **out)
{
    *out = NULL;
    if (height < 1 || width < 1 || height % NN_DETECTOR_MAX_STRIDE || width % NN_DETECTOR_MAX_STRIDE)
        return fb_fail(FB_ERR_USAGE, "a detector's input of %dx%d px: both must be multiples of %d", width, height,
                       NN_DETECTOR_MAX_STRIDE);
    struct nn_detector_loss *loss = *out = calloc(1, sizeof *loss);
    if (!loss)
        return fb_fail_nomem("the detector's loss", sizeof *loss);
    size_t n = (size_t)nn_detector_n_cells(height, width);
    loss->n_cells = (int)n;
    loss->max_batch = max_batch;
    loss->cells = calloc(n, sizeof *loss->cells);
    loss->owner = calloc(n * (size_t)max_batch, sizeof *loss->owner);
    loss->distance = calloc(n, sizeof *loss->distance);
    if (!loss->cells || !loss->owner || !loss->distance) {
        nn_detector_loss_destroy(out);
        return fb_fail_nomem("the detector's cells", n * (size_t)max_batch * sizeof *loss->owner);
    }
    nn_detector_cells(height, width, loss->cells);
    return FB_OK;
}

void nn_detector_loss_destroy(struct nn_detector_loss **loss_ptr)
{
    struct nn_detector_loss *loss = *loss_ptr;
    if (!loss)
        return;
    free(loss->cells);
    free(loss->owner);
    free(loss->distance);
    free(loss);
    *loss_ptr = NULL;
}

/* --- who answers for whom --- */

static bool suits(const struct nn_cell *cell, float size)
{
    switch (cell->stride) {
    case 8:
        return size <= 44;
    case 16:
        return size > 32 && size <= 108;
    default:
        return size > 80;
    }
}

/* Distance from the face's centre in strides; negative when the cell does not answer for it. */
static float answers(const struct nn_cell *cell, const struct nn_box *face)
{
    float dx = fabsf(cell->x - face->x - face->w / 2), dy = fabsf(cell->y - face->y - face->h / 2);
    float reach = NEAR_STRIDES * (float)cell->stride;
    if (!suits(cell, sqrtf(face->w * face->h)) || dx > reach || dy > reach)
        return -1;
    return (dx + dy) / (float)cell->stride;
}

static bool is_inside(const struct nn_cell *cell, const struct nn_box *box)
{
    return cell->x >= box->x && cell->x <= box->x + box->w && cell->y >= box->y && cell->y <= box->y + box->h;
}

static struct nn_box box_of(const float *target)
{
    return (struct nn_box){target[0], target[1], target[2], target[3]};
}

static int level_of(const struct nn_cell *cell)
{
    return cell->stride == 8 ? 0 : cell->stride == 16 ? 1 : 2;
}

/* Owners of one picture's cells; adds how many cells of each level answer for a face. */
static void assign(struct nn_detector_loss *loss, const float *target, int *owner, int n_answering[NN_DETECTOR_LEVELS])
{
    for (int i = 0; i < loss->n_cells; i++)
        owner[i] = NOBODY;
    for (int f = 0; f < NN_CROP_MAX_FACES && target[4] > 0; f++, target += NN_FACE_TARGETS) {
        struct nn_box box = box_of(target);
        bool is_ignored = (int)target[4] == NN_FACE_IGNORED;
        for (int i = 0; i < loss->n_cells; i++) {
            float distance = is_ignored ? -1 : answers(&loss->cells[i], &box);
            if (is_ignored && owner[i] == NOBODY && is_inside(&loss->cells[i], &box))
                owner[i] = IGNORED;
            if (distance < 0 || (owner[i] >= 0 && loss->distance[i] <= distance))
                continue;
            n_answering[level_of(&loss->cells[i])] += owner[i] < 0;
            owner[i] = f;
            loss->distance[i] = distance;
        }
    }
}

/* --- losses --- */

/* One axis of two boxes: overlap and enclosing length, with derivatives by the first's ends. */
struct axis {
    double low, high, other_low, other_high;
    double overlap, d_overlap_low, d_overlap_high;
    double hull, d_hull_low, d_hull_high;
};

static struct axis axis_of(double low, double size, double other_low, double other_size)
{
    struct axis a = {.low = low, .high = low + size, .other_low = other_low, .other_high = other_low + other_size};
    a.overlap = fmin(a.high, a.other_high) - fmax(a.low, a.other_low);
    a.d_overlap_low = a.low > a.other_low ? -1 : 0;
    a.d_overlap_high = a.high < a.other_high ? 1 : 0;
    a.hull = fmax(a.high, a.other_high) - fmin(a.low, a.other_low);
    a.d_hull_low = a.low < a.other_low ? -1 : 0;
    a.d_hull_high = a.high > a.other_high ? 1 : 0;
    return a;
}

/* d of some quantity by the axis' overlap, hull and by its centre and size directly -> by centre and size. */
static void add_axis(const struct axis *a, double d_overlap, double d_hull, double *d_centre, double *d_size)
{
    double low = d_overlap * a->d_overlap_low + d_hull * a->d_hull_low;
    double high = d_overlap * a->d_overlap_high + d_hull * a->d_hull_high;
    *d_centre += low + high;
    *d_size += (high - low) / 2;
}

double nn_eiou(const struct nn_box *box, const struct nn_box *face, double gradient[4])
{
    double w = (double)box->w, h = (double)box->h, face_w = (double)face->w, face_h = (double)face->h;
    struct axis x = axis_of((double)box->x, w, (double)face->x, face_w);
    struct axis y = axis_of((double)box->y, h, (double)face->y, face_h);
    bool meet = x.overlap > 0 && y.overlap > 0;
    double both = meet ? x.overlap * y.overlap : 0, either = w * h + face_w * face_h - both + TINY, iou = both / either;
    double dx = (x.low + x.high - x.other_low - x.other_high) / 2, dy = (y.low + y.high - y.other_low - y.other_high) / 2;
    double hull = x.hull * x.hull + y.hull * y.hull + TINY, apart = (dx * dx + dy * dy) / hull;
    double dw = w - face_w, dh = h - face_h, width = dw * dw / (x.hull * x.hull + TINY),
           height = dh * dh / (y.hull * y.hull + TINY);

    double d_both = -(either + both) / (either * either), d_area = both / (either * either);
    gradient[0] = 2 * dx / hull;
    gradient[1] = 2 * dy / hull;
    gradient[2] = d_area * h + 2 * dw / (x.hull * x.hull + TINY);
    gradient[3] = d_area * w + 2 * dh / (y.hull * y.hull + TINY);
    add_axis(&x, meet ? d_both * y.overlap : 0, -2 * apart * x.hull / hull - 2 * width / x.hull, &gradient[0], &gradient[2]);
    add_axis(&y, meet ? d_both * x.overlap : 0, -2 * apart * y.hull / hull - 2 * height / y.hull, &gradient[1], &gradient[3]);
    return 1 - iou + apart + width + height;
}

double nn_quality_focal(double logit, double wanted, double *derivative)
{
    double p = 1 / (1 + exp(-logit)), away = p - wanted;
    /* -log p = log(1 + exp(-z)), without overflow */
    double cross = fmax(logit, 0) - logit * wanted + log1p(exp(-fabs(logit)));
    *derivative = away * away * away + 2 * away * p * (1 - p) * cross;
    return away * away * cross;
}

/* Of a cell that answers for the face. Gradients go to the four channels; returns the overlap. */
static double learn_box(const struct nn_cell *cell, const float channel[4], const struct nn_box *face, double *loss,
                        double gradient[4])
{
    struct nn_box box = nn_box_decode(cell, channel);
    *loss += BOX_WEIGHT * nn_eiou(&box, face, gradient);
    gradient[0] *= BOX_WEIGHT * cell->stride;
    gradient[1] *= BOX_WEIGHT * cell->stride;
    gradient[2] *= BOX_WEIGHT * (double)box.w; /* d exp(t) = exp(t); beyond the clamp it still pulls back */
    gradient[3] *= BOX_WEIGHT * (double)box.h;
    return (double)nn_box_iou(&box, face);
}

static void learn_picture(const struct nn_detector_loss *loss, const int *owner, const float *output, const float *target,
                          const double scales[NN_DETECTOR_LEVELS], float *d, struct nn_detector_loss_result *result)
{
    ptrdiff_t n = loss->n_cells;
    memset(d, 0, (size_t)(NN_DETECTOR_CHANNELS * n) * sizeof *d);
    for (ptrdiff_t i = 0; i < n; i++) {
        double wanted = 0, box_loss = 0, derivative, scale = scales[level_of(&loss->cells[i])];
        if (owner[i] == IGNORED)
            continue;
        if (owner[i] >= 0) {
            struct nn_box face = box_of(target + (ptrdiff_t)owner[i] * NN_FACE_TARGETS);
            const float channel[4] = {output[n + i], output[2 * n + i], output[3 * n + i], output[4 * n + i]};
            double gradient[4];
            wanted = learn_box(&loss->cells[i], channel, &face, &box_loss, gradient);
            result->overlap += wanted;
            for (int k = 0; k < 4; k++)
                d[(k + 1) * n + i] = (float)(gradient[k] * scale);
        }
        result->box += scale * box_loss;
        result->score += scale * nn_quality_focal((double)output[i], wanted, &derivative);
        d[i] = (float)(derivative * scale);
    }
}

struct nn_detector_loss_result nn_detector_loss_run(struct nn_detector_loss *loss, const float *output,
                                                    const float *target, int n, float *d_output)
{
    struct nn_detector_loss_result result = {0};
    int n_answering[NN_DETECTOR_LEVELS] = {0};
    double scales[NN_DETECTOR_LEVELS];
    for (int i = 0; i < n; i++)
        assign(loss, target + (ptrdiff_t)i * NN_DETECTOR_TARGET_FLOATS, loss->owner + (ptrdiff_t)i * loss->n_cells,
               n_answering);
    for (int level = 0; level < NN_DETECTOR_LEVELS; level++) {
        result.n_answering += n_answering[level];
        /* a batch without faces learns too */
        scales[level] = 1.0 / NN_DETECTOR_LEVELS / (n_answering[level] > n ? n_answering[level] : n);
    }
    for (int i = 0; i < n; i++) {
        ptrdiff_t at = (ptrdiff_t)i * NN_DETECTOR_CHANNELS * loss->n_cells;
        learn_picture(loss, loss->owner + (ptrdiff_t)i * loss->n_cells, output + at,
                      target + (ptrdiff_t)i * NN_DETECTOR_TARGET_FLOATS, scales, d_output + at, &result);
    }
    result.overlap /= result.n_answering > 0 ? result.n_answering : 1;
    return result;
}

/* See nn/detector.h: the net for the picture's size, batch normalisation folded in, weights packed. */
#include "nn/detector.h"

#include "nn/model.h"
#include "nn/preprocess.h"
#include "nn/run.h"
#include "shrink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CANDIDATES = 600 };

struct nn_detector {
    struct nn_detector_settings settings; /* immutable, as info, net and pool */
    struct nn_detector_info info;
    struct nn_net *net; /* folded */
    struct fb_pool *pool;
    int width, height;       /* of the pictures that what follows is for; 0: none yet */
    int to_width, to_height; /* what they are scaled to */
    int in_width, in_height; /* of the net's input */
    struct nn_shrink shrink;
    struct nn_net *sized;
    struct nn_run *run;
    struct nn_cell *cells;
    struct nn_detection candidates[MAX_CANDIDATES];
};

struct nn_detector_settings nn_default_detector_settings(void)
{
    return (struct nn_detector_settings){.max_side = 640, .overlap = 0.4f};
}

int nn_detector_check_net(const struct nn_net *net)
{
    struct nn_shape in = nn_net_input(net), out = nn_net_output(net);
    if (in.c != 1 || in.h % NN_DETECTOR_MAX_STRIDE || in.w % NN_DETECTOR_MAX_STRIDE)
        return fb_fail(FB_ERR_INPUT, "its net takes %dx%dx%d, expected grey pictures with sides of a multiple of %d", in.c,
                       in.h, in.w, NN_DETECTOR_MAX_STRIDE);
    if (out.c != NN_DETECTOR_CHANNELS || out.h * out.w != nn_detector_n_cells(in.h, in.w))
        return fb_fail(FB_ERR_INPUT, "its net gives %dx%d, a detector of %dx%d px gives %dx%d: score and box of cells of "
                                     "stride 8, 16, 32", out.c, out.h * out.w, in.h, in.w, NN_DETECTOR_CHANNELS,
                       nn_detector_n_cells(in.h, in.w));
    return FB_OK;
}

int nn_detector_create_from_net(const struct nn_net *net, const struct nn_detector_settings *settings,
                                struct fb_pool *pool, struct nn_detector **out)
{
    *out = NULL;
    if (settings->max_side < 64 || settings->max_side > 4096)
        return fb_fail(FB_ERR_USAGE, "a detector's longest side of %d px: 64 to 4096", settings->max_side);
    if (!(settings->min_score > 0 && settings->min_score < 1) || !(settings->overlap > 0 && settings->overlap < 1))
        return fb_fail(FB_ERR_USAGE, "a detector's score %g or overlap %g is not between 0 and 1",
                       (double)settings->min_score, (double)settings->overlap);
    int status = nn_detector_check_net(net);
    if (status)
        return status;
    struct nn_detector *detector = *out = calloc(1, sizeof *detector);
    if (!detector)
        return fb_fail_nomem("a detector", sizeof *detector);
    detector->settings = *settings;
    detector->info.min_score = settings->min_score;
    detector->pool = pool;
    status = nn_net_fold(net, &detector->net);
    if (status)
        nn_detector_destroy(out);
    return status;
}

int nn_detector_create(const char *path, const struct nn_detector_settings *settings, struct fb_pool *pool,
                       struct nn_detector **out)
{
    struct nn_model *model;
    struct nn_detector_settings own = *settings;
    *out = NULL;
    int status = nn_model_load_kind(path, NN_MODEL_DETECTOR, &model);
    if (status)
        return status;
    if (own.min_score == 0)
        own.min_score = (float)model->info.threshold;
    status = nn_detector_create_from_net(model->net, &own, pool, out);
    if (!status) {
        snprintf((*out)->info.name, sizeof (*out)->info.name, "%s", model->info.name);
        (*out)->info.recall = model->info.accuracy;
        (*out)->info.n_recall = model->info.n_accuracy;
    }
    nn_model_destroy(&model);
    return status;
}

static void forget_size(struct nn_detector *detector)
{
    nn_run_destroy(&detector->run);
    nn_net_destroy(&detector->sized);
    nn_shrink_finish(&detector->shrink);
    free(detector->cells);
    detector->cells = NULL;
    detector->width = detector->height = 0;
}

void nn_detector_destroy(struct nn_detector **detector_ptr)
{
    struct nn_detector *detector = *detector_ptr;
    if (!detector)
        return;
    forget_size(detector);
    nn_net_destroy(&detector->net);
    free(detector);
    *detector_ptr = NULL;
}

const struct nn_detector_info *nn_detector_info(const struct nn_detector *detector)
{
    return &detector->info;
}

static int up_to_stride(int n)
{
    return (n + NN_DETECTOR_MAX_STRIDE - 1) / NN_DETECTOR_MAX_STRIDE * NN_DETECTOR_MAX_STRIDE;
}

static int scaled(int side, int longest, int max_side)
{
    if (longest <= max_side)
        return side;
    int n = (int)(((int64_t)side * max_side + longest / 2) / longest);
    return n > 0 ? n : 1;
}

static int adapt(struct nn_detector *detector, int width, int height)
{
    int longest = width > height ? width : height;
    forget_size(detector);
    detector->to_width = scaled(width, longest, detector->settings.max_side);
    detector->to_height = scaled(height, longest, detector->settings.max_side);
    detector->in_width = up_to_stride(detector->to_width);
    detector->in_height = up_to_stride(detector->to_height);
    int n_cells = nn_detector_n_cells(detector->in_height, detector->in_width);
    int status = nn_net_resize(detector->net, detector->in_height, detector->in_width, &detector->sized);
    struct nn_run_settings settings = {.max_batch = 1, .pool = detector->pool, .is_frozen = true};
    if (!status)
        status = nn_run_create(detector->sized, &settings, &detector->run);
    if (!status)
        status = nn_shrink_init(&detector->shrink, width, height, detector->to_width, detector->to_height);
    if (!status && !(detector->cells = calloc((size_t)n_cells, sizeof *detector->cells)))
        status = fb_fail_nomem("a detector's cells", (size_t)n_cells * sizeof *detector->cells);
    if (status) {
        forget_size(detector);
        return status;
    }
    nn_detector_cells(detector->in_height, detector->in_width, detector->cells);
    detector->width = width;
    detector->height = height;
    return FB_OK;
}

/* The picture as the net's input, mid-grey beyond its edges. */
static void fill_input(struct nn_detector *detector, const uint8_t *grey, int stride)
{
    float *x = nn_run_input(detector->run);
    int in_w = detector->in_width, to_w = detector->to_width;
    nn_shrink_run(&detector->shrink, grey, stride, NN_PREPROCESS_MEAN, 1 / NN_PREPROCESS_DEVIATION, x, in_w);
    for (int y = 0; y < detector->in_height; y++) {
        int from = y < detector->to_height ? to_w : 0;
        memset(x + (ptrdiff_t)y * in_w + from, 0, (size_t)(in_w - from) * sizeof *x);
    }
}

static struct nn_box into_picture(const struct nn_detector *detector, struct nn_box box)
{
    float x = (float)detector->width / (float)detector->to_width, y = (float)detector->height / (float)detector->to_height;
    return (struct nn_box){box.x * x, box.y * y, box.w * x, box.h * y};
}

int nn_detector_run(struct nn_detector *detector, const uint8_t *grey, int width, int height, int stride,
                    struct nn_detection *detections, int max)
{
    if (width < 1 || height < 1 || stride < width)
        return fb_fail(FB_ERR_USAGE, "a picture of %dx%d px in rows of %d", width, height, stride);
    if (width != detector->width || height != detector->height) {
        int status = adapt(detector, width, height);
        if (status)
            return status;
    }
    fill_input(detector, grey, stride);
    nn_run_forward(detector->run, 1, 0);
    int n = nn_boxes_decode(nn_run_output(detector->run), detector->cells,
                            nn_detector_n_cells(detector->in_height, detector->in_width), detector->settings.min_score,
                            detector->candidates, MAX_CANDIDATES);
    n = nn_boxes_suppress(detector->candidates, n, detector->settings.overlap);
    n = n < max ? n : max;
    for (int i = 0; i < n; i++)
        detections[i] = (struct nn_detection){into_picture(detector, detector->candidates[i].box),
                                              detector->candidates[i].score};
    return n;
}

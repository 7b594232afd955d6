/* See nn/detector.h: the net for the picture's size, batch normalisation folded in, weights packed. */
#include "nn/detector.h"

#include "nn/model.h"
#include "nn/preprocess.h"
#include "nn/run.h"
#include "shrink.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CANDIDATES = 600, MAX_LOOKS = 2, TWICE_FROM_PX = 256 };
/* Box widths, in px of the first look, that each look is asked for; best of five limits and four sizes of the second look
 * on the validation part. */
#define FIRST_BELOW_PX 96.0f
#define SECOND_FROM_PX 64.0f

/* The picture at one size. */
struct look {
    int to_width, to_height; /* what the picture is scaled to */
    int in_width, in_height; /* of the net's input */
    float min_w, max_w;      /* of the boxes that count, px of the picture */
    int n_cells;
    struct nn_shrink shrink;
    struct nn_net *sized;
    struct nn_run *run;
    struct nn_cell *cells;
    struct nn_detection candidates[MAX_CANDIDATES];
};

struct nn_detector {
    struct nn_detector_settings settings; /* immutable, as info, net and pool */
    struct nn_detector_info info;
    struct nn_net *net; /* folded */
    struct fb_pool *pool;
    int width, height; /* of the pictures that the looks are for; 0: none yet */
    int n_looks;
    struct look looks[MAX_LOOKS];
    struct nn_detection found[MAX_LOOKS * MAX_CANDIDATES];
};

struct nn_detector_settings nn_default_detector_settings(void)
{
    return (struct nn_detector_settings){.max_side = 640, .overlap = 0.4f, .n_looks = MAX_LOOKS};
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
    if (settings->n_looks < 1 || settings->n_looks > MAX_LOOKS)
        return fb_fail(FB_ERR_USAGE, "a detector of %d looks: 1 or 2", settings->n_looks);
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
    for (int i = 0; i < MAX_LOOKS; i++) {
        struct look *look = &detector->looks[i];
        nn_run_destroy(&look->run);
        nn_net_destroy(&look->sized);
        nn_shrink_finish(&look->shrink);
        free(look->cells);
        look->cells = NULL;
    }
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

static int prepare_look(const struct nn_detector *detector, int width, int height, int max_side, struct look *look)
{
    int longest = width > height ? width : height;
    look->to_width = scaled(width, longest, max_side);
    look->to_height = scaled(height, longest, max_side);
    look->in_width = up_to_stride(look->to_width);
    look->in_height = up_to_stride(look->to_height);
    look->n_cells = nn_detector_n_cells(look->in_height, look->in_width);
    int status = nn_net_resize(detector->net, look->in_height, look->in_width, &look->sized);
    struct nn_run_settings settings = {.max_batch = 1, .pool = detector->pool, .is_frozen = true};
    if (!status)
        status = nn_run_create(look->sized, &settings, &look->run);
    if (!status)
        status = nn_shrink_init(&look->shrink, width, height, look->to_width, look->to_height);
    if (!status && !(look->cells = calloc((size_t)look->n_cells, sizeof *look->cells)))
        status = fb_fail_nomem("a detector's cells", (size_t)look->n_cells * sizeof *look->cells);
    if (!status)
        nn_detector_cells(look->in_height, look->in_width, look->cells);
    return status;
}

static int adapt(struct nn_detector *detector, int width, int height)
{
    int longest = width > height ? width : height;
    int side = longest < detector->settings.max_side ? longest : detector->settings.max_side;
    float px = (float)longest / (float)side; /* of the picture, for one of the first look */
    forget_size(detector);
    detector->n_looks = side < TWICE_FROM_PX ? 1 : detector->settings.n_looks;
    for (int i = 0; i < detector->n_looks; i++) {
        struct look *look = &detector->looks[i];
        look->min_w = i > 0 ? SECOND_FROM_PX * px : 0;
        look->max_w = i + 1 < detector->n_looks ? FIRST_BELOW_PX * px : INFINITY;
        int status = prepare_look(detector, width, height, side >> i, look);
        if (status) {
            forget_size(detector);
            return status;
        }
    }
    detector->width = width;
    detector->height = height;
    return FB_OK;
}

/* The picture as the net's input, mid-grey beyond its edges. */
static void fill_input(struct look *look, const uint8_t *grey, int stride)
{
    float *x = nn_run_input(look->run);
    int in_w = look->in_width, to_w = look->to_width;
    nn_shrink_run(&look->shrink, grey, stride, NN_PREPROCESS_MEAN, 1 / NN_PREPROCESS_DEVIATION, x, in_w);
    for (int y = 0; y < look->in_height; y++) {
        int from = y < look->to_height ? to_w : 0;
        memset(x + (ptrdiff_t)y * in_w + from, 0, (size_t)(in_w - from) * sizeof *x);
    }
}

/* Candidates in the picture's px, of the widths that the look is for, best first. Returns their number. */
static int run_look(const struct nn_detector *detector, struct look *look, const uint8_t *grey, int stride)
{
    float x = (float)detector->width / (float)look->to_width, y = (float)detector->height / (float)look->to_height;
    fill_input(look, grey, stride);
    nn_run_forward(look->run, 1, 0);
    int n = nn_boxes_decode(nn_run_output(look->run), look->cells, look->n_cells, detector->settings.min_score,
                            look->candidates, MAX_CANDIDATES), n_kept = 0;
    for (int i = 0; i < n; i++) {
        struct nn_detection *d = &look->candidates[i];
        struct nn_box box = {d->box.x * x, d->box.y * y, d->box.w * x, d->box.h * y};
        if (box.w >= look->min_w && box.w < look->max_w)
            look->candidates[n_kept++] = (struct nn_detection){box, d->score};
    }
    return n_kept;
}

/* Two lists, each best first, as one. */
static int merge(const struct nn_detection *a, int n_a, const struct nn_detection *b, int n_b, struct nn_detection *to)
{
    int i = 0, k = 0;
    while (i < n_a || k < n_b) {
        bool is_first = k == n_b || (i < n_a && a[i].score >= b[k].score);
        *to++ = is_first ? a[i++] : b[k++];
    }
    return n_a + n_b;
}

int nn_detector_run(struct nn_detector *detector, const uint8_t *grey, int width, int height, int stride,
                    struct nn_detection *detections, int max)
{
    int n_candidates[MAX_LOOKS] = {0};
    if (width < 1 || height < 1 || stride < width)
        return fb_fail(FB_ERR_USAGE, "a picture of %dx%d px in rows of %d", width, height, stride);
    if (width != detector->width || height != detector->height) {
        int status = adapt(detector, width, height);
        if (status)
            return status;
    }
    for (int i = 0; i < detector->n_looks; i++)
        n_candidates[i] = run_look(detector, &detector->looks[i], grey, stride);
    int n = merge(detector->looks[0].candidates, n_candidates[0], detector->looks[1].candidates, n_candidates[1],
                  detector->found);
    n = nn_boxes_suppress(detector->found, n, detector->settings.overlap);
    n = n < max ? n : max;
    if (n)
        memcpy(detections, detector->found, (size_t)n * sizeof *detections);
    return n;
}

/* See nn/batches.h. */
#include "nn/batches.h"

#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct nn_batches {
    const struct nn_data *data;
    const struct nn_selection *selection;
    struct nn_batches_settings settings;
    int epoch;  /* whose order is in order; -1 none yet */
    int *order; /* (selection->n) */
    float second[NN_AUGMENT_MAX_SIDE * NN_AUGMENT_MAX_SIDE]; /* the crop mixed in */
};

/* Streams of their own per purpose, so that none repeats the other's numbers. */
#define ORDER_STREAM UINT64_C(0x6f72646572000000)
#define MIXUP_STREAM UINT64_C(0x6d69787570000000)
#define SECOND_STREAM UINT64_C(0x7365636f6e640000)

struct nn_batches_settings nn_batches_default_settings(void)
{
    struct nn_batches_settings settings = {.preprocess = NN_PREPROCESS_FIXED, .side = NN_FACE_SIDE,
                                           .is_shuffled = true};
    if (nn_augment_preset("none", &settings.augment) < 0) /* "none" always exists */
        settings.augment = (struct nn_augment_settings){0};
    return settings;
}

int nn_batches_create(const struct nn_data *data, const struct nn_selection *selection,
                      const struct nn_batches_settings *settings, struct nn_batches **out)
{
    *out = NULL;
    int status = nn_augment_check(&settings->augment);
    if (status < 0)
        return status;
    if (settings->side < 8 || settings->side > NN_AUGMENT_MAX_SIDE)
        return fb_fail(FB_ERR_USAGE, "the net's input side %d is outside 8..%d", settings->side,
                       NN_AUGMENT_MAX_SIDE);
    if (settings->preprocess <= NN_PREPROCESS_NONE || settings->preprocess >= NN_PREPROCESS_COUNT)
        return fb_fail(FB_ERR_USAGE, "no preprocessing chosen");
    struct nn_batches *batches = calloc(1, sizeof *batches);
    if (!batches)
        return fb_fail_nomem("batch source", sizeof *batches);
    batches->order = malloc((size_t)selection->n * sizeof *batches->order);
    if (!batches->order) {
        free(batches);
        return fb_fail_nomem("epoch order", (size_t)selection->n * sizeof(int));
    }
    batches->data = data;
    batches->selection = selection;
    batches->settings = *settings;
    batches->epoch = -1;
    *out = batches;
    return FB_OK;
}

void nn_batches_destroy(struct nn_batches **batches)
{
    if (!*batches)
        return;
    free((*batches)->order);
    free(*batches);
    *batches = NULL;
}

/* Fisher and Yates, from the seed and the epoch alone. */
static void shuffle(struct nn_batches *batches, int epoch)
{
    struct fb_rng rng;
    int n = batches->selection->n, *order = batches->order;
    fb_rng_seed_stream(&rng, batches->settings.seed ^ ORDER_STREAM, (uint64_t)epoch);
    for (int i = 0; i < n; i++)
        order[i] = i;
    for (int i = n - 1; i > 0; i--) {
        int j = (int)fb_rng_below(&rng, (uint32_t)i + 1), swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
    batches->epoch = epoch;
}

int nn_batches_sample(struct nn_batches *batches, int epoch, int64_t position)
{
    if (!batches->settings.is_shuffled)
        return (int)position;
    if (batches->epoch != epoch)
        shuffle(batches, epoch);
    return batches->order[position];
}

static void augment_sample(const struct nn_batches *batches, int sample, uint64_t stream, int epoch,
                           int64_t position, float *x)
{
    const struct nn_batches_settings *settings = &batches->settings;
    nn_augment(&settings->augment, settings->seed ^ stream, epoch, position,
               batches->data->pixels[batches->selection->index[sample]], NN_FACE_SIDE, x,
               settings->side);
}

/* Beta(alpha, alpha) for alpha <= 1 (Joehnk 1964). */
static float draw_share(struct fb_rng *rng, float alpha)
{
    for (int i = 0; i < 100; i++) {
        float u = powf(fb_rng_float(rng), 1.0f / alpha), v = powf(fb_rng_float(rng), 1.0f / alpha);
        if (u + v > 0.0f && u + v <= 1.0f)
            return u / (u + v);
    }
    return 1.0f;
}

/* Zhang et al. 2018; the partner is any sample of the epoch, so that batches stay independent. */
static void mix(struct nn_batches *batches, int epoch, int64_t position, float *x, float *target,
                float *weight)
{
    const struct nn_augment_settings *augment = &batches->settings.augment;
    const struct nn_selection *selection = batches->selection;
    struct fb_rng rng;
    fb_rng_seed_stream(&rng, batches->settings.seed ^ MIXUP_STREAM ^ (uint64_t)epoch,
                       (uint64_t)position);
    if (fb_rng_float(&rng) >= augment->mixup)
        return;
    int partner = (int)fb_rng_below(&rng, (uint32_t)selection->n);
    float share = draw_share(&rng, augment->mixup_alpha), rest = 1.0f - share;
    augment_sample(batches, partner, SECOND_STREAM, epoch, position, batches->second);
    for (int i = 0; i < batches->settings.side * batches->settings.side; i++)
        x[i] = share * x[i] + rest * batches->second[i];
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        target[i] = share * target[i] + rest * selection->target[partner][i];
    *weight = share * *weight + rest * selection->weight[partner];
}

static int fill(void *user, int epoch, int64_t first, int n, float *x, float *target, float *weight)
{
    struct nn_batches *batches = user;
    const struct nn_selection *selection = batches->selection;
    int n_px = batches->settings.side * batches->settings.side;
    if (first < 0 || n < 0 || first + n > selection->n)
        return fb_fail(FB_ERR_USAGE, "positions %lld..%lld of an epoch of %d samples",
                       (long long)first, (long long)first + n, selection->n);
    for (int i = 0; i < n; i++, x += n_px, target += FB_EXPRESSION_COUNT, weight++) {
        int sample = nn_batches_sample(batches, epoch, first + i);
        augment_sample(batches, sample, 0, epoch, first + i, x);
        memcpy(target, selection->target[sample], sizeof selection->target[sample]);
        *weight = selection->weight[sample];
        mix(batches, epoch, first + i, x, target, weight);
        nn_preprocess_floats(batches->settings.preprocess, x, n_px, x);
    }
    return FB_OK;
}

struct nn_batch_source nn_batches_source(struct nn_batches *batches)
{
    return (struct nn_batch_source){.user = batches, .n_samples = batches->selection->n,
                                    .n_classes = FB_EXPRESSION_COUNT, .fill = fill};
}

/* From a data set to the samples of a split with targets and weights. */
#include "nn/data.h"

#include <stdlib.h>
#include <string.h>

struct nn_select_settings nn_select_default_settings(void)
{
    return (struct nn_select_settings){.split = NN_SPLIT_TRAIN, .labels = NN_LABELS_VOTES};
}

static int largest(const float target[FB_EXPRESSION_COUNT])
{
    int best = 0;
    for (int i = 1; i < FB_EXPRESSION_COUNT; i++) {
        if (target[i] > target[best])
            best = i;
    }
    return best;
}

/* The sample's target in that mode; false if it has no label. */
static bool target_of(const struct nn_sample *sample, enum nn_labels labels,
                      float target[FB_EXPRESSION_COUNT])
{
    if (labels == NN_LABELS_VOTES)
        return nn_label_votes(sample->votes, target);
    int label = labels == NN_LABELS_MAJORITY ? nn_label_majority(sample->votes)
                                             : nn_label_plurality(sample->votes);
    memset(target, 0, FB_EXPRESSION_COUNT * sizeof *target);
    if (label >= 0)
        target[label] = 1.0f;
    return label >= 0;
}

/* ---- exact duplicates ----------------------------------------------------------------------- */

struct hashed {
    uint64_t hash;
    int index;
};

static uint64_t hash_pixels(const uint8_t pixels[NN_FACE_PX])
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a over words */
    for (int i = 0; i < NN_FACE_PX; i += 8) {
        uint64_t word;
        memcpy(&word, pixels + i, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x100000001b3);
        hash ^= hash >> 29;
    }
    return hash;
}

static int by_hash_then_index(const void *a, const void *b)
{
    const struct hashed *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

int nn_data_find_duplicates(const struct nn_data *data, int *first)
{
    size_t n = (size_t)data->n;
    struct hashed *hashed = malloc(n * sizeof *hashed);
    if (!hashed)
        return fb_fail_nomem("picture hashes", n * sizeof *hashed);
    for (int i = 0; i < data->n; i++) {
        hashed[i] = (struct hashed){hash_pixels(data->pixels[i]), i};
        first[i] = i;
    }
    qsort(hashed, n, sizeof *hashed, by_hash_then_index);
    for (size_t i = 1; i < n; i++) {
        int before = hashed[i - 1].index, now = hashed[i].index;
        if (hashed[i].hash == hashed[i - 1].hash && !memcmp(data->pixels[before], data->pixels[now], NN_FACE_PX))
            first[now] = first[before];
    }
    free(hashed);
    return FB_OK;
}

/* ---- choosing, repeating, weighting ---------------------------------------------------------- */

static int allocate(struct nn_selection *selection, size_t n)
{
    selection->index = calloc(n, sizeof *selection->index);
    selection->label = calloc(n, sizeof *selection->label);
    selection->target = calloc(n, sizeof *selection->target);
    selection->weight = calloc(n, sizeof *selection->weight);
    if (!selection->index || !selection->label || !selection->target || !selection->weight)
        return fb_fail_nomem("selection", n * sizeof *selection->target);
    return FB_OK;
}

static void append(struct nn_selection *selection, int index, const float *target)
{
    int i = selection->n++, label = largest(target);
    selection->index[i] = index;
    selection->label[i] = (int8_t)label;
    memcpy(selection->target[i], target, sizeof selection->target[i]);
    selection->weight[i] = 1.0f;
    selection->n_class[label]++;
}

static void choose(const struct nn_data *data, const struct nn_select_settings *settings,
                   const int *first, struct nn_selection *selection)
{
    for (int i = 0; i < data->n; i++) {
        float target[FB_EXPRESSION_COUNT];
        if (data->samples[i].split != settings->split)
            continue;
        if (settings->is_left_out && settings->is_left_out[i])
            selection->n_left_out++;
        else if (first && first[i] != i)
            selection->n_duplicates++;
        else if (target_of(&data->samples[i], settings->labels, target))
            append(selection, i, target);
        else
            selection->n_unlabelled++;
    }
}

/* Extra samples of a class of n so that it reaches share of the largest. */
static int extra_samples(const struct nn_selection *selection, int label, float share)
{
    int largest_n = 0, n = selection->n_class[label];
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        largest_n = selection->n_class[i] > largest_n ? selection->n_class[i] : largest_n;
    int wanted = (int)((double)share * largest_n + 0.5);
    return n && wanted > n ? wanted - n : 0;
}

static int oversample(struct nn_selection **selection, float share)
{
    struct nn_selection *from = *selection;
    int extra[FB_EXPRESSION_COUNT], n_total = from->n;
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        n_total += extra[i] = extra_samples(from, i, share);
    struct nn_selection *to = calloc(1, sizeof *to);
    int status = to ? allocate(to, (size_t)n_total) : fb_fail_nomem("selection", sizeof *to);
    if (status < 0) {
        nn_selection_destroy(&to);
        return status;
    }
    to->n_unlabelled = from->n_unlabelled;
    to->n_duplicates = from->n_duplicates;
    to->n_left_out = from->n_left_out;
    for (int i = 0; i < from->n; i++)
        append(to, from->index[i], from->target[i]);
    for (int i = 0; to->n < n_total; i = (i + 1) % from->n) {
        if (extra[from->label[i]] > 0) {
            append(to, from->index[i], from->target[i]);
            extra[from->label[i]]--;
        }
    }
    nn_selection_destroy(selection);
    *selection = to;
    return FB_OK;
}

/* Counts are sums of targets, so that vote distributions count for each class they name; for one
 * label a sample this is n / (k * count). The mean weight is 1 over the classes present. */
static void balance(struct nn_selection *selection)
{
    double sums[FB_EXPRESSION_COUNT] = {0}, total = 0.0;
    for (int i = 0; i < selection->n; i++)
        for (int c = 0; c < FB_EXPRESSION_COUNT; c++)
            sums[c] += (double)selection->target[i][c];
    for (int i = 0; i < selection->n; i++) {
        double weight = 0.0;
        for (int c = 0; c < FB_EXPRESSION_COUNT; c++)
            if (sums[c] > 0.0)
                weight += (double)selection->target[i][c] * selection->n /
                          (FB_EXPRESSION_COUNT * sums[c]);
        selection->weight[i] = (float)weight;
        total += weight;
    }
    for (int i = 0; i < selection->n; i++)
        selection->weight[i] *= (float)(selection->n / total);
}

static int nothing_selected(const struct nn_data *data, const struct nn_select_settings *settings)
{
    const struct nn_split_report *split = &data->report.splits[settings->split];
    const char *name = nn_split_name(settings->split);
    if (!split->is_present)
        return fb_fail(FB_ERR_INPUT, "%s: the %s split is absent; add its pictures or choose another "
                       "--split", data->folder, name);
    if (!split->n_loaded)
        return fb_fail(FB_ERR_INPUT, "%s: the %s split has no pictures", data->folder, name);
    return fb_fail(FB_ERR_INPUT, "%s: none of the %d pictures of the %s split has a %s label",
                   data->folder, split->n_loaded, name, nn_labels_name(settings->labels));
}

static int check_settings(const struct nn_select_settings *settings)
{
    if (settings->split <= NN_SPLIT_NONE || settings->split >= NN_SPLIT_COUNT)
        return fb_fail(FB_ERR_USAGE, "no split chosen; it is one of train, valid, test");
    if (settings->labels <= NN_LABELS_NONE || settings->labels >= NN_LABELS_COUNT)
        return fb_fail(FB_ERR_USAGE, "no labels chosen; they are one of majority, plurality, votes");
    if (!(settings->oversample >= 0.0f && settings->oversample <= 1.0f))
        return fb_fail(FB_ERR_USAGE, "oversampling %g is outside 0..1", (double)settings->oversample);
    return FB_OK;
}

static int select_samples(const struct nn_data *data, const struct nn_select_settings *settings,
                          struct nn_selection **selection)
{
    int *first = NULL;
    int status = allocate(*selection, (size_t)data->n);
    if (status == FB_OK && settings->is_without_duplicates) {
        first = calloc((size_t)data->n, sizeof *first);
        status = first ? nn_data_find_duplicates(data, first) : fb_fail_nomem("duplicates", (size_t)data->n);
    }
    if (status == FB_OK)
        choose(data, settings, first, *selection);
    free(first);
    if (status == FB_OK && (*selection)->n == 0)
        status = nothing_selected(data, settings);
    if (status == FB_OK && settings->oversample > 0.0f)
        status = oversample(selection, settings->oversample);
    if (status == FB_OK && settings->is_class_balanced)
        balance(*selection);
    return status;
}

int nn_data_select(const struct nn_data *data, const struct nn_select_settings *settings,
                   struct nn_selection **out)
{
    *out = NULL;
    int status = check_settings(settings);
    if (status < 0)
        return status;
    struct nn_selection *selection = calloc(1, sizeof *selection);
    if (!selection)
        return fb_fail_nomem("selection", sizeof *selection);
    status = select_samples(data, settings, &selection);
    if (status < 0)
        nn_selection_destroy(&selection);
    *out = selection;
    return status;
}

void nn_selection_destroy(struct nn_selection **selection)
{
    if (!*selection)
        return;
    free((*selection)->index);
    free((*selection)->label);
    free((*selection)->target);
    free((*selection)->weight);
    free(*selection);
    *selection = NULL;
}

/* See lab_explore.h. */
#include "lab_explore.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bits of the distribution over the eight expressions; negative without one. */
static double entropy_of(const uint8_t votes[NN_VOTE_COUNT])
{
    float target[FB_EXPRESSION_COUNT];
    double sum = 0;
    if (!nn_label_votes(votes, target))
        return -1;
    for (int c = 0; c < FB_EXPRESSION_COUNT; c++)
        if (target[c] > 0)
            sum -= (double)target[c] * log2((double)target[c]);
    return sum;
}

/* -1: no votes at all. */
static int largest_column(const uint8_t votes[NN_VOTE_COUNT])
{
    int best = 0;
    for (int i = 1; i < NN_VOTE_COUNT; i++)
        best = votes[i] > votes[best] ? i : best;
    return votes[best] ? best : -1;
}

static void count_sample(struct app_explored *e, int i, int *n_entropy, int *n_of_class)
{
    const struct nn_sample *sample = &e->data->samples[i];
    struct app_explored_split *split = &e->splits[sample->split];
    int column = largest_column(sample->votes), majority = nn_label_majority(sample->votes);
    double entropy = entropy_of(sample->votes);
    split->n++;
    if (column >= 0)
        split->n_before[column]++;
    split->n_plurality += nn_label_plurality(sample->votes) >= 0;
    split->n_duplicates += e->first_copy[i] != i;
    if (majority >= 0) {
        split->n_majority++;
        split->n_after[majority]++;
        e->class_entropy[majority] += entropy;
        n_of_class[majority]++;
    }
    if (entropy < 0)
        return;
    int bin = (int)(entropy / 3 * APP_ENTROPY_BINS);
    split->entropy[bin < APP_ENTROPY_BINS ? bin : APP_ENTROPY_BINS - 1]++;
    split->mean_entropy += entropy;
    n_entropy[sample->split]++;
}

static void count(struct app_explored *e)
{
    int n_entropy[NN_SPLIT_COUNT] = {0}, n_of_class[FB_EXPRESSION_COUNT] = {0};
    for (int i = 0; i < e->data->n; i++)
        count_sample(e, i, n_entropy, n_of_class);
    for (int i = 0; i < NN_SPLIT_COUNT; i++)
        e->splits[i].mean_entropy /= n_entropy[i] ? n_entropy[i] : 1;
    for (int c = 0; c < FB_EXPRESSION_COUNT; c++)
        e->class_entropy[c] /= n_of_class[c] ? n_of_class[c] : 1;
}

int app_explore(const struct nn_data *data, int n_components, uint64_t seed, struct app_explored *out)
{
    *out = (struct app_explored){.data = data};
    out->first_copy = calloc((size_t)data->n, sizeof *out->first_copy);
    int status = out->first_copy ? nn_data_find_duplicates(data, out->first_copy)
                                 : fb_fail_nomem("duplicates", (size_t)data->n * sizeof *out->first_copy);
    if (!status)
        count(out);
    return status ? status : nn_outliers_find(data, n_components, seed, &out->outliers, &out->pca);
}

void app_explored_finish(struct app_explored *explored)
{
    free(explored->first_copy);
    free(explored->outliers);
    nn_pca_destroy(&explored->pca);
    *explored = (struct app_explored){0};
}

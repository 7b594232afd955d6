/* Ten taggers' votes to labels; see nn/data.h for the three rules. */
#include "nn/data.h"

#include <string.h>

static const char *const labels_names[] = {"none", "majority", "plurality", "votes"};
_Static_assert(sizeof labels_names / sizeof *labels_names == NN_LABELS_COUNT, "a name per mode");

const char *nn_labels_name(enum nn_labels labels)
{
    return labels_names[labels > NN_LABELS_NONE && labels < NN_LABELS_COUNT ? labels : 0];
}

enum nn_labels nn_labels_from_name(const char *name)
{
    for (int i = NN_LABELS_MAJORITY; i < NN_LABELS_COUNT; i++) {
        if (!strcmp(name, labels_names[i]))
            return (enum nn_labels)i;
    }
    return NN_LABELS_NONE;
}

/* A single vote is an outlier. */
static int kept_votes(const uint8_t *votes, int i)
{
    return votes[i] > 1 ? votes[i] : 0;
}

int nn_label_majority(const uint8_t votes[NN_VOTE_COUNT])
{
    int winner = 0, sum = 0;
    for (int i = 0; i < NN_VOTE_COUNT; i++) {
        sum += kept_votes(votes, i);
        if (kept_votes(votes, i) > kept_votes(votes, winner))
            winner = i;
    }
    return winner < FB_EXPRESSION_COUNT && 2 * kept_votes(votes, winner) > sum ? winner : -1;
}

int nn_label_plurality(const uint8_t votes[NN_VOTE_COUNT])
{
    int winner = 0;
    for (int i = 1; i < NN_VOTE_COUNT; i++) {
        if (votes[i] > votes[winner])
            winner = i;
    }
    return winner < FB_EXPRESSION_COUNT && votes[winner] > 0 ? winner : -1;
}

bool nn_label_votes(const uint8_t votes[NN_VOTE_COUNT], float target[FB_EXPRESSION_COUNT])
{
    int sum = 0;
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        sum += kept_votes(votes, i);
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        target[i] = sum ? (float)kept_votes(votes, i) / (float)sum : 0.0f;
    return sum > 0;
}

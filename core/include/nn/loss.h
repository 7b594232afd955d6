/* Losses on logits, softmax included, so that they stay exact for extreme values. Any thread. */
#ifndef NN_LOSS_H
#define NN_LOSS_H

#include <stddef.h>

enum nn_loss_kind {
    NN_LOSS_NONE,
    NN_LOSS_CROSS_ENTROPY, /* -sum t log p; hard targets are one-hot rows, votes their shares */
    NN_LOSS_BINARY,        /* -sum t log p + (1 - t) log(1 - p), each class's share of the softmax as a yes/no */
    NN_LOSS_COUNT,
};

/* "cross-entropy", "binary". NULL for others. */
const char *nn_loss_name(enum nn_loss_kind kind);
/* NN_LOSS_NONE if there is none of that name. */
enum nn_loss_kind nn_loss_from_name(const char *name);

struct nn_loss_result {
    double loss;   /* sum over samples of weight x loss, not divided by n */
    int n_correct; /* samples whose largest logit is where their largest target is */
};

/* logits, target: (n, n_classes), target rows sum to 1; weight: (n) or NULL for 1 each. d_logits:
 * (n, n_classes) or NULL; receives the gradient of (sum of weight x loss) / n. p = softmax(logits). */
struct nn_loss_result nn_loss(enum nn_loss_kind kind, const float *logits, const float *target,
                              const float *weight, int n, int n_classes, float *d_logits);

/* p = softmax(logits / temperature) of each row; both (n, n_classes), temperature > 0. */
void nn_softmax_rows(const float *logits, int n, int n_classes, float temperature, float *p);

#endif

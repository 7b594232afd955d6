/* See nn/loss.h. Gradients with respect to the logits z, p = softmax(z):
 * cross-entropy: p sum(t) - t. Binary: p_j (g_j - sum_k p_k g_k) with g = -t / p + (1 - t) / (1 - p). */
#include "nn/loss.h"

#include <math.h>
#include <string.h>

static const double TINY = 1e-12; /* smallest 1 - p the binary loss divides by */

static const char *const names[NN_LOSS_COUNT] = {NULL, "cross-entropy", "binary"};

const char *nn_loss_name(enum nn_loss_kind kind)
{
    return kind > NN_LOSS_NONE && kind < NN_LOSS_COUNT ? names[kind] : NULL;
}

enum nn_loss_kind nn_loss_from_name(const char *name)
{
    for (int i = 1; i < NN_LOSS_COUNT; i++)
        if (!strcmp(names[i], name))
            return (enum nn_loss_kind)i;
    return NN_LOSS_NONE;
}

static int largest(const float *x, int n)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (x[i] > x[best])
            best = i;
    return best;
}

/* Log of the sum of exp(logits). */
static double log_sum(const float *logits, int n)
{
    double max = (double)logits[largest(logits, n)], sum = 0;
    for (int i = 0; i < n; i++)
        sum += exp((double)logits[i] - max);
    return max + log(sum);
}

static double cross_entropy(const float *z, const float *t, int n, double scale, float *d)
{
    double total = log_sum(z, n), t_sum = 0, loss = 0;
    for (int i = 0; i < n; i++) {
        t_sum += (double)t[i];
        loss += (double)t[i] * (total - (double)z[i]);
    }
    for (int i = 0; d && i < n; i++)
        d[i] = (float)(scale * (exp((double)z[i] - total) * t_sum - (double)t[i]));
    return loss;
}

static double binary(const float *z, const float *t, int n, double scale, float *d)
{
    double total = log_sum(z, n), loss = 0, sum = 0;
    for (int i = 0; i < n; i++) {
        double p = exp((double)z[i] - total), q = fmax(1 - p, TINY), other = 1 - (double)t[i];
        loss += (double)t[i] * (total - (double)z[i]) - other * log(q);
        sum += -(double)t[i] + other * p / q; /* p g, in which p cancels where it is tiny */
    }
    for (int i = 0; d && i < n; i++) {
        double p = exp((double)z[i] - total), q = fmax(1 - p, TINY);
        d[i] = (float)(scale * (-(double)t[i] + (1 - (double)t[i]) * p / q - p * sum));
    }
    return loss;
}

struct nn_loss_result nn_loss(enum nn_loss_kind kind, const float *logits, const float *target,
                              const float *weight, int n, int n_classes, float *d_logits)
{
    struct nn_loss_result result = {0};
    for (int i = 0; i < n; i++) {
        size_t at = (size_t)i * (size_t)n_classes;
        double w = weight ? (double)weight[i] : 1;
        float *d = d_logits ? d_logits + at : NULL;
        double loss = kind == NN_LOSS_BINARY
                          ? binary(logits + at, target + at, n_classes, w / n, d)
                          : cross_entropy(logits + at, target + at, n_classes, w / n, d);
        result.loss += w * loss;
        result.n_correct += largest(logits + at, n_classes) == largest(target + at, n_classes);
    }
    return result;
}

void nn_softmax_rows(const float *logits, int n, int n_classes, float temperature, float *p)
{
    for (int i = 0; i < n; i++, logits += n_classes, p += n_classes) {
        float max = logits[largest(logits, n_classes)], sum = 0;
        for (int k = 0; k < n_classes; k++)
            sum += p[k] = expf((logits[k] - max) / temperature);
        for (int k = 0; k < n_classes; k++)
            p[k] /= sum;
    }
}

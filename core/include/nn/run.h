/* Running a net on batches: activations, and for training gradients, in one arena each.
 *
 *     fill nn_run_input(run); nn_run_forward(run, n, 0); read nn_run_output(run)
 *     training: nn_run_zero_gradients; nn_run_forward(run, n, seed); loss writes nn_run_d_logits(run);
 *               nn_run_backward(run); the optimizer reads nn_run_gradients(run)
 *
 * Threads: one at a time per run; several runs may share a net in inference. The work inside is
 * spread over the pool by fixed slices of the batch, so that results depend on the number of
 * threads but not on their timing. */
#ifndef NN_RUN_H
#define NN_RUN_H

#include "base/pool.h"
#include "nn/kernel.h"
#include "nn/net.h"

#include <stdint.h>

struct nn_run;

/* Frozen runs with fast kernels only: how the weights of dense layers and of convolutions without Winograd are stored. */
enum nn_weights {
    NN_WEIGHTS_WHOLE,   /* as they are */
    NN_WEIGHTS_HALF,    /* in half precision, each rounded by at most 1/2048 of itself */
    NN_WEIGHTS_BY_SIZE, /* half where the net's are larger than the caches: their way from memory bounds batch 1 */
};

struct nn_run_settings {
    int max_batch;        /* >= 1 images of one forward */
    bool is_training;     /* allocates what backward needs; batch statistics and dropout are on */
    /* Training: parameters that are not trained, patterns as nn_net_name_fits takes them. Backward ends where nothing before
     * is trained, and batch normalisation whose scale and shift are among them uses its running statistics and leaves
     * them alone. NULL: none. Must outlive the creation only. */
    const char *freeze;
    struct fb_pool *pool; /* NULL: the caller's thread alone; must outlive the run */
    enum nn_kernel kernel; /* default AUTO */
    /* Inference only: the net's weights will not change while the run lives, so they are packed now and the fast
     * kernels' whole speed is had. Fold the net first. */
    bool is_frozen;
    enum nn_weights weights; /* default NN_WEIGHTS_WHOLE */
};

/* net must outlive the run. FB_ERR_NOMEM, FB_ERR_USAGE. */
FB_MUST_USE int nn_run_create(const struct nn_net *net, const struct nn_run_settings *settings,
                              struct nn_run **out);
void nn_run_destroy(struct nn_run **run);

/* (max_batch, C, H, W), to be filled before forward; kept until the next forward in training, not
 * kept in inference. */
float *nn_run_input(struct nn_run *run);

/* n in 1..max_batch images. step_seed: dropout's masks follow from it and from the image's index. In
 * training, batch normalisation uses the batch's statistics and moves its running ones. */
void nn_run_forward(struct nn_run *run, int n, uint64_t step_seed);
/* (n, C, H, W) of the last layer. */
const float *nn_run_output(const struct nn_run *run);
/* Input of the last layer if that is a softmax, else its output: what losses take. (n, classes) */
const float *nn_run_logits(const struct nn_run *run);

/* Training only, as are all below. The loss writes dLoss/dlogits here: (n, classes). */
float *nn_run_d_logits(struct nn_run *run);
/* Backward from the logits through the last forward; adds to the gradients. d_logits is lost. */
void nn_run_backward(struct nn_run *run);
/* As the net's arena of values. */
float *nn_run_gradients(struct nn_run *run);
void nn_run_zero_gradients(struct nn_run *run);

/* What it computes with; never AUTO. Any run. */
enum nn_kernel nn_run_kernel(const struct nn_run *run);
/* Bytes allocated. Any run. */
size_t nn_run_n_bytes(const struct nn_run *run);

#endif

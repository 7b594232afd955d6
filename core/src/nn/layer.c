/* What all layers share: parameters, windows, slices of a batch. See layer.h. */
#include "layer.h"

#include <stdio.h>
#include <string.h>

const struct nn_layer_type *nn_layer_type_find(const char *name)
{
    for (int i = 0; nn_layer_types[i]; i++)
        if (!strcmp(nn_layer_types[i]->name, name))
            return nn_layer_types[i];
    return NULL;
}

void nn_layer_param(struct nn_layer *layer, const char *suffix, enum nn_param_kind kind, int n_dims,
                    const int *shape)
{
    struct nn_param *param = &layer->params[layer->n_params++];
    *param = (struct nn_param){.kind = kind, .n_dims = n_dims, .n = 1, .shape = {1, 1, 1, 1}};
    snprintf(param->name, sizeof param->name, "%s.%s", layer->name, suffix);
    for (int i = 0; i < n_dims; i++) {
        param->shape[i] = shape[i];
        param->n *= (size_t)shape[i];
    }
}

float *nn_pass_gradient(const struct nn_pass *pass, int i)
{
    return pass->gradients + pass->layer->params[i].offset;
}

int nn_window_out(int in, int kernel, int stride, int pad, int *out, int *pad_before)
{
    if (pad == NN_PAD_SAME) {
        *out = (in + stride - 1) / stride;
        int total = (*out - 1) * stride + kernel - in;
        *pad_before = total > 0 ? total / 2 : 0;
        return FB_OK;
    }
    *pad_before = pad;
    *out = in + 2 * pad < kernel ? 0 : (in + 2 * pad - kernel) / stride + 1;
    if (*out < 1)
        return fb_fail(FB_ERR_INPUT, "a window of %d does not fit into %d pixels (padding %d)", kernel,
                       in, pad);
    return FB_OK;
}

struct slices {
    const struct nn_pass *pass;
    nn_slice_work *work;
    int n_items;
};

static void run_slice(void *user, int slice, int worker)
{
    (void)worker;
    const struct slices *slices = user;
    int64_t n = slices->n_items, n_slices = slices->pass->n_slices;
    int first = (int)(n * slice / n_slices), end = (int)(n * (slice + 1) / n_slices);
    if (end > first)
        slices->work(slices->pass, slice, first, end - first);
}

void nn_pass_ranges(const struct nn_pass *pass, int n_items, nn_slice_work *work)
{
    struct slices slices = {pass, work, n_items};
    fb_pool_run(pass->pool, pass->n_slices, run_slice, &slices);
}

void nn_pass_slices(const struct nn_pass *pass, nn_slice_work *work)
{
    nn_pass_ranges(pass, pass->n, work);
}

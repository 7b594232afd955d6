/* Plans the buffers of a run and drives the layers over them. See nn/run.h.
 *
 * Values: in training every layer's output stays until backward, except that an in-place layer
 * writes over its input when nobody else reads it; in inference buffers are used again once their
 * last reader has run. Gradients: a buffer is taken when a layer's first reader has run backward and
 * given back after the layer's own; readers after the first add through a buffer of their own. */
#include "nn/run.h"

#include "layer.h"
#include "kernels/clones.h"
#include "kernels/dispatch.h"
#include "plan.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

enum { NO_BUFFER = -1, MAX_SHARED = 64 };

/* Where one layer's tensors lie; buffer numbers index shared buffers of the largest size. */
struct step {
    float *y, *dy, *saved;
    float *dx[NN_LAYER_MAX_INPUTS];  /* where backward writes */
    float *sum[NN_LAYER_MAX_INPUTS]; /* where dx is then added; NULL: it is in its place already */
    int n_readers, last_reader;
    bool is_frozen;        /* has parameters, and none is trained */
    bool wants_gradient;   /* it or a layer before it is trained */
};

struct nn_run {
    const struct nn_net *net; /* immutable */
    struct nn_run_settings settings; /* kernel resolved */
    struct nn_plan *plan; /* of a frozen run on fast kernels, which has nothing of what follows */
    int n_slices;
    struct step *steps; /* one a layer */
    float *values_of_shared[MAX_SHARED];
    bool is_taken[MAX_SHARED];
    int n_shared;
    size_t n_shared_floats; /* of each */
    float *scratch;
    size_t n_scratch;
    struct fb_arena activations, gradients;
    int logits_layer;
    float *d_logits;
    int n; /* of the last forward */
    uint64_t seed;
};

static size_t batch_size(const struct nn_run *run, int layer)
{
    return (size_t)run->settings.max_batch * nn_shape_image_size(run->net->layers[layer].out);
}

/* --- planning. Done twice: once with no memory to count, once to hand it out. --- */

static float *take_shared(struct nn_run *run, int *index)
{
    for (*index = 0; *index < run->n_shared && run->is_taken[*index]; (*index)++)
        ;
    if (*index == run->n_shared)
        run->n_shared++;
    run->is_taken[*index] = true;
    return run->values_of_shared[*index];
}

static void give_back(struct nn_run *run, int index)
{
    if (index != NO_BUFFER)
        run->is_taken[index] = false;
}

static void count_readers(struct nn_run *run)
{
    for (int i = 0; i < run->net->n_layers; i++) {
        const struct nn_layer *layer = &run->net->layers[i];
        for (int j = 0; j < layer->type->n_inputs; j++) {
            struct step *from = &run->steps[layer->inputs[j]];
            from->n_readers++;
            from->last_reader = i;
        }
    }
}

static void find_trained(struct nn_run *run)
{
    for (int i = 1; i < run->net->n_layers; i++) {
        const struct nn_layer *layer = &run->net->layers[i];
        struct step *step = &run->steps[i];
        bool is_trained = false;
        for (int j = 0; j < layer->n_params; j++)
            is_trained |= layer->params[j].kind != NN_PARAM_STATISTIC &&
                          !nn_net_name_fits(run->settings.freeze, layer->params[j].name);
        step->is_frozen = layer->n_params > 0 && !is_trained;
        step->wants_gradient = is_trained;
        for (int j = 0; j < layer->type->n_inputs; j++)
            step->wants_gradient |= run->steps[layer->inputs[j]].wants_gradient;
    }
}

/* Whether layer i may write over its first input. */
static bool writes_over_input(const struct nn_run *run, int i)
{
    const struct nn_layer *layer = &run->net->layers[i];
    if (!layer->type->is_in_place || layer->inputs[0] == 0)
        return false;
    int from = layer->inputs[0];
    if (run->settings.is_training && run->net->layers[from].type->needs_output)
        return false;
    /* losses read the logits after the softmax has run, but softmax is never in place */
    return run->steps[from].n_readers == 1;
}

static float *allocate(struct nn_run *run, size_t n_floats, size_t *n_bytes)
{
    *n_bytes += fb_arena_padded(n_floats * sizeof(float));
    return run->activations.base ? fb_arena_alloc(&run->activations, n_floats * sizeof(float)) : NULL;
}

/* Outputs that live as long as the run: all in training, the input and the last two in inference. */
static void plan_values(struct nn_run *run, size_t *n_bytes)
{
    int owner[NN_NET_MAX_LAYERS], last_read[NN_NET_MAX_LAYERS];
    for (int i = 0; i < run->net->n_layers; i++) {
        struct step *step = &run->steps[i];
        int from = run->net->layers[i].inputs[0];
        owner[i] = NO_BUFFER;
        last_read[i] = step->last_reader;
        if (i > 0 && writes_over_input(run, i)) {
            step->y = run->steps[from].y;
            owner[i] = owner[from];
            owner[from] = NO_BUFFER;
        } else if (run->settings.is_training || i == 0 || i >= run->logits_layer) {
            step->y = allocate(run, batch_size(run, i), n_bytes);
        } else {
            step->y = take_shared(run, &owner[i]);
        }
        for (int j = 0; j < i; j++)
            if (owner[j] != NO_BUFFER && last_read[j] == i) {
                give_back(run, owner[j]);
                owner[j] = NO_BUFFER;
            }
    }
}

/* One input's gradient: the layer's own dy buffer where it may be written over, else a fresh one. */
static void plan_dx(struct nn_run *run, int i, int j, int *held, bool *is_dy_used, int *borrowed)
{
    const struct nn_layer *layer = &run->net->layers[i];
    struct step *step = &run->steps[i];
    int from = layer->inputs[j], index;
    if (!run->steps[from].wants_gradient)
        return;
    bool is_first = held[from] == NO_BUFFER;
    if (j == 0 && layer->type->is_backward_in_place && held[i] != NO_BUFFER) {
        index = held[i];
        step->dx[j] = step->dy;
        *is_dy_used = is_first;
    } else {
        step->dx[j] = take_shared(run, &index);
    }
    if (is_first) {
        held[from] = index;
        run->steps[from].dy = step->dx[j];
    } else {
        step->sum[j] = run->steps[from].dy;
        if (index != held[i])
            *borrowed = index; /* free again after this layer's backward */
    }
}

static void plan_gradients(struct nn_run *run)
{
    int held[NN_NET_MAX_LAYERS];
    for (int i = 0; i < run->net->n_layers; i++)
        held[i] = NO_BUFFER;
    run->d_logits = run->steps[run->logits_layer].dy = take_shared(run, &held[run->logits_layer]);
    for (int i = run->logits_layer; i > 0; i--) {
        bool is_dy_used = false;
        int borrowed[NN_LAYER_MAX_INPUTS] = {NO_BUFFER, NO_BUFFER};
        if (held[i] == NO_BUFFER)
            continue; /* nothing that is trained reads it */
        /* the last input first: dx[0] may take over dy's buffer */
        for (int j = run->net->layers[i].type->n_inputs - 1; j >= 0; j--)
            plan_dx(run, i, j, held, &is_dy_used, &borrowed[j]);
        for (int j = 0; j < NN_LAYER_MAX_INPUTS; j++)
            give_back(run, borrowed[j]);
        if (!is_dy_used)
            give_back(run, held[i]);
    }
}

static size_t plan(struct nn_run *run)
{
    size_t n_bytes = 0;
    memset(run->is_taken, 0, sizeof run->is_taken);
    run->n_shared = 0;
    run->n_shared_floats = run->n_scratch = 0;
    for (int i = 0; i < run->net->n_layers; i++) {
        const struct nn_layer *layer = &run->net->layers[i];
        const struct nn_layer_type *type = layer->type;
        if (run->settings.is_training && type->n_saved)
            run->steps[i].saved = allocate(run, type->n_saved(layer, run->settings.max_batch), &n_bytes);
        size_t n = 0;
        if (type->n_scratch)
            n = type->n_scratch(layer, run->settings.is_training, run->settings.kernel);
        run->n_scratch = n > run->n_scratch ? n : run->n_scratch;
        if (i > 0 && batch_size(run, i) > run->n_shared_floats)
            run->n_shared_floats = batch_size(run, i);
    }
    /* 64-byte steps, so that slices do not share cache lines */
    run->n_scratch = fb_arena_padded(run->n_scratch * sizeof(float)) / sizeof(float);
    run->scratch = allocate(run, run->n_scratch * (size_t)run->n_slices, &n_bytes);
    plan_values(run, &n_bytes);
    if (run->settings.is_training)
        plan_gradients(run);
    return n_bytes;
}

static int allocate_run(struct nn_run *run)
{
    size_t n_bytes = plan(run);
    if (run->n_shared >= MAX_SHARED)
        return fb_fail(FB_ERR_INPUT, "%s: more than %d outputs are waiting to be read at once",
                       nn_net_name(run->net), MAX_SHARED);
    int n_shared = run->n_shared;
    n_bytes += (size_t)n_shared * fb_arena_padded(run->n_shared_floats * sizeof(float));
    int status = fb_arena_init(&run->activations, n_bytes);
    if (!status && run->settings.is_training)
        status = fb_arena_init(&run->gradients, run->net->n_values * sizeof(float));
    if (status)
        return status;
    for (int i = 0; i < n_shared; i++)
        run->values_of_shared[i] =
            fb_arena_alloc(&run->activations, run->n_shared_floats * sizeof(float));
    plan(run);
    return FB_OK;
}

static bool is_planned(const struct nn_run *run)
{
    return run->settings.is_frozen && !run->settings.is_training && nn_fast_of(run->settings.kernel);
}

static bool has_half_weights(const struct nn_run *run)
{
    bool is_large = run->net->n_values * sizeof(float) > NN_LARGE_NET_BYTES;
    return run->settings.weights == NN_WEIGHTS_HALF || (run->settings.weights == NN_WEIGHTS_BY_SIZE && is_large);
}

static int prepare(struct nn_run *run)
{
    const struct nn_net *net = run->net;
    int status = nn_kernel_resolve(run->settings.kernel, &run->settings.kernel);
    if (status)
        return status;
    if (is_planned(run))
        return nn_plan_create(net, nn_fast_of(run->settings.kernel), run->settings.max_batch, run->settings.pool,
                              has_half_weights(run), &run->plan);
    run->n_slices = fb_pool_n_threads(run->settings.pool);
    run->logits_layer = net->n_layers - 1;
    if (!strcmp(net->layers[run->logits_layer].type->name, "softmax"))
        run->logits_layer = net->layers[run->logits_layer].inputs[0];
    run->steps = calloc((size_t)net->n_layers, sizeof *run->steps);
    if (!run->steps)
        return fb_fail_nomem("a run's plan", (size_t)net->n_layers * sizeof *run->steps);
    count_readers(run);
    find_trained(run);
    run->settings.freeze = NULL;
    return allocate_run(run);
}

int nn_run_create(const struct nn_net *net, const struct nn_run_settings *settings, struct nn_run **out)
{
    *out = NULL;
    if (settings->max_batch < 1)
        return fb_fail(FB_ERR_USAGE, "a batch of %d images; it needs at least 1", settings->max_batch);
    struct nn_run *run = calloc(1, sizeof *run);
    if (!run)
        return fb_fail_nomem("a run", sizeof *run);
    *out = run;
    openblas_set_num_threads(1); /* the pool is what spreads the work */
    run->net = net;
    run->settings = *settings;
    int status = prepare(run);
    if (status)
        nn_run_destroy(out);
    return status;
}

void nn_run_destroy(struct nn_run **run_ptr)
{
    struct nn_run *run = *run_ptr;
    if (!run)
        return;
    nn_plan_destroy(&run->plan);
    fb_arena_finish(&run->activations);
    fb_arena_finish(&run->gradients);
    free(run->steps);
    free(run);
    *run_ptr = NULL;
}

/* --- running --- */

static struct nn_pass pass_of(const struct nn_run *run, int i)
{
    const struct nn_layer *layer = &run->net->layers[i];
    const struct step *step = &run->steps[i];
    struct nn_pass pass = {
        .layer = layer, .n = run->n, .is_training = run->settings.is_training,
        .is_frozen = run->settings.is_training && step->is_frozen,
        .seed = run->seed ^ ((uint64_t)i << 48), .y = step->y, .dy = step->dy, .saved = step->saved,
        .scratch = run->scratch, .n_scratch = run->n_scratch,
        .gradients = (float *)(void *)run->gradients.base, .n_slices = run->n_slices,
        .pool = run->settings.pool, .kernel = run->settings.kernel,
    };
    for (int j = 0; j < layer->type->n_inputs; j++) {
        pass.x[j] = run->steps[layer->inputs[j]].y;
        pass.dx[j] = step->dx[j];
    }
    return pass;
}

void nn_run_forward(struct nn_run *run, int n, uint64_t step_seed)
{
    if (run->plan) {
        nn_plan_run(run->plan, n);
        return;
    }
    run->n = n;
    run->seed = step_seed;
    for (int i = 1; i < run->net->n_layers; i++) {
        struct nn_pass pass = pass_of(run, i);
        pass.layer->type->forward(&pass);
    }
}

NN_CLONES static void add_to(float *sum, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i];
}

void nn_run_backward(struct nn_run *run)
{
    for (int i = run->logits_layer; i > 0; i--) {
        if (!run->steps[i].dy)
            continue;
        struct nn_pass pass = pass_of(run, i);
        pass.layer->type->backward(&pass);
        for (int j = 0; j < pass.layer->type->n_inputs; j++)
            if (run->steps[i].sum[j])
                add_to(run->steps[i].sum[j], pass.dx[j],
                       (size_t)run->n * nn_shape_image_size(j ? pass.layer->second_in : pass.layer->in));
    }
}

float *nn_run_input(struct nn_run *run)
{
    return run->plan ? nn_plan_input(run->plan) : run->steps[0].y;
}

const float *nn_run_output(const struct nn_run *run)
{
    return run->plan ? nn_plan_output(run->plan) : run->steps[run->net->n_layers - 1].y;
}

const float *nn_run_logits(const struct nn_run *run)
{
    return run->plan ? nn_plan_logits(run->plan) : run->steps[run->logits_layer].y;
}

float *nn_run_d_logits(struct nn_run *run)
{
    return run->d_logits;
}

float *nn_run_gradients(struct nn_run *run)
{
    return (float *)(void *)run->gradients.base;
}

void nn_run_zero_gradients(struct nn_run *run)
{
    memset(run->gradients.base, 0, run->gradients.size_bytes);
}

enum nn_kernel nn_run_kernel(const struct nn_run *run)
{
    return run->settings.kernel;
}

size_t nn_run_n_bytes(const struct nn_run *run)
{
    if (run->plan)
        return nn_plan_n_bytes(run->plan);
    return run->activations.size_bytes + run->gradients.size_bytes;
}

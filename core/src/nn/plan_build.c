/* From layers to steps. A convolution or dense layer takes with it, in this order and each at most once, an add, an
 * activation, a bn and a 2x2 maximum that follow it and have no other reader. */
#include "plan.h"

#include <string.h>

enum stage { STAGE_SUM, STAGE_ADD, STAGE_ACTIVATION, STAGE_BN, STAGE_POOL };

static bool is_type(const struct nn_layer *layer, const char *name)
{
    return !strcmp(layer->type->name, name);
}

static int add_map(struct nn_plan *plan, struct nn_blocked layout)
{
    plan->maps[plan->n_maps] = (struct plan_map){.layout = layout, .first_step = -1, .last_step = -1};
    return plan->n_maps++;
}

static struct plan_step *add_step(struct nn_plan *plan, enum plan_step_kind kind, const struct nn_layer *layer)
{
    struct plan_step *step = &plan->steps[plan->n_steps++];
    *step = (struct plan_step){
        .kind = kind, .layer = layer, .x = {NO_MAP, NO_MAP}, .residual = NO_MAP, .y = NO_MAP, .epilogue.slope = 1};
    return step;
}

/* The step writes layer's output in this form. */
static void set_output(struct nn_plan *plan, struct plan_step *step, int layer, enum plan_form form)
{
    int lanes = form == PLAN_BLOCKED ? plan->fast->lanes : 1;
    step->y = add_map(plan, nn_blocked_make(plan->net->layers[layer].out, lanes));
    plan->forms[layer][form] = step->y;
}

/* The map of a layer's output in a form, converted if it is not there yet. */
static int map_of(struct nn_plan *plan, int layer, enum plan_form form)
{
    int *forms = plan->forms[layer];
    if (forms[form] != NO_MAP)
        return forms[form];
    int from = forms[PLAN_PLANAR] != NO_MAP ? forms[PLAN_PLANAR] : forms[PLAN_BLOCKED];
    struct plan_step *step = add_step(plan, PLAN_CONVERT, &plan->net->layers[layer]);
    step->x[0] = from;
    set_output(plan, step, layer, form);
    return step->y;
}

static bool is_known(const struct nn_plan *plan, int layer)
{
    const int *forms = plan->forms[layer];
    return forms[PLAN_PLANAR] != NO_MAP || forms[PLAN_BLOCKED] != NO_MAP;
}

static bool is_pair_pool(const struct nn_layer *layer)
{
    return is_type(layer, "maxpool") && layer->options.size == 2 && layer->options.stride == 2 &&
           layer->options.pad == 0;
}

/* The other operand of an add, if it is computed by now; else -1. */
static int other_operand(const struct nn_plan *plan, const struct nn_layer *add, int layer)
{
    int other = add->inputs[0] == layer ? add->inputs[1] : add->inputs[0];
    return other != layer && is_known(plan, other) ? other : -1;
}

/* Takes layer i, which reads the last one, into the step. Returns false if it cannot. */
static bool fuse(struct nn_plan *plan, struct plan_step *step, int last, int i, enum stage *stage)
{
    const struct nn_layer *layer = &plan->net->layers[i];
    if (is_type(layer, "dropout"))
        return true;
    if (is_type(layer, "add") && *stage < STAGE_ADD) {
        int other = other_operand(plan, layer, last);
        if (other < 0 || plan->forms[other][PLAN_BLOCKED] == NO_MAP)
            return false;
        *stage = STAGE_ADD;
        step->residual = plan->forms[other][PLAN_BLOCKED];
        step->epilogue.has_residual = true;
        return true;
    }
    if ((is_type(layer, "relu") || is_type(layer, "leaky")) && *stage < STAGE_ACTIVATION) {
        *stage = STAGE_ACTIVATION;
        step->epilogue.slope = (float)layer->options.slope;
        return true;
    }
    if (is_type(layer, "bn") && *stage < STAGE_BN) {
        *stage = STAGE_BN;
        step->bn = layer;
        return true;
    }
    bool is_conv = step->kind == PLAN_DIRECT || step->kind == PLAN_WINOGRAD;
    if (is_conv && is_pair_pool(layer) && *stage < STAGE_POOL) {
        *stage = STAGE_POOL;
        step->epilogue.is_pooled = true;
        return true;
    }
    return false;
}

/* Fuses what follows layer i; returns the layer whose output the step writes. */
static int fuse_following(struct nn_plan *plan, struct plan_step *step, int i, enum stage stage)
{
    while (plan->n_readers[i] == 1 && fuse(plan, step, i, plan->reader[i], &stage))
        i = plan->reader[i];
    return i;
}

static bool suits_winograd(const struct nn_plan *plan, const struct plan_step *step)
{
    const struct nn_layer *layer = step->layer;
    return step->kernel_h == 3 && step->kernel_w == 3 && step->stride == 1 &&
           plan->maps[step->x[0]].layout.lanes > 1 && layer->in.c >= 4 && layer->out.c >= 4;
}

/* Cycles a channel pair costs: multiplications of whole registers, and the packed weights' way from where they lie between
 * two runs: each thread's own way from the last cache, or, of a large net, the one way from memory. */
static double cost(const struct nn_plan *plan, double n_multiplications, double n_weight_bytes)
{
    bool is_large = plan->net->n_values * sizeof(float) > NN_LARGE_NET_BYTES;
    double n_cores = is_large ? plan->n_threads : 1, bytes_per_cycle = is_large ? 6 : 16;
    return n_multiplications / plan->fast->lanes / n_cores + n_weight_bytes / bytes_per_cycle;
}

/* Tile size that costs least for a few faces, 0 for direct. */
static int winograd_size(const struct nn_plan *plan, const struct plan_step *step)
{
    enum { USUAL_BATCH = 8 };
    double n = plan->max_batch < USUAL_BATCH ? plan->max_batch : USUAL_BATCH;
    double weight_bytes = plan->has_half_weights ? sizeof(uint16_t) : sizeof(float);
    double best = cost(plan, n * step->out_h * step->out_w * 9, 9 * weight_bytes);
    int best_size = 0;
    for (int size = 2; size <= 4; size += 2) {
        int n_points = nn_winograd_points(size);
        double n_tiles = n * ((step->out_h + size - 1) / size) * ((step->out_w + size - 1) / size);
        double now = cost(plan, n_tiles * n_points, (double)n_points * sizeof(float));
        if (now < best) {
            best = now;
            best_size = size;
        }
    }
    return best_size;
}

/* The input's halo as far as the windows reach. */
static void widen_input(struct nn_plan *plan, const struct plan_step *step, int reach_h, int reach_w)
{
    const struct nn_layer *layer = step->layer;
    int bottom = reach_h - step->pad_h - layer->in.h, right = reach_w - step->pad_w - layer->in.w;
    nn_blocked_widen(&plan->maps[step->x[0]].layout, step->pad_h, step->pad_w, bottom, right);
}

static void choose_kernel(struct nn_plan *plan, struct plan_step *step)
{
    int size = suits_winograd(plan, step) ? winograd_size(plan, step) : 0;
    if (!size) {
        widen_input(plan, step, (step->out_h - 1) * step->stride + step->kernel_h,
                    (step->out_w - 1) * step->stride + step->kernel_w);
        return;
    }
    step->kind = PLAN_WINOGRAD;
    step->winograd.size = size;
    step->winograd.tiles_h = (step->out_h + size - 1) / size;
    step->winograd.tiles_w = (step->out_w + size - 1) / size;
    widen_input(plan, step, step->winograd.tiles_h * size + 2, step->winograd.tiles_w * size + 2);
}

static int build_conv(struct nn_plan *plan, int i)
{
    const struct nn_layer *layer = &plan->net->layers[i];
    const struct nn_layer_options *o = &layer->options;
    int from = layer->inputs[0], pad_h, pad_w, out_h, out_w;
    int status = nn_window_out(layer->in.h, o->kernel, o->stride, o->pad, &out_h, &pad_h);
    if (!status)
        status = nn_window_out(layer->in.w, o->kernel, o->stride, o->pad, &out_w, &pad_w);
    if (status)
        return status;
    /* few channels would leave most lanes empty; as planes they are read where they are */
    bool is_planar = plan->forms[from][PLAN_BLOCKED] == NO_MAP && layer->in.c < plan->fast->lanes / 2;
    int x = map_of(plan, from, is_planar ? PLAN_PADDED : PLAN_BLOCKED);
    struct plan_step *step = add_step(plan, PLAN_DIRECT, layer);
    step->x[0] = x;
    step->kernel_h = step->kernel_w = o->kernel;
    step->stride = o->stride;
    step->pad_h = pad_h;
    step->pad_w = pad_w;
    step->out_h = out_h;
    step->out_w = out_w;
    choose_kernel(plan, step);
    set_output(plan, step, fuse_following(plan, step, i, STAGE_SUM), PLAN_BLOCKED);
    return FB_OK;
}

static int build_depthwise(struct nn_plan *plan, int i)
{
    const struct nn_layer *layer = &plan->net->layers[i];
    const struct nn_layer_options *o = &layer->options;
    int x = map_of(plan, layer->inputs[0], PLAN_BLOCKED);
    struct plan_step *step = add_step(plan, PLAN_DEPTHWISE, layer);
    step->x[0] = x;
    step->kernel_h = step->kernel_w = o->kernel;
    step->stride = o->stride;
    int status = nn_window_out(layer->in.h, o->kernel, o->stride, o->pad, &step->out_h, &step->pad_h);
    if (!status)
        status = nn_window_out(layer->in.w, o->kernel, o->stride, o->pad, &step->out_w, &step->pad_w);
    if (status)
        return status;
    widen_input(plan, step, (step->out_h - 1) * o->stride + o->kernel, (step->out_w - 1) * o->stride + o->kernel);
    set_output(plan, step, fuse_following(plan, step, i, STAGE_SUM), PLAN_BLOCKED);
    return FB_OK;
}

static int build_upsample(struct nn_plan *plan, int i)
{
    int x = map_of(plan, plan->net->layers[i].inputs[0], PLAN_BLOCKED);
    struct plan_step *step = add_step(plan, PLAN_UPSAMPLE, &plan->net->layers[i]);
    step->x[0] = x;
    set_output(plan, step, i, PLAN_BLOCKED);
    return FB_OK;
}

/* A convolution whose window is the whole map. */
static int build_dense(struct nn_plan *plan, int i)
{
    const struct nn_layer *layer = &plan->net->layers[i];
    int from = layer->inputs[0];
    bool is_planar = plan->forms[from][PLAN_BLOCKED] == NO_MAP;
    int x = map_of(plan, from, is_planar ? PLAN_PLANAR : PLAN_BLOCKED);
    struct plan_step *step = add_step(plan, PLAN_DIRECT, layer);
    step->x[0] = x;
    step->kernel_h = layer->in.h;
    step->kernel_w = layer->in.w;
    step->stride = step->out_h = step->out_w = 1;
    set_output(plan, step, fuse_following(plan, step, i, STAGE_SUM), PLAN_BLOCKED);
    return FB_OK;
}

static int build_pointwise(struct nn_plan *plan, int i)
{
    const struct nn_layer *layer = &plan->net->layers[i];
    bool is_add = is_type(layer, "add");
    int x = map_of(plan, layer->inputs[0], PLAN_BLOCKED);
    int other = is_add ? map_of(plan, layer->inputs[1], PLAN_BLOCKED) : NO_MAP;
    struct plan_step *step = add_step(plan, PLAN_POINTWISE, layer);
    enum stage stage = STAGE_SUM;
    step->x[0] = x;
    if (is_add) {
        step->residual = other;
        step->epilogue.has_residual = true;
        stage = STAGE_ADD;
    } else {
        fuse(plan, step, layer->inputs[0], i, &stage);
    }
    set_output(plan, step, fuse_following(plan, step, i, stage), PLAN_BLOCKED);
    return FB_OK;
}

static int build_pool(struct nn_plan *plan, int i)
{
    const struct nn_layer *layer = &plan->net->layers[i];
    const struct nn_layer_options *o = &layer->options;
    int x = map_of(plan, layer->inputs[0], PLAN_BLOCKED), out;
    struct plan_step *step = add_step(plan, PLAN_POOL, layer);
    step->x[0] = x;
    step->pool = (struct nn_pool_shape){.size = o->size, .stride = o->stride, .is_mean = !is_type(layer, "maxpool")};
    set_output(plan, step, i, PLAN_BLOCKED);
    int status = nn_window_out(layer->in.h, o->size, o->stride, o->pad, &out, &step->pool.pad_h);
    return status ? status : nn_window_out(layer->in.w, o->size, o->stride, o->pad, &out, &step->pool.pad_w);
}

static int build_dropout(struct nn_plan *plan, int i)
{
    memcpy(plan->forms[i], plan->forms[plan->net->layers[i].inputs[0]], sizeof plan->forms[i]);
    return FB_OK;
}

/* Any other layer, run as it is. */
static int build_layer(struct nn_plan *plan, int i)
{
    const struct nn_layer *layer = &plan->net->layers[i];
    int x[NN_LAYER_MAX_INPUTS] = {NO_MAP, NO_MAP};
    for (int j = 0; j < layer->type->n_inputs; j++)
        x[j] = map_of(plan, layer->inputs[j], PLAN_PLANAR);
    struct plan_step *step = add_step(plan, PLAN_LAYER, layer);
    memcpy(step->x, x, sizeof step->x);
    set_output(plan, step, i, PLAN_PLANAR);
    return FB_OK;
}

static int build_step(struct nn_plan *plan, int i)
{
    static const struct {
        const char *type;
        int (*build)(struct nn_plan *plan, int i);
    } builders[] = {
        {"conv", build_conv},     {"dense", build_dense},   {"add", build_pointwise}, {"relu", build_pointwise},
        {"leaky", build_pointwise}, {"bn", build_pointwise}, {"maxpool", build_pool},  {"avgpool", build_pool},
        {"globalpool", build_pool}, {"dropout", build_dropout}, {"depthwise", build_depthwise}, {"upsample", build_upsample},
    };
    for (size_t j = 0; j < sizeof builders / sizeof *builders; j++)
        if (is_type(&plan->net->layers[i], builders[j].type))
            return builders[j].build(plan, i);
    return build_layer(plan, i);
}

static void count_readers(struct nn_plan *plan)
{
    for (int i = 0; i < plan->net->n_layers; i++)
        for (int j = 0; j < plan->net->layers[i].type->n_inputs; j++) {
            int from = plan->net->layers[i].inputs[j];
            plan->n_readers[from]++;
            plan->reader[from] = i;
        }
    /* the caller reads them too, so that nothing is fused over them */
    plan->n_readers[plan->logits_layer]++;
    plan->n_readers[plan->net->n_layers - 1]++;
}

static void keep(struct nn_plan *plan, int layer)
{
    plan->maps[map_of(plan, layer, PLAN_PLANAR)].is_kept = true;
}

int nn_plan_build_steps(struct nn_plan *plan)
{
    int n_layers = plan->net->n_layers;
    count_readers(plan);
    for (int i = 0; i < n_layers; i++)
        for (int form = 0; form < PLAN_FORM_COUNT; form++)
            plan->forms[i][form] = NO_MAP;
    plan->forms[0][PLAN_PLANAR] = add_map(plan, nn_blocked_make(plan->net->layers[0].out, 1));
    keep(plan, 0);
    /* a layer inside a fused step has no map of its own and must not be built: walk along what is needed */
    bool is_fused[NN_NET_MAX_LAYERS] = {false};
    for (int i = 1; i < n_layers; i++) {
        if (is_fused[i] || is_known(plan, i))
            continue;
        int n_before = plan->n_steps;
        int status = build_step(plan, i);
        if (status)
            return status;
        /* from i on, along single readers, up to the output that was set */
        for (int j = i; plan->n_steps > n_before && !is_known(plan, j); j = plan->reader[j])
            is_fused[j] = true;
    }
    keep(plan, plan->logits_layer);
    keep(plan, n_layers - 1);
    return FB_OK;
}

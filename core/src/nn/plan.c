/* A plan's life, and running its steps. See plan.h. */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS_PER_STEP = 6, MIN_OUTPUTS = 24 };

static int allocate_lists(struct nn_plan *plan)
{
    /* a layer makes at most a step, and a conversion of each of its output's forms */
    size_t n_layers = (size_t)plan->net->n_layers, n_steps = n_layers * (1 + PLAN_FORM_COUNT);
    plan->steps = calloc(n_steps, sizeof *plan->steps);
    plan->maps = calloc(n_steps + 1, sizeof *plan->maps);
    plan->blocks = calloc(n_steps * BLOCKS_PER_STEP, sizeof *plan->blocks);
    plan->forms = calloc(n_layers, sizeof *plan->forms);
    plan->n_readers = calloc(n_layers, sizeof *plan->n_readers);
    plan->reader = calloc(n_layers, sizeof *plan->reader);
    if (plan->steps && plan->maps && plan->blocks && plan->forms && plan->n_readers && plan->reader)
        return FB_OK;
    return fb_fail_nomem("a plan", n_steps * sizeof *plan->steps);
}

int nn_plan_create(const struct nn_net *net, const struct nn_fast *fast, int max_batch, struct fb_pool *pool,
                   bool has_half_weights, struct nn_plan **out)
{
    struct nn_plan *plan = *out = calloc(1, sizeof *plan);
    if (!plan)
        return fb_fail_nomem("a plan", sizeof *plan);
    plan->net = net;
    plan->fast = fast;
    plan->pool = pool;
    plan->max_batch = max_batch;
    plan->has_half_weights = has_half_weights;
    plan->n_threads = fb_pool_n_threads(pool);
    plan->logits_layer = net->n_layers - 1;
    if (!strcmp(net->layers[plan->logits_layer].type->name, "softmax"))
        plan->logits_layer = net->layers[plan->logits_layer].inputs[0];
    int status = allocate_lists(plan);
    if (!status)
        status = nn_plan_build_steps(plan);
    if (!status)
        status = nn_plan_make_constants(plan);
    if (!status)
        status = nn_plan_lay_out(plan);
    if (status)
        nn_plan_destroy(out);
    return status;
}

void nn_plan_destroy(struct nn_plan **plan_ptr)
{
    struct nn_plan *plan = *plan_ptr;
    if (!plan)
        return;
    for (int i = 0; i < plan->n_blocks; i++)
        free(plan->blocks[i]);
    fb_arena_finish(&plan->arena);
    free(plan->steps);
    free(plan->maps);
    free(plan->blocks);
    free(plan->forms);
    free(plan->n_readers);
    free(plan->reader);
    free(plan);
    *plan_ptr = NULL;
}

/* Who runs a step: all threads together, or one of them alone with an image of its own. */
struct crew {
    const struct nn_plan *plan;
    struct fb_pool *pool; /* NULL: alone */
    int n_threads, worker; /* the first one's number */
};

/* Where an image of a map lies. */
static float *values(const struct crew *crew, int map, int image)
{
    if (map == NO_MAP)
        return NULL;
    const struct plan_map *m = &crew->plan->maps[map];
    if (m->is_single)
        return crew->plan->single + (size_t)crew->worker * crew->plan->n_single + m->offset;
    return (float *)(void *)crew->plan->arena.base + m->offset + (size_t)image * m->layout.image;
}

/* --- running. A convolution's work is cut into parts: ranges of outputs or tiles times ranges of channel groups. --- */

struct work {
    const struct crew *crew;
    const struct plan_step *step;
    const float *x, *residual;
    float *y;
    int n_items, n_groups;           /* tiles or outputs, groups of output channels */
    int item_parts, items_each, group_parts;
};

static int divide_up(int a, int b)
{
    return (a + b - 1) / b;
}

static struct nn_range part_of(int part, int each, int n)
{
    int first = part * each;
    return (struct nn_range){first, n - first < each ? n - first : each};
}

static struct nn_range groups_of(const struct work *work, int part)
{
    int first = work->n_groups * part / work->group_parts, end = work->n_groups * (part + 1) / work->group_parts;
    return (struct nn_range){first, end - first};
}

static void direct_part(void *user, int part, int worker)
{
    (void)worker;
    const struct work *work = user;
    struct nn_range outputs = part_of(part % work->item_parts, work->items_each, work->n_items);
    work->crew->plan->fast->direct(&work->step->direct, work->x, work->residual, work->y, outputs,
                             groups_of(work, part / work->item_parts));
}

static void depthwise_part(void *user, int part, int worker)
{
    (void)worker;
    const struct work *work = user;
    work->crew->plan->fast->depthwise(&work->step->depthwise, work->x, work->residual, work->y,
                                part_of(part, work->items_each, work->n_items));
}

static void winograd_part(void *user, int part, int worker)
{
    const struct work *work = user;
    struct nn_range tiles = part_of(part % work->item_parts, work->items_each, work->n_items);
    const struct nn_plan *plan = work->crew->plan;
    plan->fast->winograd(&work->step->winograd, work->x, work->residual, work->y, tiles,
                         groups_of(work, part / work->item_parts),
                         plan->scratch + (size_t)(work->crew->worker + worker) * plan->n_scratch);
}

/* Shares by channels first: each thread then reads weights of its own. By items when there are many, in whole rounds, so that
 * no thread waits while another has a part more. */
static void share_out(struct work *work, int n_threads, int few, int step)
{
    int n_rounds = divide_up(work->item_parts, n_threads);
    work->group_parts = 1;
    if (work->item_parts > n_threads && work->item_parts % n_threads) {
        work->items_each = nn_round_up(divide_up(work->n_items, n_rounds * n_threads), step);
        work->item_parts = divide_up(work->n_items, work->items_each);
    }
    if (n_threads > work->item_parts) {
        if (work->n_items < few * n_threads)
            work->group_parts = work->n_groups < n_threads ? work->n_groups : n_threads;
        if (work->item_parts * work->group_parts < n_threads) {
            work->items_each = nn_round_up(divide_up(work->n_items, n_threads), step);
            work->item_parts = divide_up(work->n_items, work->items_each);
        }
    }
}

static void clear_halos(const struct nn_plan *plan, const struct plan_step *step, float *y, int n)
{
    const struct nn_blocked *layout = &plan->maps[step->y].layout;
    for (int i = 0; i < n; i++)
        nn_blocked_clear_halo(layout, y + (size_t)i * layout->image);
}

static void run_convolution(const struct crew *crew, const struct plan_step *step, int first, int n)
{
    const struct nn_plan *plan = crew->plan;
    bool is_direct = step->kind == PLAN_DIRECT;
    int n_vectors = is_direct ? step->direct.n_vectors : step->winograd.n_vectors;
    struct work work = {
        .crew = crew, .step = step, .x = values(crew, step->x[0], first), .residual = values(crew, step->residual, first),
        .y = values(crew, step->y, first), .n_groups = divide_up(n_vectors, plan->fast->n_tile_vectors),
    };
    clear_halos(plan, step, work.y, n);
    if (is_direct) {
        work.n_items = work.items_each = n * step->direct.n_outputs;
        work.item_parts = 1;
        share_out(&work, crew->n_threads, MIN_OUTPUTS, 4);
    } else {
        work.n_items = n * nn_winograd_n_tiles(&step->winograd);
        work.items_each = nn_winograd_group(plan->fast, step->winograd.size, step->layer->out.c, step->layer->in.c,
                                            work.n_items);
        work.item_parts = divide_up(work.n_items, work.items_each);
        share_out(&work, crew->n_threads, MIN_OUTPUTS, 1);
    }
    fb_pool_run(crew->pool, work.item_parts * work.group_parts, is_direct ? direct_part : winograd_part, &work);
}

static void run_depthwise(const struct crew *crew, const struct plan_step *step, int first, int n)
{
    struct work work = {
        .crew = crew, .step = step, .x = values(crew, step->x[0], first), .residual = values(crew, step->residual, first),
        .y = values(crew, step->y, first), .n_items = n * step->depthwise.y.n_blocks * step->out_h,
    };
    clear_halos(crew->plan, step, work.y, n);
    work.items_each = divide_up(work.n_items, crew->n_threads);
    fb_pool_run(crew->pool, divide_up(work.n_items, work.items_each), depthwise_part, &work);
}

static void run_layer(const struct crew *crew, const struct plan_step *step, int first, int n)
{
    const struct nn_plan *plan = crew->plan;
    struct nn_pass pass = {
        .layer = step->layer, .n = n, .y = values(crew, step->y, first), .scratch = plan->scratch,
        .n_scratch = plan->n_scratch, .n_slices = crew->n_threads, .pool = crew->pool, .kernel = NN_KERNEL_GEMM,
    };
    for (int j = 0; j < step->layer->type->n_inputs; j++)
        pass.x[j] = values(crew, step->x[j], first);
    step->layer->type->forward(&pass);
}

static void run_map_step(const struct crew *crew, const struct plan_step *step, int first, int n)
{
    const struct nn_plan *plan = crew->plan;
    const struct nn_blocked *x = &plan->maps[step->x[0]].layout, *y = &plan->maps[step->y].layout;
    const struct nn_blocked *residual = step->residual == NO_MAP ? x : &plan->maps[step->residual].layout;
    const float *from = values(crew, step->x[0], first);
    float *to = values(crew, step->y, first);
    if (step->kind == PLAN_CONVERT)
        plan->fast->convert(x, from, y, to, n);
    else if (step->kind == PLAN_UPSAMPLE)
        nn_blocked_upsample(step->layer->options.size, x, from, y, to, n);
    else if (step->kind == PLAN_POOL)
        nn_blocked_pool(&step->pool, x, from, y, to, n);
    else
        plan->fast->pointwise(&step->epilogue, x, from, residual, values(crew, step->residual, first), y, to, n);
}

/* Consecutive steps on one image. */
struct section {
    const struct nn_plan *plan;
    int first, end;
};

static void run_steps_of_image(void *user, int image, int worker);

/* A step without weights, whose images go to the threads one by one. */
static void run_by_images(const struct crew *crew, const struct plan_step *step, int n)
{
    int i = (int)(step - crew->plan->steps);
    fb_pool_run(crew->pool, n, run_steps_of_image, &(struct section){crew->plan, i, i + 1});
}

/* Images first to first + n - 1. */
static void run_step(const struct crew *crew, const struct plan_step *step, int first, int n)
{
    switch (step->kind) {
    case PLAN_CONVERT:
    case PLAN_POOL:
    case PLAN_UPSAMPLE:
    case PLAN_POINTWISE:
        if (n > 1 && crew->n_threads > 1)
            run_by_images(crew, step, n);
        else
            run_map_step(crew, step, first, n);
        break;
    case PLAN_DIRECT:
    case PLAN_WINOGRAD:
        run_convolution(crew, step, first, n);
        break;
    case PLAN_DEPTHWISE:
        run_depthwise(crew, step, first, n);
        break;
    case PLAN_LAYER:
        run_layer(crew, step, first, n);
        break;
    case PLAN_NONE:
    case PLAN_STEP_KIND_COUNT:
        break;
    }
}

static void run_steps_of_image(void *user, int image, int worker)
{
    const struct section *section = user;
    struct crew alone = {.plan = section->plan, .n_threads = 1, .worker = worker};
    for (int i = section->first; i < section->end; i++)
        run_step(&alone, &section->plan->steps[i], image, 1);
}

/* Images to the threads, if each gets as many or there are enough of them; else threads to the images. */
static void run_section(const struct crew *all, int first, int end, int n)
{
    if (n % all->n_threads == 0 || n > 2 * all->n_threads) {
        fb_pool_run(all->pool, n, run_steps_of_image, &(struct section){all->plan, first, end});
        return;
    }
    for (int image = 0; image < n; image++)
        for (int i = first; i < end; i++)
            run_step(all, &all->plan->steps[i], image, 1);
}

void nn_plan_run(struct nn_plan *plan, int n)
{
    struct crew all = {.plan = plan, .pool = plan->pool, .n_threads = plan->n_threads};
    for (int i = 0, end; i < plan->n_steps; i = end) {
        end = nn_plan_section_end(plan, i);
        if (plan->steps[i].is_per_image)
            run_section(&all, i, end, n);
        else
            run_step(&all, &plan->steps[i], 0, n);
    }
}

/* Of a kept map. */
static float *kept_values(const struct nn_plan *plan, int map)
{
    return values(&(struct crew){.plan = plan}, map, 0);
}

float *nn_plan_input(struct nn_plan *plan)
{
    return kept_values(plan, plan->forms[0][PLAN_PLANAR]);
}

const float *nn_plan_output(const struct nn_plan *plan)
{
    return kept_values(plan, plan->forms[plan->net->n_layers - 1][PLAN_PLANAR]);
}

const float *nn_plan_logits(const struct nn_plan *plan)
{
    return kept_values(plan, plan->forms[plan->logits_layer][PLAN_PLANAR]);
}

size_t nn_plan_n_bytes(const struct nn_plan *plan)
{
    return plan->arena.size_bytes + plan->n_block_bytes;
}

bool nn_plan_describe(const struct nn_plan *plan, int i, char *text, size_t n_bytes)
{
    static const char *const names[] = {"", "convert", "direct", "winograd", "depthwise", "pool", "upsample", "pointwise", "layer"};
    _Static_assert(sizeof names / sizeof *names == PLAN_STEP_KIND_COUNT, "one name per kind");
    if (i >= plan->n_steps)
        return false;
    const struct plan_step *step = &plan->steps[i];
    const struct nn_epilogue *e = &step->epilogue;
    char size[8] = "";
    if (step->kind == PLAN_WINOGRAD)
        snprintf(size, sizeof size, " %dx%d", step->winograd.size % 10, step->winograd.size % 10);
    snprintf(text, n_bytes, "%s%s %s%s%s%s%s%s", names[step->kind], size, step->layer->name,
             e->has_residual ? " +add" : "", e->slope != 1 ? " +activation" : "", step->bn ? " +bn" : "",
             e->is_pooled ? " +pool" : "", step->is_per_image ? ", image by image" : "");
    return true;
}

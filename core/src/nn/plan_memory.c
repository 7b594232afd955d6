/* Where the maps lie: each at the lowest place that no map holds that is alive at the same time. Small and often used
 * again, so that maps stay in the caches. */
#include "plan.h"

static void use(struct nn_plan *plan, int map, int step)
{
    if (map == NO_MAP)
        return;
    if (plan->maps[map].first_step < 0)
        plan->maps[map].first_step = step;
    plan->maps[map].last_step = step;
}

static void find_lives(struct nn_plan *plan)
{
    for (int i = 0; i < plan->n_steps; i++) {
        const struct plan_step *step = &plan->steps[i];
        for (int j = 0; j < NN_LAYER_MAX_INPUTS; j++)
            use(plan, step->x[j], i);
        use(plan, step->residual, i);
        use(plan, step->y, i);
    }
    for (int i = 0; i < plan->n_maps; i++)
        if (plan->maps[i].is_kept) {
            plan->maps[i].first_step = 0;
            plan->maps[i].last_step = plan->n_steps;
        }
}

static bool meet(const struct plan_map *a, const struct plan_map *b)
{
    return a->first_step <= b->last_step && b->first_step <= a->last_step;
}

/* The lowest offset for map i among maps 0..i-1. */
static size_t lowest_place(const struct nn_plan *plan, int i)
{
    const struct plan_map *map = &plan->maps[i];
    size_t offset = 0;
    for (bool has_moved = true; has_moved;) {
        has_moved = false;
        for (int j = 0; j < i; j++) {
            const struct plan_map *other = &plan->maps[j];
            if (meet(map, other) && offset < other->offset + other->n_floats && other->offset < offset + map->n_floats) {
                offset = other->offset + other->n_floats;
                has_moved = true;
            }
        }
    }
    return offset;
}

static size_t step_scratch(const struct nn_plan *plan, const struct plan_step *step)
{
    if (step->kind == PLAN_LAYER)
        return step->layer->type->n_scratch ? step->layer->type->n_scratch(step->layer, false, NN_KERNEL_GEMM) : 0;
    if (step->kind != PLAN_WINOGRAD)
        return 0;
    int n_out = step->layer->out.c, n_in = step->layer->in.c, size = step->winograd.size;
    int n_tiles = plan->max_batch * nn_winograd_n_tiles(&step->winograd);
    int most = nn_winograd_most_tiles(plan->fast, size, n_out, n_in); /* of any batch, not the largest's share */
    return nn_winograd_n_scratch(plan->fast, size, n_out, n_in, n_tiles < most ? n_tiles : most);
}

int nn_plan_lay_out(struct nn_plan *plan)
{
    size_t n_floats = 0;
    find_lives(plan);
    for (int i = 0; i < plan->n_maps; i++) {
        struct plan_map *map = &plan->maps[i];
        map->n_floats = fb_arena_padded((size_t)plan->max_batch * map->layout.image * sizeof(float)) / sizeof(float);
        map->offset = lowest_place(plan, i);
        if (map->offset + map->n_floats > n_floats)
            n_floats = map->offset + map->n_floats;
    }
    for (int i = 0; i < plan->n_steps; i++) {
        size_t n = step_scratch(plan, &plan->steps[i]);
        plan->n_scratch = n > plan->n_scratch ? n : plan->n_scratch;
    }
    plan->n_scratch = fb_arena_padded(plan->n_scratch * sizeof(float)) / sizeof(float);
    int status = fb_arena_init(&plan->arena, (n_floats + (size_t)plan->n_threads * plan->n_scratch) * sizeof(float));
    if (!status)
        plan->scratch = (float *)(void *)plan->arena.base + n_floats;
    return status;
}

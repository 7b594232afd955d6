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

/* --- sections --- */

static size_t image_bytes(const struct nn_plan *plan, int map)
{
    return map == NO_MAP ? 0 : plan->maps[map].layout.image * sizeof(float);
}

/* Whether reading its weights anew for each image costs less than reading its maps from a far cache. */
static bool suits_single_images(const struct nn_plan *plan, const struct plan_step *step)
{
    int n_out = step->layer->out.c, n_in = step->layer->in.c;
    size_t n_map_bytes = image_bytes(plan, step->x[0]) + image_bytes(plan, step->y), n_weights = 0;
    if (step->kind == PLAN_LAYER)
        return false;
    if (step->kind == PLAN_DIRECT)
        n_weights = (size_t)n_out * (size_t)step->direct.depth;
    if (step->kind == PLAN_WINOGRAD)
        n_weights = nn_winograd_n_weights(plan->fast, step->winograd.size, n_out, n_in);
    return n_weights * sizeof(float) <= n_map_bytes;
}

int nn_plan_section_end(const struct nn_plan *plan, int i)
{
    if (!plan->steps[i].is_per_image)
        return i + 1;
    while (i < plan->n_steps && plan->steps[i].is_per_image)
        i++;
    return i;
}

static void find_sections(struct nn_plan *plan)
{
    for (int i = 0; i < plan->n_steps; i++)
        plan->steps[i].is_per_image = suits_single_images(plan, &plan->steps[i]);
}

/* Maps that live inside the section hold one image; others are alive all through it, since it is run again and again. */
static void mark_section(struct nn_plan *plan, int first, int end)
{
    for (int i = 0; i < plan->n_maps; i++) {
        struct plan_map *map = &plan->maps[i];
        bool is_inside = map->first_step >= first && map->last_step < end;
        map->is_single |= is_inside && !map->is_kept;
        if (map->is_single || map->last_step < first || map->first_step >= end)
            continue;
        if (map->first_step > first)
            map->first_step = first;
        if (map->last_step < end - 1)
            map->last_step = end - 1;
    }
}

static void mark_sections(struct nn_plan *plan)
{
    for (int i = 0, end; i < plan->n_steps; i = end) {
        end = nn_plan_section_end(plan, i);
        if (plan->steps[i].is_per_image)
            mark_section(plan, i, end);
    }
}

/* --- places --- */

static bool meet(const struct plan_map *a, const struct plan_map *b)
{
    return a->first_step <= b->last_step && b->first_step <= a->last_step;
}

/* The lowest offset for map i among those of maps 0..i-1 that lie in the same area. */
static size_t lowest_place(const struct nn_plan *plan, int i)
{
    const struct plan_map *map = &plan->maps[i];
    size_t offset = 0;
    for (bool has_moved = true; has_moved;) {
        has_moved = false;
        for (int j = 0; j < i; j++) {
            const struct plan_map *other = &plan->maps[j];
            if (map->is_single == other->is_single && meet(map, other) && offset < other->offset + other->n_floats && other->offset < offset + map->n_floats) {
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

/* Places the maps of one area, which they may share one after the other; returns its floats. */
static size_t place_maps(struct nn_plan *plan, bool is_single)
{
    size_t n_floats = 0;
    for (int i = 0; i < plan->n_maps; i++) {
        struct plan_map *map = &plan->maps[i];
        if (map->is_single != is_single)
            continue;
        size_t n_images = is_single ? 1 : (size_t)plan->max_batch;
        map->n_floats = fb_arena_padded(n_images * map->layout.image * sizeof(float)) / sizeof(float);
        map->offset = lowest_place(plan, i);
        if (map->offset + map->n_floats > n_floats)
            n_floats = map->offset + map->n_floats;
    }
    return n_floats;
}

/* Threads are at different steps of a section at the same time, so that each has an area of its own for its images. */
int nn_plan_lay_out(struct nn_plan *plan)
{
    find_lives(plan);
    find_sections(plan);
    mark_sections(plan);
    size_t n_floats = place_maps(plan, false), n_threads = (size_t)plan->n_threads;
    plan->n_single = place_maps(plan, true);
    for (int i = 0; i < plan->n_steps; i++) {
        size_t n = step_scratch(plan, &plan->steps[i]);
        plan->n_scratch = n > plan->n_scratch ? n : plan->n_scratch;
    }
    plan->n_scratch = fb_arena_padded(plan->n_scratch * sizeof(float)) / sizeof(float);
    int status = fb_arena_init(&plan->arena, (n_floats + n_threads * (plan->n_single + plan->n_scratch)) * sizeof(float));
    if (!status) {
        plan->single = (float *)(void *)plan->arena.base + n_floats;
        plan->scratch = plan->single + n_threads * plan->n_single;
    }
    return status;
}

/* A stage: its fixed-point unit, its weak classifiers by weight, dealt into chunks, and the sums
 * from which on a chunk's windows are decided. */
#include "program_build.h"

#include <math.h>
#include <stdlib.h>

#define CHUNK_WEAKS 32
#define CHUNK_TREES 8
#define MAX_OUTCOMES 5000     /* of a stage, to be tried one by one */
#define MAX_SUM_FIXED 60000.0 /* of a stage; leaves room below 65535 */
#define MAX_GAIN_FIXED 16000.0

static int by_gain(const void *a_ptr, const void *b_ptr)
{
    const struct cas_draft *a = a_ptr, *b = b_ptr;
    return a->gain != b->gain ? b->gain - a->gain : a->weak - b->weak;
}

static int by_kind(const void *a_ptr, const void *b_ptr)
{
    const struct cas_draft *a = a_ptr, *b = b_ptr;
    if (a->kind != b->kind)
        return (int)a->kind - (int)b->kind;
    return a->gap != b->gap ? a->gap - b->gap : by_gain(a_ptr, b_ptr);
}

static int16_t biased(double fixed)
{
    double value = fixed - CAS_BIAS;
    return (int16_t)(value < INT16_MIN ? INT16_MIN : value > INT16_MAX ? INT16_MAX : value);
}

/* The unit in which all gains of the stage, and their sum, fit; the sum of the smallest leaves. */
static double choose_unit(const struct cas_model *model, const struct cas_stage *stage,
                          double *base)
{
    double sum = 0, most = 0;
    *base = 0;
    for (int i = 0; i < stage->n_weak; i++) {
        double low, high;
        cas_leaf_range(model, &model->weaks[stage->first_weak + i], &low, &high);
        *base += low;
        sum += high - low;
        most = high - low > most ? high - low : most;
    }
    if (!(sum > 0))
        return 1;
    double unit = (MAX_SUM_FIXED - 2 * stage->n_weak) / sum, largest = MAX_GAIN_FIXED / most;
    return unit < largest ? unit : largest;
}

/* Adds an item at the end of its array to the chunk's last run, or to a new one. */
static void extend_run(struct cas_program *program, struct cas_chunk *chunk, struct cas_run run)
{
    struct cas_run *last = &program->runs[program->n_runs - 1];
    if (chunk->n_runs && last->kind == run.kind && last->gap == run.gap &&
        last->first + last->n * (CAS_IS_PAIR(run.kind) ? 2 : 1) == run.first &&
        (last->slot < 0) == (run.slot < 0)) {
        last->n++;
        return;
    }
    program->runs[program->n_runs++] = run;
    chunk->n_runs++;
}

static void emit_stump(struct cas_builder *builder, const struct cas_draft *draft,
                       struct cas_chunk *chunk)
{
    struct cas_program *program = builder->program;
    const struct cas_weak *weak = &builder->model->weaks[draft->weak];
    int sign = cas_stump_sign(builder->model, weak), index;
    if (draft->kind == CAS_KIND_LBP) {
        index = cas_emit_pattern(program, weak, sign, draft->gain);
    } else {
        struct cas_comparison made =
            cas_analyse_node(program, &builder->model->nodes[weak->first_node], sign);
        index = cas_emit_comparison(program, weak->first_node, &made, draft->gain);
    }
    extend_run(program, chunk, (struct cas_run){draft->kind, index, 1, -1, draft->gap});
}

/* A node of one of a chunk's trees. */
struct tree_node {
    int i_node, slot; /* slot: once emitted */
    struct cas_comparison made;
};

static int by_comparison(const void *a_ptr, const void *b_ptr)
{
    const struct cas_comparison *a = &((const struct tree_node *)a_ptr)->made;
    const struct cas_comparison *b = &((const struct tree_node *)b_ptr)->made;
    return a->kind != b->kind ? (int)a->kind - (int)b->kind : a->gap - b->gap;
}

/* First all comparisons of the trees, by kind, then the trees. */
static void emit_trees(struct cas_builder *builder, const struct cas_draft *drafts, int n,
                       struct cas_chunk *chunk)
{
    struct cas_program *program = builder->program;
    struct tree_node nodes[CHUNK_TREES * CAS_MAX_BRANCHES];
    int n_nodes = 0;
    for (int i = 0; i < n; i++) {
        const struct cas_weak *weak = &builder->model->weaks[drafts[i].weak];
        for (int k = 0; k < weak->n_nodes; k++) {
            const struct cas_node *node = &builder->model->nodes[weak->first_node + k];
            int sign = drafts[i].kind == CAS_KIND_TREE2 && k == 0 ? cas_root_sign(node) : 1;
            nodes[n_nodes++] =
                (struct tree_node){weak->first_node + k, 0, cas_analyse_node(program, node, sign)};
        }
    }
    qsort(nodes, (size_t)n_nodes, sizeof *nodes, by_comparison);
    for (int i = 0; i < n_nodes; i++) {
        int index = cas_emit_comparison(program, nodes[i].i_node, &nodes[i].made, 0);
        extend_run(program, chunk,
                   (struct cas_run){nodes[i].made.kind, index, 1, i, nodes[i].made.gap});
    }
    for (int i = 0; i < n; i++) {
        const struct cas_weak *weak = &builder->model->weaks[drafts[i].weak];
        int slots[CAS_MAX_BRANCHES] = {0};
        for (int k = 0; k < n_nodes; k++)
            if (nodes[k].i_node >= weak->first_node &&
                nodes[k].i_node < weak->first_node + weak->n_nodes)
                slots[nodes[k].i_node - weak->first_node] = k;
        bool is_two = drafts[i].kind == CAS_KIND_TREE2;
        int index = is_two ? program->n_tree2s : program->n_trees;
        (is_two ? cas_emit_tree2 : cas_emit_tree)(builder, &drafts[i], slots);
        extend_run(program, chunk, (struct cas_run){drafts[i].kind, index, 1, -1, 0});
    }
}

/* A stage of few weak classifiers, every way they can come out: the largest fixed sum that fails
 * and the smallest that passes; false: too many outcomes. Thresholds are often put exactly on such
 * a sum, where bounds of rounding errors decide nothing. */
static bool try_outcomes(const struct cas_builder *builder, const struct cas_stage *stage,
                         int *most_failing, int *least_passing)
{
    const struct cas_model *model = builder->model;
    int n_outcomes = 1, digits[32] = {0};
    for (int i = 0; i < stage->n_weak; i++) {
        n_outcomes *= model->weaks[stage->first_weak + i].n_nodes + 1;
        if (n_outcomes > MAX_OUTCOMES)
            return false;
    }
    *most_failing = INT32_MIN;
    *least_passing = INT32_MAX;
    for (int n = 0; n < n_outcomes; n++) {
        double sum = 0; /* in OpenCV's order */
        int fixed = 0;
        for (int i = 0; i < stage->n_weak; i++) {
            const struct cas_weak *weak = &model->weaks[stage->first_weak + i];
            double low, high;
            cas_leaf_range(model, weak, &low, &high);
            sum += model->leaves[weak->first_leaf + digits[i]];
            fixed += cas_fixed_leaf(builder, weak, digits[i], low);
        }
        if (sum < stage->threshold)
            *most_failing = fixed > *most_failing ? fixed : *most_failing;
        else
            *least_passing = fixed < *least_passing ? fixed : *least_passing;
        for (int i = 0; i < stage->n_weak; i++) {
            if (++digits[i] <= model->weaks[stage->first_weak + i].n_nodes)
                break;
            digits[i] = 0;
        }
    }
    return true;
}

/* Bounds of a stage's fixed sum: below *fail it has failed, from *pass on it has passed. */
static void find_bounds(const struct cas_builder *builder, const struct cas_stage *stage,
                        double base, double *fail, double *pass)
{
    double threshold = ((double)stage->threshold - base) * builder->unit;
    int most_failing, least_passing;
    *fail = ceil(threshold - builder->error_up);
    *pass = ceil(threshold + builder->error_down);
    if (stage->n_weak <= 32 && try_outcomes(builder, stage, &most_failing, &least_passing)) {
        *fail = least_passing > 65000 ? 65000 : least_passing;
        *pass = most_failing < -1 ? 0 : most_failing + 1;
    }
}

static int chunk_size(const struct cas_draft *drafts, int n)
{
    int most = drafts[0].kind == CAS_KIND_TREE || drafts[0].kind == CAS_KIND_TREE2 ? CHUNK_TREES
                                                                                   : CHUNK_WEAKS;
    for (int i = 0; i < n && i < most; i++)
        if (drafts[i].kind == CAS_KIND_TREE || drafts[i].kind == CAS_KIND_TREE2)
            most = CHUNK_TREES;
    return n < most ? n : most;
}

static void emit_chunk(struct cas_builder *builder, struct cas_draft *drafts, int n,
                       struct cas_chunk *chunk)
{
    qsort(drafts, (size_t)n, sizeof *drafts, by_kind);
    int n_stumps = 0, n_trees = 0;
    while (n_stumps < n && drafts[n_stumps].kind < CAS_KIND_TREE2)
        emit_stump(builder, &drafts[n_stumps++], chunk);
    while (n_stumps + n_trees < n && drafts[n_stumps + n_trees].kind < CAS_KIND_LBP)
        n_trees++;
    if (n_trees)
        emit_trees(builder, drafts + n_stumps, n_trees, chunk);
    for (int i = n_stumps + n_trees; i < n; i++)
        emit_stump(builder, &drafts[i], chunk);
}

void cas_build_stage(struct cas_builder *builder, int i_stage)
{
    struct cas_program *program = builder->program;
    const struct cas_stage *stage = &builder->model->stages[i_stage];
    struct cas_program_stage *made = &program->stages[i_stage];
    double base, up = 0, down = 0, fail,
                 pass; /* up, down: what those still to come may add or take */
    builder->unit = choose_unit(builder->model, stage, &base);
    builder->error_up = builder->error_down = 0.05; /* and the rounding of OpenCV's own sum */
    for (int i = 0; i < stage->n_weak; i++) {
        builder->drafts[i] = cas_draft_weak(builder, stage->first_weak + i);
        up += builder->drafts[i].gain - builder->drafts[i].start;
        down += builder->drafts[i].start;
    }
    find_bounds(builder, stage, base, &fail, &pass);
    made->start = biased(down);
    made->first_chunk = program->n_chunks;
    qsort(builder->drafts, (size_t)stage->n_weak, sizeof *builder->drafts, by_gain);
    for (int first = 0, n; first < stage->n_weak; first += n) {
        struct cas_draft *drafts = builder->drafts + first;
        n = chunk_size(drafts, stage->n_weak - first);
        for (int i = 0; i < n; i++) {
            up -= drafts[i].gain - drafts[i].start;
            down -= drafts[i].start;
        }
        struct cas_chunk *chunk = &program->chunks[program->n_chunks++];
        *chunk = (struct cas_chunk){program->n_runs, 0, biased(fail - up), biased(pass + down - 1)};
        made->n_chunks++;
        emit_chunk(builder, drafts, n, chunk);
    }
}

/* Weak classifiers: their gains in fixed point with the rounding errors, trees and patterns. */
#include "program_build.h"

#include <math.h>

void cas_leaf_range(const struct cas_model *model, const struct cas_weak *weak, double *low,
                    double *high)
{
    *low = *high = (double)model->leaves[weak->first_leaf];
    for (int i = 1; i <= weak->n_nodes; i++) {
        double leaf = (double)model->leaves[weak->first_leaf + i];
        *low = leaf < *low ? leaf : *low;
        *high = leaf > *high ? leaf : *high;
    }
}

int cas_fixed_leaf(const struct cas_builder *builder, const struct cas_weak *weak, int leaf,
                   double low)
{
    return (int)rint(((double)builder->model->leaves[weak->first_leaf + leaf] - low) *
                     builder->unit);
}

/* One leaf is reached, so the errors are those of the leaf that is most off. */
static void add_errors(struct cas_builder *builder, const struct cas_weak *weak, double low)
{
    double up = 0, down = 0;
    for (int i = 0; i <= weak->n_nodes; i++) {
        double leaf = ((double)builder->model->leaves[weak->first_leaf + i] - low) * builder->unit;
        double error = leaf - cas_fixed_leaf(builder, weak, i, low);
        up = error > up ? error : up;
        down = -error > down ? -error : down;
    }
    builder->error_up += up;
    builder->error_down += down;
}

int cas_stump_sign(const struct cas_model *model, const struct cas_weak *weak)
{
    const struct cas_node *node = &model->nodes[weak->first_node];
    const float *leaves = &model->leaves[weak->first_leaf];
    return leaves[-node->right] >= leaves[-node->left] ? 1 : -1;
}

/* The root's child, or 0: not a tree of two nodes. */
static bool is_tree2(const struct cas_model *model, const struct cas_weak *weak)
{
    const struct cas_node *root = &model->nodes[weak->first_node];
    return weak->n_nodes == 2 && (root->left == 1) != (root->right == 1);
}

/* Its comparison holds where the child is. */
int cas_root_sign(const struct cas_node *root)
{
    return root->right == 1 ? 1 : -1;
}

struct cas_draft cas_draft_weak(struct cas_builder *builder, int i)
{
    const struct cas_model *model = builder->model;
    const struct cas_weak *weak = &model->weaks[i];
    const struct cas_node *root = &model->nodes[weak->first_node];
    struct cas_draft draft = {.weak = i, .kind = CAS_KIND_TREE};
    double low, high;
    cas_leaf_range(model, weak, &low, &high);
    draft.gain = (int)rint((high - low) * builder->unit);
    add_errors(builder, weak, low);
    if (model->type == CAS_FEATURE_LBP) {
        draft.kind = CAS_KIND_LBP;
    } else if (weak->n_nodes == 1) {
        struct cas_comparison made =
            cas_analyse_node(builder->program, root, cas_stump_sign(model, weak));
        draft.kind = made.kind;
        draft.gap = made.gap;
    } else if (is_tree2(model, weak)) {
        draft.kind = CAS_KIND_TREE2;
        draft.start =
            cas_fixed_leaf(builder, weak, root->right == 1 ? -root->left : -root->right, low);
    }
    return draft;
}

void cas_emit_tree2(struct cas_builder *builder, const struct cas_draft *draft, const int *slots)
{
    struct cas_program *program = builder->program;
    const struct cas_weak *weak = &builder->model->weaks[draft->weak];
    const struct cas_node *child = &builder->model->nodes[weak->first_node + 1];
    double low, high;
    cas_leaf_range(builder->model, weak, &low, &high);
    int yes = cas_fixed_leaf(builder, weak, -child->right, low);
    int no = cas_fixed_leaf(builder, weak, -child->left, low);
    struct cas_tree2 *tree = &program->tree2s[program->n_tree2s++];
    tree->slots[0] = (int16_t)slots[0];
    tree->slots[1] = (int16_t)slots[1];
    tree->root_gain[0] = tree->root_gain[1] = (int16_t)(no - draft->start);
    tree->child_gain[0] = tree->child_gain[1] = (int16_t)(yes - no);
    tree->doubt[0] = tree->doubt[1] = (int16_t)draft->gain;
}

void cas_emit_tree(struct cas_builder *builder, const struct cas_draft *draft, const int *slots)
{
    struct cas_program *program = builder->program;
    const struct cas_weak *weak = &builder->model->weaks[draft->weak];
    double low, high;
    cas_leaf_range(builder->model, weak, &low, &high);
    program->trees[program->n_trees++] = (struct cas_tree){
        program->n_branches, weak->n_nodes, {(int16_t)draft->gain, (int16_t)draft->gain}};
    for (int i = 0; i < weak->n_nodes; i++) {
        const struct cas_node *node = &builder->model->nodes[weak->first_node + i];
        int yes = node->right > 0 ? 0 : cas_fixed_leaf(builder, weak, -node->right, low);
        int no = node->left > 0 ? 0 : cas_fixed_leaf(builder, weak, -node->left, low);
        program->branches[program->n_branches++] = (struct cas_branch){
            .slot = (int16_t)slots[i],
            .yes_node = (int16_t)(node->right > 0 ? node->right : 0),
            .no_node = (int16_t)(node->left > 0 ? node->left : 0),
            .yes_gain = (int16_t)yes,
            .no_gain = (int16_t)no,
        };
    }
}

/* Cell corners, rows of four; the table's bits say where the larger leaf is reached. */
int cas_emit_pattern(struct cas_program *program, const struct cas_weak *weak, int sign, int gain)
{
    const struct cas_node *node = &program->model->nodes[weak->first_node];
    const struct cas_rect *cell = &program->model->features[node->feature].rects[0];
    struct cas_corner corners[16];
    for (int i = 0; i < 16; i++)
        corners[i] =
            (struct cas_corner){cell->x + i % 4 * cell->w, cell->y + i / 4 * cell->h, 0, 1};
    for (int layout = 0; layout < CAS_LAYOUT_COUNT; layout++) {
        struct cas_pattern *pattern = &program->patterns[layout][program->n_patterns];
        cas_place_all(program, (enum cas_layout)layout, corners, 16, pattern->corners);
        for (int i = 0; i < 32; i++) {
            uint8_t bits = (uint8_t)(node->subset[i / 4] >> (i % 4 * 8));
            pattern->table[i] = sign < 0 ? bits : (uint8_t)~bits;
        }
        pattern->gain[0] = pattern->gain[1] = (int16_t)gain;
    }
    program->exact[weak->first_node] =
        (struct cas_exact){CAS_KIND_LBP, 1, program->n_patterns, 0, node->left, node->right};
    return program->n_patterns++;
}

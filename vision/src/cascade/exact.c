/* One stage of one window, exactly: OpenCV's types and order on the vectors' 16-bit sums. */
#include "program.h"

static int narrow_value(enum cas_kind kind, const struct cas_stump *stump, const uint16_t *at)
{
    const uint16_t *c = stump->corners;
    int value;
    if (kind == CAS_KIND_6) {
        value = 2 * (at[c[0]] - at[c[1]]) + at[c[2]] - at[c[3]] + at[c[4]] - at[c[5]];
    } else if (kind == CAS_KIND_8) {
        value = at[c[0]] - at[c[1]] + at[c[2]] - at[c[3]] +
                stump->factor * (at[c[4]] - at[c[5]] + at[c[6]] - at[c[7]]);
    } else {
        value = at[c[0]] + at[c[1]] + at[c[2]] + at[c[3]] + 4 * at[c[8]] -
                2 * (at[c[4]] + at[c[5]] + at[c[6]] + at[c[7]]);
        value = kind == CAS_KIND_9_NEG ? -value : value;
    }
    return (int16_t)(uint16_t)value; /* the true value fits; the rest is wrap-around */
}

static int wide_value(const struct cas_wide *wide, const struct cas_term *terms, const uint16_t *at)
{
    int value = 0;
    for (int i = wide->first_term; i < wide->first_term + wide->n_terms; i++) {
        const uint16_t *c = terms[i].corners;
        value += terms[i].weight * (uint16_t)(at[c[0]] - at[c[1]] - at[c[2]] + at[c[3]]);
    }
    return value;
}

static int pattern_value(const struct cas_pattern *pattern, const uint16_t *at)
{
    static const uint8_t around[8] = {0, 1, 2, 6, 10, 9, 8, 4}; /* top left corners of the cells */
    const uint16_t *c = pattern->corners;
    int value = 0;
    uint16_t middle = (uint16_t)(at[c[5]] - at[c[6]] - at[c[9]] + at[c[10]]);
    for (int i = 0; i < 8; i++) {
        int k = around[i];
        uint16_t cell = (uint16_t)(at[c[k]] - at[c[k + 1]] - at[c[k + 4]] + at[c[k + 5]]);
        value = value << 1 | (cell >= middle);
    }
    return value;
}

static bool is_left(const struct cas_program *program, enum cas_layout layout, int i_node,
                    const struct cas_exact *exact, const uint16_t *at, float inverse_deviation)
{
    int value;
    if (exact->kind == CAS_KIND_LBP) {
        value = pattern_value(&program->patterns[layout][exact->index], at);
        return program->model->nodes[i_node].subset[value >> 5] >> (value & 31) & 1;
    }
    if (exact->kind == CAS_KIND_WIDE)
        value = wide_value(&program->wides[exact->index], program->terms[layout], at);
    else if (CAS_IS_PAIR(exact->kind))
        value = narrow_value((enum cas_kind)CAS_HALF_OF(exact->kind),
                             &program->stumps[layout][exact->index], at) +
                narrow_value((enum cas_kind)CAS_HALF_OF(exact->kind),
                             &program->stumps[layout][exact->index + 1], at);
    else
        value =
            narrow_value((enum cas_kind)exact->kind, &program->stumps[layout][exact->index], at);
    return (float)(exact->sign * value) * inverse_deviation < exact->threshold;
}

double cas_exact_sum(const struct cas_program *program, enum cas_layout layout, int stage,
                     const uint16_t *at, float inverse_deviation)
{
    const struct cas_model *model = program->model;
    const struct cas_weak *weak = &model->weaks[model->stages[stage].first_weak];
    double sum = 0;
    for (const struct cas_weak *end = weak + model->stages[stage].n_weak; weak < end; weak++) {
        int child = 0;
        do {
            int i_node = weak->first_node + child;
            const struct cas_exact *exact = &program->exact[i_node];
            child = is_left(program, layout, i_node, exact, at, inverse_deviation) ? exact->left
                                                                                   : exact->right;
        } while (child > 0);
        sum += model->leaves[weak->first_leaf - child];
    }
    return sum;
}

/* The comparison of a Haar node: which kind sums its value, its threshold's bounds, the node's
 * entry in the arrays of that kind. */
#include "program_build.h"

#include <math.h>

#define MAX_GAP 3

/* The gap between its two bounds; 0: the threshold is too large for 16 bits, or they lie too far
 * apart. The lower one is a product rounded down, of a threshold rounded down and a bound of the
 * deviation; between it and the true bound lies what the three roundings lose. */
static int fix_threshold(const struct cas_program *program, double threshold,
                         struct cas_stump *stump)
{
    double unit = ldexp(1, program->deviation_shift), most = 127.5 * program->area;
    double fixed = ceil(threshold * unit * 65536) - 1; /* strictly below */
    double lost = fabs(threshold) * unit * (2.0 * (double)program->deviation_margin + 1) +
                  most / unit / 65536;
    if (fixed < INT16_MIN || fixed > INT16_MAX || lost > MAX_GAP - 0.05)
        return 0;
    stump->threshold[0] = stump->threshold[1] = (int16_t)fixed;
    stump->side = fixed < 0 ? offsetof(struct cas_block, high) : offsetof(struct cas_block, low);
    return (int)ceil(lost + 0.05);
}

/* A rectangle in parts whose sums fit 16 bits unsigned. */
static void add_terms(struct cas_program *program, struct cas_rect rect, bool is_tilted)
{
    int per_cell = is_tilted ? 2 : 1;
    int *side = rect.w > rect.h ? &rect.w : &rect.h, whole = *side, other = rect.w * rect.h / whole;
    int most = 65535 / 255 / (other * per_cell);
    for (int done = 0; done < whole; done += *side) {
        *side = whole - done < most ? whole - done : most;
        struct cas_corner corners[4];
        cas_rect_corners(&rect, is_tilted, corners);
        for (int layout = 0; layout < CAS_LAYOUT_COUNT; layout++) {
            struct cas_term *term = &program->terms[layout][program->n_terms];
            cas_place_all(program, (enum cas_layout)layout, corners, 4, term->corners);
            term->weight = (int16_t)rect.weight;
        }
        program->n_terms++;
        bool is_along_w = side == &rect.w;
        rect.x += is_along_w ? *side : is_tilted ? -*side : 0;
        rect.y += is_along_w ? (is_tilted ? *side : 0) : *side;
    }
}

static int add_wide(struct cas_program *program, const struct cas_feature *feature,
                    double threshold, int sign)
{
    struct cas_wide *wide = &program->wides[program->n_wides];
    wide->first_term = program->n_terms;
    for (int i = 0; i < feature->n_rects; i++) {
        struct cas_rect rect = feature->rects[i];
        rect.weight *= (float)sign;
        if (rect.weight != 0)
            add_terms(program, rect, feature->is_tilted);
    }
    wide->n_terms = program->n_terms - wide->first_term;
    wide->threshold = (float)threshold;
    double most = 127.5 * program->area;
    wide->slack = (float)(fabs(threshold) * (program->variance_error / 20 + most * 0x1p-20) + 0.01);
    return program->n_wides++;
}

/* The part of the feature with low <= x < high, or y. */
static struct cas_feature clip(const struct cas_feature *feature, bool is_x, int low, int high)
{
    struct cas_feature part = {.n_rects = 0};
    for (int i = 0; i < feature->n_rects; i++) {
        struct cas_rect rect = feature->rects[i];
        int *at = is_x ? &rect.x : &rect.y, *size = is_x ? &rect.w : &rect.h;
        int from = *at > low ? *at : low, to = *at + *size < high ? *at + *size : high;
        *at = from;
        *size = to - from;
        if (to > from)
            part.rects[part.n_rects++] = rect;
    }
    return part;
}

/* Cuts an upright feature that is too wide into two of one kind that are not. */
static bool cut_in_two(const struct cas_model *model, const struct cas_feature *feature,
                       struct cas_comparison *made)
{
    for (int k = 0; k < 2 * CAS_MAX_WINDOW_PX; k++) {
        bool is_x = k % 2;
        int length = is_x ? model->window_w : model->window_h;
        int cut = length / 2 + (k / 2 % 2 ? -1 : 1) * ((k / 2 + 1) / 2); /* from the middle on */
        if (cut < 1 || cut >= length)
            continue;
        enum cas_kind kinds[2];
        bool fit = true;
        for (int i = 0; i < 2; i++) {
            struct cas_feature part = clip(feature, is_x, i ? cut : 0, i ? length : cut);
            struct cas_corners corners = cas_merge_corners(&part);
            int factor;
            kinds[i] = cas_classify_corners(&corners, made->corners[i], &factor);
            made->factors[i] = (int16_t)factor;
            fit = fit && kinds[i] != CAS_KIND_WIDE && cas_is_narrow(model, &corners);
        }
        made->kind = kinds[0];
        if (fit && kinds[0] == kinds[1])
            return true;
    }
    return false;
}

struct cas_comparison cas_analyse_node(const struct cas_program *program,
                                       const struct cas_node *node, int sign)
{
    struct cas_comparison made = {.sign = sign, .threshold = sign * (double)node->threshold};
    const struct cas_comparison wide = {
        .kind = CAS_KIND_WIDE, .sign = sign, .threshold = made.threshold};
    const struct cas_feature *feature = &program->model->features[node->feature];
    struct cas_corners corners = cas_merge_corners(feature);
    int factor;
    made.kind = cas_classify_corners(&corners, made.corners[0], &factor);
    made.factors[0] = (int16_t)factor;
    made.gap = fix_threshold(program, made.threshold, &made.stump);
    if (made.kind == CAS_KIND_WIDE || !made.gap)
        return wide;
    bool is_pair = !cas_is_narrow(program->model, &corners);
    if (is_pair && (feature->is_tilted || !cut_in_two(program->model, feature, &made)))
        return wide;
    enum cas_kind kind = made.kind;
    for (int i = 0; i <= is_pair && sign < 0; i++) {
        made.kind = kind;
        cas_flip_corners(&made.kind, made.corners[i]);
    }
    made.kind = is_pair ? (enum cas_kind)CAS_PAIR_OF(made.kind) : made.kind;
    return made;
}

static void emit_corners(struct cas_program *program, const struct cas_comparison *made, int half,
                         int gain)
{
    int kind = CAS_IS_PAIR(made->kind) ? (int)CAS_HALF_OF(made->kind) : (int)made->kind;
    int n = kind == CAS_KIND_6 ? 6 : kind == CAS_KIND_8 ? 8 : 9;
    struct cas_stump stump = made->stump;
    stump.factor = made->factors[half];
    stump.gain[0] = stump.gain[1] = (int16_t)gain;
    for (int layout = 0; layout < CAS_LAYOUT_COUNT; layout++) {
        cas_place_all(program, (enum cas_layout)layout, made->corners[half], n, stump.corners);
        program->stumps[layout][program->n_stumps] = stump;
    }
    program->n_stumps++;
}

/* Appends the comparison to the arrays of its kind and makes it the node's exact one. */
int cas_emit_comparison(struct cas_program *program, int i_node, const struct cas_comparison *made,
                        int gain)
{
    const struct cas_node *node = &program->model->nodes[i_node];
    int index;
    if (made->kind == CAS_KIND_WIDE) {
        index = add_wide(program, &program->model->features[node->feature], made->threshold,
                         made->sign);
        program->wides[index].gain[0] = program->wides[index].gain[1] = (int16_t)gain;
    } else {
        bool is_pair = CAS_IS_PAIR(made->kind);
        index = program->n_stumps;
        for (int i = 0; i <= is_pair; i++)
            emit_corners(program, made, i, gain);
    }
    program->exact[i_node] = (struct cas_exact){
        (uint8_t)made->kind, (int8_t)made->sign, index, node->threshold, node->left, node->right};
    return index;
}

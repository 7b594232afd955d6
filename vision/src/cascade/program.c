/* See program.h: from the model to arrays of corners, thresholds and gains. */
#include "program.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_WEAKS 32
#define CHUNK_TREES 8
#define MAX_GAP 3
#define MAX_OUTCOMES 5000 /* of a stage, to be tried one by one */
#define MAX_CORNERS 12
#define MAX_SUM_FIXED 60000.0 /* of a stage; leaves room below 65535 */
#define MAX_GAIN_FIXED 16000.0

struct corner {
    int x, y, plane, weight;
};

/* A feature reduced to its distinct corners. */
struct corners {
    struct corner items[MAX_CORNERS];
    int n;
};

/* A weak classifier on its way into a chunk. */
struct draft {
    int weak;
    enum cas_kind kind;
    int gap;   /* of a stump */
    int gain;  /* difference between its largest and its smallest leaf, fixed */
    int start; /* what the stage's start holds of it: it adds from -start to gain - start */
};

/* The comparison of one Haar node, its sign chosen so that it holds to the right of the threshold
 * (sign 1) or to its left (sign -1). */
struct comparison {
    enum cas_kind kind;
    int sign, gap;
    double threshold;
    struct corner corners[2][9]; /* the second: of a pair */
    struct cas_stump stump;
    int16_t factors[2];
};

struct builder {
    struct cas_program *program;
    const struct cas_model *model;
    struct draft *drafts;        /* of the stage, capacity n_weaks */
    double unit;                 /* fixed-point units per unit of a leaf, of the stage */
    double error_up, error_down; /* true sum - fixed sum, at most and at least (negated) */
};

float cas_inverse_deviation(int64_t variance)
{
    return (float)(1.0 / sqrt((double)variance));
}

/* ---- where corners lie */

static int round_up(int n, int unit)
{
    return (n + unit - 1) / unit * unit;
}

static void plan_geometry(const struct cas_model *model, struct cas_geometry *geometry)
{
    int w = model->window_w;
    geometry->window_w = w;
    geometry->window_h = model->window_h;
    geometry->n_planes = model->has_tilted ? 2 : 1;
    geometry->copy_words = round_up(112 + w + CAS_LANES, 64);
    geometry->pitch_words = 2 * geometry->copy_words * geometry->n_planes;
    geometry->tile_windows[1] = (geometry->copy_words - w - CAS_LANES) / CAS_LANES * CAS_LANES;
    geometry->tile_windows[2] =
        (geometry->copy_words / 2 - w / 2 - 1 - CAS_LANES) / CAS_LANES * CAS_LANES;
    geometry->patch_words = (w + 1) * (model->window_h + 1) * geometry->n_planes * CAS_LANES;
}

static int place(const struct cas_geometry *geometry, enum cas_layout layout,
                 const struct corner *corner)
{
    if (layout == CAS_PATCH)
        return ((corner->plane * (geometry->window_h + 1) + corner->y) * (geometry->window_w + 1) +
                corner->x) *
               CAS_LANES;
    bool is_odd = layout == CAS_STEP1_ODD || layout == CAS_STEP2_ODD;
    bool is_step2 = layout == CAS_STEP2_EVEN || layout == CAS_STEP2_ODD;
    int at = is_step2 ? corner->x / 2 : corner->x;
    bool is_second = (at + (is_odd ? CAS_LANES : 0)) % (2 * CAS_LANES) > CAS_LANES;
    return corner->y * geometry->pitch_words + corner->plane * 2 * geometry->copy_words +
           (is_second ? geometry->copy_words + CAS_LANES : 0) +
           (is_step2 && corner->x % 2 ? geometry->copy_words / 2 : 0) + at;
}

static void place_all(const struct cas_program *program, enum cas_layout layout,
                      const struct corner *corners, int n, uint16_t *out)
{
    for (int i = 0; i < n; i++)
        out[i] = (uint16_t)place(&program->geometry, layout, &corners[i]);
}

/* ---- features */

static void add_corner(struct corners *corners, struct corner corner)
{
    for (int i = 0; i < corners->n; i++) {
        struct corner *item = &corners->items[i];
        if (item->x == corner.x && item->y == corner.y) {
            item->weight += corner.weight;
            if (!item->weight)
                *item = corners->items[--corners->n];
            return;
        }
    }
    corners->items[corners->n++] = corner;
}

/* The four corners of a rectangle: + - - +. */
static void rect_corners(const struct cas_rect *rect, bool is_tilted, struct corner out[4])
{
    int weight = (int)rect->weight, x = rect->x, y = rect->y, w = rect->w, h = rect->h;
    if (is_tilted) {
        out[0] = (struct corner){x, y, 1, weight};
        out[1] = (struct corner){x - h, y + h, 1, -weight};
        out[2] = (struct corner){x + w, y + w, 1, -weight};
        out[3] = (struct corner){x + w - h, y + w + h, 1, weight};
        return;
    }
    out[0] = (struct corner){x, y, 0, weight};
    out[1] = (struct corner){x + w, y, 0, -weight};
    out[2] = (struct corner){x, y + h, 0, -weight};
    out[3] = (struct corner){x + w, y + h, 0, weight};
}

static struct corners merge_corners(const struct cas_feature *feature)
{
    struct corners corners = {.n = 0};
    for (int i = 0; i < feature->n_rects; i++) {
        struct corner four[4];
        rect_corners(&feature->rects[i], feature->is_tilted, four);
        for (int k = 0; k < 4; k++)
            add_corner(&corners, four[k]);
    }
    return corners;
}

/* Is the pixel part of the integral image's value at the corner? */
static bool covers(const struct corner *corner, int x, int y)
{
    if (corner->plane)
        return y < corner->y && abs(x - corner->x + 1) <= corner->y - y - 1;
    return x < corner->x && y < corner->y;
}

/* Whether the value fits int16 whatever the pixels are. */
static bool is_narrow(const struct cas_model *model, const struct corners *corners)
{
    int64_t most = 0, least = 0;
    for (int y = 0; y < model->window_h; y++)
        for (int x = 0; x < model->window_w; x++) {
            int weight = 0;
            for (int i = 0; i < corners->n; i++)
                if (covers(&corners->items[i], x, y))
                    weight += corners->items[i].weight;
            *(weight > 0 ? &most : &least) += 255 * weight;
        }
    return most <= INT16_MAX && least >= INT16_MIN;
}

/* Moves corners of these weights, one each, to the front of out; false if one is missing. */
static bool pick(struct corners corners, const int *weights, int n, struct corner *out)
{
    if (corners.n != n)
        return false;
    for (int i = 0; i < n; i++) {
        int k = 0;
        while (k < corners.n && corners.items[k].weight != weights[i])
            k++;
        if (k == corners.n)
            return false;
        out[i] = corners.items[k];
        corners.items[k] = corners.items[--corners.n];
    }
    return true;
}

/* The kind of a feature with its corners in order, or CAS_KIND_WIDE. */
static enum cas_kind classify(const struct corners *corners, struct corner out[9], int *factor)
{
    static const int six[] = {2, -2, 1, -1, 1, -1}, nine[] = {1, 1, 1, 1, -2, -2, -2, -2, 4},
                     nine_negative[] = {-1, -1, -1, -1, 2, 2, 2, 2, -4};
    *factor = 0;
    for (int i = 0; i < corners->n; i++)
        *factor = corners->items[i].weight > *factor ? corners->items[i].weight : *factor;
    const int eight[] = {1, -1, 1, -1, *factor, -*factor, *factor, -*factor};
    if (pick(*corners, six, 6, out))
        return CAS_KIND_6;
    if (pick(*corners, eight, 8, out))
        return CAS_KIND_8;
    if (pick(*corners, nine, 9, out))
        return CAS_KIND_9;
    if (pick(*corners, nine_negative, 9, out))
        return CAS_KIND_9_NEG;
    return CAS_KIND_WIDE;
}

static void flip(enum cas_kind *kind, struct corner corners[9])
{
    if (*kind == CAS_KIND_9 || *kind == CAS_KIND_9_NEG) {
        *kind = *kind == CAS_KIND_9 ? CAS_KIND_9_NEG : CAS_KIND_9;
        return;
    }
    for (int i = 0; i < 8; i += 2) {
        struct corner kept = corners[i];
        corners[i] = corners[i + 1];
        corners[i + 1] = kept;
    }
}

/* ---- comparisons */

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
        struct corner corners[4];
        rect_corners(&rect, is_tilted, corners);
        for (int layout = 0; layout < CAS_LAYOUT_COUNT; layout++) {
            struct cas_term *term = &program->terms[layout][program->n_terms];
            place_all(program, (enum cas_layout)layout, corners, 4, term->corners);
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
                       struct comparison *made)
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
            struct corners corners = merge_corners(&part);
            int factor;
            kinds[i] = classify(&corners, made->corners[i], &factor);
            made->factors[i] = (int16_t)factor;
            fit = fit && kinds[i] != CAS_KIND_WIDE && is_narrow(model, &corners);
        }
        made->kind = kinds[0];
        if (fit && kinds[0] == kinds[1])
            return true;
    }
    return false;
}

static struct comparison analyse(const struct cas_program *program, const struct cas_node *node,
                                 int sign)
{
    struct comparison made = {.sign = sign, .threshold = sign * (double)node->threshold};
    const struct comparison wide = {
        .kind = CAS_KIND_WIDE, .sign = sign, .threshold = made.threshold};
    const struct cas_feature *feature = &program->model->features[node->feature];
    struct corners corners = merge_corners(feature);
    int factor;
    made.kind = classify(&corners, made.corners[0], &factor);
    made.factors[0] = (int16_t)factor;
    made.gap = fix_threshold(program, made.threshold, &made.stump);
    if (made.kind == CAS_KIND_WIDE || !made.gap)
        return wide;
    bool is_pair = !is_narrow(program->model, &corners);
    if (is_pair && (feature->is_tilted || !cut_in_two(program->model, feature, &made)))
        return wide;
    enum cas_kind kind = made.kind;
    for (int i = 0; i <= is_pair && sign < 0; i++) {
        made.kind = kind;
        flip(&made.kind, made.corners[i]);
    }
    made.kind = is_pair ? (enum cas_kind)CAS_PAIR_OF(made.kind) : made.kind;
    return made;
}

static void emit_corners(struct cas_program *program, const struct comparison *made, int half,
                         int gain)
{
    int kind = CAS_IS_PAIR(made->kind) ? (int)CAS_HALF_OF(made->kind) : (int)made->kind;
    int n = kind == CAS_KIND_6 ? 6 : kind == CAS_KIND_8 ? 8 : 9;
    struct cas_stump stump = made->stump;
    stump.factor = made->factors[half];
    stump.gain[0] = stump.gain[1] = (int16_t)gain;
    for (int layout = 0; layout < CAS_LAYOUT_COUNT; layout++) {
        place_all(program, (enum cas_layout)layout, made->corners[half], n, stump.corners);
        program->stumps[layout][program->n_stumps] = stump;
    }
    program->n_stumps++;
}

/* Appends the comparison to the arrays of its kind and makes it the node's exact one. */
static int emit(struct cas_program *program, int i_node, const struct comparison *made, int gain)
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

/* ---- weak classifiers */

static void leaf_range(const struct cas_model *model, const struct cas_weak *weak, double *low,
                       double *high)
{
    *low = *high = (double)model->leaves[weak->first_leaf];
    for (int i = 1; i <= weak->n_nodes; i++) {
        double leaf = (double)model->leaves[weak->first_leaf + i];
        *low = leaf < *low ? leaf : *low;
        *high = leaf > *high ? leaf : *high;
    }
}

static int fixed_leaf(const struct builder *builder, const struct cas_weak *weak, int leaf,
                      double low)
{
    return (int)rint(((double)builder->model->leaves[weak->first_leaf + leaf] - low) *
                     builder->unit);
}

/* One leaf is reached, so the errors are those of the leaf that is most off. */
static void add_errors(struct builder *builder, const struct cas_weak *weak, double low)
{
    double up = 0, down = 0;
    for (int i = 0; i <= weak->n_nodes; i++) {
        double leaf = ((double)builder->model->leaves[weak->first_leaf + i] - low) * builder->unit;
        double error = leaf - fixed_leaf(builder, weak, i, low);
        up = error > up ? error : up;
        down = -error > down ? -error : down;
    }
    builder->error_up += up;
    builder->error_down += down;
}

static int sign_of(const struct cas_model *model, const struct cas_weak *weak)
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
static int root_sign(const struct cas_node *root)
{
    return root->right == 1 ? 1 : -1;
}

static struct draft draft_weak(struct builder *builder, int i)
{
    const struct cas_model *model = builder->model;
    const struct cas_weak *weak = &model->weaks[i];
    const struct cas_node *root = &model->nodes[weak->first_node];
    struct draft draft = {.weak = i, .kind = CAS_KIND_TREE};
    double low, high;
    leaf_range(model, weak, &low, &high);
    draft.gain = (int)rint((high - low) * builder->unit);
    add_errors(builder, weak, low);
    if (model->type == CAS_FEATURE_LBP) {
        draft.kind = CAS_KIND_LBP;
    } else if (weak->n_nodes == 1) {
        struct comparison made = analyse(builder->program, root, sign_of(model, weak));
        draft.kind = made.kind;
        draft.gap = made.gap;
    } else if (is_tree2(model, weak)) {
        draft.kind = CAS_KIND_TREE2;
        draft.start = fixed_leaf(builder, weak, root->right == 1 ? -root->left : -root->right, low);
    }
    return draft;
}

static void emit_tree2(struct builder *builder, const struct draft *draft, const int *slots)
{
    struct cas_program *program = builder->program;
    const struct cas_weak *weak = &builder->model->weaks[draft->weak];
    const struct cas_node *child = &builder->model->nodes[weak->first_node + 1];
    double low, high;
    leaf_range(builder->model, weak, &low, &high);
    int yes = fixed_leaf(builder, weak, -child->right, low);
    int no = fixed_leaf(builder, weak, -child->left, low);
    struct cas_tree2 *tree = &program->tree2s[program->n_tree2s++];
    tree->slots[0] = (int16_t)slots[0];
    tree->slots[1] = (int16_t)slots[1];
    tree->root_gain[0] = tree->root_gain[1] = (int16_t)(no - draft->start);
    tree->child_gain[0] = tree->child_gain[1] = (int16_t)(yes - no);
    tree->doubt[0] = tree->doubt[1] = (int16_t)draft->gain;
}

static void emit_tree(struct builder *builder, const struct draft *draft, const int *slots)
{
    struct cas_program *program = builder->program;
    const struct cas_weak *weak = &builder->model->weaks[draft->weak];
    double low, high;
    leaf_range(builder->model, weak, &low, &high);
    program->trees[program->n_trees++] = (struct cas_tree){
        program->n_branches, weak->n_nodes, {(int16_t)draft->gain, (int16_t)draft->gain}};
    for (int i = 0; i < weak->n_nodes; i++) {
        const struct cas_node *node = &builder->model->nodes[weak->first_node + i];
        int yes = node->right > 0 ? 0 : fixed_leaf(builder, weak, -node->right, low);
        int no = node->left > 0 ? 0 : fixed_leaf(builder, weak, -node->left, low);
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
static int emit_pattern(struct cas_program *program, const struct cas_weak *weak, int sign,
                        int gain)
{
    const struct cas_node *node = &program->model->nodes[weak->first_node];
    const struct cas_rect *cell = &program->model->features[node->feature].rects[0];
    struct corner corners[16];
    for (int i = 0; i < 16; i++)
        corners[i] = (struct corner){cell->x + i % 4 * cell->w, cell->y + i / 4 * cell->h, 0, 1};
    for (int layout = 0; layout < CAS_LAYOUT_COUNT; layout++) {
        struct cas_pattern *pattern = &program->patterns[layout][program->n_patterns];
        place_all(program, (enum cas_layout)layout, corners, 16, pattern->corners);
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

/* ---- stages */

static int by_gain(const void *a_ptr, const void *b_ptr)
{
    const struct draft *a = a_ptr, *b = b_ptr;
    return a->gain != b->gain ? b->gain - a->gain : a->weak - b->weak;
}

static int by_kind(const void *a_ptr, const void *b_ptr)
{
    const struct draft *a = a_ptr, *b = b_ptr;
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
        leaf_range(model, &model->weaks[stage->first_weak + i], &low, &high);
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

static void emit_stump(struct builder *builder, const struct draft *draft, struct cas_chunk *chunk)
{
    struct cas_program *program = builder->program;
    const struct cas_weak *weak = &builder->model->weaks[draft->weak];
    int sign = sign_of(builder->model, weak), index;
    if (draft->kind == CAS_KIND_LBP) {
        index = emit_pattern(program, weak, sign, draft->gain);
    } else {
        struct comparison made = analyse(program, &builder->model->nodes[weak->first_node], sign);
        index = emit(program, weak->first_node, &made, draft->gain);
    }
    extend_run(program, chunk, (struct cas_run){draft->kind, index, 1, -1, draft->gap});
}

/* A node of one of a chunk's trees. */
struct tree_node {
    int i_node, slot; /* slot: once emitted */
    struct comparison made;
};

static int by_comparison(const void *a_ptr, const void *b_ptr)
{
    const struct comparison *a = &((const struct tree_node *)a_ptr)->made;
    const struct comparison *b = &((const struct tree_node *)b_ptr)->made;
    return a->kind != b->kind ? (int)a->kind - (int)b->kind : a->gap - b->gap;
}

/* First all comparisons of the trees, by kind, then the trees. */
static void emit_trees(struct builder *builder, const struct draft *drafts, int n,
                       struct cas_chunk *chunk)
{
    struct cas_program *program = builder->program;
    struct tree_node nodes[CHUNK_TREES * CAS_MAX_BRANCHES];
    int n_nodes = 0;
    for (int i = 0; i < n; i++) {
        const struct cas_weak *weak = &builder->model->weaks[drafts[i].weak];
        for (int k = 0; k < weak->n_nodes; k++) {
            const struct cas_node *node = &builder->model->nodes[weak->first_node + k];
            int sign = drafts[i].kind == CAS_KIND_TREE2 && k == 0 ? root_sign(node) : 1;
            nodes[n_nodes++] =
                (struct tree_node){weak->first_node + k, 0, analyse(program, node, sign)};
        }
    }
    qsort(nodes, (size_t)n_nodes, sizeof *nodes, by_comparison);
    for (int i = 0; i < n_nodes; i++) {
        int index = emit(program, nodes[i].i_node, &nodes[i].made, 0);
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
        (is_two ? emit_tree2 : emit_tree)(builder, &drafts[i], slots);
        extend_run(program, chunk, (struct cas_run){drafts[i].kind, index, 1, -1, 0});
    }
}

/* A stage of few weak classifiers, every way they can come out: the largest fixed sum that fails
 * and the smallest that passes; false: too many outcomes. Thresholds are often put exactly on such
 * a sum, where bounds of rounding errors decide nothing. */
static bool try_outcomes(const struct builder *builder, const struct cas_stage *stage,
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
            leaf_range(model, weak, &low, &high);
            sum += model->leaves[weak->first_leaf + digits[i]];
            fixed += fixed_leaf(builder, weak, digits[i], low);
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
static void find_bounds(const struct builder *builder, const struct cas_stage *stage, double base,
                        double *fail, double *pass)
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

static int chunk_size(const struct draft *drafts, int n)
{
    int most = drafts[0].kind == CAS_KIND_TREE || drafts[0].kind == CAS_KIND_TREE2 ? CHUNK_TREES
                                                                                   : CHUNK_WEAKS;
    for (int i = 0; i < n && i < most; i++)
        if (drafts[i].kind == CAS_KIND_TREE || drafts[i].kind == CAS_KIND_TREE2)
            most = CHUNK_TREES;
    return n < most ? n : most;
}

static void emit_chunk(struct builder *builder, struct draft *drafts, int n,
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

static void build_stage(struct builder *builder, int i_stage)
{
    struct cas_program *program = builder->program;
    const struct cas_stage *stage = &builder->model->stages[i_stage];
    struct cas_program_stage *made = &program->stages[i_stage];
    double base, up = 0, down = 0, fail,
                 pass; /* up, down: what those still to come may add or take */
    builder->unit = choose_unit(builder->model, stage, &base);
    builder->error_up = builder->error_down = 0.05; /* and the rounding of OpenCV's own sum */
    for (int i = 0; i < stage->n_weak; i++) {
        builder->drafts[i] = draft_weak(builder, stage->first_weak + i);
        up += builder->drafts[i].gain - builder->drafts[i].start;
        down += builder->drafts[i].start;
    }
    find_bounds(builder, stage, base, &fail, &pass);
    made->start = biased(down);
    made->first_chunk = program->n_chunks;
    qsort(builder->drafts, (size_t)stage->n_weak, sizeof *builder->drafts, by_gain);
    for (int first = 0, n; first < stage->n_weak; first += n) {
        struct draft *drafts = builder->drafts + first;
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

/* ---- the whole */

static int check_model(const struct cas_model *model)
{
    for (int i = 0; i < model->n_weaks; i++)
        if (model->weaks[i].n_nodes > (model->type == CAS_FEATURE_LBP ? 1 : CAS_MAX_BRANCHES))
            return fb_fail(FB_ERR_USAGE, "trees of %d nodes are too large for vectors",
                           model->weaks[i].n_nodes);
    for (int i = 0; i < model->n_features; i++)
        for (int k = 0; k < model->features[i].n_rects; k++) {
            float weight = model->features[i].rects[k].weight;
            const struct cas_rect *rect = &model->features[i].rects[k];
            if (weight != floorf(weight) || fabsf(weight) > 15)
                return fb_fail(FB_ERR_USAGE, "feature weights such as %g are not made for vectors",
                               (double)weight);
            if (model->type == CAS_FEATURE_LBP && rect->w * rect->h > 65535 / 255)
                return fb_fail(FB_ERR_USAGE, "cells of %d x %d px are too large for vectors",
                               rect->w, rect->h);
        }
    return FB_OK;
}

/* Corners are 16-bit offsets. */
static int check_geometry(const struct cas_geometry *geometry)
{
    if (geometry->patch_words <= 65536 && geometry->pitch_words * (geometry->window_h + 1) <= 65536)
        return FB_OK;
    return fb_fail(FB_ERR_USAGE, "windows of %d x %d px are too large for vectors",
                   geometry->window_w, geometry->window_h);
}

/* The first variance at which OpenCV's test, in its types, lets a window through. */
static int64_t find_least_variance(int area)
{
    int64_t low = 0, high = (int64_t)1 << 50;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        *((double)area * cas_inverse_deviation(middle) < 1e-1 ? &high : &low) = middle;
    }
    return high;
}

static void plan_deviation(struct cas_program *program)
{
    program->area = (program->geometry.window_w - 2) * (program->geometry.window_h - 2);
    double most = 127.5 * program->area;
    while (ldexp(most, -program->deviation_shift) > 32000)
        program->deviation_shift++;
    /* squares - sum * sum / area in float, fused: each operand's rounding and the result's */
    program->variance_error = 65025.0 * program->area * 3 * 0x1p-24 + 1;
    /* of a deviation of at least 10 * area, which is where windows start to count */
    program->deviation_margin =
        (float)(ldexp(program->variance_error / 20 + most * 0x1p-21, -program->deviation_shift) +
                1.0 / 64);
    program->least_variance = find_least_variance(program->area);
}

static void *list(size_t n, size_t size, bool *is_out)
{
    void *items = calloc(n + 1, size);
    *is_out |= !items;
    return items;
}

/* As many parts as all rectangles would take. */
static size_t count_terms(const struct cas_model *model)
{
    size_t n = 0;
    for (int i = 0; i < model->n_nodes && model->type == CAS_FEATURE_HAAR; i++) {
        const struct cas_feature *feature = &model->features[model->nodes[i].feature];
        for (int k = 0; k < feature->n_rects; k++) {
            const struct cas_rect *rect = &feature->rects[k];
            int other = rect->w > rect->h ? rect->h : rect->w, whole = rect->w + rect->h - other;
            int most = 65535 / 255 / (other * (feature->is_tilted ? 2 : 1));
            n += (size_t)((whole + most - 1) / most);
        }
    }
    return n;
}

static int allocate(struct cas_program *program)
{
    const struct cas_model *model = program->model;
    bool is_lbp = model->type == CAS_FEATURE_LBP, is_out = false;
    size_t n_weaks = (size_t)model->n_weaks, n_nodes = is_lbp ? 0 : (size_t)model->n_nodes;
    size_t n_terms = count_terms(model);
    program->stages = list((size_t)model->n_stages, sizeof *program->stages, &is_out);
    program->chunks = list(n_weaks, sizeof *program->chunks, &is_out);
    program->runs = list(n_weaks + (size_t)model->n_nodes, sizeof *program->runs, &is_out);
    program->wides = list(n_nodes, sizeof *program->wides, &is_out);
    program->tree2s = list(n_weaks, sizeof *program->tree2s, &is_out);
    program->trees = list(n_weaks, sizeof *program->trees, &is_out);
    program->branches = list(n_nodes, sizeof *program->branches, &is_out);
    program->exact = list((size_t)model->n_nodes, sizeof *program->exact, &is_out);
    for (int i = 0; i < CAS_LAYOUT_COUNT; i++) {
        program->stumps[i] = list(2 * n_nodes, sizeof **program->stumps, &is_out);
        program->terms[i] = list(n_terms, sizeof **program->terms, &is_out);
        program->patterns[i] = list(is_lbp ? n_weaks : 0, sizeof **program->patterns, &is_out);
    }
    return is_out ? fb_fail_nomem("a cascade's program", n_weaks * sizeof **program->stumps)
                  : FB_OK;
}

static int build(struct cas_program *program)
{
    struct builder builder = {.program = program, .model = program->model};
    int most = 0;
    for (int i = 0; i < program->model->n_stages; i++)
        most = program->model->stages[i].n_weak > most ? program->model->stages[i].n_weak : most;
    builder.drafts = calloc((size_t)most, sizeof *builder.drafts);
    if (!builder.drafts)
        return fb_fail_nomem("a cascade's program", (size_t)most * sizeof *builder.drafts);
    for (int i = 0; i < program->n_stages; i++)
        build_stage(&builder, i);
    free(builder.drafts);
    return FB_OK;
}

int cas_program_create(const struct cas_model *model, struct cas_program **out)
{
    *out = NULL;
    int status = check_model(model);
    if (status)
        return status;
    struct cas_program *program = calloc(1, sizeof *program);
    if (!program)
        return fb_fail_nomem("a cascade's program", sizeof *program);
    program->model = model;
    program->n_stages = model->n_stages;
    plan_geometry(model, &program->geometry);
    plan_deviation(program);
    status = check_geometry(&program->geometry);
    if (!status)
        status = allocate(program);
    if (!status)
        status = build(program);
    if (status)
        cas_program_destroy(&program);
    *out = program;
    return status;
}

void cas_program_destroy(struct cas_program **program_ptr)
{
    struct cas_program *program = *program_ptr;
    if (!program)
        return;
    for (int i = 0; i < CAS_LAYOUT_COUNT; i++) {
        free(program->stumps[i]);
        free(program->terms[i]);
        free(program->patterns[i]);
    }
    free(program->stages);
    free(program->chunks);
    free(program->runs);
    free(program->wides);
    free(program->tree2s);
    free(program->trees);
    free(program->branches);
    free(program->exact);
    free(program);
    *program_ptr = NULL;
}

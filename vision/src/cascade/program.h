/* A cascade compiled for vectors of 16 windows with 16-bit lanes.
 *
 * Integral images are kept modulo 2^16: a feature whose value provably fits int16 comes out right
 * all the same. A weak classifier is a comparison with a threshold times the window's deviation,
 * which is not known to the last bit in 16 bits; so that nothing is lost, each comparison is made
 * twice, once at a bound that surely is not above and once at one that surely is not below. Two
 * sums run along: the most and the least a stage's sum may be, in fixed point with the rounding
 * errors accounted for. Nearly always both lie on the same side of the stage's threshold; the few
 * windows for which they do not are evaluated exactly, one by one, in the order and types of
 * OpenCV.
 *
 * Within a stage the weak classifiers are sorted by weight and dealt into chunks; after each chunk
 * it is known what the rest can add at most, and a stage ends when all its windows are decided.
 */
#ifndef CASCADE_PROGRAM_H
#define CASCADE_PROGRAM_H

#include "model.h"

#include <stddef.h>

#define CAS_LANES 16
#define CAS_BIAS                                                                                   \
    32768 /* fixed-point sums run from -CAS_BIAS, so that 16 signed bits hold 0..65535 */

/* Where a corner of a feature lies. Dense: 16 neighbouring windows from the tile's rows; each row
 * is stored twice, the second copy 16 words on, so that one of the two never crosses a cache line;
 * which one depends on whether the block starts a cache line. Step 2 has even and odd columns
 * apart. Patch: the corners of 16 arbitrary windows, transposed. */
enum cas_layout {
    CAS_STEP1_EVEN,
    CAS_STEP1_ODD,
    CAS_STEP2_EVEN,
    CAS_STEP2_ODD,
    CAS_PATCH,
    CAS_LAYOUT_COUNT,
};

struct cas_geometry {
    int window_w, window_h;
    int n_planes;        /* 2 with tilted features */
    int copy_words;      /* a row of one copy of one plane; a multiple of 64 */
    int pitch_words;     /* a row of all copies and planes */
    int tile_windows[3]; /* windows a tile is wide, by step; multiples of 16 */
    int patch_words;     /* of one patch, all planes */
};

/* How a value is made of its corners; letters stand for corners in their order. The pairs follow
 * their kinds in the same order. */
enum cas_kind {
    CAS_KIND_NONE,
    CAS_KIND_6,     /* 2(a-b) + (c-d) + (e-f) */
    CAS_KIND_8,     /* (a-b) + (c-d) + factor * ((e-f) + (g-h)) */
    CAS_KIND_9,     /* a+b+c+d - 2(e+f+g+h) + 4i */
    CAS_KIND_9_NEG, /* the negative of that */
    /* The window cut in two: the saturated sum of two values of the kind, from two stumps in a row;
     * for features whose value does not fit int16, but whose halves' do. A saturated sum still is
     * on the right side of a threshold that fits. */
    CAS_KIND_PAIR_6,
    CAS_KIND_PAIR_8,
    CAS_KIND_PAIR_9,
    CAS_KIND_PAIR_9_NEG,
    CAS_KIND_WIDE,  /* rectangle by rectangle in 32 bits */
    CAS_KIND_TREE2, /* root and one child, the child where the root's comparison holds */
    CAS_KIND_TREE,
    CAS_KIND_LBP,
    CAS_KIND_COUNT,
};

/* Adds gain where value > threshold * deviation. Pairs are the same number twice: they are
 * broadcast as 32 bits. */
struct cas_stump {
    uint16_t corners[9]; /* words from the block's base */
    int16_t factor;
    int16_t threshold[2]; /* fixed point, times deviation's unit 2^16 */
    int16_t gain[2];
    uint16_t side; /* byte offset in struct cas_block: the deviation's lower or upper bound */
};

struct cas_term {
    uint16_t corners[4]; /* a - b - c + d, at most 65535 */
    int16_t weight, pad;
};

struct cas_wide {
    int first_term, n_terms;
    float threshold, slack; /* times deviation; how far that may be off */
    int16_t gain[2];
};

struct cas_pattern {
    uint16_t corners[16]; /* rows of four */
    uint8_t table[32];    /* bit set: adds gain */
    int16_t gain[2];
};

/* gain where the root's comparison holds, more if the child's does too; what is left of the tree is
 * in the stage's start. Slots hold the answers of the chunk's comparisons. */
struct cas_tree2 {
    int16_t slots[2];
    int16_t root_gain[2], child_gain[2];
    int16_t doubt[2]; /* largest difference between leaves */
};

/* A node of a larger tree: where its comparison holds, yes, otherwise no. */
struct cas_branch {
    int16_t slot;
    int16_t yes_node, no_node; /* in the tree; 0: a leaf */
    int16_t yes_gain, no_gain;
};

struct cas_tree {
    int first_branch, n_branches;
    int16_t doubt[2];
};

struct cas_run {
    enum cas_kind kind;
    int first, n; /* in the array of that kind */
    int slot;     /* of the first answer; -1: the answers add gains */
    int gap;      /* between the two bounds of a comparison */
};

struct cas_chunk {
    int first_run, n_runs;
    int16_t fail_below; /* a largest sum below this has failed whatever follows */
    int16_t pass_above; /* a smallest sum above this has passed */
};

struct cas_program_stage {
    int first_chunk, n_chunks;
    int16_t start; /* of the sums */
};

/* Deviation bounds of 16 windows. */
struct cas_block {
    int16_t low[CAS_LANES], high[CAS_LANES];
    float deviation[CAS_LANES];
};

/* How a node's value is computed exactly. */
struct cas_exact {
    uint8_t kind;
    int8_t sign; /* the value is sign * what the kind computes */
    int index;
    float threshold;
    int left, right; /* as in the model */
};

#define CAS_PAIR_OF(kind) ((kind)-CAS_KIND_6 + CAS_KIND_PAIR_6)
#define CAS_HALF_OF(kind) ((kind)-CAS_KIND_PAIR_6 + CAS_KIND_6)
#define CAS_IS_PAIR(kind) ((kind) >= CAS_KIND_PAIR_6 && (kind) <= CAS_KIND_PAIR_9_NEG)

#define CAS_MAX_BRANCHES 8
#define CAS_MAX_SLOTS 64 /* comparisons of trees in a chunk */

struct cas_program {
    const struct cas_model *model; /* borrowed */
    struct cas_geometry geometry;
    /* deviation = area * standard deviation of the window's inside */
    int area;
    int deviation_shift;    /* low and high are deviation >> this */
    float deviation_margin; /* in their unit */
    double variance_error;  /* of the float variance * area */
    int64_t least_variance; /* area * squares - sum * sum from which on a window is not too flat */
    int n_stages, n_chunks, n_runs, n_stumps, n_terms, n_wides, n_patterns, n_trees, n_tree2s,
        n_branches;
    struct cas_program_stage *stages;
    struct cas_chunk *chunks;
    struct cas_run *runs;
    struct cas_wide *wides;
    struct cas_tree2 *tree2s;
    struct cas_tree *trees;
    struct cas_branch *branches;
    struct cas_exact *exact; /* by the model's nodes */
    struct cas_stump *stumps[CAS_LAYOUT_COUNT];
    struct cas_term *terms[CAS_LAYOUT_COUNT];
    struct cas_pattern *patterns[CAS_LAYOUT_COUNT];
};

/* FB_ERR_USAGE: the cascade has something vectors are not made for (says what); FB_ERR_NOMEM. */
FB_MUST_USE int cas_program_create(const struct cas_model *model, struct cas_program **out);
void cas_program_destroy(struct cas_program **program);

/* The deviation's inverse as OpenCV rounds it. */
float cas_inverse_deviation(int64_t variance);

/* Sum of one stage, exactly. at: the block's or patch's base plus the lane. */
double cas_exact_sum(const struct cas_program *program, enum cas_layout layout, int stage,
                     const uint16_t *at, float inverse_deviation);

#endif

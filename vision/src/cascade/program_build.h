/* What the parts of cas_program_create share while a program is built: single-threaded, nothing of
 * it outlives the call. The arrays that are appended to have room (see allocate in program.c). */
#ifndef CASCADE_PROGRAM_BUILD_H
#define CASCADE_PROGRAM_BUILD_H

#include "program.h"

#define CAS_MAX_CORNERS 12

struct cas_corner {
    int x, y, plane, weight; /* px of the window; plane 1: of the tilted integral image */
};

/* A feature reduced to its distinct corners. */
struct cas_corners {
    struct cas_corner items[CAS_MAX_CORNERS];
    int n;
};

/* The comparison of one Haar node, its sign chosen so that it holds to the right of the threshold
 * (sign 1) or to its left (sign -1). */
struct cas_comparison {
    enum cas_kind kind;
    int sign, gap;
    double threshold;
    struct cas_corner corners[2][9]; /* the second: of a pair */
    struct cas_stump stump;
    int16_t factors[2];
};

/* A weak classifier on its way into a chunk. */
struct cas_draft {
    int weak;
    enum cas_kind kind;
    int gap;   /* of a stump */
    int gain;  /* difference between its largest and its smallest leaf, fixed */
    int start; /* what the stage's start holds of it: it adds from -start to gain - start */
};

struct cas_builder {
    struct cas_program *program;
    const struct cas_model *model;
    struct cas_draft *drafts;    /* of the stage, capacity n_weaks */
    double unit;                 /* fixed-point units per unit of a leaf, of the stage */
    double error_up, error_down; /* true sum - fixed sum, at most and at least (negated) */
};

/* --- program_place.c --- */

void cas_plan_geometry(const struct cas_model *model, struct cas_geometry *geometry);

/* out: n offsets in words. */
void cas_place_all(const struct cas_program *program, enum cas_layout layout,
                   const struct cas_corner *corners, int n, uint16_t *out);

/* --- program_corners.c --- */

/* The four corners of a rectangle: + - - +. */
void cas_rect_corners(const struct cas_rect *rect, bool is_tilted, struct cas_corner out[4]);
struct cas_corners cas_merge_corners(const struct cas_feature *feature);

/* Whether the value fits int16 whatever the pixels are. */
bool cas_is_narrow(const struct cas_model *model, const struct cas_corners *corners);

/* The kind of a feature with its corners in order, or CAS_KIND_WIDE. */
enum cas_kind cas_classify_corners(const struct cas_corners *corners, struct cas_corner out[9],
                                   int *factor);

/* Corners and kind of the negative value. */
void cas_flip_corners(enum cas_kind *kind, struct cas_corner corners[9]);

/* --- program_comparison.c --- */

struct cas_comparison cas_analyse_node(const struct cas_program *program,
                                       const struct cas_node *node, int sign);

/* Appends the comparison to the arrays of its kind and makes it the node's exact one; its index. */
int cas_emit_comparison(struct cas_program *program, int i_node, const struct cas_comparison *made,
                        int gain);

/* --- program_weak.c --- */

/* The smallest and the largest leaf. */
void cas_leaf_range(const struct cas_model *model, const struct cas_weak *weak, double *low,
                    double *high);

/* A leaf above low in the stage's unit. */
int cas_fixed_leaf(const struct cas_builder *builder, const struct cas_weak *weak, int leaf,
                   double low);

/* The side on which a stump's larger leaf lies; the side on which a root's child lies. */
int cas_stump_sign(const struct cas_model *model, const struct cas_weak *weak);
int cas_root_sign(const struct cas_node *root);

/* Adds its rounding errors to the builder's. */
struct cas_draft cas_draft_weak(struct cas_builder *builder, int i);

/* slots: of the comparisons of the tree's nodes. */
void cas_emit_tree2(struct cas_builder *builder, const struct cas_draft *draft, const int *slots);
void cas_emit_tree(struct cas_builder *builder, const struct cas_draft *draft, const int *slots);

/* A stump of local binary patterns; its index. */
int cas_emit_pattern(struct cas_program *program, const struct cas_weak *weak, int sign, int gain);

/* --- program_stage.c --- */

void cas_build_stage(struct cas_builder *builder, int i_stage);

#endif

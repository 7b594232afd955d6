/* A cascade as its file states it: checked, layout-free, immutable after loading. */
#ifndef CASCADE_MODEL_H
#define CASCADE_MODEL_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

#define CAS_MAX_RECTS 3
#define CAS_MAX_WINDOW_PX 128 /* so that the sum of squares of a window fits 32 bits */
#define CAS_SUBSET_WORDS 8    /* 256 local binary patterns, one bit each */

enum cas_feature_type { CAS_FEATURE_NONE, CAS_FEATURE_HAAR, CAS_FEATURE_LBP };

struct cas_rect {
    int x, y, w, h; /* px of the window; tilted: top corner, extents along the two diagonals */
    float weight;
};

/* Haar: up to three weighted rectangles. LBP: rects[0] is the top left cell of 3 x 3. */
struct cas_feature {
    struct cas_rect rects[CAS_MAX_RECTS];
    int n_rects;
    bool is_tilted;
};

/* A child > 0 is a node of the same tree (always a later one), <= 0 the leaf -child. */
struct cas_node {
    int left, right;
    int feature;
    float threshold;                   /* Haar: left if value < threshold */
    uint32_t subset[CAS_SUBSET_WORDS]; /* LBP: left if the pattern's bit is set */
};

struct cas_weak {
    int first_node, n_nodes;
    int first_leaf; /* n_nodes + 1 of them */
};

struct cas_stage {
    int first_weak, n_weak;
    float threshold; /* a window passes if its sum is not below; OpenCV's 1e-5 is taken off */
};

struct cas_model {
    int window_w, window_h;
    enum cas_feature_type type;
    bool has_tilted;
    int n_stages, n_weaks, n_nodes, n_leaves, n_features;
    struct cas_stage *stages;
    struct cas_weak *weaks;
    struct cas_node *nodes;
    float *leaves;
    struct cas_feature *features;
};

/* FB_ERR_INPUT with path, line and reason; FB_ERR_NOMEM. The caller owns the struct. */
FB_MUST_USE int cas_model_load(struct cas_model *model, const char *path);
void cas_model_finish(struct cas_model *model);

#endif

/* See program.h: from the model to arrays of corners, thresholds and gains. Here the checks, the
 * arrays and the deviation; the parts are in program_*.c. */
#include "program_build.h"

#include <math.h>
#include <stdlib.h>

float cas_inverse_deviation(int64_t variance)
{
    return (float)(1.0 / sqrt((double)variance));
}

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
    struct cas_builder builder = {.program = program, .model = program->model};
    int most = 0;
    for (int i = 0; i < program->model->n_stages; i++)
        most = program->model->stages[i].n_weak > most ? program->model->stages[i].n_weak : most;
    builder.drafts = calloc((size_t)most, sizeof *builder.drafts);
    if (!builder.drafts)
        return fb_fail_nomem("a cascade's program", (size_t)most * sizeof *builder.drafts);
    for (int i = 0; i < program->n_stages; i++)
        cas_build_stage(&builder, i);
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
    cas_plan_geometry(model, &program->geometry);
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

/* One model on one set of labelled faces: what evaluate prints and compare lines up. Main thread. */
#ifndef APP_LAB_EVAL_H
#define APP_LAB_EVAL_H

#include "find_faces.h"
#include "json.h"
#include "lab_args.h"
#include "lab_data.h"
#include "nn/evaluate.h"

/* The data options that evaluate and compare share. */
struct app_lab_source {
    const char *folder, *manifest, *split_name, *protocol_name, *detector_name;
    bool is_detecting, is_flipped, has_half_weights;
    int n_threads;
    enum nn_split split;      /* by app_lab_source_check */
    enum nn_labels protocol;
    enum app_find_kind detector; /* APP_FIND_NONE: pictures are crops */
};

struct app_lab_source app_lab_default_source(void);
#define APP_LAB_SOURCE_ARGS 9
/* Writes the rows of these options into args. */
void app_lab_source_args(struct app_lab_source *source, struct app_arg args[APP_LAB_SOURCE_ARGS]);
/* FB_ERR_USAGE; command: for the message. */
FB_MUST_USE int app_lab_source_check(const char *command, struct app_lab_source *source);

#define APP_LAB_MAX_DISTURBANCES 32

struct app_lab_result {
    const char *model, *data, *split, *protocol;
    char name[64];            /* the model's own */
    struct nn_metrics metrics;
    double ms_per_face;
    int n_disturbances;       /* 0: not measured */
    double disturbed[APP_LAB_MAX_DISTURBANCES]; /* accuracy under each */
    struct nn_confidence confidence;
    bool is_flipped;          /* answers are means over mirror images */
    int n_faces;
    int8_t *is_correct;       /* (n_faces) 1 or 0, in the data's order; for comparing two models */
    float (*p)[FB_EXPRESSION_COUNT]; /* (n_faces) */
    struct app_lab_faces faces;
};

/* Loads model and faces, answers, measures. FB_ERR_*. Finish it also after a failure. */
FB_MUST_USE int app_lab_evaluate(const char *model, const struct app_lab_source *source,
                                 bool with_disturbances, struct fb_pool *pool,
                                 struct app_lab_result *out);
void app_lab_result_finish(struct app_lab_result *result);

/* The JSON object of `evaluate --json`; NULL when out of memory. */
cJSON *app_lab_result_json(const struct app_lab_result *result);

/* The two-sided exact McNemar test of two models on the same faces: how likely a difference as large
 * as this is if both were equally good. */
double app_lab_mcnemar(const struct app_lab_result *a, const struct app_lab_result *b);

/* Self-contained page, no network requests. FB_ERR_IO. */
FB_MUST_USE int app_lab_write_page(const char *path, const struct app_lab_result *results, int n);

#endif

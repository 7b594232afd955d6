/* feltlab basis: the demo class's face basis from a training set. */
#include "feltlab.h"

#include "cli.h"
#include "lab/lab_args.h"
#include "lab/lab_data.h"
#include "nn/facebasis.h"

#include <stdio.h>

static void print_report(const char *out, const struct nn_face_basis_report *report)
{
    printf("%s: %d of %d faces kept, %.1f %% of the identities' variance, %.1f s\n", out, report->n_kept,
           report->n_aligned, (double)report->explained * 100.0, report->seconds);
    printf("kept pictures with at least 7 of 10 votes:");
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        printf(" %s %d", fb_expression_name(i), report->n_mean[i]);
    puts("");
}

static int make(const char *folder, const char *out, struct nn_face_basis_settings *settings)
{
    static const bool splits[NN_SPLIT_COUNT] = {[NN_SPLIT_TRAIN] = true};
    struct nn_data *data = NULL;
    struct fb_face_basis *basis = NULL;
    struct nn_face_basis_report report;
    int status = app_lab_load(folder, splits, settings->pool, &data);
    if (status == FB_OK) {
        app_message("aligning %d faces; about a minute", data->n);
        status = nn_face_basis_make(data, settings, &report, &basis);
    }
    if (status == FB_OK)
        status = fb_face_basis_write(out, basis);
    if (status == FB_OK)
        print_report(out, &report);
    fb_face_basis_destroy(&basis);
    nn_data_destroy(&data);
    return status;
}

int app_cmd_basis(int argc, char **argv)
{
    const char *folder = NULL, *out = NULL;
    int n_threads = 0;
    double keep;
    struct nn_face_basis_settings settings = nn_face_basis_default_settings();
    keep = (double)settings.keep;
    const struct app_arg args[] = {
        {"data", APP_ARG_NEEDED, &folder, 0, 0, "DIR", "FER+ folder; its training split is used", 0},
        {"out", APP_ARG_NEEDED, &out, 0, 0, "FILE.fbb", "where to write it", 'o'},
        {"components", APP_ARG_INT, &settings.n_components, 1, 200, "N", "identity components (40)", 0},
        {"side", APP_ARG_INT, &settings.side, 16, FB_FACE_BASIS_MAX_SIDE, "N", "pixels a side (64)", 0},
        {"keep", APP_ARG_DOUBLE, &keep, 0.05, 1.0, "SHARE", "best fitting faces used (0.35)", 0},
        {"seed", APP_ARG_SEED, &settings.seed, 0, 0, "N", "of the component search (1)", 0},
        {"threads", APP_ARG_INT, &n_threads, 1, 256, "N", "threads (one a core)", 0},
    };
    bool is_help;
    int status = app_args_only(argc, argv, "basis --data DIR -o FILE.fbb",
                               "Mean faces and identity components for the demo class.", args,
                               APP_ARGS_COUNT(args), &is_help);
    if (status < 0 || is_help)
        return status;
    if ((status = fb_pool_create(n_threads, &settings.pool)) < 0)
        return status;
    settings.keep = (float)keep;
    status = make(folder, out, &settings);
    fb_pool_destroy(&settings.pool);
    return status;
}

/* feltboard predict: the faces of still pictures, with all eight probabilities. */
#include "feltboard.h"

#include "chart.h"
#include "cli.h"
#include "json.h"
#include "options.h"
#include "vis/image.h"

#include <stdio.h>

static cJSON *face_json(const struct mon_face *face)
{
    cJSON *object = cJSON_CreateObject(), *box = cJSON_AddArrayToObject(object, "box");
    const float sides[] = {face->box.x, face->box.y, face->box.w, face->box.h};
    for (int i = 0; i < 4; i++)
        cJSON_AddItemToArray(box, app_json_rounded(sides[i], 1));
    cJSON_AddStringToObject(object, "expression", fb_expression_name(face->expression));
    app_json_add_rounded(object, "confidence", face->confidence, 4);
    if (face->reason != MON_SURE)
        cJSON_AddStringToObject(object, "reason", mon_reason_name(face->reason));
    cJSON *p = cJSON_AddObjectToObject(object, "p");
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        app_json_add_rounded(p, fb_expression_name(i), face->p[i], 4);
    return object;
}

static int print_json(const char *path, const struct mon_observation *observation)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "image", path);
    cJSON_AddNumberToObject(object, "width", observation->width);
    cJSON_AddNumberToObject(object, "height", observation->height);
    cJSON *faces = cJSON_AddArrayToObject(object, "faces");
    for (int i = 0; i < observation->n_faces; i++)
        cJSON_AddItemToArray(faces, face_json(&observation->faces[i]));
    return app_json_print_line(&object);
}

static void print_text(const char *path, const struct mon_observation *observation)
{
    printf("%s: %d face%s\n", path, observation->n_faces, observation->n_faces == 1 ? "" : "s");
    for (int i = 0; i < observation->n_faces; i++) {
        const struct mon_face *face = &observation->faces[i];
        printf("  face %d at %.0f,%.0f %.0fx%.0f: expression shown: %s %.2f", i + 1,
               (double)face->box.x, (double)face->box.y, (double)face->box.w, (double)face->box.h,
               fb_expression_name(face->expression), (double)face->confidence);
        if (face->reason != MON_SURE)
            printf(" (%s)", mon_reason_name(face->reason));
        printf("\n   ");
        for (int k = 0; k < FB_EXPRESSION_COUNT; k++)
            printf(" %s %.2f", fb_expression_name(k), (double)face->p[k]);
        printf("\n");
    }
}

static int predict(struct app_analyzer *analyzer, const char *path,
                   struct mon_observation *observation)
{
    struct fb_frame_pool *pool = NULL;
    struct fb_frame *frame = NULL;
    int status = vis_image_load(path, &pool, &frame);
    if (!status)
        status = app_analyzer_still(analyzer, frame, observation);
    fb_frame_unref(&frame);
    fb_frame_pool_destroy(&pool);
    return status;
}

static int predict_and_print(struct app_analyzer *analyzer, const struct app_options *options,
                             const char *path)
{
    struct mon_observation observation;
    int status = predict(analyzer, path, &observation);
    if (status)
        return status;
    if (options->is_json)
        status = print_json(path, &observation);
    else
        print_text(path, &observation);
    if (!status && options->chart)
        status = app_chart_write(options->chart, path, &observation);
    return status;
}

/* All pictures; one that cannot be read is told and does not fail the others. */
static int predict_all(struct app_analyzer *analyzer, const struct app_options *options)
{
    int n = options->n_arguments, n_failed = 0, failure = FB_OK;
    for (int i = 0; i < n; i++) {
        if (app_is_interrupted())
            return fb_fail(FB_ERR_INTERRUPTED, "interrupted after %d of %d pictures", i, n);
        int status = predict_and_print(analyzer, options, options->arguments[i]);
        if (!status)
            continue;
        if (n == 1)
            return status;
        app_message("%s", fb_error_text());
        failure = status;
        n_failed++;
    }
    if (failure)
        return fb_fail(failure, "%d of %d pictures failed, see above", n_failed, n);
    return FB_OK;
}

int app_cmd_predict(int argc, char **argv)
{
    struct app_options options;
    int status = app_options_parse(
        argc, argv, APP_FOR_PREDICT, "predict IMAGE... [--json] [--chart FILE.png|svg]",
        "Finds the faces of each picture and prints the eight probabilities of each.", &options);
    if (status || options.is_help)
        return status;
    if (!options.n_arguments)
        return fb_fail(FB_ERR_USAGE, "predict: name at least one picture");
    if (options.chart && options.n_arguments > 1)
        return fb_fail(FB_ERR_USAGE, "predict: --chart takes one picture, %d are given",
                       options.n_arguments);
    struct app_analyzer *analyzer = NULL;
    struct app_analyzer_settings settings = app_analyzer_settings(&options);
    status = app_analyzer_create(&settings, &analyzer);
    if (!status)
        status = predict_all(analyzer, &options);
    app_analyzer_destroy(&analyzer);
    return status;
}

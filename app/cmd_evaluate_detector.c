/* feltlab evaluate-detector: faces found by size, false boxes, time, of the cascade, a network and both, on pictures with
 * boxes. */
#include "feltlab.h"

#include "base/clock.h"
#include "cli.h"
#include "lab/face_pictures.h"
#include "find_faces.h"
#include "lab/lab_args.h"
#include "nn/detector_score.h"
#include "paths.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_BOXES = 128 };
#define CASCADE_OVERLAP 0.3f /* its squares are no tight boxes */

struct options {
    const char *model;
    double false_per_picture;
    int max_side, n_looks;
    const char *boxes; /* where the network's boxes are listed; NULL */
};

/* One detector on one set of pictures. */
struct row {
    const char *name;
    float overlap; /* from which on a face is found */
    int (*find)(void *user, const struct nn_faces_picture *p, struct nn_detection *detections);
    void *user;
    double ms; /* mean */
    struct nn_detector_score *score;
};

static struct fb_frame frame_of(const struct nn_faces_picture *p)
{
    return (struct fb_frame){.width = p->width, .height = p->height, .y_stride = p->width, .y = p->pixels};
}

static int find_by_cascade(void *user, const struct nn_faces_picture *p, struct nn_detection *detections)
{
    struct mon_detection found[MAX_BOXES];
    struct fb_frame frame = frame_of(p);
    int n = vis_haar_detect(user, &frame, found, MAX_BOXES);
    for (int i = 0; i < n; i++) {
        const struct mon_box *b = &found[i].box;
        detections[i] = (struct nn_detection){{b->x, b->y, b->w, b->h}, found[i].score};
    }
    return n;
}

static int find_by_net(void *user, const struct nn_faces_picture *p, struct nn_detection *detections)
{
    return nn_detector_run(user, p->pixels, p->width, p->height, p->width, detections, MAX_BOXES);
}

static int find_by_both(void *user, const struct nn_faces_picture *p, struct nn_detection *detections)
{
    struct mon_detection found[MAX_BOXES];
    struct fb_frame frame = frame_of(p);
    int n = app_finder_run(user, &frame, found, MAX_BOXES);
    for (int i = 0; i < n; i++) {
        const struct mon_box *b = &found[i].box;
        detections[i] = (struct nn_detection){{b->x, b->y, b->w, b->h}, found[i].score};
    }
    return n;
}

static int measure(const struct nn_faces *faces, enum app_face_part part, struct row *row)
{
    struct nn_detection detections[MAX_BOXES];
    int n_pictures = 0, status = nn_detector_score_create(row->overlap, &row->score);
    for (int i = 0; i < faces->n_pictures && !status; i++) {
        const struct nn_faces_picture *p = &faces->pictures[i];
        if (part == APP_FACES_VALID && !p->is_valid_split)
            continue;
        int n = row->find(row->user, p, detections); /* makes tables for the size */
        int64_t start_ns = fb_clock_now_ns();
        if (n >= 0)
            n = row->find(row->user, p, detections);
        row->ms += (double)(fb_clock_now_ns() - start_ns) * 1e-6;
        n_pictures++;
        status = n < 0 ? n : nn_detector_score_add(row->score, faces->faces + p->first, p->n, detections, n);
        if (!status && app_is_interrupted())
            status = fb_fail(FB_ERR_INTERRUPTED, "interrupted");
        app_progress(row->name, i + 1, faces->n_pictures);
    }
    row->ms /= n_pictures > 0 ? n_pictures : 1;
    app_progress_end();
    return status;
}

/* The network's boxes from its own threshold down, to be looked at: file, box, score. */
static int list_boxes(const char *path, const struct nn_faces *faces, enum app_face_part part, struct nn_detector *net)
{
    struct nn_detection detections[MAX_BOXES];
    FILE *out = fopen(path, "a");
    if (!out)
        return fb_fail(FB_ERR_IO, "%s: %s", path, strerror(errno));
    int n = 0;
    if (ftell(out) == 0)
        fputs("file,x,y,w,h,score\n", out);
    for (int i = 0; i < faces->n_pictures && n >= 0; i++) {
        const struct nn_faces_picture *p = &faces->pictures[i];
        n = part == APP_FACES_VALID && !p->is_valid_split ? 0 : find_by_net(net, p, detections);
        for (int k = 0; k < n; k++) {
            const struct nn_box *b = &detections[k].box;
            fprintf(out, "%s,%.1f,%.1f,%.1f,%.1f,%.4f\n", p->file, (double)b->x, (double)b->y, (double)b->w, (double)b->h,
                    (double)detections[k].score);
        }
    }
    bool is_written = !ferror(out);
    if (fclose(out) || !is_written)
        return fb_fail(FB_ERR_IO, "%s: cannot be written", path);
    return n < 0 ? n : FB_OK;
}

static double share(int part, int whole)
{
    return whole ? (double)part / whole : 0;
}

static void print_result(const char *name, const struct nn_detector_result *r, double ms)
{
    printf("%-34s %6.3f %6.3f %6.3f %8.3f %9.3f %8.2f %7.1f\n", name, share(r->n_found[NN_FACE_24], r->n_faces[NN_FACE_24]),
           share(r->n_found[NN_FACE_48], r->n_faces[NN_FACE_48]), share(r->n_found[NN_FACE_96], r->n_faces[NN_FACE_96]),
           r->recall_48, r->false_per_picture, (double)r->min_score, ms);
}

static void print_row(const struct row *row, double false_per_picture, bool has_all)
{
    struct nn_detector_result result;
    char name[64];
    if (has_all) {
        nn_detector_score_from(row->score, 0, &result);
        snprintf(name, sizeof name, "%s, all boxes", row->name);
        print_result(name, &result, row->ms);
    }
    nn_detector_score_at(row->score, false_per_picture, &result);
    snprintf(name, sizeof name, "%s, %.2g false", row->name, false_per_picture);
    print_result(name, &result, row->ms);
}

static void print_head(const char *source, const struct row *row)
{
    struct nn_detector_result r;
    nn_detector_score_from(row->score, 0, &r);
    printf("%s: %d pictures, faces %d of 24-47 px, %d of 48-95, %d of 96 and more\n%-34s %6s %6s %6s %8s %9s %8s %7s\n", source,
           r.n_pictures, r.n_faces[NN_FACE_24], r.n_faces[NN_FACE_48], r.n_faces[NN_FACE_96], "recall at", "24-47", "48-95",
           ">= 96", ">= 48", "false/pic", "score", "ms");
}

/* The model's own threshold on pictures that it was not chosen on. */
static void print_own(const struct row *row, float min_score)
{
    struct nn_detector_result result;
    nn_detector_score_from(row->score, min_score, &result);
    print_result("network, its own threshold", &result, row->ms);
}

static int compare_all(const char *source, const struct nn_faces *faces, enum app_face_part part, struct row rows[3],
                       const struct options *o, float own_score)
{
    int status = FB_OK;
    for (int i = 0; i < 3 && !status; i++)
        status = measure(faces, part, &rows[i]);
    if (!status) {
        print_head(source, &rows[0]);
        print_row(&rows[0], o->false_per_picture, true);
        print_own(&rows[1], own_score);
        print_row(&rows[1], o->false_per_picture, false);
        print_row(&rows[2], o->false_per_picture, false);
        puts("");
    }
    for (int i = 0; i < 3; i++)
        nn_detector_score_destroy(&rows[i].score);
    return status;
}

static int evaluate_source(const char *source, const struct options *o, struct vis_haar *haar, struct nn_detector *net,
                           struct app_finder *both, float own_score)
{
    struct stat about;
    struct nn_faces *faces;
    char folder[PATH_MAX];
    bool is_folder = !stat(source, &about) && S_ISDIR(about.st_mode);
    enum app_face_part part = is_folder ? APP_FACES_VALID : APP_FACES_ALL;
    snprintf(folder, sizeof folder, "%s", source);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = 0;
    int status = is_folder ? app_faces_load_folder(source, part, NULL, &faces)
                           : app_faces_load(source, slash ? folder : ".", part, NULL, &faces);
    if (status)
        return status;
    struct row rows[3] = {{"cascade", CASCADE_OVERLAP, find_by_cascade, haar, 0, NULL},
                          {"network", NN_SCORE_OVERLAP, find_by_net, net, 0, NULL},
                          {"both, as squares", CASCADE_OVERLAP, find_by_both, both, 0, NULL}};
    status = o->boxes ? list_boxes(o->boxes, faces, part, net) : compare_all(source, faces, part, rows, o, own_score);
    nn_faces_destroy(&faces);
    return status;
}

static int evaluate(const struct options *o, const struct app_arguments *sources)
{
    struct app_find_settings settings = {.kind = APP_FIND_BOTH, .haar = vis_default_haar_settings(), .network = o->model,
                                         .net = nn_default_detector_settings()};
    struct nn_detector_settings low;
    struct vis_haar *haar = NULL;
    struct nn_detector *net = NULL;
    struct app_finder *both = NULL;
    float own_score = 0;
    settings.net.max_side = o->max_side;
    settings.net.n_looks = o->n_looks;
    low = settings.net;
    int status = nn_detector_create(o->model, &low, NULL, &net);
    if (!status)
        own_score = nn_detector_info(net)->min_score;
    nn_detector_destroy(&net);
    low.min_score = 0.02f;
    if (!status)
        status = nn_detector_create(o->model, &low, NULL, &net);
    if (!status)
        status = vis_haar_create(&settings.haar, NULL, &haar);
    if (!status)
        status = app_finder_create(&settings, NULL, &both);
    for (int i = 0; i < sources->n && !status; i++)
        status = evaluate_source(sources->texts[i], o, haar, net, both, own_score);
    app_finder_destroy(&both);
    vis_haar_destroy(&haar);
    nn_detector_destroy(&net);
    return status;
}

int app_cmd_evaluate_detector(int argc, char **argv)
{
    struct options o = {.model = app_default_detector(), .false_per_picture = 0.2, .max_side = 640, .n_looks = 2};
    struct app_arguments rest;
    const struct app_arg args[] = {
        {"model", APP_ARG_TEXT, &o.model, .value = "FILE", .help = "the detector (the shipped one)"},
        {"false", APP_ARG_DOUBLE, &o.false_per_picture, .min = 0, .max = 100, .value = "X",
         .help = "false boxes a picture at which recalls are compared (0.2)"},
        {"max-side", APP_ARG_INT, &o.max_side, .min = 64, .max = 4096, .value = "PX",
         .help = "longest side of what the network sees (640)"},
        {"looks", APP_ARG_INT, &o.n_looks, .min = 1, .max = 2, .value = "N",
         .help = "2 (default): one more at half the size, for large faces"},
        {"boxes", APP_ARG_TEXT, &o.boxes, .value = "FILE.csv", .help = "only add the network's boxes to this list, from score 0.02"},
    };
    int status = app_args_parse(argc, argv, "evaluate-detector [OPTION]... DIR|BOXES.csv...",
                                "Recall by face size at equal false boxes: the cascade, the network, both. Of a DIR with "
                                "boxes.csv and images/ the validation part counts, of a BOXES.csv all its pictures.", args,
                                sizeof args / sizeof *args, &rest);
    if (status < 0 || rest.is_help)
        return status;
    if (rest.n == 0)
        return fb_fail(FB_ERR_USAGE, "evaluate-detector: needs a folder or a .csv of boxes; see 'feltlab evaluate-detector "
                                     "--help'");
    return evaluate(&o, &rest);
}

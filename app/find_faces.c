/* See find_faces.h. */
#include "find_faces.h"

#include "paths.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BOXES = 128 };
#define LOW_SHARE 0.5f  /* of the network's threshold: boxes from here on are looked at */
#define SQUARE_SHARE 1.08f /* the cascade's side by the root of a tight box's area: median of 278 faces, 0.12 spread */
#define MIN_SHARE (2.0f / 3) /* of the cascade's smallest face: the network finds smaller ones */
#define SAME_FACE 0.35f /* IoU of two boxes of one face */
/* What MANY_WINDOWS of the cascade add to the network's score; best of eight values on 308 photographs. */
#define CONFIRMED 0.2f
#define MANY_WINDOWS 20.0f

struct app_finder {
    enum app_find_kind kind;
    float sure; /* the network's threshold */
    float min_side_px;
    struct vis_haar *haar;
    struct nn_detector *net;
    struct nn_detection faces[MAX_BOXES];
    struct mon_detection windows[MAX_BOXES];
};

static const char *const names[] = {NULL, "haar", "net", "both"};
_Static_assert(sizeof names / sizeof *names == APP_FIND_KIND_COUNT, "one name per kind");

const char *app_find_name(enum app_find_kind kind)
{
    return kind > APP_FIND_NONE && kind < APP_FIND_KIND_COUNT ? names[kind] : NULL;
}

enum app_find_kind app_find_from_name(const char *name)
{
    for (int i = 1; i < APP_FIND_KIND_COUNT; i++)
        if (!strcmp(names[i], name))
            return (enum app_find_kind)i;
    return APP_FIND_NONE;
}

struct app_find_settings app_default_find_settings(void)
{
    return (struct app_find_settings){.kind = APP_FIND_DEFAULT, .haar = vis_default_haar_settings(),
                                      .network = app_default_detector(), .net = nn_default_detector_settings()};
}

/* Without the pool: its steps are too short to be shared (4.8 ms a picture alone, 5.8 by two threads). */
static int create_net(struct app_finder *finder, const struct app_find_settings *settings)
{
    struct nn_detector_settings net = settings->net;
    int status = nn_detector_create(settings->network, &net, NULL, &finder->net);
    if (status)
        return status;
    finder->sure = nn_detector_info(finder->net)->min_score;
    nn_detector_destroy(&finder->net);
    net.min_score = finder->sure * LOW_SHARE;
    return nn_detector_create(settings->network, &net, NULL, &finder->net);
}

int app_finder_create(const struct app_find_settings *settings, struct fb_pool *pool, struct app_finder **out)
{
    struct app_finder *finder = *out = calloc(1, sizeof *finder);
    if (!finder)
        return fb_fail_nomem("the detect stage", sizeof *finder);
    finder->kind = settings->kind;
    finder->min_side_px = (float)settings->haar.min_face_px * MIN_SHARE;
    int status = FB_OK;
    if (settings->kind != APP_FIND_NET)
        status = vis_haar_create(&settings->haar, pool, &finder->haar);
    if (!status && settings->kind != APP_FIND_HAAR)
        status = create_net(finder, settings);
    if (status)
        app_finder_destroy(out);
    return status;
}

void app_finder_destroy(struct app_finder **finder)
{
    if (!*finder)
        return;
    vis_haar_destroy(&(*finder)->haar);
    nn_detector_destroy(&(*finder)->net);
    free(*finder);
    *finder = NULL;
}

struct mon_box app_find_square(const struct nn_box *face)
{
    float side = SQUARE_SHARE * sqrtf(face->w * face->h);
    float x = face->x + face->w / 2, y = face->y + face->h / 2;
    return (struct mon_box){x - side / 2, y - side / 2, side, side};
}

/* The best score among the cascade's boxes of this face; 0: none. */
static float windows_at(const struct app_finder *finder, int n_windows, const struct mon_box *box)
{
    for (int i = 0; i < n_windows; i++) /* best first */
        if (mon_box_iou(&finder->windows[i].box, box) >= SAME_FACE)
            return finder->windows[i].score;
    return 0;
}

static int compare(const void *a, const void *b)
{
    float left = ((const struct mon_detection *)a)->score, right = ((const struct mon_detection *)b)->score;
    return left < right ? 1 : left > right ? -1 : 0;
}

/* The network's boxes, surer where the cascade's windows agree. */
static int join(const struct app_finder *finder, int n_faces, int n_windows, struct mon_detection *detections)
{
    int n = 0;
    for (int i = 0; i < n_faces; i++) {
        struct mon_box box = app_find_square(&finder->faces[i].box);
        float confirmed = fminf(windows_at(finder, n_windows, &box) / MANY_WINDOWS, 1) * CONFIRMED;
        float score = APP_FIND_SURE * (finder->faces[i].score + confirmed) / finder->sure;
        if (box.w >= finder->min_side_px)
            detections[n++] = (struct mon_detection){.box = box, .score = score};
    }
    qsort(detections, (size_t)n, sizeof *detections, compare);
    return n;
}

int app_finder_run(struct app_finder *finder, const struct fb_frame *frame, struct mon_detection *detections, int max)
{
    int n_windows = 0, n_faces = 0, most = max < MAX_BOXES ? max : MAX_BOXES;
    if (finder->kind == APP_FIND_HAAR)
        return vis_haar_detect(finder->haar, frame, detections, max);
    if (finder->haar)
        n_windows = vis_haar_detect(finder->haar, frame, finder->windows, MAX_BOXES);
    if (n_windows < 0)
        return n_windows;
    n_faces = nn_detector_run(finder->net, frame->y, frame->width, frame->height, frame->y_stride, finder->faces, most);
    return n_faces < 0 ? n_faces : join(finder, n_faces, n_windows, detections);
}

/* See vis/detector.h. The Y plane is scaled down, scanned, and the windows grouped here. */
#include "vis/detector.h"

#include "cv_shim.h"
#include "resample.h"
#include "vis/cascade.h"
#include "window_group.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

enum { SHRINK_ROWS = 64 }; /* a worker's share */

struct vis_haar {
    struct vis_haar_settings settings;
    struct vis_cascade *own; /* by engine, one of the two */
    struct cv_shim_cascade *opencv;
    int min_px, max_px;             /* what own is set to */
    struct vis_cascade_box *boxes;  /* (VIS_GROUP_MAX_WINDOWS) own's windows */
    struct cv_shim_window *windows; /* (VIS_GROUP_MAX_WINDOWS) the same for grouping */
    struct vis_window_groups *groups;
    struct fb_pool *pool;
    uint8_t *small; /* the scaled picture; grows to the largest frame seen */
    size_t small_bytes;
};

struct view {
    const uint8_t *grey;
    int width, height, stride;
    float scale_x, scale_y; /* frame px per px of this view */
};

struct vis_haar_settings vis_default_haar_settings(void)
{
    return (struct vis_haar_settings){
        .scale_factor = 1.15f,
        .min_neighbours = 3,
        .min_face_px = 30,
        .max_face_share = 1.0f,
        .max_side_px = 800,
    };
}

static int find_cascade(const char **path)
{
    static const char *const places[] = {
        "/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml",
        "/usr/share/opencv/haarcascades/haarcascade_frontalface_default.xml",
        "/usr/local/share/opencv4/haarcascades/haarcascade_frontalface_default.xml",
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (access(places[i], R_OK) == 0) {
            *path = places[i];
            return FB_OK;
        }
    }
    return fb_fail(FB_ERR_INPUT, "%s: not found; install the package opencv-data", places[0]);
}

static int check_settings(const struct vis_haar_settings *s)
{
    if (!(s->scale_factor >= 1.01f && s->scale_factor <= 2.0f))
        return fb_fail(FB_ERR_USAGE, "cascade scale factor %g; must be 1.01 to 2",
                       (double)s->scale_factor);
    if (s->min_neighbours < 0)
        return fb_fail(FB_ERR_USAGE, "cascade neighbours %d; must be 0 or more", s->min_neighbours);
    if (s->min_face_px < 1 || s->max_side_px < 64 || s->max_side_px > FB_FRAME_MAX_SIDE)
        return fb_fail(FB_ERR_USAGE,
                       "smallest face %d px, longest side %d px; must be 1 or more, 64 to %d",
                       s->min_face_px, s->max_side_px, FB_FRAME_MAX_SIDE);
    if (!(s->max_face_share > 0.0f && s->max_face_share <= 1.0f))
        return fb_fail(FB_ERR_USAGE, "largest face %g of the height; must be above 0, at most 1",
                       (double)s->max_face_share);
    return FB_OK;
}

static int load_own(struct vis_haar *haar, const char *path, struct fb_pool *pool)
{
    struct vis_cascade_settings settings = vis_default_cascade_settings();
    settings.scale_factor = (double)haar->settings.scale_factor;
    settings.min_neighbours = 0;
    haar->boxes = malloc(VIS_GROUP_MAX_WINDOWS * sizeof *haar->boxes);
    haar->windows = malloc(VIS_GROUP_MAX_WINDOWS * sizeof *haar->windows);
    if (!haar->boxes || !haar->windows)
        return fb_fail_nomem("the cascade's windows", VIS_GROUP_MAX_WINDOWS * sizeof *haar->boxes);
    return vis_cascade_create(path, &settings, pool, &haar->own);
}

static int load_cascade(struct vis_haar *haar, struct fb_pool *pool)
{
    const char *path = haar->settings.cascade;
    if (!path) {
        int status = find_cascade(&path);
        if (status)
            return status;
    } else if (access(path, R_OK) != 0) {
        return fb_fail(FB_ERR_INPUT,
                       "%s: no such cascade; the package opencv-data brings them in "
                       "/usr/share/opencv4/haarcascades",
                       path);
    }
    haar->settings.cascade = NULL; /* the caller's string, not needed again */
    return haar->settings.engine == VIS_HAAR_OPENCV ? cv_shim_cascade_load(path, &haar->opencv)
                                                    : load_own(haar, path, pool);
}

int vis_haar_create(const struct vis_haar_settings *settings, struct fb_pool *pool,
                    struct vis_haar **out)
{
    *out = NULL;
    int status = check_settings(settings);
    if (status)
        return status;
    struct vis_haar *haar = calloc(1, sizeof *haar);
    if (!haar)
        return fb_fail_nomem("the face cascade", sizeof *haar);
    haar->settings = *settings;
    haar->pool = pool;
    status = load_cascade(haar, pool);
    if (!status)
        status = vis_window_groups_create(&haar->groups);
    if (status) {
        vis_haar_destroy(&haar);
        return status;
    }
    *out = haar;
    return FB_OK;
}

void vis_haar_destroy(struct vis_haar **haar)
{
    if (!*haar)
        return;
    vis_cascade_destroy(&(*haar)->own);
    cv_shim_cascade_free(&(*haar)->opencv);
    free((*haar)->boxes);
    free((*haar)->windows);
    vis_window_groups_destroy(&(*haar)->groups);
    free((*haar)->small);
    free(*haar);
    *haar = NULL;
}

static int scaled(int length, float scale)
{
    int n = (int)lrintf((float)length / scale);
    return n < 1 ? 1 : n;
}

static int reserve_small(struct vis_haar *haar, size_t n_bytes)
{
    if (n_bytes <= haar->small_bytes)
        return FB_OK;
    uint8_t *grown = realloc(haar->small, n_bytes);
    if (!grown)
        return fb_fail_nomem("the cascade's picture", n_bytes);
    haar->small = grown;
    haar->small_bytes = n_bytes;
    return FB_OK;
}

struct shrinking {
    struct vis_grey from, to;
    uint8_t *pixels;
};

static void shrink_band(void *user, int band, int worker)
{
    const struct shrinking *work = user;
    struct vis_part whole = {0, 0, (float)work->from.width, (float)work->from.height};
    int first = band * SHRINK_ROWS, end = first + SHRINK_ROWS;
    (void)worker;
    vis_resample(&work->from, &whole, work->to.width, work->to.height, first,
                 end < work->to.height ? end : work->to.height, work->pixels, work->to.stride);
}

static int shrink(struct vis_haar *haar, const struct fb_frame *frame, struct view *view)
{
    int side = frame->width > frame->height ? frame->width : frame->height;
    *view = (struct view){frame->y, frame->width, frame->height, frame->y_stride, 1.0f, 1.0f};
    if (side <= haar->settings.max_side_px)
        return FB_OK;
    float scale = (float)side / (float)haar->settings.max_side_px;
    view->width = view->stride = scaled(frame->width, scale);
    view->height = scaled(frame->height, scale);
    view->scale_x = (float)frame->width / (float)view->width;
    view->scale_y = (float)frame->height / (float)view->height;
    int status = reserve_small(haar, (size_t)view->width * (size_t)view->height);
    if (status)
        return status;
    view->grey = haar->small;
    struct shrinking work = {
        .from = {frame->y, frame->width, frame->height, frame->y_stride},
        .to = {haar->small, view->width, view->height, view->stride},
        .pixels = haar->small,
    };
    fb_pool_run(haar->pool, (view->height + SHRINK_ROWS - 1) / SHRINK_ROWS, shrink_band, &work);
    return FB_OK;
}

static int scan_own(struct vis_haar *haar, const struct view *view, int min_px, int max_px,
                    const struct cv_shim_window **windows)
{
    int status = FB_OK;
    if (min_px != haar->min_px || max_px != haar->max_px)
        status = vis_cascade_set_range(haar->own, min_px, max_px);
    if (status)
        return status;
    haar->min_px = min_px;
    haar->max_px = max_px;
    int n = vis_cascade_detect(haar->own, view->grey, view->width, view->height, view->stride,
                               haar->boxes, VIS_GROUP_MAX_WINDOWS);
    for (int i = 0; i < n; i++) {
        const struct vis_cascade_box *box = &haar->boxes[i];
        haar->windows[i] =
            (struct cv_shim_window){box->x, box->y, box->w, box->h, (double)box->score};
    }
    *windows = haar->windows;
    return n;
}

static int scan(struct vis_haar *haar, const struct view *view,
                const struct cv_shim_window **windows)
{
    int window_px =
        haar->own ? vis_cascade_window_px(haar->own) : cv_shim_cascade_window_px(haar->opencv);
    if (view->width < window_px || view->height < window_px)
        return 0;
    int min_px = scaled(haar->settings.min_face_px, view->scale_x);
    int max_px = (int)((float)view->height * haar->settings.max_face_share);
    max_px = max_px < window_px ? window_px : max_px;
    min_px = min_px > max_px ? max_px : min_px;
    if (haar->own)
        return scan_own(haar, view, min_px, max_px, windows);
    return cv_shim_cascade_scan(haar->opencv, view->grey, view->width, view->height, view->stride,
                                (double)haar->settings.scale_factor, min_px, max_px, windows);
}

int vis_haar_detect(struct vis_haar *haar, const struct fb_frame *frame,
                    struct mon_detection *detections, int max)
{
    struct view view;
    int status = shrink(haar, frame, &view);
    if (status)
        return status;
    const struct cv_shim_window *windows = NULL;
    int n = scan(haar, &view, &windows);
    if (n <= 0)
        return n;
    n = vis_window_groups_find(haar->groups, windows, n, haar->settings.min_neighbours, detections,
                               max);
    for (int i = 0; i < n; i++) {
        struct mon_box *box = &detections[i].box;
        *box = (struct mon_box){box->x * view.scale_x, box->y * view.scale_y, box->w * view.scale_x,
                                box->h * view.scale_y};
    }
    return n;
}

/* The demo class as a source: a camera that keeps real time (paced), or a file that is read as fast
 * as it goes (unpaced, seekable). See vis/demo.h and scene.h. */
#include "../source_backend.h"
#include "scene.h"
#include "truth.h"

#include "base/clock.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_SIDE = 120, MAX_SIDE = 4096 };

struct demo {
    struct demo_scene *scene;
    int64_t index;    /* of the next frame */
    int64_t n_frames; /* INT64_MAX: endless */
    int64_t start_ns; /* paced: when frame 0 was due; 0 before the first read */
};

_Static_assert(VIS_DEMO_MAX_STUDENTS == DEMO_MAX_STUDENTS, "one limit");

static bool class_matches(const struct vis_spec *spec)
{
    return strcmp(spec->text, "demo") == 0;
}

static int check(const struct vis_source_settings *s)
{
    if (s->n_faces < 1 || s->n_faces > DEMO_MAX_STUDENTS)
        return fb_fail(FB_ERR_USAGE, "demo class of %d students; 1 to %d are possible", s->n_faces,
                       DEMO_MAX_STUDENTS);
    if (s->width < MIN_SIDE || s->height < MIN_SIDE || s->width > MAX_SIDE || s->height > MAX_SIDE)
        return fb_fail(FB_ERR_USAGE, "demo class of %dx%d px; sides must be %d to %d px", s->width,
                       s->height, MIN_SIDE, MAX_SIDE);
    return FB_OK;
}

static void set_info(struct vis_source *source, const struct demo *demo)
{
    const struct vis_source_settings *s = &source->settings;
    struct vis_source_info *info = &source->info;
    info->width = s->width;
    info->height = s->height;
    info->fps = s->fps;
    info->is_live = s->is_paced;
    info->is_seekable = !s->is_paced;
    if (demo->n_frames != INT64_MAX)
        info->duration_ns = llrint((double)demo->n_frames / s->fps * FB_NS_PER_S);
    snprintf(info->name, sizeof info->name, "demo class");
    snprintf(info->detail, sizeof info->detail, "%d drawn students, seed %llu, %dx%d@%g",
             s->n_faces, (unsigned long long)s->seed, s->width, s->height, s->fps);
}

static int class_open(struct vis_source *source, const struct vis_spec *spec)
{
    const struct vis_source_settings *s = &source->settings;
    char path[PATH_MAX];
    (void)spec;
    int status = check(s);
    if (status != FB_OK)
        return status;
    struct demo *demo = calloc(1, sizeof *demo);
    source->state = demo;
    if (!demo)
        return fb_fail_nomem("the demo class", sizeof *demo);
    demo->n_frames = s->duration_s > 0.0 ? (int64_t)ceil(s->duration_s * s->fps) : INT64_MAX;
    snprintf(path, sizeof path, "%s/faces.fbb", s->assets_dir ? s->assets_dir : "assets");
    struct demo_layout layout = demo_layout_make(s->width, s->height, s->n_faces, s->seed);
    layout.is_hard = s->is_hard;
    status = demo_scene_create(path, &layout, s->seed, &demo->scene);
    if (status != FB_OK)
        return fb_fail_context(status, "demo class");
    set_info(source, demo);
    return FB_OK;
}

static void class_close(struct vis_source *source)
{
    struct demo *demo = source->state;
    if (demo)
        demo_scene_destroy(&demo->scene);
    free(demo);
}

static int64_t time_of(const struct vis_source *source, int64_t index)
{
    return llrint((double)index / source->settings.fps * FB_NS_PER_S);
}

/* As a camera: frames that were due while nobody read are lost, and the last one due is given, or
 * the next one waited for. False: not within the time-out. */
static bool keep_time(struct vis_source *source, struct demo *demo)
{
    int64_t now_ns = fb_clock_now_ns();
    if (!demo->start_ns)
        demo->start_ns = now_ns;
    int64_t due =
        (int64_t)floor((double)(now_ns - demo->start_ns) * source->settings.fps / FB_NS_PER_S);
    if (due >= demo->n_frames)
        due = demo->n_frames; /* the end */
    if (due > demo->index) {
        source->n_lost += due - demo->index;
        demo->index = due;
    }
    int64_t due_ns = demo->start_ns + time_of(source, demo->index);
    int64_t patience_ns = now_ns + source->settings.timeout_ms * FB_NS_PER_MS;
    fb_clock_sleep_until_ns(due_ns < patience_ns ? due_ns : patience_ns);
    return due_ns <= patience_ns;
}

static int class_read(struct vis_source *source, struct fb_frame_pool *pool,
                      struct fb_frame **frame)
{
    struct demo *demo = source->state;
    bool is_paced = source->settings.is_paced;
    if (demo->index >= demo->n_frames)
        return VIS_READ_END;
    if (is_paced && !keep_time(source, demo))
        return VIS_READ_NONE;
    if (demo->index >= demo->n_frames)
        return VIS_READ_END;
    int result = vis_source_acquire(source, pool, frame);
    if (result == VIS_READ_NONE && is_paced) {
        demo->index++;
        source->n_lost++;
    }
    if (result != VIS_READ_FRAME)
        return result;
    int64_t pts_ns = time_of(source, demo->index);
    (*frame)->index = demo->index++;
    (*frame)->pts_ns = pts_ns;
    (*frame)->capture_ns = is_paced ? demo->start_ns + pts_ns : fb_clock_now_ns();
    demo_scene_draw(demo->scene, (double)pts_ns / FB_NS_PER_S, *frame);
    return VIS_READ_FRAME;
}

static int class_seek(struct vis_source *source, int64_t pts_ns)
{
    struct demo *demo = source->state;
    int64_t index =
        pts_ns <= 0 ? 0 : (int64_t)((double)pts_ns * source->settings.fps / FB_NS_PER_S);
    while (time_of(source, index + 1) <= pts_ns) /* either way a rounding may have gone */
        index++;
    while (index > 0 && time_of(source, index) > pts_ns)
        index--;
    demo->index = index < demo->n_frames ? index : demo->n_frames - 1;
    return FB_OK;
}

int vis_demo_truth(const struct vis_source *source, int64_t pts_ns,
                   struct vis_demo_student *students, int max)
{
    if (source->info.kind != VIS_SOURCE_DEMO)
        return fb_fail(FB_ERR_USAGE, "%s: only the demo class knows the truth", source->info.name);
    const struct demo *demo = source->state;
    struct vis_demo_student all[DEMO_MAX_STUDENTS];
    int n = source->settings.n_faces < max ? source->settings.n_faces : max;
    demo_truth_at(demo_scene_layout(demo->scene), source->settings.seed,
                  (double)pts_ns / FB_NS_PER_S, all);
    if (n > 0)
        memcpy(students, all, (size_t)n * sizeof *students);
    return n < 0 ? 0 : n;
}

const struct vis_backend vis_demo_backend = {
    .kind = VIS_SOURCE_DEMO,
    .matches = class_matches,
    .open = class_open,
    .read = class_read,
    .seek = class_seek,
    .close = class_close,
};

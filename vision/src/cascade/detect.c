/* See vis/cascade.h: chooses the kernel, owns the memory, spreads levels and strips over the pool.
 * A frame takes two loops over the pool: resize (bands of all levels), then scan (strips of all
 * levels, the largest level first, so that the last items are small ones). */
#include "vis/cascade.h"
#include "base/frame.h"
#include "group.h"
#include "kernel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BAND_ROWS 64
#define MAX_HITS (1 << 16) /* per worker */

struct item {
    int level, part;
};

struct vis_cascade {
    /* immutable */
    struct vis_cascade_settings settings;
    struct cas_model model;
    enum vis_cascade_kernel kernel_name;
    const struct cas_kernel *kernel;
    void *state; /* the kernel's */
    struct fb_pool *pool;
    int n_workers;
    struct cas_hits *hits;         /* n_workers; items allocated once */
    struct vis_cascade_box *boxes; /* MAX_HITS * n_workers */
    void *group_scratch;
    /* for one picture size; rebuilt by prepare */
    int width, height;
    int n_levels;
    struct cas_level levels[CAS_MAX_LEVELS];
    void *level_memory;
    unsigned char *scratch; /* n_workers * scratch_bytes */
    size_t scratch_bytes;
    struct item *bands, *strips;
    int n_bands, n_strips;
    /* of the frame */
    const uint8_t *picture;
    int stride;
    int n_windows;
};

struct vis_cascade_settings vis_default_cascade_settings(void)
{
    return (struct vis_cascade_settings){
        .scale_factor = 1.1, .min_px = 30, .min_neighbours = 4, .group_distance = 0.2};
}

const char *vis_cascade_kernel_name(enum vis_cascade_kernel kernel)
{
    static const char *const names[] = {"automatic", "plain", "avx2", "avx512"};
    _Static_assert(sizeof names / sizeof *names == VIS_CASCADE_KERNEL_COUNT, "a name for each");
    return (unsigned)kernel < VIS_CASCADE_KERNEL_COUNT ? names[kernel] : "unknown";
}

static int check_settings(const struct vis_cascade_settings *settings)
{
    if (!(settings->scale_factor >= 1.01 && settings->scale_factor <= 10))
        return fb_fail(FB_ERR_USAGE, "cascade: scale factor %g; use 1.01 to 10",
                       settings->scale_factor);
    if (settings->min_px < 0 || settings->max_px < 0 ||
        (settings->max_px && settings->max_px < settings->min_px))
        return fb_fail(FB_ERR_USAGE, "cascade: window sizes from %d to %d px; use 0 <= min <= max",
                       settings->min_px, settings->max_px);
    if (settings->min_neighbours < 0 ||
        !(settings->group_distance >= 0 && settings->group_distance <= 1))
        return fb_fail(FB_ERR_USAGE, "cascade: %d neighbours at distance %g; use >= 0 and 0 to 1",
                       settings->min_neighbours, settings->group_distance);
    if ((unsigned)settings->kernel >= VIS_CASCADE_KERNEL_COUNT)
        return fb_fail(FB_ERR_USAGE, "cascade: kernel %d; use 0 to %d", (int)settings->kernel,
                       VIS_CASCADE_KERNEL_COUNT - 1);
    return FB_OK;
}

static const struct kernel_choice {
    enum vis_cascade_kernel name;
    const struct cas_kernel *kernel;
    bool (*is_available)(void); /* NULL: everywhere */
} choices[] = {
    /* fastest first */
    {VIS_CASCADE_KERNEL_AVX512, &cas_kernel_avx512, cas_has_avx512},
    {VIS_CASCADE_KERNEL_AVX2, &cas_kernel_avx2, cas_has_avx2},
    {VIS_CASCADE_KERNEL_PLAIN, &cas_kernel_plain, NULL},
};

/* The one wanted, or the fastest that is available and can evaluate this cascade. */
static int choose_kernel(struct vis_cascade *cascade)
{
    enum vis_cascade_kernel wanted = cascade->settings.kernel;
    int status = FB_ERR_USAGE;
    for (size_t i = 0; i < sizeof choices / sizeof *choices && status == FB_ERR_USAGE; i++) {
        if (wanted && wanted != choices[i].name)
            continue;
        cascade->kernel_name = choices[i].name;
        cascade->kernel = choices[i].kernel;
        status = choices[i].is_available && !choices[i].is_available()
                     ? fb_fail(FB_ERR_USAGE, "this processor cannot run the cascade kernel \"%s\"",
                               vis_cascade_kernel_name(choices[i].name))
                     : cascade->kernel->create(&cascade->model, &cascade->state);
    }
    return status;
}

static int allocate_hits(struct vis_cascade *cascade)
{
    size_t n = (size_t)cascade->n_workers * MAX_HITS;
    cascade->hits = calloc((size_t)cascade->n_workers, sizeof *cascade->hits);
    cascade->boxes = calloc(n, sizeof *cascade->boxes);
    cascade->group_scratch = calloc(1, cas_group_bytes((int)n));
    if (!cascade->hits || !cascade->boxes || !cascade->group_scratch)
        return fb_fail_nomem("a cascade's windows", n * sizeof *cascade->boxes);
    for (int i = 0; i < cascade->n_workers; i++) {
        cascade->hits[i].items = calloc(MAX_HITS, sizeof *cascade->hits[i].items);
        if (!cascade->hits[i].items)
            return fb_fail_nomem("a cascade's windows", MAX_HITS * sizeof *cascade->hits[i].items);
        cascade->hits[i].capacity = MAX_HITS;
    }
    return FB_OK;
}

int vis_cascade_create(const char *path, const struct vis_cascade_settings *settings,
                       struct fb_pool *pool, struct vis_cascade **out)
{
    *out = NULL;
    int status = check_settings(settings);
    if (status)
        return status;
    struct vis_cascade *cascade = calloc(1, sizeof *cascade);
    if (!cascade)
        return fb_fail_nomem("a cascade", sizeof *cascade);
    cascade->settings = *settings;
    cascade->pool = pool;
    cascade->n_workers = fb_pool_n_threads(pool);
    status = cas_model_load(&cascade->model, path);
    if (!status)
        status = choose_kernel(cascade);
    if (!status)
        status = allocate_hits(cascade);
    if (status)
        vis_cascade_destroy(&cascade);
    *out = cascade;
    return status;
}

static void release_size(struct vis_cascade *cascade)
{
    free(cascade->level_memory);
    free(cascade->scratch);
    free(cascade->bands);
    free(cascade->strips);
    cascade->level_memory = cascade->scratch = NULL;
    cascade->bands = cascade->strips = NULL;
    cascade->width = cascade->height = cascade->n_levels = cascade->n_bands = cascade->n_strips = 0;
}

void vis_cascade_destroy(struct vis_cascade **cascade_ptr)
{
    struct vis_cascade *cascade = *cascade_ptr;
    if (!cascade)
        return;
    release_size(cascade);
    if (cascade->state)
        cascade->kernel->destroy(&cascade->state);
    for (int i = 0; cascade->hits && i < cascade->n_workers; i++)
        free(cascade->hits[i].items);
    free(cascade->hits);
    free(cascade->boxes);
    free(cascade->group_scratch);
    cas_model_finish(&cascade->model);
    free(cascade);
    *cascade_ptr = NULL;
}

int vis_cascade_set_range(struct vis_cascade *cascade, int min_px, int max_px)
{
    struct vis_cascade_settings settings = cascade->settings;
    settings.min_px = min_px;
    settings.max_px = max_px;
    int status = check_settings(&settings);
    if (status)
        return status;
    cascade->settings = settings;
    release_size(cascade);
    return FB_OK;
}

int vis_cascade_window_px(const struct vis_cascade *cascade)
{
    return cascade->model.window_w > cascade->model.window_h ? cascade->model.window_w
                                                             : cascade->model.window_h;
}

static int n_bands_of(const struct cas_level *level)
{
    return (level->height + BAND_ROWS - 1) / BAND_ROWS;
}

static int list_items(struct vis_cascade *cascade)
{
    for (int i = 0; i < cascade->n_levels; i++) {
        cascade->n_bands += n_bands_of(&cascade->levels[i]);
        cascade->n_strips += cascade->kernel->n_strips(cascade->state, &cascade->levels[i]);
    }
    cascade->bands = calloc((size_t)cascade->n_bands + 1, sizeof *cascade->bands);
    cascade->strips = calloc((size_t)cascade->n_strips + 1, sizeof *cascade->strips);
    if (!cascade->bands || !cascade->strips)
        return fb_fail_nomem("a cascade's work list", sizeof(struct item));
    struct item *band = cascade->bands, *strip = cascade->strips;
    for (int i = 0; i < cascade->n_levels; i++) {
        for (int part = 0; part < n_bands_of(&cascade->levels[i]); part++)
            *band++ = (struct item){i, part};
        int n = cascade->kernel->n_strips(cascade->state, &cascade->levels[i]);
        for (int part = 0; part < n; part++)
            *strip++ = (struct item){i, part};
    }
    return FB_OK;
}

static int allocate_size(struct vis_cascade *cascade, int width, int height)
{
    cascade->n_levels =
        cas_levels_plan(&cascade->model, &cascade->settings, width, height, cascade->levels);
    size_t level_bytes = cas_levels_bytes(cascade->levels, cascade->n_levels) + 64;
    cascade->level_memory = calloc(1, level_bytes);
    if (!cascade->level_memory)
        return fb_fail_nomem("a picture's levels", level_bytes);
    cas_levels_bind(cascade->levels, cascade->n_levels, width, height, cascade->level_memory);
    cascade->scratch_bytes =
        (cascade->kernel->scratch_bytes(cascade->state, cascade->levels, cascade->n_levels) + 127) /
        64 * 64;
    size_t n_bytes = cascade->scratch_bytes * (size_t)cascade->n_workers;
    cascade->scratch = aligned_alloc(64, n_bytes);
    if (!cascade->scratch)
        return fb_fail_nomem("a cascade's scratch", n_bytes);
    memset(cascade->scratch, 0, n_bytes);
    return list_items(cascade);
}

int vis_cascade_prepare(struct vis_cascade *cascade, int width, int height)
{
    if (width == cascade->width && height == cascade->height)
        return FB_OK;
    if (width < 1 || height < 1 || width > FB_FRAME_MAX_SIDE || height > FB_FRAME_MAX_SIDE)
        return fb_fail(FB_ERR_USAGE, "cascade: a picture of %d x %d px; sides of 1 to %d are read",
                       width, height, FB_FRAME_MAX_SIDE);
    release_size(cascade);
    int status = allocate_size(cascade, width, height);
    if (status) {
        release_size(cascade);
        return status;
    }
    cascade->width = width;
    cascade->height = height;
    return FB_OK;
}

static void resize_band(void *user, int i, int worker)
{
    const struct vis_cascade *cascade = user;
    const struct cas_level *level = &cascade->levels[cascade->bands[i].level];
    int first = cascade->bands[i].part * BAND_ROWS, end = first + BAND_ROWS;
    (void)worker;
    cascade->kernel->resize(level, cascade->picture, cascade->stride, first,
                            end < level->height ? end : level->height);
}

static void scan_strip(void *user, int i, int worker)
{
    const struct vis_cascade *cascade = user;
    const struct item *item = &cascade->strips[i];
    cascade->kernel->scan(cascade->state, &cascade->levels[item->level], item->level, item->part,
                          cascade->scratch + cascade->scratch_bytes * (size_t)worker,
                          &cascade->hits[worker]);
}

static int collect_windows(const struct vis_cascade *cascade)
{
    int n = 0;
    for (int worker = 0; worker < cascade->n_workers; worker++)
        for (int i = 0; i < cascade->hits[worker].n; i++) {
            const struct cas_hit *hit = &cascade->hits[worker].items[i];
            const struct cas_level *level = &cascade->levels[hit->level];
            cascade->boxes[n++] = (struct vis_cascade_box){
                .x = (int)lrintf((float)hit->x * level->scale),
                .y = (int)lrintf((float)hit->y * level->scale),
                .w = level->window_w,
                .h = level->window_h,
                .n_neighbours = 1,
                .score = hit->score,
            };
        }
    return n;
}

/* Rounding may put an edge a pixel outside. */
static void clip(struct vis_cascade_box *box, int width, int height)
{
    int right = box->x + box->w, bottom = box->y + box->h;
    box->x = box->x > 0 ? box->x : 0;
    box->y = box->y > 0 ? box->y : 0;
    box->w = (right < width ? right : width) - box->x;
    box->h = (bottom < height ? bottom : height) - box->y;
}

int vis_cascade_detect(struct vis_cascade *cascade, const uint8_t *grey, int width, int height,
                       int stride, struct vis_cascade_box *boxes, int max)
{
    int status = vis_cascade_prepare(cascade, width, height);
    if (status)
        return status;
    cascade->picture = grey;
    cascade->stride = stride;
    for (int i = 0; i < cascade->n_workers; i++)
        cascade->hits[i].n = cascade->hits[i].n_lost = 0;
    fb_pool_run(cascade->pool, cascade->n_bands, resize_band, cascade);
    fb_pool_run(cascade->pool, cascade->n_strips, scan_strip, cascade);
    cascade->n_windows = collect_windows(cascade);
    int n = cas_group(cascade->boxes, cascade->n_windows, cascade->settings.min_neighbours,
                      cascade->settings.group_distance, cascade->group_scratch);
    cas_sort_boxes(cascade->boxes, n);
    n = n < max ? n : max;
    for (int i = 0; i < n; i++) {
        boxes[i] = cascade->boxes[i];
        clip(&boxes[i], width, height);
    }
    return n;
}

int vis_cascade_n_windows(const struct vis_cascade *cascade)
{
    return cascade->n_windows;
}

int vis_cascade_n_lost(const struct vis_cascade *cascade)
{
    int n = 0;
    for (int i = 0; i < cascade->n_workers; i++)
        n += cascade->hits[i].n_lost;
    return n;
}

enum vis_cascade_kernel vis_cascade_kernel(const struct vis_cascade *cascade)
{
    return cascade->kernel_name;
}

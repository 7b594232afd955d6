/* See face_pictures.h. */
#include "face_pictures.h"

#include "cli.h"
#include "vis/image.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 4096 };

struct loading {
    struct nn_faces *faces; /* each picture is one worker's */
    const char *folder;
    enum app_face_part part;
    atomic_int status, n_done;
    char error[FB_ERROR_TEXT_BYTES]; /* written by the one that set status */
};

static int load_one(struct loading *loading, int picture)
{
    char path[PATH_BYTES];
    struct fb_frame_pool *pool;
    struct fb_frame *frame;
    const char *file = loading->faces->pictures[picture].file;
    if (snprintf(path, sizeof path, "%s/%s", loading->folder, file) >= PATH_BYTES)
        return fb_fail(FB_ERR_INPUT, "%s: too long a path", file);
    int status = vis_image_load(path, &pool, &frame);
    if (status)
        return status;
    status = nn_faces_set_pixels(loading->faces, picture, frame->y, frame->width, frame->height, frame->y_stride);
    fb_frame_unref(&frame);
    fb_frame_pool_destroy(&pool);
    return status;
}

static void load_item(void *user, int picture, int worker)
{
    struct loading *loading = user;
    if (atomic_load(&loading->status) ||
        (loading->part == APP_FACES_VALID && !loading->faces->pictures[picture].is_valid_split))
        return;
    int status = app_is_interrupted() ? fb_fail(FB_ERR_INTERRUPTED, "interrupted") : load_one(loading, picture), none = 0;
    if (status && atomic_compare_exchange_strong(&loading->status, &none, status))
        snprintf(loading->error, sizeof loading->error, "%s", fb_error_text());
    int n = atomic_fetch_add(&loading->n_done, 1) + 1;
    if (worker == 0)
        app_progress("pictures", n, loading->faces->n_pictures);
}

int app_faces_load(const char *csv, const char *folder, enum app_face_part part, struct fb_pool *pool,
                   struct nn_faces **out)
{
    struct loading loading = {.folder = folder, .part = part};
    int status = nn_faces_read(csv, out);
    if (status)
        return status;
    loading.faces = *out;
    fb_pool_run(pool, (*out)->n_pictures, load_item, &loading);
    app_progress_end();
    status = atomic_load(&loading.status);
    if (!status)
        return FB_OK;
    nn_faces_destroy(out);
    return fb_fail(status, "%s", loading.error);
}

int app_faces_load_folder(const char *dir, enum app_face_part part, struct fb_pool *pool, struct nn_faces **out)
{
    char csv[PATH_BYTES], folder[PATH_BYTES];
    *out = NULL;
    if (snprintf(csv, sizeof csv, "%s/boxes.csv", dir) >= PATH_BYTES ||
        snprintf(folder, sizeof folder, "%s/images", dir) >= PATH_BYTES)
        return fb_fail(FB_ERR_USAGE, "--data is too long a path");
    return app_faces_load(csv, folder, part, pool, out);
}

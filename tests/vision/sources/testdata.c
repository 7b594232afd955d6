/* See testdata.h. */
#include "testdata.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
    (void)stat;
    (void)type;
    (void)ftw;
    return remove(path);
}

static pid_t owner;
static void remove_folder(void)
{
    if (getpid() == owner)
        nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *testdata_path(const char *name)
{
    static char paths[8][PATH_MAX];
    static int next;
    if (!*folder) {
        snprintf(folder, sizeof folder, "/tmp/feltboard-test-XXXXXX");
        if (!mkdtemp(folder))
            abort();
        owner = getpid();
        atexit(remove_folder);
    }
    char *path = paths[next++ % 8];
    snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return path;
}

void testdata_write(const char *name, const void *bytes, size_t n_bytes)
{
    FILE *file = fopen(testdata_path(name), "wb");
    if (!file || fwrite(bytes, 1, n_bytes, file) != n_bytes || fclose(file))
        abort();
}

unsigned char *testdata_read(const char *path, size_t *n_bytes)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    *n_bytes = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*n_bytes + 1);
    if (!bytes || fread(bytes, 1, *n_bytes, file) != *n_bytes)
        abort();
    fclose(file);
    return bytes;
}

void testdata_truncate(const char *from, const char *to, double share)
{
    size_t n_bytes;
    unsigned char *bytes = testdata_read(testdata_path(from), &n_bytes);
    if (!bytes)
        abort();
    testdata_write(to, bytes, (size_t)((double)n_bytes * share));
    free(bytes);
}

void testdata_fill(struct fb_frame *frame, int y, int u, int v)
{
    size_t uv_bytes = (size_t)frame->uv_stride * (size_t)((frame->height + 1) / 2);
    memset(frame->y, y, (size_t)frame->y_stride * (size_t)frame->height);
    memset(frame->u, u, uv_bytes);
    memset(frame->v, v, uv_bytes);
}

double testdata_mean(const uint8_t *plane, int stride, int width, int height)
{
    double sum = 0;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            sum += plane[y * stride + x];
    return sum / width / height;
}

static int write_frames(struct vis_recorder *recorder, struct fb_frame *frame,
                        const int64_t *pts_ns, int n)
{
    int status = FB_OK;
    for (int i = 0; i < n && status == FB_OK; i++) {
        testdata_fill(frame, 16 * i % 256, 128, 128);
        status = vis_recorder_write(recorder, frame, pts_ns[i]);
    }
    return status;
}

int testdata_record(const char *path, int width, int height, const int64_t *pts_ns, int n)
{
    struct vis_recorder_settings settings = vis_default_recorder_settings();
    settings.width = width;
    settings.height = height;
    struct vis_recorder *recorder;
    int status = vis_recorder_open(path, &settings, &recorder);
    if (status != FB_OK)
        return status;
    struct fb_frame_pool *pool;
    status = fb_frame_pool_create(1, width, height, &pool);
    if (status == FB_OK) {
        struct fb_frame *frame = fb_frame_acquire(pool);
        status = write_frames(recorder, frame, pts_ns, n);
        fb_frame_unref(&frame);
        fb_frame_pool_destroy(&pool);
    }
    int close_status = vis_recorder_close(&recorder);
    return status != FB_OK ? status : close_status;
}

int testdata_open(const char *spec, struct vis_source **source)
{
    struct vis_source_settings settings = vis_default_source_settings();
    return vis_source_open(spec, &settings, source);
}

int testdata_read_all(struct vis_source *source, int64_t *pts_ns, int *grey, int max)
{
    const struct vis_source_info *info = vis_source_info(source);
    struct fb_frame_pool *pool;
    int n = 0, result = fb_frame_pool_create(2, info->width, info->height, &pool);
    struct fb_frame *frame;
    while (result >= 0 && (result = vis_source_read(source, pool, &frame)) == VIS_READ_FRAME) {
        if (n < max && pts_ns)
            pts_ns[n] = frame->pts_ns;
        if (n < max && grey)
            grey[n] = frame->y[0];
        n++;
        fb_frame_unref(&frame);
    }
    fb_frame_pool_destroy(&pool);
    return result < 0 ? result : n;
}

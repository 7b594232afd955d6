/* Writes a stretch of the demo class as a video, for the benchmarks:
 *   demo_video FILE.mkv FACES WIDTH HEIGHT SECONDS SEED [hard] */
#include "../vision/demo/demo_class.h"

#include "vis/recorder.h"

#include <stdio.h>
#include <stdlib.h>

static int copy_frames(struct vis_source *source, struct vis_recorder *recorder,
                       struct fb_frame_pool *pool)
{
    struct fb_frame *frame = NULL;
    int status;
    while ((status = vis_source_read(source, pool, &frame)) == VIS_READ_FRAME) {
        status = vis_recorder_write(recorder, frame, frame->pts_ns);
        fb_frame_unref(&frame);
        if (status)
            break;
    }
    return status < 0 ? status : FB_OK;
}

int main(int argc, char **argv)
{
    if (argc < 7) {
        fprintf(stderr, "usage: demo_video FILE.mkv FACES WIDTH HEIGHT SECONDS SEED [hard]\n");
        return 2;
    }
    struct vis_source_settings settings = demo_class_settings(strtoull(argv[6], NULL, 10));
    settings.n_faces = atoi(argv[2]);
    settings.width = atoi(argv[3]);
    settings.height = atoi(argv[4]);
    settings.duration_s = atof(argv[5]);
    settings.is_hard = argc > 7;
    struct vis_recorder_settings recorder_settings = vis_default_recorder_settings();
    recorder_settings.width = settings.width;
    recorder_settings.height = settings.height;
    struct vis_source *source = NULL;
    struct vis_recorder *recorder = NULL;
    struct fb_frame_pool *pool = NULL;
    int status = vis_source_open("demo", &settings, &source);
    if (!status)
        status = fb_frame_pool_create(4, settings.width, settings.height, &pool);
    if (!status)
        status = vis_recorder_open(argv[1], &recorder_settings, &recorder);
    if (!status)
        status = copy_frames(source, recorder, pool);
    int close_status = vis_recorder_close(&recorder);
    status = status ? status : close_status;
    if (status)
        fprintf(stderr, "%s\n", fb_error_text());
    vis_source_close(&source);
    fb_frame_pool_destroy(&pool);
    return status != FB_OK;
}

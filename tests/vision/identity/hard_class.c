/* See hard_class.h. */
#include "hard_class.h"

#include "../demo/demo_class.h"
#include "demo/script_hard.h"
#include "vis/look.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define JITTER 0.03F

static struct vis_source_settings settings_of(uint64_t seed)
{
    struct vis_source_settings settings = demo_class_settings(seed);
    settings.n_faces = HARD_STUDENTS;
    settings.fps = HARD_FPS;
    settings.duration_s = HARD_LESSON_S;
    settings.is_hard = true;
    return settings;
}

bool hard_class_open(struct hard_class *class, uint64_t seed)
{
    memset(class, 0, sizeof *class);
    struct vis_source_settings settings = settings_of(seed);
    fb_rng_seed(&class->rng, seed);
    if (!vis_source_open("demo", &settings, &class->source) &&
        !fb_frame_pool_create(1, settings.width, settings.height, &class->pool))
        return true;
    fprintf(stderr, "%s\n", fb_error_text());
    return false;
}

void hard_class_close(struct hard_class *class)
{
    vis_source_close(&class->source);
    fb_frame_pool_destroy(&class->pool);
}

static void detect(struct hard_class *class, struct mon_box box)
{
    float w = box.w * (1 + JITTER * fb_rng_normal(&class->rng));
    float x = box.x + box.w / 2 + JITTER * box.w * fb_rng_normal(&class->rng);
    float y = box.y + box.h / 2 + JITTER * box.w * fb_rng_normal(&class->rng);
    class->detections[class->n_detections++] =
        (struct mon_detection){.box = {x - w / 2, y - w / 2, w, w}, .score = 10};
}

static void detect_posters(struct hard_class *class)
{
    struct demo_layout layout = demo_layout_make(1280, 720, HARD_STUDENTS, 1);
    for (int i = 0; i < DEMO_HARD_POSTERS; i++) {
        struct demo_poster poster = demo_hard_poster(&layout, i);
        float side = poster.face_px;
        if (fb_rng_float(&class->rng) < 0.10F)
            detect(class, (struct mon_box){poster.x - side / 2, poster.y - side / 2, side, side});
    }
}

bool hard_class_step(struct hard_class *class)
{
    class->pts_ns = llrint(1e9 * (double)class->index / HARD_FPS);
    if ((double)class->index++ >= HARD_LESSON_S * HARD_FPS)
        return false;
    class->n_detections = class->n_truth = 0;
    int n = vis_demo_truth(class->source, class->pts_ns, class->students, VIS_DEMO_MAX_STUDENTS);
    for (int i = 0; i < n; i++) {
        const struct vis_demo_student *student = &class->students[i];
        float chance = student->is_looking_down ? 0.08F : 0.92F;
        if (!student->is_visible || fb_rng_float(&class->rng) >= chance)
            continue;
        class->truth[class->n_truth++] = (struct score_box){student->id, student->box};
        detect(class, student->box);
    }
    detect_posters(class);
    return true;
}

struct fb_frame *hard_class_draw(struct hard_class *class)
{
    struct fb_frame *frame = NULL;
    if (vis_source_seek(class->source, class->pts_ns) ||
        vis_source_read(class->source, class->pool, &frame) != VIS_READ_FRAME)
        return NULL;
    return frame;
}

bool hard_class_look(struct hard_class *class)
{
    struct fb_frame *frame = hard_class_draw(class);
    if (!frame)
        return false;
    for (int i = 0; i < class->n_detections; i++) {
        struct mon_detection *detection = &class->detections[i];
        vis_look_measure(frame, &detection->box, &detection->look);
        detection->has_look = true;
    }
    fb_frame_unref(&frame);
    return true;
}

/* See views.h. */
#include "views.h"

#include "base/clock.h"
#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
    "Anna",
    "Zo\u00eb M\u00fcller-L\u00fcdenscheidt",
    "Bj\u00f6rn",
    "\u0410\u043b\u0435\u043a\u0441\u0435\u0439",
    "Nguy\u1ec5n Th\u1ecb Minh Khai",
    "Maximilian-Alexander von und zu Hohenl\u00f6wenstein",
    "Ida",
    "\u0395\u03bb\u03ad\u03bd\u03b7",
    "Tom\u00e1\u0161 Dvo\u0159\u00e1k",
    "Li",
};

static void check(int status)
{
    if (status) {
        fprintf(stderr, "test view: %s\n", fb_error_text());
        exit(1);
    }
}

static void place_faces(struct mon_observation *seen, int n, struct fb_rng *rng)
{
    int columns = n > 0 ? (int)ceil(sqrt(n * 1.9)) : 1, rows = (n + columns - 1) / columns;
    float cell_w = (float)seen->width / (float)columns;
    float cell_h = (float)seen->height * .86f / (float)rows;
    for (int i = 0; i < n; i++) {
        struct mon_face *face = &seen->faces[i];
        float size =
            fminf(fminf(cell_w, cell_h) * fb_rng_range(rng, .5f, .62f), (float)seen->height * .3f);
        float x = ((float)(i % columns) + .5f) * cell_w, y = ((float)(i / columns) + .62f) * cell_h;
        x += fb_rng_range(rng, -.12f, .12f) * cell_w;
        y += fb_rng_range(rng, -.1f, .1f) * cell_h;
        face->student = i + 1;
        face->box = (struct mon_box){x - size / 2, y - size / 2, size, size};
    }
    seen->n_faces = n;
}

static void choose_state(struct mon_face *face, struct fb_rng *rng)
{
    static const int often[] = {FB_NEUTRAL,  FB_NEUTRAL,   FB_NEUTRAL,   FB_NEUTRAL,
                                FB_NEUTRAL,  FB_HAPPINESS, FB_HAPPINESS, FB_HAPPINESS,
                                FB_SURPRISE, FB_SADNESS,   FB_ANGER,     FB_DISGUST,
                                FB_FEAR,     FB_CONTEMPT,  MON_NOT_SURE, MON_NOT_SURE};
    face->expression = often[fb_rng_below(rng, 16)];
    face->confidence = fb_rng_range(rng, .5f, .98f);
    face->is_seen = true;
    face->is_labelled = true;
    face->quality = .8f;
    face->reason = face->expression == MON_NOT_SURE ? MON_REASON_UNDECIDED : MON_SURE;
}

/* Each student keeps an expression for some seconds; some look down or leave for a while. */
static void fill_timeline(struct test_view *v, const struct test_view_settings *settings)
{
    struct mon_observation at = v->view.observation;
    struct mon_observation now = at;
    struct fb_rng rng;
    double until_s[MAX_STUDENTS] = {0};
    bool is_away[MAX_STUDENTS] = {false};
    fb_rng_seed_stream(&rng, settings->seed, 2);
    for (double s = 0; s <= settings->lesson_s; s += .2) {
        at.n_faces = 0;
        at.pts_ns = (int64_t)(s * (double)FB_NS_PER_S);
        for (int i = 0; i < settings->n_faces; i++) {
            struct mon_face *face = &now.faces[i];
            if (s >= until_s[i]) {
                choose_state(face, &rng);
                is_away[i] = fb_rng_below(&rng, 12) == 0;
                until_s[i] = s + (double)fb_rng_range(&rng, 2, 14);
            }
            face->confidence =
                fminf(.99f, fmaxf(.4f, face->confidence + fb_rng_range(&rng, -.04f, .04f)));
            if (!is_away[i] || s + .5 > settings->lesson_s)
                at.faces[at.n_faces++] = *face;
        }
        check(mon_timeline_add(v->timeline, &at));
    }
    memcpy(v->view.observation.faces, now.faces, sizeof now.faces);
}

static void ellipse(struct fb_frame *frame, float cx, float cy, float rx, float ry, uint8_t value)
{
    for (int y = (int)(cy - ry); y <= (int)(cy + ry); y++)
        for (int x = (int)(cx - rx); x <= (int)(cx + rx); x++) {
            float dx = ((float)x - cx) / rx, dy = ((float)y - cy) / ry;
            if (x >= 0 && y >= 0 && x < frame->width && y < frame->height && dx * dx + dy * dy < 1)
                frame->y[y * frame->y_stride + x] = value;
        }
}

static void paint(struct fb_frame *frame, const struct mon_observation *seen)
{
    fb_frame_clear(frame);
    for (int y = 0; y < frame->height; y++)
        for (int x = 0; x < frame->width; x++)
            frame->y[y * frame->y_stride + x] = (uint8_t)(80 + 90 * y / frame->height);
    for (int y = 0; y < (frame->height + 1) / 2; y++) {
        memset(frame->u + y * frame->uv_stride, 124, (size_t)(frame->width + 1) / 2);
        memset(frame->v + y * frame->uv_stride, 134, (size_t)(frame->width + 1) / 2);
    }
    for (int i = 0; i < seen->n_faces; i++) {
        struct mon_box b = seen->faces[i].box;
        float cx = b.x + b.w / 2, cy = b.y + b.h / 2;
        ellipse(frame, cx, cy + b.h, b.w * .85f, b.h * .5f, (uint8_t)(60 + i * 37 % 90));
        ellipse(frame, cx, cy, b.w * .38f, b.h * .48f, (uint8_t)(150 + i * 53 % 60));
    }
}

static void name_students(struct test_view *v, const struct test_view_settings *settings)
{
    for (int i = 0; i < settings->n_faces; i++) {
        v->students[i].student = i + 1;
        if (settings->has_names)
            snprintf(v->students[i].name, UI_NAME_BYTES, "%s", names[i % 10]);
        else
            snprintf(v->students[i].name, UI_NAME_BYTES, "Student %d", i + 1);
    }
    v->view.students = v->students;
    v->view.n_students = settings->n_faces;
}

static void set_status(struct ui_status *status)
{
    *status = (struct ui_status){
        .source = "HD Pro Webcam C920",
        .source_detail = "MJPG 1280\u00d7720 @ 30",
        .fps_shown = 29.97,
        .fps_analysed = 14.2,
        .latency_ms = 41,
        .label_age_ms = 96,
        .n_dropped = 1841,
        .disk_free_bytes = INT64_C(128400000000),
    };
}

void test_view_init(struct test_view *v, const struct test_view_settings *settings)
{
    struct fb_rng rng;
    memset(v, 0, sizeof *v);
    struct ui_view *view = &v->view;
    fb_rng_seed_stream(&rng, settings->seed, 1);
    view->observation.width = settings->frame_width ? settings->frame_width : 1280;
    view->observation.height = settings->frame_height ? settings->frame_height : 720;
    place_faces(&view->observation, settings->n_faces, &rng);
    check(mon_timeline_create(&v->timeline));
    if (settings->n_faces)
        fill_timeline(v, settings);
    name_students(v, settings);
    set_status(&view->status);
    view->timeline = v->timeline;
    view->now_ns = (int64_t)(settings->lesson_s * (double)FB_NS_PER_S);
    view->window_s = 120;
    view->show_panel = true;
    view->playback.speed = 1;
    if (!settings->frame_width)
        return;
    check(fb_frame_pool_create(1, settings->frame_width, settings->frame_height, &v->pool));
    v->frame = fb_frame_acquire(v->pool);
    v->frame->pts_ns = view->now_ns;
    paint(v->frame, &view->observation);
    view->frame = v->frame;
}

void test_view_finish(struct test_view *v)
{
    fb_frame_unref(&v->frame);
    fb_frame_pool_destroy(&v->pool);
    mon_timeline_destroy(&v->timeline);
}

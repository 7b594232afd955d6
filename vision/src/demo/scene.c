/* See scene.h. Drawn from the back: the room, then row by row whoever is up, the seated ones, the
 * desks with the next row's chairs, and arms; daylight is laid over the finished frame. */
#include "scene.h"

#include "body.h"
#include "room.h"
#include "script_hard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The body sprite's reach from the face's centre, in face squares. */
#define BODY_SIDE 1.06f
#define BODY_TOP 0.16f
#define BODY_BOTTOM 2.9f
#define ARMS_TOP 0.34f
#define ARMS_BOTTOM 0.26f
#define POSTER_LOOKS 200 /* nobody in the class has these */

struct student {
    struct demo_head head;
    struct demo_sprite body, arms;
    float body_x, body_y, arms_x,
        arms_y; /* the face's centre and the desk's edge in the sprites, px */
};

struct demo_scene {
    uint64_t seed;
    struct demo_layout layout;
    struct demo_face_model *model;
    struct demo_sprite room, desks[DEMO_MAX_ROWS];
    struct demo_rect desk_parts[DEMO_MAX_ROWS];
    struct student *students; /* layout.n_students */
    struct demo_head posters[DEMO_HARD_POSTERS]; /* hard class */
    uint16_t *gains;          /* (width) brightness of each column, 1/256 */
};

/* ---- set-up
 * ------------------------------------------------------------------------------------------ */

static int paint_room(struct demo_scene *scene)
{
    const struct demo_layout *l = &scene->layout;
    struct demo_canvas canvas;
    int status = demo_canvas_init(&canvas, l->width, l->height);
    if (status != FB_OK)
        return status;
    status = demo_sprite_init(&scene->room, l->width, l->height);
    if (status == FB_OK) {
        demo_room_paint(&canvas, l);
        demo_sprite_take(&scene->room, &canvas);
    }
    demo_canvas_finish(&canvas);
    return status;
}

static int paint_desks(struct demo_scene *scene, int row)
{
    struct demo_rect part = demo_desk_part(&scene->layout, row);
    struct demo_canvas canvas;
    int status = demo_canvas_init(&canvas, scene->layout.width, part.y1 - part.y0);
    if (status != FB_OK)
        return status;
    status = demo_sprite_init(&scene->desks[row], scene->layout.width, part.y1 - part.y0);
    if (status == FB_OK) {
        demo_desk_paint(&canvas, &scene->layout, row, scene->seed);
        demo_sprite_take(&scene->desks[row], &canvas);
        scene->desk_parts[row] = part;
    }
    demo_canvas_finish(&canvas);
    return status;
}

static int even(float length)
{
    return ((int)ceilf(length) + 1) & ~1;
}

typedef void paint_part(struct demo_canvas *canvas, const struct demo_map *map,
                        const struct demo_look *look);

/* Paints a part of a student whose origin is at (x, y) px of the sprite. */
static int paint_sprite(struct demo_sprite *sprite, paint_part *paint, const struct demo_look *look,
                        float face_px, float x, float y, int width, int height)
{
    struct demo_canvas canvas;
    struct demo_map map = demo_map_scale(face_px, x, y);
    int status = demo_canvas_init(&canvas, width, height);
    if (status != FB_OK)
        return status;
    status = demo_sprite_init(sprite, width, height);
    if (status == FB_OK) {
        paint(&canvas, &map, look);
        demo_sprite_take(sprite, &canvas);
    }
    demo_canvas_finish(&canvas);
    return status;
}

static int paint_student(struct demo_scene *scene, int i)
{
    struct student *s = &scene->students[i];
    struct demo_look look = demo_look_draw(scene->seed, i);
    float face = scene->layout.rows[scene->layout.seats[i].row].face_px;
    int width = even(2.0f * BODY_SIDE * face);
    s->body_x = s->arms_x = 0.5f * (float)width;
    s->body_y = -BODY_TOP * face;
    s->arms_y = ARMS_TOP * face;
    int status = demo_head_init(&s->head, scene->model, &look, face);
    if (status == FB_OK)
        status = paint_sprite(&s->body, demo_body_paint, &look, face, s->body_x, s->body_y, width,
                              even((BODY_BOTTOM - BODY_TOP) * face));
    if (status == FB_OK)
        status = paint_sprite(&s->arms, demo_arms_paint, &look, face, s->arms_x, s->arms_y, width,
                              even((ARMS_TOP + ARMS_BOTTOM) * face));
    return status;
}

static int load_faces(struct demo_scene *scene, const char *path)
{
    struct fb_face_basis *basis = NULL;
    int status = fb_face_basis_read(path, &basis);
    if (status == FB_OK)
        status = demo_face_model_create(basis, &scene->model);
    fb_face_basis_destroy(&basis);
    return status;
}

static int paint_all(struct demo_scene *scene)
{
    int status = paint_room(scene);
    for (int r = 0; r < scene->layout.n_rows && status == FB_OK; r++)
        status = paint_desks(scene, r);
    for (int i = 0; i < scene->layout.n_students && status == FB_OK; i++)
        status = paint_student(scene, i);
    for (int i = 0; i < DEMO_HARD_POSTERS && scene->layout.is_hard && status == FB_OK; i++) {
        struct demo_look look = demo_look_draw(scene->seed, POSTER_LOOKS + i);
        status = demo_head_init(&scene->posters[i], scene->model, &look,
                                demo_hard_poster(&scene->layout, i).face_px);
    }
    return status;
}

int demo_scene_create(const char *basis_path, const struct demo_layout *layout, uint64_t seed,
                      struct demo_scene **out)
{
    *out = NULL;
    struct demo_scene *scene = calloc(1, sizeof *scene);
    if (!scene)
        return fb_fail_nomem("the demo class", sizeof *scene);
    scene->seed = seed;
    scene->layout = *layout;
    scene->students = calloc((size_t)layout->n_students, sizeof *scene->students);
    scene->gains = calloc((size_t)layout->width, sizeof *scene->gains);
    int status = FB_OK;
    if (!scene->students || !scene->gains)
        status = fb_fail_nomem("the demo class", (size_t)layout->n_students * sizeof *scene->students);
    if (status == FB_OK)
        status = load_faces(scene, basis_path);
    if (status == FB_OK)
        status = paint_all(scene);
    if (status != FB_OK)
        demo_scene_destroy(&scene);
    *out = scene;
    return status;
}

static void finish_student(struct student *s)
{
    demo_head_finish(&s->head);
    demo_sprite_finish(&s->body);
    demo_sprite_finish(&s->arms);
}

void demo_scene_destroy(struct demo_scene **out)
{
    struct demo_scene *scene = *out;
    if (!scene)
        return;
    for (int i = 0; scene->students && i < scene->layout.n_students; i++)
        finish_student(&scene->students[i]);
    for (int r = 0; r < DEMO_MAX_ROWS; r++)
        demo_sprite_finish(&scene->desks[r]);
    for (int i = 0; i < DEMO_HARD_POSTERS; i++)
        demo_head_finish(&scene->posters[i]);
    demo_sprite_finish(&scene->room);
    demo_face_model_destroy(&scene->model);
    free(scene->students);
    free(scene->gains);
    free(scene);
    *out = NULL;
}

const struct demo_layout *demo_scene_layout(const struct demo_scene *scene)
{
    return &scene->layout;
}

/* ---- a frame
 * ------------------------------------------------------------------------------------------ */

static void copy_plane(uint8_t *to, int to_stride, const uint8_t *from, int from_stride, int width,
                       int height)
{
    for (int y = 0; y < height; y++)
        memcpy(to + (ptrdiff_t)y * to_stride, from + (ptrdiff_t)y * from_stride, (size_t)width);
}

static void copy_room(const struct demo_sprite *room, struct fb_frame *frame)
{
    int half_width = (frame->width + 1) / 2, half_height = (frame->height + 1) / 2;
    copy_plane(frame->y, frame->y_stride, room->y, room->width, frame->width, frame->height);
    copy_plane(frame->u, frame->uv_stride, room->u, room->width / 2, half_width, half_height);
    copy_plane(frame->v, frame->uv_stride, room->v, room->width / 2, half_width, half_height);
}

static void put_head(const struct demo_head *head, const struct demo_sprite *sprite,
                     const struct demo_pose *pose, struct fb_frame *frame)
{
    struct demo_map map = demo_map_turn(pose->scale, pose->angle, 0.0f, 0.0f);
    map.x0 = pose->x - map.xx * head->centre_x - map.xy * head->centre_y;
    map.y0 = pose->y - map.yx * head->centre_x - map.yy * head->centre_y;
    demo_sprite_put_turned(sprite, frame, &map);
}

static void fill_plane(uint8_t *plane, int stride, int x0, int y0, int x1, int y1, uint8_t value)
{
    for (int y = y0; y < y1; y++)
        memset(plane + (ptrdiff_t)y * stride + x0, value, (size_t)(x1 - x0));
}

/* White paper, a face and a half wide. */
static void put_paper(const struct demo_poster *poster, struct fb_frame *frame)
{
    int x0 = (int)(poster->x - 0.75f * poster->face_px) & ~1, y1 = (int)(poster->y + poster->face_px);
    int x1 = (int)(poster->x + 0.75f * poster->face_px) & ~1;
    fill_plane(frame->y, frame->y_stride, x0, 0, x1, y1 & ~1, 225);
    fill_plane(frame->u, frame->uv_stride, x0 / 2, 0, x1 / 2, y1 / 2, 128);
    fill_plane(frame->v, frame->uv_stride, x0 / 2, 0, x1 / 2, y1 / 2, 128);
}

static void put_posters(struct demo_scene *scene, struct fb_frame *frame)
{
    for (int i = 0; i < DEMO_HARD_POSTERS; i++) {
        struct demo_poster poster = demo_hard_poster(&scene->layout, i);
        struct demo_pose pose = {.x = poster.x, .y = poster.y, .scale = 1.0f};
        put_paper(&poster, frame);
        demo_head_show(&scene->posters[i], &pose.face);
        put_head(&scene->posters[i], &scene->posters[i].front, &pose, frame);
    }
}

static void put_student(struct student *s, const struct demo_pose *pose, int desk_y,
                        struct fb_frame *frame)
{
    demo_head_show(&s->head, &pose->face);
    if (s->head.has_back)
        put_head(&s->head, &s->head.back, pose, frame);
    demo_sprite_put(&s->body, frame, pose->body_x - s->body_x, pose->body_y - s->body_y, desk_y);
    put_head(&s->head, &s->head.front, pose, frame);
}

static void put_row(struct demo_scene *scene, const struct demo_pose *poses, int r,
                    struct fb_frame *frame)
{
    const struct demo_row *row = &scene->layout.rows[r];
    int first = row->first, end = row->first + row->n;
    for (int is_seated = 0; is_seated < 2; is_seated++)
        for (int i = first; i < end; i++)
            if (!poses[i].is_absent && poses[i].is_up == !is_seated)
                put_student(&scene->students[i], &poses[i], (int)row->desk_y, frame);
    demo_sprite_put(&scene->desks[r], frame, 0.0f, (float)scene->desk_parts[r].y0, frame->height);
    for (int i = first; i < end; i++) {
        const struct student *s = &scene->students[i];
        if (!poses[i].is_absent && !poses[i].is_up)
            demo_sprite_put(&s->arms, frame, poses[i].body_x - s->arms_x,
                            row->desk_y - 0.01f * row->face_px - s->arms_y, frame->height);
    }
}

static void brighten_row(uint8_t *row, const uint16_t *gains, int n)
{
    for (int x = 0; x < n; x++) {
        unsigned value = (row[x] * (unsigned)gains[x] + 128u) >> 8;
        row[x] = (uint8_t)(value > 255u ? 255u : value);
    }
}

static void lay_light(struct demo_scene *scene, double t_s, struct fb_frame *frame)
{
    struct demo_light light = scene->layout.is_hard ? demo_hard_light(scene->seed, t_s)
                                                    : demo_script_light(scene->seed, t_s);
    for (int x = 0; x < frame->width; x++) {
        float t = (float)x / (float)frame->width;
        scene->gains[x] =
            (uint16_t)lrintf(256.0f * (light.window + (light.far - light.window) * t));
    }
    for (int y = 0; y < frame->height; y++)
        brighten_row(frame->y + (ptrdiff_t)y * frame->y_stride, scene->gains, frame->width);
}

void demo_scene_draw(struct demo_scene *scene, double t_s, struct fb_frame *frame)
{
    struct demo_pose poses[DEMO_MAX_STUDENTS];
    for (int i = 0; i < scene->layout.n_students; i++)
        poses[i] = demo_script_pose(&scene->layout, scene->seed, i, t_s);
    copy_room(&scene->room, frame);
    if (scene->layout.is_hard)
        put_posters(scene, frame);
    for (int r = scene->layout.n_rows - 1; r >= 0; r--)
        put_row(scene, poses, r, frame);
    lay_light(scene, t_s, frame);
}

/* See overlay.h. */
#include "overlay.h"

#include "base/words.h"
#include "labels.h"

#include <stdio.h>
#include <string.h>

struct label {
    const struct mon_face *face;
    char name[UI_NAME_BYTES + 8], short_name[UI_NAME_BYTES + 8];
    const char *word;
    char percent[16];
    float name_width, short_width, word_width, percent_width;
};

struct overlay {
    const struct ui_pen *pen;
    const struct ui_view *view;
    struct ui_rect video;
    struct label labels[MON_MAX_FACES];
    struct ui_label_request requests[MON_MAX_FACES];
    struct ui_label_place places[MON_MAX_FACES];
    int n;
};

const char *ui_student_name(const struct ui_view *view, int student, char buffer[UI_NAME_BYTES])
{
    for (int i = 0; i < view->n_students; i++)
        if (view->students[i].student == student && view->students[i].name[0])
            return view->students[i].name;
    snprintf(buffer, UI_NAME_BYTES, _("Student %d"), student);
    return buffer;
}

static bool is_sure(const struct mon_face *face)
{
    return face->expression >= 0 && face->expression < FB_EXPRESSION_COUNT;
}

static struct ui_rect face_rect(const struct overlay *o, const struct mon_face *face)
{
    const struct mon_observation *seen = &o->view->observation;
    float sx = o->video.w / (float)(seen->width > 0 ? seen->width : 1);
    float sy = o->video.h / (float)(seen->height > 0 ? seen->height : 1);
    float x = o->view->is_mirrored ? (float)seen->width - face->box.x - face->box.w : face->box.x;
    struct ui_rect rect = ui_rect(o->video.x + x * sx, o->video.y + face->box.y * sy,
                                  face->box.w * sx, face->box.h * sy);
    return ui_rect_intersect(rect, o->video);
}

static float spacing(const struct overlay *o)
{
    return ui_pen_px(o->pen, 6);
}

static float glyph_size(const struct overlay *o)
{
    return ui_pen_px(o->pen, 15);
}

static float label_height(const struct overlay *o)
{
    return (float)ui_text_height(o->pen->fonts, UI_FONT_STRONG) + 2 * ui_pen_px(o->pen, 3);
}

static void fill_widths(const struct overlay *o, const struct label *label, float *widths)
{
    float gap = spacing(o), glyph = ui_pen_px(o->pen, 4) + glyph_size(o);
    widths[4] = glyph + ui_pen_px(o->pen, 4);
    widths[3] = glyph + gap + label->short_width + gap + ui_pen_px(o->pen, 2);
    widths[2] = glyph + gap + label->name_width + gap + ui_pen_px(o->pen, 2);
    widths[1] = widths[2] + gap + label->word_width;
    widths[0] = widths[1] + (label->percent_width > 0 ? gap + label->percent_width : 0);
}

/* For full classes: the first name, or the number of "Student 12". */
static void shorten(const char *name, char *out, size_t n_out)
{
    const char *from = name;
    const char *pattern = _("Student %d");
    size_t n_before = strcspn(pattern, "%");
    if (!strncmp(name, pattern, n_before) && name[n_before])
        from = name + n_before;
    snprintf(out, n_out, "%.*s", (int)strcspn(from, " "), from);
}

static void add_label(struct overlay *o, const struct mon_face *face, struct ui_rect box, int side)
{
    const struct ui_pen *pen = o->pen;
    struct label *label = &o->labels[o->n];
    char buffer[UI_NAME_BYTES], name[UI_NAME_BYTES];
    *label = (struct label){.face = face, .word = _(fb_expression_name(face->expression))};
    ui_text_fit(pen->fonts, UI_FONT_STRONG, ui_student_name(o->view, face->student, buffer),
                150 * pen->scale, label->name, sizeof label->name);
    shorten(ui_student_name(o->view, face->student, buffer), name, sizeof name);
    ui_text_fit(pen->fonts, UI_FONT_STRONG, name, 80 * pen->scale, label->short_name,
                sizeof label->short_name);
    if (is_sure(face))
        snprintf(label->percent, sizeof label->percent, "%.0f %%", 100 * (double)face->confidence);
    label->name_width = (float)ui_text_width(pen->fonts, UI_FONT_STRONG, label->name);
    label->short_width = (float)ui_text_width(pen->fonts, UI_FONT_STRONG, label->short_name);
    label->word_width = (float)ui_text_width(pen->fonts, UI_FONT_BODY, label->word);
    label->percent_width = (float)ui_text_width(pen->fonts, UI_FONT_BODY, label->percent);

    struct ui_label_request *request = &o->requests[o->n++];
    bool is_selected = face->student == o->view->selected_student;
    *request = (struct ui_label_request){
        .box = is_selected ? ui_rect_inset(box, -ui_pen_px(pen, 3)) : box, /* its ring stays free */
        .height = label_height(o),
        .rank = is_selected * 1000000 + is_sure(face) * 100000 + (int)fminf(box.w, 90000),
        .says_all = is_selected,
        .last_side = side,
    };
    fill_widths(o, label, request->widths);
}

static int remembered_side(const struct ui_overlay_memory *memory, int student)
{
    for (int i = 0; memory && i < memory->n; i++)
        if (memory->students[i] == student)
            return memory->sides[i];
    return -1;
}

static void remember_sides(const struct overlay *o, struct ui_overlay_memory *memory)
{
    memory->n = 0;
    for (int i = 0; i < o->n; i++)
        if (o->places[i].level >= 0) {
            memory->students[memory->n] = o->labels[i].face->student;
            memory->sides[memory->n++] = o->places[i].side;
        }
}

/* A dark line outside and inside lets the colour stand out on any picture. */
static void draw_box(const struct overlay *o, const struct mon_face *face, struct ui_rect box)
{
    const struct ui_pen *pen = o->pen;
    bool is_selected = face->student && face->student == o->view->selected_student;
    float stroke = ui_pen_px(pen, is_selected ? 3 : is_sure(face) ? 2 : 1);
    float radius = fminf(ui_pen_px(pen, 7), fminf(box.w, box.h) / 4), line = ui_pen_px(pen, 1);
    float dash = face->is_seen ? 0 : ui_pen_px(pen, 5);
    struct ui_colour colour = ui_expression_colour(is_sure(face) ? face->expression : -1);
    if (!is_sure(face))
        colour = ui_faded(ui_mix(colour, pen->theme->label_text, .35f), .8f);
    if (!face->is_seen)
        colour = ui_faded(colour, .55f);
    struct ui_colour dark = ui_faded((struct ui_colour){0, 0, 0, 255}, is_sure(face) ? .4f : .18f);
    ui_draw_stroke(pen->list, ui_rect_inset(box, -line), radius + line, stroke + 2 * line, dash,
                   dark);
    ui_draw_stroke(pen->list, box, radius, stroke, dash, colour);
    if (is_selected)
        ui_draw_stroke(pen->list, ui_rect_inset(box, -3 * line), radius + 3 * line, 2 * line, 0,
                       pen->theme->label_text);
}

static void draw_label(const struct overlay *o, int i)
{
    const struct ui_pen *pen = o->pen;
    const struct ui_theme *theme = pen->theme;
    const struct label *label = &o->labels[i];
    struct ui_rect rect = o->places[i].rect;
    int level = o->places[i].level;
    bool sure = is_sure(label->face);
    float radius = ui_pen_px(pen, 6), gap = spacing(o), size = glyph_size(o);
    float dim = label->face->is_seen ? 1 : .78f;
    struct ui_colour colour = sure ? ui_expression_colour(label->face->expression)
                                   : ui_mix(ui_expression_colour(-1), theme->label_soft, .4f);

    ui_draw_fill(pen->list, rect, radius, ui_faded(theme->label, (sure ? 1 : .85f) * dim));
    if (label->face->student == o->view->selected_student)
        ui_draw_stroke(pen->list, rect, radius, ui_pen_px(pen, 1), 0, theme->label_text);
    float x = rect.x + ui_pen_px(pen, 4);
    ui_pen_glyph(pen, x + size / 2, rect.y + rect.h / 2, size, ui_glyph_of(label->face->expression),
                 ui_faded(colour, dim));
    x += size + gap;
    if (level <= 3)
        ui_pen_text(pen,
                    ui_rect(x, rect.y, level == 3 ? label->short_width : label->name_width, rect.h),
                    UI_FONT_STRONG, ui_faded(sure ? theme->label_text : theme->label_soft, dim),
                    UI_ALIGN_LEFT, level == 3 ? label->short_name : label->name);
    x += label->name_width + gap;
    if (level <= 1)
        ui_pen_text(
            pen, ui_rect(x, rect.y, label->word_width, rect.h), UI_FONT_BODY,
            ui_faded(sure ? ui_mix(colour, theme->label_text, .35f) : theme->label_soft, dim),
            UI_ALIGN_LEFT, label->word);
    x += label->word_width + gap;
    if (level == 0)
        ui_pen_text(pen, ui_rect(x, rect.y, label->percent_width, rect.h), UI_FONT_BODY,
                    ui_faded(theme->label_soft, dim), UI_ALIGN_LEFT, label->percent);
}

static void add_hits(const struct overlay *o)
{
    for (int i = 0; i < o->n; i++) {
        struct ui_hit hit = {.kind = UI_HIT_STUDENT, .student = o->labels[i].face->student};
        hit.rect = o->requests[i].box;
        ui_pen_hit(o->pen, hit);
        hit.rect = o->places[i].rect;
        if (o->places[i].level >= 0)
            ui_pen_hit(o->pen, hit);
    }
}

static void add_face(struct overlay *o, const struct mon_face *face, struct ui_rect box,
                     const struct ui_overlay_memory *memory)
{
    bool is_drawn = !o->view->has_own_boxes || face->student == o->view->selected_student;
    if (is_drawn)
        draw_box(o, face, box);
    else if (face->student > 0)
        ui_pen_hit(o->pen,
                   (struct ui_hit){.kind = UI_HIT_STUDENT, .student = face->student, .rect = box});
    if (is_drawn && face->student > 0)
        add_label(o, face, box, remembered_side(memory, face->student));
}

void ui_overlay_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect video,
                     struct ui_overlay_memory *memory)
{
    struct overlay o = {.pen = pen, .view = view, .video = video};
    const struct mon_observation *seen = &view->observation;
    int n_faces = seen->n_faces < MON_MAX_FACES ? seen->n_faces : MON_MAX_FACES;
    for (int i = 0; i < n_faces; i++) {
        const struct mon_face *face = &seen->faces[i];
        struct ui_rect box = face_rect(&o, face);
        if (!ui_rect_is_empty(box))
            add_face(&o, face, box, memory);
    }
    ui_labels_place(o.requests, o.n, video, ui_pen_px(pen, 3), o.places);
    for (int i = 0; i < o.n; i++)
        if (o.places[i].level >= 0)
            draw_label(&o, i);
    add_hits(&o);
    if (memory)
        remember_sides(&o, memory);
}

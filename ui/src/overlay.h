/* Boxes and labels on the video: what each face shows, in its expression's colour and words.
 * The program labels expressions shown, never feelings. Pure function of its arguments, but for the
 * sides remembered so that labels do not hop about. */
#ifndef UI_OVERLAY_H
#define UI_OVERLAY_H

#include "pen.h"
#include "ui/view.h"

/* Zero-initialised; belongs to one window or canvas. */
struct ui_overlay_memory {
    int students[MON_MAX_FACES], sides[MON_MAX_FACES];
    int n;
};

/* video: where the whole frame is, in px of the output. memory may be NULL. */
void ui_overlay_draw(const struct ui_pen *pen, const struct ui_view *view, struct ui_rect video,
                     struct ui_overlay_memory *memory);

/* The student's name, or "Student 3" made in buffer. */
const char *ui_student_name(const struct ui_view *view, int student, char buffer[UI_NAME_BYTES]);

#endif

/* Where the faces' labels go: none over another, none outside the picture, few over other faces.
 * Where there is no room a label says less, down to its glyph, then goes. Pure function. */
#ifndef UI_LABELS_H
#define UI_LABELS_H

#include "geometry.h"

enum { UI_LABEL_LEVELS = 5, UI_MAX_LABELS = 64 };

struct ui_label_request {
    struct ui_rect box;            /* the face, inside bounds */
    float widths[UI_LABEL_LEVELS]; /* px; level 0 says everything */
    float height;
    int rank;      /* higher is placed first */
    bool says_all; /* from level 0, however full the picture */
    int last_side; /* where it was in the last picture, or -1: it stays if it can */
};

struct ui_label_place {
    struct ui_rect rect;
    int level; /* -1: no room at all */
    int side;
};

/* n <= UI_MAX_LABELS. gap: px kept free between labels and to their box. */
void ui_labels_place(const struct ui_label_request *requests, int n, struct ui_rect bounds,
                     float gap, struct ui_label_place *places);

#endif

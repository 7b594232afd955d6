/* Who is who at the desk: what desk_cast.c, desk_card.c and desk_people.c share. Threads: main. */
#ifndef APP_DESK_PEOPLE_H
#define APP_DESK_PEOPLE_H

#include "desk_state.h"

/* ---- desk_cast.c ---- */
/* The time of the picture shown, as the session counts it. */
int64_t app_desk_session_ns(const struct desk *desk);
/* "Anna", "Student 3", "Student 3b" for one who was split off. */
void app_desk_name(const struct desk *desk, int student, char name[UI_NAME_BYTES]);
/* One edit, shown and kept; false: it makes no sense, which the desk has said. */
bool app_desk_edit(struct desk *desk, struct mon_edit change);
void app_desk_undo(struct desk *desk, bool is_redo);
/* The rows and names of everybody forgotten, for good. */
void app_desk_forget_now(struct desk *desk);
/* The order of the rows, by seat or by name. */
void app_desk_sort_rows(struct desk *desk);

/* ---- desk_card.c ---- */
void app_desk_close_card(struct desk *desk, bool keeps_name);
/* Names the card's student. */
void app_desk_keep_name(struct desk *desk, const char *text);
/* A key or text for the name field. */
void app_desk_type_name(struct desk *desk, const struct ui_event *event);
/* Pins the student to the seat, or takes the pin away. */
void app_desk_pin(struct desk *desk, int student);
/* Starts measuring the resting face, or forgets it. */
void app_desk_measure_baseline(struct desk *desk, int student);
/* What the open card shows, once per picture. */
void app_desk_tend_card(struct desk *desk);

#endif

/* The card of a student: the name field with its suggestions, seat, resting face. */
#include "desk_people.h"

#include "base/clock.h"
#include "base/words.h"
#include "shell.h"

#include <stdio.h>
#include <string.h>

#define BASELINE_S 5.0

static const struct mon_face *face_of(const struct desk *desk, int student, int *track)
{
    static struct mon_observation seen;
    const struct mon_observation *tracks = &desk->latest;
    for (int i = 0; i < tracks->n_faces; i++)
        if (tracks->faces[i].student && mon_cast_who(desk->cast, tracks->faces[i].student,
                                                     app_desk_session_ns(desk), NULL) == student) {
            *track = tracks->faces[i].student;
            seen.faces[0] = tracks->faces[i];
            return &seen.faces[0];
        }
    return NULL;
}

const struct app_roster *app_desk_roster(const struct desk *desk)
{
    return app_shell_roster(desk->shell);
}

static void suggest(struct desk *desk)
{
    struct ui_card *card = &desk->card;
    const char *typed = card->name.is_all_selected ? "" : card->name.text;
    card->n_suggestions = app_roster_suggest(app_desk_roster(desk), desk->cast, typed,
                                             card->suggestions, UI_MAX_SUGGESTIONS);
    card->chosen_suggestion = -1;
}

void app_desk_open_card(struct desk *desk, int student)
{
    desk->selected_student = student;
    desk->card = (struct ui_card){.student = student};
    desk->note_marker = -1;
    ui_window_expect_text(desk->window, student != 0);
    if (!student)
        return;
    ui_field_set(&desk->card.name, mon_cast_name(desk->cast, student));
    suggest(desk);
}

void app_desk_keep_name(struct desk *desk, const char *text)
{
    int student = desk->card.student;
    struct mon_edit change = {.kind = MON_EDIT_NAME, .student = student};
    snprintf(change.text, sizeof change.text, "%.*s", MON_NAME_BYTES - 1, text);
    for (size_t n = strlen(change.text); n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80;)
        change.text[--n] = 0; /* never half a character */
    if (strcmp(change.text, mon_cast_name(desk->cast, student)))
        app_desk_edit(desk, change);
}

void app_desk_close_card(struct desk *desk, bool keeps_name)
{
    if (keeps_name)
        app_desk_keep_name(desk, desk->card.name.text);
    desk->card.student = 0;
    ui_window_expect_text(desk->window, false);
}

static void choose_suggestion(struct desk *desk, int step)
{
    struct ui_card *card = &desk->card;
    int n = card->n_suggestions;
    if (n)
        card->chosen_suggestion = (card->chosen_suggestion + step + n + (step < 0)) % n;
}

void app_desk_type_name(struct desk *desk, const struct ui_event *event)
{
    struct ui_card *card = &desk->card;
    if (event->kind == UI_EVENT_TEXT) {
        if (ui_field_type(&card->name, event->text))
            suggest(desk);
        return;
    }
    switch (event->amount) {
    case UI_EDIT_ENTER:
        if (card->chosen_suggestion >= 0)
            ui_field_set(&card->name, card->suggestions[card->chosen_suggestion]);
        app_desk_close_card(desk, true);
        break;
    case UI_EDIT_UP:
    case UI_EDIT_DOWN:
        choose_suggestion(desk, event->amount == UI_EDIT_UP ? -1 : 1);
        break;
    default:
        if (ui_field_edit(&card->name, (enum ui_edit_key)event->amount))
            suggest(desk);
        break;
    }
}

void app_desk_pin(struct desk *desk, int student)
{
    struct mon_edit change = {
        .kind = MON_EDIT_UNPIN, .student = student, .from_ns = app_desk_session_ns(desk)};
    if (!mon_cast_seat(desk->cast, student, NULL)) {
        int track;
        const struct mon_face *face = face_of(desk, student, &track);
        if (!face) {
            app_desk_notify(desk, false, _("Pin a seat while the student is in view"));
            return;
        }
        change.kind = MON_EDIT_PIN;
        change.box = face->box;
    }
    app_desk_edit(desk, change);
}

void app_desk_measure_baseline(struct desk *desk, int student)
{
    int track = 0;
    if (desk->settings->session || !desk->analyzer)
        app_desk_notify(desk, false, _("A resting face is measured live"));
    else if (app_analyzer_has_baseline(desk->analyzer, face_of(desk, student, &track) ? track : 0))
        app_analyzer_measure_baseline(desk->analyzer, track, 0);
    else if (face_of(desk, student, &track))
        app_analyzer_measure_baseline(desk->analyzer, track, BASELINE_S);
    else
        app_desk_notify(desk, false, _("The student is not in view"));
}

void app_desk_tend_card(struct desk *desk)
{
    struct ui_card *card = &desk->card;
    int track = 0;
    if (!card->student)
        return;
    app_desk_name(desk, card->student, card->title);
    card->summary = NULL;
    for (int row = 0; row < desk->n_students; row++)
        if (desk->students[row].student == card->student) {
            desk->card_summary = mon_timeline_summary(desk->timeline, row);
            card->summary = &desk->card_summary;
        }
    card->has_seat = face_of(desk, card->student, &track) != NULL;
    card->is_pinned = mon_cast_seat(desk->cast, card->student, NULL);
    if (desk->analyzer && track) {
        card->has_baseline = app_analyzer_has_baseline(desk->analyzer, track);
        card->baseline_done = app_analyzer_baseline_done(desk->analyzer, track);
    }
}

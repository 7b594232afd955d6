/* Who is who at the desk: the card with its name field, the edits, and their way into the timelines
 * and into what is recorded or replayed. */
#include "desk_state.h"

#include "base/clock.h"
#include "shell.h"
#include "ui/words.h"

#include <stdio.h>
#include <string.h>

#define FORGET_NS (10 * FB_NS_PER_S)
#define SORT_NS FB_NS_PER_S
#define BASELINE_S 5.0

static int who(void *user, int track, int64_t at_ns, int64_t *until_ns)
{
    const struct desk *desk = user;
    int student = mon_cast_who(desk->cast, track, at_ns + desk->session_start_ns, until_ns);
    if (*until_ns != INT64_MAX)
        *until_ns -= desk->session_start_ns;
    return student;
}

/* Times of edits are the session's own, those of a replayed video start at 0. */
static void apply_cast(const struct desk *desk, struct mon_observation *observation)
{
    observation->pts_ns += desk->session_start_ns;
    mon_cast_apply(desk->cast, observation);
    observation->pts_ns -= desk->session_start_ns;
}

void app_desk_apply_cast(const struct desk *desk, struct mon_observation *observation)
{
    apply_cast(desk, observation);
}

static int64_t now_ns(const struct desk *desk)
{
    return app_desk_shown_ns(desk) + desk->session_start_ns;
}

/* ---- the list of students ------------------------------------------------------------------- */

static void name_student(const struct desk *desk, int student, char name[UI_NAME_BYTES])
{
    const char *given = mon_cast_name(desk->cast, student);
    int origin = mon_cast_origin(desk->cast, student), part = student - MON_CAST_FIRST_SPLIT;
    if (given[0])
        snprintf(name, UI_NAME_BYTES, "%s", given);
    else if (origin != student)
        snprintf(name, UI_NAME_BYTES, _("Student %d%c"), origin, 'b' + part % 25);
    else
        snprintf(name, UI_NAME_BYTES, _("Student %d"), student);
}

static void list_students(struct desk *desk)
{
    int n = mon_timeline_n_students(desk->timeline);
    desk->n_students = n < MAX_STUDENTS ? n : MAX_STUDENTS;
    for (int i = 0; i < desk->n_students; i++) {
        desk->students[i].student = mon_timeline_student(desk->timeline, i);
        name_student(desk, desk->students[i].student, desk->students[i].name);
    }
}

static int remap(struct desk *desk)
{
    desk->cast_generation = mon_cast_generation(desk->cast);
    memset(desk->places, 0, sizeof desk->places);
    int status = mon_timeline_remap(desk->tracks, who, desk, desk->timeline);
    list_students(desk);
    desk->sorted_ns = 0;
    return status;
}

static void note_places(struct desk *desk, const struct mon_observation *seen)
{
    for (int i = 0; i < seen->n_faces; i++)
        for (int k = 0; k < desk->n_students; k++)
            if (desk->students[k].student == seen->faces[i].student)
                desk->places[k] = seen->faces[i].box;
}

int app_desk_add_observation(struct desk *desk, const struct mon_observation *observation)
{
    static struct mon_observation students; /* large */
    int n_before = mon_cast_n_edits(desk->cast), status = FB_OK;
    if (!desk->settings->session && mon_cast_watch_seats(desk->cast, observation))
        for (int i = n_before; i < mon_cast_n_edits(desk->cast); i++) {
            char line[MON_EDIT_LINE_BYTES];
            mon_edit_print(mon_cast_edit(desk->cast, i), line);
            app_pipeline_edit(desk->pipeline, line);
        }
    status = mon_timeline_add(desk->tracks, observation);
    if (!status && desk->cast_generation != mon_cast_generation(desk->cast))
        return remap(desk);
    students = *observation;
    apply_cast(desk, &students);
    if (!status)
        status = mon_timeline_add(desk->timeline, &students);
    if (mon_timeline_n_students(desk->timeline) != desk->n_students)
        list_students(desk);
    note_places(desk, &students);
    return status;
}

static void sort_rows(struct desk *desk)
{
    for (int i = 0; i < desk->n_students; i++)
        desk->rows[i] = (struct app_row){.row = i,
                                         .name = desk->students[i].name,
                                         .has_place = desk->places[i].w > 0,
                                         .place = desk->places[i]};
    for (int i = 0; i < desk->n_students; i++) {
        struct mon_box seat;
        if (mon_cast_seat(desk->cast, desk->students[i].student, &seat)) {
            desk->rows[i].has_place = true;
            desk->rows[i].place = seat;
        }
    }
    app_rows_sort(desk->rows, desk->n_students, desk->is_sorted_by_name);
    desk->n_order = desk->n_students;
    for (int i = 0; i < desk->n_order; i++)
        desk->order[i] = desk->rows[i].row;
}

/* ---- edits ---------------------------------------------------------------------------------- */

/* Into what is recorded, or replayed: the video itself never changes. */
static void keep(struct desk *desk, const char *line)
{
    app_pipeline_edit(desk->pipeline, line);
}

static void describe(const struct desk *desk, const struct mon_edit *edit, char *out, size_t n_out)
{
    char name[UI_NAME_BYTES];
    name_student(desk, edit->student, name);
    static const char *const texts[] = {
        [MON_EDIT_NONE] = "%s",
        [MON_EDIT_NAME] = N_("name of %s"),
        [MON_EDIT_MERGE] = N_("merging with %s"),
        [MON_EDIT_SPLIT] = N_("somebody else than %s"),
        [MON_EDIT_SWAP] = N_("swap with %s"),
        [MON_EDIT_PIN] = N_("seat of %s"),
        [MON_EDIT_UNPIN] = N_("seat of %s"),
        [MON_EDIT_POSTER] = N_("%s is not a student"),
        [MON_EDIT_FORGET] = N_("forgetting %s"),
        [MON_EDIT_ASSIGN] = "%s",
    };
    _Static_assert(sizeof texts / sizeof *texts == MON_EDIT_KIND_COUNT, "a text each");
    snprintf(out, n_out, _(texts[edit->kind]), name); /* NOLINT */
}

static void after_edit(struct desk *desk)
{
    if (remap(desk))
        app_desk_notify(desk, true, fb_error_text());
    desk->selected_student = mon_cast_root(desk->cast, desk->selected_student);
    desk->undo_what[0] = 0;
    if (mon_cast_next_undo(desk->cast))
        describe(desk, mon_cast_next_undo(desk->cast), desk->undo_what, sizeof desk->undo_what);
}

static bool edit(struct desk *desk, struct mon_edit change)
{
    char line[MON_EDIT_LINE_BYTES];
    if (mon_cast_do(desk->cast, &change)) {
        app_desk_notify(desk, true, fb_error_text());
        return false;
    }
    mon_edit_print(mon_cast_edit(desk->cast, mon_cast_n_edits(desk->cast) - 1), line);
    keep(desk, line);
    after_edit(desk);
    return true;
}

static void undo(struct desk *desk, bool is_redo)
{
    struct mon_edit change;
    char what[160], text[200];
    bool is_done =
        is_redo ? mon_cast_redo(desk->cast, &change) : mon_cast_undo(desk->cast, &change);
    if (!is_done) {
        app_desk_notify(desk, false, is_redo ? _("nothing to redo") : _("nothing to undo"));
        return;
    }
    keep(desk, is_redo ? "redo" : "undo");
    if (change.kind == MON_EDIT_FORGET)
        desk->forget_student = is_redo ? change.student : 0;
    describe(desk, &change, what, sizeof what);
    after_edit(desk);
    snprintf(text, sizeof text, is_redo ? _("Redone: %s") : _("Undone: %s"), what);
    app_desk_notify(desk, false, text);
}

/* What was said before the recording started belongs to it too. */
void app_desk_tell_recording(struct desk *desk)
{
    for (int i = 0; i < mon_cast_n_edits(desk->cast); i++) {
        char line[MON_EDIT_LINE_BYTES];
        mon_edit_print(mon_cast_edit(desk->cast, i), line);
        app_pipeline_edit(desk->pipeline, line);
    }
}

/* ---- forgetting ----------------------------------------------------------------------------- */

static void erase_tracks(struct desk *desk)
{
    for (int i = 0; i < mon_timeline_n_students(desk->tracks); i++) {
        int track = mon_timeline_student(desk->tracks, i);
        int64_t until_ns;
        for (int64_t at_ns = INT64_MIN / 4; at_ns < INT64_MAX / 4; at_ns = until_ns) {
            mon_cast_who(desk->cast, track, at_ns, &until_ns);
            int64_t end_ns = until_ns < INT64_MAX / 4 ? until_ns : INT64_MAX / 4;
            if (mon_cast_is_forgotten_at(desk->cast, track, at_ns) &&
                mon_timeline_erase(desk->tracks, track, at_ns - desk->session_start_ns,
                                   end_ns - desk->session_start_ns))
                app_desk_notify(desk, true, fb_error_text());
        }
    }
}

static void forget_for_good(struct desk *desk)
{
    desk->forget_student = 0;
    erase_tracks(desk);
    keep(desk, "erase");
}

/* ---- the card ------------------------------------------------------------------------------- */

static const struct mon_face *face_of(const struct desk *desk, int student, int *track)
{
    static struct mon_observation seen;
    const struct mon_observation *tracks = &desk->latest;
    for (int i = 0; i < tracks->n_faces; i++)
        if (tracks->faces[i].student &&
            mon_cast_who(desk->cast, tracks->faces[i].student, now_ns(desk), NULL) == student) {
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

static void keep_name(struct desk *desk, const char *text)
{
    int student = desk->card.student;
    struct mon_edit change = {.kind = MON_EDIT_NAME, .student = student};
    snprintf(change.text, sizeof change.text, "%.*s", MON_NAME_BYTES - 1, text);
    for (size_t n = strlen(change.text); n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80;)
        change.text[--n] = 0; /* never half a character */
    if (strcmp(change.text, mon_cast_name(desk->cast, student)))
        edit(desk, change);
}

static void close_card(struct desk *desk, bool keeps_name)
{
    if (keeps_name)
        keep_name(desk, desk->card.name.text);
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

static void type(struct desk *desk, const struct ui_event *event)
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
        close_card(desk, true);
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

static void pin(struct desk *desk, int student)
{
    struct mon_edit change = {.kind = MON_EDIT_UNPIN, .student = student, .from_ns = now_ns(desk)};
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
    edit(desk, change);
}

static void forget(struct desk *desk, int student)
{
    if (desk->forget_student)
        forget_for_good(desk);
    if (!edit(desk, (struct mon_edit){.kind = MON_EDIT_FORGET, .student = student}))
        return;
    desk->forget_student = student;
    desk->forget_ns = fb_clock_now_ns() + FORGET_NS;
    app_desk_notify(desk, false,
                    _("Forgotten: the rows are erased in 10 seconds. Ctrl+Z keeps them."));
}

static void ask(struct desk *desk, enum ui_asking asking)
{
    keep_name(desk, desk->card.name.text);
    int student = desk->card.student;
    close_card(desk, false);
    desk->selected_student = student;
    desk->asking = asking;
}

static void answer(struct desk *desk, int other)
{
    enum ui_asking asking = desk->asking;
    desk->asking = UI_ASKING_NOTHING;
    if (!other || other == desk->selected_student)
        return;
    struct mon_edit change = {
        .kind = asking == UI_ASKING_WHO_IS_SAME ? MON_EDIT_MERGE : MON_EDIT_SWAP,
        .student = desk->selected_student,
        .other = other,
        .from_ns = now_ns(desk),
    };
    /* The lower number stays, unless only the other one has a name. */
    if (change.kind == MON_EDIT_MERGE && change.other < change.student &&
        !mon_cast_name(desk->cast, change.student)[0]) {
        change.other = change.student;
        change.student = other;
    }
    if (edit(desk, change))
        app_desk_notify(desk, false,
                        change.kind == MON_EDIT_MERGE
                            ? _("Merged. Ctrl+Z takes it back.")
                            : _("Swapped from now on. Ctrl+Z takes it back."));
}

static void measure_baseline(struct desk *desk, int student)
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

static void act(struct desk *desk, const struct ui_event *event)
{
    int student = event->student;
    switch (event->kind) {
    case UI_EVENT_MERGE:
        ask(desk, UI_ASKING_WHO_IS_SAME);
        break;
    case UI_EVENT_SWAP:
        ask(desk, UI_ASKING_WHOM_TO_SWAP);
        break;
    case UI_EVENT_SPLIT:
        close_card(desk, true);
        if (edit(desk, (struct mon_edit){
                           .kind = MON_EDIT_SPLIT, .student = student, .from_ns = now_ns(desk)}))
            app_desk_open_card(desk,
                               mon_cast_edit(desk->cast, mon_cast_n_edits(desk->cast) - 1)->other);
        break;
    case UI_EVENT_PIN:
        pin(desk, student);
        break;
    case UI_EVENT_BASELINE:
        measure_baseline(desk, student);
        break;
    case UI_EVENT_POSTER:
        close_card(desk, false);
        if (edit(desk, (struct mon_edit){.kind = MON_EDIT_POSTER, .student = student}))
            app_desk_notify(desk, false, _("No longer shown or counted. Ctrl+Z takes it back."));
        break;
    case UI_EVENT_FORGET:
        close_card(desk, false);
        forget(desk, student);
        break;
    default:
        break;
    }
}

/* A row as shown; 0: there is none. */
static int student_of_row(const struct desk *desk, int i)
{
    return i >= 0 && i < desk->n_order && desk->order[i] < desk->n_students
               ? desk->students[desk->order[i]].student
               : 0;
}

static int step_selection(const struct desk *desk, int step)
{
    int at = step > 0 ? -1 : desk->n_order;
    for (int i = 0; i < desk->n_order; i++)
        if (student_of_row(desk, i) == desk->selected_student)
            at = i;
    at += step;
    return at < 0 || at >= desk->n_order ? desk->selected_student : student_of_row(desk, at);
}

static void select_student(struct desk *desk, int student)
{
    if (desk->asking)
        answer(desk, student);
    else if (desk->card.student) {
        close_card(desk, true);
        app_desk_open_card(desk, student);
    } else
        app_desk_open_card(desk, student);
}

bool app_desk_handle_people(struct desk *desk, const struct ui_event *event)
{
    switch (event->kind) {
    case UI_EVENT_SELECT:
        select_student(desk, event->student);
        return true;
    case UI_EVENT_SELECT_ROW:
        if (student_of_row(desk, event->amount))
            desk->selected_student = student_of_row(desk, event->amount);
        return true;
    case UI_EVENT_SELECT_STEP:
        desk->selected_student = step_selection(desk, event->amount);
        return true;
    case UI_EVENT_NAME:
        if (desk->asking)
            answer(desk, desk->selected_student);
        else if (desk->selected_student)
            app_desk_open_card(desk, desk->selected_student);
        else
            app_desk_notify(desk, false, _("Click a face or a row first, or press its number"));
        return true;
    case UI_EVENT_TEXT:
    case UI_EVENT_EDIT:
        if (desk->card.student)
            type(desk, event);
        return desk->card.student != 0 || event->amount == UI_EDIT_ENTER;
    case UI_EVENT_SUGGESTION:
        keep_name(desk, desk->card.suggestions[event->amount]);
        close_card(desk, false);
        return true;
    case UI_EVENT_CLOSE:
        if (desk->card.student)
            close_card(desk, false);
        else if (!desk->asking)
            return false;
        desk->asking = UI_ASKING_NOTHING;
        return true;
    case UI_EVENT_UNDO:
    case UI_EVENT_REDO:
        undo(desk, event->kind == UI_EVENT_REDO);
        return true;
    case UI_EVENT_SORT:
        desk->is_sorted_by_name = !desk->is_sorted_by_name;
        desk->sorted_ns = 0;
        return true;
    case UI_EVENT_MERGE:
    case UI_EVENT_SWAP:
    case UI_EVENT_SPLIT:
    case UI_EVENT_PIN:
    case UI_EVENT_BASELINE:
    case UI_EVENT_POSTER:
    case UI_EVENT_FORGET:
        act(desk, event);
        return true;
    default:
        return false;
    }
}

static void tend_card(struct desk *desk)
{
    struct ui_card *card = &desk->card;
    int track = 0;
    if (!card->student)
        return;
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

void app_desk_tend_people(struct desk *desk)
{
    int64_t now = fb_clock_now_ns();
    if (desk->forget_student && now >= desk->forget_ns)
        forget_for_good(desk);
    if (desk->n_order != desk->n_students || now - desk->sorted_ns > SORT_NS) {
        sort_rows(desk);
        desk->sorted_ns = now;
    }
    tend_card(desk);
}

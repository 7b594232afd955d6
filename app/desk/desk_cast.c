/* Who is who at the desk: the edits, their way into the timelines and into what is recorded or
 * replayed, and the list of students that comes of them. */
#include "desk_people.h"

#include "base/clock.h"
#include "base/words.h"

#include <stdio.h>
#include <string.h>

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

int64_t app_desk_session_ns(const struct desk *desk)
{
    return app_desk_shown_ns(desk) + desk->session_start_ns;
}

/* ---- the list of students ------------------------------------------------------------------- */

void app_desk_name(const struct desk *desk, int student, char name[UI_NAME_BYTES])
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
        app_desk_name(desk, desk->students[i].student, desk->students[i].name);
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

void app_desk_sort_rows(struct desk *desk)
{
    for (int i = 0; i < desk->n_students; i++)
        desk->rows[i] = (struct app_row){.row = i,
                                         .name = desk->students[i].name,
                                         .number = *mon_cast_name(desk->cast, desk->students[i].student) ? 0
                                                   : mon_cast_origin(desk->cast, desk->students[i].student),
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
    app_desk_name(desk, edit->student, name);
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

bool app_desk_edit(struct desk *desk, struct mon_edit change)
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

void app_desk_undo(struct desk *desk, bool is_redo)
{
    struct mon_edit change;
    char what[160], text[200];
    bool is_done =
        is_redo ? mon_cast_redo(desk->cast, &change) : mon_cast_undo(desk->cast, &change);
    if (!is_done) {
        app_desk_notify(desk, false, is_redo ? _("nothing to redo") : _("nothing to undo"));
        return;
    }
    char line[MON_EDIT_LINE_BYTES] = "undo";
    if (is_redo) /* as an edit of its own: a session opened later knows nothing of what was undone
                  */
        mon_edit_print(&change, line);
    keep(desk, line);
    if (change.kind == MON_EDIT_FORGET)
        desk->forget_student = is_redo ? change.student : 0;
    if (change.kind == MON_EDIT_SPLIT && !is_redo && desk->card.student == change.other)
        app_desk_close_card(desk, false); /* nobody is that any more */
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

void app_desk_forget_now(struct desk *desk)
{
    desk->forget_student = 0;
    erase_tracks(desk);
    mon_cast_erase_names(desk->cast);
    keep(desk, "erase");
    after_edit(desk);
}

/* What is done with the students at the desk: choosing one, the card, and the edits of who is who.
 */
#include "desk_people.h"

#include "base/clock.h"
#include "base/words.h"

#define FORGET_NS (10 * FB_NS_PER_S)
#define SORT_NS FB_NS_PER_S

static void forget(struct desk *desk, int student)
{
    if (desk->forget_student)
        app_desk_forget_now(desk);
    if (!app_desk_edit(desk, (struct mon_edit){.kind = MON_EDIT_FORGET, .student = student}))
        return;
    desk->forget_student = student;
    desk->forget_ns = fb_clock_now_ns() + FORGET_NS;
    app_desk_notify(desk, false,
                    _("Forgotten: the rows are erased in 10 seconds. Ctrl+Z keeps them."));
}

static void ask(struct desk *desk, enum ui_asking asking)
{
    app_desk_keep_name(desk, desk->card.name.text);
    int student = desk->card.student;
    app_desk_close_card(desk, false);
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
        .from_ns = app_desk_session_ns(desk),
    };
    /* The lower number stays, unless only the other one has a name. */
    if (change.kind == MON_EDIT_MERGE && change.other < change.student &&
        !mon_cast_name(desk->cast, change.student)[0]) {
        change.other = change.student;
        change.student = other;
    }
    if (app_desk_edit(desk, change))
        app_desk_notify(desk, false,
                        change.kind == MON_EDIT_MERGE
                            ? _("Merged. Ctrl+Z takes it back.")
                            : _("Swapped from now on. Ctrl+Z takes it back."));
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
        app_desk_close_card(desk, true);
        if (app_desk_edit(desk, (struct mon_edit){.kind = MON_EDIT_SPLIT,
                                                  .student = student,
                                                  .from_ns = app_desk_session_ns(desk)}))
            app_desk_open_card(desk,
                               mon_cast_edit(desk->cast, mon_cast_n_edits(desk->cast) - 1)->other);
        break;
    case UI_EVENT_PIN:
        app_desk_pin(desk, student);
        break;
    case UI_EVENT_BASELINE:
        app_desk_measure_baseline(desk, student);
        break;
    case UI_EVENT_POSTER:
        app_desk_close_card(desk, false);
        if (app_desk_edit(desk, (struct mon_edit){.kind = MON_EDIT_POSTER, .student = student}))
            app_desk_notify(desk, false, _("No longer shown or counted. Ctrl+Z takes it back."));
        break;
    case UI_EVENT_FORGET:
        app_desk_close_card(desk, false);
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
        app_desk_close_card(desk, true);
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
            app_desk_type_name(desk, event);
        return desk->card.student != 0 || event->amount == UI_EDIT_ENTER;
    case UI_EVENT_SUGGESTION:
        app_desk_keep_name(desk, desk->card.suggestions[event->amount]);
        app_desk_close_card(desk, false);
        return true;
    case UI_EVENT_CLOSE:
        if (desk->card.student)
            app_desk_close_card(desk, false);
        else if (!desk->asking)
            return false;
        desk->asking = UI_ASKING_NOTHING;
        return true;
    case UI_EVENT_UNDO:
    case UI_EVENT_REDO:
        app_desk_undo(desk, event->kind == UI_EVENT_REDO);
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

void app_desk_tend_people(struct desk *desk)
{
    int64_t now = fb_clock_now_ns();
    if (desk->forget_student && now >= desk->forget_ns)
        app_desk_forget_now(desk);
    if (desk->n_order != desk->n_students || now - desk->sorted_ns > SORT_NS) {
        app_desk_sort_rows(desk);
        desk->sorted_ns = now;
    }
    app_desk_tend_card(desk);
}

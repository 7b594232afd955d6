/* Who is who: every edit, its text form, its undoing, and what the timeline makes of it. */
#include "base/clock.h"
#include "mon/cast.h"
#include "mon/timeline.h"
#include "test.h"

#define S FB_NS_PER_S

static struct mon_cast *cast;

static void start(void)
{
    mon_cast_destroy(&cast);
    CHECK_INT(mon_cast_create(&cast), FB_OK);
}

static int edit(enum mon_edit_kind kind, int student, int other, int64_t from_ns)
{
    return mon_cast_do(cast, &(struct mon_edit){.kind = kind,
                                                .student = student,
                                                .other = other,
                                                .from_ns = from_ns,
                                                .box = {100, 100, 50, 50}});
}

static int name(int student, const char *text)
{
    struct mon_edit e = {.kind = MON_EDIT_NAME, .student = student};
    snprintf(e.text, sizeof e.text, "%s", text);
    return mon_cast_do(cast, &e);
}

static int who(int track, int64_t at_ns)
{
    return mon_cast_who(cast, track, at_ns, NULL);
}

static void names(void)
{
    start();
    CHECK_STR(mon_cast_name(cast, 3), "");
    CHECK_INT(name(3, "Zoë Müller"), FB_OK);
    CHECK_INT(name(4, "李"), FB_OK);
    CHECK_STR(mon_cast_name(cast, 3), "Zoë Müller");
    CHECK_INT(mon_cast_find(cast, "李"), 4);
    CHECK_INT(mon_cast_find(cast, "Zoë"), 0);
    CHECK_INT(name(3, ""), FB_OK);
    CHECK_STR(mon_cast_name(cast, 3), "");
    CHECK(mon_cast_undo(cast, NULL));
    CHECK_STR(mon_cast_name(cast, 3), "Zoë Müller");
    CHECK_INT(name(0, "nobody"), FB_ERR_USAGE);
}

static void merging(void)
{
    int64_t until = 0;
    start();
    name(7, "Anna");
    CHECK_INT(edit(MON_EDIT_MERGE, 3, 7, 0), FB_OK);
    CHECK_INT(who(7, 5 * S), 3);
    CHECK_INT(who(3, 5 * S), 3);
    CHECK_INT(who(8, 5 * S), 8);
    CHECK_STR(mon_cast_name(cast, 3), "Anna"); /* the only name of the two */
    CHECK_INT(mon_cast_find(cast, "Anna"), 3);
    CHECK_INT(edit(MON_EDIT_MERGE, 7, 3, 0), FB_ERR_USAGE);
    CHECK_INT(edit(MON_EDIT_MERGE, 1, 3, 0), FB_OK); /* a chain */
    CHECK_INT(mon_cast_who(cast, 7, 0, &until), 1);
    CHECK(until == INT64_MAX);
    CHECK(mon_cast_undo(cast, NULL));
    CHECK_INT(who(7, 0), 3);
    CHECK(mon_cast_undo(cast, NULL));
    CHECK_INT(who(7, 0), 7);
    CHECK_STR(mon_cast_name(cast, 3), "");
}

static void splitting(void)
{
    int64_t until = 0;
    start();
    CHECK_INT(edit(MON_EDIT_MERGE, 3, 7, 0), FB_OK);
    CHECK_INT(edit(MON_EDIT_SPLIT, 3, 0, 10 * S), FB_OK);
    int part = mon_cast_edit(cast, 1)->other;
    CHECK(part >= MON_CAST_FIRST_SPLIT);
    CHECK_INT(mon_cast_origin(cast, part), 3);
    CHECK_INT(mon_cast_who(cast, 3, 9 * S, &until), 3);
    CHECK(until == 10 * S);
    CHECK_INT(who(3, 10 * S), part);
    CHECK_INT(who(7, 10 * S), part); /* what was merged into 3 goes with it */
    CHECK_INT(who(7, 9 * S), 3);
    CHECK_INT(edit(MON_EDIT_SPLIT, part, 0, 20 * S), FB_OK);
    CHECK_INT(who(3, 15 * S), part);
    CHECK_INT(who(3, 20 * S), part + 1);
    CHECK(mon_cast_undo(cast, NULL) && mon_cast_undo(cast, NULL));
    CHECK_INT(who(3, 30 * S), 3);
    CHECK(mon_cast_redo(cast, NULL));
    CHECK_INT(who(3, 30 * S), part);
}

static void swapping(void)
{
    start();
    CHECK_INT(edit(MON_EDIT_SWAP, 1, 2, 10 * S), FB_OK);
    CHECK_INT(who(1, 9 * S), 1);
    CHECK_INT(who(1, 10 * S), 2);
    CHECK_INT(who(2, 10 * S), 1);
    CHECK_INT(edit(MON_EDIT_SWAP, 1, 2, 20 * S), FB_OK); /* and back */
    CHECK_INT(who(1, 15 * S), 2);
    CHECK_INT(who(1, 25 * S), 1);
    CHECK_INT(who(2, 25 * S), 2);
    CHECK_INT(edit(MON_EDIT_SWAP, 2, 2, 20 * S), FB_ERR_USAGE);
    /* An earlier swap reaches over a later one. */
    CHECK_INT(edit(MON_EDIT_SWAP, 1, 2, 5 * S), FB_OK);
    CHECK_INT(who(1, 7 * S), 2);
    CHECK_INT(who(1, 15 * S), 1);
    CHECK_INT(who(1, 25 * S), 2);
}

static void hiding(void)
{
    struct mon_observation seen = {.n_faces = 3};
    for (int i = 0; i < 3; i++)
        seen.faces[i] = (struct mon_face){.student = i + 1, .is_seen = true};
    start();
    CHECK_INT(edit(MON_EDIT_POSTER, 1, 0, 0), FB_OK);
    CHECK_INT(edit(MON_EDIT_FORGET, 3, 0, 0), FB_OK);
    CHECK(mon_cast_is_forgotten(cast, 3) && !mon_cast_is_forgotten(cast, 1));
    mon_cast_apply(cast, &seen);
    CHECK_INT(seen.n_faces, 1);
    CHECK_INT(seen.faces[0].student, 2);
    struct mon_edit undone;
    CHECK_INT(mon_cast_next_undo(cast)->kind, MON_EDIT_FORGET);
    CHECK(mon_cast_undo(cast, &undone));
    CHECK_INT(undone.kind, MON_EDIT_FORGET);
    CHECK_INT(who(3, 0), 3);
    CHECK_INT(who(1, 0), 0);
}

static void one_face_each(void)
{
    struct mon_observation seen = {.n_faces = 4};
    for (int i = 0; i < 4; i++)
        seen.faces[i] = (struct mon_face){.student = i, .is_seen = i != 1, .quality = .5F};
    start();
    edit(MON_EDIT_MERGE, 3, 1, 0);
    edit(MON_EDIT_SWAP, 2, 3, 0);
    mon_cast_apply(cast, &seen); /* 0 stays nobody yet; 1 and 3 are 2; 2 is 3 */
    CHECK_INT(seen.n_faces, 3);
    CHECK_INT(seen.faces[0].student, 0);
    CHECK_INT(seen.faces[1].student, 2);
    CHECK(seen.faces[1].is_seen);
    CHECK_INT(seen.faces[2].student, 3);
}

static void seats(void)
{
    struct mon_observation seen = {.n_faces = 2};
    seen.faces[0] = (struct mon_face){.student = 1, .is_seen = true, .box = {400, 100, 50, 50}};
    seen.faces[1] = (struct mon_face){.student = 9, .is_seen = true, .box = {105, 98, 48, 48}};
    start();
    CHECK_INT(edit(MON_EDIT_PIN, 1, 0, 0), FB_OK); /* at 100, 100 */
    int n_made = 0;
    for (seen.pts_ns = 10 * S; seen.pts_ns < 13 * S; seen.pts_ns += S / 5)
        n_made += mon_cast_watch_seats(cast, &seen);
    CHECK_INT(n_made, 2);
    CHECK_INT(who(9, 9 * S), 9);
    CHECK_INT(who(9, 12 * S), 1); /* from when they sat down */
    CHECK_INT(who(9, 10 * S), 1);
    CHECK_INT(who(1, 12 * S), 9);
    CHECK(mon_cast_undo(cast, NULL)); /* the pin, with what came of it */
    CHECK_INT(who(9, 12 * S), 9);
    CHECK_INT(mon_cast_n_edits(cast), 0);
}

static void passing_a_seat_is_not_sitting(void)
{
    struct mon_observation seen = {.n_faces = 1};
    start();
    edit(MON_EDIT_PIN, 1, 0, 0);
    int n_made = 0;
    for (int i = 0; i < 100; i++) { /* there and away, every second */
        seen.faces[0] = (struct mon_face){.student = 2, .is_seen = true, .box = {100, 100, 50, 50}};
        seen.faces[0].box.x += i % 10 < 5 ? 0 : 300;
        seen.pts_ns = i * S / 4;
        n_made += mon_cast_watch_seats(cast, &seen);
    }
    CHECK_INT(n_made, 0);
}

static void lines(void)
{
    static const struct mon_edit edits[] = {
        {MON_EDIT_NAME, 3, 0, 0, {0, 0, 0, 0}, "Zo\u00eb  M. 3 4"},
        {MON_EDIT_NAME, 3, 0, 0, {0, 0, 0, 0}, ""},
        {MON_EDIT_MERGE, 3, 7, 0, {0, 0, 0, 0}, ""},
        {MON_EDIT_SPLIT, 3, 100000, 123456789012, {0, 0, 0, 0}, ""},
        {MON_EDIT_SWAP, 3, 4, -5, {0, 0, 0, 0}, ""},
        {MON_EDIT_PIN, 3, 0, 7, {1.5F, 2, 30, 31}, ""},
        {MON_EDIT_UNPIN, 3, 0, 0, {0, 0, 0, 0}, ""},
        {MON_EDIT_POSTER, 3, 0, 0, {0, 0, 0, 0}, ""},
        {MON_EDIT_FORGET, 3, 0, 0, {0, 0, 0, 0}, ""},
        {MON_EDIT_ASSIGN, 3, 12, 99, {0, 0, 0, 0}, ""},
    };
    for (int i = 0; i < (int)(sizeof edits / sizeof *edits); i++) {
        char line[MON_EDIT_LINE_BYTES];
        struct mon_edit back;
        mon_edit_print(&edits[i], line);
        CHECK_INT(mon_edit_parse(line, &back), FB_OK);
        CHECK_MSG(back.kind == edits[i].kind && back.student == edits[i].student &&
                      back.other == edits[i].other && back.from_ns == edits[i].from_ns &&
                      !memcmp(&back.box, &edits[i].box, sizeof back.box) &&
                      !strcmp(back.text, edits[i].text),
                  "%s", line);
    }
    static const char *const bad[] = {"",          "name",        "marry 1 2 3", "merge 3",
                                      "pin 3 4 5", "merge x 1 0", "name x Anna"};
    for (int i = 0; i < (int)(sizeof bad / sizeof *bad); i++) {
        struct mon_edit back;
        CHECK_MSG(mon_edit_parse(bad[i], &back) == FB_ERR_INPUT, "%s", bad[i]);
    }
}

static int who_for_timeline(void *user, int student, int64_t at_ns, int64_t *until_ns)
{
    return mon_cast_who(user, student, at_ns, until_ns);
}

static void add(struct mon_timeline *timeline, int64_t at_ns, int n, const int *students,
                const int *expressions)
{
    struct mon_observation seen = {.pts_ns = at_ns, .n_faces = n};
    for (int i = 0; i < n; i++)
        seen.faces[i] = (struct mon_face){.student = students[i],
                                          .is_seen = true,
                                          .expression = expressions[i],
                                          .confidence = .8F};
    CHECK_INT(mon_timeline_add(timeline, &seen), FB_OK);
}

static double seconds_of(const struct mon_timeline *timeline, int student, int expression)
{
    for (int row = 0; row < mon_timeline_n_students(timeline); row++)
        if (mon_timeline_student(timeline, row) == student)
            return mon_timeline_summary(timeline, row).expression_s[expression];
    return -1;
}

/* The same rows from the same edits, whether they come before or after the observations. */
static void remapping(void)
{
    struct mon_timeline *raw, *shown, *direct;
    start();
    edit(MON_EDIT_MERGE, 1, 3, 0);
    edit(MON_EDIT_SWAP, 1, 2, 20 * S);
    edit(MON_EDIT_SPLIT, 2, 0, 30 * S);
    edit(MON_EDIT_POSTER, 4, 0, 0);
    CHECK(!mon_timeline_create(&raw) && !mon_timeline_create(&shown) &&
          !mon_timeline_create(&direct));
    for (int i = 0; i < 400; i++) {
        static const int expressions[] = {FB_HAPPINESS, FB_ANGER, FB_SADNESS};
        int students[] = {i < 100 ? 1 : 3, 2, 4};
        struct mon_observation seen = {.pts_ns = i * S / 10, .n_faces = 3};
        add(raw, seen.pts_ns, 3, students, expressions);
        for (int k = 0; k < 3; k++)
            seen.faces[k] = (struct mon_face){.student = students[k],
                                              .is_seen = true,
                                              .expression = expressions[k],
                                              .confidence = .8F};
        mon_cast_apply(cast, &seen);
        CHECK_INT(mon_timeline_add(direct, &seen), FB_OK);
    }
    CHECK_INT(mon_timeline_remap(raw, who_for_timeline, cast, shown), FB_OK);
    int part = mon_cast_edit(cast, 2)->other;
    struct {
        int student, expression;
        double seconds;
    } expected[] = {{1, FB_HAPPINESS, 20}, {1, FB_ANGER, 20},        {2, FB_ANGER, 20},
                    {2, FB_HAPPINESS, 10}, {part, FB_HAPPINESS, 10}, {part, FB_ANGER, 0},
                    {3, FB_HAPPINESS, -1}, {4, FB_SADNESS, -1}};
    for (int i = 0; i < (int)(sizeof expected / sizeof *expected); i++) {
        double is = seconds_of(shown, expected[i].student, expected[i].expression);
        CHECK_MSG(fabs(is - expected[i].seconds) < .11, "row %d: %g s for %g", i, is,
                  expected[i].seconds);
        CHECK_NEAR(is, seconds_of(direct, expected[i].student, expected[i].expression), .11);
    }
    CHECK_INT(mon_timeline_erase(raw, 2, 0, 10 * S), FB_OK);
    CHECK_NEAR(seconds_of(raw, 2, FB_ANGER), 30, .11);
    mon_timeline_destroy(&raw);
    mon_timeline_destroy(&shown);
    mon_timeline_destroy(&direct);
    mon_cast_destroy(&cast);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"names", names},         {"merging", merging},
        {"splitting", splitting}, {"swapping", swapping},
        {"hiding", hiding},       {"one_face_each", one_face_each},
        {"seats", seats},         {"passing_a_seat_is_not_sitting", passing_a_seat_is_not_sitting},
        {"lines", lines},         {"remapping", remapping},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}

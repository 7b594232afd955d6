/* Names from a list, rows in order, and who is who kept in a session. */
#include "base/clock.h"
#include "roster.h"
#include "row_order.h"
#include "session/forget.h"
#include "session/session_people.h"
#include "test.h"

#define S FB_NS_PER_S

static char dir[64];

static void start(void)
{
    snprintf(dir, sizeof dir, "/tmp/test_people_XXXXXX");
    if (!mkdtemp(dir))
        exit(1);
}

static void finish(void)
{
    char command[160];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    if (system(command))
        exit(1);
}

static int read_roster(const char *text, struct app_roster *roster)
{
    char path[128];
    snprintf(path, sizeof path, "%s/names.txt", dir);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    return app_roster_read(path, roster);
}

static void rosters(void)
{
    static struct app_roster roster;
    const char *names[4];
    struct mon_cast *cast;
    start();
    CHECK_INT(read_roster("\xEF\xBB\xBF"
                          "Anna Berg\r\n# absent: Tom\n\n  Zo\u00eb-Marie M\u00fcller , 7b\n"
                          "\"\u674e\";x\nBernd Anders\n",
                          &roster),
              FB_OK);
    CHECK_INT(roster.n, 4);
    CHECK_STR(roster.names[0], "Anna Berg");
    CHECK_STR(roster.names[1], "Zo\u00eb-Marie M\u00fcller");
    CHECK_STR(roster.names[2], "\u674e");
    CHECK_INT(mon_cast_create(&cast), FB_OK);
    CHECK_INT(app_roster_suggest(&roster, cast, "an", names, 4), 2);
    CHECK_STR(names[0], "Anna Berg");
    CHECK_STR(names[1], "Bernd Anders");
    CHECK_INT(app_roster_suggest(&roster, cast, "MAR", names, 4), 1);
    CHECK_INT(app_roster_suggest(&roster, cast, "xyz", names, 4), 0);
    struct mon_edit taken = {.kind = MON_EDIT_NAME, .student = 1, .text = "Anna Berg"};
    CHECK_INT(mon_cast_do(cast, &taken), FB_OK);
    CHECK_INT(app_roster_suggest(&roster, cast, "", names, 4), 4);
    CHECK_STR(names[3], "Anna Berg"); /* taken ones last */
    mon_cast_destroy(&cast);
    CHECK_INT(read_roster("Anna\nM\xFCller\n", &roster), FB_ERR_INPUT);
    CHECK(strstr(fb_error_text(), "names.txt:2:") != NULL);
    CHECK_INT(app_roster_read("/nonexistent/names", &roster), FB_ERR_INPUT);
    finish();
}

static void row_order(void)
{
    struct app_row rows[] = {
        {.row = 0, .name = "Carl", .has_place = true, .place = {500, 310, 60, 60}},
        {.row = 1, .name = "anna", .has_place = true, .place = {100, 100, 40, 40}},
        {.row = 2, .name = "Bo"},
        {.row = 3, .name = "Dora", .has_place = true, .place = {100, 300, 60, 60}},
        {.row = 4, .name = "Emil", .has_place = true, .place = {400, 90, 40, 40}},
    };
    static const int by_seat[] = {1, 4, 3, 0, 2}, by_name[] = {2, 0, 3, 4, 1};
    app_rows_sort(rows, 5, false);
    for (int i = 0; i < 5; i++)
        CHECK_INT(rows[i].row, by_seat[i]);
    app_rows_sort(rows, 5, true); /* in the C locale: capitals first */
    for (int i = 0; i < 5; i++)
        CHECK_INT(rows[i].row, by_name[i]);
    struct app_row few[] = {{.row = 0, .name = "Student 10", .number = 10}, {.row = 1, .name = "Student 9", .number = 9},
                            {.row = 2, .name = "Zo\u00eb"}};
    app_rows_sort(few, 3, true); /* named ones first, then 9 before 10 */
    for (int i = 0; i < 3; i++)
        CHECK_INT(few[i].row, 2 - i);
}

struct seen {
    int n_faces[8]; /* of students 0 .. 7 */
    char names[512];
};

static int count(void *user, const struct mon_observation *observation)
{
    struct seen *seen = user;
    for (int i = 0; i < observation->n_faces; i++)
        if (observation->faces[i].student < 8)
            seen->n_faces[observation->faces[i].student]++;
    return FB_OK;
}

static int list(void *user, int student, const char *name)
{
    struct seen *seen = user;
    size_t n = strlen(seen->names);
    snprintf(seen->names + n, sizeof seen->names - n, "%d=%s ", student, name);
    return FB_OK;
}

static struct seen look(const char *folder, bool has_tracks)
{
    struct seen seen = {.names = ""};
    struct app_session *session;
    CHECK_INT(app_session_open(folder, APP_SESSION_READ, &session), FB_OK);
    if (has_tracks)
        app_session_read_tracks(session);
    CHECK_INT(app_session_each(session, INT64_MIN, INT64_MAX, count, &seen), FB_OK);
    CHECK_INT(app_session_each_student(session, list, &seen), FB_OK);
    CHECK_INT(app_session_close(&session), FB_OK);
    return seen;
}

static void sessions(void)
{
    char folder[512];
    struct app_session *session;
    struct mon_cast *cast, *loaded;
    start();
    CHECK_INT(app_session_create(dir, "x", &session), FB_OK);
    snprintf(folder, sizeof folder, "%s", app_session_folder(session));
    CHECK_INT(mon_cast_create(&cast), FB_OK);
    for (int i = 0; i < 10; i++) {
        struct mon_observation seen = {.pts_ns = i * S, .n_faces = 3};
        for (int k = 0; k < 3; k++)
            seen.faces[k] =
                (struct mon_face){.student = k + 1, .is_seen = true, .box = {10, 10, 20, 20}};
        CHECK_INT(app_session_add(session, &seen), FB_OK);
    }
    CHECK_INT(app_people_edit(session, cast, "name 3 Zo\u00eb"), FB_OK);
    CHECK_INT(app_people_edit(session, cast, "swap 1 2 5000000000"), FB_OK);
    CHECK_INT(app_people_edit(session, cast, "name 1 Tom"), FB_OK);
    CHECK_INT(app_people_edit(session, cast, "undo"), FB_OK);
    CHECK_INT(app_people_edit(session, cast, "merge 2 3"), FB_OK);
    CHECK_INT(app_people_edit(session, cast, "nonsense"), FB_ERR_INPUT);
    CHECK_INT(app_session_close(&session), FB_OK);

    struct seen seen = look(folder, false), tracks = look(folder, true);
    CHECK_INT(seen.n_faces[1], 10);
    CHECK_INT(seen.n_faces[2], 10); /* tracks 2 or 1, and 3: one face a frame */
    CHECK_INT(seen.n_faces[3], 0);
    CHECK_STR(seen.names, "1= 2=Zo\u00eb ");
    CHECK_INT(tracks.n_faces[3], 10); /* the rows are as they were measured */

    CHECK_INT(app_session_open(folder, APP_SESSION_WRITE, &session), FB_OK);
    CHECK_INT(mon_cast_create(&loaded), FB_OK);
    CHECK_INT(app_people_load(session, loaded), FB_OK);
    CHECK_INT(mon_cast_n_edits(loaded), mon_cast_n_edits(cast));
    CHECK_INT(app_people_edit(session, loaded, "forget 1 0 0"), FB_OK);
    CHECK_INT(look(folder, false).n_faces[1], 0);
    CHECK_INT(look(folder, true).n_faces[1], 10); /* not yet */
    CHECK_INT(app_people_erase(session, loaded), FB_OK);
    CHECK_INT(app_session_close(&session), FB_OK);
    tracks = look(folder, true);
    CHECK_INT(tracks.n_faces[1], 5); /* track 1 was student 1 until 5 s, */
    CHECK_INT(tracks.n_faces[2], 5); /* then track 2 was */
    CHECK_INT(tracks.n_faces[3], 10);
    mon_cast_destroy(&cast);
    mon_cast_destroy(&loaded);
    finish();
}

/* The bytes are in a file of the session's folder. */
static bool folder_holds(const char *folder, const char *text)
{
    static char bytes[1 << 20];
    static const char *const names[] = {"session.db", "session.db-wal"};
    bool is_found = false;
    for (int i = 0; i < 2; i++) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        FILE *file = fopen(path, "rb");
        size_t n = file ? fread(bytes, 1, sizeof bytes, file) : 0;
        is_found |= n && memmem(bytes, n, text, strlen(text));
        if (file)
            fclose(file);
    }
    return is_found;
}

/* Three students, 1 and 3 one and the same under a name that was another one first. */
static struct app_session *class_with_names(char *folder, size_t folder_bytes)
{
    static const char *const edits[] = {"name 3 Bodhi first", "name 3 Anna Berg", "merge 3 1",
                                        "name 2 Zo\u00eb"};
    struct app_session *session;
    struct mon_cast *cast;
    CHECK_INT(app_session_create(dir, "x", &session), FB_OK);
    snprintf(folder, folder_bytes, "%s", app_session_folder(session));
    for (int i = 0; i < 10; i++) {
        struct mon_observation seen = {.pts_ns = i * S, .n_faces = 3};
        for (int k = 0; k < 3; k++)
            seen.faces[k] = (struct mon_face){.student = k + 1, .is_seen = true};
        CHECK_INT(app_session_add(session, &seen), FB_OK);
    }
    CHECK_INT(mon_cast_create(&cast), FB_OK);
    for (int i = 0; i < 4; i++)
        CHECK_INT(app_people_edit(session, cast, edits[i]), FB_OK);
    mon_cast_destroy(&cast);
    return session;
}

static void forgetting(void)
{
    char folder[512];
    int student = 0;
    start();
    struct app_session *session = class_with_names(folder, sizeof folder);
    CHECK_INT(app_forget_find(session, "nobody", &student), FB_ERR_USAGE);
    CHECK(strstr(fb_error_text(), "2 Zo\u00eb, 3 Anna Berg"));
    CHECK_INT(app_forget_find(session, "1", &student), FB_ERR_USAGE); /* is 3 now */
    CHECK_INT(app_forget_find(session, "student 2", &student), FB_OK);
    CHECK_INT(student, 2);
    CHECK_INT(app_forget_find(session, "anna BERG", &student), FB_OK);
    CHECK_INT(student, 3);
    CHECK(folder_holds(folder, "Anna Berg") && folder_holds(folder, "Bodhi first"));
    CHECK_INT(app_forget_student(session, student), FB_OK);
    CHECK(!folder_holds(folder, "Anna Berg") && !folder_holds(folder, "Bodhi first"));
    CHECK_INT(app_forget_student(session, student), FB_OK); /* once more harms nobody */
    CHECK_INT(app_session_verify(session), FB_OK);
    CHECK_INT(app_session_close(&session), FB_OK);
    CHECK(folder_holds(folder, "Zo\u00eb"));
    struct seen seen = look(folder, true);
    CHECK_INT(seen.n_faces[1] + seen.n_faces[3], 0);
    CHECK_INT(seen.n_faces[2], 10);
    CHECK_STR(look(folder, false).names, "2=Zo\u00eb ");
    finish();
}

static void names_that_two_have(void)
{
    char folder[512];
    int student = 0;
    start();
    struct app_session *session = class_with_names(folder, sizeof folder);
    CHECK_INT(app_people_change(session, "name 2 Anna Berg"), FB_OK);
    CHECK_INT(app_forget_find(session, "Anna Berg", &student), FB_ERR_USAGE);
    CHECK(strstr(fb_error_text(), "2 students"));
    CHECK_INT(app_session_close(&session), FB_OK);
    finish();
}

static void a_marker_gets_its_text_later(void)
{
    struct app_session *session;
    struct app_session_totals totals;
    start();
    CHECK_INT(app_session_create(dir, "x", &session), FB_OK);
    CHECK_INT(app_session_mark(session, 3 * S, ""), FB_OK);
    CHECK_INT(app_session_mark(session, 4 * S, ""), FB_OK);
    CHECK_INT(app_session_mark(session, 3 * S, "quiz"), FB_OK);
    CHECK_INT(app_session_totals(session, &totals), FB_OK);
    CHECK_INT(totals.n_markers, 2);
    CHECK_INT(app_session_close(&session), FB_OK);
    finish();
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"rosters", rosters},
        {"row_order", row_order},
        {"sessions", sessions},
        {"forgetting", forgetting},
        {"names_that_two_have", names_that_two_have},
        {"a_marker_gets_its_text_later", a_marker_gets_its_text_later},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}

/* app/session: what is stored comes back, survives kill -9 and a full disk, is private, and a
 * hostile file gets a line. */
#include "base/rng.h"
#include "session_util.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct walk {
    int n_frames, n_rows, n_wrong;
};

static bool is_same_face(const struct mon_face *a, const struct mon_face *b)
{
    return a->student == b->student && !memcmp(&a->box, &b->box, sizeof a->box) &&
           a->is_seen == b->is_seen && a->is_labelled == b->is_labelled &&
           !memcmp(a->p, b->p, sizeof a->p) && !memcmp(a->p_raw, b->p_raw, sizeof a->p_raw) &&
           a->expression == b->expression && a->confidence - b->confidence == 0 &&
           a->quality - b->quality == 0 && a->reason == b->reason;
}

static int compare_frame(void *user, const struct mon_observation *o)
{
    struct walk *walk = user;
    struct mon_observation expected = sample_frame((int)o->frame_index);
    bool is_same = o->pts_ns == expected.pts_ns && o->n_faces == expected.n_faces &&
                   o->width == expected.width && o->height == expected.height;
    for (int i = 0; is_same && i < o->n_faces; i++)
        is_same = is_same_face(&o->faces[i], &expected.faces[i]);
    walk->n_frames++;
    walk->n_rows += o->n_faces;
    walk->n_wrong += !is_same;
    return FB_OK;
}

static int keep_name(void *user, int student, const char *name)
{
    char *names = user;
    size_t n = strlen(names);
    snprintf(names + n, 400 - n, "%d=%s;", student, name);
    return FB_OK;
}

static int keep_marker(void *user, int64_t pts_ns, const char *text, const char *wall)
{
    char *markers = user;
    size_t n = strlen(markers);
    snprintf(markers + n, 400 - n, "%lld=%s;", (long long)(pts_ns / FB_NS_PER_MS), text);
    CHECK_INT(strlen(wall), strlen("2026-03-02T08:15:00+01:00"));
    return FB_OK;
}

static void everything_comes_back(void)
{
    char folder[300], names[400] = "", markers[400] = "", value[APP_SESSION_TEXT_BYTES];
    sample_session("Biology 7b/../x", 200, folder, sizeof folder);
    CHECK_MSG(strstr(folder, "_Biology-7b-..-x"), "folder is %s", folder);
    struct app_session *session = open_session(folder, APP_SESSION_READ);
    struct walk walk = {0};
    CHECK_INT(app_session_each(session, INT64_MIN, INT64_MAX, compare_frame, &walk), FB_OK);
    CHECK_INT(walk.n_frames, 200);
    CHECK_INT(walk.n_rows, 3 * (200 - 5)); /* frames 0, 1, 50, 100 and 150 are empty */
    CHECK_INT(walk.n_wrong, 0);
    CHECK_INT(app_session_each_student(session, keep_name, names), FB_OK);
    CHECK_STR(names, "1=;2=Zo\xc3\xab, \"the <2nd>\";3==1+1;");
    CHECK_INT(app_session_each_marker(session, keep_marker, markers), FB_OK);
    CHECK_STR(markers, "3000=film <starts>\n& runs;");
    CHECK_INT(app_session_fact(session, "model", value, sizeof value), FB_OK);
    CHECK_STR(value, "feltboard-1");
    CHECK_INT(app_session_fact(session, "nothing", value, sizeof value), FB_OK);
    CHECK_STR(value, "");
    CHECK_INT(app_session_verify(session), FB_OK);
    CHECK_INT(app_session_close(&session), FB_OK);
}

static void ranges_and_stops(void)
{
    char folder[300];
    sample_session("range", 100, folder, sizeof folder);
    struct app_session *session = open_session(folder, APP_SESSION_READ);
    struct walk walk = {0};
    int64_t from_ns = sample_frame(10).pts_ns, to_ns = sample_frame(19).pts_ns;
    CHECK_INT(app_session_each(session, from_ns, to_ns, compare_frame, &walk), FB_OK);
    CHECK_INT(walk.n_frames, 10);
    CHECK_INT(walk.n_wrong, 0);
    struct app_session_totals totals;
    CHECK_INT(app_session_totals(session, &totals), FB_OK);
    CHECK_INT(totals.n_frames, 100);
    CHECK_INT(totals.n_students, 3);
    CHECK_INT(totals.n_markers, 1);
    CHECK_INT(totals.last_ns, sample_frame(99).pts_ns);
    CHECK_INT(app_session_close(&session), FB_OK);
}

static void a_frame_again_replaces_it(void)
{
    char folder[300];
    sample_session("again", 20, folder, sizeof folder);
    struct app_session *session = open_session(folder, APP_SESSION_WRITE);
    struct mon_observation o = sample_frame(10);
    o.n_faces = 1;
    CHECK_INT(app_session_add(session, &o), FB_OK);
    CHECK_INT(app_session_close(&session), FB_OK);
    session = open_session(folder, APP_SESSION_READ);
    struct app_session_totals totals;
    CHECK_INT(app_session_totals(session, &totals), FB_OK);
    CHECK_INT(totals.n_frames, 20);
    CHECK_INT(totals.n_rows, 3 * 18 - 2);
    CHECK_INT(app_session_close(&session), FB_OK);
}

/* Numbers that no row may hold are stored as 0; probabilities that are not there come back so. */
static void odd_faces_are_stored(void)
{
    struct app_session *session = NULL;
    CHECK_INT(app_session_create(scratch, NULL, &session), FB_OK);
    struct mon_observation o = {.pts_ns = -5, .frame_index = 7, .n_faces = 2};
    o.faces[0] = (struct mon_face){.student = 4, .expression = MON_NOT_SURE, .quality = NAN};
    o.faces[0].box.x = INFINITY;
    o.faces[1] = (struct mon_face){.student = 0};
    CHECK_INT(app_session_add(session, &o), FB_OK);
    CHECK(strstr(app_session_folder(session), "_session"));
    char folder[300];
    snprintf(folder, sizeof folder, "%s", app_session_folder(session));
    CHECK_INT(app_session_close(&session), FB_OK);
    session = open_session(folder, APP_SESSION_READ);
    CHECK_INT(app_session_verify(session), FB_OK);
    struct app_session_totals totals;
    CHECK_INT(app_session_totals(session, &totals), FB_OK);
    CHECK_INT(totals.n_rows, 1);
    CHECK_INT(totals.first_ns, -5);
    CHECK_INT(app_session_close(&session), FB_OK);
}

static void names_are_cut_between_characters(void)
{
    char folder[300], text[3000], names[APP_SESSION_TEXT_BYTES + 100] = "";
    sample_session("long", 5, folder, sizeof folder);
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xab", 3);
    struct app_session *session = open_session(folder, APP_SESSION_WRITE);
    CHECK_INT(app_session_set_fact(session, "long", text), FB_OK);
    CHECK_INT(app_session_set_fact(session, "broken", "a\xff\xc3(\xed\xa0\x80z"), FB_OK);
    CHECK_INT(app_session_fact(session, "long", names, APP_SESSION_TEXT_BYTES), FB_OK);
    CHECK_INT(strlen(names), APP_SESSION_TEXT_BYTES - 2);
    CHECK_INT(app_session_fact(session, "broken", names, APP_SESSION_TEXT_BYTES), FB_OK);
    CHECK_STR(names, "a?"
                     "?(?"
                     "?"
                     "?z");
    CHECK_INT(app_session_set_name(session, 0, "x"), FB_ERR_USAGE);
    CHECK_INT(app_session_close(&session), FB_OK);
}

/* ---- permissions ---- */

static int n_too_open, n_files;

static int check_mode(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)ftw;
    n_files += type == FTW_F;
    if (info->st_mode & 077) {
        n_too_open++;
        fprintf(stderr, "%s has mode %o\n", path, info->st_mode & 07777);
    }
    return 0;
}

static void only_the_owner_may_read(void)
{
    mode_t umask_before = umask(0);
    char parent[300];
    snprintf(parent, sizeof parent, "%s/deep/er", scratch);
    struct app_session *session = NULL;
    CHECK_INT(app_session_create(parent, "private", &session), FB_OK);
    struct mon_observation o = sample_frame(5);
    CHECK_INT(app_session_add(session, &o), FB_OK);
    CHECK_INT(app_session_mark(session, 0, "now"), FB_OK);
    snprintf(parent, sizeof parent, "%s/deep", scratch);
    n_too_open = n_files = 0;
    nftw(parent, check_mode, 16, FTW_PHYS);
    CHECK_INT(n_too_open, 0);
    CHECK(n_files >= 2); /* the database and its log */
    CHECK_INT(app_session_close(&session), FB_OK);
    n_files = 0;
    nftw(parent, check_mode, 16, FTW_PHYS);
    CHECK_INT(n_too_open, 0);
    CHECK_INT(n_files, 1);
    umask(umask_before);
}

/* ---- crashes ---- */

/* Writes a frame each 20 ms, and the time since the start of each before it is added, until killed.
 */
static void write_until_killed(int pipe_fd)
{
    struct app_session *session = NULL;
    if (app_session_create(scratch, "killed", &session))
        _exit(1);
    if (app_session_set_fact(session, "size", "1280x720"))
        _exit(1);
    dprintf(pipe_fd, "%s\n", app_session_folder(session));
    for (int i = 0;; i++) {
        struct mon_observation o = sample_frame(i);
        if (app_session_add(session, &o))
            _exit(1);
        if (i == 20 && app_session_mark(session, 0, "before the end"))
            _exit(1);
        fb_clock_sleep_until_ns(fb_clock_now_ns() + 20 * FB_NS_PER_MS);
        dprintf(pipe_fd, "%d\n", i);
    }
}

static int count_frames(const char *folder, int *n_wrong)
{
    struct app_session *session = open_session(folder, APP_SESSION_READ);
    struct walk walk = {0};
    char markers[400] = "";
    CHECK_INT(app_session_verify(session), FB_OK);
    CHECK_INT(app_session_each_marker(session, keep_marker, markers), FB_OK);
    CHECK_STR(markers, "0=before the end;");
    CHECK_INT(app_session_each(session, INT64_MIN, INT64_MAX, compare_frame, &walk), FB_OK);
    CHECK_INT(app_session_close(&session), FB_OK);
    *n_wrong = walk.n_wrong;
    return walk.n_frames;
}

static void rows_survive_kill_9(void)
{
    int fds[2];
    if (!CHECK(!pipe(fds)))
        return;
    pid_t child = fork();
    if (!child) {
        close(fds[0]);
        write_until_killed(fds[1]);
    }
    close(fds[1]);
    FILE *said = fdopen(fds[0], "r");
    char folder[400] = "", line[400];
    CHECK(fgets(folder, sizeof folder, said));
    folder[strcspn(folder, "\n")] = 0;
    int64_t added_ns[1000] = {0};
    int n_added = 0;
    while (n_added < 90 && fgets(line, sizeof line, said))
        added_ns[n_added++] = fb_clock_now_ns();
    kill(child, SIGKILL);
    int64_t killed_ns = fb_clock_now_ns();
    waitpid(child, NULL, 0);
    fclose(said);
    int n_old = 0, n_wrong;
    while (n_old < n_added && added_ns[n_old] < killed_ns - FB_NS_PER_S)
        n_old++;
    int n_kept = count_frames(folder, &n_wrong);
    printf("# killed after %d frames, %d of them older than 1 s: %d kept\n", n_added, n_old,
           n_kept);
    CHECK(n_old > 10);
    CHECK(n_kept >= n_old);
    CHECK_INT(n_wrong, 0);
}

static void full_disk_keeps_what_was_there(void)
{
    char folder[300];
    sample_session("full", 50, folder, sizeof folder);
    pid_t child = fork();
    if (!child) {
        signal(SIGXFSZ, SIG_IGN);
        struct rlimit limit = {.rlim_cur = 200 * 1024, .rlim_max = 200 * 1024};
        setrlimit(RLIMIT_FSIZE, &limit);
        struct app_session *session = NULL;
        int status = app_session_open(folder, APP_SESSION_WRITE, &session);
        for (int i = 50; !status && i < 20000; i++) {
            struct mon_observation o = sample_frame(i);
            status = app_session_add(session, &o);
            if (!status && i % 20 == 0)
                status = app_session_mark(session, 0, "m"); /* commits */
        }
        fprintf(stderr, "# %s\n", fb_error_text());
        app_session_close(&session);
        _exit(status == FB_ERR_IO ? 0 : 1);
    }
    int exit_status = -1;
    waitpid(child, &exit_status, 0);
    CHECK_INT(exit_status, 0);
    struct app_session *session = open_session(folder, APP_SESSION_READ);
    struct walk walk = {0};
    CHECK_INT(app_session_verify(session), FB_OK);
    CHECK_INT(app_session_each(session, INT64_MIN, INT64_MAX, compare_frame, &walk), FB_OK);
    CHECK(walk.n_frames >= 50);
    CHECK_INT(walk.n_wrong, 0);
    CHECK_INT(app_session_close(&session), FB_OK);
}

static void a_finished_session_reads_from_a_read_only_folder(void)
{
    char folder[300], db[330];
    sample_session("cdrom", 20, folder, sizeof folder);
    snprintf(db, sizeof db, "%s/" APP_SESSION_DB, folder);
    chmod(db, 0400);
    chmod(folder, 0500);
    struct app_session *session = open_session(db, APP_SESSION_READ);
    struct walk walk = {0};
    CHECK_INT(app_session_each(session, INT64_MIN, INT64_MAX, compare_frame, &walk), FB_OK);
    CHECK_INT(walk.n_frames, 20);
    CHECK_INT(app_session_close(&session), FB_OK);
    chmod(folder, 0700);
}

static void reads_while_another_writes(void)
{
    struct app_session *writer = NULL;
    CHECK_INT(app_session_create(scratch, "live", &writer), FB_OK);
    CHECK_INT(app_session_set_fact(writer, "size", "1280x720"), FB_OK);
    struct mon_observation o = sample_frame(2);
    CHECK_INT(app_session_add(writer, &o), FB_OK);
    CHECK_INT(app_session_mark(writer, 0, "m"), FB_OK);
    struct app_session *reader = open_session(app_session_folder(writer), APP_SESSION_READ);
    struct walk walk = {0};
    CHECK_INT(app_session_each(reader, INT64_MIN, INT64_MAX, compare_frame, &walk), FB_OK);
    CHECK_INT(walk.n_frames, 1);
    CHECK_INT(walk.n_wrong, 0);
    o = sample_frame(3);
    CHECK_INT(app_session_add(writer, &o), FB_OK);
    CHECK_INT(app_session_close(&writer), FB_OK);
    CHECK_INT(app_session_close(&reader), FB_OK);
}

/* ---- hostile files ---- */

static void run_sql(const char *folder, const char *sql)
{
    char db_path[400];
    snprintf(db_path, sizeof db_path, "%s/" APP_SESSION_DB, folder);
    sqlite3 *db = NULL;
    CHECK_INT(sqlite3_open(db_path, &db), SQLITE_OK);
    char *error = NULL;
    CHECK_MSG(sqlite3_exec(db, sql, NULL, NULL, &error) == SQLITE_OK, "%s", error ? error : "");
    sqlite3_close(db);
}

static void foreign_schemas_are_refused(void)
{
    static const char *const sqls[] = {
        "PRAGMA application_id=1",
        "PRAGMA user_version=2",
        "DROP TABLE marker",
        "CREATE TABLE more(x)",
        "CREATE TRIGGER t AFTER INSERT ON frame BEGIN DELETE FROM marker; END",
        "DROP TABLE observation; CREATE VIEW observation AS WITH RECURSIVE c(x) AS "
        "(SELECT 1 UNION ALL SELECT x FROM c) SELECT x FROM c",
        "ALTER TABLE student ADD COLUMN y",
        "DROP TABLE student; CREATE TABLE student(id INTEGER PRIMARY KEY, name TEXT NOT NULL, "
        "CHECK(length(hex(zeroblob(1000000))) > id))",
    };
    for (size_t i = 0; i < sizeof sqls / sizeof *sqls; i++) {
        char folder[300];
        sample_session("hostile", 5, folder, sizeof folder);
        run_sql(folder, sqls[i]);
        struct app_session *session = NULL;
        CHECK_MSG(app_session_open(folder, APP_SESSION_READ, &session) == FB_ERR_INPUT, "%s: taken",
                  sqls[i]);
        CHECK(!session);
        CHECK(strstr(fb_error_text(), APP_SESSION_DB) && !strchr(fb_error_text(), '\n'));
    }
}

static int ignore_frame(void *user, const struct mon_observation *o)
{
    (void)user, (void)o;
    return FB_OK;
}

static void impossible_rows_are_refused(void)
{
    static const char *const sqls[] = {
        "UPDATE observation SET expression=8 WHERE student=2",
        "UPDATE observation SET student=5000000000 WHERE student=2",
        "UPDATE observation SET student=-1 WHERE student=2",
        "UPDATE observation SET x=1e300",
        "UPDATE observation SET confidence=7",
        "UPDATE observation SET reason=99",
        "UPDATE observation SET p_anger=-1",
        "UPDATE observation SET quality='9999'",
    };
    for (size_t i = 0; i < sizeof sqls / sizeof *sqls; i++) {
        char folder[300];
        sample_session("rows", 5, folder, sizeof folder);
        run_sql(folder, sqls[i]);
        struct app_session *session = open_session(folder, APP_SESSION_READ);
        CHECK_MSG(app_session_each(session, INT64_MIN, INT64_MAX, ignore_frame, NULL) ==
                      FB_ERR_INPUT,
                  "%s: taken", sqls[i]);
        CHECK_INT(app_session_verify(session), FB_ERR_INPUT);
        CHECK_INT(app_session_close(&session), FB_OK);
    }
}

/* Every byte range of a real file overwritten with rubbish, and the file cut: a line or rows, no
 * crash. */
static void damaged_files_get_a_line(void)
{
    char folder[300], db[330];
    sample_session("damaged", 60, folder, sizeof folder);
    snprintf(db, sizeof db, "%s/" APP_SESSION_DB, folder);
    FILE *file = fopen(db, "rb");
    static char good[1 << 20], bad[1 << 20];
    size_t n_bytes = fread(good, 1, sizeof good, file);
    fclose(file);
    struct fb_rng rng;
    fb_rng_seed(&rng, 1);
    int n_refused = 0, n_rounds = 150;
    for (int i = 0; i < n_rounds; i++) {
        memcpy(bad, good, n_bytes);
        for (int k = 0; k < 40; k++) {
            uint32_t range = i % 3 ? (uint32_t)n_bytes : 4096;
            bad[fb_rng_below(&rng, range)] = (char)fb_rng_below(&rng, 256);
        }
        size_t length = i % 5 ? n_bytes : fb_rng_below(&rng, (uint32_t)n_bytes);
        file = fopen(db, "wb");
        fwrite(bad, 1, length, file);
        fclose(file);
        struct app_session *session = NULL;
        int status = app_session_open(folder, APP_SESSION_READ, &session);
        if (!status)
            status = app_session_verify(session);
        n_refused += status != FB_OK;
        CHECK_MSG(status == FB_OK || status == FB_ERR_INPUT || status == FB_ERR_NOMEM, "%s",
                  fb_error_text());
        app_session_close(&session);
    }
    printf("# %d of %d damaged files refused\n", n_refused, n_rounds);
    CHECK(n_refused > n_rounds / 2);
}

static void what_is_no_session_is_refused(void)
{
    char path[330], folder[300];
    struct app_session *session = NULL;
    CHECK_INT(app_session_open("/nonexistent/x", APP_SESSION_READ, &session), FB_ERR_INPUT);
    CHECK_INT(app_session_open(scratch, APP_SESSION_READ, &session), FB_ERR_INPUT);
    snprintf(path, sizeof path, "%s/file.txt", scratch);
    FILE *file = fopen(path, "w");
    fputs("hello", file);
    fclose(file);
    CHECK_INT(app_session_open(path, APP_SESSION_READ, &session), FB_ERR_INPUT);
    sample_session("fifo", 1, folder, sizeof folder);
    snprintf(path, sizeof path, "%s/" APP_SESSION_DB, folder);
    unlink(path);
    CHECK_INT(mkfifo(path, 0600), 0);
    CHECK_INT(app_session_open(folder, APP_SESSION_READ, &session), FB_ERR_INPUT);
    unlink(path);
    file = fopen(path, "w");
    fclose(file);
    CHECK_INT(app_session_open(folder, APP_SESSION_READ, &session), FB_ERR_INPUT);
    CHECK(!session);
}

/* ---- folders ---- */

static int keep_folder(void *user, const char *folder)
{
    char *folders = user;
    size_t n = strlen(folders);
    snprintf(folders + n, 2000 - n, "%s;", strrchr(folder, '_') + 1);
    return FB_OK;
}

static void folders_are_listed_and_deleted(void)
{
    char parent[300], folders[2000] = "", path[400], folder[300];
    snprintf(parent, sizeof parent, "%s/list", scratch);
    CHECK_INT(app_session_each_folder(parent, keep_folder, folders), FB_OK);
    CHECK_STR(folders, "");
    struct app_session *session = NULL;
    for (int i = 0; i < 3; i++) { /* in one second: names are made to differ */
        CHECK_INT(app_session_create(parent, "a", &session), FB_OK);
        snprintf(folder, sizeof folder, "%s", app_session_folder(session));
        CHECK_INT(app_session_close(&session), FB_OK);
    }
    snprintf(path, sizeof path, "%s/2020-01-01_00-00-00_none", parent);
    mkdir(path, 0700);
    CHECK_INT(app_session_each_folder(parent, keep_folder, folders), FB_OK);
    int n = 0;
    for (const char *c = folders; *c; c++)
        n += *c == ';';
    CHECK_INT(n, 3);
    CHECK_INT(app_session_delete(folder), FB_OK);
    CHECK(access(folder, F_OK) != 0);
    CHECK_INT(app_session_delete(folder), FB_ERR_INPUT);
    CHECK_INT(app_session_delete(path), FB_ERR_INPUT);
    CHECK(access(path, F_OK) == 0);
    sample_session("foreign", 1, folder, sizeof folder);
    snprintf(path, sizeof path, "%s/homework.txt", folder);
    fclose(fopen(path, "w"));
    CHECK_INT(app_session_delete(folder), FB_ERR_FAILED);
    CHECK(access(path, F_OK) == 0);
}

static void default_parent_follows_xdg(void)
{
    char path[300], expected[300];
    setenv("HOME", "/home/x", 1);
    setenv("XDG_DATA_HOME", "relative/ignored", 1);
    CHECK_INT(app_session_default_parent(path, sizeof path), FB_OK);
    CHECK_STR(path, "/home/x/.local/share/feltboard/sessions");
    setenv("XDG_DATA_HOME", scratch, 1);
    snprintf(expected, sizeof expected, "%s/feltboard/sessions", scratch);
    CHECK_INT(app_session_default_parent(path, sizeof path), FB_OK);
    CHECK_STR(path, expected);
    struct app_session *session = NULL;
    CHECK_INT(app_session_create(NULL, "x", &session), FB_OK);
    CHECK(!strncmp(app_session_folder(session), expected, strlen(expected)));
    CHECK_INT(app_session_close(&session), FB_OK);
    unsetenv("XDG_DATA_HOME");
    unsetenv("HOME");
    CHECK_INT(app_session_default_parent(path, sizeof path), FB_ERR_USAGE);
}

static bool file_holds(const char *folder, const char *text)
{
    bool is_found = false;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[700];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = fopen(path, "rb");
        if (!file)
            continue;
        static char bytes[1 << 21];
        size_t n = fread(bytes, 1, sizeof bytes, file);
        is_found |= n && memmem(bytes, n, text, strlen(text));
        fclose(file);
    }
    closedir(dir);
    return is_found;
}

static void a_forgotten_student_is_gone(void)
{
    char folder[300], names[400] = "";
    sample_session("forget", 100, folder, sizeof folder);
    CHECK(file_holds(folder, "the <2nd>"));
    struct app_session *session = open_session(folder, APP_SESSION_WRITE);
    CHECK_INT(app_session_forget(session, 2), FB_OK);
    CHECK(!file_holds(folder, "the <2nd>"));
    CHECK_INT(app_session_each_student(session, keep_name, names), FB_OK);
    CHECK_STR(names, "1=;3==1+1;");
    CHECK_INT(app_session_verify(session), FB_OK);
    CHECK_INT(app_session_close(&session), FB_OK);
    CHECK(!file_holds(folder, "the <2nd>"));
}

static void a_removed_name_is_gone(void)
{
    char folder[300];
    sample_session("unname", 100, folder, sizeof folder);
    struct app_session *session = open_session(folder, APP_SESSION_WRITE);
    CHECK_INT(app_session_set_name(session, 2, ""), FB_OK);
    CHECK_INT(app_session_close(&session), FB_OK);
    CHECK(!file_holds(folder, "the <2nd>"));
    CHECK(file_holds(folder, "=1+1"));
}

/* A class of 30 at 15 analysed frames a second for ten minutes; the time is printed. */
static void adding_is_cheap(void)
{
    struct app_session *session = NULL;
    CHECK_INT(app_session_create(scratch, "speed", &session), FB_OK);
    int64_t start_ns = fb_clock_now_ns(), worst_ns = 0;
    for (int i = 0; i < 2000; i++) {
        struct mon_observation o = {.pts_ns = i * FB_NS_PER_S / 15, .frame_index = i};
        for (int s = 1; s <= 30; s++)
            o.faces[o.n_faces++] = sample_face(s, i);
        int64_t before_ns = fb_clock_now_ns();
        CHECK_INT(app_session_add(session, &o), FB_OK);
        int64_t took_ns = fb_clock_now_ns() - before_ns;
        worst_ns = took_ns > worst_ns ? took_ns : worst_ns;
    }
    CHECK_INT(app_session_mark(session, 0, "end"), FB_OK);
    double frame_us = (double)(fb_clock_now_ns() - start_ns) / 2000 / 1e3;
    printf("# a frame of 30 faces: %.0f us, at most %.1f ms\n", frame_us, (double)worst_ns / 1e6);
    CHECK(frame_us < 20000);
    CHECK_INT(app_session_close(&session), FB_OK);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"everything_comes_back", everything_comes_back},
        {"ranges_and_stops", ranges_and_stops},
        {"a_frame_again_replaces_it", a_frame_again_replaces_it},
        {"odd_faces_are_stored", odd_faces_are_stored},
        {"names_are_cut_between_characters", names_are_cut_between_characters},
        {"only_the_owner_may_read", only_the_owner_may_read},
        {"rows_survive_kill_9", rows_survive_kill_9},
        {"full_disk_keeps_what_was_there", full_disk_keeps_what_was_there},
        {"a_finished_session_reads_from_a_read_only_folder",
         a_finished_session_reads_from_a_read_only_folder},
        {"reads_while_another_writes", reads_while_another_writes},
        {"foreign_schemas_are_refused", foreign_schemas_are_refused},
        {"impossible_rows_are_refused", impossible_rows_are_refused},
        {"damaged_files_get_a_line", damaged_files_get_a_line},
        {"what_is_no_session_is_refused", what_is_no_session_is_refused},
        {"folders_are_listed_and_deleted", folders_are_listed_and_deleted},
        {"a_forgotten_student_is_gone", a_forgotten_student_is_gone},
        {"a_removed_name_is_gone", a_removed_name_is_gone},
        {"adding_is_cheap", adding_is_cheap},
        {"default_parent_follows_xdg", default_parent_follows_xdg},
    };
    scratch_make();
    int code = test_main(tests, TEST_COUNT(tests), argc, argv);
    scratch_remove();
    return code;
}

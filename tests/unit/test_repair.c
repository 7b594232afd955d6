/* session_repair.h and retention.h: a damaged database gives up what can be read of it; dates. */
#include "session/retention.h"
#include "session/session_repair.h"
#include "session_util.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

static long long file_bytes(const char *path)
{
    struct stat info;
    return stat(path, &info) ? -1 : (long long)info.st_size;
}

static void a_whole_session_stays(void)
{
    char folder[300], damaged[340];
    sample_session("whole", 100, folder, sizeof folder);
    struct app_repair_result result;
    CHECK_INT(app_session_repair(folder, &result), FB_OK);
    CHECK(!result.is_rebuilt);
    CHECK_INT(result.n_frames, 100);
    snprintf(damaged, sizeof damaged, "%s/session.db.damaged", folder);
    CHECK(access(damaged, F_OK) != 0);
}

/* Pages in the middle turned into noise, as by a bad sector: what lies before and after comes back. */
static void a_damaged_session_is_rebuilt(void)
{
    char folder[300], db[340], damaged[360];
    sample_session("damaged", 3000, folder, sizeof folder);
    snprintf(db, sizeof db, "%s/session.db", folder);
    snprintf(damaged, sizeof damaged, "%s.damaged", db);
    int fd = open(db, O_WRONLY);
    unsigned char noise[8192];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (unsigned char)(i * 2654435761u >> 13);
    off_t middle = (off_t)(file_bytes(db) / 2 / 4096 * 4096);
    CHECK(pwrite(fd, noise, sizeof noise, middle) == (ssize_t)sizeof noise);
    close(fd);
    struct app_session *session = open_session(folder, APP_SESSION_READ);
    CHECK_INT(app_session_verify(session), FB_ERR_INPUT);
    CHECK_INT(app_session_close(&session), FB_OK);
    struct app_repair_result result;
    CHECK_MSG(app_session_repair(folder, &result) == FB_OK, "%s", fb_error_text());
    CHECK(result.is_rebuilt);
    CHECK_MSG(result.n_rows > 8000 && result.n_rows < 9000, "%lld of 9000 rows",
              (long long)result.n_rows);
    CHECK(access(damaged, F_OK) == 0);
    struct stat info;
    CHECK(!stat(db, &info) && (info.st_mode & 0777) == 0600);
    session = open_session(folder, APP_SESSION_READ);
    struct app_session_totals totals;
    CHECK_INT(app_session_verify(session), FB_OK);
    CHECK_INT(app_session_totals(session, &totals), FB_OK);
    CHECK_INT(totals.last_ns, sample_frame(2999).pts_ns); /* what lies behind the damage, too */
    CHECK_INT(totals.n_markers, 1);
    CHECK_INT(app_session_close(&session), FB_OK);
}

static void what_is_no_session_stays(void)
{
    char folder[300], db[340];
    struct app_repair_result result;
    sample_session("noise", 10, folder, sizeof folder);
    snprintf(db, sizeof db, "%s/session.db", folder);
    long long before = file_bytes(db);
    int fd = open(db, O_WRONLY);
    CHECK(pwrite(fd, "not a database at all", 21, 0) == 21);
    close(fd);
    CHECK_INT(app_session_repair(folder, &result), FB_ERR_INPUT);
    CHECK_INT(file_bytes(db), before);
    CHECK_INT(app_session_repair("/nonexistent", &result), FB_ERR_INPUT);
}

static void one_writer_at_a_time(void)
{
    struct app_session *first = NULL, *second = NULL;
    char folder[300];
    struct app_repair_result result;
    CHECK_INT(app_session_create(scratch, "busy", &first), FB_OK);
    snprintf(folder, sizeof folder, "%s", app_session_folder(first));
    CHECK_INT(app_session_open(folder, APP_SESSION_WRITE, &second), FB_ERR_FAILED);
    CHECK_INT(app_session_delete(folder), FB_ERR_FAILED);
    CHECK_INT(app_session_repair(folder, &result), FB_ERR_FAILED);
    CHECK_INT(app_session_open(folder, APP_SESSION_READ, &second), FB_OK); /* looking on is free */
    CHECK_INT(app_session_close(&second), FB_OK);
    CHECK_INT(app_session_close(&first), FB_OK);
    CHECK_INT(app_session_delete(folder), FB_OK);
}

static void names_and_folders(void)
{
    char folder[300], renamed[400], value[100];
    sample_session("first", 5, folder, sizeof folder);
    CHECK_INT(app_session_rename(folder, "", renamed, sizeof renamed), FB_ERR_USAGE);
    CHECK_INT(app_session_rename(folder, "Zw\xc3\xb6lf: b", renamed, sizeof renamed), FB_OK);
    CHECK(strstr(renamed, "_Zw\xc3\xb6lf-b") && !access(renamed, F_OK) && access(folder, F_OK));
    CHECK(!strncmp(folder, renamed, strlen(scratch) + 20)); /* the date stays */
    struct app_session *session = open_session(renamed, APP_SESSION_READ);
    CHECK_INT(app_session_fact(session, "name", value, sizeof value), FB_OK);
    CHECK_STR(value, "Zw\xc3\xb6lf: b");
    CHECK_INT(app_session_close(&session), FB_OK);
    CHECK_INT(app_session_rename(renamed, "Zw\xc3\xb6lf; b", renamed, sizeof renamed), FB_OK);
    char other[300];
    sample_session("other", 5, other, sizeof other);
    char taken[400];
    snprintf(taken, sizeof taken, "%.*s_taken", (int)(strlen(scratch) + 20), other);
    CHECK_INT(mkdir(taken, 0700), 0);
    CHECK_INT(app_session_rename(other, "taken", renamed, sizeof renamed), FB_ERR_FAILED);
    CHECK(!access(other, F_OK));
}

static void kept_for_some_days(void)
{
    struct tm tm = {.tm_year = 126, .tm_mon = 2, .tm_mday = 2, .tm_hour = 8, .tm_min = 15, .tm_isdst = -1};
    time_t start = mktime(&tm);
    CHECK_INT(app_retention_due("/x/2026-03-02_08-15-00_Biology", 30), start + 30 * 86400);
    char parent[260], folder[300], old[340];
    int days = -1, n_deleted = 0;
    snprintf(parent, sizeof parent, "%s/kept", scratch);
    setenv("XDG_CONFIG_HOME", parent, 1);
    CHECK_INT(app_retention_get(&days), FB_OK);
    CHECK_INT(days, 0); /* off until somebody sets it */
    CHECK_INT(app_retention_set(-1), FB_ERR_USAGE);
    CHECK_INT(app_retention_set(30), FB_OK);
    CHECK_INT(app_retention_get(&days), FB_OK);
    CHECK_INT(days, 30);
    sample_session("kept", 3, folder, sizeof folder);
    snprintf(old, sizeof old, "%s/2026-03-02_08-15-00_old", parent);
    CHECK(!rename(folder, old));
    CHECK_INT(app_retention_purge(parent, 30, start + 30 * 86400 - 1, NULL, NULL, &n_deleted), FB_OK);
    CHECK_INT(n_deleted, 0);
    struct app_session *session = open_session(old, APP_SESSION_WRITE);
    CHECK_INT(app_retention_purge(parent, 30, start + 31 * 86400, NULL, NULL, &n_deleted),
              FB_ERR_FAILED); /* in use */
    CHECK_INT(app_session_close(&session), FB_OK);
    CHECK_INT(app_retention_purge(parent, 0, start + 31 * 86400, NULL, NULL, &n_deleted), FB_OK);
    CHECK_INT(n_deleted, 0); /* for ever */
    CHECK_INT(app_retention_purge(parent, 30, start + 30 * 86400, NULL, NULL, &n_deleted), FB_OK);
    CHECK_INT(n_deleted, 1);
    CHECK(access(old, F_OK));
    char path[400];
    snprintf(path, sizeof path, "%s/feltboard/retention", parent);
    FILE *file = fopen(path, "w");
    CHECK(file && fputs("for ever and a day\n", file) >= 0 && !fclose(file));
    CHECK_INT(app_retention_get(&days), FB_ERR_INPUT);
    CHECK_INT(days, 0);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"a_whole_session_stays", a_whole_session_stays},
        {"a_damaged_session_is_rebuilt", a_damaged_session_is_rebuilt},
        {"what_is_no_session_stays", what_is_no_session_stays},
        {"one_writer_at_a_time", one_writer_at_a_time},
        {"names_and_folders", names_and_folders},
        {"kept_for_some_days", kept_for_some_days},
    };
    scratch_make();
    int code = test_main(tests, TEST_COUNT(tests), argc, argv);
    scratch_remove();
    return code;
}

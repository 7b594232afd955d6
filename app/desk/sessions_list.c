/* See sessions_list.h. */
#include "sessions_list.h"

#include "cli.h"
#include "session/export_events.h"
#include "json.h"
#include "session/retention.h"
#include "session/save.h"
#include "session/session.h"
#include "session/session_folder.h"
#include "xml.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct entry {
    struct app_session_totals totals;
    char name[APP_SESSION_TEXT_BYTES], source[APP_SESSION_TEXT_BYTES];
    char model[APP_SESSION_TEXT_BYTES], started_at[64], faces[32];
    char due[16]; /* date of its deletion, or "" */
    bool has_video, is_broken_off;
    long long n_bytes;
};

static bool has_file(const char *folder, const char *name, long long *n_bytes)
{
    char path[4200];
    struct stat info;
    snprintf(path, sizeof path, "%.4000s/%s", folder, name);
    if (lstat(path, &info) || !S_ISREG(info.st_mode))
        return false;
    *n_bytes += info.st_size;
    return true;
}

static void find_due(const char *folder, struct entry *entry)
{
    int days;
    struct tm local;
    if (app_retention_get(&days) || !days)
        return;
    time_t due = app_retention_due(folder, days);
    if (localtime_r(&due, &local))
        strftime(entry->due, sizeof entry->due, "%Y-%m-%d", &local);
}

static int read_facts(struct app_session *session, struct entry *entry)
{
    const struct {
        const char *key;
        char *value;
        size_t n_bytes;
    } facts[] = {
        {"name", entry->name, sizeof entry->name},
        {"source", entry->source, sizeof entry->source},
        {"model", entry->model, sizeof entry->model},
        {"started_at", entry->started_at, sizeof entry->started_at},
        {"faces", entry->faces, sizeof entry->faces},
    };
    int status = app_session_totals(session, &entry->totals);
    for (size_t i = 0; i < sizeof facts / sizeof *facts && !status; i++)
        status = app_session_fact(session, facts[i].key, facts[i].value, facts[i].n_bytes);
    return status;
}

static int read_entry(const char *folder, struct entry *entry)
{
    struct app_session *session = NULL;
    *entry = (struct entry){0};
    int status = app_session_open(folder, APP_SESSION_READ, &session);
    if (!status)
        status = read_facts(session, entry);
    if (!status) {
        has_file(folder, APP_SESSION_DB, &entry->n_bytes);
        entry->has_video = has_file(folder, "video.mkv", &entry->n_bytes);
        entry->is_broken_off = has_file(folder, "video.mkv.part", &entry->n_bytes);
        find_due(folder, entry);
    }
    app_session_close(&session);
    return status;
}

static double seconds_of(const struct entry *entry)
{
    return (double)(entry->totals.last_ns - entry->totals.first_ns) * 1e-9;
}

static int print_json(const char *folder, const struct entry *entry)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "session", folder);
    cJSON_AddStringToObject(object, "name", entry->name);
    cJSON_AddStringToObject(object, "started_at", entry->started_at);
    cJSON_AddStringToObject(object, "source", entry->source);
    cJSON_AddStringToObject(object, "model", entry->model);
    app_json_add_rounded(object, "seconds", seconds_of(entry), 3);
    cJSON_AddNumberToObject(object, "frames", (double)entry->totals.n_frames);
    cJSON_AddNumberToObject(object, "rows", (double)entry->totals.n_rows);
    cJSON_AddNumberToObject(object, "students", entry->totals.n_students);
    cJSON_AddNumberToObject(object, "markers", (double)entry->totals.n_markers);
    cJSON_AddBoolToObject(object, "video", entry->has_video);
    cJSON_AddBoolToObject(object, "broken_off", entry->is_broken_off);
    cJSON_AddStringToObject(object, "faces", entry->faces);
    cJSON_AddNumberToObject(object, "bytes", (double)entry->n_bytes);
    cJSON_AddStringToObject(object, "deleted_on", entry->due);
    return app_json_print_line(&object);
}

/* What shows of one without its passphrase. */
static int print_sealed(const char *folder, bool is_json)
{
    if (!is_json) {
        printf("%s: sealed; 'sessions show' with its passphrase tells more\n", folder);
        return FB_OK;
    }
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "session", folder);
    cJSON_AddBoolToObject(object, "sealed", true);
    return app_json_print_line(&object);
}

int app_sessions_print(const char *folder, bool is_json)
{
    struct entry entry;
    int status = read_entry(folder, &entry);
    if (status == FB_ERR_LOCKED)
        return print_sealed(folder, is_json);
    if (status)
        return status;
    if (is_json)
        return print_json(folder, &entry);
    printf("%s: %.1f s, %lld frames, %d students, %lld markers, %.1f MB; %s; %s", folder,
           seconds_of(&entry), (long long)entry.totals.n_frames, entry.totals.n_students,
           (long long)entry.totals.n_markers, (double)entry.n_bytes / 1e6, entry.source,
           entry.model);
    if (entry.has_video && *entry.faces)
        printf("; video with faces %s", entry.faces);
    if (entry.is_broken_off)
        fputs("; broke off: 'sessions repair' makes its video whole", stdout);
    if (*entry.due)
        printf("; will be deleted on %s", entry.due);
    putchar('\n');
    return FB_OK;
}

static int show_fact(void *user, const char *key, const char *value)
{
    (void)user;
    if (*value)
        printf("  %s: %s\n", key, value);
    return FB_OK;
}

static int show_student(void *user, int student, const char *name)
{
    (void)user;
    printf("  student %d%s%s\n", student, *name ? ": " : "", name);
    return FB_OK;
}

static int show_marker(void *user, int64_t pts_ns, const char *text, const char *wall)
{
    (void)user;
    printf("  marker at %.1f s (%s)%s%s\n", (double)pts_ns / 1e9, wall, *text ? ": " : "", text);
    return FB_OK;
}

int app_sessions_show(const char *folder)
{
    struct app_session *session = NULL;
    int status = app_sessions_print(folder, false);
    if (!status)
        status = app_session_open(folder, APP_SESSION_READ, &session);
    if (!status)
        status = app_session_each_fact(session, show_fact, NULL);
    if (!status)
        status = app_session_each_student(session, show_student, NULL);
    if (!status)
        status = app_session_each_marker(session, show_marker, NULL);
    app_session_close(&session);
    return status;
}

/* ---- the index page ---- */

/* A path in a link: what is no plain letter is escaped. */
static void put_link(FILE *file, const char *folder, const char *name)
{
    fputs("<a href=\"", file);
    const char *slash = strrchr(folder, '/');
    for (const unsigned char *c = (const unsigned char *)(slash ? slash + 1 : folder); *c; c++) {
        bool is_plain = (*c >= '0' && *c <= '9') || ((*c | 32) >= 'a' && (*c | 32) <= 'z') ||
                        strchr("-_.", *c);
        fprintf(file, is_plain ? "%c" : "%%%02X", *c);
    }
    fprintf(file, "/%s\">", name);
}

static void put_length(FILE *file, double seconds)
{
    long long s = (long long)(seconds + 0.5);
    fprintf(file, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
}

static void put_cell(FILE *file, const char *text)
{
    fputs("<td>", file);
    app_xml_text(file, text);
    fputs("</td>", file);
}

static int index_row(void *user, const char *folder)
{
    FILE *file = user;
    struct entry entry;
    long long ignored = 0;
    fputs("<tr>", file);
    int status = read_entry(folder, &entry);
    if (status) {
        const char *slash = strrchr(folder, '/');
        put_cell(file, slash ? slash + 1 : folder);
        fprintf(file, "<td colspan=\"7\">%s</td></tr>\n",
                status == FB_ERR_LOCKED ? "sealed with a passphrase"
                                        : "cannot be read: try 'feltboard sessions repair'");
        return FB_OK;
    }
    char start[20];
    snprintf(start, sizeof start, "%.10s %.5s", entry.started_at,
             strlen(entry.started_at) > 11 ? entry.started_at + 11 : "");
    put_cell(file, start);
    fputs("<td>", file);
    put_link(file, folder, "");
    app_xml_text(file, *entry.name ? entry.name : "session");
    fputs("</a></td><td class=\"n\">", file);
    put_length(file, seconds_of(&entry));
    fprintf(file, "</td><td class=\"n\">%d</td><td class=\"n\">%lld</td><td>",
            entry.totals.n_students, (long long)entry.totals.n_markers);
    if (entry.has_video) {
        put_link(file, folder, "video.mkv");
        fprintf(file, "faces %s</a>", *entry.faces ? entry.faces : "not known");
    } else {
        fputs(entry.is_broken_off ? "broke off" : "none", file);
    }
    fputs("</td><td>", file);
    if (has_file(folder, "report.html", &ignored)) {
        put_link(file, folder, "report.html");
        fputs("report</a>", file);
    }
    fputs("</td>", file);
    put_cell(file, entry.due);
    fputs("</tr>\n", file);
    return ferror(file) ? FB_ERR_IO : FB_OK;
}

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
    "<meta http-equiv=\"Content-Security-Policy\" "
    "content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
    "<title>Recorded sessions</title>\n<style>\n"
    ":root{color-scheme:light dark}\n"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "td,th{padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884;text-align:left}\n"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}\n"
    "</style>\n</head>\n<body>\n<h1>Recorded sessions</h1>\n<p>" APP_EXPORT_NOTE ".</p>\n"
    "<table>\n<tr><th>Start</th><th>Name</th><th class=\"n\">Length</th><th "
    "class=\"n\">Students</th><th class=\"n\">Markers</th><th>Video</th><th>Report</th>"
    "<th>Deleted on</th></tr>\n";

int app_sessions_index(const char *parent, const char *path)
{
    struct app_save save;
    int status = app_save_begin(&save, path);
    if (status)
        return status;
    fputs(head, save.file);
    status = app_session_each_folder(parent, index_row, save.file);
    fputs("</table>\n</body>\n</html>\n", save.file);
    return app_save_end(&save, status);
}

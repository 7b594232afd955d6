/* A session's database from anywhere: opened, walked, exported, reported, repaired. */
#include "fuzz.h"

#include "session/export.h"
#include "session/report.h"
#include "session/session_people.h"
#include "session/session_repair.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void empty_folder(void)
{
    DIR *entries = opendir(fuzz_folder());
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(entries), entry->d_name, 0);
    if (entries)
        closedir(entries);
}

static void use(struct app_session *session)
{
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    struct app_session_totals totals;
    (void)!app_session_totals(session, &totals);
    (void)!app_session_verify(session);
    for (int format = APP_EXPORT_CSV; format < APP_EXPORT_COUNT; format++) {
        struct app_export_settings settings = {.format = (enum app_export_format)format};
        (void)!app_export_write(session, &settings, nowhere);
    }
    (void)!app_report_write(session, NULL, nowhere);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct app_session *session = NULL;
    struct app_repair_result result;
    empty_folder();
    fuzz_put(APP_SESSION_DB, data, size);
    if (!app_session_open(fuzz_folder(), APP_SESSION_READ, &session))
        use(session);
    (void)!app_session_close(&session);
    (void)!app_session_repair(fuzz_folder(), &result);
    return 0;
}

static void seed(const char *name, int n_frames)
{
    struct app_session *session = NULL;
    char path[600];
    if (app_session_create(fuzz_folder(), name, &session) || app_session_set_fact(session, "size", "640x360") ||
        app_session_set_name(session, 1, "Zo\xC3\xAB") || app_session_mark(session, 1000, "a marker"))
        abort();
    for (int i = 0; i < n_frames; i++) {
        struct mon_observation o = {.frame_index = i, .pts_ns = 100000000LL * i, .width = 640, .height = 360, .n_faces = i % 3};
        for (int f = 0; f < o.n_faces; f++)
            o.faces[f] = (struct mon_face){.student = f + 1, .box = {10, 20, 64, 66}, .is_seen = true, .expression = i % 8, .confidence = 0.5F};
        if (app_session_add(session, &o))
            abort();
    }
    snprintf(path, sizeof path, "%s/%s", app_session_folder(session), APP_SESSION_DB);
    if (app_session_close(&session))
        abort();
    fuzz_seed_file(path);
}

void fuzz_seeds(void)
{
    seed("empty", 0);
    seed("some", 40);
}

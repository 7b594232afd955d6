/* What the tests of the whole pipeline with a camera share: the test camera's state, an analyzer, a recording. */
#ifndef RIG_H
#define RIG_H

#include "base/clock.h"
#include "pipeline.h"
#include "preload.h"
#include "session/session.h"
#include "session/session_folder.h"
#include "test.h"

#include <dirent.h>
#include <unistd.h>

static char rig_dir[] = "/tmp/feltboard-rig-XXXXXX";

static inline void rig_set_camera(const char *word)
{
    const char *path = getenv("FAKECAM_CTL");
    char next[128];
    snprintf(next, sizeof next, "%s.next", path);
    FILE *file = fopen(next, "w");
    CHECK(file && fputs(word, file) >= 0 && fclose(file) == 0 && rename(next, path) == 0);
}

static inline struct app_analyzer *rig_analyzer(void)
{
    struct app_analyzer *analyzer = NULL;
    struct app_analyzer_settings settings = app_default_analyzer_settings();
    static char model[512], network[512];
    const char *root = getenv("FELTBOARD_SOURCE_ROOT");
    snprintf(model, sizeof model, "%s/models/feltboard-1.safetensors", root);
    snprintf(network, sizeof network, "%s/models/feltboard-face-1.safetensors", root);
    settings.model = model;
    settings.find.network = network;
    settings.n_threads = 1;
    CHECK_MSG(!app_analyzer_create(&settings, &analyzer), "%s", fb_error_text());
    return analyzer;
}

static inline struct app_pipeline *rig_pipeline(const char *spec, enum app_pace pace, struct app_analyzer *analyzer)
{
    struct app_pipeline *pipeline = NULL;
    struct app_pipeline_settings settings = {
        .spec = spec, .source = vis_default_source_settings(), .pace = pace, .every = 1, .analyzer = analyzer};
    settings.source.width = 320;
    settings.source.height = 240;
    CHECK_MSG(!app_pipeline_create(&settings, &pipeline), "%s", fb_error_text());
    return pipeline;
}

/* Handed over to the pipeline; its folder in `folder`. */
static inline bool rig_record(struct app_pipeline *pipeline, const struct app_analyzer *analyzer, char *folder, size_t n_bytes)
{
    struct app_recording *recording = NULL;
    const struct vis_source_info *info = app_pipeline_source(pipeline);
    struct app_recording_settings settings = {.parent_dir = rig_dir, .name = "rig", .source = "http://me:secret@cam/?pwd=secret",
                                              .model = app_analyzer_model(analyzer), .width = info->width,
                                              .height = info->height, .has_video = true};
    if (!CHECK_MSG(!app_recording_create(&settings, &recording), "%s", fb_error_text()))
        return false;
    snprintf(folder, n_bytes, "%s", app_recording_folder(recording));
    app_pipeline_record(pipeline, recording);
    return true;
}

static inline int rig_count_entries(const char *folder)
{
    int n = 0;
    DIR *entries = opendir(folder);
    while (entries && readdir(entries))
        n++;
    if (entries)
        closedir(entries);
    return n;
}

/* main of such a test: starts it again with the camera, makes the folder, removes it. */
static inline int rig_main(const struct test *tests, int n, int argc, char **argv)
{
    char control[64], command[128];
    if (!getenv("FAKECAM_CTL")) { /* the camera reads its name once, when the program starts again */
        snprintf(control, sizeof control, "/tmp/feltboard-camera-%d", (int)getpid());
        setenv("FAKECAM_CTL", control, 1);
        setenv("FAKECAM_MODES", "MJPG:320x240@30", 1);
    }
    if (!fakecam_preload(argv)) {
        printf("skipped: FAKECAM_SO is not set: run through meson test\n");
        return 77;
    }
    if (!mkdtemp(rig_dir))
        return 1;
    rig_set_camera("ok");
    int code = test_main(tests, n, argc, argv);
    unlink(getenv("FAKECAM_CTL"));
    snprintf(command, sizeof command, "rm -rf %s", rig_dir);
    return system(command) ? 1 : code;
}

#endif

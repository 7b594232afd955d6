/* Set-up with memory that runs out: each way of opening something is gone again and again, and the n-th request fails, for each
 * n there is. It must come back with an error that says so in one line, and with every block given back. The requests are
 * ours (--wrap), SQLite's and cJSON's. */
#include "bad.h"

#include "base/facebasis.h"
#include "config.h"
#include "history.h"
#include "mon/cast.h"
#include "mon/timeline.h"
#include "nn/data.h"
#include "nn/detector.h"
#include "nn/model.h"
#include "nn/run.h"
#include "recording.h"
#include "roster.h"
#include "session/export.h"
#include "session/session.h"
#include "stages.h"
#include "vis/cascade.h"
#include "vis/image.h"
#include "vis/source.h"

#include <cjson/cJSON.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <unistd.h>

/* After the first MANY requests not every single one, so that it stays short; with FELTBOARD_EVERY_REQUEST each. */
enum { MANY = 60, STRIDE = 151 };

static atomic_long n_requests, n_live;
static long fail_at; /* 0: never */
static bool fails_from_there; /* all after it, too */
static atomic_bool has_failed, is_library; /* in code that cannot say why */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);
void __wrap_free(void *p);

static bool is_refused(void)
{
    long n = atomic_fetch_add(&n_requests, 1) + 1;
    bool is_now = fail_at && (n == fail_at || (fails_from_there && n > fail_at));
    if (is_now)
        atomic_store(&has_failed, true);
    return is_now;
}

static void *counted(void *p)
{
    if (p)
        atomic_fetch_add(&n_live, 1);
    return p;
}

void *__wrap_malloc(size_t n)
{
    return is_refused() ? NULL : counted(__real_malloc(n));
}

void *__wrap_calloc(size_t n, size_t size)
{
    return is_refused() ? NULL : counted(__real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t n)
{
    if (is_refused())
        return NULL;
    return p ? __real_realloc(p, n) : counted(__real_realloc(NULL, n));
}

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
    return is_refused() ? NULL : counted(__real_aligned_alloc(alignment, n));
}

char *__wrap_strndup(const char *text, size_t n)
{
    size_t length = strnlen(text, n);
    char *copy = __wrap_malloc(length + 1);
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = 0;
    }
    return copy;
}

char *__wrap_strdup(const char *text)
{
    return __wrap_strndup(text, strlen(text));
}

/* What a library allocated and we give back is not counted: only growth is a leak. */
void __wrap_free(void *p)
{
    if (p)
        atomic_fetch_sub(&n_live, 1);
    __real_free(p);
}

/* The libraries': not counted as ours, refused alike. */
static void *library_malloc(size_t n)
{
    if (!is_refused())
        return __real_malloc(n);
    atomic_store(&is_library, true);
    return NULL;
}

static void library_free(void *p)
{
    __real_free(p);
}

static long n_sqlite;
static void *sqlite_malloc(int n)
{
    size_t *p = library_malloc((size_t)n + 16);
    if (p)
        *p = (size_t)n;
    n_sqlite += p != NULL;
    return p ? (char *)p + 16 : NULL;
}
static void sqlite_free(void *p)
{
    n_sqlite -= p != NULL;
    if (p)
        __real_free((char *)p - 16);
}
static int sqlite_size(void *p)
{
    return p ? (int)*(size_t *)(void *)((char *)p - 16) : 0;
}
static void *sqlite_realloc(void *p, int n)
{
    void *moved = sqlite_malloc(n);
    if (moved && p) {
        memcpy(moved, p, (size_t)(sqlite_size(p) < n ? sqlite_size(p) : n));
        sqlite_free(p);
    }
    return moved;
}
static int sqlite_round(int n)
{
    return (n + 7) / 8 * 8;
}
static int sqlite_init(void *user)
{
    (void)user;
    return SQLITE_OK;
}
static void sqlite_end(void *user)
{
    (void)user;
}

/* ---- the ways --------------------------------------------------------------------------------- */

static char folder[512], model_path[512], network_path[512], net_path[512], session_path[1200];

static int load_net(void)
{
    struct nn_net *net = NULL;
    int status = nn_net_load(net_path, &net);
    nn_net_destroy(&net);
    return status;
}

static int load_model(void)
{
    struct nn_model *model = NULL;
    int status = nn_model_load(model_path, &model);
    nn_model_destroy(&model);
    return status;
}

static const struct nn_net *the_net;

static int build(struct nn_run_settings settings)
{
    struct nn_run *run = NULL;
    int status = nn_run_create(the_net, &settings, &run);
    nn_run_destroy(&run);
    return status;
}

static int build_plan(void)
{
    return build((struct nn_run_settings){.max_batch = 4, .is_frozen = true});
}

static int build_training(void)
{
    return build((struct nn_run_settings){.max_batch = 2, .is_training = true});
}

static int create_classifier(void)
{
    struct nn_classifier *classifier = NULL;
    int status = nn_classifier_create(model_path, 4, NULL, &classifier);
    nn_classifier_destroy(&classifier);
    return status;
}

static int create_detector(void)
{
    struct nn_detector *detector = NULL;
    struct nn_detector_settings settings = nn_default_detector_settings();
    int status = nn_detector_create(network_path, &settings, NULL, &detector);
    nn_detector_destroy(&detector);
    return status;
}

static int create_analyzer(void)
{
    struct app_analyzer *analyzer = NULL;
    struct app_analyzer_settings settings = app_default_analyzer_settings();
    settings.model = model_path;
    settings.find.network = network_path;
    settings.n_threads = 2;
    int status = app_analyzer_create(&settings, &analyzer);
    app_analyzer_destroy(&analyzer);
    return status;
}

static int load_cascade(void)
{
    struct vis_cascade *cascade = NULL;
    struct vis_cascade_settings settings = vis_default_cascade_settings();
    int status = vis_cascade_create("/usr/share/opencv4/haarcascades/haarcascade_frontalface_alt.xml", &settings, NULL, &cascade);
    if (!status)
        status = vis_cascade_prepare(cascade, 320, 240);
    vis_cascade_destroy(&cascade);
    return status;
}

static int use_config(void)
{
    struct app_config *config = NULL;
    char path[600];
    snprintf(path, sizeof path, "%s/config/feltboard.ini", folder);
    int status = app_config_open(path, &config);
    if (!status)
        status = app_config_set(config, "window", "theme", "light");
    if (!status)
        status = app_config_remember(config, "recent", "/a/b.mp4", 6);
    if (!status)
        status = app_config_save(config);
    app_config_close(&config);
    unlink(path);
    return status;
}

static int read_roster(void)
{
    static struct app_roster roster;
    char path[600];
    snprintf(path, sizeof path, "%s/names.txt", folder);
    return app_roster_read(path, &roster);
}

static int make_session(void)
{
    static int n;
    struct app_session *session = NULL;
    char parent[600];
    snprintf(parent, sizeof parent, "%s/s%d", folder, n++); /* of one name only a hundred a second */
    int status = app_session_create(parent, "s", &session);
    if (status && !access(parent, F_OK)) /* nothing half made */
        CHECK_MSG(!rmdir(parent), "a session that could not be made left something in %s", parent);
    if (!status)
        status = app_session_set_fact(session, "size", "640x360");
    for (int i = 0; i < 3 && !status; i++) {
        struct mon_observation o = {.frame_index = i, .pts_ns = i * 100000000LL, .width = 640, .height = 360, .n_faces = 1};
        o.faces[0] = (struct mon_face){.student = 1, .box = {1, 2, 30, 30}, .is_seen = true};
        status = app_session_add(session, &o);
    }
    if (!status)
        status = app_session_mark(session, 1000, "a marker");
    if (!session)
        return status;
    snprintf(session_path, sizeof session_path, "%s", app_session_folder(session));
    int close_status = app_session_close(&session);
    return status ? status : close_status;
}

static int read_session(void)
{
    static FILE *nowhere;
    struct app_session *session = NULL;
    struct app_session_totals totals;
    struct app_export_settings settings = {.format = APP_EXPORT_CSV};
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    int status = app_session_open(session_path, APP_SESSION_READ, &session);
    if (!status)
        status = app_session_totals(session, &totals);
    if (!status)
        status = app_export_write(session, &settings, nowhere);
    int close_status = app_session_close(&session);
    return status ? status : close_status;
}

static int open_demo(void)
{
    struct vis_source *source = NULL;
    struct vis_source_settings settings = vis_default_source_settings();
    char assets[600];
    snprintf(assets, sizeof assets, "%s/assets", getenv("FELTBOARD_SOURCE_ROOT"));
    settings.assets_dir = assets;
    settings.width = 160;
    settings.height = 120;
    settings.n_faces = 1;
    int status = vis_source_open("demo", &settings, &source);
    vis_source_close(&source);
    return status;
}

static int load_data(void)
{
    struct nn_data *data = NULL;
    char path[600];
    snprintf(path, sizeof path, "%s/data", folder);
    int status = nn_data_load(path, NULL, &data);
    nn_data_destroy(&data);
    return status;
}

static int create_domain(void)
{
    struct mon_timeline *timeline = NULL;
    struct mon_cast *cast = NULL;
    struct app_history *history = NULL;
    int status = mon_timeline_create(&timeline);
    if (!status)
        status = mon_cast_create(&cast);
    if (!status)
        status = app_history_create(&history);
    app_history_destroy(&history);
    mon_timeline_destroy(&timeline);
    mon_cast_destroy(&cast);
    return status;
}

/* ---- the test --------------------------------------------------------------------------------- */

static long total;

static bool try_one(const char *name, int (*way)(void), long n)
{
    atomic_store(&n_requests, 0);
    atomic_store(&has_failed, false);
    atomic_store(&is_library, false);
    long live_before = atomic_load(&n_live);
    fb_fail(FB_ERR_FAILED, "nothing was said");
    fail_at = n;
    int status = way();
    fail_at = 0;
    bool is_over = !atomic_load(&has_failed);
    const char *text = fb_error_text();
    CHECK_MSG(atomic_load(&n_live) <= live_before, "%s, request %ld: %ld blocks are left", name, n, atomic_load(&n_live) - live_before);
    if (is_over) {
        CHECK_MSG(status == FB_OK, "%s, without a failure: %s", name, text);
        return false;
    }
    total++;
    if (status == FB_OK)
        return true; /* it could do without */
    CHECK_MSG(status < 0 && strlen(text) > 10 && !strchr(text, '\n') && strcmp(text, "nothing was said"),
              "%s, request %ld: status %d, \"%s\"", name, n, status, text);
    CHECK_MSG(atomic_load(&is_library) || status == FB_ERR_NOMEM, "%s, request %ld: status %d, \"%s\"", name, n, status, text);
    return true;
}

static void exhaust(const char *name, int (*way)(void))
{
    long n = 0;
    CHECK_MSG(way() == FB_OK, "%s: %s", name, fb_error_text()); /* what is made once in a process is there then */
    for (int mode = 0; mode < (way == open_demo ? 1 : 2); mode++) { /* it draws a room each time */
        fails_from_there = mode == 1;
        n = 1;
        while (try_one(name, way, n))
            n += n < MANY || getenv("FELTBOARD_EVERY_REQUEST") ? 1 : STRIDE;
    }
    printf("# %s: %ld requests\n", name, n);
}

static void nets_and_models(void)
{
    struct nn_net *net = NULL;
    CHECK(!nn_net_load(net_path, &net));
    the_net = net;
    exhaust("net", load_net);
    exhaust("model", load_model);
    exhaust("plan", build_plan);
    exhaust("training", build_training);
    exhaust("classifier", create_classifier);
    exhaust("detector", create_detector);
    nn_net_destroy(&net);
}

static void analyzers(void)
{
    exhaust("analyzer", create_analyzer);
}

static void cascades(void)
{
    if (access("/usr/share/opencv4/haarcascades/haarcascade_frontalface_alt.xml", R_OK))
        SKIP("opencv-data is not installed");
    exhaust("cascade", load_cascade);
}

static void settings_and_names(void)
{
    bad_write(bad_path("memory", "names.txt"), "Anna\nTom\n", 9);
    exhaust("settings", use_config);
    exhaust("roster", read_roster);
    exhaust("timeline, cast, history", create_domain);
}

static void sessions(void)
{
    exhaust("session written", make_session);
    CHECK_INT(make_session(), FB_OK);
    exhaust("session read", read_session);
}

static void sources(void)
{
    exhaust("demo class", open_demo);
}

static void data(void)
{
    static const char votes[] = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
                                "Training,a.png,4,0,0,1,3,2,0,0,0,0\n";
    static uint8_t rgb[48 * 48 * 3];
    CHECK(!vis_image_save_rgb(bad_path("memory", "data/FER2013Train/a.png"), rgb, 48, 48, 144));
    bad_write(bad_path("memory", "data/fer2013new.csv"), votes, sizeof votes - 1);
    exhaust("data set", load_data);
}

int main(int argc, char **argv)
{
    static const sqlite3_mem_methods methods = {sqlite_malloc, sqlite_free, sqlite_realloc, sqlite_size,
                                                sqlite_round,  sqlite_init, sqlite_end,     NULL};
    static const struct test tests[] = {
        {"nets and models", nets_and_models}, {"analyzers", analyzers}, {"cascades", cascades},
        {"settings and names", settings_and_names}, {"sessions", sessions}, {"sources", sources}, {"data", data},
    };
    const char *root = getenv("FELTBOARD_SOURCE_ROOT");
    cJSON_Hooks hooks = {library_malloc, library_free};
    cJSON_InitHooks(&hooks);
    if (!root || sqlite3_config(SQLITE_CONFIG_MALLOC, &methods))
        return 1;
    bad_begin();
    snprintf(folder, sizeof folder, "%s", bad_folder_of(bad_path("memory", "x")));
    snprintf(model_path, sizeof model_path, "%s/models/feltboard-1.safetensors", root);
    snprintf(network_path, sizeof network_path, "%s/models/feltboard-face-1.safetensors", root);
    snprintf(net_path, sizeof net_path, "%s/models/bn_dropout.net", root);
    int code = test_main(tests, TEST_COUNT(tests), argc, argv);
    (void)bad_end();
    printf("# %ld failed requests, %ld of SQLite's blocks left\n", total, n_sqlite);
    return code;
}

/* Bad settings, lists of names, sessions, cascades and videos. */
#include "bad.h"

#include "config.h"
#include "roster.h"
#include "seal/file.h"
#include "session/retention.h"
#include "session/session.h"
#include "source_list.h"
#include "vis/cascade.h"
#include "vis/recorder.h"
#include "vis/source.h"

#include <unistd.h>

static int load_config(const char *path)
{
    struct app_config *config = NULL;
    int status = app_config_open(path, &config);
    CHECK(status == FB_OK || !config);
    app_config_close(&config);
    return status;
}

static size_t make_config(uint8_t bytes[BAD_MAX_BYTES])
{
    return (size_t)snprintf((char *)bytes, BAD_MAX_BYTES, "[window]\nwidth = 1280\n");
}

static void settings(void)
{
    static const struct bad_kind kind = {"settings", "feltboard.ini", load_config, make_config, true, true, "folder", false};
    bad_check(&kind, NULL, 0);
}

static int load_roster(const char *path)
{
    static struct app_roster roster;
    return app_roster_read(path, &roster);
}

static size_t make_roster(uint8_t bytes[BAD_MAX_BYTES])
{
    return (size_t)snprintf((char *)bytes, BAD_MAX_BYTES, "Anna\nTom\n");
}

static void rosters(void)
{
    static char many[8000], long_line[6000];
    memset(long_line, 'x', sizeof long_line - 1);
    for (int i = 0; i < 600; i++)
        snprintf(many + strlen(many), sizeof many - strlen(many), "name %d\n", i);
    /* empty and a letter count as a list: short, odd. What is no text is refused. */
    static const struct bad_kind kind = {"roster", "names.txt", load_roster, make_roster, false, true, "folder", false};
    const struct bad_case cases[] = {
        {.what = "too many names", .text = many, .says = "more than"},
        {.what = "Latin 1", .text = "Anna\nZo\xeb\n", .says = "UTF-8"},
        {.what = "UTF-16", .text = "\xff\xfe" "A", .says = "UTF-8"},
        {.what = "half a character", .text = "Zo\xc3\n", .says = "UTF-8"},
        {.what = "an escape", .text = "Anna\x1b[31m\n", .says = "UTF-8"},
        {.what = "a zero byte", .at = 2, .put = "\0", .n_put = 1, .says = ":1: a zero"},
        {.what = "a line of 6000 characters", .text = long_line, .says = "bytes"},
        {.what = "a PDF", .text = "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", .says = "UTF-8"},
    };
    bad_check(&kind, cases, TEST_COUNT(cases));
}

static int load_list(const char *path)
{
    struct app_source_list list;
    int status = app_source_list_read(NULL, 0, path, &list);
    app_source_list_finish(&list);
    return status;
}

static size_t make_list(uint8_t bytes[BAD_MAX_BYTES])
{
    return (size_t)snprintf((char *)bytes, BAD_MAX_BYTES, "monday.mp4\n\ntuesday.mp4");
}

static void lists(void)
{
    static char long_line[6000];
    memset(long_line, 'x', sizeof long_line - 1);
    /* Any text is a list, an empty one or one of zeros is not. */
    static const struct bad_kind kind = {"list", "videos.txt", load_list, make_list, false, true, "folder", false};
    const struct bad_case cases[] = {
        {.what = "empty lines only", .text = "\n\r\n\n", .says = "no source"},
        {.what = "a line of 6000 characters", .text = long_line, .says = "bytes"},
        {.what = "a zero byte", .at = 2, .put = "\0", .n_put = 1, .says = ":1: a zero"},
        {.what = "a zero byte further on", .at = 15, .put = "\0", .n_put = 1, .says = ":3: a zero"},
    };
    bad_check(&kind, cases, TEST_COUNT(cases));
}

static int load_retention(const char *path)
{
    char home[600];
    int days;
    snprintf(home, sizeof home, "%s", path);
    for (int i = 0; i < 2; i++)
        *strrchr(home, '/') = 0;
    setenv("XDG_CONFIG_HOME", home, 1);
    return app_retention_get(&days);
}

static size_t make_retention(uint8_t bytes[BAD_MAX_BYTES])
{
    return (size_t)snprintf((char *)bytes, BAD_MAX_BYTES, "30 days\n");
}

static void retention(void)
{
    static const struct bad_kind kind = {"feltboard", "retention", load_retention, make_retention, true, false, "folder", false};
    static const struct bad_case cases[] = {
        {.what = "no number", .text = "thirty days\n"},
        {.what = "negative", .text = "-3 days\n"},
        {.what = "enormous", .text = "99999999999 days\n"},
        {.what = "weeks", .text = "3 weeks\n"},
        {.what = "more behind it", .text = "30 days or so\n"},
    };
    bad_check(&kind, cases, TEST_COUNT(cases));
}

static int load_session(const char *path)
{
    struct app_session *session = NULL;
    int status = app_session_open(path, APP_SESSION_READ, &session);
    CHECK(status == FB_OK || !session);
    if (!status)
        status = app_session_verify(session);
    app_session_close(&session);
    return status;
}

static size_t make_session(uint8_t bytes[BAD_MAX_BYTES])
{
    struct app_session *session = NULL;
    char path[1200], parent[512];
    snprintf(parent, sizeof parent, "%s", bad_folder_of(bad_path("made", "x")));
    CHECK_MSG(!app_session_create(parent, "good", &session), "%s", fb_error_text());
    CHECK(!app_session_set_fact(session, "size", "640x360"));
    for (int i = 0; i < 50; i++) {
        struct mon_observation o = {.frame_index = i, .pts_ns = i * 100000000LL, .width = 640, .height = 360, .n_faces = 1};
        o.faces[0] = (struct mon_face){.student = 1, .box = {1, 2, 30, 30}, .is_seen = true};
        CHECK(!app_session_add(session, &o));
    }
    snprintf(path, sizeof path, "%s/session.db", app_session_folder(session));
    CHECK(!app_session_close(&session));
    return bad_read(path, bytes);
}

static void sessions(void)
{
    static const struct bad_kind kind = {"session", "session.db", load_session, make_session, false, false, NULL, false};
    static const struct bad_case cases[] = {
        {.what = "cut in the header", .share = 0.002},
        {.what = "cut behind the first page", .share = 0.17},
        {.what = "cut in the middle", .share = 0.5},
        {.what = "cut in a later page", .share = 0.8},
        {.what = "another magic", .put = "SQLite format 4", .n_put = 15},
        {.what = "pages of 0 bytes", .at = 16, .put = "\0\0", .n_put = 2},
        {.what = "pages of 3 bytes", .at = 16, .put = "\0\3", .n_put = 2},
        {.what = "an unknown version of SQLite's format", .at = 18, .put = "\x09\x09", .n_put = 2},
        {.what = "a schema format of the future", .at = 44, .put = "\0\0\0\x63", .n_put = 4},
        {.what = "a first page of chance", .at = 100, .put = "\x55\xaa\x55\xaa\x55\xaa\x55\xaa\x55\xaa", .n_put = 10},
        {.what = "a second page of chance", .at = 4096, .put = "\x55\xaa\x55\xaa\x55\xaa\x55\xaa\x55\xaa", .n_put = 10},
    };
    bad_check(&kind, cases, TEST_COUNT(cases));
}

/* ---- sealed: the key of all of them is in the ring ---- */

static struct seal_key *key_of_tests(void)
{
    static struct seal_key *key;
    if (!key)
        CHECK_MSG(!seal_key_create("four words and more", 19, &key), "%s", fb_error_text());
    return key;
}

static int load_sealed(const char *path)
{
    struct seal_file *file = NULL;
    int status = seal_file_open(path, &file);
    if (!status)
        status = seal_file_verify(file);
    seal_file_close(&file);
    return status;
}

static size_t make_sealed(uint8_t bytes[BAD_MAX_BYTES])
{
    struct seal_file *file = NULL;
    static uint8_t plain[3 * SEAL_CHUNK_BYTES / 2];
    char path[512];
    snprintf(path, sizeof path, "%s", bad_path("made", "sealed.mkv"));
    CHECK_MSG(!seal_file_create(path, key_of_tests(), &file), "%s", fb_error_text());
    CHECK(!seal_file_write(file, 0, plain, sizeof plain));
    seal_file_close(&file);
    return bad_read(path, bytes);
}

/* Offsets: 8 version, 12 passes, 16 memory, 20 chunk, 24 salt, 64 the key, 192 state, 73728 chunks; see seal/file.h. */
static const struct bad_case sealed_cases[] = {
    {.what = "cut in the magic", .text = "FELTS"},
    {.what = "cut in the key", .share = 0.0005},
    {.what = "cut in the redo", .share = 0.2},
    {.what = "cut by some bytes", .share = 0.9999},
    {.what = "another magic", .put = "X", .n_put = 1},
    {.what = "a version of the future", .at = 8, .put = "\2", .n_put = 1},
    {.what = "big endian version", .at = 8, .put = "\0\0\0\1", .n_put = 4},
    {.what = "4 billion passes", .at = 12, .put = "\xff\xff\xff\xff", .n_put = 4},
    {.what = "4 terabytes of memory", .at = 16, .put = "\xff\xff\xff\xff", .n_put = 4},
    {.what = "chunks of no bytes", .at = 20, .put = "\0\0\0\0", .n_put = 4},
    {.what = "another salt", .at = 24, .put = "0123456789abcdef", .n_put = 16},
    {.what = "another key", .at = 64, .put = "0123456789abcdef", .n_put = 16},
    {.what = "another size", .at = 216, .put = "\xff\xff\xff\xff\xff\xff\xff\x7f", .n_put = 8},
    {.what = "the first chunk changed", .at = 73728 + 100, .put = "0123456789abcdef", .n_put = 16},
};

static void sealed_files(void)
{
    static const struct bad_kind kind = {"sealed", "video.mkv", load_sealed, make_sealed, false, false, NULL, true};
    bad_check(&kind, sealed_cases, TEST_COUNT(sealed_cases));
}

static size_t make_sealed_session(uint8_t bytes[BAD_MAX_BYTES])
{
    struct app_session *session = NULL;
    char path[1200], parent[512];
    snprintf(parent, sizeof parent, "%s", bad_folder_of(bad_path("made", "x")));
    CHECK_MSG(!app_session_create_sealed(parent, "good", key_of_tests(), &session), "%s", fb_error_text());
    CHECK(!app_session_set_fact(session, "size", "640x360"));
    snprintf(path, sizeof path, "%s/session.db", app_session_folder(session));
    CHECK(!app_session_close(&session));
    return bad_read(path, bytes);
}

static void sealed_sessions(void)
{
    static const struct bad_kind kind = {"locked session", "session.db", load_session, make_sealed_session, false, false, NULL, true};
    /* Without the last: that chunk was written twice, so what is changed in it is put right from the redo. */
    bad_check(&kind, sealed_cases, TEST_COUNT(sealed_cases) - 1);
}

static int load_cascade(const char *path)
{
    struct vis_cascade *cascade = NULL;
    struct vis_cascade_settings settings = vis_default_cascade_settings();
    int status = vis_cascade_create(path, &settings, NULL, &cascade);
    vis_cascade_destroy(&cascade);
    return status;
}

#define CASCADE(stages, nodes, feature)                                                                                   \
    "<opencv_storage><cascade><stageType>BOOST</stageType><featureType>HAAR</featureType><height>20</height>"             \
    "<width>20</width><featureParams><maxCatCount>0</maxCatCount></featureParams><stageNum>" stages "</stageNum>"          \
    "<stages><_><stageThreshold>0.1</stageThreshold><weakClassifiers><_><internalNodes>" nodes "</internalNodes>"          \
    "<leafValues>-1 1</leafValues></_></weakClassifiers></_></stages><features><_><rects><_>1 2 3 4 -1.</_><_>" feature    \
    "</_></rects></_></features></cascade></opencv_storage>"

static size_t make_cascade(uint8_t bytes[BAD_MAX_BYTES])
{
    return (size_t)snprintf((char *)bytes, BAD_MAX_BYTES, CASCADE("1", "0 -1 0 0.5", "1 2 3 2 2."));
}

static void cascades(void)
{
    static const struct bad_kind kind = {"cascade", "c.xml", load_cascade, make_cascade, false, false, "folder", false};
    static const struct bad_case cases[] = {
        {.what = "cut in the head", .share = 0.1},
        {.what = "cut in the stages", .share = 0.5},
        {.what = "cut in the features", .share = 0.9},
        {.what = "cut before the end", .share = 0.98},
        {.what = "a document type with entities", .text = "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><opencv_storage>&b;</opencv_storage>"},
        {.what = "a billion laughs", .text = "<!DOCTYPE a [<!ENTITY b \"ha\"><!ENTITY c \"&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;\">]><a>&d;</a>"},
        {.what = "a feature that is not there", .text = CASCADE("1", "0 -1 99 0.5", "1 2 3 2 2.")},
        {.what = "a feature of -1", .text = CASCADE("1", "0 -1 -1 0.5", "1 2 3 2 2.")},
        {.what = "a threshold that is no number", .text = CASCADE("1", "0 -1 0 nan", "1 2 3 2 2.")},
        {.what = "a node that leads nowhere", .text = CASCADE("1", "5 -1 0 0.5", "1 2 3 2 2.")},
        {.what = "a rectangle out of the window", .text = CASCADE("1", "0 -1 0 0.5", "1 2 300 2 2.")},
        {.what = "a rectangle of 2 billion", .text = CASCADE("1", "0 -1 0 0.5", "2147483647 2 3 2 2.")},
        {.what = "an infinite weight", .text = CASCADE("1", "0 -1 0 0.5", "1 2 3 2 inf")},
        {.what = "another XML", .text = "<html><body>404</body></html>"},
    };
    bad_check(&kind, cases, TEST_COUNT(cases));
}

static int load_video(const char *path)
{
    struct vis_source *source = NULL;
    struct vis_source_settings settings = vis_default_source_settings();
    int status = vis_source_open(path, &settings, &source);
    CHECK(status == FB_OK || !source);
    vis_source_close(&source);
    return status;
}

static size_t make_video(uint8_t bytes[BAD_MAX_BYTES])
{
    struct vis_recorder_settings settings = vis_default_recorder_settings();
    struct vis_recorder *recorder = NULL;
    struct fb_frame_pool *pool = NULL;
    char path[512];
    settings.width = 64;
    settings.height = 36;
    snprintf(path, sizeof path, "%s", bad_path("made", "good.mkv"));
    CHECK(!fb_frame_pool_create(1, 64, 36, &pool) && !vis_recorder_open(path, &settings, &recorder));
    for (int i = 0; i < 10; i++) {
        struct fb_frame *frame = fb_frame_acquire(pool);
        fb_frame_clear(frame);
        CHECK(!vis_recorder_write(recorder, frame, i * 40000000LL));
        fb_frame_unref(&frame);
    }
    CHECK(!vis_recorder_close(&recorder));
    fb_frame_pool_destroy(&pool);
    return bad_read(path, bytes);
}

static void videos(void)
{
    static const struct bad_kind kind = {"video", "lesson.mkv", load_video, make_video, false, false, NULL, false};
    static const struct bad_case cases[] = {
        {.what = "cut in the first element", .share = 0.004},
        {.what = "cut before the pictures", .share = 0.1},
        {.what = "another magic", .put = "\0\0\0\0", .n_put = 4},
        {.what = "a playlist", .text = "#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n"},
        {.what = "ffconcat", .text = "ffconcat version 1.0\nfile /etc/passwd\n"},
        {.what = "DASH", .text = "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"><BaseURL>http://127.0.0.1:9/</BaseURL></MPD>"},
        {.what = "SDP", .text = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"},
        {.what = "an MP4's beginning", .text = "\x01\x01\x01\x18" "ftypisom"},
        {.what = "an AVI's beginning", .text = "RIFF9999AVI LIST"},
        {.what = "an MP4 without an index", .text = "AAAAftypisom    isom    mdat    "},
        {.what = "a WAV", .text = "RIFF9999WAVEfmt "},
        {.what = "subtitles", .text = "WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"},
    };
    bad_check(&kind, cases, TEST_COUNT(cases));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"settings", settings}, {"rosters", rosters}, {"lists", lists}, {"retention", retention}, {"sessions", sessions},
        {"sealed files", sealed_files}, {"sealed sessions", sealed_sessions}, {"cascades", cascades}, {"videos", videos},
    };
    return bad_main(tests, TEST_COUNT(tests), argc, argv, 120);
}

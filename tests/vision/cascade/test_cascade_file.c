/* Reading cascade files: every installed one loads; broken, hostile and truncated ones are one line
 * that names the file, its line and the reason, and leak nothing (run under the sanitizers). */
#include "model.h"
#include "test.h"

#include <glob.h>
#include <unistd.h>

#define DEFAULT_FILE "/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml"

static char path[] = "/tmp/cascade-file-XXXXXX";

static int load_text(const char *text, size_t n_bytes)
{
    FILE *file = fopen(path, "wb");
    if (!CHECK(file != NULL))
        return 0;
    fwrite(text, 1, n_bytes, file);
    fclose(file);
    struct cas_model model;
    int status = cas_model_load(&model, path);
    cas_model_finish(&model);
    return status;
}

#define HEAD                                                                                       \
    "<opencv_storage><cascade><stageType>BOOST</stageType><featureType>HAAR</featureType>"         \
    "<height>20</height><width>20</width><featureParams><maxCatCount>0</maxCatCount>"              \
    "</featureParams><stageNum>1</stageNum>"
#define WEAK_1 "<_><internalNodes>0 -1 0 0.5</internalNodes><leafValues>-1 1</leafValues></_>"
#define STAGE(weaks)                                                                               \
    "<stages><_><stageThreshold>0.1</stageThreshold><weakClassifiers>" weaks                       \
    "</weakClassifiers></_></stages>"
#define RECTS(rects) "<features><_><rects>" rects "</rects></_></features>"
#define RECT_1 "<_>1 2 3 4 -1.</_>"
#define RECT_2 "<_>1 2 3 2 2.</_>"
#define TAIL "</cascade></opencv_storage>"

static const struct {
    const char *text, *reason; /* reason: part of the message; NULL: loads */
} cases[] = {
    {HEAD STAGE(WEAK_1) RECTS(RECT_1 RECT_2) TAIL, NULL},
    {"", "no element found"},
    {"not xml", "syntax error"},
    {"<a/>", "no cascade"},
    {"<opencv_storage/>", "no cascade"},
    {HEAD STAGE(WEAK_1) RECTS(RECT_1 RECT_2), "no element found"},
    {HEAD STAGE(WEAK_1) RECTS(RECT_1 RECT_2) "</wrong></opencv_storage>", "mismatched tag"},
    {HEAD RECTS(RECT_1 RECT_2) TAIL, "no cascade with stages"},
    {HEAD STAGE(WEAK_1) TAIL, "no cascade with stages and features"},
    {HEAD STAGE(WEAK_1) RECTS(RECT_1) TAIL, "1 rectangles"},
    {HEAD STAGE(WEAK_1) RECTS(RECT_1 RECT_2 RECT_1 RECT_1) TAIL, "more than 3 rectangles"},
    {HEAD STAGE(WEAK_1) RECTS(RECT_1 "<_>1 2 30 4 2.</_>") TAIL, "out of the window"},
    {HEAD STAGE(WEAK_1) RECTS(RECT_1 "<_>-1 2 3 4 2.</_>") TAIL, "rectangle x is -1"},
    {HEAD STAGE(WEAK_1) RECTS(RECT_1 "<_>1 2 0 4 2.</_>") TAIL, "rectangle width is 0"},
    {HEAD STAGE(WEAK_1) RECTS(RECT_1 "<_>1 2 3 4</_>") TAIL, "too few numbers"},
    {HEAD STAGE(WEAK_1) RECTS(RECT_1 "<_>1 2 3 4 5 6</_>") TAIL, "too many numbers"},
    {HEAD STAGE(WEAK_1) RECTS(RECT_1 "<_>1 2 3 4 nan</_>") TAIL, "expected a number"},
    {HEAD STAGE(WEAK_1) RECTS(RECT_1 "<_>1 2 3 4 1e999</_>") TAIL, "expected a number"},
    {HEAD STAGE(WEAK_1) RECTS(RECT_1 "<_>1 2 3 4 1e30</_>") TAIL, "at most a million"},
    {HEAD STAGE(WEAK_1) RECTS(RECT_1 "<_>1.5 2 3 4 1</_>") TAIL, "whole number"},
    {HEAD STAGE(WEAK_1) "<features><_><rects>" RECT_1 RECT_2
                        "</rects><tilted>1</tilted></_></features>" TAIL,
     "out of the window"},
    {HEAD STAGE(WEAK_1) "<features><_><rect>1 2 3 4</rect></_></features>" TAIL,
     "another featureType"},
    {HEAD STAGE("<_><internalNodes>0 -1 7 0.5</internalNodes><leafValues>-1 1</leafValues></_>")
         RECTS(RECT_1 RECT_2) TAIL,
     "uses feature 7 of 1"},
    {HEAD STAGE("<_><internalNodes>0 -1 0</internalNodes><leafValues>-1 1</leafValues></_>")
         RECTS(RECT_1 RECT_2) TAIL,
     "too few numbers"},
    {HEAD STAGE("<_><internalNodes>0 -2 0 0.5</internalNodes><leafValues>-1 1</leafValues></_>")
         RECTS(RECT_1 RECT_2) TAIL,
     "children"},
    {HEAD STAGE("<_><internalNodes>0 1 0 0.5</internalNodes><leafValues>-1 1</leafValues></_>")
         RECTS(RECT_1 RECT_2) TAIL,
     "children"},
    {HEAD STAGE(
         "<_><internalNodes>1 0 0 0.5 0 1 0 0.5</internalNodes><leafValues>1 2 3</leafValues></_>")
         RECTS(RECT_1 RECT_2) TAIL,
     "children"}, /* a cycle */
    {HEAD STAGE("<_><internalNodes>0 -1 0 0.5</internalNodes><leafValues>-1</leafValues></_>")
         RECTS(RECT_1 RECT_2) TAIL,
     "1 leaf values"},
    {HEAD STAGE("<_><leafValues>-1 1</leafValues></_>") RECTS(RECT_1 RECT_2) TAIL,
     "a tree of 0 nodes"},
    {HEAD STAGE("") RECTS(RECT_1 RECT_2) TAIL, "no weak classifiers"},
    {HEAD STAGE(
         "<_><internalNodes>0 -1 0 <b>0.5</b></internalNodes><leafValues>-1 1</leafValues></_>")
         RECTS(RECT_1 RECT_2) TAIL,
     "inside a list"},
    {HEAD "<stages><_><weakClassifiers>" WEAK_1
          "</weakClassifiers></_></stages>" RECTS(RECT_1 RECT_2) TAIL,
     "no stageThreshold"},
    {HEAD "<stageNum>2</stageNum>" STAGE(WEAK_1) RECTS(RECT_1 RECT_2) TAIL, "stageNum is 2"},
    {HEAD "<stageNum>0</stageNum>" STAGE(WEAK_1) RECTS(RECT_1 RECT_2) TAIL, "stageNum is 0"},
    {HEAD "<width>1000</width>" STAGE(WEAK_1) RECTS(RECT_1 RECT_2) TAIL, "width is 1000"},
    {HEAD "<height>x</height>" STAGE(WEAK_1) RECTS(RECT_1 RECT_2) TAIL, "expected a number"},
    {HEAD "<stageType>HMM</stageType>" STAGE(WEAK_1) RECTS(RECT_1 RECT_2) TAIL, "expected BOOST"},
    {HEAD "<featureType>HOG</featureType>" STAGE(WEAK_1) RECTS(RECT_1 RECT_2) TAIL, "HAAR or LBP"},
    {HEAD "<featureType>LBP</featureType>" STAGE(WEAK_1) RECTS(RECT_1 RECT_2) TAIL, "maxCatCount"},
    {"<opencv_storage><cascade>" STAGE(WEAK_1) RECTS(RECT_1 RECT_2) TAIL, "before stageType"},
    {"<opencv_storage><cascade type_id=\"opencv-haar-classifier\"><size>20 20</size>" TAIL,
     "before OpenCV 2.4"},
    {"<opencv_storage><cascade/><cascade/></opencv_storage>", "a second cascade"},
    {"<!DOCTYPE a [<!ENTITY b \"bb\">]><opencv_storage/>", "document type"},
    {HEAD STAGE("<_><internalNodes>&x;</internalNodes></_>") TAIL, "undefined entity"},
    {"<opencv_storage><cascade><"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaa/>",
     "nested too deep"},
};

static void broken_files(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status = load_text(cases[i].text, strlen(cases[i].text));
        CHECK_MSG(status == (cases[i].reason ? FB_ERR_INPUT : FB_OK), "case %zu: status %d: %s", i,
                  status, status ? fb_error_text() : "loads");
        if (status && cases[i].reason) {
            CHECK_MSG(strstr(fb_error_text(), cases[i].reason) != NULL,
                      "case %zu: \"%s\", expected \"%s\"", i, fb_error_text(), cases[i].reason);
            CHECK_MSG(!strncmp(fb_error_text(), path, strlen(path)) &&
                          strchr(fb_error_text(), ':') && !strchr(fb_error_text(), '\n'),
                      "case %zu: not file:line: reason: %s", i, fb_error_text());
        }
    }
}

static char *read_default(size_t *n_bytes)
{
    FILE *file = fopen(DEFAULT_FILE, "rb");
    char *text = file ? malloc(1 << 20) : NULL;
    *n_bytes = text ? fread(text, 1, 1 << 20, file) : 0;
    if (file)
        fclose(file);
    return text;
}

/* A file cut anywhere is refused; single changed bytes are refused or still make a valid model. */
static void cut_and_changed_files(void)
{
    size_t n_bytes;
    char *text = read_default(&n_bytes);
    if (!text)
        SKIP("no " DEFAULT_FILE);
    for (size_t n = 0; n + 1 < n_bytes; n += n_bytes / 53 + 1)
        CHECK_INT(load_text(text, n), FB_ERR_INPUT);
    size_t at = 12345;
    for (int i = 0; i < 120; i++) {
        at = (at * 1103515245u + 12345u + (size_t)i) % n_bytes;
        char kept = text[at];
        text[at] = "<>-/9 .\0&e"[i % 10];
        int status = load_text(text, n_bytes);
        CHECK_MSG(status == FB_OK || status == FB_ERR_INPUT, "byte %zu: status %d", at, status);
        text[at] = kept;
    }
    CHECK_INT(load_text(text, n_bytes), FB_OK);
    free(text);
}

static void long_texts(void)
{
    size_t n_bytes = 1 << 18;
    char *text = malloc(n_bytes);
    int n = snprintf(text, n_bytes, "%s", HEAD "<stages><_><stageThreshold>");
    memset(text + n, '1', n_bytes - (size_t)n);
    CHECK_INT(load_text(text, n_bytes), FB_ERR_INPUT);
    CHECK(strstr(fb_error_text(), "bytes of text") != NULL);
    free(text);
}

static void missing_files(void)
{
    struct cas_model model;
    CHECK_INT(cas_model_load(&model, "/nonexistent/cascade.xml"), FB_ERR_INPUT);
    CHECK(strstr(fb_error_text(), "/nonexistent/cascade.xml") != NULL);
    CHECK_INT(cas_model_load(&model, "/tmp"), FB_ERR_INPUT);
}

static void installed_files(void)
{
    glob_t found = {0};
    if (glob("/usr/share/opencv4/haarcascades/*.xml", 0, NULL, &found) ||
        glob("/usr/share/opencv4/lbpcascades/*.xml", GLOB_APPEND, NULL, &found))
        SKIP("no cascades in /usr/share/opencv4: install opencv-data");
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct cas_model model;
        bool is_old = strstr(found.gl_pathv[i], "licence_plate") != NULL;
        int status = cas_model_load(&model, found.gl_pathv[i]);
        CHECK_MSG(status == (is_old ? FB_ERR_INPUT : FB_OK), "%s: %s", found.gl_pathv[i],
                  status ? fb_error_text() : "loads");
        cas_model_finish(&model);
    }
    globfree(&found);
    struct cas_model model;
    if (CHECK_INT(cas_model_load(&model, DEFAULT_FILE), FB_OK)) {
        CHECK_INT(model.n_stages, 25);
        CHECK_INT(model.n_weaks, 2913);
        CHECK_INT(model.window_w, 24);
        CHECK_NEAR(model.stages[0].threshold, -5.0425500869750977 - 1e-5, 1e-6);
        cas_model_finish(&model);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"broken_files", broken_files},       {"cut_and_changed_files", cut_and_changed_files},
        {"long_texts", long_texts},           {"missing_files", missing_files},
        {"installed_files", installed_files},
    };
    int file = mkstemp(path);
    if (file < 0)
        return 1;
    close(file);
    int status = test_main(tests, TEST_COUNT(tests), argc, argv);
    unlink(path);
    return status;
}

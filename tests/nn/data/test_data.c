/* Data sets that are right, odd or broken, in both layouts. */
#include "nn/data.h"

#include "data_folder.h"

static void make_folders(const char *rows)
{
    char text[4096];
    folder_make();
    snprintf(text, sizeof text, "%s\n%s", VOTES_HEADER, rows);
    folder_write("fer2013new.csv", text);
    CHECK_INT(mkdir(folder_path("FER2013Train"), 0700), 0);
    CHECK_INT(mkdir(folder_path("FER2013Valid"), 0700), 0);
}

/* Loading must fail with that text in its line. */
static void expect_refusal(const char *text)
{
    struct nn_data *data;
    int status = nn_data_load(folder, NULL, &data);
    CHECK_INT(status, FB_ERR_INPUT);
    CHECK(data == NULL);
    CHECK_MSG(status == FB_OK || strstr(fb_error_text(), text), "\"%s\" is not in: %s", text,
              fb_error_text());
    CHECK(!strchr(fb_error_text(), '\n'));
    nn_data_destroy(&data);
    folder_remove();
}

static void reads_folders(void)
{
    make_folders("Training,a.png,0,8,2,0,0,0,0,0,0,0\n"
                 "Training,,0,0,0,0,0,0,0,0,0,10\n"
                 "Training,gone.png,5,5,0,0,0,0,0,0,0,0\n"
                 "PublicTest,b.png,0,0,0,0,0,0,0,9,1,0\n"
                 "Training,a.png,0,8,2,0,0,0,0,0,0,0\n"
                 "Training,c.png,1,1,1,1,1,1,1,1,1,1\n"
                 "Training,d.png,0,0,0,0,0,0,0,0,3,7\n"
                 "PrivateTest,e.png,9,1,0,0,0,0,0,0,0,0\n");
    folder_write_png("FER2013Train/a.png", 48, 48, 1);
    folder_write_png("FER2013Train/c.png", 48, 48, 3);
    folder_write_png("FER2013Train/d.png", 48, 48, 4);
    folder_write_png("FER2013Valid/b.png", 48, 48, 2);
    struct nn_data *data;
    struct fb_pool *pool;
    struct nn_data_settings settings = nn_data_default_settings();
    CHECK_INT(fb_pool_create(3, &pool), FB_OK);
    settings.pool = pool;
    if (!CHECK_MSG(nn_data_load(folder, &settings, &data) == FB_OK, "%s", fb_error_text()))
        return;
    CHECK_INT(data->n, 5);
    CHECK_STR(data->samples[0].name, "a.png");
    CHECK_INT(data->samples[0].line, 2);
    CHECK_INT(data->samples[1].split, NN_SPLIT_VALID);
    CHECK_INT(data->samples[1].votes[FB_CONTEMPT], 9);
    CHECK_INT(data->samples[2].line, 6);
    CHECK_INT(data->pixels[0][100], (uint8_t)(100 * 7 + 13));
    CHECK_INT(data->pixels[1][2303], (uint8_t)(2303 * 7 + 26));
    const struct nn_split_report *train = &data->report.splits[NN_SPLIT_TRAIN];
    CHECK_INT(train->n_rows, 6);
    CHECK_INT(train->n_loaded, 4);
    CHECK_INT(train->n_unnamed, 1);
    CHECK_INT(train->n_missing, 1);
    CHECK_INT(train->n_no_votes, 1); /* d: unknown and NF; c has its ten outliers, a plurality label */
    CHECK(!data->report.splits[NN_SPLIT_TEST].is_present);
    CHECK_INT(data->report.splits[NN_SPLIT_TEST].n_rows, 1);
    CHECK_INT(data->report.n_repeated_names, 1);
    nn_data_destroy(&data);
    fb_pool_destroy(&pool);
    folder_remove();
}

static void reads_only_wanted_splits(void)
{
    make_folders("Training,a.png,0,8,2,0,0,0,0,0,0,0\nPublicTest,b.png,0,0,0,0,0,0,0,9,1,0\n");
    folder_write_png("FER2013Valid/b.png", 48, 48, 2);
    folder_write("FER2013Train/a.png", "broken, but not asked for");
    struct nn_data_settings settings = {.splits = {[NN_SPLIT_VALID] = true}};
    struct nn_data *data;
    CHECK_MSG(nn_data_load(folder, &settings, &data) == FB_OK, "%s", fb_error_text());
    CHECK(data && data->n == 1);
    nn_data_destroy(&data);
    settings = (struct nn_data_settings){.splits = {[NN_SPLIT_TEST] = true}};
    CHECK_INT(nn_data_load(folder, &settings, &data), FB_ERR_INPUT);
    CHECK_MSG(strstr(fb_error_text(), "test split is absent"), "%s", fb_error_text());
    folder_remove();
}

static void accepts_windows_line_ends_and_quotes(void)
{
    folder_make();
    folder_write("fer2013new.csv", "\xef\xbb\xbf" VOTES_HEADER "\r\n"
                 "\"Training\",\"a.png\",0, 8,2,0,0,0,0,0,0,0\r\n\r\n");
    CHECK_INT(mkdir(folder_path("FER2013Train"), 0700), 0);
    folder_write_png("FER2013Train/a.png", 48, 48, 1);
    struct nn_data *data;
    CHECK_MSG(nn_data_load(folder, NULL, &data) == FB_OK, "%s", fb_error_text());
    CHECK(data && data->n == 1 && data->samples[0].votes[FB_HAPPINESS] == 8);
    nn_data_destroy(&data);
    folder_remove();
}

static void refuses_broken_folders(void)
{
    static const struct {
        const char *rows, *text;
    } cases[] = {
        {"Training,a.png,0,8,x,0,0,0,0,0,0,0\n", "line 2, column surprise: \"x\" is not a whole number"},
        {"Training,a.png,0,8,,0,0,0,0,0,0,0\n", "line 2, column surprise"},
        {"Training,a.png,0,8,-2,0,0,0,0,0,0,0\n", "line 2, column surprise: -2 is outside 0..255"},
        {"Training,a.png,0,8,2,0,0,0,0,0,0,0\nTraining,b.png,0,8,2\n", "line 3, column sadness"},
        {"Training\n", "line 2: 1 columns"},
        {"Trainung,a.png,0,8,2,0,0,0,0,0,0,0\n", "line 2, column Usage: \"Trainung\""},
        {"Training,x/a.png,0,8,2,0,0,0,0,0,0,0\n", "line 2, column Image name"},
        {"Training,../../etc/passwd,0,8,2,0,0,0,0,0,0,0\n", "line 2, column Image name"},
        {"Training,a.png,0,8,2,0,0,0,0,0,0,99999999999999999999\n", "line 2, column NF"},
        {"", "no rows after the header"},
        {"Training,nowhere.png,0,8,2,0,0,0,0,0,0,0\n", "1 are missing from their folders"},
        {"Training,,0,8,2,0,0,0,0,0,0,0\n", "no picture"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_folders(cases[i].rows);
        folder_write_png("FER2013Train/a.png", 48, 48, 1);
        expect_refusal(cases[i].text);
    }
}

static void refuses_broken_pictures(void)
{
    static const char row[] = "Training,a.png,0,8,2,0,0,0,0,0,0,0\n";
    make_folders(row);
    folder_write_png("FER2013Train/a.png", 47, 48, 1);
    expect_refusal("fer2013new.csv, line 2: ");
    make_folders(row);
    folder_write_png("FER2013Train/a.png", 47, 48, 1);
    expect_refusal("a.png: 47x48 pixels, expected 48x48");
    make_folders(row);
    folder_write("FER2013Train/a.png", "no picture");
    expect_refusal("a.png: not a readable PNG");
    make_folders(row);
    folder_write("FER2013Train/a.png", "");
    expect_refusal("a.png: not a readable PNG");
    for (int cut = 20; cut < 120; cut += 33) { /* the last 12 bytes are only the end mark */
        struct stat file;
        make_folders(row);
        folder_write_png("FER2013Train/a.png", 48, 48, 1);
        CHECK_INT(stat(folder_path("FER2013Train/a.png"), &file), 0);
        CHECK_INT(truncate(folder_path("FER2013Train/a.png"), file.st_size - cut), 0);
        expect_refusal("a.png: not a readable PNG");
    }
}

static void names_the_first_broken_picture_whatever_the_threads(void)
{
    char rows[32768] = "";
    for (int i = 0; i < 400; i++) {
        char row[80];
        snprintf(row, sizeof row, "Training,p%03d.png,0,8,2,0,0,0,0,0,0,0\n", i);
        strcat(rows, row);
    }
    folder_make();
    char text[33000];
    snprintf(text, sizeof text, "%s\n%s", VOTES_HEADER, rows);
    folder_write("fer2013new.csv", text);
    CHECK_INT(mkdir(folder_path("FER2013Train"), 0700), 0);
    for (int i = 0; i < 400; i++) {
        char name[40];
        snprintf(name, sizeof name, "FER2013Train/p%03d.png", i);
        folder_write_png(name, i == 70 || i == 390 ? 40 : 48, 48, i);
    }
    struct fb_pool *pool;
    CHECK_INT(fb_pool_create(4, &pool), FB_OK);
    struct nn_data_settings settings = nn_data_default_settings();
    settings.pool = pool;
    for (int i = 0; i < 5; i++) {
        struct nn_data *data;
        CHECK_INT(nn_data_load(folder, &settings, &data), FB_ERR_INPUT);
        CHECK_MSG(strstr(fb_error_text(), "p070.png"), "%s", fb_error_text());
    }
    fb_pool_destroy(&pool);
    folder_remove();
}

static void refuses_folders_that_are_none(void)
{
    struct nn_data *data;
    CHECK_INT(nn_data_load("/nonexistent/ferplus", NULL, &data), FB_ERR_INPUT);
    CHECK(strstr(fb_error_text(), "/nonexistent/ferplus"));
    folder_make();
    expect_refusal("no fer2013new.csv (the FER+ votes, from the FERPlus repository) and no folders by class");
    folder_make();
    folder_write("fer2013.csv", "emotion,pixels,Usage\n");
    expect_refusal("fer2013.csv alone has no votes");
    folder_make();
    folder_write("fer2013new.csv", VOTES_HEADER "\nTraining,a.png,0,8,2,0,0,0,0,0,0,0\n");
    expect_refusal("but no pictures");
    folder_make();
    folder_write("fer2013new.csv", "a,b,c\n1,2,3\n");
    folder_write("fer2013.csv", "emotion,pixels,Usage\n");
    expect_refusal("line 1: no column");
}

/* ---- Kaggle's pair --------------------------------------------------------------------------- */

/* One row of fer2013.csv: n values, the one at `odd` replaced by `value`. */
static void add_pixels(char *text, int n, int odd, const char *value, const char *end)
{
    strcat(text, "0,");
    char *at = text + strlen(text);
    for (int i = 0; i < n; i++)
        at += i == odd ? sprintf(at, i ? " %s" : "%s", value) : sprintf(at, i ? " %d" : "%d", i % 256);
    strcpy(at, end);
}

static void make_pair(const char *votes, int n, int odd, const char *value, const char *end)
{
    static char text[65536];
    folder_make();
    strcpy(text, "emotion,pixels,Usage\r\n");
    add_pixels(text, 2304, -1, "", ",Training\r\n");
    add_pixels(text, n, odd, value, end);
    folder_write("fer2013.csv", text);
    snprintf(text, sizeof text, "%s\r\n%s", VOTES_HEADER, votes);
    folder_write("fer2013new.csv", text);
}

#define TWO_ROWS "Training,a.png,0,8,2,0,0,0,0,0,0,0\r\nPublicTest,b.png,9,1,0,0,0,0,0,0,0,0\r\n"

static void reads_the_pair(void)
{
    make_pair(TWO_ROWS, 2304, 5, "255", ",PublicTest\r\n");
    struct nn_data *data;
    if (!CHECK_MSG(nn_data_load(folder, NULL, &data) == FB_OK, "%s", fb_error_text()))
        return;
    CHECK_INT(data->report.layout, NN_DATA_KAGGLE);
    CHECK_INT(data->n, 2);
    CHECK_INT(data->pixels[0][300], 300 % 256);
    CHECK_INT(data->pixels[1][5], 255);
    CHECK_INT(data->pixels[1][2303], 2303 % 256);
    CHECK_INT(data->samples[1].votes[FB_NEUTRAL], 9);
    CHECK(!data->report.splits[NN_SPLIT_TEST].is_present);
    nn_data_destroy(&data);
    folder_remove();
}

static void refuses_pairs_that_do_not_fit(void)
{
    make_pair(TWO_ROWS, 2303, -1, "", ",PublicTest\n");
    expect_refusal("fer2013.csv, line 3, column pixels: 2303 values, expected 2304");
    make_pair(TWO_ROWS, 2305, -1, "", ",PublicTest\n");
    expect_refusal("line 3, column pixels: 2305 values");
    make_pair(TWO_ROWS, 2304, 17, "256", ",PublicTest\n");
    expect_refusal("line 3, column pixels, value 18: \"256");
    make_pair(TWO_ROWS, 2304, 17, "-1", ",PublicTest\n");
    expect_refusal("is outside 0..255");
    make_pair(TWO_ROWS, 2304, 17, "a7", ",PublicTest\n");
    expect_refusal("is not a whole number");
    make_pair(TWO_ROWS, 2304, 17, "1.5", ",PublicTest\n");
    expect_refusal("is not a whole number");
    make_pair(TWO_ROWS, 2304, -1, "", ",Training\n");
    expect_refusal("line 3 of fer2013new.csv says valid");
    make_pair(TWO_ROWS "Training,c.png,9,1,0,0,0,0,0,0,0,0\n", 2304, -1, "", ",PublicTest\n");
    expect_refusal("ends after 2 rows, fer2013new.csv has 3");
    make_pair("Training,a.png,0,8,2,0,0,0,0,0,0,0\n", 2304, -1, "", ",PublicTest\n");
    expect_refusal("more rows than fer2013new.csv");
    make_pair(TWO_ROWS, 2304, -1, "", "\n");
    expect_refusal("fewer than the header has");
}

static void a_cut_file_never_crashes(void)
{
    char text[16384];
    make_pair(TWO_ROWS, 2304, -1, "", ",PublicTest\n");
    FILE *file = fopen(folder_path("fer2013.csv"), "rb");
    size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    for (size_t cut = 1; cut < n - 13; cut += 97) { /* within the last word Usage is already wrong */
        struct nn_data *data;
        CHECK_INT(truncate(folder_path("fer2013.csv"), (off_t)(n - cut - 12)), 0);
        CHECK_INT(nn_data_load(folder, NULL, &data), FB_ERR_INPUT);
        nn_data_destroy(&data);
    }
    folder_remove();
}

/* ---- folders by class ------------------------------------------------------------------------ */

static void make_class(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s", name);
    for (char *slash = path; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = 0;
        mkdir(folder_path(path), 0700);
    }
    CHECK_INT(mkdir(folder_path(name), 0700), 0);
}

static void reads_folders_by_class(void)
{
    folder_make();
    make_class("train/happy");
    make_class("train/Neutral");
    make_class("val/fear");
    folder_write_png("train/happy/b.png", 48, 48, 1);
    folder_write_png("train/happy/a.png", 100, 60, 2);
    folder_write_png("train/Neutral/a.png", 20, 20, 3);
    folder_write_png("val/fear/x.png", 48, 48, 4);
    folder_write("train/readme.txt", "passed over");
    struct nn_data *data;
    struct nn_selection *selection;
    if (!CHECK_MSG(nn_data_load(folder, NULL, &data) == FB_OK, "%s", fb_error_text()))
        return;
    CHECK_INT(data->report.layout, NN_DATA_CLASSES);
    CHECK_INT(data->n, 4);
    CHECK_INT(data->report.splits[NN_SPLIT_TRAIN].n_loaded, 3);
    CHECK_INT(data->report.splits[NN_SPLIT_VALID].n_loaded, 1);
    CHECK(!data->report.splits[NN_SPLIT_TEST].is_present);
    CHECK_STR(data->samples[1].name, "train/happy/a.png"); /* after Neutral: in the order of names */
    CHECK_INT(data->pixels[2][100], (uint8_t)(100 * 7 + 13)); /* b.png needs no fitting */
    for (int labels = NN_LABELS_MAJORITY; labels < NN_LABELS_COUNT; labels++) {
        struct nn_select_settings settings = nn_select_default_settings();
        settings.labels = (enum nn_labels)labels;
        CHECK_INT(nn_data_select(data, &settings, &selection), 0);
        CHECK_INT(selection->n, 3);
        CHECK_INT(selection->n_class[FB_HAPPINESS], 2);
        CHECK_INT(selection->n_class[FB_NEUTRAL], 1);
        nn_selection_destroy(&selection);
    }
    nn_data_destroy(&data);
    folder_remove();
}

/* Without folders for the splits, the names decide, and adding a picture moves no other. */
static void splits_classes_by_name(void)
{
    folder_make();
    make_class("angry");
    make_class("surprise");
    for (int i = 0; i < 100; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s/p%d.png", i % 2 ? "angry" : "surprise", i);
        folder_write_png(name, 8, 8, i);
    }
    struct nn_data *data;
    if (!CHECK_MSG(nn_data_load(folder, NULL, &data) == FB_OK, "%s", fb_error_text()))
        return;
    int n_valid = data->report.splits[NN_SPLIT_VALID].n_loaded, n_test = data->report.splits[NN_SPLIT_TEST].n_loaded;
    CHECK_MSG(n_valid > 3 && n_valid < 18 && n_test > 3 && n_test < 18, "%d valid, %d test", n_valid, n_test);
    CHECK_INT(data->n, 100);
    nn_data_destroy(&data);
    folder_remove();
}

static void refuses_odd_folders_by_class(void)
{
    folder_make();
    make_class("train/happy");
    make_class("train/bored");
    folder_write_png("train/happy/a.png", 48, 48, 1);
    expect_refusal("train/bored: the folder's name is none of neutral");
    folder_make();
    make_class("train/happy");
    expect_refusal("no picture of the wanted splits");
    folder_make();
    make_class("train/happy");
    folder_write("train/happy/a.png", "no picture");
    expect_refusal("train/happy/a.png: not a readable PNG");
    folder_make();
    make_class("train/happy");
    folder_write_png("train/happy/a.png", 48, 48, 1);
    struct nn_data *data;
    struct nn_data_settings settings = {.splits = {[NN_SPLIT_VALID] = true}};
    CHECK_INT(nn_data_load(folder, &settings, &data), FB_ERR_INPUT);
    CHECK_MSG(strstr(fb_error_text(), "valid split is absent: no folder valid"), "%s", fb_error_text());
    folder_remove();
}

static void leaves_out_what_is_marked(void)
{
    struct nn_data *data;
    struct nn_selection *selection;
    make_pair(TWO_ROWS, 2304, 5, "255", ",PublicTest\r\n");
    CHECK_INT(nn_data_load(folder, NULL, &data), 0);
    struct nn_select_settings settings = nn_select_default_settings();
    const bool all[] = {true, true}, second[] = {false, true};
    settings.is_left_out = second;
    CHECK_INT(nn_data_select(data, &settings, &selection), 0);
    CHECK(selection && selection->n == 1 && selection->n_left_out == 0); /* the second is of another split */
    nn_selection_destroy(&selection);
    settings.is_left_out = all;
    CHECK_INT(nn_data_select(data, &settings, &selection), FB_ERR_INPUT);
    nn_data_destroy(&data);
    folder_remove();
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"reads folders", reads_folders},
        {"reads only wanted splits", reads_only_wanted_splits},
        {"accepts Windows line ends and quotes", accepts_windows_line_ends_and_quotes},
        {"refuses broken folders", refuses_broken_folders},
        {"refuses broken pictures", refuses_broken_pictures},
        {"names the first broken picture whatever the threads",
         names_the_first_broken_picture_whatever_the_threads},
        {"refuses folders that are none", refuses_folders_that_are_none},
        {"reads the pair", reads_the_pair},
        {"refuses pairs that do not fit", refuses_pairs_that_do_not_fit},
        {"a cut file never crashes", a_cut_file_never_crashes},
        {"reads folders by class", reads_folders_by_class},
        {"splits classes by name", splits_classes_by_name},
        {"refuses odd folders by class", refuses_odd_folders_by_class},
        {"leaves out what is marked", leaves_out_what_is_marked},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}

/* The three label rules on votes worked out by hand; selection, weights, oversampling. */
#include "nn/data.h"

#include "test.h"

#define NONE -1

static void rules_by_hand(void)
{
    static const struct {
        uint8_t votes[NN_VOTE_COUNT];
        int majority, plurality;
        bool has_votes;
        float target[2]; /* of neutral and happiness */
    } rows[] = {
        /* neu hap sur sad ang dis fea con unk NF */
        {{4, 0, 0, 1, 3, 2, 0, 0, 0, 0}, NONE, FB_NEUTRAL, true, {4.0f / 9, 0}},
        {{6, 0, 1, 1, 0, 0, 0, 0, 2, 0}, FB_NEUTRAL, FB_NEUTRAL, true, {1, 0}}, /* 6 of 8 left */
        {{5, 5, 0, 0, 0, 0, 0, 0, 0, 0}, NONE, FB_NEUTRAL, true, {0.5f, 0.5f}}, /* half is not more */
        {{0, 3, 0, 0, 0, 0, 0, 0, 7, 0}, NONE, NONE, true, {0, 1}},             /* unknown wins */
        {{0, 0, 0, 0, 0, 0, 0, 0, 0, 10}, NONE, NONE, false, {0, 0}},
        {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, NONE, FB_NEUTRAL, false, {0, 0}}, /* all outliers */
        {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, NONE, NONE, false, {0, 0}},
        {{0, 4, 0, 0, 0, 0, 0, 0, 4, 0}, NONE, FB_HAPPINESS, true, {0, 1}}, /* tie: the first */
        {{1, 3, 1, 1, 1, 1, 1, 1, 0, 0}, FB_HAPPINESS, FB_HAPPINESS, true, {0, 1}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        float target[FB_EXPRESSION_COUNT];
        CHECK_MSG(nn_label_majority(rows[i].votes) == rows[i].majority, "row %zu: majority %d", i,
                  nn_label_majority(rows[i].votes));
        CHECK_MSG(nn_label_plurality(rows[i].votes) == rows[i].plurality, "row %zu: plurality %d", i,
                  nn_label_plurality(rows[i].votes));
        CHECK_INT(nn_label_votes(rows[i].votes, target), rows[i].has_votes);
        CHECK_NEAR(target[0], rows[i].target[0], 1e-6);
        CHECK_NEAR(target[1], rows[i].target[1], 1e-6);
    }
}

/* 12 neutral, 4 happy, 1 unlabelled, 1 of another split; pictures 0 and 1 are equal. */
static struct nn_data *small_data(void)
{
    static struct nn_sample samples[18];
    static uint8_t pixels[18][NN_FACE_PX];
    static struct nn_data data = {.n = 18, .samples = samples, .pixels = pixels, .folder = "small"};
    for (int i = 0; i < 18; i++) {
        int label = i < 12 ? FB_NEUTRAL : i < 16 ? FB_HAPPINESS : NN_VOTE_COUNT - 1;
        memset(&samples[i], 0, sizeof samples[i]);
        samples[i].votes[label] = 10;
        samples[i].split = i == 17 ? NN_SPLIT_VALID : NN_SPLIT_TRAIN;
        samples[i].name = "x";
        memset(pixels[i], i < 2 ? 7 : i * 3, NN_FACE_PX);
    }
    data.report.splits[NN_SPLIT_TRAIN].is_present = true;
    data.report.splits[NN_SPLIT_TRAIN].n_loaded = 17;
    data.report.splits[NN_SPLIT_VALID].is_present = true;
    data.report.splits[NN_SPLIT_VALID].n_loaded = 1;
    return &data;
}

static void weights_balance_the_classes(void)
{
    struct nn_select_settings settings = nn_select_default_settings();
    struct nn_selection *selection;
    settings.is_class_balanced = true;
    if (!CHECK_INT(nn_data_select(small_data(), &settings, &selection), FB_OK))
        return;
    double sums[2] = {0, 0};
    CHECK_INT(selection->n, 16);
    CHECK_INT(selection->n_unlabelled, 1);
    for (int i = 0; i < selection->n; i++)
        sums[selection->label[i]] += (double)selection->weight[i];
    CHECK_NEAR(sums[0], 8.0, 1e-4); /* both classes weigh the same, and 1 on average */
    CHECK_NEAR(sums[1], 8.0, 1e-4);
    CHECK_NEAR(selection->weight[15] / selection->weight[0], 3.0, 1e-5);
    nn_selection_destroy(&selection);
}

static void oversampling_repeats_rare_classes(void)
{
    struct nn_select_settings settings = nn_select_default_settings();
    struct nn_selection *selection;
    settings.oversample = 0.75f;
    int n_used[18] = {0};
    if (!CHECK_INT(nn_data_select(small_data(), &settings, &selection), FB_OK))
        return;
    CHECK_INT(selection->n_class[FB_NEUTRAL], 12);
    CHECK_INT(selection->n_class[FB_HAPPINESS], 9);
    CHECK_INT(selection->n, 21);
    for (int i = 0; i < selection->n; i++)
        n_used[selection->index[i]]++;
    for (int i = 12; i < 16; i++)
        CHECK(n_used[i] == 2 || n_used[i] == 3); /* spread evenly */
    nn_selection_destroy(&selection);
}

static void duplicates_are_left_out(void)
{
    struct nn_select_settings settings = nn_select_default_settings();
    struct nn_selection *selection;
    settings.is_without_duplicates = true;
    if (!CHECK_INT(nn_data_select(small_data(), &settings, &selection), FB_OK))
        return;
    CHECK_INT(selection->n, 15);
    CHECK_INT(selection->n_duplicates, 1);
    CHECK_INT(selection->index[0], 0);
    CHECK_INT(selection->index[1], 2);
    nn_selection_destroy(&selection);
}

static void bad_settings_are_refused(void)
{
    struct nn_selection *selection;
    struct nn_select_settings settings = nn_select_default_settings();
    settings.oversample = 1.5f;
    CHECK_INT(nn_data_select(small_data(), &settings, &selection), FB_ERR_USAGE);
    settings = nn_select_default_settings();
    settings.split = NN_SPLIT_NONE;
    CHECK_INT(nn_data_select(small_data(), &settings, &selection), FB_ERR_USAGE);
    settings = nn_select_default_settings();
    settings.split = NN_SPLIT_VALID;
    CHECK_INT(nn_data_select(small_data(), &settings, &selection), FB_ERR_INPUT);
    CHECK_MSG(strstr(fb_error_text(), "has a votes label"), "%s", fb_error_text());
    settings.split = NN_SPLIT_TEST;
    CHECK_INT(nn_data_select(small_data(), &settings, &selection), FB_ERR_INPUT);
    CHECK_MSG(strstr(fb_error_text(), "absent"), "%s", fb_error_text());
}

static void names_go_both_ways(void)
{
    for (int i = NN_SPLIT_TRAIN; i < NN_SPLIT_COUNT; i++)
        CHECK_INT(nn_split_from_name(nn_split_name((enum nn_split)i)), i);
    for (int i = NN_LABELS_MAJORITY; i < NN_LABELS_COUNT; i++)
        CHECK_INT(nn_labels_from_name(nn_labels_name((enum nn_labels)i)), i);
    CHECK_INT(nn_split_from_name("none"), NN_SPLIT_NONE);
    CHECK_INT(nn_labels_from_name("mode"), NN_LABELS_NONE);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"rules by hand", rules_by_hand},
        {"weights balance the classes", weights_balance_the_classes},
        {"oversampling repeats rare classes", oversampling_repeats_rare_classes},
        {"duplicates are left out", duplicates_are_left_out},
        {"bad settings are refused", bad_settings_are_refused},
        {"names go both ways", names_go_both_ways},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}

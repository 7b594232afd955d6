/* The real FER+ folder against the counts of the published protocols. */
#include "nn/data.h"

#include "base/clock.h"
#include "test.h"

#include <unistd.h>

static struct nn_data *data;
static const char *skip_reason;

static void load_once(void)
{
    const char *shared = getenv("FELTBOARD_SHARED");
    char path[512];
    snprintf(path, sizeof path, "%s/data/ferplus", shared ? shared : "");
    if (access(path, R_OK)) {
        skip_reason = "no FER+ data under FELTBOARD_SHARED";
        return;
    }
    int status = nn_data_load(path, NULL, &data);
    CHECK_MSG(status == FB_OK, "%s", fb_error_text());
}

#define NEED_DATA()                                                                                \
    do {                                                                                           \
        if (skip_reason)                                                                           \
            SKIP(skip_reason);                                                                     \
        if (!CHECK(data != NULL))                                                                  \
            return;                                                                                \
    } while (0)

static void loads_quickly_and_reports(void)
{
    load_once();
    NEED_DATA();
    const struct nn_data_report *report = &data->report;
    fprintf(stderr, "loaded %d pictures in %.2f s\n", data->n, report->load_s);
    CHECK_INT(report->layout, NN_DATA_FOLDERS);
    CHECK_INT(report->n_repeated_names, 4);
    CHECK_INT(report->splits[NN_SPLIT_TRAIN].n_rows, 28709);
    CHECK_INT(report->splits[NN_SPLIT_TRAIN].n_unnamed, 148);
    CHECK_INT(report->splits[NN_SPLIT_VALID].n_unnamed, 10);
    CHECK_INT(report->splits[NN_SPLIT_TEST].n_unnamed, 15);
    CHECK_INT(report->splits[NN_SPLIT_TRAIN].n_loaded, 28561);
    CHECK_INT(report->splits[NN_SPLIT_VALID].n_loaded, 3579);
    CHECK(!report->splits[NN_SPLIT_TEST].is_present);
    CHECK_INT(report->splits[NN_SPLIT_TEST].n_loaded, 0);
    CHECK(report->load_s < 60.0); /* about a second here; a sanitizer build is slower */
}

static int count(enum nn_split split, enum nn_labels labels)
{
    struct nn_select_settings settings = nn_select_default_settings();
    settings.split = split;
    settings.labels = labels;
    struct nn_selection *selection;
    int status = nn_data_select(data, &settings, &selection);
    if (!CHECK_MSG(status == FB_OK, "%s", fb_error_text()))
        return -1;
    int n = selection->n;
    nn_selection_destroy(&selection);
    return n;
}

static void counts_are_the_protocols(void)
{
    NEED_DATA();
    CHECK_INT(count(NN_SPLIT_TRAIN, NN_LABELS_PLURALITY), 28389);
    CHECK_INT(count(NN_SPLIT_TRAIN, NN_LABELS_MAJORITY), 25060);
    CHECK_INT(count(NN_SPLIT_VALID, NN_LABELS_PLURALITY), 3553);
    CHECK_INT(count(NN_SPLIT_VALID, NN_LABELS_MAJORITY), 3199);
    CHECK_INT(count(NN_SPLIT_TRAIN, NN_LABELS_VOTES), 28558);
}

static void absent_split_is_said_to_be_absent(void)
{
    NEED_DATA();
    struct nn_select_settings settings = nn_select_default_settings();
    settings.split = NN_SPLIT_TEST;
    struct nn_selection *selection;
    CHECK_INT(nn_data_select(data, &settings, &selection), FB_ERR_INPUT);
    CHECK_MSG(strstr(fb_error_text(), "test split is absent"), "%s", fb_error_text());
    CHECK(selection == NULL);
}

/* The notes count 1,077 groups over all three splits; here without the test pictures. */
static void finds_exact_duplicates(void)
{
    NEED_DATA();
    struct nn_select_settings settings = nn_select_default_settings();
    settings.split = NN_SPLIT_VALID;
    settings.labels = NN_LABELS_MAJORITY;
    settings.is_without_duplicates = true;
    struct nn_selection *selection;
    if (!CHECK_INT(nn_data_select(data, &settings, &selection), FB_OK))
        return;
    fprintf(stderr, "valid: %d of %d left without duplicates\n", selection->n, 3199);
    CHECK(selection->n_duplicates > 100 && selection->n < 3199 && selection->n > 2900);
    nn_selection_destroy(&selection);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"loads quickly and reports", loads_quickly_and_reports},
        {"counts are the protocols'", counts_are_the_protocols},
        {"absent split is said to be absent", absent_split_is_said_to_be_absent},
        {"finds exact duplicates", finds_exact_duplicates},
    };
    int status = test_main(tests, TEST_COUNT(tests), argc, argv);
    nn_data_destroy(&data);
    return status;
}

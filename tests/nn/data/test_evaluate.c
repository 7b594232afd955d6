/* Metrics against numbers worked out by hand or known from the literature. */
#include "nn/evaluate.h"

#include "base/rng.h"
#include "test.h"

#include <cjson/cJSON.h>

/* Four faces: right at .7, wrong at .6, right at .4, right at 1. */
static const float four_p[4][8] = {
    {0.7f, 0.3f, 0, 0, 0, 0, 0, 0},
    {0.6f, 0.4f, 0, 0, 0, 0, 0, 0},
    {0.1f, 0.4f, 0.2f, 0.1f, 0.1f, 0.1f, 0, 0},
    {0, 0, 1, 0, 0, 0, 0, 0},
};
static const int8_t four_labels[4] = {0, 1, 1, 2};

static void four_faces_by_hand(void)
{
    struct nn_metrics m;
    if (!CHECK_INT(nn_evaluate(four_p, four_labels, 4, &m), FB_OK))
        return;
    CHECK_INT(m.n, 4);
    CHECK_INT(m.n_correct, 3);
    CHECK_NEAR(m.accuracy, 0.75, 1e-12);
    CHECK_INT(m.confusion[1][0], 1);
    CHECK_INT(m.confusion[1][1], 1);
    CHECK_NEAR(m.per_class[0].recall, 1, 1e-12);
    CHECK_NEAR(m.per_class[0].precision, 0.5, 1e-12);
    CHECK_NEAR(m.per_class[0].f1, 2.0 / 3, 1e-12);
    CHECK_NEAR(m.per_class[1].recall, 0.5, 1e-12);
    CHECK_NEAR(m.per_class[1].f1, 2.0 / 3, 1e-12);
    CHECK_NEAR(m.per_class[2].f1, 1, 1e-12);
    CHECK_NEAR(m.macro_f1, (2.0 / 3 + 2.0 / 3 + 1) / 3, 1e-12);
    CHECK_NEAR(m.nll, -(log(0.7) + 2 * log(0.4) + 0) / 4, 1e-6);
    CHECK_NEAR(m.ece, (0.3 + 0.6 + 0.6 + 0) / 4, 1e-6); /* each in a bin of its own */
    /* 32 outputs; wrong side: face 2 has .6 on neutral and .4 on its label; face 3 has .4 on its label */
    CHECK_NEAR(m.binary_accuracy, 29.0 / 32, 1e-12);
}

static void wilson_is_the_textbook_s(void)
{
    double low, high;
    nn_wilson_interval(8, 10, &low, &high); /* 0.490, 0.943: Newcombe 1998's method 3 */
    CHECK_NEAR(low, 0.4902, 5e-4);
    CHECK_NEAR(high, 0.9433, 5e-4);
    nn_wilson_interval(0, 20, &low, &high);
    CHECK_NEAR(low, 0, 1e-9);
    CHECK_NEAR(high, 0.1611, 5e-4);
    nn_wilson_interval(2743, 3153, &low, &high); /* 87 %: +- 1.2 points, as ferplus.md says */
    CHECK_NEAR(high - low, 0.0235, 5e-4);
}

static void missed_faces_count_as_wrong(void)
{
    static const float p[3][8] = {{1, 0, 0, 0, 0, 0, 0, 0}, {0}, {0}};
    static const int8_t labels[3] = {0, 0, 1};
    struct nn_metrics m;
    if (!CHECK_INT(nn_evaluate(p, labels, 3, &m), FB_OK))
        return;
    CHECK_INT(m.n_missed, 2);
    CHECK_NEAR(m.accuracy, 1.0 / 3, 1e-12);
    CHECK_NEAR(m.per_class[0].recall, 0.5, 1e-12);
    CHECK_NEAR(m.per_class[0].precision, 1, 1e-12);
    CHECK_NEAR(m.nll, 0, 1e-9);
}

static void bad_rows_are_refused(void)
{
    struct nn_metrics m;
    float p[1][8] = {{1, 0, 0, 0, 0, 0, 0, 0}};
    int8_t label[1] = {8};
    CHECK_INT(nn_evaluate((const float(*)[8])p, label, 1, &m), FB_ERR_USAGE);
    CHECK_INT(nn_evaluate((const float(*)[8])p, label, 0, &m), FB_ERR_USAGE);
    label[0] = 0;
    p[0][3] = NAN;
    CHECK_INT(nn_evaluate((const float(*)[8])p, label, 1, &m), FB_ERR_FAILED);
    p[0][3] = -0.1f;
    CHECK_INT(nn_evaluate((const float(*)[8])p, label, 1, &m), FB_ERR_FAILED);
}

/* Labels drawn from known probabilities, answers sharpened by 1 / T: the fit must find T. */
static void temperature_is_found(void)
{
    enum { N = 4000 };
    static float p[N][8];
    static int8_t label[N];
    struct fb_rng rng;
    double temperature, before, after;
    struct nn_metrics m;
    fb_rng_seed(&rng, 4);
    for (int i = 0; i < N; i++) {
        double q[8], sum = 0, at = (double)fb_rng_float(&rng), sharp = 0;
        for (int c = 0; c < 8; c++)
            sum += q[c] = exp(1.5 * (double)fb_rng_normal(&rng));
        label[i] = 7;
        for (int c = 7; c >= 0; c--) {
            label[i] = at < q[c] / sum ? (int8_t)c : label[i];
            at -= q[c] / sum;
            if (at < 0)
                break;
        }
        for (int c = 0; c < 8; c++)
            sharp += pow(q[c], 2.5);
        for (int c = 0; c < 8; c++)
            p[i][c] = (float)(pow(q[c], 2.5) / sharp);
    }
    CHECK_INT(nn_temperature_fit((const float(*)[8])p, label, N, &temperature), FB_OK);
    CHECK_NEAR(temperature, 2.5, 0.15);
    CHECK_INT(nn_evaluate((const float(*)[8])p, label, N, &m), FB_OK);
    before = m.ece;
    int n_correct = m.n_correct;
    nn_temperature_apply(p, N, temperature);
    CHECK_INT(nn_evaluate((const float(*)[8])p, label, N, &m), FB_OK);
    after = m.ece;
    CHECK_INT(m.n_correct, n_correct);
    CHECK(before > 0.1 && after < 0.03);
}

static void json_holds_the_contract_s_fields(void)
{
    static const char *const names[] = {"n", "accuracy", "accuracy_ci95", "macro_f1", "ece", "nll",
                                        "binary_accuracy", "per_class", "confusion"};
    struct nn_metrics m;
    CHECK_INT(nn_evaluate(four_p, four_labels, 4, &m), FB_OK);
    cJSON *object = cJSON_CreateObject();
    CHECK_INT(nn_metrics_to_json(&m, object), FB_OK);
    char *text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    object = cJSON_Parse(text);
    cJSON_free(text);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CHECK_MSG(cJSON_GetObjectItem(object, names[i]) != NULL, "no %s", names[i]);
    CHECK_INT(cJSON_GetArraySize(cJSON_GetObjectItem(object, "confusion")), 8);
    CHECK_INT(cJSON_GetArraySize(cJSON_GetObjectItem(object, "per_class")), 8);
    CHECK_INT(cJSON_GetArraySize(cJSON_GetObjectItem(object, "accuracy_ci95")), 2);
    const cJSON *row = cJSON_GetArrayItem(cJSON_GetObjectItem(object, "confusion"), 1);
    CHECK_INT(cJSON_GetNumberValue(cJSON_GetArrayItem(row, 0)), 1);
    const cJSON *happiness = cJSON_GetObjectItem(cJSON_GetObjectItem(object, "per_class"), "happiness");
    CHECK_NEAR(cJSON_GetNumberValue(cJSON_GetObjectItem(happiness, "recall")), 0.5, 1e-9);
    CHECK_NEAR(cJSON_GetNumberValue(cJSON_GetObjectItem(object, "accuracy")), 0.75, 1e-9);
    CHECK(!cJSON_GetObjectItem(object, "missed"));
    cJSON_Delete(object);
}

static void confidence_by_hand(void)
{
    /* sure and right, sure and wrong, unsure and right, no answer */
    const float p[4][FB_EXPRESSION_COUNT] = {{0.9f, 0.1f}, {0, 0.7f, 0.3f}, {0.4f, 0.35f, 0.25f}, {0}};
    const int8_t label[4] = {0, 2, 0, 1};
    struct nn_confidence c;
    CHECK_INT(nn_confidence_measure(p, label, 4, &c), 0);
    CHECK_NEAR(c.coverage[4].share, 0.25, 1e-12);
    CHECK_NEAR(c.coverage[4].accuracy, 1, 0);
    CHECK_NEAR(c.coverage[4].threshold, 0.9, 1e-6);
    CHECK_NEAR(c.coverage[9].accuracy, 0.5, 0);
    CHECK_NEAR(c.coverage[14].accuracy, 2.0 / 3, 1e-12);
    CHECK_NEAR(c.coverage[14].threshold, 0.4, 1e-6);
    CHECK_NEAR(c.coverage[19].accuracy, 0.5, 0);
    CHECK_NEAR(c.coverage[19].threshold, 0, 0);
    CHECK_INT(c.bins[13].n, 1); /* 13/15 < 0.9 <= 14/15 */
    CHECK_NEAR(c.bins[13].accuracy, 1, 0);
    CHECK_INT(c.bins[10].n, 1);
    CHECK_NEAR(c.bins[10].confidence, 0.7, 1e-6);
    CHECK_NEAR(c.bins[10].accuracy, 0, 0);
    CHECK_INT(nn_confidence_measure(p, label, 0, &c), FB_ERR_USAGE);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"four faces by hand", four_faces_by_hand},
        {"Wilson is the textbook's", wilson_is_the_textbook_s},
        {"missed faces count as wrong", missed_faces_count_as_wrong},
        {"bad rows are refused", bad_rows_are_refused},
        {"temperature is found", temperature_is_found},
        {"JSON holds the contract's fields", json_holds_the_contract_s_fields},
        {"confidence by hand", confidence_by_hand},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}

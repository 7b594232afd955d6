/* Distillation: the teachers' mean answer, mixed into targets once or batch by batch. */
#include "nn/model.h"
#include "nn/teacher.h"
#include "test.h"

#include <unistd.h>

enum { K = FB_EXPRESSION_COUNT, N = 7, N_TEACHERS = 2 };

static char paths[N_TEACHERS][48], both[128];
static uint8_t crops[N][NN_FACE_PX];

/* Two small models that differ, the second with mirror images. */
static void make_teachers(int side, enum nn_preprocess preprocess)
{
    for (int i = 0; i < N_TEACHERS; i++) {
        struct nn_net *net;
        char text[128];
        snprintf(text, sizeof text, "input 1 %d %d\nconv out=4 kernel=3 stride=4\nrelu\ndense out=8\nsoftmax", side, side);
        CHECK_INT(nn_net_parse(text, "teacher", &net), 0);
        struct fb_rng rng;
        fb_rng_seed(&rng, 40 + (uint64_t)i);
        nn_net_init_weights(net, &rng);
        struct nn_model_info info = nn_model_default_info();
        info.preprocess = preprocess;
        info.temperature = 1.5 + i;
        info.is_flipped = i == 1;
        CHECK_INT(nn_model_save(paths[i], net, &info), 0);
        nn_net_destroy(&net);
    }
    struct fb_rng rng;
    fb_rng_seed(&rng, 3);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < NN_FACE_PX; j++)
            crops[i][j] = (uint8_t)fb_rng_below(&rng, 256);
}

static void expected_answers(float (*p)[K])
{
    memset(p, 0, N * sizeof *p);
    for (int i = 0; i < N_TEACHERS; i++) {
        struct nn_classifier *classifier;
        float own[N][K];
        CHECK_INT(nn_classifier_create(paths[i], N, NULL, &classifier), 0);
        CHECK_INT(nn_classifier_run(classifier, crops[0], N, own), 0);
        for (int j = 0; j < N; j++)
            for (int k = 0; k < K; k++)
                p[j][k] += own[j][k] / N_TEACHERS;
        nn_classifier_destroy(&classifier);
    }
}

static void teachers_answer_with_their_mean(void)
{
    struct nn_teacher *teacher;
    float p[N][K], expected[N][K];
    make_teachers(NN_FACE_SIDE, NN_PREPROCESS_FIXED);
    expected_answers(expected);
    if (!CHECK_MSG(!nn_teacher_create(both, N, NULL, &teacher), "%s", fb_error_text()))
        return;
    CHECK_INT(nn_teacher_answer(teacher, crops[0], N, p), 0);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < K; k++)
            CHECK_NEAR(p[i][k], expected[i][k], 1e-6);
    CHECK(memcmp(p[0], p[1], sizeof p[0]) != 0);
    nn_teacher_destroy(&teacher);
    CHECK(!teacher);
}

static void other_sizes_are_fitted(void)
{
    struct nn_teacher *teacher;
    float p[N][K];
    make_teachers(32, NN_PREPROCESS_FIXED);
    CHECK_INT(nn_teacher_create(both, N, NULL, &teacher), 0);
    CHECK_INT(nn_teacher_answer(teacher, crops[0], N, p), 0);
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int k = 0; k < K; k++)
            sum += (double)p[i][k];
        CHECK_NEAR(sum, 1, 1e-5);
    }
    nn_teacher_destroy(&teacher);
}

static void targets_are_mixed(void)
{
    float target[2][K] = {{1}, {0, 0.5f, 0.5f}}, p[2][K] = {{0.2f, 0.8f}, {0, 0, 0, 1}};
    struct nn_selection selection = {.n = 2, .target = target};
    nn_selection_mix(&selection, (const float(*)[K])p, 0.25f);
    CHECK_NEAR(target[0][0], 0.8, 1e-6);
    CHECK_NEAR(target[0][1], 0.2, 1e-6);
    CHECK_NEAR(target[1][1], 0.375, 1e-6);
    CHECK_NEAR(target[1][3], 0.25, 1e-6);
}

/* The crops as a batch source whose targets are all class 2. */
static int fill(void *user, int epoch, int64_t first, int n, float *x, float *target, float *weight)
{
    (void)epoch;
    for (int i = 0; i < n; i++) {
        nn_preprocess_bytes(*(enum nn_preprocess *)user, crops[first + i], NN_FACE_PX, x + i * NN_FACE_PX);
        memset(target + i * K, 0, K * sizeof *target);
        target[i * K + 2] = 1;
        weight[i] = 1;
    }
    return FB_OK;
}

static void batches_are_mixed(void)
{
    enum nn_preprocess preprocess = NN_PREPROCESS_CONTRAST;
    struct nn_batch_source inner = {.user = &preprocess, .n_samples = N, .n_classes = K, .fill = fill}, source;
    struct nn_teacher *teacher;
    static float x[N * NN_FACE_PX];
    float expected[N][K], target[N][K], weight[N];
    make_teachers(NN_FACE_SIDE, preprocess);
    expected_answers(expected);
    CHECK_INT(nn_teacher_create(both, 3, NULL, &teacher), 0); /* less than the batch: in three parts */
    CHECK_INT(nn_teacher_source(teacher, &inner, NN_FACE_SIDE, NN_PREPROCESS_FIXED, 0.6f, &source), FB_ERR_INPUT);
    CHECK_INT(nn_teacher_source(teacher, &inner, 40, preprocess, 0.6f, &source), FB_ERR_INPUT);
    CHECK_INT(nn_teacher_source(teacher, &inner, NN_FACE_SIDE, preprocess, 0.6f, &source), 0);
    CHECK_INT(source.fill(source.user, 0, 0, N, x, target[0], weight), 0);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < K; k++)
            CHECK_NEAR(target[i][k], 0.6 * (double)expected[i][k] + (k == 2 ? 0.4 : 0), 1e-5);
    nn_teacher_destroy(&teacher);
}

static void bad_lists_are_refused(void)
{
    struct nn_teacher *teacher;
    char many[1024] = "";
    make_teachers(NN_FACE_SIDE, NN_PREPROCESS_FIXED);
    CHECK_INT(nn_teacher_create("", N, NULL, &teacher), FB_ERR_USAGE);
    CHECK_INT(nn_teacher_create("/nonexistent", N, NULL, &teacher), FB_ERR_INPUT);
    CHECK(!teacher);
    snprintf(many, sizeof many, "%s,", paths[0]);
    CHECK_INT(nn_teacher_create(many, N, NULL, &teacher), FB_ERR_USAGE);
    for (int i = 1; i <= NN_MAX_TEACHERS; i++)
        snprintf(many + strlen(many), sizeof many - strlen(many), "%s%s", paths[0], i < NN_MAX_TEACHERS ? "," : "");
    CHECK_INT(nn_teacher_create(many, N, NULL, &teacher), FB_ERR_USAGE);
    CHECK(strstr(fb_error_text(), "more than 8 teachers"));
}

int main(int argc, char **argv)
{
    for (int i = 0; i < N_TEACHERS; i++) {
        strcpy(paths[i], "/tmp/feltboard-test-teacher-XXXXXX");
        close(mkstemp(paths[i]));
    }
    snprintf(both, sizeof both, "%s,%s", paths[0], paths[1]);
    static const struct test tests[] = {
        {"teachers_answer_with_their_mean", teachers_answer_with_their_mean},
        {"other_sizes_are_fitted", other_sizes_are_fitted},
        {"targets_are_mixed", targets_are_mixed},
        {"batches_are_mixed", batches_are_mixed},
        {"bad_lists_are_refused", bad_lists_are_refused},
    };
    int result = test_main(tests, TEST_COUNT(tests), argc, argv);
    for (int i = 0; i < N_TEACHERS; i++)
        unlink(paths[i]);
    return result;
}

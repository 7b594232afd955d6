/* The batch source: a permutation an epoch, the same samples in any batch size, mixup's arithmetic. */
#include "nn/batches.h"

#include "test.h"

#define N 60

static struct nn_sample samples[N];
static uint8_t pixels[N][NN_FACE_PX];
static struct nn_data data = {.n = N, .samples = samples, .pixels = pixels, .folder = "made up"};
static struct nn_selection *selection;

static void make_selection(void)
{
    for (int i = 0; i < N; i++) {
        samples[i] = (struct nn_sample){.split = NN_SPLIT_TRAIN, .name = "x"};
        samples[i].votes[i % 3] = 10;
        memset(pixels[i], 4 * i, NN_FACE_PX);
    }
    struct nn_select_settings settings = nn_select_default_settings();
    CHECK_MSG(nn_data_select(&data, &settings, &selection) == FB_OK, "%s", fb_error_text());
}

static struct nn_batches *make_batches(const char *augment, uint64_t seed, bool is_shuffled)
{
    struct nn_batches *batches = NULL;
    struct nn_batches_settings settings = nn_batches_default_settings();
    if (!selection)
        make_selection();
    settings.seed = seed;
    settings.is_shuffled = is_shuffled;
    CHECK_INT(nn_augment_parse(augment, &settings.augment), FB_OK);
    CHECK_MSG(nn_batches_create(&data, selection, &settings, &batches) == FB_OK, "%s", fb_error_text());
    return batches;
}

static float x[N][NN_FACE_PX], y[N][NN_FACE_PX], target[N][8], target_y[N][8], weight[N], weight_y[N];

static int fill_all(struct nn_batches *batches, int epoch, int batch, float (*to)[NN_FACE_PX],
                    float (*targets)[8], float *weights)
{
    struct nn_batch_source source = nn_batches_source(batches);
    for (int first = 0; first < N; first += batch) {
        int n = N - first < batch ? N - first : batch;
        int status = source.fill(source.user, epoch, first, n, to[first], targets[first], weights + first);
        if (status < 0)
            return status;
    }
    return FB_OK;
}

static int sample_of(const float *row)
{
    return (int)lrintf((row[0] * NN_PREPROCESS_DEVIATION + NN_PREPROCESS_MEAN) / 4.0f);
}

static void an_epoch_is_a_permutation(void)
{
    struct nn_batches *batches = make_batches("none", 3, true);
    int n_seen[N] = {0}, n_same_place = 0, first_epoch[N];
    for (int epoch = 0; epoch < 2; epoch++) {
        CHECK_INT(fill_all(batches, epoch, 16, x, target, weight), FB_OK);
        for (int i = 0; i < N; i++) {
            int sample = sample_of(x[i]);
            if (!CHECK(sample >= 0 && sample < N))
                break;
            n_seen[sample]++;
            CHECK_NEAR(target[i][sample % 3], 1, 0);
            CHECK_NEAR(weight[i], 1, 0);
            n_same_place += epoch == 1 && first_epoch[i] == sample;
            first_epoch[i] = sample;
        }
    }
    for (int i = 0; i < N; i++)
        CHECK_INT(n_seen[i], 2);
    CHECK(n_same_place < 10); /* one is expected of two random orders */
    nn_batches_destroy(&batches);
}

static void batches_and_order_of_calls_do_not_matter(void)
{
    struct nn_batches *a = make_batches("strong,mixup=0.5", 3, true), *b = make_batches("strong,mixup=0.5", 3, true);
    CHECK_INT(fill_all(a, 4, 16, x, target, weight), FB_OK);
    CHECK_INT(fill_all(b, 2, 7, y, target_y, weight_y), FB_OK);
    CHECK(memcmp(x, y, sizeof x));
    CHECK_INT(fill_all(b, 4, 7, y, target_y, weight_y), FB_OK);
    CHECK(!memcmp(x, y, sizeof x));
    CHECK(!memcmp(target, target_y, sizeof target));
    CHECK(!memcmp(weight, weight_y, sizeof weight));
    nn_batches_destroy(&a);
    nn_batches_destroy(&b);
}

static void unshuffled_is_in_order(void)
{
    struct nn_batches *batches = make_batches("none", 3, false);
    CHECK_INT(fill_all(batches, 9, 60, x, target, weight), FB_OK);
    for (int i = 0; i < N; i++)
        CHECK_INT(sample_of(x[i]), i);
    nn_batches_destroy(&batches);
}

/* Flat pictures of grey 4 i: the mixture's grey tells the share, the target must tell the same. */
static void mixup_mixes_picture_and_target_alike(void)
{
    struct nn_batches *plain = make_batches("none", 5, true), *mixed = make_batches("none,mixup=1,mixup_alpha=1", 5, true);
    int n_mixed = 0, n_half = 0;
    CHECK_INT(fill_all(plain, 0, 60, x, target, weight), FB_OK);
    CHECK_INT(fill_all(mixed, 0, 60, y, target_y, weight_y), FB_OK);
    for (int i = 0; i < N; i++) {
        int own = -1;
        double sum = 0;
        for (int c = 0; c < 8; c++) {
            sum += (double)target_y[i][c];
            own = target[i][c] > 0.5f ? c : own;
        }
        CHECK_NEAR(sum, 1, 1e-5);
        double share = (double)target_y[i][own];
        n_mixed += share < 0.999;
        n_half += share > 0.2 && share < 0.8;
        /* some partner of another class must explain both numbers */
        bool is_explained = share > 0.999;
        for (int k = 0; k < N && !is_explained; k++) {
            double grey = share * (double)x[i][7] + (1 - share) * (double)((4.0f * (float)k - NN_PREPROCESS_MEAN) / NN_PREPROCESS_DEVIATION);
            is_explained = k % 3 != own && fabs(grey - (double)y[i][7]) < 1e-3;
        }
        CHECK_MSG(is_explained, "position %d: share %g, grey %g", i, share, (double)y[i][7]);
    }
    CHECK(n_mixed > 20 && n_half > 10); /* two thirds have a partner of another class; uniform shares */
    nn_batches_destroy(&plain);
    nn_batches_destroy(&mixed);
}

static void bad_settings_are_refused(void)
{
    struct nn_batches *batches;
    struct nn_batches_settings settings = nn_batches_default_settings();
    settings.side = 200;
    CHECK_INT(nn_batches_create(&data, selection, &settings, &batches), FB_ERR_USAGE);
    settings = nn_batches_default_settings();
    settings.augment.erase = 3;
    CHECK_INT(nn_batches_create(&data, selection, &settings, &batches), FB_ERR_USAGE);
    settings = nn_batches_default_settings();
    settings.preprocess = NN_PREPROCESS_NONE;
    CHECK_INT(nn_batches_create(&data, selection, &settings, &batches), FB_ERR_USAGE);
    batches = make_batches("none", 1, true);
    struct nn_batch_source source = nn_batches_source(batches);
    CHECK_INT(source.fill(source.user, 0, N - 1, 2, x[0], target[0], weight), FB_ERR_USAGE);
    nn_batches_destroy(&batches);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"an epoch is a permutation", an_epoch_is_a_permutation},
        {"batches and order of calls do not matter", batches_and_order_of_calls_do_not_matter},
        {"unshuffled is in order", unshuffled_is_in_order},
        {"mixup mixes picture and target alike", mixup_mixes_picture_and_target_alike},
        {"bad settings are refused", bad_settings_are_refused},
    };
    int status = test_main(tests, TEST_COUNT(tests), argc, argv);
    nn_selection_destroy(&selection);
    return status;
}

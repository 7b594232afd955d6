/* Principal components of data whose components are known. */
#include "nn/pca.h"

#include "base/rng.h"
#include "test.h"

#define N 500
#define D 60

/* Three directions (pairs of axes mixed) with deviations 9, 4, 2, the rest 0.1, about mean 5. */
static void make(float x[N][D])
{
    struct fb_rng rng;
    fb_rng_seed(&rng, 1);
    for (int i = 0; i < N; i++) {
        float a = 9 * fb_rng_normal(&rng), b = 4 * fb_rng_normal(&rng), c = 2 * fb_rng_normal(&rng);
        for (int j = 0; j < D; j++)
            x[i][j] = 5 + 0.1f * fb_rng_normal(&rng);
        x[i][3] += a * 0.6f, x[i][7] += a * 0.8f;
        x[i][10] += b;
        x[i][20] += c * 0.8f, x[i][21] -= c * 0.6f;
    }
}

static void finds_known_directions(void)
{
    static float x[N][D];
    struct nn_pca *pca;
    make(x);
    if (!CHECK_MSG(nn_pca_fit(&x[0][0], N, D, 5, 1, &pca) == FB_OK, "%s", fb_error_text()))
        return;
    const float *c = pca->components;
    CHECK_NEAR(0.6f * c[3] + 0.8f * c[7], 1, 1e-3); /* the signs are fixed, too */
    CHECK_NEAR(c[D + 10], 1, 1e-3);
    CHECK_NEAR(0.8f * c[2 * D + 20] - 0.6f * c[2 * D + 21], 1, 2e-3);
    CHECK_NEAR(pca->deviation[0], 9, 0.8);
    CHECK_NEAR(pca->deviation[1], 4, 0.4);
    CHECK_NEAR(pca->deviation[2], 2, 0.2);
    CHECK_NEAR(pca->deviation[3], 0.1, 0.05);
    CHECK_NEAR(pca->mean[0], 5, 0.02);
    for (int p = 0; p < 5; p++)
        for (int q = 0; q <= p; q++) {
            double dot = 0;
            for (int j = 0; j < D; j++)
                dot += (double)c[p * D + j] * (double)c[q * D + j];
            CHECK_NEAR(dot, p == q, 1e-4);
        }
    nn_pca_destroy(&pca);
    CHECK(pca == NULL);
}

static void reconstructs_and_measures_the_rest(void)
{
    static float x[N][D];
    struct nn_pca *pca;
    float reconstruction[D], coefficients[3];
    make(x);
    x[0][40] += 30; /* what no component explains */
    CHECK_INT(nn_pca_fit(&x[0][0], N, D, 3, 1, &pca), FB_OK);
    double error = (double)nn_pca_error(pca, x[0], reconstruction), sum = 0;
    for (int j = 0; j < D; j++)
        sum += ((double)x[0][j] - (double)reconstruction[j]) * ((double)x[0][j] - (double)reconstruction[j]);
    CHECK_NEAR(error, sqrt(sum / D), 1e-3);
    CHECK(error > 3 && error < 4); /* 30 / sqrt(60), most of it */
    CHECK((double)nn_pca_error(pca, x[1], NULL) < 0.2);
    nn_pca_project(pca, x[1], coefficients);
    for (int j = 0; j < D; j++)
        reconstruction[j] = pca->mean[j] + coefficients[0] * pca->components[j] +
                            coefficients[1] * pca->components[D + j] + coefficients[2] * pca->components[2 * D + j];
    for (int j = 0; j < D; j++)
        CHECK_NEAR(reconstruction[j], x[1][j], 0.5);
    nn_pca_destroy(&pca);
}

static void data_of_low_rank_and_bad_sizes(void)
{
    static float x[10][D];
    struct nn_pca *pca;
    for (int i = 0; i < 10; i++)
        x[i][0] = (float)i;
    if (CHECK_INT(nn_pca_fit(&x[0][0], 10, D, 4, 1, &pca), FB_OK)) {
        CHECK_NEAR(pca->deviation[0], 2.8723, 1e-3);
        CHECK_NEAR(pca->deviation[1], 0, 1e-3);
        CHECK(isfinite(pca->components[3 * D + 5]));
        nn_pca_destroy(&pca);
    }
    CHECK_INT(nn_pca_fit(&x[0][0], 10, D, 10, 1, &pca), FB_ERR_USAGE);
    CHECK_INT(nn_pca_fit(&x[0][0], 1, D, 1, 1, &pca), FB_ERR_USAGE);
    CHECK_INT(nn_pca_fit(&x[0][0], 10, D, 0, 1, &pca), FB_ERR_USAGE);
}

static void same_seed_same_numbers(void)
{
    static float x[N][D];
    struct nn_pca *a, *b;
    make(x);
    CHECK_INT(nn_pca_fit(&x[0][0], N, D, 3, 9, &a), FB_OK);
    CHECK_INT(nn_pca_fit(&x[0][0], N, D, 3, 9, &b), FB_OK);
    CHECK(!memcmp(a->components, b->components, 3 * D * sizeof(float)));
    nn_pca_destroy(&a);
    nn_pca_destroy(&b);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"finds known directions", finds_known_directions},
        {"reconstructs and measures the rest", reconstructs_and_measures_the_rest},
        {"data of low rank and bad sizes", data_of_low_rank_and_bad_sizes},
        {"same seed, same numbers", same_seed_same_numbers},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}

/* The robustness test's disturbances and the search for outliers. */
#include "nn/disturb.h"
#include "nn/outliers.h"

#include "base/rng.h"
#include "test.h"

#include <turbojpeg.h>

#define SIDE NN_FACE_SIDE

static int find(const char *name)
{
    for (int i = 0; i < nn_disturb_count(); i++) {
        if (!strcmp(nn_disturb_name(i), name))
            return i;
    }
    CHECK_MSG(false, "no disturbance \"%s\"", name);
    return 0;
}

static double mean_difference(const uint8_t *a, const uint8_t *b)
{
    double sum = 0;
    for (int i = 0; i < NN_FACE_PX; i++)
        sum += abs(a[i] - b[i]);
    return sum / NN_FACE_PX;
}

static void make_blob(uint8_t from[NN_FACE_PX])
{
    for (int i = 0; i < NN_FACE_PX; i++) {
        float d = hypotf((float)(i % SIDE) - 20, (float)(i / SIDE) - 26);
        from[i] = (uint8_t)(40 + 160 * expf(-d * d / 80) + (i % 7 == 0 ? 25 : 0));
    }
}

static void each_changes_the_picture_and_repeats(void)
{
    uint8_t from[NN_FACE_PX], a[NN_FACE_PX], b[NN_FACE_PX];
    make_blob(from);
    nn_disturb(0, 3, from, SIDE, a);
    CHECK(!memcmp(from, a, sizeof a));
    CHECK_STR(nn_disturb_name(0), "unchanged");
    for (int kind = 1; kind < nn_disturb_count(); kind++) {
        nn_disturb(kind, 3, from, SIDE, a);
        nn_disturb(kind, 3, from, SIDE, b);
        CHECK_MSG(!memcmp(a, b, sizeof a), "%s differs from call to call", nn_disturb_name(kind));
        CHECK_MSG(mean_difference(from, a) > 0.5, "%s: %g", nn_disturb_name(kind),
                  mean_difference(from, a));
        for (int other = 0; other < kind; other++)
            CHECK(strcmp(nn_disturb_name(kind), nn_disturb_name(other)));
    }
}

static void they_do_what_they_say(void)
{
    uint8_t from[NN_FACE_PX], to[NN_FACE_PX];
    make_blob(from);
    nn_disturb(find("shifted 2 px of 48"), 0, from, SIDE, to);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE - 2; x++)
            CHECK_INT(to[y * SIDE + x], from[y * SIDE + x + 2]);
    nn_disturb(find("shifted 2 px of 48"), 1, from, SIDE, to);
    CHECK_INT(to[10 * SIDE + 10], from[10 * SIDE + 8]);
    nn_disturb(find("mouth covered"), 0, from, SIDE, to);
    CHECK_INT(to[38 * SIDE + 24], 128);
    CHECK_INT(to[10 * SIDE + 24], from[10 * SIDE + 24]);
    nn_disturb(find("dark"), 0, from, SIDE, to);
    for (int i = 0; i < NN_FACE_PX; i++)
        CHECK(to[i] < from[i]);
    memset(from, 128, sizeof from);
    nn_disturb(find("noise, deviation 12"), 5, from, SIDE, to);
    double sum = 0;
    for (int i = 0; i < NN_FACE_PX; i++)
        sum += (to[i] - 128.0) * (to[i] - 128.0);
    CHECK_NEAR(sqrt(sum / NN_FACE_PX), 12, 0.6);
    nn_disturb(find("box 1.3"), 5, from, SIDE, to);
    CHECK(!memcmp(from, to, sizeof to));
}

/* libjpeg's own decoder rounds to whole levels, and may round a wave the other way. */
static void jpeg_is_what_libjpeg_makes(void)
{
    uint8_t from[NN_FACE_PX], to[NN_FACE_PX], theirs[NN_FACE_PX], *jpeg = NULL;
    unsigned long n_bytes = 0;
    tjhandle packer = tjInitCompress(), unpacker = tjInitDecompress();
    make_blob(from);
    nn_disturb(find("JPEG 30"), 0, from, SIDE, to);
    CHECK_INT(tjCompress2(packer, from, SIDE, 0, SIDE, TJPF_GRAY, &jpeg, &n_bytes, TJSAMP_GRAY, 30,
                          TJFLAG_ACCURATEDCT),
              0);
    CHECK_INT(tjDecompress2(unpacker, jpeg, n_bytes, theirs, SIDE, 0, SIDE, TJPF_GRAY,
                            TJFLAG_ACCURATEDCT),
              0);
    CHECK_MSG(mean_difference(to, theirs) < 0.1, "%g", mean_difference(to, theirs));
    CHECK_MSG(mean_difference(from, to) > 1, "%g", mean_difference(from, to));
    tjFree(jpeg);
    tjDestroy(packer);
    tjDestroy(unpacker);
}

static void outliers_are_found(void)
{
    enum { N = 80 };
    static struct nn_sample samples[N];
    static uint8_t pixels[N][NN_FACE_PX];
    struct nn_data data = {.n = N, .samples = samples, .pixels = pixels, .folder = "drawn"};
    struct fb_rng rng;
    fb_rng_seed(&rng, 2);
    for (int k = 0; k < N; k++) {
        float a = fb_rng_normal(&rng), b = fb_rng_normal(&rng);
        for (int i = 0; i < NN_FACE_PX; i++) {
            float x = (float)(i % SIDE) / 8, y = (float)(i / SIDE) / 8;
            float grey = 128 + 40 * sinf(x + y) + 15 * a * cosf(x) + 15 * b * sinf(y) +
                         2 * fb_rng_normal(&rng);
            if (k == 33)
                grey = fb_rng_range(&rng, 0, 255); /* noise */
            pixels[k][i] = k == 50 ? 77 : (uint8_t)fminf(fmaxf(grey, 0), 255);
        }
    }
    struct nn_outlier *outliers;
    struct nn_pca *pca;
    if (!CHECK_MSG(nn_outliers_find(&data, 2, 1, &outliers, &pca) == FB_OK, "%s", fb_error_text()))
        return;
    CHECK_INT(outliers[0].index, 50);
    CHECK(outliers[0].is_flat && !outliers[1].is_flat);
    CHECK_INT(outliers[1].index, 33);
    CHECK(outliers[1].error > 0.5f && outliers[2].error < 0.2f);
    for (int i = 2; i < N; i++)
        CHECK(outliers[i].error <= outliers[i - 1].error);
    CHECK_INT(pca->k, 2);
    free(outliers);
    nn_pca_destroy(&pca);
    CHECK_INT(nn_outliers_find(&data, N, 1, &outliers, NULL), FB_ERR_USAGE);
    CHECK(outliers == NULL);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"each changes the picture and repeats", each_changes_the_picture_and_repeats},
        {"they do what they say", they_do_what_they_say},
        {"jpeg is what libjpeg makes", jpeg_is_what_libjpeg_makes},
        {"outliers are found", outliers_are_found},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}

/* Augmentation: what each step does to a picture of known content, and that a crop depends on nothing
 * but (settings, seed, epoch, index). */
#include "nn/augment.h"
#include "nn/preprocess.h"

#include "base/clock.h"
#include "test.h"

#define SIDE 48
#define N_PX (SIDE * SIDE)

static struct nn_augment_settings parse(const char *text)
{
    struct nn_augment_settings settings;
    CHECK_MSG(nn_augment_parse(text, &settings) == FB_OK, "%s: %s", text, fb_error_text());
    return settings;
}

/* A bright disc at (x, y) on dark ground. */
static void draw_disc(uint8_t pixels[N_PX], float x, float y, float radius)
{
    for (int j = 0; j < SIDE; j++)
        for (int i = 0; i < SIDE; i++) {
            float d = hypotf((float)i - x, (float)j - y);
            pixels[j * SIDE + i] = d < radius ? 200 : 40;
        }
}

struct moments {
    double mass, x, y, spread;
};

static struct moments moments_of(const float *x)
{
    struct moments m = {0};
    for (int i = 0; i < N_PX; i++) {
        double w = (double)x[i] > 120 ? 1.0 : 0.0;
        m.mass += w, m.x += w * (i % SIDE), m.y += w * (i / SIDE);
    }
    m.x /= m.mass, m.y /= m.mass;
    return m;
}

static void none_changes_nothing(void)
{
    struct nn_augment_settings settings = parse("none");
    uint8_t from[N_PX];
    float to[N_PX];
    for (int i = 0; i < N_PX; i++)
        from[i] = (uint8_t)(i * 31);
    nn_augment(&settings, 1, 2, 3, from, SIDE, to, SIDE);
    for (int i = 0; i < N_PX; i++) {
        if (!CHECK_NEAR(to[i], from[i], 1e-3))
            break;
    }
}

static void flip_mirrors_half_of_them(void)
{
    struct nn_augment_settings settings = parse("none,flip=0.5");
    uint8_t from[N_PX];
    float to[N_PX];
    int n_flipped = 0;
    for (int i = 0; i < N_PX; i++)
        from[i] = (uint8_t)(i * 31);
    for (int k = 0; k < 1000; k++) {
        nn_augment(&settings, 5, 0, k, from, SIDE, to, SIDE);
        bool is_flipped = fabsf(to[0] - (float)from[SIDE - 1]) < 1e-2f && fabsf(to[1] - (float)from[SIDE - 2]) < 1e-2f;
        bool is_same = fabsf(to[0] - (float)from[0]) < 1e-2f && fabsf(to[1] - (float)from[1]) < 1e-2f;
        CHECK(is_flipped != is_same);
        n_flipped += is_flipped;
    }
    CHECK_NEAR(n_flipped, 500, 80); /* five deviations */
}

static void shift_moves_within_its_range(void)
{
    struct nn_augment_settings settings = parse("none,shift=0.125");
    uint8_t from[N_PX];
    float to[N_PX], low = 99, high = -99;
    draw_disc(from, 23.5f, 23.5f, 8);
    for (int k = 0; k < 500; k++) {
        nn_augment(&settings, 1, 0, k, from, SIDE, to, SIDE);
        struct moments m = moments_of(to);
        low = fminf(low, (float)m.x), high = fmaxf(high, (float)m.x);
        CHECK(fabs(m.y - 23.5) <= 6.3);
    }
    CHECK_NEAR(low, 23.5 - 6, 0.4);
    CHECK_NEAR(high, 23.5 + 6, 0.4);
}

static void scale_and_box_jitter_resize(void)
{
    uint8_t from[N_PX];
    float to[N_PX];
    static const struct {
        const char *text;
        double low, high; /* of the area */
    } rows[] = {{"none,scale=0.2", 1 / 1.44, 1.44}, {"none,box_jitter=0.1", 1 / 1.44, 1 / 0.64}};
    draw_disc(from, 23.5f, 23.5f, 10);
    for (int row = 0; row < 2; row++) {
        struct nn_augment_settings settings = parse(rows[row].text);
        double low = 9, high = 0;
        for (int k = 0; k < 2000; k++) {
            nn_augment(&settings, 1, 0, k, from, SIDE, to, SIDE);
            double area = moments_of(to).mass / (M_PI * 100);
            low = fmin(low, area), high = fmax(high, area);
        }
        CHECK_MSG(low >= rows[row].low - 0.07 && high <= rows[row].high + 0.07, "%s: %g..%g",
                  rows[row].text, low, high);
        CHECK_MSG(low < 0.85 && high > 1.15, "%s: %g..%g", rows[row].text, low, high);
    }
}

static void rotation_turns_about_the_centre(void)
{
    struct nn_augment_settings settings = parse("none,rotation=30");
    uint8_t from[N_PX];
    float to[N_PX];
    double most = 0;
    draw_disc(from, 38.5f, 23.5f, 4);
    for (int k = 0; k < 500; k++) {
        nn_augment(&settings, 1, 0, k, from, SIDE, to, SIDE);
        struct moments m = moments_of(to);
        double angle = atan2(m.y - 23.5, m.x - 23.5) * 180 / M_PI;
        CHECK_NEAR(hypot(m.x - 23.5, m.y - 23.5), 15, 0.5);
        CHECK(fabs(angle) < 31);
        most = fmax(most, fabs(angle));
    }
    CHECK(most > 28);
}

static double mean_of(const float *x)
{
    double sum = 0;
    for (int i = 0; i < N_PX; i++)
        sum += (double)x[i];
    return sum / N_PX;
}

static double deviation_of(const float *x)
{
    double mean = mean_of(x), sum = 0;
    for (int i = 0; i < N_PX; i++)
        sum += ((double)x[i] - mean) * ((double)x[i] - mean);
    return sqrt(sum / N_PX);
}

static void tone_light_and_noise_stay_in_range(void)
{
    uint8_t flat[N_PX];
    float to[N_PX];
    struct nn_augment_settings brightness = parse("none,brightness=0.2"), noise = parse("none,noise=20");
    struct nn_augment_settings light = parse("none,light=0.4"), gamma = parse("none,gamma=0.5");
    double low = 999, high = 0, most_noise = 0, most_light = 0;
    memset(flat, 128, sizeof flat);
    for (int k = 0; k < 400; k++) {
        nn_augment(&brightness, 1, 0, k, flat, SIDE, to, SIDE);
        low = fmin(low, mean_of(to)), high = fmax(high, mean_of(to));
        nn_augment(&noise, 1, 0, k, flat, SIDE, to, SIDE);
        CHECK_NEAR(mean_of(to), 128, 2.5);
        most_noise = fmax(most_noise, deviation_of(to));
        nn_augment(&light, 1, 0, k, flat, SIDE, to, SIDE);
        CHECK_NEAR(mean_of(to), 128, 0.1);
        most_light = fmax(most_light, (double)fabsf(to[0] - to[N_PX - 1]));
        nn_augment(&gamma, 1, 0, k, flat, SIDE, to, SIDE);
        CHECK(mean_of(to) > 255 * pow(128 / 255.0, 1.5) - 0.1 && mean_of(to) < 255 * pow(128 / 255.0, 1 / 1.5) + 0.1);
    }
    CHECK(low < 80 && low >= 128 - 51.1 && high > 175 && high <= 128 + 51.1);
    CHECK_NEAR(most_noise, 20, 1.0);
    CHECK(most_light > 80 && most_light < 0.4 * 255 * 1.42);
}

/* A checkerboard of single pixels becomes even grey through fewer pixels; large shapes stay. */
static void low_resolution_removes_detail(void)
{
    struct nn_augment_settings settings = parse("none,low_resolution=1,low_side_min=16,low_side_max=24");
    uint8_t board[N_PX], disc[N_PX];
    float to[N_PX];
    draw_disc(disc, 23.5f, 23.5f, 14);
    for (int i = 0; i < N_PX; i++)
        board[i] = (i % SIDE + i / SIDE) % 2 ? 255 : 0;
    for (int k = 0; k < 50; k++) {
        nn_augment(&settings, 1, 0, k, board, SIDE, to, SIDE);
        CHECK_NEAR(mean_of(to), 127.5, 3);
        CHECK(deviation_of(to) < 30); /* 127.5 before */
        nn_augment(&settings, 1, 0, k, disc, SIDE, to, SIDE);
        CHECK_NEAR(to[24 * SIDE + 24], 200, 1);
        CHECK_NEAR(to[0], 40, 1);
        CHECK_NEAR(moments_of(to).x, 23.5, 0.2);
    }
}

static void erasing_covers_its_share(void)
{
    struct nn_augment_settings settings = parse("none,erase=1");
    uint8_t flat[N_PX];
    float to[N_PX];
    double low = 1, high = 0;
    memset(flat, 128, sizeof flat);
    for (int k = 0; k < 500; k++) {
        nn_augment(&settings, 1, 0, k, flat, SIDE, to, SIDE);
        int n = 0;
        for (int i = 0; i < N_PX; i++)
            n += to[i] < 127.9f || to[i] > 128.1f;
        double share = (double)n / N_PX;
        low = fmin(low, share), high = fmax(high, share);
    }
    CHECK(low > 0.02 && low < 0.06 && high > 0.17 && high < 0.23);
}

static void depends_on_seed_epoch_index_only(void)
{
    struct nn_augment_settings settings = parse("strong");
    uint8_t from[N_PX];
    float a[N_PX], b[N_PX];
    for (int i = 0; i < N_PX; i++)
        from[i] = (uint8_t)(i * 31);
    nn_augment(&settings, 7, 3, 11, from, SIDE, a, SIDE);
    nn_augment(&settings, 9, 1, 5, from, SIDE, b, SIDE);
    nn_augment(&settings, 7, 3, 11, from, SIDE, b, SIDE);
    CHECK(!memcmp(a, b, sizeof a));
    nn_augment(&settings, 7, 3, 12, from, SIDE, b, SIDE);
    CHECK(memcmp(a, b, sizeof a));
    nn_augment(&settings, 7, 4, 11, from, SIDE, b, SIDE);
    CHECK(memcmp(a, b, sizeof a));
    nn_augment(&settings, 8, 3, 11, from, SIDE, b, SIDE);
    CHECK(memcmp(a, b, sizeof a));
}

/* Without erasing, the rest of a crop's changes are those it has with erasing. */
static void steps_do_not_disturb_one_another(void)
{
    struct nn_augment_settings with = parse("strong,erase=1,noise=0"), without = parse("strong,erase=0,noise=0");
    uint8_t from[N_PX];
    float a[N_PX], b[N_PX];
    int n_equal = 0;
    draw_disc(from, 20, 20, 10);
    nn_augment(&with, 7, 3, 11, from, SIDE, a, SIDE);
    nn_augment(&without, 7, 3, 11, from, SIDE, b, SIDE);
    for (int i = 0; i < N_PX; i++)
        n_equal += fabsf(a[i] - b[i]) < 1e-4f;
    CHECK(n_equal > N_PX * 3 / 4 && n_equal < N_PX);
}

static void other_output_sides(void)
{
    struct nn_augment_settings settings = parse("none");
    uint8_t from[N_PX];
    static float to[NN_AUGMENT_MAX_SIDE * NN_AUGMENT_MAX_SIDE];
    for (int i = 0; i < N_PX; i++)
        from[i] = (uint8_t)(5 * (i % SIDE));
    nn_augment(&settings, 0, 0, 0, from, SIDE, to, 96);
    CHECK_NEAR(to[96 * 40 + 48], 5 * (48.5 / 2 - 0.5), 1e-2);
    nn_augment(&settings, 0, 0, 0, from, SIDE, to, 128);
    CHECK_NEAR(to[128 * 127 + 127], 235, 1e-2);
}

static void texts_are_parsed_and_checked(void)
{
    struct nn_augment_settings a = parse("strong,erase=0.125,mixup=0"), b;
    char text[512];
    CHECK_NEAR(a.erase, 0.125, 0);
    CHECK_NEAR(a.mixup, 0, 0);
    CHECK_NEAR(a.flip, 0.5, 0);
    CHECK_INT(nn_augment_format(&a, text, sizeof text), FB_OK);
    b = parse(text);
    CHECK(!memcmp(&a, &b, sizeof a));
    CHECK_INT(nn_augment_format(&a, text, 20), FB_ERR_FAILED);
    static const struct {
        const char *text, *says;
    } bad[] = {{"heavy", "unknown"},           {"strong,erase", "write field=value"},
               {"strong,erase=2", "0..1"},     {"strong,errase=0.1", "no field"},
               {"strong,erase=x", "no number"}, {"strong,erase=nan", "outside"},
               {"", "unknown"},                {"none,low_side_min=40", "over low_side_max"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_MSG(nn_augment_parse(bad[i].text, &b) == FB_ERR_USAGE, "%s", bad[i].text);
        CHECK_MSG(strstr(fb_error_text(), bad[i].says), "%s: %s", bad[i].text, fb_error_text());
    }
}

static void is_fast(void)
{
    struct nn_augment_settings settings = parse("strong");
    uint8_t from[N_PX];
    float to[N_PX];
    draw_disc(from, 20, 20, 10);
    int64_t start_ns = fb_clock_now_ns();
    for (int k = 0; k < 2000; k++)
        nn_augment(&settings, 1, 0, k, from, SIDE, to, SIDE);
    double rate = 2000 / ((double)(fb_clock_now_ns() - start_ns) * 1e-9);
    fprintf(stderr, "strong: %.0f images/s\n", rate);
    CHECK(rate > 1000); /* 30,000 here; what a sanitizer build on a busy machine still does */
}

/* ---- preprocessing --------------------------------------------------------------------------- */

static void preprocessing(void)
{
    enum nn_preprocess mode;
    uint8_t grey[4] = {0, 255, 100, 200};
    float x[4], y[4], floats[4] = {0, 255, 100, 200};
    nn_preprocess_bytes(NN_PREPROCESS_FIXED, grey, 4, x);
    CHECK_NEAR(x[0], -2, 1e-6);
    CHECK_NEAR(x[1], 2, 1e-6);
    nn_preprocess_bytes(NN_PREPROCESS_CONTRAST, grey, 4, x);
    nn_preprocess_floats(NN_PREPROCESS_CONTRAST, floats, 4, y);
    CHECK(!memcmp(x, y, sizeof x));
    CHECK_NEAR(x[0] + x[1] + x[2] + x[3], 0, 1e-5);
    CHECK_NEAR(x[0] * x[0] + x[1] * x[1] + x[2] * x[2] + x[3] * x[3], 4, 1e-4);
    for (int i = 0; i < 4; i++)
        floats[i] = 20 + floats[i] * 0.5f; /* another light, the same input */
    nn_preprocess_floats(NN_PREPROCESS_CONTRAST, floats, 4, y);
    CHECK_NEAR(x[1], y[1], 1e-5);
    memset(grey, 77, sizeof grey);
    nn_preprocess_bytes(NN_PREPROCESS_CONTRAST, grey, 4, x);
    CHECK_NEAR(x[2], 0, 1e-6);
    CHECK_INT(nn_preprocess_from_name("contrast", &mode), FB_OK);
    CHECK_INT(mode, NN_PREPROCESS_CONTRAST);
    CHECK_INT(nn_preprocess_from_name("none", &mode), FB_ERR_INPUT);
    CHECK_STR(nn_preprocess_name(NN_PREPROCESS_FIXED), "fixed");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"none changes nothing", none_changes_nothing},
        {"flip mirrors half of them", flip_mirrors_half_of_them},
        {"shift moves within its range", shift_moves_within_its_range},
        {"scale and box jitter resize", scale_and_box_jitter_resize},
        {"rotation turns about the centre", rotation_turns_about_the_centre},
        {"tone, light and noise stay in range", tone_light_and_noise_stay_in_range},
        {"low resolution removes detail", low_resolution_removes_detail},
        {"erasing covers its share", erasing_covers_its_share},
        {"depends on seed, epoch, index only", depends_on_seed_epoch_index_only},
        {"steps do not disturb one another", steps_do_not_disturb_one_another},
        {"other output sides", other_output_sides},
        {"texts are parsed and checked", texts_are_parsed_and_checked},
        {"is fast", is_fast},
        {"preprocessing", preprocessing},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}

/* The detector's losses against central differences, which cells answer, decoding, NMS, the score of a detector. */
#include "base/rng.h"
#include "nn/detector_loss.h"
#include "nn/detector_score.h"
#include "test.h"

static double eiou_of(const double p[4], const struct nn_box *face)
{
    struct nn_box box = {(float)(p[0] - p[2] / 2), (float)(p[1] - p[3] / 2), (float)p[2], (float)p[3]};
    double gradient[4];
    return nn_eiou(&box, face, gradient);
}

static void eiou_gradient(void)
{
    struct fb_rng rng;
    int n_kinks = 0; /* where two edges meet within a step the differences straddle a kink */
    fb_rng_seed(&rng, 5);
    for (int i = 0; i < 300; i++) {
        struct nn_box face = {fb_rng_range(&rng, -20, 20), fb_rng_range(&rng, -20, 20), fb_rng_range(&rng, 5, 60),
                              fb_rng_range(&rng, 5, 60)};
        double p[4] = {(double)fb_rng_range(&rng, -40, 60), (double)fb_rng_range(&rng, -40, 60),
                       (double)fb_rng_range(&rng, 5, 60), (double)fb_rng_range(&rng, 5, 60)};
        struct nn_box box = {(float)(p[0] - p[2] / 2), (float)(p[1] - p[3] / 2), (float)p[2], (float)p[3]};
        double gradient[4];
        nn_eiou(&box, &face, gradient);
        for (int k = 0; k < 4; k++) {
            const double step = 1.0 / 128; /* boxes are floats */
            double value = p[k];
            p[k] = value + step;
            double above = eiou_of(p, &face);
            p[k] = value - step;
            double below = eiou_of(p, &face), slope = (above - below) / (2 * step);
            p[k] = value;
            n_kinks += !(fabs(gradient[k] - slope) < 1e-3 + 0.01 * fabs(slope));
        }
    }
    CHECK_MSG(n_kinks <= 3, "%d of 1200 derivatives are not what differences say", n_kinks);
}

static void eiou_by_hand(void)
{
    double gradient[4];
    struct nn_box a = {10, 10, 20, 20}, b = {20, 10, 20, 20};
    CHECK_NEAR(nn_eiou(&a, &a, gradient), 0, 1e-6);
    /* overlap 200 of 600; centres 10 apart in a hull of 30 x 20 */
    CHECK_NEAR(nn_eiou(&a, &b, gradient), 1 - 1.0 / 3 + 100.0 / 1300, 1e-6);
    CHECK(gradient[0] < 0); /* moving right helps */
}

static void focal_gradient(void)
{
    for (double z = -30; z <= 30; z += 1.7)
        for (double wanted = 0; wanted <= 1; wanted += 0.25) {
            double d, ignored, step = 1e-5;
            double value = nn_quality_focal(z, wanted, &d);
            double slope = (nn_quality_focal(z + step, wanted, &ignored) - nn_quality_focal(z - step, wanted, &ignored)) /
                           (2 * step);
            CHECK(isfinite(value) && value >= 0);
            CHECK_NEAR(d, slope, 1e-5 + 1e-4 * fabs(slope));
        }
    double d;
    CHECK_NEAR(nn_quality_focal(0, 0, &d), 0.25 * log(2), 1e-9);
}

enum { SIDE = 96 };

static struct nn_detector_loss_result run(const float *output, const float *target, float *d)
{
    struct nn_detector_loss *loss;
    struct nn_detector_loss_result result = {0};
    if (CHECK_INT(nn_detector_loss_create(SIDE, SIDE, 1, &loss), FB_OK))
        result = nn_detector_loss_run(loss, output, target, 1, d);
    nn_detector_loss_destroy(&loss);
    return result;
}

/* The whole loss by every output of a cell that answers and of some that do not. The score's target is the overlap, which
 * counts as constant: it is checked with the boxes kept. */
static void whole_gradient(void)
{
    enum { N = 12 * 12 + 6 * 6 + 3 * 3 };
    static float output[5 * N], d[5 * N], ignored[5 * N], target[NN_DETECTOR_TARGET_FLOATS];
    const float faces[] = {20, 30, 24, 30, NN_FACE_WANTED, 30, 40, 50, 60, NN_FACE_WANTED, 70, 0, 20, 20, NN_FACE_IGNORED};
    struct fb_rng rng;
    fb_rng_seed(&rng, 8);
    CHECK_INT(nn_detector_n_cells(SIDE, SIDE), N);
    memcpy(target, faces, sizeof faces);
    for (int i = 0; i < 5 * N; i++)
        output[i] = 0.4f * fb_rng_normal(&rng);
    struct nn_detector_loss_result result = run(output, target, d);
    CHECK_MSG(result.n_answering >= 8 && result.n_answering <= 30, "%d cells answer", result.n_answering);
    int n_learning = 0, n_ignored = 0;
    for (int i = 0; i < 5 * N; i++) {
        float value = output[i], step = 1.0f / 256;
        n_learning += i >= N && d[i] != 0;
        n_ignored += i < N && d[i] == 0;
        if (i % 7 && !(i >= N && d[i] != 0))
            continue;
        output[i] = value + step;
        struct nn_detector_loss_result above = run(output, target, ignored);
        output[i] = value - step;
        struct nn_detector_loss_result below = run(output, target, ignored);
        output[i] = value;
        double slope = i < N ? (above.score - below.score) / (2 * (double)step) : (above.box - below.box) / (2 * (double)step);
        CHECK_MSG(fabs((double)d[i] - slope) < 1e-3 + 0.02 * fabs(slope), "%d: %g, differences say %g", i, (double)d[i], slope);
    }
    CHECK_MSG(n_learning >= 4 * result.n_answering - 4, "%d box outputs learn", n_learning);
    CHECK_MSG(n_ignored >= 4 && n_ignored < 20, "%d cells ignored", n_ignored);
}

/* Every size has cells that answer for it. */
static void every_size_is_wanted(void)
{
    static float output[5 * (12 * 12 + 6 * 6 + 3 * 3)], d[sizeof output / sizeof *output], target[NN_DETECTOR_TARGET_FLOATS];
    for (float size = 8; size < 95; size += 0.5f)
        for (float at = 0; at < 8; at += 1.3f) {
            const float face[] = {at, 3, size * 0.8f, size, NN_FACE_WANTED};
            memcpy(target, face, sizeof face);
            CHECK_MSG(run(output, target, d).n_answering > 0, "a face of %g px at %g", (double)size, (double)at);
        }
}

static void decoding(void)
{
    enum { N = 64 + 16 + 4 };
    struct nn_cell cells[N];
    float output[5 * N] = {0};
    nn_detector_cells(64, 64, cells);
    CHECK(cells[0].stride == 8 && cells[64].stride == 16 && cells[80].stride == 32 && cells[65].x == 24);
    for (int i = 0; i < N; i++)
        output[i] = -9;
    output[9] = 2;              /* row 1, column 1 of stride 8 */
    output[N + 9] = 0.5f;       /* half a stride right */
    output[81] = 3;             /* stride 32, column 1 */
    output[3 * N + 81] = 90;    /* no size is infinite */
    struct nn_detection found[3];
    CHECK_INT(nn_boxes_decode(output, cells, N, 0.5f, found, 3), 2);
    CHECK_NEAR(found[1].box.x + found[1].box.w / 2, 16, 1e-4);
    CHECK_NEAR(found[1].box.w, 32, 1e-4);
    CHECK_NEAR(found[0].score, 1 / (1 + exp(-3)), 1e-6);
    CHECK(isfinite((double)found[0].box.w));
    CHECK_INT(nn_boxes_decode(output, cells, N, 0.5f, found, 1), 1);
    CHECK_NEAR(found[0].score, 1 / (1 + exp(-3)), 1e-6);
}

static void suppression(void)
{
    struct nn_detection d[] = {{{0, 0, 20, 20}, 0.9f}, {{2, 0, 20, 20}, 0.8f}, {{12, 0, 20, 20}, 0.7f},
                               {{5, 5, 6, 6}, 0.6f}, {{40, 0, 20, 20}, 0.5f}};
    CHECK_INT(nn_boxes_suppress(d, 5, 0.4f), 3);
    CHECK(d[1].box.x == 12 && d[2].box.x == 40);
    CHECK_INT(nn_boxes_suppress(d, 0, 0.4f), 0);
}

static void score(void)
{
    const struct nn_face faces[] = {{{0, 0, 30, 30}, false}, {{100, 0, 60, 60}, false}, {{200, 0, 120, 120}, false},
                                    {{0, 200, 50, 50}, true}, {{300, 300, 12, 12}, false}};
    const struct nn_detection found[] = {{{0, 0, 30, 32}, 0.9f}, {{1, 0, 30, 30}, 0.8f},     /* found; twice is false */
                                         {{100, 0, 60, 55}, 0.7f}, {{10, 210, 20, 20}, 0.6f}, /* found; on an ignored one */
                                         {{300, 300, 12, 12}, 0.5f}, {{400, 0, 9, 9}, 0.4f},  /* small; false */
                                         {{210, 0, 110, 120}, 0.3f}};
    struct nn_detector_score *s;
    struct nn_detector_result r;
    if (!CHECK_INT(nn_detector_score_create(NN_SCORE_OVERLAP, &s), FB_OK))
        return;
    CHECK_INT(nn_detector_score_add(s, faces, 5, found, 7), FB_OK);
    nn_detector_score_from(s, 0.05f, &r);
    CHECK_INT(r.n_false, 2);
    CHECK(r.n_found[NN_FACE_24] == 1 && r.n_found[NN_FACE_48] == 1 && r.n_found[NN_FACE_96] == 1);
    CHECK_NEAR(r.recall_48, 1, 1e-9);
    nn_detector_score_at(s, 1, &r); /* up to the second false one */
    CHECK_INT(r.n_false, 1);
    CHECK_NEAR(r.recall_24, 1, 1e-9);
    CHECK_NEAR(r.recall_48, 0.5, 1e-9);
    CHECK_NEAR(r.min_score, 0.5, 1e-6);
    nn_detector_score_at(s, 0, &r);
    CHECK_NEAR(r.min_score, 0.9, 1e-6);
    nn_detector_score_destroy(&s);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"eiou_gradient", eiou_gradient}, {"eiou_by_hand", eiou_by_hand}, {"focal_gradient", focal_gradient},
        {"whole_gradient", whole_gradient}, {"every_size_is_wanted", every_size_is_wanted}, {"decoding", decoding},
        {"suppression", suppression}, {"score", score},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}

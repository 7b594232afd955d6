/* Alignment of drawn faces with known displacements; the basis file, whole and damaged; the shipped one. */
#include "nn/facealign.h"
#include "nn/facebasis.h"

#include "base/rng.h"
#include "data_folder.h"

#define N 120

struct face {
    struct nn_similarity warp; /* canvas to crop */
    bool is_happy;
};

/* Dark eyes, brows and nose on a bright oval; the mouth a line or a wide dark arc. */
static double grey_at(double x, double y, bool is_happy)
{
    double grey = 60 + 130 / (1 + exp(40 * (hypot(x / 0.38, y / 0.46) - 1)));
    for (int side = -1; side <= 1; side += 2) {
        grey -= 100 * exp(-(pow((x - side * 0.16) / 0.06, 2) + pow((y + 0.08) / 0.035, 2)));
        grey -= 60 * exp(-(pow((x - side * 0.16) / 0.09, 2) + pow((y + 0.17) / 0.02, 2)));
    }
    grey -= 40 * exp(-(pow(x / 0.05, 2) + pow((y - 0.09) / 0.03, 2)));
    double mouth_y = 0.24 - (is_happy ? 1.2 * x * x : 0);
    return grey - 70 * exp(-(pow(x / (is_happy ? 0.16 : 0.10), 4) + pow((y - mouth_y) / (is_happy ? 0.04 : 0.02), 2)));
}

static void draw_face(const struct face *face, float brightness, uint8_t pixels[NN_FACE_PX])
{
    const struct nn_similarity w = face->warp;
    double n = (double)w.a * (double)w.a + (double)w.b * (double)w.b;
    for (int i = 0; i < NN_FACE_PX; i++) {
        double u = (i % 48 + 0.5) / 48 - 0.5 - (double)w.tx, v = (i / 48 + 0.5) / 48 - 0.5 - (double)w.ty;
        double x = ((double)w.a * u + (double)w.b * v) / n, y = ((double)w.a * v - (double)w.b * u) / n;
        double grey = grey_at(x, y, face->is_happy) * (double)brightness + 30 * u;
        pixels[i] = (uint8_t)(grey < 0 ? 0 : grey > 255 ? 255 : grey);
    }
}

static struct face faces[N];
static uint8_t pixels[N][NN_FACE_PX];
static int faces_index[N];

static void make_faces(void)
{
    struct fb_rng rng;
    fb_rng_seed(&rng, 3);
    for (int i = 0; i < N; i++) {
        float angle = fb_rng_range(&rng, -0.15f, 0.15f), scale = fb_rng_range(&rng, 0.88f, 1.12f);
        faces[i].warp = (struct nn_similarity){cosf(angle) * scale, sinf(angle) * scale,
                                               fb_rng_range(&rng, -0.05f, 0.05f), fb_rng_range(&rng, -0.05f, 0.05f)};
        faces[i].is_happy = i % 2;
        faces_index[i] = i;
        draw_face(&faces[i], fb_rng_range(&rng, 0.5f, 1.1f), pixels[i]);
    }
}

/* Root mean square distance, in pixels, between where the fit and the truth put points of the face,
 * after the whole set's common displacement is taken out. */
static double misfit_px(const struct nn_face_alignment *alignment)
{
    double sum = 0;
    for (int corner = 0; corner < 3; corner++) {
        double x = (corner - 1) * 0.16, y = corner == 1 ? 0.09 : -0.08, du[N], dv[N], mu = 0, mv = 0;
        for (int i = 0; i < N; i++) {
            struct nn_similarity w = faces[i].warp, f = alignment ? alignment->warp[i] : (struct nn_similarity){1, 0, 0, 0};
            du[i] = ((double)f.a - (double)w.a) * x - ((double)f.b - (double)w.b) * y + (double)f.tx - (double)w.tx;
            dv[i] = ((double)f.b - (double)w.b) * x + ((double)f.a - (double)w.a) * y + (double)f.ty - (double)w.ty;
            mu += du[i] / N, mv += dv[i] / N;
        }
        for (int i = 0; i < N; i++)
            sum += (du[i] - mu) * (du[i] - mu) + (dv[i] - mv) * (dv[i] - mv);
    }
    return 48 * sqrt(sum / (3 * N));
}

static void alignment_undoes_known_displacements(void)
{
    struct nn_face_alignment *alignment;
    make_faces();
    if (!CHECK_MSG(nn_face_align((const uint8_t(*)[NN_FACE_PX])pixels, faces_index, N, NULL, &alignment) == FB_OK, "%s",
                   fb_error_text()))
        return;
    fprintf(stderr, "misfit %.2f px before, %.2f px after\n", misfit_px(NULL), misfit_px(alignment));
    CHECK(misfit_px(NULL) > 1.5);
    CHECK(misfit_px(alignment) < 0.1);
    struct nn_similarity mean = {0, 0, 0, 0};
    for (int i = 0; i < N; i++)
        mean.a += alignment->warp[i].a / N, mean.b += alignment->warp[i].b / N,
            mean.tx += alignment->warp[i].tx / N, mean.ty += alignment->warp[i].ty / N;
    CHECK_NEAR(mean.a, 1, 0.01); /* the faces as a whole stay where they were */
    CHECK(fabsf(mean.b) < 0.002f && fabsf(mean.tx) < 0.002f && fabsf(mean.ty) < 0.002f);
    for (int i = 0; i < N; i++)
        CHECK_MSG(alignment->likeness[i] > 0.75f && alignment->symmetry[i] > 0.85f, "face %d: %g, %g", i,
                  (double)alignment->likeness[i], (double)alignment->symmetry[i]);
    nn_face_alignment_destroy(&alignment);
}

static void threads_do_not_change_the_alignment(void)
{
    struct nn_face_alignment *a, *b;
    struct fb_pool *pool;
    make_faces();
    CHECK_INT(fb_pool_create(3, &pool), FB_OK);
    CHECK_INT(nn_face_align((const uint8_t(*)[NN_FACE_PX])pixels, faces_index, N, NULL, &a), FB_OK);
    CHECK_INT(nn_face_align((const uint8_t(*)[NN_FACE_PX])pixels, faces_index, N, pool, &b), FB_OK);
    CHECK(!memcmp(a->warp, b->warp, N * sizeof *a->warp));
    nn_face_alignment_destroy(&a);
    nn_face_alignment_destroy(&b);
    fb_pool_destroy(&pool);
}

/* A whole basis from the drawn faces: two expressions, no identities but light and noise. */
static void basis_separates_expressions(void)
{
    static struct nn_sample samples[N];
    struct nn_data data = {.n = N, .samples = samples, .pixels = pixels, .folder = "drawn"};
    make_faces();
    for (int i = 0; i < N; i++) {
        samples[i] = (struct nn_sample){.split = NN_SPLIT_TRAIN, .name = "x"};
        samples[i].votes[faces[i].is_happy ? FB_HAPPINESS : FB_NEUTRAL] = 10;
    }
    struct nn_face_basis_settings settings = nn_face_basis_default_settings();
    struct nn_face_basis_report report;
    struct fb_face_basis *basis;
    settings.n_components = 4;
    settings.keep = 0.9f;
    if (!CHECK_MSG(nn_face_basis_make(&data, &settings, &report, &basis) == FB_OK, "%s", fb_error_text()))
        return;
    int side = basis->side;
    const float *neutral = basis->means, *happy = basis->means + side * side;
    int mouth_corner = (int)(0.21 * side + side / 2.0) * side + (int)(0.12 * side + side / 2.0);
    int eye = (int)(-0.08 * side + side / 2.0) * side + (int)(0.16 * side + side / 2.0);
    int cheek = (int)(0.05 * side + side / 2.0) * side + (int)(0.2 * side + side / 2.0);
    CHECK(neutral[eye] < neutral[cheek] - 25 && happy[eye] < happy[cheek] - 25);
    CHECK(happy[mouth_corner] < neutral[mouth_corner] - 10);
    for (int y = 0; y < side; y++)
        CHECK_NEAR(neutral[y * side + 5], neutral[y * side + side - 6], 0.01);
    CHECK_INT(report.n_aligned, N);
    CHECK(report.n_kept >= 100 && report.n_kept < N);
    CHECK_INT(report.n_mean[FB_NEUTRAL] + report.n_mean[FB_HAPPINESS], report.n_kept);
    fb_face_basis_destroy(&basis);
}

static struct fb_face_basis *made_up_basis(void)
{
    struct fb_face_basis *basis;
    struct fb_rng rng;
    fb_rng_seed(&rng, 1);
    if (!CHECK_INT(fb_face_basis_create(16, 3, &basis), FB_OK))
        return NULL;
    basis->n_images = 77;
    for (int i = 0; i < 11 * 256; i++)
        basis->means[i] = fb_rng_range(&rng, -50, 200);
    memset(basis->means + 256, 0, 256 * sizeof(float)); /* a flat map */
    return basis;
}

static void file_keeps_its_values(void)
{
    struct fb_face_basis *a = made_up_basis(), *b = NULL;
    folder_make();
    CHECK_INT(fb_face_basis_write(folder_path("a.fbb"), a), FB_OK);
    if (CHECK_MSG(fb_face_basis_read(folder_path("a.fbb"), &b) == FB_OK, "%s", fb_error_text())) {
        CHECK_INT(b->side, 16);
        CHECK_INT(b->n_components, 3);
        CHECK_INT(b->n_images, 77);
        for (int i = 0; i < 11 * 256; i++)
            CHECK_NEAR(a->means[i], b->means[i], 250.0 / 255 / 2 + 1e-3);
        CHECK_NEAR(b->components[5], b->means[8 * 256 + 5], 0);
    }
    fb_face_basis_destroy(&a);
    fb_face_basis_destroy(&b);
    CHECK_INT(fb_face_basis_write("/nonexistent/a.fbb", (a = made_up_basis())), FB_ERR_IO);
    fb_face_basis_destroy(&a);
    folder_remove();
}

static void damaged_files_are_refused(void)
{
    static unsigned char bytes[8192];
    struct fb_face_basis *basis = made_up_basis();
    folder_make();
    CHECK_INT(fb_face_basis_write(folder_path("a.fbb"), basis), FB_OK);
    fb_face_basis_destroy(&basis);
    FILE *file = fopen(folder_path("a.fbb"), "rb");
    size_t n = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (file)
        fclose(file);
    CHECK_INT(n, 20 + 11 * (8 + 256));
    for (size_t cut = 0; cut < n; cut += 101) {
        CHECK_INT(truncate(folder_path("a.fbb"), (off_t)(n - 1 - cut)), 0);
        CHECK_INT(fb_face_basis_read(folder_path("a.fbb"), &basis), FB_ERR_INPUT);
        CHECK(basis == NULL);
    }
    static const struct {
        size_t at;
        unsigned char byte;
    } changes[] = {{0, 'X'}, {8, 200}, {10, 1}, {12, 4}, {15, 255}, {23, 0x7f}, {27, 0x7f}, {27, 0xff}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        unsigned char kept = bytes[changes[i].at];
        bytes[changes[i].at] = changes[i].byte;
        file = fopen(folder_path("a.fbb"), "wb");
        CHECK(file && fwrite(bytes, 1, n, file) == n);
        if (file)
            fclose(file);
        CHECK_MSG(fb_face_basis_read(folder_path("a.fbb"), &basis) == FB_ERR_INPUT, "byte %zu", changes[i].at);
        bytes[changes[i].at] = kept;
    }
    CHECK_INT(fb_face_basis_read(folder_path("none.fbb"), &basis), FB_ERR_INPUT);
    folder_remove();
}

static void the_shipped_basis_is_whole(void)
{
    const char *root = getenv("FELTBOARD_SOURCE_ROOT");
    char path[1024];
    struct fb_face_basis *basis;
    snprintf(path, sizeof path, "%s/assets/faces.fbb", root ? root : ".");
    if (!CHECK_MSG(fb_face_basis_read(path, &basis) == FB_OK, "%s", fb_error_text()))
        return;
    CHECK(basis->n_images > 5000);
    CHECK(basis->n_components >= 20);
    int side = basis->side;
    double energy[2] = {0, 0};
    for (int i = 0; i < side * side; i++) {
        energy[0] += pow((double)basis->components[i], 2);
        energy[1] += pow((double)basis->components[(basis->n_components - 1) * side * side + i], 2);
        CHECK(basis->means[i] >= 0 && basis->means[i] <= 255);
    }
    CHECK(energy[0] > 5 * energy[1]);
    fb_face_basis_destroy(&basis);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"alignment undoes known displacements", alignment_undoes_known_displacements},
        {"threads do not change the alignment", threads_do_not_change_the_alignment},
        {"basis separates expressions", basis_separates_expressions},
        {"file keeps its values", file_keeps_its_values},
        {"damaged files are refused", damaged_files_are_refused},
        {"the shipped basis is whole", the_shipped_basis_is_whole},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}

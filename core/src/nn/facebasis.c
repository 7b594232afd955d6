/* See nn/facebasis.h.
 *
 * A mean over the pictures with 7+ votes would rest on some 30 faces for disgust and contempt, and
 * look like them. Instead each crop is taken as a mixture of the eight means by its votes, and the
 * means are the least-squares solution over all kept crops, in which a picture with three votes for
 * contempt speaks too. Means are mirror-symmetric; identities are not, each crop counts with its
 * mirror image. */
#include "nn/facebasis.h"

#include "base/clock.h"
#include "nn/facealign.h"
#include "nn/pca.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define K FB_EXPRESSION_COUNT
#define MIN_FACES 50
#define CLEAR_VOTES 7
#define CALM_SHARE 0.6f /* neutral votes of a face that counts for the identities */
/* Of the maps in grey levels: what FER+'s crops have on average under the face's mask. */
#define GREY_LEVEL 132.0f
#define GREY_DEVIATION 52.0f

struct making {
    const struct nn_data *data;
    const struct nn_selection *selection;
    const struct nn_face_alignment *alignment;
    int side, n_px, n; /* n kept crops */
    int *kept;         /* (n) into selection and alignment */
    float *faces;      /* (2 n, n_px) crops, then their mirror images */
    double *means;     /* (K, n_px) */
};

struct nn_face_basis_settings nn_face_basis_default_settings(void)
{
    return (struct nn_face_basis_settings){.side = 64, .n_components = 40, .keep = 0.35f, .seed = 1};
}

/* ---- which crops ----------------------------------------------------------------------------- */

static float score(const struct nn_face_alignment *alignment, int i)
{
    return alignment->likeness[i] + 0.5f * alignment->symmetry[i];
}

static int descending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

/* The score the best `keep` of an expression's crops reach: per expression, so that a surprised
 * face does not lose to neutral ones for being unlike the common mean. */
static int find_threshold(const struct making *making, int expression, float keep, float *threshold)
{
    const struct nn_selection *selection = making->selection;
    int n = 0;
    float *scores = malloc((size_t)selection->n * sizeof *scores);
    if (!scores)
        return fb_fail_nomem("face scores", (size_t)selection->n * sizeof *scores);
    for (int i = 0; i < selection->n; i++) {
        if (selection->label[i] == expression)
            scores[n++] = score(making->alignment, i);
    }
    qsort(scores, (size_t)n, sizeof *scores, descending);
    int last = (int)(keep * (float)n);
    *threshold = n ? scores[last < n ? last : n - 1] : 0.0f;
    free(scores);
    return FB_OK;
}

static int keep_best(struct making *making, float keep)
{
    const struct nn_selection *selection = making->selection;
    float thresholds[K];
    making->kept = malloc((size_t)selection->n * sizeof *making->kept);
    if (!making->kept)
        return fb_fail_nomem("kept faces", (size_t)selection->n * sizeof *making->kept);
    for (int e = 0; e < K; e++) {
        int status = find_threshold(making, e, keep, &thresholds[e]);
        if (status < 0)
            return status;
    }
    for (int i = 0; i < selection->n; i++) {
        if (score(making->alignment, i) >= thresholds[selection->label[i]])
            making->kept[making->n++] = i;
    }
    if (making->n < MIN_FACES)
        return fb_fail(FB_ERR_INPUT, "%s: %d usable training faces; a basis takes at least %d",
                       making->data->folder, making->n, MIN_FACES);
    return FB_OK;
}

static int sample_faces(struct making *making)
{
    size_t n_px = (size_t)making->n_px, n = (size_t)making->n;
    making->faces = malloc(2 * n * n_px * sizeof *making->faces);
    if (!making->faces)
        return fb_fail_nomem("aligned faces", 2 * n * n_px * sizeof *making->faces);
    for (size_t i = 0; i < n; i++) {
        int from = making->kept[i], side = making->side;
        float *face = making->faces + i * n_px, *mirrored = making->faces + (n + i) * n_px;
        nn_face_sample(making->data->pixels[making->selection->index[from]],
                       &making->alignment->warp[from], side, face);
        for (int px = 0; px < making->n_px; px++)
            mirrored[px] = face[px / side * side + side - 1 - px % side];
    }
    return FB_OK;
}

/* ---- means ----------------------------------------------------------------------------------- */

/* normal * means = right, in place, for all columns; expressions nobody shows keep a zero row. */
static void solve(double normal[K][K], double *right, int n_px)
{
    for (int k = 0; k < K; k++) {
        if (normal[k][k] < 1e-9)
            continue;
        double scale = 1.0 / normal[k][k];
        for (int j = 0; j < K; j++)
            normal[k][j] *= scale;
        for (int px = 0; px < n_px; px++)
            right[k * n_px + px] *= scale;
        for (int i = 0; i < K; i++) {
            double factor = i == k ? 0.0 : normal[i][k];
            for (int j = 0; factor != 0.0 && j < K; j++)
                normal[i][j] -= factor * normal[k][j];
            for (int px = 0; factor != 0.0 && px < n_px; px++)
                right[i * n_px + px] -= factor * right[k * n_px + px];
        }
    }
}

static int solve_means(struct making *making)
{
    double normal[K][K] = {{0}};
    int n_px = making->n_px;
    making->means = calloc((size_t)(K * n_px), sizeof *making->means);
    if (!making->means)
        return fb_fail_nomem("mean faces", (size_t)(K * n_px) * sizeof *making->means);
    for (int i = 0; i < 2 * making->n; i++) { /* with the mirror images: means become symmetric */
        const float *target = making->selection->target[making->kept[i % making->n]];
        const float *face = making->faces + (size_t)i * (size_t)n_px;
        for (int e = 0; e < K; e++) {
            if (target[e] == 0.0f)
                continue;
            for (int f = 0; f < K; f++)
                normal[e][f] += (double)target[e] * (double)target[f];
            for (int px = 0; px < n_px; px++)
                making->means[e * n_px + px] += (double)target[e] * (double)face[px];
        }
    }
    solve(normal, making->means, n_px);
    return FB_OK;
}

/* ---- identities ------------------------------------------------------------------------------ */

/* What is left of the calm faces without their expression, fading out beside the face, to the front
 * of faces; returns their number. Open mouths and bared teeth vary so much within an expression that
 * they would become "identity". */
static int take_out_expression(struct making *making, const float *mask)
{
    int n_px = making->n_px, n_calm = 0;
    for (int i = 0; i < 2 * making->n; i++) {
        const float *target = making->selection->target[making->kept[i % making->n]];
        const float *face = making->faces + (size_t)i * (size_t)n_px;
        float *out = making->faces + (size_t)n_calm * (size_t)n_px;
        if (target[FB_NEUTRAL] < CALM_SHARE)
            continue;
        for (int px = 0; px < n_px; px++) {
            double expected = 0.0;
            for (int e = 0; e < K; e++)
                expected += (double)target[e] * making->means[e * n_px + px];
            out[px] = mask[px] * (float)((double)face[px] - expected);
        }
        n_calm++;
    }
    return n_calm;
}

static void copy_out(const struct making *making, const struct nn_pca *pca, struct fb_face_basis *basis)
{
    int n_px = making->n_px;
    for (int i = 0; i < K * n_px; i++)
        basis->means[i] = fminf(fmaxf(GREY_LEVEL + GREY_DEVIATION * (float)making->means[i], 0.0f), 255.0f);
    for (int k = 0; k < pca->k; k++)
        for (int px = 0; px < n_px; px++)
            basis->components[k * n_px + px] =
                GREY_DEVIATION * pca->deviation[k] * pca->components[k * n_px + px];
    basis->n_images = making->n;
}

static int find_components(struct making *making, const struct nn_face_basis_settings *settings,
                           float *explained, struct fb_face_basis **out)
{
    float mask[FB_FACE_BASIS_MAX_SIDE * FB_FACE_BASIS_MAX_SIDE];
    struct nn_pca *pca = NULL;
    nn_face_mask(making->side, mask);
    int n_calm = take_out_expression(making, mask);
    int status = nn_pca_fit(making->faces, n_calm, making->n_px, settings->n_components,
                            settings->seed, &pca);
    if (status == FB_OK)
        status = fb_face_basis_create(making->side, settings->n_components, out);
    if (status == FB_OK) {
        double sum = 0.0;
        for (int k = 0; k < pca->k; k++)
            sum += (double)pca->deviation[k] * (double)pca->deviation[k];
        *explained = (float)(sum / pca->variance);
        copy_out(making, pca, *out);
    }
    nn_pca_destroy(&pca);
    return status;
}

/* ---- all together ---------------------------------------------------------------------------- */

static int check_settings(const struct nn_face_basis_settings *settings)
{
    if (settings->side < 16 || settings->side > FB_FACE_BASIS_MAX_SIDE)
        return fb_fail(FB_ERR_USAGE, "side %d is outside 16..%d", settings->side, FB_FACE_BASIS_MAX_SIDE);
    if (settings->n_components < 1 || settings->n_components > 200)
        return fb_fail(FB_ERR_USAGE, "%d components; 1..200 are possible", settings->n_components);
    if (!(settings->keep >= 0.05f && settings->keep <= 1.0f))
        return fb_fail(FB_ERR_USAGE, "keep %g is outside 0.05..1", (double)settings->keep);
    return FB_OK;
}

static void fill_report(const struct making *making, struct nn_face_basis_report *report)
{
    report->n_aligned = making->selection->n;
    report->n_kept = making->n;
    for (int i = 0; i < making->n; i++) {
        int from = making->kept[i], label = making->selection->label[from];
        const struct nn_sample *sample = &making->data->samples[making->selection->index[from]];
        report->n_mean[label] += sample->votes[label] >= CLEAR_VOTES;
    }
}

static int make(const struct nn_data *data, const struct nn_face_basis_settings *settings,
                struct nn_face_basis_report *report, struct fb_face_basis **out)
{
    struct nn_select_settings select = nn_select_default_settings();
    struct nn_selection *selection = NULL;
    struct nn_face_alignment *alignment = NULL;
    struct making making = {.data = data, .side = settings->side,
                            .n_px = settings->side * settings->side};
    select.is_without_duplicates = true;
    int status = nn_data_select(data, &select, &selection);
    if (status == FB_OK)
        status = nn_face_align((const uint8_t(*)[NN_FACE_PX])data->pixels, selection->index, selection->n, settings->pool,
                               &alignment);
    making.selection = selection;
    making.alignment = alignment;
    if (status == FB_OK)
        status = keep_best(&making, settings->keep);
    if (status == FB_OK)
        fill_report(&making, report);
    if (status == FB_OK)
        status = sample_faces(&making);
    if (status == FB_OK)
        status = solve_means(&making);
    if (status == FB_OK)
        status = find_components(&making, settings, &report->explained, out);
    free(making.kept);
    free(making.faces);
    free(making.means);
    nn_face_alignment_destroy(&alignment);
    nn_selection_destroy(&selection);
    return status;
}

int nn_face_basis_make(const struct nn_data *data, const struct nn_face_basis_settings *settings,
                       struct nn_face_basis_report *report, struct fb_face_basis **out)
{
    int64_t started_ns = fb_clock_now_ns();
    struct nn_face_basis_report unused;
    report = report ? report : &unused;
    *report = (struct nn_face_basis_report){0};
    *out = NULL;
    int status = check_settings(settings);
    if (status == FB_OK)
        status = make(data, settings, report, out);
    report->seconds = (double)(fb_clock_now_ns() - started_ns) / (double)FB_NS_PER_S;
    return status;
}

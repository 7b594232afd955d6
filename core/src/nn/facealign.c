/* See nn/facealign.h. */
#include "nn/facealign.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIDE NN_FACE_SIDE
#define N_PX NN_FACE_PX
#define N_FIT 8      /* four warp parameters, gain, and a plane of three */
#define N_ROUNDS 8   /* of the common mean */
#define N_STEPS 4    /* of each crop within a round */
#define CHUNK 128
#define MAX_SCALE 1.45f
#define MIN_SCALE 0.70f
#define MAX_SHIFT 0.22f

struct aligning {
    const uint8_t (*pixels)[N_PX];
    const int *index;
    struct nn_face_alignment *alignment;
    float mean[N_PX];           /* the common mean, mirror-symmetric */
    float weight[N_PX];         /* eyes and nose */
    float basis[N_FIT][N_PX];   /* d mean / d warp, the mean, 1, x, y */
    double inverse[N_FIT][N_FIT];
};

/* Centre of pixel i on the canvas, -0.5..0.5. */
static float place(int i, int side)
{
    return ((float)i + 0.5f) / (float)side - 0.5f;
}

void nn_face_mask(int side, float *mask)
{
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            float u = place(x, side) / 0.50f, v = (place(y, side) - 0.01f) / 0.56f;
            float r = sqrtf(u * u + v * v);
            float t = fminf(fmaxf((1.0f - r) / 0.30f, 0.0f), 1.0f);
            mask[y * side + x] = t * t * (3.0f - 2.0f * t);
        }
}

/* Where the fit looks: a soft box round eyes, brows and nose; the mouth at a third. */
static void make_weight(float weight[N_PX])
{
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            float u = place(x, SIDE) / 0.40f, v = (place(y, SIDE) + 0.06f) / 0.30f;
            float w = expf(-0.5f * (u * u * u * u + v * v * v * v));
            weight[y * SIDE + x] = w + 0.05f;
        }
}

/* ---- sampling -------------------------------------------------------------------------------- */

static int clamp_index(int i)
{
    return i < 0 ? 0 : i >= SIDE ? SIDE - 1 : i;
}

/* floor without a call; |value| stays far below 1024 for plausible warps. */
static int floor_index(float value)
{
    return (int)(value + 1024.0f) - 1024;
}

static void cubic_weights(float t, float w[4])
{
    float t2 = t * t, t3 = t2 * t;
    w[0] = 0.5f * (-t3 + 2.0f * t2 - t);
    w[1] = 0.5f * (3.0f * t3 - 5.0f * t2 + 2.0f);
    w[2] = 0.5f * (-3.0f * t3 + 4.0f * t2 + t);
    w[3] = 0.5f * (t3 - t2);
}

static float sample_cubic(const uint8_t pixels[N_PX], float u, float v)
{
    float fu = floorf(u), fv = floorf(v), wu[4], wv[4], sum = 0.0f;
    cubic_weights(u - fu, wu);
    cubic_weights(v - fv, wv);
    for (int j = 0; j < 4; j++) {
        const uint8_t *row = pixels + clamp_index((int)fv + j - 1) * SIDE;
        float line = 0.0f;
        for (int i = 0; i < 4; i++)
            line += wu[i] * (float)row[clamp_index((int)fu + i - 1)];
        sum += wv[j] * line;
    }
    return sum;
}

static float sample_linear(const uint8_t pixels[N_PX], float u, float v)
{
    int iu = floor_index(u), iv = floor_index(v);
    float tu = u - (float)iu, tv = v - (float)iv;
    int x0 = clamp_index(iu), x1 = clamp_index(iu + 1);
    const uint8_t *row0 = pixels + clamp_index(iv) * SIDE;
    const uint8_t *row1 = pixels + clamp_index(iv + 1) * SIDE;
    float top = (float)row0[x0] + tu * (float)(row0[x1] - row0[x0]);
    float bottom = (float)row1[x0] + tu * (float)(row1[x1] - row1[x0]);
    return top + tv * (bottom - top);
}

typedef float sampler(const uint8_t pixels[N_PX], float u, float v);

static void sample_crop(const uint8_t pixels[N_PX], const struct nn_similarity *warp, int side,
                        sampler *sample, float *out)
{
    for (int j = 0; j < side; j++)
        for (int i = 0; i < side; i++) {
            float x = place(i, side), y = place(j, side);
            float u = (warp->a * x - warp->b * y + warp->tx + 0.5f) * SIDE - 0.5f;
            float v = (warp->b * x + warp->a * y + warp->ty + 0.5f) * SIDE - 0.5f;
            out[j * side + i] = sample(pixels, u, v);
        }
}

/* Takes out the weighted least-squares plane and brings the weighted deviation to 1. The weights
 * are symmetric about x = 0, so that x is orthogonal to 1 and y. */
static void take_out_light(float *face, const float *weight, int side)
{
    double w = 0, wy = 0, wyy = 0, wxx = 0, wf = 0, wfx = 0, wfy = 0, sum = 0;
    for (int i = 0; i < side * side; i++) {
        double x = (double)place(i % side, side), y = (double)place(i / side, side);
        double k = (double)weight[i], f = (double)face[i];
        w += k, wy += k * y, wyy += k * y * y, wxx += k * x * x;
        wf += k * f, wfx += k * f * x, wfy += k * f * y;
    }
    double slope_x = wfx / wxx, slope_y = (wfy - wf * wy / w) / (wyy - wy * wy / w);
    double level = (wf - slope_y * wy) / w;
    for (int i = 0; i < side * side; i++) {
        face[i] -= (float)(level + slope_x * (double)place(i % side, side) +
                           slope_y * (double)place(i / side, side));
        sum += (double)weight[i] * (double)face[i] * (double)face[i];
    }
    float gain = (float)(1.0 / sqrt(fmax(sum / w, 1.0)));
    for (int i = 0; i < side * side; i++)
        face[i] *= gain;
}

void nn_face_sample(const uint8_t pixels[NN_FACE_PX], const struct nn_similarity *warp, int side,
                    float *out)
{
    float mask[128 * 128];
    nn_face_mask(side, mask);
    sample_crop(pixels, warp, side, sample_cubic, out);
    take_out_light(out, mask, side);
}

/* ---- fitting one crop ------------------------------------------------------------------------ */

static bool invert(double a[N_FIT][N_FIT], double inverse[N_FIT][N_FIT])
{
    for (int i = 0; i < N_FIT; i++)
        for (int j = 0; j < N_FIT; j++)
            inverse[i][j] = i == j;
    for (int k = 0; k < N_FIT; k++) { /* Gauss-Jordan; a is positive definite: no pivoting needed */
        if (!(a[k][k] > 1e-12))
            return false;
        double scale = 1.0 / a[k][k];
        for (int j = 0; j < N_FIT; j++)
            a[k][j] *= scale, inverse[k][j] *= scale;
        for (int i = 0; i < N_FIT; i++) {
            double factor = a[i][k];
            if (i == k)
                continue;
            for (int j = 0; j < N_FIT; j++)
                a[i][j] -= factor * a[k][j], inverse[i][j] -= factor * inverse[k][j];
        }
    }
    return true;
}

static void prepare_fit(struct aligning *aligning)
{
    const float *mean = aligning->mean;
    for (int i = 0; i < N_PX; i++) {
        int x = i % SIDE, y = i / SIDE;
        float gx = (mean[y * SIDE + clamp_index(x + 1)] - mean[y * SIDE + clamp_index(x - 1)]) * (SIDE / 2.0f);
        float gy = (mean[clamp_index(y + 1) * SIDE + x] - mean[clamp_index(y - 1) * SIDE + x]) * (SIDE / 2.0f);
        float px = place(x, SIDE), py = place(y, SIDE);
        float values[N_FIT] = {gx * px + gy * py, gy * px - gx * py, gx, gy, mean[i], 1.0f, px, py};
        for (int k = 0; k < N_FIT; k++)
            aligning->basis[k][i] = values[k];
    }
    double normal[N_FIT][N_FIT];
    for (int p = 0; p < N_FIT; p++)
        for (int q = 0; q < N_FIT; q++) {
            normal[p][q] = p == q ? 1e-9 : 0.0;
            for (int i = 0; i < N_PX; i++)
                normal[p][q] += (double)aligning->weight[i] * (double)aligning->basis[p][i] *
                                (double)aligning->basis[q][i];
        }
    if (!invert(normal, aligning->inverse))
        memset(aligning->inverse, 0, sizeof aligning->inverse); /* a flat mean: no steps */
}

/* w o inverse(d), both similarities. */
static struct nn_similarity compose_inverse(struct nn_similarity w, struct nn_similarity d)
{
    float n = d.a * d.a + d.b * d.b;
    float a = (w.a * d.a + w.b * d.b) / n, b = (w.b * d.a - w.a * d.b) / n;
    return (struct nn_similarity){a, b, w.tx - (a * d.tx - b * d.ty), w.ty - (b * d.tx + a * d.ty)};
}

static bool is_plausible(struct nn_similarity w)
{
    float scale = hypotf(w.a, w.b);
    return scale > MIN_SCALE && scale < MAX_SCALE && fabsf(w.b) < 0.5f * scale &&
           fabsf(w.tx) < MAX_SHIFT && fabsf(w.ty) < MAX_SHIFT;
}

/* face = gain * mean(moved by d) + plane, linear in (gain * d, gain, plane). */
static void step_crop(const struct aligning *aligning, int i)
{
    float face[N_PX];
    struct nn_similarity *warp = &aligning->alignment->warp[i];
    sample_crop(aligning->pixels[aligning->index[i]], warp, SIDE, sample_linear, face);
    double right[N_FIT] = {0}, fit[N_FIT] = {0};
    for (int px = 0; px < N_PX; px++)
        face[px] *= aligning->weight[px];
    for (int k = 0; k < N_FIT; k++)
        right[k] = (double)cblas_sdot(N_PX, aligning->basis[k], 1, face, 1);
    for (int k = 0; k < N_FIT; k++)
        for (int j = 0; j < N_FIT; j++)
            fit[k] += aligning->inverse[k][j] * right[j];
    double gain = fit[4];
    if (gain < 1.0) /* grey levels: no likeness to speak of */
        return;
    struct nn_similarity d = {(float)(1.0 + fit[0] / gain), (float)(fit[1] / gain),
                              (float)(fit[2] / gain), (float)(fit[3] / gain)};
    if (!is_plausible(d))
        return;
    struct nn_similarity next = compose_inverse(*warp, d);
    if (is_plausible(next))
        *warp = next;
}

static void step_chunk(void *user, int item, int worker)
{
    (void)worker;
    struct aligning *aligning = user;
    int n = aligning->alignment->n, end = (item + 1) * CHUNK < n ? (item + 1) * CHUNK : n;
    for (int i = item * CHUNK; i < end; i++)
        for (int step = 0; step < N_STEPS; step++)
            step_crop(aligning, i);
}

/* ---- the common mean ------------------------------------------------------------------------- */

/* The crops may drift together (all grow, all move): the average warp is brought back to none. */
static void take_out_drift(struct nn_face_alignment *alignment)
{
    double a = 0, b = 0, tx = 0, ty = 0;
    for (int i = 0; i < alignment->n; i++) {
        a += (double)alignment->warp[i].a, b += (double)alignment->warp[i].b;
        tx += (double)alignment->warp[i].tx, ty += (double)alignment->warp[i].ty;
    }
    struct nn_similarity mean = {(float)(a / alignment->n), (float)(b / alignment->n),
                                 (float)(tx / alignment->n), (float)(ty / alignment->n)};
    for (int i = 0; i < alignment->n; i++)
        alignment->warp[i] = compose_inverse(alignment->warp[i], mean);
}

static void update_mean(struct aligning *aligning)
{
    float face[N_PX];
    double *sum = (double[N_PX]){0};
    for (int i = 0; i < aligning->alignment->n; i++) {
        sample_crop(aligning->pixels[aligning->index[i]], &aligning->alignment->warp[i], SIDE,
                    sample_linear, face);
        take_out_light(face, aligning->weight, SIDE);
        for (int px = 0; px < N_PX; px++)
            sum[px] += (double)face[px];
    }
    for (int i = 0; i < N_PX; i++) {
        int mirrored = i / SIDE * SIDE + SIDE - 1 - i % SIDE;
        aligning->mean[i] = (float)((sum[i] + sum[mirrored]) / (2.0 * aligning->alignment->n));
    }
    prepare_fit(aligning);
}

static float correlation(const float *a, const float *b, const float *weight)
{
    double ab = 0, aa = 0, bb = 0; /* both already without level under (nearly) these weights */
    for (int i = 0; i < N_PX; i++) {
        ab += (double)weight[i] * (double)a[i] * (double)b[i];
        aa += (double)weight[i] * (double)a[i] * (double)a[i];
        bb += (double)weight[i] * (double)b[i] * (double)b[i];
    }
    return aa > 0 && bb > 0 ? (float)(ab / sqrt(aa * bb)) : 0.0f;
}

static void judge_chunk(void *user, int item, int worker)
{
    (void)worker;
    struct aligning *aligning = user;
    struct nn_face_alignment *alignment = aligning->alignment;
    int end = (item + 1) * CHUNK < alignment->n ? (item + 1) * CHUNK : alignment->n;
    float mask[N_PX], face[N_PX], mirrored[N_PX];
    nn_face_mask(SIDE, mask);
    for (int i = item * CHUNK; i < end; i++) {
        sample_crop(aligning->pixels[aligning->index[i]], &alignment->warp[i], SIDE, sample_linear,
                    face);
        take_out_light(face, mask, SIDE);
        for (int px = 0; px < N_PX; px++)
            mirrored[px] = face[px / SIDE * SIDE + SIDE - 1 - px % SIDE];
        alignment->likeness[i] = correlation(face, aligning->mean, mask);
        alignment->symmetry[i] = correlation(face, mirrored, mask);
    }
}

static int alignment_create(int n, struct nn_face_alignment **out)
{
    struct nn_face_alignment *alignment = calloc(1, sizeof *alignment);
    *out = alignment;
    if (!alignment)
        return fb_fail_nomem("face alignment", sizeof *alignment);
    alignment->n = n;
    alignment->warp = calloc((size_t)n, sizeof *alignment->warp);
    alignment->likeness = calloc((size_t)n, sizeof *alignment->likeness);
    alignment->symmetry = calloc((size_t)n, sizeof *alignment->symmetry);
    if (!alignment->warp || !alignment->likeness || !alignment->symmetry) {
        nn_face_alignment_destroy(out);
        return fb_fail_nomem("face alignment", (size_t)n * sizeof *alignment->warp);
    }
    for (int i = 0; i < n; i++)
        alignment->warp[i].a = 1.0f;
    return FB_OK;
}

int nn_face_align(const uint8_t (*pixels)[NN_FACE_PX], const int *index, int n,
                  struct fb_pool *pool, struct nn_face_alignment **out)
{
    *out = NULL;
    if (n < 2)
        return fb_fail(FB_ERR_USAGE, "%d faces cannot be aligned to one another; give at least 2", n);
    struct aligning *aligning = malloc(sizeof *aligning);
    if (!aligning)
        return fb_fail_nomem("face alignment", sizeof *aligning);
    int status = alignment_create(n, out), n_chunks = (n + CHUNK - 1) / CHUNK;
    if (status == FB_OK) {
        aligning->pixels = pixels;
        aligning->index = index;
        aligning->alignment = *out;
        make_weight(aligning->weight);
        update_mean(aligning);
        for (int round = 0; round < N_ROUNDS; round++) {
            fb_pool_run(pool, n_chunks, step_chunk, aligning);
            take_out_drift(*out);
            update_mean(aligning);
        }
        fb_pool_run(pool, n_chunks, judge_chunk, aligning);
    }
    free(aligning);
    return status;
}

void nn_face_alignment_destroy(struct nn_face_alignment **alignment)
{
    if (!*alignment)
        return;
    free((*alignment)->warp);
    free((*alignment)->likeness);
    free((*alignment)->symmetry);
    free(*alignment);
    *alignment = NULL;
}

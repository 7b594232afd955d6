/* See face.h. A quadratic surface fitted along the rim of the face is subtracted from every map
 * (fitting is linear, so that it may be done map by map): detail is then near 0 along the rim. */
#include "face.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_TERMS = 6 };

/* The identity is drawn at this share of the spread: enough to tell people apart, and no grimaces.
 */
#define IDENTITY_SHARE 0.45f
/* An uneven component is mostly a turned head or light from the side. */
#define SHARPEN 1.2f
/* The drawn lines carry part of the contrast. */
#define TEXTURE_SHARE 0.8f
/* Dark patches are held back (d / (1 + 0.3 d)): lines.h draws what must be dark. */
#define DARK_LIMIT 0.3f
#define EVEN_SHARE 0.75f

/* Expressions are means over many faces, and so weaker than any one face's. */
static const float expression_gain[] = {1.0f, 1.0f, 1.1f, 1.4f, 1.4f, 1.0f, 1.2f, 1.2f};
_Static_assert(sizeof expression_gain / sizeof *expression_gain == FB_EXPRESSION_COUNT,
               "a gain for each expression");

static float rim_distance(float x, float y) /* 1 on the rim */
{
    float u = fabsf(x) / 0.40f, v = fabsf(y - 0.03f) / 0.48f;
    return powf(powf(u, 2.5f) + powf(v, 2.5f), 0.4f);
}

float demo_face_mask(float x, float y)
{
    float t = (1.02f - rim_distance(x, y)) / 0.22f;
    t = fminf(fmaxf(t, 0.0f), 1.0f);
    return t * t * (3.0f - 2.0f * t);
}

static float coordinate(int i, int side)
{
    return ((float)i + 0.5f) / (float)side - 0.5f;
}

static void terms_at(float x, float y, double terms[N_TERMS])
{
    double t[N_TERMS] = {1.0, x, y, (double)x * x, (double)x * y, (double)y * y};
    memcpy(terms, t, sizeof t);
}

/* Gauss elimination of a symmetric positive system, in place. */
static void solve(double a[N_TERMS][N_TERMS], double b[N_TERMS])
{
    for (int k = 0; k < N_TERMS; k++) {
        for (int i = k + 1; i < N_TERMS; i++) {
            double f = a[i][k] / a[k][k];
            for (int j = k; j < N_TERMS; j++)
                a[i][j] -= f * a[k][j];
            b[i] -= f * b[k];
        }
    }
    for (int k = N_TERMS - 1; k >= 0; k--) {
        for (int j = k + 1; j < N_TERMS; j++)
            b[k] -= a[k][j] * b[j];
        b[k] /= a[k][k];
    }
}

static void fit_rim(const float *map, int side, double out[N_TERMS])
{
    double a[N_TERMS][N_TERMS] = {{0}}, terms[N_TERMS];
    memset(out, 0, N_TERMS * sizeof *out);
    for (int i = 0; i < side * side; i++) {
        float x = coordinate(i % side, side), y = coordinate(i / side, side);
        float off = (rim_distance(x, y) - 0.86f) / 0.08f;
        double weight = exp(-0.5 * (double)(off * off));
        terms_at(x, y, terms);
        for (int r = 0; r < N_TERMS; r++) {
            for (int c = 0; c < N_TERMS; c++)
                a[r][c] += weight * terms[r] * terms[c];
            out[r] += weight * terms[r] * (double)map[i];
        }
    }
    solve(a, out);
}

static void subtract_surface(float *map, int side)
{
    double fit[N_TERMS], terms[N_TERMS];
    fit_rim(map, side, fit);
    for (int i = 0; i < side * side; i++) {
        terms_at(coordinate(i % side, side), coordinate(i / side, side), terms);
        double surface = 0.0;
        for (int k = 0; k < N_TERMS; k++)
            surface += fit[k] * terms[k];
        map[i] -= (float)surface;
    }
}

static void even_out(float *map, int side, float share)
{
    for (int y = 0; y < side; y++) {
        for (int x = 0; x < side / 2; x++) {
            float *left = &map[y * side + x], *right = &map[y * side + side - 1 - x];
            float mean = 0.5f * (*left + *right);
            *left += share * (mean - *left);
            *right += share * (mean - *right);
        }
    }
}

/* 3x3 binomial average of map to out; edges repeated. */
static void soften(const float *map, float *out, int side)
{
    static const float weights[3] = {0.25f, 0.5f, 0.25f};
    for (int i = 0; i < side * side; i++) {
        float sum = 0.0f;
        for (int k = 0; k < 9; k++) {
            int x = i % side + k % 3 - 1, y = i / side + k / 3 - 1;
            x = x < 0 ? 0 : x >= side ? side - 1 : x;
            y = y < 0 ? 0 : y >= side ? side - 1 : y;
            sum += weights[k % 3] * weights[k / 3] * map[y * side + x];
        }
        out[i] = sum;
    }
}

/* Means of many faces are soft: add what a soft focus took away. */
static void sharpen(float *map, float *scratch, int side, float amount)
{
    float *once = scratch, *twice = scratch + side * side;
    soften(map, once, side);
    soften(once, twice, side);
    soften(twice, once, side);
    for (int i = 0; i < side * side; i++)
        map[i] += amount * (map[i] - once[i]);
}

/* Takes out a share of the broad patches of light and shade, which look like dirt on clean skin. */
static void flatten(float *map, float *scratch, int side, float share)
{
    float *once = scratch, *twice = scratch + side * side;
    int n_passes = side * side / 200; /* twice two passes: sigma 4.5 px of 64 */
    memcpy(twice, map, (size_t)(side * side) * sizeof *map);
    for (int i = 0; i < n_passes; i++) {
        soften(twice, once, side);
        soften(once, twice, side);
    }
    for (int i = 0; i < side * side; i++)
        map[i] -= share * twice[i];
}

static float deviation_within(const float *map, int side)
{
    double sum = 0.0, weights = 1e-9;
    for (int i = 0; i < side * side; i++) {
        float weight = demo_face_mask(coordinate(i % side, side), coordinate(i / side, side));
        sum += (double)(weight * map[i] * map[i]);
        weights += (double)weight;
    }
    return (float)sqrt(sum / weights);
}

/* Disgust, fear and contempt are means of few faces, and noisy. */
static float sharpness_of(int expression)
{
    return expression >= FB_DISGUST ? 0.0f : SHARPEN;
}

static void prepare(struct demo_face_model *m, float *scratch)
{
    int n_px = m->side * m->side;
    for (int e = 0; e < FB_EXPRESSION_COUNT; e++) {
        subtract_surface(m->means + e * n_px, m->side);
        even_out(m->means + e * n_px, m->side, e == FB_CONTEMPT ? 0.0f : 1.0f);
        flatten(m->means + e * n_px, scratch, m->side, 0.75f);
        sharpen(m->means + e * n_px, scratch, m->side, sharpness_of(e));
    }
    for (int k = 0; k < m->n_components; k++) {
        subtract_surface(m->components + k * n_px, m->side);
        even_out(m->components + k * n_px, m->side, EVEN_SHARE);
        flatten(m->components + k * n_px, scratch, m->side, 0.7f);
        sharpen(m->components + k * n_px, scratch, m->side, SHARPEN);
    }
    float unit = fmaxf(deviation_within(m->means, m->side), 1.0f);
    for (int i = 0; i < n_px * (FB_EXPRESSION_COUNT + m->n_components); i++)
        m->means[i] /= unit;
    for (int e = 1; e < FB_EXPRESSION_COUNT; e++)
        for (int i = 0; i < n_px; i++)
            m->means[e * n_px + i] =
                m->means[i] + expression_gain[e] * (m->means[e * n_px + i] - m->means[i]);
}

int demo_face_model_create(const struct fb_face_basis *basis, struct demo_face_model **out)
{
    *out = NULL;
    size_t n_px = (size_t)(basis->side * basis->side), n_components = (size_t)basis->n_components;
    size_t n = n_px * (FB_EXPRESSION_COUNT + n_components), n_scratch = 2 * n_px;
    struct demo_face_model *model = calloc(1, sizeof *model + (n + n_scratch) * sizeof(float));
    if (!model)
        return fb_fail_nomem("the demo's faces", n * sizeof(float));
    model->side = basis->side;
    model->n_components = basis->n_components;
    model->means = (float *)(model + 1);
    model->components = model->means + n_px * FB_EXPRESSION_COUNT;
    memcpy(model->means, basis->means, n_px * FB_EXPRESSION_COUNT * sizeof(float));
    memcpy(model->components, basis->components, n_px * n_components * sizeof(float));
    prepare(model, model->means + n);
    *out = model;
    return FB_OK;
}

void demo_face_model_destroy(struct demo_face_model **model)
{
    free(*model);
    *model = NULL;
}

void demo_face_identity(const struct demo_face_model *m, struct fb_rng *rng, float *out)
{
    int n_px = m->side * m->side;
    memset(out, 0, (size_t)n_px * sizeof *out);
    for (int k = 0; k < m->n_components; k++) {
        float z = IDENTITY_SHARE * fmaxf(-1.8f, fminf(1.8f, fb_rng_normal(rng)));
        for (int i = 0; i < n_px; i++)
            out[i] += z * m->components[k * n_px + i];
    }
}

void demo_face_texture(const struct demo_face_model *m, const float *identity, int from, int to,
                       float mix, float *out)
{
    int n_px = m->side * m->side;
    const float *a = m->means + from * n_px, *b = m->means + to * n_px;
    for (int i = 0; i < n_px; i++) {
        float d = TEXTURE_SHARE * (identity[i] + a[i] + mix * (b[i] - a[i]));
        out[i] = d < 0.0f ? d / (1.0f - DARK_LIMIT * d) : d;
    }
}

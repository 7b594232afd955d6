/* See nn/pca.h. The data are centred on the fly: X_c Q = X Q - 1 (mean' Q). */
#include "nn/pca.h"

#include "base/rng.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OVERSAMPLING 10
#define N_ITERATIONS 12
#define N_JACOBI_SWEEPS 30

struct fit {
    const float *x; /* (n, d) */
    int n, d, m;    /* m: columns iterated, k + oversampling */
    float *mean;    /* (d) */
    float *q;       /* (d, m) orthonormal columns */
    float *z;       /* (n, m) */
    float *row;     /* (m) */
    double *b, *v;  /* (m, m) */
};

/* Running means, row by row, as the rows lie in memory. */
static void column_means(const float *x, int n, int d, float *mean)
{
    memset(mean, 0, (size_t)d * sizeof *mean);
    for (int i = 0; i < n; i++) {
        float share = 1.0f / (float)(i + 1);
        for (int j = 0; j < d; j++)
            mean[j] += (x[(size_t)i * (size_t)d + (size_t)j] - mean[j]) * share;
    }
}

static double total_variance(const float *x, int n, int d, const float *mean)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < d; j++) {
            double difference = (double)x[(size_t)i * (size_t)d + (size_t)j] - (double)mean[j];
            sum += difference * difference;
        }
    return sum / n;
}

/* z = (x - mean) q */
static void project_all(struct fit *fit)
{
    int n = fit->n, d = fit->d, m = fit->m;
    cblas_sgemv(CblasRowMajor, CblasTrans, d, m, 1.0f, fit->q, m, fit->mean, 1, 0.0f, fit->row, 1);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, m, d, 1.0f, fit->x, d, fit->q, m, 0.0f,
                fit->z, m);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            fit->z[(size_t)i * (size_t)m + (size_t)j] -= fit->row[j];
}

/* q = (x - mean)' z = x' z, since z's columns sum to 0. */
static void back_project_all(struct fit *fit)
{
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, fit->d, fit->m, fit->n, 1.0f, fit->x, fit->d,
                fit->z, fit->m, 0.0f, fit->q, fit->m);
}

/* Gram-Schmidt, each column twice ("twice is enough", Giraud et al. 2005). A column that vanishes
 * (data of lower rank) becomes zero. */
static void orthonormalise(float *q, int d, int m)
{
    for (int j = 0; j < m; j++) {
        float before = cblas_snrm2(d, q + j, m);
        for (int pass = 0; pass < 2; pass++)
            for (int i = 0; i < j; i++)
                cblas_saxpy(d, -cblas_sdot(d, q + i, m, q + j, m), q + i, m, q + j, m);
        float norm = cblas_snrm2(d, q + j, m);
        cblas_sscal(d, norm > 1e-6f * before && norm > 0.0f ? 1.0f / norm : 0.0f, q + j, m);
    }
}

static void rotate(double *a, int m, int p, int q, double c, double s, int stride, int step)
{
    for (int i = 0; i < m; i++) {
        double *x = a + i * step + p * stride, *y = a + i * step + q * stride, old = *x;
        *x = c * old - s * *y;
        *y = s * old + c * *y;
    }
}

/* Cyclic Jacobi on a symmetric b (m, m): b becomes diagonal, the columns of v its eigenvectors. */
static void diagonalise(double *b, double *v, int m)
{
    memset(v, 0, (size_t)m * (size_t)m * sizeof *v);
    for (int i = 0; i < m; i++)
        v[i * m + i] = 1.0;
    for (int sweep = 0; sweep < N_JACOBI_SWEEPS; sweep++) {
        double off = 0.0, on = 0.0;
        for (int p = 0; p < m; p++) {
            on += b[p * m + p] * b[p * m + p];
            for (int q = p + 1; q < m; q++)
                off += b[p * m + q] * b[p * m + q];
        }
        if (off <= 1e-24 * on)
            return;
        for (int p = 0; p < m; p++)
            for (int q = p + 1; q < m; q++) {
                if (b[p * m + q] == 0.0)
                    continue;
                double angle = 0.5 * atan2(2.0 * b[p * m + q], b[q * m + q] - b[p * m + p]);
                double c = cos(angle), s = sin(angle);
                rotate(b, m, p, q, c, s, 1, m);
                rotate(b, m, p, q, c, s, m, 1);
                rotate(v, m, p, q, c, s, 1, m);
            }
    }
}

/* A component's sign is free; fixed here so that rounding cannot turn it: the first entry of at least
 * half the largest size is positive. (The largest itself has a twin in mirror-symmetric data.) */
static void fix_sign(float *component, int d)
{
    float most = 0.0f;
    int first = 0;
    for (int i = 0; i < d; i++)
        most = fmaxf(most, fabsf(component[i]));
    while (first < d - 1 && fabsf(component[first]) < 0.5f * most)
        first++;
    cblas_sscal(d, component[first] < 0.0f ? -1.0f : 1.0f, component, 1);
}

/* Within the found subspace: the directions of largest variance into pca, largest first. */
static void rayleigh_ritz(struct fit *fit, struct nn_pca *pca)
{
    int m = fit->m, d = fit->d;
    project_all(fit);
    memset(fit->b, 0, (size_t)m * (size_t)m * sizeof *fit->b);
    for (int i = 0; i < fit->n; i++)
        for (int p = 0; p < m; p++)
            for (int q = 0; q < m; q++)
                fit->b[p * m + q] += (double)fit->z[(size_t)i * (size_t)m + (size_t)p] *
                                     (double)fit->z[(size_t)i * (size_t)m + (size_t)q];
    diagonalise(fit->b, fit->v, m);
    for (int k = 0; k < pca->k; k++) {
        int best = 0;
        for (int j = 1; j < m; j++) {
            if (fit->b[j * m + j] > fit->b[best * m + best])
                best = j;
        }
        pca->deviation[k] = (float)sqrt(fmax(fit->b[best * m + best], 0.0) / fit->n);
        fit->b[best * m + best] = -1.0;
        for (int j = 0; j < m; j++)
            fit->row[j] = (float)fit->v[j * m + best];
        cblas_sgemv(CblasRowMajor, CblasNoTrans, d, m, 1.0f, fit->q, m, fit->row, 1, 0.0f,
                    pca->components + (size_t)k * (size_t)d, 1);
        fix_sign(pca->components + (size_t)k * (size_t)d, d);
    }
}

static void fit_finish(struct fit *fit)
{
    free(fit->q);
    free(fit->z);
    free(fit->row);
    free(fit->b);
    free(fit->v);
}

static int fit_init(struct fit *fit, const float *x, int n, int d, int k)
{
    int m = k + OVERSAMPLING < d ? k + OVERSAMPLING : d;
    *fit = (struct fit){.x = x, .n = n, .d = d, .m = m};
    size_t square = (size_t)m * (size_t)m;
    fit->q = malloc((size_t)d * (size_t)m * sizeof *fit->q);
    fit->z = malloc((size_t)n * (size_t)m * sizeof *fit->z);
    fit->row = malloc((size_t)m * sizeof *fit->row);
    fit->b = malloc(square * sizeof *fit->b);
    fit->v = malloc(square * sizeof *fit->v);
    if (fit->q && fit->z && fit->row && fit->b && fit->v)
        return FB_OK;
    fit_finish(fit);
    return fb_fail_nomem("principal components", (size_t)n * (size_t)m * sizeof *fit->z);
}

static int pca_create(int d, int k, struct nn_pca **out)
{
    struct nn_pca *pca = calloc(1, sizeof *pca);
    *out = pca;
    if (!pca)
        return fb_fail_nomem("principal components", sizeof *pca);
    pca->d = d;
    pca->k = k;
    pca->mean = calloc((size_t)d, sizeof *pca->mean);
    pca->components = calloc((size_t)k * (size_t)d, sizeof *pca->components);
    pca->deviation = calloc((size_t)k, sizeof *pca->deviation);
    if (pca->mean && pca->components && pca->deviation)
        return FB_OK;
    nn_pca_destroy(out);
    return fb_fail_nomem("principal components", (size_t)k * (size_t)d * sizeof(float));
}

int nn_pca_fit(const float *x, int n, int d, int k, uint64_t seed, struct nn_pca **out)
{
    *out = NULL;
    if (n < 2 || d < 1 || k < 1 || k > n - 1 || k > d)
        return fb_fail(FB_ERR_USAGE, "%d components of %d pictures of %d values; at least 1, at most "
                       "the smaller of %d and %d are possible", k, n, d, n - 1, d);
    struct fit fit;
    int status = fit_init(&fit, x, n, d, k);
    if (status < 0)
        return status;
    status = pca_create(d, k, out);
    if (status == FB_OK) {
        struct fb_rng rng;
        fb_rng_seed(&rng, seed);
        fit.mean = (*out)->mean;
        column_means(x, n, d, fit.mean);
        (*out)->variance = total_variance(x, n, d, fit.mean);
        for (size_t i = 0; i < (size_t)d * (size_t)fit.m; i++)
            fit.q[i] = fb_rng_normal(&rng);
        orthonormalise(fit.q, d, fit.m);
        for (int i = 0; i < N_ITERATIONS; i++) {
            project_all(&fit);
            back_project_all(&fit);
            orthonormalise(fit.q, d, fit.m);
        }
        rayleigh_ritz(&fit, *out);
    }
    fit_finish(&fit);
    return status;
}

void nn_pca_destroy(struct nn_pca **pca)
{
    if (!*pca)
        return;
    free((*pca)->mean);
    free((*pca)->components);
    free((*pca)->deviation);
    free(*pca);
    *pca = NULL;
}

void nn_pca_project(const struct nn_pca *pca, const float *x, float *coefficients)
{
    for (int k = 0; k < pca->k; k++) {
        const float *component = pca->components + (size_t)k * (size_t)pca->d;
        coefficients[k] = cblas_sdot(pca->d, component, 1, x, 1) -
                          cblas_sdot(pca->d, component, 1, pca->mean, 1);
    }
}

float nn_pca_error(const struct nn_pca *pca, const float *x, float *reconstruction)
{
    double sum = 0.0;
    if (reconstruction)
        memcpy(reconstruction, pca->mean, (size_t)pca->d * sizeof *reconstruction);
    for (int j = 0; j < pca->d; j++) {
        double difference = (double)x[j] - (double)pca->mean[j];
        sum += difference * difference;
    }
    for (int k = 0; k < pca->k; k++) { /* orthonormal: what a component explains comes off the sum */
        const float *component = pca->components + (size_t)k * (size_t)pca->d;
        float coefficient = cblas_sdot(pca->d, component, 1, x, 1) -
                            cblas_sdot(pca->d, component, 1, pca->mean, 1);
        sum -= (double)coefficient * (double)coefficient;
        if (reconstruction)
            cblas_saxpy(pca->d, coefficient, component, 1, reconstruction, 1);
    }
    return (float)sqrt(fmax(sum, 0.0) / pca->d);
}

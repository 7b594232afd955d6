/* Convolution as a matrix product: the pixels each output sees are laid out as columns (im2col),
 * then one sgemm does the sums. The columns are built a chunk at a time (rows of a large image, or
 * several small images) so that they stay in the second-level cache and the product stays large.
 *
 * A chunk of p output pixels: columns (C kernel^2, p), weights (K, C kernel^2), result (K, p). */
#include "kernels/clones.h"
#include "kernels/conv.h"

#include <cblas.h>
#include <string.h>

enum { CHUNK_FLOATS = 96 * 1024, MIN_COLUMNS = 96, LARGE_PLANE = 256 };

struct chunks {
    int n_images, n_rows; /* of one chunk: whole images, or n_rows of a single one */
};

static int window_size(const struct nn_conv_shape *s)
{
    return s->in_c * s->kernel * s->kernel;
}

static bool is_pointwise(const struct nn_conv_shape *s)
{
    return s->kernel == 1 && s->stride == 1 && !s->pad_h && !s->pad_w;
}

static struct chunks plan(const struct nn_conv_shape *s)
{
    int plane = s->out_h * s->out_w, columns = CHUNK_FLOATS / window_size(s);
    if (columns < MIN_COLUMNS)
        columns = MIN_COLUMNS;
    if (is_pointwise(s) && plane >= LARGE_PLANE) /* its columns are the image itself: nothing is gathered */
        return (struct chunks){1, s->out_h};
    if (columns >= plane)
        return (struct chunks){columns / plane, s->out_h};
    int n_rows = columns / s->out_w;
    if (n_rows < 1)
        n_rows = 1;
    int n_strips = (s->out_h + n_rows - 1) / n_rows;
    return (struct chunks){1, (s->out_h + n_strips - 1) / n_strips};
}

static size_t chunk_columns(const struct nn_conv_shape *s, struct chunks chunks)
{
    return (size_t)chunks.n_images * (size_t)chunks.n_rows * (size_t)s->out_w;
}

/* Columns, and the result or its gradient gathered from several images. */
static size_t n_scratch(const struct nn_conv_shape *s)
{
    return chunk_columns(s, plan(s)) * (size_t)(window_size(s) + s->out_c);
}

/* First and one past the last output whose tap at offset `tap` lies inside [0, in). */
static void valid_range(int out, int in, int stride, int tap, int *first, int *end)
{
    *first = tap >= 0 ? 0 : (-tap + stride - 1) / stride;
    *end = tap >= in ? 0 : (in - 1 - tap) / stride + 1;
    if (*end > out)
        *end = out;
    if (*first > *end)
        *first = *end;
}

/* Every second pixel: the usual stride, where it pays to have the registers shuffled. */
NN_CLONES static void gather_pairs(float *restrict to, const float *restrict from, int n)
{
#pragma omp simd
    for (int i = 0; i < n; i++)
        to[i] = from[2 * i];
}

NN_CLONES static void scatter_pairs(float *restrict to, const float *restrict from, int n)
{
#pragma omp simd
    for (int i = 0; i < n; i++)
        to[2 * i] += from[i];
}

static void gather_row(float *to, const float *from, int out_w, int first, int end, int stride)
{
    memset(to, 0, (size_t)first * sizeof *to);
    if (stride == 1)
        memcpy(to + first, from + first, (size_t)(end - first) * sizeof *to);
    else if (stride == 2)
        gather_pairs(to + first, from + (ptrdiff_t)2 * first, end - first);
    else
        for (int i = first; i < end; i++)
            to[i] = from[(ptrdiff_t)i * stride];
    memset(to + end, 0, (size_t)(out_w - end) * sizeof *to);
}

static void scatter_row(float *to, const float *from, int first, int end, int stride)
{
    if (stride == 1)
        for (int i = first; i < end; i++)
            to[i] += from[i];
    else if (stride == 2)
        scatter_pairs(to + (ptrdiff_t)2 * first, from + first, end - first);
    else
        for (int i = first; i < end; i++)
            to[(ptrdiff_t)i * stride] += from[i];
}

/* Moves between one image's rows [row, row + n_rows) of outputs and their columns; ld: floats between
 * two rows of the column matrix. is_scatter adds columns to the image. */
static void move_columns(const struct nn_conv_shape *s, float *image, int row, int n_rows,
                         float *columns, size_t ld, bool is_scatter)
{
    for (int c = 0; c < s->in_c; c++, image += (ptrdiff_t)s->in_h * s->in_w)
        for (int i = 0; i < s->kernel; i++)
            for (int j = 0; j < s->kernel; j++, columns += ld) {
                int first, end;
                valid_range(s->out_w, s->in_w, s->stride, j - s->pad_w, &first, &end);
                for (int r = 0; r < n_rows; r++) {
                    int h = (row + r) * s->stride + i - s->pad_h;
                    bool is_inside = h >= 0 && h < s->in_h;
                    float *line = columns + (size_t)r * (size_t)s->out_w;
                    /* may point before the line; first skips that part */
                    float *pixels = image + ((ptrdiff_t)h * s->in_w + j - s->pad_w);
                    if (!is_scatter)
                        gather_row(line, pixels, s->out_w, is_inside ? first : 0, is_inside ? end : 0,
                                   s->stride);
                    else if (is_inside)
                        scatter_row(pixels, line, first, end, s->stride);
                }
            }
}

static size_t in_size(const struct nn_conv_shape *s)
{
    return (size_t)s->in_c * (size_t)s->in_h * (size_t)s->in_w;
}

static size_t out_size(const struct nn_conv_shape *s)
{
    return (size_t)s->out_c * (size_t)s->out_h * (size_t)s->out_w;
}

/* One chunk: images [image, image + n_images), output rows [row, row + n_rows), p columns. */
struct chunk {
    int image, n_images, row, n_rows, p;
    size_t ld; /* floats between channels of the result: p, or a plane when written in place */
};

static struct chunk chunk_at(const struct nn_conv_shape *s, struct chunks chunks, int n, int image,
                             int row)
{
    struct chunk chunk = {.image = image, .row = row};
    chunk.n_images = n - image < chunks.n_images ? n - image : chunks.n_images;
    chunk.n_rows = s->out_h - row < chunks.n_rows ? s->out_h - row : chunks.n_rows;
    chunk.p = chunk.n_images * chunk.n_rows * s->out_w;
    chunk.ld = chunk.n_images == 1 ? (size_t)s->out_h * (size_t)s->out_w : (size_t)chunk.p;
    return chunk;
}

/* Steps to the next chunk; false after the last. */
static bool next_chunk(const struct nn_conv_shape *s, struct chunks chunks, int n, struct chunk *chunk)
{
    int row = chunk->row + chunk->n_rows, image = chunk->image;
    if (row >= s->out_h) {
        row = 0;
        image += chunk->n_images;
    }
    if (image >= n)
        return false;
    *chunk = chunk_at(s, chunks, n, image, row);
    return true;
}

static void gather_columns(const struct nn_conv_shape *s, const struct chunk *chunk, const float *x,
                           float *columns)
{
    for (int i = 0; i < chunk->n_images; i++) /* reading only, whatever move_columns' type says */
        move_columns(s, (float *)(x + (size_t)(chunk->image + i) * in_size(s)), chunk->row,
                     chunk->n_rows, columns + (size_t)i * (size_t)chunk->n_rows * (size_t)s->out_w,
                     (size_t)chunk->p, false);
}

/* Copies a chunk of several images between (n, K, plane) and (K, n * plane). */
static void regroup(const struct nn_conv_shape *s, const struct chunk *chunk, float *tensor,
                    float *grouped, bool to_grouped)
{
    size_t plane = (size_t)s->out_h * (size_t)s->out_w;
    for (int i = 0; i < chunk->n_images; i++)
        for (int k = 0; k < s->out_c; k++) {
            float *a = tensor + (size_t)(chunk->image + i) * out_size(s) + (size_t)k * plane;
            float *b = grouped + (size_t)k * chunk->ld + (size_t)i * plane;
            memcpy(to_grouped ? b : a, to_grouped ? a : b, plane * sizeof *a);
        }
}

/* The chunk's part of dy as (K, p) with chunk->ld: in place, or gathered into grouped. */
static const float *chunk_of_dy(const struct nn_conv_shape *s, const struct chunk *chunk,
                                const float *dy, float *grouped)
{
    if (chunk->n_images == 1)
        return dy + (size_t)chunk->image * out_size(s) + (size_t)chunk->row * (size_t)s->out_w;
    regroup(s, chunk, (float *)dy, grouped, true);
    return grouped;
}

/* The chunk's columns: the image where it lies, or gathered into columns. */
static const float *columns_of(const struct nn_conv_shape *s, const struct chunk *chunk, const float *x, float *columns,
                               size_t *ld)
{
    *ld = (size_t)chunk->p;
    if (is_pointwise(s) && chunk->n_images == 1) {
        *ld = (size_t)s->in_h * (size_t)s->in_w;
        return x + (size_t)chunk->image * in_size(s) + (size_t)chunk->row * (size_t)s->in_w;
    }
    gather_columns(s, chunk, x, columns);
    return columns;
}

static void add_bias(const struct nn_conv_shape *s, int n, const float *bias, float *y)
{
    size_t plane = (size_t)s->out_h * (size_t)s->out_w;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < s->out_c; k++, y += plane)
            for (size_t j = 0; j < plane; j++)
                y[j] += bias[k];
}

static void forward(const struct nn_conv_shape *s, int n, const float *x, const float *weight,
                    const float *bias, float *y, float *scratch)
{
    struct chunks chunks = plan(s);
    int window = window_size(s);
    float *columns = scratch, *grouped = scratch + (size_t)window * chunk_columns(s, chunks);
    struct chunk chunk = chunk_at(s, chunks, n, 0, 0);
    do {
        size_t ldb;
        const float *b = columns_of(s, &chunk, x, columns, &ldb);
        float *result = grouped;
        if (chunk.n_images == 1)
            result = y + (size_t)chunk.image * out_size(s) + (size_t)chunk.row * (size_t)s->out_w;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, s->out_c, chunk.p, window, 1, weight,
                    window, b, (int)ldb, 0, result, (int)chunk.ld);
        if (chunk.n_images > 1)
            regroup(s, &chunk, y, grouped, false);
    } while (next_chunk(s, chunks, n, &chunk));
    if (bias)
        add_bias(s, n, bias, y);
}

static void backward_data(const struct nn_conv_shape *s, int n, const float *dy, const float *weight,
                          float *dx, float *scratch)
{
    struct chunks chunks = plan(s);
    int window = window_size(s);
    float *columns = scratch, *grouped = scratch + (size_t)window * chunk_columns(s, chunks);
    struct chunk chunk = chunk_at(s, chunks, n, 0, 0);
    bool is_in_place = is_pointwise(s) && chunks.n_images == 1;
    if (!is_in_place)
        memset(dx, 0, (size_t)n * in_size(s) * sizeof *dx);
    do {
        const float *dy_chunk = chunk_of_dy(s, &chunk, dy, grouped);
        if (is_in_place) {
            cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, window, chunk.p, s->out_c, 1, weight, window, dy_chunk,
                        (int)chunk.ld, 0, dx + (size_t)chunk.image * in_size(s) + (size_t)chunk.row * (size_t)s->in_w,
                        s->in_h * s->in_w);
            continue;
        }
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, window, chunk.p, s->out_c, 1, weight,
                    window, dy_chunk, (int)chunk.ld, 0, columns, chunk.p);
        for (int i = 0; i < chunk.n_images; i++)
            move_columns(s, dx + (size_t)(chunk.image + i) * in_size(s), chunk.row, chunk.n_rows,
                         columns + (size_t)i * (size_t)chunk.n_rows * (size_t)s->out_w,
                         (size_t)chunk.p, true);
    } while (next_chunk(s, chunks, n, &chunk));
}

static void backward_weight(const struct nn_conv_shape *s, int n, const float *x, const float *dy,
                            float *dweight, float *scratch)
{
    struct chunks chunks = plan(s);
    int window = window_size(s);
    float *columns = scratch, *grouped = scratch + (size_t)window * chunk_columns(s, chunks);
    struct chunk chunk = chunk_at(s, chunks, n, 0, 0);
    do {
        size_t ldb;
        const float *b = columns_of(s, &chunk, x, columns, &ldb);
        const float *dy_chunk = chunk_of_dy(s, &chunk, dy, grouped);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, s->out_c, window, chunk.p, 1, dy_chunk,
                    (int)chunk.ld, b, (int)ldb, 1, dweight, window);
    } while (next_chunk(s, chunks, n, &chunk));
}

const struct nn_conv_kernel nn_conv_gemm = {
    "gemm", n_scratch, forward, backward_data, backward_weight,
};

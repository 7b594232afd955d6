/* The convolution kernels of training against the plain one: forward, both gradients, every instruction set. Each array is
 * a block of its own and exactly as long as it must be, so that under AddressSanitizer a tail read or written too far shows. */
#include "base/rng.h"
#include "kernels/conv.h"
#include "kernels/dispatch.h"
#include "nn/kernel.h"
#include "test.h"

struct problem {
    struct nn_conv_shape shape;
    int n;
    float *x, *weight, *bias, *y, *dy, *dx, *dweight, *scratch;
};

static float *filled(size_t n, uint64_t seed)
{
    float *values = malloc(n * sizeof *values);
    struct fb_rng rng;
    fb_rng_seed(&rng, seed);
    for (size_t i = 0; i < n; i++)
        values[i] = fb_rng_normal(&rng);
    return values;
}

static size_t n_in(const struct problem *p)
{
    return (size_t)p->n * (size_t)(p->shape.in_c * p->shape.in_h * p->shape.in_w);
}

static size_t n_out(const struct problem *p)
{
    return (size_t)p->n * (size_t)(p->shape.out_c * p->shape.out_h * p->shape.out_w);
}

static size_t n_weights(const struct problem *p)
{
    return (size_t)(p->shape.in_c * p->shape.out_c * p->shape.kernel * p->shape.kernel);
}

/* Outputs start as what must be overwritten, the weights' gradient as what must be added to. */
static void run(struct problem *p, const struct nn_conv_kernel *kernel)
{
    p->x = filled(n_in(p), 1);
    p->weight = filled(n_weights(p), 2);
    p->bias = filled((size_t)p->shape.out_c, 3);
    p->dy = filled(n_out(p), 4);
    p->y = filled(n_out(p), 5);
    p->dx = filled(n_in(p), 6);
    p->dweight = filled(n_weights(p), 7);
    size_t n_bytes = (kernel->n_scratch(&p->shape) * sizeof(float) + 63) / 64 * 64;
    p->scratch = aligned_alloc(64, n_bytes ? n_bytes : 64);
    memset(p->scratch, 0xff, n_bytes); /* NaN */
    kernel->forward(&p->shape, p->n, p->x, p->weight, p->bias, p->y, p->scratch);
    kernel->backward_data(&p->shape, p->n, p->dy, p->weight, p->dx, p->scratch);
    kernel->backward_weight(&p->shape, p->n, p->x, p->dy, p->dweight, p->scratch);
}

static void finish(struct problem *p)
{
    float *arrays[] = {p->x, p->weight, p->bias, p->y, p->dy, p->dx, p->dweight, p->scratch};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
}

static double difference(const float *a, const float *b, size_t n)
{
    double most = 0, scale = 1e-3;
    for (size_t i = 0; i < n; i++) {
        double d = fabs((double)a[i] - (double)b[i]);
        if (!(d <= most))
            most = d;
        scale = fmax(scale, fabs((double)b[i]));
    }
    return most / scale;
}

static void check(const char *what, const struct problem *p, const char *name, double d)
{
    const struct nn_conv_shape *s = &p->shape;
    CHECK_MSG(d < 1e-4, "%s: %s of %d x %dx%dx%d -> %d, kernel %d, stride %d, pad %d, is off by %g of its largest value",
              name, what, p->n, s->in_c, s->in_h, s->in_w, s->out_c, s->kernel, s->stride, s->pad_h, d);
}

static void compare_shape(struct nn_conv_shape shape, int n, const struct nn_conv_kernel *fast)
{
    struct problem oracle = {.n = n, .shape = shape};
    run(&oracle, &nn_conv_plain);
    for (int kernel = NN_KERNEL_GEMM; kernel < NN_KERNEL_COUNT; kernel++) {
        struct problem p = {.n = n, .shape = oracle.shape};
        if (!nn_kernel_is_available((enum nn_kernel)kernel))
            continue;
        p.shape.fast = nn_fast_of((enum nn_kernel)kernel);
        const char *name = nn_kernel_name((enum nn_kernel)kernel);
        run(&p, p.shape.fast ? fast : &nn_conv_gemm);
        check("forward", &p, name, difference(p.y, oracle.y, n_out(&p)));
        check("the data's gradient", &p, name, difference(p.dx, oracle.dx, n_in(&p)));
        check("the weights' gradient", &p, name, difference(p.dweight, oracle.dweight, n_weights(&p)));
        finish(&p);
    }
    finish(&oracle);
}

static struct nn_conv_shape shape_of(int in_c, int h, int w, int out_c, int kernel, int stride, int pad)
{
    return (struct nn_conv_shape){
        .in_c = in_c, .in_h = h, .in_w = w, .out_c = out_c, .out_h = (h + 2 * pad - kernel) / stride + 1,
        .out_w = (w + 2 * pad - kernel) / stride + 1, .kernel = kernel, .stride = stride, .pad_h = pad, .pad_w = pad};
}

static void compare(int n, int in_c, int h, int w, int out_c, int pad)
{
    compare_shape(shape_of(in_c, h, w, out_c, 3, 1, pad), n, &nn_conv_winograd);
}

static void sizes(void)
{
    static const int maps[][2] = {{3, 3}, {5, 7}, {4, 4}, {6, 3}, {11, 9}, {3, 18}};
    static const int channels[] = {1, 3, 8, 17, 40};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        for (size_t j = 0; j < 5; j++)
            compare(1 + (int)(i + j) % 3, channels[j], maps[i][0], maps[i][1], channels[(i + 2 * j + 1) % 5], 0);
}

static void paddings(void)
{
    compare(1, 16, 1, 1, 16, 1);
    compare(2, 8, 1, 1, 9, 2);
    compare(3, 17, 5, 7, 3, 1);
    compare(2, 3, 4, 6, 17, 2);
    compare(1, 70, 6, 6, 34, 1);
}

static void batches(void)
{
    compare(33, 9, 4, 5, 17, 1);
    compare(33, 8, 10, 3, 8, 0);
    compare(5, 16, 30, 30, 16, 1);
}

static void windows_and_strides(void)
{
    static const int windows[][3] = {{3, 2, 1}, {3, 2, 0}, {3, 1, 1}, {2, 2, 0}, {5, 2, 2}, {5, 3, 1}, {7, 4, 3}, {2, 3, 1}};
    static const int maps[][2] = {{7, 7}, {8, 9}, {12, 7}};
    static const int channels[] = {1, 3, 8, 17, 40};
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++)
        for (size_t j = 0; j < 5; j++) {
            const int *w = windows[i], *map = maps[(i + j) % 3];
            compare_shape(shape_of(channels[j], map[0], map[1], channels[(i + 2 * j + 1) % 5], w[0], w[1], w[2]),
                          1 + (int)(i + j) % 3, &nn_conv_direct);
        }
    compare_shape(shape_of(16, 1, 1, 17, 3, 2, 1), 3, &nn_conv_direct);
    compare_shape(shape_of(3, 5, 7, 70, 3, 2, 1), 33, &nn_conv_direct);
    compare_shape(shape_of(32, 24, 24, 64, 3, 2, 1), 2, &nn_conv_direct);
    /* `same` of an even side with stride 2: the odd pixel lies behind the last one */
    struct nn_conv_shape same = shape_of(9, 10, 10, 16, 3, 2, 1);
    same.pad_h = same.pad_w = 0;
    compare_shape(same, 2, &nn_conv_direct);
}

static bool suits(int kernel, int stride, int in_c, int out_c)
{
    struct nn_conv_shape shape = {.in_c = in_c, .in_h = 8, .in_w = 8, .out_c = out_c, .out_h = 8, .out_w = 8,
                                  .kernel = kernel, .stride = stride, .pad_h = 1, .pad_w = 1, .fast = &nn_fast_c};
    return nn_conv_suits_winograd(&shape);
}

static void choice(void)
{
    CHECK(suits(3, 1, 16, 16));
    CHECK(!suits(3, 2, 16, 16));
    CHECK(!suits(5, 1, 16, 16));
    CHECK(!suits(3, 1, 1, 16));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"sizes", sizes},
        {"paddings", paddings},
        {"batches", batches},
        {"windows and strides", windows_and_strides},
        {"choice", choice},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}

/* How much faster than cv::CascadeClassifier's one thread, runs alternating on the same pictures.
 *     bench_cascade [-n PICTURES] [-r REPEATS] [-f FACTOR] [-t THREADS] [-s WIDTHxHEIGHT] [-p]
 * [CASCADE...] CASCADE: a path, or a name such as frontalface_alt2 or lbp:frontalface. -p: the
 * plain kernel. Pictures: those of the research data (FELTBOARD_SHARED), area-scaled to the size;
 * without it, drawn ones, which are easier than photographs. Prints medians; exits 1 if a window
 * differs. */
#include "compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_PICTURES 64

struct options {
    int n_pictures, n_repeats, n_threads, width, height;
    double factor;
    enum vis_cascade_kernel kernel;
};

static int compare_doubles(const void *a_ptr, const void *b_ptr)
{
    double a = *(const double *)a_ptr, b = *(const double *)b_ptr;
    return (a > b) - (a < b);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, compare_doubles);
    return n ? (values[(n - 1) / 2] + values[n / 2]) / 2 : 0;
}

static int load_pictures(const struct options *options, int width, int height,
                         struct picture *pictures)
{
    char *paths[MAX_PICTURES];
    int n_paths = list_pictures(paths, options->n_pictures), n = 0;
    for (int i = 0; i < options->n_pictures; i++) {
        struct picture picture = {NULL, width, height, width};
        if (i < n_paths) {
            picture = picture_load(paths[i], width, height);
            free(paths[i]);
        } else if (!n_paths) {
            picture = picture_draw(SYNTHETIC_FACES, width, height, (uint64_t)i);
        }
        if (picture.grey)
            pictures[n++] = picture;
    }
    return n;
}

/* One thread: processor time, so that other programs' shares do not count; more: time by the wall.
 */
static double now_ms(const struct options *options)
{
    struct timespec now;
    clock_gettime(options->n_threads > 1 ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double run_ours(struct vis_cascade *ours, const struct picture *picture,
                       const struct options *options)
{
    static struct vis_cascade_box boxes[1 << 16];
    double start = now_ms(options);
    (void)!vis_cascade_detect(ours, picture->grey, picture->width, picture->height, picture->stride,
                              boxes, 1 << 16);
    return now_ms(options) - start;
}

static double run_theirs(struct oracle *theirs, const struct picture *picture,
                         const struct vis_cascade_settings *settings, const struct options *options)
{
    static struct oracle_rect rects[1 << 16];
    double start = now_ms(options);
    oracle_detect(theirs, picture->grey, picture->width, picture->height, picture->stride,
                  settings->scale_factor, settings->min_neighbours, settings->min_px,
                  settings->max_px, rects, 1 << 16);
    return now_ms(options) - start;
}

/* Best of the repeats each, alternating; returns differing windows. */
static int bench(const char *path, const struct options *options, int width, int height)
{
    struct vis_cascade_settings settings = vis_default_cascade_settings();
    settings.scale_factor = options->factor;
    settings.min_neighbours = 0;
    settings.kernel = options->kernel;
    struct vis_cascade *ours = NULL;
    struct oracle *theirs = oracle_create(path);
    struct fb_pool *pool = NULL;
    if (options->n_threads > 1 && fb_pool_create(options->n_threads, &pool))
        return 1;
    if (!theirs || vis_cascade_create(path, &settings, pool, &ours)) {
        fprintf(stderr, "%s: %s\n", path, fb_error_text());
        return 1;
    }
    struct picture pictures[MAX_PICTURES];
    double our_ms[MAX_PICTURES], their_ms[MAX_PICTURES], ratios[MAX_PICTURES];
    int n = load_pictures(options, width, height, pictures);
    struct comparison sum = {0};
    for (int i = 0; i < n; i++) {
        compare_windows(ours, theirs, &settings, &pictures[i], path, &sum);
        our_ms[i] = their_ms[i] = 1e9;
        for (int k = 0; k < options->n_repeats; k++) {
            double theirs_now = run_theirs(theirs, &pictures[i], &settings, options);
            their_ms[i] = theirs_now < their_ms[i] ? theirs_now : their_ms[i];
            for (int j = 0; j < 3; j++) {
                double ours_now = run_ours(ours, &pictures[i], options);
                our_ms[i] = ours_now < our_ms[i] ? ours_now : our_ms[i];
            }
        }
        ratios[i] = their_ms[i] / our_ms[i];
        picture_free(&pictures[i]);
    }
    double ratio = median(ratios, n);
    printf("%-44s %4dx%-4d %.2f %-5s %d pictures: OpenCV %7.1f ms, ours %6.2f ms, ratio %5.1f "
           "(%.1f-%.1f), "
           "%d windows, %d differ\n",
           strrchr(path, '/') + 1, width, height, options->factor,
           vis_cascade_kernel_name(vis_cascade_kernel(ours)), n, median(their_ms, n),
           median(our_ms, n), ratio, ratios[0], ratios[n ? n - 1 : 0], sum.n_ours, sum.n_different);
    fflush(stdout);
    vis_cascade_destroy(&ours);
    oracle_destroy(theirs);
    fb_pool_destroy(&pool);
    return sum.n_different;
}

static int bench_named(const char *name, const struct options *options)
{
    char path[512];
    int n_different = 0;
    if (strchr(name, '/'))
        snprintf(path, sizeof path, "%s", name);
    else if (!strncmp(name, "lbp:", 4))
        snprintf(path, sizeof path, "/usr/share/opencv4/lbpcascades/lbpcascade_%s.xml", name + 4);
    else
        snprintf(path, sizeof path, "/usr/share/opencv4/haarcascades/haarcascade_%s.xml", name);
    if (options->width)
        return bench(path, options, options->width, options->height);
    n_different += bench(path, options, 1280, 720);
    n_different += bench(path, options, 1920, 1080);
    return n_different;
}

int main(int argc, char **argv)
{
    struct options options = {.n_pictures = 12, .n_repeats = 2, .n_threads = 1, .factor = 1.1};
    for (int option; (option = getopt(argc, argv, "n:r:f:t:s:p")) != -1;) {
        if (option == 'n')
            options.n_pictures = atoi(optarg) < MAX_PICTURES ? atoi(optarg) : MAX_PICTURES;
        else if (option == 'r')
            options.n_repeats = atoi(optarg);
        else if (option == 'f')
            options.factor = atof(optarg);
        else if (option == 't')
            options.n_threads = atoi(optarg);
        else if (option == 's' && sscanf(optarg, "%dx%d", &options.width, &options.height) == 2)
            continue;
        else if (option == 'p')
            options.kernel = VIS_CASCADE_KERNEL_PLAIN;
        else
            return 2;
    }
    int n_different = 0;
    static const char *const defaults[] = {"frontalface_default", "frontalface_alt2", "profileface",
                                           "lbp:frontalface"};
    for (int i = 0; i < 4 && optind == argc; i++)
        n_different += bench_named(defaults[i], &options);
    for (int i = optind; i < argc; i++)
        n_different += bench_named(argv[i], &options);
    return n_different != 0;
}

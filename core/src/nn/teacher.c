/* See nn/teacher.h. */
#include "nn/teacher.h"

#include "nn/image.h"

#include <stdlib.h>
#include <string.h>

enum { K = FB_EXPRESSION_COUNT, MAX_SIDE = 128, PATH_BYTES = 4096 };

struct nn_teacher {
    int n, max_batch;
    struct nn_classifier *classifiers[NN_MAX_TEACHERS];
    float (*p)[K];   /* (max_batch) one teacher's answers */
    float (*sum)[K]; /* (max_batch) */
    uint8_t *crops;  /* (max_batch, side, side) of a teacher that takes another size */
    struct nn_batch_source inner; /* of nn_teacher_source */
    float share;
};

static int add_classifier(struct nn_teacher *teacher, const char *path, size_t n_chars, struct fb_pool *pool)
{
    char text[PATH_BYTES];
    if (teacher->n == NN_MAX_TEACHERS)
        return fb_fail(FB_ERR_USAGE, "more than %d teachers", NN_MAX_TEACHERS);
    if (n_chars == 0 || n_chars >= sizeof text)
        return fb_fail(FB_ERR_USAGE, "a teacher's path is %s", n_chars ? "too long" : "empty");
    memcpy(text, path, n_chars);
    text[n_chars] = 0;
    int status = nn_classifier_create(text, teacher->max_batch, pool, &teacher->classifiers[teacher->n]);
    teacher->n += !status;
    return status;
}

int nn_teacher_create(const char *files, int max_batch, struct fb_pool *pool, struct nn_teacher **out)
{
    struct nn_teacher *teacher = *out = calloc(1, sizeof *teacher);
    if (!teacher)
        return fb_fail_nomem("teachers", sizeof *teacher);
    size_t n = (size_t)max_batch;
    int status = FB_OK;
    teacher->max_batch = max_batch;
    teacher->p = calloc(n, sizeof *teacher->p);
    teacher->sum = calloc(n, sizeof *teacher->sum);
    teacher->crops = calloc(n, (size_t)MAX_SIDE * MAX_SIDE);
    if (!teacher->p || !teacher->sum || !teacher->crops)
        status = fb_fail_nomem("teachers' answers", n * (size_t)MAX_SIDE * MAX_SIDE);
    for (const char *path = files; path && !status;) {
        const char *comma = strchr(path, ',');
        status = add_classifier(teacher, path, comma ? (size_t)(comma - path) : strlen(path), pool);
        path = comma ? comma + 1 : NULL;
    }
    if (status)
        nn_teacher_destroy(out);
    return status;
}

void nn_teacher_destroy(struct nn_teacher **teacher_ptr)
{
    struct nn_teacher *teacher = *teacher_ptr;
    if (!teacher)
        return;
    for (int i = 0; i < teacher->n; i++)
        nn_classifier_destroy(&teacher->classifiers[i]);
    free(teacher->p);
    free(teacher->sum);
    free(teacher->crops);
    free(teacher);
    *teacher_ptr = NULL;
}

/* sum += p / number of teachers */
static void add_answers(struct nn_teacher *teacher, int n, float (*sum)[K])
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < K; k++)
            sum[i][k] += teacher->p[i][k] / (float)teacher->n;
}

/* The crops at the size that a classifier takes. */
static const uint8_t *fitted(struct nn_teacher *teacher, int side, const uint8_t *crops, int n)
{
    if (side == NN_FACE_SIDE)
        return crops;
    for (int i = 0; i < n; i++)
        nn_image_fit(crops + (ptrdiff_t)i * NN_FACE_PX, NN_FACE_SIDE, NN_FACE_SIDE,
                     teacher->crops + (ptrdiff_t)i * side * side, side);
    return teacher->crops;
}

int nn_teacher_answer(struct nn_teacher *teacher, const uint8_t *crops, int n, float (*p)[K])
{
    memset(p, 0, (size_t)n * sizeof *p);
    for (int i = 0; i < teacher->n; i++) {
        int side = nn_classifier_info(teacher->classifiers[i])->side;
        if (side > MAX_SIDE)
            return fb_fail(FB_ERR_INPUT, "a teacher takes %d pixels a side, more than %d", side, MAX_SIDE);
        int status = nn_classifier_run(teacher->classifiers[i], fitted(teacher, side, crops, n), n, teacher->p);
        if (status)
            return status;
        add_answers(teacher, n, p);
    }
    return FB_OK;
}

static void mix(float (*target)[K], const float (*p)[K], int n, float share)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < K; k++)
            target[i][k] = (1 - share) * target[i][k] + share * p[i][k];
}

void nn_selection_mix(struct nn_selection *selection, const float (*p)[K], float share)
{
    mix(selection->target, p, selection->n, share);
}

/* Part by part: a batch may be larger than max_batch. */
static int teach(struct nn_teacher *teacher, const float *x, int n, float (*target)[K])
{
    size_t n_px = (size_t)(nn_classifier_info(teacher->classifiers[0])->side);
    n_px *= n_px;
    for (int first = 0; first < n; first += teacher->max_batch) {
        int part = n - first < teacher->max_batch ? n - first : teacher->max_batch;
        memset(teacher->sum, 0, (size_t)part * sizeof *teacher->sum);
        for (int i = 0; i < teacher->n; i++) {
            int status = nn_classifier_run_prepared(teacher->classifiers[i], x + (size_t)first * n_px, part,
                                                    teacher->p);
            if (status)
                return status;
            add_answers(teacher, part, teacher->sum);
        }
        mix(target + first, (const float(*)[K])teacher->sum, part, teacher->share);
    }
    return FB_OK;
}

static int fill(void *user, int epoch, int64_t first, int n, float *x, float *target, float *weight)
{
    struct nn_teacher *teacher = user;
    int status = teacher->inner.fill(teacher->inner.user, epoch, first, n, x, target, weight);
    return status ? status : teach(teacher, x, n, (float(*)[K])(void *)target);
}

int nn_teacher_source(struct nn_teacher *teacher, const struct nn_batch_source *inner, int side,
                      enum nn_preprocess preprocess, float share, struct nn_batch_source *out)
{
    for (int i = 0; i < teacher->n; i++) {
        const struct nn_classifier_info *info = nn_classifier_info(teacher->classifiers[i]);
        if (info->side != side || info->preprocess != preprocess)
            return fb_fail(FB_ERR_INPUT, "teacher %s takes %d pixels a side, preprocessed \"%s\", the student %d, "
                                         "\"%s\": it cannot see the same batches", info->name, info->side,
                           nn_preprocess_name(info->preprocess), side, nn_preprocess_name(preprocess));
    }
    teacher->inner = *inner;
    teacher->share = share;
    *out = *inner;
    out->user = teacher;
    out->fill = fill;
    return FB_OK;
}

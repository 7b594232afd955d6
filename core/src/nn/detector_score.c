/* See nn/detector_score.h. */
#include "nn/detector_score.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE_OTHER = NN_FACE_SIZE_COUNT, IS_FALSE = -1, MAX_FACES = 4096 };
#define ON_IGNORED 0.5f

/* A box that says something: a face found, or a false one. */
struct outcome {
    float score, overlap;
    int size; /* of the face; IS_FALSE */
};

struct nn_detector_score {
    struct outcome *outcomes;
    int n_outcomes, max_outcomes, n_pictures;
    bool is_sorted;
    float least_overlap;
    int n_faces[NN_FACE_SIZE_COUNT + 1];
};

int nn_detector_score_create(float overlap, struct nn_detector_score **out)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return fb_fail_nomem("a detector's score", sizeof **out);
    (*out)->least_overlap = overlap;
    return FB_OK;
}

void nn_detector_score_destroy(struct nn_detector_score **score)
{
    if (!*score)
        return;
    free((*score)->outcomes);
    free(*score);
    *score = NULL;
}

static int size_of(const struct nn_face *face)
{
    float w = face->box.w;
    return w >= 96 ? NN_FACE_96 : w >= 48 ? NN_FACE_48 : w >= 24 ? NN_FACE_24 : SIZE_OTHER;
}

static int add_outcome(struct nn_detector_score *score, struct outcome outcome)
{
    if (score->n_outcomes == score->max_outcomes) {
        int max = score->max_outcomes ? 2 * score->max_outcomes : 1024;
        struct outcome *grown = realloc(score->outcomes, (size_t)max * sizeof *grown);
        if (!grown)
            return fb_fail_nomem("a detector's score", (size_t)max * sizeof *grown);
        score->outcomes = grown;
        score->max_outcomes = max;
    }
    score->outcomes[score->n_outcomes++] = outcome;
    score->is_sorted = false;
    return FB_OK;
}

/* The face that box overlaps most and that is still to be found; -1: none. */
static int find_face(const struct nn_face *faces, int n, const bool *is_found, const struct nn_box *box, float least,
                     float *overlap)
{
    int best = -1;
    *overlap = least;
    for (int i = 0; i < n; i++) {
        float iou = nn_box_iou(box, &faces[i].box);
        if (faces[i].is_ignored || is_found[i] || iou < *overlap)
            continue;
        *overlap = iou;
        best = i;
    }
    return best;
}

static bool is_on_ignored(const struct nn_face *faces, int n, const struct nn_box *box)
{
    for (int i = 0; i < n; i++)
        if (faces[i].is_ignored && (nn_box_share(box, &faces[i].box) >= ON_IGNORED ||
                                    nn_box_iou(box, &faces[i].box) >= NN_SCORE_OVERLAP))
            return true;
    return false;
}

int nn_detector_score_add(struct nn_detector_score *score, const struct nn_face *faces, int n_faces,
                          const struct nn_detection *detections, int n_detections)
{
    bool is_found[MAX_FACES] = {false};
    if (n_faces > MAX_FACES)
        return fb_fail(FB_ERR_INPUT, "%d faces in a picture; more than %d", n_faces, MAX_FACES);
    score->n_pictures++;
    for (int i = 0; i < n_faces; i++)
        score->n_faces[size_of(&faces[i])] += !faces[i].is_ignored;
    for (int i = 0; i < n_detections; i++) {
        struct outcome outcome = {.score = detections[i].score, .size = IS_FALSE};
        int face = find_face(faces, n_faces, is_found, &detections[i].box, score->least_overlap, &outcome.overlap);
        if (face >= 0) {
            is_found[face] = true;
            outcome.size = size_of(&faces[face]);
        } else if (is_on_ignored(faces, n_faces, &detections[i].box)) {
            continue;
        }
        int status = add_outcome(score, outcome);
        if (status)
            return status;
    }
    return FB_OK;
}

static int compare(const void *a, const void *b)
{
    float left = ((const struct outcome *)a)->score, right = ((const struct outcome *)b)->score;
    return left < right ? 1 : left > right ? -1 : 0;
}

static void sort(struct nn_detector_score *score)
{
    if (!score->is_sorted && score->n_outcomes)
        qsort(score->outcomes, (size_t)score->n_outcomes, sizeof *score->outcomes, compare);
    score->is_sorted = true;
}

static double share(int part, int whole)
{
    return whole > 0 ? (double)part / whole : 0;
}

/* Of the best n outcomes. */
static void count(const struct nn_detector_score *score, int n, struct nn_detector_result *result)
{
    int n_found = 0;
    *result = (struct nn_detector_result){.n_pictures = score->n_pictures, .min_score = 1};
    memcpy(result->n_faces, score->n_faces, sizeof result->n_faces);
    for (int i = 0; i < n; i++) {
        const struct outcome *outcome = &score->outcomes[i];
        result->min_score = outcome->score;
        result->n_false += outcome->size == IS_FALSE;
        if (outcome->size == IS_FALSE)
            continue;
        n_found++;
        result->overlap += (double)outcome->overlap;
        if (outcome->size < NN_FACE_SIZE_COUNT)
            result->n_found[outcome->size]++;
    }
    result->overlap /= n_found > 0 ? n_found : 1;
    result->recall_24 = share(result->n_found[NN_FACE_24], result->n_faces[NN_FACE_24]);
    result->recall_48 = share(result->n_found[NN_FACE_48] + result->n_found[NN_FACE_96],
                              result->n_faces[NN_FACE_48] + result->n_faces[NN_FACE_96]);
    result->false_per_picture = share(result->n_false, result->n_pictures);
}

void nn_detector_score_at(struct nn_detector_score *score, double false_per_picture, struct nn_detector_result *result)
{
    int most = (int)(false_per_picture * score->n_pictures + 1e-9), n_false = 0, n = 0;
    sort(score);
    for (; n < score->n_outcomes; n++)
        if (score->outcomes[n].size == IS_FALSE && ++n_false > most)
            break;
    count(score, n, result);
}

void nn_detector_score_from(struct nn_detector_score *score, float min_score, struct nn_detector_result *result)
{
    int n = 0;
    sort(score);
    while (n < score->n_outcomes && score->outcomes[n].score >= min_score)
        n++;
    count(score, n, result);
    result->min_score = min_score;
}

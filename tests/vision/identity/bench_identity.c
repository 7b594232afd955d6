/* Identity on the hard demo class, ten minutes at 10 frames a second:
 *   bench_identity boxes [SEED ...]      the class's truth through a simulated detector, places
 * only bench_identity looks [SEED ...]      the same, with looks measured in the drawn frames
 *   bench_identity detector [SEED ...]   the drawn frames through the program's whole analysis, at
 *                                        real speed or less: minutes a seed
 * Prints IDF1, MOTA, switches and numbers a student. With a simulated detector only faces that were
 * detected count as there; with the real one all that look up and are uncovered, and of the others,
 * whom nobody expects it to find, those that it found: neither missed nor false, but with a number. */
#include "hard_class.h"

#include "stages.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int seen_boxes(const struct mon_observation *observation, struct score_box *boxes)
{
    int n = 0;
    for (int i = 0; i < observation->n_faces; i++)
        if (observation->faces[i].is_seen)
            boxes[n++] =
                (struct score_box){observation->faces[i].student, observation->faces[i].box};
    return n;
}

static bool run_simulated(struct hard_class *class, bool has_looks, struct score *score)
{
    struct mon_settings settings = mon_default_settings();
    struct mon_monitor *monitor = NULL;
    struct score_box given[MON_MAX_FACES];
    bool is_good = !mon_monitor_create(&settings, &monitor);
    while (is_good && hard_class_step(class)) {
        struct mon_observation observation = {
            .pts_ns = class->pts_ns, .width = 1280, .height = 720};
        is_good = !has_looks || hard_class_look(class);
        mon_monitor_track(monitor, &observation, class->detections, class->n_detections);
        score_add(score, class->truth, class->n_truth, given, seen_boxes(&observation, given));
    }
    mon_monitor_destroy(&monitor);
    return is_good;
}

/* As the score matches: the centres are within half the face's width. */
static bool is_among(const struct score_box *given, int n, const struct mon_box *face)
{
    for (int i = 0; i < n; i++) {
        const struct mon_box *box = &given[i].box;
        float dx = box->x + box->w / 2 - face->x - face->w / 2;
        float dy = box->y + box->h / 2 - face->y - face->h / 2;
        if (hypotf(dx, dy) < face->w / 2)
            return true;
    }
    return false;
}

static int findable(const struct hard_class *class, const struct score_box *given, int n_given,
                    struct score_box *truth)
{
    int n = 0;
    for (int i = 0; i < HARD_STUDENTS; i++) {
        const struct vis_demo_student *student = &class->students[i];
        bool is_expected = student->is_visible && !student->is_looking_down;
        if (is_expected || is_among(given, n_given, &student->box))
            truth[n++] = (struct score_box){student->id, student->box};
    }
    return n;
}

static bool run_detector(struct hard_class *class, struct score *score)
{
    struct app_analyzer_settings settings = app_default_analyzer_settings();
    struct app_analyzer *analyzer = NULL;
    struct score_box given[MON_MAX_FACES], truth[HARD_STUDENTS];
    char model[4096];
    snprintf(model, sizeof model, "%s/models/feltboard-2.safetensors",
             getenv("FELTBOARD_SOURCE_ROOT") ? getenv("FELTBOARD_SOURCE_ROOT") : ".");
    settings.model = model;
    bool is_good = !app_analyzer_create(&settings, &analyzer);
    while (is_good && hard_class_step(class)) {
        struct mon_observation observation;
        struct fb_frame *frame = hard_class_draw(class);
        is_good = frame && !app_analyzer_step(analyzer, frame, &observation);
        fb_frame_unref(&frame);
        if (!is_good)
            break;
        int n_given = seen_boxes(&observation, given);
        score_add(score, truth, findable(class, given, n_given, truth), given, n_given);
    }
    app_analyzer_destroy(&analyzer);
    return is_good;
}

static bool run(const char *mode, const char *seed)
{
    static struct score score;
    static struct hard_class class;
    memset(&score, 0, sizeof score);
    bool is_good = hard_class_open(&class, strtoull(seed, NULL, 10));
    if (is_good)
        is_good = !strcmp(mode, "detector") ? run_detector(&class, &score)
                                            : run_simulated(&class, !strcmp(mode, "looks"), &score);
    hard_class_close(&class);
    if (!is_good) {
        fprintf(stderr, "%s\n", fb_error_text());
        return false;
    }
    struct score_result r = score_finish(&score);
    printf(
        "%s, seed %s: IDF1 %.3f, MOTA %.3f, %d switches, %.2f numbers given a student, each bore "
        "%.2f\n",
        mode, seed, r.idf1, r.mota, r.n_switches, r.numbers_per_student, r.ids_per_student);
    return true;
}

int main(int argc, char **argv)
{
    static const char *const all[] = {"1", "2", "3"};
    const char *mode = argc > 1 ? argv[1] : "looks";
    bool is_good = true;
    for (int i = 0; i < (argc > 2 ? argc - 2 : 3) && is_good; i++)
        is_good = run(mode, argc > 2 ? argv[i + 2] : all[i]);
    return !is_good;
}

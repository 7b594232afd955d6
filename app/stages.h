/* The analysis of one frame: detect -> track -> crop -> classify -> label.
 *
 *     app_analyzer_create(&settings, &analyzer);
 *     app_analyzer_step(analyzer, frame, &observation);      // frames of a video, in order
 *     app_analyzer_still(analyzer, frame, &observation);     // a picture by itself, no tracking
 *
 * The only place where the boxes of vision meet the network of core/nn.
 * Threads: one at a time per handle. Nothing is allocated after create.
 */
#ifndef APP_STAGES_H
#define APP_STAGES_H

#include "find_faces.h"

#include "base/frame.h"
#include "base/pool.h"
#include "mon/monitor.h"
#include "nn/classifier.h"

struct app_analyzer_settings {
    const char *model; /* path of a .safetensors model */
    struct app_find_settings find;
    struct mon_settings monitor;
    int n_threads; /* of the worker pool; 0: one per core, at most 4 */
};
struct app_analyzer_settings app_default_analyzer_settings(void);

struct app_analyzer;
/* Errors of app_finder_create, nn_classifier_create, mon_monitor_create. */
FB_MUST_USE int app_analyzer_create(const struct app_analyzer_settings *settings,
                                    struct app_analyzer **out);
void app_analyzer_destroy(struct app_analyzer **analyzer);

const struct nn_classifier_info *app_analyzer_model(const struct app_analyzer *analyzer);

/* Fills *observation, times included. FB_ERR_FAILED when a stage fails. */
FB_MUST_USE int app_analyzer_step(struct app_analyzer *analyzer, const struct fb_frame *frame,
                                  struct mon_observation *observation);
/* The same for a single picture: students are numbered from 1 in order of the detector's score,
 * labels are not smoothed. */
FB_MUST_USE int app_analyzer_still(struct app_analyzer *analyzer, const struct fb_frame *frame,
                                   struct mon_observation *observation);
/* A student's own neutral face (mon/monitor.h), from main while step runs elsewhere: measured from
 * the next frame on. 0 seconds: no longer. */
void app_analyzer_measure_baseline(struct app_analyzer *analyzer, int student, double seconds);
bool app_analyzer_has_baseline(struct app_analyzer *analyzer, int student);
/* 0..1 while it is being measured, else 0. */
float app_analyzer_baseline_done(struct app_analyzer *analyzer, int student);
/* After a seek or a cut: faces are found anew. */
void app_analyzer_cut(struct app_analyzer *analyzer);

#endif

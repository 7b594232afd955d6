/* From detections to observations: tracks with stable student numbers, then smoothed labels.
 *
 *     mon_monitor_create(&settings, &monitor);
 *     for each analysed frame:
 *         mon_monitor_track(monitor, &observation, detections, n_detections);   // fills faces
 *         for each face with is_seen: crop it, classify it, fill p_raw, quality, is_labelled
 *         mon_monitor_label(monitor, &observation);                             // fills the rest
 *
 * Identity: memory of tens of seconds, damped velocity, a gate on centre distance in face sizes, live
 * tracks first. Numbers belong to seats: one that went astray when two passed each other, or when
 * somebody came back under a new number, goes back to the place its owner keeps to (after 2 s there).
 * Detections may carry a look (a few colours, kept in memory only): then numbers belong to people,
 * not to seats, and come back after minutes away. Without, two who swap seats for good swap numbers.
 * Threads: one at a time. Nothing is allocated after create.
 */
#ifndef MON_MONITOR_H
#define MON_MONITOR_H

#include "base/status.h"
#include "mon/observation.h"

struct mon_settings {
    double memory_s;          /* a lost student's number is kept so long (less for one seen for under
                                 3 s in all); 1..600, default 30 */
    double coast_s;           /* an unseen face is still drawn so long; 0..5, default 0.5 */
    int confirm_hits;         /* detections before a face gets a number, and 0.07 s for each but
                                 the first; 1..10, default 3 (1: at once, for single pictures) */
    float confirm_score;      /* mean detector score a face must reach to get a number, so that faint
                                 detections carry known faces on but start none; default 0 */
    float gate_faces;         /* match when centres are nearer than this many face sizes (1.5 times
                                 that for a lost face); 0.1..5, default 0.9 */
    double smoothing_s;       /* time constant of p; 0..5, default 0.35 */
    double hold_s;            /* a clear new label must lead so long before it is shown, a doubtful one
                                 longer; 0..2, default 0.25 (0: at once, for single pictures) */
    float min_confidence;     /* below: not sure; 0..1, default 0.45 */
    float min_quality;        /* below: not sure; 0..1, default 0.25 */
};

struct mon_settings mon_default_settings(void);

struct mon_monitor;
/* FB_ERR_USAGE names the field out of range; FB_ERR_NOMEM. */
FB_MUST_USE int mon_monitor_create(const struct mon_settings *settings, struct mon_monitor **out);
void mon_monitor_destroy(struct mon_monitor **monitor);

/* In: observation's frame_index, pts_ns, capture_ns, width, height. Out: faces (student, box,
 * velocity, is_seen; the rest zero), sorted by student; faces not confirmed yet have none.
 * pts_ns earlier than the last one (a seek) starts over the velocities, not the numbers. */
void mon_monitor_track(struct mon_monitor *monitor, struct mon_observation *observation,
                       const struct mon_detection *detections, int n_detections);

/* In: is_labelled, p_raw, quality of the faces, and reason if the quality gate found one (else
 * MON_SURE). Out: p, expression, confidence, reason. A face that coasts keeps its expression for a
 * second, with MON_REASON_UNSEEN; p is all 0 until the face had its first usable frame. */
void mon_monitor_label(struct mon_monitor *monitor, struct mon_observation *observation);

/* A student's own neutral face: from now on measured over so many seconds of labelled frames, then
 * what p is compared with (p_raw stays the network's). 0 seconds: no longer. In memory only. */
void mon_monitor_measure_baseline(struct mon_monitor *monitor, int student, double seconds);
/* False: none. is_ready: it is in use; done: 0..1 of the measuring. */
bool mon_monitor_baseline(const struct mon_monitor *monitor, int student, bool *is_ready,
                          float *done);

/* A hard cut: live tracks end; numbers are not reused by position, only by a look that is sure. */
void mon_monitor_cut(struct mon_monitor *monitor);

#endif

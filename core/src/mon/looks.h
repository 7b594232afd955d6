/* Numbers belong to people: what a face, its hair and the clothes below look like, learned while a
 * track is seen, tells two who cross apart, brings back the number of one who was away, and puts
 * right what was mixed up. In memory only, and gone with the tracker. Without looks in the
 * detections nothing here does anything. Threads: one at a time. */
#ifndef MON_LOOKS_H
#define MON_LOOKS_H

#include "tracker.h"

/* How unlike, in units of one person's variation: below 1 the same person, if any number is known.
 */
float mon_look_distance(const struct mon_look *a, const struct mon_look *b);

/* The same for a track's number and a detection; 1 (nothing known) without a look on either side.
 */
float mon_looks_match(const struct mon_track *track, const struct mon_detection *detection);

/* The number's owner has been seen well enough. */
bool mon_looks_known(const struct mon_track *track);

/* Whether looks speak for the track's being `other` rather than itself: negative is for, positive
 * against, 0 unknown. */
float mon_looks_against(const struct mon_track *track, const struct mon_track *other);

/* How unlike the owner of a number the track looks now; 1 when not known. */
float mon_looks_unlike(const struct mon_track *owner, const struct mon_track *track);

/* Takes in a detection of the track, dt_s after the last frame; is_alone: nobody near who may be in
 * the picture of the clothes. */
void mon_looks_learn(struct mon_track *track, const struct mon_detection *detection, bool is_alone,
                     float dt_s);

/* The number of somebody not in sight who surely looks like this new track; NULL: nobody. */
struct mon_track *mon_looks_recall(struct mon_tracker *tracker, const struct mon_track *track);

/* Swaps the numbers of two tracks, or takes one from a track out of sight, where looks say so for
 * long enough. */
void mon_looks_put_right(struct mon_tracker *tracker, float dt_s);

#endif

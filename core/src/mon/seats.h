/* Numbers belong to seats: each track has the place it keeps to, and numbers that went astray,
 * because people passed each other or came back unseen, go back to where their owners sit. On the
 * simulated class this takes IDF1 from 0.80/0.85/0.81 to 0.88/0.95/0.95 at 5/10/30 fps. Threads:
 * one at a time. */
#ifndef MON_SEATS_H
#define MON_SEATS_H

#include "tracker.h"

float mon_box_centre_x(const struct mon_box *box);
float mon_box_centre_y(const struct mon_box *box);

/* Of the centres, in face sizes (the mean width of the two); FLT_MAX if the sizes do not fit. */
float mon_box_distance(const struct mon_box *a, const struct mon_box *b);

/* Moves the track's home towards its box: quickly at first, then slowly. */
void mon_seats_settle(struct mon_track *track, float dt_s);

/* When the median student has left the seat, it was the camera that moved: moves all seats with it.
 */
void mon_seats_follow_camera(struct mon_tracker *tracker, float dt_s);

/* Gives an older number to its student's new track, and swaps two that sit on each other's seats.
 */
void mon_seats_hand_over(struct mon_tracker *tracker, float dt_s);

#endif

/* The fixed disturbances of `evaluate --robustness`: what a box that sits badly, a far seat, a dark
 * room or a hand before the face do to a crop. Directions alternate with the face's index, so that no
 * side is favoured; the same index gives the same picture. Threads: pure functions, any thread. */
#ifndef NN_DISTURB_H
#define NN_DISTURB_H

#include <stdint.h>

/* How many there are; 0 is "unchanged". */
int nn_disturb_count(void);
/* "shift 2 px (of 48)" ...; static storage. kind in [0, nn_disturb_count()). */
const char *nn_disturb_name(int kind);
/* One crop: from, to (side, side); side 16..128. index: the face's number in its set. */
void nn_disturb(int kind, int64_t index, const uint8_t *from, int side, uint8_t *to);

#endif

/* Windows of ours against OpenCV's: pictures to try, and the comparison itself. */
#ifndef TESTS_CASCADE_COMPARE_H
#define TESTS_CASCADE_COMPARE_H

#include "oracle.h"
#include "vis/cascade.h"

#include <stdbool.h>

struct picture {
    uint8_t *grey;
    int width, height, stride;
};

enum synthetic {
    SYNTHETIC_NOISE,
    SYNTHETIC_FLAT,
    SYNTHETIC_BINARY,
    SYNTHETIC_SATURATED,
    SYNTHETIC_GRADIENT,
    SYNTHETIC_FACES, /* drawn: ovals with brows, eyes, nose and mouth on noise */
    SYNTHETIC_COUNT,
};

/* The same picture for the same arguments. */
struct picture picture_draw(enum synthetic kind, int width, int height, uint64_t seed);
/* A picture file as grey, scaled (area): to width x height, or with height 0 so that its longest side
 * is width px. .grey is NULL when it cannot be read. */
struct picture picture_load(const char *path, int width, int height);
void picture_free(struct picture *picture);

/* Up to max paths of pictures of the research data (none when absent); free each. */
int list_pictures(char **paths, int max);

/* The first n_stages stages of a cascade in a file of its own; the caller unlinks it. */
bool write_first_stages(const char *path, int n_stages, const char *to);

struct comparison {
    int n_ours, n_theirs, n_different, n_pictures;
};
/* Raw windows of one picture, added to *sum; differences are listed on stderr (the first few). */
void compare_windows(struct vis_cascade *ours, struct oracle *theirs,
                     const struct vis_cascade_settings *settings, const struct picture *picture,
                     const char *what, struct comparison *sum);

#endif

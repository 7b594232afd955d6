/* What a student looks like, drawn by lot. Colours come from a few that go together.
 * A plain value. */
#ifndef VIS_DEMO_LOOK_H
#define VIS_DEMO_LOOK_H

#include "canvas.h"

#include "base/rng.h"

enum demo_hair {
    DEMO_HAIR_SHORT,
    DEMO_HAIR_SWOOP,
    DEMO_HAIR_BUZZ,
    DEMO_HAIR_CURLS,
    DEMO_HAIR_AFRO,
    DEMO_HAIR_BOB,
    DEMO_HAIR_LONG,
    DEMO_HAIR_FRINGE,
    DEMO_HAIR_BUN,
    DEMO_HAIR_TAIL,
    DEMO_HAIR_SCARF,
    DEMO_HAIR_COUNT,
};

enum demo_clothes {
    DEMO_CLOTHES_TEE,
    DEMO_CLOTHES_SHIRT,
    DEMO_CLOTHES_HOODIE,
    DEMO_CLOTHES_VNECK,
    DEMO_CLOTHES_STRIPES,
    DEMO_CLOTHES_COUNT,
};

struct demo_look {
    struct demo_colour skin, hair, cloth, trim; /* trim: shirt under the pullover, stripes, scarf */
    enum demo_hair hair_kind;
    enum demo_clothes clothes_kind;
    bool has_glasses;
    float jaw, chin;   /* shares of the usual width and length, about 1 */
    float is_mirrored; /* 1 or -1: the side of a parting */
    uint64_t seed;     /* for strands and folds */
};

/* student from 0: neighbours get different clothes. */
struct demo_look demo_look_draw(uint64_t seed, int student);

#endif

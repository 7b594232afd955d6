/* See look.h. */
#include "look.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const uint32_t skins[] = {0xf6d6bc, 0xf1caae, 0xe9ba98, 0xdcaa84,
                                 0xc9946c, 0xb07c57, 0x9c6a4a, 0x8a5b40};
static const uint32_t hairs[] = {0x231c1d, 0x2d2220, 0x432c20, 0x5c3d28,
                                 0x77512f, 0x9a6f3f, 0xc49a5e, 0x8a4526};
/* Muted, of like strength; a class in which no pullover shouts. */
static const uint32_t cloths[] = {0x3f6f78, 0xc97b5a, 0x4a5d84, 0xd9ad5b, 0x7d9778, 0xa9616b,
                                  0x5c4f78, 0xe6d9c3, 0x7fa6b8, 0x46505c, 0xc58f8b, 0x5f7f5c};
static const uint32_t trims[] = {0xf4eee2, 0xdce6ea, 0xe9d5c3, 0xd7e0cf};

static uint32_t pick(struct fb_rng *rng, const uint32_t *list, size_t n)
{
    return list[fb_rng_below(rng, (uint32_t)n)];
}

/* Dark skin goes with dark hair more often than not; fair hair with fair skin. */
static struct demo_colour draw_hair(struct fb_rng *rng, uint32_t skin_index)
{
    uint32_t n = skin_index >= 4 ? 3 : skin_index >= 2 ? 5 : (uint32_t)COUNT(hairs);
    return demo_rgb(hairs[fb_rng_below(rng, n)]);
}

static enum demo_hair draw_hair_kind(uint64_t seed, int student)
{
    /* Every kind once before any comes twice; the order is the seed's. */
    int order[DEMO_HAIR_COUNT];
    struct fb_rng shuffle;
    fb_rng_seed_stream(&shuffle, seed, 9000 + (uint64_t)(student / DEMO_HAIR_COUNT));
    for (int i = 0; i < DEMO_HAIR_COUNT; i++) {
        int j = (int)fb_rng_below(&shuffle, (uint32_t)i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    return (enum demo_hair)order[student % DEMO_HAIR_COUNT];
}

struct demo_look demo_look_draw(uint64_t seed, int student)
{
    struct fb_rng rng;
    fb_rng_seed_stream(&rng, seed, (uint64_t)student);
    uint32_t skin = (fb_rng_below(&rng, COUNT(skins)) + 5 * (uint32_t)student) % COUNT(skins);
    uint32_t cloth = (uint32_t)(seed % COUNT(cloths)) + 5 * (uint32_t)student;
    struct demo_look look = {
        .skin = demo_rgb(skins[skin]),
        .hair = draw_hair(&rng, skin),
        .hair_kind = draw_hair_kind(seed, student),
        .cloth = demo_rgb(cloths[cloth % COUNT(cloths)]),
        .trim = demo_rgb(pick(&rng, trims, COUNT(trims))),
        .clothes_kind = (enum demo_clothes)fb_rng_below(&rng, DEMO_CLOTHES_COUNT),
        .has_glasses = fb_rng_below(&rng, 6) == 0,
        .jaw = fb_rng_range(&rng, 0.95f, 1.06f),
        .chin = fb_rng_range(&rng, 0.97f, 1.04f),
        .is_mirrored = fb_rng_below(&rng, 2) ? 1.0f : -1.0f,
        .seed = fb_rng_u64(&rng),
    };
    if (look.hair_kind == DEMO_HAIR_AFRO || look.hair_kind == DEMO_HAIR_CURLS)
        look.hair = demo_rgb(hairs[fb_rng_below(&rng, 4)]);
    if (look.hair_kind == DEMO_HAIR_SCARF)
        look.trim = demo_rgb(cloths[(cloth + 6) % COUNT(cloths)]);
    return look;
}

/* The working memory of a vector kernel: integral images of one tile of a level, what is known of
 * its windows, and those waiting to be evaluated sixteen at a time. One per worker. */
#ifndef CASCADE_TILE_H
#define CASCADE_TILE_H

#include "kernel.h"
#include "program.h"

#define TILE_ROWS_PX 96 /* of windows' top edges; even */
#define TILE_BATCH_ROWS 8
#define TILE_MAX_WORDS 256
#define TILE_MAX_BLOCKS (TILE_MAX_WORDS / CAS_LANES)
#define TILE_MAX_PX (TILE_MAX_WORDS + 64) /* columns, with room for vectors */
#define TILE_PENDING (3 * CAS_LANES)

/* A window that waits: its place in the tile and its deviation's bounds. */
struct tile_window {
    uint16_t x, y; /* window column; px row */
    int16_t low, high;
    float deviation;
};

struct tile_pending {
    struct tile_window windows[TILE_PENDING];
    int n;
};

/* Sixteen neighbouring windows, some of which are still alive. */
struct tile_job {
    const uint16_t *base;
    const struct cas_block *block;
    uint32_t alive; /* a bit each */
    uint16_t x, y;  /* of the first window: window column; px row */
};

#define TILE_MAX_JOBS (TILE_BATCH_ROWS * TILE_MAX_BLOCKS / 2 + 8)

struct tile {
    const struct cas_program *program;
    const struct cas_level *level;
    int i_level;
    struct cas_hits *hits;
    int x0, y0;                   /* px of the level */
    int n_px;                     /* columns of pixels, a multiple of 16 */
    int n_rows;                   /* rows of pixels */
    int n_windows;                /* a row */
    uint16_t *rows;               /* (n_rows + 1, pitch_words): see enum cas_layout */
    uint32_t *squares;            /* (n_rows + 1, copy_words) integral of squares, mod 2^32 */
    uint16_t *patch;              /* 16 windows transposed */
    struct tile_pending *pending; /* by stage */
    uint16_t *running;            /* TILE_MAX_PX: the upright integral's present row, all columns */
    uint16_t *tilted;             /* 3 * TILE_MAX_PX: the tilted one's last three rows */
    struct cas_block blocks[TILE_BATCH_ROWS][TILE_MAX_BLOCKS];
    uint32_t alive[TILE_BATCH_ROWS][TILE_MAX_BLOCKS];
    uint8_t is_skipped[TILE_ROWS_PX]; /* by row: the rule of skipping carries into the next tile */
    struct tile_job jobs[2][TILE_MAX_JOBS]; /* of blocks of even and odd number */
    int n_jobs[2];
};

#endif

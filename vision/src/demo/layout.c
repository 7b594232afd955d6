/* See layout.h. The rows' face sizes are those of a 1280x720 picture; rows are stacked from the
 * front so that a head just does not reach the chin of the one behind it. */
#include "layout.h"

#include "base/rng.h"

#include <math.h>

#define SPACING 2.3f /* least distance of neighbours, in face squares */
#define DESK_BELOW 1.40f
#define FRONT_DESK 0.875f /* of the picture's height */
#define HAIR_ABOVE 0.93f
#define CHIN_BELOW 0.60f

static const float row_face_px[DEMO_MAX_ROWS][DEMO_MAX_ROWS] = {
    {165.0f},
    {126.0f, 100.0f},
    {96.0f, 82.0f, 70.0f},
    {76.0f, 67.0f, 59.0f, 52.0f},
    {62.0f, 56.0f, 50.0f, 45.0f, 41.0f},
};

static int n_rows_for(int n_students)
{
    return n_students <= 3    ? 1
           : n_students <= 8  ? 2
           : n_students <= 18 ? 3
           : n_students <= 32 ? 4
                              : 5;
}

static void place_rows(struct demo_layout *l)
{
    float y = 0.0f;
    for (int r = 0; r < l->n_rows; r++) {
        struct demo_row *row = &l->rows[r];
        row->face_px = row_face_px[l->n_rows - 1][r] * l->unit;
        if (r == 0)
            y = FRONT_DESK * (float)l->height - DESK_BELOW * row->face_px;
        else
            y -= HAIR_ABOVE * l->rows[r - 1].face_px + CHIN_BELOW * row->face_px;
        row->face_y = y;
        row->desk_y = y + DESK_BELOW * row->face_px;
    }
}

/* Rows get students in proportion to their room. */
static void fill_rows(struct demo_layout *l)
{
    float room = 0.0f, so_far = 0.0f;
    int first = 0;
    for (int r = 0; r < l->n_rows; r++)
        room += 1.0f / l->rows[r].face_px;
    for (int r = 0; r < l->n_rows; r++) {
        so_far += 1.0f / l->rows[r].face_px;
        int end = (int)lrintf((float)l->n_students * so_far / room);
        l->rows[r].first = first;
        l->rows[r].n = end - first;
        first = end;
    }
}

static void seat_row(struct demo_layout *l, int r, uint64_t seed)
{
    struct demo_row *row = &l->rows[r];
    float width = (float)l->width, n = (float)row->n;
    float spacing = fminf(3.1f * row->face_px, (width - 0.2f * row->face_px) / fmaxf(n, 1.0f));
    float spare = fmaxf(0.5f * (width - (n - 1.0f) * spacing) - 1.05f * row->face_px, 0.0f);
    float stagger = l->n_rows > 1 ? fminf(0.24f * spacing, spare) : 0.0f;
    float offset = r % 2 ? -stagger : stagger;
    for (int i = 0; i < row->n; i++) {
        struct fb_rng rng;
        fb_rng_seed_stream(&rng, seed, 5000 + (uint64_t)(row->first + i));
        float jitter =
            fb_rng_range(&rng, -0.5f, 0.5f) * fmaxf(spacing - SPACING * row->face_px, 0.0f);
        l->seats[row->first + i] = (struct demo_seat){
            0.5f * width + ((float)i - 0.5f * (n - 1.0f)) * spacing + offset + 0.6f * jitter,
            row->face_y + fb_rng_range(&rng, -0.03f, 0.05f) * row->face_px, r};
    }
}

struct demo_layout demo_layout_make(int width, int height, int n_students, uint64_t seed)
{
    struct demo_layout l = {
        .width = width,
        .height = height,
        .n_students = n_students,
        .n_rows = n_rows_for(n_students),
        .unit = fminf((float)width / 1280.0f, (float)height / 720.0f),
    };
    place_rows(&l);
    fill_rows(&l);
    for (int r = 0; r < l.n_rows; r++)
        seat_row(&l, r, seed);
    return l;
}

/* Where the students sit: rows of desks in perspective, row 0 nearest. A plain value. */
#ifndef VIS_DEMO_LAYOUT_H
#define VIS_DEMO_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

enum { DEMO_MAX_STUDENTS = 40, DEMO_MAX_ROWS = 5 };

struct demo_seat {
    float x, y; /* px of the frame: the face's centre at rest */
    int row;
};

struct demo_row {
    float face_px; /* side of a face's square */
    float face_y;  /* px of the frame */
    float desk_y;  /* near edge of the desk's top */
    int first, n;  /* its students */
};

struct demo_layout {
    int width, height, n_rows, n_students;
    bool is_hard; /* behaves as script_hard.h says */
    float unit; /* px of the frame per px of a 1280x720 one */
    struct demo_row rows[DEMO_MAX_ROWS];
    struct demo_seat seats[DEMO_MAX_STUDENTS];
};

/* n_students 1..DEMO_MAX_STUDENTS */
struct demo_layout demo_layout_make(int width, int height, int n_students, uint64_t seed);

#endif

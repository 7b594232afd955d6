/* Outlines of lines and Bezier curves, as the edges a rasteriser wants. Points pass through an
 * affine map on their way in, so that shapes are written in their own units. A plain value; too
 * many edges are left out. Threads: one at a time per value. */
#ifndef VIS_DEMO_PATH_H
#define VIS_DEMO_PATH_H

enum { DEMO_PATH_MAX_EDGES = 4096 };

/* (x, y) -> (xx * x + xy * y + x0, yx * x + yy * y + y0) */
struct demo_map {
    float xx, xy, yx, yy, x0, y0;
};
struct demo_map demo_map_scale(float scale, float x0, float y0);
/* Turned about its origin by angle (radians, clockwise on the screen). */
struct demo_map demo_map_turn(float scale, float angle, float x0, float y0);

struct demo_edge {
    float x0, y0, x1, y1; /* px */
};

struct demo_path {
    struct demo_map map;
    int n;
    float x, y, start_x, start_y; /* pen and start of the outline, px */
    struct demo_edge edges[DEMO_PATH_MAX_EDGES];
};

void demo_path_begin(struct demo_path *path, const struct demo_map *map);
void demo_move(struct demo_path *path, float x, float y);
void demo_line(struct demo_path *path, float x, float y);
void demo_curve(struct demo_path *path, float ax, float ay, float bx, float by, float x, float y);
void demo_close(struct demo_path *path);

void demo_ellipse(struct demo_path *path, float x, float y, float rx, float ry);
/* Inside out: cuts a hole into what is there. */
void demo_ellipse_hole(struct demo_path *path, float x, float y, float rx, float ry);
void demo_box(struct demo_path *path, float x, float y, float w, float h, float radius);
void demo_quad(struct demo_path *path, const float xy[8]);
/* A smooth closed outline through n points x, y, x, y ... (Catmull-Rom). */
void demo_blob(struct demo_path *path, const float *xy, int n);
/* A pen stroke along a Bezier curve from (xy[0], xy[1]) to (xy[6], xy[7]), from width_0 to width_1.
 */
void demo_stroke(struct demo_path *path, const float xy[8], float width_0, float width_1);

#endif

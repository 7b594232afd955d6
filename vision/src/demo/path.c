/* See path.h. */
#include "path.h"

#include <math.h>

enum { N_CURVE_STEPS = 20, N_STROKE_STEPS = 14 };

struct demo_map demo_map_scale(float scale, float x0, float y0)
{
    return (struct demo_map){scale, 0.0f, 0.0f, scale, x0, y0};
}

struct demo_map demo_map_turn(float scale, float angle, float x0, float y0)
{
    float c = scale * cosf(angle), s = scale * sinf(angle);
    return (struct demo_map){c, -s, s, c, x0, y0};
}

void demo_path_begin(struct demo_path *path, const struct demo_map *map)
{
    path->map = *map;
    path->n = 0;
    path->x = path->y = path->start_x = path->start_y = 0.0f;
}

static void edge_to(struct demo_path *path, float px, float py)
{
    if (path->n < DEMO_PATH_MAX_EDGES)
        path->edges[path->n++] = (struct demo_edge){path->x, path->y, px, py};
    path->x = px;
    path->y = py;
}

static float map_x(const struct demo_map *m, float x, float y)
{
    return m->xx * x + m->xy * y + m->x0;
}

static float map_y(const struct demo_map *m, float x, float y)
{
    return m->yx * x + m->yy * y + m->y0;
}

void demo_move(struct demo_path *path, float x, float y)
{
    path->x = path->start_x = map_x(&path->map, x, y);
    path->y = path->start_y = map_y(&path->map, x, y);
}

void demo_line(struct demo_path *path, float x, float y)
{
    edge_to(path, map_x(&path->map, x, y), map_y(&path->map, x, y));
}

static float bezier(float a, float b, float c, float d, float t)
{
    float s = 1.0f - t;
    return s * s * s * a + 3.0f * s * s * t * b + 3.0f * s * t * t * c + t * t * t * d;
}

void demo_curve(struct demo_path *path, float ax, float ay, float bx, float by, float x, float y)
{
    const struct demo_map *m = &path->map;
    float from_x = path->x, from_y = path->y;
    for (int i = 1; i <= N_CURVE_STEPS; i++) {
        float t = (float)i / N_CURVE_STEPS;
        edge_to(path, bezier(from_x, map_x(m, ax, ay), map_x(m, bx, by), map_x(m, x, y), t),
                bezier(from_y, map_y(m, ax, ay), map_y(m, bx, by), map_y(m, x, y), t));
    }
}

void demo_close(struct demo_path *path)
{
    edge_to(path, path->start_x, path->start_y);
}

#define CIRCLE 0.5523f /* control points of a quarter circle */

void demo_ellipse(struct demo_path *path, float x, float y, float rx, float ry)
{
    float kx = CIRCLE * rx, ky = CIRCLE * ry;
    demo_move(path, x + rx, y);
    demo_curve(path, x + rx, y + ky, x + kx, y + ry, x, y + ry);
    demo_curve(path, x - kx, y + ry, x - rx, y + ky, x - rx, y);
    demo_curve(path, x - rx, y - ky, x - kx, y - ry, x, y - ry);
    demo_curve(path, x + kx, y - ry, x + rx, y - ky, x + rx, y);
    demo_close(path);
}

void demo_ellipse_hole(struct demo_path *path, float x, float y, float rx, float ry)
{
    demo_ellipse(path, x, y, -rx, ry);
}

void demo_box(struct demo_path *path, float x, float y, float w, float h, float r)
{
    float k = r * (1.0f - CIRCLE), x1 = x + w, y1 = y + h;
    demo_move(path, x + r, y);
    demo_line(path, x1 - r, y);
    demo_curve(path, x1 - k, y, x1, y + k, x1, y + r);
    demo_line(path, x1, y1 - r);
    demo_curve(path, x1, y1 - k, x1 - k, y1, x1 - r, y1);
    demo_line(path, x + r, y1);
    demo_curve(path, x + k, y1, x, y1 - k, x, y1 - r);
    demo_line(path, x, y + r);
    demo_curve(path, x, y + k, x + k, y, x + r, y);
    demo_close(path);
}

void demo_quad(struct demo_path *path, const float xy[8])
{
    demo_move(path, xy[0], xy[1]);
    for (int i = 1; i < 4; i++)
        demo_line(path, xy[2 * i], xy[2 * i + 1]);
    demo_close(path);
}

void demo_blob(struct demo_path *path, const float *xy, int n)
{
    demo_move(path, xy[0], xy[1]);
    for (int i = 0; i < n; i++) {
        const float *a = xy + 2 * ((i + n - 1) % n), *b = xy + 2 * i, *c = xy + 2 * ((i + 1) % n),
                    *d = xy + 2 * ((i + 2) % n);
        demo_curve(path, b[0] + (c[0] - a[0]) / 6.0f, b[1] + (c[1] - a[1]) / 6.0f,
                   c[0] - (d[0] - b[0]) / 6.0f, c[1] - (d[1] - b[1]) / 6.0f, c[0], c[1]);
    }
    demo_close(path);
}

struct pen {
    float x, y, nx, ny; /* point of the curve; normal of half the pen's width */
};

static struct pen pen_at(const float xy[8], float t, float width)
{
    float x = bezier(xy[0], xy[2], xy[4], xy[6], t), y = bezier(xy[1], xy[3], xy[5], xy[7], t);
    float ahead = t + 0.01f, behind = t - 0.01f;
    float dx =
        bezier(xy[0], xy[2], xy[4], xy[6], ahead) - bezier(xy[0], xy[2], xy[4], xy[6], behind);
    float dy =
        bezier(xy[1], xy[3], xy[5], xy[7], ahead) - bezier(xy[1], xy[3], xy[5], xy[7], behind);
    float length = sqrtf(dx * dx + dy * dy) + 1e-9f, half = 0.5f * width / length;
    return (struct pen){x, y, -dy * half, dx * half};
}

void demo_stroke(struct demo_path *path, const float xy[8], float width_0, float width_1)
{
    for (int i = 0; i <= 2 * N_STROKE_STEPS + 1; i++) { /* down one side, up the other */
        int step = i <= N_STROKE_STEPS ? i : 2 * N_STROKE_STEPS + 1 - i;
        float t = (float)step / N_STROKE_STEPS, side = i <= N_STROKE_STEPS ? 1.0f : -1.0f;
        struct pen pen = pen_at(xy, t, width_0 + (width_1 - width_0) * t);
        if (i == 0)
            demo_move(path, pen.x + pen.nx, pen.y + pen.ny);
        else
            demo_line(path, pen.x + side * pen.nx, pen.y + side * pen.ny);
    }
    demo_close(path);
}

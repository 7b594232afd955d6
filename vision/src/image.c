/* See vis/image.h: crops, their quality, and blur. Still pictures in and out are in image_io.c. */
#include "vis/image.h"

#include "resample.h"

#include <math.h>
#include <stdbool.h>

static int clamp_int(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

struct square {
    float x, y, side; /* px of the frame; finite, side > 0 */
};

/* Boxes come from detectors and files: whatever they hold, the square stays near the frame, so that
 * the loops below end soon. */
static struct square square_of(const struct fb_frame *frame, const struct mon_box *box,
                               float factor)
{
    float reach = 2.0f * (float)(frame->width > frame->height ? frame->width : frame->height);
    float side = fmaxf(box->w, box->h) * factor;
    float cx = box->x + 0.5f * box->w, cy = box->y + 0.5f * box->h;
    side = fminf(fmaxf(side, 1.0f), reach); /* fmaxf drops a NaN */
    cx = fminf(fmaxf(cx, -reach), reach);
    cy = fminf(fmaxf(cy, -reach), reach);
    return (struct square){cx - 0.5f * side, cy - 0.5f * side, side};
}

void vis_crop_face(const struct fb_frame *frame, const struct mon_box *box, float factor, int side,
                   uint8_t *out)
{
    struct square square = square_of(frame, box, factor);
    struct vis_grey grey = {frame->y, frame->width, frame->height, frame->y_stride};
    struct vis_part part = {square.x, square.y, square.side, square.side};
    vis_resample(&grey, &part, side, side, 0, side, out, side);
}

static double mean_of(const uint8_t *crop, int n)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += crop[i];
    return sum / n;
}

static double variance_of(const uint8_t *crop, int n, double mean)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += (crop[i] - mean) * (crop[i] - mean);
    return sum / n;
}

static double laplacian_variance(const uint8_t *crop, int side)
{
    double sum = 0.0, sum_squared = 0.0;
    for (int row = 1; row < side - 1; row++) {
        for (int col = 1; col < side - 1; col++) {
            const uint8_t *p = crop + row * side + col;
            int value = p[-side] + p[side] + p[-1] + p[1] - 4 * p[0];
            sum += value;
            sum_squared += (double)value * value;
        }
    }
    double n = (double)(side - 2) * (side - 2), mean = sum / n;
    return sum_squared / n - mean * mean;
}

struct vis_crop_quality vis_crop_measure(const uint8_t *crop, int side, float size_px)
{
    double mean = mean_of(crop, side * side), variance = variance_of(crop, side * side, mean);
    bool is_flat = variance < 1.0 || side < 3;
    return (struct vis_crop_quality){
        .size_px = size_px,
        .sharpness = is_flat ? 0.0f : (float)(laplacian_variance(crop, side) / variance),
        .mean = (float)mean,
        .contrast = (float)sqrt(variance),
    };
}

struct plane {
    uint8_t *pixels;
    int width, height, stride;
};

static void flatten_block(const struct plane *plane, int x0, int y0, int block)
{
    int x1 = clamp_int(x0 + block, 0, plane->width), y1 = clamp_int(y0 + block, 0, plane->height);
    int sum = 0, n = (x1 - x0) * (y1 - y0);
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            sum += plane->pixels[y * plane->stride + x];
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            plane->pixels[y * plane->stride + x] = (uint8_t)((sum + n / 2) / n);
}

static void flatten_blocks(const struct plane *plane, int x0, int y0, int x1, int y1, int block)
{
    for (int y = y0; y < y1 && y < plane->height; y += block)
        for (int x = x0; x < x1 && x < plane->width; x += block)
            flatten_block(plane, x, y, block);
}

/* Blocks are a power of two and lie on a grid fixed to the frame: were the grid to move with the
 * face, the frames of a video would together give the detail back. */
void vis_frame_blur(struct fb_frame *frame, const struct mon_box *box)
{
    float side = fmaxf(box->w, box->h), limit = (float)FB_FRAME_MAX_SIDE;
    if (!(side > 0.0f) || !(fabsf(box->x) <= limit) || !(fabsf(box->y) <= limit))
        return;
    if (box->x >= (float)frame->width || box->y >= (float)frame->height ||
        box->x + box->w <= 0.0f || box->y + box->h <= 0.0f)
        return;
    int block = 8;
    while ((float)(8 * block) < fminf(side, limit))
        block *= 2;
    int x0 = clamp_int((int)floorf(box->x), 0, frame->width) / block * block;
    int y0 = clamp_int((int)floorf(box->y), 0, frame->height) / block * block;
    int x1 = (int)ceilf(box->x + fminf(box->w, limit));
    int y1 = (int)ceilf(box->y + fminf(box->h, limit));
    int half_width = (frame->width + 1) / 2, half_height = (frame->height + 1) / 2;
    struct plane planes[] = {{frame->y, frame->width, frame->height, frame->y_stride},
                             {frame->u, half_width, half_height, frame->uv_stride},
                             {frame->v, half_width, half_height, frame->uv_stride}};
    flatten_blocks(&planes[0], x0, y0, x1, y1, block);
    for (int i = 1; i < 3; i++)
        flatten_blocks(&planes[i], x0 / 2, y0 / 2, (x1 + 1) / 2, (y1 + 1) / 2, block / 2);
}

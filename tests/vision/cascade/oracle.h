/* cv::CascadeClassifier, cv::groupRectangles and cv::resize behind C, for the tests only. */
#ifndef TESTS_CASCADE_ORACLE_H
#define TESTS_CASCADE_ORACLE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct oracle;
struct oracle_rect {
    int x, y, w, h, n_neighbours;
};

/* NULL: OpenCV cannot load it. */
struct oracle *oracle_create(const char *path);
void oracle_destroy(struct oracle *oracle);
/* Number found; at most max are written. Single thread. */
int oracle_detect(struct oracle *oracle, const uint8_t *grey, int width, int height, int stride,
                  double scale_factor, int min_neighbours, int min_px, int max_px,
                  struct oracle_rect *rects, int max);
/* In place; returns the number left. */
int oracle_group(struct oracle_rect *rects, int n, int min_neighbours, double distance);
/* INTER_LINEAR_EXACT. */
void oracle_resize(const uint8_t *from, int width, int height, uint8_t *to, int to_width,
                   int to_height);
/* INTER_AREA. stride: of from, bytes a row. */
void oracle_shrink(const uint8_t *from, int width, int height, int stride, uint8_t *to, int to_width,
                   int to_height);

#ifdef __cplusplus
}
#endif

#endif

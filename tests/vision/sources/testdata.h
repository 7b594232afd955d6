/* What the tests of sources and recorder share: a folder of their own, files made byte by byte,
 * pictures with known content, recordings to read back. */
#ifndef TESTDATA_H
#define TESTDATA_H

#include "vis/recorder.h"
#include "vis/source.h"

/* A path in this run's own folder; the folder goes at exit. Static storage, eight at a time. */
const char *testdata_path(const char *name);

void testdata_write(const char *name, const void *bytes, size_t n_bytes);
/* The whole file; n_bytes gets its size. The caller frees; NULL when it cannot be read. */
unsigned char *testdata_read(const char *path, size_t *n_bytes);
/* The first share of a file under another name. */
void testdata_truncate(const char *from, const char *to, double share);

/* Fills with one colour, full range BT.601. */
void testdata_fill(struct fb_frame *frame, int y, int u, int v);
double testdata_mean(const uint8_t *plane, int stride, int width, int height);

/* A recording of n frames; frame i is grey (16 * i) % 256 at pts_ns[i]. Returns the status. */
int testdata_record(const char *path, int width, int height, const int64_t *pts_ns, int n);

/* Opens with default settings. */
int testdata_open(const char *spec, struct vis_source **source);
/* Reads to the end; keeps the first max times and top left grey values (both may be NULL). Returns
 * the number of frames, or the error. */
int testdata_read_all(struct vis_source *source, int64_t *pts_ns, int *grey, int max);

/* Opens and expects code and a line that holds text. */
#define CHECK_REFUSED(spec, code, text)                                                            \
    do {                                                                                           \
        struct vis_source *refused_source;                                                         \
        CHECK_INT(testdata_open(spec, &refused_source), code);                                     \
        CHECK_MSG(strstr(fb_error_text(), text), "\"%s\" does not say \"%s\"", fb_error_text(),    \
                  text);                                                                           \
        CHECK_MSG(!strchr(fb_error_text(), '\n'), "more than one line");                           \
        CHECK(!refused_source);                                                                    \
        vis_source_close(&refused_source);                                                         \
    } while (0)

#endif

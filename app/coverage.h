/* Which parts of a video have been analysed. Threads: one at a time per struct. */
#ifndef APP_COVERAGE_H
#define APP_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { APP_COVERAGE_PARTS = 64 };

struct app_coverage_part {
    int64_t from_ns, to_ns; /* half open */
};
/* All zero: nothing. */
struct app_coverage {
    struct app_coverage_part parts[APP_COVERAGE_PARTS]; /* by time, apart from each other */
    int n_parts;
};

/* Adds [from_ns, to_ns). When there is no room for one more part the shortest one is given up: it is
 * then analysed again. */
void app_coverage_add(struct app_coverage *coverage, int64_t from_ns, int64_t to_ns);
bool app_coverage_has(const struct app_coverage *coverage, int64_t at_ns);
/* The first time at or after at_ns that is not covered. */
int64_t app_coverage_gap(const struct app_coverage *coverage, int64_t at_ns);
/* Share of [from_ns, to_ns) that is covered, 0..1. */
double app_coverage_share(const struct app_coverage *coverage, int64_t from_ns, int64_t to_ns);

/* "0-12000,15000-20000": ms, as a session keeps it; what does not fit is left out. */
void app_coverage_print(const struct app_coverage *coverage, char *text, size_t text_bytes);
/* Anything that is not such a list counts as nothing covered from there on. */
void app_coverage_parse(const char *text, struct app_coverage *coverage);

#endif

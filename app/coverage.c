/* See coverage.h. */
#include "coverage.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

static void remove_part(struct app_coverage *coverage, int i)
{
    memmove(&coverage->parts[i], &coverage->parts[i + 1],
            (size_t)(--coverage->n_parts - i) * sizeof coverage->parts[0]);
}

static void drop_shortest(struct app_coverage *coverage)
{
    int shortest = 0;
    for (int i = 1; i < coverage->n_parts; i++) {
        const struct app_coverage_part *part = &coverage->parts[i];
        const struct app_coverage_part *least = &coverage->parts[shortest];
        if (part->to_ns - part->from_ns < least->to_ns - least->from_ns)
            shortest = i;
    }
    remove_part(coverage, shortest);
}

void app_coverage_add(struct app_coverage *coverage, int64_t from_ns, int64_t to_ns)
{
    if (to_ns <= from_ns)
        return;
    for (int i = 0; i < coverage->n_parts;) {
        const struct app_coverage_part *part = &coverage->parts[i];
        if (part->to_ns < from_ns || part->from_ns > to_ns) {
            i++;
            continue;
        }
        from_ns = part->from_ns < from_ns ? part->from_ns : from_ns;
        to_ns = part->to_ns > to_ns ? part->to_ns : to_ns;
        remove_part(coverage, i);
    }
    if (coverage->n_parts == APP_COVERAGE_PARTS)
        drop_shortest(coverage);
    int at = coverage->n_parts++;
    for (; at > 0 && coverage->parts[at - 1].from_ns > from_ns; at--)
        coverage->parts[at] = coverage->parts[at - 1];
    coverage->parts[at] = (struct app_coverage_part){from_ns, to_ns};
}

int64_t app_coverage_gap(const struct app_coverage *coverage, int64_t at_ns)
{
    for (int i = 0; i < coverage->n_parts; i++)
        if (coverage->parts[i].from_ns <= at_ns && at_ns < coverage->parts[i].to_ns)
            at_ns = coverage->parts[i].to_ns;
    return at_ns;
}

bool app_coverage_has(const struct app_coverage *coverage, int64_t at_ns)
{
    return app_coverage_gap(coverage, at_ns) > at_ns;
}

double app_coverage_share(const struct app_coverage *coverage, int64_t from_ns, int64_t to_ns)
{
    double covered_ns = 0;
    if (to_ns <= from_ns)
        return 0;
    for (int i = 0; i < coverage->n_parts; i++) {
        const struct app_coverage_part *part = &coverage->parts[i];
        int64_t from = part->from_ns > from_ns ? part->from_ns : from_ns;
        int64_t to = part->to_ns < to_ns ? part->to_ns : to_ns;
        covered_ns += to > from ? (double)(to - from) : 0;
    }
    return covered_ns / (double)(to_ns - from_ns);
}

void app_coverage_print(const struct app_coverage *coverage, char *text, size_t text_bytes)
{
    size_t n = 0;
    *text = 0;
    for (int i = 0; i < coverage->n_parts; i++) {
        char part[64];
        snprintf(part, sizeof part, "%s%lld-%lld", i ? "," : "",
                 (long long)(coverage->parts[i].from_ns / FB_NS_PER_MS),
                 (long long)(coverage->parts[i].to_ns / FB_NS_PER_MS));
        if (n + strlen(part) >= text_bytes)
            return;
        n += (size_t)snprintf(text + n, text_bytes - n, "%s", part);
    }
}

void app_coverage_parse(const char *text, struct app_coverage *coverage)
{
    const int64_t limit_ms = INT64_C(1) << 40;
    *coverage = (struct app_coverage){0};
    long long from_ms, to_ms;
    for (int n; sscanf(text, "%lld-%lld%n", &from_ms, &to_ms, &n) == 2; text++) {
        if (from_ms < 0 || to_ms > limit_ms || from_ms >= to_ms)
            return;
        app_coverage_add(coverage, from_ms * FB_NS_PER_MS, to_ms * FB_NS_PER_MS);
        text += n;
        if (*text != ',')
            return;
    }
}

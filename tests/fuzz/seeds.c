/* libFuzzer reads its corpus from a folder: in its programs seeds are made for nobody. */
#include "fuzz.h"

void fuzz_seed(const char *name, const void *bytes, size_t n_bytes)
{
    (void)name, (void)bytes, (void)n_bytes;
}

void fuzz_seed_text(const char *name, const char *text)
{
    (void)name, (void)text;
}

void fuzz_seed_file(const char *path)
{
    (void)path;
}

/* A fuzz target as a plain test, and the maker of its first corpus:
 *   TARGET [FOLDER]        seeds and the files of FOLDER, each whole, cut and changed; prints a count
 *   TARGET --write FOLDER  writes the seeds there, for libFuzzer */
#include "fuzz.h"

#include "base/rng.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { MAX_BYTES = 1 << 20, N_CHANGES = 60 };

static const char *write_to;
static long n_inputs, n_files;
static double budget_s = 4; /* of changes, in all; whole files are always run */

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* An exact copy on the heap, so that a sanitizer sees a read past its end. */
static void run(const uint8_t *bytes, size_t n_bytes)
{
    uint8_t *copy = malloc(n_bytes ? n_bytes : 1);
    if (!copy)
        abort();
    memcpy(copy, bytes, n_bytes);
    LLVMFuzzerTestOneInput(copy, n_bytes);
    n_inputs++;
    free(copy);
}

/* A cut in the first half of the calls, else one to four changed bytes. */
static void run_changed(const uint8_t *bytes, size_t n_bytes, int i, struct fb_rng *rng)
{
    if (i < N_CHANGES / 2) {
        run(bytes, n_bytes * (size_t)i / (N_CHANGES / 2));
        return;
    }
    uint8_t *copy = malloc(n_bytes ? n_bytes : 1);
    if (!copy)
        abort();
    memcpy(copy, bytes, n_bytes);
    for (uint32_t k = fb_rng_below(rng, 4) + 1; n_bytes && k > 0; k--)
        copy[fb_rng_below(rng, (uint32_t)n_bytes)] = (uint8_t)fb_rng_u64(rng);
    run(copy, n_bytes);
    free(copy);
}

void fuzz_seed(const char *name, const void *bytes, size_t n_bytes)
{
    static struct fb_rng rng;
    static double end_s;
    if (write_to) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", write_to, name);
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(bytes, 1, n_bytes, file) != n_bytes || fclose(file))
            abort();
        return;
    }
    if (!n_files++) {
        fb_rng_seed(&rng, 1);
        end_s = now_s() + budget_s;
    }
    run(bytes, n_bytes);
    for (int i = 0; i < N_CHANGES && now_s() < end_s; i++)
        run_changed(bytes, n_bytes, i, &rng);
}

void fuzz_seed_text(const char *name, const char *text)
{
    fuzz_seed(name, text, strlen(text));
}

void fuzz_seed_file(const char *path)
{
    static uint8_t bytes[MAX_BYTES];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    const char *slash = strrchr(path, '/');
    fuzz_seed(slash ? slash + 1 : path, bytes, n);
}

static void run_folder(const char *folder)
{
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        char path[1024];
        struct stat info;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (!stat(path, &info) && S_ISREG(info.st_mode))
            fuzz_seed_file(path);
    }
    if (entries)
        closedir(entries);
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--write"))
        write_to = argv[2];
    fuzz_seeds();
    if (write_to)
        return 0;
    if (argc > 1)
        run_folder(argv[1]);
    run((const uint8_t *)"", 0);
    printf("# %ld inputs of %ld files\n", n_inputs, n_files);
    return n_files > 0 ? 0 : 1;
}

/* A fuzz target is one file: LLVMFuzzerTestOneInput, and fuzz_seeds, which makes small good inputs.
 * With clang (run.sh) libFuzzer drives it; else drive.c, as a plain test: seeds, the findings kept in
 * corpus/TARGET, and for each of them some hundred cuts and changed bytes. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Calls fuzz_seed for each. */
void fuzz_seeds(void);
void fuzz_seed(const char *name, const void *bytes, size_t n_bytes);
void fuzz_seed_text(const char *name, const char *text);
/* The file's bytes. */
void fuzz_seed_file(const char *path);

/* A file in memory with these bytes; its path is valid until the next call. */
const char *fuzz_file(const void *bytes, size_t n_bytes);
/* A folder of this process in memory. */
const char *fuzz_folder(void);
/* A file in it (name may have folders that exist); its path. */
const char *fuzz_put(const char *name, const void *bytes, size_t n_bytes);

#endif

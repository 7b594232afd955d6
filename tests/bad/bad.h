/* Bad inputs, by table. A kind of file has a way to make a good one and the function that reads it; each row of a table is a
 * way to spoil it. Whatever comes, the reader gives back the right code and one line that names the file, and the folder holds
 * afterwards what it held before. What every kind has to bear (nothing there, a folder, a pipe, no permission ...) is in bad.c. */
#ifndef BAD_H
#define BAD_H

#include "base/status.h"
#include "test.h"

#include <stdint.h>
#include <stdlib.h>

enum { BAD_MAX_BYTES = 1 << 20 };

struct bad_kind {
    const char *name; /* of its folder here */
    const char *file; /* of the file */
    int (*load)(const char *path);
    /* A small good file into bytes; its size. */
    size_t (*make)(uint8_t bytes[BAD_MAX_BYTES]);
    bool is_missing_fine; /* as settings are */
    bool is_noise_fine;   /* anything can be read as one: settings, where unknown lines are kept */
    const char *folder_says; /* what is said about a folder of that name; NULL: anything */
    bool is_sealed;       /* FB_ERR_TAMPERED is a good answer too */
};

/* How bytes are spoilt: a share of the file is left, or bytes are put somewhere. */
struct bad_case {
    const char *what;
    const char *text;  /* the whole file instead; "" counts as none */
    double share;      /* of the good file that is left; 0: all */
    long at;           /* where `put` goes; negative: from the end */
    const char *put;
    size_t n_put;
    const char *says;  /* part of the line; NULL: any */
};

/* The good file is read, then the generic cases, then these. */
#define bad_check(kind, cases, n)                                                                                         \
    CHECK_MSG(bad_check_kind((kind), (cases), (n)), "%s: see above", (kind)->name)
bool bad_check_kind(const struct bad_kind *kind, const struct bad_case *cases, int n);
/* A path in this run's folder, whose folders exist; static storage. */
const char *bad_path(const char *kind, const char *name);
void bad_write(const char *path, const void *bytes, size_t n_bytes);
size_t bad_read(const char *path, uint8_t bytes[BAD_MAX_BYTES]);
/* The folder of a path; static storage. */
const char *bad_folder_of(const char *path);

/* The folder round the tests. end: prints how many bad inputs there were. */
void bad_begin(void);
int bad_end(void);

/* test_main in a folder of its own; there must have been at least n_least inputs. */
static inline int bad_main(const struct test *tests, int n, int argc, char **argv, int n_least)
{
    bad_begin();
    int code = test_main(tests, n, argc, argv), n_inputs = bad_end();
    return code == 0 && argc == 1 && n_inputs < n_least ? 1 : code;
}

#endif

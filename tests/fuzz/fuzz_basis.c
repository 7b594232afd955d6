/* The demo class's face basis. */
#include "fuzz.h"

#include "base/facebasis.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fb_face_basis *basis = NULL;
    (void)!fb_face_basis_read(fuzz_file(data, size), &basis);
    fb_face_basis_destroy(&basis);
    return 0;
}

void fuzz_seeds(void)
{
    struct fb_face_basis *basis = NULL;
    char path[256];
    snprintf(path, sizeof path, "%s/seed.fbb", fuzz_folder());
    if (fb_face_basis_create(8, 1, &basis) || fb_face_basis_write(path, basis))
        abort();
    fb_face_basis_destroy(&basis);
    fuzz_seed_file(path);
}

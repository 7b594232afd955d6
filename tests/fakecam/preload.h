/* Starts a test program again with the test camera preloaded. A sanitizer's runtime insists on
 * being first, so it is named before it. Call first in main. */
#ifndef FAKECAM_PRELOAD_H
#define FAKECAM_PRELOAD_H

#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fakecam_find_sanitizer(struct dl_phdr_info *info, size_t size, void *path)
{
    (void)size;
    if (!strstr(info->dlpi_name, "libasan") && !strstr(info->dlpi_name, "libtsan"))
        return 0;
    *(const char **)path = info->dlpi_name;
    return 1;
}

/* False when FAKECAM_SO is not set: skip. Does not return when it starts the program again. */
static bool fakecam_preload(char **argv)
{
    const char *camera = getenv("FAKECAM_SO"), *preload = getenv("LD_PRELOAD"), *sanitizer = "";
    if (!camera)
        return false;
    if (preload && strstr(preload, camera)) {
        unsetenv("LD_PRELOAD"); /* not for the shell and rm, which a sanitizer's runtime would end */
        return true;
    }
    dl_iterate_phdr(fakecam_find_sanitizer, &sanitizer);
    char both[4096];
    snprintf(both, sizeof both, "%s%s%s", sanitizer, *sanitizer ? ":" : "", camera);
    setenv("LD_PRELOAD", both, 1);
    execv("/proc/self/exe", argv);
    return false;
}

#endif

/* Where the program finds its own files: beside the source tree it was built in, else where it was
 * installed, else where FELTBOARD_DATADIR says. Threads: call from main before starting others. */
#ifndef APP_PATHS_H
#define APP_PATHS_H

#include <stddef.h>

/* The folder that holds assets/ and models/; static storage, no trailing slash. */
const char *app_data_dir(void);
/* data_dir/assets; static storage. */
const char *app_assets_dir(void);
/* The shipped default model; static storage. */
const char *app_default_model(void);
/* The shipped face detector; static storage. */
const char *app_default_detector(void);

/* Where translations are; out gets it and is returned. */
const char *app_locale_dir(char *out, size_t n_out);

#endif

/* Which sources have been analysed already, so that a long list goes on where it was stopped. Threads: main. */
#ifndef APP_DONE_H
#define APP_DONE_H

#include "options.h"

/* Facts of a session that `analyze` made: of what (app_done_id), and that it came to its end. */
#define APP_DONE_OF "analysis_of"
#define APP_DONE "analysis_complete"

enum { APP_DONE_ID_BYTES = 900 };

/* The source's content and how it is analysed: a file by its path, size and time, and the options that change the
 * rows. A source that is no file by its name. */
void app_done_id(const struct app_options *options, const char *spec, char id[APP_DONE_ID_BYTES]);

/* folder: "" unless a finished session of this source lies in options->out. One that was stopped on the way is
 * deleted. FB_ERR_INPUT, FB_ERR_IO. */
FB_MUST_USE int app_done_find(const struct app_options *options, const char *spec, char *folder, size_t folder_bytes);

/* The session in folder is complete. */
FB_MUST_USE int app_done_set(const char *folder);

#endif

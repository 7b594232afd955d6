/* Live pictures of everything that can be opened, for the start screen: a thread each, so that a
 * camera that hangs holds up nobody.
 *
 *     app_preview_start(&settings, &preview);
 *     each picture: app_preview_take(preview, i) ...
 *     app_preview_stop(&preview);      // cameras are closed when this returns
 *
 * Threads: main.
 */
#ifndef APP_PREVIEW_H
#define APP_PREVIEW_H

#include "vis/source.h"

enum { APP_PREVIEW_MAX = 9 };

struct app_preview_settings {
    const char *specs[APP_PREVIEW_MAX];
    int n;
    struct vis_source_settings source;
    void (*wake)(void *user);
    void *wake_user;
};

struct app_preview;
FB_MUST_USE int app_preview_start(const struct app_preview_settings *settings,
                                  struct app_preview **out);
void app_preview_stop(struct app_preview **preview);

/* The newest picture, the caller's reference; NULL: no new one. */
struct fb_frame *app_preview_take(struct app_preview *preview, int i);
/* Why there is none, or "". */
const char *app_preview_problem(struct app_preview *preview, int i);

#endif

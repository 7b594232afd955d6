/* Which files a folder or a printf pattern means, in their natural order. Threads: any. */
#ifndef VIS_IMAGE_LIST_H
#define VIS_IMAGE_LIST_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct vis_image_list {
    char *folder; /* "" for here */
    char **names; /* n of them, within the folder */
    size_t n, capacity;
};

/* Pictures of a folder, by the usual endings. FB_ERR_INPUT (unreadable, none), FB_ERR_NOMEM. Finish
 * in any case. */
FB_MUST_USE int vis_image_list_folder(struct vis_image_list *list, const char *folder);
/* Files that match a path such as "out/frame%04d.png", by their number; gaps are allowed. */
FB_MUST_USE int vis_image_list_pattern(struct vis_image_list *list, const char *pattern);
/* A list of one. FB_ERR_NOMEM. */
FB_MUST_USE int vis_image_list_single(struct vis_image_list *list, const char *path);
void vis_image_list_finish(struct vis_image_list *list);

/* Whether the last part of the path holds exactly one %d, %4d or %04d. */
bool vis_is_image_pattern(const char *path);

/* "img2" before "img10": runs of digits count as numbers. As strcmp. */
int vis_compare_natural(const char *a, const char *b);

/* The path of entry i into text; false when it is too long. */
bool vis_image_list_path(const struct vis_image_list *list, size_t i, char *text, size_t n_bytes);

#endif

/* Copies a recording into a new Matroska file without encoding it again: with an index and a length
 * (a recording that broke off has neither), and with subtitles and chapters muxed in.
 * Threads: any. */
#ifndef VIS_REMUX_H
#define VIS_REMUX_H

#include "base/status.h"
#include "seal/key.h"

#include <stdint.h>

struct vis_chapter {
    int64_t start_ns; /* of the video's time */
    const char *title;
};

struct vis_remux_settings {
    const char *subtitles;              /* a WebVTT text, or NULL */
    struct seal_key *key;               /* to is sealed with it; NULL: plain */
    const struct vis_chapter *chapters; /* (n_chapters), by time; each lasts until the next */
    int n_chapters;
    int64_t *n_frames; /* gets the number of pictures copied; may be NULL */
};

/* from is read as every video is (a regular file, known formats); what cannot be read of it is left
 * out. to appears whole, mode 0600, synced to the disk, or not at all; one that is there is
 * replaced. FB_ERR_INPUT (from), FB_ERR_IO (to: disk full ...), FB_ERR_NOMEM. */
FB_MUST_USE int vis_remux(const char *from, const char *to,
                          const struct vis_remux_settings *settings);

#endif

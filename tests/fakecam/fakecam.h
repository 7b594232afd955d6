/* The parts of the test camera (fakecam.c) and what they know of each other. */
#ifndef FAKECAM_H
#define FAKECAM_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { FAKECAM_MAX_NODES = 8, FAKECAM_MAX_MODES = 16, FAKECAM_MAX_BUFFERS = 32 };

struct fakecam_mode {
    uint32_t fourcc, width, height, fps;
};

struct fakecam_config {
    char nodes[FAKECAM_MAX_NODES][64];
    int n_nodes;
    struct fakecam_mode modes[FAKECAM_MAX_MODES];
    int n_modes;
};
/* Read from the environment at the first call. Any thread. */
const struct fakecam_config *fakecam_config(void);

enum fakecam_fault {
    FAKECAM_OK,
    FAKECAM_UNPLUG,  /* the node is gone */
    FAKECAM_HANG,    /* no frames, no error */
    FAKECAM_EIO,     /* DQBUF fails */
    FAKECAM_CORRUPT, /* JPEG with damaged bytes */
    FAKECAM_SHORT,   /* a third of the picture */
    FAKECAM_FLAGGED, /* V4L2_BUF_FLAG_ERROR on a whole picture */
    FAKECAM_BUSY,    /* EBUSY at the format and at the buffers */
    FAKECAM_DENIED,  /* EACCES at open */
    FAKECAM_SLOW,
    FAKECAM_MOVED,   /* the cameras have gone to the next nodes, as after plugging in anew */
    FAKECAM_FAULT_COUNT,
};
struct fakecam_state {
    enum fakecam_fault fault;
    uint32_t fps; /* of FAKECAM_SLOW */
};
/* What the control file says now. */
struct fakecam_state fakecam_state(void);
struct camera;
/* Whether a camera that was opened before is not there any more. */
bool fakecam_has_left(const struct camera *camera, enum fakecam_fault fault);

/* Makes the pattern's pictures of a camera's mode, which takes its time: not in the frame loop. */
void fakecam_prepare_pictures(const struct fakecam_mode *mode, int node);

/* Picture number frame of a camera into buffer; returns its bytes. */
size_t fakecam_picture(const struct fakecam_mode *mode, int node, uint32_t frame,
                       enum fakecam_fault fault, uint8_t *buffer, size_t n_bytes);

struct made_frame {
    uint32_t number;
    struct timespec time;
};

struct camera {
    bool is_open, is_gone, is_streaming, is_stopping, is_moved;
    int fd, write_fd, memory_fd, node;
    struct fakecam_mode mode;
    uint8_t *memory;
    size_t buffer_bytes; /* of one, whole pages */
    uint32_t n_buffers;
    uint32_t queue[FAKECAM_MAX_BUFFERS]; /* buffers the program gave us, oldest first */
    uint32_t n_queued;
    uint32_t n_frames;                           /* made so far */
    struct made_frame made[FAKECAM_MAX_BUFFERS]; /* waiting in the pipe, oldest first */
    uint32_t n_made;
    pthread_t feeder;
    pthread_cond_t stop;
};
extern pthread_mutex_t fakecam_lock; /* over all cameras */

/* ioctl on a camera, under the lock: 0, or -1 with errno. */
int fakecam_handle(struct camera *camera, unsigned long request, void *arg);
void fakecam_unplug(struct camera *camera);
void fakecam_free_buffers(struct camera *camera);

static inline int fakecam_fail(int error)
{
    errno = error;
    return -1;
}

/* libc's, not ours. */
int fakecam_real_open(const char *path, int flags);

#endif

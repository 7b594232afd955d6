/* The test camera's environment and control file; see fakecam.c. */
#include "fakecam.h"

#include <fcntl.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct fakecam_config config;
static const char *control_path;

static void parse_nodes(const char *text)
{
    while (*text && config.n_nodes < FAKECAM_MAX_NODES) {
        size_t n = strcspn(text, ":");
        snprintf(config.nodes[config.n_nodes++], sizeof *config.nodes, "%.*s", (int)n, text);
        text += n + (text[n] == ':');
    }
}

static void parse_modes(const char *text)
{
    while (*text && config.n_modes < FAKECAM_MAX_MODES) {
        char name[5];
        struct fakecam_mode *mode = &config.modes[config.n_modes];
        if (sscanf(text, "%4[^:]:%ux%u@%u", name, &mode->width, &mode->height, &mode->fps) == 4 &&
            mode->fps > 0) {
            mode->fourcc = v4l2_fourcc(name[0], name[1], name[2], name[3]);
            config.n_modes++;
        }
        size_t n = strcspn(text, ",");
        text += n + (text[n] == ',');
    }
}

static void read_environment(void)
{
    const char *nodes = getenv("FAKECAM_DEVICES"), *modes = getenv("FAKECAM_MODES");
    parse_nodes(nodes ? nodes : "/dev/video0");
    parse_modes(modes ? modes : "YUYV:640x480@30,MJPG:1280x720@30");
    control_path = getenv("FAKECAM_CTL");
}

const struct fakecam_config *fakecam_config(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, read_environment);
    return &config;
}

struct fakecam_state fakecam_state(void)
{
    static const char *const names[FAKECAM_FAULT_COUNT] = {"ok",      "unplug", "hang",    "eio",
                                                           "corrupt", "short",  "flagged", "busy",
                                                           "denied",  "slow",   "moved"};
    fakecam_config();
    char text[32] = "";
    int fd = control_path ? fakecam_real_open(control_path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return (struct fakecam_state){FAKECAM_OK, 0};
    ssize_t n = syscall(SYS_read, fd, text,
                        sizeof text - 1); /* like open and close unseen by a sanitizer */
    syscall(SYS_close, fd);
    text[n > 0 ? n : 0] = 0;
    text[strcspn(text, "\r\n")] = 0;
    struct fakecam_state state = {FAKECAM_OK, 0};
    for (int i = 0; i < FAKECAM_FAULT_COUNT; i++)
        if (!strncmp(text, names[i], strlen(names[i])) && *text)
            state.fault = (enum fakecam_fault)i;
    if (state.fault == FAKECAM_SLOW) {
        int fps = text[4] == ':' ? atoi(text + 5) : 0;
        state.fps = fps > 0 ? (uint32_t)fps : 1;
    }
    return state;
}

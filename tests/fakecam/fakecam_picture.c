/* The pictures the test camera delivers: those of a file, or a moving pattern of its own. */
#include "fakecam.h"

#include <fcntl.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <turbojpeg.h>
#include <unistd.h>

enum { MAX_JPEGS = 1024, N_PATTERNS = 16, CORRUPT_FROM = 700, CORRUPT_STEP = 7 };

struct bytes {
    unsigned char *data; /* tjAlloc or malloc; lives as long as the process */
    unsigned long n;
};

static struct bytes file, raw_file;
static struct bytes file_jpegs[MAX_JPEGS]; /* within file */
static uint32_t n_file_jpegs;

static struct bytes load(const char *path)
{
    struct bytes bytes = {0};
    int fd = path ? fakecam_real_open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return bytes;
    off_t size = lseek(fd, 0, SEEK_END);
    bytes.data = size > 0 ? malloc((size_t)size) : NULL;
    if (bytes.data && syscall(SYS_pread64, fd, bytes.data, (size_t)size, (off_t)0) == size)
        bytes.n = (unsigned long)size;
    syscall(SYS_close, fd);
    return bytes;
}

static void split_jpegs(void)
{
    const unsigned char *at = file.data, *end = file.data + file.n;
    while (at && n_file_jpegs < MAX_JPEGS) {
        unsigned char *start = memmem(at, (size_t)(end - at), "\xff\xd8\xff", 3);
        at = start ? memmem(start, (size_t)(end - start), "\xff\xd9", 2) : NULL;
        if (!at)
            return;
        at += 2;
        file_jpegs[n_file_jpegs++] = (struct bytes){start, (unsigned long)(at - start)};
    }
}

static void load_files(void)
{
    file = load(getenv("FAKECAM_MJPEG"));
    split_jpegs();
    raw_file = load(getenv("FAKECAM_RAW"));
}

/* Luma of the pattern: a slope that moves right, a checked field, the frame's number in 16 blocks
 * of 16 px at the top left (white: 1, lowest bit first), the camera's number as brightness below.
 */
static uint8_t pattern_luma(uint32_t x, uint32_t y, int node, uint32_t frame)
{
    if (y < 16 && x < 256)
        return frame >> x / 16 & 1 ? 235 : 16;
    if (y < 32)
        return (uint8_t)(40 + 60 * node);
    uint32_t slope = 16 + (x + 4 * frame) % 200;
    return (uint8_t)((x / 32 + y / 32) & 1 ? slope : slope / 2 + 60);
}

static void paint_yuyv(const struct fakecam_mode *mode, int node, uint32_t frame, uint8_t *to)
{
    for (uint32_t y = 0; y < mode->height; y++)
        for (uint32_t x = 0; x < mode->width; x++, to += 2) {
            to[0] = pattern_luma(x, y, node, frame);
            to[1] = x & 1 ? 120 : 140;
        }
}

static int sampling(void)
{
    static const char *const names[] = {"444", "422", "420", "gray", "440", "411"};
    const char *wish = getenv("FAKECAM_SAMPLING");
    for (int i = 0; wish && i < 6; i++)
        if (!strcmp(names[i], wish))
            return i;  /* TurboJPEG's numbers */
    return TJSAMP_422; /* what most webcams send */
}

static struct bytes make_jpeg(const struct fakecam_mode *mode, int node, uint32_t frame)
{
    struct bytes jpeg = {0};
    uint8_t *rgb = malloc((size_t)mode->width * mode->height * 3);
    tjhandle handle = tjInitCompress();
    if (!rgb || !handle)
        abort();
    for (uint32_t y = 0; y < mode->height; y++)
        for (uint32_t x = 0; x < mode->width; x++) {
            uint8_t *px = rgb + 3 * ((size_t)y * mode->width + x);
            px[0] = px[1] = px[2] = pattern_luma(x, y, node, frame);
            if (y >= 32) {
                px[0] = (uint8_t)(px[0] / 2 + 64);
                px[2] = (uint8_t)(255 - px[2]);
            }
        }
    if (tjCompress2(handle, rgb, (int)mode->width, 0, (int)mode->height, TJPF_RGB, &jpeg.data,
                    &jpeg.n, sampling(), 90, 0))
        abort();
    tjDestroy(handle);
    free(rgb);
    return jpeg;
}

/* Of the mode in use; each camera has its own. Under fakecam.c's lock. */
static struct bytes patterns[FAKECAM_MAX_NODES][N_PATTERNS];

void fakecam_prepare_pictures(const struct fakecam_mode *mode, int node)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static struct fakecam_mode made_for[FAKECAM_MAX_NODES];
    pthread_once(&once, load_files);
    if (mode->fourcc != V4L2_PIX_FMT_MJPEG || n_file_jpegs ||
        !memcmp(&made_for[node], mode, sizeof *mode))
        return;
    for (uint32_t i = 0; i < N_PATTERNS; i++) {
        tjFree(patterns[node][i].data);
        patterns[node][i] = make_jpeg(mode, node, i);
    }
    made_for[node] = *mode;
}

static size_t put_jpeg(struct bytes jpeg, enum fakecam_fault fault, uint8_t *buffer, size_t n_bytes)
{
    size_t n = jpeg.n < n_bytes ? jpeg.n : n_bytes;
    memcpy(buffer, jpeg.data, n);
    if (fault == FAKECAM_CORRUPT)
        for (size_t i = CORRUPT_FROM; i < n; i += CORRUPT_STEP)
            buffer[i] ^= 0x5a;
    return fault == FAKECAM_SHORT ? n / 3 : n;
}

size_t fakecam_picture(const struct fakecam_mode *mode, int node, uint32_t frame,
                       enum fakecam_fault fault, uint8_t *buffer, size_t n_bytes)
{
    if (mode->fourcc == V4L2_PIX_FMT_MJPEG) {
        struct bytes jpeg =
            n_file_jpegs ? file_jpegs[frame % n_file_jpegs] : patterns[node][frame % N_PATTERNS];
        return put_jpeg(jpeg, fault, buffer, n_bytes);
    }
    size_t n = (size_t)mode->width * mode->height * 2;
    if (n > n_bytes)
        return 0;
    if (raw_file.n >= n)
        memcpy(buffer, raw_file.data + frame % (raw_file.n / n) * n, n);
    else
        paint_yuyv(mode, node, frame, buffer);
    return fault == FAKECAM_SHORT ? n / 3 : n;
}

/* See compare.h. */
#include "compare.h"
#include "base/rng.h"
#include "vis/image.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WINDOWS (1 << 16)
#define MAX_LISTED 5

static void fill_ellipse(struct picture *picture, float x, float y, float rx, float ry, int value)
{
    for (int j = (int)(y - ry); j <= (int)(y + ry); j++)
        for (int i = (int)(x - rx); i <= (int)(x + rx); i++) {
            float dx = ((float)i - x) / rx, dy = ((float)j - y) / ry;
            if (i >= 0 && j >= 0 && i < picture->width && j < picture->height &&
                dx * dx + dy * dy <= 1)
                picture->grey[j * picture->stride + i] = (uint8_t)value;
        }
}

static void draw_face(struct picture *picture, float x, float y, float r, struct fb_rng *rng)
{
    int skin = 150 + (int)fb_rng_below(rng, 80), dark = 30 + (int)fb_rng_below(rng, 50);
    fill_ellipse(picture, x, y - 0.3f * r, 1.05f * r, 1.2f * r, dark);
    fill_ellipse(picture, x, y, 0.85f * r, 1.2f * r, skin);
    for (int side = -1; side <= 1; side += 2) {
        float eye_x = x + (float)side * 0.37f * r;
        fill_ellipse(picture, eye_x, y - 0.2f * r, 0.26f * r, 0.15f * r, skin - 60);
        fill_ellipse(picture, eye_x, y - 0.2f * r, 0.16f * r, 0.09f * r, dark);
        fill_ellipse(picture, eye_x, y - 0.42f * r, 0.28f * r, 0.06f * r, dark + 20);
    }
    fill_ellipse(picture, x, y + 0.1f * r, 0.09f * r, 0.3f * r, skin + 20);
    fill_ellipse(picture, x, y + 0.36f * r, 0.2f * r, 0.06f * r, skin - 50);
    fill_ellipse(picture, x, y + 0.64f * r, 0.33f * r, 0.09f * r, dark + 30);
}

static void soften(struct picture *picture)
{
    for (int y = 1; y < picture->height; y++)
        for (int x = 1; x < picture->width; x++) {
            uint8_t *at = &picture->grey[y * picture->stride + x];
            *at = (uint8_t)((2 * at[0] + at[-1] + at[-picture->stride]) / 4);
        }
}

static int pixel_value(enum synthetic kind, int x, int y, struct fb_rng *rng)
{
    switch (kind) {
    case SYNTHETIC_FLAT:
        return 100 + (fb_rng_below(rng, 40) == 0);
    case SYNTHETIC_BINARY:
        return fb_rng_below(rng, 2) ? 255 : 0;
    case SYNTHETIC_SATURATED:
        return (x / 37 + y / 29) % 3 ? 255 : (int)fb_rng_below(rng, 30);
    case SYNTHETIC_GRADIENT:
        return (x * 3 + y * 2 + (x * y) / 64) & 255;
    case SYNTHETIC_FACES:
        return 90 + (int)fb_rng_below(rng, 30);
    default:
        return (int)fb_rng_below(rng, 256);
    }
}

struct picture picture_draw(enum synthetic kind, int width, int height, uint64_t seed)
{
    struct picture picture = {.width = width, .height = height, .stride = width + (int)(seed % 5)};
    struct fb_rng rng;
    fb_rng_seed_stream(&rng, seed, (uint64_t)kind);
    picture.grey = calloc((size_t)picture.stride, (size_t)height);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            picture.grey[y * picture.stride + x] = (uint8_t)pixel_value(kind, x, y, &rng);
    if (kind == SYNTHETIC_FACES) {
        for (int i = 0; i < 6; i++) {
            float r = fb_rng_range(&rng, 12, 0.3f * (float)(width < height ? width : height) + 13);
            draw_face(&picture, fb_rng_range(&rng, 0, (float)width),
                      fb_rng_range(&rng, 0, (float)height), r, &rng);
        }
        soften(&picture);
    }
    return picture;
}

struct picture picture_load(const char *path, int width, int height)
{
    struct picture picture = {0};
    struct fb_frame_pool *pool = NULL;
    struct fb_frame *frame = NULL;
    if (vis_image_load(path, &pool, &frame))
        return picture;
    if (!height) {
        double scale = (double)width / (frame->width > frame->height ? frame->width : frame->height);
        width = (int)lrint(frame->width * scale);
        height = (int)lrint(frame->height * scale);
    }
    picture = (struct picture){malloc((size_t)width * (size_t)height), width, height, width};
    if (picture.grey)
        oracle_shrink(frame->y, frame->width, frame->height, frame->y_stride, picture.grey, width, height);
    fb_frame_unref(&frame);
    fb_frame_pool_destroy(&pool);
    return picture;
}

void picture_free(struct picture *picture)
{
    free(picture->grey);
    picture->grey = NULL;
}

int list_pictures(char **paths, int max)
{
    const char *shared = getenv("FELTBOARD_SHARED");
    static const char *const patterns[] = {"faces/images/*.jpg", "multiface/wider/*.jpg"};
    int n = 0;
    for (int i = 0; shared && i < 2; i++) {
        char pattern[1024];
        glob_t found = {0};
        snprintf(pattern, sizeof pattern, "%s/data/%s", shared, patterns[i]);
        if (!glob(pattern, 0, NULL, &found))
            for (size_t k = 0; k < found.gl_pathc && n < (i ? max : max - max / 8); k++) {
                size_t step = found.gl_pathc / (size_t)max + 1; /* all over the folder */
                size_t at = i ? k : k * step;
                if (at < found.gl_pathc)
                    paths[n++] = strdup(found.gl_pathv[at]);
            }
        globfree(&found);
    }
    return n;
}

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    char *text = NULL;
    size_t n = 0;
    if (getdelim(&text, &n, 0, file) < 0) {
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

bool write_first_stages(const char *path, int n_stages, const char *to)
{
    char *text = read_text(path);
    char *at = text ? strstr(text, "<stages>") : NULL,
         *features = text ? strstr(text, "<features>") : NULL;
    char *stage_num = text ? strstr(text, "<stageNum>") : NULL;
    for (int i = 0; at && i < n_stages; i++) {
        at = strstr(at, "</weakClassifiers>");
        at = at ? strstr(at, "</_>") : NULL;
        at = at ? at + strlen("</_>") : NULL;
    }
    FILE *file = at && features && at < features ? fopen(to, "wb") : NULL;
    if (file) {
        char *stages = strstr(text, "<stages>");
        if (stage_num && stage_num < stages) {
            fprintf(file, "%.*s<stageNum>%d", (int)(stage_num - text), text, n_stages);
            stage_num = strchr(stage_num + 1, '<');
            fprintf(file, "%.*s", (int)(at - stage_num), stage_num);
        } else {
            fprintf(file, "%.*s", (int)(at - text), text);
        }
        fprintf(file, "</stages>\n%s", features);
        fclose(file);
    }
    free(text);
    return file != NULL;
}

static int compare_rects(const void *a_ptr, const void *b_ptr)
{
    const struct oracle_rect *a = a_ptr, *b = b_ptr;
    if (a->w != b->w)
        return a->w - b->w;
    if (a->y != b->y)
        return a->y - b->y;
    return a->x != b->x ? a->x - b->x : a->h - b->h;
}

static void list_difference(const char *what, const char *who, const struct oracle_rect *rect,
                            int *n_different)
{
    if ((*n_different)++ < MAX_LISTED)
        fprintf(stderr, "%s: only %s: %d,%d %dx%d\n", what, who, rect->x, rect->y, rect->w,
                rect->h);
}

static int count_differences(struct oracle_rect *ours, int n_ours, struct oracle_rect *theirs,
                             int n_theirs, const char *what)
{
    qsort(ours, (size_t)n_ours, sizeof *ours, compare_rects);
    qsort(theirs, (size_t)n_theirs, sizeof *theirs, compare_rects);
    int n_different = 0;
    for (int i = 0, j = 0; i < n_ours || j < n_theirs;) {
        int order = i == n_ours ? 1 : j == n_theirs ? -1 : compare_rects(&ours[i], &theirs[j]);
        if (order < 0)
            list_difference(what, "ours", &ours[i], &n_different);
        else if (order > 0)
            list_difference(what, "OpenCV's", &theirs[j], &n_different);
        i += order <= 0;
        j += order >= 0;
    }
    return n_different;
}

void compare_windows(struct vis_cascade *ours, struct oracle *theirs,
                     const struct vis_cascade_settings *settings, const struct picture *picture,
                     const char *what, struct comparison *sum)
{
    static struct vis_cascade_box boxes[MAX_WINDOWS];
    static struct oracle_rect rects[MAX_WINDOWS], our_rects[MAX_WINDOWS];
    int n_ours = vis_cascade_detect(ours, picture->grey, picture->width, picture->height,
                                    picture->stride, boxes, MAX_WINDOWS);
    int n_theirs = oracle_detect(theirs, picture->grey, picture->width, picture->height,
                                 picture->stride, settings->scale_factor, settings->min_neighbours,
                                 settings->min_px, settings->max_px, rects, MAX_WINDOWS);
    for (int i = 0; i < n_ours; i++)
        our_rects[i] = (struct oracle_rect){boxes[i].x, boxes[i].y, boxes[i].w, boxes[i].h,
                                            boxes[i].n_neighbours};
    if (n_ours < 0 || n_ours == MAX_WINDOWS || n_theirs > MAX_WINDOWS) {
        fprintf(stderr, "%s: %d of ours, %d of OpenCV's: too many to compare\n", what, n_ours,
                n_theirs);
        sum->n_different++;
        return;
    }
    char label[512];
    snprintf(label, sizeof label, "%s %dx%d", what, picture->width, picture->height);
    sum->n_different += count_differences(our_rects, n_ours, rects, n_theirs, label);
    sum->n_ours += n_ours;
    sum->n_theirs += n_theirs;
    sum->n_pictures++;
}

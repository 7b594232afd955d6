/* Boxes and crops: a bright face drawn into a dark picture must lie where the crop's target says. */
#include "nn/detector_loss.h"
#include "nn/face_crops.h"
#include "test.h"

#include <unistd.h>

enum { WIDTH = 640, HEIGHT = 427, SIDE = 128, FACE_GREY = 230, GROUND_GREY = 20 };

static char csv_path[] = "/tmp/face_crops_XXXXXX";

static struct nn_faces *read_csv(const char *text)
{
    struct nn_faces *faces = NULL;
    snprintf(csv_path, sizeof csv_path, "/tmp/face_crops_XXXXXX");
    int fd = mkstemp(csv_path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!CHECK(file != NULL))
        return NULL;
    fputs(text, file);
    fclose(file);
    int status = nn_faces_read(csv_path, &faces);
    unlink(csv_path);
    if (status)
        CHECK(faces == NULL);
    return faces;
}

/* The ellipses that the boxes hold, bright. */
static void draw(struct nn_faces *faces, int picture)
{
    static uint8_t grey[HEIGHT][WIDTH];
    const struct nn_faces_picture *p = &faces->pictures[picture];
    memset(grey, GROUND_GREY, sizeof grey);
    for (int i = p->first; i < p->first + p->n; i++) {
        const struct nn_box *b = &faces->faces[i].box;
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++) {
                float dx = ((float)x + 0.5f - b->x) / b->w * 2 - 1, dy = ((float)y + 0.5f - b->y) / b->h * 2 - 1;
                if (dx * dx + dy * dy < 1)
                    grey[y][x] = FACE_GREY;
            }
    }
    CHECK_INT(nn_faces_set_pixels(faces, picture, grey[0], WIDTH, HEIGHT, WIDTH), FB_OK);
}

static void reads_boxes(void)
{
    struct nn_faces *faces = read_csv("file,x,y,w,h,ignore,blur\na.jpg,1.5,2,30,40,0,1\na.jpg,5,6,0,9,0,0\nb.jpg,7,8,9,10,1,2\n");
    if (!CHECK(faces != NULL))
        return;
    CHECK_INT(faces->n_pictures, 2);
    CHECK_INT(faces->n_faces, 3);
    CHECK_INT(faces->pictures[0].n, 2);
    CHECK_INT(faces->pictures[1].first, 2);
    CHECK_NEAR(faces->faces[0].box.x, 1.5, 1e-6);
    CHECK(!faces->faces[0].is_ignored && faces->faces[1].is_ignored && faces->faces[2].is_ignored);
    nn_faces_destroy(&faces);
}

static void refuses_bad_files(void)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"file,x,y,w\na,1,2,3\n", "needs the columns"},
        {"file,x,y,w,h\na,1,2,3,four\n", ":2: a box needs"},
        {"file,x,y,w,h\na,1,2,3\n", ":2: a box needs"},
        {"file,x,y,w,h\n,1,2,3,4\n", ":2: no file name"},
        {"file,x,y,w,h\na,1,2,nan,4\n", ":2: a box needs"},
        {"file,x,y,w,h\n", "has no boxes"},
    };
    for (int i = 0; i < TEST_COUNT(cases); i++) {
        CHECK(read_csv(cases[i].text) == NULL);
        CHECK_MSG(strstr(fb_error_text(), cases[i].says) != NULL, "%s: %s", cases[i].text, fb_error_text());
    }
}

static void splits_by_name(void)
{
    int n = 0;
    for (int i = 0; i < 5000; i++) {
        char name[32];
        snprintf(name, sizeof name, "picture_%d.jpg", i);
        n += nn_faces_is_valid_split(name);
        CHECK(nn_faces_is_valid_split(name) == nn_faces_is_valid_split(name));
    }
    CHECK_MSG(n > 400 && n < 600, "%d of 5000", n);
}

struct extent {
    float left, top, right, bottom;
};

/* Of what is bright; weak thresholds at half height of an edge. */
static bool bright_extent(const float *grey, struct extent *e)
{
    float low = 1e9f, high = -1e9f;
    for (int i = 0; i < SIDE * SIDE; i++) {
        low = fminf(low, grey[i]);
        high = fmaxf(high, grey[i]);
    }
    *e = (struct extent){1e9f, 1e9f, -1, -1};
    for (int i = 0; i < SIDE * SIDE; i++)
        if (grey[i] > (low + high) / 2) {
            e->left = fminf(e->left, (float)(i % SIDE));
            e->right = fmaxf(e->right, (float)(i % SIDE + 1));
            e->top = fminf(e->top, (float)(i / SIDE));
            e->bottom = fmaxf(e->bottom, (float)(i / SIDE + 1));
        }
    return high - low > 40 && e->right > 0;
}

/* Light may hide a border: 94 of 100 boxes must fit within a pixel or a twentieth. */
static void targets_lie_on_faces(void)
{
    struct nn_faces *faces = read_csv("file,x,y,w,h\np5.jpg,300,120,60,80\n");
    struct nn_face_crops_settings settings = nn_default_face_crops_settings();
    struct nn_face_crops *crops;
    if (!CHECK(faces != NULL))
        return;
    faces->pictures[0].is_valid_split = false;
    draw(faces, 0);
    settings.side = SIDE;
    settings.n_per_picture = 400;
    settings.noise = settings.blur = settings.cover = 0;
    settings.face_share = 1;
    if (!CHECK_INT(nn_face_crops_create(faces, &settings, &crops), FB_OK))
        return;
    static float grey[SIDE * SIDE], target[NN_DETECTOR_TARGET_FLOATS];
    int n = 0, n_right = 0;
    float smallest = 1e9f, largest = 0;
    for (int i = 0; i < settings.n_per_picture; i++) {
        struct extent e;
        nn_face_crop(crops, 0, i, grey, target);
        /* outside the picture all is grey, which is bright too: whole faces in whole pictures only */
        bool is_whole = target[4] == NN_FACE_WANTED && target[0] > 1 && target[1] > 1 && target[0] + target[2] < SIDE - 1 &&
                        target[1] + target[3] < SIDE - 1 && target[2] > 24;
        if (!is_whole || !bright_extent(grey, &e))
            continue;
        float allowed = fmaxf(1.5f, 0.06f * target[3]);
        n++;
        n_right += fabsf(e.left - target[0]) < allowed && fabsf(e.top - target[1]) < allowed &&
                   fabsf(e.right - target[0] - target[2]) < allowed && fabsf(e.bottom - target[1] - target[3]) < allowed;
        smallest = fminf(smallest, target[2]);
        largest = fmaxf(largest, target[2]);
    }
    CHECK_MSG(n > 100, "%d usable crops", n);
    CHECK_MSG(n_right >= 0.94 * n, "%d of %d boxes fit", n_right, n);
    CHECK_MSG(smallest < 32 && largest > 64, "faces of %g to %g px", (double)smallest, (double)largest);
    nn_face_crops_destroy(&crops);
    nn_faces_destroy(&faces);
}

static void same_crop_again(void)
{
    struct nn_faces *faces = read_csv("file,x,y,w,h,ignore\nq1,300,120,60,80,0\nq1,20,20,50,60,1\nq2,100,100,30,30,0\n");
    struct nn_face_crops_settings settings = nn_default_face_crops_settings();
    struct nn_face_crops *crops;
    static float a[4][SIDE * SIDE], b[SIDE * SIDE], target_a[4][NN_DETECTOR_TARGET_FLOATS], target_b[NN_DETECTOR_TARGET_FLOATS],
        weight[4];
    if (!CHECK(faces != NULL))
        return;
    for (int i = 0; i < 2; i++) {
        faces->pictures[i].is_valid_split = false;
        draw(faces, i);
    }
    settings.side = SIDE;
    CHECK_INT(nn_face_crops_create(faces, &settings, &crops), FB_OK);
    struct nn_batch_source source = nn_face_crops_source(crops);
    CHECK_INT((int)source.n_samples, 8);
    CHECK_INT(source.fill(source.user, 3, 2, 4, a[0], target_a[0], weight), FB_OK);
    CHECK_INT(source.fill(source.user, 4, 5, 1, b, target_b, weight), FB_OK);
    CHECK(memcmp(a[3], b, sizeof b) != 0);
    CHECK_INT(source.fill(source.user, 3, 5, 1, b, target_b, weight), FB_OK);
    CHECK(memcmp(a[3], b, sizeof b) == 0 && memcmp(target_a[3], target_b, sizeof target_b) == 0);
    nn_face_crops_destroy(&crops);
    for (int i = 0; i < 2; i++)
        faces->pictures[i].is_valid_split = true;
    CHECK_INT(nn_face_crops_create(faces, &settings, &crops), FB_ERR_INPUT);
    settings.side = 100;
    CHECK_INT(nn_face_crops_create(faces, &settings, &crops), FB_ERR_USAGE);
    nn_faces_destroy(&faces);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"reads_boxes", reads_boxes},
        {"refuses_bad_files", refuses_bad_files},
        {"splits_by_name", splits_by_name},
        {"targets_lie_on_faces", targets_lie_on_faces},
        {"same_crop_again", same_crop_again},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}

/* Bad data sets and pictures. */
#include "bad.h"

#include "nn/data.h"
#include "nn/faces.h"
#include "nn/image.h"
#include "vis/image.h"

#include <sys/stat.h>
#include <unistd.h>

#define HEAD "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
#define ROW "Training,a.png,4,0,0,1,3,2,0,0,0,0\n"

static int load_folder(const char *folder)
{
    struct nn_data *data = NULL;
    int status = nn_data_load(folder, NULL, &data);
    CHECK(status == FB_OK || !data);
    nn_data_destroy(&data);
    return status;
}

static int load_beside(const char *path)
{
    return load_folder(bad_folder_of(path));
}

static size_t make_picture(uint8_t bytes[BAD_MAX_BYTES])
{
    static uint8_t rgb[48 * 48 * 3];
    char path[512];
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (uint8_t)(i * i);
    snprintf(path, sizeof path, "%s", bad_path("made", "picture.png"));
    CHECK_MSG(!vis_image_save_rgb(path, rgb, 48, 48, 144), "%s", fb_error_text());
    return bad_read(path, bytes);
}

static size_t make_votes(uint8_t bytes[BAD_MAX_BYTES])
{
    static uint8_t picture[BAD_MAX_BYTES];
    size_t n = make_picture(picture);
    bad_write(bad_path("votes", "FER2013Train/a.png"), picture, n);
    return (size_t)snprintf((char *)bytes, BAD_MAX_BYTES, HEAD ROW);
}

static void votes(void)
{
    static const struct bad_kind kind = {"votes", "fer2013new.csv", load_beside, make_votes, false, false, NULL, false};
    static const struct bad_case cases[] = {
        {.what = "header alone", .text = HEAD},
        {.what = "cut in the header", .share = 0.3},
        {.what = "cut in a row", .share = 0.93},
        {.what = "no column of names", .text = "Usage,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\nTraining,1,1,1,1,1,1,1,1,1,1\n"},
        {.what = "semicolons", .text = "Usage;Image name;neutral\nTraining;a.png;4\n"},
        {.what = "a vote too few", .text = HEAD "Training,a.png,4,0,0,1,3,2,0,0,0\n", .says = "line 2"},
        {.what = "a word for a vote", .text = HEAD "Training,a.png,four,0,0,1,3,2,0,0,0,0\n", .says = "line 2"},
        {.what = "a negative vote", .text = HEAD "Training,a.png,-4,0,0,1,3,2,0,0,0,0\n", .says = "line 2"},
        {.what = "a vote of 10 billion", .text = HEAD "Training,a.png,9999999999,0,0,1,3,2,0,0,0,0\n", .says = "line 2"},
        {.what = "a vote that is no number", .text = HEAD "Training,a.png,nan,0,0,1,3,2,0,0,0,0\n", .says = "line 2"},
        {.what = "half a vote", .text = HEAD "Training,a.png,0.5,0,0,1,3,2,0,0,0,0\n", .says = "line 2"},
        {.what = "an unknown use", .text = HEAD "Trianing,a.png,4,0,0,1,3,2,0,0,0,0\n", .says = "Trianing"},
        {.what = "a name that leads out of the folder", .text = HEAD "Training,../../../../etc/passwd,4,0,0,1,3,2,0,0,0,0\n"},
        {.what = "a name from the root", .text = HEAD "Training,/etc/passwd,4,0,0,1,3,2,0,0,0,0\n"},
        {.what = "a picture that is not there", .text = HEAD "Training,b.png,4,0,0,1,3,2,0,0,0,0\n"},
        {.what = "an escape in the name", .text = HEAD "Training,\x1b[31m.png,4,0,0,1,3,2,0,0,0,0\n"},
    };
    bad_check(&kind, cases, TEST_COUNT(cases));
}

/* A row of 48x48 numbers, the last ones being `end`. */
static size_t put_pixels(char *text, size_t n_bytes, int n, const char *end)
{
    size_t at = 0;
    for (int i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, n_bytes - at, "%d ", i % 256);
    return at + (size_t)snprintf(text + at, n_bytes - at, "%s", end);
}

static size_t make_kaggle(uint8_t bytes[BAD_MAX_BYTES])
{
    char *text = (char *)bytes;
    bad_write(bad_path("kaggle", "fer2013new.csv"), HEAD ROW, sizeof HEAD ROW - 1);
    size_t n = (size_t)snprintf(text, BAD_MAX_BYTES, "emotion,pixels,Usage\n0,");
    n += put_pixels(text + n, BAD_MAX_BYTES - n, NN_FACE_PX - 1, "255,Training\n");
    return n;
}

static void kaggle(void)
{
    static char few[16000], many[16000], high[16000];
    snprintf(few, sizeof few, "emotion,pixels,Usage\n0,");
    memcpy(many, few, sizeof few), memcpy(high, few, sizeof few);
    put_pixels(few + strlen(few), sizeof few - strlen(few), NN_FACE_PX - 2, "255,Training\n");
    put_pixels(many + strlen(many), sizeof many - strlen(many), NN_FACE_PX, "255,Training\n");
    put_pixels(high + strlen(high), sizeof high - strlen(high), NN_FACE_PX - 1, "256,Training\n");
    static const struct bad_kind kind = {"kaggle", "fer2013.csv", load_beside, make_kaggle, false, false, NULL, false};
    const struct bad_case cases[] = {
        {.what = "header alone", .text = "emotion,pixels,Usage\n"},
        {.what = "no pixels", .text = "emotion,pixels,Usage\n0,,Training\n"},
        {.what = "no column of pixels", .text = "emotion,pixel,Usage\n0,1 2 3,Training\n", .says = "pixels"},
        {.what = "cut in the pixels", .share = 0.5},
        {.what = "a pixel too few", .text = few, .says = "line 2"},
        {.what = "a pixel too many", .text = many, .says = "line 2"},
        {.what = "a pixel of 256", .text = high, .says = "line 2"},
        {.what = "another use than in the votes", .share = 0.9999, .at = -12, .put = "PublicTest\n", .n_put = 11},
        {.what = "pixels that are words", .text = "emotion,pixels,Usage\n0,one two,Training\n", .says = "line 2"},
    };
    bad_check(&kind, cases, TEST_COUNT(cases));
}

static int load_boxes(const char *path)
{
    struct nn_faces *faces = NULL;
    int status = nn_faces_read(path, &faces);
    nn_faces_destroy(&faces);
    return status;
}

static size_t make_boxes(uint8_t bytes[BAD_MAX_BYTES])
{
    return (size_t)snprintf((char *)bytes, BAD_MAX_BYTES, "file,x,y,w,h,ignore\na.jpg,1,2,30,40,0\n");
}

static void boxes(void)
{
    static const struct bad_kind kind = {"boxes", "boxes.csv", load_boxes, make_boxes, false, false, NULL, false};
    static const struct bad_case cases[] = {
        {.what = "header alone", .text = "file,x,y,w,h\n"},
        {.what = "a column too few", .text = "file,x,y,w\na.jpg,1,2,3\n", .says = "h"},
        {.what = "a number too few", .text = "file,x,y,w,h\na.jpg,1,2,3\n", .says = "2"},
        {.what = "a word for a number", .text = "file,x,y,w,h\na.jpg,1,2,wide,4\n", .says = "four numbers"},
        {.what = "no number", .text = "file,x,y,w,h\na.jpg,1,nan,3,4\n", .says = "four numbers"},
        {.what = "infinite", .text = "file,x,y,w,h\na.jpg,1,2,inf,4\n", .says = "four numbers"},
        {.what = "beyond all numbers", .text = "file,x,y,w,h\na.jpg,1,2,1e999,4\n"},
        {.what = "no file", .text = "file,x,y,w,h\n,1,2,3,4\n"},
    };
    bad_check(&kind, cases, TEST_COUNT(cases));
}

static int load_picture(const char *path)
{
    struct fb_frame_pool *pool = NULL;
    struct fb_frame *frame = NULL;
    int status = vis_image_load(path, &pool, &frame);
    CHECK(status == FB_OK || (!pool && !frame));
    fb_frame_unref(&frame);
    fb_frame_pool_destroy(&pool);
    return status;
}

static int load_png(const char *path)
{
    static uint8_t pixels[NN_FACE_PX];
    return nn_image_read_png(path, NN_FACE_SIDE, pixels);
}

/* Offsets: 8 signature, 16 width, 20 height, 24 depth, 25 colour, 28 interlace. */
static const struct bad_case picture_cases[] = {
    {.what = "cut in the signature", .share = 0.001},
    {.what = "cut in the header", .share = 0.004},
    {.what = "cut in the data", .share = 0.5},
    {.what = "cut near the end", .share = 0.95},
    {.what = "2 billion wide", .at = 16, .put = "\x7f\xff\xff\xff", .n_put = 4},
    {.what = "4 billion high", .at = 20, .put = "\xff\xff\xff\xff", .n_put = 4},
    {.what = "no width", .at = 16, .put = "\0\0\0\0", .n_put = 4},
    {.what = "little endian width", .at = 16, .put = "\x30\0\0\0", .n_put = 4},
    {.what = "a depth of 255", .at = 24, .put = "\xff", .n_put = 1},
    {.what = "an unknown colour", .at = 25, .put = "\x07", .n_put = 1},
    {.what = "a damaged check sum of the header", .at = 29, .put = "\0\0\0\0", .n_put = 4},
};

static void pictures(void)
{
    static const struct bad_kind kind = {"picture", "a.png", load_picture, make_picture, false, false, NULL, false};
    static const struct bad_case others[] = {
        {.what = "PNM of a terabyte", .text = "P6\n1000000 1000000\n255\nabc"},
        {.what = "PNM without px", .text = "P5\n4 4\n255\n"},
        {.what = "PNM of no size", .text = "P5\n0 0\n255\n"},
        {.what = "PNM of a negative size", .text = "P5\n-4 4\n255\nabc"},
        {.what = "a GIF's beginning", .text = "GIF89a"},
        {.what = "a JPEG's beginning", .text = "\xff\xd8\xff\xe0"},
        {.what = "a TIFF's beginning", .text = "II*"},
        {.what = "a BMP's beginning", .text = "BM0000"},
        {.what = "a WebP's beginning", .text = "RIFF9999WEBPVP8 "},
        {.what = "HTML", .text = "<!doctype html><title>404</title>"},
        {.what = "SVG", .text = "<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"file:///etc/passwd\"/></svg>"},
    };
    bad_check(&kind, picture_cases, TEST_COUNT(picture_cases));
    bad_check(&kind, others, TEST_COUNT(others));
}

static void data_pngs(void)
{
    static const struct bad_kind kind = {"png", "b.png", load_png, make_picture, false, false, "folder", false};
    bad_check(&kind, picture_cases, TEST_COUNT(picture_cases));
}

static int load_classes(const char *path)
{
    char folder[600];
    snprintf(folder, sizeof folder, "%s", path);
    for (int i = 0; i < 3; i++) /* DIR/train/happiness/a.png */
        *strrchr(folder, '/') = 0;
    return load_folder(folder);
}

static void class_folders(void)
{
    static const struct bad_kind kind = {"classes", "train/happiness/c.png", load_classes, make_picture, false, false, NULL, false};
    bad_check(&kind, picture_cases, 4);
    char folder[512];
    snprintf(folder, sizeof folder, "%s", bad_path("emotions", "train/joy/x"));
    CHECK_INT(load_classes(folder), FB_ERR_INPUT); /* a class that is none */
    CHECK_MSG(strstr(fb_error_text(), "joy"), "%s", fb_error_text());
    CHECK_INT(load_folder(bad_folder_of(bad_path("nothing", "x"))), FB_ERR_INPUT);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"votes", votes}, {"kaggle", kaggle}, {"boxes", boxes}, {"pictures", pictures},
        {"data PNGs", data_pngs}, {"class folders", class_folders},
    };
    return bad_main(tests, TEST_COUNT(tests), argc, argv, 130);
}

/* Bad models, nets, checkpoints and face bases. */
#include "bad.h"

#include "base/facebasis.h"
#include "base/rng.h"
#include "nn/model.h"
#include "nn/train.h"

#define NET "input 1 48 48\nmaxpool size=12\ndense out=8\nsoftmax\n"

static int load_safetensors(const char *path)
{
    struct nn_safetensors *file = NULL;
    int status = nn_safetensors_read(path, &file);
    nn_safetensors_destroy(&file);
    return status;
}

static int load_model(const char *path)
{
    struct nn_model *model = NULL;
    int status = nn_model_load(path, &model);
    CHECK(status == FB_OK || !model);
    nn_model_destroy(&model);
    return status;
}

static struct nn_net *small_net(void)
{
    struct nn_net *net = NULL;
    struct fb_rng rng;
    fb_rng_seed(&rng, 1);
    if (CHECK_MSG(!nn_net_parse(NET, "small.net", &net), "%s", fb_error_text()))
        nn_net_init_weights(net, &rng);
    return net;
}

static size_t make_model(uint8_t bytes[BAD_MAX_BYTES])
{
    char path[512];
    struct nn_net *net = small_net();
    struct nn_model_info info = nn_model_default_info();
    snprintf(info.name, sizeof info.name, "small");
    snprintf(path, sizeof path, "%s", bad_path("made", "model"));
    CHECK_MSG(!nn_model_save(path, net, &info), "%s", fb_error_text());
    nn_net_destroy(&net);
    return bad_read(path, bytes);
}

#define NOT_FINITE "\x00\x00\xc0\x7f"
#define INFINITE "\x00\x00\x80\x7f"

/* What is wrong with the file itself; its header's JSON is looked into in tests/nn/test_model.c. */
static const struct bad_case tensor_cases[] = {
    {.what = "cut in the length", .text = "\x10\x20\x30"},
    {.what = "cut behind the length", .share = 0.004},
    {.what = "cut in the header", .share = 0.1, .says = "header length"},
    {.what = "cut in the data", .share = 0.9},
    {.what = "cut by a byte", .share = 0.9999},
    {.what = "a header as long as all memory", .put = "\xff\xff\xff\xff\xff\xff\xff\xff", .n_put = 8, .says = "header length"},
    {.what = "a header of 4 GB", .put = "\0\0\0\0\1\0\0\0", .n_put = 8, .says = "header length"},
    {.what = "a header of no bytes", .put = "\0\0\0\0\0\0\0\0", .n_put = 8, .says = "header length"},
    {.what = "big endian length", .put = "\0\0\0\0\0\0\1\0", .n_put = 8, .says = "header length"},
    {.what = "a header that is no JSON", .at = 8, .put = "[[[[", .n_put = 4, .says = "JSON"},
    {.what = "a weight that is no number", .at = -4, .put = NOT_FINITE, .n_put = 4, .says = "not finite"},
    {.what = "an infinite weight", .at = -400, .put = INFINITE, .n_put = 4, .says = "not finite"},
};

static void safetensors(void)
{
    static const struct bad_kind kind = {"safetensors", "weights.safetensors", load_safetensors, make_model, false, false, NULL, false};
    bad_check(&kind, tensor_cases, TEST_COUNT(tensor_cases));
}

static void model(void)
{
    static const struct bad_kind kind = {"model", "model.safetensors", load_model, make_model, false, false, NULL, false};
    bad_check(&kind, tensor_cases, TEST_COUNT(tensor_cases));
}

/* One text in the model's file replaced by another of the same length, or left out. */
static void spoil_text(const char *from, const char *to, const char *says)
{
    static uint8_t bytes[BAD_MAX_BYTES];
    size_t n = make_model(bytes);
    char *at = memmem(bytes, n, from, strlen(from));
    if (!CHECK_MSG(at && strlen(from) == strlen(to), "the model has no %s", from))
        return;
    memcpy(at, to, strlen(to));
    const char *path = bad_path("model", "texts.safetensors");
    bad_write(path, bytes, n);
    int status = load_model(path);
    CHECK_MSG(status == FB_ERR_INPUT && strstr(fb_error_text(), "texts.safetensors") && !strchr(fb_error_text(), '\n') &&
                  (!says || strstr(fb_error_text(), says)),
              "%s: status %d, \"%s\"", to, status, status ? fb_error_text() : "");
}

static void model_texts(void)
{
    spoil_text("dense out=8", "dense out=7", NULL);
    spoil_text("dense out=8", "danse out=8", "danse");
    spoil_text("\"net\"", "\"nut\"", "net");
    spoil_text("neutral", "neutrum", NULL);
    spoil_text("\"labels\"", "\"lebals\"", NULL);
    spoil_text("\"temperature\":\"1\"", "\"temperature\":\"x\"", "temperature");
    spoil_text("\"temperature\":\"1\"", "\"temperature\":\"0\"", "temperature");
    spoil_text("\"crop_factor\":\"1\"", "\"crop_factor\":\"9\"", "crop_factor");
    spoil_text("\"preprocess\":\"f", "\"preprocess\":\"g", "preprocess");
    spoil_text("size=12", "size=99", NULL);
}

/* ---- a training's checkpoint, read into the trainer that it belongs to ---- */

static struct nn_trainer *trainer;

static int no_samples(void *user, int epoch, int64_t first, int n, float *x, float *target, float *weight)
{
    (void)user, (void)epoch, (void)first, (void)n, (void)x, (void)target, (void)weight;
    return fb_fail(FB_ERR_FAILED, "no training here");
}

static int load_checkpoint(const char *path)
{
    struct nn_checkpoint_extra extra;
    return nn_checkpoint_load(path, trainer, &extra);
}

static size_t make_checkpoint(uint8_t bytes[BAD_MAX_BYTES])
{
    struct nn_model_info info = nn_model_default_info();
    struct nn_checkpoint_extra extra = {0};
    char path[512];
    snprintf(path, sizeof path, "%s", bad_path("made", "checkpoint"));
    CHECK_MSG(!nn_checkpoint_save(path, trainer, &info, &extra), "%s", fb_error_text());
    return bad_read(path, bytes);
}

static void checkpoints(void)
{
    static const struct bad_kind kind = {"checkpoint", "m.checkpoint.safetensors", load_checkpoint, make_checkpoint, false,
                                         false, NULL, false};
    struct nn_trainer_settings settings = nn_default_trainer_settings();
    const struct nn_batch_source source = {.n_samples = 64, .n_classes = 8, .fill = no_samples};
    struct nn_net *net = small_net();
    settings.is_loading_ahead = false;
    if (CHECK_MSG(!nn_trainer_create(net, &source, &settings, &trainer), "%s", fb_error_text()))
        bad_check(&kind, tensor_cases, TEST_COUNT(tensor_cases));
    nn_trainer_destroy(&trainer);
    nn_net_destroy(&net);
}

static int load_net(const char *path)
{
    struct nn_net *net = NULL;
    int status = nn_net_load(path, &net);
    CHECK(status == FB_OK || !net);
    nn_net_destroy(&net);
    return status;
}

static size_t make_net(uint8_t bytes[BAD_MAX_BYTES])
{
    memcpy(bytes, NET, sizeof NET - 1);
    return sizeof NET - 1;
}

static void nets(void)
{
    static const struct bad_kind kind = {"net", "a.net", load_net, make_net, false, false, "folder", false};
    static const struct bad_case cases[] = {
        {.what = "no input", .text = "conv out=4 kernel=3\n"},
        {.what = "input twice", .text = "input 1 8 8\ninput 1 8 8\n"},
        {.what = "input of no size", .text = "input 1 0 8\ndense out=8\n"},
        {.what = "input of two sizes", .text = "input 1 8\ndense out=8\n"},
        {.what = "an enormous input", .text = "input 1 99999999 99999999\ndense out=8\n"},
        {.what = "negative input", .text = "input -1 8 8\ndense out=8\n"},
        {.what = "unknown layer", .text = "input 1 8 8\ncnov out=4 kernel=3\n", .says = "cnov"},
        {.what = "unknown argument", .text = "input 1 8 8\nconv out=4 kernal=3\n", .says = "kernal"},
        {.what = "an argument without a value", .text = "input 1 8 8\nconv out= kernel=3\n"},
        {.what = "an argument that is no number", .text = "input 1 8 8\nconv out=four kernel=3\n", .says = "four"},
        {.what = "a number too large", .text = "input 1 8 8\nconv out=99999999999 kernel=3\n"},
        {.what = "weights of a hundred gigabytes", .text = "input 1 512 512\ndense out=65536\ndense out=65536\n"},
        {.what = "a kernel larger than the picture", .text = "input 1 8 8\nconv out=4 kernel=99 pad=valid\n"},
        {.what = "a kernel of 0", .text = "input 1 8 8\nconv out=4 kernel=0\n"},
        {.what = "a pool larger than the picture", .text = "input 1 8 8\nmaxpool size=50\n"},
        {.what = "a stride of 0", .text = "input 1 8 8\nconv out=4 kernel=3 stride=0\n"},
        {.what = "dropout of everything", .text = "input 1 8 8\ndropout p=1\n"},
        {.what = "dropout that is no number", .text = "input 1 8 8\ndropout p=nan\n"},
        {.what = "a skip to nowhere", .text = "input 1 8 8\nadd nowhere\n"},
        {.what = "only comments", .text = "# a net\n# nothing in it\n"},
    };
    bad_check(&kind, cases, TEST_COUNT(cases));
}

static int load_basis(const char *path)
{
    struct fb_face_basis *basis = NULL;
    int status = fb_face_basis_read(path, &basis);
    fb_face_basis_destroy(&basis);
    return status;
}

static size_t make_basis(uint8_t bytes[BAD_MAX_BYTES])
{
    struct fb_face_basis *basis = NULL;
    char path[512];
    snprintf(path, sizeof path, "%s", bad_path("made", "basis"));
    CHECK(!fb_face_basis_create(8, 2, &basis) && !fb_face_basis_write(path, basis));
    fb_face_basis_destroy(&basis);
    return bad_read(path, bytes);
}

static void bases(void)
{
    static const struct bad_kind kind = {"basis", "faces.fbb", load_basis, make_basis, false, false, "folder", false};
    static const struct bad_case cases[] = {
        {.what = "cut in the magic", .share = 0.005},
        {.what = "cut in the header", .share = 0.02},
        {.what = "cut behind the first map", .share = 0.15},
        {.what = "cut by some bytes", .share = 0.99},
        {.what = "another magic", .put = "X", .n_put = 1},
        {.what = "a side of 4 billion", .at = 8, .put = "\xff\xff\xff\xff", .n_put = 4},
        {.what = "a side of 0", .at = 8, .put = "\0\0\0\0", .n_put = 4},
        {.what = "big endian side", .at = 8, .put = "\0\0\0\x08", .n_put = 4},
        {.what = "4 billion components", .at = 12, .put = "\xff\xff\xff\xff", .n_put = 4},
        {.what = "a component more than there is", .at = 12, .put = "\3\0\0\0", .n_put = 4},
        {.what = "a map's low that is no number", .at = 20, .put = NOT_FINITE, .n_put = 4},
        {.what = "a map's high that is infinite", .at = 24, .put = INFINITE, .n_put = 4},
    };
    bad_check(&kind, cases, TEST_COUNT(cases));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"safetensors", safetensors}, {"model", model}, {"model texts", model_texts},
        {"checkpoints", checkpoints}, {"nets", nets}, {"bases", bases},
    };
    return bad_main(tests, TEST_COUNT(tests), argc, argv, 100);
}

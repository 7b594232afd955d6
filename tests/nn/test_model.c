/* Model files: what is written is read back; hostile and broken files get a line; the classifier agrees with
 * its net. */
#include "nn/classifier.h"
#include "nn/loss.h"
#include "nn/model.h"
#include "nn/run.h"
#include "test.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/feltboard-test-model-XXXXXX";

#define TENSOR "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}"

static const struct {
    const char *header;
    int n_data_bytes;
    const char *expected; /* NULL: it is fine */
} headers[] = {
    {"{" TENSOR "}", 8, NULL},
    {"{" TENSOR "}   \n", 8, NULL},
    {"{\"__metadata__\":{\"k\":\"v\"}," TENSOR "}", 8, NULL},
    {"{}", 0, NULL},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4, NULL},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3,0],\"data_offsets\":[0,0]}}", 0, NULL},
    {"[]", 0, "not a JSON object"},
    {"{", 0, "9 bytes are too few"},
    {"{{", 0, "not JSON"},
    {"{\"a\":1", 8, "not JSON"},
    {"{" TENSOR "} x", 8, "something after its JSON"},
    {"{\"a\":3}", 8, "tensor \"a\": has no dtype"},
    {"{\"a\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,16]}}", 16, NULL},
    {"{\"a\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "takes 8 bytes, but its shape needs 16"},
    {"{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "dtype F16; only F32"},
    {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", 8, "has no shape"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, "not a whole number"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,8]}}", 8, "not a whole number"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1e300],\"data_offsets\":[0,8]}}", 8, "not a whole number"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[\"2\"],\"data_offsets\":[0,8]}}", 8, "not a whole number"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[65536,65536,65536,65536],\"data_offsets\":[0,8]}}", 8,
     "shape of more than"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}", 8,
     "more than 8 dimensions"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "no pair of data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}", 8, "no pair of data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, "data_offsets outside"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}", 8, "data_offsets outside"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", 8, "data_offsets outside"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, "takes 8 bytes, but its shape needs 12"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}", 8, "not a multiple of 4"},
    {"{" TENSOR "," TENSOR "}", 8, "overlaps"},
    {"{" TENSOR ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "\"b\" overlaps"},
    {"{\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "leaves a gap"},
    {"{" TENSOR "}", 12, "12 bytes of data, but the tensors fill 8"},
    {"{" TENSOR "}", 4, "data_offsets outside"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"a\":{\"dtype\":\"F32\",\"shape\":[0],"
     "\"data_offsets\":[0,0]}}", 0, "stands twice"},
    {"{\"__metadata__\":[]}", 0, "not an object of strings"},
    {"{\"__metadata__\":{\"k\":1}}", 0, "\"k\" is not a string"},
};

static void write_bytes(const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(bytes, 1, n, file) == n && !fclose(file));
}

/* A file with this header and n_data_bytes of data, 1.0f each; length: what the first eight bytes claim. */
static void write_file(const char *header, int n_data_bytes, uint64_t length)
{
    unsigned char bytes[4096] = {0};
    size_t n = strlen(header);
    const float one = 1;
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(length >> (8 * i));
    memcpy(bytes + 8, header, n);
    for (int i = 0; i + 4 <= n_data_bytes; i += 4)
        memcpy(bytes + 8 + n + i, &one, 4);
    write_bytes(bytes, 8 + n + (size_t)n_data_bytes);
}

static void headers_are_checked(void)
{
    for (int i = 0; i < TEST_COUNT(headers); i++) {
        struct nn_safetensors *file = NULL;
        write_file(headers[i].header, headers[i].n_data_bytes, strlen(headers[i].header));
        int status = nn_safetensors_read(path, &file);
        if (!headers[i].expected)
            CHECK_MSG(!status, "%s: %s", headers[i].header, fb_error_text());
        else
            CHECK_MSG(status == FB_ERR_INPUT && !file && strstr(fb_error_text(), headers[i].expected) &&
                          strstr(fb_error_text(), path),
                      "%s: status %d, \"%s\"", headers[i].header, status, fb_error_text());
        nn_safetensors_destroy(&file);
    }
}

static void lengths_are_checked(void)
{
    struct nn_safetensors *file;
    const uint64_t lengths[] = {0, 1, 1000, UINT64_MAX, UINT64_MAX - 7, (uint64_t)INT64_MAX, 1ull << 32};
    for (int i = 0; i < TEST_COUNT(lengths); i++) {
        write_file("{" TENSOR "}", 8, lengths[i]);
        CHECK_INT(nn_safetensors_read(path, &file), FB_ERR_INPUT);
        CHECK_MSG(strstr(fb_error_text(), "header length") != NULL, "%s", fb_error_text());
    }
    write_bytes("", 0);
    CHECK_INT(nn_safetensors_read(path, &file), FB_ERR_INPUT);
    CHECK_INT(nn_safetensors_read("/", &file), FB_ERR_INPUT);
    CHECK_INT(nn_safetensors_read("/nonexistent", &file), FB_ERR_INPUT);
}

static void numbers_must_be_finite(void)
{
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        struct nn_safetensors *file;
        float data[2] = {1, bad[i]};
        struct nn_file_tensor tensor = {.name = "a", .n_dims = 1, .shape = {2}, .n = 2, .data = data};
        CHECK_INT(nn_safetensors_write(path, &tensor, 1, NULL, 0), 0);
        CHECK_INT(nn_safetensors_read(path, &file), FB_ERR_INPUT);
        CHECK(strstr(fb_error_text(), "not finite, at element 1"));
    }
}

static const char net_text[] = "input 1 12 12 # \"quoted\" \\ text\nconv out=4 kernel=3 bias=0\nbn\nrelu name=a\n"
                               "conv out=4 kernel=3\nbn\nadd from=a\nglobalpool\ndense out=8\nsoftmax\n";

static struct nn_net *trained_net(void)
{
    struct nn_net *net;
    struct fb_rng rng;
    fb_rng_seed(&rng, 2);
    if (nn_net_parse(net_text, "t.net", &net))
        return NULL;
    nn_net_init_weights(net, &rng);
    for (int i = 0; i < nn_net_n_params(net); i++)
        for (size_t j = 0; j < nn_net_param(net, i)->n; j++)
            nn_net_param(net, i)->value[j] += fb_rng_range(&rng, 0, 0.5f);
    return net;
}

static struct nn_model_info some_info(void)
{
    struct nn_model_info info = nn_model_default_info();
    strcpy(info.name, "test-1");
    strcpy(info.data, "nothing, \"quoted\"\nand a line");
    strcpy(info.metrics, "{\"n\":3}");
    strcpy(info.accuracy_of, "valid, majority");
    info.preprocess = NN_PREPROCESS_CONTRAST;
    info.crop_factor = 1.25;
    info.temperature = 0.7123456789;
    info.seed = UINT64_MAX;
    info.epochs = 12;
    info.accuracy = 0.875;
    info.n_accuracy = 3199;
    return info;
}

static void models_come_back(void)
{
    struct nn_net *net = trained_net();
    struct nn_model_info info = some_info();
    struct nn_model *model;
    info.is_flipped = true;
    CHECK_INT(nn_model_save(path, net, &info), 0);
    if (!CHECK_MSG(!nn_model_load(path, &model), "%s", fb_error_text()))
        return;
    CHECK_STR(nn_net_text(model->net), net_text);
    CHECK(!memcmp(nn_net_values(net), nn_net_values(model->net), nn_net_n_values(net) * sizeof(float)));
    CHECK(!memcmp(&info, &model->info, sizeof info));
    char tmp[sizeof path + 4];
    snprintf(tmp, sizeof tmp, "%s.tmp", path);
    CHECK(access(tmp, F_OK) != 0);
    nn_model_destroy(&model);
    CHECK_INT(nn_model_save("/nonexistent/x.safetensors", net, &info), FB_ERR_IO);
    struct rlimit limit, small; /* a disk that is full after 512 bytes: the old file stays */
    CHECK_INT(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit;
    small.rlim_cur = 512;
    signal(SIGXFSZ, SIG_IGN);
    CHECK_INT(setrlimit(RLIMIT_FSIZE, &small), 0);
    int status = nn_model_save(path, net, &info);
    CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
    CHECK_INT(status, FB_ERR_IO);
    CHECK(access(tmp, F_OK) != 0);
    CHECK_INT(nn_model_load(path, &model), 0);
    nn_model_destroy(&model);
    nn_net_destroy(&net);
}

static void damaged_models_get_a_line(void)
{
    struct nn_net *net = trained_net();
    struct nn_model_info info = some_info();
    struct nn_model *model;
    CHECK_INT(nn_model_save(path, net, &info), 0);
    struct stat status;
    CHECK_INT(stat(path, &status), 0);
    size_t n = (size_t)status.st_size;
    unsigned char *bytes = malloc(n), *copy = malloc(n);
    FILE *file = fopen(path, "rb");
    CHECK(file && fread(bytes, 1, n, file) == n);
    fclose(file);
    for (size_t cut = 0; cut < n; cut += 1 + n / 97) { /* truncated anywhere */
        write_bytes(bytes, cut);
        CHECK_INT(nn_model_load(path, &model), FB_ERR_INPUT);
    }
    struct fb_rng rng;
    fb_rng_seed(&rng, 8);
    for (int i = 0; i < 400; i++) { /* any byte changed: read or refused, never a crash */
        memcpy(copy, bytes, n);
        for (uint32_t k = 0; k <= fb_rng_below(&rng, 3); k++)
            copy[fb_rng_below(&rng, (uint32_t)n)] = (unsigned char)fb_rng_below(&rng, 256);
        write_bytes(copy, n);
        if (!nn_model_load(path, &model))
            nn_model_destroy(&model);
        CHECK(!model);
    }
    free(bytes);
    free(copy);
    nn_net_destroy(&net);
}

static void wrong_texts_are_refused(void)
{
    static const struct {
        const char *key, *value, *expected;
    } cases[] = {
        {"format", "other", "not a Feltboard model"},
        {"labels", "happy,sad", "its labels are"},
        {"preprocess", "none", "preprocess"},
        {"temperature", "0", "temperature \"0\" is not a number in"},
        {"temperature", "nan", "temperature \"nan\""},
        {"crop_factor", "-1", "crop_factor"},
        {"flip", "2", "flip \"2\" is not a number in 0..1"},
        {"accuracy", "1.5", "accuracy"},
        {"seed", "x", "seed"},
        {"net", "input 1 8 8\ncnov out=3", "net:2: unknown layer 'cnov'"},
        {"net", "input 3 8 8\ndense out=8", "expected a grey square"},
        {"net", "input 1 8 8\ndense out=7", "7 outputs, expected 8"},
        {"net", "input 1 8 8\ndense out=8", "tensor \"dense1.weight\" is missing"},
    };
    for (int i = 0; i < TEST_COUNT(cases); i++) {
        struct nn_file_text texts[] = {
            {"format", "feltboard-model-1"},
            {"labels", "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt"},
            {"net", "input 1 8 8\ndense out=8"},
            {cases[i].key, cases[i].value},
        };
        int n = 4;
        for (int j = 0; j < 3; j++)
            if (!strcmp(texts[j].key, cases[i].key)) {
                texts[j].value = cases[i].value;
                n = 3;
            }
        struct nn_model *model;
        CHECK_INT(nn_safetensors_write(path, NULL, 0, texts, n), 0);
        CHECK_INT(nn_model_load(path, &model), FB_ERR_INPUT);
        CHECK_MSG(strstr(fb_error_text(), cases[i].expected) != NULL, "%s: \"%s\"", cases[i].value,
                  fb_error_text());
    }
}

static void classifier_agrees_with_its_net(void)
{
    enum { N = 5, SIDE = 12 };
    struct nn_net *net = trained_net();
    struct nn_model_info info = some_info();
    struct nn_classifier *classifier;
    struct nn_run *run;
    struct nn_run_settings settings = {.max_batch = N};
    uint8_t crops[N * SIDE * SIDE];
    float p[N][FB_EXPRESSION_COUNT], expected[N][FB_EXPRESSION_COUNT];
    struct fb_rng rng;
    fb_rng_seed(&rng, 6);
    for (size_t i = 0; i < sizeof crops; i++)
        crops[i] = (uint8_t)fb_rng_below(&rng, 256);
    CHECK_INT(nn_model_save(path, net, &info), 0);
    if (!CHECK_MSG(!nn_classifier_create(path, N, NULL, &classifier), "%s", fb_error_text()))
        return;
    CHECK_INT(nn_classifier_info(classifier)->side, SIDE);
    CHECK_STR(nn_classifier_info(classifier)->name, "test-1");
    CHECK_NEAR(nn_classifier_info(classifier)->crop_factor, 1.25, 0);
    CHECK_INT(nn_classifier_info(classifier)->n_accuracy, 3199);
    CHECK_INT(nn_classifier_run(classifier, crops, N, p), 0);
    CHECK_INT(nn_run_create(net, &settings, &run), 0);
    for (int i = 0; i < N; i++)
        nn_preprocess_bytes(NN_PREPROCESS_CONTRAST, crops + i * SIDE * SIDE, SIDE * SIDE,
                            nn_run_input(run) + i * SIDE * SIDE);
    nn_run_forward(run, N, 0);
    nn_softmax_rows(nn_run_logits(run), N, FB_EXPRESSION_COUNT, (float)info.temperature, expected[0]);
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int k = 0; k < FB_EXPRESSION_COUNT; k++) {
            CHECK_NEAR(p[i][k], expected[i][k], 1e-5);
            sum += (double)p[i][k];
        }
        CHECK_NEAR(sum, 1, 1e-5);
    }
    CHECK(memcmp(p[0], p[1], sizeof p[0]) != 0); /* different crops, different answers */
    CHECK_INT(nn_classifier_run(classifier, crops, 0, p), 0);
    CHECK_INT(nn_classifier_run(classifier, crops, N + 1, p), FB_ERR_USAGE);
    nn_classifier_destroy(&classifier);
    CHECK(!classifier);
    CHECK_INT(nn_classifier_create("/nonexistent", N, NULL, &classifier), FB_ERR_INPUT);
    CHECK(!classifier);
    nn_run_destroy(&run);
    nn_net_destroy(&net);
}

static void answer_crops(enum nn_flip flip, const uint8_t *crops, int n, float (*p)[FB_EXPRESSION_COUNT], bool *is_flipped)
{
    struct nn_classifier *classifier;
    if (!CHECK_MSG(!nn_classifier_create_with(path, n, &(struct nn_classifier_settings){.flip = flip}, NULL, &classifier), "%s", fb_error_text()))
        return;
    *is_flipped = nn_classifier_info(classifier)->is_flipped;
    CHECK_INT(nn_classifier_run(classifier, crops, n, p), 0);
    nn_classifier_destroy(&classifier);
}

/* p is the tempered mean of what the net says of a crop and of its mirror image. */
static void mirror_images_are_averaged(void)
{
    enum { N = 3, SIDE = 12, K = FB_EXPRESSION_COUNT };
    struct nn_net *net = trained_net();
    struct nn_model_info info = some_info();
    uint8_t crops[2 * N * SIDE * SIDE];
    float single[2 * N][K], both[2 * N][K], as_model[2 * N][K];
    bool is_flipped = false;
    struct fb_rng rng;
    fb_rng_seed(&rng, 7);
    for (int i = 0; i < N * SIDE; i++)
        for (int x = 0; x < SIDE; x++)
            crops[N * SIDE * SIDE + i * SIDE + SIDE - 1 - x] = crops[i * SIDE + x] = (uint8_t)fb_rng_below(&rng, 256);
    info.temperature = 1;
    CHECK_INT(nn_model_save(path, net, &info), 0);
    answer_crops(NN_FLIP_AS_MODEL, crops, 2 * N, single, &is_flipped);
    CHECK(!is_flipped);
    info.temperature = 0.7;
    info.is_flipped = true;
    CHECK_INT(nn_model_save(path, net, &info), 0);
    answer_crops(NN_FLIP_ALWAYS, crops, 2 * N, both, &is_flipped);
    CHECK(is_flipped);
    answer_crops(NN_FLIP_AS_MODEL, crops, 2 * N, as_model, &is_flipped);
    CHECK(is_flipped);
    CHECK(!memcmp(both, as_model, sizeof both));
    for (int i = 0; i < N; i++) {
        double mean[K], sum = 0;
        for (int k = 0; k < K; k++)
            sum += mean[k] = pow(((double)single[i][k] + (double)single[N + i][k]) / 2, 1 / 0.7);
        for (int k = 0; k < K; k++) {
            CHECK_NEAR(both[i][k], mean[k] / sum, 1e-5);
            CHECK_NEAR(both[N + i][k], both[i][k], 1e-5); /* a face and its mirror image get the same answer */
        }
    }
    answer_crops(NN_FLIP_NEVER, crops, 2 * N, both, &is_flipped);
    CHECK(!is_flipped && memcmp(both[0], both[N], sizeof both[0]));
    nn_net_destroy(&net);
}

int main(int argc, char **argv)
{
    close(mkstemp(path));
    static const struct test tests[] = {
        {"headers_are_checked", headers_are_checked},
        {"lengths_are_checked", lengths_are_checked},
        {"numbers_must_be_finite", numbers_must_be_finite},
        {"models_come_back", models_come_back},
        {"damaged_models_get_a_line", damaged_models_get_a_line},
        {"wrong_texts_are_refused", wrong_texts_are_refused},
        {"classifier_agrees_with_its_net", classifier_agrees_with_its_net},
        {"mirror_images_are_averaged", mirror_images_are_averaged},
    };
    int result = test_main(tests, TEST_COUNT(tests), argc, argv);
    unlink(path);
    return result;
}

/* Models and plain .safetensors: read, checked, and what passes is run once. */
#include "fuzz.h"

#include "nn/model.h"
#include "base/rng.h"
#include "nn/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_MACS = 20000000, MAX_VALUES = 4 << 20 };

static void run_once(const struct nn_net *net)
{
    struct nn_run *run = NULL;
    struct nn_run_settings settings = {.max_batch = 1, .is_frozen = true};
    struct nn_shape in = nn_net_input(net);
    if (nn_net_n_macs(net) > MAX_MACS || (long)in.c * in.h * in.w > MAX_VALUES)
        return; /* true but slow */
    if (!nn_run_create(net, &settings, &run))
        nn_run_forward(run, 1, 0);
    nn_run_destroy(&run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    for (int kind = NN_MODEL_CLASSIFIER; kind < NN_MODEL_KIND_COUNT; kind++) {
        struct nn_model *model = NULL;
        if (!nn_model_load_kind(path, (enum nn_model_kind)kind, &model))
            run_once(model->net);
        nn_model_destroy(&model);
    }
    struct nn_safetensors *file = NULL;
    if (!nn_safetensors_read(path, &file))
        (void)!nn_safetensors_text(file, "format");
    nn_safetensors_destroy(&file);
    return 0;
}

static void seed_model(const char *name, const char *text)
{
    struct nn_net *net = NULL;
    struct nn_model_info info = nn_model_default_info();
    struct fb_rng rng;
    char path[64];
    snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
    fb_rng_seed(&rng, 1);
    snprintf(info.name, sizeof info.name, "fuzz");
    if (nn_net_parse(text, "fuzz.net", &net))
        abort();
    nn_net_init_weights(net, &rng);
    if (nn_model_save(path, net, &info))
        abort();
    fuzz_seed_file(path);
    nn_net_destroy(&net);
}

void fuzz_seeds(void)
{
    seed_model("tiny.safetensors", "input 1 48 48\nmaxpool size=12\ndense out=8\nsoftmax\n");
    seed_model("conv.safetensors", "input 1 48 48\nmaxpool size=6\nconv out=2 kernel=3\nbn\nrelu\ndense out=8\nsoftmax\n");
    const float values[2] = {1, 2};
    const struct nn_file_tensor tensor = {.name = "a", .n_dims = 1, .shape = {2}, .n = 2, .data = values};
    const struct nn_file_text text = {"format", "pt"};
    char path[64];
    snprintf(path, sizeof path, "%s/plain.safetensors", fuzz_folder());
    if (nn_safetensors_write(path, &tensor, 1, &text, 1))
        abort();
    fuzz_seed_file(path);
}

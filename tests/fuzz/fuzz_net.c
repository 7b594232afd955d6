/* .net texts: parsed; a small net that passes is given weights, folded and run. */
#include "fuzz.h"

#include "nn/net.h"
#include "base/rng.h"
#include "nn/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_MACS = 3000000, MAX_VALUES = 1 << 20 };

static void run_once(const struct nn_net *net, bool is_training)
{
    struct nn_run *run = NULL;
    struct nn_run_settings settings = {.max_batch = 1, .is_training = is_training, .is_frozen = !is_training};
    if (!nn_run_create(net, &settings, &run))
        nn_run_forward(run, 1, 0);
    nn_run_destroy(&run);
}

static bool is_small(const struct nn_net *net)
{
    long n_values = 0;
    for (int i = 0; i < nn_net_n_layers(net); i++) {
        struct nn_shape shape = nn_net_layer_shape(net, i);
        n_values += (long)shape.c * shape.h * shape.w;
    }
    return nn_net_n_macs(net) < MAX_MACS && n_values < MAX_VALUES;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct nn_net *net = NULL, *folded = NULL;
    struct fb_rng rng;
    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = 0;
    fb_rng_seed(&rng, 1);
    if (!nn_net_parse(text, "fuzz.net", &net) && is_small(net)) {
        nn_net_init_weights(net, &rng);
        run_once(net, false);
        run_once(net, true);
        if (!nn_net_fold(net, &folded))
            run_once(folded, false);
    }
    nn_net_destroy(&folded);
    nn_net_destroy(&net);
    free(text);
    return 0;
}

void fuzz_seeds(void)
{
    fuzz_seed_text("plain", "input 1 12 12\nconv out=4 kernel=3 pad=valid # c\nrelu\nmaxpool size=2\ndense out=8\nsoftmax\n");
    fuzz_seed_text("bn", "input 1 12 12\nconv out=4 kernel=3 stride=2\nbn\nleaky_relu\ndropout p=0.5\navgpool\nsoftmax\n");
    static const char *const nets[] = {"feltboard-1", "feltboard-2", "feltboard-face-1", "resnet50", "bn_dropout"};
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/models/%s.net", FUZZ_SOURCE_ROOT, nets[i]);
        fuzz_seed_file(path);
    }
}

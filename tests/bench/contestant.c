/* See contestant.h. */
#include "contestant.h"

#include "base/clock.h"
#include "nn/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TIMES = 100000, MIN_TIMES = 3 };

static int load_weights(const char *path, struct nn_net **net)
{
    struct nn_safetensors *file;
    int status = nn_safetensors_read(path, &file);
    if (status)
        return status;
    const char *text = nn_safetensors_text(file, "net");
    status = text ? nn_net_parse(text, "net", net) : fb_fail(FB_ERR_INPUT, "%s has no net in its metadata", path);
    if (!status)
        status = nn_model_load_params(file, *net, NULL);
    nn_safetensors_destroy(&file);
    return status;
}

int contestant_load_net(const char *path, struct nn_net **net)
{
    const char *end = strrchr(path, '.');
    if (end && !strcmp(end, ".safetensors"))
        return load_weights(path, net);
    struct fb_rng rng;
    int status = nn_net_load(path, net);
    fb_rng_seed(&rng, 1);
    if (!status)
        nn_net_init_weights(*net, &rng);
    return status;
}

float *contestant_make_input(const struct nn_net *net, int batch)
{
    size_t n = (size_t)batch * nn_shape_image_size(nn_net_input(net));
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; x && i < n; i++)
        x[i] = (float)(i * 7919 % 255) / 255;
    return x;
}

double contestant_check(const float *outputs, size_t n_outputs)
{
    double sum = 0;
    for (size_t i = 0; i < n_outputs; i++)
        sum += (double)(i + 1) * (double)outputs[i];
    return sum;
}

static void repeat(double seconds, void (*work)(void *user), void *user)
{
    double sum_s = 0;
    for (int n = 0; n < MAX_TIMES && (n < MIN_TIMES || sum_s < seconds); n++) {
        int64_t start_ns = fb_clock_now_ns();
        work(user);
        double s = (double)(fb_clock_now_ns() - start_ns) * 1e-9;
        sum_s += s;
        printf("%.5f ", s * 1e3);
    }
    printf("\n");
    fflush(stdout);
}

void contestant_obey(const char *version, double check, void (*work)(void *user), void *user)
{
    printf("ready %s %.4f\n", version, check);
    fflush(stdout);
    for (char line[64]; fgets(line, sizeof line, stdin);)
        repeat(atof(line), work, user);
}

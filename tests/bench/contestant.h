/* What the benchmark's contestants in C share: the net with its weights, the usual data, and taking orders.
 *
 * A contestant prints "ready VERSION CHECK"; then for each line of its standard input, a number of seconds, it repeats its
 * work about that long, at least three times, and prints one line of milliseconds, one number a run. CHECK is the sum of
 * (i + 1) p[i] over the first image's outputs, or the first loss: alike in all contestants. */
#ifndef CONTESTANT_H
#define CONTESTANT_H

#include "nn/net.h"

/* NET.net with random weights of seed 1, or WEIGHTS.safetensors with the net's text as metadata "net" (written by bench_core
 * --save or from_onnx.py). Returns a status. */
FB_MUST_USE int contestant_load_net(const char *path, struct nn_net **net);

/* (batch, C, H, W), x[i] = (i * 7919 % 255) / 255; NULL without memory. The caller's to free. */
float *contestant_make_input(const struct nn_net *net, int batch);
double contestant_check(const float *outputs, size_t n_outputs);

/* Until the standard input ends. */
void contestant_obey(const char *version, double check, void (*work)(void *user), void *user);

#endif

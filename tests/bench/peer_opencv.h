/* OpenCV's DNN module as a peer: a net is given to it layer by layer and run on batches. */
#ifndef PEER_OPENCV_H
#define PEER_OPENCV_H

#ifdef __cplusplus
extern "C" {
#endif

struct peer;

/* Layers are numbered as they are added, from 1; 0 is the input. Weights are copied. */
struct peer *peer_create(int n_threads);
void peer_destroy(struct peer *peer);
/* pads: top, left, bottom, right. weight (out, in, kernel, kernel), bias (out). */
int peer_conv(struct peer *peer, int from, int out, int in, int kernel, int stride, const int pads[4],
              const float *weight, const float *bias);
int peer_dense(struct peer *peer, int from, int out, int in, const float *weight, const float *bias);
int peer_bn(struct peer *peer, int from, int n, float epsilon, const float *scale, const float *shift,
            const float *mean, const float *variance);
int peer_relu(struct peer *peer, int from, float slope);
int peer_maxpool(struct peer *peer, int from, int size, int stride, int pad);
int peer_globalpool(struct peer *peer, int from);
int peer_add(struct peer *peer, int a, int b);
int peer_flatten(struct peer *peer, int from);
/* The channels `times` over. */
int peer_repeat(struct peer *peer, int from, int times);
int peer_softmax(struct peer *peer, int from);
/* x (n, c, h, w); returns the last layer's output, valid until the next run; NULL when OpenCV gives up. */
const float *peer_run(struct peer *peer, const float *x, int n, int c, int h, int w);
const char *peer_version(void);

#ifdef __cplusplus
}
#endif

#endif

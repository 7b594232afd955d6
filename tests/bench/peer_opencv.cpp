/* See peer_opencv.h. */
#include "peer_opencv.h"

#include <cstdio>
#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>

using cv::Mat;
using cv::dnn::DictValue;
using cv::dnn::LayerParams;

struct peer {
    cv::dnn::Net net;
    int n_layers = 0;
    Mat input, output;
};

static Mat copy(std::vector<int> dims, const float *values)
{
    return Mat((int)dims.size(), dims.data(), CV_32F, const_cast<float *>(values)).clone();
}

static int add(struct peer *peer, const char *type, LayerParams &params, int from, int other = -1)
{
    int id = peer->net.addLayer("layer" + std::to_string(++peer->n_layers), type, params);
    peer->net.connect(from, 0, id, 0);
    if (other >= 0)
        peer->net.connect(other, 0, id, 1);
    return id;
}

struct peer *peer_create(int n_threads)
{
    cv::setNumThreads(n_threads);
    return new peer;
}

void peer_destroy(struct peer *peer)
{
    delete peer;
}

int peer_conv(struct peer *peer, int from, int out, int in, int kernel, int stride, const int pads[4],
              const float *weight, const float *bias)
{
    LayerParams params;
    if (pads[0] == pads[2] && pads[1] == pads[3]) {
        params.set("pad_h", pads[0]);
        params.set("pad_w", pads[1]);
    } else { /* its convolution pads both sides alike */
        const int around[] = {0, 0, 0, 0, pads[0], pads[2], pads[1], pads[3]};
        LayerParams padding;
        padding.set("paddings", DictValue::arrayInt(around, 8));
        from = add(peer, "Padding", padding, from);
    }
    params.set("kernel_size", kernel);
    params.set("num_output", out);
    params.set("stride", stride);
    params.set("bias_term", true);
    params.blobs = {copy({out, in, kernel, kernel}, weight), copy({1, out}, bias)};
    return add(peer, "Convolution", params, from);
}

int peer_dense(struct peer *peer, int from, int out, int in, const float *weight, const float *bias)
{
    LayerParams params;
    params.set("num_output", out);
    params.set("bias_term", true);
    params.set("axis", 1);
    params.blobs = {copy({out, in}, weight), copy({1, out}, bias)};
    return add(peer, "InnerProduct", params, from);
}

int peer_bn(struct peer *peer, int from, int n, float epsilon, const float *scale, const float *shift,
            const float *mean, const float *variance)
{
    LayerParams params;
    params.set("eps", epsilon);
    params.set("has_weight", true);
    params.set("has_bias", true);
    params.blobs = {copy({1, n}, mean), copy({1, n}, variance), copy({1, n}, scale), copy({1, n}, shift)};
    return add(peer, "BatchNorm", params, from);
}

int peer_relu(struct peer *peer, int from, float slope)
{
    LayerParams params;
    params.set("negative_slope", slope);
    return add(peer, "ReLU", params, from);
}

int peer_maxpool(struct peer *peer, int from, int size, int stride, int pad)
{
    LayerParams params;
    params.set("pool", "max");
    params.set("kernel_size", size);
    params.set("stride", stride);
    params.set("pad", pad);
    params.set("ceil_mode", false);
    return add(peer, "Pooling", params, from);
}

int peer_globalpool(struct peer *peer, int from)
{
    LayerParams params;
    params.set("pool", "ave");
    params.set("global_pooling", true);
    return add(peer, "Pooling", params, from);
}

int peer_add(struct peer *peer, int a, int b)
{
    LayerParams params;
    params.set("operation", "sum");
    return add(peer, "Eltwise", params, a, b);
}

int peer_flatten(struct peer *peer, int from)
{
    LayerParams params;
    return add(peer, "Flatten", params, from);
}

int peer_repeat(struct peer *peer, int from, int times)
{
    LayerParams params;
    params.set("axis", 1);
    int id = add(peer, "Concat", params, from);
    for (int i = 1; i < times; i++)
        peer->net.connect(from, 0, id, i);
    return id;
}

int peer_softmax(struct peer *peer, int from)
{
    LayerParams params;
    params.set("axis", 1);
    return add(peer, "Softmax", params, from);
}

const float *peer_run(struct peer *peer, const float *x, int n, int c, int h, int w)
{
    try {
        int dims[] = {n, c, h, w};
        peer->input = Mat(4, dims, CV_32F, const_cast<float *>(x));
        peer->net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
        peer->net.setInput(peer->input);
        peer->output = peer->net.forward();
        return peer->output.ptr<float>();
    } catch (const cv::Exception &e) {
        std::fprintf(stderr, "OpenCV: %s\n", e.what());
        return nullptr;
    }
}

const char *peer_version(void)
{
    return CV_VERSION;
}

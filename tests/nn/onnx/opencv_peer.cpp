// See opencv_peer.h.
#include "opencv_peer.h"

#include <opencv2/dnn.hpp>

#include <cstdio>
#include <cstring>

int opencv_peer_run(const char *path, const float *x, int n, int c, int h, int w, float *p, int n_outputs, char *error,
                    int n_error_bytes)
{
    try {
        cv::setNumThreads(1); /* it is the oracle here, not a contestant */
        cv::dnn::Net net = cv::dnn::readNetFromONNX(path);
        const int sizes[] = {n, c, h, w};
        cv::Mat input(4, sizes, CV_32F);
        std::memcpy(input.data, x, input.total() * sizeof(float));
        net.setInput(input);
        cv::Mat output = net.forward();
        if (output.total() != static_cast<size_t>(n_outputs) || output.type() != CV_32F) {
            std::snprintf(error, static_cast<size_t>(n_error_bytes), "%zu outputs", output.total());
            return -1;
        }
        std::memcpy(p, output.ptr<float>(), output.total() * sizeof(float));
        return 0;
    } catch (const cv::Exception &e) {
        std::snprintf(error, static_cast<size_t>(n_error_bytes), "%s", e.what());
        return -1;
    }
}

/* A net as an ONNX file (opset 13), for ONNX Runtime, OpenCV's DNN and others.
 * Input "x" (N, C, H, W), normalised as nn/preprocess.h says; output "p" of the last layer. Any thread. */
#ifndef NN_ONNX_H
#define NN_ONNX_H

#include "nn/model.h"

/* Batch normalisation is folded, dropout left out. info: NULL, or what goes into the file's metadata; then the logits of a
 * last softmax are divided by its temperature, so that p is what the programs answer to one crop (mirror images are
 * the caller's). Atomically. FB_ERR_INPUT: a layer that ONNX has no word for; FB_ERR_IO, FB_ERR_NOMEM. */
FB_MUST_USE int nn_onnx_write(const char *path, const struct nn_net *net, const struct nn_model_info *info);

#endif

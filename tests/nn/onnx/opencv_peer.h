/* What OpenCV's DNN module makes of an ONNX file. */
#ifndef OPENCV_PEER_H
#define OPENCV_PEER_H

#ifdef __cplusplus
extern "C" {
#endif

/* x: (n, c, h, w); p: n_outputs floats. 0, or -1 with the reason in error. */
int opencv_peer_run(const char *path, const float *x, int n, int c, int h, int w, float *p, int n_outputs, char *error,
                    int n_error_bytes);

#ifdef __cplusplus
}
#endif

#endif

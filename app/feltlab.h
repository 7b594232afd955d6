/* The commands of feltlab, one file (cmd_*.c) each.
 *
 * A command gets its own arguments: argv[0] is its name, then its options. It returns FB_OK or a
 * negative status after fb_fail(); feltlab.c prints the text and turns the status into the exit
 * code. Results go to stdout, everything else to stderr. Main thread. */
#ifndef APP_FELTLAB_H
#define APP_FELTLAB_H

#include "base/status.h"

FB_MUST_USE int app_cmd_train(int argc, char **argv);
FB_MUST_USE int app_cmd_train_detector(int argc, char **argv);
FB_MUST_USE int app_cmd_evaluate(int argc, char **argv);
FB_MUST_USE int app_cmd_evaluate_detector(int argc, char **argv);
FB_MUST_USE int app_cmd_compare(int argc, char **argv);
FB_MUST_USE int app_cmd_outliers(int argc, char **argv);
FB_MUST_USE int app_cmd_bench(int argc, char **argv);
FB_MUST_USE int app_cmd_calibrate(int argc, char **argv);
FB_MUST_USE int app_cmd_export_onnx(int argc, char **argv);
FB_MUST_USE int app_cmd_explore(int argc, char **argv);
FB_MUST_USE int app_cmd_basis(int argc, char **argv);
FB_MUST_USE int app_cmd_model(int argc, char **argv);

#endif

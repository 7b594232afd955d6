/* The teacher's program: its commands. Each parses its own arguments (argv[0] is the command's
 * name), prints results on stdout and everything else on stderr, and returns an fb_status whose
 * text has not been printed yet. */
#ifndef APP_FELTBOARD_H
#define APP_FELTBOARD_H

#include "base/status.h"

int app_cmd_watch(int argc, char **argv);
int app_cmd_analyze(int argc, char **argv);
int app_cmd_predict(int argc, char **argv);
int app_cmd_replay(int argc, char **argv);
int app_cmd_report(int argc, char **argv);
int app_cmd_export(int argc, char **argv);
int app_cmd_sessions(int argc, char **argv);
int app_cmd_devices(int argc, char **argv);

#endif

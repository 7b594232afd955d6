/* Which training pictures a training leaves out. */
#ifndef APP_TRAIN_OUTLIERS_H
#define APP_TRAIN_OUTLIERS_H

#include "nn/data.h"

/* Marks samples of the train split of which 100 principal components leave more than `share` of the variance unexplained
 * (0: none), and flat ones then; and those whose name stands in the list (NULL: none), one a line, anything after
 * a comma or a blank ignored. *is_left_out: (data->n), the caller's to free; NULL when nothing is asked for. FB_ERR_INPUT:
 * a list that cannot be read, or a name that the data do not have. */
FB_MUST_USE int app_leave_out(const struct nn_data *data, double share, const char *list, bool **is_left_out);

#endif

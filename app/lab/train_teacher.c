/* See train_teacher.h. */
#include "train_teacher.h"

#include "cli.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = APP_TEACHER_BATCH };

int app_teach_selection(struct nn_teacher *teacher, const struct nn_data *data, struct nn_selection *selection,
                        double share)
{
    uint8_t(*crops)[NN_FACE_PX] = malloc(BATCH * sizeof *crops);
    float(*p)[FB_EXPRESSION_COUNT] = calloc((size_t)selection->n, sizeof *p);
    int status = crops && p ? FB_OK : fb_fail_nomem("teachers' answers", (size_t)selection->n * sizeof *p);
    for (int first = 0; first < selection->n && !status; first += BATCH) {
        int n = selection->n - first < BATCH ? selection->n - first : BATCH;
        for (int i = 0; i < n; i++)
            memcpy(crops[i], data->pixels[selection->index[first + i]], sizeof crops[i]);
        status = nn_teacher_answer(teacher, crops[0], n, p + first);
        app_progress("teachers", first + n, selection->n);
        if (!status && app_is_interrupted())
            status = fb_fail(FB_ERR_INTERRUPTED, "stopped before the first step; nothing was written");
    }
    app_progress_end();
    if (!status)
        nn_selection_mix(selection, (const float(*)[FB_EXPRESSION_COUNT])p, (float)share);
    free(crops);
    free(p);
    return status;
}

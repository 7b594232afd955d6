/* See train_outliers.h. */
#include "train_outliers.h"

#include "base/file.h"
#include "nn/outliers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_COMPONENTS = 100 };

static int mark_outliers(const struct nn_data *data, double share, bool *is_left_out)
{
    struct nn_outlier *outliers = NULL;
    int n_components = data->n > N_COMPONENTS ? N_COMPONENTS : data->n - 1;
    int status = nn_outliers_find(data, n_components, 1, &outliers, NULL);
    for (int i = 0; i < data->n && !status; i++) {
        const struct nn_outlier *outlier = &outliers[i];
        bool is_train = data->samples[outlier->index].split == NN_SPLIT_TRAIN;
        is_left_out[outlier->index] |= is_train && (outlier->is_flat || (double)outlier->error > share);
    }
    free(outliers);
    return status;
}

static int by_name(const void *a, const void *b)
{
    const struct nn_sample *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

/* Every sample of that name, of which sorted has one; false if there is none. */
static bool mark_name(const struct nn_data *data, const struct nn_sample **sorted, const char *name, bool *is_left_out)
{
    struct nn_sample key = {.name = name};
    const struct nn_sample *key_ptr = &key, **end = sorted + data->n;
    const struct nn_sample **found = bsearch(&key_ptr, sorted, (size_t)data->n, sizeof *sorted, by_name);
    if (!found)
        return false;
    while (found > sorted && !strcmp(found[-1]->name, name))
        found--;
    for (; found < end && !strcmp((*found)->name, name); found++)
        is_left_out[*found - data->samples] = true;
    return true;
}

static int mark_lines(const struct nn_data *data, FILE *file, const char *path, const struct nn_sample **sorted,
                      bool *is_left_out)
{
    char line[1024];
    bool is_end = false;
    for (int number = 1; !is_end; number++) {
        int status = fb_file_next_line(file, path, number, "give a text file with a picture's name a line", line, sizeof line, &is_end);
        if (status)
            return status;
        line[strcspn(line, ", \t\r")] = 0;
        bool is_header = number == 1 && !strcmp(line, "name");
        if (*line && !is_header && !mark_name(data, sorted, line, is_left_out))
            return fb_fail(FB_ERR_INPUT, "%s, line %d: %s has no picture \"%.64s\"", path, number, data->folder, line);
    }
    return FB_OK;
}

static int mark_list(const struct nn_data *data, const char *path, bool *is_left_out)
{
    FILE *file;
    int status = fb_file_open(path, "check the path", &file);
    if (status)
        return status;
    const struct nn_sample **sorted = malloc((size_t)data->n * sizeof *sorted);
    status = sorted ? FB_OK : fb_fail_nomem("picture names", (size_t)data->n * sizeof *sorted);
    for (int i = 0; i < data->n && sorted; i++)
        sorted[i] = &data->samples[i];
    if (!status) {
        qsort(sorted, (size_t)data->n, sizeof *sorted, by_name);
        status = mark_lines(data, file, path, sorted, is_left_out);
    }
    free(sorted);
    fclose(file);
    return status;
}

int app_leave_out(const struct nn_data *data, double share, const char *list, bool **is_left_out)
{
    *is_left_out = NULL;
    if (!(share > 0) && !list)
        return FB_OK;
    *is_left_out = calloc((size_t)data->n, sizeof **is_left_out);
    int status = *is_left_out ? FB_OK : fb_fail_nomem("a list of pictures", (size_t)data->n);
    if (!status && share > 0)
        status = mark_outliers(data, share, *is_left_out);
    if (!status && list)
        status = mark_list(data, list, *is_left_out);
    if (status) {
        free(*is_left_out);
        *is_left_out = NULL;
    }
    return status;
}

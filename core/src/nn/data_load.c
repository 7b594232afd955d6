/* Recognises a FER+ folder's layout, has it read, and reports. */
#include "data_rows.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const split_names[] = {"none", "train", "valid", "test"};
static const char *const split_folders[] = {"", "FER2013Train", "FER2013Valid", "FER2013Test"};
_Static_assert(sizeof split_names / sizeof *split_names == NN_SPLIT_COUNT, "a name per split");
_Static_assert(sizeof split_folders / sizeof *split_folders == NN_SPLIT_COUNT, "a folder per split");

const char *nn_split_name(enum nn_split split)
{
    return split_names[split > NN_SPLIT_NONE && split < NN_SPLIT_COUNT ? split : NN_SPLIT_NONE];
}

enum nn_split nn_split_from_name(const char *name)
{
    for (int i = NN_SPLIT_TRAIN; i < NN_SPLIT_COUNT; i++) {
        if (!strcmp(name, split_names[i]))
            return (enum nn_split)i;
    }
    return NN_SPLIT_NONE;
}

const char *nn_split_folder(enum nn_split split)
{
    return split_folders[split];
}

struct nn_data_settings nn_data_default_settings(void)
{
    return (struct nn_data_settings){.splits = {false, true, true, true}};
}

int nn_data_allocate(struct nn_data *data, int n)
{
    size_t n_items = n > 0 ? (size_t)n : 1;
    data->samples = malloc(n_items * sizeof *data->samples);
    data->pixels = malloc(n_items * sizeof *data->pixels);
    if (!data->samples || !data->pixels)
        return fb_fail_nomem("pictures", n_items * sizeof *data->pixels);
    return FB_OK;
}

static bool exists(const char *folder, const char *name)
{
    char path[NN_DATA_PATH_BYTES];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &status) == 0;
}

static int find_layout(const char *folder, enum nn_data_layout *layout)
{
    struct stat status;
    if (strlen(folder) >= sizeof((struct nn_data *)0)->folder)
        return fb_fail(FB_ERR_INPUT, "the data folder's path is longer than 511 characters");
    if (stat(folder, &status))
        return fb_fail(FB_ERR_INPUT, "%s: %s; give the folder that holds fer2013new.csv", folder,
                       strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return fb_fail(FB_ERR_INPUT, "%s: not a folder; give the one that holds fer2013new.csv", folder);
    bool has_pixels = exists(folder, "fer2013.csv"), has_folders = false;
    for (int i = NN_SPLIT_TRAIN; i < NN_SPLIT_COUNT; i++)
        has_folders |= exists(folder, split_folders[i]);
    if (!exists(folder, "fer2013new.csv") && nn_data_is_classes(folder)) {
        *layout = NN_DATA_CLASSES;
        return FB_OK;
    }
    if (!exists(folder, "fer2013new.csv"))
        return fb_fail(FB_ERR_INPUT, "%s: no fer2013new.csv (the FER+ votes, from the FERPlus "
                       "repository) and no folders by class (train/happiness ...)%s", folder, has_pixels ? "; fer2013.csv alone has no votes" : "");
    if (!has_folders && !has_pixels)
        return fb_fail(FB_ERR_INPUT, "%s: fer2013new.csv is there but no pictures; add FER2013Train, "
                       "FER2013Valid or FER2013Test with PNGs, or Kaggle's fer2013.csv", folder);
    *layout = has_folders ? NN_DATA_FOLDERS : NN_DATA_KAGGLE;
    return FB_OK;
}

static void count_loaded(struct nn_data *data)
{
    for (int i = 0; i < data->n; i++) {
        const struct nn_sample *sample = &data->samples[i];
        struct nn_split_report *split = &data->report.splits[sample->split];
        float target[FB_EXPRESSION_COUNT];
        split->n_loaded++;
        split->n_no_votes += nn_label_plurality(sample->votes) < 0 && !nn_label_votes(sample->votes, target);
    }
}

/* Says why of the first wanted split, and of all when several were wanted. */
static int nothing_loaded(const struct nn_data *data, const struct nn_data_settings *settings)
{
    const struct nn_split_report *reports = data->report.splits;
    int n_wanted = 0, n_missing = 0, first = NN_SPLIT_NONE;
    for (int i = NN_SPLIT_TRAIN; i < NN_SPLIT_COUNT; i++) {
        n_wanted += settings->splits[i];
        n_missing += reports[i].n_missing;
        first = first == NN_SPLIT_NONE && settings->splits[i] ? i : first;
    }
    const char *name = split_names[first];
    bool has_folders = data->report.layout == NN_DATA_FOLDERS;
    if (n_wanted == 1 && !reports[first].is_present && has_folders)
        return fb_fail(FB_ERR_INPUT, "%s: the %s split is absent: no folder %s", data->folder, name,
                       split_folders[first]);
    if (n_wanted == 1 && !reports[first].is_present && data->report.layout == NN_DATA_CLASSES)
        return fb_fail(FB_ERR_INPUT, "%s: the %s split is absent: no folder %s", data->folder, name, name);
    if (n_wanted == 1 && !reports[first].is_present)
        return fb_fail(FB_ERR_INPUT, "%s: the %s split is absent: no rows of it in fer2013new.csv",
                       data->folder, name);
    if (n_missing)
        return fb_fail(FB_ERR_INPUT, "%s: none of the pictures named in fer2013new.csv is there, %d are "
                       "missing from their folders", data->folder, n_missing);
    return fb_fail(FB_ERR_INPUT, "%s: no picture of the wanted splits (%s%s)", data->folder, name,
                   n_wanted > 1 ? " and others" : "");
}

static int load(struct nn_data *data, const char *folder, const struct nn_data_settings *settings)
{
    struct nn_data_rows rows = {0};
    int status = find_layout(folder, &data->report.layout);
    if (status < 0)
        return status;
    snprintf(data->folder, sizeof data->folder, "%s", folder);
    if (data->report.layout == NN_DATA_CLASSES) {
        status = nn_data_read_classes(data, settings);
        count_loaded(data);
        return status || data->n ? status : nothing_loaded(data, settings);
    }
    status = nn_data_rows_read(&rows, data->folder, &data->report);
    if (status == FB_OK)
        status = data->report.layout == NN_DATA_FOLDERS ? nn_data_read_folders(data, &rows, settings)
                                                        : nn_data_read_kaggle(data, &rows, settings);
    data->names = rows.names; /* the samples point into it */
    rows.names = NULL;
    nn_data_rows_finish(&rows);
    if (status < 0)
        return status;
    count_loaded(data);
    return data->n ? FB_OK : nothing_loaded(data, settings);
}

int nn_data_load(const char *folder, const struct nn_data_settings *settings, struct nn_data **out)
{
    struct nn_data_settings defaults = nn_data_default_settings();
    int64_t started_ns = fb_clock_now_ns();
    *out = NULL;
    struct nn_data *data = calloc(1, sizeof *data);
    if (!data)
        return fb_fail_nomem("data set", sizeof *data);
    int status = load(data, folder, settings ? settings : &defaults);
    if (status < 0) {
        nn_data_destroy(&data);
        return status;
    }
    data->report.load_s = (double)(fb_clock_now_ns() - started_ns) / (double)FB_NS_PER_S;
    *out = data;
    return FB_OK;
}

void nn_data_destroy(struct nn_data **data)
{
    if (!*data)
        return;
    free((*data)->samples);
    free((*data)->pixels);
    free((*data)->names);
    free(*data);
    *data = NULL;
}

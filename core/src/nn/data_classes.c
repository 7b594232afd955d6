/* Pictures in folders by class, of any size: DIR/train/happiness/x.png, DIR/valid/..., DIR/test/...; or DIR/happiness/x.png,
 * where a hash of the name puts one in ten into valid and one in ten into test, always the same ones. */
#include "data_rows.h"

#include "nn/image.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { MAX_PICTURES = 5000000, VOTES = 10 };

static const struct {
    const char *name;
    enum nn_split split;
} split_words[] = {
    {"train", NN_SPLIT_TRAIN}, {"training", NN_SPLIT_TRAIN}, {"valid", NN_SPLIT_VALID},
    {"validation", NN_SPLIT_VALID}, {"val", NN_SPLIT_VALID}, {"test", NN_SPLIT_TEST},
};

static const struct {
    const char *name;
    int class;
} class_words[] = {
    {"happy", FB_HAPPINESS}, {"surprised", FB_SURPRISE}, {"sad", FB_SADNESS}, {"angry", FB_ANGER},
    {"disgusted", FB_DISGUST}, {"fearful", FB_FEAR}, {"natural", FB_NEUTRAL},
};

static enum nn_split split_of_word(const char *name)
{
    for (size_t i = 0; i < sizeof split_words / sizeof *split_words; i++)
        if (!strcasecmp(name, split_words[i].name))
            return split_words[i].split;
    return NN_SPLIT_NONE;
}

/* -1: no expression's name. */
static int class_of_word(const char *name)
{
    for (size_t i = 0; i < sizeof class_words / sizeof *class_words; i++)
        if (!strcasecmp(name, class_words[i].name))
            return class_words[i].class;
    for (int c = 0; c < FB_EXPRESSION_COUNT; c++)
        if (!strcasecmp(name, fb_expression_name(c)))
            return c;
    return -1;
}

/* "folder/name", or what of the two is not empty. */
static int join(const char *folder, const char *name, char path[NN_DATA_PATH_BYTES])
{
    const char *slash = *folder && *name ? "/" : "";
    if (snprintf(path, NN_DATA_PATH_BYTES, "%s%s%s", folder, slash, name) < NN_DATA_PATH_BYTES)
        return FB_OK;
    return fb_fail(FB_ERR_INPUT, "%.64s.../%.64s: the path is too long", folder, name);
}

static bool is_folder(const char *path)
{
    struct stat status;
    return !stat(path, &status) && S_ISDIR(status.st_mode);
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* A folder's entries in the order of their names. */
struct listing {
    struct dirent **entries;
    int n;
};

static int list(const char *path, struct listing *listing)
{
    listing->n = scandir(path, &listing->entries, not_hidden, alphasort);
    if (listing->n >= 0)
        return FB_OK;
    listing->n = 0;
    listing->entries = NULL;
    return fb_fail(FB_ERR_INPUT, "%s: %s", path, strerror(errno));
}

static void list_finish(struct listing *listing)
{
    for (int i = 0; i < listing->n; i++)
        free(listing->entries[i]);
    free(listing->entries);
}

bool nn_data_is_classes(const char *folder)
{
    struct listing listing;
    bool is_one = false;
    if (list(folder, &listing))
        return false;
    for (int i = 0; i < listing.n && !is_one; i++) {
        char path[NN_DATA_PATH_BYTES];
        const char *name = listing.entries[i]->d_name;
        is_one = (split_of_word(name) || class_of_word(name) >= 0) && !join(folder, name, path) && is_folder(path);
    }
    list_finish(&listing);
    return is_one;
}

/* What is being gathered; names by offset until their memory stays. */
struct gathering {
    const struct nn_data_settings *settings;
    struct nn_data *data;
    struct found {
        ptrdiff_t name;
        uint8_t class, split;
    } *found;
    int n, capacity;
    char *names;
    size_t names_used, names_bytes;
};

static int grow(struct gathering *g, size_t n_name)
{
    if (g->n == g->capacity) {
        int capacity = g->capacity ? 2 * g->capacity : 4096;
        struct found *grown = capacity > MAX_PICTURES ? NULL : realloc(g->found, (size_t)capacity * sizeof *grown);
        if (!grown)
            return fb_fail_nomem("a list of pictures", (size_t)capacity * sizeof *grown);
        g->found = grown;
        g->capacity = capacity;
    }
    if (g->names_used + n_name > g->names_bytes) {
        size_t bytes = 2 * g->names_bytes + 65536;
        char *grown = realloc(g->names, bytes);
        if (!grown)
            return fb_fail_nomem("picture names", bytes);
        g->names = grown;
        g->names_bytes = bytes;
    }
    return FB_OK;
}

/* One in ten to valid, one in ten to test. */
static enum nn_split split_of_name(const char *name)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *name; name++)
        hash = (hash ^ (uint32_t)(unsigned char)*name) * 16777619u;
    uint32_t tenth = (hash ^ (hash >> 16)) % 10;
    return tenth == 8 ? NN_SPLIT_VALID : tenth == 9 ? NN_SPLIT_TEST : NN_SPLIT_TRAIN;
}

static int add_picture(struct gathering *g, const char *name, int class, enum nn_split split)
{
    size_t n = strlen(name) + 1;
    struct nn_split_report *report = &g->data->report.splits[split];
    report->is_present = true;
    report->n_rows++;
    if (!g->settings->splits[split])
        return FB_OK;
    int status = grow(g, n);
    if (status)
        return status;
    g->found[g->n++] = (struct found){(ptrdiff_t)g->names_used, (uint8_t)class, (uint8_t)split};
    memcpy(g->names + g->names_used, name, n);
    g->names_used += n;
    return FB_OK;
}

/* Pictures of one class; relative: the class's folder within the data's. split NONE: by name. */
static int gather_class(struct gathering *g, const char *relative, int class, enum nn_split split)
{
    char path[NN_DATA_PATH_BYTES], name[NN_DATA_PATH_BYTES];
    struct listing listing = {0};
    int status = join(g->data->folder, relative, path);
    if (!status)
        status = list(path, &listing);
    for (int i = 0; i < listing.n && !status; i++) {
        const char *file = listing.entries[i]->d_name;
        status = join(relative, file, name);
        if (!status)
            status = add_picture(g, name, class, split ? split : split_of_name(file));
    }
    list_finish(&listing);
    return status;
}

/* Folders of classes; a folder of another name is refused rather than left out without a word, files are passed over. */
static int gather_classes(struct gathering *g, const char *relative, enum nn_split split)
{
    char path[NN_DATA_PATH_BYTES], name[NN_DATA_PATH_BYTES];
    struct listing listing = {0};
    int status = join(g->data->folder, relative, path);
    if (!status)
        status = list(path, &listing);
    for (int i = 0; i < listing.n && !status; i++) {
        const char *folder = listing.entries[i]->d_name;
        int class = class_of_word(folder);
        status = join(path, folder, name);
        if (status || !is_folder(name) || (!*relative && split_of_word(folder)))
            continue;
        if (class < 0)
            status = fb_fail(FB_ERR_INPUT, "%s: the folder's name is none of neutral, happiness, surprise, sadness, anger, "
                                           "disgust, fear, contempt", name);
        if (!status)
            status = join(relative, folder, name);
        if (!status)
            status = gather_class(g, name, class, split);
    }
    list_finish(&listing);
    return status;
}

static int gather(struct gathering *g)
{
    struct listing listing;
    int status = list(g->data->folder, &listing), n_splits = 0;
    for (int i = 0; i < listing.n && !status; i++) {
        const char *name = listing.entries[i]->d_name;
        enum nn_split split = split_of_word(name);
        if (!split)
            continue;
        n_splits++;
        g->data->report.splits[split].is_present = true;
        status = gather_classes(g, name, split);
    }
    list_finish(&listing);
    return status || n_splits ? status : gather_classes(g, "", NN_SPLIT_NONE);
}

static void take_over(struct gathering *g, struct nn_data *data)
{
    data->names = g->names;
    g->names = NULL;
    for (int i = 0; i < g->n; i++) {
        struct nn_sample *sample = &data->samples[data->n++];
        *sample = (struct nn_sample){.split = g->found[i].split, .name = data->names + g->found[i].name};
        sample->votes[g->found[i].class] = VOTES;
    }
}

static int read_one(const struct nn_data *data, int i, const void *user, uint8_t pixels[NN_FACE_PX])
{
    const struct nn_data_settings *settings = user;
    char path[NN_DATA_PATH_BYTES + sizeof data->folder];
    snprintf(path, sizeof path, "%s/%s", data->folder, data->samples[i].name);
    return settings->read ? settings->read(path, pixels) : nn_picture_read_png(path, pixels);
}

int nn_picture_read_png(const char *path, uint8_t pixels[NN_FACE_PX])
{
    return nn_image_read_png_fitted(path, NN_FACE_SIDE, pixels);
}

int nn_data_read_classes(struct nn_data *data, const struct nn_data_settings *settings)
{
    struct gathering g = {.settings = settings, .data = data};
    int status = gather(&g);
    if (!status)
        status = nn_data_allocate(data, g.n);
    if (!status)
        take_over(&g, data);
    free(g.found);
    free(g.names);
    return status ? status : nn_data_decode(data, settings->pool, read_one, settings);
}

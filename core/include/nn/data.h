/* FER+ pictures with their votes, and the ways to make labels of them.
 *
 *     struct nn_data *data;
 *     struct nn_data_settings settings = nn_data_default_settings();
 *     if (nn_data_load("ferplus", &settings, &data) < 0) ...        // error text names file and row
 *     struct nn_selection *train;
 *     struct nn_select_settings select = nn_select_default_settings();
 *     select.labels = NN_LABELS_VOTES;
 *     if (nn_data_select(data, &select, &train) < 0) ...
 *     // train->n samples: data->samples[train->index[i]], train->target[i], train->weight[i]
 *
 * Threads: load and select from one thread; what they return is immutable and may be shared. */
#ifndef NN_DATA_H
#define NN_DATA_H

#include "base/expression.h"
#include "base/pool.h"

#include <stdbool.h>
#include <stdint.h>

#define NN_FACE_SIDE 48
#define NN_FACE_PX (NN_FACE_SIDE * NN_FACE_SIDE)
#define NN_VOTE_COUNT 10 /* the eight expressions, then unknown and NF (not a face) */

enum nn_split { NN_SPLIT_NONE, NN_SPLIT_TRAIN, NN_SPLIT_VALID, NN_SPLIT_TEST, NN_SPLIT_COUNT };

/* "train", "valid", "test"; "none" outside. From name: NN_SPLIT_NONE if it is none of them. */
const char *nn_split_name(enum nn_split split);
enum nn_split nn_split_from_name(const char *name);

enum nn_data_layout {
    NN_DATA_NONE,
    NN_DATA_FOLDERS, /* fer2013new.csv + FER2013Train, FER2013Valid, FER2013Test with 48x48 PNGs */
    NN_DATA_KAGGLE,  /* fer2013.csv (pixels as text) + fer2013new.csv, joined by row */
    NN_DATA_CLASSES, /* train/happiness/a.png ..., also valid and test; or happiness/a.png ..., split by name */
};

struct nn_sample {
    uint8_t votes[NN_VOTE_COUNT];
    uint8_t split;       /* enum nn_split */
    int32_t line;        /* of fer2013new.csv, header = 1; 0: there is none */
    const char *name;    /* "fer0000000.png", "train/fear/a.png"; owned by the nn_data */
};

/* What was read and what was not; counts are rows of fer2013new.csv, or files. */
struct nn_data_report {
    enum nn_data_layout layout;
    double load_s;
    int n_repeated_names; /* names that stand on more than one row; each such row is a sample */
    struct nn_split_report {
        bool is_present;  /* folders: the split's folder is there; Kaggle: it has rows */
        int n_rows;       /* in the CSV */
        int n_loaded;
        int n_unnamed;    /* skipped: no image name */
        int n_missing;    /* skipped: its image is not in the folder */
        int n_no_votes;   /* loaded, though all votes are 0 or outliers: no label in any mode */
    } splits[NN_SPLIT_COUNT];
};

struct nn_data {
    int n;
    struct nn_sample *samples;        /* (n), in the CSV's order */
    uint8_t (*pixels)[NN_FACE_PX];    /* (n, 48, 48) grey */
    struct nn_data_report report;
    char folder[512];
    char *names;                      /* what the samples' names point into */
};

/* Reads a picture of any size and fits it into a face crop. FB_ERR_INPUT with the path in the text. Any thread. */
typedef int nn_picture_reader(const char *path, uint8_t pixels[NN_FACE_PX]);
/* PNGs alone. */
int nn_picture_read_png(const char *path, uint8_t pixels[NN_FACE_PX]);

struct nn_data_settings {
    bool splits[NN_SPLIT_COUNT]; /* which to load; default all three */
    nn_picture_reader *read;     /* of folders by class; default nn_picture_read_png */
    struct fb_pool *pool;        /* decodes PNGs in parallel; default NULL, the caller alone */
};

struct nn_data_settings nn_data_default_settings(void);

/* Recognises the layout and reads it. settings NULL: the defaults. A split folder that is absent is
 * reported as such, and is no error as long as any sample was read. In folders by class each picture has ten votes for
 * its folder's expression (FER+'s names, or happy, surprised, sad, angry, disgusted, fearful), and a folder that is none
 * is refused. FB_ERR_INPUT: no known layout,
 * unreadable, truncated or wrongly sized picture, votes or pixels that are no numbers or out of
 * range, CSVs that do not belong together, nothing to load; the text names file, line and column.
 * FB_ERR_NOMEM. The caller owns *out. */
FB_MUST_USE int nn_data_load(const char *folder, const struct nn_data_settings *settings,
                             struct nn_data **out);
void nn_data_destroy(struct nn_data **data);

/* ---- labels --------------------------------------------------------------------------------- */

enum nn_labels { NN_LABELS_NONE, NN_LABELS_MAJORITY, NN_LABELS_PLURALITY, NN_LABELS_VOTES, NN_LABELS_COUNT };

/* "majority", "plurality", "votes"; "none" outside. From name: NN_LABELS_NONE if none of them. */
const char *nn_labels_name(enum nn_labels labels);
enum nn_labels nn_labels_from_name(const char *name);

/* The FER+ paper's rule (Barsoum et al. 2016): votes of 0 and 1 dropped, the winner needs more than
 * half of what is left over all ten columns and must be an expression. -1: no label. */
int nn_label_majority(const uint8_t votes[NN_VOTE_COUNT]);
/* The largest of the ten columns, first on ties, if it is an expression. -1: no label. */
int nn_label_plurality(const uint8_t votes[NN_VOTE_COUNT]);
/* The distribution over the eight after dropping votes of 0 and 1; false if nothing is left. */
bool nn_label_votes(const uint8_t votes[NN_VOTE_COUNT], float target[FB_EXPRESSION_COUNT]);

struct nn_select_settings {
    enum nn_split split;      /* default train */
    enum nn_labels labels;    /* default votes */
    bool is_class_balanced;   /* default false; true: a sample's weight is n / (8 * its class's count) */
    float oversample;         /* 0..1, default 0: each class's samples are repeated (whole times, then
                                 a part of them) until it has this share of the largest class's */
    const bool *is_left_out;    /* (data->n) samples that are not selected, such as outliers; default NULL */
    bool is_without_duplicates; /* default false; true: of pixel-identical pictures keep the first one
                                   in the CSV, also across splits */
};

struct nn_select_settings nn_select_default_settings(void);

/* Samples with a label in that mode. Immutable. */
struct nn_selection {
    int n;
    int *index;                             /* (n) into data->samples and data->pixels */
    int8_t *label;                          /* (n) the (largest) target's expression */
    float (*target)[FB_EXPRESSION_COUNT];   /* (n, 8), rows sum to 1 */
    float *weight;                          /* (n), mean 1 over the selection */
    int n_class[FB_EXPRESSION_COUNT];       /* samples by label, after oversampling */
    int n_unlabelled;                       /* of the split, without a label in this mode */
    int n_duplicates;                       /* left out by is_without_duplicates */
    int n_left_out;                         /* by is_left_out */
};

/* first (data->n): the index of the first sample in the CSV's order with the same pixels; its own where there is none
 * before it. FB_ERR_NOMEM. */
FB_MUST_USE int nn_data_find_duplicates(const struct nn_data *data, int *first);

/* FB_ERR_USAGE (settings out of range), FB_ERR_INPUT (nothing to select; says whether the split's
 * folder is absent), FB_ERR_NOMEM. The caller owns *out; it holds no reference to data. */
FB_MUST_USE int nn_data_select(const struct nn_data *data, const struct nn_select_settings *settings,
                               struct nn_selection **out);
void nn_selection_destroy(struct nn_selection **selection);

#endif

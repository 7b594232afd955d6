/* A cascade file while it is being read: what the parser (cascade_xml.c) and the elements
 * (xml_elements.c) share. The first failure stays in status, stops the parser and is the one told.
 * Single-threaded. */
#ifndef CASCADE_XML_READER_H
#define CASCADE_XML_READER_H

#include "model.h"

#include <expat.h>
#include <locale.h>

#define CAS_CASCADE_PATH "opencv_storage/cascade"
#define CAS_MAX_PATH_CHARS 160

struct cas_reader {
    const char *file;
    struct cas_model *model;
    XML_Parser parser;
    locale_t locale; /* "C": numbers have a point whatever the user's language */
    int status;
    char path[CAS_MAX_PATH_CHARS];
    int path_chars;
    char *text;
    int n_text;
    bool is_collecting;
    bool is_boost, has_cascade;
    int n_categories; /* -1: not stated yet */
    int n_stages_stated;
    bool has_threshold; /* of the stage being read */
    int capacity_stages, capacity_weaks, capacity_nodes, capacity_leaves, capacity_features;
};

struct cas_element {
    const char *path;
    void (*open)(struct cas_reader *);  /* at the start tag */
    void (*text)(struct cas_reader *);  /* at the end tag, with the text in reader->text */
    void (*close)(struct cas_reader *); /* at the end tag of an element without own text */
    enum cas_feature_type only;
};

/* --- xml_numbers.c --- */

/* FB_ERR_INPUT with file, line and reason, or the status of an earlier failure. */
FB_PRINTF(2, 3) int cas_reader_fail(struct cas_reader *reader, const char *format, ...);

/* Room for one more element, zeroed, behind *items (a pointer to a list); NULL after an error. */
void *cas_reader_append(struct cas_reader *reader, void *items_ptr, int *n, int *capacity,
                        size_t size, int cap, const char *what);

/* The number at *at, which moves on; a status. */
int cas_need_number(struct cas_reader *reader, char **at, double *value, const char *what);
int cas_need_int(struct cas_reader *reader, char **at, int *value, int low, int high,
                 const char *what);
int cas_need_float(struct cas_reader *reader, char **at, float *value, const char *what);
int cas_need_end(struct cas_reader *reader, char *at, const char *what);

/* The element's whole text as one number. */
int cas_one_int(struct cas_reader *reader, int *value, int low, int high, const char *what);

/* --- xml_elements.c --- */

/* The element at the reader's path; NULL: none that counts. */
const struct cas_element *cas_find_element(const struct cas_reader *reader);

#endif

/* Reads OpenCV's cascade XML (format of 2.4 and later) with expat.
 *
 * The parser knows each element by its path; the text of those in the table below is collected and
 * handed to their function at the end tag. Whatever a hostile file may say is checked here, so that
 * evaluation needs no checks: counts against caps, children against their tree (a child is a later
 * node, hence no cycles), features against their number, rectangles against the window. */
#include "model.h"

#include "base/file.h"

#include <errno.h>
#include <expat.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILE_BYTES (64L << 20)
#define MAX_PATH_CHARS 160
#define MAX_TEXT_BYTES (64 << 10)
#define MAX_STAGES 1000
#define MAX_ITEMS 1000000 /* weak classifiers, nodes, leaves, features: of each */
#define MAX_TREE_NODES 64
#define THRESHOLD_SLACK 1e-5f /* OpenCV's THRESHOLD_EPS */

struct reader {
    const char *file;
    struct cas_model *model;
    XML_Parser parser;
    locale_t locale; /* "C": numbers have a point whatever the user's language */
    int status;
    char path[MAX_PATH_CHARS];
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

FB_PRINTF(2, 3) static int bad(struct reader *reader, const char *format, ...)
{
    if (reader->status)
        return reader->status;
    char reason[256];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    reader->status =
        fb_fail(FB_ERR_INPUT, "%s:%lu: %s; use a cascade file as OpenCV publishes them",
                reader->file, (unsigned long)XML_GetCurrentLineNumber(reader->parser), reason);
    XML_StopParser(reader->parser, XML_FALSE);
    return reader->status;
}

/* Room for one more element behind *items; NULL after an error. */
static void *append(struct reader *reader, void *items_ptr, int *n, int *capacity, size_t size,
                    int cap, const char *what)
{
    void **items = items_ptr;
    if (*n >= cap) {
        bad(reader, "more than %d %s", cap, what);
        return NULL;
    }
    if (*n == *capacity) {
        int grown = *capacity ? *capacity * 2 : 64;
        void *moved = realloc(*items, (size_t)grown * size);
        if (!moved) {
            reader->status = fb_fail_nomem(what, (size_t)grown * size);
            XML_StopParser(reader->parser, XML_FALSE);
            return NULL;
        }
        *items = moved;
        *capacity = grown;
    }
    void *item = (char *)*items + (size_t)*n * size;
    memset(item, 0, size);
    ++*n;
    return item;
}

/* The next number of the text; false at its end. *at moves on. */
static bool next_number(struct reader *reader, char **at, double *value)
{
    char *end;
    while (strchr(" \t\r\n", **at) && **at)
        ++*at;
    if (!**at || reader->status)
        return false;
    *value = strtod_l(*at, &end, reader->locale);
    if (end == *at || !strchr(" \t\r\n", *end) || !isfinite(*value)) {
        bad(reader, "expected a number, found \"%.20s\"", *at);
        return false;
    }
    *at = end;
    return true;
}

static int need_number(struct reader *reader, char **at, double *value, const char *what)
{
    if (next_number(reader, at, value))
        return FB_OK;
    return reader->status ? reader->status : bad(reader, "%s: too few numbers", what);
}

static int need_int(struct reader *reader, char **at, int *value, int low, int high,
                    const char *what)
{
    double number;
    int status = need_number(reader, at, &number, what);
    if (status)
        return status;
    if (!(number >= low && number <= high) || number != floor(number))
        return bad(reader, "%s is %g, expected a whole number from %d to %d", what, number, low,
                   high);
    *value = (int)number;
    return FB_OK;
}

static int need_float(struct reader *reader, char **at, float *value, const char *what)
{
    double number;
    int status = need_number(reader, at, &number, what);
    if (status)
        return status;
    if (!(fabs(number) <= 1e6))
        return bad(reader, "%s is %g, expected at most a million", what, number);
    *value = (float)number;
    return FB_OK;
}

static int need_end(struct reader *reader, char *at, const char *what)
{
    double number;
    if (next_number(reader, &at, &number))
        return bad(reader, "%s: too many numbers", what);
    return reader->status;
}

static int one_int(struct reader *reader, int *value, int low, int high, const char *what)
{
    char *at = reader->text;
    int status = need_int(reader, &at, value, low, high, what);
    return status ? status : need_end(reader, at, what);
}

static const char *trimmed(char *text)
{
    text += strspn(text, " \t\r\n");
    text[strcspn(text, " \t\r\n")] = '\0';
    return text;
}

static void read_stage_type(struct reader *reader)
{
    if (strcmp(trimmed(reader->text), "BOOST"))
        bad(reader, "stageType is \"%.20s\", expected BOOST", trimmed(reader->text));
    reader->is_boost = true;
}

static void read_feature_type(struct reader *reader)
{
    const char *name = trimmed(reader->text);
    reader->model->type = !strcmp(name, "HAAR")  ? CAS_FEATURE_HAAR
                          : !strcmp(name, "LBP") ? CAS_FEATURE_LBP
                                                 : CAS_FEATURE_NONE;
    if (reader->model->type == CAS_FEATURE_NONE)
        bad(reader, "featureType is \"%.20s\", expected HAAR or LBP", name);
}

static void read_width(struct reader *reader)
{
    one_int(reader, &reader->model->window_w, 4, CAS_MAX_WINDOW_PX, "width");
}

static void read_height(struct reader *reader)
{
    one_int(reader, &reader->model->window_h, 4, CAS_MAX_WINDOW_PX, "height");
}

static void read_categories(struct reader *reader)
{
    one_int(reader, &reader->n_categories, 0, 32 * CAS_SUBSET_WORDS, "maxCatCount");
}

static void read_stage_num(struct reader *reader)
{
    one_int(reader, &reader->n_stages_stated, 1, MAX_STAGES, "stageNum");
}

static void open_stage(struct reader *reader)
{
    struct cas_model *model = reader->model;
    if (!reader->is_boost || !model->type || !model->window_w || !model->window_h ||
        reader->n_categories < 0) {
        bad(reader, "stages before stageType, featureType, width, height and maxCatCount");
        return;
    }
    if ((model->type == CAS_FEATURE_LBP) != (reader->n_categories == 32 * CAS_SUBSET_WORDS)) {
        bad(reader, "maxCatCount is %d, expected %d for this featureType", reader->n_categories,
            model->type == CAS_FEATURE_LBP ? 32 * CAS_SUBSET_WORDS : 0);
        return;
    }
    struct cas_stage *stage =
        append(reader, &model->stages, &model->n_stages, &reader->capacity_stages,
               sizeof *model->stages, MAX_STAGES, "stages");
    if (stage)
        stage->first_weak = model->n_weaks;
    reader->has_threshold = false;
}

static void read_stage_threshold(struct reader *reader)
{
    char *at = reader->text;
    float threshold = 0;
    if (need_float(reader, &at, &threshold, "stageThreshold") ||
        need_end(reader, at, "stageThreshold"))
        return;
    reader->model->stages[reader->model->n_stages - 1].threshold = threshold - THRESHOLD_SLACK;
    reader->has_threshold = true;
}

static void close_stage(struct reader *reader)
{
    struct cas_model *model = reader->model;
    if (!reader->has_threshold)
        bad(reader, "stage %d has no stageThreshold", model->n_stages - 1);
    else if (!model->stages[model->n_stages - 1].n_weak)
        bad(reader, "stage %d has no weak classifiers", model->n_stages - 1);
}

static void open_weak(struct reader *reader)
{
    struct cas_model *model = reader->model;
    struct cas_weak *weak = append(reader, &model->weaks, &model->n_weaks, &reader->capacity_weaks,
                                   sizeof *model->weaks, MAX_ITEMS, "weak classifiers");
    if (!weak)
        return;
    weak->first_node = model->n_nodes;
    weak->first_leaf = model->n_leaves;
    model->stages[model->n_stages - 1].n_weak++;
}

static int read_node(struct reader *reader, char **at, struct cas_node *node)
{
    int status = need_int(reader, at, &node->left, -MAX_TREE_NODES, MAX_TREE_NODES, "left child");
    if (!status)
        status = need_int(reader, at, &node->right, -MAX_TREE_NODES, MAX_TREE_NODES, "right child");
    if (!status)
        status = need_int(reader, at, &node->feature, 0, MAX_ITEMS - 1, "feature index");
    if (status || reader->model->type == CAS_FEATURE_HAAR)
        return status ? status : need_float(reader, at, &node->threshold, "threshold");
    for (int i = 0; i < CAS_SUBSET_WORDS && !status; i++) {
        double word;
        status = need_number(reader, at, &word, "subset");
        if (!status && (!(word >= INT32_MIN && word <= UINT32_MAX) || word != floor(word)))
            status = bad(reader, "subset word is %g, expected 32 bits", word);
        if (!status)
            node->subset[i] = (uint32_t)(int64_t)word;
    }
    return status;
}

static void read_nodes(struct reader *reader)
{
    struct cas_model *model = reader->model;
    struct cas_weak *weak = &model->weaks[model->n_weaks - 1];
    char *at = reader->text;
    while (!reader->status && at[strspn(at, " \t\r\n")]) {
        struct cas_node *node =
            append(reader, &model->nodes, &model->n_nodes, &reader->capacity_nodes,
                   sizeof *model->nodes, MAX_ITEMS, "nodes");
        if (!node || read_node(reader, &at, node))
            return;
        if (++weak->n_nodes > MAX_TREE_NODES)
            bad(reader, "more than %d nodes in a tree", MAX_TREE_NODES);
    }
}

static void read_leaves(struct reader *reader)
{
    struct cas_model *model = reader->model;
    char *at = reader->text;
    while (!reader->status && at[strspn(at, " \t\r\n")]) {
        float value = 0;
        if (need_float(reader, &at, &value, "leaf value"))
            return;
        float *leaf = append(reader, &model->leaves, &model->n_leaves, &reader->capacity_leaves,
                             sizeof *model->leaves, MAX_ITEMS, "leaf values");
        if (leaf)
            *leaf = value;
    }
}

static bool is_child_valid(int child, int parent, int n_nodes)
{
    return child > 0 ? child > parent && child < n_nodes : -child <= n_nodes;
}

static void close_weak(struct reader *reader)
{
    struct cas_model *model = reader->model;
    const struct cas_weak *weak = &model->weaks[model->n_weaks - 1];
    int n_leaves = model->n_leaves - weak->first_leaf;
    if (!weak->n_nodes || n_leaves != weak->n_nodes + 1) {
        bad(reader, "a tree of %d nodes with %d leaf values", weak->n_nodes, n_leaves);
        return;
    }
    for (int i = 0; i < weak->n_nodes; i++) {
        const struct cas_node *node = &model->nodes[weak->first_node + i];
        if (!is_child_valid(node->left, i, weak->n_nodes) ||
            !is_child_valid(node->right, i, weak->n_nodes))
            bad(reader, "node %d has children %d and %d in a tree of %d nodes", i, node->left,
                node->right, weak->n_nodes);
    }
}

static void open_feature(struct reader *reader)
{
    struct cas_model *model = reader->model;
    append(reader, &model->features, &model->n_features, &reader->capacity_features,
           sizeof *model->features, MAX_ITEMS, "features");
}

static int read_rect(struct reader *reader, char **at, struct cas_rect *rect)
{
    int max = CAS_MAX_WINDOW_PX, status = need_int(reader, at, &rect->x, 0, max, "rectangle x");
    if (!status)
        status = need_int(reader, at, &rect->y, 0, max, "rectangle y");
    if (!status)
        status = need_int(reader, at, &rect->w, 1, max, "rectangle width");
    if (!status)
        status = need_int(reader, at, &rect->h, 1, max, "rectangle height");
    return status;
}

static void read_haar_rect(struct reader *reader)
{
    struct cas_feature *feature = &reader->model->features[reader->model->n_features - 1];
    char *at = reader->text;
    if (feature->n_rects == CAS_MAX_RECTS) {
        bad(reader, "more than %d rectangles in a feature", CAS_MAX_RECTS);
        return;
    }
    struct cas_rect *rect = &feature->rects[feature->n_rects];
    if (!read_rect(reader, &at, rect) && !need_float(reader, &at, &rect->weight, "weight") &&
        !need_end(reader, at, "rectangle"))
        feature->n_rects++;
}

static void read_lbp_rect(struct reader *reader)
{
    struct cas_feature *feature = &reader->model->features[reader->model->n_features - 1];
    char *at = reader->text;
    if (feature->n_rects)
        bad(reader, "more than one rectangle in an LBP feature");
    else if (!read_rect(reader, &at, &feature->rects[0]) && !need_end(reader, at, "rectangle"))
        feature->n_rects = 1;
}

static void read_tilted(struct reader *reader)
{
    int is_tilted = 0;
    one_int(reader, &is_tilted, 0, 1, "tilted");
    reader->model->features[reader->model->n_features - 1].is_tilted = is_tilted;
    reader->model->has_tilted |= is_tilted;
}

/* Does the rectangle's outline lie inside the window? n_cells: 3 for LBP. */
static bool is_inside(const struct cas_model *model, const struct cas_rect *rect, bool is_tilted,
                      int n_cells)
{
    if (is_tilted)
        return rect->x - rect->h >= 0 && rect->x + rect->w <= model->window_w &&
               rect->y + rect->w + rect->h <= model->window_h;
    return rect->x + n_cells * rect->w <= model->window_w &&
           rect->y + n_cells * rect->h <= model->window_h;
}

static void close_feature(struct reader *reader)
{
    const struct cas_model *model = reader->model;
    const struct cas_feature *feature = &model->features[model->n_features - 1];
    int n_cells = model->type == CAS_FEATURE_LBP ? 3 : 1;
    if (feature->n_rects < (n_cells == 1 ? 2 : 1))
        bad(reader, "feature %d has %d rectangles", model->n_features - 1, feature->n_rects);
    for (int i = 0; i < feature->n_rects; i++)
        if (!is_inside(model, &feature->rects[i], feature->is_tilted, n_cells))
            bad(reader, "feature %d reaches out of the window", model->n_features - 1);
}

static void open_old_format(struct reader *reader)
{
    bad(reader, "a cascade in the format of before OpenCV 2.4, which is not read");
}

#define CASCADE "opencv_storage/cascade"
#define STAGE CASCADE "/stages/_"
#define WEAK STAGE "/weakClassifiers/_"
#define FEATURE CASCADE "/features/_"
static const struct element {
    const char *path;
    void (*open)(struct reader *);  /* at the start tag */
    void (*text)(struct reader *);  /* at the end tag, with the text in reader->text */
    void (*close)(struct reader *); /* at the end tag of an element without own text */
    enum cas_feature_type only;
} elements[] = {
    {CASCADE "/stageType", NULL, read_stage_type, NULL, 0},
    {CASCADE "/featureType", NULL, read_feature_type, NULL, 0},
    {CASCADE "/width", NULL, read_width, NULL, 0},
    {CASCADE "/height", NULL, read_height, NULL, 0},
    {CASCADE "/featureParams/maxCatCount", NULL, read_categories, NULL, 0},
    {CASCADE "/stageNum", NULL, read_stage_num, NULL, 0},
    {CASCADE "/size", open_old_format, NULL, NULL, 0},
    {STAGE, open_stage, NULL, close_stage, 0},
    {STAGE "/stageThreshold", NULL, read_stage_threshold, NULL, 0},
    {WEAK, open_weak, NULL, close_weak, 0},
    {WEAK "/internalNodes", NULL, read_nodes, NULL, 0},
    {WEAK "/leafValues", NULL, read_leaves, NULL, 0},
    {FEATURE, open_feature, NULL, close_feature, 0},
    {FEATURE "/rects/_", NULL, read_haar_rect, NULL, CAS_FEATURE_HAAR},
    {FEATURE "/tilted", NULL, read_tilted, NULL, CAS_FEATURE_HAAR},
    {FEATURE "/rect", NULL, read_lbp_rect, NULL, CAS_FEATURE_LBP},
};

static const struct element *find_element(const struct reader *reader)
{
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        if (!strcmp(elements[i].path, reader->path))
            return &elements[i];
    return NULL;
}

static void on_start(void *user, const char *name, const char **attributes)
{
    struct reader *reader = user;
    (void)attributes;
    if (reader->status)
        return;
    int n =
        snprintf(reader->path + reader->path_chars, (size_t)(MAX_PATH_CHARS - reader->path_chars),
                 "%s%s", reader->path_chars ? "/" : "", name);
    if (n >= MAX_PATH_CHARS - reader->path_chars) {
        bad(reader, "elements nested too deep, or names too long");
        return;
    }
    reader->path_chars += n;
    /* The cascade is the first node of the storage, whatever its name. */
    const char *root = "opencv_storage/";
    if (!strncmp(reader->path, root, strlen(root)) && !strchr(reader->path + strlen(root), '/')) {
        if (reader->has_cascade)
            bad(reader, "a second cascade, <%.40s>", name);
        reader->has_cascade = true;
        reader->path_chars = snprintf(reader->path, sizeof reader->path, CASCADE);
    }
    const struct element *element = find_element(reader);
    reader->n_text = 0;
    reader->is_collecting = element && element->text;
    if (element && element->only && element->only != reader->model->type)
        bad(reader, "<%.20s> in a cascade of another featureType", name);
    else if (element && element->open)
        element->open(reader);
}

static void on_text(void *user, const char *text, int n_bytes)
{
    struct reader *reader = user;
    if (!reader->is_collecting || reader->status)
        return;
    if (n_bytes > MAX_TEXT_BYTES - 1 - reader->n_text) {
        bad(reader, "more than %d bytes of text in one element", MAX_TEXT_BYTES);
        return;
    }
    memcpy(reader->text + reader->n_text, text, (size_t)n_bytes);
    reader->n_text += n_bytes;
}

static void on_end(void *user, const char *name)
{
    struct reader *reader = user;
    (void)name;
    if (reader->status)
        return;
    const struct element *element = find_element(reader);
    if (element && element->text) {
        reader->text[reader->n_text] = '\0';
        if (!reader->is_collecting)
            bad(reader, "elements inside a list of numbers");
        else
            element->text(reader);
    } else if (element && element->close) {
        element->close(reader);
    }
    reader->is_collecting = false;
    char *slash = strrchr(reader->path, '/');
    reader->path_chars = slash ? (int)(slash - reader->path) : 0;
    reader->path[reader->path_chars] = '\0';
}

/* Cascades need no document type; without one there are no entities to expand. */
static void on_doctype(void *user, const char *name, const char *system_id, const char *public_id,
                       int has_internal_subset)
{
    (void)name, (void)system_id, (void)public_id, (void)has_internal_subset;
    bad(user, "a document type declaration");
}

static int check_complete(struct reader *reader)
{
    const struct cas_model *model = reader->model;
    if (!model->n_stages || !model->n_features)
        return bad(reader, "no cascade with stages and features in it");
    if (reader->n_stages_stated && reader->n_stages_stated != model->n_stages)
        return bad(reader, "%d stages, but stageNum is %d", model->n_stages,
                   reader->n_stages_stated);
    for (int i = 0; i < model->n_nodes; i++)
        if (model->nodes[i].feature >= model->n_features)
            return bad(reader, "a node uses feature %d of %d", model->nodes[i].feature,
                       model->n_features);
    return FB_OK;
}

static int parse(struct reader *reader, FILE *file)
{
    long n_total = 0;
    for (bool is_last = false; !is_last && !reader->status;) {
        void *buffer = XML_GetBuffer(reader->parser, 64 << 10);
        if (!buffer)
            return fb_fail_nomem("a cascade's text", 64 << 10);
        size_t n = fread(buffer, 1, 64 << 10, file);
        if (ferror(file))
            return fb_fail(FB_ERR_INPUT, "%s: %s; check the path", reader->file, strerror(errno));
        is_last = n == 0;
        n_total += (long)n;
        if (n_total > MAX_FILE_BYTES)
            return bad(reader, "the file is larger than %ld bytes", MAX_FILE_BYTES);
        if (XML_ParseBuffer(reader->parser, (int)n, is_last) == XML_STATUS_ERROR && !reader->status)
            return bad(reader, "%s", XML_ErrorString(XML_GetErrorCode(reader->parser)));
    }
    return reader->status ? reader->status : check_complete(reader);
}

static int start_and_parse(struct reader *reader, FILE *file)
{
    reader->text = malloc(MAX_TEXT_BYTES);
    reader->parser = XML_ParserCreate(NULL);
    reader->locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!reader->text || !reader->parser || !reader->locale)
        return fb_fail_nomem("a cascade's reader", MAX_TEXT_BYTES);
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
    return parse(reader, file);
}

int cas_model_load(struct cas_model *model, const char *path)
{
    memset(model, 0, sizeof *model);
    FILE *file;
    int status = fb_file_open(path, "check the path (Debian's are in the package opencv-data)", &file);
    if (status)
        return status;
    struct reader reader = {.file = path, .model = model, .n_categories = -1};
    status = start_and_parse(&reader, file);
    if (reader.parser)
        XML_ParserFree(reader.parser);
    if (reader.locale)
        freelocale(reader.locale);
    free(reader.text);
    fclose(file);
    if (status)
        cas_model_finish(model);
    return status;
}

void cas_model_finish(struct cas_model *model)
{
    free(model->stages);
    free(model->weaks);
    free(model->nodes);
    free(model->leaves);
    free(model->features);
    memset(model, 0, sizeof *model);
}

/* What each element of a cascade file means. Whatever a hostile file may say is checked here, so
 * that evaluation needs no checks: counts against caps, children against their tree (a child is a
 * later node, hence no cycles), rectangles against the window. */
#include "xml_reader.h"

#include <math.h>
#include <string.h>

#define MAX_STAGES 1000
#define MAX_ITEMS 1000000 /* weak classifiers, nodes, leaves, features: of each */
#define MAX_TREE_NODES 64
#define THRESHOLD_SLACK 1e-5f /* OpenCV's THRESHOLD_EPS */

static const char *trimmed(char *text)
{
    text += strspn(text, " \t\r\n");
    text[strcspn(text, " \t\r\n")] = '\0';
    return text;
}

static void read_stage_type(struct cas_reader *reader)
{
    if (strcmp(trimmed(reader->text), "BOOST"))
        cas_reader_fail(reader, "stageType is \"%.20s\", expected BOOST", trimmed(reader->text));
    reader->is_boost = true;
}

static void read_feature_type(struct cas_reader *reader)
{
    const char *name = trimmed(reader->text);
    reader->model->type = !strcmp(name, "HAAR")  ? CAS_FEATURE_HAAR
                          : !strcmp(name, "LBP") ? CAS_FEATURE_LBP
                                                 : CAS_FEATURE_NONE;
    if (reader->model->type == CAS_FEATURE_NONE)
        cas_reader_fail(reader, "featureType is \"%.20s\", expected HAAR or LBP", name);
}

static void read_width(struct cas_reader *reader)
{
    cas_one_int(reader, &reader->model->window_w, 4, CAS_MAX_WINDOW_PX, "width");
}

static void read_height(struct cas_reader *reader)
{
    cas_one_int(reader, &reader->model->window_h, 4, CAS_MAX_WINDOW_PX, "height");
}

static void read_categories(struct cas_reader *reader)
{
    cas_one_int(reader, &reader->n_categories, 0, 32 * CAS_SUBSET_WORDS, "maxCatCount");
}

static void read_stage_num(struct cas_reader *reader)
{
    cas_one_int(reader, &reader->n_stages_stated, 1, MAX_STAGES, "stageNum");
}

static void open_stage(struct cas_reader *reader)
{
    struct cas_model *model = reader->model;
    if (!reader->is_boost || !model->type || !model->window_w || !model->window_h ||
        reader->n_categories < 0) {
        cas_reader_fail(reader,
                        "stages before stageType, featureType, width, height and maxCatCount");
        return;
    }
    if ((model->type == CAS_FEATURE_LBP) != (reader->n_categories == 32 * CAS_SUBSET_WORDS)) {
        cas_reader_fail(reader, "maxCatCount is %d, expected %d for this featureType",
                        reader->n_categories,
                        model->type == CAS_FEATURE_LBP ? 32 * CAS_SUBSET_WORDS : 0);
        return;
    }
    struct cas_stage *stage =
        cas_reader_append(reader, &model->stages, &model->n_stages, &reader->capacity_stages,
                          sizeof *model->stages, MAX_STAGES, "stages");
    if (stage)
        stage->first_weak = model->n_weaks;
    reader->has_threshold = false;
}

static void read_stage_threshold(struct cas_reader *reader)
{
    char *at = reader->text;
    float threshold = 0;
    if (cas_need_float(reader, &at, &threshold, "stageThreshold") ||
        cas_need_end(reader, at, "stageThreshold"))
        return;
    reader->model->stages[reader->model->n_stages - 1].threshold = threshold - THRESHOLD_SLACK;
    reader->has_threshold = true;
}

static void close_stage(struct cas_reader *reader)
{
    struct cas_model *model = reader->model;
    if (!reader->has_threshold)
        cas_reader_fail(reader, "stage %d has no stageThreshold", model->n_stages - 1);
    else if (!model->stages[model->n_stages - 1].n_weak)
        cas_reader_fail(reader, "stage %d has no weak classifiers", model->n_stages - 1);
}

static void open_weak(struct cas_reader *reader)
{
    struct cas_model *model = reader->model;
    struct cas_weak *weak =
        cas_reader_append(reader, &model->weaks, &model->n_weaks, &reader->capacity_weaks,
                          sizeof *model->weaks, MAX_ITEMS, "weak classifiers");
    if (!weak)
        return;
    weak->first_node = model->n_nodes;
    weak->first_leaf = model->n_leaves;
    model->stages[model->n_stages - 1].n_weak++;
}

static int read_node(struct cas_reader *reader, char **at, struct cas_node *node)
{
    int status =
        cas_need_int(reader, at, &node->left, -MAX_TREE_NODES, MAX_TREE_NODES, "left child");
    if (!status)
        status =
            cas_need_int(reader, at, &node->right, -MAX_TREE_NODES, MAX_TREE_NODES, "right child");
    if (!status)
        status = cas_need_int(reader, at, &node->feature, 0, MAX_ITEMS - 1, "feature index");
    if (status || reader->model->type == CAS_FEATURE_HAAR)
        return status ? status : cas_need_float(reader, at, &node->threshold, "threshold");
    for (int i = 0; i < CAS_SUBSET_WORDS && !status; i++) {
        double word;
        status = cas_need_number(reader, at, &word, "subset");
        if (!status && (!(word >= INT32_MIN && word <= UINT32_MAX) || word != floor(word)))
            status = cas_reader_fail(reader, "subset word is %g, expected 32 bits", word);
        if (!status)
            node->subset[i] = (uint32_t)(int64_t)word;
    }
    return status;
}

static void read_nodes(struct cas_reader *reader)
{
    struct cas_model *model = reader->model;
    struct cas_weak *weak = &model->weaks[model->n_weaks - 1];
    char *at = reader->text;
    while (!reader->status && at[strspn(at, " \t\r\n")]) {
        struct cas_node *node =
            cas_reader_append(reader, &model->nodes, &model->n_nodes, &reader->capacity_nodes,
                              sizeof *model->nodes, MAX_ITEMS, "nodes");
        if (!node || read_node(reader, &at, node))
            return;
        if (++weak->n_nodes > MAX_TREE_NODES)
            cas_reader_fail(reader, "more than %d nodes in a tree", MAX_TREE_NODES);
    }
}

static void read_leaves(struct cas_reader *reader)
{
    struct cas_model *model = reader->model;
    char *at = reader->text;
    while (!reader->status && at[strspn(at, " \t\r\n")]) {
        float value = 0;
        if (cas_need_float(reader, &at, &value, "leaf value"))
            return;
        float *leaf =
            cas_reader_append(reader, &model->leaves, &model->n_leaves, &reader->capacity_leaves,
                              sizeof *model->leaves, MAX_ITEMS, "leaf values");
        if (leaf)
            *leaf = value;
    }
}

static bool is_child_valid(int child, int parent, int n_nodes)
{
    return child > 0 ? child > parent && child < n_nodes : -child <= n_nodes;
}

static void close_weak(struct cas_reader *reader)
{
    struct cas_model *model = reader->model;
    const struct cas_weak *weak = &model->weaks[model->n_weaks - 1];
    int n_leaves = model->n_leaves - weak->first_leaf;
    if (!weak->n_nodes || n_leaves != weak->n_nodes + 1) {
        cas_reader_fail(reader, "a tree of %d nodes with %d leaf values", weak->n_nodes, n_leaves);
        return;
    }
    for (int i = 0; i < weak->n_nodes; i++) {
        const struct cas_node *node = &model->nodes[weak->first_node + i];
        if (!is_child_valid(node->left, i, weak->n_nodes) ||
            !is_child_valid(node->right, i, weak->n_nodes))
            cas_reader_fail(reader, "node %d has children %d and %d in a tree of %d nodes", i,
                            node->left, node->right, weak->n_nodes);
    }
}

static void open_feature(struct cas_reader *reader)
{
    struct cas_model *model = reader->model;
    cas_reader_append(reader, &model->features, &model->n_features, &reader->capacity_features,
                      sizeof *model->features, MAX_ITEMS, "features");
}

static int read_rect(struct cas_reader *reader, char **at, struct cas_rect *rect)
{
    int max = CAS_MAX_WINDOW_PX, status = cas_need_int(reader, at, &rect->x, 0, max, "rectangle x");
    if (!status)
        status = cas_need_int(reader, at, &rect->y, 0, max, "rectangle y");
    if (!status)
        status = cas_need_int(reader, at, &rect->w, 1, max, "rectangle width");
    if (!status)
        status = cas_need_int(reader, at, &rect->h, 1, max, "rectangle height");
    return status;
}

static void read_haar_rect(struct cas_reader *reader)
{
    struct cas_feature *feature = &reader->model->features[reader->model->n_features - 1];
    char *at = reader->text;
    if (feature->n_rects == CAS_MAX_RECTS) {
        cas_reader_fail(reader, "more than %d rectangles in a feature", CAS_MAX_RECTS);
        return;
    }
    struct cas_rect *rect = &feature->rects[feature->n_rects];
    if (!read_rect(reader, &at, rect) && !cas_need_float(reader, &at, &rect->weight, "weight") &&
        !cas_need_end(reader, at, "rectangle"))
        feature->n_rects++;
}

static void read_lbp_rect(struct cas_reader *reader)
{
    struct cas_feature *feature = &reader->model->features[reader->model->n_features - 1];
    char *at = reader->text;
    if (feature->n_rects)
        cas_reader_fail(reader, "more than one rectangle in an LBP feature");
    else if (!read_rect(reader, &at, &feature->rects[0]) && !cas_need_end(reader, at, "rectangle"))
        feature->n_rects = 1;
}

static void read_tilted(struct cas_reader *reader)
{
    int is_tilted = 0;
    cas_one_int(reader, &is_tilted, 0, 1, "tilted");
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

static void close_feature(struct cas_reader *reader)
{
    const struct cas_model *model = reader->model;
    const struct cas_feature *feature = &model->features[model->n_features - 1];
    int n_cells = model->type == CAS_FEATURE_LBP ? 3 : 1;
    if (feature->n_rects < (n_cells == 1 ? 2 : 1))
        cas_reader_fail(reader, "feature %d has %d rectangles", model->n_features - 1,
                        feature->n_rects);
    for (int i = 0; i < feature->n_rects; i++)
        if (!is_inside(model, &feature->rects[i], feature->is_tilted, n_cells))
            cas_reader_fail(reader, "feature %d reaches out of the window", model->n_features - 1);
}

static void open_old_format(struct cas_reader *reader)
{
    cas_reader_fail(reader, "a cascade in the format of before OpenCV 2.4, which is not read");
}

#define STAGE CAS_CASCADE_PATH "/stages/_"
#define WEAK STAGE "/weakClassifiers/_"
#define FEATURE CAS_CASCADE_PATH "/features/_"
static const struct cas_element elements[] = {
    {CAS_CASCADE_PATH "/stageType", NULL, read_stage_type, NULL, 0},
    {CAS_CASCADE_PATH "/featureType", NULL, read_feature_type, NULL, 0},
    {CAS_CASCADE_PATH "/width", NULL, read_width, NULL, 0},
    {CAS_CASCADE_PATH "/height", NULL, read_height, NULL, 0},
    {CAS_CASCADE_PATH "/featureParams/maxCatCount", NULL, read_categories, NULL, 0},
    {CAS_CASCADE_PATH "/stageNum", NULL, read_stage_num, NULL, 0},
    {CAS_CASCADE_PATH "/size", open_old_format, NULL, NULL, 0},
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

const struct cas_element *cas_find_element(const struct cas_reader *reader)
{
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        if (!strcmp(elements[i].path, reader->path))
            return &elements[i];
    return NULL;
}

/* Reads a net's text: one layer a line, `key=value` options checked against the layer's table.
 * Every error names file and line, what was found and what would do. Format: nn/net.h. */
#include "layer.h"

#include "base/file.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORDS = 16, LIST_BYTES = 256, LINE_BYTES = 1024 };

struct parser {
    struct nn_net *net;
    int line;
    char text[LINE_BYTES]; /* the present line, cut into words */
    char *words[MAX_WORDS];
    int n_words;
};

static int edit_distance(const char *a, const char *b)
{
    enum { MAX = 32 };
    int row[MAX + 1], n = (int)strlen(b);
    if (n > MAX || strlen(a) > MAX)
        return MAX;
    for (int j = 0; j <= n; j++)
        row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= n; j++) {
            int best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
        }
    }
    return row[n];
}

/* The names an error can offer, and the one nearest to what was written. */
struct choices {
    const char *written, *nearest;
    int distance;
    char list[LIST_BYTES];
};

static void choice(struct choices *choices, const char *name)
{
    size_t n = strlen(choices->list);
    snprintf(choices->list + n, sizeof choices->list - n, "%s%s", n ? ", " : "", name);
    int distance = edit_distance(choices->written, name);
    if (!choices->nearest || distance < choices->distance) {
        choices->nearest = name;
        choices->distance = distance;
    }
}

static int fail_unknown(const char *what, const struct choices *choices)
{
    if (choices->nearest && choices->distance <= 2)
        return fb_fail(FB_ERR_INPUT, "unknown %s '%s'; did you mean '%s'? known: %s", what,
                       choices->written, choices->nearest, choices->list);
    return fb_fail(FB_ERR_INPUT, "unknown %s '%s'; known: %s", what, choices->written, choices->list);
}

static int fail_unknown_layer(const char *written)
{
    struct choices choices = {.written = written};
    for (int i = 0; nn_layer_types[i]; i++)
        choice(&choices, nn_layer_types[i]->name);
    return fail_unknown("layer", &choices);
}

static int fail_unknown_key(const struct nn_layer_type *type, const char *written)
{
    struct choices choices = {.written = written};
    for (const struct nn_option *o = type->options; o->key; o++)
        choice(&choices, o->key);
    choice(&choices, "name");
    choice(&choices, "from");
    char what[64];
    snprintf(what, sizeof what, "key of %s", type->name);
    return fail_unknown(what, &choices);
}

static int parse_number(const char *key, const char *value, bool is_real, double min, double max,
                        double *out)
{
    char *end;
    errno = 0;
    *out = is_real ? strtod(value, &end) : (double)strtol(value, &end, 10);
    if (end == value || *end)
        return fb_fail(FB_ERR_INPUT, "%s=%s is not %s", key, value,
                       is_real ? "a number" : "a whole number");
    if (errno || !(*out >= min && *out <= max))
        return fb_fail(FB_ERR_INPUT, "%s=%s is out of range: %g to %g", key, value, min, max);
    return FB_OK;
}

static void store_option(struct nn_layer *layer, const struct nn_option *option, double number)
{
    char *at = (char *)&layer->options + option->offset;
    if (option->is_real)
        *(double *)(void *)at = number;
    else
        *(int *)(void *)at = (int)number;
}

static int parse_option(struct nn_layer *layer, const struct nn_option *option, const char *value)
{
    for (int i = 0; i < 2 && option->words[i].word; i++)
        if (!strcmp(value, option->words[i].word)) {
            store_option(layer, option, option->words[i].value);
            return FB_OK;
        }
    double number;
    int status = parse_number(option->key, value, option->is_real, option->min, option->max, &number);
    if (!status)
        store_option(layer, option, number);
    return status;
}

static int find_layer(const struct nn_net *net, const char *name)
{
    for (int i = 0; i < net->n_layers; i++)
        if (!strcmp(net->layers[i].name, name))
            return i;
    return -1;
}

static int set_name(const struct parser *parser, struct nn_layer *layer, const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n >= NN_NAME_BYTES)
        return fb_fail(FB_ERR_INPUT, "name=%s must have 1 to %d characters", name, NN_NAME_BYTES - 1);
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-')
            return fb_fail(FB_ERR_INPUT, "name=%s may have letters, digits, _ and - only", name);
    int same = find_layer(parser->net, name);
    if (same >= 0)
        return fb_fail(FB_ERR_INPUT, "the name \"%s\" is taken by line %d", name,
                       parser->net->layers[same].line);
    snprintf(layer->name, sizeof layer->name, "%s", name);
    return FB_OK;
}

/* from= is the second input of a layer with two, and replaces the line above for one with one */
static int set_from(const struct parser *parser, struct nn_layer *layer, const char *name)
{
    int from = find_layer(parser->net, name);
    if (from < 0) {
        struct choices choices = {.written = name};
        for (int i = 0; i < parser->net->n_layers; i++)
            choice(&choices, parser->net->layers[i].name);
        return fail_unknown("layer name", &choices);
    }
    layer->inputs[layer->type->n_inputs - 1] = from;
    return FB_OK;
}

static int parse_pair(const struct parser *parser, struct nn_layer *layer, char *word, bool *has_key)
{
    char *value = strchr(word, '=');
    if (!value)
        return fb_fail(FB_ERR_INPUT, "'%s' should be key=value", word);
    *value++ = 0;
    for (int i = 0; layer->type->options[i].key; i++)
        if (!strcmp(word, layer->type->options[i].key)) {
            if (has_key[i])
                return fb_fail(FB_ERR_INPUT, "%s= stands twice", word);
            has_key[i] = true;
            return parse_option(layer, &layer->type->options[i], value);
        }
    if (!strcmp(word, "name"))
        return set_name(parser, layer, value);
    if (!strcmp(word, "from") && layer->type->n_inputs > 0)
        return set_from(parser, layer, value);
    return fail_unknown_key(layer->type, word);
}

static void set_standard_options(struct nn_layer *layer)
{
    for (const struct nn_option *o = layer->type->options; o->key; o++)
        store_option(layer, o, o->standard);
}

/* "conv3": the third conv. A user's own name may have taken it. */
static int set_standard_name(const struct parser *parser, struct nn_layer *layer)
{
    int n = 1;
    for (int i = 0; i < parser->net->n_layers; i++)
        n += parser->net->layers[i].type == layer->type;
    char name[NN_NAME_BYTES];
    snprintf(name, sizeof name, "%s%d", layer->type->name, n);
    return set_name(parser, layer, name);
}

static int parse_input(struct parser *parser, struct nn_layer *layer)
{
    static const char *const names[] = {"C", "H", "W"};
    double sizes[3];
    if (parser->n_words != 4)
        return fb_fail(FB_ERR_INPUT, "input needs three numbers: input C H W, such as: input 1 48 48");
    for (int i = 0; i < 3; i++) {
        int status = parse_number(names[i], parser->words[i + 1], false, 1, NN_MAX_SIDE, &sizes[i]);
        if (status)
            return status;
    }
    layer->out = (struct nn_shape){1, (int)sizes[0], (int)sizes[1], (int)sizes[2]};
    snprintf(layer->name, sizeof layer->name, "input");
    return FB_OK;
}

static int parse_options(struct parser *parser, struct nn_layer *layer)
{
    bool has_key[MAX_WORDS] = {false}, has_from = false;
    int status = FB_OK;
    set_standard_options(layer);
    for (int i = 1; i < parser->n_words && !status; i++) {
        has_from |= !strncmp(parser->words[i], "from=", 5);
        status = parse_pair(parser, layer, parser->words[i], has_key);
    }
    for (int i = 0; layer->type->options[i].key && !status; i++)
        if (layer->type->options[i].is_required && !has_key[i])
            return fb_fail(FB_ERR_INPUT, "%s needs %s=", layer->type->name, layer->type->options[i].key);
    if (!status && layer->type->n_inputs == 2 && !has_from)
        return fb_fail(FB_ERR_INPUT, "%s needs from=NAME, the output to take besides the line above",
                       layer->type->name);
    if (!status && !layer->name[0])
        status = set_standard_name(parser, layer);
    return status;
}

static int parse_layer(struct parser *parser)
{
    struct nn_net *net = parser->net;
    const struct nn_layer_type *type = nn_layer_type_find(parser->words[0]);
    if (!type)
        return fail_unknown_layer(parser->words[0]);
    if ((net->n_layers == 0) != (type->n_inputs == 0))
        return fb_fail(FB_ERR_INPUT, net->n_layers ? "only the first layer may be input"
                                                   : "the first layer must be input C H W");
    if (net->n_layers == NN_NET_MAX_LAYERS)
        return fb_fail(FB_ERR_INPUT, "more than %d layers", NN_NET_MAX_LAYERS);
    struct nn_layer *layer = &net->layers[net->n_layers];
    *layer = (struct nn_layer){.type = type, .line = parser->line};
    layer->inputs[0] = net->n_layers - 1;
    int status = type->n_inputs ? parse_options(parser, layer) : parse_input(parser, layer);
    if (!status)
        net->n_layers++;
    return status;
}

/* Copies the line that starts at text, without its comment, cut into words. */
static int split_line(struct parser *parser, const char *text, size_t n)
{
    const char *comment = memchr(text, '#', n);
    if (comment)
        n = (size_t)(comment - text);
    if (n >= sizeof parser->text)
        return fb_fail(FB_ERR_INPUT, "the line is longer than %d characters", LINE_BYTES - 1);
    memcpy(parser->text, text, n);
    parser->text[n] = 0;
    parser->n_words = 0;
    char *rest = parser->text;
    for (char *word; (word = strtok_r(rest, " \t\r\f\v", &rest));) {
        if (parser->n_words == MAX_WORDS)
            return fb_fail(FB_ERR_INPUT, "more than %d words in the line", MAX_WORDS);
        parser->words[parser->n_words++] = word;
    }
    return FB_OK;
}

static int parse_lines(struct parser *parser, const char *text)
{
    for (const char *line = text; *line; parser->line++) {
        size_t n = strcspn(line, "\n");
        int status = split_line(parser, line, n);
        if (!status && parser->n_words)
            status = parse_layer(parser);
        if (status)
            return fb_fail_context(status, "%s:%d", parser->net->file_name, parser->line);
        line += n + (line[n] == '\n');
    }
    if (parser->net->n_layers < 2)
        return fb_fail(FB_ERR_INPUT, "%s: no layers; a net starts with `input C H W`, one layer a line",
                       parser->net->file_name);
    return FB_OK;
}

int nn_net_parse(const char *text, const char *name, struct nn_net **out)
{
    *out = NULL;
    if (strlen(text) > NN_NET_MAX_TEXT_BYTES)
        return fb_fail(FB_ERR_INPUT, "%s: longer than %d bytes: not a net", name, NN_NET_MAX_TEXT_BYTES);
    struct nn_net *net = calloc(1, sizeof *net);
    if (!net)
        return fb_fail_nomem("a net", sizeof *net);
    *out = net;
    net->text = strdup(text);
    net->file_name = strdup(name);
    net->layers = calloc(NN_NET_MAX_LAYERS, sizeof *net->layers);
    int status = FB_ERR_NOMEM;
    if (!net->text || !net->file_name || !net->layers)
        status = fb_fail_nomem("a net's layers", NN_NET_MAX_LAYERS * sizeof *net->layers);
    else
        status = parse_lines(&(struct parser){.net = net, .line = 1}, text);
    if (!status)
        status = nn_net_finish_layers(net);
    if (status)
        nn_net_destroy(out);
    return status;
}

int nn_net_load(const char *path, struct nn_net **out)
{
    *out = NULL;
    FILE *file;
    int status = fb_file_open(path, "check the path of the .net file", &file);
    if (status)
        return status;
    char *text = calloc(1, NN_NET_MAX_TEXT_BYTES + 2);
    if (!text) {
        status = fb_fail_nomem("a net's text", NN_NET_MAX_TEXT_BYTES + 2);
    } else {
        size_t n = fread(text, 1, NN_NET_MAX_TEXT_BYTES + 1, file);
        if (ferror(file))
            status = fb_fail(FB_ERR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
        else if (memchr(text, 0, n))
            status = fb_fail(FB_ERR_INPUT, "%s: holds binary data; a .net file is text", path);
        else
            status = nn_net_parse(text, path, out);
    }
    free(text);
    fclose(file);
    return status;
}

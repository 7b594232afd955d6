/* Reads OpenCV's cascade XML (format of 2.4 and later) with expat.
 *
 * The parser knows each element by its path; the text of those in the table of xml_elements.c is
 * collected and handed to their function at the end tag. */
#include "xml_reader.h"

#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILE_BYTES (64L << 20)
#define MAX_TEXT_BYTES (64 << 10)

static void on_start(void *user, const char *name, const char **attributes)
{
    struct cas_reader *reader = user;
    (void)attributes;
    if (reader->status)
        return;
    int n = snprintf(reader->path + reader->path_chars,
                     (size_t)(CAS_MAX_PATH_CHARS - reader->path_chars), "%s%s",
                     reader->path_chars ? "/" : "", name);
    if (n >= CAS_MAX_PATH_CHARS - reader->path_chars) {
        cas_reader_fail(reader, "elements nested too deep, or names too long");
        return;
    }
    reader->path_chars += n;
    /* The cascade is the first node of the storage, whatever its name. */
    const char *root = "opencv_storage/";
    if (!strncmp(reader->path, root, strlen(root)) && !strchr(reader->path + strlen(root), '/')) {
        if (reader->has_cascade)
            cas_reader_fail(reader, "a second cascade, <%.40s>", name);
        reader->has_cascade = true;
        reader->path_chars = snprintf(reader->path, sizeof reader->path, CAS_CASCADE_PATH);
    }
    const struct cas_element *element = cas_find_element(reader);
    reader->n_text = 0;
    reader->is_collecting = element && element->text;
    if (element && element->only && element->only != reader->model->type)
        cas_reader_fail(reader, "<%.20s> in a cascade of another featureType", name);
    else if (element && element->open)
        element->open(reader);
}

static void on_text(void *user, const char *text, int n_bytes)
{
    struct cas_reader *reader = user;
    if (!reader->is_collecting || reader->status)
        return;
    if (n_bytes > MAX_TEXT_BYTES - 1 - reader->n_text) {
        cas_reader_fail(reader, "more than %d bytes of text in one element", MAX_TEXT_BYTES);
        return;
    }
    memcpy(reader->text + reader->n_text, text, (size_t)n_bytes);
    reader->n_text += n_bytes;
}

static void on_end(void *user, const char *name)
{
    struct cas_reader *reader = user;
    (void)name;
    if (reader->status)
        return;
    const struct cas_element *element = cas_find_element(reader);
    if (element && element->text) {
        reader->text[reader->n_text] = '\0';
        if (!reader->is_collecting)
            cas_reader_fail(reader, "elements inside a list of numbers");
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
    cas_reader_fail(user, "a document type declaration");
}

static int check_complete(struct cas_reader *reader)
{
    const struct cas_model *model = reader->model;
    if (!model->n_stages || !model->n_features)
        return cas_reader_fail(reader, "no cascade with stages and features in it");
    if (reader->n_stages_stated && reader->n_stages_stated != model->n_stages)
        return cas_reader_fail(reader, "%d stages, but stageNum is %d", model->n_stages,
                               reader->n_stages_stated);
    for (int i = 0; i < model->n_nodes; i++)
        if (model->nodes[i].feature >= model->n_features)
            return cas_reader_fail(reader, "a node uses feature %d of %d", model->nodes[i].feature,
                                   model->n_features);
    return FB_OK;
}

static int parse(struct cas_reader *reader, FILE *file)
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
            return cas_reader_fail(reader, "the file is larger than %ld bytes", MAX_FILE_BYTES);
        if (XML_ParseBuffer(reader->parser, (int)n, is_last) == XML_STATUS_ERROR && !reader->status)
            return cas_reader_fail(reader, "%s", XML_ErrorString(XML_GetErrorCode(reader->parser)));
    }
    return reader->status ? reader->status : check_complete(reader);
}

static int start_and_parse(struct cas_reader *reader, FILE *file)
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
    int status =
        fb_file_open(path, "check the path (Debian's are in the package opencv-data)", &file);
    if (status)
        return status;
    struct cas_reader reader = {.file = path, .model = model, .n_categories = -1};
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

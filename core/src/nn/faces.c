/* See nn/faces.h. */
#include "nn/faces.h"

#include "nn/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { VALID_SHARE = 10, MAX_FACES = 10000000 };

/* FNV-1a */
bool nn_faces_is_valid_split(const char *file)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *c = file; *c; c++)
        hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    return (hash >> 32) % VALID_SHARE == 0;
}

struct columns {
    int file, box[4], flag; /* flag -1: none */
};

struct reader {
    struct nn_csv csv;
    struct columns columns;
    struct nn_faces *faces;
    int max_pictures, max_faces;
};

static int find_columns(struct reader *r)
{
    static const char *const names[] = {"x", "y", "w", "h"};
    r->columns.file = nn_csv_column(&r->csv, "file");
    int missing = r->columns.file < 0;
    for (int i = 0; i < 4; i++) {
        r->columns.box[i] = nn_csv_column(&r->csv, names[i]);
        missing += r->columns.box[i] < 0;
    }
    r->columns.flag = nn_csv_column(&r->csv, "ignore");
    if (r->columns.flag < 0)
        r->columns.flag = nn_csv_column(&r->csv, "invalid");
    return missing ? fb_fail(FB_ERR_INPUT, "%s:1: needs the columns file, x, y, w, h", r->csv.path) : FB_OK;
}

/* Room for one more; the lists double. */
static int grow(void **list, int n, int *max, size_t size)
{
    if (n < *max)
        return FB_OK;
    int wanted = *max ? 2 * *max : 256;
    void *grown = realloc(*list, (size_t)wanted * size);
    if (!grown || wanted > MAX_FACES)
        return fb_fail_nomem("a list of faces", (size_t)wanted * size);
    *list = grown;
    *max = wanted;
    return FB_OK;
}

static int read_box(const struct reader *r, struct nn_face *face)
{
    float values[4];
    for (int i = 0; i < 4; i++) {
        int column = r->columns.box[i];
        char *end = NULL;
        values[i] = column < r->csv.n_fields ? strtof(r->csv.fields[column], &end) : NAN;
        if (!end || end == r->csv.fields[column] || !(fabsf(values[i]) <= 1e6f))
            return fb_fail(FB_ERR_INPUT, "%s:%d: a box needs four numbers x, y, w, h", r->csv.path, r->csv.line_number);
    }
    face->box = (struct nn_box){values[0], values[1], fmaxf(values[2], 0), fmaxf(values[3], 0)};
    int flag = r->columns.flag;
    face->is_ignored = flag >= 0 && flag < r->csv.n_fields && strcmp(r->csv.fields[flag], "0") != 0;
    face->is_ignored |= values[2] < 1 || values[3] < 1;
    return FB_OK;
}

/* Rows of one picture follow each other. */
static int add_row(struct reader *r)
{
    struct nn_faces *faces = r->faces;
    const char *file = r->columns.file < r->csv.n_fields ? r->csv.fields[r->columns.file] : "";
    if (!*file || strlen(file) >= NN_FACES_MAX_NAME)
        return fb_fail(FB_ERR_INPUT, "%s:%d: no file name, or one of more than %d bytes", r->csv.path, r->csv.line_number,
                       NN_FACES_MAX_NAME - 1);
    int status = grow((void **)&faces->faces, faces->n_faces, &r->max_faces, sizeof *faces->faces);
    if (!status)
        status = grow((void **)&faces->pictures, faces->n_pictures, &r->max_pictures, sizeof *faces->pictures);
    if (!status)
        status = read_box(r, &faces->faces[faces->n_faces]);
    if (status)
        return status;
    struct nn_faces_picture *last = faces->n_pictures ? &faces->pictures[faces->n_pictures - 1] : NULL;
    if (!last || strcmp(last->file, file)) {
        last = &faces->pictures[faces->n_pictures];
        *last = (struct nn_faces_picture){
            .file = strdup(file), .is_valid_split = nn_faces_is_valid_split(file), .first = faces->n_faces};
        if (!last->file)
            return fb_fail_nomem("a file name", strlen(file));
        faces->n_pictures++;
    }
    last->n++;
    faces->n_faces++;
    return FB_OK;
}

int nn_faces_read(const char *csv_path, struct nn_faces **out)
{
    struct reader r = {.faces = calloc(1, sizeof **out)};
    *out = r.faces;
    if (!r.faces)
        return fb_fail_nomem("faces", sizeof **out);
    bool has_line = true;
    int status = nn_csv_open(&r.csv, csv_path);
    if (!status)
        status = find_columns(&r);
    while (!status && has_line) {
        status = nn_csv_next(&r.csv, &has_line);
        if (!status && has_line)
            status = add_row(&r);
    }
    nn_csv_finish(&r.csv);
    if (!status && !r.faces->n_faces)
        status = fb_fail(FB_ERR_INPUT, "%s: has no boxes", csv_path);
    if (status)
        nn_faces_destroy(out);
    return status;
}

void nn_faces_destroy(struct nn_faces **faces_ptr)
{
    struct nn_faces *faces = *faces_ptr;
    if (!faces)
        return;
    for (int i = 0; i < faces->n_pictures; i++) {
        free(faces->pictures[i].file);
        free(faces->pictures[i].pixels);
    }
    free(faces->pictures);
    free(faces->faces);
    free(faces);
    *faces_ptr = NULL;
}

static int level_side(int side, int level)
{
    return side >> level > 0 ? side >> level : 1;
}

/* Each pixel the mean of four. */
static void halve(const uint8_t *from, int from_w, int from_h, uint8_t *to)
{
    int w = level_side(from_w, 1), h = level_side(from_h, 1), right = from_w > 1, down = from_h > 1 ? from_w : 0;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const uint8_t *p = from + (ptrdiff_t)2 * y * from_w + 2 * x;
            *to++ = (uint8_t)((p[0] + p[right] + p[down] + p[down + right] + 2) / 4);
        }
}

int nn_faces_set_pixels(struct nn_faces *faces, int picture, const uint8_t *grey, int width, int height, int stride)
{
    struct nn_faces_picture *p = &faces->pictures[picture];
    size_t n = 0;
    for (int l = 0; l < NN_FACES_PYRAMID; l++) {
        p->level_at[l] = n;
        n += (size_t)level_side(width, l) * (size_t)level_side(height, l);
    }
    p->pixels = malloc(n);
    if (!p->pixels)
        return fb_fail_nomem("a picture", n);
    for (int y = 0; y < height; y++)
        memcpy(p->pixels + (size_t)y * (size_t)width, grey + (ptrdiff_t)y * stride, (size_t)width);
    for (int l = 1; l < NN_FACES_PYRAMID; l++)
        halve(p->pixels + p->level_at[l - 1], level_side(width, l - 1), level_side(height, l - 1),
              p->pixels + p->level_at[l]);
    p->width = width;
    p->height = height;
    for (int i = p->first; i < p->first + p->n; i++)
        if (!faces->faces[i].is_ignored && (faces->faces[i].box.x > (float)width || faces->faces[i].box.y > (float)height))
            return fb_fail(FB_ERR_INPUT, "%s: %dx%d px, but it has a face at %g, %g", p->file, width, height,
                           (double)faces->faces[i].box.x, (double)faces->faces[i].box.y);
    return FB_OK;
}

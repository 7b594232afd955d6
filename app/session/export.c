/* See export.h: the formats with a row per frame. Those with a row per stretch are in
 * export_events.c. */
#include "export.h"

#include "export_events.h"
#include "save.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const format_names[] = {
    [APP_EXPORT_NONE] = "",       [APP_EXPORT_CSV] = "csv",           [APP_EXPORT_RUNS] = "runs",
    [APP_EXPORT_JSONL] = "jsonl", [APP_EXPORT_VTT] = "vtt",           [APP_EXPORT_EAF] = "eaf",
    [APP_EXPORT_BORIS] = "boris", [APP_EXPORT_CHAPTERS] = "chapters",
};
_Static_assert(sizeof format_names / sizeof *format_names == APP_EXPORT_COUNT, "a name each");

enum app_export_format app_export_format_from_name(const char *name)
{
    for (int i = APP_EXPORT_NONE + 1; i < APP_EXPORT_COUNT; i++)
        if (!strcmp(name, format_names[i]))
            return (enum app_export_format)i;
    return APP_EXPORT_NONE;
}

/* Names of students, for the writers of rows. */
struct names {
    struct name {
        int student;
        char text[APP_SESSION_TEXT_BYTES];
    } * items;
    int n, capacity;
};

struct export
{
    FILE *file;
    int student; /* only this one; 0: all */
    struct names names;
};

static int add_name(void *user, int student, const char *text)
{
    struct names *names = user;
    if (!*text)
        return FB_OK;
    if (names->n == names->capacity) {
        int capacity = names->capacity ? 2 * names->capacity : 32;
        struct name *items = realloc(names->items, (size_t)capacity * sizeof *items);
        if (!items)
            return fb_fail_nomem("students' names", (size_t)capacity * sizeof *items);
        names->items = items;
        names->capacity = capacity;
    }
    struct name *name = &names->items[names->n++];
    name->student = student;
    snprintf(name->text, sizeof name->text, "%s", text);
    return FB_OK;
}

static const char *name_of(const struct export *export, int student)
{
    for (int i = 0; i < export->names.n; i++)
        if (export->names.items[i].student == student)
            return export->names.items[i].text;
    return "";
}

static bool is_wanted(const struct export *export, const struct mon_face *face)
{
    return !export->student || export->student == face->student;
}

static bool has_p(const float *p)
{
    float sum = 0;
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        sum += p[i];
    return sum > 0;
}

/* ---- CSV ---- */

static int csv_fact(void *user, const char *key, const char *value)
{
    FILE *file = user;
    if (!*value || !strcmp(key, "reasons") || !strcmp(key, "expressions"))
        return FB_OK;
    fprintf(file, "# %s: ", key);
    for (const char *c = value; *c; c++)
        fputc((unsigned char)*c < 0x20 ? ' ' : *c, file);
    fputc('\n', file);
    return FB_OK;
}

static int csv_head(struct app_session *session, FILE *file)
{
    int status = app_session_each_fact(session, csv_fact, file);
    fputs("# human_agreement: " APP_HUMAN_AGREEMENT "\n", file);
    fputs("# note: " APP_EXPORT_NOTE "\n", file);
    fputs("frame,time_s,student,x,y,w,h,expression,confidence,quality", file);
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        fprintf(file, ",p_%s", fb_expression_name(i));
    fputs(",seen,reason,name", file);
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        fprintf(file, ",raw_%s", fb_expression_name(i));
    fputc('\n', file);
    return status;
}

void app_csv_text(FILE *file, const char *text)
{
    bool is_formula = *text && strchr("=+-@\t\r", *text);
    if (!is_formula && !strpbrk(text, ",\"\r\n#")) {
        fputs(text, file);
        return;
    }
    fputs(is_formula ? "\"'" : "\"", file);
    for (const char *c = text; *c; c++) {
        if (*c == '"')
            fputc('"', file);
        fputc(*c, file);
    }
    fputc('"', file);
}

static void csv_eight(FILE *file, const float *p, bool is_there)
{
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++) {
        fputc(',', file);
        if (is_there)
            app_put_decimal(file, (double)p[i], 4);
    }
}

static void csv_row(const struct export *export, const struct mon_observation *observation,
                    const struct mon_face *face)
{
    FILE *file = export->file;
    bool is_known = has_p(face->p);
    fprintf(file, "%lld,", (long long)observation->frame_index);
    app_put_decimal(file, (double)observation->pts_ns / 1e9, 6);
    fprintf(file, ",%d", face->student);
    const float box[] = {face->box.x, face->box.y, face->box.w, face->box.h};
    for (int i = 0; i < 4; i++) {
        fputc(',', file);
        app_put_decimal(file, (double)box[i], 2);
    }
    fprintf(file, ",%s,", fb_expression_name(face->expression));
    if (is_known)
        app_put_decimal(file, (double)face->confidence, 4);
    fputc(',', file);
    app_put_decimal(file, (double)face->quality, 4);
    csv_eight(file, face->p, is_known);
    fprintf(file, ",%d,%s,", face->is_seen, mon_reason_name(face->reason));
    app_csv_text(file, name_of(export, face->student));
    csv_eight(file, face->p_raw, face->is_labelled);
    fputc('\n', file);
}

static int written(const struct export *export)
{
    if (!ferror(export->file))
        return FB_OK;
    return fb_fail(FB_ERR_IO, "writing the export: %s", strerror(errno));
}

static int csv_frame(void *user, const struct mon_observation *observation)
{
    const struct export *export = user;
    for (int i = 0; i < observation->n_faces; i++)
        if (is_wanted(export, &observation->faces[i]))
            csv_row(export, observation, &observation->faces[i]);
    return written(export);
}

/* ---- JSON lines ---- */

void app_json_text(FILE *file, const char *text)
{
    fputc('"', file);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(file, "\\%c", *c);
        else if (*c < 0x20)
            fprintf(file, "\\u%04x", *c);
        else
            fputc(*c, file);
    }
    fputc('"', file);
}

static int json_fact(void *user, const char *key, const char *value)
{
    FILE *file = user;
    fputc(',', file);
    app_json_text(file, key);
    fputc(':', file);
    app_json_text(file, value);
    return FB_OK;
}

static int json_head(struct app_session *session, FILE *file)
{
    fputs("{\"type\":\"session\"", file);
    int status = app_session_each_fact(session, json_fact, file);
    json_fact(file, "human_agreement", APP_HUMAN_AGREEMENT);
    json_fact(file, "note", APP_EXPORT_NOTE);
    fputs("}\n", file);
    return status;
}

static void json_eight(FILE *file, const char *key, const float *p, bool is_there)
{
    fprintf(file, ",\"%s\":", key);
    for (int i = 0; i < FB_EXPRESSION_COUNT && is_there; i++) {
        fprintf(file, "%s\"%s\":", i ? "," : "{", fb_expression_name(i));
        app_put_decimal(file, (double)p[i], 4);
    }
    fputs(is_there ? "}" : "null", file);
}

static void json_face(const struct export *export, const struct mon_face *face)
{
    FILE *file = export->file;
    const float box[] = {face->box.x, face->box.y, face->box.w, face->box.h};
    const char *name = name_of(export, face->student);
    fprintf(file, "{\"student\":%d,\"name\":", face->student);
    if (*name)
        app_json_text(file, name);
    else
        fputs("null", file);
    fputs(",\"box\":", file);
    for (int i = 0; i < 4; i++) {
        fputc(i ? ',' : '[', file);
        app_put_decimal(file, (double)box[i], 2);
    }
    fprintf(file,
            "],\"seen\":%s,\"expression\":\"%s\",\"confidence\":", face->is_seen ? "true" : "false",
            fb_expression_name(face->expression));
    if (has_p(face->p))
        app_put_decimal(file, (double)face->confidence, 4);
    else
        fputs("null", file);
    fputs(",\"quality\":", file);
    app_put_decimal(file, (double)face->quality, 4);
    fprintf(file, ",\"reason\":\"%s\"", mon_reason_name(face->reason));
    json_eight(file, "p", face->p, has_p(face->p));
    json_eight(file, "raw", face->p_raw, face->is_labelled);
    fputc('}', file);
}

static int json_frame(void *user, const struct mon_observation *observation)
{
    const struct export *export = user;
    FILE *file = export->file;
    bool is_first = true;
    fprintf(file,
            "{\"type\":\"frame\",\"frame\":%lld,\"time_s\":", (long long)observation->frame_index);
    app_put_decimal(file, (double)observation->pts_ns / 1e9, 6);
    fputs(",\"faces\":[", file);
    for (int i = 0; i < observation->n_faces; i++) {
        if (!is_wanted(export, &observation->faces[i]))
            continue;
        if (!is_first)
            fputc(',', file);
        is_first = false;
        json_face(export, &observation->faces[i]);
    }
    fputs("]}\n", file);
    return written(export);
}

static int json_marker(void *user, int64_t pts_ns, const char *text, const char *wall)
{
    const struct export *export = user;
    fputs("{\"type\":\"marker\",\"time_s\":", export->file);
    app_put_decimal(export->file, (double)pts_ns / 1e9, 6);
    fputs(",\"text\":", export->file);
    app_json_text(export->file, text);
    fputs(",\"wall\":", export->file);
    app_json_text(export->file, wall);
    fputs("}\n", export->file);
    return written(export);
}

static int write_rows(struct app_session *session, struct export *export, bool is_csv)
{
    int status = app_session_each_student(session, add_name, &export->names);
    if (!status)
        status = is_csv ? csv_head(session, export->file) : json_head(session, export->file);
    if (!status && !is_csv)
        status = app_session_each_marker(session, json_marker, export);
    if (!status)
        status = app_session_each(session, INT64_MIN, INT64_MAX, is_csv ? csv_frame : json_frame,
                                  export);
    return status;
}

int app_export_write(struct app_session *session, const struct app_export_settings *settings,
                     FILE *file)
{
    struct export export = {.file = file, .student = settings->student};
    int status = FB_OK;
    if (settings->format == APP_EXPORT_CSV || settings->format == APP_EXPORT_JSONL)
        status = write_rows(session, &export, settings->format == APP_EXPORT_CSV);
    else if (settings->format > APP_EXPORT_NONE && settings->format < APP_EXPORT_COUNT)
        status = app_export_events(session, settings, file);
    else
        status =
            fb_fail(FB_ERR_USAGE, "export: unknown format; give csv, runs, jsonl, vtt, chapters, eaf or boris");
    free(export.names.items);
    if (!status && fflush(file))
        status = fb_fail(FB_ERR_IO, "writing the export: %s", strerror(errno));
    return status;
}

int app_export_save(struct app_session *session, const struct app_export_settings *settings,
                    const char *path)
{
    struct app_save save;
    int status = app_save_begin(&save, path);
    if (!status)
        status = app_save_end(&save, app_export_write(session, settings, save.file));
    return status == FB_ERR_IO && !strstr(fb_error_text(), path) ? fb_fail_context(status, "%s", path) : status;
}

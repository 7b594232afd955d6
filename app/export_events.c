/* See export_events.h. A stretch is a time in which a student shows one expression, or is not sure;
 * it ends when that changes or when the student has not been in the rows for two seconds. */
#include "export_events.h"

#include "base/clock.h"
#include "xml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define GAP_NS (2 * FB_NS_PER_S)

struct stretch {
    int student, expression;
    int64_t start_ns, end_ns;
    int64_t first_frame, last_frame;
};

struct marker {
    int64_t time_ns;
    char text[APP_SESSION_TEXT_BYTES];
};

struct student {
    int student;
    int open; /* index of the stretch that is going on, or -1 */
    char name[APP_SESSION_TEXT_BYTES];
};

/* Three growing arrays, read from the session before anything is written. */
struct events {
    struct stretch *stretches;
    struct marker *markers;
    struct student *students;
    int n_stretches, n_markers, n_students;
    int stretch_capacity, marker_capacity, student_capacity;
    int only; /* student; 0: all */
    char started_at[64];
    int64_t last_frame_ns, frame_ns; /* of the last frame; the time it is taken to last */
};

/* Room for one more item of item_bytes in *items. */
static int grow(void **items, int n, int *capacity, size_t item_bytes)
{
    if (n < *capacity)
        return FB_OK;
    int more = *capacity ? 2 * *capacity : 64;
    void *grown = realloc(*items, (size_t)more * item_bytes);
    if (!grown)
        return fb_fail_nomem("the export", (size_t)more * item_bytes);
    *items = grown;
    *capacity = more;
    return FB_OK;
}

static int add_student(void *user, int number, const char *name)
{
    struct events *events = user;
    if (events->only && events->only != number)
        return FB_OK;
    void *items = events->students;
    int status =
        grow(&items, events->n_students, &events->student_capacity, sizeof *events->students);
    events->students = items;
    if (status)
        return status;
    struct student *student = &events->students[events->n_students++];
    student->student = number;
    student->open = -1;
    if (*name)
        snprintf(student->name, sizeof student->name, "%s", name);
    else
        snprintf(student->name, sizeof student->name, "Student %d", number);
    return FB_OK;
}

static int add_marker(void *user, int64_t pts_ns, const char *text, const char *wall)
{
    struct events *events = user;
    (void)wall;
    void *items = events->markers;
    int status = grow(&items, events->n_markers, &events->marker_capacity, sizeof *events->markers);
    events->markers = items;
    if (status)
        return status;
    struct marker *marker = &events->markers[events->n_markers++];
    marker->time_ns = pts_ns;
    snprintf(marker->text, sizeof marker->text, "%s", text);
    return FB_OK;
}

static int open_stretch(struct events *events, struct student *student,
                        const struct mon_observation *observation, int expression)
{
    void *items = events->stretches;
    int status =
        grow(&items, events->n_stretches, &events->stretch_capacity, sizeof *events->stretches);
    events->stretches = items;
    if (status)
        return status;
    student->open = events->n_stretches;
    events->stretches[events->n_stretches++] = (struct stretch){
        .student = student->student,
        .expression = expression,
        .start_ns = observation->pts_ns,
        .end_ns = observation->pts_ns + events->frame_ns,
        .first_frame = observation->frame_index,
        .last_frame = observation->frame_index,
    };
    return FB_OK;
}

static int add_face(struct events *events, struct student *student,
                    const struct mon_observation *observation, const struct mon_face *face)
{
    struct stretch *open = student->open >= 0 ? &events->stretches[student->open] : NULL;
    bool goes_on = open && observation->pts_ns - open->end_ns <= GAP_NS;
    if (goes_on) /* up to here it was what it was, or it ends where the next one starts */
        open->end_ns = observation->pts_ns;
    if (!goes_on || open->expression != face->expression)
        return open_stretch(events, student, observation, face->expression);
    open->end_ns += events->frame_ns;
    open->last_frame = observation->frame_index;
    return FB_OK;
}

static int add_frame(void *user, const struct mon_observation *observation)
{
    struct events *events = user;
    int64_t since_ns = observation->pts_ns - events->last_frame_ns;
    events->frame_ns = since_ns > 0 && since_ns <= GAP_NS ? since_ns : FB_NS_PER_S / 25;
    events->last_frame_ns = observation->pts_ns;
    int status = FB_OK;
    for (int i = 0, s = 0; i < observation->n_faces && !status; i++) {
        while (s < events->n_students &&
               events->students[s].student < observation->faces[i].student)
            s++; /* both are sorted by student */
        if (s < events->n_students && events->students[s].student == observation->faces[i].student)
            status = add_face(events, &events->students[s], observation, &observation->faces[i]);
    }
    return status;
}

static int by_start(const void *a, const void *b)
{
    const struct stretch *x = a, *y = b;
    if (x->start_ns != y->start_ns)
        return x->start_ns < y->start_ns ? -1 : 1;
    return (x->student > y->student) - (x->student < y->student);
}

static const char *name_of(const struct events *events, int student)
{
    for (int i = 0; i < events->n_students; i++)
        if (events->students[i].student == student)
            return events->students[i].name;
    return "";
}

/* ---- WebVTT ---- */

static void vtt_time(FILE *file, int64_t time_ns)
{
    long long ms = (time_ns > 0 ? time_ns : 0) / FB_NS_PER_MS;
    fprintf(file, "%02lld:%02lld:%02lld.%03lld", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60,
            ms % 1000);
}

static void vtt_cue(FILE *file, int64_t start_ns, int64_t end_ns)
{
    if (end_ns < start_ns + FB_NS_PER_MS)
        end_ns = start_ns + FB_NS_PER_MS; /* a cue must last */
    vtt_time(file, start_ns);
    fputs(" --> ", file);
    vtt_time(file, end_ns);
    fputc('\n', file);
}

/* Line breaks would end the cue. */
static void one_line(char *text)
{
    for (; *text; text++)
        if (*text == '\n' || *text == '\r' || *text == '\t')
            *text = ' ';
}

static void write_vtt(const struct events *events, FILE *file)
{
    fputs("WEBVTT\n\nNOTE " APP_EXPORT_NOTE "\n\n", file);
    for (int i = 0; i < events->n_stretches; i++) {
        const struct stretch *stretch = &events->stretches[i];
        if (stretch->expression < 0)
            continue;
        vtt_cue(file, stretch->start_ns, stretch->end_ns);
        fputs("<v ", file);
        app_xml_text(file, name_of(events, stretch->student));
        fprintf(file, ">%s\n\n", fb_expression_name(stretch->expression));
    }
    for (int i = 0; i < events->n_markers; i++) {
        vtt_cue(file, events->markers[i].time_ns, events->markers[i].time_ns + FB_NS_PER_S);
        app_xml_text(file, events->markers[i].text);
        fputs("\n\n", file);
    }
}

/* ---- ELAN ---- */

/* Two slots a stretch or marker, in the order of the arrays; ELAN takes them in any order. */
static void eaf_slots(const struct events *events, FILE *file)
{
    int slot = 0;
    fputs("<TIME_ORDER>\n", file);
    for (int i = 0; i < events->n_stretches + events->n_markers; i++) {
        bool is_stretch = i < events->n_stretches;
        int64_t start_ns = is_stretch ? events->stretches[i].start_ns
                                      : events->markers[i - events->n_stretches].time_ns;
        int64_t end_ns = is_stretch ? events->stretches[i].end_ns : start_ns + FB_NS_PER_S;
        long long start_ms = start_ns > 0 ? start_ns / FB_NS_PER_MS : 0;
        long long end_ms = end_ns > 0 ? end_ns / FB_NS_PER_MS : 0;
        if (end_ms <= start_ms)
            end_ms = start_ms + 1;
        fprintf(file, "<TIME_SLOT TIME_SLOT_ID=\"ts%d\" TIME_VALUE=\"%lld\"/>\n", ++slot, start_ms);
        fprintf(file, "<TIME_SLOT TIME_SLOT_ID=\"ts%d\" TIME_VALUE=\"%lld\"/>\n", ++slot, end_ms);
    }
    fputs("</TIME_ORDER>\n", file);
}

static void eaf_annotation(FILE *file, int index, const char *value)
{
    fprintf(file,
            "<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID=\"a%d\" TIME_SLOT_REF1=\"ts%d\" "
            "TIME_SLOT_REF2=\"ts%d\"><ANNOTATION_VALUE>",
            index + 1, 2 * index + 1, 2 * index + 2);
    app_xml_text(file, value);
    fputs("</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>\n", file);
}

/* Tier names must differ, so the number is in them. */
static void eaf_tier(FILE *file, int student, const char *name)
{
    fputs("<TIER LINGUISTIC_TYPE_REF=\"default-lt\" TIER_ID=\"", file);
    if (student)
        fprintf(file, "%d ", student);
    app_xml_text(file, name);
    fputs("\">\n", file);
}

static void write_eaf(const struct events *events, FILE *file)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<ANNOTATION_DOCUMENT AUTHOR=\"feltboard " FB_VERSION "\" "
          "DATE=\"",
          file);
    app_xml_text(file, events->started_at);
    fputs("\" FORMAT=\"3.0\" VERSION=\"3.0\">\n"
          "<HEADER MEDIA_FILE=\"\" TIME_UNITS=\"milliseconds\">\n"
          "<PROPERTY NAME=\"note\">" APP_EXPORT_NOTE "</PROPERTY>\n</HEADER>\n",
          file);
    eaf_slots(events, file);
    for (int s = 0; s < events->n_students; s++) {
        eaf_tier(file, events->students[s].student, events->students[s].name);
        for (int i = 0; i < events->n_stretches; i++)
            if (events->stretches[i].student == events->students[s].student)
                eaf_annotation(file, i, fb_expression_name(events->stretches[i].expression));
        fputs("</TIER>\n", file);
    }
    eaf_tier(file, 0, "markers");
    for (int i = 0; i < events->n_markers; i++)
        eaf_annotation(file, events->n_stretches + i, events->markers[i].text);
    fputs("</TIER>\n<LINGUISTIC_TYPE GRAPHIC_REFERENCES=\"false\" "
          "LINGUISTIC_TYPE_ID=\"default-lt\" TIME_ALIGNABLE=\"true\"/>\n</ANNOTATION_DOCUMENT>\n",
          file);
}

/* ---- BORIS ---- */

static void seconds(FILE *file, int64_t time_ns)
{
    long long ms = (time_ns > 0 ? time_ns : 0) / FB_NS_PER_MS;
    fprintf(file, "%lld.%03lld", ms / 1000, ms % 1000);
}

/* BORIS' aggregated events: a line per state event, and markers as point events. */
static void write_boris(const struct events *events, FILE *file)
{
    fputs("Subject\tBehavior\tBehavior type\tStart (s)\tStop (s)\tDuration (s)\tImage index start\t"
          "Image index stop\tComment start\n",
          file);
    for (int i = 0; i < events->n_stretches; i++) {
        const struct stretch *stretch = &events->stretches[i];
        fprintf(file, "%s\t%s\tSTATE\t", name_of(events, stretch->student),
                fb_expression_name(stretch->expression));
        seconds(file, stretch->start_ns);
        fputc('\t', file);
        seconds(file, stretch->end_ns);
        fputc('\t', file);
        seconds(file, stretch->end_ns - stretch->start_ns);
        fprintf(file, "\t%lld\t%lld\t\n", (long long)stretch->first_frame,
                (long long)stretch->last_frame);
    }
    for (int i = 0; i < events->n_markers; i++) {
        fputs("No focal subject\tmarker\tPOINT\t", file);
        seconds(file, events->markers[i].time_ns);
        fputc('\t', file);
        seconds(file, events->markers[i].time_ns);
        fprintf(file, "\tNA\t\t\t%s\n", events->markers[i].text);
    }
}

static int collect(struct app_session *session, struct events *events)
{
    int status =
        app_session_fact(session, "started_at", events->started_at, sizeof events->started_at);
    if (!status)
        status = app_session_each_student(session, add_student, events);
    if (!status)
        status = app_session_each_marker(session, add_marker, events);
    events->last_frame_ns = INT64_MIN / 2;
    if (!status)
        status = app_session_each(session, INT64_MIN / 2, INT64_MAX / 2, add_frame, events);
    if (!status && events->n_stretches)
        qsort(events->stretches, (size_t)events->n_stretches, sizeof *events->stretches, by_start);
    for (int i = 0; i < events->n_students; i++)
        one_line(events->students[i].name);
    for (int i = 0; i < events->n_markers; i++)
        one_line(events->markers[i].text);
    return status;
}

int app_export_events(struct app_session *session, const struct app_export_settings *settings,
                      FILE *file)
{
    struct events events = {.only = settings->student};
    int status = collect(session, &events);
    if (!status && settings->format == APP_EXPORT_VTT)
        write_vtt(&events, file);
    else if (!status && settings->format == APP_EXPORT_EAF)
        write_eaf(&events, file);
    else if (!status)
        write_boris(&events, file);
    free(events.stretches);
    free(events.markers);
    free(events.students);
    if (!status && ferror(file))
        status = fb_fail(FB_ERR_IO, "writing the export: %s", strerror(errno));
    return status;
}

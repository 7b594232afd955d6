/* ELAN's annotation format 3.0 (.eaf): a tier per student, one of markers. Its schema: header, time
 * slots, tiers, linguistic types in that order; slots and annotations with ids of their own. */
#include "export_events.h"

#include "base/clock.h"
#include "xml.h"

/* Two slots a stretch or marker, in the order of the arrays; ELAN takes them in any order. */
static void write_slots(const struct app_stretches *events, FILE *file)
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

static void write_annotation(FILE *file, int index, const char *value)
{
    fprintf(file,
            "<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID=\"a%d\" TIME_SLOT_REF1=\"ts%d\" "
            "TIME_SLOT_REF2=\"ts%d\"><ANNOTATION_VALUE>",
            index + 1, 2 * index + 1, 2 * index + 2);
    app_xml_text(file, value);
    fputs("</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>\n", file);
}

/* Tier names must differ, so the number is in them. */
static void begin_tier(FILE *file, int student, const char *name)
{
    fputs("<TIER LINGUISTIC_TYPE_REF=\"default-lt\" TIER_ID=\"", file);
    if (student)
        fprintf(file, "%d ", student);
    app_xml_text(file, name);
    fputs("\">\n", file);
}

static void write_head(const struct app_stretches *events, FILE *file)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<ANNOTATION_DOCUMENT AUTHOR=\"feltboard " FB_VERSION "\" DATE=\"",
          file);
    /* the schema wants a date here, whatever the session lacks */
    app_xml_text(file, *events->started_at ? events->started_at : "1970-01-01T00:00:00+00:00");
    fputs("\" FORMAT=\"3.0\" VERSION=\"3.0\" "
          "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
          "xsi:noNamespaceSchemaLocation=\"http://www.mpi.nl/tools/elan/EAFv3.0.xsd\">\n"
          "<HEADER MEDIA_FILE=\"\" TIME_UNITS=\"milliseconds\">\n",
          file);
    if (*events->video) {
        fputs("<MEDIA_DESCRIPTOR MEDIA_URL=\"", file);
        app_xml_text(file, events->video);
        fputs("\" RELATIVE_MEDIA_URL=\"./", file);
        app_xml_text(file, events->video);
        fputs("\" MIME_TYPE=\"video/x-matroska\"/>\n", file);
    }
    fputs("<PROPERTY NAME=\"note\">" APP_EXPORT_NOTE "</PROPERTY>\n</HEADER>\n", file);
}

void app_export_elan(const struct app_stretches *events, FILE *file)
{
    write_head(events, file);
    write_slots(events, file);
    for (int s = 0; s < events->n_students; s++) {
        begin_tier(file, events->students[s].student, events->students[s].name);
        for (int i = 0; i < events->n_stretches; i++)
            if (events->stretches[i].student == events->students[s].student)
                write_annotation(file, i, fb_expression_name(events->stretches[i].expression));
        fputs("</TIER>\n", file);
    }
    begin_tier(file, 0, "markers");
    for (int i = 0; i < events->n_markers; i++)
        write_annotation(file, events->n_stretches + i, events->markers[i].text);
    fputs("</TIER>\n<LINGUISTIC_TYPE GRAPHIC_REFERENCES=\"false\" "
          "LINGUISTIC_TYPE_ID=\"default-lt\" TIME_ALIGNABLE=\"true\"/>\n</ANNOTATION_DOCUMENT>\n",
          file);
}

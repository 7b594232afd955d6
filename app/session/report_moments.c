/* See report_moments.h. What changed is said in shares and words; why, nobody here can say. */
#include "report_moments.h"

#include "base/words.h"
#include "report_chart.h"
#include "report_words.h"
#include "save.h"
#include "xml.h"

#include <stdlib.h>

#define TOLD .1F /* changes of a share from here on are named */

static void put_base64(FILE *file, const unsigned char *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        unsigned group = (unsigned)bytes[i] << 16 | (i + 1 < n ? (unsigned)bytes[i + 1] << 8 : 0) |
                         (i + 2 < n ? bytes[i + 2] : 0);
        fputc(digits[group >> 18], file);
        fputc(digits[group >> 12 & 63], file);
        fputc(i + 1 < n ? digits[group >> 6 & 63] : '=', file);
        fputc(i + 2 < n ? digits[group & 63] : '=', file);
    }
}

static void put_picture(FILE *file, int64_t time_ns, const struct app_report_settings *settings)
{
    unsigned char *jpeg = NULL;
    size_t n_bytes = 0;
    if (settings->picture(settings->user, time_ns, &jpeg, &n_bytes))
        return;
    fputs("<img alt=\"\" src=\"data:image/jpeg;base64,", file);
    put_base64(file, jpeg, n_bytes);
    fputs("\"/>", file);
    free(jpeg);
}

static void put_bar(FILE *file, const struct mon_class_cell *cell)
{
    double shares[FB_EXPRESSION_COUNT];
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        shares[i] = (double)cell->share[i];
    app_chart_shares(file, shares, (double)cell->not_sure);
}

static bool put_change(FILE *file, const char *name, float before, float after, bool is_first)
{
    if (after - before < TOLD && before - after < TOLD)
        return false;
    fprintf(file, "%s%s ", is_first ? "" : ", ", name);
    app_put_decimal(file, 100 * (double)before, 0);
    fputs(" \xe2\x86\x92 ", file);
    app_put_decimal(file, 100 * (double)after, 0);
    fputs("\xc2\xa0%", file);
    return true;
}

static void put_moment(FILE *file, const struct app_moment *moment,
                       const struct app_report_settings *settings)
{
    bool is_first = true;
    fputs("<li><strong>", file);
    app_chart_time(file, (double)moment->time_ns / 1e9);
    char text[64];
    snprintf(text, sizeof text, PLURAL("of %.0f face", "of %.0f faces", (int)moment->after.n_faces), (double)moment->after.n_faces);
    fputs("</strong> <span class=\"small\">", file);
    app_xml_text(file, text);
    fputs("</span>", file);
    if (settings && settings->picture)
        put_picture(file, moment->time_ns, settings);
    put_bar(file, &moment->before);
    put_bar(file, &moment->after);
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        if (put_change(file, app_report_name(i), moment->before.share[i], moment->after.share[i],
                       is_first))
            is_first = false;
    put_change(file, app_report_name(MON_NOT_SURE), moment->before.not_sure, moment->after.not_sure, is_first);
    fputs("</li>\n", file);
}

void app_report_moments(FILE *file, const struct app_moment *moments, int n,
                        const struct app_report_settings *settings)
{
    app_report_heading(file, _("When the class changed most"));
    app_report_note(file, _("Times around which the shares differed most: the six seconds before (upper bar) and after (lower "
                            "bar). A joke, a question and a passing lorry look the same here."));
    fputs("<ol class=\"moments\">\n", file);
    for (int i = 0; i < n; i++)
        put_moment(file, &moments[i], settings);
    fputs("</ol>\n", file);
}

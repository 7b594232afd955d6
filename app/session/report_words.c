/* See report_words.h. */
#include "report_words.h"

#include "base/expression.h"
#include "base/words.h"
#include "xml.h"

const char *app_report_name(int state)
{
    return _(fb_expression_name(state));
}

void app_report_heading(FILE *file, const char *text)
{
    fputs("<h2>", file);
    app_xml_text(file, text);
    fputs("</h2>\n", file);
}

void app_report_note(FILE *file, const char *text)
{
    fputs("<p class=\"small\">", file);
    app_xml_text(file, text);
    fputs("</p>\n", file);
}

void app_report_heads(FILE *file, const char *const *texts, int n)
{
    fputs("<tr>", file);
    for (int i = 0; i < n; i++) {
        fputs(texts[i][0] == '#' ? "<th class=\"n\">" : "<th>", file);
        app_xml_text(file, texts[i] + (texts[i][0] == '#'));
        fputs("</th>", file);
    }
    fputs("</tr>\n", file);
}

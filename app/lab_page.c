/* The page of evaluate and compare: tables with the numbers, bars behind them, no scripts, nothing
 * fetched. */
#include "lab_eval.h"

#include "nn/disturb.h"
#include "xml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>feltlab evaluation</title>\n<style>\n"
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;"
    "padding:0 1rem}\nh1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}\n"
    "table{border-collapse:collapse;margin:.7rem 0}th,td{padding:.25rem .7rem;text-align:right;"
    "border-bottom:1px solid #8884}\nth:first-child,td:first-child{text-align:left}\n"
    ".bar{background:linear-gradient(90deg,#3b82f666 var(--w),transparent 0)}\n"
    ".cell{background:rgb(59 130 246/var(--a))}\n.note{color:#777}\n</style></head><body>\n";

static void write_summary(FILE *file, const struct app_lab_result *results, int n)
{
    fputs("<table><tr><th>model</th><th>accuracy</th><th>95 % interval</th><th>macro-F1</th><th>ECE</th>"
          "<th>NLL</th><th>binary accuracy</th><th>ms a face</th>", file);
    fputs(n > 1 ? "<th>p, same as first</th></tr>\n" : "</tr>\n", file);
    for (int i = 0; i < n; i++) {
        const struct nn_metrics *m = &results[i].metrics;
        fputs("<tr><td>", file);
        app_xml_text(file, results[i].model);
        fprintf(file, "</td><td class=\"bar\" style=\"--w:%.1f%%\">%.4f</td><td>%.4f to %.4f</td><td>%.4f</td>"
                "<td>%.4f</td><td>%.4f</td><td>%.4f</td><td>%.3f</td>", 100.0 * m->accuracy, m->accuracy,
                m->ci_low, m->ci_high, m->macro_f1, m->ece, m->nll, m->binary_accuracy,
                results[i].ms_per_face);
        if (n > 1 && i)
            fprintf(file, "<td>%.4f</td>", app_lab_mcnemar(&results[0], &results[i]));
        fputs(n > 1 && !i ? "<td></td></tr>\n" : "</tr>\n", file);
    }
    fputs("</table>\n", file);
}

static void write_classes(FILE *file, const struct nn_metrics *m)
{
    fputs("<table><tr><th>expression</th><th>n</th><th>recall</th><th>precision</th><th>F1</th></tr>\n", file);
    for (int c = 0; c < FB_EXPRESSION_COUNT; c++) {
        const struct nn_class_metrics *class = &m->per_class[c];
        fprintf(file, "<tr><td>%s</td><td>%d</td><td class=\"bar\" style=\"--w:%.0f%%\">%.3f</td><td>%.3f</td>"
                "<td>%.3f</td></tr>\n", fb_expression_name(c), class->n, 100.0 * class->recall,
                class->recall, class->precision, class->f1);
    }
    fputs("</table>\n", file);
}

static void write_confusion(FILE *file, const struct nn_metrics *m)
{
    fputs("<table><tr><th>label \\ answer</th>", file);
    for (int c = 0; c < FB_EXPRESSION_COUNT; c++)
        fprintf(file, "<th>%s</th>", fb_expression_name(c));
    fputs("</tr>\n", file);
    for (int label = 0; label < FB_EXPRESSION_COUNT; label++) {
        int n = m->per_class[label].n;
        fprintf(file, "<tr><td>%s</td>", fb_expression_name(label));
        for (int c = 0; c < FB_EXPRESSION_COUNT; c++)
            fprintf(file, "<td class=\"cell\" style=\"--a:%.2f\">%d</td>",
                    n ? 0.8 * m->confusion[label][c] / n : 0.0, m->confusion[label][c]);
        fputs("</tr>\n", file);
    }
    fputs("</table>\n", file);
}

static void write_disturbances(FILE *file, const struct app_lab_result *result)
{
    if (!result->n_disturbances)
        return;
    fputs("<h3>Disturbed crops</h3>\n<table><tr><th>disturbance</th><th>accuracy</th><th>change</th></tr>\n", file);
    for (int i = 0; i < result->n_disturbances; i++)
        fprintf(file, "<tr><td>%s</td><td class=\"bar\" style=\"--w:%.1f%%\">%.4f</td><td>%+.4f</td></tr>\n",
                nn_disturb_name(i), 100.0 * result->disturbed[i], result->disturbed[i],
                result->disturbed[i] - result->disturbed[0]);
    fputs("</table>\n", file);
}

static void write_body(FILE *file, const struct app_lab_result *results, int n)
{
    fputs(n > 1 ? "<h1>Models compared</h1>\n<p>" : "<h1>Model evaluated</h1>\n<p>", file);
    app_xml_text(file, results->data);
    fprintf(file, ": %s, protocol %s, n = %d", results->split, results->protocol, results->metrics.n);
    if (results->metrics.n_missed)
        fprintf(file, ", of which no face was found in %d (they count as wrong)", results->metrics.n_missed);
    fputs(".</p>\n<p class=\"note\">The labels are votes of people about pictures. Two panels of five such "
          "people agree with each other on 87 % of FER+'s majority test set; no number here says what "
          "anyone felt.</p>\n", file);
    write_summary(file, results, n);
    for (int i = 0; i < n; i++) {
        fputs("<h2>", file);
        app_xml_text(file, results[i].model);
        fputs("</h2>\n", file);
        write_classes(file, &results[i].metrics);
        write_confusion(file, &results[i].metrics);
        write_disturbances(file, &results[i]);
    }
    fputs("</body></html>\n", file);
}

int app_lab_write_page(const char *path, const struct app_lab_result *results, int n)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return fb_fail(FB_ERR_IO, "%s: %s; check the path", path, strerror(errno));
    fputs(head, file);
    write_body(file, results, n);
    bool is_failed = ferror(file);
    if (fclose(file) || is_failed)
        return fb_fail(FB_ERR_IO, "%s: could not be written: %s", path, strerror(errno));
    return FB_OK;
}

/* The page of evaluate and compare: what there is to know about one model, or several side by side. Pictures of real faces
 * are in it: it is for the one who asked. */
#include "lab_eval.h"

#include "lab_html.h"
#include "lab_svg.h"
#include "nn/csv.h"
#include "nn/disturb.h"
#include "xml.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { K = FB_EXPRESSION_COUNT, MAX_SHOWN = 48, MAX_EPOCHS = 4096 };

/* The file's name: two models may be called the same inside. */
static const char *name_of(const struct app_lab_result *result)
{
    const char *slash = strrchr(result->model, '/');
    return slash ? slash + 1 : result->model;
}

static const char *const *expression_names(void)
{
    static const char *names[K];
    for (int i = 0; i < K; i++)
        names[i] = fb_expression_name(i);
    return names;
}

static void card(FILE *file, const char *name, double value, int n_decimals, const char *note)
{
    fprintf(file, "<div class=\"card\"><b>%.*f</b><span>%s%s%s</span></div>\n", n_decimals, value, name, *note ? "<br>" : "", note);
}

static void write_cards(FILE *file, const struct app_lab_result *result)
{
    const struct nn_metrics *m = &result->metrics;
    char text[64];
    fputs("<div class=\"cards\">", file);
    snprintf(text, sizeof text, "%.4f to %.4f, n = %d", m->ci_low, m->ci_high, m->n);
    card(file, "accuracy", m->accuracy, 4, text);
    card(file, "macro-F1", m->macro_f1, 4, "");
    card(file, "calibration error", m->ece, 4, "15 bins");
    card(file, "NLL", m->nll, 4, "");
    card(file, "binary accuracy", m->binary_accuracy, 4, "0.875 says nothing");
    card(file, "ms a face", result->ms_per_face, 2, result->is_flipped ? "with its mirror image" : "");
    fputs("</div>\n", file);
}

static void write_classes(FILE *file, const struct nn_metrics *m)
{
    static const char *const series[] = {"recall", "precision", "F1"};
    struct app_svg_row rows[K];
    char notes[K][24];
    for (int c = 0; c < K; c++) {
        const struct nn_class_metrics *class = &m->per_class[c];
        snprintf(notes[c], sizeof notes[c], "n = %d", class->n);
        rows[c] = (struct app_svg_row){fb_expression_name(c), notes[c], {class->recall, class->precision, class->f1}};
    }
    fputs("<div><h3>Each expression</h3>\n", file);
    app_svg_bars(file, rows, K, series, 3, 1, 3);
    fputs("</div>\n", file);
}

static void write_confusion(FILE *file, const struct nn_metrics *m)
{
    fputs("<div><h3>Confusion</h3><p class=\"note\">Rows: what people saw. Columns: the answer. Shaded by the share of the row.</p>\n", file);
    app_svg_matrix(file, &m->confusion[0][0], K, expression_names());
    fputs("</div>\n", file);
}

static void reliability_line(const struct nn_confidence *c, double x[NN_ECE_BINS], double y[NN_ECE_BINS], double counts[NN_ECE_BINS])
{
    for (int i = 0; i < NN_ECE_BINS; i++) {
        counts[i] = c->bins[i].n;
        x[i] = c->bins[i].confidence;
        y[i] = c->bins[i].n ? c->bins[i].accuracy : NAN;
    }
}

static void coverage_line(const struct nn_confidence *c, double x[NN_COVERAGE_STEPS], double y[NN_COVERAGE_STEPS])
{
    for (int i = 0; i < NN_COVERAGE_STEPS; i++) {
        x[i] = c->coverage[i].share;
        y[i] = c->coverage[i].accuracy;
    }
}

/* Reliability and accuracy over coverage, a line a model. */
static void write_confidence(FILE *file, const struct app_lab_result *results, int n)
{
    double x[2][APP_SVG_MAX_SERIES][NN_COVERAGE_STEPS], y[2][APP_SVG_MAX_SERIES][NN_COVERAGE_STEPS], lowest = 1;
    double counts[APP_SVG_MAX_SERIES][NN_ECE_BINS];
    struct app_svg_line lines[2][APP_SVG_MAX_SERIES];
    n = n > APP_SVG_MAX_SERIES ? APP_SVG_MAX_SERIES : n;
    for (int i = 0; i < n; i++) {
        reliability_line(&results[i].confidence, x[0][i], y[0][i], counts[i]);
        coverage_line(&results[i].confidence, x[1][i], y[1][i]);
        for (int j = 0; j < NN_COVERAGE_STEPS; j++)
            lowest = fmin(lowest, y[1][i][j]);
        lines[0][i] = (struct app_svg_line){name_of(&results[i]), x[0][i], y[0][i], NN_ECE_BINS, counts[i]};
        lines[1][i] = (struct app_svg_line){name_of(&results[i]), x[1][i], y[1][i], NN_COVERAGE_STEPS, NULL};
    }
    const struct app_svg_axes reliability = {"Reliability (area: number of faces)", "confidence", "accuracy", 0, 1, 0, 1, true, 440};
    const struct app_svg_axes coverage = {"Accuracy of the surest", "share of the faces that get an answer", "accuracy", 0, 1,
                                          fmin(floor(lowest * 20) / 20, 0.95), 1, false, 440};
    fputs("<div class=\"row\">", file);
    app_svg_lines(file, &reliability, lines[0], n);
    app_svg_lines(file, &coverage, lines[1], n);
    fputs("</div>\n", file);
}

static void write_disturbances(FILE *file, const struct app_lab_result *result)
{
    struct app_svg_row rows[APP_LAB_MAX_DISTURBANCES];
    char notes[APP_LAB_MAX_DISTURBANCES][16];
    if (!result->n_disturbances)
        return;
    for (int i = 0; i < result->n_disturbances; i++) {
        snprintf(notes[i], sizeof notes[i], "%+.1f", 100 * (result->disturbed[i] - result->disturbed[0]));
        rows[i] = (struct app_svg_row){nn_disturb_name(i), notes[i], {result->disturbed[i]}};
    }
    fputs("<h3>Disturbed crops</h3><p class=\"note\">Accuracy, and the change in points.</p>\n", file);
    app_svg_bars(file, rows, result->n_disturbances, NULL, 1, 1, 4);
}

/* --- the training's log, if it lies beside the model --- */

struct training_log {
    int n;
    double epoch[MAX_EPOCHS], train_accuracy[MAX_EPOCHS], valid_accuracy[MAX_EPOCHS], train_loss[MAX_EPOCHS], valid_loss[MAX_EPOCHS];
};

static int read_log_lines(struct nn_csv *csv, struct training_log *log)
{
    static const char *const names[] = {"epoch", "train_accuracy", "valid_accuracy", "train_loss", "valid_loss"};
    double *const columns[] = {log->epoch, log->train_accuracy, log->valid_accuracy, log->train_loss, log->valid_loss};
    int fields[5];
    for (int i = 0; i < 5; i++)
        if ((fields[i] = nn_csv_column(csv, names[i])) < 0)
            return fb_fail(FB_ERR_INPUT, "%s: no column %s", csv->path, names[i]);
    for (bool has_line; log->n < MAX_EPOCHS; log->n++) {
        int status = nn_csv_next(csv, &has_line);
        if (status || !has_line)
            return status;
        for (int i = 0; i < 5; i++)
            columns[i][log->n] = fields[i] < csv->n_fields ? strtod(csv->fields[fields[i]], NULL) : NAN;
    }
    return FB_OK;
}

static bool read_log(const char *model, struct training_log *log)
{
    char path[4096];
    const char *dot = strrchr(model, '.');
    int n_stem = dot ? (int)(dot - model) : (int)strlen(model);
    struct nn_csv csv;
    log->n = 0;
    if ((size_t)snprintf(path, sizeof path, "%.*s.csv", n_stem, model) >= sizeof path)
        return false;
    int status = nn_csv_open(&csv, path);
    if (!status)
        status = read_log_lines(&csv, log);
    nn_csv_finish(&csv);
    return !status && log->n > 1;
}

static void write_training(FILE *file, const char *model)
{
    struct training_log *log = malloc(sizeof *log);
    if (log && read_log(model, log)) {
        double most = 0, least = 1;
        for (int i = 0; i < log->n; i++) {
            most = fmax(most, fmax(log->train_loss[i], log->valid_loss[i]));
            least = fmin(least, fmin(log->train_accuracy[i], log->valid_accuracy[i]));
        }
        const struct app_svg_line accuracy[] = {{"training", log->epoch, log->train_accuracy, log->n, NULL},
                                                {"validation", log->epoch, log->valid_accuracy, log->n, NULL}};
        const struct app_svg_line loss[] = {{"training", log->epoch, log->train_loss, log->n, NULL},
                                            {"validation", log->epoch, log->valid_loss, log->n, NULL}};
        double last = log->epoch[log->n - 1], first = log->epoch[0];
        const struct app_svg_axes left = {"Accuracy", "epoch", "", first, last, floor(least * 10) / 10, 1, false, 440};
        const struct app_svg_axes right = {"Loss", "epoch", "", first, last, 0, fmax(most, 1e-6) * 1.05, false, 440};
        fputs("<h3>Training</h3><p class=\"note\">Training figures are of augmented, mixed pictures and their own kind of label.</p>"
              "<div class=\"row\">", file);
        app_svg_lines(file, &left, accuracy, 2);
        app_svg_lines(file, &right, loss, 2);
        fputs("</div>\n", file);
    }
    free(log);
}

/* --- faces --- */

struct shown {
    int index;
    float confidence;
};

static int surest_first(const void *a, const void *b)
{
    float x = ((const struct shown *)a)->confidence, y = ((const struct shown *)b)->confidence;
    return (x < y) - (x > y);
}

static int largest(const float p[K])
{
    int best = 0;
    for (int i = 1; i < K; i++)
        best = p[i] > p[best] ? i : best;
    return best;
}

static int write_face(FILE *file, const struct app_lab_result *result, int i, const char *caption)
{
    int side = result->faces.side, label = result->faces.label[i];
    fputs("<figure>", file);
    int status = app_html_picture(file, result->faces.crops + (size_t)i * (size_t)(side * side), side, side, 80,
                                  fb_expression_name(label));
    fprintf(file, "<figcaption>%s</figcaption></figure>\n", caption);
    return status;
}

static int write_mistakes(FILE *file, const struct app_lab_result *result)
{
    struct shown *shown = calloc((size_t)result->n_faces, sizeof *shown);
    int n = 0, status = shown ? FB_OK : fb_fail_nomem("mistakes", (size_t)result->n_faces * sizeof *shown);
    for (int i = 0; i < result->n_faces && shown; i++)
        if (!result->is_correct[i])
            shown[n++] = (struct shown){i, result->p[i][largest(result->p[i])]};
    if (shown)
        qsort(shown, (size_t)n, sizeof *shown, surest_first);
    fputs("<h3>Most confident mistakes</h3><p class=\"note\">What people saw, then the answer and its probability.</p><div class=\"faces\">\n", file);
    for (int i = 0; i < n && i < MAX_SHOWN && !status; i++) {
        char caption[96];
        int index = shown[i].index;
        snprintf(caption, sizeof caption, "%s<br>%s %.2f", fb_expression_name(result->faces.label[index]),
                 fb_expression_name(largest(result->p[index])), (double)shown[i].confidence);
        status = write_face(file, result, index, caption);
    }
    fputs("</div>\n", file);
    free(shown);
    return status;
}

/* --- several models --- */

static void write_summary(FILE *file, const struct app_lab_result *results, int n)
{
    static const char *const header[] = {"model", "accuracy", "95 % interval", "macro-F1", "ECE", "NLL", "binary accuracy",
                                         "ms a face", "p, same as first", NULL};
    fputs("<table>", file);
    app_html_header(file, header);
    for (int i = 0; i < n; i++) {
        const struct nn_metrics *m = &results[i].metrics;
        fputs("<tr><td>", file);
        app_xml_text(file, results[i].model);
        fprintf(file, "</td><td>%.4f</td><td>%.4f to %.4f</td><td>%.4f</td><td>%.4f</td><td>%.4f</td><td>%.4f</td>"
                "<td>%.3f</td><td>", m->accuracy, m->ci_low, m->ci_high, m->macro_f1, m->ece, m->nll, m->binary_accuracy,
                results[i].ms_per_face);
        if (i)
            fprintf(file, "%.4f", app_lab_mcnemar(&results[0], &results[i]));
        fputs("</td></tr>\n", file);
    }
    fputs("</table>\n", file);
}

/* F1 of each expression, a bar a model. */
static void write_class_comparison(FILE *file, const struct app_lab_result *results, int n)
{
    const char *series[APP_SVG_MAX_SERIES];
    struct app_svg_row rows[K];
    n = n > APP_SVG_MAX_SERIES ? APP_SVG_MAX_SERIES : n;
    for (int i = 0; i < n; i++)
        series[i] = name_of(&results[i]);
    for (int c = 0; c < K; c++) {
        rows[c] = (struct app_svg_row){.label = fb_expression_name(c)};
        for (int i = 0; i < n; i++)
            rows[c].values[i] = results[i].metrics.per_class[c].f1;
    }
    fputs("<h3>F1 of each expression</h3>\n", file);
    app_svg_bars(file, rows, K, series, n, 1, 3);
}

/* Faces that the first model gets right and another wrong, or the other way round. */
static int write_disagreements(FILE *file, const struct app_lab_result *a, const struct app_lab_result *b)
{
    int n = 0, status = FB_OK;
    fputs("<h3>Where ", file);
    app_xml_text(file, name_of(a));
    fputs(" and ", file);
    app_xml_text(file, name_of(b));
    fputs(" differ, one of them right</h3><p class=\"note\">What people saw, then the two answers.</p><div class=\"faces\">\n", file);
    for (int i = 0; i < a->n_faces && i < b->n_faces && n < MAX_SHOWN / 2 && !status; i++) {
        if (a->is_correct[i] == b->is_correct[i])
            continue;
        char caption[128];
        snprintf(caption, sizeof caption, "%s<br>%s %.2f<br>%s %.2f", fb_expression_name(a->faces.label[i]),
                 fb_expression_name(largest(a->p[i])), (double)a->p[i][largest(a->p[i])],
                 fb_expression_name(largest(b->p[i])), (double)b->p[i][largest(b->p[i])]);
        status = write_face(file, a, i, caption);
        n++;
    }
    fputs("</div>\n", file);
    return status;
}

static int write_model(FILE *file, const struct app_lab_result *result, bool is_single)
{
    fputs("<h2>", file);
    app_xml_text(file, result->model);
    fputs("</h2>\n", file);
    write_cards(file, result);
    fputs("<div class=\"row\">", file);
    write_classes(file, &result->metrics);
    write_confusion(file, &result->metrics);
    fputs("</div>\n", file);
    if (is_single)
        write_confidence(file, result, 1);
    write_disturbances(file, result);
    write_training(file, result->model);
    return write_mistakes(file, result);
}

static int write_body(FILE *file, const struct app_lab_result *results, int n)
{
    int status = FB_OK;
    fputs("<p>", file);
    app_xml_text(file, results->data);
    fprintf(file, ": %s, protocol %s, n = %d", results->split, results->protocol, results->metrics.n);
    if (results->metrics.n_missed)
        fprintf(file, ", of which no face was found in %d (they count as wrong)", results->metrics.n_missed);
    fputs(".</p>\n<p class=\"note\">The labels are votes of people about pictures. Two panels of five such "
          "people agree with each other on 87 % of FER+'s majority test set; no number here says what "
          "anyone felt. This page holds pictures of real people: keep it to yourself.</p>\n", file);
    if (n > 1) {
        write_summary(file, results, n);
        write_class_comparison(file, results, n);
        write_confidence(file, results, n);
    }
    for (int i = 1; i < n && !status; i++)
        status = write_disagreements(file, &results[0], &results[i]);
    for (int i = 0; i < n && !status; i++)
        status = write_model(file, &results[i], n == 1);
    return status;
}

int app_lab_write_page(const char *path, const struct app_lab_result *results, int n)
{
    FILE *file;
    int status = app_html_open(path, n > 1 ? "Models compared" : "Model evaluated", &file);
    if (status)
        return status;
    status = write_body(file, results, n);
    return app_html_close(file, path, status);
}

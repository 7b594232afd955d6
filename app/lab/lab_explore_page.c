/* The page of explore: counts, balance, agreement, samples, means, components, outliers, duplicates. */
#include "lab_explore.h"

#include "base/rng.h"
#include "lab_html.h"
#include "lab_svg.h"
#include "nn/augment.h"
#include "xml.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    K = FB_EXPRESSION_COUNT,
    SIDE = NN_FACE_SIDE,
    GAP = 2,
    N_SAMPLES = 14,      /* a row */
    N_AUGMENTED_ROWS = 6,
    N_EIGENFACES = 24,
    N_OUTLIERS = 32,
    N_GROUPS = 24,
    N_COPIES = 4,        /* shown of a group */
};

/* --- pictures side by side in one --- */

struct strip {
    int n;
    uint8_t pixels[SIDE][N_SAMPLES * (SIDE + GAP)];
};

static void strip_add(struct strip *strip, const uint8_t *face)
{
    for (int y = 0; y < SIDE; y++)
        memcpy(strip->pixels[y] + strip->n * (SIDE + GAP), face + y * SIDE, SIDE);
    strip->n++;
}

/* Writes and empties it; GAP columns stay white. */
static int strip_write(FILE *file, struct strip *strip, const char *alt)
{
    int width = (int)sizeof strip->pixels[0], status = app_html_picture(file, strip->pixels[0], width, SIDE, width * 7 / 5, alt);
    memset(strip, 255, sizeof *strip);
    strip->n = 0;
    return status;
}

static uint8_t to_byte(float value)
{
    return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)(value + 0.5f);
}

/* --- counts --- */

static void write_counts(FILE *file, const struct app_explored *e)
{
    static const char *const header[] = {"split", "rows", "read", "no name", "picture missing", "with a plurality label",
                                         "with a majority label", "copies of an earlier picture", "mean vote entropy", NULL};
    fputs("<h2>What is there</h2><table>", file);
    app_html_header(file, header);
    for (int i = NN_SPLIT_TRAIN; i < NN_SPLIT_COUNT; i++) {
        const struct nn_split_report *r = &e->data->report.splits[i];
        const struct app_explored_split *s = &e->splits[i];
        if (!r->is_present)
            fprintf(file, "<tr><td>%s</td><td>%d</td><td colspan=\"7\" class=\"note\">absent</td></tr>\n",
                    nn_split_name((enum nn_split)i), r->n_rows);
        else
            fprintf(file, "<tr><td>%s</td><td>%d</td><td>%d</td><td>%d</td><td>%d</td><td>%d</td><td>%d</td><td>%d</td>"
                    "<td>%.2f bits</td></tr>\n", nn_split_name((enum nn_split)i), r->n_rows, r->n_loaded, r->n_unnamed,
                    r->n_missing, s->n_plurality, s->n_majority, s->n_duplicates, s->mean_entropy);
    }
    fprintf(file, "</table><p class=\"note\">%d picture names stand on more than one row; each row counts. Majority: votes of one "
            "are dropped, the winner needs more than half of the rest. Plurality: the largest column.</p>\n",
            e->data->report.n_repeated_names);
}

static void write_split_balance(FILE *file, const struct app_explored *e, int split)
{
    static const char *const series[] = {"as voted (largest of ten columns)", "after cleaning (majority)"};
    static const char *const others[] = {"unknown", "not a face"};
    const struct app_explored_split *s = &e->splits[split];
    struct app_svg_row rows[NN_VOTE_COUNT] = {0};
    double max = 1;
    for (int c = 0; c < NN_VOTE_COUNT; c++) {
        rows[c].label = c < K ? fb_expression_name(c) : others[c - K];
        rows[c].values[0] = s->n_before[c];
        rows[c].values[1] = c < K ? s->n_after[c] : 0;
        max = fmax(max, s->n_before[c]);
    }
    fprintf(file, "<div><h3>%s, n = %d</h3>", nn_split_name((enum nn_split)split), s->n);
    app_svg_bars(file, rows, NN_VOTE_COUNT, series, 2, max, 0);
    fputs("</div>", file);
}

static void write_balance(FILE *file, const struct app_explored *e)
{
    fputs("<h2>Balance</h2><div class=\"row\">", file);
    for (int i = NN_SPLIT_TRAIN; i < NN_SPLIT_COUNT; i++)
        if (e->splits[i].n)
            write_split_balance(file, e, i);
    fputs("</div>\n", file);
}

static void write_entropy(FILE *file, const struct app_explored *e)
{
    struct app_svg_row rows[K] = {0};
    fputs("<h2>How far the voters agree</h2><p class=\"note\">Entropy of a picture's votes over the eight expressions, votes of one "
          "dropped: 0 bits when all agree, 1 when two expressions share them.</p><div class=\"row\">", file);
    for (int i = NN_SPLIT_TRAIN; i < NN_SPLIT_COUNT; i++)
        if (e->splits[i].n)
            app_svg_histogram(file, nn_split_name((enum nn_split)i), e->splits[i].entropy, APP_ENTROPY_BINS, 0, 3, "bits");
    fputs("</div><h3>Mean entropy by majority label, in bits</h3>\n", file);
    for (int c = 0; c < K; c++)
        rows[c] = (struct app_svg_row){.label = fb_expression_name(c), .values = {e->class_entropy[c]}};
    app_svg_bars(file, rows, K, NULL, 1, 1.5, 2);
}

/* --- samples --- */

/* Up to n of the class by majority, chosen by seed; returns how many. */
static int choose_samples(const struct nn_data *data, int class, struct fb_rng *rng, int *chosen, int n)
{
    int n_seen = 0;
    for (int i = 0; i < data->n; i++) { /* reservoir sampling (Vitter 1985) */
        if (nn_label_majority(data->samples[i].votes) != class)
            continue;
        int at = n_seen < n ? n_seen : (int)fb_rng_below(rng, (uint32_t)n_seen + 1);
        if (at < n)
            chosen[at] = i;
        n_seen++;
    }
    return n_seen < n ? n_seen : n;
}

static int write_samples(FILE *file, const struct app_explored *e, uint64_t seed)
{
    int status = FB_OK;
    struct strip *strip = malloc(sizeof *strip);
    struct fb_rng rng;
    if (!strip)
        return fb_fail_nomem("samples", sizeof *strip);
    memset(strip, 255, sizeof *strip);
    strip->n = 0;
    fb_rng_seed(&rng, seed);
    fputs("<h2>Samples</h2><p class=\"note\">By majority label, drawn at random.</p>\n", file);
    for (int c = 0; c < K && !status; c++) {
        int chosen[N_SAMPLES], n = choose_samples(e->data, c, &rng, chosen, N_SAMPLES);
        for (int i = 0; i < n; i++)
            strip_add(strip, e->data->pixels[chosen[i]]);
        fprintf(file, "<h3>%s</h3>", fb_expression_name(c));
        if (n)
            status = strip_write(file, strip, fb_expression_name(c));
    }
    free(strip);
    return status;
}

static void add_augmented(struct strip *strip, const struct nn_augment_settings *settings, uint64_t seed, int i, const uint8_t *face)
{
    static float x[NN_FACE_PX]; /* one call at a time */
    uint8_t bytes[NN_FACE_PX];
    nn_augment(settings, seed, 0, i, face, SIDE, x, SIDE);
    for (int j = 0; j < NN_FACE_PX; j++)
        bytes[j] = to_byte(x[j]);
    strip_add(strip, bytes);
}

static int write_augmented(FILE *file, const struct app_explored *e, uint64_t seed)
{
    struct nn_augment_settings settings;
    struct strip *strip = malloc(sizeof *strip);
    struct fb_rng rng;
    int status = strip ? nn_augment_preset("strong", &settings) : fb_fail_nomem("samples", sizeof *strip);
    fb_rng_seed(&rng, seed);
    if (strip) {
        memset(strip, 255, sizeof *strip);
        strip->n = 0;
    }
    fputs("<h2>Augmented samples</h2><p class=\"note\">Left the picture itself, then what training makes of it (strong, without "
          "mixup).</p>\n", file);
    for (int row = 0; row < N_AUGMENTED_ROWS && !status; row++) {
        const uint8_t *face = e->data->pixels[fb_rng_below(&rng, (uint32_t)e->data->n)];
        strip_add(strip, face);
        for (int i = 1; i < N_SAMPLES; i++)
            add_augmented(strip, &settings, seed, row * N_SAMPLES + i, face);
        status = strip_write(file, strip, "augmented");
    }
    free(strip);
    return status;
}

/* --- means and components --- */

static bool mean_face(const struct nn_data *data, int class, uint8_t *face, int *n)
{
    static double sum[NN_FACE_PX]; /* one call at a time */
    memset(sum, 0, sizeof sum);
    *n = 0;
    for (int i = 0; i < data->n; i++) {
        if (nn_label_majority(data->samples[i].votes) != class)
            continue;
        for (int j = 0; j < NN_FACE_PX; j++)
            sum[j] += data->pixels[i][j];
        ++*n;
    }
    for (int j = 0; j < NN_FACE_PX && *n; j++)
        face[j] = to_byte((float)(sum[j] / *n));
    return *n > 0;
}

static int write_means(FILE *file, const struct app_explored *e)
{
    int status = FB_OK;
    fputs("<h2>Mean faces</h2><div class=\"faces\">\n", file);
    for (int c = 0; c < K && !status; c++) {
        uint8_t face[NN_FACE_PX];
        int n;
        if (!mean_face(e->data, c, face, &n))
            continue;
        fputs("<figure>", file);
        status = app_html_picture(file, face, SIDE, SIDE, 112, fb_expression_name(c));
        fprintf(file, "<figcaption>%s<br>n = %d</figcaption></figure>\n", fb_expression_name(c), n);
    }
    fputs("</div>\n", file);
    return status;
}

/* Zero is mid-grey, the largest value white or black. */
static void component_face(const float *component, uint8_t *face)
{
    float largest = 1e-9f;
    for (int j = 0; j < NN_FACE_PX; j++)
        largest = fmaxf(largest, fabsf(component[j]));
    for (int j = 0; j < NN_FACE_PX; j++)
        face[j] = to_byte(127.5f + 127.5f * component[j] / largest);
}

static int write_eigenfaces(FILE *file, const struct app_explored *e)
{
    int status = FB_OK;
    double share = 0;
    fputs("<h2>Eigenfaces</h2><p class=\"note\">Principal components of all pictures, light and contrast taken out, and the share of "
          "the variance explained up to each.</p><div class=\"faces\">\n", file);
    for (int i = 0; i < e->pca->k && i < N_EIGENFACES && !status; i++) {
        uint8_t face[NN_FACE_PX];
        component_face(e->pca->components + (size_t)i * (size_t)e->pca->d, face);
        share += (double)e->pca->deviation[i] * (double)e->pca->deviation[i] / e->pca->variance;
        fputs("<figure>", file);
        status = app_html_picture(file, face, SIDE, SIDE, 80, "component");
        fprintf(file, "<figcaption>%d: %.1f %%</figcaption></figure>\n", i + 1, 100 * share);
    }
    fputs("</div>\n", file);
    return status;
}

/* --- odd ones --- */

static void caption(FILE *file, const struct nn_sample *sample)
{
    int label = nn_label_plurality(sample->votes);
    app_xml_text(file, sample->name);
    fprintf(file, "<br>%s, %s", nn_split_name((enum nn_split)sample->split), label < 0 ? "no label" : fb_expression_name(label));
}

static int write_outliers(FILE *file, const struct app_explored *e)
{
    int status = FB_OK;
    fprintf(file, "<h2>Outliers</h2><p class=\"note\">What %d components explain least: the share of the picture's own variance that is left. "
            "<code>feltlab outliers</code> lists them all, <code>train --without-outliers</code> leaves them out.</p><div class=\"faces\">\n",
            e->pca->k);
    for (int i = 0; i < e->data->n && i < N_OUTLIERS && !status; i++) {
        const struct nn_outlier *o = &e->outliers[i];
        fputs("<figure>", file);
        status = app_html_picture(file, e->data->pixels[o->index], SIDE, SIDE, 80, "outlier");
        fputs("<figcaption>", file);
        caption(file, &e->data->samples[o->index]);
        if (o->is_flat)
            fputs("<br>flat</figcaption></figure>\n", file);
        else
            fprintf(file, "<br>%.0f %% left</figcaption></figure>\n", 100 * (double)o->error);
    }
    fputs("</div>\n", file);
    return status;
}

/* The picture once, with all its names. */
static int write_group(FILE *file, const struct app_explored *e, int first)
{
    int n = 1;
    fputs("<figure>", file);
    int status = app_html_picture(file, e->data->pixels[first], SIDE, SIDE, 80, "duplicate");
    fputs("<figcaption>", file);
    caption(file, &e->data->samples[first]);
    for (int i = first + 1; i < e->data->n; i++) {
        if (e->first_copy[i] != first)
            continue;
        if (n++ < N_COPIES) {
            fputs("<br>", file);
            caption(file, &e->data->samples[i]);
        }
    }
    if (n > N_COPIES)
        fprintf(file, "<br>and %d more", n - N_COPIES);
    fputs("</figcaption></figure>\n", file);
    return status;
}

static int write_duplicates(FILE *file, const struct app_explored *e)
{
    bool *has_copy = calloc((size_t)e->data->n, sizeof *has_copy);
    int n_groups = 0, n_copies = 0, n_across = 0, status = has_copy ? FB_OK : fb_fail_nomem("duplicates", (size_t)e->data->n);
    for (int i = 0; i < e->data->n && has_copy; i++) {
        int first = e->first_copy[i];
        if (first == i)
            continue;
        n_copies++;
        n_groups += !has_copy[first];
        n_across += e->data->samples[i].split != e->data->samples[first].split;
        has_copy[first] = true;
    }
    fprintf(file, "<h2>Duplicates</h2><p class=\"note\">%d pictures are pixel for pixel the same as an earlier one, in %d groups; %d of them "
            "stand in another split than their first copy.</p><div class=\"faces\">\n", n_copies, n_groups, n_across);
    for (int i = 0, n = 0; i < e->data->n && n < N_GROUPS && !status; i++)
        if (has_copy[i]) {
            status = write_group(file, e, i);
            n++;
        }
    fputs("</div>\n", file);
    free(has_copy);
    return status;
}

int app_explored_write_page(const struct app_explored *explored, uint64_t seed, const char *path)
{
    FILE *file;
    int status = app_html_open(path, "The data", &file);
    if (status)
        return status;
    fputs("<p>", file);
    app_xml_text(file, explored->data->folder);
    fprintf(file, ", %d pictures.</p><p class=\"note\">This page holds pictures of real people: keep it to yourself.</p>\n",
            explored->data->n);
    write_counts(file, explored);
    write_balance(file, explored);
    write_entropy(file, explored);
    int (*const with_pictures[])(FILE *, const struct app_explored *) = {write_means, write_eigenfaces, write_outliers, write_duplicates};
    status = write_samples(file, explored, seed);
    if (!status)
        status = write_augmented(file, explored, seed);
    for (size_t i = 0; i < sizeof with_pictures / sizeof *with_pictures && !status; i++)
        status = with_pictures[i](file, explored);
    return app_html_close(file, path, status);
}

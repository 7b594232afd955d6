/* See stats.h. */
#include "stats.h"

#include "base/clock.h"
#include "json.h"
#include "session/save.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define BIN_NS (FB_NS_PER_MS / 4)

static void add_delay(struct app_stats_delays *delays, int64_t ns)
{
    int64_t bin = ns < 0 ? 0 : ns / BIN_NS;
    delays->counts[bin < APP_STATS_BINS ? bin : APP_STATS_BINS - 1]++;
    delays->n++;
}

/* Upper end of the bin below which the share lies; 0 without any. */
static double quantile_ms(const struct app_stats_delays *delays, double share)
{
    int64_t n_below = (int64_t)(share * (double)delays->n), n = 0;
    for (int bin = 0; bin < APP_STATS_BINS; bin++) {
        n += delays->counts[bin];
        if (n > n_below)
            return (double)((bin + 1) * BIN_NS) * 1e-6;
    }
    return 0;
}

static double cpu_s(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void begin(struct app_stats *stats, const struct app_stats_shown *shown,
                  const struct app_pipeline_status *status)
{
    stats->begin_ns = shown->now_ns;
    stats->first_index = shown->frame_index;
    stats->cpu_begin_s = cpu_s();
    stats->n_analysed_begin = status->n_analysed;
}

void app_stats_shown(struct app_stats *stats, const struct app_stats_shown *shown,
                     const struct app_pipeline_status *status)
{
    if (!stats->first_ns) {
        stats->first_ns = shown->now_ns;
        stats->first_capture_ns = shown->capture_ns;
    }
    if (shown->labels_ns && !stats->first_box_ns)
        stats->first_box_ns = shown->now_ns;
    if (shown->now_ns - stats->first_ns < APP_STATS_WARM_UP_NS)
        return;
    if (!stats->begin_ns) {
        begin(stats, shown, status);
        return;
    }
    int64_t late_ns = shown->now_ns - shown->capture_ns;
    add_delay(&stats->screen, late_ns);
    stats->n_on_time += late_ns < shown->frame_ns;
    if (shown->labels_ns)
        add_delay(&stats->labels, shown->now_ns - shown->labels_ns);
    stats->last_index = shown->frame_index;
    stats->last_ns = shown->now_ns;
}

/* Processor seconds of the threads alive, by their names. */
static cJSON *threads_json(void)
{
    cJSON *threads = cJSON_CreateObject();
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
        char path[320], line[1024];
        snprintf(path, sizeof path, "/proc/self/task/%s/stat", entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
        char *name = file && fgets(line, sizeof line, file) ? strchr(line, '(') : NULL;
        char *end = name ? strrchr(name, ')') : NULL;
        unsigned long user, system;
        if (end && sscanf(end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                          &system) == 2) {
            *end = 0;
            const cJSON *known = cJSON_GetObjectItem(threads, name + 1);
            double sum_s = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
            sum_s += known ? strtod(known->valuestring, NULL) : 0;
            cJSON_DeleteItemFromObject(threads, name + 1);
            app_json_add_rounded(threads, name + 1, sum_s, 2);
        }
        if (file)
            fclose(file);
    }
    if (tasks)
        closedir(tasks);
    return threads;
}

static void add_delays(cJSON *object, const char *name, const struct app_stats_delays *delays)
{
    cJSON *item = cJSON_AddObjectToObject(object, name);
    app_json_add_rounded(item, "p50", quantile_ms(delays, 0.5), 2);
    app_json_add_rounded(item, "p95", quantile_ms(delays, 0.95), 2);
    app_json_add_rounded(item, "p99", quantile_ms(delays, 0.99), 2);
    cJSON_AddNumberToObject(item, "n", (double)delays->n);
}

static cJSON *stats_json(const struct app_stats *stats, const struct vis_source_info *source,
                         const struct app_pipeline_status *status)
{
    double seconds = (double)(stats->last_ns - stats->begin_ns) * 1e-9;
    double n_came = (double)(stats->last_index - stats->first_index);
    double n_analysed = (double)(status->n_analysed - stats->n_analysed_begin);
    bool is_any = stats->begin_ns && seconds > 0 && n_came > 0;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "source", source->name);
    cJSON_AddStringToObject(object, "detail", source->detail);
    cJSON_AddNumberToObject(object, "width", source->width);
    cJSON_AddNumberToObject(object, "height", source->height);
    app_json_add_rounded(object, "source_fps", source->fps, 2);
    app_json_add_rounded(object, "seconds", is_any ? seconds : 0, 2);
    app_json_add_rounded(object, "shown_fps", is_any ? (double)stats->screen.n / seconds : 0, 2);
    app_json_add_rounded(object, "on_time_share", is_any ? (double)stats->n_on_time / n_came : 0,
                         4);
    app_json_add_rounded(object, "analysed_fps", is_any ? n_analysed / seconds : 0, 2);
    add_delays(object, "camera_to_screen_ms", &stats->screen);
    add_delays(object, "label_age_ms", &stats->labels);
    double box_ms = (double)(stats->first_box_ns - stats->first_capture_ns) * 1e-6;
    app_json_add_rounded(object, "first_box_ms", stats->first_box_ns ? box_ms : -1, 1);
    app_json_add_rounded(object, "cores", is_any ? (cpu_s() - stats->cpu_begin_s) / seconds : 0, 3);
    app_json_add_rounded(object, "analysis_ms", status->analysis_ms, 2);
    cJSON_AddBoolToObject(object, "is_recording", status->is_recording);
    cJSON_AddNumberToObject(object, "n_record_dropped", (double)status->n_record_dropped);
    cJSON_AddNumberToObject(object, "n_lost", (double)status->n_lost);
    cJSON_AddNumberToObject(object, "n_damaged", (double)status->n_bad);
    cJSON_AddItemToObject(object, "thread_cpu_s", threads_json());
    return object;
}

int app_stats_write(const char *path, const struct app_stats *stats,
                    const struct vis_source_info *source, const struct app_pipeline_status *status)
{
    cJSON *object = stats_json(stats, source, status);
    char *text = cJSON_Print(object);
    cJSON_Delete(object);
    if (!text)
        return fb_fail_nomem("the run's figures", 0);
    struct app_save save;
    int result = app_save_begin(&save, path);
    if (!result) {
        fprintf(save.file, "%s\n", text);
        result = app_save_end(&save, FB_OK);
    }
    cJSON_free(text);
    return result;
}

/* See stats_log.h. */
#include "stats_log.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

int app_stats_log_open(struct app_stats_log *log, const char *path)
{
    *log = (struct app_stats_log){0};
    if (!path)
        return FB_OK;
    log->file = fopen(path, "we");
    if (!log->file)
        return fb_fail(FB_ERR_IO, "%s: %s; --stats-log needs a file that can be written", path, strerror(errno));
    fprintf(log->file, "time_s,drawn,shown,captured,analysed,dropped,lost,damaged,record_dropped,is_source_lost,"
                       "screen_p50_ms,screen_p95_ms,screen_p99_ms,label_p50_ms,label_p95_ms,label_p99_ms,"
                       "rss_kb,fds,threads\n");
    return FB_OK;
}

static long resident_kb(void)
{
    long n_pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file || fscanf(file, "%*d %ld", &n_pages) != 1)
        n_pages = 0;
    if (file)
        fclose(file);
    return n_pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static int count_entries(const char *folder)
{
    int n = 0;
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        n += entry->d_name[0] != '.';
    if (entries)
        closedir(entries);
    return n;
}

static void write_line(struct app_stats_log *log, const struct app_stats_log_line *line,
                       const struct app_pipeline_status *status)
{
    fprintf(log->file, "%.3f,%lld,%lld,%lld,%lld,%lld,%lld,%lld,%lld,%d", (double)(line->now_ns - log->begun_ns) * 1e-9,
            (long long)log->n_drawn, (long long)log->n_shown, (long long)status->n_captured, (long long)status->n_analysed,
            (long long)status->n_dropped, (long long)status->n_lost, (long long)status->n_bad,
            (long long)status->n_record_dropped, status->is_source_lost);
    for (int i = 0; i < 3; i++)
        fprintf(log->file, ",%.2f", line->screen_ms[i]);
    for (int i = 0; i < 3; i++)
        fprintf(log->file, ",%.2f", line->label_ms[i]);
    fprintf(log->file, ",%ld,%d,%d\n", resident_kb(), count_entries("/proc/self/fd"), count_entries("/proc/self/task"));
    fflush(log->file);
}

void app_stats_log_drawn(struct app_stats_log *log, const struct app_stats_log_line *line,
                         const struct app_pipeline_status *status)
{
    if (!log->file)
        return;
    if (!log->begun_ns) {
        log->begun_ns = line->now_ns;
        log->next_ns = line->now_ns + FB_NS_PER_S;
    }
    log->n_drawn++;
    log->n_shown += line->is_new_frame;
    if (line->now_ns < log->next_ns)
        return;
    write_line(log, line, status);
    log->n_drawn = log->n_shown = 0;
    log->next_ns = line->now_ns + FB_NS_PER_S;
}

int app_stats_log_close(struct app_stats_log *log)
{
    if (!log->file)
        return FB_OK;
    bool is_whole = !ferror(log->file);
    is_whole &= !fclose(log->file);
    log->file = NULL;
    return is_whole ? FB_OK : fb_fail(FB_ERR_IO, "the file of --stats-log could not be written to its end");
}

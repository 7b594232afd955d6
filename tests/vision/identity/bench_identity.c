/* Identity on the hard demo class, ten minutes at 10 frames a second:
 *   bench_identity boxes [SEED ...]      the class's truth through a simulated detector: seconds
 * Prints IDF1, MOTA, switches and numbers a student. */
#include "hard_class.h"

#include "mon/monitor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int seen_boxes(const struct mon_observation *observation, struct score_box *boxes)
{
    int n = 0;
    for (int i = 0; i < observation->n_faces; i++)
        if (observation->faces[i].is_seen)
            boxes[n++] = (struct score_box){observation->faces[i].student, observation->faces[i].box};
    return n;
}

static bool run_boxes(uint64_t seed, bool has_looks, struct score_result *result)
{
    static struct score score;
    static struct hard_class class;
    struct mon_settings settings = mon_default_settings();
    struct mon_monitor *monitor = NULL;
    struct score_box given[MON_MAX_FACES];
    memset(&score, 0, sizeof score);
    if (!hard_class_open(&class, seed) || mon_monitor_create(&settings, &monitor))
        return false;
    FILE *cache = NULL; bool is_old = false; char path[99];
    snprintf(path, 99, "/tmp/lookcache%d", (int)seed);
    if (has_looks) { cache = fopen(path, "rb"); is_old = cache; if (!cache) cache = fopen(path, "wb"); }
    while (hard_class_step(&class)) {
        if (has_looks && !is_old && !hard_class_look(&class)) return false;
        for (int i = 0; i < class.n_detections && has_looks; i++) { class.detections[i].has_look = true;
            size_t n = is_old ? fread(&class.detections[i].look, sizeof(struct mon_look), 1, cache) : fwrite(&class.detections[i].look, sizeof(struct mon_look), 1, cache); if (n != 1) return false; }
        struct mon_observation observation = {.pts_ns = class.pts_ns, .width = 1280, .height = 720};
        mon_monitor_track(monitor, &observation, class.detections, class.n_detections);
        score_add(&score, class.truth, class.n_truth, given, seen_boxes(&observation, given));
    }
    *result = score_finish(&score); if (cache) fclose(cache);
    mon_monitor_destroy(&monitor);
    hard_class_close(&class);
    return true;
}

int main(int argc, char **argv)
{
    static const char *const all[] = {"1", "2", "3"};
    const char *const *seeds = argc > 2 ? (const char *const *)argv + 2 : all;
    int n = argc > 2 ? argc - 2 : 3;
    for (int i = 0; i < n; i++) {
        struct score_result r;
        if (!run_boxes(strtoull(seeds[i], NULL, 10), argc > 1 && !strcmp(argv[1], "pixels"), &r))
            return 1;
        printf("seed %s: IDF1 %.3f, %d switches, %.2f numbers a student (%.2f given in all), MOTA %.3f\n",
               seeds[i], r.idf1, r.n_switches, r.ids_per_student, r.numbers_per_student, r.mota);
    }
    return 0;
}

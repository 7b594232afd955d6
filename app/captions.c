/* See captions.h. */
#include "captions.h"

#include "base/clock.h"
#include "session/export_events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_OPEN = 2 * MON_MAX_FACES };
#define MAX_CUE_NS (10 * FB_NS_PER_S)
#define GAP_NS (2 * FB_NS_PER_S) /* as in stretches.h */

struct cue {
    int student, expression;
    int64_t start_ns, last_ns;
};

struct app_captions {
    FILE *text, *markers;
    int64_t start_ns;
    struct cue cues[MAX_OPEN];
    int n_cues;
};

static int open_file(const char *folder, const char *name, FILE **file)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!*file) {
        int status = fb_fail(FB_ERR_IO, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return status;
    }
    app_vtt_head(*file);
    return FB_OK;
}

int app_captions_create(const char *folder, int64_t video_start_ns, struct app_captions **out)
{
    struct app_captions *captions = *out = calloc(1, sizeof *captions);
    if (!captions)
        return fb_fail_nomem("captions", sizeof *captions);
    captions->start_ns = video_start_ns;
    int status = open_file(folder, APP_CAPTIONS_NAME, &captions->text);
    if (!status)
        status = open_file(folder, APP_CAPTIONS_MARKERS_NAME, &captions->markers);
    if (!status)
        status = app_captions_flush(captions);
    if (status)
        app_captions_destroy(out);
    return status;
}

static void put(struct app_captions *captions, const struct cue *cue, int64_t end_ns)
{
    char who[32];
    snprintf(who, sizeof who, "Student %d", cue->student);
    if (cue->expression >= 0 && end_ns > captions->start_ns)
        app_vtt_cue(captions->text, cue->start_ns - captions->start_ns, end_ns - captions->start_ns,
                    who, fb_expression_name(cue->expression));
}

static struct cue *find(struct app_captions *captions, int student)
{
    for (int i = 0; i < captions->n_cues; i++)
        if (captions->cues[i].student == student)
            return &captions->cues[i];
    return NULL;
}

static void observe_face(struct app_captions *captions, const struct mon_face *face, int64_t now_ns)
{
    struct cue *cue = find(captions, face->student);
    if (!cue && captions->n_cues == MAX_OPEN)
        return; /* still in the rows */
    bool is_new = !cue;
    if (is_new)
        cue = &captions->cues[captions->n_cues++];
    bool goes_on = !is_new && cue->expression == face->expression &&
                   now_ns - cue->start_ns < MAX_CUE_NS;
    if (!is_new && !goes_on)
        put(captions, cue, now_ns);
    if (!goes_on)
        *cue = (struct cue){face->student, face->expression, now_ns, now_ns};
    cue->last_ns = now_ns;
}

/* Ends the cues of those who have not been in the rows for a while. */
static void end_old(struct app_captions *captions, int64_t now_ns)
{
    int n = 0;
    for (int i = 0; i < captions->n_cues; i++) {
        const struct cue *cue = &captions->cues[i];
        if (now_ns - cue->last_ns > GAP_NS)
            put(captions, cue, cue->last_ns);
        else
            captions->cues[n++] = *cue;
    }
    captions->n_cues = n;
}

static int check(FILE *file, const char *name)
{
    return ferror(file) ? fb_fail(FB_ERR_IO, "%s: %s", name, strerror(errno)) : FB_OK;
}

int app_captions_observe(struct app_captions *captions, const struct mon_observation *observation)
{
    end_old(captions, observation->pts_ns);
    for (int i = 0; i < observation->n_faces; i++)
        if (observation->faces[i].student > 0)
            observe_face(captions, &observation->faces[i], observation->pts_ns);
    return check(captions->text, APP_CAPTIONS_NAME);
}

int app_captions_mark(struct app_captions *captions, int64_t pts_ns, const char *text)
{
    int64_t start_ns = pts_ns - captions->start_ns;
    app_vtt_cue(captions->markers, start_ns, start_ns + FB_NS_PER_S, NULL, *text ? text : "marker");
    return app_captions_flush(captions);
}

int app_captions_flush(struct app_captions *captions)
{
    bool has_failed = fflush(captions->text) || fflush(captions->markers);
    return has_failed ? fb_fail(FB_ERR_IO, "%s: %s", APP_CAPTIONS_NAME, strerror(errno)) : FB_OK;
}

void app_captions_destroy(struct app_captions **captions)
{
    if (!*captions)
        return;
    for (int i = 0; i < (*captions)->n_cues && (*captions)->text; i++)
        put(*captions, &(*captions)->cues[i], (*captions)->cues[i].last_ns);
    if ((*captions)->text)
        fclose((*captions)->text);
    if ((*captions)->markers)
        fclose((*captions)->markers);
    free(*captions);
    *captions = NULL;
}

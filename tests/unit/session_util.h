/* Sessions in a folder of their own for the tests of the store, the exports and the report. */
#ifndef SESSION_UTIL_H
#define SESSION_UTIL_H

#include "base/clock.h"
#include "session/session.h"
#include "session/session_folder.h"
#include "test.h"

#include <ftw.h>
#include <unistd.h>

static char scratch[200];

static inline void scratch_make(void)
{
    const char *parent = getenv("TMPDIR");
    snprintf(scratch, sizeof scratch, "%s/feltboard-test-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(scratch))
        abort();
}

static inline int scratch_remove_one(const char *path, const struct stat *info, int type,
                                     struct FTW *ftw)
{
    (void)info, (void)type, (void)ftw;
    return remove(path);
}

static inline void scratch_remove(void)
{
    nftw(scratch, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* One face, labelled, whose numbers follow from student and frame. */
static inline struct mon_face sample_face(int student, int frame)
{
    struct mon_face face = {.student = student,
                            .box = {10.5F * (float)student, 20.25F, 64, 66},
                            .is_seen = frame % 7 != 3,
                            .is_labelled = frame % 7 != 3,
                            .expression = (frame / 30 + student) % 4 - 1,
                            .quality = 0.75F};
    face.reason = face.expression < 0 ? MON_REASON_UNDECIDED : MON_SURE;
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++) {
        face.p[i] = i == face.expression ? 0.79F : 0.03F;
        face.p_raw[i] = face.is_labelled ? 0.125F : 0;
    }
    face.confidence = face.expression < 0 ? 0.03F : 0.79F;
    return face;
}

/* Ten frames a second; the first two and every fiftieth have no face, the rest three. */
static inline struct mon_observation sample_frame(int frame)
{
    struct mon_observation o = {.frame_index = frame,
                                .pts_ns = frame * 100 * FB_NS_PER_MS + 33333,
                                .width = 1280,
                                .height = 720};
    for (int student = 1; frame > 1 && frame % 50 && student <= 3; student++)
        o.faces[o.n_faces++] = sample_face(student, frame);
    return o;
}

/* A closed session of n frames with names, markers and facts; its folder in `folder`. */
static inline void sample_session(const char *name, int n_frames, char *folder, size_t folder_bytes)
{
    struct app_session *session = NULL;
    if (!CHECK_INT(app_session_create(scratch, name, &session), FB_OK))
        return;
    snprintf(folder, folder_bytes, "%s", app_session_folder(session));
    CHECK_INT(app_session_set_fact(session, "source", "demo <class> & \"co\""), FB_OK);
    CHECK_INT(app_session_set_fact(session, "model", "feltboard-1"), FB_OK);
    CHECK_INT(app_session_set_fact(session, "accuracy", "0.8610 (n = 3199)"), FB_OK);
    CHECK_INT(app_session_set_fact(session, "size", "1280x720"), FB_OK);
    CHECK_INT(app_session_set_name(session, 2, "Zo\xc3\xab, \"the <2nd>\""), FB_OK);
    CHECK_INT(app_session_set_name(session, 3, "=1+1"), FB_OK);
    for (int i = 0; i < n_frames; i++) {
        struct mon_observation o = sample_frame(i);
        CHECK_INT(app_session_add(session, &o), FB_OK);
    }
    CHECK_INT(app_session_mark(session, 3 * FB_NS_PER_S, "film <starts>\n& runs"), FB_OK);
    CHECK_INT(app_session_close(&session), FB_OK);
    CHECK(!session);
}

static inline struct app_session *open_session(const char *folder, enum app_session_access access)
{
    struct app_session *session = NULL;
    CHECK_INT(app_session_open(folder, access, &session), FB_OK);
    return session;
}

/* The whole file as a string, to be freed. */
static inline char *read_text(FILE *file)
{
    size_t n_bytes = 0, capacity = 1 << 16;
    char *text = malloc(capacity + 1);
    rewind(file);
    for (size_t n; text && (n = fread(text + n_bytes, 1, capacity - n_bytes, file)) > 0;) {
        n_bytes += n;
        if (n_bytes == capacity)
            text = realloc(text, (capacity *= 2) + 1);
    }
    if (!text)
        abort();
    text[n_bytes] = 0;
    return text;
}

#endif

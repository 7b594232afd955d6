/* See forget.h. */
#include "forget.h"

#include "session_db.h"
#include "session_people.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LIST_BYTES = 400 };

struct search {
    const char *text;
    int n_named, named, numbered;
    char list[LIST_BYTES];
    size_t n_list;
};

static void list_student(struct search *search, int student, const char *name)
{
    char entry[160];
    int n = snprintf(entry, sizeof entry, "%s%d%s%.100s", search->n_list ? ", " : "", student,
                     *name ? " " : "", name);
    if (search->n_list + (size_t)n + sizeof ", ..." > LIST_BYTES) {
        memcpy(search->list + search->n_list, ", ...", sizeof ", ...");
        return;
    }
    memcpy(search->list + search->n_list, entry, (size_t)n + 1);
    search->n_list += (size_t)n;
}

static int look_at(void *user, int student, const char *name)
{
    struct search *search = user;
    char number[16], whole[32];
    snprintf(number, sizeof number, "%d", student);
    snprintf(whole, sizeof whole, "Student %d", student);
    if (*name && !strcasecmp(name, search->text)) {
        search->named = student;
        search->n_named++;
    }
    if (!strcmp(number, search->text) || !strcasecmp(whole, search->text))
        search->numbered = student;
    list_student(search, student, name);
    return FB_OK;
}

int app_forget_find(struct app_session *session, const char *text, int *student)
{
    struct search search = {.text = text};
    int status = app_session_each_student(session, look_at, &search);
    if (status)
        return status;
    if (search.n_named > 1)
        return fb_fail(FB_ERR_USAGE, "%d students are called '%s'; name one by its number: %s",
                       search.n_named, text, search.list);
    *student = search.n_named ? search.named : search.numbered;
    if (!*student)
        return fb_fail(FB_ERR_USAGE, "no student '%s' in this session; there are: %s", text,
                       search.n_list ? search.list : "none");
    return FB_OK;
}

/* Free pages and the log may still hold what was deleted. */
static int overwrite(struct app_session *session)
{
    return app_session_db_run(
        session, "PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE)",
        "overwriting a student's rows");
}

int app_forget_student(struct app_session *session, int student)
{
    struct mon_cast *cast = NULL;
    char line[MON_EDIT_LINE_BYTES];
    mon_edit_print(&(struct mon_edit){.kind = MON_EDIT_FORGET, .student = student}, line);
    int status = mon_cast_create(&cast);
    if (!status)
        status = app_people_load(session, cast);
    if (!status && !mon_cast_n_edits(cast)) /* nobody said who is who: rows as they were measured */
        status = app_session_forget(session, student);
    else if (!status && !mon_cast_is_forgotten(cast, student))
        status = app_people_edit(session, cast, line);
    if (!status && mon_cast_n_edits(cast))
        status = app_people_erase(session, cast);
    mon_cast_destroy(&cast);
    return status ? status : overwrite(session);
}

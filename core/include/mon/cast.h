/* Who is who: what the teacher says about the tracker's numbers, kept beside them and never in
 * them, so that everything can be undone and a session's rows stay as they were measured.
 *
 *     mon_cast_create(&cast);
 *     mon_cast_do(cast, &(struct mon_edit){.kind = MON_EDIT_NAME, .student = 3, .text = "Anna"});
 *     mon_cast_apply(cast, &observation);      // track numbers become students, posters go
 *     mon_cast_undo(cast, NULL);
 *
 * A track is a number the tracker gives, a student is a person; without edits they are the same.
 * The state is the fold of the list of edits, so undoing is leaving one out. An edit has a text
 * form of one line, by which it travels to the recorder and into a session.
 *
 * Threads: one at a time per cast.
 */
#ifndef MON_CAST_H
#define MON_CAST_H

#include "base/status.h"
#include "mon/observation.h"

#define MON_NAME_BYTES 64

enum mon_edit_kind {
    MON_EDIT_NONE,
    MON_EDIT_NAME,   /* student, text ("": takes the name away) */
    MON_EDIT_MERGE,  /* student is other too, at all times */
    MON_EDIT_SPLIT,  /* student from from_ns on is somebody new: other (0: mon_cast_do chooses) */
    MON_EDIT_SWAP,   /* student and other change places from from_ns on */
    MON_EDIT_PIN,    /* student's seat is box: whoever stays there from from_ns on is student */
    MON_EDIT_UNPIN,  /* student */
    MON_EDIT_POSTER, /* student is no person: not shown, not counted */
    MON_EDIT_FORGET, /* student is to leave no trace; the rows are erased by whoever keeps them */
    MON_EDIT_ASSIGN, /* track `other` is student from from_ns on; made by mon_cast_watch_seats */
    MON_EDIT_KIND_COUNT,
};

struct mon_edit {
    enum mon_edit_kind kind;
    int student, other;
    int64_t from_ns; /* media time */
    struct mon_box box;
    char text[MON_NAME_BYTES]; /* UTF-8 */
};

#define MON_EDIT_LINE_BYTES 192
/* "merge 3 7", "name 3 Anna" ... without a line end. */
void mon_edit_print(const struct mon_edit *edit, char line[MON_EDIT_LINE_BYTES]);
/* FB_ERR_INPUT: no edit. */
FB_MUST_USE int mon_edit_parse(const char *line, struct mon_edit *edit);

/* Numbers from here on were made by a split; the tracker's are lower. */
#define MON_CAST_FIRST_SPLIT 100000

struct mon_cast;
FB_MUST_USE int mon_cast_create(struct mon_cast **out);
void mon_cast_destroy(struct mon_cast **cast);

/* FB_ERR_USAGE: it makes no sense (merging somebody with himself ...), nothing was changed.
 * FB_ERR_NOMEM. What had been undone can no longer be redone. */
FB_MUST_USE int mon_cast_do(struct mon_cast *cast, const struct mon_edit *edit);
/* Takes back the last edit that a person made (and the assignments that came of it); false: there
 * is none. undone may be NULL. */
bool mon_cast_undo(struct mon_cast *cast, struct mon_edit *undone);
bool mon_cast_redo(struct mon_cast *cast, struct mon_edit *redone);
/* What undo and redo would take; NULL: nothing. Valid until the next change. */
const struct mon_edit *mon_cast_next_undo(const struct mon_cast *cast);
const struct mon_edit *mon_cast_next_redo(const struct mon_cast *cast);

/* Empties the names in every edit, undone ones too, of those who are forgotten. */
void mon_cast_erase_names(struct mon_cast *cast);

/* The edits in force, in order. */
int mon_cast_n_edits(const struct mon_cast *cast);
const struct mon_edit *mon_cast_edit(const struct mon_cast *cast, int i);
/* Changes whenever they do. */
unsigned mon_cast_generation(const struct mon_cast *cast);

/* The student a track is at a time; 0: nobody to show (a poster, or forgotten). until_ns, if not
 * NULL, gets the time to which this holds (INT64_MAX: for good). */
int mon_cast_who(const struct mon_cast *cast, int track, int64_t pts_ns, int64_t *until_ns);
/* Track numbers become students; faces of nobody go. Of two faces of one student the surer one
 * stays. */
void mon_cast_apply(const struct mon_cast *cast, struct mon_observation *observation);

/* The name given, or "". */
const char *mon_cast_name(const struct mon_cast *cast, int student);
/* The student whose name it is, or 0. */
int mon_cast_find(const struct mon_cast *cast, const char *name);
/* The student itself, or who it was merged with. */
int mon_cast_root(const struct mon_cast *cast, int student);
bool mon_cast_seat(const struct mon_cast *cast, int student, struct mon_box *seat);
bool mon_cast_is_forgotten(const struct mon_cast *cast, int student);
/* Is the track somebody forgotten at that time? */
bool mon_cast_is_forgotten_at(const struct mon_cast *cast, int track, int64_t pts_ns);
/* Whom a student of MON_CAST_FIRST_SPLIT or later was split from; else the student itself. */
int mon_cast_origin(const struct mon_cast *cast, int student);

/* Looks who sits on pinned seats (tracks, not students, in observation) and assigns those who have
 * stayed for 1.5 s; one who sat elsewhere under that number takes the other's. Returns the number
 * of edits made, all at the end of the list. */
int mon_cast_watch_seats(struct mon_cast *cast, const struct mon_observation *observation);

#endif

/* Where sessions lie: folders, their names, their permissions. Threads: any. */
#ifndef APP_SESSION_FOLDER_H
#define APP_SESSION_FOLDER_H

#include "base/status.h"

#include <stdbool.h>

#define APP_SESSION_WALL_BYTES 40

/* XDG_DATA_HOME/feltboard/sessions, else ~/.local/share/...; relative values count as unset, as the
 * XDG specification says. FB_ERR_USAGE when there is no home either. */
FB_MUST_USE int app_session_default_parent(char *path, size_t path_bytes);

/* Makes a new folder for a session, see app_session_create. FB_ERR_IO, FB_ERR_USAGE. */
FB_MUST_USE int app_session_folder_make(const char *parent, const char *name, char *folder,
                                        size_t folder_bytes);
/* path may be the folder or the session.db in it. FB_ERR_INPUT: neither. */
FB_MUST_USE int app_session_folder_find(const char *path, char *folder, size_t folder_bytes);
/* The database's path; is_new: makes the empty file, 0600. FB_ERR_IO; FB_ERR_INPUT: there is none,
 * or something that is no regular file. */
FB_MUST_USE int app_session_folder_db(const char *folder, bool is_new, char *path,
                                      size_t path_bytes);

/* Claims the folder for one writer until *fd is closed or the process ends, however it ends.
 * FB_ERR_FAILED: another one has it. Where folders cannot be locked *fd is -1 and all is well. */
FB_MUST_USE int app_session_folder_lock(const char *folder, int *fd);

/* Gives a session another name: its fact and its folder, whose date stays. renamed gets the new
 * folder. FB_ERR_USAGE (name), FB_ERR_INPUT, FB_ERR_FAILED (being written to; taken), FB_ERR_IO. */
FB_MUST_USE int app_session_rename(const char *path, const char *name, char *renamed,
                                   size_t renamed_bytes);

/* Deletes the session's own files and then the folder, if nothing else is in it (else
 * FB_ERR_FAILED: the foreign files are kept and named). FB_ERR_INPUT: no session; FB_ERR_FAILED: it
 * is being recorded. */
FB_MUST_USE int app_session_delete(const char *path);

/* Calls visit with the path of each folder in parent (NULL: the default one) that holds a
 * session.db, newest first; anything but 0 ends the walk and is returned. A parent that does not
 * exist has none. */
typedef int app_session_folder_visit(void *user, const char *folder);
FB_MUST_USE int app_session_each_folder(const char *parent, app_session_folder_visit *visit,
                                        void *user);

/* The path of a session's video. FB_ERR_INPUT: no session, or it has none. */
FB_MUST_USE int app_session_find_video(const char *path, char *video, size_t video_bytes);

/* Now, as ISO 8601 local time with offset. */
void app_session_wall_time(char wall[APP_SESSION_WALL_BYTES]);

#endif

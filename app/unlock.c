/* See unlock.h. */
#include "unlock.h"

#include "session/session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { TEXT_BYTES = SEAL_PASSPHRASE_MAX_BYTES + 2 };

/* The first line, without its end. */
static int read_line(int fd, const char *name, char *text)
{
    size_t n = 0;
    while (n < TEXT_BYTES - 1) {
        ssize_t got = read(fd, text + n, 1);
        if (got < 0 && errno == EINTR)
            return fb_fail(FB_ERR_INTERRUPTED, "interrupted");
        if (got < 0)
            return fb_fail(FB_ERR_INPUT, "%s: %s", name, strerror(errno));
        if (got == 0 || text[n] == '\n')
            break;
        n++;
    }
    text[n] = 0;
    return n ? FB_OK : fb_fail(FB_ERR_INPUT, "%s: no passphrase in it; it is the first line", name);
}

static int from_file(const char *path, char *text)
{
    /* A pipe nobody writes to is then empty, instead of waited for for ever; one that somebody does write to is waited for. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || fcntl(fd, F_SETFL, 0))
        return fb_fail(FB_ERR_INPUT, "%s: %s", path, strerror(errno));
    int status = read_line(fd, path, text);
    close(fd);
    return status;
}

/* The terminal itself, whatever stdin is; without echo, which a signal in between must not leave off. */
static int ask(const char *question, char *text)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    struct termios old, quiet;
    if (fd < 0 || tcgetattr(fd, &old)) {
        if (fd >= 0)
            close(fd);
        return fb_fail(FB_ERR_LOCKED, "a passphrase is needed and there is no terminal to ask on; give "
                                      "--passphrase-file FILE or --passphrase-fd N");
    }
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    quiet = old;
    quiet.c_lflag = (quiet.c_lflag & ~(tcflag_t)(ECHO | ISIG)) | ECHONL | ICANON;
    tcsetattr(fd, TCSAFLUSH, &quiet);
    dprintf(fd, "%s: ", question);
    int status = read_line(fd, "the terminal", text);
    tcsetattr(fd, TCSAFLUSH, &old);
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(fd);
    if (!status && strchr(text, 3)) /* Ctrl-C, read as a character */
        status = fb_fail(FB_ERR_INTERRUPTED, "interrupted");
    return status;
}

static int ask_twice(char *text)
{
    char *again = sodium_malloc(TEXT_BYTES);
    int status = again ? ask("Passphrase for the new session (there is no way in without it)", text)
                       : fb_fail_nomem("a passphrase", TEXT_BYTES);
    if (!status)
        status = ask("The same again", again);
    if (!status && strcmp(text, again))
        status = fb_fail(FB_ERR_USAGE, "the two passphrases differ");
    sodium_free(again);
    return status;
}

static int get_passphrase(const struct app_options *options, bool is_new, const char *path, char *text)
{
    char name[48], question[400];
    if (options->passphrase_file)
        return from_file(options->passphrase_file, text);
    if (options->has_passphrase_fd) {
        snprintf(name, sizeof name, "file descriptor %d", options->passphrase_fd);
        return read_line(options->passphrase_fd, name, text);
    }
    if (is_new)
        return ask_twice(text);
    snprintf(question, sizeof question, "Passphrase of %.300s", path);
    return ask(question, text);
}

static int start(char **text)
{
    if (sodium_init() < 0)
        return fb_fail(FB_ERR_FAILED, "libsodium does not start on this machine");
    *text = sodium_malloc(TEXT_BYTES);
    return *text ? FB_OK : fb_fail_nomem("a passphrase", TEXT_BYTES);
}

int app_unlock_new(const struct app_options *options, struct seal_key **key)
{
    char *text = NULL;
    *key = NULL;
    if (!options->is_locked && !options->passphrase_file && !options->has_passphrase_fd)
        return FB_OK;
    int status = start(&text);
    if (!status)
        status = get_passphrase(options, true, NULL, text);
    if (!status)
        status = seal_key_create(text, strlen(text), key);
    sodium_free(text);
    return status;
}

int app_unlock(const struct app_options *options, const char *path)
{
    char db[4200], *text = NULL;
    struct stat info;
    struct seal_key *key;
    bool is_folder = !stat(path, &info) && S_ISDIR(info.st_mode);
    snprintf(db, sizeof db, is_folder ? "%.4100s/" APP_SESSION_DB : "%.4190s", path);
    if (stat(db, &info) || !S_ISREG(info.st_mode) || seal_key_of_file(db, &key) != FB_ERR_LOCKED)
        return FB_OK;
    int status = start(&text);
    if (!status)
        status = get_passphrase(options, false, path, text);
    if (!status)
        status = seal_key_unlock(db, text, strlen(text));
    sodium_free(text);
    return status;
}

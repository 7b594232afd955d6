/* See session_vfs.h. */
#include "session_vfs.h"

#include "seal/file.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct file {
    sqlite3_file base;
    sqlite3_file *real;       /* SQLite's own, behind this struct */
    struct seal_file *sealed; /* NULL: plain */
};

static sqlite3_vfs *plain_vfs;
static sqlite3_vfs our_vfs;
static _Thread_local int failure;
static _Thread_local char failure_text[FB_ERROR_TEXT_BYTES];

int app_session_vfs_failure(void)
{
    int status = failure;
    failure = FB_OK;
    return status ? fb_fail(status, "%s", failure_text) : FB_OK;
}

static struct file *of(sqlite3_file *file)
{
    return (struct file *)file;
}

/* SQLite's code for a seal's status; what it cannot say is kept for app_session_vfs_failure. */
static int code_of(struct file *file, int status, int io_code)
{
    if (!status)
        return SQLITE_OK;
    if (status == FB_ERR_NOMEM)
        return SQLITE_NOMEM;
    if (status == FB_ERR_IO)
        return file->sealed && seal_file_errno(file->sealed) == ENOSPC ? SQLITE_FULL : io_code;
    failure = status;
    snprintf(failure_text, sizeof failure_text, "%s", fb_error_text());
    return status == FB_ERR_LOCKED ? SQLITE_AUTH : SQLITE_IOERR_DATA;
}

/* ---- the real file as a place for sealed bytes ---- */

static int errno_of(int code)
{
    return code == SQLITE_OK ? 0 : (code & 0xff) == SQLITE_FULL ? -ENOSPC : -EIO;
}

/* SQLite's read says "short" without saying how short: the size tells. */
static int real_read(void *user, void *bytes, size_t n_bytes, int64_t at, size_t *n_read)
{
    sqlite3_file *real = user;
    sqlite3_int64 size = 0;
    int code = real->pMethods->xFileSize(real, &size);
    int64_t there = code == SQLITE_OK && size > at ? size - at : 0;
    *n_read = there < (int64_t)n_bytes ? (size_t)there : n_bytes;
    if (code == SQLITE_OK && *n_read)
        code = real->pMethods->xRead(real, bytes, (int)*n_read, at);
    if (code == SQLITE_IOERR_SHORT_READ) { /* it has just become shorter */
        *n_read = 0;
        code = SQLITE_OK;
    }
    return errno_of(code);
}

static int real_write(void *user, const void *bytes, size_t n_bytes, int64_t at)
{
    sqlite3_file *real = user;
    return errno_of(real->pMethods->xWrite(real, bytes, (int)n_bytes, at));
}

static int real_truncate(void *user, int64_t n_bytes)
{
    sqlite3_file *real = user;
    return errno_of(real->pMethods->xTruncate(real, n_bytes));
}

static int real_sync(void *user)
{
    sqlite3_file *real = user;
    return errno_of(real->pMethods->xSync(real, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY));
}

static int real_size(void *user, int64_t *n_bytes)
{
    sqlite3_file *real = user;
    sqlite3_int64 size = 0;
    int code = real->pMethods->xFileSize(real, &size);
    *n_bytes = size;
    return errno_of(code);
}

/* ---- the methods ---- */

static int file_close(sqlite3_file *base)
{
    struct file *file = of(base);
    seal_file_close(&file->sealed);
    return file->real->pMethods ? file->real->pMethods->xClose(file->real) : SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *bytes, int n_bytes, sqlite3_int64 at)
{
    struct file *file = of(base);
    if (!file->sealed)
        return file->real->pMethods->xRead(file->real, bytes, n_bytes, at);
    size_t n_read = 0;
    int status = seal_file_read(file->sealed, at, bytes, (size_t)n_bytes, &n_read);
    if (status || n_read == (size_t)n_bytes)
        return code_of(file, status, SQLITE_IOERR_READ);
    memset((char *)bytes + n_read, 0, (size_t)n_bytes - n_read);
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *bytes, int n_bytes, sqlite3_int64 at)
{
    struct file *file = of(base);
    if (!file->sealed)
        return file->real->pMethods->xWrite(file->real, bytes, n_bytes, at);
    return code_of(file, seal_file_write(file->sealed, at, bytes, (size_t)n_bytes), SQLITE_IOERR_WRITE);
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 n_bytes)
{
    struct file *file = of(base);
    if (!file->sealed)
        return file->real->pMethods->xTruncate(file->real, n_bytes);
    return code_of(file, seal_file_truncate(file->sealed, n_bytes), SQLITE_IOERR_TRUNCATE);
}

static int file_sync(sqlite3_file *base, int flags)
{
    return of(base)->real->pMethods->xSync(of(base)->real, flags);
}

static int file_size(sqlite3_file *base, sqlite3_int64 *n_bytes)
{
    struct file *file = of(base);
    if (!file->sealed)
        return file->real->pMethods->xFileSize(file->real, n_bytes);
    int64_t size = 0;
    int status = seal_file_size(file->sealed, &size);
    *n_bytes = size;
    return code_of(file, status, SQLITE_IOERR_FSTAT);
}

static int file_lock(sqlite3_file *base, int level)
{
    return of(base)->real->pMethods->xLock(of(base)->real, level);
}

static int file_unlock(sqlite3_file *base, int level)
{
    return of(base)->real->pMethods->xUnlock(of(base)->real, level);
}

static int file_is_reserved(sqlite3_file *base, int *out)
{
    return of(base)->real->pMethods->xCheckReservedLock(of(base)->real, out);
}

/* Hints about sizes are those of the plain bytes. */
static int file_control(sqlite3_file *base, int what, void *argument)
{
    struct file *file = of(base);
    if (file->sealed && (what == SQLITE_FCNTL_SIZE_HINT || what == SQLITE_FCNTL_CHUNK_SIZE ||
                         what == SQLITE_FCNTL_MMAP_SIZE))
        return SQLITE_OK;
    return file->real->pMethods->xFileControl(file->real, what, argument);
}

static int file_sector(sqlite3_file *base)
{
    return of(base)->real->pMethods->xSectorSize(of(base)->real);
}

static int file_traits(sqlite3_file *base)
{
    return of(base)->real->pMethods->xDeviceCharacteristics(of(base)->real);
}

static int file_shm_map(sqlite3_file *base, int page, int n_bytes, int is_extended, void volatile **out)
{
    return of(base)->real->pMethods->xShmMap(of(base)->real, page, n_bytes, is_extended, out);
}

static int file_shm_lock(sqlite3_file *base, int offset, int n, int flags)
{
    return of(base)->real->pMethods->xShmLock(of(base)->real, offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *base)
{
    of(base)->real->pMethods->xShmBarrier(of(base)->real);
}

static int file_shm_unmap(sqlite3_file *base, int is_deleted)
{
    return of(base)->real->pMethods->xShmUnmap(of(base)->real, is_deleted);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, /* with shared memory, without mapped files */
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* ---- opening ---- */

/* The key that a file without a header gets; NULL: it stays plain. */
static struct seal_key *wanted_key(const char *name, int flags)
{
    if (flags & SQLITE_OPEN_MAIN_DB)
        return seal_key_of_name(sqlite3_uri_parameter(name, "key"));
    sqlite3_file *db = sqlite3_database_file_object(name);
    return db && db->pMethods == &methods && of(db)->sealed ? seal_file_key(of(db)->sealed) : NULL;
}

static int open_seal(struct file *file, const char *name, int flags)
{
    const struct seal_io io = {file->real, real_read, real_write, real_truncate, real_sync, real_size};
    char head[8];
    size_t n_head = 0;
    if (real_read(file->real, head, sizeof head, 0, &n_head))
        return SQLITE_IOERR_READ;
    if (seal_is_sealed(head, n_head))
        return code_of(file, seal_file_open_io(&io, name, &file->sealed), SQLITE_IOERR_READ);
    struct seal_key *key = wanted_key(name, flags);
    if (!key)
        return SQLITE_OK;
    if (n_head) /* beside a sealed database: the log of a plain one was put there */
        return code_of(file, fb_fail(FB_ERR_TAMPERED, "%s: not sealed as its session is", name), SQLITE_IOERR_READ);
    return code_of(file, seal_file_create_io(&io, key, name, &file->sealed), SQLITE_IOERR_WRITE);
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out_flags)
{
    (void)vfs;
    enum { KEPT = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL };
    struct file *file = of(base);
    *file = (struct file){.real = (sqlite3_file *)(file + 1)};
    if (!name || !(flags & KEPT))
        return SQLITE_CANTOPEN;
    memset(file->real, 0, (size_t)plain_vfs->szOsFile);
    int code = plain_vfs->xOpen(plain_vfs, name, file->real, flags, out_flags);
    if (code == SQLITE_OK)
        code = open_seal(file, name, flags);
    if (code == SQLITE_OK)
        file->base.pMethods = &methods;
    else
        file_close(base);
    return code;
}

struct seal_key *app_session_vfs_key(sqlite3 *db)
{
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) || !file || file->pMethods != &methods ||
        !of(file)->sealed)
        return NULL;
    return seal_file_key(of(file)->sealed);
}

/* Everything but opening is the plain one's, which looks at no more of its VFS than what is copied here. */
static int register_code;
static void do_register(void)
{
    plain_vfs = sqlite3_vfs_find(NULL);
    if (!plain_vfs) {
        register_code = SQLITE_ERROR;
        return;
    }
    our_vfs = *plain_vfs;
    our_vfs.zName = APP_SESSION_VFS;
    our_vfs.pNext = NULL;
    our_vfs.szOsFile = (int)sizeof(struct file) + plain_vfs->szOsFile;
    our_vfs.xOpen = vfs_open;
    register_code = sqlite3_vfs_register(&our_vfs, 0);
}

int app_session_vfs_register(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, do_register);
    return register_code == SQLITE_OK ? FB_OK : fb_fail(FB_ERR_FAILED, "SQLite does not start");
}

/* See bad.h. */
#include "bad.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

static char work[] = "/tmp/feltboard-bad-XXXXXX";
static int n_inputs;
static uint8_t good[BAD_MAX_BYTES], spoilt[BAD_MAX_BYTES];

const char *bad_folder_of(const char *path)
{
    static char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = 0;
    return folder;
}

const char *bad_path(const char *kind, const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s/%s", work, kind, name);
    for (char *slash = path + strlen(work) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        mkdir(path, 0755);
        *slash = '/';
    }
    return path;
}

void bad_write(const char *path, const void *bytes, size_t n_bytes)
{
    FILE *file = fopen(path, "wb");
    CHECK_MSG(file && fwrite(bytes, 1, n_bytes, file) == n_bytes && !fclose(file), "%s: %s", path, strerror(errno));
}

size_t bad_read(const char *path, uint8_t bytes[BAD_MAX_BYTES])
{
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(bytes, 1, BAD_MAX_BYTES, file) : 0;
    CHECK_MSG(file && n > 0 && !fclose(file), "%s: %s", path, strerror(errno));
    return n;
}

/* Names and sizes of what lies beside the file, as one number. */
static unsigned long hash_folder(const char *path)
{
    unsigned long hash = 0;
    DIR *entries = opendir(bad_folder_of(path));
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        struct stat info = {0};
        unsigned long one = 5381;
        fstatat(dirfd(entries), entry->d_name, &info, AT_SYMLINK_NOFOLLOW);
        for (const char *c = entry->d_name; *c; c++)
            one = one * 33 + (unsigned char)*c;
        hash += one * 31 + (S_ISREG(info.st_mode) ? (unsigned long)info.st_size : 0);
    }
    if (entries)
        closedir(entries);
    return hash;
}

static int load_kept(const struct bad_kind *kind, const char *what, const char *path)
{
    unsigned long before = hash_folder(path);
    fb_fail(FB_ERR_FAILED, "nothing was said");
    int status = kind->load(path);
    CHECK_MSG(hash_folder(path) == before, "%s, %s: something was left in the folder", kind->name, what);
    n_inputs++;
    return status;
}

static void expect(const struct bad_kind *kind, const char *what, const char *path, const char *says, bool is_fine)
{
    int status = load_kept(kind, what, path);
    if (is_fine && status == FB_OK)
        return;
    const char *name = strrchr(path, '/') + 1;
    char text[FB_ERROR_TEXT_BYTES];
    snprintf(text, sizeof text, "%s", fb_error_text());
    bool is_named = strstr(text, name) || strstr(text, kind->file) || strstr(text, kind->name) || strlen(name) > 200;
    bool is_expected = status == FB_ERR_INPUT || (kind->is_sealed && status == FB_ERR_TAMPERED);
    CHECK_MSG(is_expected, "%s, %s: status %d, \"%s\"", kind->name, what, status, status ? text : "");
    CHECK_MSG(is_named, "%s, %s: \"%s\" does not name the file", kind->name, what, text);
    CHECK_MSG(strlen(text) > 20 && !strchr(text, '\n'), "%s, %s: \"%s\" is not one line", kind->name, what, text);
    CHECK_MSG(!says || strstr(text, says), "%s, %s: \"%s\" does not say \"%s\"", kind->name, what, text, says);
}

static void expect_bytes(const struct bad_kind *kind, const char *what, const char *path, const void *bytes, size_t n,
                         const char *says, bool is_fine)
{
    bad_write(path, bytes, n);
    expect(kind, what, path, says, is_fine);
    unlink(path);
}

/* Root may read everything, so the reader runs as somebody else. */
static void without_permission(const struct bad_kind *kind, const char *path)
{
    bool is_root = geteuid() == 0;
    if (is_root && seteuid(65534)) {
        printf("# %s: no permission: left out, root cannot become somebody else here\n", kind->name);
        return;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        expect(kind, "no permission", path, "ermi", false);
    else
        close(fd);
    CHECK_MSG(fd < 0, "%s could be opened", path);
    CHECK(!is_root || !seteuid(0));
}

static void not_a_file(const struct bad_kind *kind, const char *path)
{
    expect(kind, "missing", path, NULL, kind->is_missing_fine);
    CHECK(!mkdir(path, 0755));
    expect(kind, "a folder", path, kind->folder_says, false);
    rmdir(path);
    CHECK(!mkfifo(path, 0644));
    alarm(20); /* one that waits for a writer never comes back */
    expect(kind, "a named pipe", path, NULL, false);
    alarm(0);
    unlink(path);
    CHECK(!symlink(path, path));
    expect(kind, "a link to itself", path, NULL, false);
    unlink(path);
    CHECK(!symlink("/dev/zero", path));
    expect(kind, "a device", path, NULL, false);
    unlink(path);
    CHECK(!symlink("nowhere", path));
    expect(kind, "a link to nowhere", path, NULL, kind->is_missing_fine);
    unlink(path);
}

static void noise(const struct bad_kind *kind, const char *path, size_t n_good)
{
    static const char control[] = "\x01\x02\xff\xfe\x00\xd8 \r\r\n\x1b[31m";
    static const char words[] = "this is a letter, not what was asked for\n\nRegards\n";
    expect_bytes(kind, "empty", path, "", 0, NULL, kind->is_missing_fine || kind->is_noise_fine);
    expect_bytes(kind, "one byte", path, "\xff", 1, NULL, kind->is_noise_fine);
    expect_bytes(kind, "a letter", path, words, sizeof words - 1, NULL, kind->is_noise_fine);
    expect_bytes(kind, "control characters", path, control, sizeof control - 1, NULL, kind->is_noise_fine);
    memset(spoilt, 0, 65536);
    expect_bytes(kind, "zeros", path, spoilt, 65536, NULL, kind->is_noise_fine);
    uint32_t state = 1;
    for (size_t i = 0; i < 65536; i++)
        spoilt[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    expect_bytes(kind, "chance", path, spoilt, 65536, NULL, kind->is_noise_fine);
    for (size_t i = 0; i < n_good; i++) /* each word turned round: the other byte order */
        spoilt[i] = good[(i ^ 3) < n_good ? (i ^ 3) : i];
    expect_bytes(kind, "bytes of words turned round", path, spoilt, n_good, NULL, kind->is_noise_fine);
}

static void run_case(const struct bad_kind *kind, const struct bad_case *row, const char *path, size_t n_good)
{
    if (row->text) {
        expect_bytes(kind, row->what, path, row->text, strlen(row->text), row->says, false);
        return;
    }
    size_t n = row->share > 0 ? (size_t)((double)n_good * row->share) : n_good;
    memcpy(spoilt, good, n);
    long at = row->at < 0 ? (long)n + row->at : row->at;
    if (CHECK_MSG(at >= 0 && (size_t)at + row->n_put <= n, "%s, %s: outside the file", kind->name, row->what) && row->n_put)
        memcpy(spoilt + at, row->put, row->n_put);
    expect_bytes(kind, row->what, path, spoilt, n, row->says, false);
}

bool bad_check_kind(const struct bad_kind *kind, const struct bad_case *cases, int n)
{
    char path[600], odd[5000];
    int n_failed_before = test_n_failed_checks;
    size_t n_good = kind->make(good);
    snprintf(path, sizeof path, "%s", bad_path(kind->name, kind->file));
    bad_write(path, good, n_good);
    CHECK_MSG(kind->load(path) == FB_OK, "%s: the good one is refused: %s", kind->name, fb_error_text());
    chmod(path, 0);
    without_permission(kind, path);
    unlink(path);
    not_a_file(kind, path);
    noise(kind, path, n_good);
    for (int i = 0; i < n; i++)
        run_case(kind, &cases[i], path, n_good);
    if (strcmp(kind->file, "session.db") && !strchr(kind->file, '!')) { /* a name that is no UTF-8 */
        snprintf(odd, sizeof odd, "%s/\xff\xfe\xe4.x", bad_folder_of(path));
        expect(kind, "missing, its name no UTF-8", odd, NULL, true);
    }
    return test_n_failed_checks == n_failed_before;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info, (void)type, (void)where;
    return remove(path);
}

void bad_begin(void)
{
    if (!mkdtemp(work) || chmod(work, 0755))
        abort();
    umask(022);
}

int bad_end(void)
{
    nftw(work, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    printf("# %d bad inputs\n", n_inputs);
    return n_inputs;
}

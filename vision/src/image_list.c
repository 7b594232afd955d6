/* See image_list.h. */
#include "image_list.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_IMAGES = 4000000 }; /* 37 hours at 30 a second */

/* prefix NUMBER suffix; width 0: plain %d */
struct pattern {
    char prefix[256], suffix[256];
    int width;
    bool is_zero_padded;
};

static const char *skip_zeros(const char *s)
{
    while (*s == '0')
        s++;
    return s;
}

static size_t n_digits(const char *s)
{
    return strspn(s, "0123456789");
}

int vis_compare_natural(const char *a, const char *b)
{
    const char *start_a = a, *start_b = b;
    while (*a && *b) {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            a = skip_zeros(a);
            b = skip_zeros(b);
            size_t n_a = n_digits(a), n_b = n_digits(b);
            int order = n_a != n_b ? (n_a < n_b ? -1 : 1) : strncmp(a, b, n_a);
            if (order)
                return order;
            a += n_a;
            b += n_b;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    if (*a || *b)
        return *a ? 1 : -1;
    return strcmp(start_a, start_b); /* "1" and "01": equal numbers, one order all the same */
}

static int compare_entries(const void *a, const void *b)
{
    return vis_compare_natural(*(char *const *)a, *(char *const *)b);
}

static bool has_picture_ending(const char *name)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".png",  ".webp", ".bmp",
                                          ".gif", ".tif",  ".tiff", ".pgm",  ".ppm"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (!strcasecmp(dot, endings[i]))
            return true;
    return false;
}

/* Copies literal text up to a conversion or the end, "%%" as "%". False: too long or malformed. */
static bool copy_literal(const char **at, char *to, size_t n_bytes)
{
    size_t n = 0;
    const char *c = *at;
    for (; *c && n + 1 < n_bytes; c++) {
        if (*c == '%' && *++c != '%') {
            c--;
            break;
        }
        to[n++] = *c;
    }
    to[n] = 0;
    *at = c;
    return n + 1 < n_bytes;
}

static bool parse_pattern(const char *path, struct pattern *pattern)
{
    const char *slash = strrchr(path, '/'), *c = slash ? slash + 1 : path;
    *pattern = (struct pattern){0};
    if (!copy_literal(&c, pattern->prefix, sizeof pattern->prefix) || *c++ != '%')
        return false;
    pattern->is_zero_padded = *c == '0';
    c = skip_zeros(c);
    for (; isdigit((unsigned char)*c) && pattern->width < 100; c++)
        pattern->width = 10 * pattern->width + (*c - '0');
    if (*c++ != 'd' || pattern->width > 20)
        return false;
    return copy_literal(&c, pattern->suffix, sizeof pattern->suffix) && !*c;
}

/* Whether printf would make this name from some number. */
static bool matches_pattern(const struct pattern *pattern, const char *name)
{
    size_t n_prefix = strlen(pattern->prefix);
    if (strncmp(name, pattern->prefix, n_prefix))
        return false;
    const char *digits = name + n_prefix;
    size_t n_spaces = pattern->is_zero_padded ? 0 : strspn(digits, " ");
    digits += n_spaces;
    size_t n = n_digits(digits), width = (size_t)pattern->width;
    if (n == 0 || strcmp(digits + n, pattern->suffix))
        return false;
    if (n_spaces && n + n_spaces != width)
        return false;
    bool is_padded = n > 1 && digits[0] == '0';
    return is_padded ? pattern->is_zero_padded && n == width : n + n_spaces >= width;
}

bool vis_is_image_pattern(const char *path)
{
    struct pattern pattern;
    return parse_pattern(path, &pattern);
}

static int add(struct vis_image_list *list, const char *name)
{
    if (list->n == MAX_IMAGES)
        return fb_fail(FB_ERR_INPUT, "%s: more than %d pictures", list->folder, MAX_IMAGES);
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 256;
        char **names = realloc(list->names, capacity * sizeof *names);
        if (!names)
            return fb_fail_nomem("a list of pictures", capacity * sizeof *names);
        list->names = names;
        list->capacity = capacity;
    }
    if (!(list->names[list->n] = strdup(name)))
        return fb_fail_nomem("a file name", strlen(name));
    list->n++;
    return FB_OK;
}

/* pattern NULL: by ending */
static int list_names(struct vis_image_list *list, const struct pattern *pattern)
{
    DIR *dir = opendir(*list->folder ? list->folder : ".");
    if (!dir)
        return fb_fail(FB_ERR_INPUT, "%s: %s; check the path", list->folder, strerror(errno));
    int status = FB_OK;
    for (struct dirent *entry; status == FB_OK && (entry = readdir(dir));)
        if (entry->d_name[0] != '.' && entry->d_type != DT_DIR &&
            (pattern ? matches_pattern(pattern, entry->d_name) : has_picture_ending(entry->d_name)))
            status = add(list, entry->d_name);
    closedir(dir);
    if (list->n)
        qsort(list->names, list->n, sizeof *list->names, compare_entries);
    return status;
}

/* The path's folder part; the caller checks for NULL. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup("");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

int vis_image_list_folder(struct vis_image_list *list, const char *folder)
{
    *list = (struct vis_image_list){.folder = strdup(folder)};
    if (!list->folder)
        return fb_fail_nomem("a path", strlen(folder));
    for (size_t n = strlen(folder); n > 1 && list->folder[n - 1] == '/'; n--)
        list->folder[n - 1] = 0;
    int status = list_names(list, NULL);
    if (status == FB_OK && !list->n)
        return fb_fail(FB_ERR_INPUT,
                       "%s: no pictures in this folder (jpg, png, webp, bmp, gif, tif, "
                       "pgm, ppm)",
                       folder);
    return status;
}

int vis_image_list_pattern(struct vis_image_list *list, const char *path)
{
    struct pattern pattern;
    *list = (struct vis_image_list){.folder = folder_of(path)};
    if (!list->folder)
        return fb_fail_nomem("a path", strlen(path));
    if (!parse_pattern(path, &pattern))
        return fb_fail(FB_ERR_USAGE, "%s: give one %%d or %%04d in the file's name", path);
    int status = list_names(list, &pattern);
    if (status == FB_OK && !list->n)
        return fb_fail(FB_ERR_INPUT, "%s: no file fits this pattern; check the path", path);
    return status;
}

int vis_image_list_single(struct vis_image_list *list, const char *path)
{
    const char *slash = strrchr(path, '/');
    *list = (struct vis_image_list){.folder = folder_of(path)};
    if (!list->folder)
        return fb_fail_nomem("a path", strlen(path));
    return add(list, slash ? slash + 1 : path);
}

void vis_image_list_finish(struct vis_image_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->names[i]);
    free(list->names);
    free(list->folder);
    *list = (struct vis_image_list){0};
}

bool vis_image_list_path(const struct vis_image_list *list, size_t i, char *text, size_t n_bytes)
{
    size_t n_folder = strlen(list->folder);
    const char *slash = n_folder && list->folder[n_folder - 1] != '/' ? "/" : "";
    int n = snprintf(text, n_bytes, "%s%s%s", list->folder, slash, list->names[i]);
    return n > 0 && (size_t)n < n_bytes;
}

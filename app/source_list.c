/* See source_list.h. */
#include "source_list.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

static const char hint[] = "give a text file with a source a line";

void app_source_list_finish(struct app_source_list *list)
{
    for (int i = list->n_arguments; i < list->n; i++)
        free(list->all[i]);
    free(list->all);
    *list = (struct app_source_list){0};
}

static int add(struct app_source_list *list, const char *line)
{
    if (list->n == list->n_room) {
        int n_room = 2 * list->n_room + 64;
        char **all = reallocarray(list->all, (size_t)n_room, sizeof *all);
        if (!all)
            return fb_fail_nomem("the list of sources", (size_t)n_room * sizeof *all);
        list->all = all;
        list->n_room = n_room;
    }
    if (!(list->all[list->n] = strdup(line)))
        return fb_fail_nomem("a source's name", strlen(line) + 1);
    list->n++;
    return FB_OK;
}

static int add_lines(struct app_source_list *list, const char *path)
{
    char line[APP_SOURCE_MAX_BYTES];
    bool is_end = false;
    FILE *file;
    int n_before = list->n, status = fb_file_open(path, hint, &file);
    if (status)
        return status;
    for (int number = 1; !status && !is_end; number++) {
        status = fb_file_next_line(file, path, number, hint, line, sizeof line, &is_end);
        if (!status && *line)
            status = add(list, line);
    }
    fclose(file);
    return status || list->n > n_before ? status : fb_fail(FB_ERR_INPUT, "%s: no source in it; %s", path, hint);
}

int app_source_list_read(char **arguments, int n_arguments, const char *path, struct app_source_list *list)
{
    size_t n_bytes = (size_t)(n_arguments + 1) * sizeof *list->all;
    *list = (struct app_source_list){.all = malloc(n_bytes), .n_room = n_arguments + 1};
    if (!list->all)
        return fb_fail_nomem("the list of sources", n_bytes);
    for (int i = 0; i < n_arguments; i++)
        list->all[i] = arguments[i];
    list->n = list->n_arguments = n_arguments;
    return path ? add_lines(list, path) : FB_OK;
}

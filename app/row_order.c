/* See row_order.h. */
#include "row_order.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    const struct app_row *left = a, *right = b;
    int order = left->number || right->number ? left->number - right->number : strcoll(left->name, right->name);
    return order ? order : left->row - right->row;
}

static float middle_y(const struct app_row *row)
{
    return row->place.y + row->place.h / 2;
}

static int by_depth(const void *a, const void *b)
{
    const struct app_row *left = a, *right = b;
    if (left->has_place != right->has_place)
        return right->has_place - left->has_place;
    if (!left->has_place)
        return left->row - right->row;
    float d = middle_y(left) - middle_y(right);
    return d < 0 ? -1 : d > 0 ? 1 : left->row - right->row;
}

static int by_side(const void *a, const void *b)
{
    const struct app_row *left = a, *right = b;
    float d = left->place.x - right->place.x;
    return d < 0 ? -1 : d > 0 ? 1 : left->row - right->row;
}

void app_rows_sort(struct app_row *rows, int n, bool is_by_name)
{
    qsort(rows, (size_t)n, sizeof *rows, is_by_name ? by_name : by_depth);
    for (int i = 0, end; i < n && !is_by_name && rows[i].has_place; i = end) {
        for (end = i + 1; end < n && rows[end].has_place &&
                          middle_y(&rows[end]) - middle_y(&rows[i]) < rows[i].place.h;)
            end++;
        qsort(rows + i, (size_t)(end - i), sizeof *rows, by_side);
    }
}

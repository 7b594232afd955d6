/* See truth.h. Covering is tried at points of the face against the heads and trunks drawn later. */
#include "truth.h"

#include <math.h>

enum { N_TRIES = 6 };

static float face_px(const struct demo_layout *l, int student)
{
    return l->rows[l->seats[student].row].face_px;
}

static struct mon_box box_of(const struct demo_layout *l, int student, const struct demo_pose *pose)
{
    float side = face_px(l, student) * pose->scale;
    return (struct mon_box){pose->x - 0.5f * side, pose->y + pose->slide - 0.5f * side, side, side};
}

/* As scene.c draws: rows from the back; within one, those who are up before the seated. */
static bool is_drawn_later(const struct demo_layout *l, const struct demo_pose *poses, int a,
                           int than)
{
    int row_a = l->seats[a].row, row_b = l->seats[than].row;
    if (row_a != row_b)
        return row_a < row_b;
    if (poses[a].is_up != poses[than].is_up)
        return !poses[a].is_up;
    return a > than;
}

static bool covers(const struct demo_pose *pose, float face, float x, float y)
{
    float dx = fabsf(x - pose->x) / face, dy = (y - pose->y) / face;
    if (dx < 0.48f && dy > -0.80f && dy < 0.6f)
        return true;
    dx = fabsf(x - pose->body_x) / face;
    dy = (y - pose->body_y) / face;
    return dy > 0.75f && dx < (dy > 1.05f ? 0.92f : 0.6f);
}

static bool is_covered(const struct demo_layout *l, const struct demo_pose *poses, int student,
                       float x, float y)
{
    for (int r = 0; r < l->seats[student].row; r++)
        if (y > l->rows[r].desk_y)
            return true;
    for (int i = 0; i < l->n_students; i++)
        if (i != student && !poses[i].is_absent && is_drawn_later(l, poses, i, student) &&
            covers(&poses[i], face_px(l, i), x, y))
            return true;
    return false;
}

static bool is_visible(const struct demo_layout *l, const struct demo_pose *poses, int student,
                       const struct mon_box *box)
{
    int n_seen = 0;
    if (poses[student].is_absent)
        return false;
    for (int i = 0; i < N_TRIES * N_TRIES; i++) {
        float x = box->x + box->w * ((float)(i % N_TRIES) + 0.5f) / N_TRIES;
        float y = box->y + box->h * ((float)(i / N_TRIES) + 0.5f) / N_TRIES;
        bool is_inside = x >= 0.0f && y >= 0.0f && x < (float)l->width && y < (float)l->height;
        n_seen += is_inside && !is_covered(l, poses, student, x, y);
    }
    return 4 * n_seen >= 3 * N_TRIES * N_TRIES;
}

void demo_truth_at(const struct demo_layout *l, uint64_t seed, double t_s,
                   struct vis_demo_student *students)
{
    struct demo_pose poses[DEMO_MAX_STUDENTS];
    for (int i = 0; i < l->n_students; i++)
        poses[i] = demo_script_pose(l, seed, i, t_s);
    for (int i = 0; i < l->n_students; i++) {
        struct mon_box box = box_of(l, i, &poses[i]);
        students[i] = (struct vis_demo_student){
            .id = i + 1,
            .box = box,
            .expression = poses[i].expression,
            .weight = poses[i].weight,
            .is_visible = is_visible(l, poses, i, &box),
            .is_looking_down = poses[i].is_looking_down,
        };
    }
}

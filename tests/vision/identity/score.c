/* See score.h. */
#include "score.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static float distance(const struct mon_box *a, const struct mon_box *b)
{
    float apart = hypotf(a->x + a->w / 2 - b->x - b->w / 2, a->y + a->h / 2 - b->y - b->h / 2);
    return apart / fmaxf(1, fminf(a->w, b->w));
}

static void count_pair(struct score *score, int person, int number)
{
    if (number >= SCORE_NUMBERS)
        number = SCORE_NUMBERS - 1;
    score->counts[person][number]++;
    score->n_switches += score->last[person] && score->last[person] != number;
    score->last[person] = number;
}

void score_add(struct score *score, const struct score_box *truth, int n_truth,
               const struct score_box *given, int n_given)
{
    bool is_found[SCORE_PEOPLE] = {false}, is_used[MON_MAX_FACES] = {false};
    int n_pairs = 0;
    for (;; n_pairs++) { /* nearest pair first */
        float nearest = 0.5F;
        int best = -1, best_given = -1;
        for (int i = 0; i < n_truth; i++)
            for (int k = 0; k < n_given && !is_found[i]; k++) {
                float apart = distance(&truth[i].box, &given[k].box);
                if (!is_used[k] && apart < nearest) {
                    nearest = apart;
                    best = i;
                    best_given = k;
                }
            }
        if (best < 0)
            break;
        is_found[best] = is_used[best_given] = true;
        count_pair(score, truth[best].who, given[best_given].who);
    }
    score->n_truth += n_truth;
    score->n_given += n_given;
    score->n_missed += n_truth - n_pairs;
    score->n_false += n_given - n_pairs;
}

static int most_worn(const struct score *score, const bool *is_done, const bool *is_taken,
                     int *person, int *number)
{
    int most = 0;
    for (int p = 1; p < SCORE_PEOPLE; p++)
        for (int k = 1; k < SCORE_NUMBERS && !is_done[p]; k++)
            if (!is_taken[k] && score->counts[p][k] > most) {
                most = score->counts[p][k];
                *person = p;
                *number = k;
            }
    return most;
}

struct score_result score_finish(struct score *score)
{
    bool is_done[SCORE_PEOPLE] = {false}, is_taken[SCORE_NUMBERS] = {false};
    int n_right = 0, n_worn = 0, n_people = 0, last_number = 0;
    for (int person = 0, number = 0, n;
         (n = most_worn(score, is_done, is_taken, &person, &number));) {
        n_right += n;
        is_done[person] = is_taken[number] = true;
    }
    for (int p = 1; p < SCORE_PEOPLE; p++) {
        n_people += score->last[p] > 0;
        for (int k = 1; k < SCORE_NUMBERS; k++) {
            n_worn += score->counts[p][k] > 1;
            last_number = score->counts[p][k] && k > last_number ? k : last_number;
        }
    }
    double people = n_people ? n_people : 1, n_truth = score->n_truth ? score->n_truth : 1;
    int n_wrong = score->n_missed + score->n_false + score->n_switches;
    return (struct score_result){
        .idf1 = 2.0 * n_right / (score->n_truth + score->n_given + 1e-9),
        .mota = 1.0 - n_wrong / n_truth,
        .n_switches = score->n_switches,
        .ids_per_student = n_worn / people,
        .numbers_per_student = last_number / people,
    };
}

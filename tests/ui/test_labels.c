/* Labels: never over each other, never outside, whatever the class looks like. */
#include "labels.h"
#include "test.h"

#include "base/rng.h"

enum { N_LAYOUTS = 200 };

static int random_requests(struct fb_rng *rng, struct ui_rect bounds,
                           struct ui_label_request *requests)
{
    int n = 1 + (int)fb_rng_below(rng, UI_MAX_LABELS);
    for (int i = 0; i < n; i++) {
        float size = fb_rng_range(rng, 12, 220);
        struct ui_rect box =
            ui_rect(fb_rng_range(rng, bounds.x - size / 2, ui_right(bounds)),
                    fb_rng_range(rng, bounds.y - size / 2, ui_bottom(bounds)), size, size);
        box = ui_rect_intersect(box, bounds);
        box.w = fmaxf(1, box.w);
        box.h = fmaxf(1, box.h);
        requests[i] = (struct ui_label_request){.box = box,
                                                .height = fb_rng_range(rng, 16, 40),
                                                .rank = (int)fb_rng_below(rng, 1000),
                                                .last_side = (int)fb_rng_below(rng, 12) - 1};
        float width = fb_rng_range(rng, 90, 320);
        for (int level = 0; level < UI_LABEL_LEVELS; level++, width *= .7f)
            requests[i].widths[level] = width;
    }
    return n;
}

static void check_places(const struct ui_label_place *places, int n, struct ui_rect bounds)
{
    for (int i = 0; i < n; i++) {
        if (places[i].level < 0)
            continue;
        CHECK_MSG(ui_rect_is_inside(places[i].rect, bounds), "label %d leaves the picture", i);
        for (int k = 0; k < i; k++)
            if (places[k].level >= 0)
                CHECK_MSG(!(ui_rect_overlap(places[i].rect, places[k].rect) > 0),
                          "labels %d and %d overlap", i, k);
    }
}

static void never_collide(void)
{
    struct fb_rng rng;
    fb_rng_seed(&rng, 20260302);
    int n_faces = 0, n_placed = 0;
    for (int layout = 0; layout < N_LAYOUTS; layout++) {
        struct ui_label_request requests[UI_MAX_LABELS];
        struct ui_label_place places[UI_MAX_LABELS];
        struct ui_rect bounds =
            ui_rect(fb_rng_range(&rng, 0, 50), fb_rng_range(&rng, 0, 50),
                    fb_rng_range(&rng, 300, 1900), fb_rng_range(&rng, 200, 1000));
        int n = random_requests(&rng, bounds, requests);
        ui_labels_place(requests, n, bounds, 3, places);
        check_places(places, n, bounds);
        n_faces += n;
        for (int i = 0; i < n; i++)
            n_placed += places[i].level >= 0;
    }
    CHECK_MSG(n_placed * 10 > n_faces * 6, "only %d of %d labels found room", n_placed, n_faces);
}

/* Two faces with room all round: both say everything, above their boxes. */
static void says_all_with_room(void)
{
    struct ui_rect bounds = ui_rect(0, 0, 1000, 600);
    struct ui_label_request requests[2] = {
        {{100, 200, 120, 120}, {180, 150, 110, 60, 24}, 22, 0, false, -1},
        {{600, 200, 120, 120}, {180, 150, 110, 60, 24}, 22, 0, false, -1}};
    struct ui_label_place places[2];
    ui_labels_place(requests, 2, bounds, 3, places);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(places[i].level, 0);
        CHECK_NEAR(places[i].rect.x, requests[i].box.x, 0);
        CHECK_NEAR(ui_bottom(places[i].rect), requests[i].box.y - 3, .01);
    }
}

static void stays_at_its_side(void)
{
    struct ui_rect bounds = ui_rect(0, 0, 1000, 600);
    struct ui_label_request request = {{100, 200, 120, 120}, {80, 70, 60, 50, 24}, 22, 0, false, 3};
    struct ui_label_place place;
    ui_labels_place(&request, 1, bounds, 3, &place);
    CHECK_INT(place.side, 3);
    CHECK(place.rect.y > request.box.y);
}

static void top_edge_goes_below(void)
{
    struct ui_label_request request = {
        {100, 0, 120, 120}, {180, 150, 110, 60, 24}, 22, 0, false, -1};
    struct ui_label_place place;
    ui_labels_place(&request, 1, ui_rect(0, 0, 1000, 600), 3, &place);
    CHECK_INT(place.level, 0);
    CHECK_NEAR(place.rect.y, 123, .01);
}

static void full_class_stays_even(void)
{
    struct ui_label_request requests[40];
    struct ui_label_place places[40];
    for (int i = 0; i < 40; i++)
        requests[i] = (struct ui_label_request){
            .box = {10 + (float)(i % 10) * 100, 40 + (float)(i / 10) * 100, 60, 60},
            .widths = {240, 200, 140, 60, 24},
            .height = 22,
            .last_side = -1,
            .says_all = i == 13};
    ui_labels_place(requests, 40, ui_rect(0, 0, 1000, 460), 3, places);
    int n_short = 0;
    for (int i = 0; i < 40; i++)
        n_short += places[i].level == 3;
    CHECK_MSG(n_short >= 36, "%d of 40 labels are short names", n_short);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"never_collide", never_collide},
        {"says_all_with_room", says_all_with_room},
        {"stays_at_its_side", stays_at_its_side},
        {"top_edge_goes_below", top_edge_goes_below},
        {"full_class_stays_even", full_class_stays_even},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}

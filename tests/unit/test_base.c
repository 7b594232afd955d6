/* core/base: queues, frames, pool, rng, arena, status. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/expression.h"
#include "base/fifo.h"
#include "base/file.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "base/pool.h"
#include "base/profile.h"
#include "base/rng.h"
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>

static int n_disposed;
static void dispose(void *item)
{
    (void)item;
    n_disposed++;
}

static void status_text(void)
{
    int code = fb_fail(FB_ERR_INPUT, "line %d", 7);
    CHECK_INT(fb_fail_context(code, "x.net"), FB_ERR_INPUT);
    CHECK_STR(fb_error_text(), "x.net: line 7");
    CHECK_INT(fb_status_exit_code(FB_ERR_INPUT), 3);
    CHECK_INT(fb_status_exit_code(FB_ERR_INTERRUPTED), 130);
    char longer[3000];
    memset(longer, 'a', sizeof longer);
    longer[sizeof longer - 1] = 0;
    fb_fail(FB_ERR_FAILED, "%s", longer);
    fb_fail_context(FB_ERR_FAILED, "%s", longer);
    CHECK_INT(strlen(fb_error_text()), FB_ERROR_TEXT_BYTES - 1);
}

static void expression_names(void)
{
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        CHECK_INT(fb_expression_from_name(fb_expression_name(i)), i);
    CHECK_INT(fb_expression_from_name("Happiness"), -1);
    CHECK_STR(fb_expression_name(-1), "not sure");
}

static void mailbox_newest_wins(void)
{
    struct fb_mailbox *box;
    n_disposed = 0;
    if (!CHECK_INT(fb_mailbox_create(dispose, &box), 0))
        return;
    int items[3];
    CHECK(!fb_mailbox_take(box));
    for (int i = 0; i < 3; i++)
        fb_mailbox_send(box, &items[i]);
    CHECK_INT(fb_mailbox_n_dropped(box), 2);
    CHECK_INT(n_disposed, 2);
    CHECK(fb_mailbox_take(box) == &items[2]);
    int64_t before_ns = fb_clock_now_ns();
    CHECK(!fb_mailbox_wait(box, before_ns + 20 * FB_NS_PER_MS));
    CHECK(fb_clock_now_ns() - before_ns >= 20 * FB_NS_PER_MS);
    fb_mailbox_close(box);
    fb_mailbox_send(box, &items[0]);
    CHECK_INT(n_disposed, 3);
    CHECK(!fb_mailbox_wait(box, INT64_MAX));
    fb_mailbox_destroy(&box);
    CHECK(!box);
}

static void *send_hundred(void *arg)
{
    static int items[100];
    for (int i = 0; i < 100; i++)
        fb_fifo_send_wait(arg, &items[i]);
    fb_fifo_close(arg);
    return items;
}

static void fifo_keeps_order_across_threads(void)
{
    struct fb_fifo *fifo;
    if (!CHECK_INT(fb_fifo_create(4, dispose, &fifo), 0))
        return;
    pthread_t sender;
    pthread_create(&sender, NULL, send_hundred, fifo);
    int *first = NULL, n = 0;
    for (int *item; (item = fb_fifo_wait(fifo, INT64_MAX)); n++) {
        if (!first)
            first = item;
        CHECK(item == first + n);
    }
    CHECK_INT(n, 100);
    pthread_join(sender, NULL);
    fb_fifo_destroy(&fifo);
}

static void fifo_counts_what_it_loses(void)
{
    struct fb_fifo *fifo;
    n_disposed = 0;
    if (!CHECK_INT(fb_fifo_create(2, dispose, &fifo), 0))
        return;
    int item;
    CHECK(fb_fifo_send(fifo, &item));
    CHECK(fb_fifo_send(fifo, &item));
    CHECK(!fb_fifo_send(fifo, &item));
    CHECK_INT(fb_fifo_n_dropped(fifo), 1);
    CHECK_INT(n_disposed, 1);
    fb_fifo_destroy(&fifo);
    CHECK_INT(n_disposed, 3);
}

static void frames_are_pooled(void)
{
    struct fb_frame_pool *pool;
    CHECK_INT(fb_frame_pool_create(1, 0, 5, &pool), FB_ERR_USAGE);
    CHECK_INT(fb_frame_pool_create(1, 5, FB_FRAME_MAX_SIDE + 1, &pool), FB_ERR_USAGE);
    if (!CHECK_INT(fb_frame_pool_create(2, 5, 3, &pool), 0))
        return;
    struct fb_frame *a = fb_frame_acquire(pool), *b = fb_frame_acquire(pool);
    CHECK(a && b && a != b);
    CHECK(!fb_frame_acquire(pool));
    fb_frame_clear(a);
    fb_frame_clear(b);
    CHECK_INT(a->v[(a->height + 1) / 2 * a->uv_stride - 1], 128);
    struct fb_frame *same = fb_frame_ref(a);
    fb_frame_unref(&a);
    CHECK(!a);
    CHECK_INT(fb_frame_pool_n_free(pool), 0);
    same->y[4] = 9;
    same->pts_ns = 77;
    fb_frame_copy(b, same);
    CHECK_INT(b->y[4], 9);
    CHECK_INT(b->pts_ns, 77);
    fb_frame_unref(&same);
    CHECK_INT(fb_frame_pool_n_free(pool), 1);
    fb_frame_unref(&b);
    fb_frame_pool_destroy(&pool);
}

static void mark(void *user, int item, int worker)
{
    (void)worker;
    atomic_fetch_add(&((atomic_int *)user)[item], 1);
}

static void pool_does_each_item_once(void)
{
    for (int n_threads = 1; n_threads <= 4; n_threads++) {
        struct fb_pool *pool;
        if (!CHECK_INT(fb_pool_create(n_threads, &pool), 0))
            return;
        CHECK_INT(fb_pool_n_threads(pool), n_threads);
        static atomic_int counts[257];
        memset((void *)counts, 0, sizeof counts);
        for (int round = 1; round <= 50; round++)
            fb_pool_run(pool, 257, mark, counts);
        for (int i = 0; i < 257; i++)
            CHECK_INT(atomic_load(&counts[i]), 50);
        fb_pool_destroy(&pool);
    }
}

/* Longer than a waiting thread looks, so that it sleeps: now the workers between loops, now the
 * caller at a loop's end. */
static void dawdle(void *user, int item, int worker)
{
    if (worker && item % 3 == 0)
        fb_clock_sleep_until_ns(fb_clock_now_ns() + 150 * 1000);
    mark(user, item, worker);
}

static void pool_wakes_who_sleeps(void)
{
    enum { N_ROUNDS = 600 };
    struct fb_pool *pool;
    static atomic_int counts[8];
    int wanted[8] = {0};
    if (!CHECK_INT(fb_pool_create(3, &pool), 0))
        return;
    for (int round = 0; round < N_ROUNDS; round++) {
        int n = 1 + round % 8;
        if (round % 7 == 0)
            fb_clock_sleep_until_ns(fb_clock_now_ns() + 200 * 1000);
        fb_pool_run(pool, n, dawdle, counts);
        for (int i = 0; i < 8; i++) {
            wanted[i] += i < n;
            if (atomic_load(&counts[i]) !=
                wanted[i]) /* all are done when the loop returns, and none twice */
                CHECK_MSG(false, "round %d: item %d done %d times, not %d", round, i,
                          atomic_load(&counts[i]), wanted[i]);
        }
    }
    CHECK_INT(atomic_load(&counts[0]), N_ROUNDS);
    fb_pool_destroy(&pool);
}

static void rng_is_seeded(void)
{
    struct fb_rng a, b;
    fb_rng_seed(&a, 5);
    fb_rng_seed(&b, 5);
    double sum = 0, squares = 0;
    for (int i = 0; i < 20000; i++) {
        float x = fb_rng_normal(&a);
        CHECK(x == fb_rng_normal(&b));
        sum += x;
        squares += x * x;
    }
    CHECK_NEAR(sum / 20000, 0, 0.03);
    CHECK_NEAR(squares / 20000, 1, 0.04);
    int counts[5] = {0};
    for (int i = 0; i < 5000; i++)
        counts[fb_rng_below(&a, 5)]++;
    for (int i = 0; i < 5; i++)
        CHECK_NEAR(counts[i], 1000, 150);
    fb_rng_seed_stream(&a, 1, 2);
    fb_rng_seed_stream(&b, 2, 1);
    CHECK(fb_rng_u64(&a) != fb_rng_u64(&b));
}

static void arena_hands_out_and_ends(void)
{
    struct fb_arena arena;
    if (!CHECK_INT(fb_arena_init(&arena, 200), 0))
        return;
    char *a = fb_arena_alloc(&arena, 1), *b = fb_arena_alloc(&arena, 100);
    CHECK(a && b && b - a == FB_ARENA_ALIGN);
    CHECK(!fb_arena_alloc(&arena, 100));
    CHECK_INT(b[99], 0);
    fb_arena_finish(&arena);
}

static void profile_quantiles(void)
{
    static struct fb_profile profile;
    CHECK_INT(fb_profile_quantile(&profile, 0.5), 0);
    for (int i = 0; i < 1000; i++)
        fb_profile_add(&profile, i, i * 10 * FB_NS_PER_MS);
    CHECK_INT(fb_profile_quantile(&profile, 0.0), 744);
    CHECK_INT(fb_profile_quantile(&profile, 1.0), 999);
    CHECK_NEAR(fb_profile_rate(&profile, 9990 * FB_NS_PER_MS), 100, 0.5);
    CHECK_NEAR(fb_profile_rate(&profile, 20000 * FB_NS_PER_MS), 0, 0.001);
}

static char logged[64];
static void keep_log(void *user, enum fb_log_level level, const char *module, const char *line)
{
    (void)user;
    snprintf(logged, sizeof logged, "%d %s %s", level, module, line);
}

static void log_reaches_the_callback(void)
{
    fb_log(FB_LOG_ERROR, "x", "nobody listens");
    fb_log_set(keep_log, NULL, FB_LOG_WARN);
    fb_log(FB_LOG_WARN, "camera", "lost %d", 3);
    fb_log(FB_LOG_INFO, "camera", "too quiet");
    CHECK_STR(logged, "2 camera lost 3");
    fb_log_set(NULL, NULL, FB_LOG_NONE);
}

/* Line ends of both kinds, a byte order mark, an empty line, a last one without an end, lines that just fit and just do not. */
static void lines_of_text(void)
{
    static const char text[] = "\xEF\xBB\xBF" "one\r\n\ntwo\r three\nsevenxx\nlast";
    static const char *const expected[] = {"one", "", "two\r three", "sevenxx", "last"};
    char line[12];
    bool is_end = false;
    FILE *file = fmemopen((void *)(uintptr_t)text, sizeof text - 1, "r");
    for (int i = 0; i < 5; i++) {
        CHECK_INT(fb_file_next_line(file, "t.txt", i + 1, "hint", line, sizeof line, &is_end), FB_OK);
        CHECK_STR(line, expected[i]);
        CHECK(!is_end);
    }
    CHECK_INT(fb_file_next_line(file, "t.txt", 6, "hint", line, sizeof line, &is_end), FB_OK);
    CHECK(is_end);
    rewind(file);
    CHECK_INT(fb_file_next_line(file, "t.txt", 1, "hint", line, 4, &is_end), FB_ERR_INPUT); /* "one", then the CR */
    CHECK_STR(fb_error_text(), "t.txt:1: a line of more than 3 bytes; hint");
    fclose(file);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"status text", status_text},
        {"expression names", expression_names},
        {"mailbox: newest wins", mailbox_newest_wins},
        {"fifo: order across threads", fifo_keeps_order_across_threads},
        {"fifo: counts losses", fifo_counts_what_it_loses},
        {"frames are pooled", frames_are_pooled},
        {"pool: each item once", pool_does_each_item_once},
        {"pool wakes who sleeps", pool_wakes_who_sleeps},
        {"rng: seeded", rng_is_seeded},
        {"arena", arena_hands_out_and_ends},
        {"profile: quantiles and rate", profile_quantiles},
        {"log", log_reaches_the_callback},
        {"lines of text", lines_of_text},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}

/* Allocations of the demo class: none while frames are read, and any one of them may fail while it
 * is set up. malloc and its kin are replaced by the linker (--wrap). */
#include "test.h"

#include "demo_class.h"

static long n_allocations, fail_at; /* fail_at 0: never */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t align, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t align, size_t n);

static bool is_to_fail(void)
{
    return ++n_allocations == fail_at;
}

void *__wrap_malloc(size_t n)
{
    return is_to_fail() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return is_to_fail() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return is_to_fail() ? NULL : __real_realloc(p, n);
}

void *__wrap_aligned_alloc(size_t align, size_t n)
{
    return is_to_fail() ? NULL : __real_aligned_alloc(align, n);
}

static struct vis_source_settings tiny_class(void)
{
    struct vis_source_settings settings = demo_class_settings(1);
    settings.width = 160;
    settings.height = 120;
    settings.n_faces = 2;
    return settings;
}

static void frames_allocate_nothing(void)
{
    struct vis_source_settings settings = tiny_class();
    struct vis_source *source;
    struct fb_frame_pool *pool;
    struct fb_frame *frame;
    if (!CHECK_INT(vis_source_open("demo", &settings, &source), FB_OK) ||
        !CHECK_INT(fb_frame_pool_create(1, 160, 120, &pool), FB_OK))
        return;
    long before = n_allocations;
    CHECK(before > 10); /* the wrapping works */
    for (int i = 0; i < 900; i++) {
        CHECK_INT(vis_source_read(source, pool, &frame), VIS_READ_FRAME);
        fb_frame_unref(&frame);
    }
    CHECK_INT(n_allocations, before);
    vis_source_close(&source);
    fb_frame_pool_destroy(&pool);
}

static void any_allocation_may_fail(void)
{
    struct vis_source_settings settings = tiny_class();
    struct vis_source *source;
    int status = FB_ERR_NOMEM;
    long n_failed = 0;
    for (; n_failed < 500 && status != FB_OK; n_failed++) {
        n_allocations = 0;
        fail_at = n_failed + 1;
        status = vis_source_open("demo", &settings, &source);
        bool was_reached = n_allocations >= fail_at;
        fail_at = 0;
        if (status == FB_OK) {
            CHECK(!was_reached);
            vis_source_close(&source);
            break;
        }
        CHECK_MSG(status == FB_ERR_NOMEM || status == FB_ERR_INPUT, "allocation %ld: status %d",
                  n_failed + 1, status);
        CHECK(!source);
    }
    printf("# %ld allocations failed in turn\n", n_failed);
    CHECK(n_failed > 10 && n_failed < 500);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"frames_allocate_nothing", frames_allocate_nothing},
        {"any_allocation_may_fail", any_allocation_may_fail},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}

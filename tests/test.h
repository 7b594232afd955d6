/* The test harness: one executable a file of tests, checks that go on after a failure, a skip that
 * says why. Prints "NAME: ok|FAILED|skipped: reason" per test and a closing count; exits 1 if any
 * check failed, 77 if every test was skipped. tests/unit/test_harness.c tests it.
 *
 *     static void adds(void) { CHECK_INT(1 + 1, 2); }
 *     int main(int argc, char **argv) { static const struct test tests[] = {{"adds", adds}};
 *                  return test_main(tests, TEST_COUNT(tests), argc, argv); }
 *
 * An argument runs only the tests whose name contains it.
 */
#ifndef TEST_H
#define TEST_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test {
    const char *name;
    void (*run)(void);
};
/* How much longer a bound on time may be. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define TEST_PATIENCE 10
#else
#define TEST_PATIENCE 1
#endif
#define TEST_COUNT(tests) ((int)(sizeof(tests) / sizeof *(tests)))

static int test_n_failed_checks, test_n_checks;
static const char *test_skip_reason;

__attribute__((format(printf, 4, 5), unused)) static bool test_check(bool is_true, const char *file,
                                                                     int line, const char *format,
                                                                     ...)
{
    test_n_checks++;
    if (is_true)
        return true;
    test_n_failed_checks++;
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return false;
}

/* All are expressions that yield whether they held. */
#define CHECK(e) test_check((e), __FILE__, __LINE__, "not true: %s", #e)
#define CHECK_MSG(e, ...) test_check((e), __FILE__, __LINE__, __VA_ARGS__)
#define CHECK_INT(a, b)                                                                            \
    test_check_int((long long)(a), (long long)(b), __FILE__, __LINE__, #a, #b)
#define CHECK_NEAR(a, b, tolerance)                                                                \
    test_check_near((double)(a), (double)(b), (double)(tolerance), __FILE__, __LINE__, #a, #b)
#define CHECK_STR(a, b) test_check_str((a), (b), __FILE__, __LINE__, #a)
#define SKIP(reason)                                                                               \
    do {                                                                                           \
        test_skip_reason = (reason);                                                               \
        return;                                                                                    \
    } while (0)

__attribute__((unused)) static bool test_check_int(long long a, long long b, const char *file,
                                                   int line, const char *a_text, const char *b_text)
{
    return test_check(a == b, file, line, "%s is %lld, expected %s = %lld", a_text, a, b_text, b);
}

__attribute__((unused)) static bool test_check_near(double a, double b, double tolerance,
                                                    const char *file, int line, const char *a_text,
                                                    const char *b_text)
{
    return test_check(fabs(a - b) <= tolerance, file, line, "%s is %.9g, expected %s = %.9g +- %.3g",
                      a_text, a, b_text, b, tolerance); /* false for NaN */
}

__attribute__((unused)) static bool test_check_str(const char *a, const char *b, const char *file,
                                                   int line, const char *a_text)
{
    return test_check(a && b && !strcmp(a, b), file, line, "%s is \"%s\", expected \"%s\"", a_text,
                      a ? a : "(null)", b ? b : "(null)");
}

__attribute__((unused)) static int test_main(const struct test *tests, int n_tests, int argc,
                                             char **argv)
{
    int n_passed = 0, n_failed = 0, n_skipped = 0;
    for (int i = 0; i < n_tests; i++) {
        if (argc > 1 && !strstr(tests[i].name, argv[1]))
            continue;
        int failed_before = test_n_failed_checks, checks_before = test_n_checks;
        test_skip_reason = NULL;
        tests[i].run();
        if (test_n_failed_checks > failed_before) {
            n_failed++;
            printf("%s: FAILED\n", tests[i].name);
        } else if (test_skip_reason) {
            n_skipped++;
            printf("%s: skipped: %s\n", tests[i].name, test_skip_reason);
        } else if (test_n_checks == checks_before) {
            n_failed++;
            printf("%s: FAILED: it checked nothing\n", tests[i].name);
        } else {
            n_passed++;
            printf("%s: ok\n", tests[i].name);
        }
        fflush(stdout);
    }
    printf("# %d passed, %d failed, %d skipped\n", n_passed, n_failed, n_skipped);
    if (n_failed || n_passed + n_skipped == 0)
        return 1;
    return n_passed ? 0 : 77;
}

#endif

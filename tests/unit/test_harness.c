/* The harness itself: a failing check must reach the exit code, an empty test must not pass. */
#include "test.h"

#include <sys/wait.h>
#include <unistd.h>

static void passes(void)
{
    CHECK(true);
}
static void fails(void)
{
    CHECK_INT(1, 2);
}
static void fails_on_nan(void)
{
    CHECK_NEAR(NAN, 1.0, 1e9);
}
static void checks_nothing(void)
{
}
static void skips(void)
{
    SKIP("no data");
}

/* Exit code of a run of one test in a child whose output is thrown away. */
static int exit_code_of(void (*run)(void))
{
    pid_t child = fork();
    if (!child) {
        if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
            _exit(99);
        test_n_checks = test_n_failed_checks = 0;
        struct test test = {"inner", run};
        exit(test_main(&test, 1, 1, NULL));
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void exit_codes(void)
{
    CHECK_INT(exit_code_of(passes), 0);
    CHECK_INT(exit_code_of(fails), 1);
    CHECK_INT(exit_code_of(fails_on_nan), 1);
    CHECK_INT(exit_code_of(checks_nothing), 1);
    CHECK_INT(exit_code_of(skips), 77);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {{"exit codes", exit_codes}};
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}

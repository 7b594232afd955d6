/* The network is off for every thread and every child, and AF_UNIX still works. Each case in a process of
 * its own, for a filter cannot be taken back. */
#include "network.h"
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* 0, or the errno with which it is refused. */
static int try_socket(int family)
{
    int fd = socket(family, SOCK_STREAM, 0);
    int code = fd < 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    return code;
}

static int refused_families(void)
{
    static const int families[] = {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK, AF_BLUETOOTH};
    int n = 0;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        n += try_socket(families[i]) == EAFNOSUPPORT;
    return n - (int)(sizeof families / sizeof *families);
}

static int refuses(void)
{
    int pair[2];
    return app_network_off() || refused_families() || try_socket(AF_UNIX) ||
           socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || !socketpair(AF_INET, SOCK_STREAM, 0, pair) ||
           syscall(SYS_io_uring_setup, 1, NULL) != -1 || errno != ENOSYS;
}

static void *wait_and_try(void *user)
{
    char byte;
    bool is_told = read(*(int *)user, &byte, 1) == 1;
    return is_told && try_socket(AF_INET) == EAFNOSUPPORT ? user : NULL;
}

/* A thread that was there before, as OpenBLAS has some. */
static int refuses_threads(void)
{
    int ends[2];
    pthread_t thread;
    void *result = NULL;
    return pipe(ends) || pthread_create(&thread, NULL, wait_and_try, &ends[0]) || app_network_off() ||
           write(ends[1], "x", 1) != 1 || pthread_join(thread, &result) || !result;
}

static int refuses_programs(void)
{
    return app_network_off() ||
           system("exec 2>&-; (: >/dev/tcp/127.0.0.1/9) && exit 1; grep -q 'Seccomp:.2' /proc/self/status");
}

static int in_a_child(int (*run)(void))
{
    int status = 0;
    pid_t child = fork();
    if (!child)
        _exit(run() ? 1 : 0);
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void network_is_off(void)
{
    CHECK_INT(try_socket(AF_INET), 0); /* else the rest shows nothing */
    CHECK_INT(in_a_child(refuses), 0);
    CHECK_INT(in_a_child(refuses_threads), 0);
    CHECK_INT(in_a_child(refuses_programs), 0);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {{"network_is_off", network_is_off}};
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}

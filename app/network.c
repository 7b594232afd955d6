/* See network.h. A seccomp filter written out by hand: ten instructions need no library.
 *
 * A system call of another ABI (32-bit or x32 numbers in this program) would slip past the numbers below:
 * it ends the process. Only the low half of an argument is looked at, as the kernel takes it as an int. */
#include "network.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined __riscv && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#endif
#define X32_BIT 0x40000000

#ifdef ARCHITECTURE
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, field))
#define IF_EQUAL(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(value), yes, no)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (unsigned)(action))

int app_network_off(void)
{
    static struct sock_filter code[] = {
        LOAD(arch),
        IF_EQUAL(ARCHITECTURE, 1, 0),
        RETURN(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1),
        RETURN(SECCOMP_RET_KILL_PROCESS),
        IF_EQUAL(SYS_io_uring_setup, 5, 0),
        IF_EQUAL(SYS_socket, 1, 0),
        IF_EQUAL(SYS_socketpair, 0, 2),
        LOAD(args[0]),
        IF_EQUAL(AF_UNIX, 0, 2),
        RETURN(SECCOMP_RET_ALLOW),
        RETURN(SECCOMP_RET_ERRNO | ENOSYS),
        RETURN(SECCOMP_RET_ERRNO | EAFNOSUPPORT),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    /* TSYNC: libraries may have started threads before main. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program))
        return fb_fail(FB_ERR_FAILED,
                       "the network cannot be switched off here (seccomp: %s); --allow-network goes on without",
                       strerror(errno));
    return FB_OK;
}
#else
int app_network_off(void)
{
    return fb_fail(FB_ERR_FAILED, "the network cannot be switched off on this processor; --allow-network goes on without");
}
#endif

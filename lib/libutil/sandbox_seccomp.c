/*
 * Copyright (c) 2026 The asmpd developers
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * seccomp through libseccomp.  In the children three answers: allowed what
 * libevent, libcrypto, malloc and syslog need on open descriptors, EACCES
 * for what a library may try and can do without, death for the rest.  In the
 * parent everything but the ways to new code and to other processes.
 */

#ifdef __linux__
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "sandbox_linux.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN
#endif
#endif

#define NITEMS(a)	(sizeof(a) / sizeof((a)[0]))
#define REFUSE		SCMP_ACT_ERRNO(EACCES)

static const int	 allow_child[] = {
	/* descriptors */
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64),
	SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(send),
	SCMP_SYS(recv), SCMP_SYS(shutdown), SCMP_SYS(close), SCMP_SYS(dup),
	SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(fstat),
	SCMP_SYS(fstat64), SCMP_SYS(getsockopt),
	/* waiting */
	SCMP_SYS(epoll_create), SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(ppoll_time64), SCMP_SYS(select), SCMP_SYS(_newselect),
	SCMP_SYS(pselect6), SCMP_SYS(pselect6_time64), SCMP_SYS(pipe2),
	SCMP_SYS(eventfd2), SCMP_SYS(futex), SCMP_SYS(futex_time64),
	SCMP_SYS(sched_yield), SCMP_SYS(restart_syscall),
	/* time */
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64),
	SCMP_SYS(clock_getres), SCMP_SYS(clock_getres_time64),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_nanosleep_time64),
	SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	/* memory; mmap and mprotect are in the table below */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	/* signals to oneself */
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sigreturn), SCMP_SYS(sigaltstack),
	/* questions without consequence; qsort(3) asks sysinfo */
	SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid),
	SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
	SCMP_SYS(getegid), SCMP_SYS(getrandom), SCMP_SYS(getrusage),
	SCMP_SYS(getrlimit), SCMP_SYS(ugetrlimit), SCMP_SYS(sysinfo),
	SCMP_SYS(sched_getaffinity),
	/* the end */
	SCMP_SYS(exit), SCMP_SYS(exit_group)
};

/* For those that have listeners. */
static const int	 calls_accept[] = {
	SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(getpeername),
	SCMP_SYS(getsockname)
};

/* What SQLite does in WAL mode; Landlock and the chroot say where. */
static const int	 calls_files[] = {
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(stat64),
	SCMP_SYS(lstat), SCMP_SYS(lstat64), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(getdents64),
	SCMP_SYS(pwrite64), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
	SCMP_SYS(msync), SCMP_SYS(ftruncate), SCMP_SYS(ftruncate64),
	SCMP_SYS(fallocate), SCMP_SYS(fchmod), SCMP_SYS(fchown),
	SCMP_SYS(fchown32), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
	SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2)
};

/* Of these, the children without files may ask about a descriptor. */
static const int	 calls_stat[] = {
	SCMP_SYS(newfstatat), SCMP_SYS(fstatat64), SCMP_SYS(statx)
};

static const int	 refuse_child[] = {
	SCMP_SYS(openat2), SCMP_SYS(creat), SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat), SCMP_SYS(rmdir), SCMP_SYS(link),
	SCMP_SYS(linkat), SCMP_SYS(symlink), SCMP_SYS(symlinkat),
	SCMP_SYS(truncate), SCMP_SYS(chmod), SCMP_SYS(fchmodat),
	SCMP_SYS(chown), SCMP_SYS(lchown), SCMP_SYS(fchownat),
	SCMP_SYS(utimensat), SCMP_SYS(chdir), SCMP_SYS(fchdir),
	SCMP_SYS(umask), SCMP_SYS(statfs), SCMP_SYS(fstatfs),
	SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect),
	SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(execve),
	SCMP_SYS(execveat), SCMP_SYS(kill), SCMP_SYS(tkill),
	SCMP_SYS(ioctl), SCMP_SYS(prctl), SCMP_SYS(uname),
	SCMP_SYS(landlock_create_ruleset)
};

#ifdef WITH_ASAN
/*
 * The runtime's own needs: its memory probes, and failing to symbolize.  Its
 * search for leaks at exit traces the process and cannot work in here: run
 * with ASAN_OPTIONS=detect_leaks=0.
 */
static const int	 allow_asan[] = {
	SCMP_SYS(pipe), SCMP_SYS(dup2), SCMP_SYS(set_robust_list)
};
static const int	 refuse_asan[] = {
	SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(clone), SCMP_SYS(clone3),
	SCMP_SYS(wait4), SCMP_SYS(ptrace), SCMP_SYS(personality)
};
#endif

static const int	 refuse_parent[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
	SCMP_SYS(bpf), SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load),
	SCMP_SYS(init_module), SCMP_SYS(finit_module),
	SCMP_SYS(delete_module), SCMP_SYS(mount), SCMP_SYS(umount2),
	SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(fsopen),
	SCMP_SYS(fsconfig), SCMP_SYS(fsmount), SCMP_SYS(fspick),
	SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(unshare),
	SCMP_SYS(setns), SCMP_SYS(add_key), SCMP_SYS(request_key),
	SCMP_SYS(keyctl), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd),
	SCMP_SYS(pidfd_getfd), SCMP_SYS(open_by_handle_at),
	SCMP_SYS(io_uring_setup)
};

/* Calls whose arguments decide; all comparisons of a line must hold. */
struct arg_rule {
	int			 nr;
	uint32_t		 action;
	unsigned int		 ncmp;
	struct scmp_arg_cmp	 cmp[2];
};

#define ALLOW_SOCKOPT(level, name) \
	{ SCMP_SYS(setsockopt), SCMP_ACT_ALLOW, 2, \
	    { { 1, SCMP_CMP_EQ, (level), 0 }, { 2, SCMP_CMP_EQ, (name), 0 } } }
#define ALLOW_FCNTL(cmd) \
	{ SCMP_SYS(fcntl), SCMP_ACT_ALLOW, 1, \
	    { { 1, SCMP_CMP_EQ, (cmd), 0 } } }, \
	{ SCMP_SYS(fcntl64), SCMP_ACT_ALLOW, 1, \
	    { { 1, SCMP_CMP_EQ, (cmd), 0 } } }
#define ALLOW_WITHOUT(nr, arg, flag) \
	{ SCMP_SYS(nr), SCMP_ACT_ALLOW, 1, \
	    { { (arg), SCMP_CMP_MASKED_EQ, (flag), 0 } } }

static const struct arg_rule	 arg_child[] = {
	ALLOW_WITHOUT(mmap, 2, PROT_EXEC),
	ALLOW_WITHOUT(mmap2, 2, PROT_EXEC),
	ALLOW_WITHOUT(mprotect, 2, PROT_EXEC),
	ALLOW_FCNTL(F_GETFL), ALLOW_FCNTL(F_SETFL), ALLOW_FCNTL(F_GETFD),
	ALLOW_FCNTL(F_SETFD), ALLOW_FCNTL(F_DUPFD_CLOEXEC),
	ALLOW_SOCKOPT(SOL_SOCKET, SO_KEEPALIVE),
	ALLOW_SOCKOPT(SOL_SOCKET, SO_LINGER),
	ALLOW_SOCKOPT(SOL_SOCKET, SO_SNDBUF),
	ALLOW_SOCKOPT(SOL_SOCKET, SO_RCVBUF),
	ALLOW_SOCKOPT(IPPROTO_TCP, TCP_NODELAY),
	ALLOW_SOCKOPT(IPPROTO_TCP, TCP_KEEPIDLE),
	ALLOW_SOCKOPT(IPPROTO_TCP, TCP_KEEPINTVL),
	ALLOW_SOCKOPT(IPPROTO_TCP, TCP_KEEPCNT),
	ALLOW_SOCKOPT(IPPROTO_TCP, TCP_USER_TIMEOUT),
	/* to the peer a socket has already: syslog's send() */
	{ SCMP_SYS(sendto), SCMP_ACT_ALLOW, 1, { { 4, SCMP_CMP_EQ, 0, 0 } } },
	/* to read a limit, not to set one */
	{ SCMP_SYS(prlimit64), SCMP_ACT_ALLOW, 1,
	    { { 2, SCMP_CMP_EQ, 0, 0 } } }
};

/* fstat() is newfstatat() with an empty path in glibc since 2.33. */
#define STAT_FD(nr, arg) \
	{ SCMP_SYS(nr), SCMP_ACT_ALLOW, 1, { { (arg), SCMP_CMP_MASKED_EQ, \
	    AT_EMPTY_PATH, AT_EMPTY_PATH } } }, \
	{ SCMP_SYS(nr), REFUSE, 1, { { (arg), SCMP_CMP_MASKED_EQ, \
	    AT_EMPTY_PATH, 0 } } }

static const struct arg_rule	 stat_fd[] = {
	STAT_FD(newfstatat, 3),
	STAT_FD(fstatat64, 3),
	STAT_FD(statx, 2)
};

static const struct arg_rule	 arg_store[] = {
	ALLOW_FCNTL(F_GETLK), ALLOW_FCNTL(F_SETLK), ALLOW_FCNTL(F_SETLKW),
	ALLOW_FCNTL(F_OFD_GETLK), ALLOW_FCNTL(F_OFD_SETLK),
	ALLOW_FCNTL(F_OFD_SETLKW)
};

static void
check(int rv, const char *what)
{
	if (rv == 0)
		return;
	errno = -rv;
	fatal("sandbox: seccomp: %s", what);
}

static void
add_list(scmp_filter_ctx ctx, uint32_t action, const int *nr, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		check(seccomp_rule_add(ctx, action, nr[i], 0), "rule");
}

static void
add_args(scmp_filter_ctx ctx, const struct arg_rule *r, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		check(seccomp_rule_add_array(ctx, r[i].action, r[i].nr,
		    r[i].ncmp, r[i].cmp), "rule with arguments");
}

/* abort() and raise() signal a thread of a process: here, only this one. */
static void
add_abort(scmp_filter_ctx ctx)
{
	struct arg_rule	 rule = { SCMP_SYS(tgkill), SCMP_ACT_ALLOW, 1,
	    { { 0, SCMP_CMP_EQ, 0, 0 } } };

	rule.cmp[0].datum_a = getpid();
	add_args(ctx, &rule, 1);
}

static void
add_child(scmp_filter_ctx ctx, enum sandbox_role role)
{
	int	 has_files, has_listeners;

	add_list(ctx, SCMP_ACT_ALLOW, allow_child, NITEMS(allow_child));
	add_list(ctx, REFUSE, refuse_child, NITEMS(refuse_child));
	add_args(ctx, arg_child, NITEMS(arg_child));
	add_abort(ctx);
	has_files = role == SANDBOX_STORE;
	has_listeners = role == SANDBOX_NET || role == SANDBOX_CONTROL;
	add_list(ctx, has_files ? SCMP_ACT_ALLOW : REFUSE, calls_files,
	    NITEMS(calls_files));
	add_list(ctx, has_listeners ? SCMP_ACT_ALLOW : REFUSE, calls_accept,
	    NITEMS(calls_accept));
	if (has_files) {
		add_list(ctx, SCMP_ACT_ALLOW, calls_stat, NITEMS(calls_stat));
		add_args(ctx, arg_store, NITEMS(arg_store));
	} else
		add_args(ctx, stat_fd, NITEMS(stat_fd));
#ifdef WITH_ASAN
	add_list(ctx, SCMP_ACT_ALLOW, allow_asan, NITEMS(allow_asan));
	add_list(ctx, REFUSE, refuse_asan, NITEMS(refuse_asan));
#endif
}

/* The kernel looks at a null path last, the filter at the call first. */
static int
exec_refused(void)
{
	return syscall(SYS_execve, NULL, NULL, NULL) == -1 &&
	    errno == EACCES;
}

/*
 * Loads the filter for role, after PR_SET_NO_NEW_PRIVS, and returns
 * SANDBOX_SECCOMP once it is seen to work; 0 on a kernel without seccomp.
 */
uint32_t
seccomp_enter(enum sandbox_role role)
{
	scmp_filter_ctx	 ctx;

	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == -1)
		return 0;
	ctx = seccomp_init(role == SANDBOX_PARENT ? SCMP_ACT_ALLOW :
	    SCMP_ACT_KILL_PROCESS);
	if (ctx == NULL)
		fatalx("sandbox: seccomp: cannot start a filter");
	check(seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS), "bad architecture");
	/* Sorted into a tree: hot calls need not pass all others. */
	check(seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimize");
	if (role == SANDBOX_PARENT)
		add_list(ctx, REFUSE, refuse_parent, NITEMS(refuse_parent));
	else
		add_child(ctx, role);
	check(seccomp_load(ctx), "load");
	seccomp_release(ctx);
	return exec_refused() ? SANDBOX_SECCOMP : 0;
}
#endif

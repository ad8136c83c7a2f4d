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
 * Makes a running process do what it should not be able to, as an intruder
 * in it would: stops it, has it execute one system call, lets it go on.
 *
 *	inject pid open|create|unlink|socket|connect|bind|execve|fork|ptrace|
 *	    kill|mapexec
 *
 * Prints the call and how it ended: "0" or another number if it succeeded,
 * the error's name, or "killed by SIGSYS".  Needs root and a processor it
 * knows; else exit status 2.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <elf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"

#define NARGS		4
#define RED_ZONE	1024	/* below the stack pointer, not ours */
#define TEXT		"/etc/passwd"

#if defined(__x86_64__)
#define INSN_LEN	2
#define PC(r)		((r)->rip)
#define SP(r)		((r)->rsp)
#define RESULT(r)	((r)->rax)
#elif defined(__aarch64__)
#define INSN_LEN	4
#define PC(r)		((r)->pc)
#define SP(r)		((r)->sp)
#define RESULT(r)	((r)->regs[0])
#else
#define UNKNOWN_CPU
#endif

/* An argument that stands for the address of TEXT, or of an address. */
#define AT_TEXT		-1001
#define AT_ADDR		-1002
#define ITS_PARENT	-1003

static const struct call {
	const char	*name;
	long		 nr;
	long		 arg[NARGS];
} calls[] = {
	{ "open", SYS_openat, { AT_FDCWD, AT_TEXT, O_RDONLY, 0 } },
	{ "create", SYS_openat, { AT_FDCWD, AT_TEXT, O_RDWR | O_CREAT, 0600 } },
	{ "unlink", SYS_unlinkat, { AT_FDCWD, AT_TEXT, 0, 0 } },
	{ "socket", SYS_socket, { AF_INET, SOCK_STREAM, 0, 0 } },
	{ "connect", SYS_connect, { 3, AT_ADDR, sizeof(sa_family_t), 0 } },
	{ "bind", SYS_bind, { 3, AT_ADDR, sizeof(sa_family_t), 0 } },
	{ "execve", SYS_execve, { AT_TEXT, 0, 0, 0 } },
	{ "fork", SYS_clone, { SIGCHLD, 0, 0, 0 } },
	{ "ptrace", SYS_ptrace, { PTRACE_ATTACH, ITS_PARENT, 0, 0 } },
	{ "kill", SYS_kill, { ITS_PARENT, SIGKILL, 0, 0 } },
	{ "mapexec", SYS_mmap, { 0, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS } }
};

#ifdef UNKNOWN_CPU
int
main(void)
{
	errx(2, "this processor is not known");
}
#else

static __dead void
usage(void)
{
	fprintf(stderr, "usage: inject pid call\n");
	exit(1);
}

static void
registers(pid_t pid, int request, struct user_regs_struct *r)
{
	struct iovec	 iov = { r, sizeof(*r) };

	if (ptrace(request, pid, NT_PRSTATUS, &iov) == -1)
		err(1, "registers of %d", pid);
}

static long
parent_of(pid_t pid)
{
	char	 path[64];
	long	 ppid = 0;
	FILE	*f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if ((f = fopen(path, "r")) == NULL ||
	    fscanf(f, "%*d (%*[^)]) %*c %ld", &ppid) != 1)
		errx(1, "%s: no parent", path);
	fclose(f);
	return ppid;
}

static void
poke(pid_t pid, unsigned long where, const void *data, size_t len)
{
	struct iovec	 ours = { NULL, len }, theirs;
	uint8_t		 copy[256];

	memcpy(copy, data, len);
	ours.iov_base = copy;
	theirs.iov_base = (void *)where;
	theirs.iov_len = len;
	if (process_vm_writev(pid, &ours, 1, &theirs, 1, 0) !=
	    (ssize_t)len)
		err(1, "memory of %d", pid);
}

/* Writes what arguments point to below the stack. */
static long
argument(pid_t pid, const struct user_regs_struct *r, long arg)
{
	struct sockaddr	 sa = { .sa_family = AF_UNSPEC };
	unsigned long	 room = SP(r) - RED_ZONE;

	if (arg == ITS_PARENT)
		return parent_of(pid);
	if (arg == AT_TEXT)
		poke(pid, room, TEXT, sizeof(TEXT));
	else if (arg == AT_ADDR)
		poke(pid, room, &sa, sizeof(sa));
	else
		return arg;
	return (long)room;
}

/*
 * The process waits inside a system call; the instruction that took it there
 * is just behind it and is used again.
 */
static void
set_call(pid_t pid, struct user_regs_struct *r, const struct call *c)
{
	long	 a[NARGS];
	int	 i;

	for (i = 0; i < NARGS; i++)
		a[i] = argument(pid, r, c->arg[i]);
	PC(r) -= INSN_LEN;
#if defined(__x86_64__)
	r->orig_rax = -1;	/* nothing to restart */
	r->rax = c->nr;
	r->rdi = a[0];
	r->rsi = a[1];
	r->rdx = a[2];
	r->r10 = a[3];
	r->r8 = -1;		/* mmap: no descriptor */
	r->r9 = 0;
#else
	r->regs[8] = c->nr;
	for (i = 0; i < NARGS; i++)
		r->regs[i] = a[i];
	r->regs[4] = -1;
	r->regs[5] = 0;
#endif
}

static void
report(const char *name, int status, const struct user_regs_struct *r)
{
	long	 result;

	if (WIFSIGNALED(status))
		printf("%s killed by SIG%s\n", name,
		    sigabbrev_np(WTERMSIG(status)));
	else if (!WIFSTOPPED(status))
		printf("%s exited\n", name);
	else if ((result = (long)RESULT(r)) < 0 && result > -4096)
		printf("%s %s\n", name, strerrorname_np((int)-result));
	else
		printf("%s %ld\n", name, result);
}

static void
inject(pid_t pid, const struct call *c)
{
	struct user_regs_struct	 old, now;
	int			 status;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) == -1 ||
	    waitpid(pid, &status, __WALL) == -1)
		err(2, "attach to %d", pid);
	registers(pid, PTRACE_GETREGSET, &old);
	now = old;
	set_call(pid, &now, c);
	registers(pid, PTRACE_SETREGSET, &now);
	if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == -1 ||
	    waitpid(pid, &status, __WALL) == -1)
		err(1, "step of %d", pid);
	if (WIFSTOPPED(status)) {
		registers(pid, PTRACE_GETREGSET, &now);
		registers(pid, PTRACE_SETREGSET, &old);
		if (ptrace(PTRACE_DETACH, pid, NULL, NULL) == -1)
			err(1, "detach from %d", pid);
	}
	report(c->name, status, &now);
}

int
main(int argc, char *argv[])
{
	const char	*why;
	size_t		 i;
	pid_t		 pid;

	if (argc != 3)
		usage();
	pid = strtonum(argv[1], 1, INT_MAX, &why);
	if (why != NULL)
		errx(1, "%s: %s", argv[1], why);
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(argv[2], calls[i].name) == 0) {
			inject(pid, &calls[i]);
			return 0;
		}
	usage();
}
#endif

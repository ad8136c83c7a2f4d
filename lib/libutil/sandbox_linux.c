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
 * Linux: limits first, then Landlock, then seccomp, which would refuse the
 * two before it.  Each layer is tried out before it is reported.
 */

#ifdef __linux__
#include <sys/types.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <unistd.h>

#include "log.h"
#include "sandbox_linux.h"

static int
limit_to_zero(int resource)
{
	struct rlimit	 rl = { 0, 0 };

	if (setrlimit(resource, &rl) == -1)
		fatal("sandbox: setrlimit");
	if (getrlimit(resource, &rl) == -1)
		fatal("sandbox: getrlimit");
	return rl.rlim_cur == 0 && rl.rlim_max == 0;
}

/*
 * Whether no file may be written at all.  In the foreground the log may be
 * one, and a limit on file size would kill the process at its first line.
 */
static int
writes_no_file(enum sandbox_role role)
{
	struct stat	 st;

	if (role == SANDBOX_PARENT || role == SANDBOX_STORE)
		return 0;
	return fstat(STDERR_FILENO, &st) == -1 || !S_ISREG(st.st_mode);
}

static uint32_t
enter_limits(enum sandbox_role role)
{
	int	 ok;

	ok = limit_to_zero(RLIMIT_CORE);
	/* The kernel does not count root's processes. */
	if (role != SANDBOX_PARENT && geteuid() != 0)
		ok &= limit_to_zero(RLIMIT_NPROC);
	if (writes_no_file(role))
		ok &= limit_to_zero(RLIMIT_FSIZE);
	return ok ? SANDBOX_RLIMIT : 0;
}

static uint32_t
enter_nodump(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fatal("sandbox: PR_SET_DUMPABLE");
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? SANDBOX_NODUMP : 0;
}

/*
 * Shuts the calling process in for good and returns the layers that are
 * active.  A layer that the kernel lacks is missing from the result, for the
 * caller to compare with sandbox_expected(); anything else that fails is
 * fatal.
 *
 * dir is the directory SANDBOX_STORE may use, as seen from the chroot; NULL
 * stands for none, as for the other roles.
 *
 * Afterwards no file and no socket can be opened, so libcrypto (its
 * configuration and algorithms), the time zone and syslog must have been
 * initialised, libraries loaded, and descriptors such as /proc/self/statm
 * opened.  SQLite must be told to keep temporary tables in memory, for it
 * looks for a directory outside dir.  The process must have one thread.
 */
uint32_t
sandbox_enter(enum sandbox_role role, const char *dir)
{
	uint32_t	 mask;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("sandbox: PR_SET_NO_NEW_PRIVS");
	mask = enter_limits(role);
	mask |= enter_nodump();
	/* The parent opens files anywhere when it reloads. */
	if (role != SANDBOX_PARENT)
		mask |= landlock_enter(role, dir);
	mask |= seccomp_enter(role);
	return mask;
}

/*
 * The layers that a caller should insist on, without SANDBOX_USER and
 * SANDBOX_CHROOT, which are not ours: Landlock's for files always, its later
 * additions where the running kernel knows them.
 */
uint32_t
sandbox_expected(enum sandbox_role role)
{
	uint32_t	 mask;

	mask = SANDBOX_RLIMIT | SANDBOX_NODUMP | SANDBOX_SECCOMP;
	if (role != SANDBOX_PARENT)
		mask |= landlock_expected();
	return mask;
}
#endif

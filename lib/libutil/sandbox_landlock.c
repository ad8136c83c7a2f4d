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
 * Landlock through its system calls, with constants of our own: the headers
 * of the build machine may be older than the kernel that runs.  A right that
 * is not handled is granted, so the list names all that an ABI knows.  See
 * landlock(7) and the kernel's userspace-api/landlock.
 */

#ifdef __linux__
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "sandbox_linux.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset	444
#define SYS_landlock_add_rule		445
#define SYS_landlock_restrict_self	446
#endif

#define LL_VERSION		0x1	/* flag: ask for the ABI */
#define LL_PATH_BENEATH		1	/* type of a rule */

#define LL_WRITE_FILE		(1ULL << 1)
#define LL_READ_FILE		(1ULL << 2)
#define LL_READ_DIR		(1ULL << 3)
#define LL_REMOVE_FILE		(1ULL << 5)
#define LL_MAKE_REG		(1ULL << 8)
#define LL_TRUNCATE		(1ULL << 14)

#define LL_ABI_NET		4
#define LL_ABI_SCOPE		6

/* What each ABI added: the lowest bits of a set of rights. */
static const struct {
	int		 abi;
	uint64_t	 fs;
	uint64_t	 net;
	uint64_t	 scoped;
} rights[] = {
	{ 1,		(1ULL << 13) - 1,	0,	0 },
	{ 2,		1ULL << 13,		0,	0 },
	{ 3,		LL_TRUNCATE,		0,	0 },
	{ LL_ABI_NET,	0,			0x3,	0 },
	{ 5,		1ULL << 15,		0,	0 },
	{ LL_ABI_SCOPE,	0,			0,	0x3 }
};

struct ll_ruleset {
	uint64_t	 fs;
	uint64_t	 net;
	uint64_t	 scoped;
};

struct ll_path {
	uint64_t	 allowed;
	int32_t		 fd;
} __attribute__((__packed__));

/*
 * The kernel's ABI, 0 when it has none.  Asked once: after the sandbox is
 * entered the question is refused.
 */
static int
landlock_abi(void)
{
	static long	 abi = -1;

	if (abi == -1) {
		abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
		    LL_VERSION);
		if (abi < 0)
			abi = 0;
	}
	return abi;
}

/* The layers that a child must report on this kernel. */
uint32_t
landlock_expected(void)
{
	uint32_t	 mask = SANDBOX_LANDLOCK_FS;

	if (landlock_abi() >= LL_ABI_NET)
		mask |= SANDBOX_LANDLOCK_NET;
	if (landlock_abi() >= LL_ABI_SCOPE)
		mask |= SANDBOX_SCOPE;
	return mask;
}

static void
all_rights(struct ll_ruleset *rs)
{
	size_t	 i;

	memset(rs, 0, sizeof(*rs));
	for (i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
		if (rights[i].abi > landlock_abi())
			break;
		rs->fs |= rights[i].fs;
		rs->net |= rights[i].net;
		rs->scoped |= rights[i].scoped;
	}
}

/* Files below dir may be made, changed and removed, but not run. */
static void
allow_dir(int ruleset, const struct ll_ruleset *rs, int dirfd)
{
	struct ll_path	 rule;

	rule.allowed = rs->fs & (LL_READ_FILE | LL_WRITE_FILE | LL_READ_DIR |
	    LL_MAKE_REG | LL_REMOVE_FILE | LL_TRUNCATE);
	rule.fd = dirfd;
	if (syscall(SYS_landlock_add_rule, ruleset, LL_PATH_BENEATH, &rule,
	    0) == -1)
		fatal("sandbox: landlock_add_rule");
}

/*
 * Something that only Landlock refuses: to list the root directory or, in
 * the process that may list its own, to make a directory in it.
 */
static int
files_refused(int dirfd)
{
	static const char	 name[] = ".landlock-probe";
	int			 fd;

	if (dirfd != -1) {
		if (mkdirat(dirfd, name, 0700) == -1)
			return errno == EACCES;
		unlinkat(dirfd, name, AT_REMOVEDIR);
		return 0;
	}
	if ((fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return errno == EACCES;
	close(fd);
	return 0;
}

/* Binding to any free port needs no privilege, so a refusal is Landlock's. */
static int
tcp_refused(void)
{
	struct sockaddr_in	 sin;
	int			 fd, refused;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return 0;
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	refused = bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 &&
	    errno == EACCES;
	close(fd);
	return refused;
}

/* An abstract socket made out here, with a name that the kernel chooses. */
static int
scope_probe(struct sockaddr_un *sun, socklen_t *len)
{
	sa_family_t	 family = AF_UNIX;
	int		 fd;

	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = family;
	*len = sizeof(*sun);
	if (bind(fd, (struct sockaddr *)sun, sizeof(family)) == -1 ||
	    getsockname(fd, (struct sockaddr *)sun, len) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* From inside, a socket made outside cannot be reached. */
static int
scope_refused(const struct sockaddr_un *sun, socklen_t len)
{
	int	 fd, refused;

	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return 0;
	refused = connect(fd, (const struct sockaddr *)sun, len) == -1 &&
	    errno == EPERM;
	close(fd);
	return refused;
}

/* Enters the domain and reports what it is seen to refuse. */
static uint32_t
restrict_self(int ruleset, int dirfd)
{
	struct sockaddr_un	 sun;
	socklen_t		 len;
	uint32_t		 mask = 0;
	int			 outside;

	outside = scope_probe(&sun, &len);
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) == -1)
		fatal("sandbox: landlock_restrict_self");
	if (files_refused(dirfd))
		mask |= SANDBOX_LANDLOCK_FS;
	if (landlock_abi() >= LL_ABI_NET && tcp_refused())
		mask |= SANDBOX_LANDLOCK_NET;
	if (landlock_abi() >= LL_ABI_SCOPE && outside != -1 &&
	    scope_refused(&sun, len))
		mask |= SANDBOX_SCOPE;
	if (outside != -1)
		close(outside);
	return mask;
}

/*
 * Refuses every access to files, TCP ports, and processes outside, except
 * files below dir (may be NULL) for SANDBOX_STORE.  Returns the layers that
 * are active, 0 on a kernel without Landlock.
 */
uint32_t
landlock_enter(enum sandbox_role role, const char *dir)
{
	struct ll_ruleset	 rs;
	uint32_t		 mask;
	int			 ruleset, dirfd = -1;

	if (landlock_abi() == 0)
		return 0;
	all_rights(&rs);
	ruleset = syscall(SYS_landlock_create_ruleset, &rs, sizeof(rs), 0);
	if (ruleset == -1)
		fatal("sandbox: landlock_create_ruleset");
	if (role == SANDBOX_STORE && dir != NULL) {
		dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (dirfd == -1)
			fatal("sandbox: %s", dir);
		allow_dir(ruleset, &rs, dirfd);
	}
	mask = restrict_self(ruleset, dirfd);
	if (dirfd != -1)
		close(dirfd);
	close(ruleset);
	return mask;
}
#endif

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

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "log.h"
#include "privdrop.h"

#define NOBODY	65534
#define OTHER	65533

/* In a child, where a failed ATF_REQUIRE would not be heard. */
#define CHECK(e) do {							\
	if (!(e)) {							\
		dprintf(STDERR_FILENO, "line %d: %s\n", __LINE__, #e);	\
		_exit(99);						\
	}								\
} while (0)

static int
status_of(void (*f)(void))
{
	pid_t	 pid;
	int	 status;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		f();
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
check_ids(void)
{
	uid_t	 r, e, s;
	gid_t	 g[NGROUPS_MAX];

	CHECK(getresuid(&r, &e, &s) == 0);
	CHECK(r == NOBODY && e == NOBODY && s == NOBODY);
	CHECK(getresgid(&r, &e, &s) == 0);
	CHECK(r == NOBODY && e == NOBODY && s == NOBODY);
	CHECK(getgroups(NGROUPS_MAX, g) == 1 && g[0] == NOBODY);
}

static void
check_no_return(void)
{
	errno = 0;
	CHECK(setuid(0) == -1 && errno == EPERM);
	CHECK(setresuid(0, 0, 0) == -1 && errno == EPERM);
	CHECK(setgid(0) == -1 && errno == EPERM);
	CHECK(setgroups(0, NULL) == -1 && errno == EPERM);
	CHECK(chroot("/") == -1 && errno == EPERM);
}

static void
drop_in_chroot(void)
{
	gid_t	 groups[2] = { 0, OTHER };
	char	 cwd[64];

	CHECK(setgroups(2, groups) == 0);
	CHECK(access("/etc/passwd", R_OK) == 0);
	privdrop("root", NOBODY, NOBODY);
	check_ids();
	check_no_return();
	CHECK(getcwd(cwd, sizeof(cwd)) != NULL && strcmp(cwd, "/") == 0);
	CHECK(access("/marker", R_OK) == 0);
	CHECK(access("/etc/passwd", R_OK) == -1 && errno == ENOENT);
	CHECK(access("/../etc/passwd", R_OK) == -1 && errno == ENOENT);
}

static void
drop_only(void)
{
	privdrop(NULL, NOBODY, NOBODY);
	check_ids();
	check_no_return();
	CHECK(access("/etc/passwd", R_OK) == 0);
}

/* After it: the ids, the groups and the directory, and no way back. */
ATF_TC(root_stays_away);
ATF_TC_HEAD(root_stays_away, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(root_stays_away, tc)
{
	int	 fd;

	ATF_REQUIRE_EQ(0, mkdir("root", 0755));
	ATF_REQUIRE_EQ(0, chmod("root", 0755));
	ATF_REQUIRE((fd = open("root/marker", O_CREAT | O_RDWR, 0644)) != -1);
	ATF_REQUIRE_EQ(0, fchmod(fd, 0644));
	close(fd);
	ATF_REQUIRE_EQ(0, status_of(drop_in_chroot));
	ATF_REQUIRE_EQ(0, status_of(drop_only));
}

static void
drop_to_root_user(void)
{
	privdrop(NULL, 0, NOBODY);
}

static void
drop_to_root_group(void)
{
	privdrop(NULL, NOBODY, 0);
}

static void
drop_nowhere(void)
{
	privdrop("no-such-directory", NOBODY, NOBODY);
}

static void
drop_without_right(void)
{
	privdrop(NULL, NOBODY, NOBODY);
	privdrop(NULL, OTHER, OTHER);
}

/* A drop that cannot be had in full ends the process. */
ATF_TC(failure_is_fatal);
ATF_TC_HEAD(failure_is_fatal, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(failure_is_fatal, tc)
{
	ATF_REQUIRE_EQ(1, status_of(drop_to_root_user));
	ATF_REQUIRE_EQ(1, status_of(drop_to_root_group));
	ATF_REQUIRE_EQ(1, status_of(drop_nowhere));
	ATF_REQUIRE_EQ(1, status_of(drop_without_right));
	ATF_REQUIRE_EQ(0, status_of(drop_only));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, root_stays_away);
	ATF_TP_ADD_TC(tp, failure_is_fatal);
	return atf_no_error();
}

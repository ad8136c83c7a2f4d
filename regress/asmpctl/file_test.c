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

/* New files are whole and on the disk, or they are not there. */

#include <sys/types.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "asmpctl.h"

/* What fails, and the order in which files and directories were synced. */
static int	 fails_file, fails_dir, fails_close;
static char	 synced[8];

/* The disk, instead of libc's: only fdatasync() is real. */
int
fsync(int fd)
{
	struct stat	 st;
	int		 error;

	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	strlcat(synced, S_ISDIR(st.st_mode) ? "d" : "f", sizeof(synced));
	error = S_ISDIR(st.st_mode) ? fails_dir : fails_file;
	if (error == 0)
		return fdatasync(fd);
	errno = error;
	return -1;
}

/* A file that is somewhere else may fail as late as this. */
int
fclose(FILE *fp)
{
	int	 (*real)(FILE *), ret;

	*(void **)&real = dlsym(RTLD_NEXT, "fclose");
	ret = real(fp);
	if (fails_close == 0)
		return ret;
	errno = fails_close;
	return EOF;
}

static int
fill(void *arg, FILE *fp)
{
	fputs("text", fp);
	return *(int *)arg;
}

/* What file_new() makes of a fill() that returns this. */
static int
make(const char *path, int status)
{
	int	 error, ret;

	synced[0] = '\0';
	ret = file_new(path, 0600, fill, &status, &error);
	ATF_CHECK_EQ(error == 0 ? status : EXIT_LOCAL, ret);
	return error;
}

ATF_TC_WITHOUT_HEAD(on_the_disk);
ATF_TC_BODY(on_the_disk, tc)
{
	ATF_CHECK_EQ(0, make("new", EXIT_DONE));
	ATF_CHECK_STREQ("fd", synced);
	ATF_CHECK(atf_utils_compare_file("new", "text"));
	ATF_CHECK_EQ(EEXIST, make("new", EXIT_DONE));
	ATF_CHECK_EQ(ENOENT, make("none/new", EXIT_DONE));
	ATF_CHECK_EQ(0, mkdir("dir", 0700));
	ATF_CHECK_EQ(0, make("dir/new", EXIT_DONE));
	ATF_CHECK(atf_utils_compare_file("dir/new", "text"));
	/* There are file systems that cannot. */
	fails_dir = EINVAL;
	ATF_CHECK_EQ(0, make("other", EXIT_DONE));
	ATF_CHECK(atf_utils_compare_file("other", "text"));
}

ATF_TC_WITHOUT_HEAD(or_not_there);
ATF_TC_BODY(or_not_there, tc)
{
	static int *const	 fails[] = {
		&fails_file, &fails_dir, &fails_close
	};
	size_t			 i;

	for (i = 0; i < sizeof(fails) / sizeof(fails[0]); i++) {
		*fails[i] = EIO;
		ATF_CHECK_EQ(EIO, make("new", EXIT_DONE));
		*fails[i] = 0;
		ATF_CHECK_EQ_MSG(-1, access("new", F_OK), "place %zu", i);
	}
	ATF_CHECK_EQ(0, make("new", EXIT_REFUSED));
	ATF_CHECK_EQ(-1, access("new", F_OK));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, on_the_disk);
	ATF_TP_ADD_TC(tp, or_not_there);
	return atf_no_error();
}

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
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <atf-c.h>

#include "log.h"

static char	 output[16384];

/* Runs f in a child, its stderr in output; the status it ended with. */
static int
capture(void (*f)(void))
{
	ssize_t	 n;
	pid_t	 pid;
	int	 fd, status;

	fd = open("stderr", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		dup2(fd, STDERR_FILENO);
		f();
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status));
	ATF_REQUIRE((n = pread(fd, output, sizeof(output) - 1, 0)) != -1);
	output[n] = '\0';
	close(fd);
	return WEXITSTATUS(status);
}

/* Whether output is exactly one stamped line with this text. */
static int
is_line(const char *text)
{
	regex_t	 re;
	char	 want[4096];
	int	 ret;

	snprintf(want, sizeof(want), "^[0-9]{4}-[0-9]{2}-[0-9]{2}T"
	    "[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z %s\n$", text);
	ATF_REQUIRE_EQ(0, regcomp(&re, want, REG_EXTENDED | REG_NOSUB));
	ret = regexec(&re, output, 0, NULL, 0);
	regfree(&re);
	return ret == 0;
}

static void
say_info(void)
{
	log_init(1, LOG_DAEMON);
	log_procinit("net");
	log_info("%d device%s", 2, "s");
}

static void
say_warn(void)
{
	say_info();
	errno = ENOENT;
	log_warn("open %s", "x");
}

static void
say_warnx(void)
{
	log_procinit("net");
	errno = ENOENT;
	log_warnx("odd");
}

/* A line tells when, who and what, in a form that sorts. */
ATF_TC_WITHOUT_HEAD(line);
ATF_TC_BODY(line, tc)
{
	ATF_REQUIRE_EQ(0, capture(say_info));
	ATF_REQUIRE_MSG(is_line("net: 2 devices"), "%s", output);
	ATF_REQUIRE_EQ(0, capture(say_warnx));
	ATF_REQUIRE_MSG(is_line("net: odd"), "%s", output);
	ATF_REQUIRE_EQ(0, capture(say_warn));
	ATF_REQUIRE(strstr(output,
	    " net: open x: No such file or directory\n") != NULL);
}

static void
say_debug(void)
{
	log_procinit("net");
	log_setverbose(1);
	log_debug("shown");
	log_setverbose(0);
	log_debug("hidden");
}

/* Detail is written when asked for, and not otherwise. */
ATF_TC_WITHOUT_HEAD(verbose);
ATF_TC_BODY(verbose, tc)
{
	ATF_REQUIRE_EQ(0, log_getverbose());
	log_setverbose(2);
	ATF_REQUIRE_EQ(2, log_getverbose());
	ATF_REQUIRE_EQ(0, capture(say_debug));
	ATF_REQUIRE_MSG(is_line("net: shown"), "%s", output);
}

static void
errno_survives(void)
{
	int	 n = 0;

	errno = ECHILD;
	log_setverbose(1);
	log_warn("a");
	n += errno == ECHILD;
	log_warnx("b");
	n += errno == ECHILD;
	log_info("c");
	n += errno == ECHILD;
	log_debug("d");
	n += errno == ECHILD;
	log_vis("\n", 1);
	n += errno == ECHILD;
	_exit(n);
}

static void
errno_survives_failure(void)
{
	close(STDERR_FILENO);
	errno_survives();
}

static void
errno_survives_syslog(void)
{
	errno = ECHILD;
	log_init(0, LOG_DAEMON);
	if (errno == ECHILD)
		errno_survives();
}

/* The caller may look at errno after logging, whether that worked or not. */
ATF_TC_WITHOUT_HEAD(errno_preserved);
ATF_TC_BODY(errno_preserved, tc)
{
	ATF_REQUIRE_EQ(5, capture(errno_survives));
	ATF_REQUIRE(strstr(output, ": d\n") != NULL);
	ATF_REQUIRE_EQ(5, capture(errno_survives_failure));
	ATF_REQUIRE_STREQ("", output);
	ATF_REQUIRE_EQ(5, capture(errno_survives_syslog));
	ATF_REQUIRE_STREQ("", output);
}

static void
say_forged(void)
{
	log_procinit("net");
	log_info("user %s",
	    "x\n2026-01-01T00:00:00.000Z parent: \033[2Jall\177");
}

/* A text with a newline must not become two lines, log_vis() or not. */
ATF_TC_WITHOUT_HEAD(no_forged_line);
ATF_TC_BODY(no_forged_line, tc)
{
	ATF_REQUIRE_EQ(0, capture(say_forged));
	ATF_REQUIRE_MSG(is_line("net: user x\\?2026-01-01T00:00:00.000Z "
	    "parent: \\?\\[2Jall\\?"), "%s", output);
}

/* What came from outside is shown as it was, in characters that are safe. */
ATF_TC_WITHOUT_HEAD(vis);
ATF_TC_BODY(vis, tc)
{
	ATF_REQUIRE_STREQ("plain text ~!", log_vis("plain text ~!", 13));
	ATF_REQUIRE_STREQ("", log_vis("", 0));
	ATF_REQUIRE_STREQ("", log_vis(NULL, 0));
	ATF_REQUIRE_STREQ("", log_visstr(""));
	ATF_REQUIRE_STREQ("a\\012b", log_visstr("a\nb"));
	ATF_REQUIRE_STREQ("a\\012b\\015\\011\\033[0m",
	    log_vis("a\nb\r\t\033[0m", 9));
	ATF_REQUIRE_STREQ("\\000\\134\\177\\377\\303\\251",
	    log_vis("\0\\\177\377\303\251", 6));
	ATF_REQUIRE_STREQ("\\134012", log_vis("\\012", 4));
}

/* Long texts are cut visibly, never in the middle of an escape. */
ATF_TC_WITHOUT_HEAD(vis_cut);
ATF_TC_BODY(vis_cut, tc)
{
	char		 buf[5000];
	const char	*s;
	size_t		 n;

	memset(buf, 'a', sizeof(buf));
	s = log_vis(buf, 1000);
	ATF_REQUIRE_EQ(1000, strlen(s));
	ATF_REQUIRE(strchr(s, '.') == NULL);
	s = log_vis(buf, sizeof(buf));
	n = strlen(s);
	ATF_REQUIRE(n < 1024);
	ATF_REQUIRE_STREQ("a...", s + n - 4);
	memset(buf, '\n', sizeof(buf));
	s = log_vis(buf, sizeof(buf));
	n = strlen(s);
	ATF_REQUIRE(n < 1024);
	ATF_REQUIRE_STREQ("\\012...", s + n - 7);
	ATF_REQUIRE_EQ(0, (n - 3) % 4);
}

/* Several texts fit one call. */
ATF_TC_WITHOUT_HEAD(vis_ring);
ATF_TC_BODY(vis_ring, tc)
{
	const char	*s[8];
	char		 want[2] = "a";
	int		 i;

	for (i = 0; i < 8; i++) {
		want[0] = 'a' + i;
		s[i] = log_vis(want, 1);
	}
	for (i = 0; i < 8; i++) {
		want[0] = 'a' + i;
		ATF_REQUIRE_STREQ(want, s[i]);
	}
}

static void
say_fatal(void)
{
	log_procinit("verify");
	errno = EACCES;
	fatal("open");
}

static void
say_fatalx(void)
{
	log_procinit("verify");
	errno = EACCES;
	fatalx("bad length %d", 3);
}

/* The last words name the process, the thing and the reason. */
ATF_TC_WITHOUT_HEAD(last_words);
ATF_TC_BODY(last_words, tc)
{
	ATF_REQUIRE_EQ(1, capture(say_fatal));
	ATF_REQUIRE_MSG(is_line("verify: fatal in verify: open: "
	    "Permission denied"), "%s", output);
	ATF_REQUIRE_EQ(1, capture(say_fatalx));
	ATF_REQUIRE_MSG(is_line("verify: fatal in verify: bad length 3"),
	    "%s", output);
}

static void
say_long(void)
{
	char	 text[9000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_procinit("net");
	log_warn("%s", text);
}

static void
say_long_name(void)
{
	log_procinit("a-name-that-is-longer-than-any-process-of-ours");
	log_info("x");
}

/* A line has an end, and what was cut off is seen to be missing. */
ATF_TC_WITHOUT_HEAD(long_line);
ATF_TC_BODY(long_line, tc)
{
	ATF_REQUIRE_EQ(0, capture(say_long));
	ATF_REQUIRE_MSG(is_line("net: x+\\.\\.\\."), "%s", output);
	ATF_REQUIRE(strlen(output) > 2000 && strlen(output) < 2200);
	ATF_REQUIRE_EQ(0, capture(say_long_name));
	ATF_REQUIRE_MSG(is_line("a-name-that-is-longer-than-any-: x"), "%s",
	    output);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, line);
	ATF_TP_ADD_TC(tp, verbose);
	ATF_TP_ADD_TC(tp, errno_preserved);
	ATF_TP_ADD_TC(tp, no_forged_line);
	ATF_TP_ADD_TC(tp, vis);
	ATF_TP_ADD_TC(tp, vis_cut);
	ATF_TP_ADD_TC(tp, vis_ring);
	ATF_TP_ADD_TC(tp, last_words);
	ATF_TP_ADD_TC(tp, long_line);
	return atf_no_error();
}

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
 * The audit log taken away from a daemon that was taken over: it says one
 * thing and then another.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <atf-c.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fakeasmpd.h"

#define SOCKET_PATH	"asmpd.sock"
#define RECORDS		3

/* What the log has, and what is said of it the second time. */
static const char *const	 records[RECORDS] = { "{1}", "{2}", "{3}" };

static int	 dir_fails;	/* this sync of a directory, from 1 */

/* The disk, instead of libc's: only fdatasync() is real. */
int
fsync(int fd)
{
	static int	 dirs;
	struct stat	 st;

	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	if (!S_ISDIR(st.st_mode) || ++dirs != dir_fails)
		return fdatasync(fd);
	errno = EIO;
	return -1;
}

static void
make_note(struct ctl_note *note)
{
	struct checkpoint	 c = { .size = RECORDS };
	struct ident		*key = ident_generate(IDENT_ED25519);
	struct merkle		 tree;
	struct part		 p;
	uint8_t			 leaf[ASMP_HASHLEN];
	int			 i;

	ATF_REQUIRE(key != NULL);
	memset(note, 0, sizeof(*note));
	memset(&tree, 0, sizeof(tree));
	for (i = 0; i < RECORDS; i++) {
		p = (struct part){ records[i], strlen(records[i]) };
		merkle_leaf(leaf, &p, 1);
		merkle_append(&tree, leaf);
	}
	merkle_root(&tree, c.root);
	strlcpy(c.origin, "GW/audit", sizeof(c.origin));
	note->size = c.size;
	memcpy(note->root, c.root, sizeof(note->root));
	ATF_REQUIRE_EQ(0, checkpoint_sign(note->text, sizeof(note->text), &c,
	    key));
	ATF_REQUIRE_EQ(0, vkey_totext(note->key, sizeof(note->key), c.origin,
	    ident_public(key)));
	ident_free(key);
}

static void
say(struct imsgbuf *to, uint32_t type, int fd, const void *data, size_t len)
{
	ATF_REQUIRE_EQ(1, imsg_compose(to, type, 0, 0, fd, data, len));
	while (imsgbuf_queuelen(to) > 0)
		ATF_REQUIRE_EQ(0, imsgbuf_write(to));
}

static void
say_record(struct imsgbuf *to, uint64_t position, const char *text)
{
	struct {
		struct ctl_audit	 r;
		char			 text[8];
	} row;
	size_t	 len = strlen(text);

	memset(&row, 0, sizeof(row));
	row.r.position = position;
	row.r.len = (uint32_t)len;
	memcpy(row.text, text, len);
	say(to, CTL_AUDIT, -1, &row, sizeof(row.r) + len);
}

/* Rows, on a pipe of their own: these records, or none. */
static void
say_rows(struct imsgbuf *to, const char *const *text)
{
	const struct ctl_result	 res = { .code = CTL_OK };
	struct imsgbuf		 rows;
	int			 fd[2], i;

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	ATF_REQUIRE_EQ(0, imsgbuf_init(&rows, fd[0]));
	for (i = 0; text != NULL && i < RECORDS; i++)
		say_record(&rows, (uint64_t)i + 1, text[i]);
	say(&rows, CTL_RESULT, -1, &res, sizeof(res));
	close(fd[0]);
	say(to, CTL_PIPE, fd[1], NULL, 0);
}

static void
say_note(struct imsgbuf *to, const struct ctl_note *note)
{
	const struct ctl_result	 res = { .code = CTL_OK };

	say(to, CTL_NOTE_TEXT, -1, note, sizeof(*note));
	say(to, CTL_RESULT, -1, &res, sizeof(res));
}

/* The next who connects. */
static void
next(struct imsgbuf *to, int fd)
{
	int	 client = accept(fd, NULL, NULL);

	ATF_REQUIRE(client != -1);
	ATF_REQUIRE_EQ(0, imsgbuf_init(to, client));
	imsgbuf_allow_fdpass(to);
}

/* Until that one has read all. */
static void
last(struct imsgbuf *to)
{
	char	 buf[1024];

	while (read(to->fd, buf, sizeof(buf)) > 0)
		;
	imsgbuf_clear(to);
	close(to->fd);
}

/* Four answers: the checkpoint, the log twice, its other checkpoints. */
static void
daemon_is(int fd, const char *const *second)
{
	struct ctl_note	 note;
	struct imsgbuf	 to;

	make_note(&note);
	next(&to, fd);
	say_note(&to, &note);
	last(&to);
	next(&to, fd);
	say_rows(&to, records);
	last(&to);
	next(&to, fd);
	say_rows(&to, second);
	last(&to);
	next(&to, fd);
	say_rows(&to, NULL);
	last(&to);
}

/* asmpctl's exit status, of a daemon that says this the second time. */
static void
export_from(const char *const *second, int status)
{
	static const struct parse_result	 res = {
		.action = ACT_AUDIT_EXPORT, .file = "dir"
	};
	struct sockaddr_un			 sun = {
		.sun_family = AF_UNIX, .sun_path = SOCKET_PATH
	};
	int					 fd;
	pid_t					 asmpd, asmpctl;

	(void)unlink(SOCKET_PATH);
	ATF_REQUIRE((fd = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE_EQ(0, bind(fd, (const void *)&sun, sizeof(sun)));
	ATF_REQUIRE_EQ(0, listen(fd, 8));
	ATF_REQUIRE((asmpd = fork()) != -1);
	if (asmpd == 0) {
		daemon_is(fd, second);
		_exit(0);
	}
	if ((asmpctl = atf_utils_fork()) == 0)
		exit(audit_export(SOCKET_PATH, &res, &output_text));
	atf_utils_wait(asmpctl, status, "save:out", "save:err");
	/* It may wait for a question that is not asked any more. */
	kill(asmpd, SIGKILL);
	ATF_REQUIRE_EQ(asmpd, waitpid(asmpd, NULL, 0));
	close(fd);
}

ATF_TC_WITHOUT_HEAD(the_same_twice);
ATF_TC_BODY(the_same_twice, tc)
{
	export_from(records, EXIT_DONE);
	ATF_CHECK(atf_utils_compare_file("dir/records", "{1}\n{2}\n{3}\n"));
	ATF_CHECK_EQ(0, access("dir/checkpoint", F_OK));
}

/* The proof would be of another record than the one beside it. */
ATF_TC_WITHOUT_HEAD(another_text);
ATF_TC_BODY(another_text, tc)
{
	static const char *const	 second[RECORDS] = {
		"{1}", "{!}", "{3}"
	};

	export_from(second, EXIT_REFUSED);
	ATF_CHECK(atf_utils_grep_file("the log is not the one that was "
	    "signed", "err"));
	ATF_CHECK_EQ(-1, access("dir", F_OK));
}

/* Its files have names in it, and so has it in another. */
ATF_TC_WITHOUT_HEAD(not_on_the_disk);
ATF_TC_BODY(not_on_the_disk, tc)
{
	for (dir_fails = 1; dir_fails <= 3; dir_fails++) {
		export_from(records, EXIT_LOCAL);
		ATF_CHECK(atf_utils_grep_file(": dir(/[a-z]+)?: "
		    "Input/output error", "err"));
		ATF_CHECK_EQ(-1, access("dir", F_OK));
	}
	export_from(records, EXIT_DONE);
	ATF_CHECK_EQ(0, access("dir/checkpoint", F_OK));
}

/* What to do then is said. */
ATF_TC_WITHOUT_HEAD(there_already);
ATF_TC_BODY(there_already, tc)
{
	ATF_REQUIRE_EQ(0, mkdir("dir", 0700));
	export_from(records, EXIT_LOCAL);
	ATF_CHECK(atf_utils_compare_file("out", ""));
	ATF_CHECK(atf_utils_compare_file("err", "audit_export_test: dir: "
	    "exists already; choose another name or move it away\n"));
	ATF_CHECK_EQ(0, access("dir", F_OK));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_same_twice);
	ATF_TP_ADD_TC(tp, another_text);
	ATF_TP_ADD_TC(tp, not_on_the_disk);
	ATF_TP_ADD_TC(tp, there_already);
	return atf_no_error();
}

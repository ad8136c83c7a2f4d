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

/* The verifier's part of the configuration: asmpd/verify_conf.c. */

#include <sys/types.h>
#include <sys/wait.h>

#include <atf-c.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmpd.h"
#include "verify.h"

static struct imsgbuf	 parent, child;

static void
pipe_make(void)
{
	int	 pair[2];

	ATF_REQUIRE(sock_pair(pair) == 0);
	ATF_REQUIRE(imsgbuf_init(&parent, pair[0]) == 0);
	ATF_REQUIRE(imsgbuf_init(&child, pair[1]) == 0);
	ATF_REQUIRE(imsgbuf_set_maxsize(&parent, IPC_MSGMAX) == 0);
	ATF_REQUIRE(imsgbuf_set_maxsize(&child, IPC_MSGMAX) == 0);
}

/* A message may be longer than what the socket takes at once. */
static void
say(uint32_t type, const void *data, size_t len)
{
	struct imsg	 imsg;
	int		 n;

	if (parent.w == NULL)
		pipe_make();
	ATF_REQUIRE(imsg_compose(&parent, type, 0, 0, -1, data, len) == 1);
	do {
		ATF_REQUIRE(imsgbuf_write(&parent) == 0);
		ATF_REQUIRE(imsgbuf_read(&child) == 1);
	} while ((n = imsgbuf_get(&child, &imsg)) == 0);
	ATF_REQUIRE(n == 1);
	conf_recv(&imsg);
	imsg_free(&imsg);
}

static void
say_conf(uint32_t silence)
{
	struct ipc_conf	 conf;

	memset(&conf, 0, sizeof(conf));
	conf.max_sessions = 10;
	conf.samples = 7;
	conf.threshold = 2.5;
	conf.floor = 0.5;
	conf.silence_ms = silence;
	say(IPC_CONF, &conf, sizeof(conf));
}

static void
say_stream(uint32_t number, const char *name)
{
	struct ipc_stream	 s;

	memset(&s, 0, sizeof(s));
	s.number = number;
	s.handler = HANDLER_CHAT;
	s.idle_ms = number * 1000;
	strlcpy(s.name, name, sizeof(s.name));
	say(IPC_CONF_STREAM, &s, sizeof(s));
}

static void
say_role(uint32_t number, uint64_t streams)
{
	struct ipc_role	 r;

	memset(&r, 0, sizeof(r));
	r.number = number;
	r.streams = streams;
	r.commands = 1U << CMD_TIME;
	snprintf(r.name, sizeof(r.name), "role%u", number);
	say(IPC_CONF_ROLE, &r, sizeof(r));
}

/* ids are packed: each with a NUL behind it. */
static void
say_group(const char *name, uint32_t n, const char *ids, size_t len)
{
	static uint8_t	 buf[sizeof(struct ipc_group) + MEMBERS_MAX *
			    (ASMP_IDMAX + 1)];
	struct ipc_group g;

	memset(&g, 0, sizeof(g));
	g.function = FUNCTION_SUM;
	g.wait_ms = 5000;
	g.nmembers = n;
	strlcpy(g.name, name, sizeof(g.name));
	strlcpy(g.metric, "value", sizeof(g.metric));
	memcpy(buf, &g, sizeof(g));
	memcpy(buf + sizeof(g), ids, len);
	say(IPC_CONF_GROUP, buf, sizeof(g) + len);
}

static void
say_require(const char *path, uint32_t type)
{
	struct ipc_require	 r;

	memset(&r, 0, sizeof(r));
	r.type = type;
	strlcpy(r.path, path, sizeof(r.path));
	say(IPC_CONF_REQUIRE, &r, sizeof(r));
}

/* Before the first configuration nobody may do anything. */
ATF_TC_WITHOUT_HEAD(nothing);
ATF_TC_BODY(nothing, tc)
{
	uint32_t	 place;
	size_t		 n = 1;

	(void)tc;
	ATF_CHECK(conf_stream_bynumber(1, &place) == NULL);
	ATF_CHECK(conf_role_bynumber(1) == NULL);
	ATF_CHECK(conf_group_next(NULL) == NULL);
	ATF_CHECK(conf_group_byname("a") == NULL);
	ATF_CHECK(conf_group_with("x", NULL) == NULL);
	(void)conf_required(&n);
	ATF_CHECK_EQ(n, 0);
}

/* A new configuration is not there, until it is there whole. */
ATF_TC_WITHOUT_HEAD(transaction);
ATF_TC_BODY(transaction, tc)
{
	uint32_t	 before = verify_rules.generation, place;
	size_t		 n;

	(void)tc;
	say_conf(1);
	say_stream(1, "chat");
	say_stream(70000, "desk");
	say_role(9, 1U << 1);
	say_require("temperature", REQUIRE_NUMBER);
	say_group("a", 1, "x", 2);
	ATF_CHECK(conf_stream_bynumber(1, &place) == NULL);
	ATF_CHECK(conf_group_next(NULL) == NULL);
	ATF_CHECK_EQ(verify_conf.silence_ms, 0);
	conf_commit();
	ATF_CHECK_EQ(verify_conf.silence_ms, 1);
	ATF_CHECK_EQ(verify_rules.samples, 7);
	ATF_CHECK_EQ(verify_rules.generation, before + 1);
	ATF_REQUIRE(conf_stream_bynumber(70000, &place) != NULL);
	ATF_CHECK_EQ(place, 1);
	ATF_CHECK_STREQ(conf_stream_bynumber(70000, &place)->name, "desk");
	ATF_CHECK(conf_stream_bynumber(2, &place) == NULL);
	ATF_REQUIRE(conf_role_bynumber(9) != NULL);
	ATF_CHECK_EQ(conf_role_bynumber(9)->streams, 2);
	ATF_CHECK_STREQ(conf_required(&n)->path, "temperature");
	ATF_CHECK_EQ(n, 1);

	/* Begun and given up: what there was stays. */
	say_conf(2);
	say_stream(1, "other");
	say_group("b", 1, "x", 2);
	conf_abort();
	ATF_CHECK_EQ(verify_conf.silence_ms, 1);
	ATF_CHECK_EQ(verify_rules.generation, before + 1);
	ATF_CHECK_STREQ(conf_stream_bynumber(1, &place)->name, "chat");
	ATF_CHECK(conf_group_byname("b") == NULL);

	/* And nothing of it comes with the next, which lacks much. */
	say_conf(3);
	say_stream(5, "five");
	conf_commit();
	ATF_CHECK_EQ(verify_conf.silence_ms, 3);
	ATF_CHECK_EQ(verify_rules.generation, before + 2);
	ATF_CHECK(conf_stream_bynumber(1, &place) == NULL);
	ATF_REQUIRE(conf_stream_bynumber(5, &place) != NULL);
	ATF_CHECK_EQ(place, 0);
	ATF_CHECK(conf_role_bynumber(9) == NULL);
	ATF_CHECK(conf_group_next(NULL) == NULL);
	(void)conf_required(&n);
	ATF_CHECK_EQ(n, 0);
}

/* M-7: a device finds its groups, and its place in each. */
ATF_TC_WITHOUT_HEAD(groups);
ATF_TC_BODY(groups, tc)
{
	const struct group	*a, *b, *c;

	(void)tc;
	say_conf(0);
	say_group("a", 3, "1\0" "2\0" "30", 7);
	say_group("b", 1, "2", 2);
	say_group("c", 2, "1\0" "30", 5);
	conf_commit();
	a = conf_group_next(NULL);
	b = conf_group_next(a);
	c = conf_group_next(b);
	ATF_REQUIRE(c != NULL);
	ATF_CHECK(conf_group_next(c) == NULL);
	ATF_CHECK(conf_group_byname("b") == b);
	ATF_CHECK(conf_group_byname("d") == NULL);
	ATF_CHECK_EQ(conf_group_place(a, "1"), 0);
	ATF_CHECK_EQ(conf_group_place(a, "2"), 1);
	ATF_CHECK_EQ(conf_group_place(a, "30"), 2);
	ATF_CHECK_EQ(conf_group_place(a, "3"), -1);
	ATF_CHECK_EQ(conf_group_place(a, ""), -1);
	ATF_CHECK_STREQ(a->member[2], "30");
	ATF_CHECK(conf_group_with("1", NULL) == a);
	ATF_CHECK(conf_group_with("1", a) == c);
	ATF_CHECK(conf_group_with("1", c) == NULL);
	ATF_CHECK(conf_group_with("2", NULL) == a);
	ATF_CHECK(conf_group_with("2", a) == b);
	ATF_CHECK(conf_group_with("2", b) == NULL);
	ATF_CHECK(conf_group_with("3", NULL) == NULL);
}

/* The most that asmpd.conf(5) can say fits in messages and tables. */
ATF_TC_WITHOUT_HEAD(full);
ATF_TC_BODY(full, tc)
{
	static char	 ids[MEMBERS_MAX * (ASMP_IDMAX + 1)];
	char		 text[JSON_PATHMAX];
	uint32_t	 i, place;
	size_t		 n;

	(void)tc;
	for (i = 0; i < MEMBERS_MAX; i++)
		snprintf(ids + i * (ASMP_IDMAX + 1), ASMP_IDMAX + 1, "%0*u",
		    ASMP_IDMAX, i);
	say_conf(0);
	for (i = 0; i < STREAMS_MAX; i++)
		say_stream(ASMP_STREAM_MAX - i, "s");
	for (i = 1; i <= ROLES_MAX; i++)
		say_role(i, i);
	for (i = 0; i < REQUIRES_MAX; i++) {
		snprintf(text, sizeof(text), "%0*u", JSON_PATHMAX - 1, i);
		say_require(text, REQUIRE_ANY);
	}
	for (i = 0; i < GROUPS_MAX; i++) {
		snprintf(text, sizeof(text), "g%u", i);
		say_group(text, i == 0 ? MEMBERS_MAX : 1, ids, i == 0 ?
		    sizeof(ids) : ASMP_IDMAX + 1);
	}
	conf_commit();
	ATF_REQUIRE(conf_stream_bynumber(ASMP_STREAM_MAX - STREAMS_MAX + 1,
	    &place) != NULL);
	ATF_CHECK_EQ(place, STREAMS_MAX - 1);
	ATF_CHECK_EQ(conf_role_bynumber(ROLES_MAX)->streams, ROLES_MAX);
	ATF_CHECK_STREQ(conf_required(&n)[REQUIRES_MAX - 1].path + 125, "63");
	ATF_CHECK_EQ(n, REQUIRES_MAX);
	ATF_CHECK_EQ(conf_group_place(conf_group_next(NULL),
	    ids + (MEMBERS_MAX - 1) * (ASMP_IDMAX + 1)), MEMBERS_MAX - 1);
	ATF_CHECK(conf_group_byname("g255") != NULL);
}

static void
too_many_streams(void)
{
	uint32_t	 i;

	for (i = 0; i <= STREAMS_MAX; i++)
		say_stream(i + 1, "s");
}

static void
too_many_roles(void)
{
	uint32_t	 i;

	for (i = 0; i <= ROLES_MAX; i++)
		say_role(i, 0);
}

static void
too_many_fields(void)
{
	uint32_t	 i;

	for (i = 0; i <= REQUIRES_MAX; i++)
		say_require("x", REQUIRE_ANY);
}

static void
too_many_groups(void)
{
	uint32_t	 i;

	for (i = 0; i <= GROUPS_MAX; i++)
		say_group("g", 1, "x", 2);
}

static void
endless_name(void)
{
	struct ipc_stream	 s;

	memset(&s, 'x', sizeof(s));
	say(IPC_CONF_STREAM, &s, sizeof(s));
}

static void
no_handler(void)
{
	struct ipc_stream	 s;

	memset(&s, 0, sizeof(s));
	say(IPC_CONF_STREAM, &s, sizeof(s));
}

static void
short_role(void)
{
	struct ipc_role	 r;

	memset(&r, 0, sizeof(r));
	say(IPC_CONF_ROLE, &r, sizeof(r) - 1);
}

static void
no_members(void)
{
	say_group("g", 0, "", 0);
}

static void
fewer_members(void)
{
	say_group("g", 3, "a\0b", 4);
}

static void
more_members(void)
{
	say_group("g", 1, "a\0b", 4);
}

static void
endless_member(void)
{
	say_group("g", 2, "a\0b", 3);
}

static void
unsorted_members(void)
{
	say_group("g", 2, "b\0a", 4);
}

static void
same_members(void)
{
	say_group("g", 2, "a\0a", 4);
}

static void
another_type(void)
{
	say(IPC_CONF_TLS, NULL, 0);
}

static const struct {
	void		(*send)(void);
	const char	*what;		/* the log says */
} intrusion[] = {
	{ too_many_streams,	"too many streams" },
	{ too_many_roles,	"too many roles" },
	{ too_many_fields,	"too many required fields" },
	{ too_many_groups,	"too many groups" },
	{ endless_name,		"parent sent a name without end" },
	{ no_handler,		"stream : handler 0" },
	{ short_role,		"parent sent a message of a wrong size" },
	{ no_members,		"group g: 0 members" },
	{ fewer_members,	"parent sent an id without end" },
	{ more_members,		"group g: more than its members" },
	{ endless_member,	"parent sent an id without end" },
	{ unsorted_members,	"group g: members out of order" },
	{ same_members,		"group g: members out of order" },
	{ another_type,		"is not of a configuration" }
};

/* What no parent sends stops the process: it must not be in use. */
ATF_TC_WITHOUT_HEAD(intrusions);
ATF_TC_BODY(intrusions, tc)
{
	size_t		 i;
	int		 status;
	pid_t		 pid;

	(void)tc;
	for (i = 0; i < sizeof(intrusion) / sizeof(intrusion[0]); i++) {
		ATF_REQUIRE((pid = fork()) != -1);
		if (pid == 0) {
			atf_utils_redirect(STDERR_FILENO, "log");
			say_conf(0);
			intrusion[i].send();
			_exit(0);
		}
		ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
		ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 1 &&
		    atf_utils_grep_file("%s", "log", intrusion[i].what),
		    "not %s: status %d", intrusion[i].what, status);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, nothing);
	ATF_TP_ADD_TC(tp, transaction);
	ATF_TP_ADD_TC(tp, groups);
	ATF_TP_ADD_TC(tp, full);
	ATF_TP_ADD_TC(tp, intrusions);
	return atf_no_error();
}

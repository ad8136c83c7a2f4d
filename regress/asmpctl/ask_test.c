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
 * Requests and answers.  Each lie that a daemon could tell stands next to
 * the truth that it differs from.
 */

#include "fakeasmpd.h"

#define BROKEN	"asmpd answered something else than it was asked; is asmpctl " \
		"of the same version?"
#define LOST	"asmpd closed the connection before its answer was complete; " \
		"its log may tell why"

static const struct request	 ask_status = {
	.action = ACT_SHOW_SANDBOX,
	.type = CTL_SHOW_SANDBOX,
	.reply = CTL_STATUS,
	.subject = "show"
};

static const struct request	 ask_sessions = {
	.action = ACT_SHOW_SESSIONS,
	.type = CTL_SHOW_SESSIONS,
	.reply = CTL_SESSION,
	.subject = "show"
};

static const struct request	 ask_devices = {
	.action = ACT_SHOW_DEVICES,
	.type = CTL_SHOW_DEVICES,
	.reply = CTL_DEVICE,
	.subject = "show"
};

static const struct ctl_query	 newest = {
	.kind = CTL_KIND_READINGS, .newest = 1, .limit = 2
};

static const struct request	 ask_newest = {
	.action = ACT_SHOW_READINGS,
	.type = CTL_QUERY,
	.reply = CTL_READING,
	.data = &newest,
	.len = sizeof(newest),
	.subject = "show"
};

static const struct ctl_query	 every = { .kind = CTL_KIND_DEVKEYS };

static const struct request	 ask_keys = {
	.action = ACT_DEVICE_KEYS,
	.type = CTL_QUERY,
	.reply = CTL_DEVKEY,
	.data = &every,
	.len = sizeof(every),
	.subject = "device keys"
};

static const struct request	 ask_activity = {
	.action = ACT_DEVICE_STATUS,
	.type = CTL_QUERY,
	.reply = CTL_ACTIVITY,
	.data = &every,
	.len = sizeof(every),
	.subject = "device status"
};

static const struct request	 ask_database = {
	.action = ACT_SHOW_DATABASE,
	.type = CTL_QUERY,
	.reply = CTL_DATABASE,
	.data = &every,
	.len = sizeof(every),
	.subject = "show"
};

static const struct request	 ask_monitor = {
	.action = ACT_MONITOR,
	.type = CTL_MONITOR,
	.reply = CTL_EVENT,
	.subject = "monitor"
};

static const struct request	 ask_reload = {
	.type = CTL_RELOAD,
	.subject = "reload"
};

/* Asks, with the output in the file out and errors in err. */
static int
ask_fake(struct fake *f, const struct request *req)
{
	FILE	*fp;
	int	 status;

	ATF_REQUIRE((fp = fopen("out", "w")) != NULL);
	status = ask(&f->c, req, &output_text, fp);
	ATF_REQUIRE_EQ(0, fclose(fp));
	fflush(stderr);
	return status;
}

/* The answer that was prepared in f is refused, and f is done. */
static void
require_broken(struct fake *f, const struct request *req, const char *why)
{
	char	 line[512];

	fake_end(f);
	ATF_REQUIRE_EQ_MSG(EXIT_LOCAL, ask_fake(f, req), "%s", why);
	snprintf(line, sizeof(line), "ask_test: %s: %s\n", req->subject, why);
	ATF_REQUIRE(atf_utils_compare_file("err", line));
	fake_free(f);
}

static void
say_status(struct fake *f, uint32_t process)
{
	struct ctl_status	 st = { .process = process, .pid = 1 };

	if (process == CTL_PARENT)
		st.counter[CP_VERIFIERS] = 2;
	fake_say(f, CTL_STATUS, &st, sizeof(st));
}

static void
fill_session(struct ctl_session *s)
{
	memset(s, 0, sizeof(*s));
	strlcpy(s->device, "DEV1", sizeof(s->device));
	strlcpy(s->address, "127.0.0.1:1", sizeof(s->address));
}

static void
fill_event(struct ctl_event *ev)
{
	memset(ev, 0, sizeof(*ev));
	ev->kind = CTL_EV_SESSION_UP;
}

ATF_TC_WITHOUT_HEAD(result_decides_the_exit_status);
ATF_TC_BODY(result_decides_the_exit_status, tc)
{
	struct fake	 f;

	fake_init(&f);
	fake_result(&f, CTL_OK, "reloaded");
	ATF_REQUIRE_EQ(EXIT_DONE, ask_fake(&f, &ask_reload));
	ATF_REQUIRE(atf_utils_compare_file("out", "reloaded\n"));
	fake_heard(&f, CTL_RELOAD, NULL, 0);
	fake_result(&f, CTL_BUSY, "another one");
	ATF_REQUIRE_EQ(EXIT_REFUSED, ask_fake(&f, &ask_reload));
	ATF_REQUIRE(atf_utils_compare_file("out", ""));
	ATF_REQUIRE(atf_utils_compare_file("err",
	    "ask_test: reload: another one\n"));
	fake_free(&f);
}

/* An error is shown without the head of the table that does not come. */
ATF_TC_WITHOUT_HEAD(errors_have_no_head);
ATF_TC_BODY(errors_have_no_head, tc)
{
	struct fake	 f;

	fake_init(&f);
	fake_result(&f, CTL_DENIED, "no");
	ATF_REQUIRE_EQ(EXIT_REFUSED, ask_fake(&f, &ask_sessions));
	ATF_REQUIRE(atf_utils_compare_file("out", ""));
	fake_result(&f, CTL_OK, "");
	ATF_REQUIRE_EQ(EXIT_DONE, ask_fake(&f, &ask_sessions));
	ATF_REQUIRE(atf_utils_grep_file("^SINCE ", "out"));
	fake_free(&f);
}

/* Whatever the order of the answers, the parent comes first. */
ATF_TC_WITHOUT_HEAD(processes_in_their_order);
ATF_TC_BODY(processes_in_their_order, tc)
{
	struct fake	 f;
	int		 proc;

	fake_init(&f);
	for (proc = CTL_VERIFY + 1; proc >= 0; proc--)
		say_status(&f, proc);
	fake_result(&f, CTL_OK, "");
	ATF_REQUIRE_EQ(EXIT_DONE, ask_fake(&f, &ask_status));
	ATF_REQUIRE(atf_utils_compare_file("out",
	    "PROCESS     UID LAYERS\nparent        0 none\n"
	    "net           0 none\nverify        0 none\n"
	    "verify2       0 none\nstore         0 none\n"
	    "control       0 none\n"));
	fake_free(&f);
}

ATF_TC_WITHOUT_HEAD(processes_are_all_there_once);
ATF_TC_BODY(processes_are_all_there_once, tc)
{
	struct ctl_status	 st = { .process = CTL_NPROCESSES, .pid = 1 };
	struct fake		 f;

	fake_init(&f);
	fake_say(&f, CTL_STATUS, &st, sizeof(st));
	require_broken(&f, &ask_status, BROKEN);
	/* A reason that does not end. */
	st.process = CTL_STORE;
	memset(st.trouble, 'x', sizeof(st.trouble));
	fake_init(&f);
	fake_say(&f, CTL_STATUS, &st, sizeof(st));
	require_broken(&f, &ask_status, BROKEN);
	/* One that has no number. */
	memset(&st, 0, sizeof(st));
	fake_init(&f);
	fake_say(&f, CTL_STATUS, &st, sizeof(st));
	require_broken(&f, &ask_status, BROKEN);
	/* A verifier is missing. */
	fake_init(&f);
	for (st.process = CTL_PARENT; st.process <= CTL_VERIFY; st.process++)
		say_status(&f, st.process);
	fake_result(&f, CTL_OK, "");
	require_broken(&f, &ask_status, BROKEN);
	fake_init(&f);
	say_status(&f, CTL_NET);
	say_status(&f, CTL_NET);
	require_broken(&f, &ask_status, BROKEN);
	fake_init(&f);
	say_status(&f, CTL_NET);
	fake_result(&f, CTL_OK, "");
	require_broken(&f, &ask_status, BROKEN);
	fake_init(&f);
	say_status(&f, CTL_NET);
	require_broken(&f, &ask_status, LOST);
}

/* The cursor that came with one page asks for the next. */
ATF_TC_WITHOUT_HEAD(pages_follow_each_other);
ATF_TC_BODY(pages_follow_each_other, tc)
{
	struct ctl_page		 page = { .cursor = 0 };
	struct ctl_device	 d;
	struct fake		 f;

	fake_init(&f);
	fake_device(&d, 5);
	fake_say_device(&f, &d);
	page.cursor = 5;
	fake_say(&f, CTL_MORE, &page, sizeof(page));
	fake_device(&d, 6);
	fake_say_device(&f, &d);
	fake_result(&f, CTL_OK, "");
	ATF_REQUIRE_EQ(EXIT_DONE, ask_fake(&f, &ask_devices));
	ATF_REQUIRE(atf_utils_grep_file(" DEV5$", "out"));
	ATF_REQUIRE(atf_utils_grep_file(" DEV6$", "out"));
	fake_heard(&f, CTL_SHOW_DEVICES, &page, sizeof(page));
	ATF_REQUIRE_EQ(0, page.cursor);
	fake_heard(&f, CTL_SHOW_DEVICES, &page, sizeof(page));
	ATF_REQUIRE_EQ(5, page.cursor);
	fake_free(&f);
}

/* A daemon cannot keep asmpctl busy for ever with the same page. */
ATF_TC_WITHOUT_HEAD(pages_must_go_on);
ATF_TC_BODY(pages_must_go_on, tc)
{
	struct ctl_page		 page = { .cursor = 0 };
	struct ctl_device	 d;
	struct fake		 f;

	fake_init(&f);
	fake_say(&f, CTL_MORE, &page, sizeof(page));
	require_broken(&f, &ask_devices, BROKEN);
	fake_init(&f);
	page.cursor = 5;
	fake_say(&f, CTL_MORE, &page, sizeof(page));
	fake_say(&f, CTL_MORE, &page, sizeof(page));
	require_broken(&f, &ask_sessions, BROKEN);
	fake_init(&f);
	fake_device(&d, 5);
	fake_say_device(&f, &d);
	fake_say_device(&f, &d);
	require_broken(&f, &ask_devices, BROKEN);
	fake_init(&f);
	fake_say(&f, CTL_MORE, &page, sizeof(page));
	require_broken(&f, &ask_reload, BROKEN);
}

ATF_TC_WITHOUT_HEAD(answers_fit_the_question);
ATF_TC_BODY(answers_fit_the_question, tc)
{
	struct ctl_session	 s;
	struct fake		 f;

	fake_init(&f);
	fill_session(&s);
	fake_say(&f, CTL_SESSION, &s, sizeof(s));
	fake_result(&f, CTL_OK, "");
	ATF_REQUIRE_EQ(EXIT_DONE, ask_fake(&f, &ask_sessions));
	fake_free(&f);
	fake_init(&f);
	fake_say(&f, CTL_SESSION, &s, sizeof(s));
	require_broken(&f, &ask_devices, BROKEN);
	fake_init(&f);
	fake_say(&f, CTL_SESSION, &s, sizeof(s));
	require_broken(&f, &ask_reload, BROKEN);
	fake_init(&f);
	fake_say(&f, CTL_RELOAD, NULL, 0);
	require_broken(&f, &ask_reload, BROKEN);
	fake_init(&f);
	fake_say(&f, CTL_NONE, NULL, 0);
	require_broken(&f, &ask_reload, BROKEN);
}

/* Every struct one byte short, one byte long, and empty. */
ATF_TC_WITHOUT_HEAD(sizes_are_exact);
ATF_TC_BODY(sizes_are_exact, tc)
{
	static const struct {
		const struct request	*req;
		uint32_t		 type;
		size_t			 size;
	} parts[] = {
		{ &ask_status, CTL_STATUS, sizeof(struct ctl_status) },
		{ &ask_sessions, CTL_SESSION, sizeof(struct ctl_session) },
		{ &ask_devices, CTL_DEVICE, CTL_DEVICE_HEAD },
		{ &ask_monitor, CTL_EVENT, sizeof(struct ctl_event) },
		{ &ask_devices, CTL_MORE, sizeof(struct ctl_page) },
		{ &ask_reload, CTL_RESULT, sizeof(struct ctl_result) }
	};
	static const char	 zeros[2048];
	struct fake		 f;
	size_t			 i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		fake_init(&f);
		fake_say(&f, parts[i].type, zeros, parts[i].size - 1);
		require_broken(&f, parts[i].req, BROKEN);
		fake_init(&f);
		fake_say(&f, parts[i].type, zeros, parts[i].size + 1);
		require_broken(&f, parts[i].req, BROKEN);
		fake_init(&f);
		fake_say(&f, parts[i].type, NULL, 0);
		require_broken(&f, parts[i].req, BROKEN);
	}
	/* What is longer than any answer ends the connection. */
	fake_init(&f);
	fake_say(&f, CTL_RESULT, zeros, sizeof(zeros));
	require_broken(&f, &ask_reload, BROKEN);
	fake_init(&f);
	fake_say(&f, CTL_RESULT, (const char [2049]){ 0 }, 2049);
	require_broken(&f, &ask_reload, LOST);
}

/* A device ends with its key, which is one of its kind. */
ATF_TC_WITHOUT_HEAD(keys_are_whole);
ATF_TC_BODY(keys_are_whole, tc)
{
	static const struct {
		uint8_t		 kind, alg;
		uint16_t	 keylen;
		int		 sent;		/* bytes beyond the key */
	} lies[] = {
		{ ASMP_KIND_SIGNATURE, IDENT_ED25519, 32, -1 },
		{ ASMP_KIND_SIGNATURE, IDENT_ED25519, 32, 1 },
		{ ASMP_KIND_SIGNATURE, IDENT_ED25519, 31, 0 },
		{ ASMP_KIND_SIGNATURE, IDENT_P256, 32, 0 },
		{ ASMP_KIND_SIGNATURE, 0, 0, 0 },
		{ ASMP_KIND_PSK, 0, 32, 0 },
		{ ASMP_KIND_TOKEN, 0, 1, 0 },
		{ ASMP_KIND_KEM, 0, 32, 0 },
		{ ASMP_KIND_TICKET, 0, 0, 0 },
		{ 0, 0, 0, 0 },
		{ ASMP_KIND_KEM, 0, MLKEM768_EKLEN + 1, -1 }
	};
	static const struct {
		uint8_t		 kind, alg;
		uint16_t	 keylen;
	} truths[] = {
		{ ASMP_KIND_SIGNATURE, IDENT_ED25519, 32 },
		{ ASMP_KIND_PSK, 0, 0 },
		{ ASMP_KIND_TOKEN, 0, 0 },
		{ ASMP_KIND_KEM, 0, MLKEM768_EKLEN }
	};
	struct ctl_device	 d;
	struct fake		 f;
	size_t			 i;

	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		fake_init(&f);
		fake_device(&d, 1);
		d.kind = lies[i].kind;
		d.alg = lies[i].alg;
		d.keylen = lies[i].keylen;
		fake_say(&f, CTL_DEVICE, &d, CTL_DEVICE_LEN(&d) +
		    lies[i].sent);
		require_broken(&f, &ask_devices, BROKEN);
	}
	fake_init(&f);
	for (i = 0; i < sizeof(truths) / sizeof(truths[0]); i++) {
		fake_device(&d, i + 1);
		d.kind = truths[i].kind;
		d.alg = truths[i].alg;
		d.keylen = truths[i].keylen;
		fake_say_device(&f, &d);
	}
	fake_result(&f, CTL_OK, "");
	ATF_REQUIRE_EQ(EXIT_DONE, ask_fake(&f, &ask_devices));
	fake_free(&f);
	/* A coefficient that is not below q (FIPS 203, section 7.2). */
	fake_init(&f);
	memset(d.key, 0xff, sizeof(d.key));
	fake_say_device(&f, &d);
	require_broken(&f, &ask_devices, BROKEN);
}

ATF_TC_WITHOUT_HEAD(strings_end);
ATF_TC_BODY(strings_end, tc)
{
	struct ctl_session	 s;
	struct ctl_device	 d;
	struct ctl_event	 ev;
	struct ctl_result	 res;
	struct fake		 f;

	fake_init(&f);
	fill_session(&s);
	memset(s.device, 'a', sizeof(s.device));
	fake_say(&f, CTL_SESSION, &s, sizeof(s));
	require_broken(&f, &ask_sessions, BROKEN);
	fake_init(&f);
	fill_session(&s);
	memset(s.address, '1', sizeof(s.address));
	fake_say(&f, CTL_SESSION, &s, sizeof(s));
	require_broken(&f, &ask_sessions, BROKEN);
	fake_init(&f);
	fake_device(&d, 1);
	memset(d.id, 'a', sizeof(d.id));
	fake_say_device(&f, &d);
	require_broken(&f, &ask_devices, BROKEN);
	fake_init(&f);
	fake_device(&d, 1);
	memset(d.role, 'a', sizeof(d.role));
	fake_say_device(&f, &d);
	require_broken(&f, &ask_devices, BROKEN);
	fake_init(&f);
	fake_device(&d, 1);
	strlcpy(d.role, "=A\"\n\033[2J", sizeof(d.role));
	fake_say_device(&f, &d);
	require_broken(&f, &ask_devices, BROKEN);
	fake_init(&f);
	memset(&res, 0, sizeof(res));
	memset(res.text, 'a', sizeof(res.text));
	fake_say(&f, CTL_RESULT, &res, sizeof(res));
	require_broken(&f, &ask_reload, BROKEN);
	fake_init(&f);
	fill_event(&ev);
	memset(ev.device, 'a', sizeof(ev.device));
	fake_say(&f, CTL_EVENT, &ev, sizeof(ev));
	require_broken(&f, &ask_monitor, BROKEN);
	fake_init(&f);
	fill_event(&ev);
	memset(ev.address, 'a', sizeof(ev.address));
	fake_say(&f, CTL_EVENT, &ev, sizeof(ev));
	require_broken(&f, &ask_monitor, BROKEN);
	fake_init(&f);
	fill_event(&ev);
	memset(ev.text, 'a', sizeof(ev.text));
	fake_say(&f, CTL_EVENT, &ev, sizeof(ev));
	require_broken(&f, &ask_monitor, BROKEN);
}

/* Numbers that stand for names must be known ones. */
ATF_TC_WITHOUT_HEAD(values_are_in_range);
ATF_TC_BODY(values_are_in_range, tc)
{
	struct ctl_session	 s;
	struct ctl_device	 d;
	struct ctl_event	 ev;
	struct fake		 f;

	fake_init(&f);
	fake_result(&f, CTL_FAILED + 1, "x");
	require_broken(&f, &ask_reload, BROKEN);
	fake_init(&f);
	fill_session(&s);
	s.device[0] = '\033';
	fake_say(&f, CTL_SESSION, &s, sizeof(s));
	require_broken(&f, &ask_sessions, BROKEN);
	fake_init(&f);
	fake_device(&d, 1);
	d.state = CTL_DEVICE_DISABLED + 1;
	fake_say_device(&f, &d);
	require_broken(&f, &ask_devices, BROKEN);
	fake_init(&f);
	fake_device(&d, 1);
	d.alg = IDENT_P384 + 1;
	fake_say_device(&f, &d);
	require_broken(&f, &ask_devices, BROKEN);
	fake_init(&f);
	fake_device(&d, 0);
	fake_say_device(&f, &d);
	require_broken(&f, &ask_devices, BROKEN);
	fake_init(&f);
	fill_event(&ev);
	ev.kind = CTL_EV_BLOCKED + 1;
	fake_say(&f, CTL_EVENT, &ev, sizeof(ev));
	require_broken(&f, &ask_monitor, BROKEN);
}

/* Events are written as they come, and the end of the daemon is an error. */
ATF_TC_WITHOUT_HEAD(monitor_until_the_end);
ATF_TC_BODY(monitor_until_the_end, tc)
{
	struct ctl_event	 ev;
	struct fake		 f;

	fake_init(&f);
	fill_event(&ev);
	fake_say(&f, CTL_EVENT, &ev, sizeof(ev));
	fake_say(&f, CTL_EVENT, &ev, sizeof(ev));
	require_broken(&f, &ask_monitor, LOST);
	ATF_REQUIRE(atf_utils_compare_file("out",
	    "TIME                     EVENT            ID REASON         "
	    "ADDRESS               DEVICE TEXT\n"
	    "-                        up                0 -              "
	    "-                     - -\n"
	    "-                        up                0 -              "
	    "-                     - -\n"));
}

/* A line that cannot be written ends it, instead of being lost. */
ATF_TC_WITHOUT_HEAD(full_disk_ends_the_monitor);
ATF_TC_BODY(full_disk_ends_the_monitor, tc)
{
	struct ctl_event	 ev;
	struct fake		 f;
	FILE			*fp;

	if ((fp = fopen("/dev/full", "w")) == NULL)
		atf_tc_skip("no /dev/full");
	fake_init(&f);
	fill_event(&ev);
	fake_say(&f, CTL_EVENT, &ev, sizeof(ev));
	fake_result(&f, CTL_BUSY, "not to be waited for");
	ATF_REQUIRE(ask(&f.c, &ask_monitor, &output_text, fp) !=
	    EXIT_REFUSED);
	ATF_REQUIRE(ferror(fp));
	fclose(fp);
	fake_free(&f);
}

/* The store's end of a pipe for an answer in f, with nothing on it yet. */
static void
say_pipe(struct fake *f, struct imsgbuf *store)
{
	int	 fd[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	ATF_REQUIRE_EQ(0, imsgbuf_init(store, fd[0]));
	imsgbuf_allow_fdpass(&f->ibuf);
	ATF_REQUIRE_EQ(1, imsg_compose(&f->ibuf, CTL_PIPE, 0, 0, fd[1], NULL,
	    0));
	ATF_REQUIRE_EQ(0, imsgbuf_write(&f->ibuf));
}

/* A reading with so many bytes of text, of which len are said to be there. */
static void
say_reading(struct imsgbuf *to, uint64_t position, const char *device,
    uint32_t len, const char *text)
{
	struct ctl_reading	 r = {
		.position = position, .id = 7, .received = 1000, .len = len
	};
	struct iovec		 iov[2] = {
		{ &r, sizeof(r) }, { (void *)(uintptr_t)text, strlen(text) }
	};

	strlcpy(r.device, device, sizeof(r.device));
	ATF_REQUIRE_EQ(1, imsg_composev(to, CTL_READING, 0, 0, -1, iov, 2));
}

/* All that the store says, and nothing after it. */
static void
say_last(struct imsgbuf *to)
{
	while (imsgbuf_queuelen(to) > 0)
		ATF_REQUIRE_EQ(0, imsgbuf_write(to));
	close(to->fd);
	imsgbuf_clear(to);
}

ATF_TC_WITHOUT_HEAD(rows_come_on_a_pipe);
ATF_TC_BODY(rows_come_on_a_pipe, tc)
{
	struct ctl_result	 res = { .code = CTL_OK, .count = 2 };
	struct ctl_query	 q;
	struct fake		 f;
	struct imsgbuf		 store;

	fake_init(&f);
	say_pipe(&f, &store);
	say_reading(&store, 9, "DEV1", 4, "{\"\033\"");
	say_reading(&store, 8, "", 0, "");
	ATF_REQUIRE_EQ(1, imsg_compose(&store, CTL_RESULT, 0, 0, -1, &res,
	    sizeof(res)));
	say_last(&store);
	ATF_REQUIRE_EQ(EXIT_DONE, ask_fake(&f, &ask_newest));
	ATF_REQUIRE(atf_utils_compare_file("out",
	    "RECEIVED                         ID DEVICE           DATA\n"
	    "1970-01-01T00:00:01.000Z          7 DEV1             {\"\\033\"\n"
	    "1970-01-01T00:00:01.000Z          7 -                \n"));
	fake_heard(&f, CTL_QUERY, &q, sizeof(q));
	ATF_REQUIRE_EQ(0, memcmp(&q, &newest, sizeof(q)));
	fake_free(&f);
}

/* A store that was taken over says what no store says. */
ATF_TC_WITHOUT_HEAD(rows_that_cannot_be);
ATF_TC_BODY(rows_that_cannot_be, tc)
{
	static const struct {
		uint64_t	 position;
		const char	*device;
		uint32_t	 len;
		const char	*text;
	} bad[] = {
		{ 0, "DEV1", 1, "x" },		/* no position */
		{ 1, "-DEV1", 1, "x" },		/* no id */
		{ 1, "DEV1", 2, "x" },		/* less text than is said */
		{ 1, "DEV1", 1, "xy" },		/* more */
		{ 5, "DEV1", 1, "x" },		/* the second one twice */
		{ 6, "DEV1", 1, "x" }		/* back */
	};
	struct fake	 f;
	struct imsgbuf	 store;
	size_t		 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fake_init(&f);
		say_pipe(&f, &store);
		say_reading(&store, 5, "DEV1", 1, "x");
		say_reading(&store, bad[i].position, bad[i].device,
		    bad[i].len, bad[i].text);
		say_last(&store);
		require_broken(&f, &ask_newest, BROKEN);
	}
}

/* Rows where none may be, and pipes for those who want none. */
ATF_TC_WITHOUT_HEAD(rows_and_pipes_in_their_place);
ATF_TC_BODY(rows_and_pipes_in_their_place, tc)
{
	struct fake	 f;
	struct imsgbuf	 store;

	fake_init(&f);
	say_reading(&f.ibuf, 1, "DEV1", 1, "x");
	ATF_REQUIRE_EQ(0, imsgbuf_write(&f.ibuf));
	require_broken(&f, &ask_newest, BROKEN);
	fake_init(&f);
	say_pipe(&f, &store);
	say_last(&store);
	require_broken(&f, &ask_reload, BROKEN);
	fake_init(&f);
	fake_say(&f, CTL_PIPE, NULL, 0);
	require_broken(&f, &ask_newest, BROKEN);
	fake_init(&f);
	say_pipe(&f, &store);
	say_reading(&store, 1, "DEV1", 1, "x");
	say_last(&store);
	require_broken(&f, &ask_newest, LOST);
}

static void
say(struct imsgbuf *to, uint32_t type, const void *data, size_t len)
{
	ATF_REQUIRE_EQ(1, imsg_compose(to, type, 0, 0, -1, data, len));
}

/* An answer that is one key after a good one. */
static void
require_bad_key(const struct ctl_devkey *bad)
{
	static const struct ctl_devkey	 good = {
		.number = 5, .device = "DEV5", .kind = ASMP_KIND_TOKEN
	};
	struct fake			 f;
	struct imsgbuf			 store;

	fake_init(&f);
	say_pipe(&f, &store);
	say(&store, CTL_DEVKEY, &good, sizeof(good));
	say(&store, CTL_DEVKEY, bad, sizeof(*bad));
	say_last(&store);
	require_broken(&f, &ask_keys, BROKEN);
}

ATF_TC_WITHOUT_HEAD(keys_that_cannot_be);
ATF_TC_BODY(keys_that_cannot_be, tc)
{
	const struct ctl_devkey	 good = { .number = 6, .device = "DEV6" };
	struct ctl_devkey	 bad = good;

	bad.number = 5;			/* the second one twice */
	require_bad_key(&bad);
	bad.number = 0;
	require_bad_key(&bad);
	bad = good;
	bad.keylen = sizeof(bad.key) + 1;
	require_bad_key(&bad);
	bad = good;
	bad.sealedlen = sizeof(bad.sealed) + 1;
	require_bad_key(&bad);
	bad = good;
	bad.device[0] = '-';
	require_bad_key(&bad);
	bad = good;
	memset(bad.gateway, 'G', sizeof(bad.gateway));
	require_bad_key(&bad);
}

/* What is counted comes once: not never, not twice. */
ATF_TC_WITHOUT_HEAD(counts_come_once);
ATF_TC_BODY(counts_come_once, tc)
{
	const struct ctl_activity	 a = { .device = "DEV1" };
	struct ctl_result		 res = { .code = CTL_OK };
	struct fake			 f;
	struct imsgbuf			 store;
	int				 n;

	for (n = 0; n <= 2; n += 2) {
		fake_init(&f);
		say_pipe(&f, &store);
		if (n > 0) {
			say(&store, CTL_ACTIVITY, &a, sizeof(a));
			say(&store, CTL_ACTIVITY, &a, sizeof(a));
		}
		say(&store, CTL_RESULT, &res, sizeof(res));
		say_last(&store);
		require_broken(&f, &ask_activity, BROKEN);
	}
	fake_init(&f);
	say_pipe(&f, &store);
	say(&store, CTL_ACTIVITY, &a, sizeof(a));
	say(&store, CTL_RESULT, &res, sizeof(res));
	say_last(&store);
	ATF_REQUIRE_EQ(EXIT_DONE, ask_fake(&f, &ask_activity));
	fake_free(&f);
}

/* Names end, and are as long as is said: two of them at least. */
ATF_TC_WITHOUT_HEAD(names_that_cannot_be);
ATF_TC_BODY(names_that_cannot_be, tc)
{
	static const struct {
		uint32_t	 said;
		size_t		 len;
		const char	*names;
	} bad[] = {
		{ 0, 0, "" },
		{ 2, 2, "a" },			/* one */
		{ 4, 4, "a\0bc" },		/* the second has no end */
		{ 5, 4, "a\0b" },		/* fewer than is said */
		{ 3, 4, "a\0b" }		/* more */
	};
	struct {
		struct ctl_database	 d;
		char			 names[8];
	} msg;
	struct fake	 f;
	struct imsgbuf	 store;
	size_t		 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fake_init(&f);
		say_pipe(&f, &store);
		memset(&msg, 0, sizeof(msg));
		msg.d.len = bad[i].said;
		memcpy(msg.names, bad[i].names, bad[i].len);
		say(&store, CTL_DATABASE, &msg, sizeof(msg.d) + bad[i].len);
		say_last(&store);
		require_broken(&f, &ask_database, BROKEN);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, result_decides_the_exit_status);
	ATF_TP_ADD_TC(tp, errors_have_no_head);
	ATF_TP_ADD_TC(tp, processes_in_their_order);
	ATF_TP_ADD_TC(tp, processes_are_all_there_once);
	ATF_TP_ADD_TC(tp, pages_follow_each_other);
	ATF_TP_ADD_TC(tp, pages_must_go_on);
	ATF_TP_ADD_TC(tp, answers_fit_the_question);
	ATF_TP_ADD_TC(tp, sizes_are_exact);
	ATF_TP_ADD_TC(tp, keys_are_whole);
	ATF_TP_ADD_TC(tp, strings_end);
	ATF_TP_ADD_TC(tp, values_are_in_range);
	ATF_TP_ADD_TC(tp, monitor_until_the_end);
	ATF_TP_ADD_TC(tp, full_disk_ends_the_monitor);
	ATF_TP_ADD_TC(tp, rows_come_on_a_pipe);
	ATF_TP_ADD_TC(tp, rows_that_cannot_be);
	ATF_TP_ADD_TC(tp, rows_and_pipes_in_their_place);
	ATF_TP_ADD_TC(tp, keys_that_cannot_be);
	ATF_TP_ADD_TC(tp, counts_come_once);
	ATF_TP_ADD_TC(tp, names_that_cannot_be);
	return atf_no_error();
}

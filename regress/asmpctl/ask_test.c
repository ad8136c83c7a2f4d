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
	struct ctl_status	 st = { .process = process };

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
	for (proc = CTL_NPROCESSES - 1; proc >= 0; proc--)
		say_status(&f, proc);
	fake_result(&f, CTL_OK, "");
	ATF_REQUIRE_EQ(EXIT_DONE, ask_fake(&f, &ask_status));
	ATF_REQUIRE(atf_utils_compare_file("out",
	    "PROCESS     UID LAYERS\nparent        0 none\n"
	    "net           0 none\nverify        0 none\n"
	    "store         0 none\ncontrol       0 none\n"));
	fake_free(&f);
}

ATF_TC_WITHOUT_HEAD(processes_are_all_there_once);
ATF_TC_BODY(processes_are_all_there_once, tc)
{
	struct ctl_status	 st = { .process = CTL_NPROCESSES };
	struct fake		 f;

	fake_init(&f);
	fake_say(&f, CTL_STATUS, &st, sizeof(st));
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
	d.state = CTL_DEVICE_REVOKED + 1;
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
	return atf_no_error();
}

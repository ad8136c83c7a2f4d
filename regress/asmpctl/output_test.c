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

/* Both forms of output, to the letter. */

#include <atf-c.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpctl.h"
#include "sandbox.h"

#define NOW	1795257405304	/* 2026-11-21T10:36:45.304Z */
#define HOUR	3600000
#define NASTY	"a\"b\\c\nd\033[2J\x7f\xc3\xa9"
#define NASTY_JSON "a\"b\\c\nd\033[2J\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"

static FILE *
out_open(void)
{
	FILE	*fp;

	output_now = NOW;
	ATF_REQUIRE((fp = fopen("out", "w")) != NULL);
	return fp;
}

static void
require_out(FILE *fp, const char *want)
{
	ATF_REQUIRE_EQ(0, fclose(fp));
	ATF_REQUIRE(atf_utils_compare_file("out", want));
}

/* The JSON that was written, which a strict reader takes. */
static json_t *
require_json(FILE *fp)
{
	json_error_t	 err;
	json_t		*root;

	ATF_REQUIRE_EQ(0, fclose(fp));
	root = json_load_file("out", JSON_REJECT_DUPLICATES, &err);
	ATF_REQUIRE_MSG(root != NULL, "%d: %s", err.column, err.text);
	return root;
}

/* As asmpctl shows them. */
static const enum ctl_process	 order[] = {
	CTL_PARENT, CTL_NET, CTL_VERIFY, CTL_STORE, CTL_CONTROL
};

#define NPROCESSES	(int)(sizeof(order) / sizeof(order[0]))

static void
fill_status(struct ctl_status *st)
{
	int	 i, n, proc;

	memset(st, 0, CTL_NPROCESSES * sizeof(*st));
	for (n = 0; n < NPROCESSES; n++) {
		proc = order[n];
		st[proc].process = proc;
		st[proc].pid = 100 + n;
		st[proc].uid = 1000 + n;
		st[proc].started = NOW - 26 * (uint64_t)HOUR - 61000;
		st[proc].utime = 12345678;
		st[proc].stime = 5;
		st[proc].rss = 5 << 20;
		st[proc].maxrss = 20 << 20;
		st[proc].heap = 1000;
		st[proc].troubled = NOW - HOUR;
		strlcpy(st[proc].trouble, "no \"room\"", CTL_TEXTMAX);
		for (i = 0; i < CTL_NCOUNTERS; i++)
			st[proc].counter[i] = n * 100 + i;
	}
	st[CTL_NET].layers = SANDBOX_SECCOMP | SANDBOX_CHROOT;
}

static void
fill_device(struct ctl_device *d)
{
	memset(d, 0, sizeof(*d));
	d->number = 7;
	d->enrolled = NOW - HOUR;
	d->changed = NOW;
	d->expires = NOW + HOUR;
	d->lastid = 12;
	d->lasttime = NOW - 1;
	d->accepted = 11;
	d->blocked = 1;
	strlcpy(d->id, "DEV7", sizeof(d->id));
	d->state = CTL_DEVICE_REVOKED;
	d->kind = ASMP_KIND_SIGNATURE;
	d->alg = IDENT_ED25519;
	d->profiles = profile_mask(d->kind);
	strlcpy(d->role, "device", sizeof(d->role));
	d->keylen = 32;
	d->key[0] = 9;
}

static void
fill_session(struct ctl_session *s)
{
	memset(s, 0, sizeof(*s));
	s->conn = 99;
	s->since = NOW - HOUR;
	s->active = NOW - 2000;
	s->accepted = 5;
	s->blocked = 6;
	s->lastid = 18446744073709551615ULL;
	s->holds = 3;
	s->held = 1;
	strlcpy(s->device, "DEV7", sizeof(s->device));
	strlcpy(s->address, "127.0.0.1:4711", sizeof(s->address));
	s->profile = 2;
}

static void
fill_event(struct ctl_event *ev)
{
	memset(ev, 0, sizeof(*ev));
	ev->time = NOW;
	ev->id = 3;
	ev->kind = CTL_EV_BLOCKED;
	ev->reason = REASON_ANOMALY;
	strlcpy(ev->device, "DEV7", sizeof(ev->device));
	strlcpy(ev->address, "[::1]:4711", sizeof(ev->address));
	strlcpy(ev->text, NASTY, sizeof(ev->text));
}

/* head, five processes, tail, result. */
static void
put_status(FILE *fp, const struct output *out, enum action action)
{
	struct ctl_status	 st[CTL_NPROCESSES];
	struct ctl_result	 res = { .code = CTL_OK };

	fill_status(st);
	out->head(fp, action);
	out->status(fp, action, st);
	if (out->tail != NULL)
		out->tail(fp, action);
	out->result(fp, "show", &res);
}

ATF_TC_WITHOUT_HEAD(text_summary);
ATF_TC_BODY(text_summary, tc)
{
	FILE	*fp = out_open();

	put_status(fp, &output_text, ACT_SHOW_SUMMARY);
	require_out(fp,
	    "uptime               1d02:01:01\n"
	    "gateway pid          100\n"
	    "sessions             200\n"
	    "half-open            101\n"
	    "devices              0 (1 revoked)\n"
	    "readings accepted    300\n"
	    "readings blocked     301\n"
	    "duplicates           509\n"
	    "readings removed     621 (311 before their time)\n"
	    "database             312 bytes\n"
	    "commits              303\n"
	    "handshakes refused   202\n"
	    "connections refused  103\n"
	    "refused by penalty   114 (113 addresses now)\n"
	    "held back            217 (218 devices now)\n"
    "made to yield        219\n"
	    "dropped              427 texts, 614 events, 224 audit records\n"
	    "audit log            damaged: audit verify says more\n"
	    "log of readings      damaged: it is signed no more\n"
	    "audit log            no \"room\"\n"
	    "since                2026-11-21T09:36:45Z\n"
	    "net                  no \"room\"\n"
	    "verify               no \"room\"\n"
	    "control              no \"room\"\n"
	    "store                stalled\n"
	    "stalled since        2026-11-21T09:36:45Z\n"
	    "stalled reason       no \"room\"\n");
}

ATF_TC_WITHOUT_HEAD(text_processes);
ATF_TC_BODY(text_processes, tc)
{
	FILE	*fp = out_open();

	put_status(fp, &output_text, ACT_SHOW_PROCESSES);
	require_out(fp,
	    "PROCESS       PID    UID       USER     SYSTEM     RSS UPTIME"
	    "          QUEUED\n"
	    "parent        100   1000      12.34       0.00    5.0M 1d02:01:01"
	    "           -\n"
	    "net           101   1001      12.34       0.00    5.0M 1d02:01:01"
	    "         110\n"
	    "verify        102   1002      12.34       0.00    5.0M 1d02:01:01"
	    "         211\n"
	    "store         103   1003      12.34       0.00    5.0M 1d02:01:01"
	    "         307\n"
	    "control       104   1004      12.34       0.00    5.0M 1d02:01:01"
	    "           -\n");
}

ATF_TC_WITHOUT_HEAD(text_sandbox);
ATF_TC_BODY(text_sandbox, tc)
{
	FILE	*fp = out_open();

	put_status(fp, &output_text, ACT_SHOW_SANDBOX);
	require_out(fp,
	    "PROCESS     UID LAYERS\n"
	    "parent     1000 none\n"
	    "net        1001 chroot,seccomp\n"
	    "verify     1002 none\n"
	    "store      1003 none\n"
	    "control    1004 none\n");
}

ATF_TC_WITHOUT_HEAD(text_memory);
ATF_TC_BODY(text_memory, tc)
{
	FILE	*fp = out_open();

	put_status(fp, &output_text, ACT_SHOW_MEMORY);
	require_out(fp,
	    "PROCESS      RSS  MAXRSS    HEAP\n"
	    "parent      5.0M     20M    1000\n"
	    "net         5.0M     20M    1000\n"
	    "verify      5.0M     20M    1000\n"
	    "store       5.0M     20M    1000\n"
	    "control     5.0M     20M    1000\n"
	    "\n"
	    "sessions             200\n"
	    "half-open            101\n"
	    "streams              212\n"
	    "rooms                208 (209 bytes)\n"
	    "leases               305\n"
	    "devices              0\n"
	    "clients              400\n");
}

/* The columns stand under their names; a large number keeps its digits. */
ATF_TC_WITHOUT_HEAD(text_lists);
ATF_TC_BODY(text_lists, tc)
{
	struct ctl_session	 s;
	struct ctl_device	 d;
	FILE			*fp = out_open();

	fill_session(&s);
	output_text.head(fp, ACT_SHOW_SESSIONS);
	output_text.session(fp, &s);
	s.lastid = 1;
	s.held = 0;
	s.profile = 255;
	s.active = 0;
	output_text.session(fp, &s);
	fill_device(&d);
	output_text.head(fp, ACT_SHOW_DEVICES);
	output_text.device(fp, ACT_SHOW_DEVICES, &d);
	d.kind = ASMP_KIND_TOKEN;
	d.profiles = 0;
	d.role[0] = '\0';
	output_text.device(fp, ACT_SHOW_DEVICES, &d);
	require_out(fp,
	    "SINCE        IDLE           ACCEPTED  BLOCKED     LASTID HELD"
	    " PROFILE  ADDRESS               DEVICE\n"
	    "01:00:00     00:00:02              5        6 "
	    "18446744073709551615 yes  asmp     127.0.0.1:4711        DEV7\n"
	    "01:00:00     -                     5        6          1 no  "
	    " -        127.0.0.1:4711        DEV7\n"
	    "  NUMBER STATE    ONLINE  KIND       ALGORITHM PROFILES     ROLE  "
	    "     ENROLLED             CHANGED              "
	    "EXPIRES              DEVICE\n"
	    "       7 revoked  no      signature  ed25519   hybrid,asmp  device"
	    "     2026-11-21T09:36:45Z 2026-11-21T10:36:45Z "
	    "2026-11-21T11:36:45Z DEV7\n"
	    "       7 revoked  no      token      -         -            -     "
	    "     2026-11-21T09:36:45Z 2026-11-21T10:36:45Z "
	    "2026-11-21T11:36:45Z DEV7\n");
}

static void
fill_rotation(struct ctl_rotation *r)
{
	memset(r, 0, sizeof(*r));
	r->number = 7;
	r->kind = ASMP_KIND_SIGNATURE;
	r->rotated = NOW - HOUR;
	r->until = NOW;
	r->oldused = NOW - HOUR;
	r->session = CTL_KEY_OLD;
	strlcpy(r->id, "DEV7", sizeof(r->id));
	strlcpy(r->key, "SHA256:new", sizeof(r->key));
	strlcpy(r->oldkey, "SHA256:old", sizeof(r->oldkey));
}

/* The old key is in use until the new one was used after it. */
ATF_TC_WITHOUT_HEAD(rotations);
ATF_TC_BODY(rotations, tc)
{
	struct ctl_result	 res = { .code = CTL_OK };
	struct ctl_rotation	 r;
	FILE			*fp = out_open();

	fill_rotation(&r);
	output_text.head(fp, ACT_SHOW_ROTATIONS);
	output_text.rotation(fp, &r);
	r.used = NOW;
	output_text.rotation(fp, &r);
	r.session = CTL_KEY_NONE;
	output_text.rotation(fp, &r);
	r.oldused = NOW + 1;
	r.session = CTL_KEY_NEW;
	output_text.rotation(fp, &r);
	require_out(fp,
	    "ROTATED              UNTIL                USES OLDUSED"
	    "              NEWUSED              SESSION DEVICE\n"
	    "2026-11-21T09:36:45Z 2026-11-21T10:36:45Z old  "
	    "2026-11-21T09:36:45Z -                    old     DEV7\n"
	    "2026-11-21T09:36:45Z 2026-11-21T10:36:45Z old  "
	    "2026-11-21T09:36:45Z 2026-11-21T10:36:45Z old     DEV7\n"
	    "2026-11-21T09:36:45Z 2026-11-21T10:36:45Z new  "
	    "2026-11-21T09:36:45Z 2026-11-21T10:36:45Z -       DEV7\n"
	    "2026-11-21T09:36:45Z 2026-11-21T10:36:45Z old  "
	    "2026-11-21T10:36:45Z 2026-11-21T10:36:45Z new     DEV7\n");
	fp = out_open();
	fill_rotation(&r);
	output_json.head(fp, ACT_SHOW_ROTATIONS);
	output_json.rotation(fp, &r);
	r.kind = ASMP_KIND_PSK;
	r.session = CTL_KEY_NONE;
	r.key[0] = r.oldkey[0] = '\0';
	r.used = NOW;
	output_json.rotation(fp, &r);
	output_json.tail(fp, ACT_SHOW_ROTATIONS);
	output_json.result(fp, "show", &res);
	require_out(fp,
	    "{\"rotations\":[{\"device\":\"DEV7\",\"kind\":\"signature\","
	    "\"uses_old\":true,\"session\":\"old\","
	    "\"rotated\":1795253805304,\"until\":1795257405304,"
	    "\"old_used\":1795253805304,\"new_used\":0,"
	    "\"old_fingerprint\":\"SHA256:old\","
	    "\"new_fingerprint\":\"SHA256:new\"},"
	    "{\"device\":\"DEV7\",\"kind\":\"psk\",\"uses_old\":false,"
	    "\"rotated\":1795253805304,\"until\":1795257405304,"
	    "\"old_used\":1795253805304,\"new_used\":1795257405304}],"
	    "\"status\":\"ok\",\"code\":\"ok\",\"text\":\"\"}\n");
}

ATF_TC_WITHOUT_HEAD(text_device);
ATF_TC_BODY(text_device, tc)
{
	struct ctl_device	 d;
	FILE			*fp = out_open();

	fill_device(&d);
	d.changed = 0;
	output_text.device(fp, ACT_DEVICE_SHOW, &d);
	require_out(fp,
	    "device               DEV7\n"
	    "number               7\n"
	    "state                revoked\n"
	    "online               no\n"
	    "kind                 signature\n"
	    "algorithm            ed25519\n"
	    "profiles             hybrid,asmp\n"
	    "role                 device\n"
	    "key                  ed25519:"
	    "CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	    "fingerprint          SHA256:"
	    "NOyB29r5FIVn3EJU+ThS00+W543dS9BMHIoWQaCIOys\n"
	    "enrolled             2026-11-21T09:36:45Z\n"
	    "changed              -\n"
	    "expires              2026-11-21T11:36:45Z\n"
	    "last reading         2026-11-21T10:36:45Z\n"
	    "last id              12\n"
	    "readings accepted    11\n"
	    "readings blocked     1\n");
}

/* A key to encapsulate to is shown as its SHA3-512, a secret not at all. */
ATF_TC_WITHOUT_HEAD(text_keys);
ATF_TC_BODY(text_keys, tc)
{
	struct ctl_device	 d;
	FILE			*fp = out_open(), *in;
	char			 out[1024];
	size_t			 n;

	fill_device(&d);
	memset(d.key, 0, sizeof(d.key));
	d.alg = 0;
	d.kind = ASMP_KIND_KEM;
	d.keylen = MLKEM768_EKLEN;
	d.profiles = profile_mask(d.kind);
	output_text.device(fp, ACT_DEVICE_SHOW, &d);
	d.kind = ASMP_KIND_PSK;
	d.profiles = profile_mask(d.kind);
	output_text.device(fp, ACT_DEVICE_SHOW, &d);
	ATF_REQUIRE_EQ(0, fclose(fp));
	ATF_REQUIRE((in = fopen("out", "r")) != NULL);
	n = fread(out, 1, sizeof(out) - 1, in);
	out[n] = '\0';
	fclose(in);
	/* Of 1184 zeros, by sha3-512 of another library. */
	ATF_REQUIRE(strstr(out, "kind                 kem\n"
	    "algorithm            mlkem768\n"
	    "profiles             iomt\n"
	    "role                 device\n"
	    "key                  0x"
	    "ced62c639fec0a8014468987df918b68352cfef23d5f8c12c9cf1105ecf1f352"
	    "9ef7ced6b5dad690e22975e37ab69452e57f75e38f053eca42290f30a38020c6\n"
	    "fingerprint          -\n") != NULL);
	ATF_REQUIRE(strstr(out, "kind                 psk\n"
	    "algorithm            -\n"
	    "profiles             smcp\n"
	    "role                 device\n"
	    "key                  -\n"
	    "fingerprint          -\n") != NULL);
}

/* Nothing from outside reaches the terminal as it is; "-" is nothing. */
ATF_TC_WITHOUT_HEAD(text_event);
ATF_TC_BODY(text_event, tc)
{
	struct ctl_event	 ev;
	FILE			*fp = out_open();

	fill_event(&ev);
	output_text.head(fp, ACT_MONITOR);
	output_text.event(fp, &ev);
	ev.kind = CTL_EV_REFUSED;
	ev.id = 0;
	ev.reason = 255;
	ev.device[0] = ev.text[0] = '\0';
	ev.address[0] = '\033';
	output_text.event(fp, &ev);
	require_out(fp,
	    "TIME                     EVENT            ID REASON         "
	    "ADDRESS               DEVICE TEXT\n"
	    "2026-11-21T10:36:45.304Z blocked           3 anomaly        "
	    "[::1]:4711            DEV7 a\"b\\c?d?[2J???\n"
	    "2026-11-21T10:36:45.304Z refused           0 unknown        "
	    "?::1]:4711            - -\n");
}

/* Errors go to stderr with their subject, so output stays parseable. */
ATF_TC_WITHOUT_HEAD(text_result);
ATF_TC_BODY(text_result, tc)
{
	struct ctl_result	 res = { .code = CTL_OK, .text = "done\033" };
	FILE			*fp = out_open();

	atf_utils_redirect(STDERR_FILENO, "err");
	output_text.result(fp, "kill D1", &res);
	res.code = CTL_NOTFOUND;
	output_text.result(fp, "kill D1", &res);
	res.code = CTL_OK;
	res.text[0] = '\0';
	output_text.result(fp, "kill D1", &res);
	require_out(fp, "done?\n");
	ATF_REQUIRE(atf_utils_compare_file("err",
	    "output_test: kill D1: done?\n"));
}

ATF_TC_WITHOUT_HEAD(json_summary);
ATF_TC_BODY(json_summary, tc)
{
	FILE	*fp = out_open();

	put_status(fp, &output_json, ACT_SHOW_SUMMARY);
	require_out(fp, "{\"summary\":{\"started\":1795163744304,\"pid\":100,"
	    "\"sessions\":200,\"half_open\":101,\"devices\":0,\"revoked\":1,"
	    "\"accepted\":300,\"blocked\":301,\"duplicates\":509,"
	    "\"expired\":310,\"evicted\":311,\"database_bytes\":312,"
	    "\"commits\":303,\"handshakes_refused\":202,"
	    "\"connections_refused\":103,\"penalty_refused\":114,"
	    "\"shut_out\":113,\"holds\":217,\"held_back\":218,"
	    "\"yields\":219,\"texts_dropped\":427,"
	    "\"events_dropped\":614,\"audit_dropped\":224,"
	    "\"audit_damaged\":true,"
	    "\"readings_damaged\":true,"
	    "\"audit_late_since\":1795253805304,"
	    "\"audit_late\":\"no \\\"room\\\"\",\"stalled\":true,"
	    "\"stalled_since\":1795253805304,"
	    "\"stalled_reason\":\"no \\\"room\\\"\","
	    "\"silent\":["
	    "{\"process\":\"net\",\"reason\":\"no \\\"room\\\"\"},"
	    "{\"process\":\"verify\",\"reason\":\"no \\\"room\\\"\"},"
	    "{\"process\":\"control\",\"reason\":\"no \\\"room\\\"\"}]},"
	    "\"status\":\"ok\",\"code\":\"ok\",\"text\":\"\"}\n");
}

/* All counters that a process has, each under a name of its own. */
ATF_TC_WITHOUT_HEAD(json_processes);
ATF_TC_BODY(json_processes, tc)
{
	static const size_t	 n[NPROCESSES] = { CP_NCOUNTERS,
		CN_NCOUNTERS, CV_NCOUNTERS, CS_NCOUNTERS, CC_NCOUNTERS };
	FILE			*fp = out_open();
	json_t			*root, *list, *proc, *counters;
	size_t			 i;

	put_status(fp, &output_json, ACT_SHOW_PROCESSES);
	root = require_json(fp);
	list = json_object_get(root, "processes");
	ATF_REQUIRE_EQ(NPROCESSES, json_array_size(list));
	json_array_foreach(list, i, proc) {
		counters = json_object_get(proc, "counters");
		ATF_REQUIRE_EQ(n[i], json_object_size(counters));
		ATF_REQUIRE_EQ(12345678, json_integer_value(
		    json_object_get(proc, "user_us")));
	}
	ATF_REQUIRE_EQ(211, json_integer_value(json_object_get(
	    json_array_get(list, 2), "queued")));
	ATF_REQUIRE_EQ(NULL, json_object_get(json_array_get(list, 0),
	    "queued"));
	json_decref(root);
}

ATF_TC_WITHOUT_HEAD(json_sandbox);
ATF_TC_BODY(json_sandbox, tc)
{
	FILE	*fp = out_open();

	put_status(fp, &output_json, ACT_SHOW_SANDBOX);
	require_out(fp, "{\"processes\":["
	    "{\"process\":\"parent\",\"uid\":1000,\"layers\":[]},"
	    "{\"process\":\"net\",\"uid\":1001,"
	    "\"layers\":[\"chroot\",\"seccomp\"]},"
	    "{\"process\":\"verify\",\"uid\":1002,\"layers\":[]},"
	    "{\"process\":\"store\",\"uid\":1003,\"layers\":[]},"
	    "{\"process\":\"control\",\"uid\":1004,\"layers\":[]}],"
	    "\"status\":\"ok\",\"code\":\"ok\",\"text\":\"\"}\n");
}

ATF_TC_WITHOUT_HEAD(json_memory);
ATF_TC_BODY(json_memory, tc)
{
	FILE	*fp = out_open();
	json_t	*root, *store;

	put_status(fp, &output_json, ACT_SHOW_MEMORY);
	root = require_json(fp);
	store = json_array_get(json_object_get(root, "processes"), 3);
	ATF_REQUIRE_EQ(20 << 20,
	    json_integer_value(json_object_get(store, "maxrss")));
	ATF_REQUIRE_EQ(305, json_integer_value(json_object_get(
	    json_object_get(store, "counters"), "leases")));
	json_decref(root);
}

/* A list that breaks off is JSON all the same, and says that it did. */
ATF_TC_WITHOUT_HEAD(json_sessions);
ATF_TC_BODY(json_sessions, tc)
{
	struct ctl_session	 s;
	struct ctl_result	 res;
	FILE			*fp = out_open();

	fill_session(&s);
	output_json.head(fp, ACT_SHOW_SESSIONS);
	output_json.session(fp, &s);
	output_json.session(fp, &s);
	output_json.tail(fp, ACT_SHOW_SESSIONS);
	answer_local(&res, RESULT_LOST);
	output_json.result(fp, "show", &res);
#define ONE "{\"device\":\"DEV7\",\"address\":\"127.0.0.1:4711\"," \
	    "\"profile\":\"asmp\",\"connection\":99," \
	    "\"since\":1795253805304,\"active\":1795257403304," \
	    "\"accepted\":5,\"blocked\":6,\"last_id\":18446744073709551615," \
	    "\"holds\":3,\"held\":true}"
	require_out(fp, "{\"sessions\":[" ONE "," ONE "],"
	    "\"status\":\"error\",\"subject\":\"show\",\"code\":\"lost\","
	    "\"text\":\"asmpd closed the connection before its answer was "
	    "complete; its log may tell why\"}\n");
}

#define DEVICE	"\"id\":\"DEV7\",\"number\":7,\"state\":\"revoked\"," \
		"\"online\":false,\"kind\":\"signature\"," \
		"\"algorithm\":\"ed25519\"," \
		"\"profiles\":[\"hybrid\",\"asmp\"]," \
		"\"role\":\"device\",\"key\":\"ed25519:" \
		"CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"," \
		"\"fingerprint\":\"SHA256:" \
		"NOyB29r5FIVn3EJU+ThS00+W543dS9BMHIoWQaCIOys\"," \
		"\"enrolled\":1795253805304,\"changed\":1795257405304," \
		"\"expires\":1795261005304"

ATF_TC_WITHOUT_HEAD(json_devices);
ATF_TC_BODY(json_devices, tc)
{
	struct ctl_device	 d;
	struct ctl_result	 res = { .code = CTL_OK };
	FILE			*fp = out_open();

	fill_device(&d);
	output_json.head(fp, ACT_SHOW_DEVICES);
	output_json.device(fp, ACT_SHOW_DEVICES, &d);
	output_json.tail(fp, ACT_SHOW_DEVICES);
	output_json.result(fp, "show", &res);
	output_json.head(fp, ACT_DEVICE_SHOW);
	output_json.device(fp, ACT_DEVICE_SHOW, &d);
	output_json.tail(fp, ACT_DEVICE_SHOW);
	output_json.result(fp, "show", &res);
	output_json.result(fp, "another answer", &res);
	d.kind = ASMP_KIND_PSK;
	d.profiles = profile_mask(d.kind);
	output_json.head(fp, ACT_SHOW_DEVICES);
	output_json.device(fp, ACT_SHOW_DEVICES, &d);
	output_json.tail(fp, ACT_SHOW_DEVICES);
	output_json.result(fp, "show", &res);
	require_out(fp, "{\"devices\":[{" DEVICE "}],\"status\":\"ok\","
	    "\"code\":\"ok\",\"text\":\"\"}\n"
	    "{\"device\":{" DEVICE ",\"last_time\":1795257405303,"
	    "\"last_id\":12,\"accepted\":11,"
	    "\"blocked\":1},\"status\":\"ok\",\"code\":\"ok\",\"text\":\"\"}\n"
	    "{\"status\":\"ok\",\"code\":\"ok\",\"text\":\"\"}\n"
	    "{\"devices\":[{\"id\":\"DEV7\",\"number\":7,"
	    "\"state\":\"revoked\",\"online\":false,\"kind\":\"psk\","
	    "\"profiles\":[\"smcp\"],\"role\":\"device\","
	    "\"enrolled\":1795253805304,\"changed\":1795257405304,"
	    "\"expires\":1795261005304}],"
	    "\"status\":\"ok\",\"code\":\"ok\",\"text\":\"\"}\n");
}

/* Lines of their own, each whole, whatever stands in the texts. */
ATF_TC_WITHOUT_HEAD(json_events);
ATF_TC_BODY(json_events, tc)
{
	struct ctl_event	 ev;
	FILE			*fp = out_open();
	char			 line[1024];
	json_t			*root;
	int			 n = 0;

	fill_event(&ev);
	output_json.head(fp, ACT_MONITOR);
	output_json.event(fp, &ev);
	output_json.event(fp, &ev);
	ATF_REQUIRE_EQ(0, fclose(fp));
	ATF_REQUIRE((fp = fopen("out", "r")) != NULL);
	for (; fgets(line, sizeof(line), fp) != NULL; n++) {
		root = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		ATF_REQUIRE(root != NULL);
		ATF_REQUIRE_STREQ(NASTY_JSON,
		    json_string_value(json_object_get(root, "text")));
		ATF_REQUIRE_STREQ("blocked",
		    json_string_value(json_object_get(root, "event")));
		ATF_REQUIRE_STREQ("anomaly",
		    json_string_value(json_object_get(root, "reason")));
		json_decref(root);
	}
	ATF_REQUIRE_EQ(2, n);
	fclose(fp);
}

ATF_TC_WITHOUT_HEAD(json_result);
ATF_TC_BODY(json_result, tc)
{
	struct ctl_result	 res = { .code = CTL_EXISTS, .place = 3,
		.text = "bad \"key\"" };
	FILE			*fp = out_open();

	output_json.result(fp, "device import f\n", &res);
	res.code = CTL_OK;
	res.count = 2;
	res.place = 0;
	output_json.result(fp, "unseen", &res);
	require_out(fp, "{\"status\":\"error\","
	    "\"subject\":\"device import f\\n\",\"code\":\"exists\","
	    "\"text\":\"bad \\\"key\\\"\",\"place\":3}\n"
	    "{\"status\":\"ok\",\"code\":\"ok\","
	    "\"text\":\"bad \\\"key\\\"\",\"count\":2}\n");
}

/* Scripts go by these names. */
ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	ATF_REQUIRE_STREQ("ok", code_name(CTL_OK));
	ATF_REQUIRE_STREQ("denied", code_name(CTL_DENIED));
	ATF_REQUIRE_STREQ("unknown", code_name(CTL_UNKNOWN));
	ATF_REQUIRE_STREQ("invalid", code_name(CTL_INVALID));
	ATF_REQUIRE_STREQ("notfound", code_name(CTL_NOTFOUND));
	ATF_REQUIRE_STREQ("exists", code_name(CTL_EXISTS));
	ATF_REQUIRE_STREQ("busy", code_name(CTL_BUSY));
	ATF_REQUIRE_STREQ("failed", code_name(CTL_FAILED));
	ATF_REQUIRE_STREQ("lost", code_name(RESULT_LOST));
	ATF_REQUIRE_STREQ("broken", code_name(RESULT_BROKEN));
	ATF_REQUIRE_EQ(NULL, event_name(0));
	ATF_REQUIRE_STREQ("up", event_name(CTL_EV_SESSION_UP));
	ATF_REQUIRE_STREQ("blocked", event_name(CTL_EV_BLOCKED));
	ATF_REQUIRE_EQ(NULL, event_name(CTL_EV_BLOCKED + 1));
	ATF_REQUIRE_EQ(NULL, event_name(255));
	ATF_REQUIRE_EQ(NULL, counter_name(CTL_NET, CTL_NCOUNTERS));
}

ATF_TC_WITHOUT_HEAD(numbers_are_readable);
ATF_TC_BODY(numbers_are_readable, tc)
{
	char	 buf[FMT_MAX];

	ATF_REQUIRE_STREQ("0", fmt_bytes(0, buf));
	ATF_REQUIRE_STREQ("1023", fmt_bytes(1023, buf));
	ATF_REQUIRE_STREQ("1.0K", fmt_bytes(1024, buf));
	ATF_REQUIRE_STREQ("9.9K", fmt_bytes(10239, buf));
	ATF_REQUIRE_STREQ("10K", fmt_bytes(10240, buf));
	ATF_REQUIRE_STREQ("1023K", fmt_bytes(1048575, buf));
	ATF_REQUIRE_STREQ("15E", fmt_bytes(UINT64_MAX, buf));
	ATF_REQUIRE_STREQ("0.00", fmt_cpu(9999, buf));
	ATF_REQUIRE_STREQ("61.01", fmt_cpu(61010000, buf));
	output_now = NOW;
	ATF_REQUIRE_STREQ("-", fmt_since(0, buf));
	ATF_REQUIRE_STREQ("00:00:00", fmt_since(NOW + 1, buf));
	ATF_REQUIRE_STREQ("23:59:59", fmt_since(NOW - 86399999, buf));
	ATF_REQUIRE_STREQ("1d00:00:00", fmt_since(NOW - 86400000, buf));
	ATF_REQUIRE_STREQ("-", fmt_time(0, buf));
	ATF_REQUIRE_STREQ("1970-01-01T00:00:00Z", fmt_time(1, buf));
	ATF_REQUIRE_STREQ("1970-01-01T00:00:00.001Z", fmt_time_ms(1, buf));
	ATF_REQUIRE_STREQ("9999-12-31T23:59:59Z",
	    fmt_time(253402300799999, buf));
	ATF_REQUIRE_STREQ("-", fmt_time(253402300800000, buf));
	ATF_REQUIRE_STREQ("-", fmt_time(UINT64_MAX, buf));
}

#define MICROS	1795257405304012	/* 2026-11-21T10:36:45.304012Z */
#define NAMES	"file:/db\0" "d\033b\0" "a\0b"	/* of the database */

static void
fill_devkey(struct ctl_devkey *k)
{
	memset(k, 0, sizeof(*k));
	k->authenticated = MICROS;
	k->number = 7;
	k->keylen = 2;
	k->key[1] = 0xab;
	k->sealedlen = 1;
	k->sealed[0] = 9;
	k->active = 1;
	strlcpy(k->device, "DEV7", sizeof(k->device));
	strlcpy(k->gateway, "G\033", sizeof(k->gateway));
}

ATF_TC_WITHOUT_HEAD(text_records);
ATF_TC_BODY(text_records, tc)
{
	const struct ctl_activity	 a = { 3, 1, 2, MICROS, "DEV7", 0,
					    { 0 } };
	const struct ctl_statistics	 s = { 5, 4, 3, 2, 1, 5, 0 };
	struct ctl_database		 d = { 3, sizeof(NAMES), "E\n", "why" };
	struct ctl_devkey		 k;
	FILE				*fp = out_open();

	fill_devkey(&k);
	output_text.devkey(fp, &k);
	memset(&k, 0, sizeof(k));
	strlcpy(k.device, "DEV8", sizeof(k.device));
	output_text.devkey(fp, &k);
	output_text.activity(fp, &a);
	output_text.statistics(fp, &s, "GW\0\033");
	output_text.database(fp, &d, NAMES);
	d.trouble[0] = '\0';
	d.len = sizeof(NAMES) - 4;
	output_text.database(fp, &d, NAMES);
	require_out(fp,
	    "yes    2026-11-21T10:36:45.304012Z -                           "
	    "G?               DEV7             0x00ab 0x09\n"
	    "no     -                           -                           "
	    "-                DEV8             - -\n"
	    "device               DEV7\n"
	    "active               no\n"
	    "events               3\n"
	    "successful auths     1\n"
	    "failed auths         2\n"
	    "last activity        2026-11-21T10:36:45.304012Z\n"
	    "devices              5\n"
	    "active devices       4\n"
	    "authenticated        3\n"
	    "events               2\n"
	    "gateways             1\n"
	    "gateway              GW\n"
	    "gateway              ?\n"
	    "uri                  file:/db\n"
	    "database             d?b\n"
	    "engine               E?\n"
	    "schema               3\n"
	    "status               Failed\n"
	    "reason               why\n"
	    "collection           a\n"
	    "collection           b\n"
	    "uri                  file:/db\n"
	    "database             d?b\n"
	    "engine               E?\n"
	    "schema               3\n"
	    "status               Connected\n");
}

ATF_TC_WITHOUT_HEAD(json_records);
ATF_TC_BODY(json_records, tc)
{
	const struct ctl_activity	 a = { 3, 1, 2, 0, "DEV7", 1, { 0 } };
	const struct ctl_statistics	 s = { 5, 4, 3, 2, 1, 3, 0 };
	const struct ctl_database	 d = { 3, sizeof(NAMES), "E\n", "" };
	struct ctl_result		 res = { .code = CTL_OK };
	struct ctl_devkey		 k;
	FILE				*fp = out_open();

	fill_devkey(&k);
	output_json.head(fp, ACT_DEVICE_KEYS);
	output_json.devkey(fp, &k);
	memset(&k, 0, sizeof(k));
	strlcpy(k.device, "DEV8", sizeof(k.device));
	output_json.devkey(fp, &k);
	output_json.tail(fp, ACT_DEVICE_KEYS);
	output_json.activity(fp, &a);
	output_json.statistics(fp, &s, "GW");
	output_json.database(fp, &d, NAMES);
	output_json.result(fp, "show", &res);
	require_out(fp, "{\"device_keys\":[{\"device_id\":\"DEV7\","
	    "\"public_key\":\"0x00ab\",\"shared_secret\":\"0x09\","
	    "\"gateway_id\":\"G\\u001b\",\"active\":true,"
	    "\"authenticated_at\":\"2026-11-21T10:36:45.304012Z\","
	    "\"last_activity\":null},{\"device_id\":\"DEV8\","
	    "\"public_key\":\"\",\"shared_secret\":null,"
	    "\"gateway_id\":null,\"active\":false,"
	    "\"authenticated_at\":null,\"last_activity\":null}],"
	    "\"device_status\":{\"device_id\":\"DEV7\",\"active\":true,"
	    "\"total_events\":3,\"successful_auths\":1,"
	    "\"failed_auths\":2,\"last_activity\":null},"
	    "\"statistics\":{\"total_devices\":5,\"active_devices\":4,"
	    "\"authenticated_devices\":3,\"total_events\":2,"
	    "\"unique_gateways\":1,\"gateway_list\":[\"GW\"]},"
	    "\"database\":{\"uri\":\"file:/db\",\"database\":\"d\\u001bb\","
	    "\"collections\":[\"a\",\"b\"],\"status\":\"Connected\","
	    "\"schema_version\":3,\"engine\":\"E\\n\"},"
	    "\"status\":\"ok\",\"code\":\"ok\",\"text\":\"\"}\n");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, text_summary);
	ATF_TP_ADD_TC(tp, text_processes);
	ATF_TP_ADD_TC(tp, text_sandbox);
	ATF_TP_ADD_TC(tp, text_memory);
	ATF_TP_ADD_TC(tp, text_lists);
	ATF_TP_ADD_TC(tp, rotations);
	ATF_TP_ADD_TC(tp, text_device);
	ATF_TP_ADD_TC(tp, text_keys);
	ATF_TP_ADD_TC(tp, text_event);
	ATF_TP_ADD_TC(tp, text_result);
	ATF_TP_ADD_TC(tp, json_summary);
	ATF_TP_ADD_TC(tp, json_processes);
	ATF_TP_ADD_TC(tp, json_sandbox);
	ATF_TP_ADD_TC(tp, json_memory);
	ATF_TP_ADD_TC(tp, json_sessions);
	ATF_TP_ADD_TC(tp, json_devices);
	ATF_TP_ADD_TC(tp, json_events);
	ATF_TP_ADD_TC(tp, json_result);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, numbers_are_readable);
	ATF_TP_ADD_TC(tp, text_records);
	ATF_TP_ADD_TC(tp, json_records);
	return atf_no_error();
}

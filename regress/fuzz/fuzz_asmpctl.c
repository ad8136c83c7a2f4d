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
 * asmpctl: its commands, and what an asmpd that somebody has taken over may
 * answer.  Whatever that is, output for people holds nothing but printable
 * text, and output for programs is JSON.
 *
 * Input: which of these; then words, a line each; or the form of an export or
 * a request, and the parts of its answer.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmpctl.h"
#include "fuzz.h"

#define WORDS	8
#define PARTS	64		/* of an answer */
#define SOCKBUF	(1024 * 1024)	/* which holds them */

enum {
	COMMAND,
	EXPORT_FORM,
	ANSWER_TEXT,
	ANSWER_JSON,
	EXPORT,
	EXPORT_ROWS,
	NMODES
};

static const struct ctl_query	 newest = {
	.kind = CTL_KIND_BLOCKED, .newest = 1, .limit = 100
};

static const struct ctl_query	 records = {
	.kind = CTL_KIND_AUDIT, .newest = 1, .limit = 100
};

static const struct ctl_query	 every = { .kind = CTL_KIND_DEVKEYS };

static const struct request	 requests[] = {
	{ ACT_SHOW_SUMMARY, CTL_SHOW_SUMMARY, CTL_STATUS, NULL, 0,
	    "show", NULL },
	{ ACT_SHOW_PROCESSES, CTL_SHOW_PROCESSES, CTL_STATUS, NULL, 0, "show",
	    NULL },
	{ ACT_SHOW_SANDBOX, CTL_SHOW_SANDBOX, CTL_STATUS, NULL, 0,
	    "show", NULL },
	{ ACT_SHOW_MEMORY, CTL_SHOW_MEMORY, CTL_STATUS, NULL, 0, "show", NULL },
	{ ACT_SHOW_SESSIONS, CTL_SHOW_SESSIONS, CTL_SESSION, NULL, 0, "show",
	    NULL },
	{ ACT_SHOW_DEVICES, CTL_SHOW_DEVICES, CTL_DEVICE, NULL, 0,
	    "show", NULL },
	{ ACT_DEVICE_SHOW, CTL_DEVICE_SHOW, CTL_DEVICE, NULL, 0,
	    "show D", NULL },
	{ ACT_MONITOR, CTL_MONITOR, CTL_EVENT, NULL, 0, "monitor", NULL },
	{ ACT_RELOAD, CTL_RELOAD, CTL_NONE, NULL, 0, "reload", NULL },
	{ ACT_SHOW_BLOCKED, CTL_QUERY, CTL_READING, &newest, sizeof(newest),
	    "show", NULL },
	{ ACT_DEVICE_KEYS, CTL_QUERY, CTL_DEVKEY, &every, sizeof(every),
	    "device keys", NULL },
	{ ACT_DEVICE_STATUS, CTL_QUERY, CTL_ACTIVITY, &every, sizeof(every),
	    "device status", NULL },
	{ ACT_SHOW_STATISTICS, CTL_QUERY, CTL_STATISTICS, &every,
	    sizeof(every), "show", NULL },
	{ ACT_SHOW_DATABASE, CTL_QUERY, CTL_DATABASE, &every, sizeof(every),
	    "show", NULL },
	{ ACT_AUDIT_SHOW, CTL_QUERY, CTL_AUDIT, &records, sizeof(records),
	    "audit", NULL }
};

/* Text that a terminal shows and does not obey. */
static void
check_text(const char *text, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		MUST(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
}

/* One value after the other, and nothing else. */
static void
check_json(const char *text, size_t len)
{
	json_error_t	 error;
	json_t		*v;
	size_t		 pos = 0;

	while (pos < len && strspn(text + pos, " \n") < len - pos) {
		v = json_loadb(text + pos, len - pos, JSON_DISABLE_EOF_CHECK |
		    JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, &error);
		MUST(v != NULL && error.position > 0);
		json_decref(v);
		pos += (size_t)error.position;
	}
}

static void
command(struct input *in)
{
	struct parse_result	 res;
	char			*text = in_text(in), *next = text, *out;
	char			*argv[WORDS];
	FILE			*fp;
	size_t			 len;
	int			 argc = 0;

	while (argc < WORDS && next != NULL)
		argv[argc++] = strsep(&next, "\n");
	MUST((fp = open_memstream(&out, &len)) != NULL);
	if (parse(&res, argc, argv, fp) == PARSE_OK)
		MUST(res.action > ACT_NONE && res.action < ACT_NACTIONS);
	MUST(fclose(fp) == 0);
	check_text(out, len);
	free(out);
	free(text);
}

static void
name(struct input *in, char *p, size_t size)
{
	uint8_t	 n = in_u8(in);

	if (n % 16 == 0)
		in_fill(in, p, size);
	else
		snprintf(p, size, "DEV%u", n);
}

/* A string, mostly one that ends. */
static void
string(struct input *in, char *p, size_t size)
{
	uint8_t	 n = in_u8(in);

	in_fill(in, p, n % 32 == 31 ? size : n % size);
}

static size_t
put_status(struct input *in, uint8_t *p)
{
	struct ctl_status	 st;

	memset(&st, 0, sizeof(st));
	st.process = in_u8(in) % (CTL_NPROCESSES + 1);
	st.layers = (uint32_t)in_u64(in);
	st.pid = (int32_t)in_u64(in);
	st.started = in_u64(in);
	st.utime = in_u64(in);
	st.rss = in_u64(in);
	st.counter[in_u8(in) % CTL_NCOUNTERS] = in_u64(in);
	memcpy(p, &st, sizeof(st));
	return sizeof(st);
}

static size_t
put_session(struct input *in, uint8_t *p)
{
	struct ctl_session	 s;

	memset(&s, 0, sizeof(s));
	s.conn = in_u64(in);
	s.since = in_u64(in);
	s.active = in_u64(in);
	s.accepted = in_u64(in);
	s.profile = in_u8(in);
	name(in, s.device, sizeof(s.device));
	string(in, s.address, sizeof(s.address));
	memcpy(p, &s, sizeof(s));
	return sizeof(s);
}

static size_t
put_device(struct input *in, uint8_t *p)
{
	static const uint16_t	 lens[] = { 0, 32, 0, 0, MLKEM768_EKLEN, 0 };
	struct ctl_device	 d;

	memset(&d, 0, sizeof(d));
	d.number = in_u8(in);
	d.kind = in_u8(in) % 6;
	d.keylen = lens[d.kind];
	d.alg = d.kind == ASMP_KIND_SIGNATURE ? IDENT_ED25519 : 0;
	d.key[0] = 9;
	if (in_u8(in) % 8 == 0) {
		d.keylen = in_u16(in) % (sizeof(d.key) + 1);
		d.alg = in_u8(in);
		in_fill(in, d.key, d.keylen);
	}
	d.state = in_u8(in) % 8 == 0 ? in_u8(in) : CTL_DEVICE_ACTIVE;
	d.profiles = in_u8(in);
	d.enrolled = in_u64(in);
	d.lasttime = in_u64(in);
	name(in, d.id, sizeof(d.id));
	string(in, d.role, sizeof(d.role));
	memcpy(p, &d, CTL_DEVICE_LEN(&d));
	return CTL_DEVICE_LEN(&d);
}

static size_t
put_event(struct input *in, uint8_t *p)
{
	struct ctl_event	 ev;

	memset(&ev, 0, sizeof(ev));
	ev.time = in_u64(in);
	ev.id = in_u64(in);
	ev.kind = in_u8(in) % 8;
	ev.reason = in_u8(in);
	name(in, ev.device, sizeof(ev.device));
	string(in, ev.address, sizeof(ev.address));
	string(in, ev.text, sizeof(ev.text));
	memcpy(p, &ev, sizeof(ev));
	return sizeof(ev);
}

/* With text that may be JSON. */
static size_t
put_reading(struct input *in, uint8_t *p)
{
	struct ctl_reading	 r;
	char			*text;
	uint8_t			 how = in_u8(in);

	memset(&r, 0, sizeof(r));
	r.position = how & 1 ? in_u64(in) : 200U - in_u8(in);
	r.id = in_u8(in);
	r.received = in_u64(in);
	r.reason = in_u8(in);
	name(in, r.device, sizeof(r.device));
	r.len = in_u8(in);
	text = (char *)p + sizeof(r);
	in_fill(in, text, r.len);
	if (how & 2)
		r.len = (uint32_t)snprintf(text, 64, "{\"%c\":\t\r\n%u}",
		    'a' + how % 26, how);
	if (how >= 224)
		r.len += in_u8(in);
	memcpy(p, &r, sizeof(r));
	return sizeof(r) + (r.len > 1024 ? 1024 : r.len);
}

/* A record with some of its members, or with what else its text may be. */
static size_t
put_audit(struct input *in, uint8_t *p)
{
	static const char *const members[] = {
		"event_type", "device_id", "gateway_id", "message",
		"timestamp", "status"
	};
	struct ctl_audit	 r;
	char			*text, value[64];
	size_t			 i, n = 0;
	uint8_t			 how = in_u8(in);

	memset(&r, 0, sizeof(r));
	r.position = how & 1 ? in_u64(in) : 200U - in_u8(in);
	text = (char *)p + sizeof(r);
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (how >> i & 2)
			continue;
		name(in, value, sizeof(value) - 1);
		value[sizeof(value) - 1] = '\0';
		n += (size_t)snprintf(text + n, 128, "%c\"%s\":\"%s\"",
		    n == 0 ? '{' : ',', members[i], value);
	}
	n += (size_t)snprintf(text + n, 8, "}");
	if (how >= 224)
		in_fill(in, text, n);
	r.len = (uint32_t)n + (how >= 240 ? in_u8(in) : 0);
	memcpy(p, &r, sizeof(r));
	return sizeof(r) + n;
}

static size_t
put_devkey(struct input *in, uint8_t *p)
{
	struct ctl_devkey	 k;

	memset(&k, 0, sizeof(k));
	k.number = in_u8(in);
	k.authenticated = in_u64(in);
	k.last = in_u64(in);
	k.active = in_u8(in);
	k.keylen = in_u8(in) % (sizeof(k.key) + 2);
	k.sealedlen = in_u8(in) % (sizeof(k.sealed) + 2);
	name(in, k.device, sizeof(k.device));
	string(in, k.gateway, sizeof(k.gateway));
	in_fill(in, k.key, sizeof(k.key));
	in_fill(in, k.sealed, sizeof(k.sealed));
	memcpy(p, &k, sizeof(k));
	return sizeof(k);
}

static size_t
put_activity(struct input *in, uint8_t *p)
{
	struct ctl_activity	 a;

	memset(&a, 0, sizeof(a));
	a.events = in_u64(in);
	a.successes = in_u8(in);
	a.last = in_u64(in);
	a.active = in_u8(in);
	name(in, a.device, sizeof(a.device));
	memcpy(p, &a, sizeof(a));
	return sizeof(a);
}

/* Up to four names, the last of which may have no end. */
static uint32_t
put_names(struct input *in, uint8_t *p)
{
	uint32_t	 i, n = in_u8(in) % 4, len = 0;

	for (i = 0; i <= n; i++) {
		name(in, (char *)p + len, ASMP_IDMAX);
		len += (uint32_t)strnlen((char *)p + len, ASMP_IDMAX) + 1;
	}
	return len - (in_u8(in) % 16 == 0);
}

static size_t
put_statistics(struct input *in, uint8_t *p)
{
	struct ctl_statistics	 s;

	memset(&s, 0, sizeof(s));
	s.devices = in_u64(in);
	s.events = in_u64(in);
	s.gateways = in_u8(in);
	s.len = put_names(in, p + sizeof(s));
	memcpy(p, &s, sizeof(s));
	return sizeof(s) + s.len;
}

static size_t
put_database(struct input *in, uint8_t *p)
{
	struct ctl_database	 d;

	memset(&d, 0, sizeof(d));
	d.schema = in_u8(in);
	string(in, d.engine, sizeof(d.engine));
	string(in, d.trouble, sizeof(d.trouble));
	d.len = put_names(in, p + sizeof(d));
	memcpy(p, &d, sizeof(d));
	return sizeof(d) + d.len;
}

static size_t
put_result(struct input *in, uint8_t *p)
{
	struct ctl_result	 res;

	memset(&res, 0, sizeof(res));
	res.code = in_u8(in) % (CTL_FAILED + 2);
	res.count = in_u8(in);
	res.place = in_u8(in);
	string(in, res.text, sizeof(res.text));
	memcpy(p, &res, sizeof(res));
	return sizeof(res);
}

static size_t
put_page(struct input *in, uint8_t *p)
{
	struct ctl_page	 page = { .cursor = in_u8(in) };

	memcpy(p, &page, sizeof(page));
	return sizeof(page);
}

/* Something else than what was asked for, or of another size. */
static size_t
put_any(struct input *in, uint8_t *p)
{
	size_t	 len = in_u16(in) % 2048;

	in_fill(in, p, len);
	return len;
}

/* What an answer to this request has, mostly. */
static void
put_part(struct input *in, struct imsgbuf *to, uint32_t want)
{
	uint8_t		 buf[4096], how = in_u8(in);
	uint32_t	 type = how % 8 == 0 ? CTL_RESULT : how % 8 == 1 ?
			     CTL_MORE : want;
	size_t		 len;

	if (how >= 224)
		type = in_u8(in);
	switch (how >= 192 ? CTL_NONE : type) {
	case CTL_STATUS:
		len = put_status(in, buf);
		break;
	case CTL_SESSION:
		len = put_session(in, buf);
		break;
	case CTL_DEVICE:
		len = put_device(in, buf);
		break;
	case CTL_EVENT:
		len = put_event(in, buf);
		break;
	case CTL_READING:
		len = put_reading(in, buf);
		break;
	case CTL_AUDIT:
		len = put_audit(in, buf);
		break;
	case CTL_DEVKEY:
		len = put_devkey(in, buf);
		break;
	case CTL_ACTIVITY:
		len = put_activity(in, buf);
		break;
	case CTL_STATISTICS:
		len = put_statistics(in, buf);
		break;
	case CTL_DATABASE:
		len = put_database(in, buf);
		break;
	case CTL_RESULT:
		len = put_result(in, buf);
		break;
	case CTL_MORE:
		len = put_page(in, buf);
		break;
	default:
		len = put_any(in, buf);
		break;
	}
	MUST(imsg_compose(to, type, 0, 0, -1, buf, len) == 1);
}

static void
put_parts(struct input *in, struct imsgbuf *to, uint32_t want)
{
	int	 i;

	for (i = 0; i < PARTS && in->left > 0; i++) {
		put_part(in, to, want);
		while (imsgbuf_queuelen(to) > 0)
			MUST(imsgbuf_write(to) == 0);
	}
}

static void
pair_open(int *pair, struct imsgbuf *to)
{
	int	 size = SOCKBUF;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	MUST(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size,
	    sizeof(size)) == 0);
	MUST(imsgbuf_init(to, pair[1]) == 0);
}

/* A pipe, with all that comes on it. */
static void
put_pipe(struct input *in, struct imsgbuf *to, uint32_t want)
{
	struct imsgbuf	 store;
	int		 pair[2];

	pair_open(pair, &store);
	put_parts(in, &store, want);
	imsgbuf_clear(&store);
	close(pair[1]);
	imsgbuf_allow_fdsend(to);
	MUST(imsg_compose(to, CTL_PIPE, 0, 0, pair[0], NULL, 0) == 1);
	MUST(imsgbuf_write(to) == 0);
}

/* Everything the daemon will ever say lies in the socket, and its end. */
static void
prepare(struct conn *c, struct input *in, uint32_t want)
{
	struct imsgbuf	 to;
	int		 pair[2];

	pair_open(pair, &to);
	if (want >= CTL_READING && in_u8(in) % 8 != 0)
		put_pipe(in, &to, want);
	put_parts(in, &to, want);
	imsgbuf_clear(&to);
	/* It still hears what it is asked, and says no more. */
	MUST(shutdown(pair[1], SHUT_WR) == 0);
	conn_init(c, pair[0]);
	c->ibuf.pid = pair[1];
}

static void
finish(struct conn *c)
{
	close(c->ibuf.pid);
	conn_close(c);
}

static void
answer(struct input *in, const struct output *out,
    void (*check)(const char *, size_t))
{
	const struct request	*req;
	struct conn		 c;
	char			*text;
	FILE			*fp;
	size_t			 len;

	req = &requests[in_u8(in) % (sizeof(requests) / sizeof(requests[0]))];
	prepare(&c, in, req->reply);
	MUST((fp = open_memstream(&text, &len)) != NULL);
	(void)ask(&c, req, out, fp);
	MUST(fclose(fp) == 0);
	check(text, len);
	free(text);
	finish(&c);
}

static void
export(struct input *in, enum form form)
{
	struct conn	 c;
	FILE		*save = stdout;
	char		*text;
	size_t		 len;
	int		 status;

	prepare(&c, in, CTL_DEVICE);
	MUST((stdout = open_memstream(&text, &len)) != NULL);
	status = device_export(&c, form, NULL, &output_text);
	MUST(fclose(stdout) == 0);
	stdout = save;
	if (status == EXIT_DONE && form != FORM_CSV && form != FORM_LINES)
		check_json(text, len);
	check_text(text, len);
	free(text);
	finish(&c);
}

static void
export_rows(struct input *in, enum form form)
{
	struct parse_result	 res = { .form = form };
	struct conn		 c;
	FILE			*save = stdout;
	char			*text;
	size_t			 len;

	prepare(&c, in, CTL_READING);
	MUST((stdout = open_memstream(&text, &len)) != NULL);
	(void)rows_export(&c, &res, &output_text);
	MUST(fclose(stdout) == 0);
	stdout = save;
	if (form != FORM_CSV)
		check_json(text, len);
	free(text);
	finish(&c);
}

int
fuzz_asmpctl(const uint8_t *data, size_t size)
{
	struct input	 in = { data, size };

	output_now = 1700000000000;
	switch (in_u8(&in) % NMODES) {
	case COMMAND:
		command(&in);
		break;
	case EXPORT_FORM:
		export(&in, in_u8(&in) % FORM_N);
		break;
	case ANSWER_TEXT:
		answer(&in, &output_text, check_text);
		break;
	case ANSWER_JSON:
		answer(&in, &output_json, check_json);
		break;
	case EXPORT:
		export(&in, FORM_ANY);
		break;
	default:
		export_rows(&in, in_u8(&in) % FORM_N);
		break;
	}
	return 0;
}

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
 * asmpctl: its commands, the lists of devices that it reads, and what an
 * asmpd that somebody has taken over may answer.  Whatever that is, output
 * for people holds nothing but printable text, and output for programs is
 * JSON.
 *
 * Input: which of these; then words, a line each; or a list; or a request
 * and the parts of its answer.
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
	LIST,
	ANSWER_TEXT,
	ANSWER_JSON,
	EXPORT,
	NMODES
};

static const struct request	 requests[] = {
	{ ACT_SHOW_SUMMARY, CTL_SHOW_SUMMARY, CTL_STATUS, NULL, 0, "show" },
	{ ACT_SHOW_PROCESSES, CTL_SHOW_PROCESSES, CTL_STATUS, NULL, 0, "show" },
	{ ACT_SHOW_SANDBOX, CTL_SHOW_SANDBOX, CTL_STATUS, NULL, 0, "show" },
	{ ACT_SHOW_MEMORY, CTL_SHOW_MEMORY, CTL_STATUS, NULL, 0, "show" },
	{ ACT_SHOW_SESSIONS, CTL_SHOW_SESSIONS, CTL_SESSION, NULL, 0, "show" },
	{ ACT_SHOW_DEVICES, CTL_SHOW_DEVICES, CTL_DEVICE, NULL, 0, "show" },
	{ ACT_DEVICE_SHOW, CTL_DEVICE_SHOW, CTL_DEVICE, NULL, 0, "show D" },
	{ ACT_MONITOR, CTL_MONITOR, CTL_EVENT, NULL, 0, "monitor" },
	{ ACT_RELOAD, CTL_RELOAD, CTL_NONE, NULL, 0, "reload" }
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
		    JSON_DECODE_INT_AS_REAL, &error);
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

/* Each device of a list that is taken is whole, and stands on one line. */
static void
list(struct input *in)
{
	struct import		 im;
	struct ctl_newdevice	 new;
	size_t			 i, len = in->left;
	char			*text = in_text(in), error[512] = "";
	char			 line[ENROLMENT_TEXTMAX];

	if (import_parse(&im, "list", text, len, error, sizeof(error)) == 0) {
		for (i = 0; i < im.n; i++) {
			import_get(&im, i, &new);
			MUST(enrolment_totext(line, sizeof(line), &new.e) ==
			    0);
			check_text(line, strlen(line));
		}
		import_free(&im);
	} else {
		MUST(error[0] != '\0');
		check_text(error, strlen(error));
	}
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

/* Everything the daemon will ever say lies in the socket, and its end. */
static void
prepare(struct conn *c, struct input *in, uint32_t want)
{
	struct imsgbuf	 to;
	int		 i, pair[2], size = SOCKBUF;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	MUST(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size,
	    sizeof(size)) == 0);
	MUST(imsgbuf_init(&to, pair[1]) == 0);
	for (i = 0; i < PARTS && in->left > 0; i++) {
		put_part(in, &to, want);
		while (imsgbuf_queuelen(&to) > 0)
			MUST(imsgbuf_write(&to) == 0);
	}
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
export(struct input *in)
{
	struct conn	 c;
	FILE		*save = stdout;
	char		*text;
	size_t		 len;
	int		 status;

	prepare(&c, in, CTL_DEVICE);
	MUST((stdout = open_memstream(&text, &len)) != NULL);
	status = device_export(&c, NULL, &output_text);
	MUST(fclose(stdout) == 0);
	stdout = save;
	if (status == EXIT_DONE)
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
	case LIST:
		list(&in);
		break;
	case ANSWER_TEXT:
		answer(&in, &output_text, check_text);
		break;
	case ANSWER_JSON:
		answer(&in, &output_json, check_json);
		break;
	default:
		export(&in);
		break;
	}
	return 0;
}

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
 * A device that does one thing after another, from its arguments or, without
 * any, from lines of its input, and shows what comes back.
 *
 *	say [-cw] [-i id] [-P profile] [-S sharedfile] -k keyfile -g pinfile
 *	    -a host:port [command ...]
 *
 * -c compresses readings, -w asks for tickets.  The commands:
 *
 *	open			a session, by the device's key
 *	resume, resume-old	by the last ticket, or by the one before
 *	tickets N		ask for them (-w does), or with 0 for none
 *	forget			have another key from now on
 *	spoil N			change a bit of the last ticket, in byte N
 *	skew MS			have a clock that is so far off, in this session
 *	reading JSON		send it, sealed if the profile does that
 *	at MS JSON		the same, of a time so far from now
 *	on STREAM JSON		the same, without a time, on another stream
 *	plain STREAM HEX	a reading of these bytes, of the next id
 *	text STREAM TEXT	say it, sealed likewise
 *	value N			of profile smcp, be it due or not
 *	terminate		smcp's end
 *	heartbeat, rekey
 *	rotate FILE		to the key in it
 *	shut STREAM		close it, though it goes on being used
 *	close, lose		the session, with and without CLOSE
 *	hold, go		send nothing, then all at once, in one seal
 *	keys			show all that it has, "key NAME HEX"
 *	sleep MS		meanwhile show what comes
 *	quit			close, and take no more commands
 *	expect TEXT		wait until a line begins so that comes after
 *				what was expected before
 *
 * It shows:
 *
 *	session HEX nonce HEX
 *	granted role N life N last N ticket yes|no
 *	open PROFILE, failed REASON MESSAGE, closed
 *	acked ID, refused ID REASON, epoch N, heartbeat
 *	rotated REASON
 *	text STREAM TEXT, result STATUS N, end STREAM REASON
 *
 * Exit status 0 unless something that was expected did not come, or what was
 * to be sent could not be.
 */

#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat.h"
#include "say.h"

#define COMMAND_MAX	70000	/* bytes, of a line of input */

struct command {
	const char	*name;
	void		(*run)(struct say *, char *);
};

static __dead void
usage(void)
{
	fprintf(stderr, "usage: say [-cw] [-i id] [-P profile] "
	    "[-S sharedfile] -k keyfile -g pinfile\n\t-a host:port "
	    "[command ...]\n");
	exit(1);
}

/* Shows a line, and keeps it for who expects it. */
void
show(struct say *w, const char *fmt, ...)
{
	struct line	*l;
	va_list		 ap;
	char		*text;
	int		 n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1 || (l = malloc(sizeof(*l) + (size_t)n + 1)) == NULL)
		err(1, NULL);
	puts(text);
	memcpy(l->text, text, (size_t)n + 1);
	STAILQ_INSERT_TAIL(&w->lines, l, entry);
	free(text);
}

static void
show_message(struct say *w, const struct asmp_message *m)
{
	static const char *const	 status[] = {
		[ASMP_COMPLETE] = "complete",
		[ASMP_PARTIAL] = "partial",
		[ASMP_OVERFLOW] = "overflow"
	};

	switch (m->kind) {
	case ASMP_TEXT:
		show(w, "text %u %.*s", m->stream, (int)m->len, m->data);
		break;
	case ASMP_RESULT:
		show(w, "result %s %lld", status[m->status],
		    (long long)m->result);
		break;
	case ASMP_STREAM_END:
		show(w, "end %u %s", m->stream, reason_name(m->reason));
		break;
	}
}

/* The session's end, once; one that never began included. */
static void
show_end(struct say *w)
{
	if (w->over)
		return;
	if (asmp_state(w->a) == ASMP_FAILED)
		show(w, "failed %s %s", asmp_reason(w->a) == 0 ? "-" :
		    reason_name((uint8_t)asmp_reason(w->a)), asmp_error(w->a));
	else
		show(w, "closed");
	w->over = 1;
	wire_lose(w);
}

/* What the library knows and has not been shown. */
static void
show_news(struct say *w)
{
	struct asmp_message	 m;
	struct asmp_refusal	 r;
	int			 reason;

	while (asmp_next_message(w->a, &m) == 1)
		show_message(w, &m);
	if (asmp_acked(w->a) > w->acked)
		show(w, "acked %llu", (unsigned long long)asmp_acked(w->a));
	w->acked = asmp_acked(w->a);
	while (asmp_next_refusal(w->a, &r) == 1)
		show(w, "refused %llu %s", (unsigned long long)r.id,
		    reason_name(r.reason));
	if (asmp_state(w->a) == ASMP_FAILED || asmp_state(w->a) == ASMP_CLOSED)
		show_end(w);
	else if (w->a->session.iepoch > w->epoch) {
		w->epoch = w->a->session.iepoch;
		show(w, "epoch %u", w->epoch);
	}
	if (w->rotating && asmp_rotation(w->a, &reason, NULL) !=
	    ASMP_ROTATION_ASKED) {
		w->rotating = 0;
		show(w, "rotated %s", reason_name((uint8_t)reason));
	}
}

/* Reads what comes within ms; 0 when nothing did, or nothing can. */
static int
pump(struct say *w, int64_t ms)
{
	struct pollfd	 pfd = { .fd = w->fd, .events = POLLIN };

	if (w->fd == -1 || ms < 0 || poll(&pfd, 1, (int)ms) != 1)
		return 0;
	(void)asmp_tick(w->a, (uint64_t)tool_ms());
	(void)wire_read(w);
	show_news(w);
	return 1;
}

static int
line_take(struct say *w, const char *want)
{
	struct line	*l;
	int		 found = 0;

	while (!found && (l = STAILQ_FIRST(&w->lines)) != NULL) {
		STAILQ_REMOVE_HEAD(&w->lines, entry);
		found = strncmp(l->text, want, strlen(want)) == 0;
		free(l);
	}
	return found;
}

static void
run_expect(struct say *w, char *arg)
{
	int64_t	 end = tool_ms() + WAIT_MS;

	while (!line_take(w, arg))
		if (!pump(w, end - tool_ms()))
			errx(1, "expected in vain: %s", arg);
}

/* Waits for the session to stand, or fail. */
static void
begin(struct say *w, const struct ticket *t)
{
	int64_t	 end = tool_ms() + WAIT_MS;

	wire_open(w, t);
	while (asmp_state(w->a) == ASMP_CONNECTING)
		if (!pump(w, end - tool_ms()))
			errx(1, "the gateway is silent");
	if (asmp_state(w->a) == ASMP_OPEN)
		show(w, "open %s", asmp_profile(w->a));
}

static void
run_open(struct say *w, char *arg)
{
	(void)arg;
	begin(w, NULL);
}

static void
run_resume(struct say *w, char *arg)
{
	(void)arg;
	begin(w, &w->ticket);
}

static void
run_resume_old(struct say *w, char *arg)
{
	(void)arg;
	begin(w, &w->old);
}

static long long
number(const char *arg)
{
	char		*end;
	long long	 n;

	errno = 0;
	n = strtoll(arg, &end, 10);
	if (*arg == '\0' || *end != '\0' || errno != 0)
		errx(1, "%s: not a number", arg);
	return n;
}

static void
run_tickets(struct say *w, char *arg)
{
	asmp_set_tickets(w->a, number(arg) != 0);
}

static void
run_forget(struct say *w, char *arg)
{
	enum ident_alg	 alg = ident_public(w->a->ident)->alg;

	(void)arg;
	ident_free(w->a->ident);
	if ((w->a->ident = ident_generate(alg)) == NULL)
		errx(1, "no key");
}

/* A ticket is 16 bytes of id and 32 of secret. */
static void
run_spoil(struct say *w, char *arg)
{
	size_t	 n = (size_t)number(arg);

	if (n < TICKET_IDLEN)
		w->ticket.id[n] ^= 1;
	else if (n < TICKET_IDLEN + ASMP_KEYLEN)
		w->ticket.secret[n - TICKET_IDLEN] ^= 1;
	else
		errx(1, "%s: no byte of a ticket", arg);
}

static void
run_skew(struct say *w, char *arg)
{
	w->a->session.time += (uint64_t)number(arg);
}

/* What was just queued is sealed, where that is done, and sent. */
static void
sent(struct say *w, int r)
{
	if (r == -1 || (!w->held && asmp_seal(w->a) == -1))
		errx(1, "not sent: %s", asmp_state(w->a) == ASMP_FAILED ?
		    asmp_error(w->a) : strerror(errno));
	wire_flush(w);
}

static uint64_t
now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void
reading_send(struct say *w, uint64_t when, const char *json)
{
	sent(w, asmp_send(w->a, when, json, strlen(json), NULL));
}

static void
run_reading(struct say *w, char *arg)
{
	reading_send(w, now(), arg);
}

/* The word in front, ended; what follows it is *rest. */
static char *
word(char *arg, char **rest)
{
	char	*p = strsep(&arg, " ");

	*rest = arg == NULL ? p + strlen(p) : arg;
	return p;
}

static void
run_at(struct say *w, char *arg)
{
	char	*json;
	int64_t	 ms = number(word(arg, &json));

	reading_send(w, now() + (uint64_t)ms, json);
}

static void
run_on(struct say *w, char *arg)
{
	uint8_t		 plain[ASMP_PAYLOAD_MAX];
	char		*json;
	uint32_t	 stream = (uint32_t)number(word(arg, &json));
	size_t		 len = strlen(json);

	if (len > sizeof(plain) - ASMP_READING_HDR)
		errx(1, "too long");
	put_u64(plain, ++w->a->lastid);
	put_u64(plain + 8, 0);
	memcpy(plain + ASMP_READING_HDR, json, len);
	sent(w, data_put(w->a, stream, plain, ASMP_READING_HDR + len));
}

/* Past the library's own idea of what a record is. */
static void
run_plain(struct say *w, char *arg)
{
	uint8_t		 plain[ASMP_PAYLOAD_MAX];
	char		*hex;
	uint32_t	 stream = (uint32_t)number(word(arg, &hex));
	ssize_t		 n;

	if ((n = tool_unhex(plain, sizeof(plain), hex)) == -1)
		errx(1, "not hexadecimal, or too long");
	w->a->lastid++;
	sent(w, data_put(w->a, stream, plain, (size_t)n));
}

/* Past the library's own idea of which streams are open. */
static void
run_text(struct say *w, char *arg)
{
	char		*text;
	uint32_t	 stream = (uint32_t)number(word(arg, &text));

	if (asmp_say(w->a, stream, text, strlen(text)) == 0)
		sent(w, 0);
	else
		sent(w, data_put(w->a, stream, (const uint8_t *)text,
		    strlen(text)));
}

static void
run_value(struct say *w, char *arg)
{
	uint8_t	 plain[SMCP_VALUELEN];

	if (asmp_value(w->a, number(arg)) == 0)
		sent(w, 0);
	else {
		put_u64(plain, (uint64_t)number(arg));
		sent(w, data_put(w->a, ASMP_STREAM_AGGREGATE, plain,
		    sizeof(plain)));
	}
}

static void
run_terminate(struct say *w, char *arg)
{
	(void)arg;
	w->a->session.keys.d2g.opcode = SMCP_TERMINATE;
	sent(w, data_put(w->a, ASMP_STREAM_AGGREGATE, (const uint8_t *)"",
	    0));
}

static void
run_heartbeat(struct say *w, char *arg)
{
	(void)arg;
	sent(w, asmp_heartbeat(w->a));
}

static void
run_rekey(struct say *w, char *arg)
{
	(void)arg;
	if (asmp_rekey(w->a) == -1)
		errx(1, "no REKEY: %s", strerror(errno));
	wire_flush(w);
}

static void
run_rotate(struct say *w, char *arg)
{
	const char	*why;
	int		 fd;

	if ((fd = keyfile_open(arg, 1, &why)) == -1)
		err(1, "%s", arg);
	ident_free(w->a->next);
	w->a->next = keyfile_read(fd, NULL, NULL);
	close(fd);
	w->a->rotation = ASMP_ROTATION_NONE;
	if (w->a->next == NULL || asmp_rotate(w->a) == -1)
		errx(1, "no ROTATE: %s", strerror(errno));
	w->rotating = 1;
	wire_flush(w);
}

static void
run_shut(struct say *w, char *arg)
{
	sent(w, asmp_close_stream(w->a, (uint32_t)number(arg)));
}

static void
run_close(struct say *w, char *arg)
{
	int64_t	 end = tool_ms() + WAIT_MS;

	(void)arg;
	if (asmp_state(w->a) == ASMP_OPEN && asmp_close(w->a) == -1)
		errx(1, "%s", asmp_error(w->a));
	wire_flush(w);
	while (w->fd != -1 && pump(w, end - tool_ms()))
		;
}

static void
run_lose(struct say *w, char *arg)
{
	(void)arg;
	wire_lose(w);
}

static void
run_sleep(struct say *w, char *arg)
{
	int64_t	 left, end = tool_ms() + number(arg);

	while (w->fd != -1 && (left = end - tool_ms()) > 0)
		(void)pump(w, left);
}

static void
run_hold(struct say *w, char *arg)
{
	(void)arg;
	w->held = 1;
}

static void
run_go(struct say *w, char *arg)
{
	(void)arg;
	w->held = 0;
	sent(w, 0);
}

static void
show_key(struct say *w, const char *name, const uint8_t *key)
{
	static const uint8_t	 none[ASMP_KEYLEN];
	char			 hex[2 * ASMP_KEYLEN + 1];
	size_t			 i;

	if (memcmp(key, none, sizeof(none)) == 0)
		return;
	for (i = 0; i < ASMP_KEYLEN; i++)
		snprintf(hex + 2 * i, 3, "%02x", key[i]);
	show(w, "key %s %s", name, hex);
}

static void
run_keys(struct say *w, char *arg)
{
	const struct asmp_keys	*k = &w->a->session.keys;

	(void)arg;
	show_key(w, "handshake-agreed", w->hs.agreed);
	show_key(w, "handshake-d2g", w->hs.d2g);
	show_key(w, "handshake-g2d", w->hs.g2d);
	show_key(w, "d2g-control", k->d2g_control);
	show_key(w, "g2d-control", k->g2d_control);
	show_key(w, "d2g-blind", k->d2g_blind);
	show_key(w, "rekey", k->rekey);
	show_key(w, "d2g-data", k->d2g.key);
	show_key(w, "d2g-mac", k->d2g.mac);
	show_key(w, "g2d-data", k->g2d.key);
	show_key(w, "g2d-mac", k->g2d.mac);
	if (w->ticket.there)
		show_key(w, "ticket", w->ticket.secret);
}

static void
run_quit(struct say *w, char *arg)
{
	run_close(w, arg);
	asmp_free(w->a);
	exit(0);
}

static const struct command	commands[] = {
	{ "open", run_open },
	{ "resume", run_resume },
	{ "resume-old", run_resume_old },
	{ "tickets", run_tickets },
	{ "forget", run_forget },
	{ "spoil", run_spoil },
	{ "skew", run_skew },
	{ "reading", run_reading },
	{ "at", run_at },
	{ "on", run_on },
	{ "plain", run_plain },
	{ "text", run_text },
	{ "value", run_value },
	{ "terminate", run_terminate },
	{ "heartbeat", run_heartbeat },
	{ "rekey", run_rekey },
	{ "rotate", run_rotate },
	{ "shut", run_shut },
	{ "close", run_close },
	{ "lose", run_lose },
	{ "sleep", run_sleep },
	{ "hold", run_hold },
	{ "go", run_go },
	{ "keys", run_keys },
	{ "quit", run_quit },
	{ "expect", run_expect }
};

static void
run(struct say *w, char *line)
{
	char	*rest, *name = word(line, &rest);
	size_t	 i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0) {
			commands[i].run(w, rest);
			return;
		}
	errx(1, "%s: no such command", name);
}

/* Runs the whole lines in buf; returns how many bytes they were. */
static size_t
run_lines(struct say *w, char *buf, size_t len)
{
	char	*p = buf, *nl;

	while ((nl = memchr(p, '\n', len - (size_t)(p - buf))) != NULL) {
		*nl = '\0';
		run(w, p);
		p = nl + 1;
	}
	return (size_t)(p - buf);
}

/* Commands as they come, and what the gateway says meanwhile. */
static void
run_input(struct say *w)
{
	static char	 buf[COMMAND_MAX];
	struct pollfd	 pfd[2];
	size_t		 len = 0, used;
	ssize_t		 n;

	for (;;) {
		pfd[0].fd = STDIN_FILENO;
		pfd[1].fd = w->fd;
		pfd[0].events = pfd[1].events = POLLIN;
		pfd[1].revents = 0;
		if (poll(pfd, 2, -1) == -1)
			err(1, "poll");
		if (pfd[1].revents != 0)
			(void)pump(w, 0);
		if (pfd[0].revents == 0)
			continue;
		n = read(STDIN_FILENO, buf + len, sizeof(buf) - len);
		if (n <= 0)
			return;
		len += (size_t)n;
		used = run_lines(w, buf, len);
		len -= used;
		memmove(buf, buf + used, len);
	}
}

/* The kind of identity is what the file's name ends in. */
static int
identity(struct asmp *a, const char *id, const char *file)
{
	const char	*dot = strrchr(file, '.');

	if (dot != NULL && strcmp(dot, ".token") == 0)
		return asmp_set_token(a, file);
	if (dot != NULL && strcmp(dot, ".psk") == 0)
		return asmp_set_pskfile(a, id, file);
	if (dot != NULL && strcmp(dot, ".kem") == 0)
		return asmp_set_kem(a, id, file);
	return asmp_set_identity(a, id, file, NULL);
}

static void
set_up(struct say *w, const char *id, const char *key, const char *pin,
    const char *profile, const char *shared)
{
	char	 name[ASMP_IDMAX + 1];

	if (strlcpy(name, id != NULL ? id : key, sizeof(name)) >= sizeof(name))
		errx(1, "%s: too long", key);
	if (id == NULL)
		name[strcspn(name, ".")] = '\0';
	if ((w->a = asmp_new()) == NULL)
		err(1, NULL);
	if (identity(w->a, name, key) == -1 ||
	    asmp_set_gateway(w->a, pin) == -1 ||
	    (profile != NULL && asmp_set_profile(w->a, profile) == -1) ||
	    (shared != NULL && asmp_set_shared(w->a, shared) == -1))
		errx(1, "%s", asmp_error(w->a));
	w->fd = -1;
	STAILQ_INIT(&w->lines);
}

int
main(int argc, char *argv[])
{
	static struct say	 w;
	const char	*id = NULL, *key = NULL, *pin = NULL;
	const char	*profile = NULL, *shared = NULL;
	int		 ch, compress = 0, tickets = 0;

	while ((ch = getopt(argc, argv, "+a:cg:i:k:P:S:w")) != -1) {
		switch (ch) {
		case 'a':
			w.where = optarg;
			break;
		case 'c':
			compress = 1;
			break;
		case 'g':
			pin = optarg;
			break;
		case 'i':
			id = optarg;
			break;
		case 'k':
			key = optarg;
			break;
		case 'P':
			profile = optarg;
			break;
		case 'S':
			shared = optarg;
			break;
		case 'w':
			tickets = 1;
			break;
		default:
			usage();
		}
	}
	if (w.where == NULL || key == NULL || pin == NULL)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	set_up(&w, id, key, pin, profile, shared);
	asmp_set_tickets(w.a, tickets);
	if (asmp_set_compression(w.a, compress) == -1)
		errx(1, "%s", asmp_error(w.a));
	if (argv[optind] == NULL)
		run_input(&w);
	for (; argv[optind] != NULL; optind++)
		run(&w, argv[optind]);
	run_quit(&w, NULL);
	return 0;
}

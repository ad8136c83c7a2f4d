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
 * Readings by way of an outbox: input goes there, as long as there is room,
 * and from there to the gateway, as often as there is one.  Neither waits
 * for the other.
 */

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

#define BATCH		(256 * 1024)	/* bytes of input synced at once */
#define WAITMIN		1000		/* ms from one attempt to the next */
#define WAITMAX		48000		/* and a quarter more at random */
#define PACE		125		/* ms; more in a second are closed */
#define REFUSAL		900		/* ms; a gateway takes 1000 to refuse */
#define TURN		1000		/* ms that a signal may wait */
#define WHYMAX		1024

enum link {
	LINK_DOWN,
	LINK_OPENING,
	LINK_UP
};

static struct {
	struct outbox	*box;
	enum link	 link;
	int64_t		 at;		/* DOWN: try again, OPENING: give up */
	int64_t		 began;		/* when the attempt did */
	int		 cameon;	/* something was decided in it */
	int		 fruitless;	/* attempts in a row */
	int		 told;		/* that there is no gateway */
	int		 ever;		/* there was a session */
	int		 full;		/* no room for what is at hand */
	int		 toldfull;
	int		 more;		/* is at hand, and for the next turn */
	int		 over;		/* only a gateway is waited for ... */
	int64_t		 patience;	/* ... until then */
	int		 tried;		/* an attempt failed since */
	uint64_t	 decided;
	uint64_t	 damaged;
}	 d;

/* The disk is what an outbox is about: without it there is nothing to do. */
static int
must(int r)
{
	if (r == -1)
		errx(EXIT_LOCAL, "%s", outbox_error(d.box));
	return r;
}

static int
at_hand(void)
{
	struct pollfd	 pfd = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&pfd, 1, 0) > 0;
}

/* Put the reading at hand into the outbox; OUTBOX_FULL: not now. */
static int
put(struct client *c)
{
	uint64_t	 time = 0;
	size_t		 max = asmp_reading_max(c->a);

	/* What no gateway takes has nothing to wait for. */
	if (c->in.len == 0 || c->in.len > max) {
		feed_refuse_length(c, max);
		return 0;
	}
	if (!c->noclock)
		time = (uint64_t)now_ms(CLOCK_REALTIME);
	return must(outbox_put(d.box, time, c->in.number, c->in.json,
	    c->in.len));
}

/* The next reading is at hand, or there is none at once. */
static enum input_state
next(struct client *c)
{
	enum input_state	 st;

	while ((st = feed_next(c)) == INPUT_MORE && at_hand()) {
		if (input_fill(&c->in) == -1)
			err(EXIT_LOCAL, "standard input");
	}
	return st;
}

static void
tell_full(const struct client *c)
{
	if (!d.full || !d.told || d.toldfull)
		return;
	d.toldfull = 1;
	warnx("%s is full: no more is taken until readings were sent",
	    c->outbox);
}

/* All that is at hand, up to a batch, becomes durable together. */
static void
take(struct client *c)
{
	enum input_state	 st = INPUT_READING;
	size_t			 n = 0;
	int			 full = 0;

	while (!full && n < BATCH &&
	    (c->pending || (st = next(c)) == INPUT_READING)) {
		n += c->in.len;
		full = put(c);
		c->pending = full;
	}
	full |= must(outbox_sync(d.box));
	c->ended = st == INPUT_END;
	d.more = n >= BATCH && !full;
	d.full = full;
	d.toldfull &= d.full;
	tell_full(c);
}

/* What was read, and arguments, do not go with a session that ends. */
static void
take_rest(struct client *c)
{
	input_cut(&c->in);
	do {
		take(c);
	} while (!c->ended && !d.full);
}

/* Whether all that was taken is decided. */
static int
all_decided(void)
{
	return outbox_waiting(d.box) == 0 && outbox_unwritten(d.box) == 0;
}

/* How long until the next attempt, ms. */
static int64_t
pause_length(void)
{
	int64_t	 n = WAITMIN;
	int	 i;

	for (i = 1; i < d.fruitless && n < WAITMAX; i++)
		n *= 2;
	if (n > WAITMAX)
		n = WAITMAX;
	return n + arc4random_uniform((uint32_t)n / 4);
}

/* Whether no later attempt can do better; the exit status, or QUIT. */
static int
hopeless(const struct client *c)
{
	switch (asmp_failure(c->a)) {
	case ASMP_E_GATEWAY:
		return EXIT_GATEWAY;
	case ASMP_E_IDENTITY:
		/* In less than a second it was not refused, but lost. */
		if (asmp_reason(c->a) == 0 && ticks() - d.began < REFUSAL)
			return QUIT;
		return EXIT_IDENTITY;
	case ASMP_E_USAGE:
	case ASMP_E_SYSTEM:
		return EXIT_LOCAL;
	default:
		return QUIT;
	}
}

/* Say it once, not at each attempt. */
static void
tell_down(struct client *c, const char *why)
{
	show_clear(c);
	if (!d.told || c->verbose)
		warnx("%s: %s", c->host, why);
	if (!d.told && outbox_waiting(d.box) != 0)
		warnx("%llu readings wait in %s",
		    (unsigned long long)outbox_waiting(d.box), c->outbox);
	d.told = 1;
}

/* Wait for a gateway.  Whatever was still going on is no session. */
static int
down(struct client *c, const char *why)
{
	tell_down(c, why);
	asmp_eof(c->a);
	(void)asmp_step(c->a, 0);
	(void)must(outbox_rest(d.box));
	d.link = LINK_DOWN;
	if (!d.cameon) {
		d.fruitless++;
		d.tried |= d.over;
	}
	d.at = ticks() + pause_length();
	return QUIT;
}

/*
 * The session has failed.  One that came on and ended because of a reading
 * is followed by another at once.  QUIT, or the exit status.
 */
static int
lost(struct client *c)
{
	int	 status = hopeless(c);

	if (status != QUIT)
		return client_failed(c);
	if (!d.cameon || asmp_failure(c->a) != ASMP_E_REFUSED)
		return down(c, asmp_error(c->a));
	d.link = LINK_DOWN;
	d.at = d.began + PACE;
	return QUIT;
}

static int
attempt(struct client *c)
{
	d.link = LINK_OPENING;
	d.cameon = 0;
	d.began = ticks();
	d.at = d.began + c->timeout;
	return client_connect(c) == -1 ? lost(c) : QUIT;
}

/* Somebody else has used ids: what that means for the readings that wait. */
static void
tell_foreign(const struct client *c, const struct outbox_news *news)
{
	char	 doubt[64] = "";

	if (news->doubted != 0)
		snprintf(doubt, sizeof(doubt), ", and up to %llu may be "
		    "stored twice", (unsigned long long)news->doubted);
	warnx("%s: %llu message ids were used by another program as this "
	    "device: readings in %s are sent with later ones%s", c->host,
	    (unsigned long long)news->foreign, c->outbox, doubt);
}

static void
tell_news(struct client *c, const struct outbox_news *news)
{
	show_clear(c);
	if (d.told)
		warnx("%s: the gateway is back", c->host);
	d.told = 0;
	if (c->verbose && news->decided != 0)
		warnx("%llu readings sent before are decided",
		    (unsigned long long)news->decided);
	if (news->forgotten != 0)
		warnx("%s: the gateway has lost %llu readings that it had "
		    "decided: those still in %s are sent again", c->host,
		    (unsigned long long)news->forgotten, c->outbox);
	if (news->foreign != 0 && outbox_waiting(d.box) != 0)
		tell_foreign(c, news);
}

static void
came_on(struct client *c)
{
	d.cameon = 1;
	d.fruitless = 0;
	c->progress = ticks();
}

/* There is a session: settle what earlier ones have left open. */
static void
up(struct client *c)
{
	struct outbox_news	 news;

	client_opened(c);
	(void)must(outbox_begin(d.box, asmp_lastid(c->a), &news));
	tell_news(c, &news);
	d.decided += news.decided;
	d.link = LINK_UP;
	d.ever = 1;
	c->seen = asmp_acked(c->a);
	c->progress = ticks();
	if (news.decided != 0 || all_decided())
		came_on(c);
}

/* What is decided leaves the outbox. */
static void
note(struct client *c)
{
	uint64_t	 acked = asmp_acked(c->a);

	if (acked == c->seen)
		return;
	d.decided += acked - c->seen;
	c->seen = acked;
	came_on(c);
	(void)must(outbox_acked(d.box, acked));
}

static void
tell_damage(struct client *c)
{
	if (outbox_damaged(d.box) == d.damaged)
		return;
	d.damaged = outbox_damaged(d.box);
	show_clear(c);
	warnx("%s: readings were damaged on the disk and are lost",
	    c->outbox);
}

/* No session takes a reading of this length. */
static void
drop(struct client *c, uint64_t id)
{
	show_clear(c);
	warnx("%s: longer than %zu bytes: not sent", reading_name(c, id),
	    asmp_reading_max(c->a));
	c->nrefused++;
	outbox_drop(d.box);
}

/* Send an entry.  1: done, 0: the session takes none now, -1: never again. */
static int
send_one(struct client *c, const struct entry *e)
{
	uint64_t	 id = outbox_id(d.box);

	if (id != asmp_lastid(c->a) + 1)
		errx(EXIT_PROTOCOL, "id %llu does not follow",
		    (unsigned long long)id);
	if (id - asmp_acked(c->a) > INFLIGHT)
		return 0;
	c->number[id % INFLIGHT] = outbox_own(d.box, e) ? e->line : 0;
	c->taken[id % INFLIGHT] = e->time;
	if (asmp_send(c->a, e->time, e->json, e->len, NULL) == 0) {
		if (asmp_acked(c->a) == id - 1)
			c->progress = ticks();
		outbox_sent(d.box);
		return 1;
	}
	if (asmp_state(c->a) == ASMP_OPEN && errno == EAGAIN)
		return 0;
	if (asmp_state(c->a) != ASMP_OPEN || errno != EMSGSIZE)
		return -1;
	drop(c, id);
	return 1;
}

/*
 * The gateway has closed the stream of readings, as it does with one that
 * was silent for long: none opens twice, so another session has to.
 */
static int
renew(struct client *c)
{
	if (asmp_state(c->a) != ASMP_OPEN)
		return lost(c);
	(void)client_close(c);
	note(c);
	if (!d.cameon)
		return down(c, "the gateway has closed the stream of "
		    "readings");
	d.link = LINK_DOWN;
	d.at = d.began + PACE;
	return QUIT;
}

/* Send what is durable, and seal it when there is no more.  As lost(). */
static int
push(struct client *c)
{
	struct entry	 e;
	int		 r, sent = 1;

	if (c->newkey != NULL)
		return QUIT;	/* that is first */
	while (sent == 1 && (r = must(outbox_next(d.box, &e))) == 1)
		sent = send_one(c, &e);
	tell_damage(c);
	if (sent == -1)
		return renew(c);
	if (sent == 1 && asmp_seal(c->a) == -1)
		return lost(c);
	return QUIT;
}

/* Whether the gateway owes an answer for too long; NULL: it does not. */
static const char *
overdue(const struct client *c)
{
	static char	 why[64];
	int64_t		 now = ticks();

	if (d.link == LINK_OPENING && now >= d.at)
		snprintf(why, sizeof(why), "no session within %d seconds",
		    c->timeout / 1000);
	else if (d.link == LINK_UP &&
	    asmp_acked(c->a) != asmp_lastid(c->a) &&
	    now - c->progress >= c->timeout)
		snprintf(why, sizeof(why), "no acknowledgement for %d seconds",
		    c->timeout / 1000);
	else if (d.link == LINK_UP && c->newkey != NULL &&
	    now - c->progress >= c->timeout)
		snprintf(why, sizeof(why), "no answer about the new key");
	else
		return NULL;
	return why;
}

static void
show(struct client *c)
{
	if (!feed_show_due(c))
		return;
	fprintf(stderr, "\r%llu decided, %llu wait\033[K",
	    (unsigned long long)d.decided,
	    (unsigned long long)outbox_waiting(d.box));
}

/* Wait for input and gateway, or for the next attempt. */
static int
turn(struct client *c)
{
	struct pollfd	 pfd = { .events = POLLIN };
	int		 input = !c->ended && !d.full && c->in.args == NULL;
	int64_t		 left = d.at - ticks();

	if (d.link != LINK_DOWN)
		return client_turn(c, input, d.more ? 0 : TURN);
	if (left > TURN)
		left = TURN;
	pfd.fd = input ? STDIN_FILENO : -1;
	(void)poll(&pfd, 1, d.more || left < 0 ? 0 : (int)left);
	return 0;
}

/* One turn with or without a session.  QUIT, or the exit status. */
static int
go_on(struct client *c)
{
	const char	*why;
	int		 r;

	if (d.link == LINK_DOWN && ticks() >= d.at)
		return attempt(c);
	r = turn(c);
	show(c);
	if (d.link == LINK_DOWN)
		return QUIT;
	if (d.link == LINK_UP)
		note(c);
	if (c->unrotated) {
		(void)client_close(c);
		return EXIT_IDENTITY;
	}
	if (r == -1 || asmp_state(c->a) == ASMP_FAILED)
		return lost(c);
	if ((why = overdue(c)) != NULL)
		return down(c, why);
	if (d.link == LINK_OPENING && asmp_state(c->a) == ASMP_OPEN)
		up(c);
	return QUIT;
}

/*
 * Without more input, or room for it where nobody else waits, it is a matter
 * of patience, and of one more attempt in any case.
 */
static void
look_at_end(struct client *c)
{
	int	 over;

	if (stopped())
		input_cut(&c->in);
	over = c->ended || (d.full && (c->in.args != NULL || stopped()));
	if (over && !d.over) {
		d.patience = ticks() + c->linger;
		d.tried = 0;
		if (d.link == LINK_DOWN)
			d.at = 0;
	}
	d.over = over;
	if (stopped())
		d.patience = 0;
}

/* All is decided, or nothing more can be done now. */
static int
at_end(const struct client *c)
{
	if (c->newkey != NULL && d.link == LINK_UP && stopped() <= 1)
		return 0;
	if (c->ended && all_decided() && d.ever && d.link != LINK_OPENING)
		return 1;
	return stopped() > 1 || (d.over && d.tried &&
	    d.link == LINK_DOWN && ticks() >= d.patience);
}

/* Close in good order; the exit status. */
static int
finish(struct client *c)
{
	int	 status;

	take_rest(c);
	status = c->nrefused == 0 ? EXIT_ACKED : EXIT_READING;
	if (d.link == LINK_UP && stopped() < 2)
		status = client_close(c);
	if (c->verbose)
		warnx("%llu readings acknowledged, %llu refused",
		    (unsigned long long)d.decided,
		    (unsigned long long)c->nrefused);
	if (!d.ever || outbox_waiting(d.box) != 0)
		status = EXIT_LOST;
	return d.damaged != 0 ? EXIT_LOCAL : status;
}

/* The number of the first item that was read and is not in; 0: all are. */
static uint64_t
first_missing(const struct client *c)
{
	uint64_t	 n = outbox_unwritten(d.box);

	return n == 0 && c->pending ? c->in.number : n;
}

/* What is left, and what to do about it; the exit status. */
static int
leave(struct client *c, int status)
{
	uint64_t	 missing, n;

	take_rest(c);
	missing = first_missing(c);
	if ((n = outbox_waiting(d.box)) != 0)
		warnx("%llu readings wait in %s: asmp with -o %s, and no "
		    "more input, sends them", (unsigned long long)n,
		    c->outbox, c->outbox);
	if (missing != 0) {
		warnx("%s %llu and what follows is not in %s, which is full",
		    c->in.unit, (unsigned long long)missing, c->outbox);
		status = EXIT_LOCAL;
	}
	(void)must(outbox_close(d.box));
	outbox_free(d.box);
	return status;
}

static void
open_box(struct client *c)
{
	char	 why[WHYMAX];

	d.box = outbox_open(c->outbox, asmp_id(c->a), asmp_gateway(c->a),
	    c->limit, why, sizeof(why));
	if (d.box == NULL)
		errx(EXIT_LOCAL, "%s", why);
	if (outbox_cut(d.box) != 0)
		warnx("%s: %llu bytes of readings that were not whole are "
		    "removed", c->outbox,
		    (unsigned long long)outbox_cut(d.box));
	if (c->verbose)
		warnx("%llu readings wait in %s",
		    (unsigned long long)outbox_waiting(d.box), c->outbox);
}

/* Take everything, send everything; the exit status. */
int
deliver_run(struct client *c)
{
	int	 status = QUIT;

	open_box(c);
#ifdef __OpenBSD__
	if (pledge("stdio rpath wpath cpath flock inet dns", NULL) == -1)
		err(EXIT_LOCAL, "pledge");
#endif
	client_signals();
	c->started = ticks();
	while (status == QUIT) {
		take(c);
		look_at_end(c);
		if (d.link == LINK_UP)
			status = push(c);
		if (status == QUIT && at_end(c))
			status = finish(c);
		if (status == QUIT)
			status = go_on(c);
	}
	show_clear(c);
	return leave(c, status);
}

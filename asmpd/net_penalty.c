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
 * Penalties: who fails to become a session pays in time, and an address that
 * has run up enough of it is refused until all of it is over.
 */

#include <sys/types.h>

#include <event.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "net.h"

#define SWEEP_SECONDS	1	/* how late a line about an end may be */

struct exempts {
	struct ipc_exempt	 e[EXEMPTS_MAX];
	size_t			 n;
};

static TAILQ_HEAD(, source)	 shut = TAILQ_HEAD_INITIALIZER(shut);
static struct exempts		 current, offered;
static struct event		 ev;

static void
network_text(const struct source *s, char *buf, size_t size)
{
	addr_name(s->addr, buf, size);
	if (!addr_isv4(s->addr))
		strlcat(buf, "/64", size);
}

/* It may come in again; how often it was refused is known now. */
static void
penalty_end(struct source *s)
{
	char	 text[CTL_ADDRMAX];

	network_text(s, text, sizeof(text));
	log_info("penalty over: address %s refused %llu times", text,
	    (unsigned long long)s->turned);
	TAILQ_REMOVE(&shut, s, shut);
	s->isshut = 0;
	net_counter[CN_SHUT]--;
}

static void
penalty_begin(struct source *s, uint64_t now, unsigned int kind)
{
	char	 text[CTL_ADDRMAX];

	network_text(s, text, sizeof(text));
	log_info("penalty: address %s reason %s for %llu seconds", text,
	    penalty_name(kind),
	    (unsigned long long)(s->until - now + 999) / 1000);
	TAILQ_INSERT_TAIL(&shut, s, shut);
	s->isshut = 1;
	s->turned = 0;
	net_counter[CN_SHUT]++;
	net_counter[CN_PENALTIES]++;
}

static void
sweep(int fd, short event, void *arg)
{
	struct source	*s, *next;
	uint64_t	 now = mono_ms();

	(void)fd;
	(void)event;
	(void)arg;
	TAILQ_FOREACH_SAFE(s, &shut, shut, next)
		if (s->until <= now)
			penalty_end(s);
}

/* Prepares to see penalties end. */
void
penalties_init(void)
{
	struct timeval	 tv = { .tv_sec = SWEEP_SECONDS };

	event_set(&ev, -1, EV_PERSIST, sweep, NULL);
	if (evtimer_add(&ev, &tv) == -1)
		fatal("evtimer_add");
}

/* Adds a network to those of the next configuration.  0, or -1: too many. */
int
penalty_exempt(const struct ipc_exempt *e)
{
	if (offered.n == EXEMPTS_MAX)
		return -1;
	offered.e[offered.n++] = *e;
	return 0;
}

static int
costs_nothing(void)
{
	unsigned int	 i;

	for (i = 0; i < PENALTY_N; i++)
		if (net_conf.penalty_ms[i] != 0)
			return 0;
	return 1;
}

/* The next configuration is net_conf: where nothing costs, all is over. */
void
penalties_commit(void)
{
	struct source	*s, *next;

	current = offered;
	memset(&offered, 0, sizeof(offered));
	if (!costs_nothing())
		return;
	TAILQ_FOREACH_SAFE(s, &shut, shut, next) {
		s->until = 0;
		penalty_end(s);
	}
}

/* Forgets the next configuration. */
void
penalties_abort(void)
{
	memset(&offered, 0, sizeof(offered));
}

static int
within(const uint8_t *addr, const struct ipc_exempt *e)
{
	uint32_t	 bytes = e->bits / 8, rest = e->bits % 8;

	return addr_isv4(addr) == addr_isv4(e->addr) &&
	    memcmp(addr, e->addr, bytes) == 0 &&
	    (rest == 0 || ((addr[bytes] ^ e->addr[bytes]) >> (8 - rest)) == 0);
}

static int
is_exempt(const uint8_t *addr)
{
	size_t	 i;

	for (i = 0; i < current.n; i++)
		if (within(addr, &current.e[i]))
			return 1;
	return 0;
}

/* Holds a failure, an enum penalty, against addr (16 bytes). */
void
penalty_add(const uint8_t *addr, unsigned int kind)
{
	struct source	*s;
	uint64_t	 now = mono_ms();

	if (net_conf.penalty_ms[kind] == 0 || is_exempt(addr) ||
	    (s = source_of(addr, 1)) == NULL)
		return;
	if (s->isshut && s->until <= now)
		penalty_end(s);		/* the sweep has yet to come */
	if (s->until < now)
		s->until = now;
	s->until += net_conf.penalty_ms[kind];
	if (s->until > now + net_conf.penalty_most_ms)
		s->until = now + net_conf.penalty_most_ms;
	if (!s->isshut && s->until - now >= net_conf.penalty_least_ms)
		penalty_begin(s, now, kind);
}

/*
 * Whether a connection from addr (16 bytes) is refused; if so it is counted.
 * What it costs the gateway is a look at a table.
 */
int
penalty_refuses(const uint8_t *addr)
{
	struct source	*s;

	if (TAILQ_EMPTY(&shut) || (s = source_of(addr, 0)) == NULL ||
	    !s->isshut || s->until <= mono_ms() || is_exempt(addr))
		return 0;
	s->turned++;
	net_counter[CN_TURNED]++;
	return 1;
}

/* Whether something is still held against it. */
int
penalty_runs(const struct source *s)
{
	return s->until > mono_ms();
}

/* The table has no more room for it: it gets away with the rest. */
void
penalty_forget(struct source *s)
{
	if (s->isshut)
		penalty_end(s);
}

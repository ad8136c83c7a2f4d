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
 * The life of one session, whatever is said in it: connect, keep it alive,
 * show what the gateway says, close.
 */

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

#define HEARTBEAT	10000	/* ms between signs of life */
#define CLOSEWAIT	5000	/* ms for the gateway's CLOSE */

static volatile sig_atomic_t	 signalled;

static void
on_signal(int sig)
{
	(void)sig;
	signalled++;
}

/* How often SIGINT or SIGTERM has come: no more input is taken. */
int
stopped(void)
{
	return signalled;
}

/* Milliseconds of a clock. */
int64_t
now_ms(clockid_t clock)
{
	struct timespec	 ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Milliseconds that only go forward. */
int64_t
ticks(void)
{
	return now_ms(CLOCK_MONOTONIC);
}

/*
 * Take away the progress line, or the one that is typed, so that a message
 * does not run into it.
 */
void
show_clear(struct client *c)
{
	if (c->shown != 0 || c->editing)
		fprintf(stderr, "\r\033[K");
	c->spoken = 1;
}

/* What is said of a reading that is on its way, until the next call. */
const char *
reading_name(const struct client *c, uint64_t id)
{
	static char	 name[64];
	time_t		 taken = (time_t)(c->taken[id % INFLIGHT] / 1000);
	struct tm	*tm = gmtime(&taken);

	if (c->number[id % INFLIGHT] != 0)
		snprintf(name, sizeof(name), "%s %llu", c->in.unit,
		    (unsigned long long)c->number[id % INFLIGHT]);
	else if (taken == 0 || tm == NULL || strftime(name, sizeof(name),
	    "reading of %Y-%m-%dT%H:%M:%SZ", tm) == 0)
		snprintf(name, sizeof(name), "a reading of an earlier run");
	return name;
}

static void
refusals(struct client *c)
{
	struct asmp_refusal	 r;

	while (asmp_next_refusal(c->a, &r)) {
		show_clear(c);
		warnx("%s (id %llu) was refused: %s", reading_name(c, r.id),
		    (unsigned long long)r.id, reason_text(r.reason));
		c->nrefused++;
		c->refused = r.id;
	}
}

/* What has come: also from a session that has just failed. */
static void
hear(struct client *c)
{
	struct asmp_message	 m;

	refusals(c);
	while (asmp_next_message(c->a, &m))
		show_message(c, &m);
}

/* What has come of the new key, once. */
static void
rotation_show(struct client *c)
{
	uint64_t	 until;
	char		 when[WHENMAX];
	int		 reason;

	if (c->newkey == NULL)
		return;
	switch (asmp_rotation(c->a, &reason, &until)) {
	case ASMP_ROTATION_DONE:
		when_format(when, sizeof(when), until / 1000);
		show_clear(c);
		warnx("%s has the key in %s from now on; the old one is good "
		    "until %s", asmp_id(c->a), c->newkey, when);
		c->newkey = NULL;
		break;
	case ASMP_ROTATION_REFUSED:
		show_clear(c);
		warnx("%s: the gateway does not take this key: %s", c->newkey,
		    reason_text((unsigned int)reason));
		c->newkey = NULL;
		c->unrotated = 1;
		break;
	default:
		break;
	}
}

/* The states of the handshake, as devices of profile iomt know them. */
static void
stage_show(struct client *c)
{
	static const char *const	 name[] = {
		"INITIALIZED", "PUBLIC_KEY_RECEIVED", "ENCAPSULATED",
		"AUTHENTICATED"
	};
	int				 stage = 1;

	if (!c->verbose || strcmp(asmp_profile(c->a), "iomt") != 0)
		return;
	if (asmp_challenged(c->a))
		stage = asmp_state(c->a) == ASMP_OPEN ? 4 : 3;
	while (c->stage < stage)
		warnx("%s: %s", c->host, name[c->stage++]);
}

/* Keep a silent connection from being taken for a dead one. */
static int
keep_alive(struct client *c)
{
	int64_t	 now = ticks();

	if (asmp_state(c->a) != ASMP_OPEN || now - c->heard < HEARTBEAT)
		return 0;
	c->heard = now;
	if (asmp_heartbeat(c->a) == -1 && asmp_state(c->a) != ASMP_OPEN)
		return -1;
	return 0;
}

/*
 * Wait at most timeout ms for the socket, and for input where it is wanted;
 * take a step and show what came.  1: there is input, 0: not yet, -1: the
 * session has failed.
 */
int
client_turn(struct client *c, int input, int timeout)
{
	struct pollfd	 pfd[2];
	int		 r;

	if (keep_alive(c) == -1)
		return -1;
	pfd[0].fd = asmp_fd(c->a);
	pfd[0].events = asmp_events(c->a);
	pfd[1].fd = input ? STDIN_FILENO : -1;
	pfd[1].events = POLLIN;
	pfd[0].revents = pfd[1].revents = 0;
	if (poll(pfd, 2, timeout < HEARTBEAT ? timeout : HEARTBEAT) == -1) {
		if (errno == EINTR)
			return 0;
		err(EXIT_LOCAL, "poll");
	}
	r = asmp_step(c->a, pfd[0].revents);
	stage_show(c);
	rotation_show(c);
	hear(c);
	return r == -1 ? -1 : pfd[1].revents != 0;
}

/* Turn until the state is no longer this one.  -1: it failed, or too slow. */
static int
while_state(struct client *c, enum asmp_state state, int64_t wait)
{
	int64_t	 end = ticks() + wait, left;

	while (asmp_state(c->a) == state) {
		if ((left = end - ticks()) <= 0 ||
		    client_turn(c, 0, (int)left) == -1)
			return -1;
	}
	return 0;
}

/* Say why the session failed; the exit status. */
int
client_failed(struct client *c)
{
	static const int	 status[] = {
		[ASMP_E_NONE] = EXIT_LOST,
		[ASMP_E_CONNECT] = EXIT_LOST,
		[ASMP_E_GATEWAY] = EXIT_GATEWAY,
		[ASMP_E_IDENTITY] = EXIT_IDENTITY,
		[ASMP_E_REFUSED] = EXIT_READING,
		[ASMP_E_PROTOCOL] = EXIT_PROTOCOL,
		[ASMP_E_USAGE] = EXIT_LOCAL,
		[ASMP_E_SYSTEM] = EXIT_LOCAL
	};

	show_clear(c);
	if (asmp_error(c->a)[0] != '\0')
		warnx("%s: %s", c->host, asmp_error(c->a));
	return status[asmp_failure(c->a)];
}

/* From now on SIGINT and SIGTERM end the input alone. */
void
client_signals(void)
{
	struct sigaction	 sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

/* Begin to connect; 0, or -1 and it has failed. */
int
client_connect(struct client *c)
{
	c->stage = 0;
	c->asked = 0;
	return asmp_connect(c->a, c->host, c->port, c->cafile);
}

/* There is a session now. */
void
client_opened(struct client *c)
{
	c->heard = ticks();
	if (c->verbose) {
		show_clear(c);
		warnx("%s: session is open, last id %llu", c->host,
		    (unsigned long long)asmp_lastid(c->a));
	}
	if (c->newkey != NULL)
		(void)asmp_rotate(c->a);	/* it fails with the session */
}

/* Nothing is sent before the new key is the device's; 0, or the status. */
static int
rotate_wait(struct client *c)
{
	int64_t	 end = ticks() + c->timeout, left;

	while (c->newkey != NULL) {
		if ((left = end - ticks()) <= 0 || stopped()) {
			warnx("%s: no answer about the key in %s", c->host,
			    c->newkey);
			return EXIT_LOST;
		}
		if (client_turn(c, 0, (int)left) == -1)
			return client_failed(c);
	}
	return c->unrotated ? EXIT_IDENTITY : 0;
}

/* Connect and open the session; 0, or the exit status. */
int
client_open(struct client *c)
{
	if (client_connect(c) == -1)
		return client_failed(c);
	if (while_state(c, ASMP_CONNECTING, c->timeout) == -1) {
		if (asmp_failure(c->a) == ASMP_E_NONE)
			warnx("%s: no session within %d seconds", c->host,
			    c->timeout / 1000);
		return client_failed(c);
	}
	client_opened(c);
	client_signals();
	return rotate_wait(c);
}

/* There is nothing more to say; the gateway may have something. */
void
client_linger(struct client *c)
{
	int64_t	 end = ticks() + c->linger, left;

	while (asmp_state(c->a) == ASMP_OPEN && !stopped() &&
	    (left = end - ticks()) > 0) {
		if (client_turn(c, 0, (int)left) == -1)
			return;
	}
}

/*
 * Close the session in good order, as far as the gateway is there for it;
 * the exit status of one that ends without a failure.
 */
int
client_close(struct client *c)
{
	if (asmp_close(c->a) == 0)
		(void)while_state(c, ASMP_CLOSING, CLOSEWAIT);
	return c->nrefused == 0 ? EXIT_ACKED : EXIT_READING;
}

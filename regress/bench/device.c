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

/* Clients that speak asmp, in any profile. */

#include <sys/types.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "asmp.h"
#include "asmp_proto.h"
#include "load.h"

#define READ_SIZE	16384
#define USUAL		70	/* around which values of smcp are */
#define VARIANTS	10

static const char	*profile = "asmp";
static int		 values;	/* the profile has them, no readings */

/* The clients to come have this profile; the text is kept. */
void
device_profile(const char *name)
{
	const struct asmp_profile	*p = profile_byname(name);

	if (p == NULL)
		errx(1, "%s: not a profile", name);
	profile = name;
	values = p->record == ASMP_SMCP;
}

static __attribute__((noreturn)) void
device_failed(const struct client *c)
{
	errx(1, "device %u: %s", c->n, asmp_error(c->asmp));
}

static void
device_prepare(struct client *c, const char *dir)
{
	char	 pin[PATH_MAX];

	snprintf(pin, sizeof(pin), "%s/GW.pin", dir);
	if ((c->asmp = asmp_new()) == NULL)
		err(1, NULL);
	if (asmp_set_gateway(c->asmp, pin) == -1)
		device_failed(c);
	identity_take(c, profile, dir);
}

/* The connection is lost: a failure, unless storm.c lets it be. */
static void
device_lost(struct client *c)
{
	if (!c->maylose)
		device_failed(c);
	client_gone(c);
}

/* Tokens of slmp have the time in them. */
static void
device_tick(struct client *c)
{
	if (asmp_tick(c->asmp, now_us() / 1000) == -1)
		device_failed(c);
}

static void
device_start(struct client *c)
{
	device_tick(c);
	if (asmp_start(c->asmp) == -1)
		device_failed(c);
}

static void
device_read(struct client *c)
{
	static uint8_t	 buf[READ_SIZE];
	ssize_t		 n;

	do {
		n = recv(c->fd, buf, sizeof(buf), 0);
		if (n == 0)
			asmp_eof(c->asmp);
		else if (n > 0)
			(void)asmp_input(c->asmp, buf, n);
		else if (errno != EAGAIN && errno != EINTR)
			asmp_eof(c->asmp);
	} while (n == sizeof(buf));
}

/* Writes what there is; 0, or -1 when the socket takes no more now. */
static int
device_write(struct client *c)
{
	const uint8_t	*p;
	size_t		 len;
	ssize_t		 n;

	while ((p = asmp_output(c->asmp, &len)) != NULL) {
		n = send(c->fd, p, len, MSG_NOSIGNAL);
		if (n == -1 && errno == EAGAIN)
			return -1;
		if (n == -1) {
			asmp_eof(c->asmp);
			return 0;
		}
		asmp_output_done(c->asmp, n);
	}
	return 0;
}

/*
 * ids go on where the last session ended, so what is new is counted.  A value
 * is done with when it is acknowledged and the result of its round is there.
 */
static void
count_answers(struct client *c)
{
	struct asmp_message	 m;
	uint64_t		 decided;

	decided = c->sent - (asmp_lastid(c->asmp) - asmp_acked(c->asmp));
	if (!values)
		c->acked = decided;
	while (asmp_next_message(c->asmp, &m) == 1)
		if (values && m.kind == ASMP_RESULT)
			c->results++;
	if (values)
		c->acked = c->results < decided ? c->results : decided;
}

static void
device_look(struct client *c)
{
	struct asmp_refusal	 refusal;

	if (asmp_next_refusal(c->asmp, &refusal))
		errx(1, "device %u: reading refused: %s", c->n,
		    reason_text(refusal.reason));
	switch (asmp_state(c->asmp)) {
	case ASMP_OPEN:
		c->up = 1;
		count_answers(c);
		break;
	case ASMP_CLOSED:
		client_gone(c);
		break;
	case ASMP_FAILED:
		device_lost(c);
		break;
	default:
		break;
	}
}

static uint32_t
device_event(struct client *c)
{
	int	 full;

	full = device_write(c);
	device_read(c);
	if (full == 0)
		full = device_write(c);
	device_look(c);
	return full == -1 ? EPOLLIN | EPOLLOUT : EPOLLIN;
}

static int
device_put(struct client *c, uint64_t i)
{
	if (values)
		return asmp_value(c->asmp, USUAL + (int64_t)(i % VARIANTS));
	return asmp_send(c->asmp, 0, reading_text(i), reading_len, NULL);
}

/*
 * n readings, where the profile has seals under one, n being what one seal
 * can cover at most.
 */
static void
device_send(struct client *c, unsigned int n)
{
	uint64_t	 i;

	device_tick(c);
	for (i = c->sent - n; i < c->sent; i++) {
		if (device_put(c, i) == -1)
			err(1, "device %u: a reading is not taken", c->n);
		if (apart)
			(void)device_write(c);
	}
	if (asmp_seal(c->asmp) == -1)
		device_failed(c);
}

static void
device_close(struct client *c)
{
	if (asmp_close(c->asmp) == -1)
		device_failed(c);
}

const struct protocol	protocol_asmp = {
	"asmp", device_prepare, device_start, device_event, device_send,
	device_close
};

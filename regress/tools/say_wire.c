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


/* The connection of a device that libasmp plays, frame by frame. */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "say.h"

/* Shows what HANDSHAKE_ACK grants. */
static void
show_granted(struct say *w, const uint8_t *frame)
{
	const uint8_t		*key = w->a->session.keys.g2d_control;
	struct asmp_header	 h;
	struct asmp_ack		 ack;
	uint8_t			 plain[ASMP_PRE_MAX];
	char			 id[2 * sizeof(ack.session) + 1];
	char			 nonce[2 * sizeof(ack.nonce) + 1];
	size_t			 i;

	frame_get(&h, frame);
	if (record_open(plain, key, &h, frame) == -1 ||
	    ack_get(&ack, plain, h.length - ASMP_TAGLEN) == -1)
		return;		/* the library says what is wrong */
	for (i = 0; i < sizeof(ack.session); i++) {
		snprintf(id + 2 * i, 3, "%02x", ack.session[i]);
		snprintf(nonce + 2 * i, 3, "%02x", ack.nonce[i]);
	}
	show(w, "session %s nonce %s", id, nonce);
	show(w, "granted role %u life %u last %llu ticket %s", ack.role,
	    ack.lifetime, (unsigned long long)ack.lastid,
	    ack.ticketed ? "yes" : "no");
}

/* A new ticket stays here, so that it can be used more than once. */
static void
ticket_copy(struct say *w)
{
	if (!w->a->ticket.there)
		return;
	w->old = w->ticket;
	w->ticket = w->a->ticket;
}

/* One frame for the library, and what there is to see in it. */
static void
frame_take(struct say *w, const uint8_t *frame, size_t flen)
{
	struct session		*s = &w->a->session;
	enum phase		 before = s->phase;
	struct asmp_header	 h;

	if (before == PHASE_ACK && flen <= ASMP_PRE_MAX)
		show_granted(w, frame);
	if (before == PHASE_AUTH)
		w->hs = s->hs;
	if (asmp_input(w->a, frame, flen) == -1)
		return;
	frame_get(&h, frame);
	if (before == PHASE_ACK)
		ticket_copy(w);
	if (before == PHASE_SESSION && h.type == ASMP_HEARTBEAT)
		show(w, "heartbeat");
}

/* Sends what the library has made. */
void
wire_flush(struct say *w)
{
	const uint8_t	*p;
	size_t		 len;

	while (!w->held && (p = asmp_output(w->a, &len)) != NULL) {
		if (w->fd == -1 || tool_write(w->fd, p, len) == -1)
			return;
		asmp_output_done(w->a, len);
	}
}

/* The connection ends here, without a word. */
void
wire_lose(struct say *w)
{
	if (w->fd != -1)
		close(w->fd);
	w->fd = -1;
	w->inlen = 0;
}

/* Whom a token is for, is the gateway's to judge here, not the library's. */
static int
start(struct asmp *a)
{
	char	 pinned[sizeof(a->gateway)];
	int	 r;

	memcpy(pinned, a->gateway, sizeof(pinned));
	if (a->kind == ASMP_KIND_TOKEN)
		memcpy(a->gateway, a->secret.token.audience,
		    sizeof(a->gateway));
	r = asmp_start(a);
	memcpy(a->gateway, pinned, sizeof(a->gateway));
	return r;
}

/* Begins a new session, by the key or a ticket; wire_read() goes on. */
void
wire_open(struct say *w, const struct ticket *t)
{
	if (t != NULL && !t->there)
		errx(1, "there is no such ticket");
	wire_lose(w);
	w->acked = 0;
	w->epoch = 1;
	w->over = 0;
	w->fd = tool_connect(w->where);
	explicit_bzero(&w->a->ticket, sizeof(w->a->ticket));
	if (t != NULL)
		w->a->ticket = *t;
	if (start(w->a) == -1)
		errx(1, "%s", asmp_error(w->a));
	wire_flush(w);
}

/* Reads once; -1 at the end of the connection. */
int
wire_read(struct say *w)
{
	ssize_t	 n;
	size_t	 flen, off = 0;

	n = read(w->fd, w->in + w->inlen, sizeof(w->in) - w->inlen);
	if (n <= 0) {
		asmp_eof(w->a);
		wire_lose(w);
		return -1;
	}
	w->inlen += (size_t)n;
	for (; frame_next(w->in + off, w->inlen - off, ASMP_PAYLOAD_MAX,
	    &flen) == 1; off += flen)
		frame_take(w, w->in + off, flen);
	w->inlen -= off;
	memmove(w->in, w->in + off, w->inlen);
	wire_flush(w);
	return 0;
}

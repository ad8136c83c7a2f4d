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

/* Clients of brokers: mutual TLS, and what goes in and out through it. */

#ifndef PEER_H
#define PEER_H

#include <stddef.h>
#include <stdint.h>

#include "load.h"

#define PEER_IN		16384
#define PEER_OVERHEAD	256	/* of a message beside its reading, at most */

/* What is said inside of TLS. */
struct peer_ops {
	void		(*opened)(struct client *);
	size_t		(*input)(struct client *, const uint8_t *, size_t);
};

enum peer_state {
	PEER_TLS,
	PEER_WAIT,		/* for the broker to take us */
	PEER_UP,
	PEER_CLOSING
};

struct tls;

struct peer {
	struct tls		*tls;
	const struct peer_ops	*ops;
	enum peer_state		 state;
	uint16_t		 packet;	/* mqtt.c */
	size_t			 inlen;
	size_t			 outsize;
	size_t			 outlen;
	size_t			 outpos;
	uint8_t			*out;
	uint8_t			 in[PEER_IN];
};

/* peer.c */
void		 peer_prepare(struct client *, const char *,
		    const struct peer_ops *);
void		 peer_start(struct client *);
uint32_t	 peer_event(struct client *);
void		 peer_put(struct client *, const void *, size_t);
void		 peer_flush(struct client *);
void		 peer_cork(struct client *, int);
void		 peer_up(struct client *);
void		 peer_closing(struct client *);

#endif /* PEER_H */

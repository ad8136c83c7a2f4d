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

/* Clients of brokers: the connection, over mutual TLS. */

#include <sys/types.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tls.h>

#include "peer.h"

static struct tls_config	*config;

static void
config_make(const char *dir)
{
	char	 ca[PATH_MAX], cert[PATH_MAX], key[PATH_MAX];

	snprintf(ca, sizeof(ca), "%s/ca.crt", dir);
	snprintf(cert, sizeof(cert), "%s/client.crt", dir);
	snprintf(key, sizeof(key), "%s/client.key", dir);
	if ((config = tls_config_new()) == NULL)
		errx(1, "tls_config_new");
	if (tls_config_set_ca_file(config, ca) == -1 ||
	    tls_config_set_keypair_file(config, cert, key) == -1)
		errx(1, "%s: %s", dir, tls_config_error(config));
}

/* A client with the certificate that is in dir. */
void
peer_prepare(struct client *c, const char *dir, const struct peer_ops *ops)
{
	struct peer	*p;

	if (config == NULL)
		config_make(dir);
	if ((p = calloc(1, sizeof(*p))) == NULL)
		err(1, NULL);
	p->ops = ops;
	c->peer = p;
}

/* TLS begins on a connection that stands. */
void
peer_start(struct client *c)
{
	struct peer	*p = c->peer;

	tls_free(p->tls);
	if ((p->tls = tls_client()) == NULL)
		errx(1, "tls_client");
	if (tls_configure(p->tls, config) == -1 ||
	    tls_connect_socket(p->tls, c->fd, "localhost") == -1)
		errx(1, "client %u: %s", c->n, tls_error(p->tls));
	p->state = PEER_TLS;
	p->inlen = p->outlen = p->outpos = 0;
}

/* The broker has taken the client. */
void
peer_up(struct client *c)
{
	c->peer->state = PEER_UP;
	c->up = 1;
}

/* Nothing more will be said. */
void
peer_closing(struct client *c)
{
	c->peer->state = PEER_CLOSING;
}

/* Room for len more bytes of output, for as long as a window is kept to. */
static void
out_grow(struct peer *p, size_t len)
{
	size_t	 size = WINDOW * (reading_len + PEER_OVERHEAD);

	if (p->out == NULL) {
		if ((p->out = malloc(size)) == NULL)
			err(1, NULL);
		p->outsize = size;
	}
	if (len > p->outsize - p->outlen)
		errx(1, "more is sent than was acknowledged");
}

void
peer_put(struct client *c, const void *data, size_t len)
{
	struct peer	*p = c->peer;

	out_grow(p, len);
	memcpy(p->out + p->outlen, data, len);
	p->outlen += len;
}

/* 1 if TLS went on, 0 if it waits for *events, which is kept otherwise. */
static int
went_on(const struct client *c, ssize_t n, uint32_t *events)
{
	if (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT) {
		*events = n == TLS_WANT_POLLIN ? EPOLLIN : EPOLLOUT;
		return 0;
	}
	if (n == -1)
		errx(1, "client %u: %s", c->n, tls_error(c->peer->tls));
	return 1;
}

static void
peer_read(struct client *c, uint32_t *events)
{
	struct peer	*p = c->peer;
	ssize_t		 n;
	size_t		 used;

	while (went_on(c, n = tls_read(p->tls, p->in + p->inlen,
	    sizeof(p->in) - p->inlen), events)) {
		if (n == 0)
			errx(1, "client %u: closed by the broker", c->n);
		p->inlen += n;
		used = p->ops->input(c, p->in, p->inlen);
		p->inlen -= used;
		memmove(p->in, p->in + used, p->inlen);
	}
}

static void
peer_write(struct client *c, uint32_t *events)
{
	struct peer	*p = c->peer;
	ssize_t		 n;

	while (p->outpos < p->outlen && went_on(c, n = tls_write(p->tls,
	    p->out + p->outpos, p->outlen - p->outpos), events))
		p->outpos += n;
	if (p->outpos == p->outlen)
		p->outpos = p->outlen = 0;
}

/* Writes what there is by itself. */
void
peer_flush(struct client *c)
{
	uint32_t	 events;

	peer_write(c, &events);
}

/* Whether what is written waits until it fills segments, or is told to go. */
void
peer_cork(struct client *c, int on)
{
	if (setsockopt(c->fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on)) == -1)
		err(1, "client %u: TCP_CORK", c->n);
}

/* Serves the connection; what to wait for next. */
uint32_t
peer_event(struct client *c)
{
	struct peer	*p = c->peer;
	uint32_t	 reading = EPOLLIN, writing = 0;

	if (p->state == PEER_TLS) {
		if (!went_on(c, tls_handshake(p->tls), &reading))
			return reading;
		p->state = PEER_WAIT;
		p->ops->opened(c);
	}
	peer_write(c, &writing);
	if (p->state == PEER_CLOSING) {
		(void)tls_close(p->tls);
		client_gone(c);
		return 0;
	}
	peer_read(c, &reading);
	if (p->outlen > 0)
		peer_write(c, &writing);
	return reading | writing;
}

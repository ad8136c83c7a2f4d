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
 * Clients that speak as much MQTT 3.1.1 (OASIS) as the comparison needs, over
 * mutual TLS: CONNECT, PUBLISH with QoS 1, DISCONNECT.  Both packets that can
 * come back, CONNACK and PUBACK, have four bytes.
 */

#include <sys/types.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

#include "load.h"

#define MQTT_CONNECT	0x10
#define MQTT_CONNACK	0x20
#define MQTT_PUBLISH	0x32	/* QoS 1 */
#define MQTT_PUBACK	0x40
#define MQTT_DISCONNECT	0xe0
#define REPLY_LEN	4
#define REPLIES		(2 * WINDOW)
#define OUT_MAX		(WINDOW * (READING_LEN + 32))

enum mqtt_state {
	MQTT_TLS,
	MQTT_WAIT,		/* for CONNACK */
	MQTT_UP,
	MQTT_CLOSING
};

struct mqtt {
	struct tls	*tls;
	enum mqtt_state	 state;
	uint16_t	 packet;
	size_t		 inlen;
	size_t		 outlen;
	size_t		 outpos;
	uint8_t		 in[REPLIES * REPLY_LEN];
	uint8_t		 out[OUT_MAX];
};

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

static void
mqtt_prepare(struct client *c, const char *dir)
{
	if (config == NULL)
		config_make(dir);
	if ((c->mqtt = calloc(1, sizeof(*c->mqtt))) == NULL)
		err(1, NULL);
}

static void
mqtt_start(struct client *c)
{
	struct mqtt	*m = c->mqtt;

	tls_free(m->tls);
	if ((m->tls = tls_client()) == NULL)
		errx(1, "tls_client");
	if (tls_configure(m->tls, config) == -1 ||
	    tls_connect_socket(m->tls, c->fd, "localhost") == -1)
		errx(1, "client %u: %s", c->n, tls_error(m->tls));
	m->state = MQTT_TLS;
	m->packet = 0;
	m->inlen = m->outlen = m->outpos = 0;
}

static void
put(struct mqtt *m, const void *data, size_t len)
{
	if (len > sizeof(m->out) - m->outlen)
		errx(1, "more is sent than was acknowledged");
	memcpy(m->out + m->outlen, data, len);
	m->outlen += len;
}

static void
put_u8(struct mqtt *m, unsigned int v)
{
	uint8_t	 byte = v;

	put(m, &byte, sizeof(byte));
}

static void
put_u16(struct mqtt *m, unsigned int v)
{
	put_u8(m, v >> 8);
	put_u8(m, v & 0xff);
}

static void
put_string(struct mqtt *m, const char *s)
{
	put_u16(m, strlen(s));
	put(m, s, strlen(s));
}

/* Seven bits to a byte, the lowest first. */
static void
put_head(struct mqtt *m, unsigned int type, size_t len)
{
	put_u8(m, type);
	for (; len > 127; len >>= 7)
		put_u8(m, (len & 127) | 128);
	put_u8(m, len);
}

/* A clean session that does not time out. */
static void
put_connect(const struct client *c)
{
	struct mqtt	*m = c->mqtt;
	char		 id[16];

	snprintf(id, sizeof(id), "bench%05u", c->n);
	put_head(m, MQTT_CONNECT, 2 + 4 + 1 + 1 + 2 + 2 + strlen(id));
	put_string(m, "MQTT");
	put_u8(m, 4);		/* 3.1.1 */
	put_u8(m, 2);		/* clean session */
	put_u16(m, 0);		/* no keep alive */
	put_string(m, id);
}

static void
put_publish(const struct client *c, const char *payload)
{
	struct mqtt	*m = c->mqtt;
	char		 topic[16];

	snprintf(topic, sizeof(topic), "bench/%05u", c->n);
	if (++m->packet == 0)
		m->packet = 1;
	put_head(m, MQTT_PUBLISH, 2 + strlen(topic) + 2 + READING_LEN);
	put_string(m, topic);
	put_u16(m, m->packet);
	put(m, payload, READING_LEN);
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
		errx(1, "client %u: %s", c->n, tls_error(c->mqtt->tls));
	return 1;
}

static void
reply(struct client *c, const uint8_t *p)
{
	struct mqtt	*m = c->mqtt;

	if (m->state == MQTT_WAIT && p[0] == MQTT_CONNACK && p[3] == 0) {
		m->state = MQTT_UP;
		c->up = 1;
	} else if (m->state == MQTT_UP && p[0] == MQTT_PUBACK)
		c->acked++;
	else
		errx(1, "client %u: unexpected packet %02x %02x %02x %02x",
		    c->n, p[0], p[1], p[2], p[3]);
}

static void
replies(struct client *c)
{
	struct mqtt	*m = c->mqtt;
	size_t		 off;

	for (off = 0; m->inlen - off >= REPLY_LEN; off += REPLY_LEN)
		reply(c, m->in + off);
	m->inlen -= off;
	memmove(m->in, m->in + off, m->inlen);
}

static void
mqtt_read(struct client *c, uint32_t *events)
{
	struct mqtt	*m = c->mqtt;
	ssize_t		 n;

	while (went_on(c, n = tls_read(m->tls, m->in + m->inlen,
	    sizeof(m->in) - m->inlen), events)) {
		if (n == 0)
			errx(1, "client %u: closed by the broker", c->n);
		m->inlen += n;
		replies(c);
	}
}

static void
mqtt_write(struct client *c, uint32_t *events)
{
	struct mqtt	*m = c->mqtt;
	ssize_t		 n;

	while (m->outpos < m->outlen && went_on(c, n = tls_write(m->tls,
	    m->out + m->outpos, m->outlen - m->outpos), events))
		m->outpos += n;
	if (m->outpos == m->outlen)
		m->outpos = m->outlen = 0;
}

static uint32_t
mqtt_event(struct client *c)
{
	struct mqtt	*m = c->mqtt;
	uint32_t	 reading = EPOLLIN, writing = 0;

	if (m->state == MQTT_TLS) {
		if (!went_on(c, tls_handshake(m->tls), &reading))
			return reading;
		put_connect(c);
		m->state = MQTT_WAIT;
	}
	mqtt_write(c, &writing);
	if (m->state == MQTT_CLOSING) {
		(void)tls_close(m->tls);
		client_gone(c);
		return 0;
	}
	mqtt_read(c, &reading);
	return reading | writing;
}

static void
mqtt_send(struct client *c, unsigned int n)
{
	uint64_t	 i;
	uint32_t	 events;

	for (i = c->sent - n; i < c->sent; i++) {
		put_publish(c, reading_text(i));
		if (apart)
			mqtt_write(c, &events);
	}
}

static void
mqtt_close(struct client *c)
{
	put_head(c->mqtt, MQTT_DISCONNECT, 0);
	c->mqtt->state = MQTT_CLOSING;
}

const struct protocol	protocol_mqtt = {
	"mqtt", mqtt_prepare, mqtt_start, mqtt_event, mqtt_send, mqtt_close
};

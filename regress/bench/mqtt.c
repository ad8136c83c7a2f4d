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
 * Clients that speak as much MQTT 3.1.1 (OASIS) as the comparison needs:
 * CONNECT, PUBLISH with QoS 1, DISCONNECT.  Both packets that can come back,
 * CONNACK and PUBACK, have four bytes.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "peer.h"

#define MQTT_CONNECT	0x10
#define MQTT_CONNACK	0x20
#define MQTT_PUBLISH	0x32	/* QoS 1 */
#define MQTT_PUBACK	0x40
#define MQTT_DISCONNECT	0xe0
#define REPLY_LEN	4

static void
put_u8(struct client *c, unsigned int v)
{
	uint8_t	 byte = v;

	peer_put(c, &byte, sizeof(byte));
}

static void
put_u16(struct client *c, unsigned int v)
{
	put_u8(c, v >> 8);
	put_u8(c, v & 0xff);
}

static void
put_string(struct client *c, const char *s)
{
	put_u16(c, strlen(s));
	peer_put(c, s, strlen(s));
}

/* Seven bits to a byte, the lowest first. */
static void
put_head(struct client *c, unsigned int type, size_t len)
{
	put_u8(c, type);
	for (; len > 127; len >>= 7)
		put_u8(c, (len & 127) | 128);
	put_u8(c, len);
}

/* A clean session that does not time out. */
static void
mqtt_opened(struct client *c)
{
	char	 id[16];

	snprintf(id, sizeof(id), "bench%05u", c->n);
	put_head(c, MQTT_CONNECT, 2 + 4 + 1 + 1 + 2 + 2 + strlen(id));
	put_string(c, "MQTT");
	put_u8(c, 4);		/* 3.1.1 */
	put_u8(c, 2);		/* clean session */
	put_u16(c, 0);		/* no keep alive */
	put_string(c, id);
	c->peer->packet = 0;
}

static void
reply(struct client *c, const uint8_t *p)
{
	if (c->peer->state == PEER_WAIT && p[0] == MQTT_CONNACK && p[3] == 0)
		peer_up(c);
	else if (c->peer->state == PEER_UP && p[0] == MQTT_PUBACK)
		c->acked++;
	else
		errx(1, "client %u: unexpected packet %02x %02x %02x %02x",
		    c->n, p[0], p[1], p[2], p[3]);
}

static size_t
mqtt_input(struct client *c, const uint8_t *p, size_t len)
{
	size_t	 off;

	for (off = 0; len - off >= REPLY_LEN; off += REPLY_LEN)
		reply(c, p + off);
	return off;
}

static void
mqtt_prepare(struct client *c, const char *dir)
{
	static const struct peer_ops	 ops = { mqtt_opened, mqtt_input };

	peer_prepare(c, dir, &ops);
}

static void
put_publish(struct client *c, const char *payload)
{
	char	 topic[16];

	snprintf(topic, sizeof(topic), "bench/%05u", c->n);
	if (++c->peer->packet == 0)
		c->peer->packet = 1;
	put_head(c, MQTT_PUBLISH, 2 + strlen(topic) + 2 + reading_len);
	put_string(c, topic);
	put_u16(c, c->peer->packet);
	peer_put(c, payload, reading_len);
}

/*
 * Each message is a TLS record of its own, as client libraries write them,
 * unless they are packed.
 */
static void
mqtt_send(struct client *c, unsigned int n)
{
	int		 corked = n > 1 && !apart;
	uint64_t	 i;

	if (corked)
		peer_cork(c, 1);
	for (i = c->sent - n; i < c->sent; i++) {
		put_publish(c, reading_text(i));
		if (!packed)
			peer_flush(c);
	}
	if (corked) {
		peer_flush(c);
		peer_cork(c, 0);
	}
}

static void
mqtt_close(struct client *c)
{
	put_head(c, MQTT_DISCONNECT, 0);
	peer_closing(c);
}

const struct protocol	protocol_mqtt = {
	"mqtt", mqtt_prepare, peer_start, peer_event, mqtt_send, mqtt_close
};

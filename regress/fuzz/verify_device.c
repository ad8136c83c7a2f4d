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
 * Devices as verify meets them: frames with their numbers, records under the
 * session's keys, seals.  What comes back is opened, in its order.
 */

#include <sys/types.h>

#include <openssl/sha.h>

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "verify_world.h"

/* Some have numbers, as profile smcp likes it; two are of no group. */
static const char *const	names[DEVICES] = {
	"DEV1", "2", "DEV_3", "255", "DEV5", "6"
};

static struct ident	*idents[DEVICES];

/* A device's id. */
const char *
device_name(int who)
{
	return names[who];
}

/* Its key, one of the algorithms there are. */
const struct ident *
device_ident(int who)
{
	enum ident_alg	 alg = IDENT_ED25519 + who % 3;
	uint8_t		 seed[48];

	memset(seed, who + 1, sizeof(seed));
	if (idents[who] == NULL)
		idents[who] = ident_fromseed(alg, seed,
		    alg == IDENT_P384 ? 48 : 32);
	MUST(idents[who] != NULL);
	return idents[who];
}

static void
run_begin(struct device_side *d)
{
	SHA256_Init(&d->c);
	SHA256_Init(&d->p);
	d->count = 0;
}

/* The device has a connection. */
void
side_open(struct device_side *d, uint64_t conn, int who,
    const struct asmp_profile *profile)
{
	memset(d, 0, sizeof(*d));
	d->conn = conn;
	d->open = 1;
	d->who = who;
	d->profile = profile;
	d->ident = device_ident(who);
	MUST((d->pool = aead_pool_new(2)) != NULL);
	run_begin(d);
}

/* Its session is up: it has the keys that verify has. */
void
side_up(struct device_side *d, const struct session *s)
{
	d->up = 1;
	d->max_in = s->max_out;
	d->keys = s->up->keys;
	d->keys.d2g.aead = d->keys.g2d.aead = NULL;
	/* HANDSHAKE_ACK is on its way, under keys that do not change. */
	d->epoch = d->gwepoch = s->epoch;
	d->seq = s->rx;
	d->gwseq = 0;
	d->id = s->up->lastid;
	memcpy(d->t, s->up->t, sizeof(d->t));
	run_begin(d);
}

/* The connection is over. */
void
side_free(struct device_side *d)
{
	if (!d->open)
		return;
	keys_wipe(&d->keys);
	rekey_free(d->rekey);
	aead_pool_free(d->pool);
	memset(d, 0, sizeof(*d));
}

/* A frame's header, and room for its payload, in the batch; or NULL. */
uint8_t *
side_frame(struct device_side *d, uint16_t type, uint32_t stream, size_t len)
{
	struct asmp_header	 h = {
		.version = ASMP_VERSION, .type = type, .stream = stream,
		.epoch = d->epoch, .seq = d->seq, .length = (uint32_t)len
	};
	uint8_t			*p = d->batch + d->len;

	if (len > GATEWAY_MAX_IN || ASMP_HDRLEN + len > BATCH - d->len)
		return NULL;
	frame_put(p, &h);
	d->len += ASMP_HDRLEN + len;
	d->seq++;
	return p;
}

/* A record under a key that is not DATA's. */
void
side_record(struct device_side *d, const uint8_t *key, uint16_t type,
    uint32_t stream, const uint8_t *plain, size_t len)
{
	uint8_t	*p;

	if ((p = side_frame(d, type, stream, len + ASMP_TAGLEN)) != NULL)
		MUST(chapoly_seal(p + ASMP_HDRLEN, key, p + 8, plain, len, p,
		    ASMP_HDRLEN) == 0);
}

/* A record on a stream, which the next seal covers. */
void
side_data(struct device_side *d, uint32_t stream, const uint8_t *plain,
    size_t len)
{
	uint64_t now = fuzz_clock / 1000;
	uint8_t	 leaf[ASMP_HASHLEN], *p;
	size_t	 payload = data_len(d->profile, len);

	if ((p = side_frame(d, ASMP_DATA, stream, payload)) == NULL)
		return;
	if (data_seal(&d->keys.d2g, d->pool, p, plain, len, now) == -1) {
		/* In smcp not every plaintext can be sent. */
		d->len -= ASMP_HDRLEN + payload;
		d->seq--;
		return;
	}
	if (d->count++ == 0)
		d->first = d->seq - 1;
	seal_leaf(leaf, d->keys.d2g_blind, p, plain, len);
	SHA256_Update(&d->c, p, ASMP_HDRLEN + payload);
	SHA256_Update(&d->p, leaf, sizeof(leaf));
}

/* The seal over what was sent since the last one. */
void
side_seal(struct device_side *d)
{
	struct seal	 s;
	uint8_t		 plain[SEAL_MAX];

	memset(&s, 0, sizeof(s));
	s.number = d->seal++;
	s.epoch = d->epoch;
	s.first = d->first;
	s.last = d->first + d->count - 1;
	s.count = d->count;
	SHA256_Final(s.c, &d->c);
	SHA256_Final(s.p, &d->p);
	put_u16(plain, s.count);
	memcpy(plain + 2, s.p, sizeof(s.p));
	MUST(seal_sign(d->ident, plain + SEAL_FIXED, d->t, &s,
	    device_name(d->who)) == 0);
	side_record(d, d->keys.d2g_control, ASMP_SEAL, ASMP_STREAM_CONN,
	    plain, SEAL_FIXED + ident_siglen(ident_public(d->ident)->alg));
	run_begin(d);
}

/* REKEY's answer is the gateway's last frame of its epoch. */
static void
rekeyed(struct device_side *d, const uint8_t *answer, size_t len)
{
	MUST(d->rekey != NULL && len == ASMP_REKEY_GATEWAY);
	MUST(rekey_finish(d->rekey, &d->keys, answer) == 0);
	rekey_free(d->rekey);
	d->rekey = NULL;
	d->epoch++;
	d->gwepoch++;
	d->seq = d->gwseq = 0;
}

static void
open_record(struct device_side *d, const struct asmp_header *h,
    const uint8_t *frame)
{
	uint8_t		*plain, copy[ASMP_HDRLEN + ASMP_PAYLOAD_MAX];
	enum reason	 reason;
	size_t		 len;

	memcpy(copy, frame, ASMP_HDRLEN + h->length);
	if (h->type == ASMP_DATA) {
		MUST(data_verify(&d->keys.g2d, copy) == REASON_NONE);
		reason = data_open(&d->keys.g2d, d->pool, copy,
		    fuzz_clock / 1000, &plain, &len);
		/* It may have been on its way for long. */
		MUST(reason == REASON_NONE || reason == REASON_STALE);
		return;
	}
	plain = copy + ASMP_HDRLEN;
	MUST(chapoly_open(plain, d->keys.g2d_control, copy + 8, plain,
	    h->length, copy, ASMP_HDRLEN) == 0);
	if (h->type == ASMP_REKEY)
		rekeyed(d, plain, h->length - ASMP_TAGLEN);
}

/* From verify: whole frames, in order, which open. */
void
side_heard(struct device_side *d, const uint8_t *p, size_t len)
{
	struct asmp_header	 h;
	size_t			 flen;

	for (; len > 0; p += flen, len -= flen) {
		MUST(frame_next(p, len, ASMP_PAYLOAD_MAX, &flen) == 1);
		frame_get(&h, p);
		if (!d->up || d->lost || h.epoch == 0)
			continue;
		MUST(h.epoch == d->gwepoch && h.seq == d->gwseq);
		MUST(h.length <= d->max_in);
		d->gwseq++;
		open_record(d, &h, p);
	}
}

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

/* Two ends of a session and their DATA frames, for the tests of codecs. */

#ifndef CODEC_H
#define CODEC_H

#include "asmp_proto.h"
#include "testutil.h"

#define NOW		1732190000	/* seconds since 1970 */
#define SEQUENCE	7
#define FRAMEMAX	(ASMP_HDRLEN + ASMP_PAYLOAD_MAX)
#define PLAINMAX	64		/* what plain_due() gives */

/* Both have all keys: in tx one seals, in rx one opens. */
struct ends {
	struct asmp_keys	 tx;
	struct asmp_keys	 rx;
	struct aead_pool	*pool;
};

/* What opening a frame gave. */
struct opened {
	enum reason	 reason;
	uint8_t		 plain[ASMP_PAYLOAD_MAX];
	size_t		 len;
};

static inline void
ends_init(struct ends *e, const char *name)
{
	const struct asmp_profile	*p = profile_byname(name);
	uint8_t				 in[4 * ASMP_KEYLEN];

	ATF_REQUIRE(p != NULL);
	count_up(in, 1, sizeof(in));
	keys_session(&e->tx, p, in, in + 32, in + 64, in + 96);
	keys_session(&e->rx, p, in, in + 32, in + 64, in + 96);
	e->tx.d2g.client = e->tx.g2d.client = 1;
	e->rx.d2g.client = e->rx.g2d.client = 1;
	ATF_REQUIRE((e->pool = aead_pool_new(4)) != NULL);
}

static inline void
ends_free(struct ends *e)
{
	keys_wipe(&e->tx);
	keys_wipe(&e->rx);
	aead_pool_free(e->pool);
}

/* A plaintext that may be sent next; of smcp, what its round demands. */
static inline size_t
plain_due(const struct asmp_data *d, uint8_t *plain)
{
	count_up(plain, 0, PLAINMAX);
	if (d->profile->record != ASMP_SMCP)
		return 53;
	if (!d->todevice && d->round == 0) {
		memcpy(plain, "HELLO", 5);
		return 5;
	}
	if (d->todevice)
		return d->round == 0 ? SMCP_CHALLENGELEN : SMCP_AGGREGATELEN;
	return SMCP_VALUELEN;
}

static inline void
header_put(uint8_t *frame, size_t payload)
{
	struct asmp_header	 h = {
		.version = ASMP_VERSION, .type = ASMP_DATA,
		.stream = ASMP_STREAM_TELEMETRY, .epoch = 1, .seq = SEQUENCE,
		.length = (uint32_t)payload
	};

	frame_put(frame, &h);
}

/* Seal into the FRAMEMAX bytes of a frame; returns the frame's length. */
static inline size_t
frame_seal(struct ends *e, struct asmp_data *d, uint8_t *frame,
    const void *plain, size_t len)
{
	size_t	 payload = data_len(d->profile, len);

	ATF_REQUIRE(payload <= ASMP_PAYLOAD_MAX);
	header_put(frame, payload);
	ATF_REQUIRE_EQ(0, data_seal(d, e->pool, frame, plain, len, NOW));
	return ASMP_HDRLEN + payload;
}

/* Open a copy of a frame, as a receiver does. */
static inline enum reason
frame_open(struct ends *e, struct asmp_data *d, const uint8_t *frame,
    uint64_t now, struct opened *o)
{
	static uint8_t		 copy[FRAMEMAX];
	struct asmp_header	 h;
	uint8_t			*plain;

	frame_get(&h, frame);
	ATF_REQUIRE(h.length <= ASMP_PAYLOAD_MAX);
	memcpy(copy, frame, ASMP_HDRLEN + h.length);
	o->len = 0;
	o->reason = data_verify(d, copy);
	ATF_REQUIRE(memcmp(copy, frame, ASMP_HDRLEN + h.length) == 0);
	if (o->reason == REASON_NONE)
		o->reason = data_open(d, e->pool, copy, now, &plain, &o->len);
	if (o->reason == REASON_NONE) {
		ATF_REQUIRE(plain >= copy + ASMP_HDRLEN && plain + o->len <=
		    copy + ASMP_HDRLEN + h.length);
		memcpy(o->plain, plain, o->len);
	}
	return o->reason;
}

/* Whether keys and counts of two directions are the same. */
static inline int
same_state(const struct asmp_data *a, const struct asmp_data *b)
{
	return a->profile == b->profile && a->round == b->round &&
	    a->todevice == b->todevice && a->client == b->client &&
	    a->opcode == b->opcode &&
	    memcmp(a->key, b->key, sizeof(a->key)) == 0 &&
	    memcmp(a->mac, b->mac, sizeof(a->mac)) == 0;
}

/* Refused for this very reason, and nothing has moved. */
#define REQUIRE_REFUSED(want, e, d, frame, now) do {			\
	struct asmp_data	 before_ = *(d);			\
	struct opened		 o_;					\
									\
	ATF_REQUIRE_EQ_MSG((want), frame_open((e), (d), (frame), (now),	\
	    &o_), "want %s, got %s", reason_name(want),			\
	    reason_name(o_.reason));					\
	ATF_REQUIRE(same_state(&before_, (d)));				\
} while (0)

#define REQUIRE_OPENS(e, d, frame, want, wantlen) do {			\
	struct opened	 o_;						\
									\
	ATF_REQUIRE_EQ_MSG(REASON_NONE, frame_open((e), (d), (frame),	\
	    NOW, &o_), "refused: %s", reason_name(o_.reason));		\
	ATF_REQUIRE_EQ((wantlen), o_.len);				\
	ATF_REQUIRE(memcmp((want), o_.plain, o_.len) == 0);		\
} while (0)

#endif /* CODEC_H */

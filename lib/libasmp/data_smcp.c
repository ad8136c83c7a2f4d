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
 * Profile smcp: opcode, client, round and direction in clear, IV, AES-128-CBC
 * ciphertext, HMAC-SHA256 over header and all before it.  Both keys of a
 * direction change with each record:
 *
 *	to the gateway	enc' = H(enc || ciphertext)	mac' = H(mac || IV)
 *	to the device	enc' = H(enc || data)		mac' = H(mac || status)
 *
 * where H is SHA-256, enc its first 16 bytes, and data and status are the two
 * parts of an aggregate's plaintext; a challenge is all data, of status 0.
 *
 * Rounds: HELLO and CHALLENGE 0, DATA 1, 3, 5, AGGREGATE 2, 4, 6 and so on.
 * KEY_DESYNC and TERMINATE may come in place of any, and are the last.  Who
 * sends one sets opcode before data_seal(), which sets it back to 0, the one
 * that is due; data_open() sets it to what came.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "data_local.h"

#define OPCODE		0		/* offsets in the payload */
#define CLIENT		1
#define ROUND		2
#define DIRECTION	6
#define FIELDS		7		/* bytes, all four */
#define PREFIX		(ASMP_HDRLEN + FIELDS)
#define TO_GATEWAY	1
#define TO_DEVICE	2
#define ROUND_MAX	(UINT32_MAX - 2) /* so that there is one after it */

/* What the keys become if the record stands. */
struct successor {
	uint8_t		 key[ASMP_HASHLEN];
	uint8_t		 mac[ASMP_HASHLEN];
};

static size_t		 smcp_len(size_t);
static size_t		 smcp_max(size_t);
static struct cbc_key	 keys(const struct asmp_data *);
static uint8_t		 direction(const struct asmp_data *);
static uint8_t		 due(const struct asmp_data *);
static int		 is_last(uint8_t);
static int		 well_formed(uint8_t, const uint8_t *, size_t);
static int		 choose(const struct asmp_data *, uint8_t *);
static void		 fields_put(const struct asmp_data *, uint8_t *,
			    uint8_t);
static enum reason	 fields_check(const struct asmp_data *,
			    const uint8_t *);
static void		 after_ciphertext(struct successor *,
			    const struct asmp_data *, const uint8_t *,
			    size_t);
static void		 after_plaintext(struct successor *,
			    const struct asmp_data *, uint8_t,
			    const uint8_t *, size_t);
static void		 move_on(struct asmp_data *, const struct successor *);
static int		 seal(struct asmp_data *, struct aead_pool *,
			    uint8_t *, const uint8_t *, size_t, uint64_t);
static enum reason	 verify(const struct asmp_data *, const uint8_t *,
			    size_t);
static enum reason	 open_plaintext(const struct asmp_data *,
			    struct aead_pool *, uint8_t *, size_t, uint8_t **,
			    size_t *);
static enum reason	 open_record(struct asmp_data *, struct aead_pool *,
			    uint8_t *, size_t, uint64_t, uint8_t **,
			    size_t *);

const struct data_codec	data_smcp = {
	smcp_len, smcp_max, seal, verify, open_record
};

static const char	hello[] = "HELLO";

static size_t
smcp_len(size_t plain)
{
	return FIELDS + cbc_len(plain);
}

static size_t
smcp_max(size_t payload)
{
	return payload < FIELDS ? 0 : cbc_max(payload - FIELDS);
}

static struct cbc_key
keys(const struct asmp_data *d)
{
	struct cbc_key	 key = {
		d->key, CBC_KEY128, d->mac, sizeof(d->mac)
	};

	return key;
}

static uint8_t
direction(const struct asmp_data *d)
{
	return d->todevice ? TO_DEVICE : TO_GATEWAY;
}

static uint8_t
due(const struct asmp_data *d)
{
	if (d->round == 0)
		return d->todevice ? SMCP_CHALLENGE : SMCP_HELLO;
	return d->todevice ? SMCP_AGGREGATE : SMCP_DATA;
}

static int
is_last(uint8_t opcode)
{
	return opcode == SMCP_DESYNC || opcode == SMCP_TERMINATE;
}

/* Whether a plaintext is what its opcode says. */
static int
well_formed(uint8_t opcode, const uint8_t *plain, size_t len)
{
	switch (opcode) {
	case SMCP_HELLO:
		return len == sizeof(hello) - 1 &&
		    memcmp(plain, hello, len) == 0;
	case SMCP_CHALLENGE:
		return len == SMCP_CHALLENGELEN;
	case SMCP_DATA:
		return len == SMCP_VALUELEN;
	case SMCP_AGGREGATE:
		return len == SMCP_AGGREGATELEN && plain[0] <= SMCP_OVERFLOW;
	default:
		return len == 0;
	}
}

/* The opcode to send: what is due, or the last one that the caller set. */
static int
choose(const struct asmp_data *d, uint8_t *opcode)
{
	*opcode = d->opcode == 0 ? due(d) : d->opcode;
	return d->opcode == 0 || is_last(d->opcode) ? 0 : -1;
}

static void
fields_put(const struct asmp_data *d, uint8_t *p, uint8_t opcode)
{
	p[OPCODE] = opcode;
	p[CLIENT] = d->client;
	put_u32(p + ROUND, d->round);
	p[DIRECTION] = direction(d);
}

/* Whether the record is for this end of this session, and is due. */
static enum reason
fields_check(const struct asmp_data *d, const uint8_t *p)
{
	if (p[DIRECTION] != direction(d))
		return REASON_DIRECTION;
	if (p[CLIENT] != d->client)
		return REASON_CLIENT;
	if (is_last(d->opcode) ||
	    (p[OPCODE] != due(d) && !is_last(p[OPCODE])))
		return REASON_OPCODE;
	if (get_u32(p + ROUND) != d->round || d->round > ROUND_MAX)
		return REASON_ROUND;
	return REASON_NONE;
}

/* The keys after a record to the gateway: IV, then ctlen of ciphertext. */
static void
after_ciphertext(struct successor *s, const struct asmp_data *d,
    const uint8_t *iv, size_t ctlen)
{
	struct part	 key[] = {
		{ d->key, CBC_KEY128 }, { iv + CBC_IVLEN, ctlen }
	};
	struct part	 mac[] = {
		{ d->mac, sizeof(d->mac) }, { iv, CBC_IVLEN }
	};

	sha256_parts(s->key, key, 2);
	sha256_parts(s->mac, mac, 2);
}

/* The keys after a record to the device. */
static void
after_plaintext(struct successor *s, const struct asmp_data *d,
    uint8_t opcode, const uint8_t *plain, size_t len)
{
	uint8_t		 status = SMCP_COMPLETE;
	struct part	 key[] = {
		{ d->key, CBC_KEY128 }, { plain, len }
	};
	struct part	 mac[] = {
		{ d->mac, sizeof(d->mac) }, { &status, sizeof(status) }
	};

	if (opcode == SMCP_AGGREGATE) {
		status = plain[0];
		key[1] = (struct part){ plain + 1, len - 1 };
	}
	sha256_parts(s->key, key, 2);
	sha256_parts(s->mac, mac, 2);
}

static void
move_on(struct asmp_data *d, const struct successor *s)
{
	memcpy(d->key, s->key, sizeof(d->key));
	memcpy(d->mac, s->mac, sizeof(d->mac));
	if (d->round != 0)
		d->round += 2;
	else
		d->round = d->todevice ? 2 : 1;
}

/*
 * Fails with errno EINVAL where opcode or plaintext is none to be sent now,
 * EOVERFLOW after the last round.
 */
static int
seal(struct asmp_data *d, struct aead_pool *pool, uint8_t *frame,
    const uint8_t *plain, size_t len, uint64_t now)
{
	struct cbc_key	 key = keys(d);
	struct successor s;
	uint8_t		 opcode;

	(void)now;
	if (choose(d, &opcode) == -1 || !well_formed(opcode, plain, len)) {
		errno = EINVAL;
		return -1;
	}
	if (d->round > ROUND_MAX) {
		errno = EOVERFLOW;
		return -1;
	}
	fields_put(d, frame + ASMP_HDRLEN, opcode);
	if (cbc_seal(frame, PREFIX, &key, pool, plain, len) == -1)
		return -1;
	if (d->todevice)
		after_plaintext(&s, d, opcode, plain, len);
	else
		after_ciphertext(&s, d, frame + PREFIX, cbc_ctlen(len));
	move_on(d, &s);
	d->opcode = 0;
	explicit_bzero(&s, sizeof(s));
	return 0;
}

static enum reason
verify(const struct asmp_data *d, const uint8_t *frame, size_t len)
{
	struct cbc_key	 key = keys(d);

	return cbc_verify(frame, PREFIX, len - FIELDS, &key);
}

/* Decrypts and judges the plaintext: REASON_PADDING, REASON_READING. */
static enum reason
open_plaintext(const struct asmp_data *d, struct aead_pool *pool,
    uint8_t *frame, size_t len, uint8_t **plain, size_t *plainlen)
{
	struct cbc_key	 key = keys(d);
	enum reason	 reason;

	reason = cbc_open(frame, PREFIX, len - FIELDS, &key, pool, plain,
	    plainlen);
	if (reason == REASON_NONE &&
	    !well_formed(frame[ASMP_HDRLEN + OPCODE], *plain, *plainlen)) {
		explicit_bzero(*plain, *plainlen);
		return REASON_READING;
	}
	return reason;
}

/*
 * In this order: REASON_DIRECTION, REASON_CLIENT, REASON_OPCODE (not what is
 * due, or anything after the last), REASON_ROUND, REASON_PADDING,
 * REASON_READING (not the plaintext of its opcode).
 */
static enum reason
open_record(struct asmp_data *d, struct aead_pool *pool, uint8_t *frame,
    size_t len, uint64_t now, uint8_t **plain, size_t *plainlen)
{
	struct successor s;
	enum reason	 reason;
	uint8_t		 opcode = frame[ASMP_HDRLEN + OPCODE];

	(void)now;
	reason = fields_check(d, frame + ASMP_HDRLEN);
	if (reason != REASON_NONE)
		return reason;
	/* Now, for decryption leaves no ciphertext. */
	after_ciphertext(&s, d, frame + PREFIX, cbc_ctlen(smcp_max(len)));
	reason = open_plaintext(d, pool, frame, len, plain, plainlen);
	if (reason == REASON_NONE) {
		if (d->todevice)
			after_plaintext(&s, d, opcode, *plain, *plainlen);
		move_on(d, &s);
		d->opcode = opcode;
	}
	explicit_bzero(&s, sizeof(s));
	return reason;
}

/* The number in a client's records: its id's, from 1 to 255, or else 0. */
uint8_t
smcp_client(const char *id)
{
	const char	*errstr;
	long long	 n = strtonum(id, 1, UINT8_MAX, &errstr);

	return errstr == NULL && id[0] >= '1' && id[0] <= '9' ? n : 0;
}

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
 * What DATA carries: one table of codecs, of which the AEADs are here.  The
 * frame's header is always authenticated; the nonce is the header's.
 */

#include <errno.h>
#include <string.h>

#include "data_local.h"

#define NONCE(frame)	((frame) + ASMP_HDRLEN - 4 - AEAD_NONCELEN)

static size_t		 aead_datalen(size_t);
static size_t		 aead_datamax(size_t);
static enum reason	 aead_verify(const struct asmp_data *,
			    const uint8_t *, size_t);
static enum reason	 opened(int);
static int		 gcm_seal(struct asmp_data *, struct aead_pool *,
			    uint8_t *, const uint8_t *, size_t, uint64_t);
static enum reason	 gcm_open(struct asmp_data *, struct aead_pool *,
			    uint8_t *, size_t, uint64_t, uint8_t **,
			    size_t *);
static int		 chacha_seal(struct asmp_data *, struct aead_pool *,
			    uint8_t *, const uint8_t *, size_t, uint64_t);
static enum reason	 chacha_open(struct asmp_data *, struct aead_pool *,
			    uint8_t *, size_t, uint64_t, uint8_t **,
			    size_t *);
static int		 ratchet_seal(struct asmp_data *, struct aead_pool *,
			    uint8_t *, const uint8_t *, size_t, uint64_t);
static enum reason	 ratchet_open(struct asmp_data *, struct aead_pool *,
			    uint8_t *, size_t, uint64_t, uint8_t **,
			    size_t *);

static const struct data_codec	data_gcm = {
	aead_datalen, aead_datamax, gcm_seal, aead_verify, gcm_open
};
static const struct data_codec	data_chacha = {
	aead_datalen, aead_datamax, chacha_seal, aead_verify, chacha_open
};
static const struct data_codec	data_ratchet = {
	aead_datalen, aead_datamax, ratchet_seal, aead_verify, ratchet_open
};

static const struct data_codec *const	codecs[] = {
	[ASMP_AES_256_GCM] = &data_gcm,
	[ASMP_CHACHA20_POLY1305] = &data_chacha,
	[ASMP_RATCHET] = &data_ratchet,
	[ASMP_FERNET] = &data_fernet,
	[ASMP_SMCP] = &data_smcp,
	[ASMP_AES_CBC_HMAC] = &data_cbc
};

static size_t
aead_datalen(size_t plain)
{
	return plain + ASMP_TAGLEN;
}

static size_t
aead_datamax(size_t payload)
{
	return payload < ASMP_TAGLEN ? 0 : payload - ASMP_TAGLEN;
}

/* An AEAD's check is part of its opening. */
static enum reason
aead_verify(const struct asmp_data *d, const uint8_t *frame, size_t len)
{
	(void)d;
	(void)frame;
	(void)len;
	return REASON_NONE;
}

/* What a record that does not open has against it; none of ours is one. */
static enum reason
opened(int r)
{
	if (r == 0)
		return REASON_NONE;
	return errno == EBADMSG ? REASON_RECORD_MAC : REASON_INTERNAL;
}

static int
gcm_seal(struct asmp_data *d, struct aead_pool *pool, uint8_t *frame,
    const uint8_t *plain, size_t len, uint64_t now)
{
	struct aead	*a;

	(void)now;
	if ((a = aead_borrow(pool, &d->aead, d->key)) == NULL)
		return -1;
	return aead_seal(a, frame + ASMP_HDRLEN, NONCE(frame), plain, len,
	    frame, ASMP_HDRLEN);
}

static enum reason
gcm_open(struct asmp_data *d, struct aead_pool *pool, uint8_t *frame,
    size_t len, uint64_t now, uint8_t **plain, size_t *plainlen)
{
	struct aead	*a;

	(void)now;
	if ((a = aead_borrow(pool, &d->aead, d->key)) == NULL)
		return REASON_INTERNAL;
	*plain = frame + ASMP_HDRLEN;
	*plainlen = len - ASMP_TAGLEN;
	return opened(aead_open(a, *plain, NONCE(frame), *plain, len, frame,
	    ASMP_HDRLEN));
}

static int
chacha_seal(struct asmp_data *d, struct aead_pool *pool, uint8_t *frame,
    const uint8_t *plain, size_t len, uint64_t now)
{
	(void)now;
	return pool_seal(pool, frame + ASMP_HDRLEN, d->key, NONCE(frame),
	    plain, len, frame, ASMP_HDRLEN);
}

static enum reason
chacha_open(struct asmp_data *d, struct aead_pool *pool, uint8_t *frame,
    size_t len, uint64_t now, uint8_t **plain, size_t *plainlen)
{
	(void)now;
	*plain = frame + ASMP_HDRLEN;
	*plainlen = len - ASMP_TAGLEN;
	return opened(pool_open(pool, *plain, d->key, NONCE(frame), *plain,
	    len, frame, ASMP_HDRLEN));
}

/* One step of the chain: HMAC(key, byte) into out. */
static void
chain(uint8_t *out, const struct hmac *key, uint8_t byte)
{
	struct part	 p = { &byte, sizeof(byte) };

	hmac_with(key, out, &p, 1);
}

static int
ratchet_seal(struct asmp_data *d, struct aead_pool *pool, uint8_t *frame,
    const uint8_t *plain, size_t len, uint64_t now)
{
	struct hmac	 key;
	uint8_t		 rk[ASMP_KEYLEN];
	int		 r;

	(void)now;
	hmac_key(&key, d->key, sizeof(d->key));
	chain(rk, &key, 1);
	r = pool_seal(pool, frame + ASMP_HDRLEN, rk, NONCE(frame), plain, len,
	    frame, ASMP_HDRLEN);
	if (r == 0)
		chain(d->key, &key, 2);
	explicit_bzero(rk, sizeof(rk));
	hmac_wipe(&key);
	return r;
}

/* The chain moves on only after a record that holds. */
static enum reason
ratchet_open(struct asmp_data *d, struct aead_pool *pool, uint8_t *frame,
    size_t len, uint64_t now, uint8_t **plain, size_t *plainlen)
{
	struct hmac	 key;
	uint8_t		 rk[ASMP_KEYLEN];
	enum reason	 reason;

	(void)now;
	*plain = frame + ASMP_HDRLEN;
	*plainlen = len - ASMP_TAGLEN;
	hmac_key(&key, d->key, sizeof(d->key));
	chain(rk, &key, 1);
	reason = opened(pool_open(pool, *plain, rk, NONCE(frame), *plain, len,
	    frame, ASMP_HDRLEN));
	if (reason == REASON_NONE)
		chain(d->key, &key, 2);
	explicit_bzero(rk, sizeof(rk));
	hmac_wipe(&key);
	return reason;
}

static const struct data_codec *
codec(const struct asmp_profile *profile)
{
	return codecs[profile->record];
}

/* Whether any plaintext makes a payload of so many bytes. */
static int
fits(const struct data_codec *c, size_t payload)
{
	return c->len(c->max(payload)) == payload;
}

/* Bytes of a DATA frame's payload for plain bytes of plaintext. */
size_t
data_len(const struct asmp_profile *profile, size_t plain)
{
	return codec(profile)->len(plain);
}

/* The most plaintext that a payload of so many bytes has room for. */
size_t
data_max(const struct asmp_profile *profile, size_t payload)
{
	return codec(profile)->max(payload);
}

/*
 * Seal len bytes behind the header that stands in frame and says data_len()
 * of them; plain is not part of the frame.  now is the gateway's time in
 * seconds since 1970, as far as the sender knows it.  Returns 0, or -1 with
 * errno EMSGSIZE where the lengths do not agree: no key has changed then.
 */
int
data_seal(struct asmp_data *d, struct aead_pool *pool, uint8_t *frame,
    const uint8_t *plain, size_t len, uint64_t now)
{
	struct asmp_header	 h;

	frame_get(&h, frame);
	if (len > ASMP_PAYLOAD_MAX || h.length > ASMP_PAYLOAD_MAX ||
	    h.length != data_len(d->profile, len)) {
		errno = EMSGSIZE;
		return -1;
	}
	return codec(d->profile)->seal(d, pool, frame, plain, len, now);
}

/*
 * The first check of a whole frame: its length and the record's MAC, where
 * that is apart from decryption.  Nothing changes, so that it comes before
 * the check of the frame's number.  Returns 0, REASON_LENGTH or
 * REASON_RECORD_MAC.
 */
enum reason
data_verify(const struct asmp_data *d, const uint8_t *frame)
{
	const struct data_codec	*c = codec(d->profile);
	struct asmp_header	 h;

	frame_get(&h, frame);
	if (!fits(c, h.length))
		return REASON_LENGTH;
	return c->verify(d, frame, h.length);
}

/*
 * Open a frame that has passed data_verify(), where it lies: *plain points
 * into it.  Keys and rounds move on only if it opens.  Returns 0 or a
 * reason, REASON_INTERNAL where libcrypto failed and nothing is known of the
 * frame; the payload is then of no use.
 */
enum reason
data_open(struct asmp_data *d, struct aead_pool *pool, uint8_t *frame,
    uint64_t now, uint8_t **plain, size_t *len)
{
	const struct data_codec	*c = codec(d->profile);
	struct asmp_header	 h;

	frame_get(&h, frame);
	if (!fits(c, h.length))
		return REASON_LENGTH;
	return c->open(d, pool, frame, h.length, now, plain, len);
}

/*
 * Wipe what changes from epoch to epoch and give a lent context back;
 * profile, direction and client stay.
 */
void
data_wipe(struct asmp_data *d)
{
	aead_return(&d->aead);
	explicit_bzero(d->key, sizeof(d->key));
	explicit_bzero(d->mac, sizeof(d->mac));
	d->round = 0;
	d->opcode = 0;
}

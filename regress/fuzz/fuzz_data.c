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
 * What DATA carries, in every profile: a sender and a receiver with the same
 * keys, and a sequence of steps.  What opens is what was sealed, and after it
 * both sides have the same keys; what was changed on its way is refused and
 * changes nothing.  Where the record's MAC is apart from its encryption, the
 * last step makes it good, so that what is behind it sees any bytes.
 *
 * Input: profile, direction, client; then steps, each a byte and its own.
 */

#include <openssl/evp.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "data_local.h"
#include "fuzz.h"

#define PLAINMAX	1024		/* bytes of a plaintext */
#define STEPS		32		/* of one input */
#define CHANGES		4		/* in one frame, at most */
#define NOW		1700000000ULL	/* s since 1970 */
#define FERNET_PREFIX	9		/* version, time */
#define SMCP_FIELDS	7		/* opcode, client, round, direction */

enum {
	STEP_GENUINE,
	STEP_CHANGED,
	STEP_RAW,
	STEP_AGAIN,
	STEP_MACED,
	NSTEPS
};

struct frame {
	uint8_t		*p;
	size_t		 len;
};

/* Sender, receiver, and the last frame that was sealed and opened. */
struct world {
	struct asmp_data	 tx;
	struct asmp_data	 rx;
	struct aead_pool	*pool;
	struct frame		 last;
	uint64_t		 seq;
};

static int
same_state(const struct asmp_data *a, const struct asmp_data *b)
{
	return a->round == b->round && a->client == b->client &&
	    memcmp(a->key, b->key, sizeof(a->key)) == 0 &&
	    memcmp(a->mac, b->mac, sizeof(a->mac)) == 0;
}

static void
side_init(struct asmp_data *d, const struct asmp_profile *p, int todevice,
    uint8_t client)
{
	memset(d, 0, sizeof(*d));
	d->profile = p;
	d->todevice = todevice;
	d->client = client;
	memset(d->key, 0x4b, sizeof(d->key));
	memset(d->mac, 0x4d, sizeof(d->mac));
}

/* A frame with its header, and room for so many bytes of payload. */
static struct frame
frame_new(struct world *w, size_t payload)
{
	struct asmp_header	 h = {
		.version = ASMP_VERSION, .type = ASMP_DATA,
		.stream = ASMP_STREAM_TELEMETRY, .epoch = 1, .seq = w->seq
	};
	struct frame		 f;

	f.len = ASMP_HDRLEN + payload;
	f.p = fuzz_alloc(f.len);
	h.length = (uint32_t)payload;
	frame_put(f.p, &h);
	return f;
}

static struct frame
frame_copy(const struct frame *f)
{
	struct frame	 copy = { fuzz_alloc(f->len), f->len };

	memcpy(copy.p, f->p, f->len);
	return copy;
}

/* As a receiver does it; a frame that is refused changes nothing. */
static enum reason
receive(struct world *w, struct frame *f, uint8_t **plain, size_t *len)
{
	struct asmp_data	 before = w->rx;
	enum reason		 reason;

	reason = data_verify(&w->rx, f->p);
	MUST(same_state(&before, &w->rx) && before.opcode == w->rx.opcode);
	if (reason == REASON_NONE)
		reason = data_open(&w->rx, w->pool, f->p, NOW, plain, len);
	MUST(reason != REASON_INTERNAL);
	if (reason != REASON_NONE) {
		MUST(same_state(&before, &w->rx));
		MUST(before.opcode == w->rx.opcode);
		return reason;
	}
	MUST(*plain >= f->p && *plain + *len <= f->p + f->len);
	MUST(data_len(w->rx.profile, *len) == f->len - ASMP_HDRLEN);
	return REASON_NONE;
}

/* In smcp the plaintext is as its opcode wants it, mostly. */
static uint8_t *
plaintext(struct world *w, struct input *in, size_t *len)
{
	static const size_t	 due[2][2] = {
		{ 5, SMCP_VALUELEN }, { SMCP_CHALLENGELEN, SMCP_AGGREGATELEN }
	};
	uint8_t			*p;

	*len = in_u16(in) % (PLAINMAX + 1);
	if (w->tx.profile->record == ASMP_SMCP && w->tx.opcode != 0)
		*len = 0;
	else if (w->tx.profile->record == ASMP_SMCP)
		*len = due[w->tx.todevice][w->tx.round != 0];
	p = fuzz_alloc(*len);
	in_fill(in, p, *len);
	if (w->tx.profile->record != ASMP_SMCP || *len == 0)
		return p;
	if (!w->tx.todevice && w->tx.round == 0)
		memcpy(p, "HELLO", 5);
	else if (w->tx.todevice && w->tx.round != 0)
		p[0] %= SMCP_OVERFLOW + 1;
	return p;
}

/* The next frame of the sender; p NULL if it could not be sealed. */
static struct frame
genuine(struct world *w, struct input *in, uint8_t **plain, size_t *len)
{
	struct frame	 f;
	uint8_t		 choice = in_u8(in);

	w->tx.opcode = 0;
	if (w->tx.profile->record == ASMP_SMCP && choice > 250)
		w->tx.opcode = choice % 2 ? SMCP_DESYNC : SMCP_TERMINATE;
	*plain = plaintext(w, in, len);
	f = frame_new(w, data_len(w->tx.profile, *len));
	MUST(data_max(w->tx.profile, f.len - ASMP_HDRLEN) >= *len);
	MUST(data_seal(&w->tx, w->pool, f.p, *plain, *len, NOW) == 0);
	w->seq++;
	return f;
}

/* After KEY_DESYNC or TERMINATE nothing opens any more. */
static int
is_over(const struct asmp_data *d)
{
	return d->profile->record == ASMP_SMCP &&
	    (d->opcode == SMCP_DESYNC || d->opcode == SMCP_TERMINATE);
}

static void
open_genuine(struct world *w, struct frame *f, const uint8_t *plain,
    size_t len)
{
	struct frame	 copy = frame_copy(f);
	int		 over = is_over(&w->rx);
	enum reason	 reason;
	uint8_t		*got;
	size_t		 n;

	reason = receive(w, &copy, &got, &n);
	MUST(over ? reason != REASON_NONE : reason == REASON_NONE);
	if (reason == REASON_NONE) {
		MUST(n == len && memcmp(got, plain, n) == 0);
		MUST(same_state(&w->tx, &w->rx));
	}
	free(copy.p);
	free(w->last.p);
	w->last = *f;
}

static void
step_genuine(struct world *w, struct input *in)
{
	struct frame	 f;
	uint8_t		*plain;
	size_t		 len;

	f = genuine(w, in, &plain, &len);
	open_genuine(w, &f, plain, len);
	free(plain);
}

/* Other bytes, or another length, as whoever is between may have it. */
static void
change(struct frame *f, struct input *in)
{
	size_t	 at, payload = f->len - ASMP_HDRLEN;
	int	 i, n = in_u8(in) % CHANGES;

	if (in_u8(in) % 4 == 0) {
		payload = in_u16(in) % (payload + 1);
		f->p = realloc(f->p, ASMP_HDRLEN + payload);
		f->len = ASMP_HDRLEN + payload;
	}
	for (i = 0; i <= n; i++) {
		at = in_u16(in) % f->len;
		f->p[at] ^= in_u8(in);
	}
	/* The length has been believed when a frame is there. */
	put_u32(f->p + 20, (uint32_t)payload);
}

static void
step_changed(struct world *w, struct input *in)
{
	struct frame	 f, bad;
	uint8_t		*got, *plain;
	size_t		 len, n;

	f = genuine(w, in, &plain, &len);
	bad = frame_copy(&f);
	change(&bad, in);
	if (bad.len != f.len || memcmp(bad.p, f.p, f.len) != 0)
		MUST(receive(w, &bad, &got, &n) != REASON_NONE);
	free(bad.p);
	open_genuine(w, &f, plain, len);
	free(plain);
}

/* Nobody with the keys has made it. */
static void
step_raw(struct world *w, struct input *in)
{
	struct frame	 f;
	uint8_t		*plain;
	size_t		 len;

	f = frame_new(w, in_u16(in) % (PLAINMAX + 1));
	in_fill(in, f.p + ASMP_HDRLEN, f.len - ASMP_HDRLEN);
	MUST(receive(w, &f, &plain, &len) != REASON_NONE);
	free(f.p);
}

/* Where keys move on the same frame never opens twice. */
static void
step_again(struct world *w)
{
	struct asmp_data	 before = w->rx;
	struct frame		 f;
	enum reason		 reason;
	uint8_t			*plain;
	size_t			 len;

	if (w->last.p == NULL)
		return;
	f = frame_copy(&w->last);
	reason = receive(w, &f, &plain, &len);
	if (before.profile->record == ASMP_RATCHET ||
	    before.profile->record == ASMP_SMCP)
		MUST(reason != REASON_NONE);
	else
		MUST(reason == REASON_NONE && same_state(&before, &w->rx));
	free(f.p);
}

/* Encrypts n whole blocks behind the IV at iv, with whatever padding. */
static void
encrypt(uint8_t *iv, size_t n, const uint8_t *key, size_t keylen)
{
	EVP_CIPHER_CTX	*ctx = EVP_CIPHER_CTX_new();
	uint8_t		*ct = iv + CBC_IVLEN;
	int		 len;

	MUST(EVP_EncryptInit_ex(ctx, keylen == CBC_KEY128 ?
	    EVP_aes_128_cbc() : EVP_aes_256_cbc(), NULL, key, iv) == 1);
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	MUST(EVP_EncryptUpdate(ctx, ct, &len, ct, (int)(n * CBC_BLOCK)) == 1);
	EVP_CIPHER_CTX_free(ctx);
}

/* The definition of RFC 5652: whether the last block is padded. */
static int
is_padded(const uint8_t *plain, size_t len)
{
	uint8_t	 pad = plain[len - 1];
	size_t	 i;

	for (i = 0; i < pad && i < CBC_BLOCK; i++)
		if (plain[len - 1 - i] != pad)
			return 0;
	return pad >= 1 && pad <= CBC_BLOCK;
}

static void
mac_put(struct frame *f, size_t from, const uint8_t *key, size_t keylen)
{
	size_t		 n = f->len - from - ASMP_HASHLEN;
	struct part	 p = { f->p + from, n };

	hmac_parts(f->p + from + n, key, keylen, &p, 1);
}

/* Blocks of the input's behind prefix bytes, encrypted; whether padded. */
static int
blocks_put(uint8_t *p, struct input *in, size_t n, const uint8_t *key,
    size_t keylen)
{
	int	 padded;

	in_fill(in, p + CBC_IVLEN, n * CBC_BLOCK);
	/* Mostly it is good padding that leads further. */
	if (in_u8(in) % 4 != 0)
		p[CBC_IVLEN + n * CBC_BLOCK - 1] = 1;
	padded = is_padded(p + CBC_IVLEN, n * CBC_BLOCK);
	in_fill(in, p, CBC_IVLEN);
	encrypt(p, n, key, keylen);
	return padded;
}

static void
maced_cbc(struct world *w, struct input *in, size_t n)
{
	struct frame	 f;
	enum reason	 reason;
	uint8_t		*plain;
	size_t		 len;
	int		 padded;

	f = frame_new(w, CBC_IVLEN + n * CBC_BLOCK + ASMP_HASHLEN);
	padded = blocks_put(f.p + ASMP_HDRLEN, in, n, w->rx.key, CBC_KEY256);
	mac_put(&f, 0, w->rx.mac, sizeof(w->rx.mac));
	reason = receive(w, &f, &plain, &len);
	MUST(reason == (padded ? REASON_NONE : REASON_PADDING));
	free(f.p);
}

static void
smcp_fields(struct world *w, struct input *in, uint8_t *p)
{
	uint8_t	 wrong = in_u8(in);

	p[0] = in_u8(in) % 7 * 10;
	p[1] = w->rx.client;
	put_u32(p + 2, w->rx.round);
	p[6] = w->rx.todevice ? 2 : 1;
	if (wrong % 8 == 0)
		in_fill(in, p, SMCP_FIELDS);
}

/* What opens has moved both keys on: the sender's follow. */
static void
maced_smcp(struct world *w, struct input *in, size_t n)
{
	struct frame	 f;
	enum reason	 reason;
	uint8_t		*plain, *p;
	size_t		 len;
	int		 padded;

	f = frame_new(w, SMCP_FIELDS + CBC_IVLEN + n * CBC_BLOCK +
	    ASMP_HASHLEN);
	p = f.p + ASMP_HDRLEN;
	smcp_fields(w, in, p);
	padded = blocks_put(p + SMCP_FIELDS, in, n, w->rx.key, CBC_KEY128);
	mac_put(&f, 0, w->rx.mac, sizeof(w->rx.mac));
	reason = receive(w, &f, &plain, &len);
	MUST(reason != REASON_RECORD_MAC && reason != REASON_LENGTH);
	MUST(reason != REASON_PADDING || !padded);
	if (reason == REASON_NONE)
		memcpy(&w->tx, &w->rx, sizeof(w->tx));
	free(f.p);
}

static void
user_token(struct world *w, struct frame *f)
{
	struct part	 p[] = {
		{ f->p, ASMP_HDRLEN },
		{ f->p + ASMP_HDRLEN + ASMP_HASHLEN,
		    f->len - ASMP_HDRLEN - ASMP_HASHLEN }
	};

	hmac_parts(f->p + ASMP_HDRLEN, w->rx.mac, sizeof(w->rx.mac), p, 2);
}

/* A token with its version, a time about now, and its own HMAC. */
static void
token_make(struct world *w, struct input *in, struct frame *token, size_t n)
{
	uint8_t	*p = token->p;

	p[0] = in_u8(in) % 8 == 0 ? in_u8(in) : 0x80;
	put_u64(p + 1, in_u8(in) % 8 == 0 ? in_u64(in) :
	    NOW - 64 + in_u8(in) % 128);
	(void)blocks_put(p + FERNET_PREFIX, in, n, w->rx.key + CBC_KEY128,
	    CBC_KEY128);
	mac_put(token, 0, w->rx.key, CBC_KEY128);
}

/* As it should be but for what is in it, or any text at all. */
static void
maced_fernet(struct world *w, struct input *in, size_t n)
{
	struct frame	 f, token;
	uint8_t		*plain, *text;
	size_t		 len;

	token.len = FERNET_PREFIX + CBC_IVLEN + n * CBC_BLOCK + ASMP_HASHLEN;
	f = frame_new(w, ASMP_HASHLEN + b64url_len(token.len));
	text = f.p + ASMP_HDRLEN + ASMP_HASHLEN;
	if (in_u8(in) % 2 == 0)
		in_fill(in, text, b64url_len(token.len));
	else {
		token.p = fuzz_alloc(token.len);
		token_make(w, in, &token, n);
		b64url_encode((char *)text, token.p, token.len);
		free(token.p);
	}
	if (in_u8(in) % 4 == 0)
		text[in_u16(in) % b64url_len(token.len)] = in_u8(in);
	user_token(w, &f);
	(void)receive(w, &f, &plain, &len);
	free(f.p);
}

static void
step_maced(struct world *w, struct input *in)
{
	size_t	 n = 1 + in_u8(in) % 4;

	switch (w->rx.profile->record) {
	case ASMP_FERNET:
		maced_fernet(w, in, n);
		break;
	case ASMP_SMCP:
		maced_smcp(w, in, n);
		break;
	case ASMP_AES_CBC_HMAC:
		maced_cbc(w, in, n);
		break;
	default:
		step_genuine(w, in);
		break;
	}
}

static void
step(struct world *w, struct input *in)
{
	switch (in_u8(in) % NSTEPS) {
	case STEP_GENUINE:
		step_genuine(w, in);
		break;
	case STEP_CHANGED:
		step_changed(w, in);
		break;
	case STEP_RAW:
		step_raw(w, in);
		break;
	case STEP_AGAIN:
		step_again(w);
		break;
	case STEP_MACED:
		step_maced(w, in);
		break;
	}
}

int
fuzz_data(const uint8_t *data, size_t size)
{
	struct input			 in = { data, size };
	const struct asmp_profile	*p;
	struct world			 w;
	uint8_t				 todevice, client;
	int				 i;

	memset(&w, 0, sizeof(w));
	p = profile_byid(1 + in_u8(&in) % 6);
	todevice = in_u8(&in) % 2;
	client = in_u8(&in);
	side_init(&w.tx, p, todevice, client);
	side_init(&w.rx, p, todevice, client);
	MUST((w.pool = aead_pool_new(2)) != NULL);
	for (i = 0; i < STEPS && in.left > 0; i++)
		step(&w, &in);
	free(w.last.p);
	data_wipe(&w.tx);
	data_wipe(&w.rx);
	aead_pool_free(w.pool);
	return 0;
}

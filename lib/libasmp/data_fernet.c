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
 * Profile slmp: a user token, which is an HMAC-SHA256 over header and Fernet
 * token, and the Fernet token, base64url text that any library of that kind
 * makes and opens with the 32 bytes of the key: version 0x80, time u64, IV,
 * AES-128-CBC ciphertext, HMAC-SHA256 (github.com/fernet/spec).  The first
 * half of the key is for the HMAC, the second for the cipher.
 */

#include <string.h>

#include "compat.h"
#include "data_local.h"

#define USERLEN		ASMP_HASHLEN
#define VERSION		0x80
#define PREFIX		(1 + 8)		/* version, time */
#define TEXT(frame)	((frame) + ASMP_HDRLEN + USERLEN)

static size_t		 fernet_len(size_t);
static size_t		 fernet_max(size_t);
static struct cbc_key	 keys(const struct asmp_data *);
static void		 user_token(uint8_t *, const struct asmp_data *,
			    const uint8_t *, size_t);
static int		 seal(struct asmp_data *, struct aead_pool *,
			    uint8_t *, const uint8_t *, size_t, uint64_t);
static enum reason	 verify(const struct asmp_data *, const uint8_t *,
			    size_t);
static enum reason	 check(const uint8_t *, size_t,
			    const struct cbc_key *, uint64_t);
static enum reason	 open_record(struct asmp_data *, struct aead_pool *,
			    uint8_t *, size_t, uint64_t, uint8_t **,
			    size_t *);

const struct data_codec	data_fernet = {
	fernet_len, fernet_max, seal, verify, open_record
};

static size_t
fernet_len(size_t plain)
{
	return USERLEN + b64url_len(PREFIX + cbc_len(plain));
}

static size_t
fernet_max(size_t payload)
{
	size_t	 token;

	if (payload < USERLEN)
		return 0;
	token = (payload - USERLEN) / 4 * 3;
	return token < PREFIX ? 0 : cbc_max(token - PREFIX);
}

static struct cbc_key
keys(const struct asmp_data *d)
{
	struct cbc_key	 key = {
		d->key + CBC_KEY128, CBC_KEY128, d->key, CBC_KEY128
	};

	return key;
}

/* For a frame whose payload, of len bytes, ends in its Fernet token. */
static void
user_token(uint8_t *out, const struct asmp_data *d, const uint8_t *frame,
    size_t len)
{
	struct part	 p[] = {
		{ frame, ASMP_HDRLEN }, { TEXT(frame), len - USERLEN }
	};

	hmac_parts(out, d->mac, sizeof(d->mac), p, 2);
}

/* The token is made at the end of its text's room, then becomes the text. */
static int
seal(struct asmp_data *d, struct aead_pool *pool, uint8_t *frame,
    const uint8_t *plain, size_t len, uint64_t now)
{
	struct cbc_key	 key = keys(d);
	size_t		 payload = fernet_len(len);
	size_t		 n = PREFIX + cbc_len(len);
	uint8_t		*token = frame + ASMP_HDRLEN + payload - n;

	token[0] = VERSION;
	put_u64(token + 1, now);
	if (cbc_seal(token, PREFIX, &key, pool, plain, len) == -1)
		return -1;
	b64url_encode((char *)TEXT(frame), token, n);
	user_token(frame + ASMP_HDRLEN, d, frame, payload);
	return 0;
}

static enum reason
verify(const struct asmp_data *d, const uint8_t *frame, size_t len)
{
	uint8_t	 want[USERLEN];
	int	 r;

	user_token(want, d, frame, len);
	r = timingsafe_bcmp(want, frame + ASMP_HDRLEN, sizeof(want));
	explicit_bzero(want, sizeof(want));
	return r == 0 ? REASON_NONE : REASON_RECORD_MAC;
}

/*
 * All that is asked of a token of n bytes before it is decrypted.  They may
 * be one or two more than a token of that length of text has.
 */
static enum reason
check(const uint8_t *token, size_t n, const struct cbc_key *key,
    uint64_t now)
{
	uint64_t	 made;

	if (cbc_len(cbc_max(n - PREFIX)) != n - PREFIX)
		return REASON_LENGTH;
	if (token[0] != VERSION || cbc_verify(token, PREFIX, n - PREFIX,
	    key) != REASON_NONE)
		return REASON_RECORD_MAC;
	made = get_u64(token + 1);
	if ((made > now ? made - now : now - made) > DATA_STALE)
		return REASON_STALE;
	return REASON_NONE;
}

/*
 * REASON_RECORD_MAC stands for what no Fernet library would take either: text
 * that is not the one base64url of some bytes, another version, a bad HMAC.
 * REASON_LENGTH: bytes of no whole block.  Then REASON_STALE, REASON_PADDING.
 */
static enum reason
open_record(struct asmp_data *d, struct aead_pool *pool, uint8_t *frame,
    size_t len, uint64_t now, uint8_t **plain, size_t *plainlen)
{
	struct cbc_key	 key = keys(d);
	enum reason	 reason;
	uint8_t		*token = TEXT(frame);
	size_t		 n;

	if (b64url_decode(token, len - USERLEN, &n, (char *)token,
	    len - USERLEN) == -1)
		return REASON_RECORD_MAC;
	if ((reason = check(token, n, &key, now)) != REASON_NONE)
		return reason;
	return cbc_open(token, PREFIX, n - PREFIX, &key, pool, plain,
	    plainlen);
}

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
 * Profile iomt: IV, AES-256-CBC ciphertext, HMAC-SHA256 under a key of its
 * own over header, IV and ciphertext.  The counter is the header's sequence.
 */

#include "data_local.h"

static struct cbc_key	 keys(const struct asmp_data *);
static int		 seal(struct asmp_data *, struct aead_pool *,
			    uint8_t *, const uint8_t *, size_t, uint64_t);
static enum reason	 verify(const struct asmp_data *, const uint8_t *,
			    size_t);
static enum reason	 open_record(struct asmp_data *, struct aead_pool *,
			    uint8_t *, size_t, uint64_t, uint8_t **,
			    size_t *);

const struct data_codec	data_cbc = {
	cbc_len, cbc_max, seal, verify, open_record
};

static struct cbc_key
keys(const struct asmp_data *d)
{
	struct cbc_key	 key = {
		d->key, CBC_KEY256, d->mac, sizeof(d->mac)
	};

	return key;
}

static int
seal(struct asmp_data *d, struct aead_pool *pool, uint8_t *frame,
    const uint8_t *plain, size_t len, uint64_t now)
{
	struct cbc_key	 key = keys(d);

	(void)now;
	return cbc_seal(frame, ASMP_HDRLEN, &key, pool, plain, len);
}

static enum reason
verify(const struct asmp_data *d, const uint8_t *frame, size_t len)
{
	struct cbc_key	 key = keys(d);

	return cbc_verify(frame, ASMP_HDRLEN, len, &key);
}

static enum reason
open_record(struct asmp_data *d, struct aead_pool *pool, uint8_t *frame,
    size_t len, uint64_t now, uint8_t **plain, size_t *plainlen)
{
	struct cbc_key	 key = keys(d);

	(void)now;
	return cbc_open(frame, ASMP_HDRLEN, len, &key, pool, plain, plainlen);
}

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


/* What data.c's codecs share: one file for each kind of record. */

#ifndef DATA_LOCAL_H
#define DATA_LOCAL_H

#include "asmp_proto.h"

#define CBC_BLOCK	16
#define CBC_IVLEN	16
#define CBC_KEY128	16
#define CBC_KEY256	32

/* Keys of AES-CBC and HMAC-SHA256, which stay the owner's. */
struct cbc_key {
	const uint8_t	*enc;
	size_t		 enclen;	/* CBC_KEY128 or CBC_KEY256 */
	const uint8_t	*mac;
	size_t		 maclen;
};

/* cbc.c */
size_t		 cbc_ctlen(size_t);
size_t		 cbc_len(size_t);
size_t		 cbc_max(size_t);
int		 cbc_seal(uint8_t *, size_t, const struct cbc_key *,
		    struct aead_pool *, const uint8_t *, size_t);
enum reason	 cbc_verify(const uint8_t *, size_t, size_t,
		    const struct cbc_key *);
enum reason	 cbc_open(uint8_t *, size_t, size_t, const struct cbc_key *,
		    struct aead_pool *, uint8_t **, size_t *);

/* pkcs7.c */
void		 pkcs7_pad(uint8_t *, size_t);
int		 pkcs7_unpad(const uint8_t *, size_t, size_t *);

/*
 * One kind of record.  len: bytes of payload for so many of plaintext; max:
 * the most plaintext in so many of payload, 0 where none fits.  The others
 * are data_seal(), data_verify() and data_open() of one kind, called only
 * with lengths of payload that len gives.
 */
struct data_codec {
	size_t		 (*len)(size_t);
	size_t		 (*max)(size_t);
	int		 (*seal)(struct asmp_data *, struct aead_pool *,
			    uint8_t *, const uint8_t *, size_t, uint64_t);
	enum reason	 (*verify)(const struct asmp_data *, const uint8_t *,
			    size_t);
	enum reason	 (*open)(struct asmp_data *, struct aead_pool *,
			    uint8_t *, size_t, uint64_t, uint8_t **,
			    size_t *);
};

extern const struct data_codec	data_fernet;	/* data_fernet.c */
extern const struct data_codec	data_smcp;	/* data_smcp.c */
extern const struct data_codec	data_cbc;	/* data_cbc.c */

#endif /* DATA_LOCAL_H */

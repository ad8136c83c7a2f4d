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
 * What may stand in a device's row of the registry: its key, the one before
 * it for as long as that is accepted, and the parent's MAC over all of it.
 */

#include <sys/types.h>

#include <string.h>

#include "asmpd.h"

/* Whether these are the lengths of a pre-shared key's hash and of the key. */
static int
psk_valid(uint8_t alg, size_t len, size_t sealedlen)
{
	return alg == 0 && len == ASMP_HASHLEN &&
	    sealedlen > AEAD_NONCELEN + ASMP_TAGLEN &&
	    sealedlen <= AEAD_NONCELEN + PSK_LONG + ASMP_TAGLEN;
}

/* Whether the old key in a row, of these lengths, goes with its kind. */
static int
old_valid(const struct ipc_row *row)
{
	if (row->oldkeylen == 0)
		return row->oldalg == 0 && row->oldsealedlen == 0 &&
		    row->rotated == 0 && row->until == 0 && row->used == 0 &&
		    row->oldused == 0;
	if (row->kind == ASMP_KIND_SIGNATURE)
		return row->oldkeylen == ident_publen(row->oldalg) &&
		    row->oldsealedlen == 0;
	return row->kind == ASMP_KIND_PSK &&
	    psk_valid(row->oldalg, row->oldkeylen, row->oldsealedlen);
}

static int
key_valid(const struct ipc_row *row)
{
	switch (row->kind) {
	case ASMP_KIND_SIGNATURE:
		return row->keylen != 0 && (row->sealedlen == 0 ||
		    row->sealedlen == SEALED_MAX) &&
		    row->keylen == ident_publen(row->alg);
	case ASMP_KIND_PSK:
		return psk_valid(row->alg, row->keylen, row->sealedlen);
	case ASMP_KIND_TOKEN:
		return row->alg == 0 && row->keylen == 0 &&
		    row->sealedlen == 0;
	case ASMP_KIND_KEM:
		return row->alg == 0 && row->keylen == MLKEM768_EKLEN &&
		    row->sealedlen == 0;
	default:
		return 0;
	}
}

/* Whether the lengths in a row go with its kind, those of its old key too. */
int
row_valid(const struct ipc_row *row)
{
	return key_valid(row) && old_valid(row);
}

/*
 * Whether the MAC of a row is the parent's, and over all there is in it: that
 * of a version 0 leaves out what such rows never had.
 */
int
row_genuine(const struct ipc_row *row)
{
	uint8_t	 mac[ASMP_HASHLEN];

	keyring_row_mac(row, mac);
	return timingsafe_bcmp(mac, row->mac, sizeof(mac)) == 0 &&
	    (row->version != 0 || (row->expires == 0 && row->told == 0 &&
	    row->oldkeylen == 0 && old_valid(row)));
}

/* The old key goes, and is wiped. */
void
row_forget(struct ipc_row *row)
{
	explicit_bzero(row->key + row->keylen,
	    (size_t)row->oldkeylen + row->oldsealedlen);
	row->oldkeylen = row->oldsealedlen = row->oldalg = 0;
	row->rotated = row->until = row->used = row->oldused = 0;
}

/*
 * The key of a row becomes its old one, from now on; lastused is when it was
 * used last, or 0.  Both in ms since 1970.
 */
void
row_age(struct ipc_row *row, uint64_t now, uint64_t lastused)
{
	uint8_t	 old[ASMP_PUBMAX + SEALED_MAX];

	memcpy(old, row->key, row->keylen);
	row->oldsealedlen = 0;
	if (row->kind == ASMP_KIND_PSK) {
		memcpy(old + row->keylen, row->sealed, row->sealedlen);
		row->oldsealedlen = row->sealedlen;
	}
	row->oldkeylen = row->keylen;
	row->oldalg = row->alg;
	memcpy(row->key + row->keylen, old,
	    (size_t)row->oldkeylen + row->oldsealedlen);
	row->rotated = now;
	row->used = 0;
	row->oldused = lastused;
	explicit_bzero(old, sizeof(old));
}

/*
 * A row has the key that is in another, and what is sealed with it; its old
 * one, if there is one, stays.
 */
void
row_setkey(struct ipc_row *row, const struct ipc_row *key)
{
	uint8_t	 old[ASMP_PUBMAX + SEALED_MAX];
	size_t	 oldlen = (size_t)row->oldkeylen + row->oldsealedlen;

	memcpy(old, row->key + row->keylen, oldlen);
	row->alg = key->alg;
	row->keylen = key->keylen;
	row->sealedlen = key->sealedlen;
	memcpy(row->key, key->key, key->keylen);
	memcpy(row->key + row->keylen, old, oldlen);
	memcpy(row->sealed, key->sealed, sizeof(row->sealed));
	explicit_bzero(old, sizeof(old));
}

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
 * A device as the parent has it in memory: made of a row of the registry and
 * written as one, its keys, and whether it may come in.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"

static uint32_t	 serials;	/* of keys that were replaced */

/* The device's key and what is sealed, one behind the other. */
static const uint8_t *
cred(const struct device *d)
{
	return d->life != NULL && d->life->cred != NULL ? d->life->cred :
	    d->data + d->idlen + 1;
}

/* The key of a device, as two are compared; its bytes are the device's. */
struct device_key
device_key(const struct device *d)
{
	return (struct device_key){ cred(d), d->keylen, d->kind, d->alg };
}

/* The key before it, of no length if there is none. */
struct device_key
device_oldkey(const struct device *d)
{
	const struct life	*l = d->life;

	if (l == NULL || l->old == NULL)
		return (struct device_key){ NULL, 0, d->kind, 0 };
	return (struct device_key){ l->old, l->oldkeylen, d->kind, l->oldalg };
}

/* Whether these are one key; a token's device has none. */
int
device_key_same(const struct device_key *a, const struct device_key *b)
{
	return a->len == b->len && a->len != 0 && a->kind == b->kind &&
	    a->alg == b->alg && memcmp(a->data, b->data, a->len) == 0;
}

/* The device's key as the registry has it, d->keylen bytes. */
const uint8_t *
device_keybytes(const struct device *d)
{
	return cred(d);
}

/* The device's id, NUL terminated. */
const char *
device_id(const struct device *d)
{
	return (const char *)d->data;
}

/* The public key of a device of kind signature, as identities want it. */
void
device_pub(const struct device *d, struct ident_pub *pub)
{
	memset(pub, 0, sizeof(*pub));
	pub->alg = d->alg;
	memcpy(pub->key, cred(d), ident_publen(d->alg));
}

/*
 * Which key a device has, for what is said of it, into DEVICE_KEYMAX bytes;
 * returns them.  Empty for one whose key does not sign.
 */
const char *
device_keyname(const struct device *d, char *out)
{
	struct ident_pub	 pub;
	char			 fp[IDENT_FPMAX];

	out[0] = '\0';
	if (d->kind == ASMP_KIND_SIGNATURE) {
		device_pub(d, &pub);
		ident_fingerprint(&pub, fp, sizeof(fp));
		snprintf(out, DEVICE_KEYMAX, ", fingerprint %s", fp);
	}
	return out;
}

/*
 * The pre-shared key of a device of kind psk, at most PSK_LONG bytes, which
 * the caller wipes; their number in *len.  Returns 0 or -1.
 */
int
device_psk(const struct device *d, uint8_t *out, size_t *len)
{
	if (d->sealedlen > AEAD_NONCELEN + PSK_LONG + ASMP_TAGLEN)
		return -1;
	return keyring_open(ASMP_KIND_PSK, device_id(d), cred(d) + d->keylen,
	    d->sealedlen, out, len);
}

/* Its old key, while there is one that is accepted. */
static const struct life *
old_life(const struct device *d)
{
	const struct life	*l = d->life;

	return l != NULL && l->old != NULL && now_ms() < l->until ? l : NULL;
}

/*
 * The public key that the device had before, as long as it is accepted.
 * Returns 0, or -1 if there is none.
 */
int
device_oldpub(const struct device *d, struct ident_pub *pub)
{
	const struct life	*l = old_life(d);

	if (l == NULL)
		return -1;
	memset(pub, 0, sizeof(*pub));
	pub->alg = l->oldalg;
	memcpy(pub->key, l->old, ident_publen(l->oldalg));
	return 0;
}

/* The same for a pre-shared key; see device_psk(). */
int
device_oldpsk(const struct device *d, uint8_t *out, size_t *len)
{
	const struct life	*l = old_life(d);

	if (l == NULL || l->oldsealedlen > AEAD_NONCELEN + PSK_LONG +
	    ASMP_TAGLEN)
		return -1;
	return keyring_open(ASMP_KIND_PSK, device_id(d), l->old +
	    l->oldkeylen, l->oldsealedlen, out, len);
}

/* Why the device may not come in, whatever it proves, or 0. */
uint8_t
device_refused(const struct device *d)
{
	switch (d->state) {
	case CTL_DEVICE_ACTIVE:
		if (d->barred)
			return REASON_DISABLED_DEVICE;
		return d->life != NULL && d->life->expires != 0 &&
		    d->life->expires <= now_ms() ? REASON_EXPIRED : 0;
	case CTL_DEVICE_DISABLED:
		return REASON_DISABLED_DEVICE;
	default:
		return REASON_REVOKED_DEVICE;
	}
}

/*
 * In which order two devices' keys stand; 0: they are the same key.  A key
 * that is none is the same as no other.
 */
int
device_cmpkey(const struct device *a, const struct device *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->alg != b->alg)
		return a->alg < b->alg ? -1 : 1;
	if (a->keylen == 0)
		return strcmp(device_id(a), device_id(b));
	return memcmp(cred(a), cred(b), a->keylen);
}

static uint8_t *
dup_bytes(const uint8_t *data, size_t len)
{
	uint8_t	*p;

	if (len == 0)
		return NULL;
	if ((p = malloc(len)) == NULL)
		fatal("malloc");
	return memcpy(p, data, len);
}

/* What a row says of a device's end and of its old key. */
static void
life_take(struct device *d, const struct ipc_row *row)
{
	struct life	*l = d->life;

	if (l == NULL && row->expires == 0 && row->oldkeylen == 0)
		return;
	if (l == NULL) {
		if ((l = d->life = calloc(1, sizeof(*l))) == NULL)
			fatal("calloc");
		l->dev = d;
	}
	freezero(l->old, (size_t)l->oldkeylen + l->oldsealedlen);
	l->old = dup_bytes(row->key + row->keylen,
	    (size_t)row->oldkeylen + row->oldsealedlen);
	l->oldkeylen = row->oldkeylen;
	l->oldsealedlen = row->oldsealedlen;
	l->oldalg = row->oldalg;
	l->expires = row->expires;
	l->told = row->told;
	l->rotated = row->rotated;
	l->until = row->until;
	l->used = row->used;
	l->oldused = row->oldused;
}

/* A row's ticket, which only a signature may have beside its key. */
static int
is_ticketed(const struct ipc_row *row)
{
	return row->kind == ASMP_KIND_SIGNATURE && row->sealedlen != 0;
}

/*
 * A device that is not in the registry, from a row whose lengths have been
 * checked; ends with device_free(), or stays after registry_insert().
 */
struct device *
device_new(const struct ipc_row *row)
{
	struct device	*d;
	uint8_t		*p;
	size_t		 idlen = strlen(row->id);

	d = calloc(1, sizeof(*d) + idlen + 1 + row->keylen + row->sealedlen);
	if (d == NULL)
		fatal("calloc");
	if (is_ticketed(row))
		d->ticket = dup_bytes(row->sealed, SEALED_MAX);
	d->number = row->number;
	d->kind = row->kind;
	d->alg = row->alg;
	d->state = row->state;
	d->profiles = row->profiles;
	d->role = row->role;
	d->version = row->version;
	d->enrolled = row->enrolled;
	d->changed = row->changed;
	d->keylen = row->keylen;
	d->sealedlen = is_ticketed(row) ? 0 : row->sealedlen;
	d->idlen = idlen;
	memcpy(d->data, row->id, idlen + 1);
	p = d->data + idlen + 1;
	memcpy(p, row->key, d->keylen);
	memcpy(p + d->keylen, row->sealed, d->sealedlen);
	life_take(d, row);
	if (d->life != NULL && d->life->old != NULL)
		d->life->oldserial = ++serials;
	return d;
}

/* Forgets a device that is not in the registry; NULL is fine. */
void
device_free(struct device *d)
{
	struct life	*l;

	if (d == NULL)
		return;
	if ((l = d->life) != NULL) {
		freezero(l->cred, (size_t)d->keylen + d->sealedlen);
		freezero(l->old, (size_t)l->oldkeylen + l->oldsealedlen);
		free(l);
	}
	free(d->ticket);
	free(d);
}

/* Whether the key in a row is the device's. */
static int
row_keeps_key(const struct device *d, const struct ipc_row *row)
{
	struct device_key	 key = device_key(d),
				 other = { row->key, row->keylen, row->kind,
				    row->alg };

	return row->keylen == 0 || device_key_same(&key, &other);
}

/* The serial of the key that is the old one in a row. */
static uint32_t
row_oldserial(const struct device *d, const struct ipc_row *row)
{
	struct device_key	 key = device_key(d),
				 other = { row->key + row->keylen,
				    row->oldkeylen, row->kind, row->oldalg };

	if (device_key_same(&key, &other))
		return device_serial(d);
	return d->life != NULL ? d->life->oldserial : 0;
}

/* The device has the key of a row, and what is sealed with it. */
static void
key_take(struct device *d, const struct ipc_row *row)
{
	struct life	*l = d->life;

	freezero(l->cred, (size_t)d->keylen + d->sealedlen);
	d->alg = row->alg;
	d->keylen = row->keylen;
	d->sealedlen = is_ticketed(row) ? 0 : row->sealedlen;
	if ((l->cred = malloc((size_t)d->keylen + d->sealedlen)) == NULL)
		fatal("malloc");
	memcpy(l->cred, row->key, d->keylen);
	memcpy(l->cred + d->keylen, row->sealed, d->sealedlen);
	l->serial = ++serials;
}

/*
 * The device is as in a row of its own, but for its state, which registry.c
 * counts, and its ticket.  Returns whether it has another key than before.
 */
int
device_apply(struct device *d, const struct ipc_row *row)
{
	uint64_t	 used = d->life == NULL ? 0 : d->life->used;
	uint64_t	 oldused = d->life == NULL ? 0 : d->life->oldused;
	uint32_t	 oldserial = row_oldserial(d, row);
	int		 keeps = row_keeps_key(d, row);

	d->version = row->version;
	d->changed = row->changed;
	life_take(d, row);
	if (!keeps && d->life == NULL &&
	    (d->life = calloc(1, sizeof(*d->life))) == NULL)
		fatal("calloc");
	if (d->life != NULL) {
		d->life->dev = d;
		d->life->oldserial = oldserial;
	}
	/* The keys may have been used while the row was written. */
	if (keeps && d->life != NULL && d->life->old != NULL) {
		d->life->used = used;
		d->life->oldused = oldused;
	}
	if (!keeps)
		key_take(d, row);
	return !keeps;
}

/*
 * Which of its keys the device's key is: another number for each that it had
 * since asmpd started.
 */
uint32_t
device_serial(const struct device *d)
{
	return d->life == NULL ? 0 : d->life->serial;
}

/* Whether the device may still go by the key with this serial. */
int
device_accepts(const struct device *d, uint32_t serial)
{
	const struct life	*l = old_life(d);

	return serial == device_serial(d) || (l != NULL &&
	    serial == l->oldserial);
}

/* A row's part of life_take(). */
static void
row_life(const struct life *l, struct ipc_row *row)
{
	row->expires = l->expires;
	row->told = l->told;
	row->rotated = l->rotated;
	row->until = l->until;
	row->used = l->used;
	row->oldused = l->oldused;
	row->oldalg = l->oldalg;
	row->oldkeylen = l->oldkeylen;
	row->oldsealedlen = l->oldsealedlen;
	if (l->old != NULL)
		memcpy(row->key + row->keylen, l->old,
		    (size_t)l->oldkeylen + l->oldsealedlen);
}

/* Fills in the row that stands for d, with its MAC. */
void
device_row(const struct device *d, struct ipc_row *row)
{
	memset(row, 0, sizeof(*row));
	row->number = d->number;
	row->kind = d->kind;
	row->alg = d->alg;
	row->state = d->state;
	row->profiles = d->profiles;
	row->role = d->role;
	row->version = d->version;
	row->enrolled = d->enrolled;
	row->changed = d->changed;
	row->keylen = d->keylen;
	row->sealedlen = d->sealedlen;
	strlcpy(row->id, device_id(d), sizeof(row->id));
	memcpy(row->key, cred(d), d->keylen);
	memcpy(row->sealed, cred(d) + d->keylen, d->sealedlen);
	if (d->life != NULL)
		row_life(d->life, row);
	if (d->ticket != NULL) {
		memcpy(row->sealed, d->ticket, SEALED_MAX);
		row->sealedlen = SEALED_MAX;
	}
	keyring_row_mac(row, row->mac);
}

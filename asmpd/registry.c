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
 * The devices, in the parent's memory: found by number, id and key without
 * walking.  A device is never forgotten: a revoked one stays, so that its id
 * and its key cannot come back.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "asmpd.h"
#include "log.h"

#define TABLE_MIN	1024	/* places; a power of two */

/* Open addressing over device numbers; 0 is a free place. */
struct table {
	uint32_t	*place;
	size_t		 size;
	uint64_t	 (*hash)(const struct device *);
};

static uint64_t	 hash_id(const struct device *);
static uint64_t	 hash_key(const struct device *);

static struct device	**devices;	/* by number */
static uint32_t		  ndevices;	/* highest number + 1 */
static uint32_t		  sdevices;	/* room in devices */
static size_t		  count, revoked;
static size_t		  signers[IDENT_P384 + 1];	/* by algorithm */
static uint64_t		  seed;
static struct table	  ids = { .hash = hash_id };
static struct table	  keys = { .hash = hash_key };

/* FNV-1a; only the operator's own ids and keys are ever inserted. */
static uint64_t
hash_bytes(const void *data, size_t len)
{
	const uint8_t	*p = data;
	uint64_t	 h = 0xcbf29ce484222325ULL ^ seed;

	while (len-- > 0)
		h = (h ^ *p++) * 0x100000001b3ULL;
	return h;
}

static uint64_t
hash_id(const struct device *d)
{
	return hash_bytes(device_id(d), d->idlen);
}

static uint64_t
hash_key(const struct device *d)
{
	return hash_bytes(d->data, d->keylen);
}

static void
table_put(struct table *t, const struct device *d)
{
	size_t	 i = t->hash(d) & (t->size - 1);

	if (t == &keys && d->keylen == 0)
		return;		/* a token's device has none */
	while (t->place[i] != 0)
		i = (i + 1) & (t->size - 1);
	t->place[i] = d->number;
}

/* Keeps the table at most half full. */
static void
table_grow(struct table *t)
{
	uint32_t	 n;

	if (t->size >= 2 * (count + 1))
		return;
	free(t->place);
	t->size = t->size == 0 ? TABLE_MIN : t->size * 2;
	if ((t->place = calloc(t->size, sizeof(*t->place))) == NULL)
		fatal("calloc");
	for (n = 1; n < ndevices; n++)
		if (devices[n] != NULL)
			table_put(t, devices[n]);
}

/* The device's key as the registry has it, d->keylen bytes. */
const uint8_t *
device_keybytes(const struct device *d)
{
	return d->data;
}

/* The device's id, NUL terminated. */
const char *
device_id(const struct device *d)
{
	return (const char *)d->data + d->keylen + d->sealedlen;
}

/* The public key of a device of kind signature, as identities want it. */
void
device_pub(const struct device *d, struct ident_pub *pub)
{
	memset(pub, 0, sizeof(*pub));
	pub->alg = d->alg;
	memcpy(pub->key, d->data, ident_publen(d->alg));
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
	return keyring_open(ASMP_KIND_PSK, device_id(d), d->data + d->keylen,
	    d->sealedlen, out, len);
}

/* The device of this id, or NULL. */
struct device *
registry_byid(const char *id)
{
	struct device	*d;
	size_t		 i, len = strlen(id);

	if (ids.size == 0)
		return NULL;
	for (i = hash_bytes(id, len) & (ids.size - 1); ids.place[i] != 0;
	    i = (i + 1) & (ids.size - 1)) {
		d = devices[ids.place[i]];
		if (d->idlen == len && memcmp(device_id(d), id, len) == 0)
			return d;
	}
	return NULL;
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
	return memcmp(a->data, b->data, a->keylen);
}

/* The registered device with the same key as d, or NULL. */
struct device *
registry_bykey(const struct device *d)
{
	struct device	*found;
	size_t		 i;

	if (keys.size == 0 || d->keylen == 0)
		return NULL;
	for (i = hash_key(d) & (keys.size - 1); keys.place[i] != 0;
	    i = (i + 1) & (keys.size - 1)) {
		found = devices[keys.place[i]];
		if (device_cmpkey(found, d) == 0)
			return found;
	}
	return NULL;
}

/* The device of this number, or NULL. */
struct device *
registry_bynumber(uint32_t n)
{
	return n < ndevices ? devices[n] : NULL;
}

/* The first device with a number above n, or NULL. */
struct device *
registry_next(uint32_t n)
{
	while (++n < ndevices)
		if (devices[n] != NULL)
			return devices[n];
	return NULL;
}

/* A number no device has had; those above it are free too. */
uint32_t
registry_newnumber(void)
{
	return ndevices == 0 ? 1 : ndevices;
}

/*
 * A device that is not in the registry, from a row whose lengths have been
 * checked; ends with free(3), or stays after registry_insert().
 */
struct device *
device_new(const struct ipc_row *row)
{
	struct device	*d;
	size_t		 idlen = strlen(row->id);
	int		 ticketed;

	ticketed = row->kind == ASMP_KIND_SIGNATURE && row->sealedlen != 0;
	d = calloc(1, sizeof(*d) + row->keylen + row->sealedlen + idlen + 1);
	if (d == NULL || (ticketed && (d->ticket = malloc(SEALED_MAX)) ==
	    NULL))
		fatal("calloc");
	if (ticketed)
		memcpy(d->ticket, row->sealed, SEALED_MAX);
	d->number = row->number;
	d->kind = row->kind;
	d->alg = row->alg;
	d->state = row->state;
	d->profiles = row->profiles;
	d->role = row->role;
	d->enrolled = row->enrolled;
	d->changed = row->changed;
	d->keylen = row->keylen;
	d->sealedlen = ticketed ? 0 : row->sealedlen;
	d->idlen = idlen;
	memcpy(d->data, row->key, d->keylen);
	memcpy(d->data + d->keylen, row->sealed, d->sealedlen);
	memcpy(d->data + d->keylen + d->sealedlen, row->id, idlen + 1);
	return d;
}

static void
reserve_number(uint32_t n)
{
	uint32_t	 want;

	if (n >= sdevices) {
		want = n < TABLE_MIN ? TABLE_MIN : n + n / 2;
		devices = recallocarray(devices, sdevices, want,
		    sizeof(*devices));
		if (devices == NULL)
			fatal("recallocarray");
		sdevices = want;
	}
	if (n >= ndevices)
		ndevices = n + 1;
}

/*
 * Takes over a device whose number, id and key are new, which the caller has
 * checked, and that it is well formed.
 */
void
registry_insert(struct device *d)
{
	if (seed == 0 && RAND_bytes((uint8_t *)&seed, sizeof(seed)) != 1)
		fatalx("no randomness");
	reserve_number(d->number);
	table_grow(&ids);
	table_grow(&keys);
	devices[d->number] = d;
	table_put(&ids, d);
	table_put(&keys, d);
	count++;
	revoked += d->state == CTL_DEVICE_REVOKED;
	signers[d->alg]++;
}

/* Changes a device's state, and the counts with it. */
void
registry_setstate(struct device *d, enum ctl_state state)
{
	revoked -= d->state == CTL_DEVICE_REVOKED;
	d->state = state;
	revoked += d->state == CTL_DEVICE_REVOKED;
}

/* Fills in the row that stands for d, with its MAC. */
void
registry_row(const struct device *d, struct ipc_row *row)
{
	memset(row, 0, sizeof(*row));
	row->number = d->number;
	row->kind = d->kind;
	row->alg = d->alg;
	row->state = d->state;
	row->profiles = d->profiles;
	row->role = d->role;
	row->enrolled = d->enrolled;
	row->changed = d->changed;
	row->keylen = d->keylen;
	row->sealedlen = d->sealedlen;
	strlcpy(row->id, device_id(d), sizeof(row->id));
	memcpy(row->key, d->data, d->keylen);
	memcpy(row->sealed, d->data + d->keylen, d->sealedlen);
	if (d->ticket != NULL) {
		memcpy(row->sealed, d->ticket, SEALED_MAX);
		row->sealedlen = SEALED_MAX;
	}
	keyring_row_mac(row, row->mac);
}

/* How many devices there are, revoked ones included. */
size_t
registry_count(void)
{
	return count;
}

/* How many of them sign by this algorithm. */
size_t
registry_signers(enum ident_alg alg)
{
	return signers[alg];
}

/* How many of them are revoked. */
size_t
registry_revoked(void)
{
	return revoked;
}

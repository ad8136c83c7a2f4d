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

/* The device's id, NUL terminated. */
const char *
device_id(const struct device *d)
{
	return (const char *)d->data + d->keylen;
}

/* The device's public key, as identities want it. */
void
device_pub(const struct device *d, struct ident_pub *pub)
{
	memset(pub, 0, sizeof(*pub));
	pub->alg = d->alg;
	memcpy(pub->key, d->data, d->keylen);
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

/* The device with this key, ident_publen(alg) bytes, or NULL. */
struct device *
registry_bykey(uint8_t alg, const uint8_t *key)
{
	struct device	*d;
	size_t		 i, len = ident_publen(alg);

	if (keys.size == 0)
		return NULL;
	for (i = hash_bytes(key, len) & (keys.size - 1); keys.place[i] != 0;
	    i = (i + 1) & (keys.size - 1)) {
		d = devices[keys.place[i]];
		if (d->alg == alg && memcmp(d->data, key, len) == 0)
			return d;
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

static struct device *
device_new(const struct ipc_row *row)
{
	struct device	*d;
	size_t		 idlen = strlen(row->id);
	size_t		 keylen = ident_publen(row->alg);

	if ((d = calloc(1, sizeof(*d) + keylen + idlen + 1)) == NULL)
		fatal("calloc");
	d->number = row->number;
	d->kind = row->kind;
	d->alg = row->alg;
	d->state = row->state;
	d->profiles = row->profiles;
	d->enrolled = row->enrolled;
	d->changed = row->changed;
	d->keylen = keylen;
	d->idlen = idlen;
	memcpy(d->data, row->key, keylen);
	memcpy(d->data + keylen, row->id, idlen + 1);
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
 * Adds a row whose number, id and key are new; the caller has checked that,
 * and that it is well formed.  Returns the device.
 */
struct device *
registry_insert(const struct ipc_row *row)
{
	struct device	*d;

	if (seed == 0 && RAND_bytes((uint8_t *)&seed, sizeof(seed)) != 1)
		fatalx("no randomness");
	d = device_new(row);
	reserve_number(d->number);
	table_grow(&ids);
	table_grow(&keys);
	devices[d->number] = d;
	table_put(&ids, d);
	table_put(&keys, d);
	count++;
	revoked += d->state == CTL_DEVICE_REVOKED;
	return d;
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
	row->enrolled = d->enrolled;
	row->changed = d->changed;
	strlcpy(row->id, device_id(d), sizeof(row->id));
	memcpy(row->key, d->data, d->keylen);
	keyring_row_mac(row, row->mac);
}

/* How many devices there are, revoked ones included. */
size_t
registry_count(void)
{
	return count;
}

/* How many of them are revoked. */
size_t
registry_revoked(void)
{
	return revoked;
}

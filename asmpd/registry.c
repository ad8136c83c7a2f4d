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

/*
 * Open addressing over device numbers; 0 is a free place.  An entry for a key
 * that was forgotten stays, and matches nothing, until the table is made anew.
 */
struct table {
	uint32_t	*place;
	size_t		 size;
	size_t		 used;
};

static struct device	**devices;	/* by number */
static uint32_t		  ndevices;	/* highest number + 1 */
static uint32_t		  sdevices;	/* room in devices */
static size_t		  count, revoked, active;
static uint8_t		  set[ASMP_HASHLEN];	/* of all rows */
static size_t		  signers[IDENT_P384 + 1];	/* by algorithm */
static uint64_t		  seed;
static struct table	  ids, keys;

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

static void
table_put(struct table *t, uint64_t hash, uint32_t number)
{
	size_t	 i = hash & (t->size - 1);

	while (t->place[i] != 0)
		i = (i + 1) & (t->size - 1);
	t->place[i] = number;
	t->used++;
}

/* Whether there is no room for one more: a table is at most half full. */
static int
table_full(const struct table *t)
{
	return t->size < 2 * (t->used + 1);
}

/* An empty table, which live entries make a third full at most. */
static void
table_clear(struct table *t, size_t live)
{
	free(t->place);
	for (t->size = TABLE_MIN; t->size < 3 * live;)
		t->size *= 2;
	t->used = 0;
	if ((t->place = calloc(t->size, sizeof(*t->place))) == NULL)
		fatal("calloc");
}

static void
ids_put(const struct device *d)
{
	uint32_t	 n;

	if (table_full(&ids)) {
		table_clear(&ids, ids.used + 1);
		for (n = 1; n < ndevices; n++)
			if (devices[n] != NULL && devices[n] != d)
				table_put(&ids, hash_bytes(device_id(
				    devices[n]), devices[n]->idlen), n);
	}
	table_put(&ids, hash_bytes(device_id(d), d->idlen), d->number);
}

/* A token's device has no key, and few have an old one. */
static void
key_put(const struct device_key *k, uint32_t number)
{
	if (k->len != 0)
		table_put(&keys, hash_bytes(k->data, k->len), number);
}

static void
keys_put_both(const struct device *d)
{
	struct device_key	 key = device_key(d), old = device_oldkey(d);

	key_put(&key, d->number);
	key_put(&old, d->number);
}

static size_t
keys_live(void)
{
	size_t		 live = 0;
	uint32_t	 n;

	for (n = 1; n < ndevices; n++)
		if (devices[n] != NULL)
			live += (device_key(devices[n]).len != 0) +
			    (device_oldkey(devices[n]).len != 0);
	return live;
}

/* Makes the device's keys found, which are in it already. */
static void
keys_put(const struct device *d)
{
	uint32_t	 n;

	if (keys.size >= 2 * (keys.used + 2)) {
		keys_put_both(d);
		return;
	}
	table_clear(&keys, keys_live());
	for (n = 1; n < ndevices; n++)
		if (devices[n] != NULL)
			keys_put_both(devices[n]);
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

static struct device *
find_key(const struct device_key *want)
{
	struct device		*found;
	struct device_key	 key, old;
	size_t			 i;

	if (keys.size == 0 || want->len == 0)
		return NULL;
	for (i = hash_bytes(want->data, want->len) & (keys.size - 1);
	    keys.place[i] != 0; i = (i + 1) & (keys.size - 1)) {
		found = devices[keys.place[i]];
		key = device_key(found);
		old = device_oldkey(found);
		if (device_key_same(&key, want) || device_key_same(&old, want))
			return found;
	}
	return NULL;
}

/*
 * The registered device that has the key of d, or its old one, as its key or
 * as its old one; or NULL.
 */
struct device *
registry_bykey(const struct device *d)
{
	struct device_key	 key = device_key(d), old = device_oldkey(d);
	struct device		*found = find_key(&key);

	return found != NULL ? found : find_key(&old);
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

/* Whether it is neither shut out nor known to have expired. */
static int
is_active(const struct device *d)
{
	return d->state == CTL_DEVICE_ACTIVE &&
	    (d->life == NULL || !d->life->told);
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
	devices[d->number] = d;
	ids_put(d);
	keys_put(d);
	life_due(d);
	count++;
	revoked += d->state == CTL_DEVICE_REVOKED;
	active += is_active(d);
	signers[d->alg]++;
	keyring_rowset(set, d->number, d->version);
}

/* The rows of all devices, each in its version: keyring_rowset(). */
const uint8_t *
registry_set(void)
{
	return set;
}

/* Changes a device's state, and the counts with it. */
void
registry_setstate(struct device *d, enum ctl_state state)
{
	revoked -= d->state == CTL_DEVICE_REVOKED;
	active -= is_active(d);
	d->state = state;
	revoked += d->state == CTL_DEVICE_REVOKED;
	active += is_active(d);
}

/*
 * The device is as in a row of its own, which is on the disk now; but its
 * ticket stays what it is.
 */
void
registry_apply(struct device *d, const struct ipc_row *row)
{
	int	 rekeyed;

	keyring_rowset(set, d->number, d->version);
	keyring_rowset(set, d->number, row->version);
	registry_setstate(d, row->state);
	active -= is_active(d);
	signers[d->alg]--;
	rekeyed = device_apply(d, row);
	active += is_active(d);
	signers[d->alg]++;
	if (rekeyed)
		keys_put(d);
	life_due(d);
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

/* How many of them may come in. */
size_t
registry_active(void)
{
	return active;
}

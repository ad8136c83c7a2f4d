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
 * Resumption tickets: one per device, made at random, good for one session
 * within a day of the last signature.  Sealed, it stands in the device's
 * registry row; it is gone from there before it has opened a session.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "asmpd.h"

#define TICKET_LIFE	86400000	/* ms since the last signature */

/* What is sealed: id, secret, when the device last signed. */
#define TICKET_SECRET	TICKET_IDLEN
#define TICKET_SIGNED	(TICKET_IDLEN + ASMP_KEYLEN)

_Static_assert(SEALABLE_MAX == TICKET_SECRETLEN,
    "a ticket fills what is sealed");

/* Forgets a device's ticket; its row is the caller's to write. */
void
ticket_drop(struct device *d)
{
	free(d->ticket);
	d->ticket = NULL;
}

/*
 * Gives the device a new ticket, in place of one it may have, and tells it
 * through g.  since is when the device last signed, ms since 1970.  The id
 * begins with the device's number, so that it is found without searching.
 * Returns 0, or -1 for want of memory or randomness.
 */
int
ticket_make(struct device *d, uint64_t since, struct grant *g)
{
	uint8_t	 plain[TICKET_SECRETLEN], *sealed;
	size_t	 len;
	int	 r = -1;

	if ((sealed = malloc(SEALED_MAX)) == NULL)
		return -1;
	arc4random_buf(plain, TICKET_SIGNED);
	put_u32(plain, d->number);
	put_u64(plain + TICKET_SIGNED, since);
	if (keyring_seal(ASMP_KIND_TICKET, device_id(d), plain,
	    sizeof(plain), sealed, &len) == -1)
		free(sealed);
	else {
		ticket_drop(d);
		d->ticket = sealed;
		g->ticketed = 1;
		memcpy(g->ticket, plain, sizeof(g->ticket));
		memcpy(g->secret, plain + TICKET_SECRET, sizeof(g->secret));
		r = 0;
	}
	explicit_bzero(plain, sizeof(plain));
	return r;
}

/* The device that a ticket's id names, or NULL. */
struct device *
ticket_device(const uint8_t *id)
{
	return registry_bynumber(get_u32(id));
}

/*
 * The secret of the device's ticket, ASMP_KEYLEN bytes that the caller
 * wipes, and when the device last signed.  Returns 0, or -1 if it has none
 * of this id, or its time is over.
 */
int
ticket_open(const struct device *d, const uint8_t *id, uint8_t *secret,
    uint64_t *since)
{
	uint8_t	 plain[SEALABLE_MAX];
	size_t	 len;
	int	 r = -1;

	if (d->ticket == NULL || keyring_open(ASMP_KIND_TICKET, device_id(d),
	    d->ticket, SEALED_MAX, plain, &len) == -1)
		return -1;
	*since = get_u64(plain + TICKET_SIGNED);
	if (timingsafe_bcmp(plain, id, TICKET_IDLEN) == 0 &&
	    now_ms() - *since < TICKET_LIFE) {
		memcpy(secret, plain + TICKET_SECRET, ASMP_KEYLEN);
		r = 0;
	}
	explicit_bzero(plain, sizeof(plain));
	return r;
}

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
 * What is kept about devices, their events and the database itself, as rows
 * of answers.  Its numbers are counted when things happen, not when somebody
 * asks.
 */

#include <sys/types.h>

#include <event.h>
#include <string.h>

#include "asmpd.h"
#include "store.h"

_Static_assert(SEALED_MAX <= CTL_SEALEDMAX, "ctl_devkey");
_Static_assert(CTL_NAMESMAX >= 4 * IPC_PATHMAX + IPC_PATHMAX, "names");

struct taking {
	row_putter	 put;
	void		*arg;
};

static const char	*place;		/* of the database */

/* The path of the database, which must stay. */
void
record_init(const char *path)
{
	place = path;
}

/* A key as it may be told: a pre-shared one is not, nor is its hash. */
static int
put_key(void *arg, struct ctl_devkey *k, const void *key)
{
	const struct taking	*t = arg;

	switch (k->kind) {
	case ASMP_KIND_SIGNATURE:
		if (k->keylen > sizeof(k->key))
			k->keylen = sizeof(k->key);
		memcpy(k->key, key, k->keylen);
		break;
	case ASMP_KIND_KEM:
		if (k->keylen == MLKEM768_EKLEN)
			kem_hash(k->key, key);
		k->keylen = k->keylen == MLKEM768_EKLEN ? KEM_HASHLEN : 0;
		break;
	default:
		k->keylen = 0;
		break;
	}
	return t->put(t->arg, CTL_DEVKEY, k, sizeof(*k), NULL, 0);
}

static int
put_activity(uint32_t number, const struct taking *t)
{
	struct ctl_activity	 a;

	if (engine->activity(number, &a) == -1)
		return -1;
	(void)t->put(t->arg, CTL_ACTIVITY, &a, sizeof(a), NULL, 0);
	return 0;
}

/* Of devices the parent knows how many there are. */
static int
put_statistics(const struct ipc_query *asked, const struct taking *t)
{
	struct ctl_statistics	 s;
	char			 names[CTL_NAMESMAX];

	memset(&s, 0, sizeof(s));
	s.devices = asked->devices;
	s.active = asked->active;
	if (engine->statistics(&s, names, sizeof(names)) == -1)
		return -1;
	(void)t->put(t->arg, CTL_STATISTICS, &s, sizeof(s), names, s.len);
	return 0;
}

/* Whether it works is what was asked, so no answer is an answer. */
static int
put_database(const struct taking *t)
{
	struct ctl_database	 d;
	char			 names[CTL_NAMESMAX];

	memset(&d, 0, sizeof(d));
	if (engine->about(place, &d, names, sizeof(names)) == -1)
		strlcpy(d.trouble, engine->error(), sizeof(d.trouble));
	else
		strlcpy(d.trouble, childside_troubled(), sizeof(d.trouble));
	(void)t->put(t->arg, CTL_DATABASE, &d, sizeof(d), names, d.len);
	return 0;
}

/*
 * A part of what was asked for, given to put with arg as rows; it says
 * whether it wants no more for now.  Returns what engine->readings() does.
 */
int
record_page(const struct ipc_query *asked, struct page *page, row_putter put,
    void *arg)
{
	struct taking	 t = { put, arg };

	switch (asked->q.kind) {
	case CTL_KIND_DEVKEYS:
		return engine->keys(page, put_key, &t);
	case CTL_KIND_ACTIVITY:
		return put_activity(asked->device, &t);
	case CTL_KIND_STATISTICS:
		return put_statistics(asked, &t);
	default:
		return put_database(&t);
	}
}

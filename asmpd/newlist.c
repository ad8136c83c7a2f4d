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
 * Devices that come together: all of them are enrolled, or none.  Each is
 * checked as it comes, so that the longest list keeps nobody waiting, and
 * what is wrong with them is kept for the answer.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"

static int
cmp_id(const struct newcomer *a, const struct newcomer *b)
{
	return strcmp(device_id(a->dev), device_id(b->dev));
}

static int
cmp_key(const struct newcomer *a, const struct newcomer *b)
{
	return device_cmpkey(a->dev, b->dev);
}

RB_GENERATE_STATIC(newids, newcomer, byid, cmp_id)
RB_GENERATE_STATIC(newkeys, newcomer, bykey, cmp_key)

/* An empty list, which is only checked if dry; ends with newlist_free(). */
struct newlist *
newlist_new(int dry)
{
	struct newlist	*l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		fatal("calloc");
	TAILQ_INIT(&l->head);
	RB_INIT(&l->ids);
	RB_INIT(&l->keys);
	l->dry = dry;
	return l;
}

/*
 * Keeps what is wrong with the entry at place: the first LIST_ERRORS, by
 * place, and the number of all.
 */
void
newlist_error(struct newlist *l, enum ctl_code code, uint32_t place,
    const char *why)
{
	struct newlist_error	*e = l->error;
	uint32_t		 i, n = l->nerrors++;

	if (n >= LIST_ERRORS) {
		n = LIST_ERRORS - 1;
		if (e[n].place <= place)
			return;
	}
	for (i = n; i > 0 && e[i - 1].place > place; i--)
		e[i] = e[i - 1];
	e[i].code = code;
	e[i].place = place;
	e[i].why = why;
}

/* NULL, or why a device cannot come to those that are in the list. */
static const char *
insert(struct newlist *l, struct newcomer *new)
{
	if (RB_INSERT(newids, &l->ids, new) != NULL)
		return "the id stands in the list twice";
	if (RB_INSERT(newkeys, &l->keys, new) != NULL) {
		RB_REMOVE(newids, &l->ids, new);
		return "the key stands in the list twice";
	}
	TAILQ_INSERT_TAIL(&l->head, new, entry);
	l->n++;
	return NULL;
}

/* Takes one more device, at this place from 1 of its list, or at 0. */
void
newlist_add(struct newlist *l, const struct enrolment *e, uint32_t place)
{
	struct newcomer	*new;
	struct device	*d;
	const char	*why;

	if ((d = newdevice_make(e, &why)) == NULL) {
		newlist_error(l, CTL_INVALID, place, why);
		return;
	}
	if ((new = calloc(1, sizeof(*new))) == NULL)
		fatal("calloc");
	new->dev = d;
	new->place = place;
	if ((why = insert(l, new)) != NULL) {
		newlist_error(l, CTL_EXISTS, place, why);
		device_free(d);
		free(new);
	}
}

/* Forgets a list, less those of its devices that have found a place. */
void
newlist_free(struct newlist *l)
{
	struct newcomer	*new;

	if (l == NULL)
		return;
	while ((new = TAILQ_FIRST(&l->head)) != NULL) {
		TAILQ_REMOVE(&l->head, new, entry);
		device_free(new->dev);
		free(new);
	}
	free(l);
}

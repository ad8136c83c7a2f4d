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
 * Devices that come into the registry, one or a list of them: all or none.
 * The longest list takes its turns in slices, for others wait too.
 */

#include <sys/types.h>

#include <string.h>

#include "asmpd.h"
#include "job.h"
#include "log.h"

#define SLICE		2048	/* devices of a list, before others' turn */
#define LIST_PAUSE	2	/* ms until the audit log may have room */

/* NULL, or why a device cannot come to those that are there. */
static const char *
newcomer_check(const struct device *d)
{
	if (registry_byid(device_id(d)) != NULL)
		return "a device of this id is enrolled already, or was "
		    "revoked; choose another id";
	if (registry_bykey(d) != NULL)
		return "another device has this key; make it one of its own "
		    "with asmp-keygen";
	return NULL;
}

/* The list can come in, or its client is told that it cannot, or could. */
static enum job_step
add_checked(struct job *j)
{
	if (j->list->nerrors > 0)
		reply_errors(j->client, j->list);
	else if (registry_count() + j->n > DEVICES_MAX)
		reply_result(j->client, CTL_FAILED, 0, 0,
		    "the registry is full");
	else if (j->list->dry) {
		log_info("dry run: %u devices can be enrolled", j->n);
		reply_result(j->client, CTL_OK, j->n, 0,
		    "dry run: %u device%s can be enrolled", j->n,
		    j->n == 1 ? "" : "s");
	} else {
		j->at = TAILQ_FIRST(&j->list->head);
		return job_announce(j, j->next);
	}
	return JOB_OVER;
}

/* A newcomer gets its number, and its place among the rows to be. */
static void
add_number(struct job *j, struct device *d)
{
	d->number = j->newnumber++;
	d->version = registry_nextchange();
	keyring_rowset(j->next, d->number, d->version);
}

/* Checks the next slice of a list against what is there. */
static enum job_step
add_check(struct job *j)
{
	const char	*why;
	int		 i;

	if (j->newnumber == 0) {
		j->newnumber = registry_newnumber();
		memcpy(j->next, registry_set(), sizeof(j->next));
	}
	for (i = 0; i < SLICE && j->at != NULL; i++) {
		if ((why = newcomer_check(j->at->dev)) != NULL)
			newlist_error(j->list, CTL_EXISTS, j->at->place, why);
		add_number(j, j->at->dev);
		j->at = TAILQ_NEXT(j->at, entry);
	}
	return j->at != NULL ? JOB_MORE : add_checked(j);
}

static void
add_fill(struct job *j, uint64_t now, struct ipc_row *row)
{
	struct device	*d = j->at->dev;

	d->enrolled = d->changed = now;
	device_row(d, row);
	if ((j->at = TAILQ_NEXT(j->at, entry)) == NULL)
		j->at = TAILQ_FIRST(&j->list->head);
}

static enum job_step
add_over(const struct job *j, const struct device *last)
{
	if (j->n == 1)
		log_info("device %s enrolled", device_id(last));
	else
		log_info("%u devices enrolled", j->n);
	registry_settled();
	reply_result(j->client, CTL_OK, j->n, 0, "%u device%s enrolled",
	    j->n, j->n == 1 ? "" : "s");
	return JOB_OVER;
}

/*
 * What is on the disk comes into the registry, a slice in each turn, and no
 * faster than the store takes the records of it.
 */
static enum job_step
add_done(struct job *j)
{
	struct device	*d = NULL;
	char		 key[DEVICE_KEYMAX];
	int		 i;

	j->pause = 0;
	if (j->n > 1 && !audit_room(SLICE)) {
		j->pause = LIST_PAUSE;
		return JOB_MORE;
	}
	for (i = 0; i < SLICE && j->at != NULL; i++) {
		d = j->at->dev;
		j->at->dev = NULL;
		audit_event(AUDIT_KEY_ENROLLED, device_id(d), 1, "proof %s%s",
		    kind_name(d->kind), device_keyname(d, key));
		registry_insert(d);
		j->at = TAILQ_NEXT(j->at, entry);
	}
	return j->at != NULL ? JOB_MORE : add_over(j, d);
}

/*
 * Enrols the devices of a list, or none of them, and answers; a dry list is
 * only checked.  Takes it over.
 */
void
enrol_add(uint32_t client, struct newlist *list)
{
	static const struct job_kind	 kind = { add_check, add_fill,
					    add_done, NULL, NULL };
	struct job			*j = job_new(&kind, client, "");

	j->list = list;
	j->n = list->n;
	j->at = TAILQ_FIRST(&list->head);
	job_queue(j);
}

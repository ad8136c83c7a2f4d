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
 * Checkpoints of the two logs, for whoever asks.  The audit log is the
 * parent's own; of the log of readings it has seen no record, but a proof
 * that the store's tree goes on from what was signed last.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"

#define LOG_MAX	(1ULL << 48)	/* seals: where a tile stands has 48 bits */

/* Somebody who waits for the store's tree. */
struct asker {
	TAILQ_ENTRY(asker)	 entry;
	uint32_t		 client;
	uint32_t		 number;	/* of the question */
};

static TAILQ_HEAD(, asker)	 askers = TAILQ_HEAD_INITIALIZER(askers);
static uint32_t			 asked;		/* the last one's number */
static int			 broken;	/* it does not go on */
static int			 unanchored;	/* the tree that came last */

/* Signs a log, and has the store keep that; the anchor has it already. */
void
notary_sign(enum tree_kind log, uint64_t size, const uint8_t *root,
    struct ctl_note *note)
{
	struct {
		struct ipc_checkpoint	 c;
		char			 note[CHECKPOINT_MAX];
	} msg;

	memset(note, 0, sizeof(*note));
	note->log = log;
	note->size = note->made = size;
	memcpy(note->root, root, sizeof(note->root));
	if (keyring_checkpoint(note, log, size, root) == -1)
		fatalx("a checkpoint cannot be signed");
	memset(&msg, 0, sizeof(msg));
	msg.c.log = log;
	msg.c.size = size;
	strlcpy(msg.note, note->text, sizeof(msg.note));
	to_child(CTL_STORE, IPC_CHECKPOINT, &msg, sizeof(msg.c) +
	    strlen(msg.note) + 1);
}

/* Tells the store from where its tree has to go on. */
void
notary_start(void)
{
	struct ipc_log_start	 start;

	memset(&start, 0, sizeof(start));
	start.log = TREE_READINGS;
	start.size = anchor_get()->readings.size;
	to_child(CTL_STORE, IPC_LOG_START, &start, sizeof(start));
}

/* Whether the tree is the one that was signed, and perhaps more. */
static int
goes_on(const struct ipc_tree *t, const uint8_t (*proof)[ASMP_HASHLEN])
{
	const struct anchor	*a = anchor_get();

	if (t->missing != 0 || t->from != a->readings.size || t->size < t->from)
		return 0;
	return t->from == 0 || merkle_consistency_check(t->from,
	    a->readings.root, t->size, t->root, proof, t->n) == 0;
}

/* NULL, or why nothing is signed. */
static const char *
unsigned_why(void)
{
	if (broken)
		return "the log of readings is not the one that was signed";
	return unanchored ? ANCHOR_FAILED : NULL;
}

/*
 * Answers those whose question has this number, or an earlier one: with the
 * note, or with why there is none.
 */
static void
answer(uint32_t number, const struct ctl_note *note, const char *why)
{
	struct asker	*k, *next;

	TAILQ_FOREACH_SAFE(k, &askers, entry, next) {
		if (!broken && (int32_t)(number - k->number) < 0)
			continue;
		TAILQ_REMOVE(&askers, k, entry);
		if (note == NULL)
			reply_result(k->client, CTL_FAILED, 0, 0, "%s", why);
		else
			reply_note(k->client, note);
		free(k);
	}
}

static void
found_broken(const struct ipc_tree *t)
{
	unsigned long long	 size = anchor_get()->readings.size;
	char			 why[AUDIT_DETAILMAX];

	if (broken)
		return;
	broken = 1;
	env->counter[CP_READINGS_DAMAGED] = 1;
	if (t->missing != 0 && t->missing <= size)
		snprintf(why, sizeof(why), "%llu seals where %llu were "
		    "signed: its end was cut off", size -
		    (unsigned long long)t->missing, size);
	else
		snprintf(why, sizeof(why), "its first %llu seals are not "
		    "those that were signed", size);
	log_warnx("log of readings: %s; it is signed no more", why);
	audit_event(AUDIT_LOG_DAMAGED, NULL, 0, "log of readings: %s; it is "
	    "signed no more", why);
}

/* The store's tree, with its proof of t->n hashes. */
void
notary_tree(const struct ipc_tree *t, const uint8_t (*proof)[ASMP_HASHLEN])
{
	struct anchor	 a = *anchor_get();
	struct ctl_note	 note;

	if (t->size > LOG_MAX)
		ipc_intrusion("store", "a log longer than any", IPC_TREE,
		    t->n);
	if (broken || !goes_on(t, proof)) {
		found_broken(t);
		answer(t->asked, NULL, unsigned_why());
		return;
	}
	a.readings.size = t->size;
	memcpy(a.readings.root, t->root, sizeof(a.readings.root));
	unanchored = 0;
	if (anchor_put(&a) == -1) {
		unanchored = 1;
		answer(t->asked, NULL, unsigned_why());
		return;
	}
	notary_sign(TREE_READINGS, t->size, t->root, &note);
	answer(t->asked, &note, NULL);
}

/* The store could not make it this time, and tries again by itself. */
void
notary_tree_failed(const struct ipc_tree_failed *f)
{
	char	 why[2 * CTL_TEXTMAX];

	snprintf(why, sizeof(why), "the log of readings cannot be read: %s",
	    f->text);
	answer(f->asked, NULL, why);
}

/* The anchor is on the disk again: what waited for that is signed. */
void
notary_anchored(void)
{
	const struct anchor	*a = anchor_get();
	struct ctl_note		 note;

	if (unanchored)
		notary_sign(TREE_READINGS, a->readings.size, a->readings.root,
		    &note);
	unanchored = 0;
}

/* A client asks for the newest checkpoint of the log of readings. */
void
notary_ask(uint32_t client)
{
	struct asker	*k;
	const char	*why;

	if ((why = unsigned_why()) != NULL) {
		reply_result(client, CTL_FAILED, 0, 0, "%s", why);
		return;
	}
	if ((k = calloc(1, sizeof(*k))) == NULL)
		fatal("calloc");
	k->client = client;
	k->number = ++asked;
	TAILQ_INSERT_TAIL(&askers, k, entry);
	to_child(CTL_STORE, IPC_TREE_GET, NULL, 0);
}

/* Forgets a client that has left. */
void
notary_client_gone(uint32_t client)
{
	struct asker	*k, *next;

	TAILQ_FOREACH_SAFE(k, &askers, entry, next)
		if (k->client == client) {
			TAILQ_REMOVE(&askers, k, entry);
			free(k);
		}
}

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
 * Answers to asmpctl that other processes give, who answer nobody who did not
 * ask.
 */

#include <sys/types.h>

#include <event.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"

/* For a process to say how it is, which may be busy; and for who was silent. */
#define PATIENCE_MS	500
#define IMPATIENCE_MS	50

/* An answer that several processes give together. */
struct await {
	TAILQ_ENTRY(await)	 entry;
	uint32_t		 client;
	uint32_t		 waiting;	/* mask of 1 << process */
	int			 alone;		/* one process answers */
	int			 paged;		/* the next verifier goes on */
	uint64_t		 due;		/* mono_ms(); if not alone */
};
static TAILQ_HEAD(, await)	 awaits = TAILQ_HEAD_INITIALIZER(awaits);
static struct ctl_status	 known[CTL_NPROCESSES];	/* said last */
static struct event		 ev_due;
static uint32_t			 silent;	/* mask of 1 << process */

static void	 due(int, short, void *);

static struct await *
await_find(uint32_t client, enum ctl_process proc, int alone)
{
	struct await	*a;

	TAILQ_FOREACH(a, &awaits, entry)
		if (a->client == client && a->alone == alone &&
		    (a->waiting & (1U << proc)) != 0)
			return a;
	return NULL;
}

static struct await *
await_new(uint32_t client, int alone)
{
	struct await	*a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		fatal("calloc");
	a->client = client;
	a->alone = alone;
	TAILQ_INSERT_TAIL(&awaits, a, entry);
	return a;
}

static void
await_free(struct await *a)
{
	TAILQ_REMOVE(&awaits, a, entry);
	free(a);
}

/* One process is asked for the answer to client. */
void
await_one(uint32_t client, enum ctl_process proc)
{
	await_new(client, 1)->waiting = 1U << proc;
}

/* The same, for a page of what all verifiers together know. */
void
await_pages(uint32_t client, enum ctl_process proc)
{
	struct await	*a = await_new(client, 1);

	a->waiting = 1U << proc;
	a->paged = 1;
}

/* Whether client waits for this process alone, and does so no more. */
int
await_over(uint32_t client, enum ctl_process proc)
{
	struct await	*a;

	if ((a = await_find(client, proc, 1)) == NULL)
		return 0;
	await_free(a);
	return 1;
}

static void
due_arm(void)
{
	struct timeval	 tv = { .tv_usec = IMPATIENCE_MS * 1000 };

	if (!evtimer_initialized(&ev_due))
		evtimer_set(&ev_due, due, NULL);
	if (!evtimer_pending(&ev_due, NULL) &&
	    evtimer_add(&ev_due, &tv) == -1)
		fatal("evtimer_add");
}

/* A child's part of an answer; with the last one the answer is whole. */
static void
await_take(struct await *a, enum ctl_process proc,
    const struct ctl_status *st)
{
	uint32_t	 client = a->client;

	reply_part(client, CTL_STATUS, st, sizeof(*st), 0);
	a->waiting &= ~(1U << proc);
	if (a->waiting != 0)
		return;
	await_free(a);
	reply_result(client, CTL_OK, 0, 0, "%s", "");
}

/*
 * A process that has no time to answer, or the disk of which has none, must
 * not keep an operator from seeing that: what it said last stands in for it.
 */
static void
await_late(struct await *a)
{
	struct ctl_status	 st;
	uint32_t		 waiting = a->waiting;
	int			 proc;

	for (proc = CTL_NET; proc < env->nprocesses; proc++) {
		if ((waiting & (1U << proc)) == 0)
			continue;
		silent |= 1U << proc;
		st = known[proc];
		st.process = proc;
		st.pid = child_of(proc)->pid;
		st.layers = child_of(proc)->layers;
		st.uid = child_of(proc)->uid;
		if (st.trouble[0] == '\0') {
			st.troubled = now_ms();
			strlcpy(st.trouble, "it does not answer: its figures "
			    "are old", sizeof(st.trouble));
		}
		await_take(a, proc, &st);
	}
}

static void
due(int fd, short event, void *arg)
{
	struct await	*a, *next;
	uint64_t	 now = mono_ms();
	int		 more = 0;

	(void)fd;
	(void)event;
	(void)arg;
	TAILQ_FOREACH_SAFE(a, &awaits, entry, next) {
		if (a->alone)
			continue;
		if (a->due <= now)
			await_late(a);
		else
			more = 1;
	}
	if (more)
		due_arm();
}

/* Every child is asked for its part of the answer to client. */
void
await_all(uint32_t client)
{
	struct ipc_client	 who = { .client = client };
	struct await		*a = await_new(client, 0);
	int			 proc;

	a->due = mono_ms() + (silent == 0 ? PATIENCE_MS : IMPATIENCE_MS);
	due_arm();
	for (proc = CTL_NET; proc < env->nprocesses; proc++) {
		a->waiting |= 1U << proc;
		to_child(proc, IPC_STATUS, &who, sizeof(who));
	}
}

/* A child's answer to IPC_STATUS. */
void
await_status(uint32_t client, enum ctl_process proc, const void *data)
{
	struct await	*a;

	memcpy(&known[proc], data, sizeof(known[proc]));
	silent &= ~(1U << proc);
	/* Who asked may have left, or did not wait for so long. */
	if ((a = await_find(client, proc, 0)) != NULL)
		await_take(a, proc, &known[proc]);
}

/* Where a list goes on, at cursor of the verifiers' turn. */
static void
more(uint32_t client, uint64_t turn, uint64_t cursor)
{
	struct ctl_page	 page = { .cursor = turn << 32 | cursor };

	reply_part(client, CTL_MORE, &page, sizeof(page), 1);
}

/*
 * A verifier's answer, or a part of one; it answers nobody who did not ask.
 * The end of one verifier's list is where the next one's begins.
 */
void
await_sessions(uint32_t client, enum ctl_process proc, uint32_t type,
    const void *data, size_t len)
{
	struct ctl_page	 page;
	struct await	*a;
	uint64_t	 turn = proc - CTL_VERIFY;

	if ((a = await_find(client, proc, 1)) == NULL)
		return;
	if (type == CTL_MORE) {
		memcpy(&page, data, sizeof(page));
		more(client, turn, page.cursor);
	} else if (type == CTL_RESULT && a->paged &&
	    turn + 1 < env->conf->limits.verifiers)
		more(client, turn + 1, 0);
	else
		reply_part(client, type, data, len, type == CTL_RESULT);
	if (type != CTL_SESSION)
		await_free(a);
}

/* Forgets a client that has left. */
void
await_client_gone(uint32_t client)
{
	struct await	*a, *next;

	TAILQ_FOREACH_SAFE(a, &awaits, entry, next)
		if (a->client == client)
			await_free(a);
}

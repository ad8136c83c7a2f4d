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
 * The log of readings on its way to be signed.  The store builds its tree and
 * proves to the parent that it goes on from what was signed last; the parent
 * believes the proof alone.
 */

#include <sys/types.h>

#include <event.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "store.h"

/* What the parent may sign: the tree, and that it goes on. */
struct offer {
	struct ipc_tree	 msg;
	uint8_t		 proof[MERKLE_CONSISTENCYMAX][ASMP_HASHLEN];
};

static struct event	 ev_sign;
static uint64_t		 signed_size;	/* by the parent, as it said */
static uint64_t		 missing;	/* seals, of those signed */
static int		 started;
static int		 offered;	/* the parent has yet to sign it */
static uint32_t		 asked;		/* how often the parent has */
static int		 asked_since;	/* the last offer */
static int		 unread;	/* it could not be made last time */

/* The tree as it is; 0, or -1 with engine->error(). */
static int
make(struct offer *o)
{
	static enum tree_kind	 log = TREE_READINGS;
	size_t			 n = 0;

	memset(&o->msg, 0, sizeof(o->msg));
	o->msg.from = signed_size;
	o->msg.size = log_size(TREE_READINGS);
	o->msg.missing = missing;
	o->msg.asked = asked;
	if (log_root(TREE_READINGS, o->msg.size, o->msg.root) == -1 ||
	    merkle_consistency(o->proof, &n, o->msg.from, o->msg.size,
	    log_node, &log) == -1)
		return -1;
	o->msg.n = n;
	return 0;
}

/* Half a proof would look like somebody's work: rather none for now. */
static void
not_made(void)
{
	struct ipc_tree_failed	 msg;

	if (!unread)
		log_warnx("log of readings: %s; it is signed later",
		    engine->error());
	unread = 1;
	seals_later();
	if (!asked_since)
		return;
	asked_since = 0;
	memset(&msg, 0, sizeof(msg));
	msg.asked = asked;
	strlcpy(msg.text, engine->error(), sizeof(msg.text));
	to_parent(IPC_TREE_FAILED, &msg, sizeof(msg));
}

/*
 * Offers the tree as it is on the disk, one at a time: of two from the same
 * size the second would not go on from what is signed by then.  What a power
 * cut could take away must not be signed.
 */
static void
offer(void)
{
	struct offer	 o;

	if (offered)
		return;
	if (readings_sync() == -1 || make(&o) == -1) {
		not_made();
		return;
	}
	if (unread)
		log_info("log of readings: can be signed again");
	unread = 0;
	offered = 1;
	asked_since = 0;
	to_parent(IPC_TREE, &o, sizeof(o.msg) + o.msg.n * sizeof(o.proof[0]));
}

/* The parent asks for the tree; an offer that it has yet to see is older. */
void
seals_ask(void)
{
	asked++;
	asked_since = 1;
	offer();
}

static void
sign(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	(void)arg;
	if (asked_since || unread || log_size(TREE_READINGS) > signed_size)
		offer();
}

/* There are new seals on the disk: they are to be signed soon. */
void
seals_later(void)
{
	struct timeval	 tv = { .tv_sec = SIGN_SECONDS };

	if (started && !evtimer_pending(&ev_sign, NULL))
		evtimer_add(&ev_sign, &tv);
}

/*
 * So far the parent has signed the log.  If it is shorter than that, its end
 * was cut off: what is missing has no hash, and no proof holds any more.
 */
void
seals_start(uint64_t size)
{
	if (size > log_size(TREE_READINGS))
		missing = size - log_size(TREE_READINGS);
	if (engine->begin(1) == -1 ||
	    log_stretch(TREE_READINGS, size) == -1 || engine->commit() == -1)
		fatalx("log of readings: %s", engine->error());
	signed_size = size;
	started = 1;
	evtimer_set(&ev_sign, sign, NULL);
	/* At once, so that what was done to it meanwhile is found. */
	if (log_size(TREE_READINGS) > 0)
		offer();
}

/* The parent has signed it so far. */
void
seals_signed(uint64_t size)
{
	signed_size = size;
	offered = 0;
	if (asked_since)
		offer();
	else if (log_size(TREE_READINGS) > size)
		seals_later();
}

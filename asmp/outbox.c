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
 * The outbox: who puts readings in, who takes them out to be sent, and what
 * is decided of them.
 *
 * Entries are appended and made durable in groups; outbox_next() hands out
 * nothing that is not.  Message ids are the gateway's: the state notes, before
 * the first entry of a session is sent, which entry has which id, and from
 * there both go up by one.  The last id that the next session tells is thus
 * enough to know what of it was decided, as long as nobody else uses ids of
 * the device.  What has not been sent is not decided whatever that id is: the
 * state also notes, before it is so, up to where entries may have been sent.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outbox_local.h"

#define SEGMENTS	8		/* that fill the smallest outbox */

/*
 * Entries that are noted as sent at once, ahead, so that one in so many waits
 * for the disk.  When we die in a session they are in doubt, like those in
 * flight, of which there can be as many.
 */
#define AHEAD		16384

struct outbox {
	struct outbox_dir	 dir;
	struct segments		 segs;
	struct outbox_state	 state;
	uint64_t		 limit;		/* bytes in all segments */
	uint64_t		 sent;		/* those before were */
	uint64_t		 opened;	/* the first of our own */
	uint64_t		 due;		/* the next to get an id */
	uint64_t		 damaged;	/* places where entries were */
};

/* Why the last call failed, with the path of what it was about. */
const char *
outbox_error(const struct outbox *ob)
{
	return ob->dir.error;
}

/* How many bytes of unfinished entries the last crash had left. */
uint64_t
outbox_cut(const struct outbox *ob)
{
	return ob->segs.cut;
}

/* In how many places entries were found damaged so far. */
uint64_t
outbox_damaged(const struct outbox *ob)
{
	return ob->damaged;
}

/* How many of the entries written are not decided, as far as is known. */
uint64_t
outbox_waiting(const struct outbox *ob)
{
	uint64_t	 head = ob->state.head, n = ob->segs.written - head;

	if (head <= ob->segs.hole)
		return n - ob->segs.holelen;
	if (head < ob->segs.hole + ob->segs.holelen)
		return n - (ob->segs.hole + ob->segs.holelen - head);
	return n;
}

/* The line of the first entry put that is not written; 0: all are. */
uint64_t
outbox_unwritten(const struct outbox *ob)
{
	struct entry	 e;

	return segments_gathered(&ob->segs, &e) ? e.line : 0;
}

/* A new outbox has no state, and of another device's nothing is sent. */
static int
state_fit(struct outbox *ob, const char *device, const char *gateway)
{
	int	 r;

	if ((r = dir_load(&ob->dir, &ob->state)) == -1)
		return -1;
	errno = 0;
	if (r == 1 && strcmp(ob->state.device, device) == 0 &&
	    strcmp(ob->state.gateway, gateway) == 0)
		return 0;
	if (r == 1)
		return dir_failed(&ob->dir, " is the outbox of device %s for "
		    "gateway %s, not of %s for %s", ob->state.device,
		    ob->state.gateway, device, gateway);
	if (!TAILQ_EMPTY(&ob->segs.list))
		return dir_failed(&ob->dir, "/state is missing: whose readings "
		    "these are is not known");
	ob->state.head = ob->state.sent = ob->state.seq = 1;
	strlcpy(ob->state.device, device, sizeof(ob->state.device));
	strlcpy(ob->state.gateway, gateway, sizeof(ob->state.gateway));
	return dir_save(&ob->dir, &ob->state);
}

/*
 * What the last run noted ahead and did not have was not sent; that is durable
 * before others get these numbers.
 */
static int
resume_sent(struct outbox *ob)
{
	int	 ahead = ob->state.sent > ob->segs.next;

	if (ahead)
		ob->state.sent = ob->segs.next;
	if (ob->state.sent < ob->state.head)
		ob->state.sent = ob->state.head;
	ob->sent = ob->state.sent;
	return ahead ? dir_save(&ob->dir, &ob->state) : 0;
}

/* Go on where the last run ended. */
static int
resume(struct outbox *ob)
{
	uint64_t	 first;

	if (segments_resume(&ob->segs, ob->state.head,
	    ob->state.sent) == -1)
		return -1;
	first = segments_first(&ob->segs);
	/* Segments go when they are decided; what was not sent was not. */
	ob->damaged = first > ob->state.sent;
	if (ob->state.head < first)
		ob->state.head = first;
	ob->opened = ob->segs.next;
	ob->due = ob->state.head;
	if (resume_sent(ob) == -1)
		return -1;
	return segments_release(&ob->segs, ob->state.head);
}

/*
 * The outbox in this directory, which is made unless it is there, for this
 * device and this gateway; limit, OUTBOX_MIN at least, is in bytes.  The
 * caller ends with outbox_close() and outbox_free().  NULL, and why in size
 * bytes of the caller's: it is in use, somebody else's or damaged, or the
 * system said no.
 */
struct outbox *
outbox_open(const char *path, const char *device, const char *gateway,
    uint64_t limit, char *why, size_t size)
{
	struct outbox	*ob;

	if ((ob = calloc(1, sizeof(*ob))) == NULL ||
	    (ob->dir.path = strdup(path)) == NULL) {
		snprintf(why, size, "%s", strerror(errno));
		free(ob);
		return NULL;
	}
	ob->dir.fd = ob->dir.lock = -1;
	ob->limit = limit;
	segments_init(&ob->segs, &ob->dir, limit / SEGMENTS < SEGMENT_MAX ?
	    (size_t)(limit / SEGMENTS) : SEGMENT_MAX);
	if (dir_open(&ob->dir) == -1 || segments_scan(&ob->segs) == -1 ||
	    state_fit(ob, device, gateway) == -1 || resume(ob) == -1) {
		strlcpy(why, ob->dir.error, size);
		outbox_free(ob);
		return NULL;
	}
	return ob;
}

/* Let go of the files as they are; NULL is fine. */
void
outbox_free(struct outbox *ob)
{
	if (ob == NULL)
		return;
	segments_free(&ob->segs);
	dir_close(&ob->dir);
	free(ob);
}

/* Entries from this number on go to a segment of their own. */
static int
begin(struct outbox *ob, uint64_t first)
{
	int	 r;

	if ((r = segments_begin(&ob->segs, first)) != 0)
		return r;
	return segments_release(&ob->segs, ob->state.head);
}

/*
 * Make all that was put durable, in one go; only then is it handed out by
 * outbox_next().  0; OUTBOX_FULL where the disk took a part or nothing, which
 * outbox_unwritten() tells, and it can be tried again; or -1, after which
 * nobody knows what a power cut would leave.
 */
int
outbox_sync(struct outbox *ob)
{
	int	 full;

	full = segments_flush(&ob->segs);
	/* Once all on the disk is decided, its place is free. */
	if (full == OUTBOX_FULL && ob->state.head == ob->segs.written &&
	    TAILQ_LAST(&ob->segs.list, segment_list)->size != 0 &&
	    (full = begin(ob, ob->segs.written)) == 0)
		full = segments_flush(&ob->segs);
	if (full == -1 || segments_sync(&ob->segs) == -1)
		return -1;
	return full;
}

/* Whether there is room; where all is decided there always can be. */
static int
room(struct outbox *ob, size_t need)
{
	int	 r;

	if (ob->segs.total + ob->segs.buflen + need > ob->limit) {
		if (ob->state.head != ob->segs.next || ob->segs.total == 0)
			return OUTBOX_FULL;
	} else if (!segments_due(&ob->segs, need))
		return 0;
	if ((r = outbox_sync(ob)) != 0)
		return r;
	return begin(ob, ob->segs.next);
}

/*
 * Take a reading of 1 to ENTRY_JSONMAX bytes; outbox_sync() makes it durable.
 * 0; OUTBOX_FULL, and it is not taken; or -1.
 */
int
outbox_put(struct outbox *ob, uint64_t time, uint64_t line, const char *json,
    size_t len)
{
	struct entry	 e = { 0, time, line, json, len };
	int		 r;

	if ((r = room(ob, ENTRY_HDR + len)) != 0)
		return r;
	return segments_put(&ob->segs, &e);
}

/* The id that an entry has, or will have. */
static uint64_t
id_of(const struct outbox *ob, uint64_t seq)
{
	return ob->state.id + (seq - ob->state.seq);
}

/*
 * Entry seq has this id, from now on, and was never sent as that: durable
 * before anything is.
 */
static int
note(struct outbox *ob, uint64_t seq, uint64_t id)
{
	if (ob->state.id != 0 && id_of(ob, seq) == id)
		return 0;
	ob->state.sent = ob->state.seq = seq;
	ob->state.id = id;
	return dir_save(&ob->dir, &ob->state);
}

/* The first entry that is not decided, given the gateway's last id. */
static uint64_t
undecided(const struct outbox *ob, uint64_t last)
{
	uint64_t	 seq = ob->state.seq, back;

	if (last + 1 >= ob->state.id)
		return seq + (last + 1 - ob->state.id);
	back = ob->state.id - (last + 1);
	return seq > back ? seq - back : 1;
}

/*
 * The head is where the gateway says it is, as far as entries are there; not
 * beyond those that were sent.
 */
static void
settle(struct outbox *ob, uint64_t last, struct outbox_news *news)
{
	uint64_t	 lowest = segments_first(&ob->segs);
	uint64_t	 head;

	if (last >= id_of(ob, ob->sent)) {
		news->foreign = last - id_of(ob, ob->sent) + 1;
		news->doubted = ob->sent - ob->state.head;
		return;
	}
	head = undecided(ob, last);
	if (head < ob->state.head)
		news->forgotten = ob->state.head - head;
	else
		news->decided = head - ob->state.head;
	ob->state.head = head < lowest ? lowest : head;
}

/*
 * A session has begun, and last is what the gateway says is the last id:
 * entries sent before are settled, and sending goes on with the first that
 * is not decided.  *news tells what was learned.  Where ids were used that
 * are not ours nobody can tell which of the readings they were: all that
 * were not acknowledged are sent again.  0 or -1.
 */
int
outbox_begin(struct outbox *ob, uint64_t last, struct outbox_news *news)
{
	memset(news, 0, sizeof(*news));
	if (ob->state.id != 0)
		settle(ob, last, news);
	/* What this last id does not count of earlier sessions is void. */
	ob->due = ob->sent = ob->state.head;
	segments_rewind(&ob->segs);
	if (note(ob, ob->due, last + 1) == -1)
		return -1;
	return segments_release(&ob->segs, ob->state.head);
}

/* What is due may be sent now: it, and those behind it, are noted as such. */
static int
mark(struct outbox *ob)
{
	if (ob->due < ob->state.sent)
		return 0;
	ob->state.sent = ob->due + AHEAD;
	return dir_save(&ob->dir, &ob->state);
}

/*
 * Numbers before seq are missing, ids must not be: from here on others belong
 * to them, which cannot be noted before all earlier ones are settled.  1, 0:
 * they are not, -1.
 */
static int
skip(struct outbox *ob, uint64_t seq)
{
	if (ob->state.head < ob->due)
		return 0;
	if (note(ob, seq, id_of(ob, ob->due)) == -1)
		return -1;
	ob->state.head = ob->due = ob->sent = seq;
	ob->damaged += ob->segs.bad;
	return 1;
}

/*
 * The next entry to be sent, valid until the next call; its id is
 * outbox_id().  1; 0 when there is none now; or -1.
 */
int
outbox_next(struct outbox *ob, struct entry *e)
{
	uint64_t	 seq;
	int		 found, r;

	if ((found = segments_peek(&ob->segs, ob->due, e)) == -1)
		return -1;
	seq = found ? e->seq : ob->segs.durable;
	if (seq != ob->due && (r = skip(ob, seq)) != 1)
		return r;
	ob->segs.bad = 0;
	return found && mark(ob) == -1 ? -1 : found;
}

/* What outbox_next() gave has been sent. */
void
outbox_sent(struct outbox *ob)
{
	segments_step(&ob->segs);
	ob->sent = ++ob->due;
}

/* What outbox_next() gave will never be sent. */
void
outbox_drop(struct outbox *ob)
{
	segments_step(&ob->segs);
}

/* The message id of what outbox_next() gave. */
uint64_t
outbox_id(const struct outbox *ob)
{
	return id_of(ob, ob->due);
}

/* Whether an entry was put since outbox_open(). */
int
outbox_own(const struct outbox *ob, const struct entry *e)
{
	return e->seq >= ob->opened;
}

/* All up to this id, which is one of this session's, is decided.  0 or -1. */
int
outbox_acked(struct outbox *ob, uint64_t id)
{
	uint64_t	 head = ob->state.seq + (id + 1 - ob->state.id);

	if (head <= ob->state.head)
		return 0;
	ob->state.head = head;
	return segments_release(&ob->segs, ob->state.head);
}

/*
 * There is no session now: note what was sent, and no more, lest readings that
 * come to wait are in doubt when we die.  0 or -1.
 */
int
outbox_rest(struct outbox *ob)
{
	if (ob->state.sent == ob->sent)
		return 0;
	ob->state.sent = ob->sent;
	return dir_save(&ob->dir, &ob->state);
}

/*
 * Note how far it came, for who asks before the next session tells; where
 * nothing waits, leave no segment behind.  What is not written is given up.
 * 0 or -1.
 */
int
outbox_close(struct outbox *ob)
{
	segments_forget(&ob->segs);
	ob->state.sent = ob->sent;
	if (dir_save(&ob->dir, &ob->state) == -1)
		return -1;
	if (ob->state.head != ob->segs.next)
		return 0;
	return segments_clear(&ob->segs);
}

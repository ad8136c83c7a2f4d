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
 * Bulk answers.  Each goes to asmpctl on a pipe of its own, from which
 * nothing is read: a page of rows whenever the last one is gone, one page of
 * one answer in each turn of the loop, after all that waits in the channel.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/uio.h>

#include <event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmpd.h"
#include "log.h"
#include "store.h"

/* What is left in a row beside a seal, for a reading expanded and not. */
#define ROOM	(CTL_ROWMAX - sizeof(struct ctl_sealed) - \
		    sizeof(struct stored_seal) - MERKLE_PROOFMAX * ASMP_HASHLEN)

struct reader {
	TAILQ_ENTRY(reader)	 entry;
	struct imsgbuf		 ibuf;
	struct event		 ev;
	struct page		 page;
	struct ipc_query	 asked;
	uint32_t		 kind;		/* enum ctl_kind */
	uint32_t		 limit;		/* rows, or 0 */
	uint32_t		 sent;
	int			 done;		/* the result is queued */
	int			 failed;	/* or cannot be */
	char			 device[ASMP_IDMAX + 1];
	uint32_t		 number;	/* whose id that is, or 0 */
	uint64_t		 found;		/* evidence: position, or 0 */
	int			 blocked;	/* the same: it was */
	uint64_t		 size;		/* the same: of the log */
};
TAILQ_HEAD(readers, reader);

/* What proves a reading. */
struct proven {
	struct ctl_sealed	 head;
	struct stored_seal	 seal;
	uint8_t			 path[MERKLE_PROOFMAX][ASMP_HASHLEN];
};

static struct readers	 ready = TAILQ_HEAD_INITIALIZER(ready);
static struct readers	 waiting = TAILQ_HEAD_INITIALIZER(waiting);

static int	 page_readings(struct reader *);
static int	 page_blocked(struct reader *);
static int	 page_audit(struct reader *);
static int	 page_marks(struct reader *);
static int	 page_evidence(struct reader *);
static int	 page_record(struct reader *);

/* What there is to ask for: what fills the queue, as the engine returns. */
static int	(*const kinds[CTL_NKINDS])(struct reader *) = {
	[CTL_KIND_READINGS] = page_readings,
	[CTL_KIND_BLOCKED] = page_blocked,
	[CTL_KIND_AUDIT] = page_audit,
	[CTL_KIND_MARKS] = page_marks,
	[CTL_KIND_EVIDENCE] = page_evidence,
	[CTL_KIND_DEVKEYS] = page_record,
	[CTL_KIND_ACTIVITY] = page_record,
	[CTL_KIND_STATISTICS] = page_record,
	[CTL_KIND_DATABASE] = page_record
};

/* The end of an answer. */
static void
put_result(struct reader *r, enum ctl_code code, const char *text)
{
	struct ctl_result	 res;

	memset(&res, 0, sizeof(res));
	res.code = code;
	res.count = r->sent;
	strlcpy(res.text, text, sizeof(res.text));
	if (imsg_compose(&r->ibuf, CTL_RESULT, 0, 0, -1, &res, sizeof(res)) ==
	    -1)
		r->failed = 1;
	r->done = 1;
}

/* A row that is too long was not made by asmpd; those behind it are good. */
static int
put_toolong(struct reader *r)
{
	char	 why[CTL_TEXTMAX];

	snprintf(why, sizeof(why), "what is at position %llu is damaged: it "
	    "is longer than any", (unsigned long long)r->page.cursor);
	put_result(r, CTL_FAILED, why);
	return 1;
}

/* Queues a row; says whether it was the last for now. */
static int
put_row(void *arg, uint32_t type, const void *head, size_t headlen,
    const void *text, size_t len)
{
	struct reader	*r = arg;
	struct iovec	 iov[2];

	if (len > CTL_ROWMAX - headlen)
		return put_toolong(r);
	iov[0].iov_base = (void *)(uintptr_t)head;
	iov[0].iov_len = headlen;
	iov[1].iov_base = (void *)(uintptr_t)text;
	iov[1].iov_len = len;
	if (imsg_composev(&r->ibuf, type, 0, 0, -1, iov, 2) == -1)
		r->failed = 1;
	r->sent++;
	return r->failed || r->sent == r->limit ||
	    imsgbuf_queuelen(&r->ibuf) >= READER_ROWS ||
	    imsgbuf_queuebytes(&r->ibuf) >= READER_BYTES;
}

/* Sets the id of a device, which often is that of the row before; 0 or -1. */
static int
set_device(struct reader *r, uint32_t number)
{
	if (r->number == number)
		return 0;
	if (engine->device_id(number, r->device) == -1)
		return -1;
	r->number = number;
	return 0;
}

static int
put_reading(void *arg, uint64_t position, const struct vs_reading *rd,
    const void *text)
{
	struct reader		*r = arg;
	struct ctl_reading	 head;

	if (set_device(r, rd->device) == -1) {
		put_result(r, CTL_FAILED, engine->error());
		return 1;
	}
	memset(&head, 0, sizeof(head));
	head.position = position;
	head.id = rd->id;
	head.time = rd->time;
	head.received = rd->received;
	head.reason = rd->reason;
	head.len = rd->textlen;
	strlcpy(head.device, r->device, sizeof(head.device));
	return put_row(r, CTL_READING, &head, sizeof(head), text, head.len);
}

static int
page_readings(struct reader *r)
{
	return engine->readings(&r->page, put_reading, r);
}

static int
page_blocked(struct reader *r)
{
	return engine->blocked(&r->page, put_reading, r);
}

static int
put_record(void *arg, const struct ctl_audit *r, const void *text)
{
	return put_row(arg, CTL_AUDIT, r, sizeof(*r), text, r->len);
}

static int
page_audit(struct reader *r)
{
	return engine->audit(&r->page, r->device, put_record, r);
}

static int
put_mark(void *arg, uint64_t size, const char *note)
{
	struct ctl_mark	 head;

	memset(&head, 0, sizeof(head));
	head.position = size;
	head.len = strlen(note) + 1;
	return put_row(arg, CTL_MARK, &head, sizeof(head), note, head.len);
}

static int
page_marks(struct reader *r)
{
	return engine->marks(&r->page, put_mark, r);
}

static int
page_record(struct reader *r)
{
	return record_page(&r->asked, &r->page, put_row, r);
}

/* A piece of a row that has many. */
static uint8_t *
piece(uint8_t *p, const void *data, size_t len)
{
	if (len > 0)
		memcpy(p, data, len);
	return p + len;
}

/* The seal of a reading, and its way to the root of the log. */
static int
seal_get(struct reader *r, uint64_t seal, struct proven *ev)
{
	static enum tree_kind	 log = TREE_READINGS;
	size_t			 n = 0;

	if (engine->seal(seal - 1, &ev->seal) == -1 ||
	    merkle_inclusion(ev->path, &n, seal - 1, r->size, log_node,
	    &log) == -1)
		return -1;
	ev->head.position = seal;
	ev->head.size = r->size;
	ev->head.recordlen = ev->seal.recordlen;
	ev->head.keylen = ev->seal.keylen;
	ev->head.nleaves = ev->seal.count;
	ev->head.npath = n;
	return 0;
}

/* Takes what proves a reading: CTL_OK, or why nothing does, in *why. */
static enum ctl_code
evidence_take(struct reader *r, uint64_t seal, const struct vs_reading *rd,
    struct proven *ev, const char **why)
{
	*why = "no signature covers it: only in profiles hybrid and asmp "
	    "devices sign their readings";
	if (seal == 0 || rd->place == 0)
		return CTL_NOTFOUND;
	*why = "it came while you asked; try again";
	if (seal > r->size)
		return CTL_BUSY;
	if (seal_get(r, seal, ev) == -1) {
		*why = engine->error();
		return CTL_FAILED;
	}
	*why = "the reading is damaged: it is longer than any, or not one "
	    "that its seal covers";
	if (rd->place > ev->seal.count || rd->textlen > ROOM ||
	    rd->rawlen > ROOM - rd->textlen)
		return CTL_FAILED;
	return CTL_OK;
}

/* All that it is, one piece behind the other; the length. */
static size_t
evidence_pack(const struct proven *ev, const struct vs_reading *rd,
    const void *text, const void *raw, uint8_t *row)
{
	const struct stored_seal	*seal = &ev->seal;
	uint8_t				*p = row;

	p = piece(p, text, rd->textlen);
	p = piece(p, raw, rd->rawlen);
	p = piece(p, seal->record, seal->recordlen);
	p = piece(p, seal->key, seal->keylen);
	p = piece(p, seal->leaf, seal->count * sizeof(seal->leaf[0]));
	p = piece(p, ev->path, ev->head.npath * sizeof(ev->path[0]));
	return p - row;
}

/* A reading with all that proves it, in one row. */
static void
put_evidence(void *arg, uint64_t seal, const struct vs_reading *rd,
    const void *text, const void *raw)
{
	static uint8_t		 row[CTL_ROWMAX];	/* and a seal: large */
	static struct proven	 ev;
	struct reader		*r = arg;
	const char		*why;
	enum ctl_code		 code;

	memset(&ev.head, 0, sizeof(ev.head));
	if ((code = evidence_take(r, seal, rd, &ev, &why)) != CTL_OK) {
		put_result(r, code, why);
		return;
	}
	ev.head.id = rd->id;
	ev.head.time = rd->time;
	ev.head.received = rd->received;
	ev.head.reason = rd->reason;
	ev.head.place = rd->place;
	ev.head.textlen = rd->textlen;
	ev.head.rawlen = rd->rawlen;
	(void)put_row(r, CTL_SEALED, &ev.head, sizeof(ev.head), row,
	    evidence_pack(&ev, rd, text, raw, row));
}

static int
find_reading(void *arg, uint64_t position, const struct vs_reading *rd,
    const void *text)
{
	struct reader	*r = arg;

	(void)rd;
	(void)text;
	r->found = position;
	return 1;
}

/* Looks for the reading among the accepted, then among the blocked. */
static int
page_evidence(struct reader *r)
{
	int	 more;

	more = r->blocked ? engine->blocked(&r->page, find_reading, r) :
	    engine->readings(&r->page, find_reading, r);
	if (more == -1)
		return -1;
	if (r->found != 0)
		return engine->sealed(r->found, r->blocked, put_evidence, r);
	if (more == 0 && r->blocked)
		put_result(r, CTL_NOTFOUND, "there is no such reading: none "
		    "came with this id, or retention has removed it");
	if (more == 0 && !r->blocked) {
		r->blocked = more = 1;
		r->page.cursor = 0;
	}
	return more;
}

static void
fill(struct reader *r)
{
	int	 more = kinds[r->kind](r);

	if (r->done)
		return;
	if (more == -1)
		put_result(r, CTL_FAILED, engine->error());
	else if (more == 0 || (r->limit != 0 && r->sent >= r->limit))
		put_result(r, CTL_OK, "");
}

static void
reader_free(struct reader *r, struct readers *from)
{
	TAILQ_REMOVE(from, r, entry);
	close(r->ibuf.fd);
	imsgbuf_clear(&r->ibuf);
	store_counter[CS_READERS]--;
	free(r);
}

/* It can be written to again, or it is as if nobody were there. */
static void
reader_event(int fd, short event, void *arg)
{
	struct reader	*r = arg;

	(void)fd;
	if (event == EV_TIMEOUT) {
		log_info("an answer that nobody reads is given up");
		reader_free(r, &waiting);
		return;
	}
	TAILQ_REMOVE(&waiting, r, entry);
	TAILQ_INSERT_TAIL(&ready, r, entry);
}

static void
reader_wait(struct reader *r)
{
	struct timeval	 tv = { .tv_sec = READER_WAIT };

	TAILQ_REMOVE(&ready, r, entry);
	TAILQ_INSERT_TAIL(&waiting, r, entry);
	event_set(&r->ev, r->ibuf.fd, EV_WRITE, reader_event, r);
	if (event_add(&r->ev, &tv) == -1)
		fatal("event_add");
}

/* Takes over the descriptor. */
static struct reader *
reader_new(int fd)
{
	struct reader	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL ||
	    imsgbuf_init(&r->ibuf, fd) == -1 ||
	    imsgbuf_set_maxsize(&r->ibuf, CTL_ROWMAX) == -1)
		fatal("a reader");
	TAILQ_INSERT_TAIL(&ready, r, entry);
	store_counter[CS_READERS]++;
	return r;
}

/* What it looks for, and where it begins. */
static void
reader_begin(struct reader *r, const struct ipc_query *msg)
{
	r->asked = *msg;
	r->kind = msg->q.kind;
	r->limit = msg->q.limit;
	r->page.since = msg->q.since;
	r->page.until = msg->q.until;
	r->page.id = msg->q.id;
	r->page.newest = msg->q.newest != 0;
	r->page.event = audit_byname(msg->q.type);
	r->page.device = msg->device;
	strlcpy(r->page.type, msg->q.type, sizeof(r->page.type));
	strlcpy(r->page.gateway, msg->q.gateway, sizeof(r->page.gateway));
	if (r->kind == CTL_KIND_AUDIT)
		strlcpy(r->device, msg->q.device, sizeof(r->device));
	if (r->kind == CTL_KIND_EVIDENCE)
		r->size = msg->q.after;
	else
		r->page.cursor = msg->q.after;
}

/* Starts an answer; fd is -1 if there was no descriptor left for it. */
void
query_open(const struct ipc_query *msg, int fd)
{
	struct reader	*r;

	if (msg->q.kind >= CTL_NKINDS || kinds[msg->q.kind] == NULL)
		fatalx("a query of kind %u", msg->q.kind);
	if (fd == -1)
		return;
	r = reader_new(fd);
	reader_begin(r, msg);
	if (store_counter[CS_READERS] > READERS_MAX)
		put_result(r, CTL_BUSY, "as many answers as there can be are "
		    "under way; try again");
	else if (r->size > log_size(TREE_READINGS))
		put_result(r, CTL_INVALID, "the log of readings was never so "
		    "long");
}

/* Whether an answer could go on at once. */
int
queries_ready(void)
{
	return !TAILQ_EMPTY(&ready);
}

/* The turn of one answer; the others come after it. */
void
queries_turn(void)
{
	struct reader	*r;

	if ((r = TAILQ_FIRST(&ready)) == NULL)
		return;
	if (!r->done && imsgbuf_queuelen(&r->ibuf) == 0)
		fill(r);
	if (r->failed || imsgbuf_write(&r->ibuf) == -1)
		reader_free(r, &ready);
	else if (imsgbuf_queuelen(&r->ibuf) > 0)
		reader_wait(r);
	else if (r->done)
		reader_free(r, &ready);
	else {
		TAILQ_REMOVE(&ready, r, entry);
		TAILQ_INSERT_TAIL(&ready, r, entry);
	}
}

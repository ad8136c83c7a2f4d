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
 * The segments of an outbox: entries are appended to the last one, made
 * durable in groups, and read from any; what a crash leaves is cut or stepped
 * over.  What an entry is sent as, and when it may go, is the queue's affair.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outbox_local.h"

static int
failed_at(struct segments *s, const struct segment *seg)
{
	return dir_failed(s->dir, "/%016llx", (unsigned long long)seg->first);
}

static int
is_full(void)
{
	return errno == ENOSPC || errno == EDQUOT;
}

/* Insert in the order of numbers; for dir_scan(). */
static int
segment_add(void *arg, uint64_t first, size_t size)
{
	struct segments	*s = arg;
	struct segment	*seg, *before;

	if ((seg = calloc(1, sizeof(*seg))) == NULL)
		return dir_failed(s->dir, "%s", "");
	seg->first = first;
	seg->size = size;
	s->total += size;
	TAILQ_FOREACH_REVERSE(before, &s->list, segment_list, entry) {
		if (before->first < first) {
			TAILQ_INSERT_AFTER(&s->list, before, seg, entry);
			return 0;
		}
	}
	TAILQ_INSERT_HEAD(&s->list, seg, entry);
	return 0;
}

/*
 * Segments, all zero before, for a directory that outlives them; each has max
 * bytes, but for a single entry.
 */
void
segments_init(struct segments *s, struct outbox_dir *dir, size_t max)
{
	TAILQ_INIT(&s->list);
	s->dir = dir;
	s->max = max;
	s->out = -1;
}

/* Find those that are in the directory.  0 or -1. */
int
segments_scan(struct segments *s)
{
	return dir_scan(s->dir, segment_add, s);
}

static void
close_out(struct segments *s)
{
	if (s->out != -1)
		close(s->out);
	s->out = -1;
}

/* Let go of the files as they are. */
void
segments_free(struct segments *s)
{
	struct segment	*seg;

	while ((seg = TAILQ_FIRST(&s->list)) != NULL) {
		TAILQ_REMOVE(&s->list, seg, entry);
		free(seg);
	}
	close_out(s);
	free(s->mem);
}

/* The first number that there can be an entry of. */
uint64_t
segments_first(const struct segments *s)
{
	const struct segment	*seg = TAILQ_FIRST(&s->list);

	return seg == NULL ? s->next : seg->first;
}

static int
segment_remove(struct segments *s, struct segment *seg)
{
	if (dir_remove(s->dir, seg->first) == -1)
		return -1;
	s->total -= seg->size;
	if (s->reading == seg)
		s->reading = NULL;
	TAILQ_REMOVE(&s->list, seg, entry);
	free(seg);
	return 0;
}

/*
 * Segments that have nothing but entries before head are of no more use; the
 * last one stays.  0 or -1.
 */
int
segments_release(struct segments *s, uint64_t head)
{
	struct segment	*seg, *after;

	while ((seg = TAILQ_FIRST(&s->list)) != NULL &&
	    (after = TAILQ_NEXT(seg, entry)) != NULL &&
	    after->first <= head) {
		if (segment_remove(s, seg) == -1)
			return -1;
	}
	return 0;
}

/* All of them go.  0 or -1. */
int
segments_clear(struct segments *s)
{
	struct segment	*seg;

	while ((seg = TAILQ_FIRST(&s->list)) != NULL) {
		if (segment_remove(s, seg) == -1)
			return -1;
	}
	return dir_sync(s->dir);
}

static int
mem_room(struct segments *s, size_t size)
{
	uint8_t	*p;

	if (size <= s->memsize)
		return 0;
	if ((p = realloc(s->mem, size)) == NULL)
		return dir_failed(s->dir, "%s", "");
	s->mem = p;
	s->memsize = size;
	return 0;
}

/* Have all of a segment in memory, also what was appended since. */
static int
segment_load(struct segments *s, struct segment *seg)
{
	ssize_t	 n;
	int	 fd;

	if (s->reading != seg) {
		/* The one before ends where this begins. */
		s->bad |= s->reading != NULL && s->lowest != seg->first;
		s->reading = seg;
		s->lowest = seg->first;
		s->memlen = s->pos = s->step = 0;
	}
	if (s->memlen == seg->size)
		return 0;
	if (mem_room(s, seg->size > s->max ? seg->size : s->max) == -1 ||
	    (fd = dir_segment(s->dir, seg->first, O_RDONLY)) == -1)
		return -1;
	n = read_at(fd, s->mem + s->memlen, seg->size - s->memlen, s->memlen);
	close(fd);
	if (n == -1)
		return failed_at(s, seg);
	s->memlen += (size_t)n;
	return 0;
}

/* Nobody has these numbers: they are not counted. */
static void
hole(struct segments *s, uint64_t first, uint64_t len)
{
	s->hole = first;
	s->holelen = len;
}

/* Where the last good entry in memory ends; s->next is the number behind. */
static size_t
tail(struct segments *s)
{
	struct entry	 e;
	size_t		 pos = 0, end = 0;

	while ((pos = entry_find(&e, s->mem, s->memlen, pos, s->next)) <
	    s->memlen) {
		if (e.len == 0)
			hole(s, s->next, e.seq + 1 - s->next);
		s->next = e.seq + 1;
		end = pos += ENTRY_HDR + e.len;
	}
	return end;
}

/*
 * What lies behind end was not finished when we died, or is damaged.  The
 * numbers it may have had, of those before sent, are not given again, since
 * one of them could have been sent: an entry without JSON takes its place.
 */
static int
cut(struct segments *s, struct segment *seg, size_t end, uint64_t sent)
{
	struct entry	 none = { 0 };
	uint8_t		 buf[ENTRY_HDR];
	uint64_t	 n;

	s->cut = seg->size - end;
	s->total -= s->cut;
	seg->size = end;
	if (ftruncate(s->out, (off_t)end) == -1)
		return -1;
	if (sent <= s->next)
		return 0;
	n = s->cut / ENTRY_HDR + 1;
	hole(s, s->next, n < sent - s->next ? n : sent - s->next);
	s->next += s->holelen;
	none.seq = s->next - 1;
	if (write_at(s->out, buf, entry_put(buf, &none), end) == -1)
		return is_full() ? 0 : -1;
	seg->size += ENTRY_HDR;
	s->total += ENTRY_HDR;
	return 0;
}

/* Cut a torn tail off the last segment, and find the next number. */
static int
segment_cut(struct segments *s, struct segment *seg, uint64_t sent)
{
	size_t	 end;

	s->next = seg->first;
	if (segment_load(s, seg) == -1)
		return -1;
	s->reading = NULL;
	end = tail(s);
	if (end != seg->size && cut(s, seg, end, sent) == -1)
		return failed_at(s, seg);
	return fsync(s->out) == -1 ? failed_at(s, seg) : 0;
}

/* Go on behind the last segment, which its writer may not have synced. */
static int
resume_last(struct segments *s, uint64_t sent)
{
	struct segment	*seg = TAILQ_LAST(&s->list, segment_list);

	if (seg == NULL)
		return 0;
	s->out = dir_segment(s->dir, seg->first, O_RDWR);
	if (s->out == -1 || segment_cut(s, seg, sent) == -1)
		return -1;
	return dir_sync(s->dir);
}

/*
 * Go on where the last run ended: numbers behind all that are there, and from
 * head on, for one is not given twice, whoever removed a file; none from sent
 * on was.  0 or -1.
 */
int
segments_resume(struct segments *s, uint64_t head, uint64_t sent)
{
	s->next = head;
	if (resume_last(s, sent) == -1)
		return -1;
	if (s->next < head) {
		s->next = head;
		close_out(s);
	}
	s->written = s->durable = s->next;
	return 0;
}

/* Whether an entry of need bytes has no place in the last segment. */
int
segments_due(const struct segments *s, size_t need)
{
	const struct segment	*seg = TAILQ_LAST(&s->list, segment_list);

	return s->out == -1 || (seg->size + s->buflen != 0 &&
	    seg->size + s->buflen + need > s->max);
}

/* Entries of len bytes, those before next, are in the last segment now. */
static void
flushed(struct segments *s, struct segment *seg, size_t len, uint64_t next)
{
	seg->size += len;
	s->total += len;
	s->buflen -= len;
	memmove(s->buf, s->buf + len, s->buflen);
	s->written = next;
}

/* How many bytes of what is gathered the disk took before it was full. */
static ssize_t
bytes_taken(struct segments *s, const struct segment *seg)
{
	struct stat	 st;
	size_t		 n = 0;

	if (fstat(s->out, &st) == -1)
		return -1;
	if (st.st_size > (off_t)seg->size)
		n = (size_t)st.st_size - seg->size;
	return (ssize_t)(n < s->buflen ? n : s->buflen);
}

/*
 * The disk is full: entries that are whole there count, and of the next one
 * nothing is left for another run to stumble over.
 */
static int
flush_part(struct segments *s, struct segment *seg)
{
	struct entry	 e;
	size_t		 len = 0, step;
	ssize_t		 n;
	uint64_t	 next = s->written;

	if ((n = bytes_taken(s, seg)) == -1)
		return failed_at(s, seg);
	while ((step = entry_get(&e, s->buf + len, (size_t)n - len)) != 0) {
		len += step;
		next = e.seq + 1;
	}
	if (ftruncate(s->out, (off_t)(seg->size + len)) == -1)
		return failed_at(s, seg);
	flushed(s, seg, len, next);
	return OUTBOX_FULL;
}

/*
 * What is gathered goes to the last segment.  OUTBOX_FULL: the disk is, and
 * what it did not take is gathered still.
 */
int
segments_flush(struct segments *s)
{
	struct segment	*seg = TAILQ_LAST(&s->list, segment_list);

	if (s->buflen == 0)
		return 0;
	if (write_at(s->out, s->buf, s->buflen, seg->size) == -1)
		return is_full() ? flush_part(s, seg) : failed_at(s, seg);
	flushed(s, seg, s->buflen, s->next);
	return 0;
}

/* The first entry that is gathered and not written.  1, or 0: none is. */
int
segments_gathered(const struct segments *s, struct entry *e)
{
	return entry_get(e, s->buf, s->buflen) != 0;
}

/* What is gathered and not written is forgotten: its numbers are free. */
void
segments_forget(struct segments *s)
{
	s->buflen = 0;
	s->next = s->written;
}

/*
 * Gather an entry, which gets its number here, for the last segment, of which
 * segments_due() has said that it has a place.  As segments_flush().
 */
int
segments_put(struct segments *s, struct entry *e)
{
	int	 r;

	if (s->buflen + ENTRY_HDR + e->len > sizeof(s->buf) &&
	    (r = segments_flush(s)) != 0)
		return r;
	e->seq = s->next++;
	s->buflen += entry_put(s->buf + s->buflen, e);
	return 0;
}

/* Entries from this number on go to a segment of their own. */
int
segments_begin(struct segments *s, uint64_t first)
{
	int	 fd;

	fd = dir_segment(s->dir, first, O_RDWR | O_CREAT | O_EXCL);
	if (fd == -1)
		return is_full() ? OUTBOX_FULL : -1;
	close_out(s);
	s->out = fd;
	return segment_add(s, first, 0);
}

/* What is written is durable from here on.  0 or -1. */
int
segments_sync(struct segments *s)
{
	if (s->durable == s->written)
		return 0;
	if (fdatasync(s->out) == -1)
		return dir_failed(s->dir, "%s", "");
	if (s->dir->newnames && dir_sync(s->dir) == -1)
		return -1;
	s->durable = s->written;
	return 0;
}

/* Read from the beginning, and forget what was found damaged. */
void
segments_rewind(struct segments *s)
{
	s->reading = NULL;
	s->bad = 0;
}

/*
 * The next entry in this segment that is due or later.  Whatever number is
 * not there was damaged, or taken out.  1, 0 none, -1.
 */
static int
segment_peek(struct segments *s, struct segment *seg, uint64_t due,
    struct entry *e)
{
	size_t	 pos;

	if (segment_load(s, seg) == -1)
		return -1;
	while ((pos = entry_find(e, s->mem, s->memlen, s->pos, s->lowest)) <
	    s->memlen) {
		s->bad |= pos != s->pos || (e->len != 0 &&
		    e->seq != s->lowest);
		s->pos = pos;
		s->step = ENTRY_HDR + e->len;
		s->lowest = e->seq;
		if (e->len != 0 && e->seq >= due)
			return 1;
		segments_step(s);
	}
	s->bad |= s->pos != s->memlen;
	s->pos = s->memlen;
	return 0;
}

/* The segment to look into first: none behind it begins as early. */
static struct segment *
segment_of(struct segments *s, uint64_t due)
{
	struct segment	*seg = s->reading, *after;

	if (seg == NULL)
		seg = TAILQ_FIRST(&s->list);
	while (seg != NULL && (after = TAILQ_NEXT(seg, entry)) != NULL &&
	    after->first <= due)
		seg = after;
	return seg;
}

/*
 * The next entry there is of number due or later, valid until the next call;
 * bad is set where damage was stepped over.  1, 0: none that is durable, -1.
 */
int
segments_peek(struct segments *s, uint64_t due, struct entry *e)
{
	struct segment	*seg = segment_of(s, due);
	int		 r = 0;

	while (seg != NULL && (r = segment_peek(s, seg, due, e)) == 0)
		seg = TAILQ_NEXT(seg, entry);
	return r == 1 && e->seq >= s->durable ? 0 : r;
}

/* Go on behind what segments_peek() gave. */
void
segments_step(struct segments *s)
{
	s->pos += s->step;
	s->lowest++;
}

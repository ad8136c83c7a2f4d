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
 * Waiting rooms and seals: DATA is kept unopened until one signature of the
 * device's has covered it, then opened, then judged.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

/* A record of a seal's, where it lies in its room. */
struct opened {
	uint8_t		*plain;
	size_t		 len;
	uint32_t	 stream;
};

static TAILQ_HEAD(rooms, room)	 taken = TAILQ_HEAD_INITIALIZER(taken);
static struct rooms		 idle = TAILQ_HEAD_INITIALIZER(idle);
static size_t			 nidle;

static struct room *
room_enter(struct session *s, uint64_t seq)
{
	struct room	*r;

	if ((r = TAILQ_FIRST(&idle)) != NULL) {
		TAILQ_REMOVE(&idle, r, entry);
		nidle--;
	} else if ((r = calloc(1, sizeof(*r))) == NULL)
		fatal("calloc");
	r->owner = s;
	r->since = mono_ms();
	r->first = seq;
	r->len = r->count = 0;
	TAILQ_INSERT_TAIL(&taken, r, entry);
	verify_counter[CV_ROOMS]++;
	s->up->room = r;
	return r;
}

/*
 * Gives a session's room back, if it has one.  After a good seal its bytes
 * are plaintexts: they are wiped.
 */
void
room_leave(struct session *s)
{
	struct room	*r = s->up->room;

	if (r == NULL)
		return;
	s->up->room = NULL;
	TAILQ_REMOVE(&taken, r, entry);
	verify_counter[CV_ROOMS]--;
	verify_counter[CV_ROOM_BYTES] -= r->len;
	explicit_bzero(r->buf, r->len);
	if (nidle < ROOMS_IDLE && r->size <= ROOM_FIRST * 4) {
		TAILQ_INSERT_HEAD(&idle, r, entry);
		nidle++;
		return;
	}
	free(r->buf);
	free(r);
}

static void
room_grow(struct room *r, size_t need)
{
	size_t	 size = r->size == 0 ? ROOM_FIRST : r->size;

	while (size < need)
		size *= 2;
	if (size == r->size)
		return;
	if ((r->buf = realloc(r->buf, size)) == NULL)
		fatal("realloc");
	r->size = size;
}

/* Keeps a DATA frame of len bytes.  Returns 0 or a reason to end. */
enum reason
room_add(struct session *s, const struct asmp_header *h,
    const uint8_t *frame, size_t len)
{
	struct room	*r = s->up->room;

	if (r == NULL)
		r = room_enter(s, h->seq);
	if (r->count == ASMP_SEAL_FRAMES || r->len + len > ASMP_SEAL_BYTES)
		return REASON_SEAL_LIMIT;
	if (verify_counter[CV_ROOM_BYTES] + len > ROOMS_BYTES)
		return REASON_BUSY;
	room_grow(r, r->len + len);
	memcpy(r->buf + r->len, frame, len);
	r->len += len;
	r->last = h->seq;
	r->count++;
	verify_counter[CV_ROOM_BYTES] += len;
	return REASON_NONE;
}

/* Ends sessions whose DATA has waited too long. */
void
rooms_sweep(void)
{
	struct room	*r;
	uint64_t	 now = mono_ms();

	while ((r = TAILQ_FIRST(&taken)) != NULL &&
	    r->since + SEAL_WAIT <= now && session_room())
		session_end(r->owner, REASON_SEAL_LIMIT);
}

/* The first check: is this what the device signed? */
static enum reason
check_signature(struct session *s, struct seal *seal, const uint8_t *plain,
    size_t len)
{
	struct room	*r = s->up->room;
	struct part	 part;

	if (len < SEAL_FIXED || r == NULL)
		return REASON_BAD_SEAL;
	seal->number = s->up->seal;
	seal->epoch = s->epoch;
	seal->first = r->first;
	seal->last = r->last;
	seal->count = r->count;
	part.data = r->buf;
	part.len = r->len;
	sha256_parts(seal->c, &part, 1);
	memcpy(seal->p, plain + 2, sizeof(seal->p));
	if (get_u16(plain) != r->count || seal_verify(&s->up->pub,
	    plain + SEAL_FIXED, len - SEAL_FIXED, s->up->t, seal,
	    s->up->id) == -1)
		return REASON_BAD_SEAL;
	return REASON_NONE;
}

/* Opens every frame where it lies and compares their leaves with P. */
static enum reason
open_all(struct session *s, const struct seal *seal, struct opened *out)
{
	struct room		*r = s->up->room;
	struct asmp_header	 h;
	SHA256_CTX		 leaves;
	enum reason		 reason;
	uint8_t			 leaf[ASMP_HASHLEN], *p;

	SHA256_Init(&leaves);
	for (p = r->buf; p < r->buf + r->len; p += ASMP_HDRLEN + h.length) {
		frame_get(&h, p);
		out->stream = h.stream;
		if ((reason = data_verify(&s->up->keys.d2g, p)) !=
		    REASON_NONE || (reason = data_open(&s->up->keys.d2g,
		    verify_aeads, p, 0, &out->plain, &out->len)) !=
		    REASON_NONE)
			return reason;
		seal_leaf(leaf, s->up->keys.d2g_blind, p, out->plain,
		    out->len);
		SHA256_Update(&leaves, leaf, sizeof(leaf));
		out++;
	}
	SHA256_Final(leaf, &leaves);
	return timingsafe_bcmp(leaf, seal->p, sizeof(leaf)) == 0 ?
	    REASON_NONE : REASON_SEAL_CONTENT;
}

/* Hands the records on; what comes before a wrong one still counts. */
static enum reason
hand_on(struct session *s, const struct opened *rec)
{
	enum reason	 reason = REASON_NONE;
	uint32_t	 i;

	for (i = 0; i < s->up->room->count && reason == REASON_NONE; i++)
		reason = stream_take(s, rec[i].stream, rec[i].plain,
		    rec[i].len);
	streams_run(s);
	return reason;
}

/*
 * A SEAL's plaintext.  Signature, then decryption, then each reading, in
 * this order.  Returns 0 or a reason to end; where a reading is blocked the
 * session ends after the store has decided on it.
 */
enum reason
seal_take(struct session *s, const uint8_t *plain, size_t len)
{
	struct opened	 records[ASMP_SEAL_FRAMES];
	struct seal	 seal;
	enum reason	 reason;

	if ((reason = check_signature(s, &seal, plain, len)) != REASON_NONE ||
	    (reason = open_all(s, &seal, records)) != REASON_NONE)
		return reason;
	s->up->seal++;
	s->up->active = now_ms();
	verify_counter[CV_SEALS]++;
	reason = hand_on(s, records);
	room_leave(s);
	return reason;
}

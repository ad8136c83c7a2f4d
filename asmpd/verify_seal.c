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

/* The seal whose records are being handed on. */
struct sealed {
	const struct session	*owner;		/* NULL: there is none */
	struct seal		 seal;
	const uint8_t		*sig;
	int			 told;		/* the store has it */
	uint32_t		 place;		/* that was asked for last */
	struct opened		 record[ASMP_SEAL_FRAMES];
	struct vs_leaf		 leaf[ASMP_SEAL_FRAMES];
};

static TAILQ_HEAD(rooms, room)	 taken = TAILQ_HEAD_INITIALIZER(taken);
static struct rooms		 idle = TAILQ_HEAD_INITIALIZER(idle);
static size_t			 nidle;
static struct sealed		 sealed;	/* too large for a stack */

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
	r->since = hotpipe_clock(&verify_net);
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

/* Its DATA, if any waits, begins to wait now. */
void
room_renew(struct session *s)
{
	struct room	*r = s->up->room;

	if (r == NULL)
		return;
	r->since = hotpipe_clock(&verify_net);
	TAILQ_REMOVE(&taken, r, entry);
	TAILQ_INSERT_TAIL(&taken, r, entry);
}

/* Ends sessions whose DATA has waited too long. */
void
rooms_sweep(void)
{
	struct room	*r;
	uint64_t	 now = hotpipe_clock(&verify_net);

	while ((r = TAILQ_FIRST(&taken)) != NULL &&
	    r->since + SEAL_WAIT <= now && session_room()) {
		if (session_waits(r->owner))
			session_excuse(r->owner);
		else
			session_end(r->owner, REASON_SEAL_LIMIT);
	}
}

/* The device's key, as it is verified with. */
static struct ident_pub
key_of(const struct session *s)
{
	struct ident_pub	 pub = { .alg = s->up->alg };

	memcpy(pub.key, session_key(s), ident_publen(pub.alg));
	return pub;
}

/* The first check: is this what the device signed? */
static enum reason
check_signature(struct session *s, struct seal *seal, const uint8_t *plain,
    size_t len)
{
	struct room		*r = s->up->room;
	struct ident_pub	 pub = key_of(s);
	struct part		 part;

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
	if (get_u16(plain) != r->count || seal_verify(&pub,
	    plain + SEAL_FIXED, len - SEAL_FIXED, s->up->t, seal,
	    s->up->id) == -1)
		return REASON_BAD_SEAL;
	return REASON_NONE;
}

/* Opens a frame where it lies; its leaf, and what shows it. */
static enum reason
open_one(struct session *s, uint8_t *f, const struct hmac *blindkey,
    struct opened *rec, struct vs_leaf *l)
{
	struct asmp_data	*d = &s->up->keys.d2g;
	enum reason		 reason;

	if ((reason = data_verify(d, f)) != REASON_NONE ||
	    (reason = data_open(d, verify_aeads, f, 0, &rec->plain,
	    &rec->len)) != REASON_NONE)
		return reason;
	memcpy(l->header, f, sizeof(l->header));
	seal_blind(l->blind, blindkey, f);
	seal_leaf_shown(l->leaf, l->blind, f, rec->plain, rec->len);
	return REASON_NONE;
}

/* Opens all of them and compares their leaves with P. */
static enum reason
open_all(struct session *s)
{
	struct room		*r = s->up->room;
	struct hmac		 blindkey;
	struct asmp_header	 h;
	SHA256_CTX		 leaves;
	enum reason		 reason = REASON_NONE;
	uint8_t			 p[ASMP_HASHLEN], *f = r->buf;
	uint32_t		 i;

	hmac_key(&blindkey, s->up->keys.d2g_blind, ASMP_KEYLEN);
	SHA256_Init(&leaves);
	for (i = 0; i < r->count && reason == REASON_NONE; i++) {
		frame_get(&h, f);
		sealed.record[i].stream = h.stream;
		reason = open_one(s, f, &blindkey, &sealed.record[i],
		    &sealed.leaf[i]);
		SHA256_Update(&leaves, sealed.leaf[i].leaf, ASMP_HASHLEN);
		f += ASMP_HDRLEN + h.length;
	}
	hmac_wipe(&blindkey);
	SHA256_Final(p, &leaves);
	if (reason != REASON_NONE)
		return reason;
	return timingsafe_bcmp(p, sealed.seal.p, sizeof(p)) == 0 ?
	    REASON_NONE : REASON_SEAL_CONTENT;
}

/* What the log of readings keeps of the seal; returns its length. */
static size_t
seal_record(const struct session *s, uint8_t *out, uint64_t now)
{
	struct ident_pub	 pub = key_of(s);
	struct seal_record	 rec;

	memset(&rec, 0, sizeof(rec));
	rec.received = now;
	strlcpy(rec.id, s->up->id, sizeof(rec.id));
	rec.alg = pub.alg;
	ident_keyid(&pub, rec.keyid);
	memcpy(rec.t, s->up->t, sizeof(rec.t));
	rec.seal = sealed.seal;
	memcpy(rec.sig, sealed.sig, ident_siglen(rec.alg));
	return seal_record_put(out, &rec);
}

/* The store hears of a seal before the first of its readings. */
static void
seal_tell(const struct session *s)
{
	struct vs_seal	 msg;
	uint8_t		*buf, *p;
	size_t		 leaves = sealed.seal.count * sizeof(struct vs_leaf);

	memset(&msg, 0, sizeof(msg));
	buf = chan_reserve(&verify_store.chan, sizeof(msg) + SEAL_RECORD_MAX +
	    ASMP_PUBMAX + leaves);
	if (buf == NULL)
		fatalx("store does not take its messages");
	msg.received = now_ms();
	msg.device = s->up->device;
	msg.count = sealed.seal.count;
	msg.keylen = ident_publen(s->up->alg);
	p = buf + sizeof(msg);
	msg.recordlen = seal_record(s, p, msg.received);
	p += msg.recordlen;
	memcpy(buf, &msg, sizeof(msg));
	memcpy(p, session_key(s), msg.keylen);
	memcpy(p + msg.keylen, sealed.leaf, leaves);
	chan_commit(&verify_store.chan, VS_SEAL, s->conn,
	    p + msg.keylen + leaves - buf);
	sealed.told = 1;
}

/*
 * The place, from 1, of a record in the seal that is being handed on, which
 * the store has when this returns; 0 if the record came under none.  Mostly
 * it is the one after the last.
 */
uint32_t
seal_place(const struct session *s, const uint8_t *plain)
{
	uint32_t	 i, place = sealed.place, n = sealed.seal.count;

	if (sealed.owner != s)
		return 0;
	for (i = 0; i < n; i++) {
		if (++place > n)
			place = 1;
		if (sealed.record[place - 1].plain != plain)
			continue;
		sealed.place = place;
		if (!sealed.told)
			seal_tell(s);
		return place;
	}
	return 0;
}

/* The store takes other verifiers' seals after this one. */
static void
seal_over(const struct session *s)
{
	struct vs_sealed	 msg = { .device = s->up->device };

	hotpipe_send(&verify_store, VS_SEALED, s->conn, &msg, sizeof(msg));
}

/* Hands the records on; what comes before a wrong one still counts. */
static enum reason
hand_on(struct session *s)
{
	const struct opened	*rec = sealed.record;
	enum reason		 reason = REASON_NONE;
	uint32_t		 i;

	sealed.owner = s;
	sealed.told = 0;
	sealed.place = 0;
	for (i = 0; i < s->up->room->count && reason == REASON_NONE; i++)
		reason = stream_take(s, rec[i].stream, rec[i].plain,
		    rec[i].len);
	streams_run(s);
	sealed.owner = NULL;
	if (sealed.told)
		seal_over(s);
	return reason;
}

/* Wipes what n records have used. */
static void
sealed_wipe(uint32_t n)
{
	explicit_bzero(sealed.record, n * sizeof(sealed.record[0]));
	explicit_bzero(sealed.leaf, n * sizeof(sealed.leaf[0]));
	memset(&sealed.seal, 0, sizeof(sealed.seal));
}

/*
 * A SEAL's plaintext.  Signature, then decryption, then each reading, in
 * this order.  Returns 0 or a reason to end; where a reading is blocked the
 * session ends after the store has decided on it.
 */
enum reason
seal_take(struct session *s, const uint8_t *plain, size_t len)
{
	uint32_t	 n = s->up->room == NULL ? 0 : s->up->room->count;
	enum reason	 reason;

	sealed.sig = plain + SEAL_FIXED;
	if ((reason = check_signature(s, &sealed.seal, plain, len)) ==
	    REASON_NONE && (reason = open_all(s)) == REASON_NONE) {
		s->up->seal++;
		s->up->active = now_ms();
		verify_counter[CV_SEALS]++;
		reason = hand_on(s);
		room_leave(s);
	}
	sealed_wipe(n);
	return reason;
}

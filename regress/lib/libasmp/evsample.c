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
 * A device that seals, a gateway that logs, and the evidence of one reading:
 * all genuine but for the session, of which only what it leaves is here.
 */

#include <err.h>
#include <string.h>

#include "evsample.h"

#define NUMBER		3		/* of the seal */
#define EPOCH		1
#define FIRST		1000

static const uint8_t	blindkey[ASMP_KEYLEN] = "of no session";

/* Leaves of no meaning. */
void
evlog_fill(struct evlog *l, uint64_t size)
{
	uint8_t		 data[8];
	struct part	 p = { data, sizeof(data) };

	if (size > EVSAMPLE_LEAVES)
		errx(1, "a log of so many leaves");
	for (l->size = 0; l->size < size; l->size++) {
		put_u64(data, l->size);
		merkle_leaf(l->leaf[l->size], &p, 1);
	}
}

/* Complete subtrees, as merkle_get has them. */
int
evlog_get(void *arg, unsigned int level, uint64_t index, uint8_t *hash)
{
	struct evlog	*l = arg;
	struct merkle	 m = { .size = 0 };
	uint64_t	 n = (uint64_t)1 << level, i;

	if ((index + 1) * n > l->size)
		errx(1, "subtree %llu of level %u is not complete",
		    (unsigned long long)index, level);
	for (i = index * n; i < (index + 1) * n; i++)
		merkle_append(&m, l->leaf[i]);
	merkle_root(&m, hash);
	return 0;
}

/* The log as it was when it had so many leaves. */
void
evlog_checkpoint(const struct evlog *l, uint64_t size, struct checkpoint *c)
{
	struct merkle	 m = { .size = 0 };

	while (m.size < size)
		merkle_append(&m, l->leaf[m.size]);
	c->size = m.size;
	merkle_root(&m, c->root);
}

/* The plaintext of the reading, compressed if that is wished for. */
static void
make_record(struct evidence *e, const struct evsample *w)
{
	struct compress	*c;
	uint8_t		*p = w->compressed ? e->expanded : e->data;
	size_t		 len = ASMP_READING_HDR + strlen(w->text);

	put_u64(p, w->message);
	put_u64(p + 8, w->time);
	memcpy(p + ASMP_READING_HDR, w->text, strlen(w->text));
	e->len = len;
	if (!w->compressed)
		return;
	e->expandedlen = len;
	e->len = sizeof(e->data);
	if ((c = compress_new()) == NULL ||
	    compress_record(c, e->data, &e->len, p, len) == -1)
		err(1, "compress");
	compress_free(c);
}

/* The header of the i-th frame of the seal; HEARTBEATs lie between. */
static void
make_header(uint8_t *p, uint16_t i, size_t len)
{
	struct asmp_header	 h = {
		.version = ASMP_VERSION,
		.type = ASMP_DATA,
		.stream = ASMP_STREAM_TELEMETRY,
		.epoch = EPOCH,
		.seq = FIRST + 2U * i,
		.length = (uint32_t)(len + ASMP_TAGLEN)
	};

	frame_put(p, &h);
}

static void
make_leaf(struct evidence *e, const struct evsample *w, uint16_t i)
{
	static const char	 other[] = "another reading of the seal";
	uint8_t			 header[ASMP_HDRLEN];
	struct hmac		 key;

	if (i == w->place) {
		make_header(e->header, i, e->len);
		hmac_key(&key, blindkey, sizeof(blindkey));
		seal_blind(e->blind, &key, e->header);
		seal_leaf(e->leaf[i], blindkey, e->header, e->data, e->len);
		return;
	}
	make_header(header, i, sizeof(other));
	seal_leaf(e->leaf[i], blindkey, header, (const uint8_t *)other,
	    sizeof(other));
}

/* Sign what is in e->record and its leaves again. */
void
evsample_seal(struct evidence *e, const struct evsample *w)
{
	struct seal_record	*r = &e->record;
	struct part		 leaves = { e->leaf,
				    (size_t)r->seal.count * ASMP_HASHLEN };

	seal_leaf_shown(e->leaf[e->place], e->blind, e->header, e->data,
	    e->len);
	sha256_parts(r->seal.p, &leaves, 1);
	if (seal_sign(w->device, r->sig, r->t, &r->seal, r->id) == -1)
		err(1, "seal_sign");
}

/* Put what is in e->record into a log, and sign that. */
void
evsample_log(struct evidence *e, const struct evsample *w)
{
	struct evlog		 l;
	struct checkpoint	 c;
	uint8_t			 data[SEAL_RECORD_MAX];
	struct part		 p = { data,
				    seal_record_put(data, &e->record) };

	evlog_fill(&l, w->size);
	merkle_leaf(l.leaf[w->index], &p, 1);
	e->index = w->index;
	if (merkle_inclusion(e->path, &e->pathlen, w->index, w->size,
	    evlog_get, &l) == -1 ||
	    note_name(c.origin, e->gateway, LOG_READINGS) == -1)
		err(1, "log of %s", e->gateway);
	evlog_checkpoint(&l, l.size, &c);
	if (checkpoint_sign(e->checkpoint, sizeof(e->checkpoint), &c,
	    w->log) == -1)
		err(1, "checkpoint_sign");
}

void
evsample_make(struct evidence *e, const struct evsample *w)
{
	struct seal_record	*r = &e->record;
	uint16_t		 i;

	memset(e, 0, sizeof(*e));
	strlcpy(e->gateway, w->gateway, sizeof(e->gateway));
	strlcpy(r->id, w->id, sizeof(r->id));
	e->key = *ident_public(w->device);
	r->alg = (uint8_t)e->key.alg;
	ident_keyid(&e->key, r->keyid);
	r->received = w->received;
	memset(r->t, 't', sizeof(r->t));
	memset(r->seal.c, 'c', sizeof(r->seal.c));
	r->seal.number = NUMBER;
	r->seal.epoch = EPOCH;
	r->seal.first = FIRST;
	r->seal.last = FIRST + 2U * (w->count - 1U);
	r->seal.count = w->count;
	e->place = w->place;
	make_record(e, w);
	for (i = 0; i < w->count; i++)
		make_leaf(e, w, i);
	evsample_seal(e, w);
	evsample_log(e, w);
}

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
 * Evidence as a text of lines.  There is one text for some evidence: what is
 * read is written again and compared, so the reader below need not be strict.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "asmp_proto.h"

#define MAGIC		"asmp evidence 1\n"
#define CHUNK		48		/* bytes encoded at a time */

/* A text being read. */
struct reader {
	const char	*p;
	const char	*line;		/* that is being read, or is bad */
	int		 bad;
};

/* A text being written or, where want is set, compared with that. */
struct writer {
	char		*p;
	size_t		 left;
	const char	*want;
	int		 bad;		/* no room, or want is otherwise */
};

static int
failed(int error)
{
	errno = error;
	return -1;
}

/* This text comes next. */
static void
take(struct reader *r, const char *text)
{
	size_t	 len = strlen(text);

	if (r->bad || strncmp(r->p, text, len) != 0)
		r->bad = 1;
	else
		r->p += len;
}

/* A line begins so. */
static void
take_name(struct reader *r, const char *name)
{
	if (!r->bad)
		r->line = r->p;
	take(r, name);
}

/* A line of this name, the rest of which is a string. */
static void
take_word(struct reader *r, const char *name, char *out, size_t size)
{
	size_t	 len;

	take_name(r, name);
	len = strcspn(r->p, "\n");
	if (r->bad || len >= size) {
		r->bad = 1;
		return;
	}
	memcpy(out, r->p, len);
	out[len] = '\0';
	r->p += len;
	take(r, "\n");
}

static void
take_id(struct reader *r, const char *name, char *out, size_t size)
{
	take_word(r, name, out, size);
	if (!r->bad && !id_valid(out))
		r->bad = 1;
}

static void
take_key(struct reader *r, struct evidence *e)
{
	char	 text[IDENT_TEXTMAX];

	take_word(r, "key ", text, sizeof(text));
	if (r->bad || ident_pub_fromtext(&e->key, text) == -1) {
		r->bad = 1;
		return;
	}
	e->record.alg = (uint8_t)e->key.alg;
	ident_keyid(&e->key, e->record.keyid);
}

/* Numbers; one that is too large is written otherwise than it stands here. */
static void
take_numbers(struct reader *r, const char *name, uint64_t *v, size_t n)
{
	size_t	 i;

	take_name(r, name);
	for (i = 0; i < n && !r->bad; i++) {
		if (i > 0)
			take(r, " ");
		for (v[i] = 0; *r->p >= '0' && *r->p <= '9'; r->p++)
			v[i] = v[i] * 10 + (uint64_t)(*r->p - '0');
	}
	take(r, "\n");
}

/* Base64 of 1 to size bytes. */
static void
take_some(struct reader *r, const char *name, uint8_t *out, size_t size,
    size_t *outlen)
{
	size_t	 len;

	take_name(r, name);
	len = strcspn(r->p, "\n");
	if (r->bad || b64_decode(out, size, outlen, r->p, len) == -1 ||
	    *outlen == 0) {
		r->bad = 1;
		return;
	}
	r->p += len;
	take(r, "\n");
}

/* Base64 of exactly so many bytes. */
static void
take_bytes(struct reader *r, const char *name, uint8_t *out, size_t want)
{
	size_t	 len = 0;

	take_some(r, name, out, want, &len);
	if (len != want)
		r->bad = 1;
}

/* Whether a line of this name comes next. */
static int
at(const struct reader *r, const char *name)
{
	return !r->bad && strncmp(r->p, name, strlen(name)) == 0;
}

static void
take_seal(struct reader *r, struct evidence *e)
{
	struct seal_record	*rec = &e->record;
	uint64_t		 n[5];

	take_id(r, "device ", rec->id, sizeof(rec->id));
	take_key(r, e);
	take_numbers(r, "received ", &rec->received, 1);
	take_bytes(r, "transcript ", rec->t, sizeof(rec->t));
	take_numbers(r, "seal ", n, 5);
	if (!r->bad) {
		rec->seal.number = n[0];
		rec->seal.epoch = (uint32_t)n[1];
		rec->seal.first = n[2];
		rec->seal.last = n[3];
		rec->seal.count = (uint16_t)n[4];
	}
	take_bytes(r, "frames ", rec->seal.c, sizeof(rec->seal.c));
	take_bytes(r, "leaves ", rec->seal.p, sizeof(rec->seal.p));
	take_bytes(r, "signature ", rec->sig, ident_siglen(e->key.alg));
}

static void
take_reading(struct reader *r, struct evidence *e)
{
	uint64_t	 place;
	uint16_t	 i;

	take_numbers(r, "place ", &place, 1);
	if (r->bad)
		return;
	e->place = (uint16_t)place;
	if (!evidence_placed(e))
		r->bad = 1;
	take_bytes(r, "header ", e->header, sizeof(e->header));
	take_bytes(r, "blind ", e->blind, sizeof(e->blind));
	take_some(r, "record ", e->data, sizeof(e->data), &e->len);
	if (at(r, "expanded "))
		take_some(r, "expanded ", e->expanded, sizeof(e->expanded),
		    &e->expandedlen);
	for (i = 0; i < e->record.seal.count && !r->bad; i++) {
		if (i != e->place)
			take_bytes(r, "leaf ", e->leaf[i], ASMP_HASHLEN);
	}
}

static void
take_log(struct reader *r, struct evidence *e)
{
	size_t	 len;

	take_numbers(r, "index ", &e->index, 1);
	while (at(r, "path ") && e->pathlen < MERKLE_PROOFMAX)
		take_bytes(r, "path ", e->path[e->pathlen++], ASMP_HASHLEN);
	take_name(r, "\n");
	len = strlen(r->p);
	if (r->bad || len >= sizeof(e->checkpoint)) {
		r->bad = 1;
		return;
	}
	memcpy(e->checkpoint, r->p, len + 1);
}

static void
put(struct writer *w, const char *text, size_t len)
{
	if (w->bad)
		return;
	if (w->want != NULL) {
		for (; len > 0 && *w->want == *text; len--) {
			w->want++;
			text++;
		}
		w->bad = len > 0;
		return;
	}
	if (len >= w->left) {
		w->bad = 1;
		return;
	}
	memcpy(w->p, text, len);
	w->p += len;
	w->left -= len;
	*w->p = '\0';
}

static void
put_word(struct writer *w, const char *name, const char *value)
{
	put(w, name, strlen(name));
	put(w, value, strlen(value));
	put(w, "\n", 1);
}

static void
put_numbers(struct writer *w, const char *name, const uint64_t *v, size_t n)
{
	char	 text[24];
	size_t	 i;

	put(w, name, strlen(name));
	for (i = 0; i < n; i++) {
		(void)snprintf(text, sizeof(text), "%s%" PRIu64,
		    i > 0 ? " " : "", v[i]);
		put(w, text, strlen(text));
	}
	put(w, "\n", 1);
}

static void
put_bytes(struct writer *w, const char *name, const uint8_t *p, size_t len)
{
	char	 text[B64_LEN(CHUNK) + 1];
	size_t	 n;

	put(w, name, strlen(name));
	for (; len > 0; len -= n, p += n) {
		n = len < CHUNK ? len : CHUNK;
		b64_encode(text, p, n);
		put(w, text, strlen(text));
	}
	put(w, "\n", 1);
}

static void
put_seal(struct writer *w, const struct evidence *e)
{
	const struct seal_record	*rec = &e->record;
	const uint64_t			 n[] = {
		rec->seal.number, rec->seal.epoch, rec->seal.first,
		rec->seal.last, rec->seal.count
	};
	char				 key[IDENT_TEXTMAX];

	put_word(w, "device ", rec->id);
	if (ident_pub_totext(&e->key, key, sizeof(key)) == -1) {
		w->bad = 1;
		return;
	}
	put_word(w, "key ", key);
	put_numbers(w, "received ", &rec->received, 1);
	put_bytes(w, "transcript ", rec->t, sizeof(rec->t));
	put_numbers(w, "seal ", n, 5);
	put_bytes(w, "frames ", rec->seal.c, sizeof(rec->seal.c));
	put_bytes(w, "leaves ", rec->seal.p, sizeof(rec->seal.p));
	put_bytes(w, "signature ", rec->sig, ident_siglen(e->key.alg));
}

static void
put_reading(struct writer *w, const struct evidence *e)
{
	const uint64_t	 place = e->place;
	uint16_t	 i;

	put_numbers(w, "place ", &place, 1);
	put_bytes(w, "header ", e->header, sizeof(e->header));
	put_bytes(w, "blind ", e->blind, sizeof(e->blind));
	put_bytes(w, "record ", e->data, e->len);
	if (e->expandedlen != 0)
		put_bytes(w, "expanded ", e->expanded, e->expandedlen);
	for (i = 0; i < e->record.seal.count; i++) {
		if (i != e->place)
			put_bytes(w, "leaf ", e->leaf[i], ASMP_HASHLEN);
	}
}

static void
put_log(struct writer *w, const struct evidence *e)
{
	size_t	 i;

	put_numbers(w, "index ", &e->index, 1);
	for (i = 0; i < e->pathlen; i++)
		put_bytes(w, "path ", e->path[i], ASMP_HASHLEN);
	put(w, "\n", 1);
	put(w, e->checkpoint, strlen(e->checkpoint));
}

static void
put_all(struct writer *w, const struct evidence *e)
{
	put(w, MAGIC, strlen(MAGIC));
	put_word(w, "gateway ", e->gateway);
	put_seal(w, e);
	put_reading(w, e);
	put_log(w, e);
}

/*
 * Write evidence as text; EVIDENCE_MAX bytes hold any.  Returns 0, or -1
 * with errno EINVAL, an id, key or number that cannot be one, or ENOSPC.
 * Whether it proves anything is not looked at.
 */
int
evidence_totext(char *out, size_t size, const struct evidence *e)
{
	struct writer	 w = { .p = out, .left = size };

	if (!evidence_valid(e))
		return failed(EINVAL);
	put_all(&w, e);
	return w.bad ? failed(ENOSPC) : 0;
}

/* The number of the line in which p is, from 1. */
static unsigned int
line_of(const char *text, const char *p)
{
	unsigned int	 n = 1;

	for (; text < p; text++) {
		if (*text == '\n')
			n++;
	}
	return n;
}

/*
 * Read what evidence_totext() wrote, to the byte.  Returns 0, or -1 with
 * errno EINVAL and the number of the first line that is otherwise in *line.
 * The checkpoint is read by evidence_check() only.
 */
int
evidence_fromtext(struct evidence *e, const char *text, unsigned int *line)
{
	struct reader	 r = { .p = text, .line = text };
	struct writer	 w = { .want = text };

	memset(e, 0, sizeof(*e));
	take(&r, MAGIC);
	take_id(&r, "gateway ", e->gateway, sizeof(e->gateway));
	take_seal(&r, e);
	take_reading(&r, e);
	take_log(&r, e);
	if (r.bad) {
		*line = line_of(text, r.line);
		return failed(EINVAL);
	}
	put_all(&w, e);
	if (w.bad) {
		*line = line_of(text, w.want);
		return failed(EINVAL);
	}
	return 0;
}

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

/* Frames that libasmp would not make: any type, stream, number or seal. */

#include <sys/types.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rogue.h"

#define JUNK_VALUE	666

/* The header of the next frame, with whatever it says, into r->frame. */
void
make_header(struct rogue *r, uint16_t type, uint32_t stream, size_t len)
{
	struct session		*s = &r->a->session;
	struct asmp_header	 h = { ASMP_VERSION, type, stream, s->oepoch,
		    s->oseq++, (uint32_t)len };

	frame_put(r->frame, &h);
	r->len = ASMP_HDRLEN + len;
}

/* A record under the control key, which need not be one by its type. */
void
make_record(struct rogue *r, uint16_t type, uint32_t stream,
    const void *plain, size_t len)
{
	make_header(r, type, stream, len + ASMP_TAGLEN);
	if (chapoly_seal(r->frame + ASMP_HDRLEN,
	    r->a->session.keys.d2g_control, r->frame + 8, plain, len,
	    r->frame, ASMP_HDRLEN) == -1)
		errx(1, "a record cannot be sealed");
}

/* A DATA frame; its leaf is in the run, its bytes when it is sent. */
void
make_data(struct rogue *r, uint32_t stream, const void *plain, size_t len)
{
	struct session	*s = &r->a->session;
	uint8_t		 leaf[ASMP_HASHLEN];

	r->before = s->keys.d2g;
	r->plainlen = len;
	make_header(r, ASMP_DATA, stream, data_len(r->a->profile, len));
	if (data_seal(&s->keys.d2g, r->a->pool, r->frame, plain, len,
	    (uint64_t)time(NULL)) == -1)
		errx(1, "DATA cannot be sealed");
	if (!r->a->profile->sealed)
		return;
	if (r->run.count == 0) {
		SHA256_Init(&r->run.c);
		SHA256_Init(&r->run.p);
		r->run.first = s->oseq - 1;
	}
	r->run.last = s->oseq - 1;
	r->run.count++;
	seal_leaf(leaf, s->keys.d2g_blind, r->frame, plain, len);
	SHA256_Update(&r->run.p, leaf, sizeof(leaf));
}

/* The stream of readings, or of values. */
uint32_t
data_stream(const struct rogue *r)
{
	return r->a->profile->record == ASMP_SMCP ? ASMP_STREAM_AGGREGATE :
	    ASMP_STREAM_TELEMETRY;
}

/* The plaintext of a reading into plain, of smcp a value; its length. */
size_t
make_reading(struct rogue *r, uint8_t *plain, uint64_t id, const char *text)
{
	if (r->a->profile->record == ASMP_SMCP) {
		put_u64(plain, JUNK_VALUE);
		return SMCP_VALUELEN;
	}
	put_u64(plain, id);
	put_u64(plain + 8, (uint64_t)time(NULL) * 1000);
	memcpy(plain + ASMP_READING_HDR, text, strlen(text));
	return ASMP_READING_HDR + strlen(text);
}

/* A reading, or value, that nobody may accept; not yet sent. */
void
make_junk(struct rogue *r, uint32_t stream)
{
	uint8_t	 plain[ASMP_PAYLOAD_MAX];

	make_data(r, stream, plain, make_reading(r, plain,
	    asmp_acked(r->a) + 1, JUNK));
}

/* Sends what was made last. */
void
send_made(struct rogue *r)
{
	rogue_write(r, r->frame, r->len);
}

/* The same for DATA, which the next seal will cover as it is. */
void
send_data(struct rogue *r)
{
	if (r->a->profile->sealed)
		SHA256_Update(&r->run.c, r->frame, r->len);
	send_made(r);
}

void
send_record(struct rogue *r, uint16_t type, uint32_t stream,
    const void *plain, size_t len)
{
	make_record(r, type, stream, plain, len);
	send_made(r);
}

/* A telemetry record, not yet sealed. */
void
send_reading(struct rogue *r, uint64_t id, const char *text)
{
	uint8_t	 plain[ASMP_PAYLOAD_MAX];

	make_data(r, data_stream(r), plain, make_reading(r, plain, id,
	    text));
	send_data(r);
}

/* The seal that is due, as an honest device would make it. */
void
seal_begin(struct rogue *r, struct forgery *f)
{
	struct asmp	*a = r->a;

	memset(f, 0, sizeof(*f));
	f->seal.number = a->session.run.number++;
	f->seal.epoch = a->session.oepoch;
	f->seal.first = r->run.first;
	f->seal.last = r->run.last;
	f->seal.count = f->count = r->run.count;
	if (r->run.count > 0) {
		SHA256_Final(f->seal.c, &r->run.c);
		SHA256_Final(f->seal.p, &r->run.p);
	}
	memcpy(f->p, f->seal.p, sizeof(f->p));
	memcpy(f->t, a->session.t, sizeof(f->t));
	f->id = a->id;
	f->ident = a->ident;
	r->run.count = 0;
}

/* Signs and sends it. */
void
seal_end(struct rogue *r, struct forgery *f)
{
	uint8_t	 plain[SEAL_MAX + ASMP_PAYLOAD_MAX / 2] = { 0 };
	size_t	 len;

	put_u16(plain, f->count);
	memcpy(plain + 2, f->p, sizeof(f->p));
	if (seal_sign(f->ident, plain + SEAL_FIXED, f->t, &f->seal, f->id) ==
	    -1)
		errx(1, "a seal cannot be signed");
	len = SEAL_FIXED + ident_siglen(ident_public(f->ident)->alg);
	send_record(r, ASMP_SEAL, ASMP_STREAM_CONN, plain,
	    len + f->add - f->drop);
}

/* An honest seal, where the profile has seals. */
void
send_seal(struct rogue *r)
{
	struct forgery	 f;

	if (!r->a->profile->sealed)
		return;
	seal_begin(r, &f);
	seal_end(r, &f);
}

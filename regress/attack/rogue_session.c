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

/* What a rogue device does in a session that it has opened honestly. */

#include <sys/types.h>
#include <sys/socket.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rogue.h"
#include "tools.h"

#define FILE_MAX	(64 * 1024)	/* of a recorded connection */
#define FLOOD_MAX	100000	/* texts until a deaf device must be cut */

static void
heartbeat(struct rogue *r)
{
	send_record(r, ASMP_HEARTBEAT, ASMP_STREAM_CONN, NULL, 0);
}

static uint64_t
next_id(const struct rogue *r)
{
	return asmp_acked(r->a) + 1;
}

/* Nothing wrong: the positive control of everything here. */
static void
honest(struct rogue *r)
{
	rogue_genuine(r, 1);
	rogue_close(r);
}

static void
sequence(struct rogue *r)
{
	r->a->session.oseq += (uint64_t)rogue_number(r->arg);
	heartbeat(r);
}

static void
epoch(struct rogue *r)
{
	r->a->session.oepoch = (uint32_t)rogue_number(r->arg);
	heartbeat(r);
}

/* The device's own first DATA or SEAL once more, as an eavesdropper has it. */
static void
replay_data(struct rogue *r)
{
	rogue_write(r, r->data.frame, r->data.len);
}

static void
replay_seal(struct rogue *r)
{
	rogue_write(r, r->seal.frame, r->seal.len);
}

/* The same after so many readings more. */
static void
replay_late(struct rogue *r)
{
	long	 n;

	for (n = rogue_number(r->arg); n > 0; n -= ASMP_SEAL_FRAMES)
		rogue_genuine(r, ASMP_SEAL_FRAMES);
	replay_data(r);
}

/* Both, in a new session of the same device, where their numbers are due. */
static void
replay_session(struct rogue *r)
{
	struct kept	 data = r->data, seal = r->seal;

	rogue_close(r);
	rogue_open(r);
	rogue_write(r, data.frame, data.len);
	rogue_write(r, seal.frame, seal.len);
}

/* Frames of a recorded connection that are due by their number. */
static void
replay_file(struct rogue *r)
{
	static uint8_t		 buf[FILE_MAX];
	struct session		*s = &r->a->session;
	struct asmp_header	 h;
	size_t			 flen, len, off;
	FILE			*f;

	if ((f = fopen(r->arg, "r")) == NULL)
		err(1, "%s", r->arg);
	len = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	for (off = 0; frame_next(buf + off, len - off, ASMP_PAYLOAD_MAX,
	    &flen) == 1; off += flen) {
		frame_get(&h, buf + off);
		if (h.epoch != s->oepoch || h.seq != s->oseq)
			continue;
		rogue_write(r, buf + off, flen);
		s->oseq++;
	}
}

/* An id that was there before, sealed anew, and on as if nothing had been. */
static void
replay_id(struct rogue *r)
{
	send_reading(r, asmp_acked(r->a), JUNK);
	send_seal(r);
	rogue_genuine(r, 1);
	rogue_close(r);
}

static void
stream(struct rogue *r)
{
	make_junk(r, (uint32_t)rogue_number(r->arg));
	send_data(r);
	send_seal(r);
}

/* What belongs to the connection, on a stream. */
static void
stream_of_control(struct rogue *r)
{
	send_record(r, ASMP_HEARTBEAT, (uint32_t)rogue_number(r->arg), NULL,
	    0);
}

static void
type(struct rogue *r)
{
	send_record(r, (uint16_t)rogue_number(r->arg), ASMP_STREAM_CONN, NULL,
	    0);
}

/* A reading that nobody signed, and the end. */
static void
unsealed(struct rogue *r)
{
	uint8_t	 reason = REASON_DONE;

	send_reading(r, next_id(r), JUNK);
	send_record(r, ASMP_CLOSE, ASMP_STREAM_CONN, &reason, 1);
}

/* One field of a seal that is not what the gateway saw. */
static void
forge(struct rogue *r, struct forgery *f, const char *field)
{
	if (strcmp(field, "content") == 0) {
		f->seal.p[0] ^= 1;
		f->p[0] ^= 1;
	} else if (strcmp(field, "leaves") == 0)
		f->p[0] ^= 1;
	else if (strcmp(field, "frames") == 0)
		f->seal.c[0] ^= 1;
	else if (strcmp(field, "session") == 0)
		f->t[0] ^= 1;
	else if (strcmp(field, "number") == 0)
		f->seal.number++;
	else if (strcmp(field, "epoch") == 0)
		f->seal.epoch++;
	else if (strcmp(field, "first") == 0)
		f->seal.first++;
	else if (strcmp(field, "last") == 0)
		f->seal.last++;
	else if (strcmp(field, "count") == 0)
		f->count++;
	else if (strcmp(field, "signed-count") == 0)
		f->count = ++f->seal.count;
	else if (strcmp(field, "id") == 0)
		f->id = "SOMEBODY-ELSE";
	else if (strcmp(field, "key") == 0)
		f->ident = ident_generate(ident_public(r->a->ident)->alg);
	else if (strcmp(field, "short") == 0)
		f->drop = 1;
	else if (strcmp(field, "shorter") == 0)
		f->drop = ident_siglen(ident_public(f->ident)->alg) + 1;
	else if (strcmp(field, "long") == 0)
		f->add = 1;
	else if (strcmp(field, "longer") == 0)
		f->add = SEAL_MAX;
	else
		errx(1, "%s: no such field of a seal", field);
}

static void
seal_wrong(struct rogue *r)
{
	struct forgery	 f;

	send_reading(r, next_id(r), JUNK);
	seal_begin(r, &f);
	forge(r, &f, r->arg);
	seal_end(r, &f);
}

static void
seal_of_nothing(struct rogue *r)
{
	struct forgery	 f;

	seal_begin(r, &f);
	seal_end(r, &f);
}

static void
seal_twice(struct rogue *r)
{
	struct forgery	 f;

	send_reading(r, next_id(r), JUNK);
	seal_begin(r, &f);
	seal_end(r, &f);
	seal_end(r, &f);
}

/* More readings than one seal may cover, of so many bytes each. */
static void
seal_late(struct rogue *r)
{
	char	 text[ASMP_PAYLOAD_MAX];
	long	 len = rogue_number(r->arg);
	int	 i;

	snprintf(text, sizeof(text), "{\"s\":\"%*s\"}", (int)len, "");
	for (i = 0; i <= ASMP_SEAL_FRAMES; i++)
		send_reading(r, next_id(r) + (uint64_t)i, text);
}

/* A reading without a seal, and honest signs of life. */
static void
seal_never(struct rogue *r)
{
	send_reading(r, next_id(r), JUNK);
	heartbeat(r);
}

static void
id_jump(struct rogue *r)
{
	send_reading(r, asmp_acked(r->a) + (uint64_t)rogue_number(r->arg),
	    JUNK);
	send_seal(r);
}

static void
json(struct rogue *r)
{
	send_reading(r, next_id(r), r->arg);
	send_seal(r);
}

/* A plaintext of so many zeros, which is a reading from 16 on. */
static void
bytes(struct rogue *r)
{
	uint8_t	 plain[ASMP_PAYLOAD_MAX] = { 0 };

	put_u64(plain, next_id(r));
	make_data(r, ASMP_STREAM_TELEMETRY, plain,
	    (size_t)rogue_number(r->arg));
	send_data(r);
	send_seal(r);
}

/* DATA whose payload ends early, by so many bytes, or after so many. */
static void
truncated(struct rogue *r)
{
	long	 n = rogue_number(r->arg);

	make_junk(r, data_stream(r));
	r->len = n < 0 ? r->len - (size_t)-n : ASMP_HDRLEN + (size_t)n;
	put_u32(r->frame + 20, (uint32_t)(r->len - ASMP_HDRLEN));
	send_data(r);
	send_seal(r);
}

/* A byte of DATA changed, from its end if negative, and signed as it is. */
static void
flipped(struct rogue *r)
{
	long	 off = rogue_number(r->arg);

	make_junk(r, data_stream(r));
	r->frame[off < 0 ? (long)r->len + off : off] ^= 1;
	send_data(r);
	send_seal(r);
}

/* The same to a HEARTBEAT, which no seal covers. */
static void
control_flipped(struct rogue *r)
{
	long	 off = rogue_number(r->arg);

	make_record(r, ASMP_HEARTBEAT, ASMP_STREAM_CONN, NULL, 0);
	r->frame[off < 0 ? (long)r->len + off : off] ^= 1;
	send_made(r);
}

static void
control_truncated(struct rogue *r)
{
	make_header(r, ASMP_HEARTBEAT, ASMP_STREAM_CONN,
	    (size_t)rogue_number(r->arg));
	memset(r->frame + ASMP_HDRLEN, 0, r->len - ASMP_HDRLEN);
	send_made(r);
}

static void
record_of(struct rogue *r, uint16_t t)
{
	uint8_t	 plain[ASMP_PAYLOAD_MAX];
	ssize_t	 n;

	if ((n = tool_unhex(plain, sizeof(plain), r->arg)) == -1)
		errx(1, "%s: not hexadecimal", r->arg);
	send_record(r, t, ASMP_STREAM_CONN, plain, (size_t)n);
}

static void
heartbeat_with(struct rogue *r)
{
	record_of(r, ASMP_HEARTBEAT);
}

static void
close_with(struct rogue *r)
{
	record_of(r, ASMP_CLOSE);
}

/* A header that announces so many bytes, and some of them. */
static void
length(struct rogue *r)
{
	make_header(r, ASMP_DATA, ASMP_STREAM_TELEMETRY, 16);
	put_u32(r->frame + 20, (uint32_t)rogue_number(r->arg));
	send_made(r);
}

/* Any bytes where a frame is due. */
static void
raw(struct rogue *r)
{
	uint8_t	 buf[ASMP_PAYLOAD_MAX];
	ssize_t	 n;

	if ((n = tool_unhex(buf, sizeof(buf), r->arg)) == -1)
		errx(1, "%s: not hexadecimal", r->arg);
	rogue_write(r, buf, (size_t)n);
}

/* It makes the gateway talk, as much as it says itself, and does not listen. */
static void
slow_reader(struct rogue *r)
{
	uint8_t	 text[ASMP_TEXTMAX];
	int	 i;

	memset(text, 'x', sizeof(text));
	for (i = 1; i < FLOOD_MAX && !r->gone; i++) {
		make_data(r, ASMP_STREAM_CHAT, text, sizeof(text));
		send_data(r);
		if (i % ASMP_SEAL_FRAMES == 0)
			send_seal(r);
	}
	r->deaf = 1;
}

/* What is skipped comes later, and nothing is missing in the end. */
static void
late(struct rogue *r)
{
	struct session	*s = &r->a->session;
	uint64_t	 seq = s->oseq, n = (uint64_t)rogue_number(r->arg);

	s->oseq = seq + n;
	heartbeat(r);
	for (s->oseq = seq; s->oseq < seq + n;)
		heartbeat(r);
	s->oseq = seq + n + 1;
	rogue_genuine(r, 1);
	rogue_close(r);
}

/* One that was skipped comes after so many others. */
static void
too_late(struct rogue *r)
{
	struct session	*s = &r->a->session;
	uint64_t	 n = (uint64_t)rogue_number(r->arg), seq = s->oseq;

	while (s->oseq + WINDOW_SIZE / 2 < seq + n) {
		s->oseq += WINDOW_SIZE / 2;
		heartbeat(r);
	}
	s->oseq = seq + n;
	heartbeat(r);
	s->oseq = seq;
	heartbeat(r);
}

/* New keys, honestly, and then something under the old ones. */
static void
rekey_old(struct rogue *r)
{
	struct session	*s = &r->a->session;
	uint8_t		 old[ASMP_KEYLEN];
	uint64_t	 seq;

	memcpy(old, s->keys.d2g_control, sizeof(old));
	if (asmp_rekey(r->a) == -1)
		err(1, "asmp_rekey");
	seq = s->oseq;
	rogue_flush(r);
	while (s->rekey != NULL)
		rogue_listen(r);
	rogue_genuine(r, 1);
	memcpy(s->keys.d2g_control, old, sizeof(old));
	s->oepoch--;
	s->oseq = seq;
	heartbeat(r);
}

/* More, after REKEY and before its answer, behind which CLOSE must be. */
static void
rekey_more(struct rogue *r)
{
	struct asmp_header	 h;

	if (asmp_rekey(r->a) == -1)
		err(1, "asmp_rekey");
	rogue_flush(r);
	heartbeat(r);
	if (rogue_frame(r, &h) != 1 || asmp_input(r->a, r->frame, r->len) ==
	    -1)
		errx(1, "REKEY is not answered");
}

/* While readings wait for their seal. */
static void
rekey_unsealed(struct rogue *r)
{
	uint8_t	 zeros[ASMP_REKEY_DEVICE] = { 0 };

	make_junk(r, data_stream(r));
	send_data(r);
	send_record(r, ASMP_REKEY, ASMP_STREAM_CONN, zeros, sizeof(zeros));
}

/* With keys that cannot be. */
static void
rekey_zeros(struct rogue *r)
{
	uint8_t	 zeros[ASMP_REKEY_DEVICE] = { 0 };

	send_record(r, ASMP_REKEY, ASMP_STREAM_CONN, zeros, sizeof(zeros));
}

/*
 * ROTATE to a new key, with something wrong in it: a bit of either signature,
 * the handshake of another session, a byte too few or too many, a key that is
 * none, or two of them at once.
 */
static void
rotate(struct rogue *r)
{
	struct session	*s = &r->a->session;
	struct rotate	 rot;
	struct ident	*new = ident_generate(IDENT_ED25519);
	uint8_t		 plain[ROTATE_MAX + 1] = { 0 };
	uint32_t	 stream = strcmp(r->arg, "stream") == 0 ? 1 : 0;
	size_t		 len;

	if (new == NULL)
		errx(1, "no key");
	if (strcmp(r->arg, "elsewhere") == 0)
		s->hbody[0] ^= 1;
	if (rotate_sign(&rot, new, r->a->ident, s->t1, s->hbody,
	    strcmp(r->arg, "other") == 0 ? "VICTIM" : r->a->id) == -1)
		errx(1, "not signed");
	rot.newsig[9] ^= strcmp(r->arg, "new") == 0;
	rot.oldsig[9] ^= strcmp(r->arg, "old") == 0;
	if (strcmp(r->arg, "key") == 0)
		rot.pub.alg = IDENT_P256;
	len = rotate_put(plain, &rot);
	if (strcmp(r->arg, "short") == 0)
		len--;
	if (strcmp(r->arg, "long") == 0)
		len++;
	send_record(r, ASMP_ROTATE, stream, plain, len);
	if (strcmp(r->arg, "twice") == 0)
		send_record(r, ASMP_ROTATE, stream, plain, len);
	ident_free(new);
}

/* It says no more, for as long as anybody waits. */
static void
silent(struct rogue *r)
{
	(void)r;
}

/* The connection ends without CLOSE. */
static void
lost(struct rogue *r)
{
	shutdown(r->fd, SHUT_WR);
}

const struct act	session_acts[] = {
	{ "honest", 0, honest },
	{ "sequence", 1, sequence },
	{ "epoch", 1, epoch },
	{ "replay", 0, replay_data },
	{ "replay-seal", 0, replay_seal },
	{ "replay-late", 1, replay_late },
	{ "replay-session", 0, replay_session },
	{ "replay-file", 1, replay_file },
	{ "replay-id", 0, replay_id },
	{ "stream", 1, stream },
	{ "stream-of-control", 1, stream_of_control },
	{ "type", 1, type },
	{ "unsealed", 0, unsealed },
	{ "seal", 1, seal_wrong },
	{ "seal-of-nothing", 0, seal_of_nothing },
	{ "seal-again", 0, seal_twice },
	{ "seal-late", 1, seal_late },
	{ "seal-never", 0, seal_never },
	{ "id-jump", 1, id_jump },
	{ "json", 1, json },
	{ "bytes", 1, bytes },
	{ "truncated", 1, truncated },
	{ "flipped", 1, flipped },
	{ "control-flipped", 1, control_flipped },
	{ "control-truncated", 1, control_truncated },
	{ "heartbeat", 1, heartbeat_with },
	{ "close", 1, close_with },
	{ "length", 1, length },
	{ "raw", 1, raw },
	{ "slow-reader", 0, slow_reader },
	{ "late", 1, late },
	{ "too-late", 1, too_late },
	{ "rekey-old", 0, rekey_old },
	{ "rekey-more", 0, rekey_more },
	{ "rekey-unsealed", 0, rekey_unsealed },
	{ "rekey-zeros", 0, rekey_zeros },
	{ "rotate", 1, rotate },
	{ "silent", 0, silent },
	{ "lost", 0, lost },
	{ NULL, 0, NULL }
};

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
 * DATA that is wrong under a MAC that is right, as only who has the keys can
 * make it: profiles smcp, iomt and slmp.
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data_local.h"
#include "rogue.h"
#include "tools.h"

#define FIELDS		7	/* smcp: opcode, client, round, direction */
#define VERSION		0x80	/* of a Fernet token */
#define FERNET_PREFIX	(1 + 8)	/* version, time */

/* The MAC anew, over header and all before it. */
static void
remac(struct rogue *r)
{
	struct part	 p = { r->frame, r->len - ASMP_HASHLEN };

	hmac_parts(r->frame + p.len, r->before.mac, sizeof(r->before.mac),
	    &p, 1);
}

/* What stands at off of the payload: a number of one byte, or xHEX. */
static void
bytes_set(struct rogue *r, const char *off, const char *value)
{
	uint8_t	*p = r->frame + ASMP_HDRLEN + rogue_number(off);

	if (*value != 'x')
		*p = (uint8_t)rogue_number(value);
	else if (tool_unhex(p, FIELDS, value + 1) == -1)
		errx(1, "%s: not hexadecimal", value);
}

/* Bytes of the payload: OFFSET=BYTE, or OFFSET=xHEX. */
static void
field(struct rogue *r)
{
	char		 off[16];
	const char	*value = rogue_field(r, off, sizeof(off));

	make_junk(r, data_stream(r));
	bytes_set(r, off, value);
	remac(r);
	send_data(r);
}

/* The last byte of the plaintext's last block, by the block before it. */
static void
padding_set(struct rogue *r)
{
	uint8_t	 pad;

	make_junk(r, data_stream(r));
	pad = (uint8_t)(CBC_BLOCK - r->plainlen % CBC_BLOCK);
	r->frame[r->len - ASMP_HASHLEN - CBC_BLOCK - 1] ^=
	    pad ^ (uint8_t)rogue_number(r->arg);
}

static void
padding(struct rogue *r)
{
	padding_set(r);
	remac(r);
	send_data(r);
}

/* The same by who has no key, and hopes to hear which padding was right. */
static void
padding_guess(struct rogue *r)
{
	padding_set(r);
	send_data(r);
}

/* So many bytes of ciphertext. */
static void
ciphertext(struct rogue *r)
{
	size_t	 before = ASMP_HDRLEN + CBC_IVLEN +
		    (r->a->profile->record == ASMP_SMCP ? FIELDS : 0);

	make_junk(r, data_stream(r));
	r->len = before + (size_t)rogue_number(r->arg) + ASMP_HASHLEN;
	put_u32(r->frame + 20, (uint32_t)(r->len - ASMP_HDRLEN));
	remac(r);
	send_data(r);
}

/* smcp: a plaintext of any length. */
static void
value(struct rogue *r)
{
	struct cbc_key	 key = { r->before.key, CBC_KEY128, r->before.mac,
		    sizeof(r->before.mac) };
	uint8_t		 plain[ASMP_TEXTMAX];
	ssize_t		 n;

	make_junk(r, data_stream(r));
	if ((n = tool_unhex(plain, sizeof(plain), r->arg)) == -1)
		errx(1, "%s: not hexadecimal", r->arg);
	r->len = ASMP_HDRLEN + FIELDS + cbc_len((size_t)n);
	put_u32(r->frame + 20, (uint32_t)(r->len - ASMP_HDRLEN));
	if (cbc_seal(r->frame, ASMP_HDRLEN + FIELDS, &key, r->a->pool, plain,
	    (size_t)n) == -1)
		errx(1, "a value cannot be sealed");
	send_made(r);
}

/* smcp: the end, by an opcode of it. */
static void
last(struct rogue *r)
{
	r->a->session.keys.d2g.opcode = (uint8_t)rogue_number(r->arg);
	make_data(r, data_stream(r), NULL, 0);
	send_made(r);
}

/* smcp: HELLO changed, in the same way. */
static void
hello_field(struct rogue *r)
{
	char		 off[16];
	const char	*bytes = rogue_field(r, off, sizeof(off));
	const uint8_t	*p;

	rogue_flush(r);
	while (r->a->session.phase != PHASE_ACK) {
		rogue_listen(r);
		rogue_flush(r);
	}
	r->before = r->a->session.keys.d2g;
	while (r->a->session.phase != PHASE_SESSION)
		rogue_listen(r);
	p = asmp_output(r->a, &r->len);
	memcpy(r->frame, p, r->len);
	bytes_set(r, off, bytes);
	remac(r);
	send_made(r);
}

/* slmp: a Fernet token in pieces, and what becomes of it. */
static void
fernet(struct rogue *r)
{
	struct asmp_data *d = &r->a->session.keys.d2g;
	struct cbc_key	 key = { d->key + CBC_KEY128, CBC_KEY128, d->key,
		    CBC_KEY128 };
	char		 name[16];
	const char	*arg = rogue_field(r, name, sizeof(name));
	uint8_t		 plain[ASMP_TEXTMAX], token[2 * ASMP_TEXTMAX];
	uint8_t		*text = r->frame + ASMP_HDRLEN + ASMP_HASHLEN;
	struct part	 parts[2] = { { r->frame, ASMP_HDRLEN },
		    { text, 0 } };
	size_t		 len, n;
	long		 now = (long)time(NULL);

	len = make_reading(r, plain, asmp_acked(r->a) + 1, JUNK);
	n = FERNET_PREFIX + cbc_len(len);
	if (strcmp(name, "time") == 0)
		now += rogue_number(arg);
	token[0] = strcmp(name, "version") == 0 ?
	    (uint8_t)rogue_number(arg) : VERSION;
	put_u64(token + 1, (uint64_t)now);
	if (cbc_seal(token, FERNET_PREFIX, &key, r->a->pool, plain,
	    len) == -1)
		errx(1, "a token cannot be sealed");
	if (strcmp(name, "mac") == 0)
		token[n - 1] ^= 1;
	else if (strcmp(name, "iv") == 0)
		token[FERNET_PREFIX] ^= 1;
	parts[1].len = b64url_len(n);
	make_header(r, ASMP_DATA, data_stream(r), ASMP_HASHLEN +
	    parts[1].len);
	b64url_encode((char *)text, token, n);
	if (strcmp(name, "text") == 0)
		text[0] = '!';
	hmac_parts(r->frame + ASMP_HDRLEN, d->mac, sizeof(d->mac), parts, 2);
	if (strcmp(name, "user") == 0)
		r->frame[ASMP_HDRLEN] ^= 1;
	send_made(r);
}

const struct act	hello_acts[] = {
	{ "hello-field", 1, hello_field },
	{ NULL, 0, NULL }
};

const struct act	record_acts[] = {
	{ "field", 1, field },
	{ "padding", 1, padding },
	{ "padding-guess", 1, padding_guess },
	{ "ciphertext", 1, ciphertext },
	{ "value", 1, value },
	{ "last", 1, last },
	{ "fernet", 1, fernet },
	{ NULL, 0, NULL }
};

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
 * Evidence, checkpoints and keys of logs, after a byte that says which.  A
 * text that is taken is the only one for what it says; and genuine ones, of
 * which bytes are changed, taken out and put in, prove nothing any more.
 */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/libasmp/evsample.h"
#include "fuzz.h"

#define LOG	"GATEWAY/" LOG_READINGS
#define NSAMPLES 3			/* one compressed, one alone */

static struct ident	*device, *gateway;
static char		 sample[NSAMPLES][EVIDENCE_MAX];
static struct evidence	 e;
static char		 again[EVIDENCE_MAX];

static void
make_sample(int n)
{
	struct evsample	 w = {
		.device = device,
		.log = gateway,
		.gateway = "GATEWAY",
		.id = "DEVICE",
		.text = "{\"a\":37.5}",
		.message = 7,
		.time = 1790000000000,
		.received = 1790000000500,
		.count = n == 2 ? 1 : 3,
		.place = n == 2 ? 0 : 1,
		.index = n == 2 ? 0 : 4,
		.size = n == 2 ? 1 : 6,
		.compressed = n == 1
	};

	evsample_make(&e, &w);
	if (evidence_totext(sample[n], EVIDENCE_MAX, &e) == -1)
		err(1, "evidence_totext");
}

static void
make_samples(void)
{
	uint8_t	 seed[32] = "of nobody";
	int	 n;

	if ((device = ident_fromseed(IDENT_ED25519, seed,
	    sizeof(seed))) == NULL || (gateway = note_key(seed)) == NULL)
		err(1, "no keys");
	for (n = 0; n < NSAMPLES; n++)
		make_sample(n);
}

/* A text with as many changes as the input has; the caller frees it. */
static char *
changed(struct input *in, const char *text)
{
	size_t	 len = strlen(text), room = len + in->left + 1, at;
	char	*p = fuzz_alloc(room);
	uint8_t	 how;

	memcpy(p, text, len + 1);
	while (in->left >= 4) {
		at = in_u16(in) % (len + 1);
		how = in_u8(in);
		if (how % 3 == 0 && at < len)
			p[at] = (char)in_u8(in);
		else if (how % 3 == 1 && at < len)
			memmove(p + at, p + at + 1, len-- - at);
		else if (how % 3 == 2) {
			memmove(p + at + 1, p + at, ++len - at);
			p[at] = (char)in_u8(in);
		}
	}
	return p;
}

static int
read_evidence(const char *text)
{
	unsigned int	 line = 0;

	if (evidence_fromtext(&e, text, &line) == -1) {
		MUST(line > 0 && line <= strlen(text) + 1);
		return -1;
	}
	MUST(evidence_totext(again, sizeof(again), &e) == 0);
	MUST(strcmp(text, again) == 0);
	return 0;
}

static void
proves(const char *text, const char *genuine)
{
	struct evidence_reading	 r;
	struct checkpoint	 log;
	int			 holds;

	holds = read_evidence(text) == 0 && evidence_check(&e,
	    ident_public(device), ident_public(gateway), &log) == NULL;
	MUST(holds == (strcmp(text, genuine) == 0));
	if (!holds)
		return;
	evidence_reading(&e, &r);
	MUST(r.id == 7 && r.len == strlen("{\"a\":37.5}"));
}

static void
signs(const char *text, const char *genuine)
{
	struct checkpoint	 c;
	char			 out[CHECKPOINT_MAX];
	int			 holds;

	holds = checkpoint_open(&c, text, LOG, ident_public(gateway)) == 0;
	MUST(holds == (strcmp(text, genuine) == 0));
	if (!holds)
		return;
	MUST(checkpoint_sign(out, sizeof(out), &c, gateway) == 0);
	MUST(strcmp(text, out) == 0);
}

static void
key(const char *text)
{
	struct ident_pub	 pub;
	char			 name[NOTE_NAMEMAX], out[VKEY_MAX];

	if (vkey_fromtext(name, sizeof(name), &pub, text) == -1)
		return;
	MUST(ident_pub_check(&pub) == 0);
	MUST(vkey_totext(out, sizeof(out), name, &pub) == 0);
	MUST(strcmp(text, out) == 0);
}

int
fuzz_evidence(const uint8_t *data, size_t size)
{
	struct input	 in = { data, size };
	const char	*genuine;
	char		*text;
	uint8_t		 what = in_u8(&in);

	if (device == NULL)
		make_samples();
	genuine = sample[what / 4 % NSAMPLES];
	if (what % 4 == 3)
		genuine = strstr(genuine, "\n\n") + 2;
	text = what % 4 < 2 ? in_text(&in) : changed(&in, genuine);
	switch (what % 4) {
	case 0:
		(void)read_evidence(text);
		break;
	case 1:
		key(text);
		break;
	case 2:
		proves(text, genuine);
		break;
	case 3:
		signs(text, genuine);
		break;
	}
	free(text);
	return 0;
}

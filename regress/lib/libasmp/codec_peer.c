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
 * DATA frames over standard input and output, for codec_diff_test.  A line in
 * is a command, a line out is hexadecimal, or the name of a reason:
 *	keys PROFILE DIRECTION KEY MAC	ok
 *	seal TIME PLAINTEXT		FRAME
 *	open TIME FRAME			PLAINTEXT
 * DIRECTION is d2g or g2d; keys sets both a sender and a receiver, which then
 * move on each by itself.  Nothing, in hexadecimal, is a dash.
 */

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"

#define CONTEXTS	4
#define CLIENT		7

static const char	*word(void);
static uint64_t		 number(void);
static size_t		 from_hex(uint8_t *, size_t);
static void		 print_hex(const uint8_t *, size_t);
static void		 do_keys(void);
static void		 do_seal(void);
static void		 do_open(void);

static const struct {
	const char	*name;
	void		(*run)(void);
} commands[] = {
	{ "keys", do_keys },
	{ "seal", do_seal },
	{ "open", do_open }
};

static struct asmp_data	 tx, rx;
static struct aead_pool	*pool;
static uint64_t		 seq;
static uint8_t		 frame[ASMP_HDRLEN + ASMP_PAYLOAD_MAX];

/* The next word of the line that main() began to take apart. */
static const char *
word(void)
{
	const char	*w = strtok(NULL, " \n");

	if (w == NULL)
		errx(1, "a word is missing");
	return w;
}

static uint64_t
number(void)
{
	const char	*why;
	uint64_t	 n = (uint64_t)strtonum(word(), 0, INT64_MAX, &why);

	if (why != NULL)
		errx(1, "a number is %s", why);
	return n;
}

static size_t
from_hex(uint8_t *out, size_t size)
{
	const char	*w = word();
	size_t		 i, len = strcmp(w, "-") == 0 ? 0 : strlen(w) / 2;
	unsigned int	 v;

	if (len > size)
		errx(1, "more than %zu bytes", size);
	for (i = 0; i < len; i++) {
		if (sscanf(w + 2 * i, "%2x", &v) != 1)
			errx(1, "not hexadecimal: \"%s\"", w);
		out[i] = (uint8_t)v;
	}
	return len;
}

static void
print_hex(const uint8_t *p, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		printf("%02x", p[i]);
	puts(len == 0 ? "-" : "");
}

static void
do_keys(void)
{
	data_wipe(&tx);
	data_wipe(&rx);
	if ((tx.profile = profile_byname(word())) == NULL)
		errx(1, "no such profile");
	tx.todevice = strcmp(word(), "g2d") == 0;
	tx.client = CLIENT;
	from_hex(tx.key, sizeof(tx.key));
	from_hex(tx.mac, sizeof(tx.mac));
	rx = tx;
	puts("ok");
}

static void
do_seal(void)
{
	static uint8_t		 plain[ASMP_PAYLOAD_MAX];
	struct asmp_header	 h = {
		.version = ASMP_VERSION, .type = ASMP_DATA,
		.stream = ASMP_STREAM_TELEMETRY, .epoch = 1
	};
	uint64_t		 now = number();
	size_t			 len = from_hex(plain, sizeof(plain));

	h.seq = seq++;
	h.length = (uint32_t)data_len(tx.profile, len);
	frame_put(frame, &h);
	if (data_seal(&tx, pool, frame, plain, len, now) == -1)
		err(1, "data_seal");
	print_hex(frame, ASMP_HDRLEN + h.length);
}

static void
do_open(void)
{
	enum reason	 reason;
	uint64_t	 now = number();
	uint8_t		*plain;
	size_t		 len, n;

	if (from_hex(frame, sizeof(frame)) < ASMP_HDRLEN ||
	    frame_next(frame, sizeof(frame), ASMP_PAYLOAD_MAX, &n) != 1)
		errx(1, "no frame");
	if ((reason = data_verify(&rx, frame)) == REASON_NONE)
		reason = data_open(&rx, pool, frame, now, &plain, &len);
	if (reason == REASON_NONE)
		print_hex(plain, len);
	else
		puts(reason_name(reason));
}

int
main(void)
{
	char		*line = NULL;
	const char	*name;
	size_t		 i, size = 0;
	size_t		 n = sizeof(commands) / sizeof(commands[0]);

	if ((pool = aead_pool_new(CONTEXTS)) == NULL)
		err(1, "aead_pool_new");
	while (getline(&line, &size, stdin) != -1) {
		if ((name = strtok(line, " \n")) == NULL)
			errx(1, "an empty line");
		for (i = 0; i < n && strcmp(name, commands[i].name) != 0; i++)
			continue;
		if (i == n)
			errx(1, "no command \"%s\"", name);
		commands[i].run();
		fflush(stdout);
	}
	data_wipe(&tx);
	data_wipe(&rx);
	aead_pool_free(pool);
	free(line);
	return 0;
}

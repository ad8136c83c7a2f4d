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
 * Writes evidence that is made up, by a device's and a gateway's real keys:
 * evidence_make DEVICE.key GATEWAY.seal gateway device [JSON [compressed]]
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "evsample.h"

static struct evidence	e;
static char		text[EVIDENCE_MAX];

static struct ident *
load_device(const char *path)
{
	const char	*why;
	struct ident	*ident;
	int		 fd;

	if ((fd = keyfile_open(path, 1, &why)) == -1)
		errx(1, "%s: %s", path, why != NULL ? why : strerror(errno));
	if ((ident = keyfile_read(fd, NULL, NULL)) == NULL)
		errx(1, "%s: %s", path, keyfile_strerror(errno));
	close(fd);
	return ident;
}

static struct ident *
load_log(const char *path)
{
	struct secret	 s;
	char		 why[SECRET_WHYMAX];

	if (secretfile_read(&s, SECRET_SEAL, path, why) == -1)
		errx(1, "%s: %s", path, why);
	return note_key(s.key);
}

int
main(int argc, char *argv[])
{
	struct evsample	 w = {
		.text = "{\"systolic\":120,\"pulse\":61}",
		.message = 42,
		.time = 1790000000000,
		.received = 1790000000123,
		.count = 5,
		.place = 2,
		.index = 100,
		.size = 201
	};

	if (argc < 5)
		errx(1, "DEVICE.key GATEWAY.seal gateway device [JSON "
		    "[compressed]]");
	w.device = load_device(argv[1]);
	w.log = load_log(argv[2]);
	w.gateway = argv[3];
	w.id = argv[4];
	if (argc > 5)
		w.text = argv[5];
	w.compressed = argc > 6;
	evsample_make(&e, &w);
	if (evidence_totext(text, sizeof(text), &e) == -1)
		err(1, "evidence_totext");
	fputs(text, stdout);
	return 0;
}

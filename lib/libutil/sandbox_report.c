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

#include <string.h>

#include "sandbox.h"

static const struct {
	uint32_t	 layer;
	const char	*name;
} layers[] = {
	{ SANDBOX_USER,		"user" },
	{ SANDBOX_CHROOT,	"chroot" },
	{ SANDBOX_LANDLOCK_FS,	"landlock-fs" },
	{ SANDBOX_LANDLOCK_NET,	"landlock-net" },
	{ SANDBOX_SCOPE,	"landlock-scope" },
	{ SANDBOX_SECCOMP,	"seccomp" },
	{ SANDBOX_PLEDGE,	"pledge" },
	{ SANDBOX_UNVEIL,	"unveil" },
	{ SANDBOX_RLIMIT,	"rlimit" },
	{ SANDBOX_NODUMP,	"nodump" }
};

/*
 * Writes the names of the layers in mask to buf, of len bytes (at least 1),
 * with commas between them, "none" for an empty mask, and returns buf.  A
 * name that does not fit is left out whole: the text may say less than the
 * mask, never more or something else.
 */
char *
sandbox_report(uint32_t mask, char *buf, size_t len)
{
	size_t	 i, n = 0, need;

	buf[0] = '\0';
	if (mask == 0)
		strlcpy(buf, "none", len);
	for (i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
		if ((mask & layers[i].layer) == 0)
			continue;
		need = strlen(layers[i].name) + (n > 0);
		if (need >= len - n)
			continue;
		if (n > 0)
			strlcat(buf, ",", len);
		n = strlcat(buf, layers[i].name, len);
	}
	return buf;
}

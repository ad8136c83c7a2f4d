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


/* The lines of a pin file: a gateway's id and public key. */

#include <string.h>

#include "asmp_proto.h"
#include "compat.h"

/*
 * Read a line, without its newline, which is changed: the id to the
 * ASMP_IDMAX + 1 bytes at id, "" if only a comment is there, and the key.
 * NULL, or what is wrong.
 */
const char *
pin_fromtext(char *id, struct ident_pub *pub, char *line)
{
	char	*name, *key, *last;

	id[0] = '\0';
	line[strcspn(line, "#")] = '\0';
	if ((name = strtok_r(line, " \t\r", &last)) == NULL)
		return NULL;
	if ((key = strtok_r(NULL, " \t\r", &last)) == NULL ||
	    strtok_r(NULL, " \t\r", &last) != NULL)
		return "expected: GATEWAY_ID ed25519:BASE64";
	if (!id_valid(name))
		return "not a gateway id";
	if (ident_pub_fromtext(pub, key) == -1 || pub->alg != IDENT_ED25519)
		return "not an ed25519 public key";
	(void)strlcpy(id, name, ASMP_IDMAX + 1);
	return NULL;
}

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
 * Signed notes and checkpoints of c2sp.org/signed-note and tlog-checkpoint,
 * as far as a gateway's logs need them: Ed25519, three lines, one signature.
 * Others read what is written here; read here is only what was written here,
 * so that a checkpoint has one text.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"

#define TYPE_ED25519	0x01
#define KEYIDLEN	4
#define KEYLEN		32
#define SIGLEN		64
#define LOG_CHARS	"abcdefghijklmnopqrstuvwxyz"
#define EM_DASH		"\342\200\224"		/* U+2014 in UTF-8 */

static int	failed(int);
static int	name_valid(const char *);
static void	keyid(uint8_t *, const char *, const struct ident_pub *);
static int	body_put(char *, size_t, const struct checkpoint *);
static int	body_get(struct checkpoint *, const char *, size_t *);
static int	signature_get(uint8_t *, const char *, const char *);

static int
failed(int error)
{
	errno = error;
	return -1;
}

/* Whether a log can have this name: a gateway's id, a slash, a word. */
static int
name_valid(const char *name)
{
	char	 id[ASMP_IDMAX + 1];
	size_t	 n = strcspn(name, "/"), len;

	if (n >= sizeof(id) || name[n] == '\0')
		return 0;
	memcpy(id, name, n);
	id[n] = '\0';
	len = strspn(name + n + 1, LOG_CHARS);
	return id_valid(id) && len > 0 && name[n + 1 + len] == '\0' &&
	    n + 1 + len < NOTE_NAMEMAX;
}

/*
 * The name of a gateway's log, LOG_AUDIT or LOG_READINGS, to NOTE_NAMEMAX
 * bytes: its key's name and its checkpoints' origin.  Returns 0, or -1 with
 * errno EINVAL.
 */
int
note_name(char *out, const char *gateway, const char *log)
{
	int	 n;

	n = snprintf(out, NOTE_NAMEMAX, "%s/%s", gateway, log);
	if (n < 0 || n >= NOTE_NAMEMAX || !name_valid(out))
		return failed(EINVAL);
	return 0;
}

/*
 * The key that signs a gateway's checkpoints, from the ASMP_KEYLEN bytes of
 * its sealing secret.  Returns NULL with errno ENOMEM; ends with
 * ident_free().
 */
struct ident *
note_key(const uint8_t *secret)
{
	uint8_t		 seed[ASMP_KEYLEN];
	struct ident	*key;

	kdf_expand(seed, secret, "audit key", NULL, 0);
	key = ident_fromseed(IDENT_ED25519, seed, sizeof(seed));
	explicit_bzero(seed, sizeof(seed));
	return key;
}

/* The first bytes of SHA-256 over name, LF, type and key. */
static void
keyid(uint8_t *out, const char *name, const struct ident_pub *pub)
{
	static const uint8_t	 middle[] = { '\n', TYPE_ED25519 };
	uint8_t			 hash[ASMP_HASHLEN];
	struct part		 p[] = {
		{ name, strlen(name) },
		{ middle, sizeof(middle) },
		{ pub->key, KEYLEN }
	};

	sha256_parts(hash, p, 3);
	memcpy(out, hash, KEYIDLEN);
}

/*
 * A log's key as one word, "name+hash+base64", for those that verify;
 * VKEY_MAX bytes hold any.  Returns 0, or -1 with errno EINVAL, no such
 * name or not Ed25519, or ENOSPC.
 */
int
vkey_totext(char *out, size_t size, const char *name,
    const struct ident_pub *pub)
{
	uint8_t	 id[KEYIDLEN], key[1 + KEYLEN];
	char	 b64[B64_LEN(sizeof(key)) + 1];
	int	 n;

	if (!name_valid(name) || pub->alg != IDENT_ED25519)
		return failed(EINVAL);
	keyid(id, name, pub);
	key[0] = TYPE_ED25519;
	memcpy(key + 1, pub->key, KEYLEN);
	b64_encode(b64, key, sizeof(key));
	n = snprintf(out, size, "%s+%08" PRIx32 "+%s", name, get_u32(id), b64);
	if (n < 0 || (size_t)n >= size)
		return failed(ENOSPC);
	return 0;
}

/*
 * Read what vkey_totext() wrote, and nothing else; NOTE_NAMEMAX bytes hold
 * any name.  Returns 0, or -1 with errno EINVAL.
 */
int
vkey_fromtext(char *name, size_t size, struct ident_pub *pub,
    const char *text)
{
	uint8_t		 key[1 + KEYLEN];
	char		 again[VKEY_MAX];
	const char	*b64;
	size_t		 n = strcspn(text, "+"), len;

	memset(pub, 0, sizeof(*pub));
	if (n >= size || text[n] == '\0' ||
	    (b64 = strchr(text + n + 1, '+')) == NULL)
		return failed(EINVAL);
	memcpy(name, text, n);
	name[n] = '\0';
	b64++;
	if (b64_decode(key, sizeof(key), &len, b64, strlen(b64)) == -1 ||
	    len != sizeof(key))
		return failed(EINVAL);
	pub->alg = IDENT_ED25519;
	memcpy(pub->key, key + 1, KEYLEN);
	if (vkey_totext(again, sizeof(again), name, pub) == -1 ||
	    strcmp(text, again) != 0)
		return failed(EINVAL);
	return ident_pub_check(pub);
}

/* What the signature covers; its length, or -1 with errno. */
static int
body_put(char *out, size_t size, const struct checkpoint *c)
{
	char	 root[B64_LEN(ASMP_HASHLEN) + 1];
	int	 n;

	if (!name_valid(c->origin) || c->size > CHECKPOINT_SIZEMAX)
		return failed(EINVAL);
	b64_encode(root, c->root, sizeof(c->root));
	n = snprintf(out, size, "%s\n%" PRIu64 "\n%s\n", c->origin, c->size,
	    root);
	return n < 0 || (size_t)n >= size ? failed(ENOSPC) : n;
}

/*
 * Sign the size and root of a log by its key.  CHECKPOINT_MAX bytes hold
 * any text.  Returns 0, or -1 with errno EINVAL, no such origin, a size above
 * CHECKPOINT_SIZEMAX or not Ed25519, ENOSPC or ENOMEM.
 */
int
checkpoint_sign(char *out, size_t size, const struct checkpoint *c,
    const struct ident *key)
{
	uint8_t		 sig[KEYIDLEN + SIGLEN];
	char		 b64[B64_LEN(sizeof(sig)) + 1];
	struct part	 body = { out, 0 };
	int		 len, n;

	if (ident_public(key)->alg != IDENT_ED25519)
		return failed(EINVAL);
	if ((len = body_put(out, size, c)) == -1)
		return -1;
	body.len = (size_t)len;
	keyid(sig, c->origin, ident_public(key));
	if (ident_sign(key, sig + KEYIDLEN, &body, 1) == -1)
		return -1;
	b64_encode(b64, sig, sizeof(sig));
	n = snprintf(out + len, size - body.len, "\n" EM_DASH " %s %s\n",
	    c->origin, b64);
	if (n < 0 || (size_t)n >= size - body.len)
		return failed(ENOSPC);
	return 0;
}

/* Size and root of a checkpoint of which the origin is known; 0 or -1. */
static int
body_get(struct checkpoint *c, const char *text, size_t *len)
{
	char		 again[CHECKPOINT_MAX];
	const char	*p = text;
	size_t		 n;

	p += strcspn(p, "\n");
	if (*p == '\n')
		p++;
	for (n = 0; n < CHECKPOINT_DIGITS && *p >= '0' && *p <= '9'; n++)
		c->size = c->size * 10 + (uint64_t)(*p++ - '0');
	if (*p++ != '\n' || b64_decode(c->root, sizeof(c->root), &n, p,
	    strcspn(p, "\n")) == -1 || n != sizeof(c->root))
		return -1;
	if (body_put(again, sizeof(again), c) == -1)
		return -1;
	*len = strlen(again);
	return strncmp(text, again, *len) == 0 ? 0 : -1;
}

/* What is signed with, key id first, from all that follows the body. */
static int
signature_get(uint8_t *sig, const char *text, const char *origin)
{
	char	 before[NOTE_NAMEMAX + 8];
	size_t	 n, len;

	(void)snprintf(before, sizeof(before), "\n" EM_DASH " %s ", origin);
	n = strlen(before);
	if (strncmp(text, before, n) != 0)
		return -1;
	text += n;
	n = strcspn(text, "\n");
	if (strcmp(text + n, "\n") != 0 ||
	    b64_decode(sig, KEYIDLEN + SIGLEN, &len, text, n) == -1 ||
	    len != KEYIDLEN + SIGLEN)
		return -1;
	return 0;
}

/*
 * Read a checkpoint of the log of this name and verify it by the log's key.
 * Returns 0, or -1 with errno EINVAL, not a checkpoint of that log as
 * checkpoint_sign() writes it, EPERM, signed by another key, or EBADMSG, the
 * signature does not hold.
 */
int
checkpoint_open(struct checkpoint *c, const char *text, const char *origin,
    const struct ident_pub *pub)
{
	struct checkpoint	 got = { .size = 0 };
	uint8_t			 sig[KEYIDLEN + SIGLEN], id[KEYIDLEN];
	struct part		 body = { text, 0 };

	if (!name_valid(origin) || pub->alg != IDENT_ED25519)
		return failed(EINVAL);
	(void)strlcpy(got.origin, origin, sizeof(got.origin));
	if (body_get(&got, text, &body.len) == -1 ||
	    signature_get(sig, text + body.len, origin) == -1)
		return failed(EINVAL);
	keyid(id, origin, pub);
	if (memcmp(sig, id, sizeof(id)) != 0)
		return failed(EPERM);
	if (ident_verify(pub, sig + KEYIDLEN, SIGLEN, &body, 1) == -1)
		return failed(EBADMSG);
	*c = got;
	return 0;
}

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
 * What an enrolment says, checked and made a device that the registry does
 * not have yet.  A pre-shared key is sealed here, and goes no further in
 * clear.
 */

#include <sys/types.h>

#include <string.h>

#include "asmpd.h"
#include "log.h"

static const char *
check_pub(const struct enrolment *e)
{
	struct ident_pub	 pub;

	memset(&pub, 0, sizeof(pub));
	pub.alg = e->alg;
	if (e->keylen != 0 && e->keylen == ident_publen(pub.alg)) {
		memcpy(pub.key, e->key, e->keylen);
		if (ident_pub_check(&pub) == 0)
			return NULL;
	}
	return "the key is not a valid Ed25519, P-256 or P-384 key";
}

/* NULL, or why the key cannot be one of its kind. */
static const char *
check_key(const struct enrolment *e)
{
	switch (e->kind) {
	case ASMP_KIND_SIGNATURE:
		return check_pub(e);
	case ASMP_KIND_PSK:
		return e->keylen == PSK_SHORT || e->keylen == PSK_LONG ?
		    NULL : "a pre-shared key has 16 or 32 bytes";
	case ASMP_KIND_TOKEN:
		return e->keylen == 0 ? NULL :
		    "who comes with a token has no key of its own";
	case ASMP_KIND_KEM:
		return e->keylen == MLKEM768_EKLEN &&
		    mlkem768_check_ek(e->key) == 0 ? NULL :
		    "the key is not a valid ML-KEM-768 key";
	default:
		return "a device proves itself by signature, psk, token or "
		    "kem";
	}
}

static const char *
check(const struct enrolment *e)
{
	const char	*why;

	if (memchr(e->id, '\0', sizeof(e->id)) == NULL || !id_valid(e->id))
		return "the id must be 1 to 64 of letters, digits and ._:@-";
	if ((why = check_key(e)) != NULL)
		return why;
	if (e->kind != ASMP_KIND_SIGNATURE && e->alg != 0)
		return "only a key that signs has an algorithm";
	if ((e->profiles & ~profile_mask(e->kind)) != 0)
		return "one of the profiles does not go with the key";
	if (memchr(e->role, '\0', sizeof(e->role)) == NULL)
		return "the role's name is too long";
	if (e->expires != 0 && e->expires <= now_ms() / 1000)
		return "it would have expired already";
	if (e->expires > WHEN_LAST)
		return "it would expire after the year 9999";
	return NULL;
}

/* The role of this name, the least one for none; 0: there is no such role. */
static uint8_t
role_number(const char *name)
{
	const struct conf_role	*r;

	if (name[0] == '\0')
		return ROLE_DEFAULT;
	return (r = role_byname(env->conf, name)) == NULL ? 0 : r->number;
}

static void
fill(struct ipc_row *row, const struct enrolment *e)
{
	memset(row, 0, sizeof(*row));
	row->kind = e->kind;
	row->alg = e->alg;
	row->state = CTL_DEVICE_ACTIVE;
	row->profiles = e->profiles == 0 ? profile_mask(e->kind) :
	    e->profiles;
	row->role = role_number(e->role);
	row->expires = e->expires * 1000;
	strlcpy(row->id, e->id, sizeof(row->id));
}

/* The key's hash stands where others have a key, and the key is sealed. */
static void
fill_psk(struct ipc_row *row, const struct enrolment *e)
{
	size_t	 len;

	keyring_psk_hash(row->key, e->key, e->keylen);
	row->keylen = ASMP_HASHLEN;
	if (keyring_seal(ASMP_KIND_PSK, e->id, e->key, e->keylen, row->sealed,
	    &len) == -1)
		fatalx("a pre-shared key cannot be sealed");
	row->sealedlen = len;
}

static void
fill_key(struct ipc_row *row, const struct enrolment *e)
{
	if (e->kind == ASMP_KIND_PSK) {
		fill_psk(row, e);
		return;
	}
	row->keylen = e->keylen;
	memcpy(row->key, e->key, e->keylen);
}

/*
 * A device that the registry can take, still without a number, from an
 * enrolment none of whose fields has been checked.  Returns NULL with the
 * reason in *why.  A pre-shared key in e is the caller's to wipe.
 */
struct device *
newdevice_make(const struct enrolment *e, const char **why)
{
	struct ipc_row	 row;

	if ((*why = check(e)) != NULL)
		return NULL;
	fill(&row, e);
	if (row.role == 0) {
		*why = "there is no role of this name: device, user and admin "
		    "are always there, and asmpd.conf may have more";
		return NULL;
	}
	fill_key(&row, e);
	return device_new(&row);
}

/*
 * Another key for a device, from an enrolment none of whose fields has been
 * checked, into a row that has no more than this and its kind.  Returns NULL
 * or the reason.  A pre-shared key in e is the caller's to wipe.
 */
const char *
newdevice_key(const struct enrolment *e, struct ipc_row *row)
{
	const char	*why;

	if ((why = check(e)) != NULL)
		return why;
	memset(row, 0, sizeof(*row));
	row->kind = e->kind;
	row->alg = e->alg;
	strlcpy(row->id, e->id, sizeof(row->id));
	fill_key(row, e);
	return NULL;
}

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
 * The gateway's private key and sealing secret.  They never leave this file:
 * others get signatures and MACs over strings that are built here.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "asmpd.h"
#include "log.h"

#define ROW_FIXED_0	28	/* of a row, bytes under its MAC */
#define ROW_FIXED	81	/* the same, with a version */

struct numkey {
	int		 there;
	uint8_t		 key[ASMP_KEYLEN];
};

struct keyring {
	struct ident	*gateway;
	struct ident	*notary;	/* signs checkpoints of logs */
	uint8_t		 registry[ASMP_KEYLEN];	/* MACs registry rows */
	uint8_t		 rowset[ASMP_KEYLEN];	/* hashes sets of them */
	uint8_t		 psk[ASMP_KEYLEN];	/* seals pre-shared keys */
	uint8_t		 pskhash[ASMP_KEYLEN];	/* tells them apart */
	uint8_t		 ticket[ASMP_KEYLEN];	/* seals tickets */
	uint8_t		 kem[ASMP_KEYLEN];	/* seals what kem has left */
	uint8_t		 audit[ASMP_KEYLEN];	/* MACs audit records */
	char		 id[ASMP_IDMAX + 1];
	struct numkey	 issuer[UINT8_MAX + 1];	/* tag tokens */
	struct numkey	 shared[UINT8_MAX + 1];	/* of groups of devices */
};

static struct keyring		*current, *pending;
static struct ident_pub		 decoys[IDENT_P384 + 1];
static uint8_t			 decoy_key[ASMP_KEYLEN];

static void
keyring_free(struct keyring *k)
{
	if (k == NULL)
		return;
	ident_free(k->gateway);
	ident_free(k->notary);
	freezero(k, sizeof(*k));
}

static struct ident *
load_key(const char *path, const char **why)
{
	struct ident	*id = NULL;
	int		 fd;

	if ((fd = keyfile_open(path, 1, why)) == -1) {
		if (*why == NULL)
			*why = strerror(errno);
		return NULL;
	}
	id = keyfile_read(fd, NULL, NULL);
	if (id != NULL && ident_public(id)->alg != IDENT_ED25519) {
		*why = "is not an Ed25519 key, which a gateway's must be";
		ident_free(id);
		id = NULL;
	} else if (id == NULL)
		*why = errno == EACCES ? "is protected by a passphrase, which "
		    "asmpd cannot ask for" : "is not a whole PKCS#8 private "
		    "key in PEM";
	close(fd);
	return id;
}

/* Derives the registry's keys from the sealing secret, which is not kept. */
static int
load_seal(const char *path, struct keyring *k, char *why)
{
	struct secret	 s;

	if (secretfile_read(&s, SECRET_SEAL, path, why) == -1)
		return -1;
	kdf_expand(k->registry, s.key, "registry", NULL, 0);
	kdf_expand(k->rowset, s.key, "registry rows", NULL, 0);
	kdf_expand(k->psk, s.key, "psk at rest", NULL, 0);
	kdf_expand(k->pskhash, s.key, "psk identity", NULL, 0);
	kdf_expand(k->ticket, s.key, "ticket at rest", NULL, 0);
	kdf_expand(k->kem, s.key, "kem at rest", NULL, 0);
	kdf_expand(k->audit, s.key, "audit records", NULL, 0);
	if ((k->notary = note_key(s.key)) == NULL)
		fatal("note_key");
	explicit_bzero(&s, sizeof(s));
	return 0;
}

/* Takes a key in by its number; from says whose numbers are taken. */
static int
load_numbered(const char *path, enum secret_kind kind, struct numkey *keys,
    const char **from, char *why, size_t len)
{
	struct secret	 s;
	int		 ret = -1;

	if (secretfile_read(&s, kind, path, why) == -1)
		return -1;
	if (from[s.number] != NULL)
		snprintf(why, len, "has number %u, as has %s; make one of the "
		    "two with another number", s.number, from[s.number]);
	else {
		from[s.number] = path;
		keys[s.number].there = 1;
		memcpy(keys[s.number].key, s.key, sizeof(keys->key));
		ret = 0;
	}
	explicit_bzero(&s, sizeof(s));
	return ret;
}

/* The keys of a list of files; what is their name in errors. */
static int
load_list(const struct conf_words *files, enum secret_kind kind,
    const char *what, struct numkey *keys, char *error, size_t len)
{
	struct conf_word	*w;
	const char		*from[UINT8_MAX + 1] = { NULL };
	char			 why[SECRET_WHYMAX + IPC_PATHMAX];

	TAILQ_FOREACH(w, files, entry)
		if (load_numbered(w->text, kind, keys, from, why,
		    sizeof(why)) == -1) {
			snprintf(error, len, "%s %s: %s", what, w->text, why);
			return -1;
		}
	return 0;
}

static int
decoys_make(void)
{
	enum ident_alg	 alg;
	struct ident	*id;

	if (RAND_bytes(decoy_key, sizeof(decoy_key)) != 1)
		return -1;
	for (alg = IDENT_ED25519; alg <= IDENT_P384; alg++) {
		if ((id = ident_generate(alg)) == NULL)
			return -1;
		decoys[alg] = *ident_public(id);
		ident_free(id);
	}
	return 0;
}

/*
 * Loads what c names, beside what is in use; keyring_commit() or
 * keyring_abort() follows.  Returns 0, or -1 with a line in error.
 */
int
keyring_load(const struct asmpd_conf *c, char *error, size_t len)
{
	struct keyring	*k;
	const char	*why = NULL;
	char		 unfit[SECRET_WHYMAX];

	if ((k = calloc(1, sizeof(*k))) == NULL)
		fatal("calloc");
	strlcpy(k->id, c->gateway_id, sizeof(k->id));
	if ((k->gateway = load_key(c->gateway_key, &why)) == NULL) {
		snprintf(error, len, "gateway key %s: %s", c->gateway_key,
		    why);
		goto fail;
	}
	if (load_seal(c->gateway_seal, k, unfit) == -1) {
		snprintf(error, len, "gateway seal %s: %s", c->gateway_seal,
		    unfit);
		goto fail;
	}
	/* Rows written with another secret could not be read any more. */
	if (current != NULL && timingsafe_bcmp(current->registry, k->registry,
	    sizeof(k->registry)) != 0) {
		snprintf(error, len, "gateway seal %s: holds another secret "
		    "than asmpd was started with; restore the file",
		    c->gateway_seal);
		goto fail;
	}
	if (load_list(&c->issuers, SECRET_ISSUER, "issuer", k->issuer, error,
	    len) == -1 || load_list(&c->shared, SECRET_SHARED, "shared key",
	    k->shared, error, len) == -1)
		goto fail;
	if (decoys[IDENT_P384].alg == 0 && decoys_make() == -1) {
		strlcpy(error, "no randomness for keys", len);
		goto fail;
	}
	keyring_free(pending);
	pending = k;
	return 0;
fail:
	keyring_free(k);
	return -1;
}

/* What was loaded last comes into use; nothing loaded, nothing changes. */
void
keyring_commit(void)
{
	if (pending == NULL)
		return;
	keyring_free(current);
	current = pending;
	pending = NULL;
}

/* What was loaded last is wiped; what is in use stays. */
void
keyring_abort(void)
{
	keyring_free(pending);
	pending = NULL;
}

/* Wipes all keys. */
void
keyring_wipe(void)
{
	keyring_abort();
	keyring_free(current);
	current = NULL;
}

/*
 * The plaintext of GATEWAY_AUTH for handshake hash h (32 bytes), with a new
 * nonce, into out of GATEWAY_AUTH_MAX bytes.  Returns its length or -1.
 */
int
keyring_gateway_auth(const uint8_t *h, uint8_t *out)
{
	uint8_t	 nonce[ASMP_NONCELEN];

	if (RAND_bytes(nonce, sizeof(nonce)) != 1)
		return -1;
	return gateway_sign(current->gateway, out, h, nonce, current->id);
}

/*
 * The tag of a token, 32 bytes, by the issuer that it names: its bearer's
 * secret, which the caller wipes.  Returns 0, or -1 if there is no such
 * issuer.
 */
int
keyring_token_tag(const struct asmp_token *t, uint8_t *tag)
{
	const struct numkey	*k = &current->issuer[t->key];

	return k->there ? token_tag(tag, k->key, t) : -1;
}

/*
 * What the shared key of this number adds to a session's keys, 32 bytes, for
 * T1 and H(body) of its handshake; the caller wipes it.  Returns 0, or -1 if
 * there is no such key.
 */
int
keyring_group(uint8_t number, const uint8_t *t1, const uint8_t *hbody,
    uint8_t *g)
{
	const struct numkey	*k = &current->shared[number];

	if (!k->there)
		return -1;
	proof_group(g, k->key, sizeof(k->key), t1, hbody);
	return 0;
}

/*
 * The MAC of a registry row, 32 bytes: the store keeps rows, but only the
 * parent makes them, so that a store taken over enrols nobody.  Rows of
 * version 0 are older than versions, and so is their MAC: what came later is
 * not under it.
 */
void
keyring_row_mac(const struct ipc_row *row, uint8_t *mac)
{
	uint8_t			 fixed[ROW_FIXED];
	const struct part	 parts[] = {
		{ fixed, row->version == 0 ? ROW_FIXED_0 : sizeof(fixed) },
		{ row->id, sizeof(row->id) },
		{ row->sealed, row->sealedlen },
		{ row->key, ipc_row_keys(row) }
	};

	put_u32(fixed, row->number);
	fixed[4] = row->kind;
	fixed[5] = row->alg;
	fixed[6] = row->state;
	fixed[7] = row->profiles;
	put_u64(fixed + 8, row->enrolled);
	put_u64(fixed + 16, row->changed);
	fixed[24] = row->role;
	fixed[25] = row->sealedlen;
	put_u16(fixed + 26, row->keylen);
	put_u64(fixed + 28, row->version);
	put_u64(fixed + 36, row->expires);
	put_u64(fixed + 44, row->rotated);
	put_u64(fixed + 52, row->until);
	put_u64(fixed + 60, row->used);
	put_u64(fixed + 68, row->oldused);
	put_u16(fixed + 76, row->oldkeylen);
	fixed[78] = row->oldsealedlen;
	fixed[79] = row->oldalg;
	fixed[80] = row->told;
	hmac_parts(mac, current->registry, sizeof(current->registry), parts,
	    sizeof(parts) / sizeof(parts[0]));
}

/*
 * Puts a row, of this number and version, into the hash of a set of rows, 32
 * bytes, or takes it out again.  That is the exclusive or of a MAC of each
 * (XMACC, Bellare, Guerin and Rogaway 1995): nobody but the parent knows one,
 * so nobody finds two sets with the same hash.
 */
void
keyring_rowset(uint8_t *set, uint32_t number, uint64_t version)
{
	uint8_t			 row[12], mac[ASMP_HASHLEN];
	const struct part	 part = { row, sizeof(row) };
	int			 i;

	put_u32(row, number);
	put_u64(row + 4, version);
	hmac_parts(mac, current->rowset, sizeof(current->rowset), &part, 1);
	for (i = 0; i < ASMP_HASHLEN; i++)
		set[i] ^= mac[i];
}

/*
 * The MAC of an audit record, 32 bytes: the one at an index, with this leaf,
 * that was made in this run of the daemon.  Between two checkpoints it is all
 * that tells the parent's records from the store's.
 */
void
keyring_audit_mac(uint64_t run, uint64_t index, const uint8_t *leaf,
    uint8_t *mac)
{
	uint8_t			 where[16];
	const struct part	 parts[] = {
		{ where, sizeof(where) },
		{ leaf, ASMP_HASHLEN }
	};

	put_u64(where, run);
	put_u64(where + 8, index);
	hmac_parts(mac, current->audit, sizeof(current->audit), parts,
	    sizeof(parts) / sizeof(parts[0]));
}

/*
 * A checkpoint of one of this gateway's logs, and the key to check it with,
 * into a note: so many records, and the root that they have.  Returns 0 or
 * -1.
 */
int
keyring_checkpoint(struct ctl_note *out, enum tree_kind log, uint64_t n,
    const uint8_t *root)
{
	struct checkpoint	 c;

	if (note_name(c.origin, current->id, log == TREE_AUDIT ? LOG_AUDIT :
	    LOG_READINGS) == -1)
		return -1;
	c.size = n;
	memcpy(c.root, root, sizeof(c.root));
	return checkpoint_sign(out->text, sizeof(out->text), &c,
	    current->notary) == -1 || vkey_totext(out->key, sizeof(out->key),
	    c.origin, ident_public(current->notary)) == -1 ? -1 : 0;
}

/* Whose secret it is: a sealed one opens in no other row. */
static size_t
owner_put(uint8_t *out, enum asmp_kind kind, const char *id)
{
	size_t	 len = strlen(id);

	out[0] = kind;
	memcpy(out + 1, id, len);
	return len + 1;
}

static const uint8_t *
sealing_key(enum asmp_kind kind)
{
	switch (kind) {
	case ASMP_KIND_TICKET:
		return current->ticket;
	case ASMP_KIND_KEM:
		return current->kem;
	default:
		return current->psk;
	}
}

/*
 * Seals the len bytes, at most SEALABLE_MAX, of device id's pre-shared key,
 * ticket or such for the store: nonce, ChaCha20-Poly1305 ciphertext, tag,
 * SEALED_MAX bytes at most, their number in *outlen.  Nonces are random: far
 * fewer secrets are sealed than it takes for two to meet.  Returns 0 or -1.
 */
int
keyring_seal(enum asmp_kind kind, const char *id, const uint8_t *secret,
    size_t len, uint8_t *out, size_t *outlen)
{
	uint8_t	 owner[1 + ASMP_IDMAX];
	size_t	 ownerlen = owner_put(owner, kind, id);

	if (RAND_bytes(out, AEAD_NONCELEN) != 1)
		return -1;
	*outlen = AEAD_NONCELEN + len + ASMP_TAGLEN;
	return chapoly_seal(out + AEAD_NONCELEN, sealing_key(kind), out,
	    secret, len, owner, ownerlen);
}

/*
 * Opens what keyring_seal() made of this kind for device id: out has room for
 * len bytes less nonce and tag, at most SEALABLE_MAX; the caller wipes them,
 * and *outlen says how many there are.  Returns 0, or -1 if it was not made
 * for this device.
 */
int
keyring_open(enum asmp_kind kind, const char *id, const uint8_t *sealed,
    size_t len, uint8_t *out, size_t *outlen)
{
	uint8_t	 owner[1 + ASMP_IDMAX];
	size_t	 ownerlen = owner_put(owner, kind, id);

	if (len < AEAD_NONCELEN + ASMP_TAGLEN || len > SEALED_MAX)
		return -1;
	*outlen = len - AEAD_NONCELEN - ASMP_TAGLEN;
	return chapoly_open(out, sealing_key(kind), sealed,
	    sealed + AEAD_NONCELEN, len - AEAD_NONCELEN, owner, ownerlen);
}

/*
 * What stands for a pre-shared key of len bytes, at most PSK_LONG, where two
 * are compared: 32 bytes.  HMAC takes a key as if zeros followed it, so a key
 * and the same with zeros behind it are one.
 */
void
keyring_psk_hash(uint8_t *out, const uint8_t *psk, size_t len)
{
	uint8_t			 padded[PSK_LONG] = { 0 };
	const struct part	 p = { padded, sizeof(padded) };

	memcpy(padded, psk, len);
	hmac_parts(out, current->pskhash, sizeof(current->pskhash), &p, 1);
	explicit_bzero(padded, sizeof(padded));
}

/*
 * The key that stands in for a device of this id which is not there.  Which
 * algorithm it has is drawn from those of the devices that are, by the id:
 * the time that a check takes says nothing then.
 */
const struct ident_pub *
keyring_decoy(const char *id)
{
	const struct part	 p = { id, strlen(id) };
	enum ident_alg		 alg;
	uint8_t			 draw[ASMP_HASHLEN];
	uint64_t		 n = registry_signers(IDENT_ED25519) +
				    registry_signers(IDENT_P256) +
				    registry_signers(IDENT_P384);

	if (n == 0)
		return &decoys[IDENT_ED25519];
	hmac_parts(draw, decoy_key, sizeof(decoy_key), &p, 1);
	n = get_u64(draw) % n;
	for (alg = IDENT_ED25519; alg < IDENT_P384; alg++) {
		if (n < registry_signers(alg))
			break;
		n -= registry_signers(alg);
	}
	return &decoys[alg];
}

/* The gateway key's fingerprint as text, IDENT_FPMAX bytes with NUL. */
void
keyring_fingerprint(char *buf, size_t len)
{
	ident_fingerprint(ident_public(current->gateway), buf, len);
}

/* The ML-KEM key of which nobody has the other half, MLKEM768_EKLEN bytes. */
const uint8_t *
keyring_decoy_kem(void)
{
	static uint8_t	 ek[MLKEM768_EKLEN];
	static int	 made;
	uint8_t		 dk[MLKEM768_DKLEN], seed[MLKEM768_SEEDLEN];

	if (!made) {
		arc4random_buf(seed, sizeof(seed));
		mlkem768_keypair(ek, dk, seed);
		explicit_bzero(dk, sizeof(dk));
		explicit_bzero(seed, sizeof(seed));
		made = 1;
	}
	return ek;
}

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

/* Issuers, shared keys and what is sealed: asmpd/keyring.c. */

#include <sys/types.h>

#include <atf-c.h>

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "asmpd.h"

#define NUMBER	7

/* Nothing falls due here. */
void
life_due(struct device *d)
{
	(void)d;
}

static uint8_t	 t1[ASMP_HASHLEN] = { 1 };
static uint8_t	 hbody[ASMP_HASHLEN] = { 2 };

static void
write_secret(const char *path, enum secret_kind kind, uint8_t number,
    uint8_t fill)
{
	struct secret	 s;
	int		 fd;

	memset(&s, 0, sizeof(s));
	s.kind = kind;
	s.number = number;
	s.len = ASMP_KEYLEN;
	memset(s.key, fill, sizeof(s.key));
	(void)unlink(path);
	ATF_REQUIRE((fd = keyfile_create(path, 0600)) != -1);
	ATF_REQUIRE(secretfile_write(fd, &s) == 0);
	close(fd);
}

/* A gateway's identity, and two keys of each kind with a number. */
static void
write_files(void)
{
	struct ident	*id;
	int		 fd;

	ATF_REQUIRE((id = ident_generate(IDENT_ED25519)) != NULL);
	ATF_REQUIRE((fd = keyfile_create("key", 0600)) != -1);
	ATF_REQUIRE(keyfile_write(fd, id, NULL) == 0);
	close(fd);
	ident_free(id);
	write_secret("seal", SECRET_SEAL, 0, 9);
	write_secret("issuer", SECRET_ISSUER, NUMBER, 0x17);
	write_secret("issuer255", SECRET_ISSUER, 255, 0x55);
	write_secret("shared", SECRET_SHARED, NUMBER, 0x18);
	write_secret("shared1", SECRET_SHARED, 1, 0x11);
}

static struct asmpd_conf *
conf(const char *issuer, const char *shared)
{
	struct asmpd_conf	*c = conf_new();

	strlcpy(c->gateway_id, "GW", sizeof(c->gateway_id));
	c->gateway_key = strdup("key");
	c->gateway_seal = strdup("seal");
	conf_addword(&c->issuers, "issuer255");
	if (issuer != NULL)
		conf_addword(&c->issuers, issuer);
	conf_addword(&c->shared, "shared1");
	if (shared != NULL)
		conf_addword(&c->shared, shared);
	return c;
}

/* Returns the error, or NULL. */
static const char *
load(const char *issuer, const char *shared)
{
	static char		 error[CTL_TEXTMAX];
	struct asmpd_conf	*c = conf(issuer, shared);
	int			 ret;

	ret = keyring_load(c, error, sizeof(error));
	conf_free(c);
	return ret == -1 ? error : NULL;
}

/* Whether the tag of a token that names this issuer is by a key so filled. */
static int
tagged(uint8_t number, uint8_t fill)
{
	struct asmp_token	 t;
	uint8_t			 key[ASMP_KEYLEN], tag[ASMP_HASHLEN];
	uint8_t			 want[ASMP_HASHLEN];

	memset(&t, 0, sizeof(t));
	t.version = 1;
	t.key = number;
	t.role = 2;
	t.expires = 1;
	strlcpy(t.audience, "GW", sizeof(t.audience));
	strlcpy(t.client, "user1", sizeof(t.client));
	if (keyring_token_tag(&t, tag) == -1)
		return 0;
	memset(key, fill, sizeof(key));
	ATF_REQUIRE(token_tag(want, key, &t) == 0);
	ATF_CHECK(memcmp(tag, want, sizeof(tag)) == 0);
	return 1;
}

/* The same of what a shared key adds. */
static int
grouped(uint8_t number, uint8_t fill)
{
	uint8_t	 key[ASMP_KEYLEN], g[ASMP_HASHLEN], want[ASMP_HASHLEN];

	if (keyring_group(number, t1, hbody, g) == -1)
		return 0;
	memset(key, fill, sizeof(key));
	proof_group(want, key, sizeof(key), t1, hbody);
	ATF_CHECK(memcmp(g, want, sizeof(g)) == 0);
	return 1;
}

/* A-19, Z-17: each number has its key, the others have none. */
ATF_TC_WITHOUT_HEAD(numbers);
ATF_TC_BODY(numbers, tc)
{
	unsigned int	 n, tags = 0, groups = 0;

	(void)tc;
	write_files();
	ATF_REQUIRE(load("issuer", "shared") == NULL);
	keyring_commit();
	ATF_CHECK(tagged(NUMBER, 0x17));
	ATF_CHECK(tagged(255, 0x55));
	ATF_CHECK(grouped(NUMBER, 0x18));
	ATF_CHECK(grouped(1, 0x11));
	for (n = 0; n <= UINT8_MAX; n++) {
		tags += tagged(n, n == NUMBER ? 0x17 : 0x55);
		groups += grouped(n, n == NUMBER ? 0x18 : 0x11);
	}
	ATF_CHECK_EQ(tags, 2);
	ATF_CHECK_EQ(groups, 2);
	keyring_wipe();
}

/* A reload brings keys, changes them and takes them away, or does nothing. */
ATF_TC_WITHOUT_HEAD(reload);
ATF_TC_BODY(reload, tc)
{
	(void)tc;
	write_files();
	ATF_REQUIRE(load(NULL, NULL) == NULL);
	keyring_commit();
	ATF_CHECK(!tagged(NUMBER, 0) && !grouped(NUMBER, 0));
	ATF_REQUIRE(load("issuer", "shared") == NULL);
	ATF_CHECK(!tagged(NUMBER, 0) && !grouped(NUMBER, 0));
	keyring_abort();
	keyring_commit();
	ATF_CHECK(!tagged(NUMBER, 0) && !grouped(NUMBER, 0));
	ATF_REQUIRE(load("issuer", "shared") == NULL);
	keyring_commit();
	ATF_CHECK(tagged(NUMBER, 0x17) && grouped(NUMBER, 0x18));
	write_secret("issuer", SECRET_ISSUER, NUMBER, 0x27);
	ATF_CHECK(tagged(NUMBER, 0x17));
	ATF_REQUIRE(load("issuer", NULL) == NULL);
	keyring_commit();
	ATF_CHECK(tagged(NUMBER, 0x27));
	ATF_CHECK(!grouped(NUMBER, 0));
	ATF_CHECK(grouped(1, 0x11));
	keyring_wipe();
}

/* What cannot be loaded is named, and changes nothing. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	(void)tc;
	write_files();
	ATF_REQUIRE(load("issuer", "shared") == NULL);
	keyring_commit();
	ATF_CHECK_STREQ(load("none", "shared"),
	    "issuer none: No such file or directory");
	ATF_CHECK_STREQ(load("shared", "shared"),
	    "issuer shared: is a shared key, not an issuer key");
	ATF_CHECK_STREQ(load("issuer", "issuer"),
	    "shared key issuer: is an issuer key, not a shared key");
	write_secret("twin", SECRET_ISSUER, 255, 1);
	ATF_CHECK_STREQ(load("twin", "shared"), "issuer twin: has number 255, "
	    "as has issuer255; make one of the two with another number");
	keyring_commit();
	ATF_CHECK(tagged(NUMBER, 0x17) && grouped(NUMBER, 0x18));
	keyring_wipe();
}

/* A row with something in all of it. */
static void
fill_row(struct ipc_row *row)
{
	memset(row, 0, sizeof(*row));
	row->number = 1;
	row->kind = ASMP_KIND_PSK;
	row->state = CTL_DEVICE_ACTIVE;
	row->profiles = 1 << 5;
	row->role = 2;
	row->enrolled = 3;
	row->changed = 4;
	row->version = 7;
	strlcpy(row->id, "METER", sizeof(row->id));
	row->keylen = ASMP_HASHLEN;
	memset(row->key, 5, row->keylen);
	row->sealedlen = SEALED_MAX;
	memset(row->sealed, 6, row->sealedlen);
	row->oldkeylen = ASMP_HASHLEN;
	row->oldsealedlen = 60;
	memset(row->key + row->keylen, 8, row->oldkeylen + 60);
}

static int
same_mac(const struct ipc_row *a, const struct ipc_row *b)
{
	uint8_t	 x[ASMP_HASHLEN], y[ASMP_HASHLEN];

	keyring_row_mac(a, x);
	keyring_row_mac(b, y);
	return memcmp(x, y, sizeof(x)) == 0;
}

/*
 * The MAC of a row is over every bit of it that counts, each byte taken by
 * itself; what lies behind a key does not count, and it is not over itself.
 */
ATF_TC_WITHOUT_HEAD(row_mac);
ATF_TC_BODY(row_mac, tc)
{
	struct ipc_row	 row, other;
	size_t		 i, n = 0, counts = 0;
	uint8_t		*p = (uint8_t *)&other;

	(void)tc;
	write_files();
	ATF_REQUIRE(load(NULL, NULL) == NULL);
	keyring_commit();
	fill_row(&row);
	fill_row(&other);
	ATF_REQUIRE(same_mac(&row, &other));
	for (i = 0; i < offsetof(struct ipc_row, key) + ipc_row_keys(&row);
	    i++) {
		/* A length that cannot be would lead beyond the row. */
		if (i == offsetof(struct ipc_row, sealedlen) ||
		    i == offsetof(struct ipc_row, oldsealedlen) ||
		    i / 2 == offsetof(struct ipc_row, oldkeylen) / 2 ||
		    i / 2 == offsetof(struct ipc_row, keylen) / 2)
			continue;
		p[i] ^= 1;
		n++;
		counts += !same_mac(&row, &other);
		p[i] ^= 1;
	}
	/* All but the MAC itself; the struct has no padding before the key. */
	ATF_CHECK_EQ(n - ASMP_HASHLEN, counts);
	other.sealedlen--;
	ATF_CHECK(!same_mac(&row, &other));
	other.sealedlen++;
	other.oldsealedlen--;
	ATF_CHECK(!same_mac(&row, &other));
	other.oldsealedlen++;
	/* Where the key ends and the old one begins is no matter of taste. */
	other.oldkeylen--;
	other.keylen++;
	ATF_CHECK(!same_mac(&row, &other));
	other.oldkeylen++;
	other.keylen -= 2;
	ATF_CHECK(!same_mac(&row, &other));
	other.keylen += 2;
	ATF_CHECK(!same_mac(&row, &other));
	other.keylen--;
	ATF_CHECK(same_mac(&row, &other));
	other.key[ipc_row_keys(&other)] = 1;
	ATF_CHECK(same_mac(&row, &other));
	keyring_wipe();
}

static int
psk_seal(const char *id, const uint8_t *psk, size_t len, uint8_t *out,
    size_t *outlen)
{
	return keyring_seal(ASMP_KIND_PSK, id, psk, len, out, outlen);
}

static int
psk_open(const char *id, const uint8_t *sealed, size_t len, uint8_t *out,
    size_t *outlen)
{
	return keyring_open(ASMP_KIND_PSK, id, sealed, len, out, outlen);
}

/* M-36: a sealed key opens for its device alone, and only whole. */
ATF_TC_WITHOUT_HEAD(psk_sealed);
ATF_TC_BODY(psk_sealed, tc)
{
	static const size_t	 lens[] = { PSK_SHORT, PSK_LONG };
	uint8_t			 psk[PSK_LONG], out[PSK_LONG];
	uint8_t			 sealed[SEALED_MAX], again[SEALED_MAX];
	size_t			 i, j, len, outlen;

	(void)tc;
	write_files();
	ATF_REQUIRE(load(NULL, NULL) == NULL);
	keyring_commit();
	memset(psk, 0xa5, sizeof(psk));
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE_EQ(0, psk_seal("METER", psk, lens[i],
		    sealed, &len));
		ATF_REQUIRE_EQ(12 + lens[i] + 16, len);
		ATF_REQUIRE(memmem(sealed, len, psk, lens[i]) == NULL);
		ATF_REQUIRE_EQ(0, psk_open("METER", sealed, len, out,
		    &outlen));
		ATF_REQUIRE_EQ(lens[i], outlen);
		ATF_REQUIRE_EQ(0, memcmp(psk, out, outlen));
		/* Not for another, and not changed. */
		ATF_CHECK_EQ(-1, psk_open("METER2", sealed, len, out,
		    &outlen));
		ATF_CHECK_EQ(-1, psk_open("", sealed, len, out,
		    &outlen));
		for (j = 0; j < len; j++) {
			sealed[j] ^= 1;
			ATF_CHECK_EQ(-1, psk_open("METER", sealed, len,
			    out, &outlen));
			sealed[j] ^= 1;
		}
		for (j = 0; j < len; j++)
			ATF_CHECK_EQ(-1, psk_open("METER", sealed, j,
			    out, &outlen));
		ATF_CHECK_EQ(-1, psk_open("METER", sealed,
		    SEALED_MAX + 1, out, &outlen));
		/* Twice the same key, and nobody sees that. */
		ATF_REQUIRE_EQ(0, psk_seal("METER", psk, lens[i],
		    again, &outlen));
		ATF_CHECK(memcmp(sealed, again, len) != 0);
	}
	keyring_wipe();
}

/* Nor does it open, or look the same, under another gateway's seal. */
ATF_TC_WITHOUT_HEAD(psk_of_another);
ATF_TC_BODY(psk_of_another, tc)
{
	uint8_t	 psk[PSK_LONG], out[PSK_LONG], sealed[SEALED_MAX];
	uint8_t	 here[ASMP_HASHLEN], there[ASMP_HASHLEN];
	size_t	 len, outlen;

	(void)tc;
	write_files();
	ATF_REQUIRE(load(NULL, NULL) == NULL);
	keyring_commit();
	memset(psk, 0xa5, sizeof(psk));
	ATF_REQUIRE_EQ(0, psk_seal("METER", psk, sizeof(psk), sealed,
	    &len));
	keyring_psk_hash(here, psk, sizeof(psk));
	keyring_wipe();
	ATF_REQUIRE(load(NULL, NULL) == NULL);
	keyring_commit();
	ATF_CHECK_EQ(0, psk_open("METER", sealed, len, out, &outlen));
	keyring_psk_hash(there, psk, sizeof(psk));
	ATF_CHECK_EQ(0, memcmp(here, there, sizeof(here)));
	keyring_wipe();
	write_secret("seal", SECRET_SEAL, 0, 10);
	ATF_REQUIRE(load(NULL, NULL) == NULL);
	keyring_commit();
	ATF_CHECK_EQ(-1, psk_open("METER", sealed, len, out, &outlen));
	keyring_psk_hash(there, psk, sizeof(psk));
	ATF_CHECK(memcmp(here, there, sizeof(here)) != 0);
	keyring_wipe();
}

/* For HMAC a key and the same with zeros behind it are one key. */
ATF_TC_WITHOUT_HEAD(psk_hash);
ATF_TC_BODY(psk_hash, tc)
{
	uint8_t	 psk[PSK_LONG] = { 0 }, a[ASMP_HASHLEN], b[ASMP_HASHLEN];

	(void)tc;
	write_files();
	ATF_REQUIRE(load(NULL, NULL) == NULL);
	keyring_commit();
	memset(psk, 0xa5, PSK_SHORT);
	keyring_psk_hash(a, psk, PSK_SHORT);
	keyring_psk_hash(b, psk, PSK_LONG);
	ATF_CHECK_EQ(0, memcmp(a, b, sizeof(a)));
	psk[PSK_LONG - 1] = 1;
	keyring_psk_hash(b, psk, PSK_LONG);
	ATF_CHECK(memcmp(a, b, sizeof(a)) != 0);
	psk[0] ^= 1;
	keyring_psk_hash(b, psk, PSK_SHORT);
	ATF_CHECK(memcmp(a, b, sizeof(a)) != 0);
	keyring_wipe();
}

/* An audit record is of one run, at one index, and has one leaf. */
ATF_TC_WITHOUT_HEAD(audit_mac);
ATF_TC_BODY(audit_mac, tc)
{
	uint8_t	 leaf[ASMP_HASHLEN] = { 3 }, mac[5][ASMP_HASHLEN];
	int	 i, j;

	(void)tc;
	write_files();
	ATF_REQUIRE(load(NULL, NULL) == NULL);
	keyring_commit();
	keyring_audit_mac(7, 8, leaf, mac[0]);
	keyring_audit_mac(8, 7, leaf, mac[1]);
	keyring_audit_mac(7, 9, leaf, mac[2]);
	leaf[31] ^= 1;
	keyring_audit_mac(7, 8, leaf, mac[3]);
	leaf[31] ^= 1;
	keyring_audit_mac(7, 8, leaf, mac[4]);
	ATF_CHECK(memcmp(mac[0], mac[4], sizeof(mac[0])) == 0);
	for (i = 0; i < 4; i++)
		for (j = 0; j < i; j++)
			ATF_CHECK(memcmp(mac[i], mac[j], sizeof(mac[0])) != 0);
	keyring_wipe();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, audit_mac);
	ATF_TP_ADD_TC(tp, numbers);
	ATF_TP_ADD_TC(tp, reload);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, row_mac);
	ATF_TP_ADD_TC(tp, psk_sealed);
	ATF_TP_ADD_TC(tp, psk_of_another);
	ATF_TP_ADD_TC(tp, psk_hash);
	return atf_no_error();
}

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

/* The devices in the parent's memory: asmpd/registry.c. */

#include <sys/types.h>

#include <atf-c.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"

#define MANY	5000		/* several times the tables' first size */

static size_t	 most;		/* bytes that were asked for at once */

/* libc's, but that it is seen how much is asked for. */
void *
calloc(size_t n, size_t size)
{
	void	*p = malloc(n * size);

	if (n * size > most)
		most = n * size;
	if (p != NULL)
		explicit_bzero(p, n * size);	/* memset() makes it calloc() */
	return p;
}

/* Who asks for a row's MAC gets its number back. */
void
keyring_row_mac(const struct ipc_row *row, uint8_t *mac)
{
	memset(mac, 0, ASMP_HASHLEN);
	put_u32(mac, row->number);
}

/* The number is where the version says, so that a test can see both. */
void
keyring_rowset(uint8_t *set, uint32_t number, uint64_t version)
{
	set[version % ASMP_HASHLEN] ^= number;
}

/* Nothing falls due here. */
void
life_due(struct device *d)
{
	(void)d;
}

static const char	*opened_for;

/* What is sealed opens to itself, less its first byte. */
int
keyring_open(enum asmp_kind kind, const char *id, const uint8_t *sealed,
    size_t len, uint8_t *out, size_t *outlen)
{
	ATF_REQUIRE_EQ(ASMP_KIND_PSK, kind);
	opened_for = id;
	if (len == 0)
		return -1;
	memcpy(out, sealed + 1, len - 1);
	*outlen = len - 1;
	return 0;
}

static void
fill(struct ipc_row *row, uint32_t n)
{
	memset(row, 0, sizeof(*row));
	row->number = n;
	row->kind = ASMP_KIND_SIGNATURE;
	row->alg = IDENT_ED25519 + n % 3;
	row->state = CTL_DEVICE_ACTIVE;
	row->profiles = 1 << 2;
	row->role = 1 + n % 3;
	row->enrolled = 1000 + n;
	row->changed = 2000 + n;
	snprintf(row->id, sizeof(row->id), "DEVICE-%u", n);
	row->keylen = ident_publen(row->alg);
	put_u32(row->key, n);
	put_u32(row->key + row->keylen - 4, ~n);
}

/* The same for the other kinds: psk, token and kem in turn. */
static void
fill_kind(struct ipc_row *row, uint32_t n)
{
	fill(row, n);
	memset(row->key, 0, sizeof(row->key));
	row->alg = 0;
	row->kind = ASMP_KIND_PSK + n % 3;
	if (row->kind == ASMP_KIND_TOKEN) {
		row->keylen = 0;
		return;
	}
	row->keylen = row->kind == ASMP_KIND_PSK ? 32 : MLKEM768_EKLEN;
	put_u32(row->key, n);
	put_u32(row->key + row->keylen - 4, ~n);
	if (row->kind == ASMP_KIND_PSK) {
		row->sealedlen = n % 2 == 0 ? SEALED_MAX : SEALED_MAX - 16;
		memset(row->sealed, n, row->sealedlen);
	}
}

static struct device *
insert_row(const struct ipc_row *row)
{
	struct device	*d = device_new(row);

	registry_insert(d);
	return d;
}

static struct device *
insert(uint32_t n)
{
	struct ipc_row	 row;

	fill(&row, n);
	return insert_row(&row);
}

/* The registered device with the key of a row. */
static struct device *
bykey(const struct ipc_row *row)
{
	struct device	*d = device_new(row), *found = registry_bykey(d);

	device_free(d);
	return found;
}

/* An empty registry is asked before anything is in it. */
ATF_TC_WITHOUT_HEAD(empty);
ATF_TC_BODY(empty, tc)
{
	struct ipc_row	 row;

	fill(&row, 1);
	ATF_REQUIRE(registry_byid("DEVICE-1") == NULL);
	ATF_REQUIRE(bykey(&row) == NULL);
	ATF_REQUIRE(registry_bynumber(0) == NULL);
	ATF_REQUIRE(registry_bynumber(UINT32_MAX) == NULL);
	ATF_REQUIRE(registry_next(0) == NULL);
	ATF_REQUIRE(registry_next(UINT32_MAX - 1) == NULL);
	ATF_REQUIRE_EQ(0, registry_count());
	ATF_REQUIRE_EQ(1, registry_newnumber());
}

/* Every device is found by each of its names, and nobody else is. */
ATF_TC_WITHOUT_HEAD(found);
ATF_TC_BODY(found, tc)
{
	struct ipc_row	 row;
	struct device	*d;
	char		 id[ASMP_IDMAX + 1];
	uint32_t	 n;

	for (n = 1; n <= MANY; n++) {
		ATF_REQUIRE_EQ(n, registry_newnumber());
		insert(n);
	}
	ATF_REQUIRE_EQ(MANY, registry_count());
	for (n = 1; n <= MANY; n++) {
		fill(&row, n);
		d = registry_bynumber(n);
		ATF_REQUIRE(d != NULL && d->number == n);
		ATF_REQUIRE(registry_byid(row.id) == d);
		ATF_REQUIRE(bykey(&row) == d);
		/* The same bytes are another key in another algorithm. */
		row.alg = row.alg == IDENT_P256 ? IDENT_P384 : IDENT_P256;
		row.keylen = ident_publen(row.alg);
		ATF_REQUIRE(bykey(&row) == NULL);
		snprintf(id, sizeof(id), "device-%u", n);
		ATF_REQUIRE(registry_byid(id) == NULL);
		snprintf(id, sizeof(id), "DEVICE-%u.", n);
		ATF_REQUIRE(registry_byid(id) == NULL);
	}
	ATF_REQUIRE(registry_byid("") == NULL);
	ATF_REQUIRE(registry_byid("DEVICE-") == NULL);
	ATF_REQUIRE(registry_bynumber(MANY + 1) == NULL);
}

/* A third of these have no key, and stand in no one's way. */
ATF_TC_WITHOUT_HEAD(found_of_all_kinds);
ATF_TC_BODY(found_of_all_kinds, tc)
{
	struct ipc_row	 row;
	struct device	*d;
	uint32_t	 n;

	for (n = 1; n <= MANY; n++) {
		fill_kind(&row, n);
		ATF_REQUIRE(bykey(&row) == NULL);
		insert_row(&row);
	}
	ATF_REQUIRE_EQ(MANY, registry_count());
	for (n = 1; n <= MANY; n++) {
		fill_kind(&row, n);
		d = registry_bynumber(n);
		ATF_REQUIRE(registry_byid(row.id) == d);
		ATF_REQUIRE(bykey(&row) == (row.kind == ASMP_KIND_TOKEN ?
		    NULL : d));
	}
	/* The same bytes are another key in another kind. */
	fill_kind(&row, 3);
	ATF_REQUIRE_EQ(ASMP_KIND_PSK, row.kind);
	row.kind = ASMP_KIND_SIGNATURE;
	row.alg = IDENT_ED25519;
	ATF_REQUIRE(bykey(&row) == NULL);
}

/* As a list is sorted to find a key that stands in it twice. */
ATF_TC_WITHOUT_HEAD(keys_compare);
ATF_TC_BODY(keys_compare, tc)
{
	struct ipc_row	 row;
	struct device	*d[12];
	int		 i, j;

	for (i = 0; i < 12; i++) {
		if (i < 6)
			fill(&row, i + 1);
		else
			fill_kind(&row, i + 1);
		d[i] = device_new(&row);
	}
	for (i = 0; i < 12; i++)
		for (j = 0; j < 12; j++) {
			ATF_REQUIRE_EQ(i == j, device_cmpkey(d[i], d[j]) == 0);
			ATF_REQUIRE_EQ(device_cmpkey(d[i], d[j]) < 0,
			    device_cmpkey(d[j], d[i]) > 0);
		}
}

/* What goes in comes out, with a MAC over it. */
ATF_TC_WITHOUT_HEAD(row);
ATF_TC_BODY(row, tc)
{
	struct ipc_row		 in, out;
	struct ident_pub	 pub;
	struct device		*d;
	uint32_t		 n;

	for (n = 1; n <= 3; n++) {
		d = insert(n);
		device_row(d, &out);
		fill(&in, n);
		keyring_row_mac(&in, in.mac);
		ATF_REQUIRE_EQ(0, memcmp(&in, &out, sizeof(in)));
		device_pub(d, &pub);
		ATF_REQUIRE_EQ(in.alg, pub.alg);
		ATF_REQUIRE_EQ(0, memcmp(in.key, pub.key, in.keylen));
		ATF_REQUIRE_STREQ(in.id, device_id(d));
	}
	for (n = 4; n <= 10; n++) {
		fill_kind(&in, n);
		keyring_row_mac(&in, in.mac);
		d = insert_row(&in);
		device_row(d, &out);
		ATF_REQUIRE_EQ(0, memcmp(&in, &out, sizeof(in)));
		ATF_REQUIRE_STREQ(in.id, device_id(d));
	}
}

/* A sealed key is opened for the device that it is of. */
ATF_TC_WITHOUT_HEAD(psk);
ATF_TC_BODY(psk, tc)
{
	struct ipc_row	 row;
	struct device	*d;
	uint8_t		 out[PSK_LONG];
	size_t		 len;

	fill_kind(&row, 3);
	row.sealedlen = 5;
	memcpy(row.sealed, "?abcd", 5);
	d = insert_row(&row);
	ATF_REQUIRE_EQ(0, device_psk(d, out, &len));
	ATF_REQUIRE_EQ(4, len);
	ATF_REQUIRE_EQ(0, memcmp(out, "abcd", 4));
	ATF_REQUIRE_STREQ("DEVICE-3", opened_for);
	fill_kind(&row, 5);
	ATF_REQUIRE_EQ(ASMP_KIND_KEM, row.kind);
	ATF_REQUIRE_EQ(-1, device_psk(insert_row(&row), out, &len));
}

/* A row travels in as many bytes as it needs, and only whole. */
ATF_TC_WITHOUT_HEAD(row_on_its_way);
ATF_TC_BODY(row_on_its_way, tc)
{
	static struct ipc_row	 in[9], out;
	static uint8_t		 wire[sizeof(in)];
	const uint8_t		*p = wire;
	size_t			 len = 0, n, cut, left;

	for (n = 0; n < 9; n++) {
		fill_kind(&in[n], n + 1);
		memcpy(wire + len, &in[n], ipc_row_len(&in[n]));
		len += ipc_row_len(&in[n]);
	}
	ATF_REQUIRE(len < sizeof(in) / 2);
	for (n = 0; n < 9; n++) {
		for (cut = 1; cut < ipc_row_len(&in[n]); cut++) {
			left = cut;
			ATF_REQUIRE_EQ(-1, ipc_row_get(&out, &p, &left));
			ATF_REQUIRE_EQ(cut, left);
		}
		ATF_REQUIRE_EQ(0, ipc_row_get(&out, &p, &len));
		ATF_REQUIRE_EQ(0, memcmp(&in[n], &out, sizeof(out)));
	}
	ATF_REQUIRE_EQ(0, len);
}

static int
travels(const struct ipc_row *row)
{
	static uint8_t	 wire[2 * sizeof(*row)];
	struct ipc_row	 out;
	const uint8_t	*p = wire;
	size_t		 len = sizeof(wire);

	memcpy(wire, row, sizeof(*row));
	return ipc_row_get(&out, &p, &len) == 0;
}

/* Lengths that cannot be, and an id without its end. */
ATF_TC_WITHOUT_HEAD(row_that_cannot_be);
ATF_TC_BODY(row_that_cannot_be, tc)
{
	struct ipc_row	 row;

	fill_kind(&row, 5);
	ATF_REQUIRE(travels(&row));
	row.keylen++;
	ATF_REQUIRE(!travels(&row));
	row.keylen--;
	row.sealedlen = SEALED_MAX;
	ATF_REQUIRE(travels(&row));
	row.sealedlen++;
	ATF_REQUIRE(!travels(&row));
	row.sealedlen = 0;
	memset(row.id, 'x', sizeof(row.id));
	ATF_REQUIRE(!travels(&row));
	row.id[ASMP_IDMAX] = '\0';
	ATF_REQUIRE(travels(&row));
}

/* Numbers need not come in order nor without gaps. */
ATF_TC_WITHOUT_HEAD(order);
ATF_TC_BODY(order, tc)
{
	insert(70000);
	insert(3);
	insert(5000);
	ATF_REQUIRE_EQ(3, registry_next(0)->number);
	ATF_REQUIRE_EQ(5000, registry_next(3)->number);
	ATF_REQUIRE_EQ(70000, registry_next(5000)->number);
	ATF_REQUIRE(registry_next(70000) == NULL);
	ATF_REQUIRE(registry_bynumber(4) == NULL);
	ATF_REQUIRE_EQ(70001, registry_newnumber());
	ATF_REQUIRE_EQ(3, registry_byid("DEVICE-3")->number);
	ATF_REQUIRE_EQ(3, registry_count());
}

/* A row with another key, and with the one before it as its old one. */
static void
rotated(struct ipc_row *row, uint32_t n, uint32_t key)
{
	struct ipc_row	 other;

	fill(row, n);
	fill(&other, key);
	row->rotated = 3000;
	row->until = now_ms() + 1000000;
	row->oldalg = row->alg;
	row->oldkeylen = row->keylen;
	memcpy(other.key + other.keylen, row->key, row->keylen);
	row->alg = other.alg;
	row->keylen = other.keylen;
	memcpy(row->key, other.key, sizeof(row->key));
}

/* Both keys are found and accepted; then the old one is nobody's. */
ATF_TC_WITHOUT_HEAD(two_keys);
ATF_TC_BODY(two_keys, tc)
{
	struct ipc_row		 row, out, old, new;
	struct ident_pub	 pub;
	struct device		*d;
	uint32_t		 n, serial;

	for (n = 1; n <= MANY; n++)
		insert(n);
	for (n = 1; n <= MANY; n++) {
		d = registry_bynumber(n);
		serial = device_serial(d);
		fill(&old, n);
		fill(&new, MANY + n);
		rotated(&row, n, MANY + n);
		registry_apply(d, &row);
		ATF_REQUIRE(bykey(&old) == d && bykey(&new) == d);
		ATF_REQUIRE(device_serial(d) != serial);
		ATF_REQUIRE(device_accepts(d, serial));
		ATF_REQUIRE(device_accepts(d, device_serial(d)));
		ATF_REQUIRE_EQ(0, device_oldpub(d, &pub));
		ATF_REQUIRE_EQ(0, memcmp(pub.key, old.key, old.keylen));
		device_pub(d, &pub);
		ATF_REQUIRE_EQ(0, memcmp(pub.key, new.key, new.keylen));
		device_row(d, &out);
		keyring_row_mac(&row, row.mac);
		ATF_REQUIRE_EQ(0, memcmp(&row, &out, sizeof(row)));
		/* What goes is the old key, and what it proved. */
		new.number = n;
		memcpy(new.id, old.id, sizeof(new.id));
		registry_apply(d, &new);
		ATF_REQUIRE(bykey(&old) == NULL && bykey(&new) == d);
		ATF_REQUIRE(!device_accepts(d, serial));
		ATF_REQUIRE_EQ(-1, device_oldpub(d, &pub));
	}
	ATF_REQUIRE_EQ(MANY, registry_signers(IDENT_ED25519) +
	    registry_signers(IDENT_P256) + registry_signers(IDENT_P384));
}

/* Keys that nobody has any more take no room, however often one has gone. */
ATF_TC_WITHOUT_HEAD(keys_that_went);
ATF_TC_BODY(keys_that_went, tc)
{
	struct ipc_row	 row, old;
	struct device	*d = insert(1);
	uint32_t	 n;

	most = 0;
	for (n = 2; n <= 20 * MANY; n++) {
		rotated(&row, 1, n);
		registry_apply(d, &row);
	}
	ATF_REQUIRE(bykey(&row) == d);
	fill(&old, 1);
	ATF_REQUIRE(bykey(&old) == d);
	fill(&old, 2);
	ATF_REQUIRE(bykey(&old) == NULL);
	ATF_REQUIRE_MSG(most <= 8192, "%zu bytes for two keys", most);
}

/* An old key whose time is over is of no use, even while it is there. */
ATF_TC_WITHOUT_HEAD(old_key_in_time);
ATF_TC_BODY(old_key_in_time, tc)
{
	struct ident_pub	 pub;
	struct ipc_row		 row;
	struct device		*d = insert(1);
	uint32_t		 serial = device_serial(d);

	rotated(&row, 1, 2);
	row.until = now_ms();
	registry_apply(d, &row);
	ATF_REQUIRE_EQ(-1, device_oldpub(d, &pub));
	ATF_REQUIRE(!device_accepts(d, serial));
	ATF_REQUIRE_EQ(0, device_refused(d));
	row.expires = now_ms();
	registry_apply(d, &row);
	ATF_REQUIRE_EQ(REASON_EXPIRED, device_refused(d));
	row.state = CTL_DEVICE_DISABLED;
	registry_apply(d, &row);
	ATF_REQUIRE_EQ(REASON_DISABLED_DEVICE, device_refused(d));
}

/* Revoked devices are counted, and stay where they are found. */
ATF_TC_WITHOUT_HEAD(revoked);
ATF_TC_BODY(revoked, tc)
{
	struct ipc_row	 row;
	struct device	*d = insert(1);

	fill(&row, 2);
	row.state = CTL_DEVICE_REVOKED;
	insert_row(&row);
	ATF_REQUIRE_EQ(1, registry_revoked());
	registry_setstate(d, CTL_DEVICE_REVOKED);
	ATF_REQUIRE_EQ(2, registry_revoked());
	registry_setstate(d, CTL_DEVICE_REVOKED);
	ATF_REQUIRE_EQ(2, registry_revoked());
	ATF_REQUIRE(registry_byid("DEVICE-1") == d);
	registry_setstate(d, CTL_DEVICE_ACTIVE);
	ATF_REQUIRE_EQ(1, registry_revoked());
	ATF_REQUIRE_EQ(2, registry_count());
}

/* The longest id, and the shortest. */
ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	struct ipc_row	 row;

	fill(&row, 1);
	memset(row.id, 'x', ASMP_IDMAX);
	insert_row(&row);
	ATF_REQUIRE_STREQ(row.id, device_id(registry_byid(row.id)));
	row.id[ASMP_IDMAX - 1] = '\0';
	ATF_REQUIRE(registry_byid(row.id) == NULL);
	fill(&row, 2);
	strlcpy(row.id, "y", sizeof(row.id));
	insert_row(&row);
	ATF_REQUIRE_EQ(2, registry_byid("y")->number);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, empty);
	ATF_TP_ADD_TC(tp, found);
	ATF_TP_ADD_TC(tp, found_of_all_kinds);
	ATF_TP_ADD_TC(tp, keys_compare);
	ATF_TP_ADD_TC(tp, row);
	ATF_TP_ADD_TC(tp, psk);
	ATF_TP_ADD_TC(tp, row_on_its_way);
	ATF_TP_ADD_TC(tp, row_that_cannot_be);
	ATF_TP_ADD_TC(tp, order);
	ATF_TP_ADD_TC(tp, two_keys);
	ATF_TP_ADD_TC(tp, keys_that_went);
	ATF_TP_ADD_TC(tp, old_key_in_time);
	ATF_TP_ADD_TC(tp, revoked);
	ATF_TP_ADD_TC(tp, lengths);
	return atf_no_error();
}

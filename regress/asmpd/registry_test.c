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
#include <string.h>

#include "asmpd.h"

#define MANY	5000		/* several times the tables' first size */

/* Who asks for a row's MAC gets its number back. */
void
keyring_row_mac(const struct ipc_row *row, uint8_t *mac)
{
	memset(mac, 0, ASMP_HASHLEN);
	put_u32(mac, row->number);
}

/* What is sealed opens to itself, less its first byte. */
int
keyring_psk_open(const char *id, const uint8_t *sealed, size_t len,
    uint8_t *out, size_t *outlen)
{
	(void)id;
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
	row->enrolled = 1000 + n;
	row->changed = 2000 + n;
	snprintf(row->id, sizeof(row->id), "DEVICE-%u", n);
	row->keylen = ident_publen(row->alg);
	put_u32(row->key, n);
	put_u32(row->key + row->keylen - 4, ~n);
}

static struct device *
insert(uint32_t n)
{
	struct ipc_row	 row;

	fill(&row, n);
	return registry_insert(&row);
}

/* An empty registry is asked before anything is in it. */
ATF_TC_WITHOUT_HEAD(empty);
ATF_TC_BODY(empty, tc)
{
	struct ipc_row	 row;

	fill(&row, 1);
	ATF_REQUIRE(registry_byid("DEVICE-1") == NULL);
	ATF_REQUIRE(registry_bykey(&row) == NULL);
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
		ATF_REQUIRE(registry_bykey(&row) == d);
		/* The same bytes are another key in another algorithm. */
		row.alg = row.alg == IDENT_P256 ? IDENT_P384 : IDENT_P256;
		ATF_REQUIRE(registry_bykey(&row) == NULL);
		snprintf(id, sizeof(id), "device-%u", n);
		ATF_REQUIRE(registry_byid(id) == NULL);
		snprintf(id, sizeof(id), "DEVICE-%u.", n);
		ATF_REQUIRE(registry_byid(id) == NULL);
	}
	ATF_REQUIRE(registry_byid("") == NULL);
	ATF_REQUIRE(registry_byid("DEVICE-") == NULL);
	ATF_REQUIRE(registry_bynumber(MANY + 1) == NULL);
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
		registry_row(d, &out);
		fill(&in, n);
		keyring_row_mac(&in, in.mac);
		ATF_REQUIRE_EQ(0, memcmp(&in, &out, sizeof(in)));
		device_pub(d, &pub);
		ATF_REQUIRE_EQ(in.alg, pub.alg);
		ATF_REQUIRE_EQ(0, memcmp(in.key, pub.key, in.keylen));
		ATF_REQUIRE_STREQ(in.id, device_id(d));
	}
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

/* Revoked devices are counted, and stay where they are found. */
ATF_TC_WITHOUT_HEAD(revoked);
ATF_TC_BODY(revoked, tc)
{
	struct ipc_row	 row;
	struct device	*d = insert(1);

	fill(&row, 2);
	row.state = CTL_DEVICE_REVOKED;
	registry_insert(&row);
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
	registry_insert(&row);
	ATF_REQUIRE_STREQ(row.id, device_id(registry_byid(row.id)));
	row.id[ASMP_IDMAX - 1] = '\0';
	ATF_REQUIRE(registry_byid(row.id) == NULL);
	fill(&row, 2);
	strlcpy(row.id, "y", sizeof(row.id));
	registry_insert(&row);
	ATF_REQUIRE_EQ(2, registry_byid("y")->number);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, empty);
	ATF_TP_ADD_TC(tp, found);
	ATF_TP_ADD_TC(tp, row);
	ATF_TP_ADD_TC(tp, order);
	ATF_TP_ADD_TC(tp, revoked);
	ATF_TP_ADD_TC(tp, lengths);
	return atf_no_error();
}

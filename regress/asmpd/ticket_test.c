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


/* Resumption tickets, whose day nobody waits for: asmpd/ticket.c. */

#include <sys/types.h>

#include <atf-c.h>

#include <stdlib.h>
#include <string.h>

#include "asmpd.h"

#define DAY	86400000ULL	/* ms */
#define SIGNED	1700000000000ULL

static struct device	 dev = { .number = 0x01020304 };
static struct grant	 grant;
static uint64_t		 now;
static int		 sealing;	/* 0: there is no randomness */

uint64_t
now_ms(void)
{
	return now;
}

const char *
device_id(const struct device *d)
{
	ATF_REQUIRE_EQ(&dev, d);
	return "DEV1";
}

struct device *
registry_bynumber(uint32_t number)
{
	return number == dev.number ? &dev : NULL;
}

/* Sealed is what stands behind a nonce and before a tag. */
int
keyring_seal(enum asmp_kind kind, const char *id, const uint8_t *plain,
    size_t len, uint8_t *out, size_t *outlen)
{
	ATF_REQUIRE_EQ(ASMP_KIND_TICKET, kind);
	ATF_REQUIRE_STREQ("DEV1", id);
	ATF_REQUIRE_EQ((size_t)TICKET_SECRETLEN, len);
	if (!sealing)
		return -1;
	memset(out, 0, SEALED_MAX);
	memcpy(out + AEAD_NONCELEN, plain, len);
	*outlen = SEALED_MAX;
	return 0;
}

int
keyring_open(enum asmp_kind kind, const char *id, const uint8_t *sealed,
    size_t len, uint8_t *out, size_t *outlen)
{
	ATF_REQUIRE_EQ(ASMP_KIND_TICKET, kind);
	ATF_REQUIRE_STREQ("DEV1", id);
	ATF_REQUIRE_EQ((size_t)SEALED_MAX, len);
	*outlen = len - AEAD_NONCELEN - ASMP_TAGLEN;
	memcpy(out, sealed + AEAD_NONCELEN, *outlen);
	return 0;
}

/* A ticket of a device that signed at SIGNED, opened at a time. */
static int
open_at(uint64_t when)
{
	uint8_t		 secret[ASMP_KEYLEN] = { 0 };
	uint64_t	 since;
	int		 r;

	now = when;
	if ((r = ticket_open(&dev, grant.ticket, secret, &since)) == 0) {
		ATF_REQUIRE_EQ(0, memcmp(secret, grant.secret,
		    sizeof(secret)));
		ATF_REQUIRE_EQ(SIGNED, since);
	}
	return r;
}

static void
give(void)
{
	sealing = 1;
	memset(&grant, 0, sizeof(grant));
	ATF_REQUIRE_EQ(0, ticket_make(&dev, SIGNED, &grant));
	ATF_REQUIRE_EQ(1, grant.ticketed);
}

/*
 * Z-27: good for a day from the last signature on, whenever it was given,
 * and not where the clock says that this is still to come.
 */
ATF_TC_WITHOUT_HEAD(a_day);
ATF_TC_BODY(a_day, tc)
{
	give();
	ATF_REQUIRE_EQ(0, open_at(SIGNED));
	ATF_REQUIRE_EQ(0, open_at(SIGNED + DAY - 1));
	ATF_REQUIRE_EQ(-1, open_at(SIGNED + DAY));
	ATF_REQUIRE_EQ(-1, open_at(SIGNED + 365 * DAY));
	ATF_REQUIRE_EQ(-1, open_at(SIGNED - 1));
	now = SIGNED + DAY - 1;
	give();
	ATF_REQUIRE_EQ(0, open_at(SIGNED + DAY - 1));
	ATF_REQUIRE_EQ(-1, open_at(SIGNED + DAY));
}

/* The device is found by its ticket alone. */
ATF_TC_WITHOUT_HEAD(names_its_device);
ATF_TC_BODY(names_its_device, tc)
{
	give();
	ATF_REQUIRE_EQ(&dev, ticket_device(grant.ticket));
	grant.ticket[3] ^= 1;
	ATF_REQUIRE_EQ(NULL, ticket_device(grant.ticket));
}

/* One at a time, and none that was not given. */
ATF_TC_WITHOUT_HEAD(one_at_a_time);
ATF_TC_BODY(one_at_a_time, tc)
{
	struct grant	 first;
	uint8_t		 secret[ASMP_KEYLEN];
	uint64_t	 since;
	size_t		 i;

	give();
	first = grant;
	give();
	ATF_REQUIRE(memcmp(first.ticket, grant.ticket,
	    sizeof(first.ticket)) != 0);
	ATF_REQUIRE(memcmp(first.secret, grant.secret,
	    sizeof(first.secret)) != 0);
	now = SIGNED;
	ATF_REQUIRE_EQ(-1, ticket_open(&dev, first.ticket, secret, &since));
	ATF_REQUIRE_EQ(0, open_at(SIGNED));
	for (i = 0; i < sizeof(grant.ticket); i++) {
		grant.ticket[i] ^= 0x80;
		ATF_REQUIRE_EQ(-1, open_at(SIGNED));
		grant.ticket[i] ^= 0x80;
	}
	ATF_REQUIRE_EQ(0, open_at(SIGNED));
	ticket_drop(&dev);
	ATF_REQUIRE_EQ(-1, open_at(SIGNED));
	ticket_drop(&dev);
}

/* Where none can be made, the one there is stays. */
ATF_TC_WITHOUT_HEAD(no_randomness);
ATF_TC_BODY(no_randomness, tc)
{
	struct grant	 none;

	give();
	sealing = 0;
	memset(&none, 0, sizeof(none));
	ATF_REQUIRE_EQ(-1, ticket_make(&dev, SIGNED + 1, &none));
	ATF_REQUIRE_EQ(0, none.ticketed);
	ATF_REQUIRE_EQ(0, open_at(SIGNED));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_day);
	ATF_TP_ADD_TC(tp, names_its_device);
	ATF_TP_ADD_TC(tp, one_at_a_time);
	ATF_TP_ADD_TC(tp, no_randomness);
	return atf_no_error();
}

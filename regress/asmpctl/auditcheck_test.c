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
 * Audit logs that were tampered with in every way there is: the first record
 * that is wrong is named.
 */

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "auditcheck.h"

#define RECORDS	600		/* more than two tiles of hashes */

#define SECOND	1767225600ULL	/* 2026-01-01T00:00:00Z */

static char	 text[RECORDS][256];
static uint8_t	 leaf[RECORDS][ASMP_HASHLEN];
static uint8_t	 root[RECORDS + 1][ASMP_HASHLEN];	/* by size */

static void
log_make(void)
{
	struct merkle	 t;
	struct part	 p;
	int		 i;

	memset(&t, 0, sizeof(t));
	merkle_root(&t, root[0]);
	for (i = 0; i < RECORDS; i++) {
		snprintf(text[i], sizeof(text[i]), "{\"event_type\":"
		    "\"OPERATOR\",\"device_id\":\"D%d\",\"gateway_id\":\"GW\","
		    "\"message\":\"\",\"timestamp\":"
		    "\"2026-01-01T00:00:00.%06dZ\",\"status\":\"success\"}", i,
		    i);
		p.data = text[i];
		p.len = strlen(text[i]);
		merkle_leaf(leaf[i], &p, 1);
		merkle_append(&t, leaf[i]);
		merkle_root(&t, root[i + 1]);
	}
}

/* What the store has beside the record that is at this index. */
static struct ctl_audit
beside(int index, const uint8_t *hash, const char *said)
{
	struct ctl_audit	 r;

	memset(&r, 0, sizeof(r));
	r.position = (uint64_t)index + 1;
	r.time = SECOND * 1000000 + (uint64_t)index;
	memcpy(r.leaf, hash, sizeof(r.leaf));
	r.len = (uint32_t)strlen(said);
	r.ok = 1;
	strlcpy(r.type, "OPERATOR", sizeof(r.type));
	snprintf(r.device, sizeof(r.device), "D%d", index);
	strlcpy(r.gateway, "GW", sizeof(r.gateway));
	return r;
}

static void
give(struct auditcheck *c, int index, const uint8_t *hash, const char *said)
{
	struct ctl_audit	 r = beside(index, hash, said);

	auditcheck_record(c, &r, said);
}

static void
record(struct auditcheck *c, int index, int which)
{
	give(c, index, leaf[index], text[which]);
}

/*
 * So many were signed, with a checkpoint for every so many records, as the
 * store keeps them.
 */
static void
begin_signed(struct auditcheck *c, int every, int size)
{
	int	 i;

	auditcheck_init(c, (uint64_t)size, root[size]);
	for (i = every; i <= RECORDS; i += every)
		ATF_REQUIRE_EQ(0, auditcheck_mark(c, (uint64_t)i, root[i]));
}

static void
begin(struct auditcheck *c, int every)
{
	begin_signed(c, every, RECORDS);
}

static void
end(struct auditcheck *c, enum verdict want, uint64_t first, uint64_t last)
{
	ATF_CHECK_STREQ(verdict_name(want), verdict_name(auditcheck_end(
	    c)));
	ATF_CHECK_EQ(first, c->first);
	ATF_CHECK_EQ(last, c->last);
	auditcheck_free(c);
}

ATF_TC_WITHOUT_HEAD(whole);
ATF_TC_BODY(whole, tc)
{
	struct auditcheck	 c;
	char			 out[VERDICT_MAX];
	int			 i;

	log_make();
	begin(&c, 7);
	for (i = 0; i < RECORDS; i++)
		record(&c, i, i);
	ATF_CHECK_STREQ("600 records, as they were signed",
	    (auditcheck_end(&c), auditcheck_text(&c, out, sizeof(out))));
	ATF_CHECK_EQ(c.good, RECORDS);
	end(&c, VERDICT_WHOLE, 0, 0);
	/* What came after the last checkpoint is no fault, and not counted. */
	begin_signed(&c, 7, 500);
	for (i = 0; i < RECORDS; i++)
		record(&c, i, i);
	ATF_CHECK_EQ(VERDICT_WHOLE, auditcheck_end(&c));
	ATF_CHECK_STREQ("500 records, as they were signed; 100 more are not "
	    "signed yet", auditcheck_text(&c, out, sizeof(out)));
	auditcheck_free(&c);
	auditcheck_init(&c, 0, root[0]);
	ATF_CHECK_EQ(VERDICT_WHOLE, auditcheck_end(&c));
	auditcheck_init(&c, 0, root[1]);
	ATF_CHECK_EQ(VERDICT_REWRITTEN, auditcheck_end(&c));
}

/* Every place in turn: the text alone, or with the hash that is kept. */
ATF_TC_WITHOUT_HEAD(edited);
ATF_TC_BODY(edited, tc)
{
	static const char	 other[] = "{\"record\":\"other\"}";
	const struct part	 p = { other, sizeof(other) - 1 };
	struct auditcheck	 c;
	uint8_t			 hash[ASMP_HASHLEN];
	int			 bad, i;

	log_make();
	merkle_leaf(hash, &p, 1);
	for (bad = 0; bad < RECORDS; bad++) {
		begin(&c, 7);
		for (i = 0; i < RECORDS; i++)
			if (i == bad)
				give(&c, i, leaf[i], other);
			else
				record(&c, i, i);
		end(&c, VERDICT_EDITED, (uint64_t)bad, (uint64_t)bad);
		begin(&c, 7);
		for (i = 0; i < RECORDS; i++)
			if (i == bad)
				give(&c, i, hash, other);
			else
				record(&c, i, i);
		/* Behind the last checkpoint there is the parent's word. */
		end(&c, VERDICT_REWRITTEN, (uint64_t)(bad / 7 * 7),
		    bad / 7 * 7 + 6 < RECORDS - 5 ? (uint64_t)(bad / 7 * 7) +
		    6 : RECORDS - 1);
	}
}

/* What is edited beside record 100 in each of these is told. */
static void
edit_beside(struct ctl_audit *r, int which)
{
	switch (which) {
	case 0:
		r->time++;
		break;
	case 1:
		r->time = UINT64_MAX;
		break;
	case 2:
		r->ok = 0;
		break;
	case 3:
		r->ok = UINT32_MAX;
		break;
	case 4:
		strlcpy(r->type, "STOPPED", sizeof(r->type));
		break;
	case 5:
		r->type[0] = '\0';
		break;
	case 6:
		r->device[0] = '\0';
		break;
	case 7:
		strlcat(r->device, "1", sizeof(r->device));
		break;
	default:
		strlcpy(r->gateway, "G", sizeof(r->gateway));
		break;
	}
}

static void
misfile(struct auditcheck *c, int index, int which)
{
	struct ctl_audit	 r = beside(index, leaf[index], text[index]);

	edit_beside(&r, which);
	auditcheck_record(c, &r, text[index]);
}

/*
 * A record that is as it was signed, and found by something else; with it one
 * that is rewritten may be the first, and one that is edited is not.
 */
ATF_TC_WITHOUT_HEAD(misfiled);
ATF_TC_BODY(misfiled, tc)
{
	static const char	 other[] = "{\"record\":\"other\"}";
	const struct part	 p = { other, sizeof(other) - 1 };
	struct auditcheck	 c;
	uint8_t			 hash[ASMP_HASHLEN];
	int			 which, every, i;

	log_make();
	merkle_leaf(hash, &p, 1);
	for (which = 0; which < 9; which++)
		for (every = 7; every < RECORDS * 2; every *= 10) {
			begin(&c, every);
			for (i = 0; i < RECORDS; i++)
				if (i == 100)
					misfile(&c, i, which);
				else
					record(&c, i, i);
			end(&c, VERDICT_MISFILED, 100, 100);
		}
	begin(&c, 7);
	for (i = 0; i < RECORDS; i++)
		if (i == 100)
			misfile(&c, i, 0);
		else
			give(&c, i, i == 99 ? hash : leaf[i], i == 99 ? other :
			    text[i]);
	end(&c, VERDICT_REWRITTEN, 98, 104);
	begin(&c, 7);
	for (i = 0; i < RECORDS; i++)
		if (i == 100)
			misfile(&c, i, 0);
		else
			record(&c, i, i == 101 ? 5 : i);
	end(&c, VERDICT_MISFILED, 100, 100);
}

/* Taken out with a gap left, or with the others moved up. */
ATF_TC_WITHOUT_HEAD(deleted);
ATF_TC_BODY(deleted, tc)
{
	struct auditcheck	 c;
	int			 bad, i;

	log_make();
	for (bad = 0; bad < RECORDS - 1; bad++) {
		begin(&c, 7);
		for (i = 0; i < RECORDS; i++)
			if (i != bad)
				record(&c, i, i);
		end(&c, VERDICT_DELETED, (uint64_t)bad, (uint64_t)bad);
		begin(&c, 7);
		for (i = 0; i < RECORDS - 1; i++)
			record(&c, i, i < bad ? i : i + 1);
		/* One moved up behind the last hash has no next one. */
		end(&c, bad == RECORDS - 2 ? VERDICT_EDITED :
		    VERDICT_DELETED, (uint64_t)bad, (uint64_t)bad);
	}
}

ATF_TC_WITHOUT_HEAD(cut);
ATF_TC_BODY(cut, tc)
{
	struct auditcheck	 c;
	char			 out[VERDICT_MAX];
	int			 at, i;

	log_make();
	for (at = 0; at < RECORDS; at++) {
		begin(&c, 7);
		for (i = 0; i < at; i++)
			record(&c, i, i);
		end(&c, VERDICT_CUT, (uint64_t)at, RECORDS - 1);
	}
	/* At its next start the daemon says so, and goes on. */
	snprintf(text[RECORDS - 1], sizeof(text[0]),
	    "{\"event_type\":\"LOG_DAMAGED\",..");
	begin(&c, 7);
	for (i = 0; i < 100; i++)
		record(&c, i, i);
	record(&c, RECORDS - 1, RECORDS - 1);
	ATF_CHECK_STREQ("the end was cut off: records 100 to 598 are missing",
	    (auditcheck_end(&c), auditcheck_text(&c, out, sizeof(out))));
	end(&c, VERDICT_CUT, 100, RECORDS - 2);
}

/*
 * The store has lost all checkpoints, and shows more than the parent has
 * signed: what was signed is compared all the same.
 */
ATF_TC_WITHOUT_HEAD(behind_newer);
ATF_TC_BODY(behind_newer, tc)
{
	struct auditcheck	 c;
	struct part		 p;
	uint8_t			 hash[ASMP_HASHLEN];
	int			 i, newer;

	log_make();
	p.data = text[1];
	p.len = strlen(text[1]);
	merkle_leaf(hash, &p, 1);
	for (newer = 0; newer < 3; newer++) {
		begin_signed(&c, RECORDS + 1, 500);
		give(&c, 0, hash, text[1]);
		for (i = 1; i < 500 + newer; i++)
			record(&c, i, i);
		ATF_CHECK_STREQ("rewritten", verdict_name(auditcheck_end(
		    &c)));
		ATF_CHECK_EQ(0, c.first);
		ATF_CHECK_EQ(499, c.last);
		auditcheck_free(&c);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, whole);
	ATF_TP_ADD_TC(tp, edited);
	ATF_TP_ADD_TC(tp, misfiled);
	ATF_TP_ADD_TC(tp, deleted);
	ATF_TP_ADD_TC(tp, cut);
	ATF_TP_ADD_TC(tp, behind_newer);
	return atf_no_error();
}

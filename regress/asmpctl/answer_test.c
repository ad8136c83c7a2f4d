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
 * What comes of the two logs: each size, each count and each end of a string
 * stands next to the one that would be right.
 */

#include "fakeasmpd.h"
#include "ipc.h"

#define DATA_MAX	(192 * 1024)

static uint8_t	 data[DATA_MAX];

/* A message of len bytes, of which the first ones are given. */
static void
said(struct fake *f, struct imsg *imsg, const void *head, size_t headlen,
    size_t len)
{
	ATF_REQUIRE(len <= sizeof(data));
	memcpy(data, head, headlen);
	fake_init(f);
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&f->ibuf, DATA_MAX));
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&f->c.ibuf, DATA_MAX));
	fake_say(f, 1, data, len);
	while (imsgbuf_get(&f->c.ibuf, imsg) != 1)
		ATF_REQUIRE_EQ(1, imsgbuf_read(&f->c.ibuf));
}

static void
done(struct fake *f, struct imsg *imsg)
{
	imsg_free(imsg);
	fake_free(f);
}

static int
take_audit(const struct ctl_audit *r, size_t len)
{
	struct ctl_audit	 got;
	struct fake		 f;
	struct imsg		 imsg;
	const char		*text;
	int			 ret;

	said(&f, &imsg, r, sizeof(*r), sizeof(*r) + len);
	if ((ret = answer_audit(&imsg, &got, &text)) == 0) {
		ATF_CHECK_EQ(0, memcmp(&got, r, sizeof(got)));
		ATF_CHECK_EQ(0, memcmp(text, data + sizeof(got), len));
	}
	done(&f, &imsg);
	return ret;
}

ATF_TC_WITHOUT_HEAD(audit);
ATF_TC_BODY(audit, tc)
{
	struct ctl_audit	 r = { .position = 1, .len = 4 };

	ATF_CHECK_EQ(0, take_audit(&r, 4));
	ATF_CHECK_EQ(-1, take_audit(&r, 3));
	ATF_CHECK_EQ(-1, take_audit(&r, 5));
	r.position = 0;
	ATF_CHECK_EQ(-1, take_audit(&r, 4));
	r.position = UINT64_MAX;
	ATF_CHECK_EQ(0, take_audit(&r, 4));
	r.len = 0;
	ATF_CHECK_EQ(0, take_audit(&r, 0));
	memset(r.type, 'x', sizeof(r.type));
	ATF_CHECK_EQ(-1, take_audit(&r, 0));
	r.type[0] = '\0';
	memset(r.device, 'x', sizeof(r.device));
	ATF_CHECK_EQ(-1, take_audit(&r, 0));
	r.device[0] = '\0';
	memset(r.gateway, 'x', sizeof(r.gateway));
	ATF_CHECK_EQ(-1, take_audit(&r, 0));
	r.gateway[0] = '\0';
	r.len = UINT32_MAX;
	ATF_CHECK_EQ(-1, take_audit(&r, 0));
}

static int
take_mark(const struct ctl_mark *m, const char *note, size_t len)
{
	struct ctl_mark	 got;
	struct fake	 f;
	struct imsg	 imsg;
	const char	*text;
	int		 ret;

	memcpy(data + sizeof(*m), note, len);
	said(&f, &imsg, m, sizeof(*m), sizeof(*m) + len);
	if ((ret = answer_mark(&imsg, &got, &text)) == 0) {
		ATF_CHECK_EQ(0, memcmp(&got, m, sizeof(got)));
		ATF_CHECK_STREQ(note, text);
	}
	done(&f, &imsg);
	return ret;
}

ATF_TC_WITHOUT_HEAD(mark);
ATF_TC_BODY(mark, tc)
{
	struct ctl_mark	 m = { .position = 1, .len = 5 };

	ATF_CHECK_EQ(0, take_mark(&m, "note", 5));
	ATF_CHECK_EQ(-1, take_mark(&m, "note", 4));
	ATF_CHECK_EQ(-1, take_mark(&m, "notes", 6));
	ATF_CHECK_EQ(-1, take_mark(&m, "notes", 5));
	m.position = 0;
	ATF_CHECK_EQ(-1, take_mark(&m, "note", 5));
	m.position = 1;
	m.len = 0;
	ATF_CHECK_EQ(-1, take_mark(&m, "", 0));
	m.len = UINT32_MAX;
	ATF_CHECK_EQ(-1, take_mark(&m, "note", 5));
}

/* What is as long as all its pieces. */
static size_t
sealed_len(const struct ctl_sealed *s)
{
	return sizeof(*s) + s->textlen + s->rawlen + s->recordlen +
	    s->keylen + s->nleaves * sizeof(struct vs_leaf) +
	    s->npath * (size_t)ASMP_HASHLEN;
}

static int
take_sealed(const struct ctl_sealed *s, size_t len)
{
	struct ctl_sealed	 got;
	struct fake		 f;
	struct imsg		 imsg;
	const uint8_t		*pieces;
	int			 ret;

	said(&f, &imsg, s, sizeof(*s), len);
	if ((ret = answer_sealed(&imsg, &got, &pieces)) == 0) {
		ATF_CHECK_EQ(0, memcmp(&got, s, sizeof(got)));
		ATF_CHECK_EQ(0, memcmp(pieces, data + sizeof(got),
		    len - sizeof(got)));
	}
	done(&f, &imsg);
	return ret;
}

static const struct ctl_sealed	 sealed = {
	.position = 1, .id = 7, .place = 2, .textlen = 5, .rawlen = 3,
	.recordlen = 10, .keylen = 32, .nleaves = 2, .npath = 1
};

ATF_TC_WITHOUT_HEAD(sealed_sizes);
ATF_TC_BODY(sealed_sizes, tc)
{
	struct ctl_sealed	 s = sealed;

	ATF_CHECK_EQ(0, take_sealed(&s, sealed_len(&s)));
	ATF_CHECK_EQ(-1, take_sealed(&s, sealed_len(&s) + 1));
	ATF_CHECK_EQ(-1, take_sealed(&s, sealed_len(&s) - 1));
	ATF_CHECK_EQ(-1, take_sealed(&s, sizeof(s)));
	ATF_CHECK_EQ(-1, take_sealed(&s, sizeof(s) - 1));
	ATF_CHECK_EQ(-1, take_sealed(&s, 0));
	s.position = 0;
	ATF_CHECK_EQ(-1, take_sealed(&s, sealed_len(&s)));
	s = sealed;
	for (s.place = 0; s.place < 5; s.place++)
		ATF_CHECK_EQ(s.place == 1 || s.place == 2 ? 0 : -1,
		    take_sealed(&s, sealed_len(&s)));
	s = sealed;
	s.nleaves = 0;
	ATF_CHECK_EQ(-1, take_sealed(&s, sealed_len(&s)));
}

/* The most of each is taken, one more is not. */
ATF_TC_WITHOUT_HEAD(sealed_counts);
ATF_TC_BODY(sealed_counts, tc)
{
	struct ctl_sealed	 s = sealed;
	const struct {
		uint32_t	*count;
		uint32_t	 most;
	} counts[] = {
		{ &s.textlen, ASMP_PAYLOAD_MAX },
		{ &s.rawlen, ASMP_PAYLOAD_MAX },
		{ &s.recordlen, SEAL_RECORD_MAX },
		{ &s.keylen, ASMP_PUBMAX },
		{ &s.nleaves, ASMP_SEAL_FRAMES },
		{ &s.npath, MERKLE_PROOFMAX }
	};
	size_t			 i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		s = sealed;
		*counts[i].count = counts[i].most;
		ATF_CHECK_EQ_MSG(0, take_sealed(&s, sealed_len(&s)),
		    "count %zu", i);
		*counts[i].count = counts[i].most + 1;
		ATF_CHECK_EQ_MSG(-1, take_sealed(&s, sealed_len(&s)),
		    "count %zu", i);
	}
	/* Counts that come round to the right sum. */
	s = sealed;
	s.textlen -= 6;
	s.rawlen += 6;
	ATF_CHECK_EQ(UINT32_MAX, s.textlen);
	ATF_CHECK_EQ(-1, take_sealed(&s, sealed_len(&sealed)));
}

static int
take_note(const struct ctl_note *note, size_t len)
{
	struct ctl_note	 got;
	struct fake	 f;
	struct imsg	 imsg;
	int		 ret;

	said(&f, &imsg, note, sizeof(*note), len);
	ret = answer_note(&imsg, &got);
	done(&f, &imsg);
	return ret;
}

ATF_TC_WITHOUT_HEAD(note);
ATF_TC_BODY(note, tc)
{
	struct ctl_note	 n;

	memset(&n, 0, sizeof(n));
	ATF_CHECK_EQ(0, take_note(&n, sizeof(n)));
	ATF_CHECK_EQ(-1, take_note(&n, sizeof(n) - 1));
	ATF_CHECK_EQ(-1, take_note(&n, sizeof(n) + 1));
	ATF_CHECK_EQ(-1, take_note(&n, 0));
	memset(n.text, 'x', sizeof(n.text));
	ATF_CHECK_EQ(-1, take_note(&n, sizeof(n)));
	n.text[sizeof(n.text) - 1] = '\0';
	ATF_CHECK_EQ(0, take_note(&n, sizeof(n)));
	memset(n.key, 'x', sizeof(n.key));
	ATF_CHECK_EQ(-1, take_note(&n, sizeof(n)));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, audit);
	ATF_TP_ADD_TC(tp, mark);
	ATF_TP_ADD_TC(tp, sealed_sizes);
	ATF_TP_ADD_TC(tp, sealed_counts);
	ATF_TP_ADD_TC(tp, note);
	return atf_no_error();
}

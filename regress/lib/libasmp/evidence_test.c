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

/* Evidence: it holds as it is, and nothing of it can be changed. */

#include "asmp_proto.h"
#include "evsample.h"
#include "testutil.h"

#define GATEWAY	"GATEWAY_CLINIC_A"
#define DEVICE	"BP_MONITOR_001"
#define JSON	"{\"systolic\":120,\"pulse\":61}"

static struct ident	*device, *gateway;
static struct evidence	 e, got;
static struct checkpoint cp;
static char		 text[EVIDENCE_MAX], again[EVIDENCE_MAX];

static struct evsample
begin(enum ident_alg alg)
{
	uint8_t	 seed[48];

	count_up(seed, 1, sizeof(seed));
	device = ident_fromseed(alg, seed, alg == IDENT_P384 ? 48 : 32);
	gateway = note_key(seed);
	ATF_REQUIRE(device != NULL && gateway != NULL);
	return (struct evsample){
		.device = device,
		.log = gateway,
		.gateway = GATEWAY,
		.id = DEVICE,
		.text = JSON,
		.message = 42,
		.time = 1790000000000,
		.received = 1790000000123,
		.count = 3,
		.place = 1,
		.index = 5,
		.size = 11
	};
}

static void
end(void)
{
	ident_free(device);
	ident_free(gateway);
}

static const char *
checked(const struct evidence *ev)
{
	return evidence_check(ev, ident_public(device),
	    ident_public(gateway), &cp);
}

/* Read, found good, and written as it was. */
static void
require_good(const struct evsample *w)
{
	struct evidence_reading	 r;
	unsigned int		 line = 0;
	const char		*why;

	ATF_REQUIRE_EQ(0, evidence_totext(text, sizeof(text), &e));
	ATF_REQUIRE_EQ_MSG(0, evidence_fromtext(&got, text, &line),
	    "line %u", line);
	why = checked(&got);
	ATF_REQUIRE_MSG(why == NULL, "%s", why);
	ATF_REQUIRE_STREQ(GATEWAY "/readings", cp.origin);
	ATF_REQUIRE_EQ(w->size, cp.size);
	ATF_REQUIRE_EQ(0, evidence_totext(again, sizeof(again), &got));
	ATF_REQUIRE_STREQ(text, again);
	evidence_reading(&got, &r);
	ATF_REQUIRE_EQ(w->message, r.id);
	ATF_REQUIRE_EQ(w->time, r.time);
	ATF_REQUIRE_EQ(strlen(w->text), r.len);
	ATF_REQUIRE_EQ(0, memcmp(w->text, r.text, r.len));
}

ATF_TC_WITHOUT_HEAD(holds);
ATF_TC_BODY(holds, tc)
{
	enum ident_alg	 alg;
	struct evsample	 w;

	for (alg = IDENT_ED25519; alg <= IDENT_P384; alg++) {
		w = begin(alg);
		evsample_make(&e, &w);
		require_good(&w);
		end();
	}
}

/* First, last, alone, of a full seal; in logs of one leaf and of many. */
ATF_TC_WITHOUT_HEAD(places);
ATF_TC_BODY(places, tc)
{
	static const uint16_t	 counts[] = { 1, 2, 3, ASMP_SEAL_FRAMES };
	static const uint64_t	 sizes[] = { 1, 2, 255, EVSAMPLE_LEAVES };
	struct evsample		 w = begin(IDENT_ED25519);
	size_t			 i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		w.count = counts[i];
		w.size = sizes[i];
		w.index = w.size - 1;
		for (w.place = 0; w.place < w.count; w.place++) {
			evsample_make(&e, &w);
			require_good(&w);
			w.index = w.index * 2 / 3;
		}
	}
	end();
}

ATF_TC_WITHOUT_HEAD(compressed);
ATF_TC_BODY(compressed, tc)
{
	struct evsample	 w = begin(IDENT_ED25519);

	w.compressed = 1;
	w.text = "{\"a\":1111111111111111111111,\"b\":2222222222222222222}";
	evsample_make(&e, &w);
	ATF_REQUIRE(e.expandedlen > e.len);
	require_good(&w);
	end();
}

/* The line with a byte of the text. */
static unsigned int
line_at(size_t offset)
{
	unsigned int	 n = 1;
	size_t		 i;

	for (i = 0; i < offset; i++) {
		if (text[i] == '\n')
			n++;
	}
	return n;
}

#define CHANGES	22			/* 8 and those of also */

/*
 * Every byte of the file, so many changes of each: its bits, and values that
 * are likely to be overlooked, such as white space, NUL, neighbours of digits.
 */
static void
require_no_change(size_t changes)
{
	static const char	 also[] = "\0\n\r\t 0=+/AZ\x7f\x80\xff";
	size_t			 i, v, len;
	unsigned int		 line;
	char			 was;

	ATF_REQUIRE_EQ(0, evidence_totext(text, sizeof(text), &e));
	ATF_REQUIRE_EQ(0, evidence_fromtext(&got, text, &line));
	ATF_REQUIRE(checked(&got) == NULL);
	len = strlen(text);
	for (i = 0; i < len; i++) {
		was = text[i];
		for (v = 0; v < changes; v++) {
			text[i] = v < 8 ? (char)(was ^ 1 << v) : also[v - 8];
			if (text[i] == was)
				continue;
			if (evidence_fromtext(&got, text, &line) == -1)
				ATF_REQUIRE(line > 0);
			else
				ATF_REQUIRE_MSG(checked(&got) != NULL,
				    "byte %zu, line %u, from %#x to %#x", i,
				    line_at(i), (unsigned char)was,
				    (unsigned char)text[i]);
		}
		text[i] = was;
	}
}

ATF_TC(any_byte);
ATF_TC_HEAD(any_byte, tc)
{
	atf_tc_set_md_var(tc, "descr", "whatever byte is changed is found");
}
ATF_TC_BODY(any_byte, tc)
{
	struct evsample	 w = begin(IDENT_ED25519);

	evsample_make(&e, &w);
	require_no_change(CHANGES);
	end();
}

/* ECDSA takes longer. */
ATF_TC(any_byte_ecdsa);
ATF_TC_HEAD(any_byte_ecdsa, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "whatever byte is changed is found with keys of ECDSA too");
}
ATF_TC_BODY(any_byte_ecdsa, tc)
{
	enum ident_alg	 alg;
	struct evsample	 w;

	for (alg = IDENT_P256; alg <= IDENT_P384; alg++) {
		w = begin(alg);
		evsample_make(&e, &w);
		require_no_change(3);
		end();
	}
}

ATF_TC(any_byte_compressed);
ATF_TC_HEAD(any_byte_compressed, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "whatever byte of a compressed reading is changed is found");
}
ATF_TC_BODY(any_byte_compressed, tc)
{
	struct evsample	 w = begin(IDENT_ED25519);

	w.compressed = 1;
	evsample_make(&e, &w);
	require_no_change(CHANGES);
	end();
}

/* Lines left out, doubled or in another order, and what stands around. */
ATF_TC_WITHOUT_HEAD(lines);
ATF_TC_BODY(lines, tc)
{
	struct evsample	 w = begin(IDENT_ED25519);
	unsigned int	 line;
	char		*p, *q;
	size_t		 len;

	w.compressed = 1;
	evsample_make(&e, &w);
	ATF_REQUIRE_EQ(0, evidence_totext(text, sizeof(text), &e));
	len = strlen(text);
	for (p = text; *p != '\0'; p = q) {
		q = strchr(p, '\n') + 1;
		/* Without it. */
		memcpy(again, text, (size_t)(p - text));
		strlcpy(again + (p - text), q, len);
		if (evidence_fromtext(&got, again, &line) == 0)
			ATF_REQUIRE(checked(&got) != NULL);
		/* Twice. */
		memcpy(again, text, (size_t)(q - text));
		strlcpy(again + (q - text), p, len);
		if (evidence_fromtext(&got, again, &line) == 0)
			ATF_REQUIRE(checked(&got) != NULL);
		/* Only up to it, and from it on. */
		strlcpy(again, text, (size_t)(p - text) + 1);
		if (evidence_fromtext(&got, again, &line) == 0)
			ATF_REQUIRE(checked(&got) != NULL);
		if (p != text)
			REQUIRE_ERRNO(EINVAL, evidence_fromtext(&got, p,
			    &line));
	}
	memcpy(again, text, len);
	strlcpy(again + len, "\n", sizeof("\n"));
	if (evidence_fromtext(&got, again, &line) == 0)
		ATF_REQUIRE(checked(&got) != NULL);
	end();
}

/* The line that is to blame is named. */
static void
require_line(unsigned int want, const char *from, const char *to)
{
	unsigned int	 line = 0;
	char		*p = strstr(text, from);

	ATF_REQUIRE_MSG(p != NULL, "%s", from);
	memcpy(again, text, (size_t)(p - text));
	strlcpy(again + (p - text), to, sizeof(again) - (size_t)(p - text));
	strlcat(again, p + strlen(from), sizeof(again));
	REQUIRE_ERRNO(EINVAL, evidence_fromtext(&got, again, &line));
	ATF_REQUIRE_EQ_MSG(want, line, "%s: line %u", to, line);
}

ATF_TC_WITHOUT_HEAD(line_numbers);
ATF_TC_BODY(line_numbers, tc)
{
	struct evsample	 w = begin(IDENT_ED25519);

	evsample_make(&e, &w);
	ATF_REQUIRE_EQ(0, evidence_totext(text, sizeof(text), &e));
	require_line(1, "evidence 1\n", "evidence 2\n");
	require_line(1, "asmp", "-----BEGIN PUBLIC KEY-----");
	require_line(2, "gateway GATE", "gateway GA TE");
	require_line(2, "gateway " GATEWAY "\n", "gateway \n");
	require_line(3, "device BP", "device -BP");
	require_line(4, "key ed25519:", "key p256:");
	require_line(5, "received 1", "received 01");
	require_line(5, "received 1", "received +1");
	require_line(5, "received 1790000000123",
	    "received 18446745863709551739");
	require_line(5, "received 1790000000123", "received ");
	require_line(6, "transcript ", "transcript A");
	require_line(7, "seal 3 1 1000 1004 3\n", "seal 3 1 1000 1004 3 \n");
	require_line(7, "seal 3 1 1000 1004 3\n", "seal 3 1 1000 1004\n");
	require_line(7, "seal 3 1 1000 1004 3\n",
	    "seal 3 4294967297 1000 1004 3\n");
	require_line(7, "seal 3 1 1000 1004 3\n",
	    "seal 3 1 1000 1004 65539\n");
	require_line(11, "seal 3 1 1000 1004 3\n", "seal 3 1 1000 1004 65\n");
	require_line(11, "seal 3 1 1000 1004 3\n", "seal 3 1 1000 1004 0\n");
	require_line(11, "place 1\n", "place 3\n");
	require_line(11, "place 1\n", "place 65537\n");
	require_line(14, "record ", "recorded ");
	require_line(17, "seal 3 1 1000 1004 3\n", "seal 3 1 1000 1004 4\n");
	require_line(17, "index 5\n", "index  5\n");
	require_line(17, "index 5\n", "index 05\n");
	require_line(22, "\n\n", "\n \n");
	end();
}

/* Changed and signed again by whom it takes: these hold, or say why not. */
static void
require_why(const char *want)
{
	const char	*why = checked(&e);

	ATF_REQUIRE_MSG(why != NULL && strcmp(why, want) == 0,
	    "want %s, got %s", want, why == NULL ? "nothing" : why);
}

ATF_TC_WITHOUT_HEAD(reasons);
ATF_TC_BODY(reasons, tc)
{
	struct evsample	 w = begin(IDENT_ED25519);
	struct ident	*other = ident_generate(IDENT_ED25519);

#define CHANGED(stmt, why)	do {					\
	evsample_make(&e, &w);						\
	stmt;								\
	require_why(why);						\
} while (0)
	CHANGED(e.gateway[0] = 'H',
	    "the checkpoint is not one of the gateway's readings");
	CHANGED(e.record.id[0] = 'A', "the device's signature does not hold");
	CHANGED(e.record.received++,
	    "the gateway's log does not have the seal there");
	CHANGED(e.record.sig[0] ^= 1, "the device's signature does not hold");
	CHANGED(e.record.t[0] ^= 1, "the device's signature does not hold");
	CHANGED(e.data[e.len - 2] ^= 1,
	    "the record is not one that the seal covers");
	CHANGED(e.blind[0] ^= 1, "the record is not one that the seal covers");
	CHANGED(e.leaf[2][0] ^= 1,
	    "the record is not one that the seal covers");
	CHANGED(e.index++, "the gateway's log does not have the seal there");
	CHANGED(e.path[0][0] ^= 1,
	    "the gateway's log does not have the seal there");
	CHANGED(e.pathlen--, "the gateway's log does not have the seal there");
	CHANGED(e.checkpoint[strlen(e.checkpoint) - 9] ^= 1,
	    "the gateway's signature does not hold");
	CHANGED(e.record.keyid[0] ^= 1, "the ids, keys or numbers are none");
	CHANGED(e.place = 3, "the ids, keys or numbers are none");
#undef CHANGED
	w.device = other;
	evsample_make(&e, &w);
	require_why("it is signed by another key than the device's");
	w.device = device;
	w.log = other;
	evsample_make(&e, &w);
	require_why("the checkpoint is signed by another key than the "
	    "gateway's");
	ident_free(other);
	end();
}

/* Device and gateway sign what is in e, with this header. */
static void
resign(const struct evsample *w, const struct asmp_header *h)
{
	frame_put(e.header, h);
	evsample_seal(&e, w);
	evsample_log(&e, w);
}

static void
require_header(const struct evsample *w, const struct asmp_header *h,
    const char *why)
{
	evsample_make(&e, w);
	resign(w, h);
	if (why == NULL)
		ATF_REQUIRE(checked(&e) == NULL);
	else
		require_why(why);
}

ATF_TC_WITHOUT_HEAD(headers);
ATF_TC_BODY(headers, tc)
{
	static const char	*other = "the header is not that of the record";
	static const char	*stream =
	    "the record is of a stream that has no readings";
	static const char	*numbers =
	    "the header's numbers are not within the seal's";
	struct evsample		 w = begin(IDENT_ED25519);
	struct asmp_header	 h, was;

	evsample_make(&e, &w);
	frame_get(&was, e.header);
#define HEADER(stmt, why)	do {					\
	h = was;							\
	stmt;								\
	require_header(&w, &h, why);					\
} while (0)
	HEADER(h.stream = 5, NULL);
	HEADER(h.seq--, NULL);
	HEADER(h.seq++, NULL);
	HEADER(h.version = 2, other);
	HEADER(h.type = ASMP_SEAL, other);
	HEADER(h.length++, other);
	HEADER(h.length = 0, other);
	HEADER(h.stream = ASMP_STREAM_CONN, stream);
	HEADER(h.stream = ASMP_STREAM_CHAT, stream);
	HEADER(h.stream = ASMP_STREAM_CONTROL, stream);
	HEADER(h.stream = ASMP_STREAM_AGGREGATE, stream);
	HEADER(h.stream = 0x80000003, stream);
	HEADER(h.epoch++, numbers);
	HEADER(h.seq -= 2, numbers);
	HEADER(h.seq += 2, numbers);
	HEADER(h.seq = 0, numbers);
	HEADER(h.seq = UINT64_MAX, numbers);
	w.place = 0;
	was.seq = 1000;
	HEADER((void)h, NULL);
	HEADER(h.seq++, numbers);
	w.place = 2;
	was.seq = 1004;
	HEADER((void)h, NULL);
	HEADER(h.seq--, numbers);
#undef HEADER
	end();
}

/* Numbers of a seal that cannot be, though signed. */
ATF_TC_WITHOUT_HEAD(seals);
ATF_TC_BODY(seals, tc)
{
	static const char	*numbers =
	    "the header's numbers are not within the seal's";
	struct evsample		 w = begin(IDENT_ED25519);

#define SEAL(stmt)	do {						\
	evsample_make(&e, &w);						\
	stmt;								\
	evsample_seal(&e, &w);						\
	evsample_log(&e, &w);						\
	require_why(numbers);						\
} while (0)
	SEAL(e.record.seal.epoch = 0);
	SEAL(e.record.seal.last = 1001);
	SEAL(e.record.seal.last = 999);
	SEAL(e.record.seal.first = 1003);
	SEAL(e.record.seal.first = 0; e.record.seal.last = 1);
#undef SEAL
	end();
}

/* These bytes in place of the record, by hand of both. */
static void
put_record(const struct evsample *w, const void *data, size_t len)
{
	struct asmp_header	 h;

	evsample_make(&e, w);
	memcpy(e.data, data, len);
	e.len = len;
	frame_get(&h, e.header);
	h.length = (uint32_t)len + ASMP_TAGLEN;
	resign(w, &h);
}

/* What is signed and logged must also be a reading. */
ATF_TC_WITHOUT_HEAD(records);
ATF_TC_BODY(records, tc)
{
	static const char	*none = "the record is no reading";
	struct evsample		 w = begin(IDENT_ED25519);

	w.message = 0;
	evsample_make(&e, &w);
	require_why(none);
	w.message = 1;
	w.text = "";
	evsample_make(&e, &w);
	require_why(none);
	w.text = "[1]";
	evsample_make(&e, &w);
	require_why(none);
	w.text = "{\"a\":1}x";
	evsample_make(&e, &w);
	require_why(none);
	w.text = JSON;
	w.compressed = 1;
	evsample_make(&e, &w);
	require_good(&w);
	e.expandedlen = 0;
	require_why(none);
	evsample_make(&e, &w);
	e.expanded[e.expandedlen - 2] ^= 1;
	require_why("the record does not expand to that reading");
	evsample_make(&e, &w);
	e.expandedlen--;
	require_why("the record does not expand to that reading");
	end();
}

/*
 * A stored block of deflate that is a reading itself, of another id: nothing
 * that is signed says which one it is, so it is neither.
 */
ATF_TC_WITHOUT_HEAD(two_ways);
ATF_TC_BODY(two_ways, tc)
{
	static const char	 json[] = "     {\"a\":1}";
	struct evsample		 w = begin(IDENT_ED25519);
	uint8_t			 data[ASMP_READING_HDR + sizeof(json) - 1];
	uint16_t		 len = sizeof(data) - 5;

	memset(data, 0, sizeof(data));
	data[0] = 0x01;
	data[1] = (uint8_t)len;
	data[3] = (uint8_t)~len;
	data[4] = 0xff;
	data[12] = 7;
	memcpy(data + ASMP_READING_HDR, json, sizeof(json) - 1);
	put_record(&w, data, sizeof(data));
	require_why("the record is a reading in two ways");
	memcpy(e.expanded, data + 5, len);
	e.expandedlen = len;
	require_why("the record is a reading in two ways");
	/* It is the second one that makes it so. */
	data[1]++;
	put_record(&w, data, sizeof(data));
	ATF_REQUIRE(checked(&e) == NULL);
	end();
}

/* The longest there can be. */
ATF_TC_WITHOUT_HEAD(longest);
ATF_TC_BODY(longest, tc)
{
	struct evsample	 w = begin(IDENT_P384);
	size_t		 len;

	w.count = ASMP_SEAL_FRAMES;
	evsample_make(&e, &w);
	memset(e.gateway, 'a', ASMP_IDMAX);
	memset(e.record.id, 'a', ASMP_IDMAX);
	e.record.received = e.record.seal.number = e.index = UINT64_MAX;
	e.record.seal.first = e.record.seal.last = UINT64_MAX;
	e.record.seal.epoch = UINT32_MAX;
	e.len = e.expandedlen = ASMP_PAYLOAD_MAX;
	e.pathlen = MERKLE_PROOFMAX;
	memset(e.checkpoint, 'a', CHECKPOINT_MAX - 1);
	ATF_REQUIRE_EQ(0, evidence_totext(text, sizeof(text), &e));
	len = strlen(text);
	memset(again, 'x', sizeof(again));
	ATF_REQUIRE_EQ(0, evidence_totext(again, len + 1, &e));
	REQUIRE_ERRNO(ENOSPC, evidence_totext(again, len, &e));
	REQUIRE_ERRNO(ENOSPC, evidence_totext(again, 0, &e));
	ATF_REQUIRE_EQ('x', again[len + 1]);
	end();
}

/* There is no text for what cannot be. */
ATF_TC_WITHOUT_HEAD(no_text);
ATF_TC_BODY(no_text, tc)
{
	struct evsample	 w = begin(IDENT_ED25519);

#define REFUSED(stmt)	do {						\
	evsample_make(&e, &w);						\
	stmt;								\
	REQUIRE_ERRNO(EINVAL, evidence_totext(text, sizeof(text), &e));	\
} while (0)
	REFUSED(e.gateway[0] = '\0');
	REFUSED(e.record.id[3] = '\n');
	REFUSED(e.key.alg = IDENT_P256);
	REFUSED(e.key.key[0] ^= 1);
	REFUSED(e.record.seal.count = ASMP_SEAL_FRAMES + 1);
	REFUSED(e.place = 3);
	REFUSED(e.len = 0);
	REFUSED(e.len = ASMP_PAYLOAD_MAX + 1);
	REFUSED(e.expandedlen = ASMP_PAYLOAD_MAX + 1);
	REFUSED(e.pathlen = MERKLE_PROOFMAX + 1);
#undef REFUSED
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, holds);
	ATF_TP_ADD_TC(tp, places);
	ATF_TP_ADD_TC(tp, compressed);
	ATF_TP_ADD_TC(tp, any_byte);
	ATF_TP_ADD_TC(tp, any_byte_ecdsa);
	ATF_TP_ADD_TC(tp, any_byte_compressed);
	ATF_TP_ADD_TC(tp, lines);
	ATF_TP_ADD_TC(tp, line_numbers);
	ATF_TP_ADD_TC(tp, reasons);
	ATF_TP_ADD_TC(tp, headers);
	ATF_TP_ADD_TC(tp, seals);
	ATF_TP_ADD_TC(tp, records);
	ATF_TP_ADD_TC(tp, two_ways);
	ATF_TP_ADD_TC(tp, longest);
	ATF_TP_ADD_TC(tp, no_text);
	return atf_no_error();
}

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


#include "asmp_proto.h"
#include "testutil.h"

/* Independently written out by hand from the table in asmp(7). */
#define SAMPLE \
	"0001000300000003000000010000000000000102000000ff"

static const struct asmp_header	sample = {
	.version = 1, .type = ASMP_DATA, .stream = 3, .epoch = 1,
	.seq = 0x0102, .length = 0xff
};

ATF_TC_WITHOUT_HEAD(layout);
ATF_TC_BODY(layout, tc)
{
	struct asmp_header	 h;
	uint8_t			 b[ASMP_HDRLEN];

	frame_put(b, &sample);
	REQUIRE_HEX(SAMPLE, b, sizeof(b));
	frame_get(&h, b);
	ATF_REQUIRE_EQ(sample.version, h.version);
	ATF_REQUIRE_EQ(sample.type, h.type);
	ATF_REQUIRE_EQ(sample.stream, h.stream);
	ATF_REQUIRE_EQ(sample.epoch, h.epoch);
	ATF_REQUIRE_EQ(sample.seq, h.seq);
	ATF_REQUIRE_EQ(sample.length, h.length);
}

/* However the bytes trickle in, the frame appears with its last one. */
ATF_TC_WITHOUT_HEAD(whole_only_with_last_byte);
ATF_TC_BODY(whole_only_with_last_byte, tc)
{
	uint8_t	 b[ASMP_HDRLEN + 0xff + 1];
	size_t	 n, framelen;

	memset(b, 0, sizeof(b));
	frame_put(b, &sample);
	for (n = 0; n < ASMP_HDRLEN + 0xff; n++)
		ATF_REQUIRE_EQ(0, frame_next(b, n, 0xff, &framelen));
	ATF_REQUIRE_EQ(1, frame_next(b, n, 0xff, &framelen));
	ATF_REQUIRE_EQ(ASMP_HDRLEN + 0xff, framelen);
	ATF_REQUIRE_EQ(1, frame_next(b, n + 1, 0xff, &framelen));
	ATF_REQUIRE_EQ(ASMP_HDRLEN + 0xff, framelen);
}

ATF_TC_WITHOUT_HEAD(empty_payload);
ATF_TC_BODY(empty_payload, tc)
{
	struct asmp_header	 h = sample;
	uint8_t			 b[ASMP_HDRLEN];
	size_t			 framelen;

	h.length = 0;
	frame_put(b, &h);
	ATF_REQUIRE_EQ(1, frame_next(b, sizeof(b), 0, &framelen));
	ATF_REQUIRE_EQ(ASMP_HDRLEN, framelen);
}

/* Nobody waits for, or makes room for, a payload that will be refused. */
ATF_TC_WITHOUT_HEAD(too_long_known_from_header);
ATF_TC_BODY(too_long_known_from_header, tc)
{
	struct asmp_header	 h = sample;
	uint8_t			 b[ASMP_HDRLEN];
	size_t			 framelen;

	frame_put(b, &h);
	ATF_REQUIRE_EQ(0, frame_next(b, sizeof(b), 0xff, &framelen));
	REQUIRE_ERRNO(EMSGSIZE, frame_next(b, sizeof(b), 0xfe, &framelen));
	ATF_REQUIRE_EQ(0, frame_next(b, sizeof(b) - 1, 0xfe, &framelen));
	h.length = UINT32_MAX;
	frame_put(b, &h);
	REQUIRE_ERRNO(EMSGSIZE, frame_next(b, sizeof(b), ASMP_PAYLOAD_MAX,
	    &framelen));
}

/* The version decides what the other fields mean, so it is judged first. */
ATF_TC_WITHOUT_HEAD(other_version);
ATF_TC_BODY(other_version, tc)
{
	static const uint16_t	 versions[] = { 0, 2, 0x0100, 0xffff };
	struct asmp_header	 h = sample;
	uint8_t			 b[ASMP_HDRLEN];
	size_t			 i, framelen;

	h.length = UINT32_MAX;
	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		h.version = versions[i];
		frame_put(b, &h);
		REQUIRE_ERRNO(EPROTONOSUPPORT, frame_next(b, sizeof(b),
		    ASMP_PRE_MAX, &framelen));
	}
}

ATF_TC_WITHOUT_HEAD(typenames);
ATF_TC_BODY(typenames, tc)
{
	uint16_t	 t;

	ATF_REQUIRE_STREQ("HANDSHAKE_INIT", frame_typename(1));
	ATF_REQUIRE_STREQ("REKEY", frame_typename(13));
	ATF_REQUIRE_STREQ("ROTATE", frame_typename(14));
	for (t = 1; t <= 14; t++)
		ATF_REQUIRE(strcmp("unknown", frame_typename(t)) != 0);
	ATF_REQUIRE_STREQ("unknown", frame_typename(0));
	ATF_REQUIRE_STREQ("unknown", frame_typename(15));
	ATF_REQUIRE_STREQ("unknown", frame_typename(0xffff));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, layout);
	ATF_TP_ADD_TC(tp, whole_only_with_last_byte);
	ATF_TP_ADD_TC(tp, empty_payload);
	ATF_TP_ADD_TC(tp, too_long_known_from_header);
	ATF_TP_ADD_TC(tp, other_version);
	ATF_TP_ADD_TC(tp, typenames);
	return atf_no_error();
}

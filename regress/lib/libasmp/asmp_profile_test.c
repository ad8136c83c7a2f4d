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
 * What the device does in each profile, against a gateway in the same
 * process: the handshake of each kind of identity, records both ways,
 * streams, rounds and new keys.
 */

#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_local.h"
#include "pair.h"

#define READING		"{\"systolic\": 121}"
#define HOUR		(3600 * 1000)
#define DAY		(24 * HOUR)

static const char *const	names[] = {
	"hybrid", "asmp", "ztp", "slmp", "smcp", "iomt"
};

#define NNAMES		(sizeof(names) / sizeof(names[0]))

static int
has_values(const struct pair *p)
{
	return p->profile->record == ASMP_SMCP;
}

/* A reading, or in smcp a value, and the seal where there is one. */
static void
send_one(struct pair *p)
{
	if (has_values(p))
		ATF_REQUIRE_EQ(asmp_value(p->a, 100), 0);
	else
		ATF_REQUIRE_EQ(asmp_send(p->a, 0, READING, strlen(READING),
		    NULL), 0);
	ATF_REQUIRE_EQ(asmp_seal(p->a), 0);
}

static void
check_good(const struct pair *p)
{
	ATF_CHECK_MSG(p->gw->why == NULL, "%s", p->gw->why);
	ATF_CHECK_STREQ(asmp_error(p->a), "");
}

static void
say(struct pair *p, uint32_t stream, const char *text)
{
	ATF_REQUIRE_EQ_MSG(asmp_say(p->a, stream, text, strlen(text)), 0,
	    "%s", strerror(errno));
	ATF_REQUIRE_EQ(asmp_seal(p->a), 0);
	pump(p, 0);
}

static void
check_text(struct pair *p, uint32_t stream, const char *text)
{
	struct asmp_message	 m;

	ATF_REQUIRE_EQ_MSG(asmp_next_message(p->a, &m), 1, "%s: %s", text,
	    asmp_error(p->a));
	ATF_CHECK_EQ(m.kind, ASMP_TEXT);
	ATF_CHECK_EQ(m.stream, stream);
	ATF_REQUIRE_EQ(m.len, strlen(text));
	ATF_CHECK_EQ(memcmp(m.data, text, m.len), 0);
}

static void
check_result(struct pair *p, uint8_t status, int64_t result)
{
	struct asmp_message	 m;

	ATF_REQUIRE_EQ(asmp_next_message(p->a, &m), 1);
	ATF_CHECK_EQ(m.kind, ASMP_RESULT);
	ATF_CHECK_EQ(m.stream, ASMP_STREAM_AGGREGATE);
	ATF_CHECK_EQ(m.status, status);
	ATF_CHECK_EQ(m.result, result);
	ATF_CHECK_EQ(asmp_next_message(p->a, &m), 0);
}

/*
 * One handshake and one record path for all: Z-1 to Z-6, S-9, M-19 to M-22,
 * I-54 to I-60.  However TCP cuts it, and a second time with the same device.
 */
ATF_TC_WITHOUT_HEAD(every_profile_delivers_readings);
ATF_TC_BODY(every_profile_delivers_readings, tc)
{
	static const size_t	 chunks[] = { 0, 1, 100 };
	struct pair		 p;
	size_t			 i, j;

	for (i = 0; i < NNAMES; i++) {
		pair_init_profile(&p, names[i]);
		for (j = 0; j < sizeof(chunks) / sizeof(chunks[0]); j++) {
			pair_again(&p);
			p.gw->lastid = 41;
			ATF_REQUIRE_EQ(asmp_start(p.a), 0);
			pump(&p, chunks[j]);
			ATF_REQUIRE_EQ_MSG(asmp_state(p.a), ASMP_OPEN,
			    "%s: %s %s", names[i], asmp_error(p.a),
			    p.gw->why);
			send_one(&p);
			pump(&p, chunks[j]);
			send_one(&p);
			pump(&p, chunks[j]);
			ATF_CHECK_EQ(asmp_acked(p.a), 43);
			ATF_REQUIRE_EQ(p.gw->nreadings, 2);
			if (!has_values(&p))
				ATF_CHECK_EQ(memcmp(p.gw->reading[1].json,
				    READING, strlen(READING)), 0);
			ATF_REQUIRE_EQ(asmp_close(p.a), 0);
			pump(&p, chunks[j]);
			ATF_CHECK_EQ(asmp_state(p.a), ASMP_CLOSED);
			check_good(&p);
			check_wiped(p.a);
		}
		pair_free(&p);
	}
}

/*
 * asmp(7)'s table of bytes, with ids of 14 and 16; there a token is for one
 * of 12, and here the number of a client has one digit.
 */
ATF_TC_WITHOUT_HEAD(handshakes_cost_what_the_protocol_says);
ATF_TC_BODY(handshakes_cost_what_the_protocol_says, tc)
{
	static const size_t	 device[] = {
		1382, 198, 218 + 14 - 12, 251 + 14 - 12, 166 - 14 + 1, 206
	};
	static const size_t	 gateway[] = {
		1443, 339, 339, 372, 339, 1499
	};
	struct pair		 p;
	size_t			 i, n, out, in;

	for (i = 0; i < NNAMES; i++) {
		pair_init_profile(&p, names[i]);
		ATF_REQUIRE_EQ(asmp_start(p.a), 0);
		for (out = in = 0; p.a->session.phase != PHASE_SESSION;
		    in += p.gw->outlen, to_device(&p, 0)) {
			ATF_REQUIRE(asmp_output(p.a, &n) != NULL);
			out += n;
			to_gateway(&p, 0);
			ATF_REQUIRE(p.gw->outlen != 0);
		}
		ATF_CHECK_EQ_MSG(out, device[i], "%s: %zu", names[i], out);
		ATF_CHECK_EQ_MSG(in, gateway[i], "%s: %zu", names[i], in);
		pair_free(&p);
	}
}

/* Z-21, Z-23, Z-33, Z-34, S-18: streams in one session, answers on each. */
ATF_TC_WITHOUT_HEAD(texts_go_both_ways);
ATF_TC_BODY(texts_go_both_ways, tc)
{
	struct pair		 p;
	struct asmp_message	 m;
	size_t			 i;

	for (i = 0; i < NNAMES; i++) {
		if (strcmp(names[i], "smcp") == 0)
			continue;
		pair_init_profile(&p, names[i]);
		open_session(&p);
		say(&p, ASMP_STREAM_CONTROL, "ping");
		check_text(&p, ASMP_STREAM_CONTROL, "pong");
		say(&p, ASMP_STREAM_CHAT, "Hello SLMP!");
		check_text(&p, ASMP_STREAM_CHAT,
		    strcmp(names[i], "slmp") == 0 ?
		    "Message received: Hello SLMP!" : "Hello SLMP!");
		send_one(&p);
		say(&p, ASMP_STREAM_CONTROL, "status");
		check_text(&p, ASMP_STREAM_CONTROL, "server OK");
		ATF_CHECK_EQ(asmp_next_message(p.a, &m), 0);
		ATF_CHECK_EQ(asmp_acked(p.a), 1);
		ATF_CHECK_EQ(p.gw->ntexts, 3);
		check_good(&p);
		pair_free(&p);
	}
}

/* I-47: the vitals of the original's third test, byte for byte. */
ATF_TC_WITHOUT_HEAD(vitals_arrive_over_iomt);
ATF_TC_BODY(vitals_arrive_over_iomt, tc)
{
	static const char	 vitals[] = "Patient vitals: BP=145/92, "
	    "HR=88, O2=96%, Temp=37.2C";
	struct pair		 p;

	pair_init_profile(&p, "iomt");
	open_session(&p);
	say(&p, ASMP_STREAM_CHAT, vitals);
	check_text(&p, ASMP_STREAM_CHAT, vitals);
	ATF_CHECK_STREQ(p.gw->text[0].text, vitals);
	pair_free(&p);
}

/* M-16, M-17, M-21, M-22: a round ends with the sum, then the next begins. */
ATF_TC_WITHOUT_HEAD(values_come_back_as_results);
ATF_TC_BODY(values_come_back_as_results, tc)
{
	struct pair	 p;
	int		 i;

	pair_init_profile(&p, "smcp");
	p.gw->others = 500;
	open_session(&p);
	for (i = 0; i < 5; i++) {
		ATF_REQUIRE_EQ(asmp_value(p.a, 100), 0);
		ATF_CHECK_EQ(asmp_value(p.a, 100), -1);
		ATF_CHECK_EQ(errno, EAGAIN);
		pump(&p, 0);
		check_result(&p, ASMP_COMPLETE, 600);
		ATF_CHECK_EQ(asmp_acked(p.a), (uint64_t)i + 1);
	}
	p.gw->others = 0;
	p.gw->status = ASMP_PARTIAL;
	ATF_REQUIRE_EQ(asmp_value(p.a, INT64_MIN), 0);
	pump(&p, 0);
	check_result(&p, ASMP_PARTIAL, INT64_MIN);
	p.gw->status = ASMP_OVERFLOW;
	ATF_REQUIRE_EQ(asmp_value(p.a, INT64_MAX), 0);
	pump(&p, 0);
	check_result(&p, ASMP_OVERFLOW, INT64_MAX);
	ATF_CHECK_STREQ(p.gw->reading[6].json,
	    "{\"value\": 9223372036854775807}");
	ATF_REQUIRE_EQ(asmp_close(p.a), 0);
	pump(&p, 0);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_CLOSED);
	check_good(&p);
	pair_free(&p);
}

/* M-20: the session is not there before the challenge is. */
ATF_TC_WITHOUT_HEAD(smcp_stands_with_its_challenge);
ATF_TC_BODY(smcp_stands_with_its_challenge, tc)
{
	struct pair	 p;

	pair_init_profile(&p, "smcp");
	until_handshake_ack(&p);
	to_device(&p, 0);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_CONNECTING);
	ATF_CHECK_EQ(asmp_value(p.a, 1), -1);
	ATF_CHECK_EQ(errno, ENOTCONN);
	ATF_CHECK_EQ(p.a->session.keys.d2g.round, 1);
	to_gateway(&p, 0);
	to_device(&p, 0);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_OPEN);
	ATF_CHECK_EQ(p.a->session.keys.g2d.round, 2);
	pair_free(&p);
}

/* M-42: 50 and 60 end the session; a CLOSE that follows is no matter. */
ATF_TC_WITHOUT_HEAD(last_opcodes_end_the_session);
ATF_TC_BODY(last_opcodes_end_the_session, tc)
{
	static const uint8_t	 opcode[] = { SMCP_DESYNC, SMCP_TERMINATE };
	static const uint8_t	 reason[] = { REASON_DESYNC, REASON_DONE };
	struct pair		 p;
	size_t			 i;

	pair_init_profile(&p, "smcp");
	for (i = 0; i < 2; i++) {
		pair_again(&p);
		p.gw->silent = 1;
		open_session(&p);
		ATF_REQUIRE_EQ(asmp_value(p.a, 1), 0);
		to_gateway(&p, 0);
		p.gw->keys.g2d.opcode = opcode[i];
		gw_say(p.gw, ASMP_STREAM_AGGREGATE, "", 0);
		to_device(&p, 0);
		check_failed(p.a, ASMP_E_CONNECT, reason_text(reason[i]));
		ATF_CHECK_EQ(asmp_reason(p.a), reason[i]);
		check_wiped(p.a);
	}
	pair_free(&p);
}

/* What each profile has not, it refuses before anything is sent. */
ATF_TC_WITHOUT_HEAD(calls_fit_the_profile);
ATF_TC_BODY(calls_fit_the_profile, tc)
{
	struct pair	 p;
	char		 text[5000] = "x";

	pair_init_profile(&p, "smcp");
	open_session(&p);
	ATF_CHECK_EQ(asmp_sendable(p.a), 0);
	ATF_CHECK_EQ(asmp_text_max(p.a), 0);
	ATF_CHECK_EQ(asmp_send(p.a, 0, "{}", 2, NULL), -1);
	ATF_CHECK_EQ(errno, ENOTSUP);
	ATF_CHECK_EQ(asmp_say(p.a, ASMP_STREAM_CHAT, "x", 1), -1);
	ATF_CHECK_EQ(errno, ENOTSUP);
	ATF_CHECK_EQ(asmp_rekey(p.a), -1);
	ATF_CHECK_EQ(errno, ENOTSUP);
	pair_free(&p);

	pair_init_profile(&p, "ztp");
	ATF_CHECK_EQ(asmp_say(p.a, ASMP_STREAM_CHAT, "x", 1), -1);
	ATF_CHECK_EQ(errno, ENOTCONN);
	ATF_CHECK_EQ(asmp_value(p.a, 1), -1);
	ATF_CHECK_EQ(errno, ENOTCONN);
	ATF_CHECK_EQ(asmp_rekey(p.a), -1);
	ATF_CHECK_EQ(errno, ENOTCONN);
	ATF_CHECK_EQ(asmp_close_stream(p.a, 1), -1);
	ATF_CHECK_EQ(errno, ENOTCONN);
	open_session(&p);
	ATF_CHECK_EQ(asmp_value(p.a, 1), -1);
	ATF_CHECK_EQ(errno, ENOTSUP);
	ATF_CHECK_EQ(asmp_rekey(p.a), -1);
	ATF_CHECK_EQ(errno, ENOTSUP);
	ATF_CHECK_EQ(asmp_say(p.a, ASMP_STREAM_CHAT, "", 0), -1);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK_EQ(asmp_say(p.a, ASMP_STREAM_CONN, "x", 1), -1);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK_EQ(asmp_say(p.a, ASMP_STREAM_TELEMETRY, "x", 1), -1);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK_EQ(asmp_say(p.a, ASMP_STREAM_MAX + 1U, "x", 1), -1);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK_EQ(asmp_text_max(p.a), 4096 - 16);
	ATF_CHECK_EQ(asmp_say(p.a, ASMP_STREAM_CHAT, text, 4081), -1);
	ATF_CHECK_EQ(errno, EMSGSIZE);
	ATF_CHECK_EQ(asmp_say(p.a, ASMP_STREAM_CHAT, text, 4080), 0);
	ATF_CHECK_EQ(asmp_close_stream(p.a, ASMP_STREAM_CONTROL), -1);
	ATF_CHECK_EQ(errno, EINVAL);
	pair_free(&p);
}

static void
check_refused(struct pair *p, const char *text)
{
	ATF_REQUIRE_EQ(asmp_start(p->a), 0);
	pump(p, 0);
	ATF_CHECK(p->gw->refused);
	ATF_CHECK_EQ(asmp_state(p->a), ASMP_CONNECTING);
	asmp_eof(p->a);
	check_failed(p->a, ASMP_E_IDENTITY, text);
	check_wiped(p->a);
}

/* Z-19, S-17, M-40: who has not the secret is told what to look at. */
ATF_TC_WITHOUT_HEAD(wrong_secrets_are_refused);
ATF_TC_BODY(wrong_secrets_are_refused, tc)
{
	struct pair	 p;

	pair_init_profile(&p, "smcp");
	p.gw->secret[0] ^= 1;
	check_refused(&p, "HMAC verification failed: check the key");
	pair_again(&p);
	strlcpy(p.gw->device_id, "3", sizeof(p.gw->device_id));
	check_refused(&p, "the identity " CLIENT ": HMAC verification");
	pair_again(&p);
	open_session(&p);
	pair_free(&p);

	pair_init_profile(&p, "slmp");
	p.gw->secret[31] ^= 0x80;
	check_refused(&p, "the token has expired");
	pair_again(&p);
	open_session(&p);
	pair_free(&p);
}

/*
 * I-12, I-56, I-67: the gateway shows first that it knows the device's key,
 * or it gets no answer: nothing is told to one that has another's.
 */
ATF_TC_WITHOUT_HEAD(challenge_is_checked_before_the_answer);
ATF_TC_BODY(challenge_is_checked_before_the_answer, tc)
{
	struct pair	 p;
	uint8_t		 seed[MLKEM768_SEEDLEN] = { 7 };
	uint8_t		 dk[MLKEM768_DKLEN];
	size_t		 len;

	pair_init_profile(&p, "iomt");
	p.gw->challenge_change = 1;
	ATF_REQUIRE_EQ(asmp_start(p.a), 0);
	pump(&p, 0);
	check_failed(p.a, ASMP_E_IDENTITY, "not registered there");
	ATF_CHECK(asmp_output(p.a, &len) == NULL);
	ATF_CHECK_EQ(p.gw->iseq, 2);
	check_wiped(p.a);

	pair_again(&p);
	mlkem768_keypair(p.gw->ek, dk, seed);
	ATF_REQUIRE_EQ(asmp_start(p.a), 0);
	pump(&p, 0);
	check_failed(p.a, ASMP_E_IDENTITY, "not registered there");
	ATF_CHECK_EQ(p.gw->iseq, 2);

	pair_again(&p);
	ATF_REQUIRE_EQ(asmp_start(p.a), 0);
	to_gateway(&p, 0);
	to_device(&p, 0);
	asmp_eof(p.a);
	check_failed(p.a, ASMP_E_IDENTITY, "refused the identity");

	pair_again(&p);
	open_session(&p);
	pair_free(&p);
}

/* the shared key counts in every profile, and on both sides. */
ATF_TC_WITHOUT_HEAD(shared_key_goes_into_all_keys);
ATF_TC_BODY(shared_key_goes_into_all_keys, tc)
{
	struct secret	 shared = {
		.kind = SECRET_SHARED, .number = 7, .len = ASMP_KEYLEN,
		.key = { 1, 2, 3 }
	};
	struct pair	 p;
	size_t		 i;

	write_secret("shared", &shared);
	for (i = 0; i < NNAMES; i++) {
		pair_init_profile(&p, names[i]);
		ATF_REQUIRE_EQ(asmp_set_shared(p.a, "shared"), 0);
		p.gw->group = 7;
		memcpy(p.gw->shared, shared.key, sizeof(p.gw->shared));
		open_session(&p);
		send_one(&p);
		pump(&p, 0);
		ATF_CHECK_EQ(asmp_acked(p.a), 1);
		check_good(&p);

		pair_again(&p);
		p.gw->group = 7;
		ATF_REQUIRE_EQ(asmp_start(p.a), 0);
		pump(&p, 0);
		check_failed(p.a, ASMP_E_PROTOCOL, "bad HANDSHAKE_ACK");

		pair_again(&p);
		ATF_REQUIRE_EQ(asmp_start(p.a), 0);
		pump(&p, 0);
		ATF_CHECK(p.gw->refused);
		asmp_eof(p.a);
		check_failed(p.a, ASMP_E_IDENTITY, "this shared key");
		pair_free(&p);
	}
}

/* A kind of identity has its profiles; a token its gateway. */
ATF_TC_WITHOUT_HEAD(identities_fit_profile_and_gateway);
ATF_TC_BODY(identities_fit_profile_and_gateway, tc)
{
	struct pair	 p;
	struct asmp	*a;

	pair_init_profile(&p, "slmp");
	ATF_CHECK_EQ(asmp_set_profile(p.a, "iomt"), -1);
	check_failed(p.a, ASMP_E_USAGE, "iomt takes no identity of kind "
	    "token");
	ATF_CHECK_EQ(asmp_set_profile(p.a, "ztp"), 0);
	ATF_CHECK_EQ(asmp_set_identity(p.a, DEVICE, "device.key", NULL), -1);
	check_failed(p.a, ASMP_E_USAGE, "ztp takes no identity of kind "
	    "signature");
	ATF_CHECK_EQ(asmp_start(p.a), -1);
	check_failed(p.a, ASMP_E_USAGE, "no identity");
	write_pin("gateway.pin", "GATEWAY_TEST_001", p.gwkey, NULL);
	ATF_REQUIRE_EQ(asmp_set_token(p.a, "secret"), 0);
	ATF_REQUIRE_EQ(asmp_set_gateway(p.a, "gateway.pin"), 0);
	ATF_CHECK_EQ(asmp_start(p.a), -1);
	check_failed(p.a, ASMP_E_USAGE, "the token is for gateway " GATEWAY);

	ATF_REQUIRE((a = asmp_new()) != NULL);
	ATF_REQUIRE_EQ(asmp_set_token(a, "secret"), 0);
	ATF_CHECK_STREQ(a->profile->name, "ztp");
	ATF_CHECK_STREQ(a->id, DEVICE);
	ATF_CHECK_EQ(asmp_set_psk(a, "1", "0123456789abcdef", 15), -1);
	check_failed(a, ASMP_E_USAGE, "this one 15");
	ATF_CHECK_EQ(asmp_set_psk(a, "-1", "0123456789abcdef", 16), -1);
	check_failed(a, ASMP_E_USAGE, "-1: not a device id");
	ATF_CHECK_EQ(asmp_set_psk(a, "1", "0123456789abcdef", 16), 0);
	ATF_CHECK_STREQ(a->profile->name, "smcp");
	ATF_CHECK_EQ(asmp_set_kem(a, DEVICE, "secret"), -1);
	check_failed(a, ASMP_E_USAGE, "secret: is a token, not an ML-KEM");
	ATF_CHECK_EQ(asmp_set_shared(a, "secret"), -1);
	check_failed(a, ASMP_E_USAGE, "secret: is a token, not a shared");
	asmp_free(a);
	pair_free(&p);
}

/* The gateway's DATA, with a byte of it changed. */
static void
change_byte(struct pair *p, size_t at)
{
	if (has_values(p))
		ATF_REQUIRE_EQ(asmp_value(p->a, 1), 0);
	else {
		ATF_REQUIRE_EQ(asmp_say(p->a, 1, "hello", 5), 0);
		ATF_REQUIRE_EQ(asmp_seal(p->a), 0);
	}
	to_gateway(p, 0);
	while (get_u16(p->gw->out + 2) != ASMP_DATA) {
		size_t	 n = ASMP_HDRLEN + get_u32(p->gw->out + 20);

		ATF_REQUIRE(p->gw->outlen > n);
		p->gw->outlen -= n;
		memmove(p->gw->out, p->gw->out + n, p->gw->outlen);
		p->a->session.iseq++;
	}
	p->gw->out[at] ^= 1;
	to_device(p, 0);
}

/* M-28, M-38, Z-24, I-60, I-66, S-15: whatever byte of DATA is changed. */
ATF_TC_WITHOUT_HEAD(changed_data_ends_the_session);
ATF_TC_BODY(changed_data_ends_the_session, tc)
{
	struct asmp_message	 m;
	struct pair		 p;
	size_t			 i, at;

	for (i = 0; i < NNAMES; i++) {
		pair_init_profile(&p, names[i]);
		for (at = ASMP_HDRLEN; at < ASMP_HDRLEN + 21; at++) {
			pair_again(&p);
			open_session(&p);
			change_byte(&p, at);
			check_failed(p.a, ASMP_E_PROTOCOL,
			    has_values(&p) ? "HMAC verification failed" :
			    "bad DATA: A record was changed");
			ATF_CHECK_EQ(asmp_reason(p.a), REASON_RECORD_MAC);
			ATF_CHECK_EQ(asmp_next_message(p.a, &m), 0);
			check_wiped(p.a);
		}
		/* The header's stream is under the MAC too. */
		pair_again(&p);
		open_session(&p);
		change_byte(&p, 7);
		check_failed(p.a, ASMP_E_PROTOCOL, "bad DATA");
		ATF_CHECK_EQ(asmp_reason(p.a), REASON_RECORD_MAC);
		pair_free(&p);
	}
}

/* M-29 to M-31: under a good MAC, but not what is due. */
ATF_TC_WITHOUT_HEAD(rounds_of_the_gateway_are_checked);
ATF_TC_BODY(rounds_of_the_gateway_are_checked, tc)
{
	static const uint8_t	 sum[1 + SMCP_VALUELEN];
	struct pair		 p;

	pair_init_profile(&p, "smcp");
	open_session(&p);
	gw_say(p.gw, ASMP_STREAM_AGGREGATE, sum, sizeof(sum));
	to_device(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "Round mismatch");
	ATF_CHECK_EQ(asmp_reason(p.a), REASON_ROUND);

	pair_again(&p);
	p.gw->silent = 1;
	open_session(&p);
	ATF_REQUIRE_EQ(asmp_value(p.a, 1), 0);
	to_gateway(&p, 0);
	p.gw->keys.g2d.round += 2;
	gw_say(p.gw, ASMP_STREAM_AGGREGATE, sum, sizeof(sum));
	to_device(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "Round mismatch");

	pair_again(&p);
	open_session(&p);
	p.gw->keys.g2d.client = 3;
	ATF_REQUIRE_EQ(asmp_value(p.a, 1), 0);
	pump(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "Invalid message format");
	ATF_CHECK_EQ(asmp_reason(p.a), REASON_CLIENT);

	pair_again(&p);
	open_session(&p);
	gw_close(p.gw, REASON_RECORD_MAC);
	to_device(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL,
	    "ended the session: HMAC verification failed: ");
	pair_free(&p);
}

/* S-2: a token's time is the gateway's, as far as ticks tell it. */
ATF_TC_WITHOUT_HEAD(fernet_keeps_the_gateways_time);
ATF_TC_BODY(fernet_keeps_the_gateways_time, tc)
{
	struct pair	 p;

	pair_init_profile(&p, "slmp");
	ATF_REQUIRE_EQ(asmp_tick(p.a, DAY), 0);
	open_session(&p);
	p.gw->time += 10 * DAY;
	ATF_REQUIRE_EQ(asmp_tick(p.a, 11ULL * DAY), 0);
	say(&p, ASMP_STREAM_CHAT, "a");
	check_text(&p, ASMP_STREAM_CHAT, "Message received: a");
	/* A clock that goes back is not believed. */
	ATF_REQUIRE_EQ(asmp_tick(p.a, 1), 0);
	say(&p, ASMP_STREAM_CHAT, "b");
	check_text(&p, ASMP_STREAM_CHAT, "Message received: b");
	p.gw->time += 60 * 1000;
	say(&p, ASMP_STREAM_CHAT, "c");
	check_text(&p, ASMP_STREAM_CHAT, "Message received: c");
	p.gw->time += 1000;
	gw_say(p.gw, ASMP_STREAM_CHAT, "late", 4);
	to_device(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, reason_text(REASON_STALE));

	pair_again(&p);
	open_session(&p);
	p.gw->time += 61 * 1000;
	ATF_REQUIRE_EQ(asmp_say(p.a, ASMP_STREAM_CHAT, "x", 1), 0);
	to_gateway(&p, 0);
	ATF_CHECK_STREQ(p.gw->why, "stale");
	pair_free(&p);
}

/* Z-26, Z-31: ztp takes a frame late, and none twice. */
ATF_TC_WITHOUT_HEAD(ztp_takes_frames_late);
ATF_TC_BODY(ztp_takes_frames_late, tc)
{
	struct pair	 p;
	uint8_t		 one[256];
	size_t		 len;

	pair_init_profile(&p, "ztp");
	open_session(&p);
	gw_say(p.gw, ASMP_STREAM_CHAT, "one", 3);
	len = p.gw->outlen;
	memcpy(one, p.gw->out, len);
	p.gw->outlen = 0;
	gw_say(p.gw, ASMP_STREAM_CHAT, "two", 3);
	to_device(&p, 0);
	check_text(&p, ASMP_STREAM_CHAT, "two");
	ATF_REQUIRE_EQ(asmp_input(p.a, one, len), 0);
	check_text(&p, ASMP_STREAM_CHAT, "one");
	ATF_CHECK_EQ(asmp_input(p.a, one, len), -1);
	check_failed(p.a, ASMP_E_PROTOCOL, "sent frame 1/1 where 1/3");

	/* Every other profile wants the next. */
	pair_free(&p);
	pair_init_profile(&p, "iomt");
	open_session(&p);
	gw_say(p.gw, ASMP_STREAM_CHAT, "one", 3);
	p.gw->outlen = 0;
	gw_say(p.gw, ASMP_STREAM_CHAT, "two", 3);
	to_device(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "sent frame 1/2 where 1/1");
	pair_free(&p);
}

/* Z-14, Z-32: a stream ends, the session goes on; none opens twice. */
ATF_TC_WITHOUT_HEAD(streams_close_by_themselves);
ATF_TC_BODY(streams_close_by_themselves, tc)
{
	struct asmp_message	 m;
	struct pair		 p;

	pair_init_profile(&p, "ztp");
	open_session(&p);
	say(&p, ASMP_STREAM_CHAT, "a");
	check_text(&p, ASMP_STREAM_CHAT, "a");
	ATF_REQUIRE_EQ(asmp_close_stream(p.a, ASMP_STREAM_CHAT), 0);
	ATF_CHECK_EQ(asmp_close_stream(p.a, ASMP_STREAM_CHAT), -1);
	ATF_CHECK_EQ(errno, EINVAL);
	pump(&p, 0);
	ATF_CHECK_EQ(p.gw->ended, ASMP_STREAM_CHAT);
	ATF_CHECK_EQ(asmp_say(p.a, ASMP_STREAM_CHAT, "b", 1), -1);
	ATF_CHECK_EQ(errno, EPIPE);
	/* What was on its way is dropped. */
	gw_say(p.gw, ASMP_STREAM_CHAT, "late", 4);
	to_device(&p, 0);
	ATF_CHECK_EQ(asmp_next_message(p.a, &m), 0);

	say(&p, ASMP_STREAM_CONTROL, "ping");
	check_text(&p, ASMP_STREAM_CONTROL, "pong");
	gw_stream_end(p.gw, ASMP_STREAM_CONTROL, REASON_IDLE);
	gw_stream_end(p.gw, ASMP_STREAM_CONTROL, REASON_IDLE);
	gw_stream_end(p.gw, 77, REASON_IDLE);
	to_device(&p, 0);
	ATF_REQUIRE_EQ(asmp_next_message(p.a, &m), 1);
	ATF_CHECK_EQ(m.kind, ASMP_STREAM_END);
	ATF_CHECK_EQ(m.stream, ASMP_STREAM_CONTROL);
	ATF_CHECK_EQ(m.reason, REASON_IDLE);
	ATF_CHECK_EQ(asmp_next_message(p.a, &m), 0);
	ATF_CHECK_EQ(asmp_say(p.a, ASMP_STREAM_CONTROL, "ping", 4), -1);
	ATF_CHECK_EQ(errno, EPIPE);
	ATF_CHECK_EQ(asmp_close_stream(p.a, ASMP_STREAM_CONTROL), -1);
	send_one(&p);
	pump(&p, 0);
	ATF_CHECK_EQ(asmp_acked(p.a), 1);
	gw_stream_end(p.gw, ASMP_STREAM_TELEMETRY, REASON_IDLE);
	to_device(&p, 0);
	ATF_CHECK_EQ(asmp_send(p.a, 0, "{}", 2, NULL), -1);
	ATF_CHECK_EQ(errno, EPIPE);
	ATF_CHECK_EQ(asmp_lastid(p.a), 1);
	check_good(&p);

	gw_frame(p.gw, ASMP_CLOSE, 1, p.gw->keys.g2d_control, "\1\1", 2);
	to_device(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "malformed CLOSE");
	pair_free(&p);
}

/* In a profile with seals a stream's DATA is sealed before its CLOSE. */
ATF_TC_WITHOUT_HEAD(seals_cover_all_streams);
ATF_TC_BODY(seals_cover_all_streams, tc)
{
	struct pair	 p;

	pair_init_profile(&p, "hybrid");
	open_session(&p);
	ATF_REQUIRE_EQ(asmp_say(p.a, ASMP_STREAM_CHAT, "a", 1), 0);
	ATF_REQUIRE_EQ(asmp_send(p.a, 0, "{}", 2, NULL), 0);
	ATF_REQUIRE_EQ(asmp_say(p.a, ASMP_STREAM_CHAT, "b", 1), 0);
	ATF_REQUIRE_EQ(asmp_close_stream(p.a, ASMP_STREAM_CHAT), 0);
	pump(&p, 0);
	ATF_REQUIRE_EQ(p.gw->nseals, 1);
	ATF_CHECK_EQ(p.gw->seal_count[0], 3);
	ATF_CHECK_EQ(p.gw->ntexts, 2);
	ATF_CHECK_EQ(p.gw->nreadings, 1);
	ATF_CHECK_EQ(p.gw->ended, ASMP_STREAM_CHAT);
	check_good(&p);
	pair_free(&p);
}

/* Sixteen at once and no more, on the device's side and the gateway's. */
ATF_TC_WITHOUT_HEAD(streams_are_limited);
ATF_TC_BODY(streams_are_limited, tc)
{
	struct pair	 p;
	uint32_t	 i;

	pair_init_profile(&p, "ztp");
	p.gw->silent = 1;
	open_session(&p);
	for (i = 0; i < ASMP_STREAMS; i++)
		ATF_CHECK_EQ(asmp_say(p.a, 100 + i, "x", 1), 0);
	ATF_CHECK_EQ(asmp_say(p.a, 200, "x", 1), -1);
	ATF_CHECK_EQ(errno, ENOSPC);
	ATF_REQUIRE_EQ(asmp_close_stream(p.a, 100), 0);
	ATF_CHECK_EQ(asmp_say(p.a, 200, "x", 1), 0);
	pump(&p, 0);
	check_good(&p);
	gw_say(p.gw, 201, "x", 1);
	to_device(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, reason_text(REASON_STREAMS));

	pair_again(&p);
	open_session(&p);
	gw_say(p.gw, ASMP_STREAM_CONN, "x", 1);
	to_device(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, reason_text(REASON_STREAM));
	/* Never more than a session's table holds, open or not. */
	pair_again(&p);
	p.gw->silent = 1;
	open_session(&p);
	for (i = 0; i < STREAMSMAX; i++) {
		ATF_REQUIRE_EQ(asmp_say(p.a, 100 + i, "x", 1), 0);
		ATF_REQUIRE_EQ(asmp_close_stream(p.a, 100 + i), 0);
	}
	ATF_CHECK_EQ(asmp_say(p.a, 99, "x", 1), -1);
	ATF_CHECK_EQ(errno, ENOSPC);
	pair_free(&p);
}

/* Who never asks for messages loses the oldest, and no memory. */
ATF_TC_WITHOUT_HEAD(messages_are_bounded);
ATF_TC_BODY(messages_are_bounded, tc)
{
	struct asmp_message	 m;
	struct pair		 p;
	char			 text[1024] = { 0 };
	int			 i, n = 0;

	pair_init_profile(&p, "iomt");
	open_session(&p);
	for (i = 0; i < 1000; i++) {
		memcpy(text, &i, sizeof(i));
		gw_say(p.gw, ASMP_STREAM_CHAT, text, sizeof(text));
		to_device(&p, 0);
	}
	ATF_CHECK(p.a->inboxlen <= INBOXMAX);
	while (asmp_next_message(p.a, &m)) {
		memcpy(&i, m.data, sizeof(i));
		n++;
	}
	ATF_CHECK_EQ(i, 999);
	ATF_CHECK(n > 200 && n < 256);
	ATF_CHECK_EQ(p.a->inboxlen, 0);
	/* A new session begins with none. */
	gw_say(p.gw, ASMP_STREAM_CHAT, "x", 1);
	to_device(&p, 0);
	ATF_REQUIRE_EQ(asmp_close(p.a), 0);
	pump(&p, 0);
	pair_again(&p);
	open_session(&p);
	ATF_CHECK_EQ(asmp_next_message(p.a, &m), 0);
	pair_free(&p);
}

/* New keys: sealed before, silent until the answer, then as before. */
ATF_TC_WITHOUT_HEAD(rekey_changes_all_keys);
ATF_TC_BODY(rekey_changes_all_keys, tc)
{
	struct asmp_keys	 before;
	struct pair		 p;
	int			 i;

	pair_init_profile(&p, "hybrid");
	open_session(&p);
	for (i = 1; i <= 3; i++) {
		ATF_REQUIRE_EQ(asmp_send(p.a, 0, "{}", 2, NULL), 0);
		memcpy(&before, &p.a->session.keys, sizeof(before));
		ATF_REQUIRE_EQ(asmp_rekey(p.a), 0);
		ATF_REQUIRE_EQ(asmp_rekey(p.a), 0);
		ATF_CHECK_EQ(asmp_sendable(p.a), 0);
		ATF_CHECK_EQ(asmp_send(p.a, 0, "{}", 2, NULL), -1);
		ATF_CHECK_EQ(errno, EAGAIN);
		ATF_CHECK_EQ(asmp_say(p.a, 1, "x", 1), -1);
		ATF_CHECK_EQ(errno, EAGAIN);
		ATF_CHECK_EQ(asmp_heartbeat(p.a), -1);
		ATF_CHECK_EQ(errno, EAGAIN);
		pump(&p, 0);
		ATF_CHECK_EQ(p.gw->nrekeys, (size_t)i);
		ATF_CHECK_EQ(p.a->session.oepoch, (uint32_t)i + 1);
		ATF_CHECK_EQ(p.a->session.oseq, 0);
		ATF_CHECK(memcmp(before.d2g_control,
		    p.a->session.keys.d2g_control, ASMP_KEYLEN) != 0);
		ATF_CHECK(memcmp(before.d2g.key, p.a->session.keys.d2g.key,
		    ASMP_KEYLEN) != 0);
		ATF_CHECK(memcmp(before.rekey, p.a->session.keys.rekey,
		    ASMP_KEYLEN) != 0);
		say(&p, ASMP_STREAM_CONTROL, "ping");
		check_text(&p, ASMP_STREAM_CONTROL, "pong");
	}
	send_one(&p);
	ATF_REQUIRE_EQ(asmp_close(p.a), 0);
	pump(&p, 0);
	ATF_CHECK_EQ(asmp_acked(p.a), 4);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_CLOSED);
	check_good(&p);
	pair_free(&p);
}

/* By itself after an hour, and after a million frames. */
ATF_TC_WITHOUT_HEAD(rekey_comes_by_itself);
ATF_TC_BODY(rekey_comes_by_itself, tc)
{
	struct pair	 p;

	pair_init_profile(&p, "hybrid");
	ATF_REQUIRE_EQ(asmp_tick(p.a, 5000), 0);
	open_session(&p);
	ATF_REQUIRE_EQ(asmp_tick(p.a, 5000 + HOUR - 1), 0);
	pump(&p, 0);
	ATF_CHECK_EQ(p.gw->nrekeys, 0);
	ATF_REQUIRE_EQ(asmp_tick(p.a, 5000 + HOUR), 0);
	pump(&p, 0);
	ATF_CHECK_EQ(p.gw->nrekeys, 1);
	ATF_REQUIRE_EQ(asmp_tick(p.a, 5000 + HOUR + 1), 0);
	pump(&p, 0);
	ATF_CHECK_EQ(p.gw->nrekeys, 1);

	p.a->session.oseq = p.gw->iseq = (1U << 20) - 2;
	ATF_REQUIRE_EQ(asmp_send(p.a, 0, "{}", 2, NULL), 0);
	ATF_CHECK(asmp_sendable(p.a) != 0);
	ATF_REQUIRE_EQ(asmp_send(p.a, 0, "{}", 2, NULL), 0);
	ATF_CHECK_EQ(asmp_sendable(p.a), 0);
	pump(&p, 0);
	ATF_CHECK_EQ(p.gw->nrekeys, 2);
	ATF_CHECK_EQ(asmp_acked(p.a), 2);
	check_good(&p);
	pair_free(&p);

	pair_init_profile(&p, "asmp");
	open_session(&p);
	ATF_REQUIRE_EQ(asmp_tick(p.a, DAY), 0);
	pump(&p, 0);
	ATF_CHECK_EQ(p.gw->nrekeys, 0);
	check_good(&p);
	pair_free(&p);
}

/* The end waits for the new keys, and is then under them. */
ATF_TC_WITHOUT_HEAD(close_waits_for_rekey);
ATF_TC_BODY(close_waits_for_rekey, tc)
{
	struct pair	 p;

	pair_init_profile(&p, "hybrid");
	open_session(&p);
	ATF_REQUIRE_EQ(asmp_send(p.a, 0, "{}", 2, NULL), 0);
	ATF_REQUIRE_EQ(asmp_rekey(p.a), 0);
	ATF_REQUIRE_EQ(asmp_close(p.a), 0);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_CLOSING);
	to_gateway(&p, 0);
	ATF_CHECK(!p.gw->closed);
	pump(&p, 0);
	ATF_CHECK(p.gw->closed);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_CLOSED);
	ATF_CHECK_EQ(asmp_acked(p.a), 1);
	check_good(&p);
	pair_free(&p);
}

/* The gateway begins none, and answers once with the size it has. */
ATF_TC_WITHOUT_HEAD(senseless_rekeys_end_it);
ATF_TC_BODY(senseless_rekeys_end_it, tc)
{
	struct pair	 p;
	uint8_t		 junk[ASMP_REKEY_GATEWAY] = { 0 };

	pair_init_profile(&p, "hybrid");
	open_session(&p);
	gw_frame(p.gw, ASMP_REKEY, 0, p.gw->keys.g2d_control, junk,
	    sizeof(junk));
	to_device(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "unexpected REKEY");

	pair_again(&p);
	open_session(&p);
	ATF_REQUIRE_EQ(asmp_rekey(p.a), 0);
	gw_frame(p.gw, ASMP_REKEY, 0, p.gw->keys.g2d_control, junk,
	    sizeof(junk) - 1);
	to_device(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "unexpected REKEY");
	check_wiped(p.a);

	/* An X25519 key of zeros is a point of low order. */
	pair_again(&p);
	open_session(&p);
	ATF_REQUIRE_EQ(asmp_rekey(p.a), 0);
	gw_frame(p.gw, ASMP_REKEY, 0, p.gw->keys.g2d_control, junk,
	    sizeof(junk));
	to_device(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "refused");
	check_wiped(p.a);
	pair_free(&p);
}

/* Z-27: a ticket spares the device its next signature, once. */
ATF_TC_WITHOUT_HEAD(tickets_open_one_session_each);
ATF_TC_BODY(tickets_open_one_session_each, tc)
{
	struct pair	 p;
	struct gw	*old;
	int		 i;

	pair_init_profile(&p, "hybrid");
	asmp_set_tickets(p.a, 1);
	p.gw->ticketed = 1;
	open_session(&p);
	ATF_CHECK_EQ(p.gw->proved, ASMP_KIND_SIGNATURE);
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE_EQ(asmp_close(p.a), 0);
		pump(&p, 0);
		old = p.gw;
		p.gw = NULL;
		pair_again(&p);
		p.gw->ticketed = p.gw->has_ticket = 1;
		memcpy(p.gw->ticket, old->ticket, sizeof(old->ticket));
		memcpy(p.gw->ticket_secret, old->ticket_secret,
		    sizeof(old->ticket_secret));
		gw_free(old);
		open_session(&p);
		ATF_CHECK_EQ(p.gw->proved, ASMP_KIND_TICKET);
		send_one(&p);
		pump(&p, 0);
		ATF_CHECK_EQ(asmp_acked(p.a), 1);
		check_good(&p);
	}
	/* One that is not taken is forgotten, and the key goes on. */
	pair_again(&p);
	ATF_REQUIRE_EQ(asmp_start(p.a), 0);
	pump(&p, 0);
	ATF_CHECK(p.gw->refused);
	asmp_eof(p.a);
	check_failed(p.a, ASMP_E_CONNECT, "connect again, with the key");
	check_wiped(p.a);
	pair_again(&p);
	p.gw->ticketed = 1;
	open_session(&p);
	ATF_CHECK_EQ(p.gw->proved, ASMP_KIND_SIGNATURE);
	/* A ticket is this identity's at this gateway. */
	ATF_REQUIRE_EQ(asmp_close(p.a), 0);
	pump(&p, 0);
	ATF_CHECK(p.a->ticket.there);
	asmp_start(p.a);
	ATF_REQUIRE_EQ(asmp_close(p.a), 0);
	ATF_CHECK(!p.a->ticket.there);
	p.a->ticket.there = 1;
	ATF_REQUIRE_EQ(asmp_set_gateway(p.a, "gateway.pin"), 0);
	ATF_CHECK(!p.a->ticket.there);
	p.a->ticket.there = 1;
	ATF_REQUIRE_EQ(asmp_set_identity(p.a, DEVICE, "device.key", NULL), 0);
	ATF_CHECK(!p.a->ticket.there);
	pair_free(&p);
}

/* Z-30: what compresses arrives whole, and what does not as well. */
ATF_TC_WITHOUT_HEAD(compressed_readings_arrive);
ATF_TC_BODY(compressed_readings_arrive, tc)
{
	struct pair	 p;
	char		 text[4096];
	size_t		 i, j, len;

	for (i = 0; i < NNAMES; i++) {
		if (strcmp(names[i], "smcp") == 0)
			continue;
		pair_init_profile(&p, names[i]);
		ATF_REQUIRE_EQ(asmp_set_compression(p.a, 1), 0);
		p.gw->compressed = 1;
		open_session(&p);
		len = asmp_reading_max(p.a);
		ATF_CHECK_EQ(len, asmp_text_max(p.a) - 16 - 5);
		ATF_CHECK_EQ(asmp_sendable(p.a), len);
		memset(text, '{', sizeof(text));
		ATF_REQUIRE_EQ(asmp_send(p.a, 1, text, len, NULL), 0);
		for (j = 0; j < len; j++)
			text[j] = (char)arc4random();
		ATF_REQUIRE_EQ(asmp_send(p.a, 1, text, len, NULL), 0);
		ATF_REQUIRE_EQ(asmp_send(p.a, 1, text, 1, NULL), 0);
		say(&p, ASMP_STREAM_CONTROL, "ping");
		check_text(&p, ASMP_STREAM_CONTROL, "pong");
		ATF_CHECK_EQ(asmp_acked(p.a), 3);
		ATF_REQUIRE_EQ(p.gw->nreadings, 3);
		ATF_CHECK_EQ(p.gw->reading[0].len, len);
		ATF_CHECK_EQ(p.gw->reading[0].json[GW_JSONMAX - 1], '{');
		ATF_CHECK_EQ(p.gw->reading[1].len, len);
		ATF_CHECK_EQ(memcmp(p.gw->reading[1].json, text,
		    GW_JSONMAX), 0);
		check_good(&p);
		pair_free(&p);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_profile_delivers_readings);
	ATF_TP_ADD_TC(tp, handshakes_cost_what_the_protocol_says);
	ATF_TP_ADD_TC(tp, texts_go_both_ways);
	ATF_TP_ADD_TC(tp, vitals_arrive_over_iomt);
	ATF_TP_ADD_TC(tp, values_come_back_as_results);
	ATF_TP_ADD_TC(tp, smcp_stands_with_its_challenge);
	ATF_TP_ADD_TC(tp, last_opcodes_end_the_session);
	ATF_TP_ADD_TC(tp, calls_fit_the_profile);
	ATF_TP_ADD_TC(tp, wrong_secrets_are_refused);
	ATF_TP_ADD_TC(tp, challenge_is_checked_before_the_answer);
	ATF_TP_ADD_TC(tp, shared_key_goes_into_all_keys);
	ATF_TP_ADD_TC(tp, identities_fit_profile_and_gateway);
	ATF_TP_ADD_TC(tp, changed_data_ends_the_session);
	ATF_TP_ADD_TC(tp, rounds_of_the_gateway_are_checked);
	ATF_TP_ADD_TC(tp, fernet_keeps_the_gateways_time);
	ATF_TP_ADD_TC(tp, ztp_takes_frames_late);
	ATF_TP_ADD_TC(tp, streams_close_by_themselves);
	ATF_TP_ADD_TC(tp, seals_cover_all_streams);
	ATF_TP_ADD_TC(tp, streams_are_limited);
	ATF_TP_ADD_TC(tp, messages_are_bounded);
	ATF_TP_ADD_TC(tp, rekey_changes_all_keys);
	ATF_TP_ADD_TC(tp, rekey_comes_by_itself);
	ATF_TP_ADD_TC(tp, close_waits_for_rekey);
	ATF_TP_ADD_TC(tp, senseless_rekeys_end_it);
	ATF_TP_ADD_TC(tp, tickets_open_one_session_each);
	ATF_TP_ADD_TC(tp, compressed_readings_arrive);
	return atf_no_error();
}

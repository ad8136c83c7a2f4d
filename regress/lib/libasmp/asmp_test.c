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
 * The device's state machine against a gateway in the same process, which
 * does what a good one does or, told so, what an attacker would.
 */

#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmp_local.h"
#include "pair.h"

#define READING		"{\"systolic\": 121}"
#define BIG		60000		/* of one long reading */

/* asmp(7)'s table: 198 bytes from the device, 339 from the gateway. */
ATF_TC_WITHOUT_HEAD(handshake_costs_what_the_protocol_says);
ATF_TC_BODY(handshake_costs_what_the_protocol_says, tc)
{
	static const struct asmp_hskeys	 none;
	struct pair			 p;
	size_t				 hello, init, reply, ack;

	pair_init(&p);
	ATF_REQUIRE_EQ(asmp_start(p.a), 0);
	ATF_REQUIRE(asmp_output(p.a, &hello) != NULL);
	to_gateway(&p, 0);
	reply = p.gw->outlen;
	to_device(&p, 0);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_CONNECTING);
	ATF_REQUIRE(asmp_output(p.a, &init) != NULL);
	to_gateway(&p, 0);
	ack = p.gw->outlen;
	to_device(&p, 0);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_OPEN);
	ATF_CHECK_EQ(memcmp(&p.a->session.hs, &none, sizeof(none)), 0);
	ATF_CHECK_EQ(hello + init, 198);
	ATF_CHECK_EQ(reply + ack, 339);
	pair_free(&p);
}

/* TCP cuts where it likes; every cut must give the same session. */
ATF_TC_WITHOUT_HEAD(bytes_may_be_cut_anywhere);
ATF_TC_BODY(bytes_may_be_cut_anywhere, tc)
{
	static const size_t	 chunks[] = { 0, 1, 2, 23, 24, 25, 100 };
	struct pair		 p;
	size_t			 i;

	pair_init(&p);
	for (i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		pair_again(&p);
		ATF_REQUIRE_EQ(asmp_start(p.a), 0);
		pump(&p, chunks[i]);
		ATF_REQUIRE_EQ(asmp_state(p.a), ASMP_OPEN);
		send_readings(&p, 70);
		ATF_REQUIRE_EQ(asmp_seal(p.a), 0);
		pump(&p, chunks[i]);
		ATF_CHECK_EQ(p.gw->nreadings, 70);
		ATF_CHECK_EQ(asmp_acked(p.a), 70);
		ATF_REQUIRE_EQ(asmp_close(p.a), 0);
		pump(&p, chunks[i]);
		ATF_CHECK_EQ(asmp_state(p.a), ASMP_CLOSED);
		ATF_CHECK_MSG(p.gw->why == NULL, "%s", p.gw->why);
	}
	pair_free(&p);
}

/* What arrives is what was sent, under the ids that the device was told. */
ATF_TC_WITHOUT_HEAD(readings_arrive_with_id_and_time);
ATF_TC_BODY(readings_arrive_with_id_and_time, tc)
{
	struct pair	 p;
	uint64_t	 id;

	pair_init(&p);
	p.gw->lastid = 41;
	open_session(&p);
	ATF_CHECK_EQ(asmp_lastid(p.a), 41);
	ATF_CHECK_EQ(asmp_acked(p.a), 41);
	ATF_REQUIRE_EQ(asmp_send(p.a, 1700000000123ULL, READING,
	    strlen(READING), &id), 0);
	ATF_CHECK_EQ(id, 42);
	ATF_REQUIRE_EQ(asmp_send(p.a, 0, "{}", 2, &id), 0);
	ATF_CHECK_EQ(id, 43);
	pump(&p, 0);
	ATF_CHECK_EQ(p.gw->nreadings, 0);
	ATF_CHECK_EQ(asmp_acked(p.a), 41);
	ATF_REQUIRE_EQ(asmp_seal(p.a), 0);
	pump(&p, 0);
	ATF_REQUIRE_EQ(p.gw->nreadings, 2);
	ATF_CHECK_EQ(p.gw->reading[0].id, 42);
	ATF_CHECK_EQ(p.gw->reading[0].time, 1700000000123ULL);
	ATF_CHECK_EQ(p.gw->reading[0].len, strlen(READING));
	ATF_CHECK_EQ(memcmp(p.gw->reading[0].json, READING,
	    strlen(READING)), 0);
	ATF_CHECK_EQ(p.gw->reading[1].time, 0);
	ATF_CHECK_EQ(asmp_acked(p.a), 43);
	ATF_CHECK_EQ(asmp_lastid(p.a), 43);
	pair_free(&p);
}

/* A seal is never empty and never covers more than was agreed. */
ATF_TC_WITHOUT_HEAD(seals_come_at_their_boundaries);
ATF_TC_BODY(seals_come_at_their_boundaries, tc)
{
	struct pair	 p;

	pair_init(&p);
	open_session(&p);
	ATF_REQUIRE_EQ(asmp_seal(p.a), 0);
	pump(&p, 0);
	ATF_CHECK_EQ(p.gw->nseals, 0);

	send_readings(&p, 1);
	pump(&p, 0);
	ATF_CHECK_EQ(p.gw->nseals, 0);
	ATF_REQUIRE_EQ(asmp_seal(p.a), 0);
	pump(&p, 0);
	ATF_REQUIRE_EQ(p.gw->nseals, 1);
	ATF_CHECK_EQ(p.gw->seal_count[0], 1);

	send_readings(&p, 63);
	pump(&p, 0);
	ATF_CHECK_EQ(p.gw->nseals, 1);
	send_readings(&p, 1);
	pump(&p, 0);
	ATF_REQUIRE_EQ(p.gw->nseals, 2);
	ATF_CHECK_EQ(p.gw->seal_count[1], 64);
	ATF_REQUIRE_EQ(asmp_seal(p.a), 0);
	pump(&p, 0);
	ATF_CHECK_EQ(p.gw->nseals, 2);

	send_readings(&p, 65);
	ATF_REQUIRE_EQ(asmp_seal(p.a), 0);
	pump(&p, 0);
	ATF_REQUIRE_EQ(p.gw->nseals, 4);
	ATF_CHECK_EQ(p.gw->seal_count[2], 64);
	ATF_CHECK_EQ(p.gw->seal_count[3], 1);
	ATF_CHECK_EQ(asmp_acked(p.a), 130);
	ATF_CHECK_MSG(p.gw->why == NULL, "%s", p.gw->why);
	pair_free(&p);
}

/* The gateway may wish for shorter runs, never for longer ones. */
ATF_TC_WITHOUT_HEAD(seal_limit_of_the_gateway_is_kept);
ATF_TC_BODY(seal_limit_of_the_gateway_is_kept, tc)
{
	struct pair	 p;

	pair_init(&p);
	p.gw->seal_limit = 3;
	open_session(&p);
	send_readings(&p, 7);
	pump(&p, 0);
	ATF_CHECK_EQ(p.gw->nseals, 2);
	ATF_CHECK_EQ(p.gw->seal_count[0], 3);
	ATF_CHECK_EQ(asmp_acked(p.a), 6);

	pair_again(&p);
	p.gw->seal_limit = 1000;
	open_session(&p);
	send_readings(&p, 64);
	pump(&p, 0);
	ATF_CHECK_EQ(p.gw->nseals, 1);
	ATF_CHECK_EQ(p.gw->seal_count[0], 64);
	pair_free(&p);
}

/* Four readings of 60 KB fit below 256 KiB, a fifth does not. */
ATF_TC_WITHOUT_HEAD(seal_comes_before_too_many_bytes);
ATF_TC_BODY(seal_comes_before_too_many_bytes, tc)
{
	struct pair	 p;
	char		*big;
	int		 i;

	pair_init(&p);
	p.gw->max_in = ASMP_PAYLOAD_MAX;
	open_session(&p);
	ATF_REQUIRE((big = malloc(BIG)) != NULL);
	memset(big, ' ', BIG);
	for (i = 0; i < 4; i++) {
		ATF_REQUIRE_EQ(asmp_send(p.a, 0, big, BIG, NULL), 0);
		pump(&p, 0);
	}
	ATF_CHECK_EQ(p.gw->nseals, 0);
	ATF_REQUIRE_EQ(asmp_send(p.a, 0, big, BIG, NULL), 0);
	pump(&p, 0);
	ATF_REQUIRE_EQ(p.gw->nseals, 1);
	ATF_CHECK_EQ(p.gw->seal_count[0], 4);
	ATF_CHECK_EQ(p.gw->runframes, 1);
	ATF_CHECK_MSG(p.gw->why == NULL, "%s", p.gw->why);
	free(big);
	pair_free(&p);
}

/* Each kind of device key must sign what the gateway can verify. */
ATF_TC_WITHOUT_HEAD(every_key_algorithm_signs);
ATF_TC_BODY(every_key_algorithm_signs, tc)
{
	struct pair	 p;
	int		 alg;

	for (alg = IDENT_ED25519; alg <= IDENT_P384; alg++) {
		pair_init_alg(&p, alg);
		open_session(&p);
		send_readings(&p, 2);
		ATF_REQUIRE_EQ(asmp_close(p.a), 0);
		pump(&p, 0);
		ATF_CHECK_EQ(asmp_state(p.a), ASMP_CLOSED);
		ATF_CHECK_EQ(asmp_acked(p.a), 2);
		ATF_CHECK_MSG(p.gw->why == NULL, "%s", p.gw->why);
		pair_free(&p);
	}
}

/* Run into a gateway that is not the pinned one: no identity may leave. */
static void
check_stranger(struct pair *p, const char *text)
{
	size_t	 len;

	ATF_REQUIRE_EQ(asmp_start(p->a), 0);
	pump(p, 0);
	check_failed(p->a, ASMP_E_GATEWAY, text);
	ATF_CHECK(asmp_output(p->a, &len) == NULL);
	ATF_CHECK_EQ(p->gw->iseq, 1);
	check_wiped(p->a);
}

ATF_TC_WITHOUT_HEAD(stranger_learns_nothing);
ATF_TC_BODY(stranger_learns_nothing, tc)
{
	struct pair	 p;

	pair_init(&p);
	strlcpy(p.gw->id, "GATEWAY_CLINIC_B", sizeof(p.gw->id));
	check_stranger(&p, "calls itself GATEWAY_CLINIC_B");

	pair_again(&p);
	p.gw->ident = p.other;
	check_stranger(&p, "another key than the one pinned");

	pair_again(&p);
	p.gw->ident = p.other;
	p.gw->claim = ident_public(p.gwkey);
	check_stranger(&p, "cannot sign with it");

	pair_again(&p);
	open_session(&p);
	pair_free(&p);
}

/* While the gateway's key changes, either of two is good, and no third. */
ATF_TC_WITHOUT_HEAD(rotating_gateway_has_two_pins);
ATF_TC_BODY(rotating_gateway_has_two_pins, tc)
{
	struct pair	 p;
	struct ident	*third = key(IDENT_ED25519, 0xb0);

	pair_init(&p);
	write_pin("gateway.pin", GATEWAY, p.other, p.gwkey);
	ATF_REQUIRE_EQ(asmp_set_gateway(p.a, "gateway.pin"), 0);
	open_session(&p);
	ATF_REQUIRE_EQ(asmp_close(p.a), 0);
	pump(&p, 0);
	pair_again(&p);
	p.gw->ident = p.other;
	open_session(&p);
	ATF_REQUIRE_EQ(asmp_close(p.a), 0);
	pump(&p, 0);
	pair_again(&p);
	p.gw->ident = third;
	check_stranger(&p, "another key than the one pinned");
	ident_free(third);
	pair_free(&p);
}

/* The one sign of a refused identity is the end without a byte. */
ATF_TC_WITHOUT_HEAD(end_of_stream_is_read_by_its_place);
ATF_TC_BODY(end_of_stream_is_read_by_its_place, tc)
{
	struct pair	 p;

	pair_init(&p);
	ATF_REQUIRE_EQ(asmp_start(p.a), 0);
	asmp_eof(p.a);
	check_failed(p.a, ASMP_E_CONNECT, "before it answered");

	p.gw->device = *ident_public(p.other);
	ATF_REQUIRE_EQ(asmp_start(p.a), 0);
	pump(&p, 0);
	ATF_CHECK(p.gw->refused);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_CONNECTING);
	asmp_eof(p.a);
	check_failed(p.a, ASMP_E_IDENTITY, "refused the identity " DEVICE);
	check_wiped(p.a);

	pair_again(&p);
	until_handshake_ack(&p);
	ATF_REQUIRE_EQ(asmp_input(p.a, p.gw->out, 1), 0);
	asmp_eof(p.a);
	check_failed(p.a, ASMP_E_CONNECT, "lost");

	pair_again(&p);
	open_session(&p);
	asmp_eof(p.a);
	check_failed(p.a, ASMP_E_CONNECT, "lost");
	check_wiped(p.a);

	pair_again(&p);
	open_session(&p);
	ATF_REQUIRE_EQ(asmp_close(p.a), 0);
	asmp_eof(p.a);
	check_failed(p.a, ASMP_E_CONNECT, "lost");
	pair_free(&p);
}

/* An answer meant for another device, or for this one's last session. */
ATF_TC_WITHOUT_HEAD(handshake_ack_must_echo_the_nonce);
ATF_TC_BODY(handshake_ack_must_echo_the_nonce, tc)
{
	struct pair	 p;

	pair_init(&p);
	p.gw->nonce_change = 1;
	ATF_REQUIRE_EQ(asmp_start(p.a), 0);
	pump(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "somebody else's");
	pair_again(&p);
	p.gw->seal_limit = 0;
	ATF_REQUIRE_EQ(asmp_start(p.a), 0);
	pump(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "limits");
	pair_again(&p);
	p.gw->ticketed = 1;
	ATF_REQUIRE_EQ(asmp_start(p.a), 0);
	pump(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "nobody asked for");
	pair_free(&p);
}

/*
 * After a changed byte the device may fail or, where the length grew, wait;
 * it never goes on.
 */
static void
check_stuck(struct pair *p, enum asmp_state state, size_t at)
{
	size_t	 len;

	if (asmp_state(p->a) == ASMP_FAILED)
		ATF_CHECK_EQ_MSG(asmp_failure(p->a), ASMP_E_PROTOCOL,
		    "byte %zu: %s", at, asmp_error(p->a));
	else
		ATF_CHECK_EQ_MSG(asmp_state(p->a), state, "byte %zu", at);
	ATF_CHECK_MSG(asmp_output(p->a, &len) == NULL, "byte %zu", at);
}

ATF_TC_WITHOUT_HEAD(changed_bytes_stop_the_handshake);
ATF_TC_BODY(changed_bytes_stop_the_handshake, tc)
{
	struct pair	 p;
	size_t		 i, len;

	pair_init(&p);
	until_hello_reply(&p);
	len = p.gw->outlen;
	for (i = 0; i < len; i++) {
		pair_again(&p);
		until_hello_reply(&p);
		p.gw->out[i] ^= 1 << i % 8;
		to_device(&p, 0);
		check_stuck(&p, ASMP_CONNECTING, i);
	}
	pair_again(&p);
	until_handshake_ack(&p);
	len = p.gw->outlen;
	for (i = 0; i < len; i++) {
		pair_again(&p);
		until_handshake_ack(&p);
		p.gw->out[i] ^= 1 << i % 8;
		to_device(&p, 0);
		check_stuck(&p, ASMP_CONNECTING, i);
	}
	pair_free(&p);
}

ATF_TC_WITHOUT_HEAD(changed_bytes_stop_the_session);
ATF_TC_BODY(changed_bytes_stop_the_session, tc)
{
	struct pair	 p;
	size_t		 i, len = ASMP_HDRLEN + 8 + ASMP_TAGLEN;

	pair_init(&p);
	for (i = 0; i <= len; i++) {
		pair_again(&p);
		open_session(&p);
		send_readings(&p, 1);
		asmp_seal(p.a);
		to_gateway(&p, 0);
		ATF_REQUIRE_EQ(p.gw->outlen, len);
		if (i < len)
			p.gw->out[i] ^= 1 << i % 8;
		to_device(&p, 0);
		ATF_CHECK_EQ(asmp_acked(p.a), i == len);
		if (i < len)
			check_stuck(&p, ASMP_OPEN, i);
	}
	pair_free(&p);
}

/* Counted frames: none twice, none left out, none of another epoch. */
ATF_TC_WITHOUT_HEAD(frames_come_in_sequence);
ATF_TC_BODY(frames_come_in_sequence, tc)
{
	struct pair	 p;
	uint8_t		 again[256];
	size_t		 len;

	pair_init(&p);
	open_session(&p);
	gw_frame(p.gw, ASMP_HEARTBEAT, 0, p.gw->keys.g2d_control, NULL, 0);
	len = p.gw->outlen;
	memcpy(again, p.gw->out, len);
	to_device(&p, 0);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_OPEN);
	ATF_CHECK_EQ(asmp_input(p.a, again, len), -1);
	check_failed(p.a, ASMP_E_PROTOCOL, "frame 1/1 where 1/2 was due");
	check_wiped(p.a);

	pair_again(&p);
	open_session(&p);
	p.gw->oseq++;
	gw_frame(p.gw, ASMP_HEARTBEAT, 0, p.gw->keys.g2d_control, NULL, 0);
	to_device(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "frame 1/2 where 1/1 was due");

	pair_again(&p);
	open_session(&p);
	p.gw->oepoch = 2;
	gw_frame(p.gw, ASMP_HEARTBEAT, 0, p.gw->keys.g2d_control, NULL, 0);
	to_device(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "frame 2/1 where 1/1 was due");
	pair_free(&p);
}

/* Send the device its own output back. */
static void
reflect(struct pair *p)
{
	const uint8_t	*out;
	uint8_t		 copy[4096];
	size_t		 len;

	ATF_REQUIRE((out = asmp_output(p->a, &len)) != NULL);
	ATF_REQUIRE(len <= sizeof(copy));
	memcpy(copy, out, len);
	asmp_output_done(p->a, len);
	ATF_CHECK_EQ(asmp_input(p->a, copy, len), -1);
	ATF_CHECK_EQ(asmp_failure(p->a), ASMP_E_PROTOCOL);
	check_wiped(p->a);
}

/* A frame sent back must not pass for one of the gateway's. */
ATF_TC_WITHOUT_HEAD(own_frames_are_refused);
ATF_TC_BODY(own_frames_are_refused, tc)
{
	struct pair	 p;

	pair_init(&p);
	ATF_REQUIRE_EQ(asmp_start(p.a), 0);
	reflect(&p);
	until_hello_reply(&p);
	to_device(&p, 0);
	reflect(&p);
	pair_again(&p);
	open_session(&p);
	p.a->session.iseq = 0;
	ATF_REQUIRE_EQ(asmp_heartbeat(p.a), 0);
	reflect(&p);
	check_failed(p.a, ASMP_E_PROTOCOL, "bad HEARTBEAT");
	pair_free(&p);
}

/* Any type that is not due, under the right keys and sequence. */
ATF_TC_WITHOUT_HEAD(unexpected_frames_end_it);
ATF_TC_BODY(unexpected_frames_end_it, tc)
{
	struct pair	 p;
	uint16_t	 type;
	uint8_t		 body[16] = { 0 };

	pair_init(&p);
	for (type = 0; type <= ASMP_REKEY + 1; type++) {
		if (type == ASMP_ACK || type == ASMP_CLOSE)
			continue;
		pair_again(&p);
		open_session(&p);
		gw_frame(p.gw, type, 0, p.gw->keys.g2d_control, body,
		    type == ASMP_HEARTBEAT ? 1 : sizeof(body));
		to_device(&p, 0);
		check_failed(p.a, ASMP_E_PROTOCOL,
		    type == ASMP_DATA ? "bad DATA" : "unexpected");

		pair_again(&p);
		ATF_REQUIRE_EQ(asmp_start(p.a), 0);
		gw_frame(p.gw, type, 0, NULL, body, sizeof(body));
		to_device(&p, 0);
		check_failed(p.a, ASMP_E_PROTOCOL, "answered HELLO");
	}
	/* The right plaintext under another type is another message. */
	pair_again(&p);
	p.gw->auth_type = ASMP_CHALLENGE;
	ATF_REQUIRE_EQ(asmp_start(p.a), 0);
	pump(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "bad CHALLENGE");
	pair_again(&p);
	p.gw->ack_type = ASMP_ACK;
	ATF_REQUIRE_EQ(asmp_start(p.a), 0);
	pump(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "bad ACK");
	pair_again(&p);
	open_session(&p);
	gw_frame(p.gw, ASMP_HEARTBEAT, ASMP_STREAM_TELEMETRY,
	    p.gw->keys.g2d_control, NULL, 0);
	to_device(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "bad HEARTBEAT");
	pair_free(&p);
}

/* A length is refused from the header alone: nobody waits for the rest. */
ATF_TC_WITHOUT_HEAD(long_frames_are_refused_by_their_header);
ATF_TC_BODY(long_frames_are_refused_by_their_header, tc)
{
	struct pair		 p;
	struct asmp_header	 h = { ASMP_VERSION, ASMP_ACK, 0, 1, 1, 4096 };
	uint8_t			 hdr[ASMP_HDRLEN];

	pair_init(&p);
	open_session(&p);
	frame_put(hdr, &h);
	ATF_CHECK_EQ(asmp_input(p.a, hdr, sizeof(hdr)), 0);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_OPEN);
	pair_again(&p);
	open_session(&p);
	h.length = 4097;
	frame_put(hdr, &h);
	ATF_CHECK_EQ(asmp_input(p.a, hdr, sizeof(hdr)), -1);
	check_failed(p.a, ASMP_E_PROTOCOL, "no frame");
	pair_again(&p);
	open_session(&p);
	h.length = 8;
	h.version = 2;
	frame_put(hdr, &h);
	ATF_CHECK_EQ(asmp_input(p.a, hdr, sizeof(hdr)), -1);
	check_failed(p.a, ASMP_E_PROTOCOL, "no frame");
	pair_free(&p);
}

/* A refused reading is named; the session may go on. */
ATF_TC_WITHOUT_HEAD(refused_readings_are_named);
ATF_TC_BODY(refused_readings_are_named, tc)
{
	struct asmp_refusal	 r;
	struct pair		 p;
	int			 i;

	pair_init(&p);
	p.gw->lastid = 10;
	open_session(&p);
	ATF_CHECK_EQ(asmp_next_refusal(p.a, &r), 0);
	p.gw->refuse_id = 12;
	p.gw->refuse_reason = REASON_ANOMALY;
	send_readings(&p, 3);
	asmp_seal(p.a);
	pump(&p, 0);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_OPEN);
	ATF_CHECK_EQ(asmp_acked(p.a), 13);
	ATF_REQUIRE_EQ(asmp_next_refusal(p.a, &r), 1);
	ATF_CHECK_EQ(r.id, 12);
	ATF_CHECK_EQ(r.reason, REASON_ANOMALY);
	ATF_CHECK_EQ(asmp_next_refusal(p.a, &r), 0);
	/* Many, fetched late. */
	for (i = 0; i < 50; i++) {
		p.gw->refuse_id = p.gw->lastid + 1;
		send_readings(&p, 1);
		asmp_seal(p.a);
		pump(&p, 0);
	}
	for (i = 0; i < 50; i++) {
		ATF_REQUIRE_EQ(asmp_next_refusal(p.a, &r), 1);
		ATF_CHECK_EQ(r.id, 14 + (uint64_t)i);
	}
	ATF_CHECK_EQ(asmp_next_refusal(p.a, &r), 0);
	pair_free(&p);
}

/* A blocked reading that ends the session: told first, then the end. */
ATF_TC_WITHOUT_HEAD(refusal_can_end_the_session);
ATF_TC_BODY(refusal_can_end_the_session, tc)
{
	struct asmp_refusal	 r;
	struct pair		 p;

	pair_init(&p);
	open_session(&p);
	p.gw->refuse_id = 2;
	p.gw->refuse_reason = REASON_ANOMALY;
	p.gw->refuse_ends = 1;
	send_readings(&p, 3);
	asmp_seal(p.a);
	pump(&p, 0);
	check_failed(p.a, ASMP_E_REFUSED, reason_text(REASON_ANOMALY));
	ATF_CHECK_EQ(asmp_reason(p.a), REASON_ANOMALY);
	ATF_CHECK_EQ(asmp_acked(p.a), 2);
	ATF_REQUIRE_EQ(asmp_next_refusal(p.a, &r), 1);
	ATF_CHECK_EQ(r.id, 2);
	check_wiped(p.a);
	/* Also when the device has already asked for the end. */
	pair_again(&p);
	open_session(&p);
	p.gw->refuse_id = 1;
	p.gw->refuse_reason = REASON_JSON;
	p.gw->refuse_ends = 1;
	send_readings(&p, 1);
	ATF_REQUIRE_EQ(asmp_close(p.a), 0);
	pump(&p, 0);
	check_failed(p.a, ASMP_E_REFUSED, reason_text(REASON_JSON));
	pair_free(&p);
}

/* ACK says nothing about what was not sent, and takes nothing back. */
ATF_TC_WITHOUT_HEAD(senseless_acks_are_refused);
ATF_TC_BODY(senseless_acks_are_refused, tc)
{
	static const struct {
		uint64_t	 decided, refused;
		int		 good;
	} acks[] = {
		{ 13, 0, 1 }, { 12, 12, 1 }, { 13, 11, 1 }, { 14, 0, 0 },
		{ 9, 0, 0 }, { 12, 13, 0 }, { 13, 14, 0 }, { 13, 10, 0 },
		{ UINT64_MAX, 0, 0 }
	};
	struct pair	 p;
	uint8_t		 plain[26] = { 0 };
	size_t		 i;

	pair_init(&p);
	for (i = 0; i < sizeof(acks) / sizeof(acks[0]); i++) {
		pair_again(&p);
		p.gw->lastid = 10;
		p.gw->mute = 1;
		open_session(&p);
		send_readings(&p, 3);
		gw_ack(p.gw, acks[i].decided, acks[i].refused, REASON_JSON);
		to_device(&p, 0);
		if (acks[i].good)
			ATF_CHECK_EQ(asmp_acked(p.a), acks[i].decided);
		else
			check_failed(p.a, ASMP_E_PROTOCOL, "was not sent");
	}
	/* Not the size of any ACK. */
	for (i = 7; i < 10; i++) {
		pair_again(&p);
		open_session(&p);
		gw_frame(p.gw, ASMP_ACK, 0, p.gw->keys.g2d_control, plain, i);
		to_device(&p, 0);
		ATF_CHECK_EQ(asmp_state(p.a), i == 8 ? ASMP_OPEN : ASMP_FAILED);
	}
	/* An id without its reason; then the same id refused twice. */
	plain[7] = 3;
	plain[15] = plain[24] = 2;
	pair_again(&p);
	open_session(&p);
	send_readings(&p, 3);
	gw_frame(p.gw, ASMP_ACK, 0, p.gw->keys.g2d_control, plain, 16);
	to_device(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "was not sent");
	pair_again(&p);
	open_session(&p);
	send_readings(&p, 3);
	gw_frame(p.gw, ASMP_ACK, 0, p.gw->keys.g2d_control, plain, 26);
	to_device(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "was not sent");
	pair_free(&p);
}

/* CLOSE seals what is open; the gateway's answer ends it in good order. */
ATF_TC_WITHOUT_HEAD(close_seals_first);
ATF_TC_BODY(close_seals_first, tc)
{
	struct pair	 p;

	pair_init(&p);
	open_session(&p);
	send_readings(&p, 5);
	ATF_REQUIRE_EQ(asmp_close(p.a), 0);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_CLOSING);
	ATF_REQUIRE_EQ(asmp_close(p.a), 0);
	ATF_CHECK_EQ(asmp_send(p.a, 0, "{}", 2, NULL), -1);
	ATF_CHECK_EQ(errno, ENOTCONN);
	pump(&p, 0);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_CLOSED);
	ATF_CHECK_EQ(asmp_reason(p.a), REASON_DONE);
	ATF_CHECK_EQ(asmp_acked(p.a), 5);
	ATF_CHECK_MSG(p.gw->why == NULL, "%s", p.gw->why);
	check_wiped(p.a);
	ATF_CHECK_EQ(asmp_input(p.a, "late", 4), 0);
	asmp_eof(p.a);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_CLOSED);

	pair_again(&p);
	ATF_REQUIRE_EQ(asmp_start(p.a), 0);
	ATF_REQUIRE_EQ(asmp_close(p.a), 0);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_CLOSED);
	check_wiped(p.a);
	pair_free(&p);
}

/* What the gateway's reason means for the one who did not ask. */
ATF_TC_WITHOUT_HEAD(reasons_are_sorted_by_whose_fault_it_is);
ATF_TC_BODY(reasons_are_sorted_by_whose_fault_it_is, tc)
{
	static const struct {
		uint8_t			 reason;
		enum asmp_failure	 failure;
	} table[] = {
		{ REASON_DONE, ASMP_E_CONNECT },
		{ REASON_SHUTDOWN, ASMP_E_CONNECT },
		{ REASON_LIFETIME, ASMP_E_CONNECT },
		{ REASON_REPLACED, ASMP_E_CONNECT },
		{ REASON_REVOKED, ASMP_E_IDENTITY },
		{ REASON_READING, ASMP_E_REFUSED },
		{ REASON_JSON, ASMP_E_REFUSED },
		{ REASON_ID_JUMP, ASMP_E_REFUSED },
		{ REASON_ANOMALY, ASMP_E_REFUSED },
		{ REASON_BAD_SEAL, ASMP_E_PROTOCOL },
		{ REASON_REPLAY, ASMP_E_PROTOCOL },
		{ 255, ASMP_E_PROTOCOL }
	};
	struct pair	 p;
	size_t		 i;

	pair_init(&p);
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		pair_again(&p);
		open_session(&p);
		gw_close(p.gw, table[i].reason);
		to_device(&p, 0);
		check_failed(p.a, table[i].failure,
		    reason_text(table[i].reason));
		ATF_CHECK_EQ(asmp_reason(p.a), table[i].reason);
		check_wiped(p.a);
	}
	pair_again(&p);
	open_session(&p);
	gw_frame(p.gw, ASMP_CLOSE, 0, p.gw->keys.g2d_control, "\1\1", 2);
	to_device(&p, 0);
	check_failed(p.a, ASMP_E_PROTOCOL, "malformed CLOSE");
	pair_free(&p);
}

/* Memory is bounded: the caller is told to wait, and loses nothing. */
ATF_TC_WITHOUT_HEAD(output_is_bounded);
ATF_TC_BODY(output_is_bounded, tc)
{
	struct pair	 p;
	char		 json[2000];
	size_t		 len;
	int		 n = 0;

	pair_init(&p);
	ATF_CHECK_EQ(asmp_sendable(p.a), 0);
	open_session(&p);
	ATF_CHECK_EQ(asmp_sendable(p.a), 4096 - 32);
	memset(json, ' ', sizeof(json));
	while (asmp_send(p.a, 0, json, sizeof(json), NULL) == 0)
		n++;
	ATF_CHECK_EQ(errno, EAGAIN);
	ATF_CHECK(asmp_sendable(p.a) < sizeof(json));
	while (asmp_send(p.a, 0, json, 1, NULL) == 0)
		n++;
	ATF_CHECK_EQ(asmp_sendable(p.a), 0);
	ATF_CHECK_EQ(asmp_heartbeat(p.a), -1);
	ATF_CHECK_EQ(errno, EAGAIN);
	ATF_CHECK_EQ(asmp_close(p.a), 0);
	ATF_CHECK(asmp_output(p.a, &len) != NULL);
	ATF_CHECK_MSG(len <= OUTMAX, "%zu", len);
	ATF_CHECK(n > 100);
	pump(&p, 0);
	ATF_CHECK_EQ(p.gw->nreadings, (size_t)n);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_CLOSED);
	ATF_CHECK_MSG(p.gw->why == NULL, "%s", p.gw->why);
	pair_free(&p);
}

ATF_TC_WITHOUT_HEAD(readings_of_no_size_are_refused);
ATF_TC_BODY(readings_of_no_size_are_refused, tc)
{
	struct pair	 p;
	char		 json[600];

	pair_init(&p);
	p.gw->max_in = 512;
	memset(json, ' ', sizeof(json));
	ATF_CHECK_EQ(asmp_send(p.a, 0, "{}", 2, NULL), -1);
	ATF_CHECK_EQ(errno, ENOTCONN);
	ATF_CHECK_EQ(asmp_seal(p.a), -1);
	ATF_CHECK_EQ(errno, ENOTCONN);
	ATF_CHECK_EQ(asmp_heartbeat(p.a), -1);
	ATF_CHECK_EQ(errno, ENOTCONN);
	open_session(&p);
	ATF_CHECK_EQ(asmp_send(p.a, 0, "", 0, NULL), -1);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK_EQ(asmp_send(p.a, 0, json, 481, NULL), -1);
	ATF_CHECK_EQ(errno, EMSGSIZE);
	ATF_CHECK_EQ(asmp_send(p.a, 0, json, 480, NULL), 0);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_OPEN);
	ATF_CHECK_EQ(asmp_lastid(p.a), 1);
	ATF_REQUIRE_EQ(asmp_heartbeat(p.a), 0);
	ATF_REQUIRE_EQ(asmp_close(p.a), 0);
	pump(&p, 0);
	ATF_CHECK_EQ(p.gw->nreadings, 1);
	ATF_CHECK_EQ(p.gw->nheartbeats, 1);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_CLOSED);
	pair_free(&p);
}

/* At the last sequence number the session ends rather than repeat a nonce. */
ATF_TC_WITHOUT_HEAD(sequence_numbers_never_repeat);
ATF_TC_BODY(sequence_numbers_never_repeat, tc)
{
	struct pair	 p;

	pair_init(&p);
	open_session(&p);
	p.a->session.oseq = SEQMAX - 1;
	ATF_CHECK_EQ(asmp_send(p.a, 0, "{}", 2, NULL), 0);
	ATF_CHECK_EQ(asmp_send(p.a, 0, "{}", 2, NULL), -1);
	check_failed(p.a, ASMP_E_CONNECT, "connect again");
	check_wiped(p.a);
	pair_free(&p);
}

/* Noise from the network is a failure at worst, at any time. */
ATF_TC_WITHOUT_HEAD(noise_never_opens_a_session);
ATF_TC_BODY(noise_never_opens_a_session, tc)
{
	struct pair		 p;
	struct asmp_header	 h = { ASMP_VERSION, 0, 0, 0, 0, 0 };
	uint8_t			 junk[256];
	int			 i, step;

	pair_init(&p);
	for (i = 0; i < 600; i++) {
		step = i % 3;
		pair_again(&p);
		ATF_REQUIRE_EQ(asmp_start(p.a), 0);
		if (step > 0)
			to_gateway(&p, 0);
		if (step == 2)
			to_device(&p, 0);
		arc4random_buf(junk, sizeof(junk));
		h.type = (uint16_t)arc4random_uniform(15);
		h.epoch = step == 2;
		h.seq = step == 1 && arc4random_uniform(2);
		h.length = arc4random_uniform(sizeof(junk) - ASMP_HDRLEN);
		frame_put(junk, &h);
		asmp_input(p.a, junk, sizeof(junk));
		ATF_CHECK(asmp_state(p.a) != ASMP_OPEN);
		if (asmp_state(p.a) == ASMP_FAILED)
			ATF_CHECK_EQ(asmp_failure(p.a), ASMP_E_PROTOCOL);
	}
	pair_free(&p);
}

/* One device object serves one connection after the other. */
ATF_TC_WITHOUT_HEAD(device_can_start_again);
ATF_TC_BODY(device_can_start_again, tc)
{
	struct pair	 p;
	uint64_t	 id;

	pair_init(&p);
	open_session(&p);
	send_readings(&p, 3);
	ATF_REQUIRE_EQ(asmp_set_gateway(p.a, "gateway.pin"), -1);
	check_failed(p.a, ASMP_E_USAGE, "in a session");
	pair_again(&p);
	p.gw->lastid = 3;
	open_session(&p);
	ATF_CHECK_STREQ(asmp_error(p.a), "");
	ATF_CHECK_EQ(asmp_failure(p.a), ASMP_E_NONE);
	ATF_REQUIRE_EQ(asmp_send(p.a, 0, "{}", 2, &id), 0);
	ATF_CHECK_EQ(id, 4);
	ATF_REQUIRE_EQ(asmp_close(p.a), 0);
	pump(&p, 0);
	ATF_CHECK_EQ(asmp_state(p.a), ASMP_CLOSED);
	ATF_CHECK_EQ(p.gw->nreadings, 1);
	pair_free(&p);
}

ATF_TC_WITHOUT_HEAD(start_wants_identity_and_gateway);
ATF_TC_BODY(start_wants_identity_and_gateway, tc)
{
	struct asmp	*a;
	struct pair	 p;

	pair_init(&p);
	ATF_REQUIRE((a = asmp_new()) != NULL);
	ATF_CHECK_EQ(asmp_input(a, "x", 1), -1);
	check_failed(a, ASMP_E_USAGE, "before asmp_start()");
	ATF_CHECK_EQ(asmp_start(a), -1);
	check_failed(a, ASMP_E_USAGE, "no identity");
	ATF_REQUIRE_EQ(asmp_set_identity(a, DEVICE, "device.key", NULL), 0);
	ATF_CHECK_EQ(asmp_start(a), -1);
	check_failed(a, ASMP_E_USAGE, "no gateway");
	ATF_CHECK_EQ(asmp_set_profile(a, "nonesuch"), -1);
	check_failed(a, ASMP_E_USAGE, "profile nonesuch");
	ATF_REQUIRE_EQ(asmp_set_profile(a, "asmp"), 0);
	ATF_REQUIRE_EQ(asmp_set_gateway(a, "gateway.pin"), 0);
	ATF_CHECK_EQ(asmp_start(a), 0);
	asmp_free(a);
	asmp_free(NULL);
	pair_free(&p);
}

ATF_TC_WITHOUT_HEAD(key_file_is_read_with_care);
ATF_TC_BODY(key_file_is_read_with_care, tc)
{
	struct pair	 p;

	pair_init(&p);
	ATF_CHECK_EQ(asmp_set_identity(p.a, "../x", "device.key", NULL), -1);
	check_failed(p.a, ASMP_E_USAGE, "../x: not a device id");
	ATF_CHECK_EQ(asmp_set_identity(p.a, DEVICE, "none.key", NULL), -1);
	check_failed(p.a, ASMP_E_USAGE, "none.key: No such file");
	ATF_CHECK(!asmp_locked(p.a));
	write_text("bad.key", "hello\n");
	ATF_REQUIRE_EQ(chmod("bad.key", 0600), 0);
	ATF_CHECK_EQ(asmp_set_identity(p.a, DEVICE, "bad.key", NULL), -1);
	check_failed(p.a, ASMP_E_USAGE, "bad.key: damaged");
	ATF_REQUIRE_EQ(chmod("device.key", 0644), 0);
	ATF_CHECK_EQ(asmp_set_identity(p.a, DEVICE, "device.key", NULL), -1);
	check_failed(p.a, ASMP_E_USAGE, "chmod 600");
	ATF_REQUIRE_EQ(chmod("device.key", 0600), 0);
	ATF_CHECK_EQ(asmp_set_identity(p.a, DEVICE, "device.key", NULL), 0);

	write_key("locked.key", p.devkey, "correct horse");
	ATF_CHECK_EQ(asmp_set_identity(p.a, DEVICE, "locked.key", NULL), -1);
	check_failed(p.a, ASMP_E_USAGE, "locked.key: encrypted");
	ATF_CHECK(asmp_locked(p.a));
	ATF_CHECK_EQ(asmp_set_identity(p.a, DEVICE, "locked.key", "no"), -1);
	check_failed(p.a, ASMP_E_USAGE, "locked.key: wrong passphrase");
	ATF_CHECK(asmp_locked(p.a));
	ATF_CHECK_EQ(asmp_set_identity(p.a, DEVICE, "locked.key",
	    "correct horse"), 0);
	ATF_CHECK(!asmp_locked(p.a));
	open_session(&p);
	pair_free(&p);
}

#define K1	"ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
#define K2	"ed25519:EHlWn9q/lSpbk3NgN7lqJV0IpGMlT+2FOYdVmqdsgUg="

ATF_TC_WITHOUT_HEAD(pin_file_is_read_with_care);
ATF_TC_BODY(pin_file_is_read_with_care, tc)
{
	static const struct {
		const char	*text;
		const char	*error;		/* NULL: good */
	} table[] = {
		{ "GW " K1 "\n", NULL },
		{ "GW\t" K1, NULL },
		{ "# c\n\n  GW " K1 " # old\r\nGW " K2 "\n#end", NULL },
		{ "", "pin: no gateway in it" },
		{ "# GW " K1 "\n", "pin: no gateway in it" },
		{ "GW\n", "pin:1: expected" },
		{ "GW " K1 " x\n", "pin:1: expected" },
		{ "\n-GW " K1 "\n", "pin:2: not a gateway id" },
		{ "GW " K1 "\nGX " K2 "\n", "pin:2: another gateway id" },
		{ "GW " K1 "\nGW " K2 "\nGW " K1 "\n", "pin:3: more than two" },
		{ "GW ed25519:AAAA\n", "pin:1: not an ed25519" },
		{ "GW rsa:AAAA\n", "pin:1: not an ed25519" },
		{ "GW " K1 "A\n", "pin:1: not an ed25519" }
	};
	struct asmp	*a;
	char		 text[1024];
	size_t		 i;

	ATF_REQUIRE((a = asmp_new()) != NULL);
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		write_text("pin", table[i].text);
		if (table[i].error == NULL) {
			ATF_CHECK_EQ_MSG(asmp_set_gateway(a, "pin"), 0, "%zu "
			    "%s", i, asmp_error(a));
			continue;
		}
		ATF_CHECK_EQ(asmp_set_gateway(a, "pin"), -1);
		check_failed(a, ASMP_E_USAGE, table[i].error);
		ATF_CHECK_EQ(a->npins, 0);
	}
	memset(text, ' ', 600);
	snprintf(text + 600, sizeof(text) - 600, "GW %s\n", K1);
	write_text("pin", text);
	ATF_CHECK_EQ(asmp_set_gateway(a, "pin"), -1);
	check_failed(a, ASMP_E_USAGE, "pin:1: line too long");
	ATF_CHECK_EQ(asmp_set_gateway(a, "nopin"), -1);
	check_failed(a, ASMP_E_USAGE, "nopin: No such file");
	asmp_free(a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, handshake_costs_what_the_protocol_says);
	ATF_TP_ADD_TC(tp, bytes_may_be_cut_anywhere);
	ATF_TP_ADD_TC(tp, readings_arrive_with_id_and_time);
	ATF_TP_ADD_TC(tp, seals_come_at_their_boundaries);
	ATF_TP_ADD_TC(tp, seal_limit_of_the_gateway_is_kept);
	ATF_TP_ADD_TC(tp, seal_comes_before_too_many_bytes);
	ATF_TP_ADD_TC(tp, every_key_algorithm_signs);
	ATF_TP_ADD_TC(tp, stranger_learns_nothing);
	ATF_TP_ADD_TC(tp, rotating_gateway_has_two_pins);
	ATF_TP_ADD_TC(tp, end_of_stream_is_read_by_its_place);
	ATF_TP_ADD_TC(tp, handshake_ack_must_echo_the_nonce);
	ATF_TP_ADD_TC(tp, changed_bytes_stop_the_handshake);
	ATF_TP_ADD_TC(tp, changed_bytes_stop_the_session);
	ATF_TP_ADD_TC(tp, frames_come_in_sequence);
	ATF_TP_ADD_TC(tp, own_frames_are_refused);
	ATF_TP_ADD_TC(tp, unexpected_frames_end_it);
	ATF_TP_ADD_TC(tp, long_frames_are_refused_by_their_header);
	ATF_TP_ADD_TC(tp, refused_readings_are_named);
	ATF_TP_ADD_TC(tp, refusal_can_end_the_session);
	ATF_TP_ADD_TC(tp, senseless_acks_are_refused);
	ATF_TP_ADD_TC(tp, close_seals_first);
	ATF_TP_ADD_TC(tp, reasons_are_sorted_by_whose_fault_it_is);
	ATF_TP_ADD_TC(tp, output_is_bounded);
	ATF_TP_ADD_TC(tp, readings_of_no_size_are_refused);
	ATF_TP_ADD_TC(tp, sequence_numbers_never_repeat);
	ATF_TP_ADD_TC(tp, noise_never_opens_a_session);
	ATF_TP_ADD_TC(tp, device_can_start_again);
	ATF_TP_ADD_TC(tp, start_wants_identity_and_gateway);
	ATF_TP_ADD_TC(tp, key_file_is_read_with_care);
	ATF_TP_ADD_TC(tp, pin_file_is_read_with_care);
	return atf_no_error();
}

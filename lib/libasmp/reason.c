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


/* Names for logs and scripts, and sentences for people, of every reason. */

#include <string.h>

#include "reason.h"

#define NREASONS	(sizeof(reasons) / sizeof(reasons[0]))

static const struct reason_row {
	enum reason	 number;
	const char	*name;
	const char	*text;
} reasons[] = {
	{ REASON_NONE, "none", "Nothing went wrong." },
	{ REASON_DONE, "done", "The other side closed in good order." },
	{ REASON_LOST, "lost",
	    "The connection ended without a CLOSE; unsealed readings are to "
	    "be sent again after reconnecting." },
	{ REASON_SHUTDOWN, "shutdown",
	    "The gateway is shutting down; reconnect later." },
	{ REASON_TIMEOUT, "timeout",
	    "The other side was silent for too long; check the network, then "
	    "reconnect." },
	{ REASON_LIFETIME, "lifetime",
	    "The session or its keys reached their age, the token expired, or "
	    "the device's key was replaced by a new one; reconnect, if need "
	    "be with the new token or key." },
	{ REASON_REPLACED, "replaced",
	    "The same device opened a newer session; if it did not, its key "
	    "is in use elsewhere: revoke it." },
	{ REASON_REVOKED, "revoked",
	    "The device was revoked during the session; to bring it back, "
	    "enrol a new key under a new id." },
	{ REASON_KILLED, "killed", "An operator ended the session." },
	{ REASON_DISABLED, "disabled",
	    "The device was disabled during the session; its operator can "
	    "enable it again." },
	{ REASON_VERSION, "version",
	    "The peer speaks another version of the protocol; update the "
	    "older side." },
	{ REASON_TYPE, "type",
	    "A message came that is unknown or out of its turn; check the "
	    "software of the side that sent it." },
	{ REASON_LENGTH, "length",
	    "A message was longer or shorter than its kind may be; check the "
	    "announced max_in and the sender's software." },
	{ REASON_PROFILE, "profile",
	    "The device asked for a profile that the gateway does not speak; "
	    "choose one that both have." },
	{ REASON_HELLO, "hello",
	    "The first message was malformed; check the software of the "
	    "device." },
	{ REASON_AGREEMENT, "agreement",
	    "The peer's ephemeral key was refused as unsafe; check its "
	    "software or what sits in between." },
	{ REASON_HANDSHAKE_MAC, "handshake-mac",
	    "A message of the handshake was changed on its way; check what "
	    "sits in between." },
	{ REASON_INIT, "init",
	    "The device's identity message was malformed; check the software "
	    "of the device." },
	{ REASON_UNKNOWN_DEVICE, "unknown-device",
	    "No device of this id is registered; enrol it on the gateway." },
	{ REASON_REVOKED_DEVICE, "revoked-device",
	    "The device is revoked; to bring it back, enrol a new key under a "
	    "new id." },
	{ REASON_WRONG_KIND, "wrong-kind",
	    "The device is registered for another profile or kind of proof; "
	    "correct its settings or the registry." },
	{ REASON_BAD_PROOF, "bad-proof",
	    "The device could not prove its identity; check that its key is "
	    "the registered one." },
	{ REASON_HALF_OPEN, "half-open",
	    "Too many handshakes were unfinished; try again in a moment." },
	{ REASON_SOURCE_LIMIT, "source-limit",
	    "Too many connections came from one address; try again later or "
	    "raise the limit for it." },
	{ REASON_BUSY, "busy",
	    "The gateway has no room for more at present; try again in a "
	    "moment." },
	{ REASON_SLOW_READER, "slow-reader",
	    "The device did not read its replies in time; check its network "
	    "and software." },
	{ REASON_TLS, "tls",
	    "The TLS connection failed; check certificates and versions on "
	    "both sides." },
	{ REASON_EXPIRED, "expired",
	    "The device's time or its token's is over, or the token's has not "
	    "begun; give the device more, issue another token, or set the "
	    "gateway's clock." },
	{ REASON_AUDIENCE, "audience",
	    "The token was issued for another gateway; issue one for this." },
	{ REASON_ISSUER, "issuer",
	    "The token names an issuer key that the gateway does not have; "
	    "issue one under a key of the gateway's, or configure the key." },
	{ REASON_SHARED_KEY, "shared-key",
	    "The device names a shared key that the gateway does not have; "
	    "configure it on both sides or on neither." },
	{ REASON_TICKET, "ticket",
	    "The ticket was used before, has expired or was never given; "
	    "connect with the device's key." },
	{ REASON_DISABLED_DEVICE, "disabled-device",
	    "The device is disabled; its operator can enable it again." },
	{ REASON_RECORD_MAC, "record-mac",
	    "A record was changed on its way or made under another key; "
	    "reconnect and, if it recurs, check what sits in between." },
	{ REASON_REPLAY, "replay",
	    "A record came twice or out of order; reconnect and, if it "
	    "recurs, check what sits in between." },
	{ REASON_STREAM, "stream",
	    "A record named a stream that the gateway does not have, or that "
	    "is not for this profile; check the stream's number, or the "
	    "software of the device." },
	{ REASON_BAD_SEAL, "bad-seal",
	    "The signature over the readings does not hold, and none of them "
	    "was taken; check the key and software of the device." },
	{ REASON_SEAL_CONTENT, "seal-content",
	    "The seal does not match the readings it covers, and none of "
	    "them was taken; check the software of the device." },
	{ REASON_SEAL_LIMIT, "seal-limit",
	    "Too many readings waited for their seal, or for too long; seal "
	    "more often." },
	{ REASON_UNSEALED, "unsealed",
	    "Readings were left without a seal and dropped; send them again "
	    "and seal before closing." },
	{ REASON_READING, "reading",
	    "A reading was malformed, has a number above 1e150, or there were "
	    "too many paths of numbers; check the software of the device." },
	{ REASON_JSON, "json",
	    "The reading is not strict JSON; correct it and send it under a "
	    "new message id." },
	{ REASON_ID_JUMP, "id-jump",
	    "The message id is too far above the last one; go on from the "
	    "last id that the gateway named." },
	{ REASON_ANOMALY, "anomaly",
	    "The reading is far from what this device usually sends and was "
	    "blocked; check the sensor, and ask the gateway's operator, who "
	    "can look at it." },
	{ REASON_SEQUENCE, "sequence",
	    "A frame is missing or came too early; reconnect and, if it "
	    "recurs, check what sits in between." },
	{ REASON_PADDING, "padding",
	    "A record's padding is wrong under a good MAC; check the "
	    "software of the side that sent it." },
	{ REASON_ROUND, "round",
	    "Round mismatch: a record names another round than is due; "
	    "restart the client, so that both sides begin anew." },
	{ REASON_OPCODE, "opcode",
	    "A record's opcode is unknown or not allowed in this state; "
	    "check the software of the side that sent it." },
	{ REASON_DIRECTION, "direction",
	    "A record names the wrong direction; check what sits in "
	    "between." },
	{ REASON_CLIENT, "client",
	    "A record names another client than proved itself; check the "
	    "client's number." },
	{ REASON_STALE, "stale",
	    "The message is too old or ahead of the gateway's clock; check "
	    "the clock of the device." },
	{ REASON_FIELD, "field",
	    "The reading lacks a field that it must have, or the field is "
	    "not of its type; correct it and send it under a new message "
	    "id." },
	{ REASON_ROLE, "role",
	    "The role of the device does not allow this; the operator can "
	    "let the role do more in the configuration, or enrol a new key "
	    "with another role." },
	{ REASON_INTERNAL, "internal",
	    "The gateway failed to do its work; look into its log." },
	{ REASON_IDLE, "idle",
	    "Nothing was said on the stream for too long; open another or "
	    "reconnect." },
	{ REASON_STREAMS, "streams",
	    "Too many streams were open at once; close one first." },
	{ REASON_COMPRESSION, "compression",
	    "A compressed record is damaged or too large when unpacked; "
	    "check the software of the device." },
	{ REASON_DESYNC, "desync",
	    "The client has lost its keys; it connects again to begin "
	    "anew." },
	{ REASON_REKEY, "rekey",
	    "New keys were asked for in a wrong way or at a wrong time; "
	    "check the software of the device." },
	{ REASON_ROTATE, "rotate",
	    "A new key was announced in a wrong way, or not signed by both "
	    "keys; check the software of the device." },
	{ REASON_OLD_KEY, "old-key",
	    "The key that would name another was replaced itself; connect "
	    "with the device's new key." },
	{ REASON_KEY_TAKEN, "key-taken",
	    "The new key is a device's already; make another one." }
};

static const struct reason_row	*row(unsigned int);

static const struct reason_row *
row(unsigned int number)
{
	size_t	 i;

	for (i = 0; i < NREASONS; i++) {
		if ((unsigned int)reasons[i].number == number)
			return &reasons[i];
	}
	return NULL;
}

/* The reason's name, lower case, for ever the same; "unknown" for none. */
const char *
reason_name(unsigned int number)
{
	const struct reason_row	*r = row(number);

	return r == NULL ? "unknown" : r->name;
}

/* One sentence for people, with the next step where there is one. */
const char *
reason_text(unsigned int number)
{
	const struct reason_row	*r = row(number);

	return r == NULL ? "The other side gave a reason that this version "
	    "does not know; update it." : r->text;
}

/* The number that goes by this name, or -1. */
int
reason_byname(const char *name)
{
	size_t	 i;

	for (i = 0; i < NREASONS; i++) {
		if (strcmp(reasons[i].name, name) == 0)
			return (int)reasons[i].number;
	}
	return -1;
}

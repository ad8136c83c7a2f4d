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


/* The 24-byte header in front of every message, asmp(7). */

#include <errno.h>

#include "asmp_proto.h"

/* Write a header; ASMP_HDRLEN bytes of room. */
void
frame_put(uint8_t *p, const struct asmp_header *h)
{
	put_u16(p, h->version);
	put_u16(p + 2, h->type);
	put_u32(p + 4, h->stream);
	put_u32(p + 8, h->epoch);
	put_u64(p + 12, h->seq);
	put_u32(p + 20, h->length);
}

/* Read the ASMP_HDRLEN bytes of a header; no field is judged. */
void
frame_get(struct asmp_header *h, const uint8_t *p)
{
	h->version = get_u16(p);
	h->type = get_u16(p + 2);
	h->stream = get_u32(p + 4);
	h->epoch = get_u32(p + 8);
	h->seq = get_u64(p + 12);
	h->length = get_u32(p + 20);
}

/*
 * Look for a whole frame at the start of the len bytes at buf.  Returns 1
 * with its full length, header included, in *framelen; 0 when more bytes
 * are needed; -1 when no bytes could help, known as soon as the header is
 * there: errno EPROTONOSUPPORT, another version, or EMSGSIZE, a payload
 * above maxpayload.
 */
int
frame_next(const uint8_t *buf, size_t len, uint32_t maxpayload,
    size_t *framelen)
{
	struct asmp_header	 h;

	if (len < ASMP_HDRLEN)
		return 0;
	frame_get(&h, buf);
	if (h.version != ASMP_VERSION) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	if (h.length > maxpayload) {
		errno = EMSGSIZE;
		return -1;
	}
	if (len - ASMP_HDRLEN < h.length)
		return 0;
	*framelen = ASMP_HDRLEN + (size_t)h.length;
	return 1;
}

/* A type's name for logs; "unknown" for what is none. */
const char *
frame_typename(uint16_t type)
{
	static const char *const names[] = {
		[ASMP_HANDSHAKE_INIT] = "HANDSHAKE_INIT",
		[ASMP_HANDSHAKE_ACK] = "HANDSHAKE_ACK",
		[ASMP_DATA] = "DATA",
		[ASMP_CLOSE] = "CLOSE",
		[ASMP_HELLO] = "HELLO",
		[ASMP_HELLO_REPLY] = "HELLO_REPLY",
		[ASMP_GATEWAY_AUTH] = "GATEWAY_AUTH",
		[ASMP_CHALLENGE] = "CHALLENGE",
		[ASMP_RESPONSE] = "RESPONSE",
		[ASMP_ACK] = "ACK",
		[ASMP_SEAL] = "SEAL",
		[ASMP_HEARTBEAT] = "HEARTBEAT",
		[ASMP_REKEY] = "REKEY",
		[ASMP_ROTATE] = "ROTATE"
	};

	if (type >= sizeof(names) / sizeof(names[0]) || names[type] == NULL)
		return "unknown";
	return names[type];
}

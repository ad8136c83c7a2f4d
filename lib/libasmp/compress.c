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
 * Compression of a device's telemetry: raw deflate (RFC 1951) by zlib.  Each
 * record stands alone, so that the length of none tells what another said.
 */

#define ZLIB_CONST
#include <zlib.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"

#define WINDOW_BITS	(-15)		/* 32 KiB, no header */
#define MEM_LEVEL	8		/* zlib's default */

struct compress {
	z_stream	 z;
};

struct expand {
	z_stream	 z;
};

static int	failed(int);
static void	stream_set(z_stream *, uint8_t *, size_t, const uint8_t *,
		    size_t);

static int
failed(int error)
{
	errno = error;
	return -1;
}

/*
 * A context to compress records with, one after the other; some 256 KiB.
 * Returns NULL with errno ENOMEM; ends with compress_free().
 */
struct compress *
compress_new(void)
{
	struct compress	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	if (deflateInit2(&c->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
	    WINDOW_BITS, MEM_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK)
		return c;
	free(c);
	errno = ENOMEM;
	return NULL;
}

/* Frees a context; NULL is none. */
void
compress_free(struct compress *c)
{
	if (c == NULL)
		return;
	(void)deflateEnd(&c->z);
	free(c);
}

/* Bytes that a record of len bytes takes at most, whatever the zlib. */
size_t
compress_max(size_t len)
{
	return deflateBound(NULL, len);
}

/* What the next call reads and where it writes; lengths fit, see below. */
static void
stream_set(z_stream *z, uint8_t *out, size_t room, const uint8_t *in,
    size_t len)
{
	z->next_out = out;
	z->avail_out = (uInt)room;
	z->next_in = in;
	z->avail_in = (uInt)len;
}

/*
 * Compress one record of 1 to ASMP_PAYLOAD_MAX bytes into the *outlen bytes
 * at out, of which compress_max() are always enough.  Returns 0 with the
 * length in *outlen, or -1 with errno EINVAL, no such record, or EMSGSIZE.
 */
int
compress_record(struct compress *c, uint8_t *out, size_t *outlen,
    const uint8_t *in, size_t len)
{
	size_t	 room = *outlen;

	if (len == 0 || len > ASMP_PAYLOAD_MAX)
		return failed(EINVAL);
	if (room > compress_max(len))
		room = compress_max(len);
	if (deflateReset(&c->z) != Z_OK)
		return failed(EINVAL);
	stream_set(&c->z, out, room, in, len);
	if (deflate(&c->z, Z_FINISH) != Z_STREAM_END)
		return failed(EMSGSIZE);
	*outlen = room - c->z.avail_out;
	return 0;
}

/*
 * A context to expand records with, one after the other and of any session;
 * some 40 KiB.  Returns NULL with errno ENOMEM; ends with expand_free().
 */
struct expand *
expand_new(void)
{
	struct expand	*x;

	if ((x = calloc(1, sizeof(*x))) == NULL)
		return NULL;
	if (inflateInit2(&x->z, WINDOW_BITS) == Z_OK)
		return x;
	free(x);
	errno = ENOMEM;
	return NULL;
}

/* Frees a context; NULL is none. */
void
expand_free(struct expand *x)
{
	if (x == NULL)
		return;
	(void)inflateEnd(&x->z);
	free(x);
}

/*
 * Expand one record, the len bytes at in and all of them, into the *outlen
 * bytes at out, 1 to ASMP_PAYLOAD_MAX; nothing is written beyond.  Returns 0
 * with the length in *outlen, or -1 with errno EINVAL, no such lengths,
 * EMSGSIZE, more than *outlen bytes, or EBADMSG, damaged, cut short or with
 * something behind it: out is then of no use.
 */
int
expand_record(struct expand *x, uint8_t *out, size_t *outlen,
    const uint8_t *in, size_t len)
{
	size_t	 room = *outlen;

	if (len == 0 || len > ASMP_PAYLOAD_MAX || room == 0 ||
	    room > ASMP_PAYLOAD_MAX || inflateReset(&x->z) != Z_OK)
		return failed(EINVAL);
	stream_set(&x->z, out, room, in, len);
	switch (inflate(&x->z, Z_FINISH)) {
	case Z_STREAM_END:
		if (x->z.avail_in != 0)
			return failed(EBADMSG);
		break;
	case Z_BUF_ERROR:
		return failed(x->z.avail_out == 0 ? EMSGSIZE : EBADMSG);
	default:
		return failed(EBADMSG);
	}
	*outlen = room - x->z.avail_out;
	return 0;
}

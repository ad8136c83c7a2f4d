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
 * Integers in network order, and a cursor that cannot run past the end of a
 * message.
 */

#include <string.h>

#include "asmp_proto.h"

/* Write an integer, most significant byte first; 2, 4 or 8 bytes of room. */
void
put_u16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v & 0xff;
}

void
put_u32(uint8_t *p, uint32_t v)
{
	put_u16(p, v >> 16);
	put_u16(p + 2, v & 0xffff);
}

void
put_u64(uint8_t *p, uint64_t v)
{
	put_u32(p, v >> 32);
	put_u32(p + 4, v & 0xffffffff);
}

/* Read what put_u16(), put_u32() and put_u64() wrote. */
uint16_t
get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t
get_u32(const uint8_t *p)
{
	return (uint32_t)get_u16(p) << 16 | get_u16(p + 2);
}

uint64_t
get_u64(const uint8_t *p)
{
	return (uint64_t)get_u32(p) << 32 | get_u32(p + 4);
}

/*
 * Start reading the len bytes at p, which stay the caller's.  Takes may be
 * chained without looking: the first that finds too little marks the cursor
 * bad, and from then on each gives zeros.
 */
void
cursor_init(struct cursor *c, const void *p, size_t len)
{
	c->p = p;
	c->left = len;
	c->bad = 0;
}

/* The next n bytes, inside the message; NULL when fewer are left. */
const uint8_t *
cursor_take(struct cursor *c, size_t n)
{
	const uint8_t	*p = c->p;

	if (c->bad || n > c->left) {
		c->bad = 1;
		return NULL;
	}
	c->p += n;
	c->left -= n;
	return p;
}

/* The next integer; 0 when the cursor is, or hereby turns, bad. */
uint8_t
cursor_u8(struct cursor *c)
{
	const uint8_t	*p = cursor_take(c, 1);

	return p == NULL ? 0 : p[0];
}

uint16_t
cursor_u16(struct cursor *c)
{
	const uint8_t	*p = cursor_take(c, 2);

	return p == NULL ? 0 : get_u16(p);
}

uint32_t
cursor_u32(struct cursor *c)
{
	const uint8_t	*p = cursor_take(c, 4);

	return p == NULL ? 0 : get_u32(p);
}

uint64_t
cursor_u64(struct cursor *c)
{
	const uint8_t	*p = cursor_take(c, 8);

	return p == NULL ? 0 : get_u64(p);
}

/* Copy the next n bytes to dst, or zeros when fewer are left. */
void
cursor_copy(struct cursor *c, void *dst, size_t n)
{
	const uint8_t	*p = cursor_take(c, n);

	if (p == NULL)
		memset(dst, 0, n);
	else
		memcpy(dst, p, n);
}

/*
 * Copy s(x), one byte of length and x, into the size bytes at dst as a
 * string.  Returns 0, or -1 with the cursor bad and dst empty when x is cut
 * short, does not fit with its NUL, or holds a NUL that would hide its end.
 * What an id may consist of is for id_valid() to say.
 */
int
cursor_id(struct cursor *c, char *dst, size_t size)
{
	const uint8_t	*p;
	size_t		 n;

	dst[0] = '\0';
	n = cursor_u8(c);
	p = cursor_take(c, n);
	if (p == NULL || n >= size || memchr(p, '\0', n) != NULL) {
		c->bad = 1;
		return -1;
	}
	memcpy(dst, p, n);
	dst[n] = '\0';
	return 0;
}

/* 0 when every take found its bytes and none are left over, else -1. */
int
cursor_end(const struct cursor *c)
{
	return c->bad || c->left != 0 ? -1 : 0;
}

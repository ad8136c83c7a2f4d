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
/* Addresses as net has them, for the tests of what it counts by them. */

#ifndef ADDRS_H
#define ADDRS_H

#include <string.h>

#include "asmpd.h"

/* The IPv4 address 10.x.y.z. */
static const uint8_t *
v4(uint32_t n)
{
	static uint8_t	 a[16];

	memset(a, 0, sizeof(a));
	a[10] = a[11] = 0xff;
	put_u32(a + 12, 0x0a000000 + n);
	return a;
}

/* The address host in the network net of 2001:db8::/32. */
static const uint8_t *
v6(uint32_t net, uint32_t host)
{
	static uint8_t	 a[16];

	memset(a, 0, sizeof(a));
	put_u32(a, 0x20010db8);
	put_u32(a + 4, net);
	put_u32(a + 12, host);
	return a;
}

#endif /* ADDRS_H */

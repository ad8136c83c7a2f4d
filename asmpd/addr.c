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

/* Addresses of devices: 16 bytes, with IPv4 mapped into IPv6. */

#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdio.h>
#include <string.h>

#include "asmpd.h"

#define V4	12	/* where an IPv4 address begins, RFC 4291, 2.5.5.2 */

static const uint8_t	 mapped[V4] = { [10] = 0xff, [11] = 0xff };

/* Whether an address is one of IPv4. */
int
addr_isv4(const uint8_t *addr)
{
	return memcmp(addr, mapped, sizeof(mapped)) == 0;
}

/* Maps an address of IPv4 into the 16 bytes of addr. */
void
addr_map(uint8_t *addr, const struct in_addr *v4)
{
	memcpy(addr, mapped, sizeof(mapped));
	memcpy(addr + V4, v4, sizeof(*v4));
}

/* An address as text, into buf of len bytes; CTL_ADDRMAX hold any. */
void
addr_name(const uint8_t *addr, char *buf, size_t len)
{
	if (addr_isv4(addr))
		inet_ntop(AF_INET, addr + V4, buf, len);
	else
		inet_ntop(AF_INET6, addr, buf, len);
}

/* The same with a port. */
void
addr_text(const uint8_t *addr, uint16_t port, char *buf, size_t len)
{
	char	 a[INET6_ADDRSTRLEN];

	addr_name(addr, a, sizeof(a));
	snprintf(buf, len, addr_isv4(addr) ? "%s:%u" : "[%s]:%u", a, port);
}

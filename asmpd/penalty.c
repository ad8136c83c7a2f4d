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
 * Penalties, as asmpd.conf(5) sets them: what a failed attempt costs the
 * address that it came from, and who is exempt.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"

#define V4_BITS	96	/* in front of an IPv4 address, mapped */

static const char	 bad_time[] = "must be a time with a unit, from 1ms "
    "to 24h, such as 200ms or 10m";

static const char *const	 names[PENALTY_N] = {
	[PENALTY_REFUSED] = "refused",
	[PENALTY_PROTOCOL] = "protocol",
	[PENALTY_UNFINISHED] = "unfinished"
};

/*
 * An address that is refused less often than five times a second is never shut
 * out: behind it may be thousands of devices, and a few of them misconfigured.
 */
void
penalties_default(struct ipc_conf *c)
{
	c->penalty_ms[PENALTY_REFUSED] = 200;
	c->penalty_ms[PENALTY_PROTOCOL] = 200;
	c->penalty_ms[PENALTY_UNFINISHED] = 1000;
	c->penalty_least_ms = 15 * 1000;
	c->penalty_most_ms = 600 * 1000;
}

/* Nothing costs anything. */
void
penalties_none(struct ipc_conf *c)
{
	memset(c->penalty_ms, 0, sizeof(c->penalty_ms));
}

/* The word for an enum penalty; it must be one. */
const char *
penalty_name(unsigned int kind)
{
	return names[kind];
}

/* Milliseconds, or 0 if it is no time that can be set. */
static uint32_t
ms_of(const char *text)
{
	static const struct {
		const char	*name;
		uint32_t	 ms;
	} units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }
	};
	const uint64_t	 max = (uint64_t)PENALTY_MAX_S * 1000;
	char		*end;
	uint64_t	 n;
	size_t		 i;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || errno != 0)
		return 0;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].name) == 0)
			return n > max / units[i].ms ? 0 : n * units[i].ms;
	return 0;
}

/* Sets what is behind so many bits to 0. */
static void
addr_cut(uint8_t *addr, uint32_t bits)
{
	uint32_t	 i;

	for (i = bits; i < 128; i++)
		addr[i / 8] &= ~(0x80 >> i % 8);
}

/* Reads an address, or a network of them, of IPv4 or IPv6.  0 or -1. */
static int
exempt_parse(struct ipc_exempt *e, const char *text)
{
	struct in_addr	 v4;
	char		 addr[INET6_ADDRSTRLEN];
	const char	*errstr, *slash = strchr(text, '/');
	size_t		 len = slash == NULL ? strlen(text) :
			    (size_t)(slash - text);
	uint32_t	 first = 0;

	if (len >= sizeof(addr))
		return -1;
	memcpy(addr, text, len);
	addr[len] = '\0';
	memset(e, 0, sizeof(*e));
	if (inet_pton(AF_INET, addr, &v4) == 1) {
		addr_map(e->addr, &v4);
		first = V4_BITS;
	} else if (inet_pton(AF_INET6, addr, e->addr) != 1)
		return -1;
	e->bits = 128;
	if (slash != NULL) {
		e->bits = first + strtonum(slash + 1, 0, 128 - first, &errstr);
		if (errstr != NULL)
			return -1;
	}
	addr_cut(e->addr, e->bits);
	return 0;
}

/* The same as text that exempt_parse() reads; returns its length. */
size_t
exempt_text(const struct ipc_exempt *e, char *buf, size_t size)
{
	char	 a[INET6_ADDRSTRLEN];
	int	 v4 = addr_isv4(e->addr) && e->bits >= V4_BITS;

	inet_ntop(v4 ? AF_INET : AF_INET6, e->addr + (v4 ? V4_BITS / 8 : 0),
	    a, sizeof(a));
	return snprintf(buf, size, "%s/%u", a, e->bits - (v4 ? V4_BITS : 0));
}

static const char *
exempt_add(struct asmpd_conf *c, const char *text)
{
	struct conf_exempt	*e;
	struct ipc_exempt	 new;
	size_t			 n = 0;

	if (exempt_parse(&new, text) == -1)
		return "must be an address, or a network such as "
		    "192.0.2.0/24 or 2001:db8::/32";
	TAILQ_FOREACH(e, &c->exempts, entry)
		n++;
	if (n == EXEMPTS_MAX)
		return "more than " LIMIT_TEXT(EXEMPTS_MAX) " of them";
	if ((e = calloc(1, sizeof(*e))) == NULL)
		fatal("calloc");
	e->e = new;
	TAILQ_INSERT_TAIL(&c->exempts, e, entry);
	return NULL;
}

static const char *
time_set(uint32_t *ms, const char *text)
{
	uint32_t	 n;

	if ((n = ms_of(text)) == 0)
		return bad_time;
	*ms = n;
	return NULL;
}

/* Sets what a penalty line says, by its two words.  Why not, or NULL. */
const char *
penalty_set(struct asmpd_conf *c, const char *name, const char *text)
{
	unsigned int	 i;

	for (i = 0; i < PENALTY_N; i++) {
		if (strcmp(name, names[i]) != 0)
			continue;
		if (strcmp(text, "none") != 0)
			return time_set(&c->limits.penalty_ms[i], text);
		c->limits.penalty_ms[i] = 0;
		return NULL;
	}
	if (strcmp(name, "minimum") == 0)
		return time_set(&c->limits.penalty_least_ms, text);
	if (strcmp(name, "maximum") == 0)
		return time_set(&c->limits.penalty_most_ms, text);
	if (strcmp(name, "exempt") == 0)
		return exempt_add(c, text);
	return "the first word must be refused, protocol, unfinished, "
	    "minimum, maximum or exempt";
}

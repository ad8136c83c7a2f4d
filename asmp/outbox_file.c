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
 * What the files of an outbox look like.  No I/O: what is read here may have
 * been cut or changed by a crash or a bad disk.
 */

#include <stdio.h>
#include <string.h>

#include <zlib.h>

#include "outbox.h"

#define MAGIC		"asmpbox2"
#define MAGIC_OLD	"asmpbox1"	/* knew not what was sent */
#define MAGICLEN	(sizeof(MAGIC) - 1)
#define CRCLEN		4

static uint32_t
checksum(const uint8_t *p, size_t len)
{
	return (uint32_t)crc32_z(0, p, len);
}

/*
 * Write an entry of up to ENTRY_JSONMAX bytes of JSON, or of none, where there
 * need be no pointer; returns its length, ENTRY_HDR more than that, for which
 * the caller has made room.
 */
size_t
entry_put(uint8_t *out, const struct entry *e)
{
	size_t	 total = ENTRY_HDR + e->len;

	put_u32(out + 4, (uint32_t)e->len);
	put_u64(out + 8, e->seq);
	put_u64(out + 16, e->time);
	put_u64(out + 24, e->line);
	if (e->len > 0)			/* a marker has no JSON */
		memcpy(out + ENTRY_HDR, e->json, e->len);
	put_u32(out, checksum(out + CRCLEN, total - CRCLEN));
	return total;
}

/*
 * The entry that begins the left bytes at p, whose JSON stays there; its
 * length, or 0 when there is none, whole and unchanged.
 */
size_t
entry_get(struct entry *e, const uint8_t *p, size_t left)
{
	size_t	 total;

	if (left < ENTRY_HDR)
		return 0;
	e->len = get_u32(p + 4);
	if (e->len > ENTRY_JSONMAX || e->len > left - ENTRY_HDR)
		return 0;
	total = ENTRY_HDR + e->len;
	if (checksum(p + CRCLEN, total - CRCLEN) != get_u32(p))
		return 0;
	e->seq = get_u64(p + 8);
	e->time = get_u64(p + 16);
	e->line = get_u64(p + 24);
	e->json = (const char *)p + ENTRY_HDR;
	return total;
}

/*
 * Where in the len bytes at p the next good entry is, from pos on, and what it
 * is; len if there is none.  Its number is seq or higher, but not higher than
 * what may lie between has room for.
 */
size_t
entry_find(struct entry *e, const uint8_t *p, size_t len, size_t pos,
    uint64_t seq)
{
	uint64_t	 n;

	for (; pos < len && len - pos >= ENTRY_HDR; pos++) {
		n = get_u64(p + pos + 8);
		if (n >= seq && n - seq <= len / ENTRY_HDR &&
		    entry_get(e, p + pos, len - pos) != 0)
			return pos;
	}
	return len;
}

static size_t
put_id(uint8_t *out, const char *id)
{
	size_t	 len = strlen(id);

	out[0] = (uint8_t)len;
	memcpy(out + 1, id, len);
	return 1 + len;
}

/* Write the state; returns its length, STATE_MAX at most. */
size_t
state_put(uint8_t *out, const struct outbox_state *st)
{
	size_t	 n = MAGICLEN;

	memcpy(out, MAGIC, MAGICLEN);
	put_u64(out + n, st->head);
	put_u64(out + n + 8, st->sent);
	put_u64(out + n + 16, st->seq);
	put_u64(out + n + 24, st->id);
	n += 32;
	n += put_id(out + n, st->device);
	n += put_id(out + n, st->gateway);
	put_u32(out + n, checksum(out, n));
	return n + CRCLEN;
}

/* Read the state; 0, or -1 when it is damaged. */
int
state_get(struct outbox_state *st, const uint8_t *p, size_t len)
{
	struct cursor	 c;
	const uint8_t	*magic;

	if (len < CRCLEN ||
	    checksum(p, len - CRCLEN) != get_u32(p + len - CRCLEN))
		return -1;
	cursor_init(&c, p, len - CRCLEN);
	magic = cursor_take(&c, MAGICLEN);
	st->head = cursor_u64(&c);
	st->sent = cursor_u64(&c);
	st->seq = cursor_u64(&c);
	st->id = cursor_u64(&c);
	if (cursor_id(&c, st->device, sizeof(st->device)) == -1 ||
	    cursor_id(&c, st->gateway, sizeof(st->gateway)) == -1 ||
	    cursor_end(&c) == -1 || memcmp(magic, MAGIC, MAGICLEN) != 0)
		return -1;
	if (st->head == 0 || st->head > NUMBER_MAX || st->seq == 0 ||
	    st->seq > NUMBER_MAX || st->sent > NUMBER_MAX)
		return -1;
	/* The head has an id, too. */
	return st->id != 0 && st->head < st->seq &&
	    st->seq - st->head >= st->id ? -1 : 0;
}

/* Whether it is the state of an outbox of which this one cannot go on. */
int
state_older(const uint8_t *p, size_t len)
{
	return len >= MAGICLEN && memcmp(p, MAGIC_OLD, MAGICLEN) == 0;
}

/* The name, SEGMENT_NAMELEN characters and NUL, of a segment. */
void
segment_name(char *name, uint64_t first)
{
	snprintf(name, SEGMENT_NAMELEN + 1, "%016llx",
	    (unsigned long long)first);
}

/* The number of a segment's first entry by its name; 0: no such name. */
uint64_t
segment_first(const char *name)
{
	static const char	 digits[] = "0123456789abcdef";
	const char		*p;
	uint64_t		 first = 0;
	size_t			 i;

	for (i = 0; i < SEGMENT_NAMELEN; i++) {
		if (name[i] == '\0' || (p = strchr(digits, name[i])) == NULL)
			return 0;
		first = first << 4 | (uint64_t)(p - digits);
	}
	return name[i] == '\0' && first <= NUMBER_MAX ? first : 0;
}

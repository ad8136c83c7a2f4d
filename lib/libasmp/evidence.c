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
 * Evidence: one reading with everything that proves it to a stranger, who
 * has the public keys of device and gateway and asks neither.
 */

#include <errno.h>
#include <string.h>

#include "asmp_proto.h"

/* Whether the seal has so many frames, and the reading is one of them. */
int
evidence_placed(const struct evidence *e)
{
	return e->record.seal.count <= ASMP_SEAL_FRAMES &&
	    e->place < e->record.seal.count;
}

/* Whether there is a text for this: ids, key and lengths can be such. */
int
evidence_valid(const struct evidence *e)
{
	uint8_t	 keyid[ASMP_HASHLEN];

	ident_keyid(&e->key, keyid);
	return id_valid(e->gateway) && id_valid(e->record.id) &&
	    evidence_placed(e) && e->record.alg == e->key.alg &&
	    memcmp(e->record.keyid, keyid, sizeof(keyid)) == 0 &&
	    e->len > 0 && e->len <= sizeof(e->data) &&
	    e->expandedlen <= sizeof(e->expanded) &&
	    e->pathlen <= MERKLE_PROOFMAX;
}

/* The frame's own header, and its place in the seal. */
static const char *
check_header(const struct evidence *e)
{
	const struct seal	*s = &e->record.seal;
	struct asmp_header	 h;
	uint64_t		 after = s->count - 1U - e->place;

	frame_get(&h, e->header);
	if (h.version != ASMP_VERSION || h.type != ASMP_DATA ||
	    h.length != e->len + ASMP_TAGLEN)
		return "the header is not that of the record";
	if (h.stream < ASMP_STREAM_TELEMETRY ||
	    h.stream == ASMP_STREAM_AGGREGATE || h.stream > ASMP_STREAM_MAX)
		return "the record is of a stream that has no readings";
	if (h.epoch != s->epoch || s->first > s->last ||
	    s->last - s->first < s->count - 1U ||
	    h.seq - s->first < e->place || h.seq < s->first ||
	    s->last - h.seq < after || h.seq > s->last ||
	    (e->place == 0 && h.seq != s->first) ||
	    (after == 0 && h.seq != s->last))
		return "the header's numbers are not within the seal's";
	return NULL;
}

/* Message id, time and JSON? */
static int
is_reading(const uint8_t *p, size_t len)
{
	struct json_fields	 fields;
	size_t			 offset;

	return len > ASMP_READING_HDR && get_u64(p) != 0 &&
	    json_scan(p + ASMP_READING_HDR, len - ASMP_READING_HDR, &fields,
	    &offset) == JSON_OK;
}

/* The record expanded, to ASMP_PAYLOAD_MAX bytes; 0, or -1 with errno. */
static int
unpack(const struct evidence *e, uint8_t *out, size_t *len)
{
	struct expand	*x;
	int		 r;

	if ((x = expand_new()) == NULL)
		return -1;
	*len = e->len * EXPAND_RATIO + EXPAND_EXTRA;
	if (*len > ASMP_PAYLOAD_MAX)
		*len = ASMP_PAYLOAD_MAX;
	r = expand_record(x, out, len, e->data, e->len);
	expand_free(x);
	return r;
}

/*
 * A seal does not say whether its records are compressed.  Where the bytes
 * are a reading either way, nothing says which one the device meant.
 */
static const char *
check_reading(const struct evidence *e)
{
	uint8_t	 out[ASMP_PAYLOAD_MAX];
	size_t	 len;
	int	 plain = is_reading(e->data, e->len), packed;

	packed = unpack(e, out, &len) == 0;
	if (!packed && errno == ENOMEM)
		return "out of memory";
	packed = packed && is_reading(out, len);
	if (plain && packed)
		return "the record is a reading in two ways";
	if (e->expandedlen == 0)
		return plain ? NULL : "the record is no reading";
	if (!packed || len != e->expandedlen ||
	    memcmp(out, e->expanded, len) != 0)
		return "the record does not expand to that reading";
	return NULL;
}

/* The reading is under P, and P under the device's signature. */
static const char *
check_seal(const struct evidence *e)
{
	const struct seal_record	*rec = &e->record;
	uint8_t				 own[ASMP_HASHLEN], p[ASMP_HASHLEN];
	struct part			 leaves[] = {
		{ e->leaf, (size_t)e->place * ASMP_HASHLEN },
		{ own, sizeof(own) },
		{ e->leaf[e->place] + ASMP_HASHLEN,
		    (size_t)(rec->seal.count - 1 - e->place) * ASMP_HASHLEN }
	};

	seal_leaf_shown(own, e->blind, e->header, e->data, e->len);
	sha256_parts(p, leaves, 3);
	if (memcmp(p, rec->seal.p, sizeof(p)) != 0)
		return "the record is not one that the seal covers";
	if (seal_verify(&e->key, rec->sig, ident_siglen(e->key.alg), rec->t,
	    &rec->seal, rec->id) == -1)
		return "the device's signature does not hold";
	return NULL;
}

/* The seal is in the log, and the log under the gateway's signature. */
static const char *
check_log(const struct evidence *e, const struct ident_pub *gateway,
    struct checkpoint *log)
{
	uint8_t		 data[SEAL_RECORD_MAX], leaf[ASMP_HASHLEN];
	char		 name[NOTE_NAMEMAX];
	struct part	 p = { data, seal_record_put(data, &e->record) };

	if (p.len == 0 || note_name(name, e->gateway, LOG_READINGS) == -1)
		return "the ids are none";
	if (checkpoint_open(log, e->checkpoint, name, gateway) == -1) {
		switch (errno) {
		case EPERM:
			return "the checkpoint is signed by another key than "
			    "the gateway's";
		case EBADMSG:
			return "the gateway's signature does not hold";
		default:
			return "the checkpoint is not one of the gateway's "
			    "readings";
		}
	}
	merkle_leaf(leaf, &p, 1);
	if (merkle_inclusion_check(leaf, e->index, log->size,
	    (const uint8_t (*)[ASMP_HASHLEN])e->path, e->pathlen,
	    log->root) == -1)
		return "the gateway's log does not have the seal there";
	return NULL;
}

/*
 * Whether this proves its reading to who trusts these two keys: the device's
 * own, and the one that signs the gateway's log of readings.  Returns NULL
 * with the log's name, size and root in *log, or what does not hold.
 */
const char *
evidence_check(const struct evidence *e, const struct ident_pub *device,
    const struct ident_pub *gateway, struct checkpoint *log)
{
	const char	*why;

	if (!evidence_valid(e))
		return "the ids, keys or numbers are none";
	if (e->key.alg != device->alg || memcmp(e->key.key, device->key,
	    ident_publen(device->alg)) != 0)
		return "it is signed by another key than the device's";
	if ((why = check_header(e)) != NULL ||
	    (why = check_reading(e)) != NULL ||
	    (why = check_seal(e)) != NULL)
		return why;
	return check_log(e, gateway, log);
}

/* The reading in evidence that evidence_check() has found to hold. */
void
evidence_reading(const struct evidence *e, struct evidence_reading *r)
{
	const uint8_t	*p = e->expandedlen != 0 ? e->expanded : e->data;
	size_t		 len = e->expandedlen != 0 ? e->expandedlen : e->len;

	r->id = get_u64(p);
	r->time = get_u64(p + 8);
	r->text = (const char *)p + ASMP_READING_HDR;
	r->len = len - ASMP_READING_HDR;
}

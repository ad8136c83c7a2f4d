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
 * Merkle trees of RFC 6962, section 2.1, over SHA-256: what an append-only
 * log holds, and proofs of that.  Who writes keeps the frontier, a hash for
 * each bit of the size; who proves has the hashes of complete subtrees, which
 * never change, wherever they are kept.  Nothing here recurses.
 */

#include <openssl/sha.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"

#define PREFIX_LEAF	0x00
#define PREFIX_NODE	0x01

/* A proof in the making. */
struct path {
	uint8_t		(*proof)[ASMP_HASHLEN];
	size_t		 n;
	merkle_get	 get;
	void		*arg;
};

/* The way up to a root, from a node on some level and the level's last. */
struct climb {
	uint64_t	 node;
	uint64_t	 last;
	uint8_t		 now[ASMP_HASHLEN];
	uint8_t		 before[ASMP_HASHLEN];	/* in the smaller tree */
};

static void	prefixed(uint8_t *, uint8_t, const struct part *, size_t);
static void	empty_root(uint8_t *);
static int	failed(int);
static int	range_hash(const struct path *, uint64_t, uint64_t, uint8_t *);
static int	path_add(struct path *, uint64_t, uint64_t);
static int	path_up(struct path *, unsigned int, uint64_t, uint64_t);
static int	climb(struct climb *, const uint8_t (*)[ASMP_HASHLEN], size_t);
static int	is_hash(const uint8_t *, const uint8_t *);
static int	is_empty_root(const uint8_t *);

static int
failed(int error)
{
	errno = error;
	return -1;
}

/* As in kdf.c: libcrypto's functions for SHA-256 cannot fail. */
static void
prefixed(uint8_t *out, uint8_t prefix, const struct part *parts,
    size_t nparts)
{
	SHA256_CTX	 ctx;
	size_t		 i;

	SHA256_Init(&ctx);
	SHA256_Update(&ctx, &prefix, 1);
	for (i = 0; i < nparts; i++) {
		if (parts[i].len != 0)
			SHA256_Update(&ctx, parts[i].data, parts[i].len);
	}
	SHA256_Final(out, &ctx);
}

/* The root of a tree without leaves. */
static void
empty_root(uint8_t *out)
{
	sha256_parts(out, NULL, 0);
}

/* The hash of a leaf, of which the data are these parts; ASMP_HASHLEN. */
void
merkle_leaf(uint8_t *out, const struct part *parts, size_t nparts)
{
	prefixed(out, PREFIX_LEAF, parts, nparts);
}

/* The hash above two others; out may be one of them. */
void
merkle_node(uint8_t *out, const uint8_t *left, const uint8_t *right)
{
	struct part	 p[] = {
		{ left, ASMP_HASHLEN },
		{ right, ASMP_HASHLEN }
	};

	prefixed(out, PREFIX_NODE, p, 2);
}

/*
 * Add a leaf by its hash.  A tree of 2^64 - 1 leaves takes no more, which no
 * caller lives to see.
 */
void
merkle_append(struct merkle *m, const uint8_t *leaf)
{
	uint8_t		 hash[ASMP_HASHLEN];
	unsigned int	 i;

	if (m->size == UINT64_MAX)
		abort();
	memcpy(hash, leaf, sizeof(hash));
	for (i = 0; (m->size >> i & 1) != 0; i++)
		merkle_node(hash, m->node[i], hash);
	memcpy(m->node[i], hash, sizeof(hash));
	m->size++;
}

/* The root over all leaves so far; out takes ASMP_HASHLEN bytes. */
void
merkle_root(const struct merkle *m, uint8_t *out)
{
	unsigned int	 i;
	int		 any = 0;

	if (m->size == 0)
		empty_root(out);
	for (i = 0; i < MERKLE_LEVELS; i++) {
		if ((m->size >> i & 1) == 0)
			continue;
		if (any)
			merkle_node(out, m->node[i], out);
		else
			memcpy(out, m->node[i], ASMP_HASHLEN);
		any = 1;
	}
}

/*
 * The hash over n leaves from first on, where n is no more than first's
 * lowest bit unless that is 0: complete subtrees, the smallest last.
 */
static int
range_hash(const struct path *p, uint64_t first, uint64_t n, uint8_t *out)
{
	uint64_t	 at = first + n;
	uint8_t		 hash[ASMP_HASHLEN];
	unsigned int	 i;

	for (i = 0; at != first; i++) {
		if (((at - first) >> i & 1) == 0)
			continue;
		at -= (uint64_t)1 << i;
		if (p->get(p->arg, i, at >> i, hash) == -1)
			return -1;
		if (at + ((uint64_t)1 << i) == first + n)
			memcpy(out, hash, sizeof(hash));
		else
			merkle_node(out, hash, out);
	}
	return 0;
}

static int
path_add(struct path *p, uint64_t first, uint64_t n)
{
	if (range_hash(p, first, n, p->proof[p->n]) == -1)
		return -1;
	p->n++;
	return 0;
}

/* What stands beside the way from a node to the root, the lowest first. */
static int
path_up(struct path *p, unsigned int level, uint64_t node, uint64_t size)
{
	uint64_t	 last = (size - 1) >> level, beside, first, n;

	for (; last != 0; level++, node >>= 1, last >>= 1) {
		if ((beside = node ^ 1) > last)
			continue;
		first = beside << level;
		n = beside < last ? (uint64_t)1 << level : size - first;
		if (path_add(p, first, n) == -1)
			return -1;
	}
	return 0;
}

/*
 * Prove that the leaf of this index is one of size: *n hashes, at most
 * MERKLE_PROOFMAX.  get gives the hash of a complete subtree and is asked
 * for no other.  Returns 0, or -1 with errno EINVAL, there is no such leaf,
 * or of get.
 */
int
merkle_inclusion(uint8_t (*proof)[ASMP_HASHLEN], size_t *n, uint64_t index,
    uint64_t size, merkle_get get, void *arg)
{
	struct path	 p = { proof, 0, get, arg };

	if (index >= size)
		return failed(EINVAL);
	if (path_up(&p, 0, index, size) == -1)
		return -1;
	*n = p.n;
	return 0;
}

/*
 * Prove that a tree of size1 leaves is how one of size2 began: *n hashes, at
 * most MERKLE_CONSISTENCYMAX; none where size1 is 0 or size2, of which there
 * is nothing to prove.  Returns 0, or -1 with errno EINVAL, size1 is the
 * larger one, or of get.
 */
int
merkle_consistency(uint8_t (*proof)[ASMP_HASHLEN], size_t *n, uint64_t size1,
    uint64_t size2, merkle_get get, void *arg)
{
	struct path	 p = { proof, 0, get, arg };
	uint64_t	 low = size1 & (~size1 + 1);	/* its lowest bit */
	unsigned int	 level;

	if (size1 > size2)
		return failed(EINVAL);
	*n = 0;
	if (size1 == 0 || size1 == size2)
		return 0;
	for (level = 0; low >> level != 1; level++)
		continue;
	if (size1 != low && path_add(&p, size1 - low, low) == -1)
		return -1;
	if (path_up(&p, level, (size1 - 1) >> level, size2) == -1)
		return -1;
	*n = p.n;
	return 0;
}

/* RFC 9162, sections 2.1.3.2 and 2.1.4.2: every hash used, and no other. */
static int
climb(struct climb *c, const uint8_t (*proof)[ASMP_HASHLEN], size_t n)
{
	size_t	 i;

	for (i = 0; i < n && c->last != 0; i++) {
		if ((c->node & 1) != 0 || c->node == c->last) {
			merkle_node(c->now, proof[i], c->now);
			merkle_node(c->before, proof[i], c->before);
			while (c->node != 0 && (c->node & 1) == 0) {
				c->node >>= 1;
				c->last >>= 1;
			}
		} else
			merkle_node(c->now, c->now, proof[i]);
		c->node >>= 1;
		c->last >>= 1;
	}
	return i == n && c->last == 0 ? 0 : -1;
}

static int
is_hash(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, ASMP_HASHLEN) == 0;
}

static int
is_empty_root(const uint8_t *root)
{
	uint8_t	 hash[ASMP_HASHLEN];

	empty_root(hash);
	return is_hash(root, hash);
}

/*
 * Whether these n hashes prove that the leaf with this hash has this index
 * in the tree of this size and root.  Returns 0, or -1 with errno EBADMSG.
 */
int
merkle_inclusion_check(const uint8_t *leaf, uint64_t index, uint64_t size,
    const uint8_t (*proof)[ASMP_HASHLEN], size_t n, const uint8_t *root)
{
	struct climb	 c = { .node = index, .last = size - 1 };

	if (index >= size)
		return failed(EBADMSG);
	memcpy(c.now, leaf, sizeof(c.now));
	if (climb(&c, proof, n) == -1 || !is_hash(c.now, root))
		return failed(EBADMSG);
	return 0;
}

/*
 * Whether these n hashes prove that the tree of size1 is how that of size2
 * began; every tree began as the empty one.  Returns 0, or -1 with errno
 * EBADMSG.
 */
int
merkle_consistency_check(uint64_t size1, const uint8_t *root1,
    uint64_t size2, const uint8_t *root2,
    const uint8_t (*proof)[ASMP_HASHLEN], size_t n)
{
	struct climb	 c = { .node = size1 - 1, .last = size2 - 1 };
	const uint8_t	*from = root1;

	if (size1 > size2 || (size1 == 0 && !is_empty_root(root1)))
		return failed(EBADMSG);
	if (size1 == size2)
		return n == 0 && is_hash(root1, root2) ? 0 : failed(EBADMSG);
	if (size1 == 0)
		return n == 0 ? 0 : failed(EBADMSG);
	if ((size1 & (size1 - 1)) != 0) {
		if (n-- == 0)
			return failed(EBADMSG);
		from = *proof++;
	}
	for (; (c.node & 1) != 0; c.node >>= 1)
		c.last >>= 1;
	memcpy(c.now, from, sizeof(c.now));
	memcpy(c.before, from, sizeof(c.before));
	if (climb(&c, proof, n) == -1 || !is_hash(c.before, root1) ||
	    !is_hash(c.now, root2))
		return failed(EBADMSG);
	return 0;
}

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
 * The trees of the two logs.  Of each level the tile that is being filled is
 * in memory; whole tiles of 256 hashes are in the database, in the manner of
 * c2sp.org/tlog-tiles.  What a transaction adds is undone with it.
 */

#include <sys/types.h>

#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "store.h"

#define TILE_BITS	8
#define TILE_LEVELS	5	/* 2^40 records */

struct tree {
	uint64_t	 size;
	uint8_t		 part[TILE_LEVELS][TILE_HASHES][ASMP_HASHLEN];
};

/* The size, and those tiles that were begun anew since. */
struct saved {
	uint64_t	 size;
	int		 kept[TILE_LEVELS];
	uint8_t		 part[TILE_LEVELS][TILE_HASHES][ASMP_HASHLEN];
};

static struct tree	 trees[TREE_N];
static struct saved	 saved[TREE_N];

/* The root over n hashes, a power of two; they are used up. */
static void
fold(uint8_t (*hash)[ASMP_HASHLEN], size_t n, uint8_t *root)
{
	size_t	 i;

	for (; n > 1; n /= 2)
		for (i = 0; i < n / 2; i++)
			merkle_node(hash[i], hash[2 * i], hash[2 * i + 1]);
	memcpy(root, hash[0], ASMP_HASHLEN);
}

/* How many hashes of a level there are. */
static uint64_t
level_size(const struct tree *t, unsigned int level)
{
	return t->size >> (TILE_BITS * level);
}

/* A tile is whole.  One that is there already is right: it was signed. */
static int
keep_tile(enum tree_kind log, unsigned int level, uint64_t index, int again)
{
	void	*data = trees[log].part[level];
	int	 there = 0;

	if (again && (there = engine->has_tile(log, level, index)) == -1)
		return -1;
	return there ? engine->tile(log, level, index, data) :
	    engine->put_tile(log, level, index, data);
}

/* A tile begins where the one before it lies, which may be wanted again. */
static void
save_level(enum tree_kind log, unsigned int level)
{
	struct saved	*was = &saved[log];

	if (was->kept[level])
		return;
	memcpy(was->part[level], trees[log].part[level],
	    sizeof(was->part[level]));
	was->kept[level] = 1;
}

static int
append(enum tree_kind log, const uint8_t *leaf, int again)
{
	struct tree	*t = &trees[log];
	uint8_t		 hash[ASMP_HASHLEN], full[TILE_HASHES][ASMP_HASHLEN];
	uint64_t	 index;
	unsigned int	 level;

	memcpy(hash, leaf, sizeof(hash));
	for (level = 0; level < TILE_LEVELS; level++) {
		index = level_size(t, level);
		if (index % TILE_HASHES == 0)
			save_level(log, level);
		memcpy(t->part[level][index % TILE_HASHES], hash,
		    sizeof(hash));
		if (index % TILE_HASHES != TILE_HASHES - 1)
			break;
		if (keep_tile(log, level, index / TILE_HASHES, again) == -1)
			return -1;
		memcpy(full, t->part[level], sizeof(full));
		fold(full, TILE_HASHES, hash);
	}
	t->size++;
	return 0;
}

/*
 * Adds a leaf, in a transaction; the tiles that it makes whole are kept.
 * Returns 0, or -1 when the database refuses.
 */
int
log_append(enum tree_kind log, const uint8_t *leaf)
{
	return append(log, leaf, 0);
}

/* The number of leaves. */
uint64_t
log_size(enum tree_kind log)
{
	return trees[log].size;
}

/* Marks where a transaction begins, for log_undo(). */
void
log_mark(enum tree_kind log)
{
	saved[log].size = trees[log].size;
	memset(saved[log].kept, 0, sizeof(saved[log].kept));
}

/* Forgets what was added since log_mark(): the transaction is undone. */
void
log_undo(enum tree_kind log)
{
	struct saved	*was = &saved[log];
	unsigned int	 level;

	trees[log].size = was->size;
	for (level = 0; level < TILE_LEVELS; level++)
		if (was->kept[level])
			memcpy(trees[log].part[level], was->part[level],
			    sizeof(was->part[level]));
}

/* n hashes of a tile's level from place on, all of which are there. */
static int
take_hashes(const struct tree *t, enum tree_kind log, unsigned int level,
    uint64_t place, size_t n, uint8_t (*out)[ASMP_HASHLEN])
{
	uint8_t	 tile[TILE_HASHES][ASMP_HASHLEN];

	if (place / TILE_HASHES == level_size(t, level) / TILE_HASHES) {
		memcpy(out, t->part[level] + place % TILE_HASHES,
		    n * ASMP_HASHLEN);
		return 0;
	}
	if (engine->tile(log, level, place / TILE_HASHES, tile) == -1)
		return -1;
	memcpy(out, tile + place % TILE_HASHES, n * ASMP_HASHLEN);
	return 0;
}

/*
 * A node of a log's tree, ASMP_HASHLEN bytes; arg is the log.  It is what
 * proofs are made of: merkle_get of libasmp.
 */
int
log_node(void *arg, unsigned int level, uint64_t index, uint8_t *hash)
{
	const enum tree_kind	*log = arg;
	uint8_t			 under[TILE_HASHES][ASMP_HASHLEN];
	unsigned int		 up = level % TILE_BITS;

	if (level / TILE_BITS >= TILE_LEVELS)
		fatalx("level %u of a log", level);
	if (take_hashes(&trees[*log], *log, level / TILE_BITS, index << up,
	    (size_t)1 << up, under) == -1)
		return -1;
	fold(under, (size_t)1 << up, hash);
	return 0;
}

/* The root of the first size leaves: 0, or -1 with engine->error(). */
int
log_root(enum tree_kind log, uint64_t size, uint8_t *root)
{
	struct merkle	 m;
	unsigned int	 bit;

	memset(&m, 0, sizeof(m));
	if (size > trees[log].size)
		fatalx("the root of %llu leaves of %llu",
		    (unsigned long long)size,
		    (unsigned long long)trees[log].size);
	m.size = size;
	for (bit = 0; bit < MERKLE_LEVELS; bit++)
		if ((size & 1ULL << bit) != 0 && log_node(&log, bit,
		    (size >> bit) - 1, m.node[bit]) == -1)
			return -1;
	merkle_root(&m, root);
	return 0;
}

/* The unfinished tile of a level, from the whole ones below it. */
static int
load_level(struct tree *t, enum tree_kind log, unsigned int level)
{
	uint8_t		 tile[TILE_HASHES][ASMP_HASHLEN];
	uint64_t	 n = level_size(t, level), i = n - n % TILE_HASHES;

	for (; i < n; i++) {
		if (engine->tile(log, level - 1, i, tile) == -1)
			return -1;
		fold(tile, TILE_HASHES, t->part[level][i % TILE_HASHES]);
	}
	return 0;
}

/*
 * Takes up a log of size leaves, of which leaves gives those from an index
 * on.  Returns 0, or -1 when the database does not have what it should.
 */
int
log_load(enum tree_kind log, uint64_t size,
    int (*leaves)(uint64_t, uint8_t (*)[ASMP_HASHLEN], uint32_t *))
{
	struct tree	*t = &trees[log];
	uint32_t	 n = TILE_HASHES;
	unsigned int	 level;

	t->size = size;
	if (leaves(size - size % TILE_HASHES, t->part[0], &n) == -1)
		return -1;
	for (level = 1; level < TILE_LEVELS; level++)
		if (load_level(t, log, level) == -1)
			return -1;
	return 0;
}

/*
 * The rest of a tile, as far as the log had come: its hashes, where the
 * database has them.  Returns how many it has not, or -1.
 */
static int
stretch_tile(enum tree_kind log, uint64_t size)
{
	struct tree	*t = &trees[log];
	uint8_t		 tile[TILE_HASHES][ASMP_HASHLEN] = { 0 };
	uint64_t	 index = t->size / TILE_HASHES, was = t->size;
	int		 there;

	if ((there = engine->has_tile(log, 0, index)) == -1 ||
	    (there && engine->tile(log, 0, index, tile) == -1))
		return -1;
	do {
		if (append(log, tile[t->size % TILE_HASHES], 1) == -1)
			return -1;
	} while (t->size < size && t->size % TILE_HASHES != 0);
	return there ? 0 : (int)(t->size - was);
}

/*
 * Makes a log as long as the parent says it was: what is missing was cut off,
 * and has no hash unless a whole tile has it.  Returns 0 or -1.
 */
int
log_stretch(enum tree_kind log, uint64_t size)
{
	uint64_t	 had = trees[log].size, lost = 0;
	int		 n;

	while (trees[log].size < size) {
		if (childside_orphaned())
			fatalx("the parent is gone");
		if ((n = stretch_tile(log, size)) == -1)
			return -1;
		if ((lost += n) > STRETCH_MAX)
			fatalx("%s: %llu entries where %llu were signed: this "
			    "is not the database that the anchor knows",
			    log == TREE_AUDIT ? "audit log" :
			    "log of readings", (unsigned long long)had,
			    (unsigned long long)size);
	}
	return 0;
}

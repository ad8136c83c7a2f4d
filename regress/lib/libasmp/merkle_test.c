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
 * Merkle trees, against known answers and against the definitions of RFC
 * 6962, section 2.1, written down as they stand there.
 */

#include "asmp_proto.h"
#include "testutil.h"

#define LEAVES	70
#define BITS	(8 * ASMP_HASHLEN)

typedef uint8_t	proof_t[MERKLE_CONSISTENCYMAX + 2][ASMP_HASHLEN];

/*
 * The inputs that implementations of Certificate Transparency share, and the
 * roots of the trees of the first 0 to 8 of them: as in the tests of
 * google/certificate-transparency (merkle_tree_test.cc) and, today,
 * transparency-dev/merkle (testonly/constants.go).
 */
static const char *const	known_leaves[] = {
	"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
	"606162636465666768696a6b6c6d6e6f"
};
static const char *const	known_roots[] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
};

/* The leaves' hashes; size is that of the tree that proofs are asked for. */
static uint8_t	leaf[LEAVES][ASMP_HASHLEN];
static uint64_t	size;

static void
known_leaf(uint8_t *out, size_t i)
{
	uint8_t		 data[16];
	struct part	 p = { data, unhex(data, known_leaves[i]) };

	merkle_leaf(out, &p, 1);
}

static void
make_leaves(void)
{
	uint8_t		 data[2] = { 0 };
	struct part	 p[] = { { data, 1 }, { NULL, 0 }, { data + 1, 1 } };

	for (; data[1] < LEAVES; data[1]++)
		merkle_leaf(leaf[data[1]], p, 3);
}

/* The largest power of two below n. */
static size_t
split(size_t n)
{
	size_t	 k = 1;

	while (2 * k < n)
		k *= 2;
	return k;
}

/* MTH(D[first:first + n]) */
static void
ref_root(uint8_t *out, size_t first, size_t n)
{
	uint8_t	 right[ASMP_HASHLEN];
	size_t	 k;

	if (n == 0) {
		unhex(out, known_roots[0]);
		return;
	}
	if (n == 1) {
		memcpy(out, leaf[first], ASMP_HASHLEN);
		return;
	}
	k = split(n);
	ref_root(out, first, k);
	ref_root(right, first + k, n - k);
	merkle_node(out, out, right);
}

/* PATH(m, D[first:first + n]); returns how many hashes. */
static size_t
ref_path(proof_t proof, size_t m, size_t first, size_t n)
{
	size_t	 k, len;

	if (n == 1)
		return 0;
	k = split(n);
	if (m < k) {
		len = ref_path(proof, m, first, k);
		ref_root(proof[len], first + k, n - k);
	} else {
		len = ref_path(proof, m - k, first + k, n - k);
		ref_root(proof[len], first, k);
	}
	return len + 1;
}

/* SUBPROOF(m, D[first:first + n], known) */
static size_t
ref_subproof(proof_t proof, size_t m, size_t first, size_t n, int known)
{
	size_t	 k, len;

	if (m == n) {
		if (!known)
			ref_root(proof[0], first, n);
		return known ? 0 : 1;
	}
	k = split(n);
	if (m <= k) {
		len = ref_subproof(proof, m, first, k, known);
		ref_root(proof[len], first + k, n - k);
	} else {
		len = ref_subproof(proof, m - k, first + k, n - k, 0);
		ref_root(proof[len], first, k);
	}
	return len + 1;
}

/* What merkle_get wants; a subtree that is not complete has no place. */
static int
get(void *arg, unsigned int level, uint64_t index, uint8_t *hash)
{
	uint64_t	 n = (uint64_t)1 << level;

	ATF_REQUIRE_EQ(leaf, arg);
	ATF_REQUIRE((index + 1) * n <= size);
	ref_root(hash, index * n, n);
	return 0;
}

static size_t
inclusion(proof_t proof, uint64_t index, uint64_t n)
{
	size_t	 len = SIZE_MAX;

	size = n;
	ATF_REQUIRE_EQ(0, merkle_inclusion(proof, &len, index, n, get, leaf));
	return len;
}

static size_t
consistency(proof_t proof, uint64_t size1, uint64_t size2)
{
	size_t	 len = SIZE_MAX;

	size = size2;
	ATF_REQUIRE_EQ(0, merkle_consistency(proof, &len, size1, size2, get,
	    leaf));
	return len;
}

/* The checks, which take what cannot be changed. */
static int
included(const uint8_t *hash, uint64_t index, uint64_t n, proof_t proof,
    size_t len, const uint8_t *root)
{
	return merkle_inclusion_check(hash, index, n,
	    (const uint8_t (*)[ASMP_HASHLEN])proof, len, root);
}

static int
consistent(uint64_t size1, const uint8_t *root1, uint64_t size2,
    const uint8_t *root2, proof_t proof, size_t len)
{
	return merkle_consistency_check(size1, root1, size2, root2,
	    (const uint8_t (*)[ASMP_HASHLEN])proof, len);
}

ATF_TC_WITHOUT_HEAD(known_answers);
ATF_TC_BODY(known_answers, tc)
{
	struct merkle	 m = { 0 };
	uint8_t		 hash[ASMP_HASHLEN];
	size_t		 i;

	for (i = 0; i <= 8; i++) {
		ATF_REQUIRE_EQ(i, m.size);
		merkle_root(&m, hash);
		REQUIRE_HEX(known_roots[i], hash, sizeof(hash));
		if (i == 8)
			break;
		known_leaf(hash, i);
		merkle_append(&m, hash);
	}
}

/* Pieces make one leaf, and a leaf is not mistaken for a node. */
ATF_TC_WITHOUT_HEAD(leaf_parts);
ATF_TC_BODY(leaf_parts, tc)
{
	uint8_t		 data[64], one[ASMP_HASHLEN], two[ASMP_HASHLEN];
	struct part	 whole = { data, sizeof(data) };
	struct part	 cut[] = { { data, 0 }, { data, 1 }, { NULL, 0 },
			    { data + 1, 63 } };

	count_up(data, 0, sizeof(data));
	merkle_leaf(one, &whole, 1);
	merkle_leaf(two, cut, 4);
	ATF_REQUIRE(memcmp(one, two, sizeof(one)) == 0);
	merkle_node(two, data, data + ASMP_HASHLEN);
	ATF_REQUIRE(memcmp(one, two, sizeof(one)) != 0);
}

ATF_TC_WITHOUT_HEAD(roots);
ATF_TC_BODY(roots, tc)
{
	struct merkle	 m = { 0 };
	uint8_t		 got[ASMP_HASHLEN], want[ASMP_HASHLEN];
	size_t		 i;

	make_leaves();
	for (i = 0; i < LEAVES; i++) {
		merkle_append(&m, leaf[i]);
		merkle_root(&m, got);
		ref_root(want, 0, i + 1);
		ATF_REQUIRE(memcmp(got, want, sizeof(got)) == 0);
	}
}

ATF_TC_WITHOUT_HEAD(inclusion_proofs);
ATF_TC_BODY(inclusion_proofs, tc)
{
	proof_t	 proof, want;
	uint8_t	 root[ASMP_HASHLEN];
	size_t	 n, i, len;

	make_leaves();
	for (n = 1; n <= LEAVES; n++) {
		ref_root(root, 0, n);
		for (i = 0; i < n; i++) {
			len = inclusion(proof, i, n);
			ATF_REQUIRE_EQ(ref_path(want, i, 0, n), len);
			ATF_REQUIRE(memcmp(proof, want,
			    len * ASMP_HASHLEN) == 0);
			ATF_REQUIRE_EQ(0, included(leaf[i], i, n, proof, len,
			    root));
		}
		REQUIRE_ERRNO(EINVAL, merkle_inclusion(proof, &len, n, n, get,
		    leaf));
	}
	REQUIRE_ERRNO(EINVAL, merkle_inclusion(proof, &len, 0, 0, get, leaf));
}

ATF_TC_WITHOUT_HEAD(consistency_proofs);
ATF_TC_BODY(consistency_proofs, tc)
{
	proof_t	 proof, want;
	uint8_t	 root1[ASMP_HASHLEN], root2[ASMP_HASHLEN];
	size_t	 n, m, len;

	make_leaves();
	for (n = 1; n <= LEAVES; n++) {
		ref_root(root2, 0, n);
		for (m = 1; m <= n; m++) {
			ref_root(root1, 0, m);
			len = consistency(proof, m, n);
			ATF_REQUIRE_EQ(ref_subproof(want, m, 0, n, 1), len);
			ATF_REQUIRE(memcmp(proof, want,
			    len * ASMP_HASHLEN) == 0);
			ATF_REQUIRE_EQ(0, consistent(m, root1, n, root2,
			    proof, len));
		}
		REQUIRE_ERRNO(EINVAL, merkle_consistency(proof, &len, n + 1,
		    n, get, leaf));
	}
}

/* Every tree began as the empty one, of which there is one root. */
ATF_TC_WITHOUT_HEAD(from_nothing);
ATF_TC_BODY(from_nothing, tc)
{
	proof_t	 proof = { { 0 } };
	uint8_t	 root[ASMP_HASHLEN], empty[ASMP_HASHLEN];

	make_leaves();
	ref_root(root, 0, 5);
	ref_root(empty, 0, 0);
	ATF_REQUIRE_EQ(0, consistency(proof, 0, 5));
	ATF_REQUIRE_EQ(0, consistency(proof, 0, 0));
	ATF_REQUIRE_EQ(0, consistent(0, empty, 5, root, proof, 0));
	ATF_REQUIRE_EQ(0, consistent(0, empty, 0, empty, proof, 0));
	REQUIRE_ERRNO(EBADMSG, consistent(0, empty, 5, root, proof, 1));
	REQUIRE_ERRNO(EBADMSG, consistent(0, root, 5, root, proof, 0));
	REQUIRE_ERRNO(EBADMSG, consistent(0, root, 0, root, proof, 0));
	REQUIRE_ERRNO(EBADMSG, consistent(0, empty, 0, root, proof, 0));
	REQUIRE_ERRNO(EBADMSG, included(root, 0, 0, proof, 0, root));
	REQUIRE_ERRNO(EBADMSG, included(empty, 0, 0, proof, 0, empty));
}

static void
flip(uint8_t *p, size_t bit)
{
	p[bit / 8] ^= 1U << bit % 8;
}

ATF_TC_WITHOUT_HEAD(inclusion_bits);
ATF_TC_BODY(inclusion_bits, tc)
{
	static const size_t	 sizes[] = { 1, 2, 3, 7, 8, 9, 33, LEAVES };
	proof_t			 proof;
	uint8_t			 root[ASMP_HASHLEN], own[ASMP_HASHLEN];
	size_t			 s, n, i, bit, len;

	make_leaves();
	for (s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		n = sizes[s];
		ref_root(root, 0, n);
		for (i = 0; i < n; i++) {
			len = inclusion(proof, i, n);
			memcpy(own, leaf[i], sizeof(own));
			for (bit = 0; bit < (len + 2) * BITS; bit++) {
				uint8_t *p = bit < BITS ? own :
				    bit < 2 * BITS ? root :
				    proof[bit / BITS - 2];

				flip(p, bit % BITS);
				REQUIRE_ERRNO(EBADMSG, included(own, i, n,
				    proof, len, root));
				flip(p, bit % BITS);
			}
			ATF_REQUIRE_EQ(0, included(own, i, n, proof, len,
			    root));
		}
	}
}

ATF_TC_WITHOUT_HEAD(consistency_bits);
ATF_TC_BODY(consistency_bits, tc)
{
	static const size_t	 sizes[] = { 1, 2, 3, 7, 8, 9, 33, LEAVES };
	proof_t			 proof;
	uint8_t			 root1[ASMP_HASHLEN], root2[ASMP_HASHLEN];
	size_t			 s, n, m, bit, len;

	make_leaves();
	for (s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		n = sizes[s];
		ref_root(root2, 0, n);
		for (m = 1; m <= n; m++) {
			ref_root(root1, 0, m);
			len = consistency(proof, m, n);
			for (bit = 0; bit < (len + 2) * BITS; bit++) {
				uint8_t *p = bit < BITS ? root1 :
				    bit < 2 * BITS ? root2 :
				    proof[bit / BITS - 2];

				flip(p, bit % BITS);
				REQUIRE_ERRNO(EBADMSG, consistent(m, root1, n,
				    root2, proof, len));
				flip(p, bit % BITS);
			}
		}
	}
}

/* A leaf is at no other place, and a proof is for no other tree. */
ATF_TC_WITHOUT_HEAD(inclusion_elsewhere);
ATF_TC_BODY(inclusion_elsewhere, tc)
{
	proof_t	 proof;
	uint8_t	 root[ASMP_HASHLEN];
	size_t	 n, i, j, len;

	make_leaves();
	for (n = 1; n <= LEAVES; n++) {
		ref_root(root, 0, n);
		for (i = 0; i < n; i++) {
			len = inclusion(proof, i, n);
			for (j = 0; j < n + 3; j++) {
				if (j != i)
					REQUIRE_ERRNO(EBADMSG,
					    included(leaf[i], j, n, proof, len,
					    root));
			}
		}
		for (i = 0; i <= LEAVES; i++) {
			if (i == n)
				continue;
			ref_root(root, 0, i);
			REQUIRE_ERRNO(EBADMSG, included(leaf[n - 1], n - 1, i,
			    proof, len, root));
		}
	}
}

ATF_TC_WITHOUT_HEAD(consistency_elsewhere);
ATF_TC_BODY(consistency_elsewhere, tc)
{
	proof_t		 proof;
	uint8_t		 root[21][ASMP_HASHLEN];
	size_t		 n, m, i, j, len;

	make_leaves();
	for (n = 0; n <= 20; n++)
		ref_root(root[n], 0, n);
	for (n = 2; n <= 20; n++) {
		for (m = 1; m < n; m++) {
			len = consistency(proof, m, n);
			for (i = 0; i <= 20; i++) {
				for (j = 0; j <= 20; j++) {
					ATF_REQUIRE_EQ(i == m && j == n ?
					    0 : -1, consistent(i, root[i],
					    j, root[j], proof, len));
				}
			}
		}
	}
}

/* No hash too few, none too many, and none in another's place. */
ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	proof_t	 proof;
	uint8_t	 root[ASMP_HASHLEN], old[ASMP_HASHLEN];
	size_t	 n, m, i, len;

	make_leaves();
	for (n = 1; n <= LEAVES; n++) {
		ref_root(root, 0, n);
		for (m = 1; m <= n; m++) {
			memset(proof, 0, sizeof(proof));
			ref_root(old, 0, m);
			len = inclusion(proof, m - 1, n);
			for (i = 0; i < len + 3; i++)
				ATF_REQUIRE_EQ(i == len ? 0 : -1,
				    included(leaf[m - 1], m - 1, n, proof, i,
				    root));
			len = consistency(proof, m, n);
			for (i = 0; i < len + 3; i++)
				ATF_REQUIRE_EQ(i == len ? 0 : -1,
				    consistent(m, old, n, root, proof, i));
		}
	}
}

/* A tree of equal leaves: one hash on each level, for sizes no disk holds. */
static int
get_equal(void *arg, unsigned int level, uint64_t index, uint8_t *hash)
{
	const struct merkle	*m = arg;

	ATF_REQUIRE(level < MERKLE_LEVELS);
	ATF_REQUIRE(index < m->size >> level);
	memcpy(hash, m->node[level], ASMP_HASHLEN);
	return 0;
}

static void
require_huge_inclusion(struct merkle *m, uint64_t index)
{
	proof_t	 proof;
	uint8_t	 root[ASMP_HASHLEN];
	size_t	 len;

	merkle_root(m, root);
	ATF_REQUIRE_EQ(0, merkle_inclusion(proof, &len, index, m->size,
	    get_equal, m));
	ATF_REQUIRE(len <= MERKLE_PROOFMAX);
	ATF_REQUIRE_EQ(0, included(leaf[0], index, m->size, proof, len, root));
	REQUIRE_ERRNO(EBADMSG, included(leaf[1], index, m->size, proof, len,
	    root));
	REQUIRE_ERRNO(EBADMSG, included(leaf[0], m->size, m->size, proof, len,
	    root));
	REQUIRE_ERRNO(EBADMSG, included(leaf[0], index, m->size, proof,
	    len + 1, root));
	REQUIRE_ERRNO(EINVAL, merkle_inclusion(proof, &len, m->size, m->size,
	    get_equal, m));
}

static void
require_huge_consistency(struct merkle *m, uint64_t size1)
{
	struct merkle	 older = *m;
	proof_t		 proof;
	uint8_t		 root1[ASMP_HASHLEN], root2[ASMP_HASHLEN];
	size_t		 len;

	older.size = size1;
	merkle_root(&older, root1);
	merkle_root(m, root2);
	ATF_REQUIRE_EQ(0, merkle_consistency(proof, &len, size1, m->size,
	    get_equal, m));
	ATF_REQUIRE(len <= MERKLE_CONSISTENCYMAX);
	ATF_REQUIRE_EQ(0, consistent(size1, root1, m->size, root2, proof,
	    len));
	root1[0] ^= 1;
	REQUIRE_ERRNO(EBADMSG, consistent(size1, root1, m->size, root2, proof,
	    len));
}

ATF_TC_WITHOUT_HEAD(huge);
ATF_TC_BODY(huge, tc)
{
	static const uint64_t	 top = (uint64_t)1 << 63;
	const uint64_t		 sizes[] = { top - 1, top, top + 1,
				    UINT64_MAX - 1, UINT64_MAX };
	struct merkle		 m = { 0 };
	size_t			 s, i;

	make_leaves();
	memcpy(m.node[0], leaf[0], ASMP_HASHLEN);
	for (i = 1; i < MERKLE_LEVELS; i++)
		merkle_node(m.node[i], m.node[i - 1], m.node[i - 1]);
	for (s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		m.size = sizes[s];
		require_huge_inclusion(&m, 0);
		require_huge_inclusion(&m, m.size / 2);
		require_huge_inclusion(&m, m.size / 3);
		require_huge_inclusion(&m, m.size - 1);
		require_huge_consistency(&m, 1);
		require_huge_consistency(&m, 3);
		require_huge_consistency(&m, m.size / 3);
		require_huge_consistency(&m, top / 2);
		require_huge_consistency(&m, m.size - 1);
		for (i = 0; i <= s; i++)
			require_huge_consistency(&m, sizes[i]);
	}
}

/* The longest proofs are as long as the header says. */
ATF_TC_WITHOUT_HEAD(longest);
ATF_TC_BODY(longest, tc)
{
	struct merkle	 m = { .size = UINT64_MAX };
	proof_t		 proof;
	size_t		 len;

	ATF_REQUIRE_EQ(0, merkle_inclusion(proof, &len, 0, m.size, get_equal,
	    &m));
	ATF_REQUIRE_EQ(MERKLE_PROOFMAX, len);
	ATF_REQUIRE_EQ(0, merkle_consistency(proof, &len, 3, m.size,
	    get_equal, &m));
	ATF_REQUIRE_EQ(MERKLE_CONSISTENCYMAX, len);
}

static int
get_fails(void *arg, unsigned int level, uint64_t index, uint8_t *hash)
{
	int	*left = arg;

	(void)level;
	(void)index;
	memset(hash, 0, ASMP_HASHLEN);
	if ((*left)-- > 0)
		return 0;
	errno = EIO;
	return -1;
}

/* Where a hash cannot be had there is no proof, and its reason is told. */
ATF_TC_WITHOUT_HEAD(no_hash);
ATF_TC_BODY(no_hash, tc)
{
	proof_t	 proof;
	size_t	 len;
	int	 i, left;

	for (i = 0; i < 7; i++) {
		left = i;
		REQUIRE_ERRNO(EIO, merkle_inclusion(proof, &len, 20, LEAVES,
		    get_fails, &left));
		left = i;
		REQUIRE_ERRNO(EIO, merkle_consistency(proof, &len, 21, LEAVES,
		    get_fails, &left));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, known_answers);
	ATF_TP_ADD_TC(tp, leaf_parts);
	ATF_TP_ADD_TC(tp, roots);
	ATF_TP_ADD_TC(tp, inclusion_proofs);
	ATF_TP_ADD_TC(tp, consistency_proofs);
	ATF_TP_ADD_TC(tp, from_nothing);
	ATF_TP_ADD_TC(tp, inclusion_bits);
	ATF_TP_ADD_TC(tp, consistency_bits);
	ATF_TP_ADD_TC(tp, inclusion_elsewhere);
	ATF_TP_ADD_TC(tp, consistency_elsewhere);
	ATF_TP_ADD_TC(tp, lengths);
	ATF_TP_ADD_TC(tp, huge);
	ATF_TP_ADD_TC(tp, longest);
	ATF_TP_ADD_TC(tp, no_hash);
	return atf_no_error();
}

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


#include <openssl/crypto.h>

#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "asmp_proto.h"
#include "testutil.h"

#define NCONTEXTS	3

static const uint8_t	nonce[AEAD_NONCELEN] = { 0, 0, 0, 1 };
static const uint8_t	ad[ASMP_HDRLEN] = { 0, 1, 0, 3 };

static void
fill(uint8_t *key, uint8_t first)
{
	count_up(key, first, ASMP_KEYLEN);
}

/* Seal a byte under a slot's key, so that two contexts can be compared. */
static void
stamp(struct aead_pool *pool, struct aead **slot, const uint8_t *key,
    uint8_t *out)
{
	struct aead	*a = aead_borrow(pool, slot, key);

	ATF_REQUIRE(a != NULL && a == *slot);
	ATF_REQUIRE_EQ(0, aead_seal(a, out, nonce, (const uint8_t *)"x", 1,
	    ad, sizeof(ad)));
}

/* RFC 8439, section 2.8.2. */
ATF_TC_WITHOUT_HEAD(chapoly_rfc8439);
ATF_TC_BODY(chapoly_rfc8439, tc)
{
	static const char	 text[] =
	    "Ladies and Gentlemen of the class of '99: If I could offer you "
	    "only one tip for the future, sunscreen would be it.";
	static const char	 want[] =
	    "d31a8d34648e60db7b86afbc53ef7ec2"
	    "a4aded51296e08fea9e2b5a736ee62d6"
	    "3dbea45e8ca9671282fafb69da92728b"
	    "1a71de0a9e060b2905d6a5b67ecd3b36"
	    "92ddbd7f2d778b8c9803aee328091b58"
	    "fab324e4fad675945585808b4831d7bc"
	    "3ff4def08e4b7a9de576d26586cec64b"
	    "61161ae10b594f09e26a7e902ecbd060"
	    "0691";
	struct aead_pool	*pool = aead_pool_new(2);
	uint8_t			 key[ASMP_KEYLEN], n[AEAD_NONCELEN], a[12];
	uint8_t			 out[sizeof(text) - 1 + ASMP_TAGLEN];
	uint8_t			 back[sizeof(text) - 1];

	fill(key, 0x80);
	unhex(n, "070000004041424344454647");
	unhex(a, "50515253c0c1c2c3c4c5c6c7");
	ATF_REQUIRE_EQ(0, chapoly_seal(out, key, n, (const uint8_t *)text,
	    sizeof(text) - 1, a, sizeof(a)));
	REQUIRE_HEX(want, out, sizeof(out));
	ATF_REQUIRE_EQ(0, chapoly_open(back, key, n, out, sizeof(out), a,
	    sizeof(a)));
	ATF_REQUIRE(memcmp(text, back, sizeof(back)) == 0);
	memset(out, 0, sizeof(out));
	ATF_REQUIRE_EQ(0, pool_seal(pool, out, key, n, (const uint8_t *)text,
	    sizeof(text) - 1, a, sizeof(a)));
	REQUIRE_HEX(want, out, sizeof(out));
	memset(back, 0, sizeof(back));
	ATF_REQUIRE_EQ(0, pool_open(pool, back, key, n, out, sizeof(out), a,
	    sizeof(a)));
	ATF_REQUIRE(memcmp(text, back, sizeof(back)) == 0);
	aead_pool_free(pool);
}

/* NIST's AES-256 test case 16 of the GCM submission (McGrew and Viega). */
ATF_TC_WITHOUT_HEAD(gcm_vector);
ATF_TC_BODY(gcm_vector, tc)
{
	struct aead_pool	*pool = aead_pool_new(2);
	struct aead		*slot = NULL, *a;
	uint8_t			 key[32], n[12], in[60], aad[20], out[76];

	unhex(key, "feffe9928665731c6d6a8f9467308308"
	    "feffe9928665731c6d6a8f9467308308");
	unhex(n, "cafebabefacedbaddecaf888");
	unhex(in, "d9313225f88406e5a55909c5aff5269a"
	    "86a7a9531534f7da2e4c303d8a318a72"
	    "1c3c0c95956809532fcf0e2449a6b525"
	    "b16aedf5aa0de657ba637b39");
	unhex(aad, "feedfacedeadbeeffeedfacedeadbeefabaddad2");
	ATF_REQUIRE((a = aead_borrow(pool, &slot, key)) != NULL);
	ATF_REQUIRE_EQ(0, aead_seal(a, out, n, in, sizeof(in), aad,
	    sizeof(aad)));
	REQUIRE_HEX("522dc1f099567d07f47f37a32a84427d"
	    "643a8cdcbfe5c0c97598a2bd2555d1aa"
	    "8cb08e48590dbb3da7b08b1056828838"
	    "c5f61e6393ba7a0abcc9f662"
	    "76fc6ece0f4e1768cddf8853bb2d551b", out, sizeof(out));
	ATF_REQUIRE_EQ(0, aead_open(a, out, n, out, sizeof(out), aad,
	    sizeof(aad)));
	ATF_REQUIRE(memcmp(in, out, sizeof(in)) == 0);
	aead_return(&slot);
	aead_pool_free(pool);
}

/* Sealing and opening may alternate on one context, in place, any length. */
ATF_TC_WITHOUT_HEAD(round_trips);
ATF_TC_BODY(round_trips, tc)
{
	struct aead_pool	*pool = aead_pool_new(2);
	struct aead		*slot = NULL, *a;
	uint8_t			 key[32], b[300 + ASMP_TAGLEN], want[300];
	size_t			 len;

	fill(key, 1);
	count_up(want, 0, sizeof(want));
	ATF_REQUIRE((a = aead_borrow(pool, &slot, key)) != NULL);
	for (len = 0; len <= sizeof(want); len++) {
		memcpy(b, want, len);
		ATF_REQUIRE_EQ(0, aead_seal(a, b, nonce, b, len, ad,
		    sizeof(ad)));
		ATF_REQUIRE_EQ(0, aead_open(a, b, nonce, b, len + ASMP_TAGLEN,
		    ad, sizeof(ad)));
		ATF_REQUIRE(memcmp(want, b, len) == 0);
		ATF_REQUIRE_EQ(0, chapoly_seal(b, key, nonce, b, len, NULL,
		    0));
		ATF_REQUIRE_EQ(0, pool_open(pool, b, key, nonce, b,
		    len + ASMP_TAGLEN, NULL, 0));
		ATF_REQUIRE(memcmp(want, b, len) == 0);
		ATF_REQUIRE_EQ(0, pool_seal(pool, b, key, nonce, b, len, NULL,
		    0));
		ATF_REQUIRE_EQ(0, chapoly_open(b, key, nonce, b,
		    len + ASMP_TAGLEN, NULL, 0));
		ATF_REQUIRE(memcmp(want, b, len) == 0);
	}
	aead_return(&slot);
	aead_pool_free(pool);
}

/* Each bit of record, tag, header and nonce counts; nothing leaks out. */
ATF_TC_WITHOUT_HEAD(forgeries);
ATF_TC_BODY(forgeries, tc)
{
	static const uint8_t	 zero[8];
	struct aead_pool	*pool = aead_pool_new(2);
	struct aead		*slot = NULL, *a;
	uint8_t			 key[32], g[24], c[24], n[12], h[24], out[8];
	size_t			 i;

	fill(key, 1);
	ATF_REQUIRE((a = aead_borrow(pool, &slot, key)) != NULL);
	ATF_REQUIRE_EQ(0, aead_seal(a, g, nonce, (const uint8_t *)"readings",
	    8, ad, sizeof(ad)));
	ATF_REQUIRE_EQ(0, chapoly_seal(c, key, nonce,
	    (const uint8_t *)"readings", 8, ad, sizeof(ad)));
	for (i = 0; i < sizeof(g); i++) {
		g[i] ^= 0x80;
		c[i] ^= 0x80;
		memset(out, 0x55, sizeof(out));
		REQUIRE_ERRNO(EBADMSG, aead_open(a, out, nonce, g, sizeof(g),
		    ad, sizeof(ad)));
		ATF_REQUIRE(memcmp(out, zero, sizeof(out)) == 0);
		memset(out, 0x55, sizeof(out));
		REQUIRE_ERRNO(EBADMSG, chapoly_open(out, key, nonce, c,
		    sizeof(c), ad, sizeof(ad)));
		ATF_REQUIRE(memcmp(out, zero, sizeof(out)) == 0);
		memset(out, 0x55, sizeof(out));
		REQUIRE_ERRNO(EBADMSG, pool_open(pool, out, key, nonce, c,
		    sizeof(c), ad, sizeof(ad)));
		ATF_REQUIRE(memcmp(out, zero, sizeof(out)) == 0);
		g[i] ^= 0x80;
		c[i] ^= 0x80;
		memcpy(h, ad, sizeof(h));
		h[i] ^= 1;
		REQUIRE_ERRNO(EBADMSG, aead_open(a, out, nonce, g, sizeof(g),
		    h, sizeof(h)));
		REQUIRE_ERRNO(EBADMSG, chapoly_open(out, key, nonce, c,
		    sizeof(c), h, sizeof(h)));
		REQUIRE_ERRNO(EBADMSG, pool_open(pool, out, key, nonce, c,
		    sizeof(c), h, sizeof(h)));
		memcpy(n, nonce, sizeof(n));
		n[i % sizeof(n)] ^= 1;
		REQUIRE_ERRNO(EBADMSG, aead_open(a, out, n, g, sizeof(g), ad,
		    sizeof(ad)));
		REQUIRE_ERRNO(EBADMSG, chapoly_open(out, key, n, c, sizeof(c),
		    ad, sizeof(ad)));
	}
	ATF_REQUIRE_EQ(0, aead_open(a, out, nonce, g, sizeof(g), ad,
	    sizeof(ad)));
	ATF_REQUIRE(memcmp("readings", out, 8) == 0);
	ATF_REQUIRE_EQ(0, chapoly_open(out, key, nonce, c, sizeof(c), ad,
	    sizeof(ad)));
	ATF_REQUIRE(memcmp("readings", out, 8) == 0);
	aead_return(&slot);
	aead_pool_free(pool);
}

/* What is shorter than a tag is no record; a tag alone is an empty one. */
ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	struct aead_pool	*pool = aead_pool_new(2);
	struct aead		*slot = NULL, *a;
	uint8_t			 key[32], g[16], c[16];
	size_t			 len;

	fill(key, 1);
	ATF_REQUIRE((a = aead_borrow(pool, &slot, key)) != NULL);
	ATF_REQUIRE_EQ(0, aead_seal(a, g, nonce, NULL, 0, ad, sizeof(ad)));
	ATF_REQUIRE_EQ(0, chapoly_seal(c, key, nonce, NULL, 0, ad,
	    sizeof(ad)));
	for (len = 0; len < 16; len++) {
		REQUIRE_ERRNO(EBADMSG, aead_open(a, NULL, nonce, g, len, ad,
		    sizeof(ad)));
		REQUIRE_ERRNO(EBADMSG, chapoly_open(NULL, key, nonce, c, len,
		    ad, sizeof(ad)));
		REQUIRE_ERRNO(EBADMSG, pool_open(pool, NULL, key, nonce, c,
		    len, ad, sizeof(ad)));
	}
	ATF_REQUIRE_EQ(0, aead_open(a, NULL, nonce, g, 16, ad, sizeof(ad)));
	ATF_REQUIRE_EQ(0, chapoly_open(NULL, key, nonce, c, 16, ad,
	    sizeof(ad)));
	REQUIRE_ERRNO(EMSGSIZE, aead_seal(a, g, nonce, g, SIZE_MAX, ad,
	    sizeof(ad)));
	REQUIRE_ERRNO(EMSGSIZE, chapoly_open(g, key, nonce, c, SIZE_MAX, ad,
	    sizeof(ad)));
	aead_return(&slot);
	aead_pool_free(pool);
}

/* A session that still has its context gets that one, key and all. */
ATF_TC_WITHOUT_HEAD(pool_keeps);
ATF_TC_BODY(pool_keeps, tc)
{
	struct aead_pool	*pool = aead_pool_new(NCONTEXTS);
	struct aead		*slot[2] = { NULL, NULL }, *first;
	uint8_t			 key[2][32], a[17], b[17], c[17];

	fill(key[0], 1);
	fill(key[1], 2);
	stamp(pool, &slot[0], key[0], a);
	first = slot[0];
	stamp(pool, &slot[1], key[1], b);
	ATF_REQUIRE(slot[0] == first && slot[1] != first);
	ATF_REQUIRE(memcmp(a, b, sizeof(a)) != 0);
	stamp(pool, &slot[0], key[0], c);
	ATF_REQUIRE(slot[0] == first);
	ATF_REQUIRE(memcmp(a, c, sizeof(a)) == 0);
	aead_pool_free(pool);
	ATF_REQUIRE(slot[0] == NULL && slot[1] == NULL);
}

/*
 * With all lent, the one that rested longest loses its context and learns of
 * it through its slot; who comes back gets the right key again.
 */
ATF_TC_WITHOUT_HEAD(pool_takes_the_idle);
ATF_TC_BODY(pool_takes_the_idle, tc)
{
	struct aead_pool	*pool = aead_pool_new(NCONTEXTS);
	struct aead		*slot[NCONTEXTS + 1] = { NULL };
	uint8_t			 key[NCONTEXTS + 1][32], was[17], now[17];
	size_t			 i;

	for (i = 0; i < NCONTEXTS; i++) {
		fill(key[i], (uint8_t)i);
		stamp(pool, &slot[i], key[i], now);
	}
	stamp(pool, &slot[0], key[0], was);
	fill(key[NCONTEXTS], NCONTEXTS);
	stamp(pool, &slot[NCONTEXTS], key[NCONTEXTS], now);
	ATF_REQUIRE(slot[0] != NULL);
	ATF_REQUIRE(slot[1] == NULL);
	ATF_REQUIRE(slot[2] != NULL);
	stamp(pool, &slot[1], key[1], now);
	ATF_REQUIRE(slot[2] == NULL);
	ATF_REQUIRE(slot[0] != NULL && slot[NCONTEXTS] != NULL);
	stamp(pool, &slot[0], key[0], now);
	ATF_REQUIRE(memcmp(was, now, sizeof(was)) == 0);
	aead_pool_free(pool);
}

/* What is given back is lent before anything is taken from another. */
ATF_TC_WITHOUT_HEAD(pool_return);
ATF_TC_BODY(pool_return, tc)
{
	struct aead_pool	*pool = aead_pool_new(2);
	struct aead		*slot[3] = { NULL }, *second;
	uint8_t			 key[32], out[17];

	fill(key, 1);
	stamp(pool, &slot[0], key, out);
	stamp(pool, &slot[1], key, out);
	second = slot[1];
	aead_return(&slot[1]);
	ATF_REQUIRE(slot[1] == NULL);
	aead_return(&slot[1]);
	stamp(pool, &slot[2], key, out);
	ATF_REQUIRE(slot[2] == second);
	ATF_REQUIRE(slot[0] != NULL);
	aead_pool_free(pool);
}

/* A pool of one would give both directions of a session the same context. */
ATF_TC_WITHOUT_HEAD(pool_too_small);
ATF_TC_BODY(pool_too_small, tc)
{
	struct aead_pool	*pool;

	errno = 0;
	ATF_REQUIRE(aead_pool_new(1) == NULL);
	ATF_REQUIRE_EQ(EINVAL, errno);
	ATF_REQUIRE((pool = aead_pool_new(2)) != NULL);
	aead_pool_free(pool);
	aead_pool_free(NULL);
}

#define MASK		0xa5
#define REGION_MAX	(64 * 1024 * 1024)
#define HEAP_MAX	(4 * 1024 * 1024)

/* How often 32 bytes, given masked so as not to count, stand in memory. */
static size_t
count_region(int mem, uint64_t from, uint64_t to, const uint8_t *masked)
{
	uint8_t	*b;
	size_t	 i, j, found = 0, len = (size_t)(to - from);
	ssize_t	 n;

	ATF_REQUIRE((b = malloc(len)) != NULL);
	n = pread(mem, b, len, (off_t)from);
	for (i = 0; n > 0 && i + 32 <= (size_t)n; i++) {
		for (j = 0; j < 32 && (b[i + j] ^ MASK) == masked[j]; j++)
			continue;
		found += j == 32;
	}
	explicit_bzero(b, len);
	free(b);
	return found;
}

static size_t
count_memory(const uint8_t *masked)
{
	char		 line[512];
	uint64_t	 from, to;
	size_t		 found = 0;
	FILE		*maps;
	int		 mem;

	ATF_REQUIRE((maps = fopen("/proc/self/maps", "r")) != NULL);
	ATF_REQUIRE((mem = open("/proc/self/mem", O_RDONLY)) != -1);
	while (fgets(line, sizeof(line), maps) != NULL) {
		if (strstr(line, "[heap]") == NULL ||
		    sscanf(line, "%" SCNx64 "-%" SCNx64, &from, &to) != 2 ||
		    to - from > REGION_MAX)
			continue;
		found += count_region(mem, from, to, masked);
	}
	fclose(maps);
	close(mem);
	return found;
}

/*
 * A key that was given back, or whose session lost its context, must be
 * gone from the heap.  AES's first round keys are the key itself, so it can
 * be seen there while it is lent: where it cannot, this says nothing.
 */
ATF_TC_WITHOUT_HEAD(keys_leave_memory);
ATF_TC_BODY(keys_leave_memory, tc)
{
	struct aead_pool	*pool = aead_pool_new(2);
	struct aead		*slot[3] = { NULL };
	uint8_t			 key[32], masked[2][32], out[17];
	size_t			 i, j;

	for (i = 0; i < 3; i++) {
		arc4random_buf(key, sizeof(key));
		for (j = 0; i < 2 && j < sizeof(key); j++)
			masked[i][j] = key[j] ^ MASK;
		stamp(pool, &slot[i], key, out);
		explicit_bzero(key, sizeof(key));
		if (i == 1 && count_memory(masked[0]) == 0)
			atf_tc_skip("the key cannot be seen in the heap");
	}
	ATF_REQUIRE(slot[0] == NULL);
	ATF_REQUIRE_EQ(0, count_memory(masked[0]));
	ATF_REQUIRE(count_memory(masked[1]) > 0);
	aead_return(&slot[1]);
	ATF_REQUIRE_EQ(0, count_memory(masked[1]));
	aead_pool_free(pool);
}

/* Its key and what it has been made into, while held and no longer. */
static void
hold_and_look(struct aead_pool *pool, int seals)
{
	uint8_t	 key[32], masked[32], b[64 + ASMP_TAGLEN] = { 0 };
	size_t	 j;

	arc4random_buf(key, sizeof(key));
	for (j = 0; j < sizeof(key); j++)
		masked[j] = key[j] ^ MASK;
	pool_hold(pool);
	if (seals)
		ATF_REQUIRE_EQ(0, pool_seal(pool, b, key, nonce, b, 64, ad,
		    sizeof(ad)));
	else
		ATF_REQUIRE_EQ(-1, pool_open(pool, b, key, nonce, b,
		    sizeof(b), ad, sizeof(ad)));
	explicit_bzero(key, sizeof(key));
	if (count_memory(masked) == 0)
		atf_tc_skip("the key cannot be seen in the heap");
	pool_burn(pool);
	ATF_REQUIRE_EQ(0, count_memory(masked));
	for (j = 0; j < sizeof(key); j++)
		key[j] = masked[j] ^ MASK;
	(void)pool_open(pool, b, key, nonce, b, sizeof(b), ad, sizeof(ad));
	explicit_bzero(key, sizeof(key));
	ATF_REQUIRE_EQ(0, count_memory(masked));
}

/* A record's key is gone after it or, if it is held, after pool_burn(). */
ATF_TC_WITHOUT_HEAD(record_keys_leave_memory);
ATF_TC_BODY(record_keys_leave_memory, tc)
{
	struct aead_pool	*pool = aead_pool_new(2);

	hold_and_look(pool, 1);
	hold_and_look(pool, 0);
	aead_pool_free(pool);
}

/* The heap as it is, its length in *len; 0 of it where there is none. */
static void
heap_copy(uint8_t *out, size_t *len)
{
	static char	 maps[256 * 1024];
	uint64_t	 from, to;
	char		*line;
	ssize_t		 n;
	int		 fd;

	*len = 0;
	ATF_REQUIRE((fd = open("/proc/self/maps", O_RDONLY)) != -1);
	for (line = maps; (n = read(fd, line, maps + sizeof(maps) - 1 -
	    line)) > 0; line += n)
		continue;
	*line = '\0';
	close(fd);
	if ((line = strstr(maps, "[heap]")) == NULL)
		return;
	while (line > maps && line[-1] != '\n')
		line--;
	ATF_REQUIRE_EQ(2, sscanf(line, "%" SCNx64 "-%" SCNx64, &from, &to));
	if (to - from > HEAP_MAX)
		return;
	*len = (size_t)(to - from);
	ATF_REQUIRE((fd = open("/proc/self/mem", O_RDONLY)) != -1);
	ATF_REQUIRE_EQ((ssize_t)*len, pread(fd, out, *len, (off_t)from));
	close(fd);
}

/* One record of each cipher, of which all bytes depend on this one. */
static void
records_of(struct aead_pool *pool, uint8_t byte)
{
	static uint8_t	 frame[ASMP_HDRLEN + 1024], plain[512];
	struct asmp_header h = { .version = ASMP_VERSION, .type = ASMP_DATA };
	static const char *const names[] = { "hybrid", "slmp", "iomt" };
	struct asmp_data d;
	size_t		 i;

	memset(plain, byte, sizeof(plain));
	pool_hold(pool);
	for (i = 0; i < 3; i++) {
		memset(&d, 0, sizeof(d));
		d.profile = profile_byname(names[i]);
		memset(d.key, byte, sizeof(d.key));
		memset(d.mac, byte, sizeof(d.mac));
		h.length = (uint32_t)data_len(d.profile, sizeof(plain));
		frame_put(frame, &h);
		ATF_REQUIRE_EQ(0, data_seal(&d, pool, frame, plain,
		    sizeof(plain), 0));
	}
	pool_burn(pool);
}

/*
 * The heap after records is the same whatever they were and whatever their
 * keys, but for the last tag, which the frame has as well.
 */
ATF_TC_WITHOUT_HEAD(records_leave_nothing);
ATF_TC_BODY(records_leave_nothing, tc)
{
	static uint8_t		 first[HEAP_MAX], second[HEAP_MAX];
	struct aead_pool	*pool = aead_pool_new(2);
	size_t			 i, len, len2, differ = 0;

	records_of(pool, 1);
	heap_copy(first, &len);
	records_of(pool, 2);
	heap_copy(second, &len2);
	if (len == 0)
		atf_tc_skip("there is no heap to look at");
	ATF_REQUIRE_EQ(len, len2);
	for (i = 0; i < len; i++)
		differ += first[i] != second[i];
	ATF_CHECK_MSG(differ <= ASMP_TAGLEN, "%zu bytes differ", differ);
	aead_pool_free(pool);
}

static int	 refusing;

static void *
some_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return refusing ? NULL : malloc(n);
}

static void *
some_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return refusing ? NULL : realloc(p, n);
}

static void
some_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/*
 * A pool's records want no memory; who has none and wants some is told so,
 * not that the record is wrong.
 */
ATF_TC_WITHOUT_HEAD(without_memory);
ATF_TC_BODY(without_memory, tc)
{
	struct aead_pool	*pool;
	uint8_t			 key[32], b[8 + ASMP_TAGLEN];

	if (CRYPTO_set_mem_functions(some_malloc, some_realloc, some_free) !=
	    1)
		atf_tc_skip("libcrypto has memory of its own already");
	fill(key, 1);
	ATF_REQUIRE((pool = aead_pool_new(2)) != NULL);
	refusing = 1;
	ATF_REQUIRE_EQ(0, pool_seal(pool, b, key, nonce,
	    (const uint8_t *)"readings", 8, ad, sizeof(ad)));
	REQUIRE_ERRNO(ENOMEM, chapoly_open(b, key, nonce, b, sizeof(b), ad,
	    sizeof(ad)));
	REQUIRE_ERRNO(ENOMEM, chapoly_seal(b, key, nonce, b, 8, ad,
	    sizeof(ad)));
	ATF_REQUIRE_EQ(0, pool_open(pool, b, key, nonce, b, sizeof(b), ad,
	    sizeof(ad)));
	ATF_REQUIRE(memcmp("readings", b, 8) == 0);
	refusing = 0;
	aead_pool_free(pool);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, chapoly_rfc8439);
	ATF_TP_ADD_TC(tp, gcm_vector);
	ATF_TP_ADD_TC(tp, round_trips);
	ATF_TP_ADD_TC(tp, forgeries);
	ATF_TP_ADD_TC(tp, lengths);
	ATF_TP_ADD_TC(tp, pool_keeps);
	ATF_TP_ADD_TC(tp, pool_takes_the_idle);
	ATF_TP_ADD_TC(tp, pool_return);
	ATF_TP_ADD_TC(tp, pool_too_small);
	ATF_TP_ADD_TC(tp, keys_leave_memory);
	ATF_TP_ADD_TC(tp, record_keys_leave_memory);
	ATF_TP_ADD_TC(tp, records_leave_nothing);
	ATF_TP_ADD_TC(tp, without_memory);
	return atf_no_error();
}

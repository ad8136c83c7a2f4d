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
 * REKEY of asmp(7): an X25519 key and an ML-KEM-768 key from the device,
 * an X25519 key and a ciphertext from the gateway.  Both come as records of
 * the epoch that they end, so what is read here has a peer's tag on it.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"

#define KEM		DH_LEN	/* where the part of ML-KEM begins */

struct rekey {
	uint8_t	 e[DH_LEN];
	uint8_t	 seed[MLKEM768_SEEDLEN];
	uint8_t	 msg[ASMP_REKEY_DEVICE];
};

_Static_assert(KEM + MLKEM768_EKLEN == ASMP_REKEY_DEVICE, "device");
_Static_assert(KEM + MLKEM768_CTLEN == ASMP_REKEY_GATEWAY, "gateway");

static void	 write_e1(const struct rekey *, uint8_t *);
static int	 write_ekem1(uint8_t *, uint8_t *, const uint8_t *);
static void	 read_ekem1(const struct rekey *, uint8_t *, const uint8_t *);
static void	 next_epoch(struct asmp_keys *, const uint8_t *,
		    const uint8_t *, const uint8_t *, const uint8_t *);

static void
write_e1(const struct rekey *rk, uint8_t *ek)
{
	uint8_t	 dk[MLKEM768_DKLEN];

	mlkem768_keypair(ek, dk, rk->seed);
	explicit_bzero(dk, sizeof(dk));
}

static int
write_ekem1(uint8_t *ct, uint8_t *ss, const uint8_t *ek)
{
	uint8_t	 m[MLKEM768_MLEN];
	int	 r;

	arc4random_buf(m, sizeof(m));
	if ((r = mlkem768_encaps(ct, ss, ek, m)) == -1)
		errno = EPROTO;
	explicit_bzero(m, sizeof(m));
	return r;
}

static void
read_ekem1(const struct rekey *rk, uint8_t *ss, const uint8_t *ct)
{
	uint8_t	 ek[MLKEM768_EKLEN], dk[MLKEM768_DKLEN];

	mlkem768_keypair(ek, dk, rk->seed);
	mlkem768_decaps(ss, dk, ct);
	explicit_bzero(dk, sizeof(dk));
}

static void
next_epoch(struct asmp_keys *keys, const uint8_t *dh, const uint8_t *ss,
    const uint8_t *device, const uint8_t *gateway)
{
	struct part	 p[] = {
		{ device, ASMP_REKEY_DEVICE },
		{ gateway, ASMP_REKEY_GATEWAY }
	};
	uint8_t		 hash[ASMP_HASHLEN];

	sha256_parts(hash, p, 2);
	keys_rekey(keys, dh, ss, hash);
}

/*
 * Device: write the ASMP_REKEY_DEVICE bytes of a new REKEY and return what
 * its answer needs, for rekey_free().  NULL with errno ENOMEM.
 */
struct rekey *
rekey_begin(uint8_t *msg)
{
	struct rekey	*rk;
	void		*key = NULL;

	if ((rk = calloc(1, sizeof(*rk))) == NULL)
		return NULL;
	dh_x25519.draw(rk->e);
	arc4random_buf(rk->seed, sizeof(rk->seed));
	if ((key = dh_x25519.load(rk->e)) == NULL ||
	    dh_x25519.public(key, rk->msg) == -1) {
		rekey_free(rk);
		rk = NULL;
		goto done;
	}
	write_e1(rk, rk->msg + KEM);
	memcpy(msg, rk->msg, sizeof(rk->msg));
done:
	dh_x25519.free(key);
	return rk;
}

/*
 * Gateway: answer the device's ASMP_REKEY_DEVICE bytes with the
 * ASMP_REKEY_GATEWAY at out, and put the keys of the next epoch in place of
 * this one's.  The answer goes out under the old ones: the caller keeps a
 * copy of g2d_control for it.  Returns 0, or -1 with the keys as they were
 * and errno EPROTO, a refused point or ML-KEM key (FIPS 203, section 7.2),
 * or ENOMEM.
 */
int
rekey_answer(struct asmp_keys *keys, const uint8_t *msg, uint8_t *out)
{
	uint8_t	 e[DH_LEN], dh[DH_LEN], ss[MLKEM768_SSLEN];
	void	*key;
	int	 r = -1;

	dh_x25519.draw(e);
	if ((key = dh_x25519.load(e)) == NULL ||
	    dh_x25519.public(key, out) == -1 ||
	    dh_x25519.value(key, dh, msg) == -1 ||
	    write_ekem1(out + KEM, ss, msg + KEM) == -1)
		goto done;
	next_epoch(keys, dh, ss, msg, out);
	r = 0;
done:
	dh_x25519.free(key);
	explicit_bzero(e, sizeof(e));
	explicit_bzero(dh, sizeof(dh));
	explicit_bzero(ss, sizeof(ss));
	return r;
}

/*
 * Device: read the ASMP_REKEY_GATEWAY bytes of the answer, and put the keys
 * of the next epoch in place of this one's.  Returns 0, or -1 with the keys
 * as they were and errno EPROTO, a refused point, or ENOMEM.  A ciphertext
 * is never refused: one that is wrong gives keys that nobody else has.
 * rekey_free() follows either way.
 */
int
rekey_finish(struct rekey *rk, struct asmp_keys *keys, const uint8_t *answer)
{
	uint8_t	 dh[DH_LEN], ss[MLKEM768_SSLEN];
	void	*key;
	int	 r = -1;

	if ((key = dh_x25519.load(rk->e)) == NULL ||
	    dh_x25519.value(key, dh, answer) == -1)
		goto done;
	read_ekem1(rk, ss, answer + KEM);
	next_epoch(keys, dh, ss, rk->msg, answer);
	r = 0;
done:
	dh_x25519.free(key);
	explicit_bzero(dh, sizeof(dh));
	explicit_bzero(ss, sizeof(ss));
	return r;
}

/* Forget what rekey_begin() made; NULL is nothing. */
void
rekey_free(struct rekey *rk)
{
	freezero(rk, sizeof(*rk));
}

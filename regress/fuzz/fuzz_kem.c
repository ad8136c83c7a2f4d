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
 * ML-KEM-768: a key whose numbers are out of range is refused by whoever
 * looks, and a ciphertext that was changed gives another secret, never an
 * error.
 *
 * Input: what to do; then a key, or changes to a genuine ciphertext.
 */

#include <string.h>

#include "fuzz.h"
#include "mlkem.h"

#define CHANGES	4
#define T_LEN	1152		/* bytes of a key's 12-bit numbers */
#define Q	3329

/* FIPS 203, section 7.2, as it stands there. */
static int
in_range(const uint8_t *ek)
{
	size_t	 i;

	for (i = 0; i < T_LEN; i += 3)
		if (((ek[i + 1] & 15) << 8 | ek[i]) >= Q ||
		    (ek[i + 2] << 4 | ek[i + 1] >> 4) >= Q)
			return 0;
	return 1;
}

static void
any_key(struct input *in)
{
	uint8_t	 ek[MLKEM768_EKLEN], ct[MLKEM768_CTLEN], ss[MLKEM768_SSLEN];
	uint8_t	 m[MLKEM768_MLEN];
	int	 good;

	in_fill(in, ek, sizeof(ek));
	in_fill(in, m, sizeof(m));
	good = in_range(ek);
	MUST((mlkem768_check_ek(ek) == 0) == good);
	MUST((mlkem768_encaps(ct, ss, ek, m) == 0) == good);
}

static void
genuine(struct input *in, uint8_t *dk, uint8_t *ct, uint8_t *ss)
{
	uint8_t	 ek[MLKEM768_EKLEN], seed[MLKEM768_SEEDLEN];
	uint8_t	 m[MLKEM768_MLEN];

	in_fill(in, seed, sizeof(seed));
	in_fill(in, m, sizeof(m));
	mlkem768_keypair(ek, dk, seed);
	MUST(mlkem768_check_ek(ek) == 0 && mlkem768_check_dk(dk) == 0);
	MUST(mlkem768_encaps(ct, ss, ek, m) == 0);
}

static void
changed(struct input *in)
{
	uint8_t	 dk[MLKEM768_DKLEN], ct[MLKEM768_CTLEN], sent[MLKEM768_CTLEN];
	uint8_t	 ss[MLKEM768_SSLEN], got[MLKEM768_SSLEN];
	int	 i, n = in_u8(in) % (CHANGES + 1);

	genuine(in, dk, ct, ss);
	memcpy(sent, ct, sizeof(sent));
	for (i = 0; i < n; i++)
		ct[in_u16(in) % sizeof(ct)] ^= in_u8(in);
	mlkem768_decaps(got, dk, ct);
	MUST((memcmp(ct, sent, sizeof(ct)) == 0) ==
	    (memcmp(got, ss, sizeof(ss)) == 0));
}

/* Any bytes as a private key, which is checked before it is used. */
static void
any_private(struct input *in)
{
	uint8_t	 dk[MLKEM768_DKLEN], ct[MLKEM768_CTLEN], ss[MLKEM768_SSLEN];
	int	 i, n = in_u8(in) % (CHANGES + 1);

	genuine(in, dk, ct, ss);
	for (i = 0; i < n; i++)
		dk[in_u16(in) % sizeof(dk)] ^= in_u8(in);
	(void)mlkem768_check_dk(dk);
	mlkem768_decaps(ss, dk, ct);
}

int
fuzz_kem(const uint8_t *data, size_t size)
{
	struct input	 in = { data, size };

	switch (in_u8(&in) % 3) {
	case 0:
		any_key(&in);
		break;
	case 1:
		changed(&in);
		break;
	default:
		any_private(&in);
		break;
	}
	return 0;
}

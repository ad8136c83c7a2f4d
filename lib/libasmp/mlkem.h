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
 * ML-KEM-768, FIPS 203 of August 2024.  Nobody but the caller makes random
 * numbers here: seeds and m come from an approved generator, are used once
 * and are wiped by the caller, and so are dk and ss.
 */

#ifndef MLKEM_H
#define MLKEM_H

#include <stdint.h>

#define MLKEM768_EKLEN		1184	/* encapsulation key, public */
#define MLKEM768_DKLEN		2400	/* decapsulation key */
#define MLKEM768_CTLEN		1088	/* ciphertext */
#define MLKEM768_SSLEN		32	/* shared secret */
#define MLKEM768_SEEDLEN	64	/* d || z, all of a key pair */
#define MLKEM768_MLEN		32	/* what encapsulation draws */

/* mlkem.c */
void	 mlkem768_keypair(uint8_t [MLKEM768_EKLEN], uint8_t [MLKEM768_DKLEN],
	    const uint8_t [MLKEM768_SEEDLEN]);
int	 mlkem768_encaps(uint8_t [MLKEM768_CTLEN], uint8_t [MLKEM768_SSLEN],
	    const uint8_t [MLKEM768_EKLEN], const uint8_t [MLKEM768_MLEN]);
void	 mlkem768_decaps(uint8_t [MLKEM768_SSLEN],
	    const uint8_t [MLKEM768_DKLEN], const uint8_t [MLKEM768_CTLEN]);
int	 mlkem768_check_ek(const uint8_t [MLKEM768_EKLEN]);
int	 mlkem768_check_dk(const uint8_t [MLKEM768_DKLEN]);

#endif /* MLKEM_H */

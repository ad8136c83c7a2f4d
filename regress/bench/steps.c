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
 * I-64: what the steps of profile iomt take, one by one and, against a
 * gateway, all together.
 *
 *	steps [-a host:port -k keyfile -g pinfile] [rounds]
 */

#include <err.h>
#include <string.h>
#include <unistd.h>

#include "asmp.h"
#include "asmp_proto.h"
#include "compat.h"

#include "../lib/libasmp/bench.h"

#define LIVE		200		/* whole handshakes */
#define WAIT_MS		10000
#define ID		"BP_MONITOR_001"

static const char	vitals[] =
    "{\"vitals\":\"Patient vitals: BP=145/92, HR=88, O2=96%, Temp=37.2C\"}";

static uint8_t		 seed[MLKEM768_SEEDLEN], m[MLKEM768_MLEN];
static uint8_t		 ek[MLKEM768_EKLEN], dk[MLKEM768_DKLEN];
static uint8_t		 ct[MLKEM768_CTLEN], ss[MLKEM768_SSLEN];
static uint8_t		 t[ASMP_HASHLEN], zeros[ASMP_KEYLEN];
static struct kem_proof	 proof;
static struct asmp_keys	 keys;
static struct aead_pool	*pool;
static uint8_t		 plain[ASMP_READING_HDR + sizeof(vitals) - 1];
static uint8_t		 frame[ASMP_HDRLEN + 512];
static struct asmp	*device;
static const char	*host, *port, *keyfile, *pinfile;

static void
run_keypair(void)
{
	seed[0]++;
	mlkem768_keypair(ek, dk, seed);
}

static void
run_encaps(void)
{
	m[0]++;
	if (mlkem768_encaps(ct, ss, ek, m) == -1)
		err(1, "mlkem768_encaps");
}

static void
run_decaps(void)
{
	mlkem768_decaps(ss, dk, ct);
}

/* Both commitments, and all keys of the session. */
static void
run_session(void)
{
	proof_kem(&proof, ss, ct, t, t);
	keys_session(&keys, profile_byname("iomt"), t, zeros, proof.extra,
	    zeros);
}

static void
run_encrypt(void)
{
	struct asmp_header	 h = { ASMP_VERSION, ASMP_DATA,
		    ASMP_STREAM_TELEMETRY, 1, 0, 0 };

	h.length = (uint32_t)data_len(keys.d2g.profile, sizeof(plain));
	frame_put(frame, &h);
	if (data_seal(&keys.d2g, pool, frame, plain, sizeof(plain), 0) == -1)
		err(1, "data_seal");
}

static void
run_verify(void)
{
	if (data_verify(&keys.d2g, frame) != REASON_NONE)
		errx(1, "a record does not verify");
}

static void
run_decrypt(void)
{
	uint8_t	*p;
	size_t	 len;

	if (data_open(&keys.d2g, pool, frame, 0, &p, &len) != REASON_NONE ||
	    len != sizeof(plain))
		errx(1, "a record does not open");
}

/* From no connection to HANDSHAKE_ACK. */
static void
run_live(void)
{
	int	 r = asmp_connect(device, host, port, NULL);

	while (r != -1 && asmp_state(device) == ASMP_CONNECTING)
		if ((r = asmp_poll(device, WAIT_MS)) == 0)
			errx(1, "the gateway is silent");
	if (r == -1)
		errx(1, "%s", asmp_error(device));
}

static void
hang_up(void)
{
	asmp_free(device);
	if ((device = asmp_new()) == NULL ||
	    asmp_set_kem(device, ID, keyfile) == -1 ||
	    asmp_set_gateway(device, pinfile) == -1)
		errx(1, "no device: %s", device == NULL ? "memory" :
		    asmp_error(device));
}

static void
steps(void)
{
	if ((pool = aead_pool_new(2)) == NULL)
		err(1, NULL);
	memcpy(plain + ASMP_READING_HDR, vitals, sizeof(vitals) - 1);
	measure("key pair", NULL, run_keypair);
	measure("encapsulation", NULL, run_encaps);
	measure("decapsulation", NULL, run_decaps);
	measure("session keys", NULL, run_session);
	measure("encryption", NULL, run_encrypt);
	measure("HMAC", run_encrypt, run_verify);
	measure("decryption", run_encrypt, run_decrypt);
}

int
main(int argc, char *argv[])
{
	char	*where = NULL;
	int	 ch;

	while ((ch = getopt(argc, argv, "a:g:k:")) != -1) {
		switch (ch) {
		case 'a':
			where = optarg;
			break;
		case 'g':
			pinfile = optarg;
			break;
		case 'k':
			keyfile = optarg;
			break;
		default:
			errx(1, "usage: steps [-a host:port -k keyfile "
			    "-g pinfile] [rounds]");
		}
	}
	bench_init(argc - optind + 1, argv + optind - 1);
	steps();
	if (where == NULL || keyfile == NULL || pinfile == NULL)
		return 0;
	host = strsep(&where, ":");
	port = where;
	if (rounds > LIVE)
		rounds = LIVE;
	measure("authentication", hang_up, run_live);
	asmp_free(device);
	return 0;
}

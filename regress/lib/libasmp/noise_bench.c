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
 * What agreeing on keys costs: "noise_bench [ROUNDS]" prints, for each of
 * the agreements, the gateway's part of a handshake and the device's, and
 * then both parts of REKEY.
 */

#include <string.h>

#include "asmp_proto.h"
#include "bench.h"

static enum asmp_agreement	 agreement;
static uint8_t			 prologue[NOISE_PROLOGUE];
static uint8_t			 m1[NOISE_MSGMAX], m2[NOISE_MSGMAX];
static struct noise		 device;
static struct noise_keys	 keys;
static struct asmp_keys		 epoch;
static struct rekey		*rk;

static void	device_hello(void);
static void	device_done(void);
static void	gateway(void);
static void	both(void);
static void	rekey_device(void);
static void	rekey_gateway(void);
static void	rekey_both(void);

static void
device_hello(void)
{
	if (noise_init(&device, agreement, prologue) == -1 ||
	    noise_write_m1(&device, m1) == -1)
		err(1, "message 1");
}

static void
device_done(void)
{
	if (noise_read_m2(&device, m2, &keys) == -1)
		err(1, "message 2, read");
}

/* All that a HELLO makes a gateway do before it knows who is there. */
static void
gateway(void)
{
	struct noise	 n;

	if (noise_init(&n, agreement, prologue) == -1 ||
	    noise_read_m1_write_m2(&n, m1, m2, &keys) == -1)
		err(1, "message 2");
}

static void
both(void)
{
	device_hello();
	gateway();
}

static void
rekey_device(void)
{
	rekey_free(rk);
	if ((rk = rekey_begin(m1)) == NULL)
		err(1, "rekey_begin");
}

static void
rekey_gateway(void)
{
	if (rekey_answer(&epoch, m1, m2) == -1)
		err(1, "rekey_answer");
}

static void
rekey_both(void)
{
	rekey_device();
	rekey_gateway();
	if (rekey_finish(rk, &epoch, m2) == -1)
		err(1, "rekey_finish");
}

int
main(int argc, char *argv[])
{
	static const char *const	 names[] = {
		[ASMP_X25519] = "x25519",
		[ASMP_P256] = "p256",
		[ASMP_X25519_MLKEM768] = "hybrid"
	};
	char				 name[32];
	size_t				 i;

	bench_init(argc, argv);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		agreement = i;
		snprintf(name, sizeof(name), "%s gateway", names[i]);
		measure(name, device_hello, gateway);
		snprintf(name, sizeof(name), "%s hello", names[i]);
		measure(name, NULL, device_hello);
		snprintf(name, sizeof(name), "%s done", names[i]);
		measure(name, both, device_done);
	}
	epoch.d2g.profile = epoch.g2d.profile = profile_byname("hybrid");
	measure("rekey gateway", rekey_device, rekey_gateway);
	measure("rekey both", NULL, rekey_both);
	rekey_free(rk);
	return 0;
}

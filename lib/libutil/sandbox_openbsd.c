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

/* pledge(2), and unveil(2) for the one process that has a directory. */

#ifdef __OpenBSD__
#include <sys/types.h>
#include <sys/resource.h>

#include <unistd.h>

#include "log.h"
#include "sandbox.h"

static const char *const	 promises[SANDBOX_NROLES] = {
	[SANDBOX_PARENT] = "stdio rpath wpath cpath inet unix dns getpw proc "
	    "sendfd recvfd",
	[SANDBOX_NET] = "stdio inet recvfd",
	[SANDBOX_VERIFY] = "stdio recvfd",
	[SANDBOX_STORE] = "stdio rpath wpath cpath fattr flock recvfd",
	[SANDBOX_CONTROL] = "stdio unix recvfd"
};

/*
 * Shuts the calling process in and returns the layers that are active.
 * Everything the process opens by itself (random devices, time zone, syslog,
 * libcrypto) must be open; dir is the one directory of SANDBOX_STORE, as
 * seen from the chroot.
 */
uint32_t
sandbox_enter(enum sandbox_role role, const char *dir)
{
	struct rlimit	 none = { 0, 0 };
	uint32_t	 mask = SANDBOX_RLIMIT | SANDBOX_PLEDGE;

	if (setrlimit(RLIMIT_CORE, &none) == -1)
		fatal("sandbox: setrlimit");
	if (role == SANDBOX_STORE && dir != NULL) {
		if (unveil(dir, "rwc") == -1 || unveil(NULL, NULL) == -1)
			fatal("sandbox: unveil %s", dir);
		mask |= SANDBOX_UNVEIL;
	}
	if (pledge(promises[role], NULL) == -1)
		fatal("sandbox: pledge \"%s\"", promises[role]);
	return mask;
}

/* The layers to insist on; unveil only where there is something to show. */
uint32_t
sandbox_expected(enum sandbox_role role)
{
	(void)role;
	return SANDBOX_RLIMIT | SANDBOX_PLEDGE;
}
#endif

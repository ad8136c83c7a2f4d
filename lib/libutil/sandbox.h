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
 * One interface, one file per mechanism: sandbox_linux.c (Landlock and
 * seccomp), sandbox_openbsd.c (pledge and unveil), sandbox_null.c.
 */

#ifndef SANDBOX_H
#define SANDBOX_H

#include <stddef.h>
#include <stdint.h>

/* Who is being shut in; each has its own list of what it may still do. */
enum sandbox_role {
	SANDBOX_PARENT,		/* no new programs, no tracing */
	SANDBOX_NET,		/* accept, read and write what it has */
	SANDBOX_VERIFY,		/* read and write what it has */
	SANDBOX_STORE,		/* files below one directory */
	SANDBOX_CONTROL,	/* accept, read and write what it has */
	SANDBOX_NROLES
};

/* Layers that can be active; sandbox_enter() returns a mask of them. */
#define SANDBOX_USER		0x0001	/* user and group changed */
#define SANDBOX_CHROOT		0x0002
#define SANDBOX_LANDLOCK_FS	0x0004
#define SANDBOX_LANDLOCK_NET	0x0008
#define SANDBOX_SECCOMP		0x0010
#define SANDBOX_PLEDGE		0x0020
#define SANDBOX_UNVEIL		0x0040
#define SANDBOX_RLIMIT		0x0080
#define SANDBOX_NODUMP		0x0100	/* not traceable, no core */
#define SANDBOX_SCOPE		0x0200	/* Landlock: signals, sockets */

/* sandbox_*.c */
uint32_t	 sandbox_enter(enum sandbox_role, const char *);
uint32_t	 sandbox_expected(enum sandbox_role);

/* sandbox_report.c */
char		*sandbox_report(uint32_t, char *, size_t);

#endif /* SANDBOX_H */

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

/* A process of asmpd in other hands: what the files of hijack share. */

#ifndef HIJACK_H
#define HIJACK_H

#include <stdint.h>

#include "chan.h"
#include "imsg.h"
#include "ipc.h"

/* A message on its way, of either sort. */
struct message {
	uint32_t	 type;
	int		 hot;		/* of a direct channel */
	int		 ours;		/* the hijacked process sends it */
	uint64_t	 id;		/* connection, of a direct channel */
	int		 fd;		/* with it, or -1 */
	uint8_t		*data;
	size_t		 len;
};

/* hijack.c */
void	 hijack_send(const struct message *);

/* hijack_rule.c */
void	 rule_add(char *);
void	 rules_arm(void);
void	 rules_drop(void);
int	 rules_apply(struct message *);

#endif /* HIJACK_H */

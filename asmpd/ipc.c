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
 * How every process takes messages from another: of the one size that the
 * type has, with its strings ended.  Whoever sends anything else is broken
 * or taken over, and the receiver stops.
 */

#include <sys/types.h>

#include <stddef.h>
#include <string.h>

#include "imsg.h"
#include "ipc.h"
#include "log.h"

/* The name of a process, for people. */
const char *
ipc_procname(enum ctl_process proc)
{
	static const char *const names[CTL_NPROCESSES] = {
		[CTL_PARENT] = "parent",
		[CTL_NET] = "net",
		[CTL_STORE] = "store",
		[CTL_CONTROL] = "control",
		[CTL_VERIFY] = "verify", "verify2", "verify3", "verify4",
		"verify5", "verify6", "verify7", "verify8", "verify9",
		"verify10", "verify11", "verify12", "verify13", "verify14",
		"verify15", "verify16"
	};

	return (unsigned int)proc < CTL_NPROCESSES ? names[proc] : "unknown";
}

/* The sandbox that a process belongs in. */
enum sandbox_role
ipc_role(enum ctl_process proc)
{
	static const enum sandbox_role role[CTL_VERIFY] = {
		[CTL_PARENT] = SANDBOX_PARENT,
		[CTL_NET] = SANDBOX_NET,
		[CTL_STORE] = SANDBOX_STORE,
		[CTL_CONTROL] = SANDBOX_CONTROL
	};

	return proc < CTL_VERIFY ? role[proc] : SANDBOX_VERIFY;
}

/*
 * A message that an honest process never sends.  There is no way to go on:
 * what else it sent cannot be trusted either.
 */
void
ipc_intrusion(const char *from, const char *what, uint32_t type, size_t len)
{
	fatalx("intrusion: %s sent %s (type %u, %zu bytes)", from, what, type,
	    len);
}

/* Copies a payload of exactly len bytes, perhaps 0, to out. */
void
ipc_get(struct imsg *imsg, const char *from, void *out, size_t len)
{
	if (len == 0 && imsg_get_len(imsg) == 0)
		return;
	if (imsg_get_data(imsg, out, len) == -1)
		ipc_intrusion(from, "a message of a wrong size",
		    imsg_get_type(imsg), imsg_get_len(imsg));
}

/*
 * Copies the first len bytes of a payload to out.  Returns what follows them,
 * inside the message, and its length in *rest.
 */
const void *
ipc_get_with(struct imsg *imsg, const char *from, void *out, size_t len,
    size_t *rest)
{
	struct ibuf	 buf;

	if (imsg_get_ibuf(imsg, &buf) == -1 || ibuf_get(&buf, out, len) == -1)
		ipc_intrusion(from, "a message that is too short",
		    imsg_get_type(imsg), imsg_get_len(imsg));
	*rest = ibuf_size(&buf);
	return ibuf_data(&buf);
}

/* Bytes of a row's keys, the old one and what is sealed of it included. */
size_t
ipc_row_keys(const struct ipc_row *row)
{
	return (size_t)row->keylen + row->oldkeylen + row->oldsealedlen;
}

/* Bytes of a row on its way: all but what its keys leave free. */
size_t
ipc_row_len(const struct ipc_row *row)
{
	return offsetof(struct ipc_row, key) + ipc_row_keys(row);
}

/*
 * Takes the next row of the *len bytes at *p, and steps over it.  Returns 0,
 * or -1 when it is none: it is cut short, or its lengths cannot be.
 */
int
ipc_row_get(struct ipc_row *row, const uint8_t **p, size_t *len)
{
	const size_t	 head = offsetof(struct ipc_row, key);

	memset(row, 0, sizeof(*row));
	if (*len < head)
		return -1;
	memcpy(row, *p, head);
	if (ipc_row_keys(row) > sizeof(row->key) ||
	    *len - head < ipc_row_keys(row) ||
	    row->sealedlen > sizeof(row->sealed) ||
	    memchr(row->id, '\0', sizeof(row->id)) == NULL)
		return -1;
	memcpy(row->key, *p + head, ipc_row_keys(row));
	*p += ipc_row_len(row);
	*len -= ipc_row_len(row);
	return 0;
}

/* Insists on a NUL within the size bytes of a string that from sent. */
void
ipc_string(const char *from, const char *what, const char *s, size_t size)
{
	if (memchr(s, '\0', size) == NULL)
		ipc_intrusion(from, what, 0, size);
}

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

/* One way out of root, in one order, with a check that it stays shut. */

#include <sys/types.h>

#include <grp.h>
#include <unistd.h>

#include "log.h"
#include "privdrop.h"

/* Every way back that a saved or effective id would leave open. */
static int
root_returns(uid_t uid, gid_t gid)
{
	uid_t	 ruid, euid, suid;
	gid_t	 rgid, egid, sgid;

	if (setuid(0) != -1 || seteuid(0) != -1 || setreuid(0, 0) != -1 ||
	    setgid(0) != -1 || setegid(0) != -1)
		return 1;
	if (getresuid(&ruid, &euid, &suid) == -1 ||
	    getresgid(&rgid, &egid, &sgid) == -1)
		return 1;
	return ruid != uid || euid != uid || suid != uid ||
	    rgid != gid || egid != gid || sgid != gid;
}

/*
 * Locks the process into the directory root (NULL: where it is) and gives up
 * all privileges for uid and gid, neither of which may be 0.  Supplementary
 * groups go first, while there still is the right to drop them.  Returns
 * only when all of it has been done and cannot be undone.
 */
void
privdrop(const char *root, uid_t uid, gid_t gid)
{
	if (uid == 0 || gid == 0)
		fatalx("privdrop: user %u, group %u: refusing to stay root",
		    (unsigned int)uid, (unsigned int)gid);
	if (root != NULL && chroot(root) == -1)
		fatal("privdrop: chroot %s", root);
	if (root != NULL && chdir("/") == -1)
		fatal("privdrop: chdir to / in %s", root);
	if (setgroups(1, &gid) == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1)
		fatal("privdrop: cannot become user %u, group %u",
		    (unsigned int)uid, (unsigned int)gid);
	if (root_returns(uid, gid))
		fatalx("privdrop: privileges of root can be regained");
}

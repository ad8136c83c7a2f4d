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
 * The control sockets' places in the file system.  The parent makes them,
 * the control process answers on them, the parent removes them.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmpd.h"
#include "log.h"

#define CTLSOCK_MAX	2	/* full, restricted */
#define CTLSOCK_BACKLOG	16

static struct {
	char	*path;
	dev_t	 dev;		/* so that only our own is removed */
	ino_t	 ino;
} made[CTLSOCK_MAX];
static int	 nmade;

/* Whether somebody answers there, or would if not so many waited. */
static int
ctlsock_used(const struct sockaddr_un *sun)
{
	int	 fd, used;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		fatal("socket");
	used = connect(fd, (const void *)sun, sizeof(*sun)) == 0 ||
	    errno == EAGAIN;
	close(fd);
	return used;
}

static int
ctlsock_note(const char *path)
{
	struct stat	 st;

	if (stat(path, &st) == -1)
		return -1;
	if ((made[nmade].path = strdup(path)) == NULL)
		fatal("strdup");
	made[nmade].dev = st.st_dev;
	made[nmade].ino = st.st_ino;
	nmade++;
	return 0;
}

static int
ctlsock_owner(const char *path, const char *group, mode_t mode)
{
	struct group	*gr;

	if (group != NULL) {
		if ((gr = getgrnam(group)) == NULL) {
			log_warnx("control socket group %s: no such group",
			    group);
			return -1;
		}
		if (chown(path, -1, gr->gr_gid) == -1) {
			log_warn("control socket %s", path);
			return -1;
		}
	}
	if (chmod(path, mode) == -1) {
		log_warn("control socket %s", path);
		return -1;
	}
	return 0;
}

/* Takes away what a crash has left, but nothing that is no socket. */
static int
ctlsock_clear(const char *path)
{
	struct stat	 st;

	if (lstat(path, &st) == -1)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	return unlink(path);
}

/*
 * Makes the socket path with mode, for group if not NULL, and listens on it.
 * Returns the descriptor, or -1 after one line in the log.
 */
int
ctlsock_open(const char *path, const char *group, mode_t mode)
{
	struct sockaddr_un	 sun;
	mode_t			 old;
	int			 bound, fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		log_warnx("control socket %s: longer than %zu bytes", path,
		    sizeof(sun.sun_path) - 1);
		return -1;
	}
	if (ctlsock_used(&sun)) {
		log_warnx("control socket %s: in use; is another asmpd "
		    "running?", path);
		return -1;
	}
	if (ctlsock_clear(path) == -1) {
		log_warn("control socket %s", path);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		fatal("socket");
	old = umask(0177);	/* nobody connects before the mode is set */
	bound = bind(fd, (const void *)&sun, sizeof(sun));
	umask(old);
	if (bound == -1 || ctlsock_note(path) == -1 ||
	    listen(fd, CTLSOCK_BACKLOG) == -1) {
		log_warn("control socket %s", path);
		close(fd);
		return -1;
	}
	if (ctlsock_owner(path, group, mode) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Removes the sockets that this process made, and no others. */
void
ctlsock_remove(void)
{
	struct stat	 st;

	while (nmade > 0) {
		nmade--;
		if (stat(made[nmade].path, &st) == 0 &&
		    st.st_dev == made[nmade].dev &&
		    st.st_ino == made[nmade].ino)
			unlink(made[nmade].path);
		free(made[nmade].path);
	}
}

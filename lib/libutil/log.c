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
 * One line per event: to stderr in the foreground, else to syslog.  Nothing
 * here changes errno, so that logging can stand between a failed call and
 * the code that looks at why.
 */

#include <sys/types.h>
#include <sys/time.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define LOG_LINEMAX	2048	/* longer lines are cut and end in "..." */
#define LOG_VISMAX	1024	/* of text made safe by log_vis() */
#define LOG_VISRING	8	/* results of log_vis() alive at once */
#define LOG_NAMEMAX	32

static const char	 cut[] = "...";

static int	 foreground = 1;
static int	 verbose;
static char	 procname[LOG_NAMEMAX] = "asmpd";

/*
 * Chooses stderr (debug not 0) or syslog with the given facility.  Opens
 * the connection and reads the time zone now, because neither can be done
 * in a chroot or a sandbox.
 */
void
log_init(int debug, int facility)
{
	int	 save_errno = errno;

	foreground = debug != 0;
	tzset();
	if (!foreground)
		openlog(getprogname(), LOG_PID | LOG_NDELAY, facility);
	errno = save_errno;
}

/* Names the process in every line; too long a name is cut. */
void
log_procinit(const char *name)
{
	snprintf(procname, sizeof(procname), "%s", name);
}

/* Whether log_debug() writes anything. */
void
log_setverbose(int v)
{
	verbose = v;
}

/* The value given to log_setverbose(). */
int
log_getverbose(void)
{
	return verbose;
}

static int
is_plain(unsigned char c)
{
	return c >= ' ' && c <= '~' && c != '\\';
}

/*
 * External text, len bytes at buf, made fit for a line: printable ASCII as
 * it is, anything else and the backslash as \ooo, "..." where it is cut.
 * The result lives in a ring of LOG_VISRING, so that one log call can take
 * several.
 */
const char *
log_vis(const char *buf, size_t len)
{
	static char	 ring[LOG_VISRING][LOG_VISMAX];
	static unsigned	 next;
	char		*out;
	unsigned char	 c;
	size_t		 i, n = 0;

	out = ring[next++ % LOG_VISRING];
	for (i = 0; i < len; i++) {
		c = buf[i];
		if (n + 4 + sizeof(cut) > LOG_VISMAX) {
			memcpy(out + n, cut, sizeof(cut));
			return out;
		}
		if (is_plain(c))
			out[n++] = c;
		else
			n += snprintf(out + n, LOG_VISMAX - n, "\\%03o", c);
	}
	out[n] = '\0';
	return out;
}

/* The same of a string, without its NUL. */
const char *
log_visstr(const char *s)
{
	return log_vis(s, strlen(s));
}

/* Time in UTC with milliseconds, so that lines of all processes compare. */
static void
timestamp(char *buf, size_t len)
{
	struct timespec	 ts;
	struct tm	 tm;
	char		 sec[sizeof("YYYY-mm-ddTHH:MM:SS") + 8];

	clock_gettime(CLOCK_REALTIME, &ts);
	if (gmtime_r(&ts.tv_sec, &tm) == NULL ||
	    strftime(sec, sizeof(sec), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		sec[0] = '\0';
	snprintf(buf, len, "%s.%03ldZ", sec, ts.tv_nsec / 1000000);
}

/* One write() per line, so that lines of several processes do not mix. */
static void
write_stderr(const char *text)
{
	char	 stamp[48], line[LOG_LINEMAX + 128];
	size_t	 off = 0, len;
	ssize_t	 n;

	timestamp(stamp, sizeof(stamp));
	snprintf(line, sizeof(line), "%s %s: %s\n", stamp, procname, text);
	len = strlen(line);
	while (off < len) {
		n = write(STDERR_FILENO, line + off, len - off);
		if (n == -1 && errno != EINTR)
			return;
		if (n > 0)
			off += n;
	}
}

/*
 * The last line of defence against a caller that forgot log_vis(): a text
 * can neither start a line of its own nor reach the terminal.
 */
static void
flatten(char *text)
{
	unsigned char	*p;

	for (p = (unsigned char *)text; *p != '\0'; p++)
		if (*p < ' ' || *p >= 0x7f)
			*p = '?';
}

static void
logline(int priority, const char *text)
{
	if (foreground)
		write_stderr(text);
	else
		syslog(priority, "%s: %s", procname, text);
}

/* Formats prefix, message and, unless 0, the text of an errno. */
static void
vlog(int priority, const char *prefix, int error, const char *fmt, va_list ap)
{
	char	 text[LOG_LINEMAX];
	size_t	 n;
	int	 save_errno = errno, ret;

	n = strlcpy(text, prefix, sizeof(text));
	ret = vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	if (ret < 0)
		strlcpy(text + n, "(unprintable message)", sizeof(text) - n);
	if (error != 0) {
		strlcat(text, ": ", sizeof(text));
		n = strlcat(text, strerror(error), sizeof(text));
	} else
		n += ret < 0 ? 0 : ret;
	if (n >= sizeof(text))
		memcpy(text + sizeof(text) - sizeof(cut), cut, sizeof(cut));
	flatten(text);
	logline(priority, text);
	errno = save_errno;
}

/* Something failed, and errno says why. */
void
log_warn(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vlog(LOG_ERR, "", errno, fmt, ap);
	va_end(ap);
}

/* Something failed for a reason of our own. */
void
log_warnx(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vlog(LOG_ERR, "", 0, fmt, ap);
	va_end(ap);
}

/* A change of state that an operator wants to know of. */
void
log_info(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vlog(LOG_INFO, "", 0, fmt, ap);
	va_end(ap);
}

/* Detail, only when verbose. */
void
log_debug(const char *fmt, ...)
{
	va_list	 ap;

	if (!verbose)
		return;
	va_start(ap, fmt);
	vlog(LOG_DEBUG, "", 0, fmt, ap);
	va_end(ap);
}

static void
vfatal(int error, const char *fmt, va_list ap)
{
	char	 prefix[LOG_NAMEMAX + 16];

	snprintf(prefix, sizeof(prefix), "fatal in %s: ", procname);
	vlog(LOG_CRIT, prefix, error, fmt, ap);
}

/* Logs what failed, with errno's text, and ends the process. */
void
fatal(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vfatal(errno, fmt, ap);
	va_end(ap);
	exit(1);
}

/* Logs what failed and ends the process. */
void
fatalx(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vfatal(0, fmt, ap);
	va_end(ap);
	exit(1);
}

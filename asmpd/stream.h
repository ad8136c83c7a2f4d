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
 * Streams: what handles their data, what may be said on a control stream,
 * and what becomes of a group's values.  The parser and verify share this.
 */

#ifndef STREAM_H
#define STREAM_H

#define STREAMS_MAX	64	/* bits in a role's mask */

/* The names of each belong to asmpd.conf(5), so they do not change. */
enum stream_handler {
	HANDLER_CHAT = 1,
	HANDLER_CONTROL,
	HANDLER_TELEMETRY,
	HANDLER_AGGREGATE
};

enum stream_command {
	CMD_PING,
	CMD_STATUS,
	CMD_TIME,
	CMD_ECHO,
	CMD_LIST,
	CMD_N
};

#define CMD_ALL		((1U << CMD_N) - 1)

enum group_function {
	FUNCTION_SUM = 1,
	FUNCTION_MEAN,
	FUNCTION_MIN,
	FUNCTION_MAX,
	FUNCTION_COUNT
};

/* stream.c */
const char	*handler_name(unsigned int);
int		 handler_byname(const char *);
const char	*command_name(unsigned int);
int		 command_byname(const char *);
const char	*function_name(unsigned int);
int		 function_byname(const char *);

#endif /* STREAM_H */

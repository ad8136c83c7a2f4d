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

/* The grammar of asmpctl's commands. */

#ifndef PARSER_H
#define PARSER_H

#include <stdint.h>
#include <stdio.h>

enum action {
	ACT_NONE,
	ACT_SHOW_SUMMARY,
	ACT_SHOW_SESSIONS,
	ACT_SHOW_DEVICES,
	ACT_SHOW_PROCESSES,
	ACT_SHOW_SANDBOX,
	ACT_SHOW_MEMORY,
	ACT_SHOW_READINGS,
	ACT_SHOW_BLOCKED,
	ACT_SHOW_ANOMALIES,
	ACT_SHOW_STATISTICS,
	ACT_SHOW_DATABASE,
	ACT_EXPORT_READINGS,
	ACT_EXPORT_EVENTS,
	ACT_DEVICE_ADD,
	ACT_DEVICE_ADD_LINE,
	ACT_DEVICE_IMPORT,
	ACT_DEVICE_IMPORT_TRY,
	ACT_DEVICE_EXPORT,
	ACT_DEVICE_REVOKE,
	ACT_DEVICE_DISABLE,
	ACT_DEVICE_ENABLE,
	ACT_DEVICE_EXPIRE,
	ACT_DEVICE_ROTATE,
	ACT_DEVICE_ROTATE_LINE,
	ACT_SHOW_ROTATIONS,
	ACT_DEVICE_SHOW,
	ACT_DEVICE_KEYS,
	ACT_DEVICE_STATUS,
	ACT_KILL,
	ACT_RELOAD,
	ACT_LOG_VERBOSE,
	ACT_LOG_BRIEF,
	ACT_MONITOR,
	ACT_SEND,
	ACT_AUDIT_SHOW,
	ACT_AUDIT_VERIFY,
	ACT_AUDIT_EXPORT,
	ACT_AUDIT_CHECKPOINT,
	ACT_EVIDENCE,
	ACT_NACTIONS
};

/* How devices stand in a list. */
enum form {
	FORM_ANY,		/* as it looks */
	FORM_LINES,
	FORM_CSV,
	FORM_JSON,
	FORM_JSONL,
	FORM_N
};

#define PARSE_OPTIONS	3	/* a role, profiles and an end */

enum parse_end {
	PARSE_OK,
	PARSE_HELP,		/* the valid words were asked for */
	PARSE_ERROR
};

/* What was asked; the strings are the arguments themselves. */
struct parse_result {
	enum action	 action;
	const char	*id;
	const char	*key;
	const char	*file;		/* NULL: standard input or output */
	const char	*text;
	enum form	 form;
	const char	*options[PARSE_OPTIONS];	/* behind a key */
	int		 noptions;
	const char	*gateway;
	const char	*event;		/* a type of audit records */
	const char	*since;		/* times, as they are typed */
	const char	*until;
	uint64_t	 number;	/* id of the message, or 0 */
	uint64_t	 position;	/* to go on after, or 0 */
	uint32_t	 limit;		/* rows, or 0 */
};

/* parser.c */
enum parse_end	 parse(struct parse_result *, int, char *const [], FILE *);
void		 parse_commands(FILE *);

/* list.c */
enum form	 form_byname(const char *);

#endif /* PARSER_H */

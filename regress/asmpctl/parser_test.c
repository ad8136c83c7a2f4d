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

#include <atf-c.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "parser.h"

#define WORDS_MAX	12
#define TEXT_MAX	4096

/* Splits line at blanks and parses it; what was written is in the file out. */
static enum parse_end
parse_line(struct parse_result *res, const char *line)
{
	static char	 buf[TEXT_MAX];
	char		*argv[WORDS_MAX], *p = buf, *word;
	enum parse_end	 end;
	FILE		*fp;
	int		 argc = 0;

	ATF_REQUIRE(strlcpy(buf, line, sizeof(buf)) < sizeof(buf));
	while ((word = strsep(&p, " ")) != NULL) {
		ATF_REQUIRE(argc < WORDS_MAX);
		argv[argc++] = word;
	}
	ATF_REQUIRE((fp = fopen("out", "w")) != NULL);
	end = parse(res, argc, argv, fp);
	ATF_REQUIRE_EQ(0, fclose(fp));
	return end;
}

/* A line that must be refused or answered, and all that is said. */
#define REQUIRE_SAID(end, line, said) do {				\
	struct parse_result	 r;					\
	ATF_REQUIRE_EQ_MSG((end), parse_line(&r, (line)), "%s", (line)); \
	ATF_CHECK_MSG(atf_utils_compare_file("out", (said)), "%s", (line)); \
} while (0)

static const struct {
	const char	*line;
	enum action	 action;
	const char	*id, *key, *file, *text;
} commands[] = {
	{ "show", ACT_SHOW_SUMMARY, NULL, NULL, NULL, NULL },
	{ "show summary", ACT_SHOW_SUMMARY, NULL, NULL, NULL, NULL },
	{ "show sessions", ACT_SHOW_SESSIONS, NULL, NULL, NULL, NULL },
	{ "show devices", ACT_SHOW_DEVICES, NULL, NULL, NULL, NULL },
	{ "show devices D1", ACT_DEVICE_SHOW, "D1", NULL, NULL, NULL },
	{ "show rotations", ACT_SHOW_ROTATIONS, NULL, NULL, NULL, NULL },
	{ "show processes", ACT_SHOW_PROCESSES, NULL, NULL, NULL, NULL },
	{ "show sandbox", ACT_SHOW_SANDBOX, NULL, NULL, NULL, NULL },
	{ "show memory", ACT_SHOW_MEMORY, NULL, NULL, NULL, NULL },
	{ "show readings since -2h limit 9 device D1", ACT_SHOW_READINGS,
	    "D1", NULL, NULL, NULL },
	{ "show blocked until 2026-01-31", ACT_SHOW_BLOCKED, NULL, NULL, NULL,
	    NULL },
	{ "show anomalies id 7", ACT_SHOW_ANOMALIES, NULL, NULL, NULL, NULL },
	{ "show statistics", ACT_SHOW_STATISTICS, NULL, NULL, NULL, NULL },
	{ "show database", ACT_SHOW_DATABASE, NULL, NULL, NULL, NULL },
	{ "device add D1 -", ACT_DEVICE_ADD, "D1", "-", NULL, NULL },
	{ "device add D1 k role=r", ACT_DEVICE_ADD, "D1", "k", NULL, NULL },
	{ "device add -", ACT_DEVICE_ADD_LINE, NULL, NULL, NULL, NULL },
	{ "device add -f f", ACT_DEVICE_ADD_LINE, NULL, NULL, "f", NULL },
	{ "device import -n csv f", ACT_DEVICE_IMPORT_TRY, NULL, NULL, "f",
	    NULL },
	{ "device import -n f", ACT_DEVICE_IMPORT_TRY, NULL, NULL, "f", NULL },
	{ "device import jsonl f", ACT_DEVICE_IMPORT, NULL, NULL, "f", NULL },
	{ "device import f", ACT_DEVICE_IMPORT, NULL, NULL, "f", NULL },
	{ "device export", ACT_DEVICE_EXPORT, NULL, NULL, NULL, NULL },
	{ "device export csv", ACT_DEVICE_EXPORT, NULL, NULL, NULL, NULL },
	{ "device export lines f", ACT_DEVICE_EXPORT, NULL, NULL, "f", NULL },
	{ "device export f", ACT_DEVICE_EXPORT, NULL, NULL, "f", NULL },
	{ "device revoke D1", ACT_DEVICE_REVOKE, "D1", NULL, NULL, NULL },
	{ "device disable D1", ACT_DEVICE_DISABLE, "D1", NULL, NULL, NULL },
	{ "device enable D1", ACT_DEVICE_ENABLE, "D1", NULL, NULL, NULL },
	{ "device expire D1 +90d", ACT_DEVICE_EXPIRE, "D1", NULL, NULL,
	    "+90d" },
	{ "device rotate D1 k", ACT_DEVICE_ROTATE, "D1", "k", NULL, NULL },
	{ "device rotate D1 k overlap=7d", ACT_DEVICE_ROTATE, "D1", "k", NULL,
	    "7d" },
	{ "device rotate -", ACT_DEVICE_ROTATE_LINE, NULL, NULL, NULL, NULL },
	{ "device rotate - overlap=0", ACT_DEVICE_ROTATE_LINE, NULL, NULL,
	    NULL, "0" },
	{ "device rotate -f f", ACT_DEVICE_ROTATE_LINE, NULL, NULL, "f",
	    NULL },
	{ "device rotate -f f overlap=1h", ACT_DEVICE_ROTATE_LINE, NULL, NULL,
	    "f", "1h" },
	{ "device show D1", ACT_DEVICE_SHOW, "D1", NULL, NULL, NULL },
	{ "device keys", ACT_DEVICE_KEYS, NULL, NULL, NULL, NULL },
	{ "device keys D1", ACT_DEVICE_KEYS, "D1", NULL, NULL, NULL },
	{ "device status D1", ACT_DEVICE_STATUS, "D1", NULL, NULL, NULL },
	{ "export readings after 5 device D1 csv f", ACT_EXPORT_READINGS,
	    "D1", NULL, "f", NULL },
	{ "export events since -2h json", ACT_EXPORT_EVENTS, NULL, NULL,
	    NULL, NULL },
	{ "audit show device D1 gateway G1 type OPERATOR limit 5",
	    ACT_AUDIT_SHOW, "D1", NULL, NULL, NULL },
	{ "audit verify", ACT_AUDIT_VERIFY, NULL, NULL, NULL, NULL },
	{ "audit export dir since -1h", ACT_AUDIT_EXPORT, NULL, NULL, "dir",
	    NULL },
	{ "audit checkpoint", ACT_AUDIT_CHECKPOINT, NULL, NULL, NULL, NULL },
	{ "evidence D1 7", ACT_EVIDENCE, "D1", NULL, NULL, NULL },
	{ "evidence D1 7 f", ACT_EVIDENCE, "D1", NULL, "f", NULL },
	{ "kill D1", ACT_KILL, "D1", NULL, NULL, NULL },
	{ "send D1 hello", ACT_SEND, "D1", NULL, NULL, "hello" },
	{ "reload", ACT_RELOAD, NULL, NULL, NULL, NULL },
	{ "log verbose", ACT_LOG_VERBOSE, NULL, NULL, NULL, NULL },
	{ "log brief", ACT_LOG_BRIEF, NULL, NULL, NULL, NULL },
	{ "monitor", ACT_MONITOR, NULL, NULL, NULL, NULL }
};

#define NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

static void
require_string(const char *want, const char *got)
{
	if (want == NULL)
		ATF_REQUIRE_EQ(NULL, got);
	else
		ATF_REQUIRE_STREQ(want, got);
}

/* Each command is understood, with its arguments, and nothing is said. */
ATF_TC_WITHOUT_HEAD(commands_are_understood);
ATF_TC_BODY(commands_are_understood, tc)
{
	struct parse_result	 res;
	size_t			 i;

	for (i = 0; i < NCOMMANDS; i++) {
		ATF_REQUIRE_EQ(PARSE_OK, parse_line(&res, commands[i].line));
		ATF_REQUIRE_EQ_MSG(commands[i].action, res.action, "%s",
		    commands[i].line);
		require_string(commands[i].id, res.id);
		require_string(commands[i].key, res.key);
		require_string(commands[i].file, res.file);
		require_string(commands[i].text, res.text);
		ATF_REQUIRE(atf_utils_compare_file("out", ""));
	}
}

/* The table above is all there is: it and the grammar cannot drift apart. */
ATF_TC_WITHOUT_HEAD(commands_are_all_tested);
ATF_TC_BODY(commands_are_all_tested, tc)
{
	FILE	*fp;
	char	 line[TEXT_MAX];
	size_t	 n = 0, words;

	ATF_REQUIRE((fp = fopen("commands", "w+")) != NULL);
	parse_commands(fp);
	rewind(fp);
	for (; fgets(line, sizeof(line), fp) != NULL; n++) {
		ATF_REQUIRE(n < NCOMMANDS);
		/* Arguments are named in capitals, keywords are not. */
		words = strcspn(line, "[ABCDEFGHIJKLMNOPQRSTUVWXYZ\n");
		ATF_REQUIRE_MSG(strncmp(line, commands[n].line, words) == 0,
		    "%s is not %s", line, commands[n].line);
	}
	ATF_REQUIRE_EQ(NCOMMANDS, n);
	fclose(fp);
}

/* What people type: as little as is needed. */
ATF_TC_WITHOUT_HEAD(keywords_can_be_shortened);
ATF_TC_BODY(keywords_can_be_shortened, tc)
{
	struct parse_result	 res;

	ATF_REQUIRE_EQ(PARSE_OK, parse_line(&res, "sh"));
	ATF_REQUIRE_EQ(ACT_SHOW_SUMMARY, res.action);
	ATF_REQUIRE_EQ(PARSE_OK, parse_line(&res, "d rev D1"));
	ATF_REQUIRE_EQ(ACT_DEVICE_REVOKE, res.action);
	ATF_REQUIRE_STREQ("D1", res.id);
	ATF_REQUIRE_EQ(PARSE_OK, parse_line(&res, "sh sum"));
	ATF_REQUIRE_EQ(ACT_SHOW_SUMMARY, res.action);
	/* One device or all, whatever the number of letters. */
	ATF_REQUIRE_EQ(PARSE_OK, parse_line(&res, "show device D1"));
	ATF_REQUIRE_EQ(ACT_DEVICE_SHOW, res.action);
	ATF_REQUIRE_EQ(PARSE_OK, parse_line(&res, "show dev D1"));
	ATF_REQUIRE_EQ(ACT_DEVICE_SHOW, res.action);
	ATF_REQUIRE_STREQ("D1", res.id);
	ATF_REQUIRE_EQ(PARSE_OK, parse_line(&res, "show dev"));
	ATF_REQUIRE_EQ(ACT_SHOW_DEVICES, res.action);
	ATF_REQUIRE_EQ(PARSE_OK, parse_line(&res, "show device"));
	ATF_REQUIRE_EQ(ACT_SHOW_DEVICES, res.action);
}

/* Never guess: revoke and reload are a letter apart from elsewhere. */
ATF_TC_WITHOUT_HEAD(ambiguous_words_are_refused);
ATF_TC_BODY(ambiguous_words_are_refused, tc)
{
	REQUIRE_SAID(PARSE_ERROR, "show s",
	    "asmpctl: s: ambiguous, it could be:\n"
	    "  summary\n  sessions\n  sandbox\n  statistics\n");
	REQUIRE_SAID(PARSE_ERROR, "s",
	    "asmpctl: s: ambiguous, it could be:\n"
	    "  show\n  send\n");
}

/* What stands behind a key is a role or profiles, each once. */
ATF_TC_WITHOUT_HEAD(options_are_checked);
ATF_TC_BODY(options_are_checked, tc)
{
	struct parse_result	 res;

	ATF_REQUIRE_EQ(PARSE_OK, parse_line(&res,
	    "device add D1 token profiles=ztp role=user"));
	ATF_REQUIRE_EQ(2, res.noptions);
	ATF_REQUIRE_STREQ("profiles=ztp", res.options[0]);
	ATF_REQUIRE_STREQ("role=user", res.options[1]);
	REQUIRE_SAID(PARSE_ERROR, "device add D1 token user",
	    "asmpctl: user: only role=NAME, profiles=NAME,NAME and "
	    "expires=TIME may follow the key\nvalid next words:\n"
	    "  OPTION\n  or nothing\n");
	REQUIRE_SAID(PARSE_ERROR, "device add D1 token role=a role=b "
	    "expires=1d role=c", "asmpctl: role=c: one role, one list of "
	    "profiles and one time are all that may follow the key\n"
	    "valid next words:\n  OPTION\n"
	    "  or nothing\n");
}

/* What one says to a device is a word, a question or nothing asked. */
ATF_TC_WITHOUT_HEAD(texts_are_texts);
ATF_TC_BODY(texts_are_texts, tc)
{
	struct parse_result	 res;
	char			 line[1100];

	ATF_REQUIRE_EQ(PARSE_OK, parse_line(&res, "send D1 ?"));
	ATF_REQUIRE_STREQ("?", res.text);
	ATF_REQUIRE_EQ(PARSE_OK, parse_line(&res, "send D1 help"));
	snprintf(line, sizeof(line), "send D1 %01024d", 1);
	ATF_REQUIRE_EQ(PARSE_OK, parse_line(&res, line));
	ATF_REQUIRE_EQ(1024, strlen(res.text));
	snprintf(line, sizeof(line), "send D1 %01025d", 1);
	ATF_REQUIRE_EQ(PARSE_ERROR, parse_line(&res, line));
	ATF_REQUIRE(atf_utils_grep_file("longer than 1024 bytes", "out"));
	REQUIRE_SAID(PARSE_ERROR, "send D1 ",
	    "asmpctl: : must not be empty\nvalid next words:\n  TEXT\n");
}

ATF_TC_WITHOUT_HEAD(unknown_words_are_refused);
ATF_TC_BODY(unknown_words_are_refused, tc)
{
	REQUIRE_SAID(PARSE_ERROR, "log loud",
	    "asmpctl: loud: unknown word\n"
	    "valid next words:\n  verbose\n  brief\n");
	REQUIRE_SAID(PARSE_ERROR, "log verbosely",
	    "asmpctl: verbosely: unknown word\n"
	    "valid next words:\n  verbose\n  brief\n");
	REQUIRE_SAID(PARSE_ERROR, "log ",
	    "asmpctl: : unknown word\n"
	    "valid next words:\n  verbose\n  brief\n");
	REQUIRE_SAID(PARSE_ERROR, "log \033[2J",
	    "asmpctl: \\033[2J: unknown word\n"
	    "valid next words:\n  verbose\n  brief\n");
}

ATF_TC_WITHOUT_HEAD(words_too_few_or_too_many);
ATF_TC_BODY(words_too_few_or_too_many, tc)
{
	REQUIRE_SAID(PARSE_ERROR, "log",
	    "asmpctl: log: more is needed\n"
	    "valid next words:\n  verbose\n  brief\n");
	REQUIRE_SAID(PARSE_ERROR, "device add D1",
	    "asmpctl: D1: more is needed\nvalid next words:\n  KEY\n");
	REQUIRE_SAID(PARSE_ERROR, "device add",
	    "asmpctl: add: more is needed\n"
	    "valid next words:\n  ID\n  -\n  -f\n");
	REQUIRE_SAID(PARSE_ERROR, "device add -x",
	    "asmpctl: -x: not a device id: 1 to 64 of letters, digits and "
	    "._:@-, the first neither . nor -\n"
	    "valid next words:\n  ID\n  -\n  -f\n");
	REQUIRE_SAID(PARSE_ERROR, "reload now",
	    "asmpctl: now: one word too many\nnothing can follow here\n");
	REQUIRE_SAID(PARSE_ERROR, "device export csv f g",
	    "asmpctl: g: one word too many\nnothing can follow here\n");
	REQUIRE_SAID(PARSE_ERROR, "device import xml f",
	    "asmpctl: xml: no word that can stand here, and a file must "
	    "be the last one\nvalid next words:\n  -n\n"
	    "  lines, csv, json or jsonl\n  FILE\n");
	REQUIRE_SAID(PARSE_ERROR, "device import ",
	    "asmpctl: : must not be empty\nvalid next words:\n  -n\n"
	    "  lines, csv, json or jsonl\n  FILE\n");
}

/* An id that asmpd would refuse never leaves; the longest one does. */
ATF_TC_WITHOUT_HEAD(ids_are_checked);
ATF_TC_BODY(ids_are_checked, tc)
{
	struct parse_result	 res;
	char			 line[128];

	snprintf(line, sizeof(line), "kill %064d", 1);
	ATF_REQUIRE_EQ(PARSE_OK, parse_line(&res, line));
	ATF_REQUIRE_EQ(64, strlen(res.id));
	snprintf(line, sizeof(line), "kill %065d", 1);
	ATF_REQUIRE_EQ(PARSE_ERROR, parse_line(&res, line));
	REQUIRE_SAID(PARSE_ERROR, "kill a/b",
	    "asmpctl: a/b: not a device id: 1 to 64 of letters, digits and "
	    "._:@-, the first neither . nor -\n"
	    "valid next words:\n  ID\n");
	ATF_REQUIRE_EQ(PARSE_ERROR, parse_line(&res, "kill -x"));
	ATF_REQUIRE_EQ(PARSE_ERROR, parse_line(&res, "kill .x"));
	ATF_REQUIRE_EQ(PARSE_OK, parse_line(&res, "kill x.-"));
}

ATF_TC_WITHOUT_HEAD(help_lists_what_can_follow);
ATF_TC_BODY(help_lists_what_can_follow, tc)
{
	struct parse_result	 res;

	REQUIRE_SAID(PARSE_HELP, "log help",
	    "valid next words:\n  verbose\n  brief\n");
	REQUIRE_SAID(PARSE_HELP, "log ?",
	    "valid next words:\n  verbose\n  brief\n");
	REQUIRE_SAID(PARSE_HELP, "kill ?", "valid next words:\n  ID\n");
	REQUIRE_SAID(PARSE_HELP, "device export ?",
	    "valid next words:\n  lines, csv, json or jsonl\n  FILE\n"
	    "  or nothing\n");
	REQUIRE_SAID(PARSE_HELP, "reload help", "nothing can follow here\n");
	/* A device may be called help. */
	ATF_REQUIRE_EQ(PARSE_OK, parse_line(&res, "kill help"));
	ATF_REQUIRE_STREQ("help", res.id);
}

/* Filters come in any order, and a word that is cut off is none. */
ATF_TC_WITHOUT_HEAD(filters);
ATF_TC_BODY(filters, tc)
{
	struct parse_result	 res;

	ATF_REQUIRE_EQ(PARSE_OK, parse_line(&res,
	    "show readings limit 1000 until -1s dev D1 id 7 since 2026-01-31"));
	ATF_REQUIRE_EQ(1000, res.limit);
	ATF_REQUIRE_EQ(7, res.number);
	ATF_REQUIRE_STREQ("-1s", res.until);
	ATF_REQUIRE_STREQ("2026-01-31", res.since);
	REQUIRE_SAID(PARSE_ERROR, "show readings since",
	    "asmpctl: since: more is needed\nvalid next words:\n  TIME\n");
	REQUIRE_SAID(PARSE_ERROR, "show blocked device D1 dev D2",
	    "asmpctl: dev: stands there already: each filter once\n"
	    "valid next words:\n  id\n  since\n  until\n  limit\n"
	    "  or nothing\n");
	REQUIRE_SAID(PARSE_ERROR, "export events after 1 after 2",
	    "asmpctl: after: stands there already: each filter once\n"
	    "valid next words:\n  device\n  since\n  until\n"
	    "  csv, json or jsonl\n  FILE\n  or nothing\n");
	REQUIRE_SAID(PARSE_ERROR, "export events until -1d limit 3",
	    "asmpctl: limit: no word that can stand here, and a file must "
	    "be the last one\n"
	    "valid next words:\n  device\n  since\n  after\n"
	    "  csv, json or jsonl\n  FILE\n");
	REQUIRE_SAID(PARSE_ERROR, "audit export dir limit 3",
	    "asmpctl: limit: unknown word\n"
	    "valid next words:\n  device\n  gateway\n  type\n  since\n"
	    "  until\n  or nothing\n");
	REQUIRE_SAID(PARSE_ERROR, "show blocked limit 1001", "asmpctl: 1001: "
	    "must be between 1 and 1000\nvalid next words:\n  COUNT\n");
	REQUIRE_SAID(PARSE_ERROR, "show blocked id -1", "asmpctl: -1: not a "
	    "number that can stand here\nvalid next words:\n  NUMBER\n");
	REQUIRE_SAID(PARSE_ERROR, "show blocked since 2026-02-30",
	    "asmpctl: 2026-02-30: not a time: 2026-01-31, "
	    "2026-01-31T12:00:00Z, or how long ago, as -90s, -2h or -30d\n"
	    "valid next words:\n  TIME\n");
}

/* Brackets stand close to what is in them. */
static const char *
bracket(const char *word)
{
	return strcmp(word, "Oo") == 0 ? "[" : strcmp(word, "Oc") == 0 ? "]" :
	    strcmp(word, "Fl") == 0 ? "-" : word;
}

/* ".It Cm device add Fl f Oo Ar file Oc" without its macros. */
static void
strip_macros(char *out, size_t size, const char *line)
{
	char	 buf[TEXT_MAX], *p = buf, *word;
	int	 flag, joined = 0;

	out[0] = '\0';
	strlcpy(buf, line, sizeof(buf));
	while ((word = strsep(&p, " \n")) != NULL) {
		if (*word == '\0' || strcmp(word, ".It") == 0 ||
		    strcmp(word, "Cm") == 0 || strcmp(word, "Ar") == 0)
			continue;
		flag = strcmp(word, "Fl") == 0;
		word = (char *)(uintptr_t)bracket(word);
		if (out[0] != '\0' && !joined &&
		    out[strlen(out) - 1] != '[' && strcmp(word, "]") != 0)
			strlcat(out, " ", size);
		joined = flag;
		strlcat(out, word, size);
	}
	strlcat(out, "\n", size);
}

/* asmpctl(8) documents each command, in this order, and no others. */
ATF_TC_WITHOUT_HEAD(manual_has_all_commands);
ATF_TC_BODY(manual_has_all_commands, tc)
{
	FILE	*manual, *fp;
	char	 path[TEXT_MAX], line[TEXT_MAX], item[TEXT_MAX];
	char	*p;

	ATF_REQUIRE((fp = fopen("commands", "w+")) != NULL);
	parse_commands(fp);
	rewind(fp);
	snprintf(path, sizeof(path), "%s/../../man/asmpctl.8",
	    atf_tc_get_config_var(tc, "srcdir"));
	ATF_REQUIRE((manual = fopen(path, "r")) != NULL);
	while (fgets(line, sizeof(line), manual) != NULL) {
		if (strncmp(line, ".It Cm ", 7) != 0)
			continue;
		strip_macros(item, sizeof(item), line);
		ATF_REQUIRE_MSG(fgets(line, sizeof(line), fp) != NULL,
		    "the manual's %s is no command", item);
		for (p = line; *p != '\0'; p++)
			*p = tolower((unsigned char)*p);
		ATF_REQUIRE_STREQ(line, item);
	}
	ATF_REQUIRE_EQ_MSG(NULL, fgets(line, sizeof(line), fp),
	    "not in the manual: %s", line);
	fclose(manual);
	fclose(fp);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, commands_are_understood);
	ATF_TP_ADD_TC(tp, commands_are_all_tested);
	ATF_TP_ADD_TC(tp, keywords_can_be_shortened);
	ATF_TP_ADD_TC(tp, ambiguous_words_are_refused);
	ATF_TP_ADD_TC(tp, options_are_checked);
	ATF_TP_ADD_TC(tp, texts_are_texts);
	ATF_TP_ADD_TC(tp, unknown_words_are_refused);
	ATF_TP_ADD_TC(tp, words_too_few_or_too_many);
	ATF_TP_ADD_TC(tp, ids_are_checked);
	ATF_TP_ADD_TC(tp, help_lists_what_can_follow);
	ATF_TP_ADD_TC(tp, filters);
	ATF_TP_ADD_TC(tp, manual_has_all_commands);
	return atf_no_error();
}

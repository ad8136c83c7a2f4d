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
 * Commands are paths through tables of words.  A keyword may be shortened
 * as long as it stays unambiguous, and whoever errs is told which words can
 * stand there.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"
#include "ctl.h"
#include "log.h"
#include "parser.h"

#define FORMS		"lines, csv, json or jsonl"
#define FORMS_ROWS	"csv, json or jsonl"
#define ROWS_MAX	1000	/* of one command that shows some */
#define LINE_MAX_WORDS	160	/* bytes of a command's longest path */

enum token_type {
	TOKEN_END,		/* of a table */
	TOKEN_KEYWORD,
	TOKEN_ID,
	TOKEN_KEY,
	TOKEN_OPTION,
	TOKEN_FORM,
	TOKEN_FILE,
	TOKEN_TIME,
	TOKEN_GATEWAY,
	TOKEN_EVENT,
	TOKEN_SINCE,
	TOKEN_UNTIL,
	TOKEN_NUMBER,
	TOKEN_POSITION,
	TOKEN_LIMIT,
	TOKEN_OVERLAP,
	TOKEN_TEXT
};

struct token {
	enum token_type		 type;
	const char		*word;		/* as it is typed or shown */
	enum action		 action;	/* if a command may end here */
	const struct token	*next;		/* NULL: nothing follows */
};

/* Where the words so far have led to. */
struct place {
	const struct token	*table;		/* NULL: nothing can follow */
	uint32_t		 seen;		/* filters of it, by number */
	enum action		 action;	/* if nothing follows */
	enum action		 end;		/* the last that could be it */
};

/* Behind an option the command can end as it could before it. */
#define ACT_AGAIN	ACT_NACTIONS

static const struct token	 t_rows[];

static const struct token	 t_rows_device[] = {
	{ TOKEN_ID, "ID", ACT_AGAIN, t_rows },
	{ .type = TOKEN_END }
};

static const struct token	 t_rows_since[] = {
	{ TOKEN_SINCE, "TIME", ACT_AGAIN, t_rows },
	{ .type = TOKEN_END }
};

static const struct token	 t_rows_until[] = {
	{ TOKEN_UNTIL, "TIME", ACT_AGAIN, t_rows },
	{ .type = TOKEN_END }
};

static const struct token	 t_rows_number[] = {
	{ TOKEN_NUMBER, "NUMBER", ACT_AGAIN, t_rows },
	{ .type = TOKEN_END }
};

static const struct token	 t_rows_limit[] = {
	{ TOKEN_LIMIT, "COUNT", ACT_AGAIN, t_rows },
	{ .type = TOKEN_END }
};

static const struct token	 t_rows[] = {
	{ TOKEN_KEYWORD, "device", ACT_NONE, t_rows_device },
	{ TOKEN_KEYWORD, "id", ACT_NONE, t_rows_number },
	{ TOKEN_KEYWORD, "since", ACT_NONE, t_rows_since },
	{ TOKEN_KEYWORD, "until", ACT_NONE, t_rows_until },
	{ TOKEN_KEYWORD, "limit", ACT_NONE, t_rows_limit },
	{ .type = TOKEN_END }
};

static const struct token	 t_out[];

static const struct token	 t_out_device[] = {
	{ TOKEN_ID, "ID", ACT_AGAIN, t_out },
	{ .type = TOKEN_END }
};

static const struct token	 t_out_since[] = {
	{ TOKEN_SINCE, "TIME", ACT_AGAIN, t_out },
	{ .type = TOKEN_END }
};

static const struct token	 t_out_until[] = {
	{ TOKEN_UNTIL, "TIME", ACT_AGAIN, t_out },
	{ .type = TOKEN_END }
};

static const struct token	 t_out_after[] = {
	{ TOKEN_POSITION, "POSITION", ACT_AGAIN, t_out },
	{ .type = TOKEN_END }
};

static const struct token	 t_out_file[] = {
	{ TOKEN_FILE, "FILE", ACT_AGAIN, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_out[] = {
	{ TOKEN_KEYWORD, "device", ACT_NONE, t_out_device },
	{ TOKEN_KEYWORD, "since", ACT_NONE, t_out_since },
	{ TOKEN_KEYWORD, "until", ACT_NONE, t_out_until },
	{ TOKEN_KEYWORD, "after", ACT_NONE, t_out_after },
	{ TOKEN_FORM, FORMS_ROWS, ACT_AGAIN, t_out_file },
	{ TOKEN_FILE, "FILE", ACT_AGAIN, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_exports[] = {
	{ TOKEN_KEYWORD, "readings", ACT_EXPORT_READINGS, t_out },
	{ TOKEN_KEYWORD, "events", ACT_EXPORT_EVENTS, t_out },
	{ .type = TOKEN_END }
};

static const struct token	 t_events[];

static const struct token	 t_events_device[] = {
	{ TOKEN_ID, "ID", ACT_AGAIN, t_events },
	{ .type = TOKEN_END }
};

static const struct token	 t_events_gateway[] = {
	{ TOKEN_GATEWAY, "GATEWAY", ACT_AGAIN, t_events },
	{ .type = TOKEN_END }
};

static const struct token	 t_events_type[] = {
	{ TOKEN_EVENT, "TYPE", ACT_AGAIN, t_events },
	{ .type = TOKEN_END }
};

static const struct token	 t_events_since[] = {
	{ TOKEN_SINCE, "TIME", ACT_AGAIN, t_events },
	{ .type = TOKEN_END }
};

static const struct token	 t_events_until[] = {
	{ TOKEN_UNTIL, "TIME", ACT_AGAIN, t_events },
	{ .type = TOKEN_END }
};

static const struct token	 t_events_limit[] = {
	{ TOKEN_LIMIT, "COUNT", ACT_AGAIN, t_events },
	{ .type = TOKEN_END }
};

static const struct token	 t_events[] = {
	{ TOKEN_KEYWORD, "device", ACT_NONE, t_events_device },
	{ TOKEN_KEYWORD, "gateway", ACT_NONE, t_events_gateway },
	{ TOKEN_KEYWORD, "type", ACT_NONE, t_events_type },
	{ TOKEN_KEYWORD, "since", ACT_NONE, t_events_since },
	{ TOKEN_KEYWORD, "until", ACT_NONE, t_events_until },
	{ TOKEN_KEYWORD, "limit", ACT_NONE, t_events_limit },
	{ .type = TOKEN_END }
};

/* The same but for a limit: what is taken away is all that was asked for. */
static const struct token	 t_taken[];

static const struct token	 t_taken_device[] = {
	{ TOKEN_ID, "ID", ACT_AGAIN, t_taken },
	{ .type = TOKEN_END }
};

static const struct token	 t_taken_gateway[] = {
	{ TOKEN_GATEWAY, "GATEWAY", ACT_AGAIN, t_taken },
	{ .type = TOKEN_END }
};

static const struct token	 t_taken_type[] = {
	{ TOKEN_EVENT, "TYPE", ACT_AGAIN, t_taken },
	{ .type = TOKEN_END }
};

static const struct token	 t_taken_since[] = {
	{ TOKEN_SINCE, "TIME", ACT_AGAIN, t_taken },
	{ .type = TOKEN_END }
};

static const struct token	 t_taken_until[] = {
	{ TOKEN_UNTIL, "TIME", ACT_AGAIN, t_taken },
	{ .type = TOKEN_END }
};

static const struct token	 t_taken[] = {
	{ TOKEN_KEYWORD, "device", ACT_NONE, t_taken_device },
	{ TOKEN_KEYWORD, "gateway", ACT_NONE, t_taken_gateway },
	{ TOKEN_KEYWORD, "type", ACT_NONE, t_taken_type },
	{ TOKEN_KEYWORD, "since", ACT_NONE, t_taken_since },
	{ TOKEN_KEYWORD, "until", ACT_NONE, t_taken_until },
	{ .type = TOKEN_END }
};

static const struct token	 t_audit_dir[] = {
	{ TOKEN_FILE, "DIRECTORY", ACT_AUDIT_EXPORT, t_taken },
	{ .type = TOKEN_END }
};

static const struct token	 t_audit[] = {
	{ TOKEN_KEYWORD, "show", ACT_AUDIT_SHOW, t_events },
	{ TOKEN_KEYWORD, "verify", ACT_AUDIT_VERIFY, NULL },
	{ TOKEN_KEYWORD, "export", ACT_NONE, t_audit_dir },
	{ TOKEN_KEYWORD, "checkpoint", ACT_AUDIT_CHECKPOINT, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_evidence_file[] = {
	{ TOKEN_FILE, "FILE", ACT_EVIDENCE, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_evidence_number[] = {
	{ TOKEN_NUMBER, "NUMBER", ACT_EVIDENCE, t_evidence_file },
	{ .type = TOKEN_END }
};

static const struct token	 t_evidence[] = {
	{ TOKEN_ID, "ID", ACT_NONE, t_evidence_number },
	{ .type = TOKEN_END }
};

static const struct token	 t_device_show[] = {
	{ TOKEN_ID, "ID", ACT_DEVICE_SHOW, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_show[] = {
	{ TOKEN_KEYWORD, "summary", ACT_SHOW_SUMMARY, NULL },
	{ TOKEN_KEYWORD, "sessions", ACT_SHOW_SESSIONS, NULL },
	{ TOKEN_KEYWORD, "devices", ACT_SHOW_DEVICES, t_device_show },
	{ TOKEN_KEYWORD, "rotations", ACT_SHOW_ROTATIONS, NULL },
	{ TOKEN_KEYWORD, "processes", ACT_SHOW_PROCESSES, NULL },
	{ TOKEN_KEYWORD, "sandbox", ACT_SHOW_SANDBOX, NULL },
	{ TOKEN_KEYWORD, "memory", ACT_SHOW_MEMORY, NULL },
	{ TOKEN_KEYWORD, "readings", ACT_SHOW_READINGS, t_rows },
	{ TOKEN_KEYWORD, "blocked", ACT_SHOW_BLOCKED, t_rows },
	{ TOKEN_KEYWORD, "anomalies", ACT_SHOW_ANOMALIES, t_rows },
	{ TOKEN_KEYWORD, "statistics", ACT_SHOW_STATISTICS, NULL },
	{ TOKEN_KEYWORD, "database", ACT_SHOW_DATABASE, NULL },
	{ .type = TOKEN_END }
};

/* As often as there are options: it leads to itself. */
static const struct token	 t_add_option[] = {
	{ TOKEN_OPTION, "OPTION", ACT_DEVICE_ADD, t_add_option },
	{ .type = TOKEN_END }
};

static const struct token	 t_add_key[] = {
	{ TOKEN_KEY, "KEY", ACT_DEVICE_ADD, t_add_option },
	{ .type = TOKEN_END }
};

static const struct token	 t_add_file[] = {
	{ TOKEN_FILE, "FILE", ACT_DEVICE_ADD_LINE, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_add[] = {
	{ TOKEN_ID, "ID", ACT_NONE, t_add_key },
	{ TOKEN_KEYWORD, "-", ACT_DEVICE_ADD_LINE, NULL },
	{ TOKEN_KEYWORD, "-f", ACT_NONE, t_add_file },
	{ .type = TOKEN_END }
};

static const struct token	 t_try_file[] = {
	{ TOKEN_FILE, "FILE", ACT_DEVICE_IMPORT_TRY, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_try[] = {
	{ TOKEN_FORM, FORMS, ACT_NONE, t_try_file },
	{ TOKEN_FILE, "FILE", ACT_DEVICE_IMPORT_TRY, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_import_file[] = {
	{ TOKEN_FILE, "FILE", ACT_DEVICE_IMPORT, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_import[] = {
	{ TOKEN_KEYWORD, "-n", ACT_NONE, t_try },
	{ TOKEN_FORM, FORMS, ACT_NONE, t_import_file },
	{ TOKEN_FILE, "FILE", ACT_DEVICE_IMPORT, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_export_file[] = {
	{ TOKEN_FILE, "FILE", ACT_DEVICE_EXPORT, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_export[] = {
	{ TOKEN_FORM, FORMS, ACT_DEVICE_EXPORT, t_export_file },
	{ TOKEN_FILE, "FILE", ACT_DEVICE_EXPORT, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_revoke[] = {
	{ TOKEN_ID, "ID", ACT_DEVICE_REVOKE, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_disable[] = {
	{ TOKEN_ID, "ID", ACT_DEVICE_DISABLE, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_enable[] = {
	{ TOKEN_ID, "ID", ACT_DEVICE_ENABLE, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_expire_time[] = {
	{ TOKEN_TIME, "TIME", ACT_DEVICE_EXPIRE, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_expire[] = {
	{ TOKEN_ID, "ID", ACT_NONE, t_expire_time },
	{ .type = TOKEN_END }
};

static const struct token	 t_device_keys[] = {
	{ TOKEN_ID, "ID", ACT_DEVICE_KEYS, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_device_status[] = {
	{ TOKEN_ID, "ID", ACT_DEVICE_STATUS, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_rotate_overlap[] = {
	{ TOKEN_OVERLAP, "OVERLAP", ACT_DEVICE_ROTATE, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_rotate_key[] = {
	{ TOKEN_KEY, "KEY", ACT_DEVICE_ROTATE, t_rotate_overlap },
	{ .type = TOKEN_END }
};

static const struct token	 t_rotate_line_overlap[] = {
	{ TOKEN_OVERLAP, "OVERLAP", ACT_DEVICE_ROTATE_LINE, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_rotate_file[] = {
	{ TOKEN_FILE, "FILE", ACT_DEVICE_ROTATE_LINE, t_rotate_line_overlap },
	{ .type = TOKEN_END }
};

static const struct token	 t_rotate[] = {
	{ TOKEN_ID, "ID", ACT_NONE, t_rotate_key },
	{ TOKEN_KEYWORD, "-", ACT_DEVICE_ROTATE_LINE, t_rotate_line_overlap },
	{ TOKEN_KEYWORD, "-f", ACT_NONE, t_rotate_file },
	{ .type = TOKEN_END }
};

static const struct token	 t_device[] = {
	{ TOKEN_KEYWORD, "add", ACT_NONE, t_add },
	{ TOKEN_KEYWORD, "import", ACT_NONE, t_import },
	{ TOKEN_KEYWORD, "export", ACT_DEVICE_EXPORT, t_export },
	{ TOKEN_KEYWORD, "revoke", ACT_NONE, t_revoke },
	{ TOKEN_KEYWORD, "disable", ACT_NONE, t_disable },
	{ TOKEN_KEYWORD, "enable", ACT_NONE, t_enable },
	{ TOKEN_KEYWORD, "expire", ACT_NONE, t_expire },
	{ TOKEN_KEYWORD, "rotate", ACT_NONE, t_rotate },
	{ TOKEN_KEYWORD, "show", ACT_NONE, t_device_show },
	{ TOKEN_KEYWORD, "keys", ACT_DEVICE_KEYS, t_device_keys },
	{ TOKEN_KEYWORD, "status", ACT_NONE, t_device_status },
	{ .type = TOKEN_END }
};

static const struct token	 t_kill[] = {
	{ TOKEN_ID, "ID", ACT_KILL, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_send_text[] = {
	{ TOKEN_TEXT, "TEXT", ACT_SEND, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_send[] = {
	{ TOKEN_ID, "ID", ACT_NONE, t_send_text },
	{ .type = TOKEN_END }
};

static const struct token	 t_log[] = {
	{ TOKEN_KEYWORD, "verbose", ACT_LOG_VERBOSE, NULL },
	{ TOKEN_KEYWORD, "brief", ACT_LOG_BRIEF, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_main[] = {
	{ TOKEN_KEYWORD, "show", ACT_SHOW_SUMMARY, t_show },
	{ TOKEN_KEYWORD, "device", ACT_NONE, t_device },
	{ TOKEN_KEYWORD, "export", ACT_NONE, t_exports },
	{ TOKEN_KEYWORD, "audit", ACT_NONE, t_audit },
	{ TOKEN_KEYWORD, "evidence", ACT_NONE, t_evidence },
	{ TOKEN_KEYWORD, "kill", ACT_NONE, t_kill },
	{ TOKEN_KEYWORD, "send", ACT_NONE, t_send },
	{ TOKEN_KEYWORD, "reload", ACT_RELOAD, NULL },
	{ TOKEN_KEYWORD, "log", ACT_NONE, t_log },
	{ TOKEN_KEYWORD, "monitor", ACT_MONITOR, NULL },
	{ .type = TOKEN_END }
};

/* Options are not shortened: "-" is standard input. */
static int
is_prefix(const char *word, const struct token *t)
{
	if (t->type != TOKEN_KEYWORD || word[0] == '\0')
		return 0;
	return word[0] == '-' ? strcmp(t->word, word) == 0 :
	    strncmp(t->word, word, strlen(word)) == 0;
}

/* Whether t is a filter's name, which can stand beside all others. */
static int
is_filter(const struct token *t)
{
	return t->type == TOKEN_KEYWORD && t->next != NULL &&
	    t->next->action == ACT_AGAIN;
}

/* What can follow: a filter that was seen already cannot. */
static void
list_words(const struct place *at, FILE *fp)
{
	const struct token	*t = at->table;
	uint32_t		 bit;

	if (t == NULL) {
		fprintf(fp, "nothing can follow here\n");
		return;
	}
	fprintf(fp, "valid next words:\n");
	for (bit = 1; t->type != TOKEN_END; t++, bit <<= 1)
		if (!is_filter(t) || (at->seen & bit) == 0)
			fprintf(fp, "  %s\n", t->word);
	if (at->action != ACT_NONE)
		fprintf(fp, "  or nothing\n");
}

/* The keyword that is meant, or NULL; *n is how many it could be. */
static const struct token *
match_keyword(const struct token *t, const char *word, int *n)
{
	const struct token	*found = NULL;

	for (*n = 0; t->type != TOKEN_END; t++) {
		if (!is_prefix(word, t))
			continue;
		found = t;
		if (strcmp(t->word, word) == 0) {
			*n = 1;
			return t;
		}
		(*n)++;
	}
	return *n == 1 ? found : NULL;
}

static const char *
take_option(struct parse_result *res, const char *word)
{
	if (strncmp(word, "role=", 5) != 0 &&
	    strncmp(word, "profiles=", 9) != 0 &&
	    strncmp(word, "expires=", 8) != 0)
		return "only role=NAME, profiles=NAME,NAME and expires=TIME "
		    "may follow the key";
	if (res->noptions == PARSE_OPTIONS)
		return "one role, one list of profiles and one time are all "
		    "that may follow the key";
	res->options[res->noptions++] = word;
	return NULL;
}

static const char *
take_number(uint64_t *n, const char *word, uint64_t max)
{
	char	*end;

	errno = 0;
	*n = strtoull(word, &end, 10);
	if (word[0] < '0' || word[0] > '9' || *end != '\0' || errno != 0 ||
	    *n > max)
		return "not a number that can stand here";
	return NULL;
}

static const char *
take_limit(struct parse_result *res, const char *word)
{
	uint64_t	 n;

	if (take_number(&n, word, ROWS_MAX) != NULL || n == 0)
		return "must be between 1 and 1000";
	res->limit = (uint32_t)n;
	return NULL;
}

static const char *
take_time(const char **where, const char *word)
{
	uint64_t	 ms;

	if (when_ago(&ms, word, UINT64_MAX) == -1)
		return "not a time: 2026-01-31, 2026-01-31T12:00:00Z, or how "
		    "long ago, as -90s, -2h or -30d";
	*where = word;
	return NULL;
}

/* Takes an argument; NULL, or what is wrong with it. */
static const char *
take_argument(struct parse_result *res, const struct token *t,
    const char *word)
{
	if (word[0] == '\0')
		return "must not be empty";
	switch (t->type) {
	case TOKEN_ID:
		if (!id_valid(word))
			return "not a device id: 1 to 64 of letters, digits "
			    "and ._:@-, the first neither . nor -";
		res->id = word;
		break;
	case TOKEN_KEY:
		res->key = word;
		break;
	case TOKEN_OPTION:
		return take_option(res, word);
	case TOKEN_OVERLAP:
		if (strncmp(word, "overlap=", 8) != 0)
			return "only overlap=TIME may follow the key";
		res->text = word + 8;
		break;
	case TOKEN_TIME:
		res->text = word;
		break;
	case TOKEN_GATEWAY:
		if (!id_valid(word))
			return "not the id of a gateway";
		res->gateway = word;
		break;
	case TOKEN_EVENT:
		if (strlen(word) >= CTL_TYPEMAX)
			return "no event has a name as long";
		res->event = word;
		break;
	case TOKEN_SINCE:
		return take_time(&res->since, word);
	case TOKEN_UNTIL:
		return take_time(&res->until, word);
	case TOKEN_NUMBER:
		return take_number(&res->number, word, INT64_MAX);
	case TOKEN_POSITION:
		return take_number(&res->position, word, INT64_MAX);
	case TOKEN_LIMIT:
		return take_limit(res, word);
	case TOKEN_TEXT:
		if (strlen(word) > ASMP_TEXTMAX)
			return "longer than 1024 bytes";
		res->text = word;
		break;
	default:
		res->file = word;
		break;
	}
	return NULL;
}

/*
 * Where word leads from table t: to a keyword or, if it is none, to what
 * stands beside them.  NULL with *why, which stays NULL when the word could
 * be several.
 */
static const struct token *
step(struct parse_result *res, const struct token *t, const char *word,
    const char **why)
{
	const struct token	*found;
	int			 n;

	*why = NULL;
	if ((found = match_keyword(t, word, &n)) != NULL || n > 0)
		return found;
	while (t->type == TOKEN_KEYWORD)
		t++;
	if (t->type == TOKEN_FORM) {
		/* Whole words only, so that few names of files are taken. */
		if ((res->form = form_byname(word)) != FORM_ANY)
			return t;
		t++;
	}
	*why = t->type == TOKEN_END ? "unknown word" :
	    take_argument(res, t, word);
	return *why == NULL ? t : NULL;
}

static int
asks_help(const struct token *t, const char *word)
{
	/* A text may be a question. */
	if (t != NULL && t->type == TOKEN_TEXT)
		return 0;
	return strcmp(word, "?") == 0 || ((t == NULL ||
	    t->type == TOKEN_KEYWORD) && strcmp(word, "help") == 0);
}

static enum parse_end
complain(FILE *fp, const char *word, const char *why, const struct place *at)
{
	fprintf(fp, "asmpctl: %s: %s\n", log_visstr(word), why);
	list_words(at, fp);
	return PARSE_ERROR;
}

static enum parse_end
complain_ambiguous(FILE *fp, const char *word, const struct token *t)
{
	fprintf(fp, "asmpctl: %s: ambiguous, it could be:\n", log_visstr(word));
	for (; t->type != TOKEN_END; t++)
		if (is_prefix(word, t))
			fprintf(fp, "  %s\n", t->word);
	return PARSE_ERROR;
}

/* NULL, or why a filter cannot be there again. */
static const char *
take_filter(struct place *at, const struct token *found)
{
	uint32_t	 bit = 1U << (found - at->table);

	if (!is_filter(found))
		return NULL;
	if ((at->seen & bit) != 0)
		return "stands there already: each filter once";
	at->seen |= bit;
	return NULL;
}

/* Whether a form can stand in table t, by whose mistake a file is taken. */
static int
may_be_form(const struct token *t)
{
	for (; t->type != TOKEN_END; t++)
		if (t->type == TOKEN_FORM)
			return 1;
	return 0;
}

/* Nothing can follow the word before, which stands at from. */
static enum parse_end
complain_rest(FILE *fp, const char *before, const char *word,
    const struct place *from, const struct place *at)
{
	if (may_be_form(from->table))
		return complain(fp, before, "no word that can stand here, "
		    "and a file must be the last one", from);
	return complain(fp, word, "one word too many", at);
}

/* Goes on behind a word that stands at *at. */
static void
go(struct place *at, const struct token *found)
{
	at->action = found->action == ACT_AGAIN ? at->end : found->action;
	if (at->action != ACT_NONE)
		at->end = at->action;
	at->table = found->next;
}

/*
 * Finds the command that the argc words of argv ask for and takes its
 * arguments into *res, which point into argv.  On PARSE_ERROR the reason and
 * on PARSE_HELP the answer have been written to fp.
 */
enum parse_end
parse(struct parse_result *res, int argc, char *const argv[], FILE *fp)
{
	struct place		 at = { t_main, 0, ACT_NONE, ACT_NONE };
	struct place		 from = at;
	const struct token	*found;
	const char		*why;
	int			 i;

	memset(res, 0, sizeof(*res));
	for (i = 0; i < argc; i++) {
		if (asks_help(at.table, argv[i])) {
			list_words(&at, fp);
			return PARSE_HELP;
		}
		if (at.table == NULL)
			return complain_rest(fp, argv[i - 1], argv[i], &from,
			    &at);
		if ((found = step(res, at.table, argv[i], &why)) == NULL &&
		    why == NULL)
			return complain_ambiguous(fp, argv[i], at.table);
		if (why != NULL || (why = take_filter(&at, found)) != NULL)
			return complain(fp, argv[i], why, &at);
		from = at;
		from.action = ACT_NONE;
		go(&at, found);
	}
	if ((res->action = at.action) == ACT_NONE)
		return complain(fp, argc == 0 ? "command" : argv[argc - 1],
		    "more is needed", &at);
	return PARSE_OK;
}

static int
is_option(const struct token *t)
{
	return t->action == ACT_AGAIN ||
	    (t->next != NULL && t->next->action == ACT_AGAIN);
}

/* How it is called where commands are listed. */
static const char *
name(const struct token *t)
{
	return t->type == TOKEN_FORM ? "FORM" : t->word;
}

/* A command, and what may follow it: filters in any order, then the rest. */
static void
walk_options(const struct token *t, const char *path, FILE *fp)
{
	fprintf(fp, "%s", path);
	if (t != NULL && is_option(t)) {
		fprintf(fp, " [FILTER ...]");
		for (; t->type != TOKEN_END; t++)
			if (t->action == ACT_AGAIN)
				fprintf(fp, " [%s]", name(t));
	}
	putc('\n', fp);
}

static void
walk(const struct token *t, const char *path, FILE *fp)
{
	char	 line[LINE_MAX_WORDS];

	for (; t->type != TOKEN_END; t++) {
		snprintf(line, sizeof(line), "%s%s%s", path,
		    path[0] == '\0' ? "" : " ", name(t));
		if (t->action != ACT_NONE)
			walk_options(t->next, line, fp);
		if (t->next != NULL && t->next != t && !is_option(t->next))
			walk(t->next, line, fp);
	}
}

/* Writes every command there is, one a line, in the order of the tables. */
void
parse_commands(FILE *fp)
{
	walk(t_main, "", fp);
}

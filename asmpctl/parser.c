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

#include <string.h>

#include "asmp_proto.h"
#include "log.h"
#include "parser.h"

#define LINE_MAX_WORDS	160	/* bytes of a command's longest path */

enum token_type {
	TOKEN_END,		/* of a table */
	TOKEN_KEYWORD,
	TOKEN_ID,
	TOKEN_KEY,
	TOKEN_OPTION,
	TOKEN_FILE,
	TOKEN_TEXT
};

struct token {
	enum token_type		 type;
	const char		*word;		/* as it is typed or shown */
	enum action		 action;	/* if a command may end here */
	const struct token	*next;		/* NULL: nothing follows */
};

static const struct token	 t_device_show[] = {
	{ TOKEN_ID, "ID", ACT_DEVICE_SHOW, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_show[] = {
	{ TOKEN_KEYWORD, "summary", ACT_SHOW_SUMMARY, NULL },
	{ TOKEN_KEYWORD, "sessions", ACT_SHOW_SESSIONS, NULL },
	{ TOKEN_KEYWORD, "devices", ACT_SHOW_DEVICES, t_device_show },
	{ TOKEN_KEYWORD, "processes", ACT_SHOW_PROCESSES, NULL },
	{ TOKEN_KEYWORD, "sandbox", ACT_SHOW_SANDBOX, NULL },
	{ TOKEN_KEYWORD, "memory", ACT_SHOW_MEMORY, NULL },
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

static const struct token	 t_import[] = {
	{ TOKEN_FILE, "FILE", ACT_DEVICE_IMPORT, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_export[] = {
	{ TOKEN_FILE, "FILE", ACT_DEVICE_EXPORT, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_revoke[] = {
	{ TOKEN_ID, "ID", ACT_DEVICE_REVOKE, NULL },
	{ .type = TOKEN_END }
};

static const struct token	 t_device[] = {
	{ TOKEN_KEYWORD, "add", ACT_NONE, t_add },
	{ TOKEN_KEYWORD, "import", ACT_NONE, t_import },
	{ TOKEN_KEYWORD, "export", ACT_DEVICE_EXPORT, t_export },
	{ TOKEN_KEYWORD, "revoke", ACT_NONE, t_revoke },
	{ TOKEN_KEYWORD, "show", ACT_NONE, t_device_show },
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
	{ TOKEN_KEYWORD, "kill", ACT_NONE, t_kill },
	{ TOKEN_KEYWORD, "send", ACT_NONE, t_send },
	{ TOKEN_KEYWORD, "reload", ACT_RELOAD, NULL },
	{ TOKEN_KEYWORD, "log", ACT_NONE, t_log },
	{ TOKEN_KEYWORD, "monitor", ACT_MONITOR, NULL },
	{ .type = TOKEN_END }
};

static const char *
visible(const char *word)
{
	return log_vis(word, strlen(word));
}

static int
is_prefix(const char *word, const struct token *t)
{
	return t->type == TOKEN_KEYWORD && word[0] != '\0' &&
	    strncmp(t->word, word, strlen(word)) == 0;
}

static void
list_words(const struct token *t, enum action action, FILE *fp)
{
	if (t == NULL) {
		fprintf(fp, "nothing can follow here\n");
		return;
	}
	fprintf(fp, "valid next words:\n");
	for (; t->type != TOKEN_END; t++)
		fprintf(fp, "  %s\n", t->word);
	if (action != ACT_NONE)
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
	    strncmp(word, "profiles=", 9) != 0)
		return "only role=NAME and profiles=NAME,NAME may follow the "
		    "key";
	if (res->noptions == PARSE_OPTIONS)
		return "one role and one list of profiles are all that may "
		    "follow the key";
	res->options[res->noptions++] = word;
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
complain(FILE *fp, const char *word, const char *why, const struct token *t,
    enum action action)
{
	fprintf(fp, "asmpctl: %s: %s\n", visible(word), why);
	list_words(t, action, fp);
	return PARSE_ERROR;
}

static enum parse_end
complain_ambiguous(FILE *fp, const char *word, const struct token *t)
{
	fprintf(fp, "asmpctl: %s: ambiguous, it could be:\n", visible(word));
	for (; t->type != TOKEN_END; t++)
		if (is_prefix(word, t))
			fprintf(fp, "  %s\n", t->word);
	return PARSE_ERROR;
}

/*
 * Finds the command that the argc words of argv ask for and takes its
 * arguments into *res, which point into argv.  On PARSE_ERROR the reason and
 * on PARSE_HELP the answer have been written to fp.
 */
enum parse_end
parse(struct parse_result *res, int argc, char *const argv[], FILE *fp)
{
	const struct token	*t = t_main, *found;
	const char		*why;
	int			 i;

	memset(res, 0, sizeof(*res));
	for (i = 0; i < argc; i++) {
		if (asks_help(t, argv[i])) {
			list_words(t, res->action, fp);
			return PARSE_HELP;
		}
		if (t == NULL)
			return complain(fp, argv[i], "one word too many", t,
			    res->action);
		if ((found = step(res, t, argv[i], &why)) == NULL)
			return why == NULL ?
			    complain_ambiguous(fp, argv[i], t) :
			    complain(fp, argv[i], why, t, res->action);
		res->action = found->action;
		t = found->next;
	}
	if (res->action == ACT_NONE)
		return complain(fp, argc == 0 ? "command" : argv[argc - 1],
		    "more is needed", t, ACT_NONE);
	return PARSE_OK;
}

static void
walk(const struct token *t, const char *path, FILE *fp)
{
	char	 line[LINE_MAX_WORDS];

	for (; t->type != TOKEN_END; t++) {
		snprintf(line, sizeof(line), "%s%s%s", path,
		    path[0] == '\0' ? "" : " ", t->word);
		if (t->action != ACT_NONE)
			fprintf(fp, "%s\n", line);
		if (t->next != NULL && t->next != t)
			walk(t->next, line, fp);
	}
}

/* Writes every command there is, one a line, in the order of the tables. */
void
parse_commands(FILE *fp)
{
	walk(t_main, "", fp);
}

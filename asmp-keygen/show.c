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


/* What is in a file, as people read it. */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "asmp-keygen.h"

/* A public key as people compare it, without the line's end. */
void
print_fingerprint(const struct ident_pub *pub, const char *name)
{
	char	 fp[IDENT_FPMAX];

	ident_fingerprint(pub, fp, sizeof(fp));
	printf("%s %s %s", name, ident_algname(pub->alg), fp);
}

static void
show_pub(const struct ident_pub *pub, const char *path)
{
	char	 text[IDENT_TEXTMAX];

	if (ident_pub_totext(pub, text, sizeof(text)) == -1)
		err(1, "%s", path);
	print_fingerprint(pub, path);
	printf(" %s\n", text);
}

static void
show_kem(const uint8_t *ek, const char *path)
{
	char	 text[KEM_TEXTMAX], fp[KEM_FPMAX];

	kem_texts(text, fp, ek);
	printf("%s mlkem768 %s %s\n", path, fp, text);
}

/* By what devices know a gateway. */
static void
show_pins(const struct content *c, const char *path)
{
	int	 i;

	for (i = 0; i < c->npins; i++) {
		printf("%s gateway ", path);
		print_fingerprint(&c->pin[i], c->gateway);
		putchar('\n');
	}
}

/* All that is not secret; 0 for a token that the issuer key shows no good. */
static int
show_secret(const struct secret *s, const char *path, const char *issuer)
{
	switch (s->kind) {
	case SECRET_TOKEN:
		printf("%s token\n", path);
		return token_print(s, issuer);
	case SECRET_PSK:
		printf("%s psk %zu bits\n", path, s->len * 8);
		break;
	case SECRET_ISSUER:
		printf("%s issuer number %u\n", path, s->number);
		break;
	case SECRET_SHARED:
		printf("%s shared number %u\n", path, s->number);
		break;
	default:
		printf("%s seal\n", path);
		break;
	}
	return 1;
}

/* Say what is in a file.  Returns the exit status. */
int
show(const struct options *o)
{
	struct content	 c;
	int		 good = 1;

	content_load(&c, o->file);
	if (o->issuer != NULL && c.secret.kind != SECRET_TOKEN)
		errx(1, "%s: is no token: leave out -k", o->file);
	if (c.npins > 0)
		show_pins(&c, o->file);
	else if (c.kem)
		show_kem(c.ek, o->file);
	else if (c.secret.kind == 0)
		show_pub(&c.pub, o->file);
	else
		good = show_secret(&c.secret, o->file, o->issuer);
	explicit_bzero(&c, sizeof(c));
	return good ? 0 : 1;
}

/*
 * The keys of a gateway's logs, of which the private one comes from its
 * sealing secret, as lines in VKEYSMAX bytes.
 */
void
vkeys_text(char *out, const char *gateway, const struct secret *seal)
{
	static const char *const	 logs[] = { LOG_AUDIT, LOG_READINGS };
	struct ident			*key;
	char				 name[NOTE_NAMEMAX], line[VKEY_MAX];
	size_t				 i;

	if ((key = note_key(seal->key)) == NULL)
		err(1, "cannot make a key");
	*out = '\0';
	for (i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		if (note_name(name, gateway, logs[i]) == -1 ||
		    vkey_totext(line, sizeof(line), name,
		    ident_public(key)) == -1)
			err(1, "%s", gateway);
		(void)strlcat(out, line, VKEYSMAX);
		(void)strlcat(out, "\n", VKEYSMAX);
	}
	ident_free(key);
}

static void
show_vkeys(const struct secret *seal, const struct options *o)
{
	char	 id[ASMP_IDMAX + 1], text[VKEYSMAX];

	id_offile(id, o, "gateway");
	vkeys_text(text, id, seal);
	fputs(text, stdout);
}

/* Print the public half of a key, in the form that such keys have. */
void
show_public(const struct options *o)
{
	struct content	 c;
	char		 text[KEM_TEXTMAX], fp[KEM_FPMAX];

	content_load(&c, o->file);
	if (c.npins > 0)
		errx(1, "%s: is a gateway's pin file: -l shows it", o->file);
	if (o->operand != NULL && c.secret.kind != SECRET_SEAL)
		errx(1, "%s: only a gateway's seal is printed with an id",
		    o->file);
	if (c.kem) {
		kem_texts(text, fp, c.ek);
		printf("%s\n", text);
	} else if (c.secret.kind == 0) {
		if (keyfile_write_pub(STDOUT_FILENO, &c.pub) == -1)
			err(1, "stdout");
	} else if (c.secret.kind == SECRET_SEAL)
		show_vkeys(&c.secret, o);
	else
		errx(1, "%s: is %s, which has no public half", o->file,
		    secret_name(c.secret.kind));
	explicit_bzero(&c, sizeof(c));
}

/* Print a pre-shared key in hex, for clients that take it so. */
void
show_hex(const struct options *o)
{
	struct secret	 s;
	char		 line[2 * PSK_LONG + 2];	/* with its end */
	size_t		 i;

	secret_load(&s, SECRET_PSK, o->file);
	out_check(1);
	for (i = 0; i < s.len; i++)
		snprintf(line + 2 * i, 3, "%02x", s.key[i]);
	explicit_bzero(&s, sizeof(s));
	out_line(line, sizeof(line));
}

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


#include <sys/types.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmp_local.h"
#include "pair.h"

struct ident *
key(enum ident_alg alg, uint8_t first)
{
	struct ident	*id;
	uint8_t		 seed[48];
	size_t		 i;

	for (i = 0; i < sizeof(seed); i++)
		seed[i] = (uint8_t)(first + i);
	id = ident_fromseed(alg, seed, alg == IDENT_P384 ? 48 : 32);
	ATF_REQUIRE(id != NULL);
	return id;
}

void
write_key(const char *path, const struct ident *id, const char *passphrase)
{
	int	 fd;

	unlink(path);
	ATF_REQUIRE((fd = keyfile_create(path, 0600)) != -1);
	ATF_REQUIRE_EQ(keyfile_write(fd, id, passphrase), 0);
	close(fd);
}

void
write_text(const char *path, const char *text)
{
	FILE	*f;

	ATF_REQUIRE((f = fopen(path, "w")) != NULL);
	ATF_REQUIRE(fputs(text, f) >= 0);
	ATF_REQUIRE_EQ(fclose(f), 0);
}

void
write_pin(const char *path, const char *id, const struct ident *one,
    const struct ident *two)
{
	char	 text[IDENT_TEXTMAX], line[512];
	int	 n;

	ATF_REQUIRE_EQ(ident_pub_totext(ident_public(one), text,
	    sizeof(text)), 0);
	n = snprintf(line, sizeof(line), "# test\n%s %s\n", id, text);
	if (two != NULL) {
		ident_pub_totext(ident_public(two), text, sizeof(text));
		snprintf(line + n, sizeof(line) - (size_t)n, "%s %s\n", id,
		    text);
	}
	write_text(path, line);
}

void
write_secret(const char *path, const struct secret *secret)
{
	int	 fd;

	unlink(path);
	ATF_REQUIRE((fd = keyfile_create(path, 0600)) != -1);
	ATF_REQUIRE_EQ(secretfile_write(fd, secret), 0);
	close(fd);
}

static enum asmp_kind
kind(const struct pair *p)
{
	uint32_t	 k = ASMP_KIND_SIGNATURE;

	while ((p->profile->kinds & 1U << k) == 0)
		k++;
	return (enum asmp_kind)k;
}

static void
make_token(struct secret *s)
{
	struct asmp_token	*t = &s->token;
	uint8_t			 issuer[ASMP_KEYLEN];

	s->kind = SECRET_TOKEN;
	s->len = ASMP_HASHLEN;
	t->version = 1;
	t->key = 1;
	t->role = 2;
	t->expires = 4000000000;
	strlcpy(t->audience, GATEWAY, sizeof(t->audience));
	strlcpy(t->client, DEVICE, sizeof(t->client));
	memset(issuer, 0x5a, sizeof(issuer));
	ATF_REQUIRE_EQ(token_tag(s->key, issuer, t), 0);
}

/* A secret of the profile's kind, in the file "secret". */
static void
make_secret(struct pair *p)
{
	size_t	 i;

	switch (kind(p)) {
	case ASMP_KIND_PSK:
		p->secret.kind = SECRET_PSK;
		p->secret.len = PSK_SHORT;
		break;
	case ASMP_KIND_KEM:
		p->secret.kind = SECRET_KEM;
		p->secret.len = MLKEM768_SEEDLEN;
		break;
	case ASMP_KIND_TOKEN:
		make_token(&p->secret);
		break;
	default:
		return;
	}
	for (i = 0; i < p->secret.len && kind(p) != ASMP_KIND_TOKEN; i++)
		p->secret.key[i] = (uint8_t)i;
	write_secret("secret", &p->secret);
}

static int
identify(struct pair *p)
{
	switch (kind(p)) {
	case ASMP_KIND_PSK:
		return asmp_set_pskfile(p->a, CLIENT, "secret");
	case ASMP_KIND_KEM:
		return asmp_set_kem(p->a, DEVICE, "secret");
	case ASMP_KIND_TOKEN:
		return asmp_set_token(p->a, "secret");
	default:
		return asmp_set_identity(p->a, DEVICE, "device.key", NULL);
	}
}

static const char *
device_id(const struct pair *p)
{
	return kind(p) == ASMP_KIND_PSK ? CLIENT : DEVICE;
}

/* A new gateway that knows the device as it is. */
static void
make_gateway(struct pair *p)
{
	uint8_t	 dk[MLKEM768_DKLEN];

	p->gw = gw_new(p->gwkey, GATEWAY, ident_public(p->devkey),
	    device_id(p));
	p->gw->profile = p->profile;
	p->gw->kind = kind(p);
	if (kind(p) == ASMP_KIND_KEM)
		mlkem768_keypair(p->gw->ek, dk, p->secret.key);
	else {
		memcpy(p->gw->secret, p->secret.key, ASMP_KEYLEN);
		p->gw->secretlen = p->secret.len;
	}
}

static void
pair_make(struct pair *p, const char *profile, enum ident_alg alg)
{
	memset(p, 0, sizeof(*p));
	ATF_REQUIRE((p->profile = profile_byname(profile)) != NULL);
	p->gwkey = key(IDENT_ED25519, 0x80);
	p->devkey = key(alg, 0x20);
	p->other = key(IDENT_ED25519, 0x40);
	write_key("device.key", p->devkey, NULL);
	write_pin("gateway.pin", GATEWAY, p->gwkey, NULL);
	make_secret(p);
	ATF_REQUIRE((p->a = asmp_new()) != NULL);
	ATF_REQUIRE_EQ(asmp_set_profile(p->a, profile), 0);
	ATF_REQUIRE_EQ_MSG(identify(p), 0, "%s", asmp_error(p->a));
	ATF_REQUIRE_EQ_MSG(asmp_set_gateway(p->a, "gateway.pin"), 0, "%s",
	    asmp_error(p->a));
	make_gateway(p);
}

void
pair_init_alg(struct pair *p, enum ident_alg alg)
{
	pair_make(p, "asmp", alg);
}

void
pair_init(struct pair *p)
{
	pair_make(p, "asmp", IDENT_ED25519);
}

void
pair_init_profile(struct pair *p, const char *profile)
{
	pair_make(p, profile, IDENT_ED25519);
}

void
pair_free(struct pair *p)
{
	asmp_free(p->a);
	gw_free(p->gw);
	ident_free(p->gwkey);
	ident_free(p->devkey);
	ident_free(p->other);
}

/* A fresh gateway for the same device. */
void
pair_again(struct pair *p)
{
	if (p->gw != NULL)
		gw_free(p->gw);
	make_gateway(p);
}

/* The device's output to the gateway, chunk bytes at a time (0: all). */
void
to_gateway(struct pair *p, size_t chunk)
{
	const uint8_t	*out;
	size_t		 len;

	while ((out = asmp_output(p->a, &len)) != NULL) {
		if (chunk != 0 && len > chunk)
			len = chunk;
		if (gw_input(p->gw, out, len) == -1) {
			asmp_output_done(p->a, len);
			return;
		}
		asmp_output_done(p->a, len);
	}
}

void
to_device(struct pair *p, size_t chunk)
{
	size_t	 n, pos;

	for (pos = 0; pos < p->gw->outlen; pos += n) {
		n = p->gw->outlen - pos;
		if (chunk != 0 && n > chunk)
			n = chunk;
		if (asmp_input(p->a, p->gw->out + pos, n) == -1)
			break;
	}
	p->gw->outlen = 0;
}

void
pump(struct pair *p, size_t chunk)
{
	size_t	 len;

	do {
		to_gateway(p, chunk);
		to_device(p, chunk);
	} while (asmp_output(p->a, &len) != NULL && !p->gw->refused &&
	    p->gw->why == NULL);
}

void
open_session(struct pair *p)
{
	ATF_REQUIRE_EQ_MSG(asmp_start(p->a), 0, "%s", asmp_error(p->a));
	pump(p, 0);
	ATF_REQUIRE_EQ_MSG(asmp_state(p->a), ASMP_OPEN, "%s, %s",
	    asmp_error(p->a), p->gw->why);
}

/* Up to where the gateway's answer to HELLO lies in gw->out. */
void
until_hello_reply(struct pair *p)
{
	ATF_REQUIRE_EQ(asmp_start(p->a), 0);
	to_gateway(p, 0);
	ATF_REQUIRE(p->gw->outlen != 0);
}

/* Up to where HANDSHAKE_ACK lies in gw->out. */
void
until_handshake_ack(struct pair *p)
{
	until_hello_reply(p);
	to_device(p, 0);
	to_gateway(p, 0);
	ATF_REQUIRE(p->gw->outlen != 0);
}

void
check_failed(const struct asmp *a, enum asmp_failure failure,
    const char *text)
{
	ATF_CHECK_EQ(asmp_state(a), ASMP_FAILED);
	ATF_CHECK_EQ_MSG(asmp_failure(a), failure, "%d: %s",
	    asmp_failure(a), asmp_error(a));
	ATF_CHECK_MSG(strstr(asmp_error(a), text) != NULL, "\"%s\" not in "
	    "\"%s\"", text, asmp_error(a));
}

/* No secret of the session is left in the device, and nothing to send. */
void
check_wiped(struct asmp *a)
{
	static const struct session	 none;
	static const uint8_t		 zero[INMAX];
	size_t				 len;

	ATF_CHECK_EQ(memcmp(&a->session, &none, sizeof(none)), 0);
	ATF_CHECK_EQ(memcmp(a->in, zero, sizeof(a->in)), 0);
	ATF_CHECK(a->session.keys.d2g.aead == NULL);
	ATF_CHECK(asmp_output(a, &len) == NULL);
	ATF_CHECK_EQ(len, 0);
}

void
send_readings(struct pair *p, int n)
{
	char	 json[64];
	int	 i;

	for (i = 0; i < n; i++) {
		snprintf(json, sizeof(json), "{\"n\": %d}", i);
		ATF_REQUIRE_EQ(asmp_send(p->a, (uint64_t)i, json,
		    strlen(json), NULL), 0);
	}
}

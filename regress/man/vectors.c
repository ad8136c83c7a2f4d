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
 * The vectors of asmp(7) as libasmp computes them: "vectors GIVEN" prints a
 * line with section, name and value for each, as asmp7.py does.  The file has
 * what is random elsewhere.  Both sides are played; random bytes are those
 * that the manual names.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"
#include "../lib/libasmp/vectors.h"

#define NOW		1764200000ULL	/* seconds since 1970 */
#define LASTID		41
#define FRAMEMAX	(ASMP_HDRLEN + 2048)
#define GIVENMAX	2048
#define IVLEN		16

/* Both sides of one session. */
struct play {
	const struct asmp_profile *profile;
	enum asmp_kind		 kind;
	struct ident		*ident;
	uint8_t			 secret[ASMP_KEYLEN];	/* psk or tag */
	size_t			 secretlen;
	struct asmp_token	 token;
	uint8_t			 group;
	uint8_t			 role;
	int			 ticketed;
	uint8_t			 m2[NOISE_MSGMAX];
	struct noise_keys	 noise;
	struct asmp_hskeys	 hs;
	uint8_t			 a[2 * ASMP_HASHLEN];	/* T1, H(body) */
	uint8_t			 t[ASMP_HASHLEN];
	uint8_t			 x[ASMP_KEYLEN];
	uint8_t			 g[ASMP_KEYLEN];
	struct asmp_keys	 keys;
	struct aead_pool	*pool;
	uint32_t		 epoch;
	uint64_t		 dseq, gseq;
	uint8_t			 run[2 * FRAMEMAX];	/* for C */
	size_t			 runlen;
	uint8_t			 leaves[2 * ASMP_HASHLEN];
	struct seal		 seal;
};

static const char	*section;	/* that put() prints under */
static const char	*givenfile;
static const uint8_t	*script;	/* random bytes to come, but IVs */
static uint8_t		 ivs;		/* drawn so far */
static struct asmp_token token = {
	.version = 1, .key = 1, .role = 2,
	.not_before = 0x69248100, .expires = 0x692da8c0,
	.audience = V_GATEWAY_ID, .client = "kemal-client"
};

static void
count_up(uint8_t *p, unsigned int first, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		p[i] = (uint8_t)(first + i);
}

/* The linker prefers this one to the C library's. */
void
arc4random_buf(void *p, size_t len)
{
	if (len == IVLEN)
		count_up(p, 16U * ivs++, len);
	else {
		memcpy(p, script, len);
		script += len;
	}
}

static void
put(const char *name, const void *value, size_t len)
{
	const uint8_t	*p = value;

	printf("%s %s ", section, name);
	for (; len > 0; len--)
		printf("%02x", *p++);
	printf("\n");
}

static void
must(int result, const char *what)
{
	if (result == -1)
		err(1, "%s: %s", section, what);
}

static size_t
unhex(uint8_t *out, size_t max, const char *hex)
{
	unsigned int	 v;
	size_t		 n;

	for (n = 0; n < max && sscanf(hex + 2 * n, "%2x", &v) == 1; n++)
		out[n] = (uint8_t)v;
	return n;
}

/* What the file gives under a name, at most GIVENMAX bytes; the length. */
static size_t
given(const char *name, uint8_t *out)
{
	char	 line[2 * GIVENMAX + 64];
	FILE	*f;
	size_t	 len = strlen(name), n = 0;

	if ((f = fopen(givenfile, "r")) == NULL)
		err(1, "%s", givenfile);
	while (n == 0 && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, len) == 0 && line[len] == ' ')
			n = unhex(out, GIVENMAX, line + len + 1);
	fclose(f);
	if (n == 0)
		errx(1, "%s has no %s", givenfile, name);
	return n;
}

static uint8_t *
head(struct play *p, uint8_t *frame, uint16_t type, uint32_t stream,
    uint64_t seq, size_t len)
{
	struct asmp_header	 h = {
		ASMP_VERSION, type, stream, p->epoch, seq, (uint32_t)len
	};

	frame_put(frame, &h);
	return frame + ASMP_HDRLEN;
}

/* A frame under ChaCha20-Poly1305, printed. */
static void
control(struct play *p, const char *name, const uint8_t *key, uint16_t type,
    uint32_t stream, uint64_t seq, const void *plain, size_t len)
{
	uint8_t	 frame[FRAMEMAX], *payload;

	payload = head(p, frame, type, stream, seq, len + ASMP_TAGLEN);
	must(chapoly_seal(payload, key, frame + 8, plain, len, frame,
	    ASMP_HDRLEN), name);
	put(name, frame, ASMP_HDRLEN + len + ASMP_TAGLEN);
}

/* DATA of either direction, printed; returns the frame's length. */
static size_t
data(struct play *p, const char *name, uint32_t stream, const void *plain,
    size_t len, int todevice, uint8_t *frame)
{
	struct asmp_data	*d = todevice ? &p->keys.g2d : &p->keys.d2g;
	size_t			 n = data_len(p->profile, len);

	head(p, frame, ASMP_DATA, stream, todevice ? p->gseq++ : p->dseq++,
	    n);
	must(data_seal(d, p->pool, frame, plain, len, NOW), name);
	put(name, frame, ASMP_HDRLEN + n);
	return ASMP_HDRLEN + n;
}

static void
gateway_says(struct play *p, const char *name, uint32_t stream,
    const void *plain, size_t len)
{
	uint8_t	 frame[FRAMEMAX];

	data(p, name, stream, plain, len, 1, frame);
}

/* HELLO as a frame, and the prologue; the device's state in n. */
static size_t
hello(struct play *p, struct noise *n, uint8_t *frame)
{
	enum asmp_agreement	 agreement = p->profile->agreement;
	uint8_t			 e[DH_LEN], seed[MLKEM768_SEEDLEN];
	uint8_t			 prologue[NOISE_PROLOGUE], *payload;
	size_t			 len = HELLO_FIXED + noise_m1_len(agreement);

	count_up(e, V_DEVICE_E, sizeof(e));
	count_up(seed, 0x40, sizeof(seed));
	payload = head(p, frame, ASMP_HELLO, 0, 0, len);
	hello_put(payload, p->profile->id, 0, V_MAX_IN);
	prologue_put(prologue, frame, payload);
	must(noise_init_fixed(n, agreement, prologue, e, seed), "noise");
	must(noise_write_m1(n, payload + HELLO_FIXED), "message 1");
	put("HELLO", frame, ASMP_HDRLEN + len);
	put("prologue", prologue, sizeof(prologue));
	return len;
}

/* Message 2; that of hybrid, with the ciphertext in it, is given. */
static void
reply(struct play *p, const uint8_t *hello_frame)
{
	enum asmp_agreement	 agreement = p->profile->agreement;
	struct noise_keys	 keys;
	struct noise		 n;
	uint8_t			 e[DH_LEN], prologue[NOISE_PROLOGUE];

	if (agreement == ASMP_X25519_MLKEM768) {
		unhex(p->m2, sizeof(p->m2), V_HYBRID_M2);
		return;
	}
	count_up(e, V_GATEWAY_E, sizeof(e));
	prologue_put(prologue, hello_frame, hello_frame + ASMP_HDRLEN);
	must(noise_init_fixed(&n, agreement, prologue, e, NULL), "noise");
	must(noise_read_m1_write_m2(&n, hello_frame + ASMP_HDRLEN +
	    HELLO_FIXED, p->m2, &keys), "message 2");
}

static void
put_ekem1(void)
{
	uint8_t	 seed[MLKEM768_SEEDLEN], ek[MLKEM768_EKLEN];
	uint8_t	 dk[MLKEM768_DKLEN], ct[GIVENMAX], ss[MLKEM768_SSLEN];

	count_up(seed, 0x40, sizeof(seed));
	mlkem768_keypair(ek, dk, seed);
	given("hybrid", ct);
	mlkem768_decaps(ss, dk, ct);
	put("ekem1_secret", ss, sizeof(ss));
}

static void
agree(struct play *p)
{
	struct noise	 n;
	uint8_t		 frame[FRAMEMAX], *payload;
	size_t		 len = noise_m2_len(p->profile->agreement);

	hello(p, &n, frame);
	reply(p, frame);
	must(noise_read_m2(&n, p->m2, &p->noise), "reading message 2");
	keys_handshake(&p->hs, &p->noise);
	payload = head(p, frame, ASMP_HELLO_REPLY, 0, 0, len);
	memcpy(payload, p->m2, len);
	put("HELLO_REPLY", frame, ASMP_HDRLEN + len);
	if (p->profile->agreement == ASMP_X25519_MLKEM768)
		put_ekem1();
	put("h", p->noise.h, sizeof(p->noise.h));
	put("n1", p->noise.n1, sizeof(p->noise.n1));
	put("n2", p->noise.n2, sizeof(p->noise.n2));
	put("agreed", p->hs.agreed, sizeof(p->hs.agreed));
	put("hs_d", p->hs.d2g, sizeof(p->hs.d2g));
	put("hs_g", p->hs.g2d, sizeof(p->hs.g2d));
}

static void
authenticate(struct play *p)
{
	struct ident	*gateway;
	uint8_t		 seed[32], nonce[ASMP_NONCELEN];
	uint8_t		 gpt[GATEWAY_AUTH_MAX];
	int		 len;

	count_up(seed, V_GATEWAY_SEED, sizeof(seed));
	count_up(nonce, V_GATEWAY_NONCE, sizeof(nonce));
	gateway = ident_fromseed(IDENT_ED25519, seed, sizeof(seed));
	len = gateway_sign(gateway, gpt, p->noise.h, nonce, V_GATEWAY_ID);
	must(len, "GATEWAY_AUTH");
	ident_free(gateway);
	put("gpt", gpt, (size_t)len);
	control(p, "GATEWAY_AUTH", p->hs.g2d, ASMP_GATEWAY_AUTH, 0, 1, gpt,
	    (size_t)len);
	transcript_next(p->a, p->noise.h, gpt, (size_t)len);
	put("T1", p->a, ASMP_HASHLEN);
}

/* The proof of p's kind into out; its length. */
static size_t
proof(struct play *p, uint8_t *out)
{
	const uint8_t	*t1 = p->a, *hbody = p->a + ASMP_HASHLEN;

	switch (p->kind) {
	case ASMP_KIND_SIGNATURE:
		must(device_sign(p->ident, out, t1, hbody), "proof");
		return ident_siglen(ident_public(p->ident)->alg);
	case ASMP_KIND_KEM:
		return 0;
	default:
		proof_mac(out, p->secret, p->secretlen, t1, hbody);
		proof_extra(p->x, p->secret, p->secretlen, t1, hbody);
		return ASMP_HASHLEN;
	}
}

/* HANDSHAKE_INIT's body into out; its length, and its hash in A. */
static size_t
body(struct play *p, uint8_t *out)
{
	struct asmp_init	 init = {
		.kind = (uint8_t)p->kind, .group = p->group,
		.flags = p->ticketed ? INIT_TICKET : 0, .token = p->token
	};
	struct part		 part = { out, 0 };

	count_up(init.nonce, V_DEVICE_NONCE, sizeof(init.nonce));
	count_up(init.ticket, 0x50, sizeof(init.ticket));
	if (p->kind != ASMP_KIND_TOKEN)
		strlcpy(init.id, V_DEVICE_ID, sizeof(init.id));
	part.len = init_body_put(out, &init);
	sha256_parts(p->a + ASMP_HASHLEN, &part, 1);
	put("body", out, part.len);
	put("A", p->a, sizeof(p->a));
	return part.len;
}

static void
shared(struct play *p)
{
	uint8_t	 key[ASMP_KEYLEN];

	if (p->group == 0)
		return;
	count_up(key, 0, sizeof(key));
	proof_group(p->g, key, sizeof(key), p->a, p->a + ASMP_HASHLEN);
	put("G", p->g, sizeof(p->g));
}

/* The gateway encapsulates, and the device decapsulates. */
static void
challenge(struct play *p)
{
	struct kem_proof	 kem;
	uint8_t			 seed[MLKEM768_SEEDLEN], m[MLKEM768_MLEN];
	uint8_t			 ek[MLKEM768_EKLEN], dk[MLKEM768_DKLEN];
	uint8_t			 ss[MLKEM768_SSLEN], salt[ASMP_HASHLEN];
	uint8_t			 plain[CHALLENGE_LEN];
	struct part		 act[] = {
		{ p->a, sizeof(p->a) }, { plain, MLKEM768_CTLEN }
	};

	put("T2", p->t, sizeof(p->t));
	count_up(seed, 0, sizeof(seed));
	count_up(m, 0x40, sizeof(m));
	mlkem768_keypair(ek, dk, seed);
	must(mlkem768_encaps(plain, ss, ek, m), "encapsulation");
	mlkem768_decaps(ss, dk, plain);
	put("ss", ss, sizeof(ss));
	proof_kem(&kem, ss, plain, p->a, p->a + ASMP_HASHLEN);
	sha256_parts(salt, act, 2);
	kdf_extract(salt, salt, sizeof(salt), ss, sizeof(ss));
	put("KC", salt, sizeof(salt));
	put("gateway_mac", kem.gateway, sizeof(kem.gateway));
	put("device_mac", kem.device, sizeof(kem.device));
	memcpy(plain + MLKEM768_CTLEN, kem.gateway, sizeof(kem.gateway));
	control(p, "CHALLENGE", p->hs.g2d, ASMP_CHALLENGE, 0, 2, plain,
	    sizeof(plain));
	control(p, "RESPONSE", p->hs.d2g, ASMP_RESPONSE, 0, 2, kem.device,
	    sizeof(kem.device));
	transcript_next(p->t, p->t, plain, sizeof(plain));
	transcript_next(p->t, p->t, kem.device, sizeof(kem.device));
	memcpy(p->x, kem.extra, sizeof(p->x));
}

static void
prove(struct play *p)
{
	uint8_t	 plain[INIT_MAX];
	size_t	 len = body(p, plain), n;

	shared(p);
	if ((n = proof(p, plain + len)) != 0)
		put("proof", plain + len, n);
	len += n;
	control(p, "HANDSHAKE_INIT", p->hs.d2g, ASMP_HANDSHAKE_INIT, 0, 1,
	    plain, len);
	transcript_next(p->t, p->a, plain, len);
	if (p->kind == ASMP_KIND_KEM)
		challenge(p);
	put("X", p->x, sizeof(p->x));
	put("T", p->t, sizeof(p->t));
}

/* What keys_session() does not give away, step by step; E1 into e. */
static void
secrets(struct play *p, uint8_t *e)
{
	uint8_t	 ikm[3 * ASMP_KEYLEN], ms[ASMP_HASHLEN];

	memcpy(ikm, p->hs.agreed, ASMP_KEYLEN);
	memcpy(ikm + ASMP_KEYLEN, p->x, ASMP_KEYLEN);
	memcpy(ikm + 2 * ASMP_KEYLEN, p->g, ASMP_KEYLEN);
	kdf_extract(ms, p->t, sizeof(p->t), ikm, sizeof(ikm));
	kdf_expand(e, ms, "epoch", NULL, 0);
	put("MS", ms, sizeof(ms));
	put("E1", e, ASMP_KEYLEN);
}

static void
put_keys(struct play *p, const uint8_t *e)
{
	struct asmp_keys	*k = &p->keys;
	uint8_t			 master[ASMP_KEYLEN];

	put("d2g_control", k->d2g_control, ASMP_KEYLEN);
	put("g2d_control", k->g2d_control, ASMP_KEYLEN);
	if (p->profile->sealed)
		put("d2g_blind", k->d2g_blind, ASMP_KEYLEN);
	if (p->profile->rekey)
		put("rekey", k->rekey, ASMP_KEYLEN);
	if (p->profile->record == ASMP_SMCP) {
		kdf_expand(master, e, "smcp", NULL, 0);
		put("smcp", master, sizeof(master));
		return;
	}
	put("d2g_data", k->d2g.key, ASMP_KEYLEN);
	put("g2d_data", k->g2d.key, ASMP_KEYLEN);
	if (p->profile->record == ASMP_FERNET) {
		put("d2g_user", k->d2g.mac, ASMP_KEYLEN);
		put("g2d_user", k->g2d.mac, ASMP_KEYLEN);
	}
	if (p->profile->record == ASMP_AES_CBC_HMAC) {
		put("d2g_mac", k->d2g.mac, ASMP_KEYLEN);
		put("g2d_mac", k->g2d.mac, ASMP_KEYLEN);
	}
}

static void
acknowledge(struct play *p)
{
	struct asmp_ack	 ack = {
		.time = NOW * 1000, .lastid = LASTID, .role = p->role,
		.max_in = 16384, .seal_limit = 64, .lifetime = 86400,
		.ticketed = (uint8_t)p->ticketed
	};
	uint8_t		 plain[HANDSHAKE_ACK_MAX];
	size_t		 len;

	count_up(ack.session, 0xf0, sizeof(ack.session));
	count_up(ack.nonce, V_DEVICE_NONCE, sizeof(ack.nonce));
	count_up(ack.ticket, 0x10, sizeof(ack.ticket));
	count_up(ack.secret, 0x30, sizeof(ack.secret));
	len = ack_put(plain, &ack);
	put("ack", plain, len);
	control(p, "HANDSHAKE_ACK", p->keys.g2d_control, ASMP_HANDSHAKE_ACK,
	    0, p->gseq++, plain, len);
}

/* From HELLO to HANDSHAKE_ACK, of what the caller has filled in. */
static void
begin(struct play *p, const char *name, const char *profile)
{
	uint8_t	 e[ASMP_KEYLEN];

	section = name;
	ivs = 0;
	p->profile = profile_byname(profile);
	if ((p->pool = aead_pool_new(2)) == NULL)
		err(1, "aead_pool_new");
	agree(p);
	authenticate(p);
	prove(p);
	secrets(p, e);
	keys_session(&p->keys, p->profile, p->t, p->hs.agreed, p->x, p->g);
	put_keys(p, e);
	p->epoch = 1;
	acknowledge(p);
}

static void
end(struct play *p)
{
	keys_wipe(&p->keys);
	aead_pool_free(p->pool);
	ident_free(p->ident);
}

/* DATA of the device; where there are seals, it is one of a run. */
static void
device_says(struct play *p, const char *name, uint32_t stream,
    const void *plain, size_t len)
{
	uint8_t	 frame[FRAMEMAX], *leaf;
	size_t	 n = data(p, name, stream, plain, len, 0, frame);

	if (!p->profile->sealed)
		return;
	leaf = p->leaves + p->seal.count * ASMP_HASHLEN;
	seal_leaf(leaf, p->keys.d2g_blind, frame, plain, len);
	memcpy(p->run + p->runlen, frame, n);
	p->runlen += n;
	p->seal.last = p->dseq - 1;
	if (p->seal.count++ == 0)
		p->seal.first = p->seal.last;
}

static void
reading(struct play *p, const char *name, uint64_t id, const char *json)
{
	uint8_t	 plain[64];
	size_t	 len = strlen(json);

	put_u64(plain, id);
	put_u64(plain + 8, NOW * 1000 + 500);
	memcpy(plain + ASMP_READING_HDR, json, len);
	device_says(p, name, ASMP_STREAM_TELEMETRY, plain,
	    ASMP_READING_HDR + len);
}

/* The bytes under a seal's signature, which seal_verify() must find true. */
static void
put_signed(struct play *p, const char *name, const uint8_t *sig)
{
	const struct seal	*s = &p->seal;
	uint8_t			 out[256], *q = out;

	q += label_put(q, LABELMAX, "seal");
	memcpy(q, p->t, ASMP_HASHLEN);
	put_u64(q + 32, s->number);
	put_u32(q + 40, s->epoch);
	put_u64(q + 44, s->first);
	put_u64(q + 52, s->last);
	put_u16(q + 60, s->count);
	memcpy(q + 62, s->c, ASMP_HASHLEN);
	memcpy(q + 94, s->p, ASMP_HASHLEN);
	q += 126 + id_put(q + 126, V_DEVICE_ID);
	ident_keyid(ident_public(p->ident), q);
	must(ident_verify(ident_public(p->ident), sig, ident_siglen(
	    ident_public(p->ident)->alg), &(struct part){ out,
	    (size_t)(q - out) + ASMP_HASHLEN }, 1), name);
	put(name, out, (size_t)(q - out) + ASMP_HASHLEN);
}

/* Ends a run; the names of what is printed are the caller's. */
static void
seal(struct play *p, const char *c, const char *leaves, const char *text,
    const char *name)
{
	struct seal	*s = &p->seal;
	struct part	 frames = { p->run, p->runlen };
	struct part	 of = { p->leaves, s->count * ASMP_HASHLEN };
	uint8_t		 plain[SEAL_MAX];

	s->epoch = p->epoch;
	sha256_parts(s->c, &frames, 1);
	sha256_parts(s->p, &of, 1);
	put(c, s->c, ASMP_HASHLEN);
	put(leaves, s->p, ASMP_HASHLEN);
	put_u16(plain, s->count);
	memcpy(plain + 2, s->p, ASMP_HASHLEN);
	must(seal_sign(p->ident, plain + SEAL_FIXED, p->t, s, V_DEVICE_ID),
	    name);
	put_signed(p, text, plain + SEAL_FIXED);
	control(p, name, p->keys.d2g_control, ASMP_SEAL, 0, p->dseq++, plain,
	    SEAL_FIXED + ident_siglen(ident_public(p->ident)->alg));
	s->number++;
	s->count = 0;
	p->runlen = 0;
}

/* The blind and leaf of the last DATA of the run. */
static void
put_leaf(struct play *p, const char *blind, const char *leaf, size_t at)
{
	struct part	 header = { p->run + at, ASMP_HDRLEN };
	uint8_t		 out[ASMP_HASHLEN];

	hmac_parts(out, p->keys.d2g_blind, ASMP_KEYLEN, &header, 1);
	put(blind, out, sizeof(out));
	put(leaf, p->leaves + (p->seal.count - 1) * ASMP_HASHLEN,
	    ASMP_HASHLEN);
}

static void
acked(struct play *p)
{
	uint8_t	 plain[8];

	put_u64(plain, LASTID + 1);
	control(p, "ACK", p->keys.g2d_control, ASMP_ACK, 0, p->gseq++, plain,
	    sizeof(plain));
}

static void
close_stream(struct play *p, const char *name, uint32_t stream)
{
	control(p, name, p->keys.d2g_control, ASMP_CLOSE, stream, p->dseq++,
	    "\001", 1);
}

/* Two frames on two streams, their seal, and what the gateway says. */
static void
two_sealed(struct play *p)
{
	size_t	 first;

	reading(p, "DATA_0", LASTID + 1, "{\"t\":37.4}");
	put_leaf(p, "blind_0", "leaf_0", 0);
	first = p->runlen;
	device_says(p, "DATA_1", ASMP_STREAM_CHAT, "hello", 5);
	put_leaf(p, "blind_1", "leaf_1", first);
	seal(p, "C", "P", "signed", "SEAL");
	gateway_says(p, "chat", ASMP_STREAM_CHAT, "hello", 5);
	acked(p);
}

/* dh, ss and E2, which keys_rekey() does not give away. */
static void
put_rekey(const struct play *p, const uint8_t *random, const uint8_t *device,
    const uint8_t *gateway)
{
	uint8_t		 ek[MLKEM768_EKLEN], dk[MLKEM768_DKLEN];
	uint8_t		 ikm[2 * ASMP_KEYLEN], prk[ASMP_HASHLEN];
	uint8_t		 hash[ASMP_HASHLEN];
	struct part	 msgs[] = {
		{ device, ASMP_REKEY_DEVICE }, { gateway, ASMP_REKEY_GATEWAY }
	};
	void		*key = dh_x25519.load(random);

	must(dh_x25519.value(key, ikm, gateway), "dh");
	dh_x25519.free(key);
	mlkem768_keypair(ek, dk, random + DH_LEN);
	mlkem768_decaps(ikm + ASMP_KEYLEN, dk, gateway + DH_LEN);
	put("dh", ikm, ASMP_KEYLEN);
	put("ss", ikm + ASMP_KEYLEN, ASMP_KEYLEN);
	sha256_parts(hash, msgs, 2);
	kdf_extract(prk, p->keys.rekey, ASMP_KEYLEN, ikm, sizeof(ikm));
	kdf_expand(prk, prk, "epoch", hash, sizeof(hash));
	put("E2", prk, sizeof(prk));
}

static void
renew(struct play *p)
{
	struct rekey	*rk;
	uint8_t		 random[2 * DH_LEN + MLKEM768_SEEDLEN + MLKEM768_MLEN];
	uint8_t		 msg[ASMP_REKEY_DEVICE], answer[ASMP_REKEY_GATEWAY];
	struct asmp_keys gateway = p->keys;

	count_up(random, 0x50, DH_LEN);
	count_up(random + DH_LEN, 0x10, MLKEM768_SEEDLEN);
	count_up(random + 96, 0x30, DH_LEN);
	count_up(random + 128, 0x60, MLKEM768_MLEN);
	script = random;
	if ((rk = rekey_begin(msg)) == NULL)
		err(1, "rekey_begin");
	control(p, "REKEY", p->keys.d2g_control, ASMP_REKEY, 0, p->dseq++,
	    msg, sizeof(msg));
	must(rekey_answer(&gateway, msg, answer), "rekey_answer");
	control(p, "REKEY_answer", p->keys.g2d_control, ASMP_REKEY, 0,
	    p->gseq++, answer, sizeof(answer));
	put_rekey(p, random, msg, answer);
	must(rekey_finish(rk, &p->keys, answer), "rekey_finish");
	rekey_free(rk);
	p->epoch++;
	p->dseq = p->gseq = 0;
	put("d2g_control_2", p->keys.d2g_control, ASMP_KEYLEN);
	put("g2d_control_2", gateway.g2d_control, ASMP_KEYLEN);
	put("d2g_data_2", gateway.d2g.key, ASMP_KEYLEN);
	put("d2g_blind_2", p->keys.d2g_blind, ASMP_KEYLEN);
	keys_wipe(&gateway);
	reading(p, "DATA_2", LASTID + 2, "{\"t\":37.5}");
	seal(p, "C_2", "P_2", "signed_2", "SEAL_2");
}

static struct ident *
device_key(enum ident_alg alg)
{
	struct ident	*ident;
	uint8_t		 seed[48];

	count_up(seed, V_DEVICE_SEED, sizeof(seed));
	ident = ident_fromseed(alg, seed, alg == IDENT_P384 ? 48 : 32);
	if (ident == NULL)
		errx(1, "no key of %s", ident_algname(alg));
	return ident;
}

static void
hybrid(void)
{
	struct play	 p = {
		.kind = ASMP_KIND_SIGNATURE, .role = 1,
		.ident = device_key(IDENT_ED25519)
	};
	struct part	 step = { "\002", 1 }, use = { "\001", 1 };
	uint8_t		 out[ASMP_HASHLEN];

	begin(&p, "hybrid", "hybrid");
	hmac_parts(out, p.keys.d2g.key, ASMP_KEYLEN, &use, 1);
	put("rk_0", out, sizeof(out));
	hmac_parts(out, p.keys.d2g.key, ASMP_KEYLEN, &step, 1);
	hmac_parts(out, out, sizeof(out), &use, 1);
	put("rk_1", out, sizeof(out));
	two_sealed(&p);
	renew(&p);
	close_stream(&p, "CLOSE", 0);
	end(&p);
}

/* Another key for the device, and the gateway's word on it. */
static void
rotate(struct play *p)
{
	struct rotate	 r;
	struct ident	*new;
	uint8_t		 seed[ASMP_KEYLEN], plain[ROTATE_MAX];
	uint8_t		 answer[ROTATE_ANSWER] = { REASON_NONE };

	count_up(seed, 0xc0, sizeof(seed));
	if ((new = ident_fromseed(IDENT_ED25519, seed, sizeof(seed))) == NULL)
		errx(1, "no new key");
	must(rotate_sign(&r, new, p->ident, p->a, p->a + ASMP_HASHLEN,
	    V_DEVICE_ID), "rotate_sign");
	put("new_public", r.pub.key, ASMP_KEYLEN);
	control(p, "ROTATE", p->keys.d2g_control, ASMP_ROTATE, 0, p->dseq++,
	    plain, rotate_put(plain, &r));
	put_u64(answer + 1, 1800000000000);
	control(p, "ROTATE_answer", p->keys.g2d_control, ASMP_ROTATE, 0,
	    p->gseq++, answer, sizeof(answer));
	ident_free(new);
}

/* Profile asmp with a key of the device's. */
static void
asmp(const char *name, enum ident_alg alg, uint8_t group)
{
	struct play	 p = {
		.kind = ASMP_KIND_SIGNATURE, .role = 1, .group = group,
		.ident = device_key(alg)
	};
	const struct ident_pub *pub = ident_public(p.ident);
	uint8_t		 keyid[ASMP_HASHLEN];

	begin(&p, name, "asmp");
	ident_keyid(pub, keyid);
	put("public", pub->key, ident_publen(alg));
	put("keyid", keyid, sizeof(keyid));
	two_sealed(&p);
	control(&p, "HEARTBEAT", p.keys.d2g_control, ASMP_HEARTBEAT, 0,
	    p.dseq++, NULL, 0);
	rotate(&p);
	close_stream(&p, "CLOSE", 0);
	end(&p);
}

/* Who has a token; the tag is printed where the section shows it. */
static void
bearer(struct play *p)
{
	uint8_t	 key[ASMP_KEYLEN];

	p->kind = ASMP_KIND_TOKEN;
	p->role = token.role;
	count_up(token.jti, 0xf0, sizeof(token.jti));
	count_up(key, 0, sizeof(key));
	p->token = token;
	must(token_tag(p->secret, key, &token), "token_tag");
	p->secretlen = ASMP_HASHLEN;
}

static void
ztp(void)
{
	struct play	 p = { .ident = NULL };
	uint8_t		 text[TOKEN_BODYMAX];

	bearer(&p);
	section = "ztp";
	put("token_body", text, token_put(text, &token));
	put("tag", p.secret, p.secretlen);
	begin(&p, "ztp", "ztp");
	reading(&p, "DATA", LASTID + 1, "{\"t\":37.4}");
	device_says(&p, "ping", ASMP_STREAM_CONTROL, "ping", 4);
	gateway_says(&p, "pong", ASMP_STREAM_CONTROL, "pong", 4);
	acked(&p);
	close_stream(&p, "CLOSE_2", ASMP_STREAM_CONTROL);
	close_stream(&p, "CLOSE", 0);
	end(&p);
}

static void
slmp(void)
{
	static const char	 text[] = "Message received: Hello SLMP!";
	struct play		 p = { .ident = NULL };

	bearer(&p);
	begin(&p, "slmp", "slmp");
	reading(&p, "DATA", LASTID + 1, "{\"t\":37.4}");
	device_says(&p, "chat", ASMP_STREAM_CHAT, text + 18, 11);
	gateway_says(&p, "answer", ASMP_STREAM_CHAT, text, strlen(text));
	acked(&p);
	close_stream(&p, "CLOSE", 0);
	end(&p);
}

static void
put_smcp(const struct play *p, char n)
{
	char	 name[] = "C2S_ENC_0";

	name[8] = n;
	put(name, p->keys.d2g.key, ASMP_KEYLEN);
	memcpy(name, "S2C_ENC", 7);
	put(name, p->keys.g2d.key, ASMP_KEYLEN);
	memcpy(name, "S2C_MAC", 7);
	put(name, p->keys.g2d.mac, ASMP_KEYLEN);
	memcpy(name, "C2S_MAC", 7);
	put(name, p->keys.d2g.mac, ASMP_KEYLEN);
}

static void
smcp(void)
{
	struct play	 p = {
		.kind = ASMP_KIND_PSK, .role = 1, .secretlen = PSK_SHORT
	};
	uint8_t		 random[SMCP_CHALLENGELEN];
	uint8_t		 value[SMCP_AGGREGATELEN] = { SMCP_COMPLETE };

	count_up(p.secret, 0xd0, PSK_SHORT);
	count_up(random, 0x70, sizeof(random));
	begin(&p, "smcp", "smcp");
	put_smcp(&p, '0');
	device_says(&p, "HELLO_0", ASMP_STREAM_AGGREGATE, "HELLO", 5);
	gateway_says(&p, "CHALLENGE_0", ASMP_STREAM_AGGREGATE, random,
	    sizeof(random));
	put_smcp(&p, '1');
	put_u64(value + 1, 100);
	device_says(&p, "DATA_1", ASMP_STREAM_AGGREGATE, value + 1,
	    SMCP_VALUELEN);
	acked(&p);
	put_u64(value + 1, 600);
	gateway_says(&p, "AGGREGATE_2", ASMP_STREAM_AGGREGATE, value,
	    sizeof(value));
	put_smcp(&p, '2');
	p.keys.d2g.opcode = SMCP_TERMINATE;
	device_says(&p, "TERMINATE_3", ASMP_STREAM_AGGREGATE, NULL, 0);
	end(&p);
}

static void
iomt(void)
{
	struct play	 p = { .kind = ASMP_KIND_KEM, .role = 1 };
	uint8_t		 seed[MLKEM768_SEEDLEN], ek[MLKEM768_EKLEN];
	uint8_t		 dk[MLKEM768_DKLEN], hash[KEM_HASHLEN];

	section = "iomt";
	count_up(seed, 0, sizeof(seed));
	mlkem768_keypair(ek, dk, seed);
	kem_hash(hash, ek);
	put("fingerprint", hash, sizeof(hash));
	begin(&p, "iomt", "iomt");
	reading(&p, "DATA", LASTID + 1, "{\"t\":37.4}");
	device_says(&p, "chat", ASMP_STREAM_CHAT, "hello", 5);
	gateway_says(&p, "answer", ASMP_STREAM_CHAT, "hello", 5);
	acked(&p);
	close_stream(&p, "CLOSE", 0);
	end(&p);
}

/* A ticket is shown and another one given. */
static void
ticket(void)
{
	struct play	 p = {
		.kind = ASMP_KIND_TICKET, .role = 1, .ticketed = 1,
		.ident = device_key(IDENT_ED25519), .secretlen = ASMP_KEYLEN
	};

	count_up(p.secret, 0x60, ASMP_KEYLEN);
	begin(&p, "ticket", "asmp");
	end(&p);
}

static void
compression(void)
{
	struct expand	*x = expand_new();
	uint8_t		 in[GIVENMAX], out[GIVENMAX];
	size_t		 len = given("deflate", in), outlen;

	section = "compression";
	outlen = len * EXPAND_RATIO + EXPAND_EXTRA;
	must(x == NULL ? -1 : expand_record(x, out, &outlen, in, len),
	    "expand_record");
	expand_free(x);
	put("record", in, len);
	put("plaintext", out, outlen);
}

int
main(int argc, char *argv[])
{
	if (argc != 2)
		errx(1, "usage: vectors file");
	givenfile = argv[1];
	hybrid();
	asmp("asmp", IDENT_ED25519, 0);
	ztp();
	slmp();
	smcp();
	iomt();
	asmp("p-256", IDENT_P256, 0);
	asmp("p-384", IDENT_P384, 0);
	ticket();
	asmp("key", IDENT_ED25519, 7);
	compression();
	return 0;
}

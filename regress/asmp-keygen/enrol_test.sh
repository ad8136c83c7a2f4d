# Copyright (c) 2026 The asmpd developers
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

# asmp-keygen -e: the line that enrols a device.

. $(atf_get_srcdir)/../lib.sh

# enrol want argument ...: the line is this one.
enrol()
{
	_want=$1
	shift
	atf_check -o inline:"${_want}\n" ${KEYGEN} -e "$@"
}

atf_test_case signature
signature_head()
{
	atf_set descr "a key that signs, from either half"
}
signature_body()
{
	for t in ed25519 p256 p384; do
		atf_check -o ignore ${KEYGEN} -t ${t} ${t}
		key=$(${KEYGEN} -l ${t}.pub | cut -d ' ' -f 4)
		enrol "${t} ${key}" ${t}.pub
		enrol "${t} ${key}" ${t}.key
	done
	enrol "ed25519 $(${KEYGEN} -l ed25519.pub | cut -d ' ' -f 4) \
role=my_role-1 profiles=hybrid,asmp" ed25519.pub -P asmp,hybrid -r my_role-1
}

atf_test_case ids
ids_head()
{
	atf_set descr "a device is called as is said, else as its file"
}
ids_body()
{
	atf_check -o ignore ${KEYGEN} ward:1
	key=$(${KEYGEN} -l ward:1.pub | cut -d ' ' -f 4)
	mkdir dir.d
	cp ward:1.pub dir.d/a.b.pub
	cp ward:1.pub dir.d/plain
	cp ward:1.pub dir.d/.hidden
	cp ward:1.pub "dir.d/a b.pub"
	cp ward:1.pub dir.d/$(printf %065d 0).pub
	enrol "ward:1 ${key}" ward:1.pub
	enrol "ward:1 ${key}" ./ward:1.pub
	enrol "a.b ${key}" dir.d/a.b.pub
	enrol "plain ${key}" dir.d/plain
	enrol "DEV7 ${key}" "dir.d/a b.pub" DEV7
	enrol "DEV7.pub ${key}" dir.d/plain DEV7.pub
	for f in .hidden 'a b.pub' $(printf %065d 0).pub; do
		atf_check -s exit:1 -e inline:"asmp-keygen: ${f}: not a \
device id: give one after the file\n" ${KEYGEN} -e "dir.d/${f}"
		atf_check -s exit:1 -e inline:"asmp-keygen: ${f}: not a \
device id: give one after the file\n" ${KEYGEN} -e ward:1.pub "${f}"
	done
}

# I-54: all 1184 bytes go to the gateway, and nothing that is secret.
atf_test_case kem
kem_head()
{
	atf_set descr "an ML-KEM key's line has its public half"
}
kem_body()
{
	atf_check -o ignore ${KEYGEN} -t mlkem768 DEV1
	enrol "DEV1 $(${KEYGEN} -y DEV1.kem)" DEV1.kem
	enrol "DEV2 $(${KEYGEN} -y DEV1.kem) role=user profiles=iomt" \
	    DEV1.kem -r user -P iomt DEV2
}

# Z-18, S-17: a client's right is the lower one of token's and registry's, so
# it is enrolled with that of its token.
atf_test_case token
token_head()
{
	atf_set descr "a client is enrolled as its token says, without a key"
}
token_body()
{
	issue="${KEYGEN} -T -a gw -k clinic.issuer"
	atf_check -o ignore ${KEYGEN} -t issuer clinic
	atf_check -o ignore ${issue} a
	atf_check -o ignore ${issue} -r admin b
	atf_check -o ignore ${issue} -r 77 c
	mv a.token x.token
	enrol 'a token role=device' x.token
	enrol 'a token role=device' x.token a
	enrol 'b token role=admin' b.token
	enrol 'b token role=user profiles=ztp,slmp' b.token -r user \
	    -P slmp,ztp
	enrol 'c token' c.token
	enrol 'c token role=nurse' c.token -r nurse
	atf_check -s exit:1 \
	    -e inline:'asmp-keygen: b.token: is a token of client b\n' \
	    ${KEYGEN} -e b.token a
}

# M-36: the secret goes where it was sent, and not where it lies open.
atf_test_case psk
psk_head()
{
	atf_set descr "a pre-shared key's line goes to no open file or screen"
	atf_set require.progs script
}
psk_body()
{
	open="asmp-keygen: stdout is a file that others can open, and this \
is a secret: set umask 077 before, or chmod 600 the file"
	atf_check -o ignore ${KEYGEN} -t psk 1
	key=$(cut -d ' ' -f 2 1.psk)
	atf_check_equal "1 psk:${key}" "$(${KEYGEN} -e 1.psk)"
	atf_check_equal "2 psk:${key} role=user profiles=smcp" \
	    "$(${KEYGEN} -e 1.psk -r user -P smcp 2)"
	for m in 644 640 604 660; do
		: > file
		chmod ${m} file
		for o in -e -x; do
			atf_check -s exit:1 -e inline:"${open}\n" \
			    sh -c "${KEYGEN} ${o} 1.psk >> file"
		done
		atf_check test ! -s file
	done
	chmod 600 file
	atf_check sh -c "${KEYGEN} -e 1.psk >> file"
	atf_check sh -c "${KEYGEN} -e 1.psk 2 >> file"
	atf_check -o inline:"1 psk:${key}\n2 psk:${key}\n" cat file
	# A terminal, of which script(1) keeps what it shows.
	umask 077
	atf_check -s exit:1 -o match:'asmp-keygen: stdout is a terminal, and' \
	    -o not-match:psk: script -qec "${KEYGEN} -e 1.psk" /dev/null
	atf_check -o inline:"1 psk:${key}\r\n" \
	    script -qec "${KEYGEN} -e 1.psk -S" /dev/null
	atf_check -o inline:"$(${KEYGEN} -x 1.psk)\r\n" \
	    script -qec "${KEYGEN} -x 1.psk" /dev/null
	# What is no secret may be seen.
	atf_check -o ignore ${KEYGEN} DEV1
	atf_check -o match:'^DEV1 ed25519:' \
	    script -qec "${KEYGEN} -e DEV1.pub" /dev/null
	chmod 644 file
	atf_check sh -c "${KEYGEN} -e DEV1.pub > file"
}

atf_test_case options
options_head()
{
	atf_set descr "roles and profiles that cannot be are told"
}
options_body()
{
	atf_check -o ignore ${KEYGEN} DEV1
	atf_check -o ignore ${KEYGEN} -t psk 1
	atf_check -o match:'role=a profiles=asmp$' ${KEYGEN} -e DEV1.pub -r a \
	    -P asmp
	for r in '' a,b 'a b' 0123456789abcdefg; do
		atf_check -s exit:1 -e inline:"asmp-keygen: ${r}: not a \
role's name: 1 to 16 letters, digits, _ and -\n" ${KEYGEN} -e DEV1.pub -r "${r}"
	done
	for p in '' ASMP 'asmp,' 'asmp,,hybrid' mqtt; do
		atf_check -s exit:1 -e inline:"asmp-keygen: ${p}: names a \
profile that does not exist: there are hybrid, asmp, ztp, slmp, smcp and \
iomt\n" ${KEYGEN} -e DEV1.pub -P "${p}"
	done
	atf_check -s exit:1 \
	    -e inline:'asmp-keygen: asmp,asmp: names a profile twice\n' \
	    ${KEYGEN} -e DEV1.pub -P asmp,asmp
	other='names a profile that goes with other keys: hybrid and asmp '
	other="${other}with signature keys, ztp and slmp with tokens, smcp "
	other="${other}with a psk, iomt with mlkem768"
	atf_check -s exit:1 -e inline:"asmp-keygen: asmp,smcp: ${other}\n" \
	    ${KEYGEN} -e DEV1.pub -P asmp,smcp
	atf_check -s exit:1 -e inline:"asmp-keygen: hybrid: ${other}\n" \
	    ${KEYGEN} -e 1.psk -P hybrid
	atf_check -s exit:1 -e match:'^asmp-keygen: none: No such file' \
	    ${KEYGEN} -e none
	for args in '-e' '-e DEV1.pub a b' '-e DEV1.pub -l DEV1.pub' \
	    '-e DEV1.pub -e DEV1.pub' '-e DEV1.pub -k x' '-e DEV1.pub -d .' \
	    '-S DEV2' '-S -l DEV1.pub'; do
		atf_check -s exit:1 -e match:'^usage: asmp-keygen ' \
		    ${KEYGEN} ${args}
	done
}

atf_init_test_cases()
{
	atf_add_test_case signature
	atf_add_test_case ids
	atf_add_test_case kem
	atf_add_test_case token
	atf_add_test_case psk
	atf_add_test_case options
}

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

# asmp-keygen(1): secrets that are one line of a file.

. $(atf_get_srcdir)/../lib.sh

FILES="python3 $(atf_get_srcdir)/keyfiles.py"

# mode file mode
mode()
{
	atf_check -o inline:"$2\n" stat -c %a $1
}

# One of each, called a, with what was printed in out.
all_kinds()
{
	for t in psk issuer shared mlkem768 ed25519; do
		${KEYGEN} -t ${t} a >> out 2>&1 || atf_fail "no ${t}"
	done
	${KEYGEN} -G gw >> out 2>&1 || atf_fail "no gateway"
	${KEYGEN} -T -a gw -k a.issuer a >> out 2>&1 || atf_fail "no token"
}

# M-10, M-14, M-36
atf_test_case psk
psk_head()
{
	atf_set descr "a pre-shared key has 128 bits, or 256, in its file only"
	atf_set require.progs python3
}
psk_body()
{
	umask 0
	atf_check -o save:out ${KEYGEN} -t psk 1
	atf_check -o inline:"1 psk 128 bits

Enrol it at the gateway:

	asmp-keygen -e $(pwd -P)/1.psk | asmpctl device add -

or, where the device has another key by now, replace that:

	asmp-keygen -e $(pwd -P)/1.psk | asmpctl device rotate -\n" cat out
	atf_check_equal 1.psk "$(echo 1*)"
	mode 1.psk 600
	umask 077
	atf_check -o match:'^asmp-psk-1 [A-Za-z0-9+/]{22}==$' cat 1.psk
	atf_check -o save:hex ${KEYGEN} -x 1.psk
	atf_check -o match:'^[0-9a-f]{32}$' cat hex
	atf_check -o file:hex ${FILES} bytes 1.psk
	atf_check -o inline:'1.psk psk 128 bits\n' ${KEYGEN} -l 1.psk
	atf_check -o match:'^2 psk 256 bits$' ${KEYGEN} -t psk -b 256 2
	atf_check -o save:hex ${KEYGEN} -x 2.psk
	atf_check -o match:'^[0-9a-f]{64}$' cat hex
	atf_check -o file:hex ${FILES} bytes 2.psk
	atf_check -o match:'^3 psk 128 bits$' ${KEYGEN} -t psk -b 128 3
	atf_check -s exit:1 -o ignore cmp 1.psk 3.psk
}

# Z-17, A-19: gateways and devices tell such keys apart by their numbers.
atf_test_case numbered
numbered_head()
{
	atf_set descr "issuers' and shared keys have a number and 32 bytes"
	atf_set require.progs python3
}
numbered_body()
{
	for t in issuer shared; do
		atf_check -o save:out ${KEYGEN} -t ${t} a
		atf_check -o match:"^a ${t} number 1$" cat out
		atf_check -o save:out ${KEYGEN} -t ${t} -n 255 b
		atf_check -o match:"^b ${t} number 255$" cat out
		mode b.${t} 600
		atf_check -o inline:"b.${t} ${t} number 255\n" \
		    ${KEYGEN} -l b.${t}
		atf_check -o match:'^01[0-9a-f]{64}$' ${FILES} bytes a.${t}
		atf_check -o match:'^ff[0-9a-f]{64}$' ${FILES} bytes b.${t}
		atf_check -o match:"^asmp-${t}-1 [A-Za-z0-9+/]{44}$" \
		    cat b.${t}
		for n in 0 256 -1 x ''; do
			atf_check -s exit:1 \
			    -e inline:"asmp-keygen: ${n}: a key's number is from 1 to 255\n" \
			    ${KEYGEN} -t ${t} -n "${n}" c
		done
	done
	${KEYGEN} -t issuer c > out
	atf_check -o ignore grep -Fx "	issuer \"$(pwd -P)/c.issuer\"" out
	${KEYGEN} -t shared c > out
	atf_check -o ignore grep -Fx "	shared key \"$(pwd -P)/c.shared\"" out
	atf_check_equal "c.issuer c.shared" "$(echo c.*)"
}

# I-3, I-54, decision 9
atf_test_case mlkem768
mlkem768_head()
{
	atf_set descr "an ML-KEM key, its text and the hash that stands for it"
	atf_set require.progs python3
}
mlkem768_body()
{
	atf_check -o save:out ${KEYGEN} -t mlkem768 DEV1
	atf_check_equal DEV1.kem "$(echo DEV1*)"
	mode DEV1.kem 600
	atf_check -o match:'^asmp-kem-1 [A-Za-z0-9+/]{86}==$' cat DEV1.kem
	atf_check -o match:'^[0-9a-f]{128}$' -o not-match:00000000 \
	    ${FILES} bytes DEV1.kem
	atf_check -o save:key ${KEYGEN} -y DEV1.kem
	key=$(cat key)
	hash=$(${FILES} sha3 ${key})
	atf_check_equal 128 ${#hash}
	atf_check -o ignore grep -Fx "DEV1 mlkem768 0x${hash}" out
	atf_check -o ignore grep -Fx "	asmpctl device add DEV1 ${key}" out
	atf_check -o inline:"DEV1.kem mlkem768 0x${hash} ${key}\n" \
	    ${KEYGEN} -l DEV1.kem
	# The public half alone, which anybody may read, does for all of these.
	chmod 644 key
	atf_check -o inline:"key mlkem768 0x${hash} ${key}\n" ${KEYGEN} -l key
	atf_check -o file:key ${KEYGEN} -y key
	atf_check -o inline:"DEV1 ${key}\n" ${KEYGEN} -e key DEV1
	atf_check -o ignore ${KEYGEN} -t mlkem768 DEV2
	atf_check -s exit:1 -o ignore sh -c "${KEYGEN} -y DEV2.kem | cmp - key"
}

# What a device pins can be compared with what the gateway says it is.
atf_test_case pins
pins_head()
{
	atf_set descr "the keys of a pin file are shown, and enrol nobody"
}
pins_body()
{
	mkdir new
	atf_check -o save:old ${KEYGEN} -G GW1
	atf_check -o save:other ${KEYGEN} -d new -G GW1
	printf '# two\n' | cat - GW1.pin new/GW1.pin > pins
	chmod 644 pins
	head -qn 1 old other | sed 's/^/pins gateway /' > want
	atf_check -o file:want ${KEYGEN} -l pins
	atf_check -s exit:1 -e match:"pins: is a gateway's pin file, no dev" \
	    ${KEYGEN} -e pins
	atf_check -s exit:1 -e match:"pins: is a gateway's pin file: -l" \
	    ${KEYGEN} -y pins
	cat GW1.pin >> pins
	atf_check -s exit:1 -e match:'pins: .* neither key nor secret' \
	    ${KEYGEN} -l pins
}

# The key in the file is the one whose public half is shown.
atf_test_case mlkem768_elsewhere
mlkem768_elsewhere_head()
{
	atf_set descr "another program grows the same key from the file"
	atf_set require.progs ${ASMP_PYTHON:-python3}
}
mlkem768_elsewhere_body()
{
	${ASMP_PYTHON:-python3} -c \
	    'from cryptography.hazmat.primitives.asymmetric import mlkem' \
	    2> /dev/null || atf_skip "no ML-KEM in python's cryptography"
	atf_check -o ignore ${KEYGEN} -t mlkem768 DEV1
	atf_check -o save:key ${KEYGEN} -y DEV1.kem
	cat > grow.py <<-'END'
		import base64
		import sys
		from cryptography.hazmat.primitives.asymmetric import mlkem

		seed = base64.b64decode(open(sys.argv[1]).read().split()[1])
		key = mlkem.MLKEM768PrivateKey.from_seed_bytes(seed).public_key()
		print('mlkem768:' +
		      base64.b64encode(key.public_bytes_raw()).decode())
	END
	atf_check -o file:key ${ASMP_PYTHON:-python3} grow.py DEV1.kem
}

atf_test_case nothing_secret_is_printed
nothing_secret_is_printed_head()
{
	atf_set descr "what is printed has no part of a secret, unless asked"
	atf_set require.progs python3
}
nothing_secret_is_printed_body()
{
	all_kinds
	for f in a.psk a.issuer a.shared a.kem a.token gw.seal; do
		${KEYGEN} -l ${f} >> out || atf_fail "cannot list ${f}"
		${KEYGEN} -y ${f} >> out 2>&1
	done
	${KEYGEN} -l a.token -k a.issuer >> out || atf_fail "no good token"
	${KEYGEN} -e a.kem >> out
	${KEYGEN} -e a.token >> out
	# Of a token the tag is the secret: the last 32 bytes.
	for f in a.psk a.issuer a.shared a.kem a.token gw.seal; do
		${FILES} bytes ${f} | tail -c 33 | cut -c 1-32
		cut -d ' ' -f 2 ${f} | tail -c 22 | cut -c 1-16
	done > secrets
	atf_check_equal 12 $(sort -u secrets | grep -c .)
	atf_check -s exit:1 grep -i -F -f secrets out
	# The search finds what there is to find.
	${KEYGEN} -x a.psk | cat >> out
	atf_check -o match:. grep -i -F -f secrets out
}

atf_test_case existing_files_stay
existing_files_stay_head()
{
	atf_set descr "no secret is written over a file or through a link"
}
existing_files_stay_body()
{
	atf_check -o ignore ${KEYGEN} -t issuer key
	for f in psk issuer shared kem token; do
		t=${f}
		[ ${f} != kem ] || t=mlkem768
		make="${KEYGEN} -t ${t} a"
		[ ${f} != token ] || make="${KEYGEN} -T -a gw -k key.issuer a"
		echo mine > a.${f}
		atf_check -s exit:1 \
		    -e match:"^asmp-keygen: .*/a.${f} exists already: move" \
		    ${make}
		atf_check -o inline:'mine\n' cat a.${f}
		rm a.${f}
		ln -s elsewhere a.${f}
		atf_check -s exit:1 -e match:"a.${f} exists already" ${make}
		atf_check -s exit:1 test -e elsewhere
		rm a.${f}
		atf_check -o ignore ${make}
		mode a.${f} 600
		atf_check -s exit:1 -o ignore -e match:'none/a: No such file' \
		    ${make} -d none/a
	done
}

atf_test_case exposed_secrets_are_refused
exposed_secrets_are_refused_head()
{
	atf_set descr "a secret that others can open, or a link, is not used"
}
exposed_secrets_are_refused_body()
{
	all_kinds
	for f in a.psk a.issuer a.shared a.kem a.token gw.seal; do
		atf_check -o not-empty ${KEYGEN} -l ${f}
		for m in 604 640 620 602; do
			chmod ${m} ${f}
			if [ ${m} = 640 ]; then
				atf_check -o not-empty ${KEYGEN} -l ${f}
				continue
			fi
			atf_check -s exit:1 -e inline:"asmp-keygen: ${f}: \
must not be accessible by others (chmod 600)\n" ${KEYGEN} -l ${f}
		done
		chmod 600 ${f}
		ln -s ${f} link
		atf_check -s exit:1 -e inline:"asmp-keygen: link: \
must not be a symbolic link\n" ${KEYGEN} -l link
		rm link
	done
	chmod 604 a.issuer
	atf_check -s exit:1 -e match:'a.issuer: .*chmod 600' \
	    ${KEYGEN} -T -a gw -k a.issuer b
	atf_check -s exit:1 test -e b.token
	atf_check -s exit:1 -o ignore -e match:'a.issuer: .*chmod 600' \
	    ${KEYGEN} -l a.token -k a.issuer
	chmod 604 a.psk
	atf_check -s exit:1 -e match:'a.psk: .*chmod 600' ${KEYGEN} -x a.psk
	atf_check -s exit:1 -e match:'a.psk: .*chmod 600' ${KEYGEN} -e a.psk
}

# named file: what it is, as messages say.
named()
{
	case $1 in
	*.psk)		echo "a pre-shared key" ;;
	*.issuer)	echo "an issuer key" ;;
	*.shared)	echo "a shared key" ;;
	*.kem)		echo "an ML-KEM key" ;;
	*.token)	echo "a token" ;;
	*.seal)		echo "a sealing secret" ;;
	*.key)		echo "a key in PEM format" ;;
	esac
}

atf_test_case mistaken_files
mistaken_files_head()
{
	atf_set descr "whoever mixes up two files is told what this one is"
}
mistaken_files_body()
{
	all_kinds
	for f in a.psk a.issuer a.shared a.kem a.token a.key gw.seal; do
		[ ${f} = a.psk ] || atf_check -s exit:1 -e inline:"\
asmp-keygen: ${f}: is $(named ${f}), not a pre-shared key\n" ${KEYGEN} -x ${f}
		[ ${f} = a.issuer ] || atf_check -s exit:1 -e inline:"\
asmp-keygen: ${f}: is $(named ${f}), not an issuer key\n" \
		    ${KEYGEN} -T -a gw -k ${f} b
		[ ${f} = a.token ] || atf_check -s exit:1 -e inline:"\
asmp-keygen: ${f}: is no token: leave out -k\n" ${KEYGEN} -l ${f} -k a.issuer
	done
	for f in a.psk a.issuer a.shared a.token; do
		atf_check -s exit:1 -e inline:"asmp-keygen: ${f}: is \
$(named ${f}), which has no public half\n" ${KEYGEN} -y ${f}
	done
	for f in a.issuer a.shared gw.seal; do
		atf_check -s exit:1 -e inline:"asmp-keygen: ${f}: is \
$(named ${f}), which is no device's\n" ${KEYGEN} -e ${f}
	done
	atf_check -s exit:1 test -e b.token
	# A seal has the keys of logs, and nothing else has an id.
	atf_check -o match:'^gw/audit' ${KEYGEN} -y gw.seal
	atf_check -s exit:1 -e inline:"asmp-keygen: a.key: only a gateway's \
seal is printed with an id\n" ${KEYGEN} -y a.key gw
	atf_check -s exit:1 -e inline:"asmp-keygen: a b: not a gateway id: \
give one after the file\n" ${KEYGEN} -y gw.seal 'a b'
}

atf_test_case malformed_files
malformed_files_head()
{
	atf_set descr "a secret cut short, lengthened or changed is no secret"
}
malformed_files_body()
{
	umask 077
	all_kinds
	for f in a.psk a.issuer a.shared a.kem a.token gw.seal; do
		bad="asmp-keygen: bad: is $(named ${f}), but damaged or cut \
short\n"
		# The positive control: the same line, with no change.
		cp ${f} bad
		atf_check -o not-empty ${KEYGEN} -l bad
		printf %s "$(cat ${f})" > bad
		atf_check -o not-empty ${KEYGEN} -l bad
		head -c $(($(stat -c %s ${f}) - 6)) ${f} > bad
		atf_check -s exit:1 -e inline:"${bad}" ${KEYGEN} -l bad
		sed 's/$/AAAA/' ${f} > bad
		atf_check -s exit:1 -e inline:"${bad}" ${KEYGEN} -l bad
		sed 's/ ..../ ***x/' ${f} > bad
		atf_check -s exit:1 -e inline:"${bad}" ${KEYGEN} -l bad
		sed 's/$/\r/' ${f} > bad
		atf_check -s exit:1 -e inline:"${bad}" ${KEYGEN} -l bad
		sed 's/ .*/ /' ${f} > bad
		atf_check -s exit:1 -e inline:"${bad}" ${KEYGEN} -l bad
		cat ${f} ${f} > bad
		atf_check -s exit:1 -e inline:"asmp-keygen: bad: is \
$(named ${f}) with more lines after it: keep one secret in a file\n" \
		    ${KEYGEN} -l bad
		sed 's/-1 /-2 /' ${f} > bad
		atf_check -s exit:1 -e inline:"asmp-keygen: bad: is not \
a secret made by asmp-keygen\n" ${KEYGEN} -l bad
	done
	head -c 9000 /dev/zero | tr '\0' A | sed 's/^/asmp-psk-1 /' > bad
	atf_check -s exit:1 -e inline:"asmp-keygen: bad: too long for a key\n" \
	    ${KEYGEN} -x bad
	: > bad
	atf_check -s exit:1 -e match:'bad: damaged, cut short' ${KEYGEN} -l bad
	atf_check -s exit:1 \
	    -e match:'bad: is not a pre-shared key made by asmp-keygen' \
	    ${KEYGEN} -x bad
}

# The key of number 0 would be none: HANDSHAKE_INIT's group 0 is no group.
atf_test_case number_zero
number_zero_head()
{
	atf_set descr "a file with a key of number 0 is damaged"
	atf_set require.progs python3
}
number_zero_body()
{
	umask 077
	for t in issuer shared; do
		atf_check -o ignore ${KEYGEN} -t ${t} -n 1 a
		atf_check -o save:b.${t} ${FILES} alter a.${t} 1
		chmod 600 b.${t}
		atf_check -o match:'number 1$' ${KEYGEN} -l b.${t}
		atf_check -o save:c.${t} ${FILES} alter a.${t} 0
		chmod 600 c.${t}
		atf_check -s exit:1 -e match:'but damaged' ${KEYGEN} -l c.${t}
	done
}

atf_test_case options
options_head()
{
	atf_set descr "options that do not go together are told apart"
}
options_body()
{
	atf_check -s exit:1 -e inline:"asmp-keygen: rsa: not a key type: \
ed25519, p256, p384, mlkem768, psk, issuer or shared\n" ${KEYGEN} -t rsa a
	for b in 0 127 129 512 x ''; do
		atf_check -s exit:1 -e inline:"asmp-keygen: ${b}: \
a pre-shared key has 128 or 256 bits\n" ${KEYGEN} -t psk -b "${b}" a
	done
	for t in ed25519 p256 p384 mlkem768 issuer shared; do
		atf_check -s exit:1 -e inline:"asmp-keygen: -b goes with \
-t psk\n" ${KEYGEN} -b 256 -t ${t} a
	done
	for t in ed25519 p256 p384 mlkem768 psk; do
		atf_check -s exit:1 -e inline:"asmp-keygen: -n goes with \
-t issuer and -t shared\n" ${KEYGEN} -n 1 -t ${t} a
	done
	for t in mlkem768 psk issuer shared; do
		atf_check -s exit:1 -e inline:"asmp-keygen: a passphrase \
protects ed25519, p256 and p384 keys: leave out -p\n" ${KEYGEN} -p -t ${t} a
		atf_check -s exit:1 -e inline:"asmp-keygen: a gateway's key \
is always ed25519: leave out -t\n" ${KEYGEN} -G -t ${t} a
		atf_check -s exit:1 -e match:'^asmp-keygen: .a: not an id: ' \
		    ${KEYGEN} -t ${t} .a
	done
	for args in '-t psk' '-t psk a b' '-x' '-x a b' '-x a -y b' '-S -x a' \
	    '-e a -x b' '-t psk -x a' '-r user a' '-k a b' '-P asmp a'; do
		atf_check -s exit:1 -e match:'^usage: asmp-keygen ' \
		    ${KEYGEN} ${args}
	done
	atf_check_equal '*' "$(echo *)"
}

atf_test_case output_errors
output_errors_head()
{
	atf_set descr "a secret that could not be written out is an error"
}
output_errors_body()
{
	[ -c /dev/full ] || atf_skip "no /dev/full"
	atf_check -o ignore ${KEYGEN} -t psk a
	for o in -x -e -l; do
		atf_check -s exit:1 \
		    -e inline:'asmp-keygen: stdout: No space left on device\n' \
		    sh -c "${KEYGEN} ${o} a.psk > /dev/full"
	done
}

# A newcomer reads one or the other.
atf_test_case usage_is_the_synopsis
usage_is_the_synopsis_head()
{
	atf_set descr "the usage message and the manual say the same"
	atf_set require.progs mandoc
}
usage_is_the_synopsis_body()
{
	${KEYGEN} 2>&1 | sed 's/^usage://' | tr -s ' \n' ' ' > usage
	mandoc -T ascii ${TOPDIR}/man/asmp-keygen.1 | sed 's/.\x08//g' |
	    sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' | sed '1d;$d' |
	    tr -s ' \n' ' ' > synopsis
	atf_check -o match:'-u until' cat synopsis
	atf_check -o file:synopsis cat usage
}

atf_init_test_cases()
{
	atf_add_test_case psk
	atf_add_test_case numbered
	atf_add_test_case mlkem768
	atf_add_test_case pins
	atf_add_test_case mlkem768_elsewhere
	atf_add_test_case nothing_secret_is_printed
	atf_add_test_case existing_files_stay
	atf_add_test_case exposed_secrets_are_refused
	atf_add_test_case mistaken_files
	atf_add_test_case malformed_files
	atf_add_test_case number_zero
	atf_add_test_case options
	atf_add_test_case output_errors
	atf_add_test_case usage_is_the_synopsis
}

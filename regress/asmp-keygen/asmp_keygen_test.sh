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

# asmp-keygen(1): what it writes, to whom it is readable, what it refuses.

KEYGEN=$(atf_get_srcdir)/../../asmp-keygen/asmp-keygen

# mode file mode
mode()
{
	atf_check -o inline:"$2\n" stat -c %a $1
}

atf_test_case device
device_head()
{
	atf_set descr "a device's files, modes and enrolment line"
}
device_body()
{
	umask 077
	atf_check -o save:out ${KEYGEN} DEV1
	atf_check -o match:'^DEV1 ed25519 SHA256:[A-Za-z0-9+/]{43}$' cat out
	atf_check \
	    -o match:'^	asmpctl device add DEV1 ed25519:[A-Za-z0-9+/]{43}=$' \
	    cat out
	mode DEV1.key 600
	mode DEV1.pub 644
	atf_check_equal "DEV1.key DEV1.pub" "$(echo DEV1*)"
	key=$(sed -n 's/^	asmpctl device add DEV1 //p' out)
	atf_check -o ignore grep -Fx "	asmpctl device rotate DEV1 ${key}" out
}

atf_test_case new_directory
new_directory_head()
{
	atf_set descr "a directory for the files is made, with them or not"
}
new_directory_body()
{
	umask 0
	atf_check -o ignore ${KEYGEN} -d new DEV1
	mode new 700
	atf_check -o inline:'DEV1.key\nDEV1.pub\n' ls new
	# One that is there stays as it is.
	chmod 755 new
	atf_check -o ignore ${KEYGEN} -d new DEV2
	mode new 755
	atf_check -s exit:1 \
	    -e inline:'asmp-keygen: a/b: No such file or directory\n' \
	    ${KEYGEN} -d a/b DEV1
	atf_check -s exit:1 -e match:'not an id' ${KEYGEN} -d a 'DEV 1'
	atf_check test ! -e a
	: > file
	atf_check -s exit:1 -e match:'^asmp-keygen: .*file.*: Not a directory' \
	    ${KEYGEN} -d file DEV1
	echo > none
	atf_check -s exit:1 -e match:'empty passphrase' \
	    setsid ${KEYGEN} -p -d gone DEV1 < none
	atf_check test ! -e gone
}

atf_test_case gateway
gateway_head()
{
	atf_set descr "a gateway's files, modes and configuration lines"
}
gateway_body()
{
	mkdir etc
	atf_check -o save:out ${KEYGEN} -G -d etc GW1
	pwd=$(pwd -P)
	for line in 'id "GW1"' "key \"${pwd}/etc/GW1.key\"" \
	    "seal \"${pwd}/etc/GW1.seal\""; do
		atf_check -o ignore grep -Fx "	gateway ${line}" out
	done
	mode etc/GW1.key 600
	mode etc/GW1.seal 600
	mode etc/GW1.pub 644
	mode etc/GW1.pin 644
	mode etc/GW1.vkey 644
	atf_check -o match:'^asmp-seal-1 [A-Za-z0-9+/]{43}=$' cat etc/GW1.seal
	atf_check -o inline:'1\n' grep -c . etc/GW1.seal
	# The pin is the public key.
	key=$(${KEYGEN} -l etc/GW1.pub | awk '{ print $4 }')
	atf_check -o inline:"GW1 ${key}\n" cat etc/GW1.pin
	# Its logs have a key that is another one, and comes from the seal.
	b64='[A-Za-z0-9+/]{44}'
	atf_check -o match:"^GW1/audit\+[0-9a-f]{8}\+${b64}\$" \
	    -o match:"^GW1/readings\+[0-9a-f]{8}\+${b64}\$" cat etc/GW1.vkey
	atf_check -o inline:'2\n' grep -c . etc/GW1.vkey
	atf_check -o file:etc/GW1.vkey ${KEYGEN} -y etc/GW1.seal
	cp etc/GW1.seal old.seal
	atf_check -o file:etc/GW1.vkey ${KEYGEN} -y old.seal GW1
	atf_check -o match:"^old/audit\\+" ${KEYGEN} -y old.seal
	# Two gateways share no secret.
	atf_check -o ignore ${KEYGEN} -G GW2
	atf_check -s exit:1 -o ignore cmp GW2.seal etc/GW1.seal
	atf_check -s exit:1 -o ignore cmp GW2.key etc/GW1.key
}

atf_test_case openssl_reads_them
openssl_reads_them_head()
{
	atf_set descr "another program reads each key, and finds the same"
	atf_set require.progs openssl
}
openssl_reads_them_body()
{
	for t in ed25519 p256 p384; do
		atf_check -o ignore ${KEYGEN} -t ${t} ${t}
		atf_check openssl pkey -in ${t}.key -noout
		atf_check -o file:${t}.pub openssl pkey -in ${t}.key -pubout
		atf_check -o file:${t}.pub ${KEYGEN} -y ${t}.key
	done
	atf_check -o match:'^ED25519 Private-Key' \
	    openssl pkey -in ed25519.key -noout -text
	atf_check -o match:'ASN1 OID: prime256v1' \
	    openssl pkey -in p256.key -noout -text
	atf_check -o match:'ASN1 OID: secp384r1' \
	    openssl pkey -in p384.key -noout -text
	# The fingerprint is the hash of the raw key.
	want=$(openssl pkey -pubin -in ed25519.pub -outform DER |
	    tail -c 32 | openssl dgst -sha256 -binary | openssl base64 |
	    tr -d =)
	atf_check_equal "SHA256:${want}" \
	    "$(${KEYGEN} -l ed25519.pub | cut -d ' ' -f 3)"
}

atf_test_case it_reads_openssl
it_reads_openssl_head()
{
	atf_set descr "keys that another program made are understood"
	atf_set require.progs openssl
}
it_reads_openssl_body()
{
	umask 077
	atf_check -e ignore openssl genpkey -algorithm ed25519 -out a.key
	atf_check -e ignore openssl genpkey -algorithm EC \
	    -pkeyopt ec_paramgen_curve:P-384 -out b.key
	atf_check -e ignore openssl genpkey -algorithm RSA -out c.key
	atf_check -o match:'^a.key ed25519 SHA256:' ${KEYGEN} -l a.key
	atf_check -o match:'^b.key p384 SHA256:.* p384:' ${KEYGEN} -l b.key
	atf_check -s exit:1 -e match:'c.key: not a key of the kind' \
	    ${KEYGEN} -l c.key
}

atf_test_case both_halves_list_alike
both_halves_list_alike_head()
{
	atf_set descr "-l tells the same of a private and its public key"
}
both_halves_list_alike_body()
{
	for t in ed25519 p256 p384; do
		atf_check -o save:out ${KEYGEN} -t ${t} ${t}
		private=$(${KEYGEN} -l ${t}.key | cut -d ' ' -f 2-)
		atf_check -o inline:"${t}.pub ${private}\n" \
		    ${KEYGEN} -l ${t}.pub
		# What was printed when it was made.
		set -- ${private}
		atf_check -o ignore grep -Fx "${t} $1 $2" out
		atf_check -o ignore grep -F "device add ${t} $3" out
	done
}

atf_test_case passphrase
passphrase_head()
{
	atf_set descr "-p encrypts; a wrong passphrase is told from none"
	atf_set require.progs openssl
}
passphrase_body()
{
	printf 'correct horse\ncorrect horse\n' > twice
	printf 'correct horse\nbattery\n' > differ
	printf '\n\n' > none
	printf 'battery\n' > wrong
	atf_check -s exit:1 -e match:'differ: try again' \
	    setsid ${KEYGEN} -p DEV1 < differ
	atf_check -s exit:1 -e match:'empty passphrase' \
	    setsid ${KEYGEN} -p DEV1 < none
	atf_check -s exit:1 -e match:'empty passphrase' \
	    setsid ${KEYGEN} -p DEV1 < /dev/null
	atf_check -s exit:1 test -e DEV1.key
	atf_check -o ignore -e ignore setsid ${KEYGEN} -p DEV1 < twice
	atf_check -o match:'BEGIN ENCRYPTED PRIVATE KEY' cat DEV1.key
	mode DEV1.key 600
	atf_check openssl pkey -in DEV1.key -passin 'pass:correct horse' -noout
	atf_check -o file:DEV1.pub -e ignore setsid ${KEYGEN} -y DEV1.key \
	    < twice
	atf_check -s exit:1 -e match:'DEV1.key: wrong passphrase' \
	    setsid ${KEYGEN} -y DEV1.key < wrong
}

atf_test_case existing_files_stay
existing_files_stay_head()
{
	atf_set descr "nothing is overwritten, and nothing half made is left"
}
existing_files_stay_body()
{
	for there in key pub pin seal vkey; do
		mkdir ${there}
		echo mine > ${there}/GW1.${there}
		atf_check -s exit:1 \
		    -e match:"^asmp-keygen: .*/${there}/GW1.${there} exists" \
		    ${KEYGEN} -G -d ${there} GW1
		atf_check -o inline:"GW1.${there}\n" ls ${there}
		atf_check -o inline:'mine\n' cat ${there}/GW1.${there}
	done
	# The neighbour in the same directory is made.
	atf_check -o ignore ${KEYGEN} -d key GW2
	atf_check -o inline:'GW1.key\nGW2.key\nGW2.pub\n' ls key
}

atf_test_case symlinks_are_refused
symlinks_are_refused_head()
{
	atf_set descr "a planted link neither diverts a key nor is read"
}
symlinks_are_refused_body()
{
	for there in key pub; do
		mkdir ${there}
		ln -s ../elsewhere ${there}/DEV1.${there}
		atf_check -s exit:1 -e match:"DEV1.${there} exists already" \
		    ${KEYGEN} -d ${there} DEV1
		atf_check -o inline:"DEV1.${there}\n" ls ${there}
	done
	atf_check -s exit:1 test -e elsewhere
	atf_check -o ignore ${KEYGEN} DEV1
	ln -s DEV1.key link.key
	atf_check -s exit:1 -e match:'link.key: .*symbolic link' \
	    ${KEYGEN} -l link.key
}

atf_test_case exposed_keys_are_refused
exposed_keys_are_refused_head()
{
	atf_set descr "a private key that others can read is not used"
}
exposed_keys_are_refused_body()
{
	atf_check -o ignore ${KEYGEN} DEV1
	chmod 644 DEV1.key
	atf_check -s exit:1 -e match:'DEV1.key: .*chmod 600' \
	    ${KEYGEN} -l DEV1.key
	atf_check -s exit:1 -e match:'DEV1.key: .*chmod 600' \
	    ${KEYGEN} -y DEV1.key
	chmod 600 DEV1.key
	atf_check -o ignore ${KEYGEN} -l DEV1.key
}

atf_test_case usage
usage_head()
{
	atf_set descr "what cannot be asked for is told, and nothing is made"
}
usage_body()
{
	for args in '' '-l' '-l a -y b' '-G -l a' '-l a b' 'a b' '-z a' '-y a b c'; do
		atf_check -s exit:1 -e match:'^usage: asmp-keygen ' \
		    ${KEYGEN} ${args}
	done
	for id in '' .x -- a/b 'a b' "$(printf %065d 0)"; do
		atf_check -s exit:1 -e match:'not an id|usage' \
		    ${KEYGEN} -d . "${id}"
	done
	atf_check -s exit:1 -e match:'rsa: not a key type' \
	    ${KEYGEN} -t rsa DEV1
	atf_check -s exit:1 -e match:'always ed25519' \
	    ${KEYGEN} -G -t p256 GW1
	atf_check -s exit:1 -e match:'nobody to ask' ${KEYGEN} -G -p GW1
	atf_check -s exit:1 -e match:'^asmp-keygen: none/a: No such' \
	    ${KEYGEN} -d none/a DEV1
	atf_check -s exit:1 -e match:'^asmp-keygen: none: No such' \
	    ${KEYGEN} -l none
	echo hello > junk
	chmod 600 junk
	atf_check -s exit:1 -e match:'^asmp-keygen: junk: damaged' \
	    ${KEYGEN} -l junk
	atf_check_equal "*1*" "$(echo *1*)"
}

atf_init_test_cases()
{
	atf_add_test_case device
	atf_add_test_case new_directory
	atf_add_test_case gateway
	atf_add_test_case openssl_reads_them
	atf_add_test_case it_reads_openssl
	atf_add_test_case both_halves_list_alike
	atf_add_test_case passphrase
	atf_add_test_case existing_files_stay
	atf_add_test_case symlinks_are_refused
	atf_add_test_case exposed_keys_are_refused
	atf_add_test_case usage
}

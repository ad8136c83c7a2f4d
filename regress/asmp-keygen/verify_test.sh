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


# asmp-keygen verify: what evidence proves, and to whom it proves nothing.

. $(atf_get_srcdir)/../lib.sh

MAKE=$(atf_get_srcdir)/../lib/libasmp/evidence_make
READING='{"systolic":120,"pulse":61}'

# files [option of asmp-keygen ...]: a gateway, a device, and evidence.
files()
{
	atf_check -o ignore ${KEYGEN} -G GW
	atf_check -o ignore ${KEYGEN} "$@" DEV
	evidence "${READING}"
}

# evidence JSON [compressed]
evidence()
{
	atf_check -o save:file ${MAKE} DEV.key GW.seal GW DEV "$@"
}

# holds [argument ...]: the usual output.
holds()
{
	fp=$(${KEYGEN} -l DEV.pub | cut -d ' ' -f 2,3)
	atf_check -o inline:"gateway     GW
device      DEV ${fp}
message id  42
time        2026-09-21T14:13:20.000Z
received    2026-09-21T14:13:20.123Z
log         GW/readings index 100 size 201
reading     ${READING}
" ${KEYGEN} verify "$@"
}

# fails why [argument ...]: in one line.
fails()
{
	_why=$1
	shift
	atf_check -s exit:1 -e inline:"asmp-keygen: ${_why}\n" \
	    ${KEYGEN} verify "$@"
}

atf_test_case keys
keys_head()
{
	atf_set descr "evidence of each kind of key, which come in each form"
}
keys_body()
{
	for t in ed25519 p256 p384; do
		mkdir ${t}
		cd ${t} || exit
		files -t ${t}
		text=$(${KEYGEN} -l DEV.pub | cut -d ' ' -f 4)
		echo ${text} > DEV.text
		for device in DEV.pub ${text} DEV.text; do
			holds -d ${device} -g GW.vkey file
		done
		cd ..
	done
	cd ed25519 || exit
	holds -d DEV.pub -g $(grep readings GW.vkey) file
	holds -d DEV.pub -g GW.vkey - < file
	atf_check ${KEYGEN} verify -q -d DEV.pub -g GW.vkey file
	# Nothing else is needed, nor the private halves.
	mkdir stranger
	cp DEV.pub GW.vkey file stranger
	cd stranger || exit
	holds -g GW.vkey -d DEV.pub file
}

atf_test_case compressed
compressed_head()
{
	atf_set descr "a reading that travelled compressed"
}
compressed_body()
{
	files
	evidence "${READING}" compressed
	atf_check -o ignore grep '^expanded ' file
	holds -d DEV.pub -g GW.vkey file
}

# The line after "reading" is made of what the device wrote.
atf_test_case terminal
terminal_head()
{
	atf_set descr "a reading plays no tricks on the terminal"
}
terminal_body()
{
	files
	evidence "$(printf '{"a":"\033[2J"}')"
	atf_check -s exit:1 -e match:'the record is no reading' \
	    ${KEYGEN} verify -d DEV.pub -g GW.vkey file
	evidence "$(printf '{"a":"\302\233\177 \\n",\n\t"b":1}')"
	atf_check -o save:out ${KEYGEN} verify -d DEV.pub -g GW.vkey file
	atf_check -o inline:'reading     {"a":"\\302\\233\\177 \\134n",\\012\\011"b":1}\n' \
	    tail -n 1 out
	# Long ones are not cut.
	long=$(printf '{"a":"%03000d"}' 7)
	evidence "${long}"
	atf_check -o save:out ${KEYGEN} verify -d DEV.pub -g GW.vkey file
	atf_check -o inline:"reading     ${long}\n" tail -n 1 out
}

atf_test_case others
others_head()
{
	atf_set descr "other keys than these two prove nothing"
}
others_body()
{
	files
	mkdir other
	atf_check -o ignore ${KEYGEN} -d other DEV
	atf_check -o ignore ${KEYGEN} -d other -G GW
	atf_check -o ignore ${KEYGEN} -G GW2
	fails "file: it is signed by another key than the device's" \
	    -d other/DEV.pub -g GW.vkey file
	fails "file: the checkpoint is signed by another key than the \
gateway's" -d DEV.pub -g other/GW.vkey file
	fails 'GW2.vkey: has no key of GW/readings' \
	    -d DEV.pub -g GW2.vkey file
	fails "$(grep audit GW.vkey): has no key of GW/readings" \
	    -d DEV.pub -g $(grep audit GW.vkey) file
	# One signs for the other.
	atf_check -o save:file ${MAKE} DEV.key GW2.seal GW DEV
	fails "file: the checkpoint is signed by another key than the \
gateway's" -d DEV.pub -g GW.vkey file
	atf_check -o save:file ${MAKE} other/DEV.key GW.seal GW DEV
	fails "file: it is signed by another key than the device's" \
	    -d DEV.pub -g GW.vkey file
}

atf_test_case changed
changed_head()
{
	atf_set descr "what was changed is told, and where that can be said"
}
changed_body()
{
	files
	sed 's/^received 1790000000123$/received 1790000000124/' file > new
	fails "new: the gateway's log does not have the seal there" \
	    -d DEV.pub -g GW.vkey new
	sed 's/^device DEV$/device DEV2/' file > new
	fails "new: the device's signature does not hold" \
	    -d DEV.pub -g GW.vkey new
	other=$(printf '%040d{"systolic":119,"pulse":61}' 0 | base64 -w 0)
	sed "s,^record .*,record ${other}," file > new
	atf_check -s exit:1 -e match:'^asmp-keygen: new: the (header|record) ' \
	    ${KEYGEN} verify -d DEV.pub -g GW.vkey new
	sed 's/^place 2$/place 4/' file > new
	fails "new: the header's numbers are not within the seal's" \
	    -d DEV.pub -g GW.vkey new
	sed 's/$/\r/' file > new
	fails 'new: not evidence, or changed in line 1' \
	    -d DEV.pub -g GW.vkey new
	sed 's/^index 100$/index  100/' file > new
	fails 'new: not evidence, or changed in line 19' \
	    -d DEV.pub -g GW.vkey new
	tail -n 1 file | cat file - > new
	fails "new: the checkpoint is not one of the gateway's readings" \
	    -d DEV.pub -g GW.vkey new
	printf '\0' | cat file - > new
	fails 'new: has a NUL in it, as evidence has not' \
	    -d DEV.pub -g GW.vkey new
	head -c 200000 /dev/zero | tr '\0' x > new
	fails 'new: too long for evidence' -d DEV.pub -g GW.vkey new
	: > new
	fails 'new: not evidence, or changed in line 1' \
	    -d DEV.pub -g GW.vkey new
}

atf_test_case usage
usage_head()
{
	atf_set descr "what is missing is told, whatever else is right"
}
usage_body()
{
	files
	for args in '' file '-d DEV.pub file' '-g GW.vkey file' \
	    '-d DEV.pub -g GW.vkey' '-d DEV.pub -g GW.vkey file file' \
	    '-z -d DEV.pub -g GW.vkey file'; do
		atf_check -s exit:1 -e match:'^usage: asmp-keygen ' \
		    ${KEYGEN} verify ${args}
	done
	fails 'none: No such file or directory' -d DEV.pub -g GW.vkey none
	fails 'none: No such file or directory' -d none -g GW.vkey file
	fails 'none: No such file or directory' -d DEV.pub -g none file
	fails 'GW.vkey: damaged, cut short or not in PEM format' \
	    -d GW.vkey -g GW.vkey file
	fails 'DEV.pub: has no key of GW/readings' -d DEV.pub -g DEV.pub file
	# A device may be called so all the same.
	atf_check -o match:'^verify ed25519 ' ${KEYGEN} -- verify
	atf_check test -e verify.key
}

atf_init_test_cases()
{
	atf_add_test_case keys
	atf_add_test_case compressed
	atf_add_test_case terminal
	atf_add_test_case others
	atf_add_test_case changed
	atf_add_test_case usage
}

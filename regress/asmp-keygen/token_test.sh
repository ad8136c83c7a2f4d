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

# asmp-keygen(1): tokens, issued and taken apart.

. $(atf_get_srcdir)/../lib.sh

FILES="python3 $(atf_get_srcdir)/keyfiles.py"
ISSUE="${KEYGEN} -T -a GATEWAY_CLINIC_A -k clinic.issuer"

# An issuer's key, of number 7.
issuer()
{
	umask 077
	${KEYGEN} -t issuer -n 7 clinic > /dev/null || atf_fail "no issuer"
}

# field name: what the last list says of it.
field()
{
	sed -n "s/^$1  *//p" list
}

# list file [option ...]: keeps a token's list, and that it succeeds.
list()
{
	atf_check -o save:list ${KEYGEN} -l "$@"
}

# bad_list now tag: the token is listed, and is no good with its issuer's key.
bad_list()
{
	atf_check -s exit:1 -o save:list ${KEYGEN} -l kemal-client.token \
	    -k clinic.issuer
	atf_check_equal "$1" "$(field now)"
	atf_check_equal "$2" "$(field tag)"
}

# Z-17, Z-18, Z-19: against hmac and hashlib.
atf_test_case issue
issue_head()
{
	atf_set descr "another program finds the same token under the same key"
	atf_set require.progs python3
}
issue_body()
{
	issuer
	umask 0
	before=$(date +%s)
	atf_check -o save:out ${ISSUE} -r user -u 30d kemal-client
	after=$(date +%s)
	atf_check -o inline:'600\n' stat -c %a kemal-client.token
	atf_check -o save:token ${FILES} token kemal-client.token clinic.issuer
	for line in 'version 1' 'key 7' 'role 2' 'audience GATEWAY_CLINIC_A' \
	    'client kemal-client' 'issuer 7' 'tag holds'; do
		atf_check -o ignore grep -Fx "${line}" token
	done
	# A minute for clocks that differ, then 30 days from now on.
	from=$(sed -n 's/^not_before //p' token)
	until=$(sed -n 's/^expires //p' token)
	{ [ ${from} -ge $((before - 60)) ] &&
	    [ ${from} -le $((after - 60)) ]; } ||
	    atf_fail "begins at ${from}, made at ${before}"
	atf_check_equal $((30 * 86400 + 60)) $((until - from))
	list kemal-client.token
	atf_check_equal kemal-client "$(field client_id)"
	atf_check_equal '2 user' "$(field role)"
	atf_check_equal GATEWAY_CLINIC_A "$(field audience)"
	atf_check_equal $(date -u -d @${from} +%Y-%m-%dT%H:%M:%SZ) \
	    $(field not_before)
	atf_check_equal $(date -u -d @${until} +%Y-%m-%dT%H:%M:%SZ) \
	    $(field expires)
	atf_check_equal "$(sed -n 's/^jti //p' token)" "$(field jti)"
	atf_check_equal 7 "$(field 'issuer key')"
	atf_check_equal valid "$(field now)"
	atf_check_equal '' "$(field tag)"
	# What was printed when it was made is the list and what to do next.
	sed "1s,.*,$(pwd -P)/kemal-client.token token," list > want
	printf '\n%s\n\n\t%s\n' 'Enrol its client at the gateway:' "asmp-keygen \
-e $(pwd -P)/kemal-client.token | asmpctl device add -" >> want
	atf_check -o file:want cat out
}

atf_test_case jti
jti_head()
{
	atf_set descr "no two tokens are alike, even for one client"
	atf_set require.progs python3
}
jti_body()
{
	issuer
	for d in a b c d; do
		mkdir ${d}
		atf_check -o ignore ${ISSUE} -d ${d} -f 2026-01-01 \
		    -u 2026-01-02 x
		list ${d}/x.token
		field jti >> jtis
	done
	atf_check -o inline:'4\n' sh -c 'grep -cx "[0-9a-f]\{32\}" jtis'
	atf_check -o inline:'4\n' sh -c 'sort -u jtis | grep -c .'
}

atf_test_case roles
roles_head()
{
	atf_set descr "a role by name or number; without one the lowest"
}
roles_body()
{
	issuer
	atf_check -o match:'^role        1 device$' ${ISSUE} a
	atf_check -o match:'^role        1 device$' ${ISSUE} -r device b
	atf_check -o match:'^role        2 user$' ${ISSUE} -r user c
	atf_check -o match:'^role        3 admin$' ${ISSUE} -r admin d
	atf_check -o match:'^role        3 admin$' ${ISSUE} -r 3 e
	atf_check -o match:'^role        4$' ${ISSUE} -r 4 f
	atf_check -o match:'^role        255$' ${ISSUE} -r 255 g
	for r in 0 256 -1 Admin admins '' 1x; do
		atf_check -s exit:1 -e inline:"asmp-keygen: ${r}: not a \
token's role: device, user, admin or a number from 1 to 255\n" \
		    ${ISSUE} -r "${r}" z
	done
	atf_check -s exit:1 test -e z.token
	# The gateway's built-in roles have these names in this order.
	atf_check -o inline:'device\nuser\nadmin\n' sed -n \
	    '/builtin\[\]/,/};/s/^	{ "\([a-z]*\)".*/\1/p' \
	    ${TOPDIR}/asmpd/role.c
}

# issue_times from until not_before expires: dates as they are listed.
issue_times()
{
	atf_check -o save:list ${ISSUE} -f "$1" -u "$2" t
	atf_check_equal "$3 $4" "$(field not_before) $(field expires)"
	rm t.token
}

atf_test_case dates
dates_head()
{
	atf_set descr "dates are those of the calendar, in UTC"
}
dates_body()
{
	issuer
	export TZ=America/New_York
	issue_times 2026-01-01 2027-01-31 \
	    2026-01-01T00:00:00Z 2027-01-31T00:00:00Z
	issue_times 2026-07-01T08:09Z 2026-07-01T08:09:01Z \
	    2026-07-01T08:09:00Z 2026-07-01T08:09:01Z
	issue_times 2024-02-29 2028-02-29T23:59:59Z \
	    2024-02-29T00:00:00Z 2028-02-29T23:59:59Z
	issue_times 1970-01-01 9999-12-31T23:59:59Z \
	    1970-01-01T00:00:00Z 9999-12-31T23:59:59Z
	for t in 2027-02-29 2027-13-01 2027-00-01 2027-01-00 2027-01-32 \
	    2027-1-01 27-01-01 1969-12-31 2027-01-01T24:00Z \
	    2027-01-01T00:60Z 2027-01-01T00:00:60Z 2027-01-01T00:00 \
	    '2027-01-01 00:00Z' 2027-01-01T00:00:00+00:00 2027-01-01x \
	    tomorrow '' 24 h 0h -1h 1.5h 1y 24H 24hh 99999999999999d \
	    36601d; do
		for o in -f -u; do
			atf_check -s exit:1 -e inline:"asmp-keygen: ${t}: \
not a time: a duration such as 24h or 30d, or a date such as 2027-01-31 or \
2027-01-31T12:00:00Z\n" ${ISSUE} ${o} "${t}" t
		done
	done
	atf_check -s exit:1 test -e t.token
}

# lasts duration seconds: how long a token is valid.
lasts()
{
	atf_check -o ignore ${ISSUE} ${1:+-u} $1 t
	atf_check -o save:token ${FILES} token t.token clinic.issuer
	atf_check_equal $(($2 + 60)) $(($(sed -n 's/^expires //p' token) - \
	    $(sed -n 's/^not_before //p' token)))
	rm t.token
}

atf_test_case durations
durations_head()
{
	atf_set descr "durations count from now on, a day without one"
	atf_set require.progs python3
}
durations_body()
{
	issuer
	lasts '' 86400
	lasts 1s 1
	lasts 90s 90
	lasts 5m 300
	lasts 24h 86400
	lasts 30d 2592000
	lasts 4w 2419200
	lasts 36600d 3162240000
	# A beginning may be given so too.
	now=$(date +%s)
	atf_check -o ignore ${ISSUE} -f 1h -u 2h t
	atf_check -o save:token ${FILES} token t.token clinic.issuer
	from=$(sed -n 's/^not_before //p' token)
	atf_check_equal 3600 $(($(sed -n 's/^expires //p' token) - from))
	{ [ ${from} -ge $((now + 3600)) ] &&
	    [ ${from} -le $((now + 3620)) ]; } ||
	    atf_fail "begins at ${from}, made at ${now}"
}

atf_test_case empty_times
empty_times_head()
{
	atf_set descr "a token is valid for some time"
}
empty_times_body()
{
	issuer
	for times in '-f 2h -u 1h' '-f 1h -u 1h' '-u 2026-01-01' '-f 2d' \
	    '-f 2026-01-01 -u 2026-01-01'; do
		atf_check -s exit:1 -e inline:"asmp-keygen: the token would \
end before it begins: see -f and -u\n" ${ISSUE} ${times} t
	done
	atf_check -s exit:1 test -e t.token
	atf_check -o ignore ${ISSUE} -f 2026-01-01 -u 2026-01-01T00:00:01Z t
}

# Z-19
atf_test_case when_it_is_valid
when_it_is_valid_head()
{
	atf_set descr "a token is told that is expired, or not valid yet"
}
when_it_is_valid_body()
{
	issuer
	atf_check -o match:'^now         valid$' ${ISSUE} kemal-client
	list kemal-client.token -k clinic.issuer
	atf_check_equal 'valid holds' "$(field now) $(field tag)"
	rm kemal-client.token
	atf_check -o match:'^now         expired$' ${ISSUE} -f 2026-01-01 \
	    -u 2026-01-02 kemal-client
	list kemal-client.token
	bad_list expired holds
	rm kemal-client.token
	atf_check -o match:'^now         not valid yet$' ${ISSUE} -f 1h \
	    kemal-client
	list kemal-client.token
	bad_list 'not valid yet' holds
}

# S-16, Z-19: each byte of body and tag counts.
atf_test_case changed_tokens
changed_tokens_head()
{
	atf_set descr "a token changed anywhere does not hold"
	atf_set require.progs python3
}
changed_tokens_body()
{
	other='not checked: another issuer key made it'
	no='does not hold: the issuer key of this number is another one, or '
	no="${no}the token was changed"
	issuer
	# A date at which no bit makes the beginning the end.
	atf_check -o ignore ${ISSUE} -f 2026-01-01 -u 9999-12-31 kemal-client
	list kemal-client.token -k clinic.issuer
	mv kemal-client.token good
	# Role, not_before, jti, audience, client; then the tag's two ends.
	for at in 2 10 19 34 36 53 64 96; do
		atf_check -o save:kemal-client.token ${FILES} alter good ${at}
		chmod 600 kemal-client.token
		bad_list valid "${no}"
		# Without the issuer's key nobody can tell.
		list kemal-client.token
		atf_check -o save:token ${FILES} token kemal-client.token \
		    clinic.issuer
		atf_check -o match:'^tag does not hold$' cat token
	done
	# The key's number, the version, a length: another issuer, no token.
	atf_check -o save:kemal-client.token ${FILES} alter good 1
	bad_list valid "${other}"
	for at in 0 35 52; do
		atf_check -o save:kemal-client.token ${FILES} alter good ${at}
		atf_check -s exit:1 -e match:'is a token, but damaged' \
		    ${KEYGEN} -l kemal-client.token
	done
}

atf_test_case other_issuers
other_issuers_head()
{
	atf_set descr "another issuer's key does not vouch for a token"
}
other_issuers_body()
{
	issuer
	atf_check -o ignore ${ISSUE} kemal-client
	list kemal-client.token -k clinic.issuer
	mv clinic.issuer right
	atf_check -o ignore ${KEYGEN} -t issuer -n 7 clinic
	bad_list valid 'does not hold: the issuer key of this number is '"\
another one, or the token was changed"
	rm clinic.issuer
	atf_check -o ignore ${KEYGEN} -t issuer -n 8 clinic
	bad_list valid 'not checked: another issuer key made it'
	mv right clinic.issuer
	list kemal-client.token -k clinic.issuer
	atf_check_equal holds "$(field tag)"
}

atf_test_case options
options_head()
{
	atf_set descr "what a token cannot be, or is missing, is told"
}
options_body()
{
	issuer
	for args in '-T' '-T a' '-T -k clinic.issuer a' '-T -a gw a' \
	    '-T -a gw -k clinic.issuer' '-T -a gw -k clinic.issuer a b' \
	    '-T -a gw -k clinic.issuer -l a' '-T -G -a gw -k clinic.issuer a' \
	    '-T -t psk -a gw -k clinic.issuer a'; do
		atf_check -s exit:1 -e match:'^usage: asmp-keygen ' \
		    ${KEYGEN} ${args}
	done
	atf_check -s exit:1 -e match:'^asmp-keygen: .a: not an id: ' \
	    ${ISSUE} .a
	atf_check -s exit:1 -e match:'^asmp-keygen: a b: not an id: ' \
	    ${ISSUE} 'a b'
	atf_check -s exit:1 -e inline:"asmp-keygen: a b: not a gateway's id\n" \
	    ${KEYGEN} -T -a 'a b' -k clinic.issuer a
	atf_check -s exit:1 \
	    -e inline:'asmp-keygen: none: No such file or directory\n' \
	    ${KEYGEN} -T -a gw -k none a
	atf_check -s exit:1 \
	    -e inline:'asmp-keygen: none/a: No such file or directory\n' \
	    ${ISSUE} -d none/a a
	# What comes to nothing leaves no directory.
	atf_check -s exit:1 -e match:'^asmp-keygen: none: No such file' \
	    ${KEYGEN} -T -a gw -k none -d new a
	atf_check_equal '*a*' "$(echo *a*)"
	atf_check_equal clinic.issuer "$(echo *)"
	# Ids of the greatest length there is.
	id=$(printf %064d 0)
	atf_check -o ignore ${KEYGEN} -T -a ${id} -k clinic.issuer ${id}
	list ${id}.token -k clinic.issuer
	atf_check_equal "${id} ${id} holds" \
	    "$(field client_id) $(field audience) $(field tag)"
}

atf_init_test_cases()
{
	atf_add_test_case issue
	atf_add_test_case jti
	atf_add_test_case roles
	atf_add_test_case dates
	atf_add_test_case durations
	atf_add_test_case empty_times
	atf_add_test_case when_it_is_valid
	atf_add_test_case changed_tokens
	atf_add_test_case other_issuers
	atf_add_test_case options
}

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

# Devices of every kind come into the registry, stay there as they were, and
# Streams: what is said on them, by whom, and when they end.

. $(atf_get_srcdir)/common.sh

# token name [option of asmp-keygen -T ...]: for a client of this name.
token()
{
	_name=$1
	shift
	[ -e DESK.issuer ] || atf_check -o ignore ${KEYGEN} -t issuer DESK
	rm -f ${_name}.token
	atf_check -o ignore ${KEYGEN} -T -a GW -k DESK.issuer "$@" ${_name}
}

# desk [line of asmpd.conf ...]: a gateway for bearers of tokens, and one of
# them in each role, called like it.
desk()
{
	atf_check -o ignore ${KEYGEN} -t issuer DESK
	gateway "issuer \"$(pwd -P)/DESK.issuer\"" "$@"
	for _role in device user admin; do
		token ${_role} -r ${_role}
		enrol ${_role}.token
	done
}

# counter name: of verify.
counter()
{
	${ctl} -j show memory | jq '.processes[] |
	    select(.process == "verify") | .counters.'$1
}

atf_test_case chat
chat_head()
{
	atf_set descr "Z-21, Z-23, Z-33: chat is answered with what was said"
	atf_set require.progs jq
}
chat_body()
{
	desk
	cat > want <<-EOF
		text 1 hello
		text 1 any  normal text, 24 °C
		text 2 pong
		text 1 ping
	EOF
	atf_check -o save:out ./say user.token open 'text 1 hello' \
	    'expect text' 'text 1 any  normal text, 24 °C' 'expect text' \
	    'text 2 ping' 'expect text' 'text 1 ping' 'expect text'
	atf_check -o file:want grep ^text out
	logged 'Authenticated message from user: hello$'
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case chat
}

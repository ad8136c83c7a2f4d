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

# asmp(1) against a gateway that does what each case needs.

ASMP=$(atf_get_srcdir)/../../asmp/asmp
KEYGEN=$(atf_get_srcdir)/../../asmp-keygen/asmp-keygen
FAKEGW=$(atf_get_srcdir)/fakegw

# A device DEV1 and a gateway GW1, each with its files in the work directory.
identities()
{
	atf_check -o ignore ${KEYGEN} DEV1
	atf_check -o ignore ${KEYGEN} -G GW1
}

# to_port N: ${client} is asmp with the usual files, and goes there.
to_port()
{
	client="${ASMP} -k DEV1.key -g GW1.pin -p $1 -t 5"
}

# gateway [fakegw's options]: started, and ${client} goes there.
gateway()
{
	rm -f port
	${FAKEGW} -k GW1.key -i GW1 -d DEV1.pub -n DEV1 -p port "$@" \
	    > gw.out 2> gw.err &
	gw=$!
	n=0
	while [ ! -s port ]; do
		n=$((n + 1))
		[ ${n} -lt 100 ] || atf_fail "no gateway: $(cat gw.err)"
		sleep 0.05
	done
	to_port $(cat port)
}

# What the gateway saw, once it is done.
gateway_saw()
{
	wait ${gw}
	atf_check -o inline:"$1" cat gw.out
}

atf_test_case arguments
arguments_head()
{
	atf_set descr "readings as arguments are sent, sealed and acknowledged"
}
arguments_body()
{
	identities
	gateway
	atf_check ${client} 127.0.0.1 '{"t":37.4}' '{"t":37.5}'
	gateway_saw 'reading 1 clock {"t":37.4}
reading 2 clock {"t":37.5}
seal 2
closed
'
}

atf_test_case lines
lines_head()
{
	atf_set descr "lines, some blank, one with CR, the last without end"
}
lines_body()
{
	identities
	gateway
	printf '{"a":1}\n\n  {"a":2} \r\n\t\n{"a":3}' > in
	atf_check ${client} -n 127.0.0.1 < in
	gateway_saw 'reading 1 noclock {"a":1}
reading 2 noclock {"a":2}
reading 3 noclock {"a":3}
seal 3
closed
'
}

atf_test_case nothing_to_send
nothing_to_send_head()
{
	atf_set descr "empty input is no error"
}
nothing_to_send_body()
{
	identities
	gateway
	atf_check ${client} 127.0.0.1 < /dev/null
	gateway_saw 'closed
'
}

atf_test_case long_input_is_sealed_by_64
long_input_is_sealed_by_64_head()
{
	atf_set descr "a file is sealed in batches"
}
long_input_is_sealed_by_64_body()
{
	identities
	gateway
	i=0
	while [ ${i} -lt 200 ]; do
		echo "{\"n\":${i}}"
		i=$((i + 1))
	done > in
	atf_check -e match:"200 readings acknowledged, 0 refused" \
	    ${client} -v 127.0.0.1 < in
	wait ${gw}
	atf_check -o inline:'seal 64\nseal 64\nseal 64\nseal 8\n' \
	    grep seal gw.out
	atf_check -o inline:'200\n' grep -c reading gw.out
}

atf_test_case live_pipe_is_sealed_at_once
live_pipe_is_sealed_at_once_head()
{
	atf_set descr "a line does not wait for the next one"
}
live_pipe_is_sealed_at_once_body()
{
	identities
	gateway
	mkfifo pipe
	(echo '{"a":1}'; sleep 1; echo '{"a":2}'; sleep 1) > pipe &
	atf_check ${client} 127.0.0.1 < pipe
	wait ${gw}
	atf_check -o inline:'seal 1\nseal 1\n' grep seal gw.out
}

atf_test_case bad_json_stays_here
bad_json_stays_here_head()
{
	atf_set descr "bad lines are named and not sent, good ones are"
}
bad_json_stays_here_body()
{
	identities
	gateway
	printf '{"a":1}\n{"a":NaN}\n[1]\n{"a":2}\n' > in
	cat > want <<'EOT'
asmp: line 2, byte 6: not a finite JSON number: not sent
asmp: line 3, byte 1: not a JSON object: not sent
EOT
	atf_check -s exit:5 -e file:want ${client} 127.0.0.1 < in
	gateway_saw 'reading 1 clock {"a":1}
reading 2 clock {"a":2}
seal 2
closed
'
	gateway
	atf_check ${client} -r 127.0.0.1 '{"a":NaN}'
	gateway_saw 'reading 1 clock {"a":NaN}
seal 1
closed
'
}

atf_test_case long_lines_are_named
long_lines_are_named_head()
{
	atf_set descr "a line too long for the gateway, or for any, is skipped"
}
long_lines_are_named_body()
{
	identities
	gateway -b max_in=1000
	{
		echo '{"a":1}'
		printf '{"a":"%1000s"}\n' x
		echo '{"a":2}'
		printf '{"a":"%100000s"}\n' x
		echo '{"a":3}'
		printf '{"a":"%100000s"}' x
	} > in
	cat > want <<'EOT'
asmp: line 2: longer than 968 bytes: not sent
asmp: line 4: longer than 65503 bytes: not sent
asmp: line 6: longer than 65503 bytes: not sent
EOT
	atf_check -s exit:5 -e file:want ${client} 127.0.0.1 < in
	gateway_saw 'reading 1 clock {"a":1}
reading 2 clock {"a":2}
reading 3 clock {"a":3}
seal 3
closed
'
}

atf_test_case refused_reading
refused_reading_head()
{
	atf_set descr "status 5 names the line and the reason"
}
refused_reading_body()
{
	identities
	gateway -b refuse=2
	printf '\n{"a":1}\n{"a":2}\n{"a":3}\n' > in
	atf_check -s exit:5 \
	    -e match:'^asmp: line 3 \(id 2\) was refused: ' \
	    ${client} 127.0.0.1 < in
	wait ${gw}
	atf_check -o inline:'3\n' grep -c reading gw.out
	gateway -b end=2
	atf_check -s exit:5 \
	    -e match:'^asmp: argument 2 \(id 2\) was refused: ' \
	    -e match:'^asmp: 127.0.0.1: the gateway ended the session: ' \
	    -e match:'send those from argument 3 on again' \
	    ${client} 127.0.0.1 '{"a":1}' '{"a":2}' '{"a":3}'
}

atf_test_case no_gateway_there
no_gateway_there_head()
{
	atf_set descr "status 2 where nobody listens, or hangs up"
}
no_gateway_there_body()
{
	identities
	gateway -b hangup
	atf_check -s exit:2 -e match:'^asmp: 127.0.0.1: closed by the other' \
	    ${client} 127.0.0.1 '{"a":1}'
	wait ${gw}
	atf_check -s exit:2 \
	    -e match:'^asmp: 127.0.0.1: cannot connect: Connection refused' \
	    ${client} 127.0.0.1 '{"a":1}'
	atf_check -s exit:2 -e match:'^asmp: no.such.host.invalid: ' \
	    ${client} no.such.host.invalid '{"a":1}'
}

atf_test_case lost_connection
lost_connection_head()
{
	atf_set descr "status 2 says from where to send again"
}
lost_connection_body()
{
	identities
	gateway -b lose
	mkfifo pipe
	(echo '{"a":1}'; sleep 1; echo '{"a":2}'; sleep 1) > pipe &
	atf_check -s exit:2 -e match:'127.0.0.1: the connection was lost' \
	    ${client} 127.0.0.1 < pipe
}

atf_test_case silent_gateway
silent_gateway_head()
{
	atf_set descr "status 2 when acknowledgements do not come"
}
silent_gateway_body()
{
	identities
	gateway -b mute
	atf_check -s exit:2 -e match:'no acknowledgement for 1 seconds' \
	    -e match:'0 readings are decided; send those from argument 1' \
	    ${client} -t 1 127.0.0.1 '{"a":1}'
}

atf_test_case another_gateway
another_gateway_head()
{
	atf_set descr "status 3 for another key or another id, nothing sent"
}
another_gateway_body()
{
	identities
	mkdir other
	atf_check -o ignore ${KEYGEN} -G -d other GW1
	gateway
	atf_check -s exit:3 -e match:'another key than the one pinned' \
	    ${client} -g other/GW1.pin 127.0.0.1 '{"a":1}'
	gateway_saw ''
	gateway
	sed s/GW1/GW2/ GW1.pin > gw2.pin
	atf_check -s exit:3 -e match:'calls itself GW1, and GW2 is pinned' \
	    ${client} -g gw2.pin 127.0.0.1 '{"a":1}'
	gateway_saw ''
}

atf_test_case identity_refused
identity_refused_head()
{
	atf_set descr "status 4 for a key or an id the gateway does not know"
}
identity_refused_body()
{
	identities
	gateway
	atf_check -s exit:4 -e match:'GW1 refused the identity DEV2' \
	    ${client} -i DEV2 127.0.0.1 '{"a":1}'
	gateway_saw 'refused the identity
'
	gateway
	mkdir other
	atf_check -o ignore ${KEYGEN} -d other DEV1
	atf_check -s exit:4 -e match:'GW1 refused the identity DEV1' \
	    ${client} -k other/DEV1.key 127.0.0.1 '{"a":1}'
}

atf_test_case protocol_broken
protocol_broken_head()
{
	atf_set descr "status 6 for what no gateway may send"
}
protocol_broken_body()
{
	identities
	gateway -b garbage
	atf_check -s exit:6 -e match:'^asmp: 127.0.0.1: the gateway ' \
	    ${client} 127.0.0.1 '{"a":1}'
}

atf_test_case local_errors
local_errors_head()
{
	atf_set descr "status 1 names file and reason"
}
local_errors_body()
{
	identities
	to_port 9
	atf_check -s exit:1 -e match:'^usage: asmp ' ${ASMP}
	atf_check -s exit:1 -e match:'^usage: asmp ' ${ASMP} -k DEV1.key host
	atf_check -s exit:1 -e match:'^usage: asmp ' ${ASMP} -g GW1.pin host
	atf_check -s exit:1 -e match:'^usage: asmp ' \
	    ${ASMP} -k DEV1.key -g GW1.pin
	atf_check -s exit:1 -e match:'^asmp: none.key: No such file' \
	    ${client} -k none.key 127.0.0.1 '{}'
	atf_check -s exit:1 -e match:'^asmp: none: No such file' \
	    ${client} -g none 127.0.0.1 '{}'
	atf_check -s exit:1 -e match:'profile ztp takes no identity of kind signature' \
	    ${client} -P ztp 127.0.0.1 '{}'
	atf_check -s exit:1 -e inline:'asmp: timeout 0: too small\n' \
	    ${client} -t 0 127.0.0.1 '{}'
	atf_check chmod 644 DEV1.key
	atf_check -s exit:1 -e match:'DEV1.key: .*chmod 600' \
	    ${client} 127.0.0.1 '{}'
}

atf_test_case locked_key
locked_key_head()
{
	atf_set descr "a passphrase is never read from the readings' input"
}
locked_key_body()
{
	identities
	to_port 9
	rm DEV1.key DEV1.pub
	printf 'secret\nsecret\n' > answers
	atf_check -o ignore -e ignore setsid ${KEYGEN} -p DEV1 < answers
	atf_check -s exit:1 -e match:'DEV1.key: .*no terminal' \
	    setsid ${ASMP} -k DEV1.key -g GW1.pin 127.0.0.1 < answers
}

atf_test_case stopped_by_signal
stopped_by_signal_head()
{
	atf_set descr "SIGTERM ends the input, not what was read of it"
}
stopped_by_signal_body()
{
	identities
	gateway
	mkfifo pipe
	(echo '{"a":1}'; exec sleep 20) > pipe &
	sleeper=$!
	${client} 127.0.0.1 < pipe &
	pid=$!
	sleep 0.5
	kill -TERM ${pid}
	wait ${pid}
	status=$?
	kill ${sleeper}
	atf_check_equal 0 ${status}
	gateway_saw 'reading 1 clock {"a":1}
seal 1
closed
'
}

# certificate name: name.crt and name.tls for 127.0.0.1.
certificate()
{
	atf_check -o ignore -e ignore openssl req -x509 -newkey ec -pkeyopt \
	    ec_paramgen_curve:P-256 -nodes -keyout $1.tls -out $1.crt \
	    -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1
}

atf_test_case tls
tls_head()
{
	atf_set descr "the same inside TLS, whose certificate is checked"
	atf_set require.progs openssl
}
tls_body()
{
	identities
	certificate one
	certificate two
	gateway -c one.crt -K one.tls
	i=0
	while [ ${i} -lt 1000 ]; do
		echo "{\"n\":${i}}"
		i=$((i + 1))
	done > in
	atf_check ${client} -C one.crt 127.0.0.1 < in
	wait ${gw}
	atf_check -o inline:'1000\n' grep -c reading gw.out
	atf_check -o inline:'closed\n' grep closed gw.out
	gateway -c one.crt -K one.tls
	atf_check -s exit:2 -e match:'^asmp: 127.0.0.1: TLS: ' \
	    ${client} -C two.crt 127.0.0.1 '{"a":1}'
	atf_check -s exit:1 -e match:'none.crt' \
	    ${client} -C none.crt 127.0.0.1 '{"a":1}'
}

atf_init_test_cases()
{
	atf_add_test_case arguments
	atf_add_test_case lines
	atf_add_test_case nothing_to_send
	atf_add_test_case long_input_is_sealed_by_64
	atf_add_test_case live_pipe_is_sealed_at_once
	atf_add_test_case bad_json_stays_here
	atf_add_test_case long_lines_are_named
	atf_add_test_case refused_reading
	atf_add_test_case no_gateway_there
	atf_add_test_case lost_connection
	atf_add_test_case silent_gateway
	atf_add_test_case another_gateway
	atf_add_test_case identity_refused
	atf_add_test_case protocol_broken
	atf_add_test_case local_errors
	atf_add_test_case locked_key
	atf_add_test_case stopped_by_signal
	atf_add_test_case tls
}

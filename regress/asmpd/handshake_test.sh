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

# The handshake: who is not let in learns nothing, costs little, and is named
# in the log.

. $(atf_get_srcdir)/common.sh

# silent id: this device is refused without a byte after its identity, at the
# one moment that says nothing about why.
silent()
{
	middle -1
	atf_check -s exit:4 -e match:"refused the identity $1: not registered" \
	    -e match:'; or another session of the same identity began at ' \
	    ./through $1 '{"n":"1"}'
	wait ${middle_pid}
	awk '
	    / device HANDSHAKE_INIT / { seen = 1; init = $1 }
	    seen && / gateway [A-Z]/ { print "a frame: " $0 }
	    / gateway end/ { end = $1 }
	    END {
		if (!seen || end - init < 950 || end - init > 1600)
			print "closed after " end - init " ms"
	    }' middle.out > verdict
	atf_check -o empty cat verdict
}

atf_test_case silence
silence_head()
{
	atf_set descr "unknown, revoked, wrong key: the same silence"
	atf_set require.progs sqlite3
}
silence_body()
{
	gateway
	bystander
	device_enrol GOOD
	device_enrol REVOKED
	device_enrol OTHER
	middle -1
	for id in GOOD REVOKED OTHER; do
		atf_check ./send ${id} '{"n":"1"}'
	done
	atf_check ./through GOOD '{"n":"2"}'
	atf_check -o ignore ${ctl} device revoke REVOKED
	atf_check -o ignore ${KEYGEN} UNKNOWN
	# The thief of a name has a key of his own.
	mv GOOD.key good.key
	cp UNKNOWN.key GOOD.key
	silent UNKNOWN
	logged 'session refused: address .* device UNKNOWN reason unknown-device$'
	silent REVOKED
	logged 'session refused: address .* device REVOKED reason revoked-device$'
	silent GOOD
	logged 'session refused: address .* device GOOD reason bad-proof$'
	cp OTHER.key GOOD.key
	silent GOOD
	count 2 'session refused: address .* device GOOD reason bad-proof$'
	mv good.key GOOD.key
	atf_check ./send GOOD '{"n":"3"}'
	stored reading 5 'device > 1'
	bystander_goes_on
	daemon_stop
}

atf_test_case silence_of_other_keys
silence_of_other_keys_head()
{
	atf_set descr "the kind of key does not show either"
}
silence_of_other_keys_body()
{
	gateway
	for t in p256 p384; do
		atf_check -o ignore ${KEYGEN} -t ${t} UNKNOWN.${t}
		silent UNKNOWN.${t}
		device_enrol GOOD.${t}
		cp UNKNOWN.${t}.key GOOD.${t}.key
		silent GOOD.${t}
		logged "device GOOD.${t} reason bad-proof\$"
	done
	daemon_stop
}

# record: what an honest device sends, in rec.device.
record()
{
	device_enrol DEV1
	middle -1 -w rec
	atf_check ./through DEV1 '{"n":"1"}'
	wait ${middle_pid}
}

# garbage reason file [received]: these bytes are refused for this reason, at
# once, with so many bytes of an answer.
garbage()
{
	_line="session refused: address .* device - reason $1\$"
	_before=$(grep -c "${_line}" asmpd.log)
	atf_check -o match:"received ${3:-0} bytes, closed after [0-9]{1,3} ms" \
	    ${REPLAY} -c 127.0.0.1:${port} $2
	count $((_before + 1)) "${_line}"
	bystander_goes_on
}

# bytes word ...: numbers become bytes, in hexadecimal.
bytes()
{
	for _b in "$@"; do
		printf "\\$(printf %o 0x${_b})"
	done
}

# header type sequence length
header()
{
	bytes 00 01 00 $1 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 $2 \
	    00 00 $(printf '%04x' $3 | sed 's/../& /')
}

atf_test_case garbage_first
garbage_first_head()
{
	atf_set descr "what is no HELLO ends at once"
}
garbage_first_body()
{
	gateway
	bystander
	head -c 4096 /dev/zero | tr '\0' '\377' > ff
	garbage version ff
	printf 'GET / HTTP/1.1\r\nHost: gateway.example.org\r\n\r\n' > http
	garbage version http
	head -c 100 /dev/zero > zeros
	garbage version zeros
	{ header 05 00 4097; head -c 4097 /dev/zero; } > long
	garbage length long
	header 05 00 65535 > longer
	garbage length longer
	for t in 01 02 03 04 06 07 08 09 0a 0b 0c 0d 00 63; do
		header ${t} 00 0 > type
		garbage type type
	done
	daemon_stop
}

# hello profile options max_in: a HELLO with an honest key.
hello()
{
	{ header 05 00 36
	  bytes $1 $2 $3
	  tail -c +29 rec.device | head -c 32; } > hello
}

atf_test_case hello
hello_head()
{
	atf_set descr "every field of HELLO is checked"
}
hello_body()
{
	gateway
	bystander
	record
	head -c 60 rec.device > first
	hello 02 00 '04 00'
	atf_check -s exit:1 -o match:'received 227 bytes, open' \
	    ${REPLAY} -t 1 -c 127.0.0.1:${port} hello
	hello 00 00 '04 00'
	garbage profile hello
	hello 07 00 '04 00'
	garbage profile hello
	hello ff 00 '04 00'
	garbage profile hello
	hello 02 02 '04 00'
	garbage hello hello
	hello 02 80 '04 00'
	garbage hello hello
	hello 02 00 '01 ff'
	garbage hello hello
	hello 02 00 '00 00'
	garbage hello hello
	{ header 05 00 35; tail -c +25 first | head -c 35; } > hello
	garbage hello hello
	{ header 05 00 37; tail -c +25 first; bytes 00; } > hello
	garbage hello hello
	header 05 00 0 > hello
	garbage hello hello
	# A key that leads to a secret everybody knows.
	{ header 05 00 36; bytes 02 00 04 00; head -c 32 /dev/zero; } > hello
	garbage agreement hello
	{ header 05 01 36; tail -c +25 first; } > hello
	garbage sequence hello
	daemon_stop
}

atf_test_case garbage_second
garbage_second_head()
{
	atf_set descr "after the gateway's answer only an identity can follow"
}
garbage_second_body()
{
	gateway
	bystander
	record
	head -c 60 rec.device > first
	{ cat first; head -c 200 /dev/zero; } > second
	garbage version second 227
	{ cat first; header 01 01 4097; } > second
	garbage length second 227
	{ cat first; header 01 01 0; } > second
	garbage handshake-mac second 227
	{ cat first; header 01 01 16; head -c 16 /dev/zero; } > second
	garbage handshake-mac second 227
	{ cat first; header 01 01 4096; head -c 4096 /dev/zero; } > second
	garbage handshake-mac second 227
	{ cat first; header 01 02 16; head -c 16 /dev/zero; } > second
	garbage sequence second 227
	for t in 02 03 04 05 06 07 08 09 0a 0b 0c 0d 00 63; do
		{ cat first; header ${t} 01 0; } > second
		garbage type second 227
	done
	daemon_stop
}

# too_slow file received: who goes no further is closed in time.
too_slow()
{
	_line='(session refused|connection without a word): .* reason timeout$'
	_before=$(grep -Ec "${_line}" asmpd.log)
	atf_check -o save:slow ${REPLAY} -t 10 -c 127.0.0.1:${port} $1
	atf_check -o match:"received $2 bytes, closed after (9[0-9][0-9]|1[0-6][0-9][0-9]) ms" \
	    cat slow
	count $((_before + 1)) "${_line}"
}

atf_test_case slow
slow_head()
{
	atf_set descr "who does not get on with it is closed in time"
}
slow_body()
{
	gateway 'handshake timeout 1'
	bystander
	record
	: > nothing
	too_slow nothing 0
	head -c 1 rec.device > part
	too_slow part 0
	head -c 40 rec.device > part
	too_slow part 0
	head -c 60 rec.device > part
	too_slow part 227
	head -c 100 rec.device > part
	too_slow part 227
	bystander_goes_on
	daemon_stop
}

# kept_out reason: a further connection is refused, those inside do not mind.
kept_out()
{
	: > nothing
	_ups=$(grep -c 'session up: device DEV1 ' asmpd.log)
	atf_check -o match:'received 0 bytes, closed after [0-9]{1,3} ms' \
	    ${REPLAY} -c 127.0.0.1:${port} nothing
	logged "connection refused: address 127\.0\.0\.1:[0-9]+ reason $1 "
	atf_check -s exit:2 -e ignore ./send DEV1 '{"n":"2"}'
	bystander_goes_on
	count ${_ups} 'session up: device DEV1 '
}

atf_test_case half_open_limit
half_open_limit_head()
{
	atf_set descr "a crowd in the door keeps out only who comes later"
	atf_set require.progs jq
}
half_open_limit_body()
{
	gateway 'handshake timeout 30' 'limit half-open 3'
	bystander
	record
	head -c 60 rec.device > first
	crowd 3 first
	wait_for ${SOON} half_open 3 || atf_fail "no crowd"
	wait_for ${SOON} answered 3 || atf_fail "no answers"
	kept_out half-open
	crowd_leaves
	atf_check ./send DEV1 '{"n":"2"}'
	bystander_goes_on
	daemon_stop
}

# answered n: so many in the crowd have said their first word.
answered()
{
	[ $(${ctl} -j show memory | jq '.processes[] |
	    select(.process == "parent") | .counters.signed') -ge $(($1 + 2)) ]
}

atf_test_case silent_crowd
silent_crowd_head()
{
	atf_set descr "a crowd that says nothing keeps nobody out"
}
silent_crowd_body()
{
	gateway 'handshake timeout 30' 'limit half-open 3'
	bystander
	device_enrol DEV1
	: > nothing
	crowd 3 nothing
	wait_for ${SOON} half_open 3 || atf_fail "no crowd"
	atf_check ./send DEV1 '{"n":"1"}' '{"n":"2"}'
	count 0 'connection refused: '
	bystander_goes_on
	crowd_leaves
	daemon_stop
}

atf_test_case source_half_open_limit
source_half_open_limit_head()
{
	atf_set descr "one address cannot be the whole crowd"
}
source_half_open_limit_body()
{
	gateway 'handshake timeout 30' 'limit half-open per source 3'
	bystander
	device_enrol DEV1
	: > nothing
	crowd 3 nothing
	wait_for ${SOON} half_open 3 || atf_fail "no crowd"
	kept_out source-limit
	crowd_leaves
	atf_check ./send DEV1 '{"n":"1"}'
	bystander_goes_on
	daemon_stop
}

atf_test_case source_rate_limit
source_rate_limit_head()
{
	atf_set descr "one address cannot come too often in a second"
}
source_rate_limit_body()
{
	gateway 'handshake timeout 30' 'limit new per source 3'
	bystander
	# Twelve at once fall into two seconds at most: half are too many.
	: > nothing
	crowd 12 nothing
	logged 'connection refused: address 127\.0\.0\.1:[0-9]+ reason source-limit '
	bystander_goes_on
	crowd_leaves
	daemon_stop
}

atf_test_case session_limit
session_limit_head()
{
	atf_set descr "a full gateway says so and serves whom it has"
}
session_limit_body()
{
	gateway 'limit sessions 1'
	bystander
	device_enrol DEV1
	kept_out busy
	daemon_stop
}

atf_test_case replaced
replaced_head()
{
	atf_set descr "a device's new session ends its old one"
	atf_set require.progs sqlite3
}
replaced_body()
{
	gateway
	device_enrol DEV1
	online DEV1
	echo '{"n":"1"}' >&9
	logged 'RECEIVED\] device DEV1 id 1 '
	atf_check -e match:'session is open, last id 1' \
	    ./send DEV1 -v '{"n":"2"}'
	logged 'session down: device DEV1 address .* reason replaced$'
	count 2 'session up: device DEV1 '
	wait ${online_pid}
	atf_check_equal 2 $?
	atf_check -o match:'the gateway ended the session: The same device opened a newer' \
	    cat DEV1.out
	sql 'SELECT id FROM reading ORDER BY seq' -o inline:'1\n2\n'
	daemon_stop
}

atf_test_case replaced_often
replaced_often_head()
{
	atf_set descr "one identity in many places: one session, no id twice"
	atf_set require.progs sqlite3
}
replaced_often_body()
{
	gateway
	bystander
	device_enrol DEV1
	seq 200 | sed 's/.*/{"n":"&"}/' > in
	clones=
	for n in 1 2 3 4 5 6 7 8; do
		./send DEV1 < in > clone.${n} 2>&1 &
		clones="${clones} $!"
	done
	wait ${clones}
	atf_check ./send DEV1 '{"n":"last"}'
	sql 'SELECT count(*) - count(DISTINCT id) FROM reading
	    WHERE device = 2' -o inline:'0\n'
	sql 'SELECT count(*) FROM reading AS a JOIN reading AS b
	    ON a.device = 2 AND b.device = 2
	    WHERE a.seq < b.seq AND a.id > b.id' -o inline:'0\n'
	atf_check -o not-match:' DEV1$' ${ctl} show sessions
	bystander_goes_on
	daemon_stop
}

atf_test_case another_gateway
another_gateway_head()
{
	atf_set descr "a device says nothing to a gateway it does not know"
}
another_gateway_body()
{
	gateway
	device_enrol DEV1
	atf_check ./send DEV1 '{"n":"1"}'
	mkdir other
	atf_check -o ignore ${KEYGEN} -G -d other GW
	middle -1
	atf_check -s exit:3 -e match:'another key than the one pinned' \
	    ./through DEV1 -g other/GW.pin '{"n":"2"}'
	wait ${middle_pid}
	atf_check -s exit:1 grep HANDSHAKE_INIT middle.out
	logged 'session refused: address .* device - reason lost$'
	daemon_stop
}

# certificate: one for TLS, with its key.
certificate()
{
	atf_check -e ignore openssl req -x509 -newkey ec -pkeyopt \
	    ec_paramgen_curve:P-256 -nodes -keyout k.pem -out c.pem -days 2 \
	    -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1
	chmod 600 k.pem
}

atf_test_case tls
tls_head()
{
	atf_set descr "TLS around it all, and nothing but TLS on its port"
	atf_set require.progs openssl
}
tls_body()
{
	certificate
	tlsport=$(free_port)
	gateway "tls certificate \"$(pwd -P)/c.pem\" key \"$(pwd -P)/k.pem\"" \
	    "listen on 127.0.0.1 port ${tlsport} tls" 'handshake timeout 2'
	bystander
	device_enrol DEV1
	client tls ${tlsport}
	seq 500 | sed 's/.*/{"n":"&"}/' > in
	atf_check ./tls DEV1 -C c.pem < in
	count 500 'RECEIVED\] device DEV1 '
	atf_check -s exit:2 -e ignore ./tls DEV1 '{"n":"1"}'
	logged 'session refused: address .* device - reason tls$'
	# A connection that never begins TLS is as slow as any other.
	: > nothing
	atf_check -o match:'received 0 bytes, closed after (19|2[0-6])[0-9][0-9] ms' \
	    ${REPLAY} -t 10 -c 127.0.0.1:${tlsport} nothing
	logged 'connection without a word: address .* reason timeout$'
	bystander_goes_on
	daemon_stop
}

# net_writes: how often net has tried to write to a device.
net_writes()
{
	${ctl} -j show memory |
	    jq '.processes[] | select(.process == "net") | .counters.writes'
}

atf_test_case tls_cut
tls_cut_head()
{
	atf_set descr "a message of TLS without its end costs nothing while it is waited for"
	atf_set require.progs "jq openssl"
}
tls_cut_body()
{
	certificate
	tlsport=$(free_port)
	gateway "tls certificate \"$(pwd -P)/c.pem\" key \"$(pwd -P)/k.pem\"" \
	    "listen on 127.0.0.1 port ${tlsport} tls" 'handshake timeout 2'
	device_enrol DEV1
	middle -w kept
	atf_check ./through DEV1 '{"n":"1"}'
	middle_stop
	# HELLO, whose answer has to wait until the message is whole.
	head -c 60 kept.device > hello
	before=$(net_writes)
	atf_check -o match:'^closed after (19|2[0-6])[0-9][0-9] ms$' \
	    ${TLSCUT} -c 127.0.0.1:${tlsport} hello
	after=$(net_writes)
	[ $((after - before)) -lt 10 ] ||
	    atf_fail "net wrote $((after - before)) times"
	logged 'session refused: address .* device - reason timeout$'
	daemon_stop
}

# connected n: so many devices have a connection to the gateway.
connected()
{
	[ $(grep -c "^ *[0-9]*: [0-9A-F]*:$(printf %04X ${port}) .* 01 " \
	    /proc/net/tcp) -ge $1 ]
}

atf_test_case crowd
crowd_head()
{
	atf_set descr "many more begin at once than the parent is asked about, and some give up"
	atf_set require.files /proc/net/tcp
}
crowd_body()
{
	gateway
	for _n in $(seq 100); do
		device_enrol D${_n}
	done
	# While nobody answers those who go leave their questions behind.
	kill -STOP ${daemon_pid}
	pids=
	for _n in $(seq 100); do
		./send D${_n} '{"n":"1"}' > D${_n}.out 2>&1 &
		pids="${pids} $!"
	done
	wait_for ${SOON} connected 100 || atf_fail "not all are connected"
	set -- ${pids}
	for _n in $(seq 50); do
		kill $1
		wait $1
		shift
	done 2> /dev/null
	kill -CONT ${daemon_pid}
	for _n in $(seq 51 100); do
		wait $1 || atf_fail "D${_n}: $(head -n 1 D${_n}.out)"
		shift
	done
	atf_check -o match:'^half-open +0$' ${ctl} show
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case silence
	atf_add_test_case silence_of_other_keys
	atf_add_test_case garbage_first
	atf_add_test_case hello
	atf_add_test_case garbage_second
	atf_add_test_case slow
	atf_add_test_case half_open_limit
	atf_add_test_case silent_crowd
	atf_add_test_case crowd
	atf_add_test_case source_half_open_limit
	atf_add_test_case source_rate_limit
	atf_add_test_case session_limit
	atf_add_test_case replaced
	atf_add_test_case replaced_often
	atf_add_test_case another_gateway
	atf_add_test_case tls
	atf_add_test_case tls_cut
}

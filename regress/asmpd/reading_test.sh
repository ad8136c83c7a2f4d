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

# Readings: what is accepted, what is refused and why, and what is kept.

. $(atf_get_srcdir)/common.sh

atf_test_case accepted
accepted_head()
{
	atf_set descr "an accepted reading is stored before it is acknowledged"
	atf_set require.progs sqlite3
}
accepted_body()
{
	gateway
	device_enrol DEV1
	before=$(date +%s)000
	atf_check ./send DEV1 '{"t":37.4,"unit":"C"}'
	after=$(date +%s)999
	logged 'session up: device DEV1 address 127\.0\.0\.1:[0-9]+ profile asmp proof signature$'
	logged '\[DATA RECEIVED\] device DEV1 id 1 {"t":37.4,"unit":"C"}$'
	logged 'session down: device DEV1 address .* reason done$'
	sql "SELECT id, data FROM reading WHERE device = (SELECT number FROM
	    device WHERE id = 'DEV1') AND time BETWEEN ${before} AND ${after}
	    AND received BETWEEN ${before} AND ${after}" \
	    -o inline:'1|{"t":37.4,"unit":"C"}\n'
	stored blocked 0 true
	atf_check -o match:'^last id +1$' -o match:'^readings accepted +1$' \
	    -o match:'^readings blocked +0$' ${ctl} show device DEV1
	daemon_stop
}

atf_test_case without_clock
without_clock_head()
{
	atf_set descr "a device without a clock is believed to have none"
	atf_set require.progs sqlite3
}
without_clock_body()
{
	gateway
	device_enrol DEV1
	atf_check ./send DEV1 -n '{"t":1}'
	stored reading 1 'time = 0 AND received > 0'
	daemon_stop
}

atf_test_case every_key_type
every_key_type_head()
{
	atf_set descr "devices with each kind of key are served"
}
every_key_type_body()
{
	gateway
	for t in ed25519 p256 p384; do
		device_enrol DEV.${t} -t ${t}
		atf_check ./send DEV.${t} '{"t":1}' '{"t":2}'
		logged "RECEIVED\] device DEV.${t} id 2 "
	done
	daemon_stop
}

atf_test_case log_data
log_data_head()
{
	atf_set descr "readings are in the log only when it is asked for"
	atf_set require.progs sqlite3
}
log_data_body()
{
	daemon_conf
	daemon_start
	client send ${port}
	device_enrol DEV1
	atf_check ./send DEV1 '{"quiet":1}'
	stored reading 1 true
	count 1 'session up'
	count 0 'DATA RECEIVED'
	echo 'log data yes' >> asmpd.conf
	atf_check -o ignore ${ctl} reload
	atf_check ./send DEV1 '{"loud":1}'
	count 1 'DATA RECEIVED\] device DEV1 id 2 {"loud":1}'
	daemon_stop
}

# messages id key profile: what is said, in the plain, by these.
messages()
{
	atf_check -o match:'^acked [0-9]' -o match:'^text 1 hello$' \
	    ./say $2 -P $3 open 'reading {"n":"1"}' 'expect acked' \
	    'reading {"n":"two"}' 'expect acked' 'text 1 hello' 'expect text'
	atf_check -o match:'^refused [0-9]+ json$' ./say $2 -P $3 open \
	    'reading {"n":"3"}' 'expect acked' 'on 3 {"n":}' 'expect refused'
}

# recorded id first: how the audit log has this, of readings from there on.
recorded()
{
	for _m in "DECRYPTED stream 3 bytes 25 id $2" \
	    "DECRYPTED stream 3 bytes 27 id $(($2 + 1))" \
	    'DECRYPTED stream 1 bytes 5' 'ENCRYPTED stream 1 bytes 5' \
	    "DECRYPTED stream 3 bytes 25 id $(($2 + 2))"; do
		echo "MESSAGE_${_m%% *}|$1|GW|${_m#* }|success"
	done
}

atf_test_case messages
messages_head()
{
	atf_set descr "I-21: each message is in the audit log where that is asked for"
	atf_set require.progs sqlite3
}
messages_body()
{
	gateway
	device_enrol DEV1
	atf_check -o ignore ${KEYGEN} -t mlkem768 KEM
	enrol KEM.kem
	for on in no yes no; do
		echo "audit messages ${on}" >> asmpd.conf
		atf_check -o ignore ${ctl} reload
		messages DEV1 DEV1.key hybrid
		messages KEM KEM.kem iomt
	done
	atf_check -o inline:'0\n' sh -c "${ctl} -j show memory |
	    sed 's/.*\"unaudited\":\([0-9]*\).*/\1/'"
	daemon_stop
	{ recorded DEV1 5; recorded KEM 5; } > want
	sql "SELECT json_extract(data, '\$.event_type'),
	    json_extract(data, '\$.device_id'),
	    json_extract(data, '\$.gateway_id'),
	    json_extract(data, '\$.message'), json_extract(data, '\$.status')
	    FROM audit WHERE data GLOB '*\"MESSAGE_*' ORDER BY seq" \
	    -o file:want
	stored audit 6 "data LIKE '%\"READING_BLOCKED\"%reason json%'"
}

# all_stored n: so many readings are.
all_stored()
{
	[ $(sqlite3 -readonly -cmd '.timeout 2000' db/asmpd.db \
	    'SELECT count(*) FROM reading') -eq $1 ]
}

atf_test_case messages_lost
messages_lost_head()
{
	atf_set descr "what the audit log does not take is counted, and no reading waits for it"
	atf_set require.progs jq sqlite3
}
messages_lost_body()
{
	gateway 'audit messages yes'
	device_enrol DEV1
	online DEV1
	kill -STOP ${daemon_pid}
	seq 20000 | sed 's/.*/{"n":"&"}/' >&9
	wait_for 60 all_stored 20000 || atf_fail "readings wait"
	kill -CONT ${daemon_pid}
	unaudited=$(${ctl} -j show memory | jq '.processes[] |
	    select(.process == "verify") | .counters.unaudited')
	[ ${unaudited} -gt 0 ] || atf_fail "the pipe took all"
	exec 9>&-
	daemon_stop
	sql "SELECT ${unaudited} + count(*) + (SELECT
	    coalesce(sum(CAST(json_extract(data, '\$.message') AS INTEGER)), 0)
	    FROM audit WHERE data GLOB '*\"EVENTS_LOST\"*') FROM audit
	    WHERE data GLOB '*\"MESSAGE_DECRYPTED\"*'" -o inline:'20000\n'
}

atf_test_case made_safe
made_safe_head()
{
	atf_set descr "what a device says cannot forge a line of the log"
}
made_safe_body()
{
	gateway
	device_enrol DEV1
	atf_check ./send DEV1 '{"a":"\u000a\\\"","ü":1}'
	logged 'RECEIVED\] device DEV1 id 1 {"a":"\\134u000a'
	logged '"\\303\\274":1}$'
	daemon_stop
}

atf_test_case ids_go_on
ids_go_on_head()
{
	atf_set descr "ids rise across sessions and restarts, each taken once"
	atf_set require.progs sqlite3
}
ids_go_on_body()
{
	gateway
	device_enrol DEV1
	atf_check -e match:'last id 0' -e match:'2 readings acknowledged' \
	    ./send DEV1 -v '{"n":"1"}' '{"n":"2"}'
	atf_check -e match:'last id 2' ./send DEV1 -v '{"n":"3"}'
	daemon_stop
	daemon_start -v
	atf_check -e match:'last id 3' ./send DEV1 -v '{"n":"4"}'
	sql 'SELECT id FROM reading ORDER BY seq' -o inline:'1\n2\n3\n4\n'
	daemon_stop
}

atf_test_case many
many_head()
{
	atf_set descr "thousands at once are all there, in order, few commits"
	atf_set require.progs sqlite3
}
many_body()
{
	gateway
	device_enrol DEV1
	seq 5000 | sed 's/.*/{"n":"&"}/' > in
	atf_check -e match:'5000 readings acknowledged, 0 refused' \
	    ./send DEV1 -v < in
	sql 'SELECT data FROM reading ORDER BY id' -o file:in
	daemon_stop
}

# refused_json text pattern: the insider's client sends it as it is; it is
# kept with its reason, the session ends, the next one is welcome.
refused_json()
{
	nrefused=$((nrefused + 1))
	atf_check -s exit:5 -e match:'was refused: The reading is not strict' \
	    ./send DEV1 -r "$1"
	id=$((nrefused * 2))
	logged "reading blocked: device DEV1 id ${id} reason json: $2 data "
	logged 'session down: device DEV1 address .* reason json$'
	sql "SELECT reason, CAST(data AS TEXT) FROM blocked WHERE id = ${id}" \
	    -o inline:"json|$1\n"
	atf_check ./send DEV1 "{\"ok\":\"${nrefused}\"}"
	count ${nrefused} 'session down: .* reason json$'
}

atf_test_case json
json_head()
{
	atf_set descr "what is not strict JSON is kept apart with its reason"
	atf_set require.progs sqlite3
}
json_body()
{
	gateway
	device_enrol DEV1
	nrefused=0
	atf_check ./send DEV1 -r '{"ok":"0"}'
	number='not a finite JSON number at byte'
	twice='a key appears twice at byte'
	refused_json '{"t":NaN}' "${number} 6"
	refused_json '{"t":Infinity}' "${number} 6"
	refused_json '{"t":-Infinity}' "${number} 7"
	refused_json '{"t":1e999}' "${number} 6"
	refused_json '{"t":01}' "${number} 7"
	refused_json '{"t":1,"t":2}' "${twice} 9"
	refused_json '{"a":{"t":1,"t":2}}' "${twice} 14"
	refused_json '{"t":1,"\u0074":2}' "${twice} 9"
	refused_json '[1]' 'not a JSON object at byte 1'
	refused_json '37.4' 'not a JSON object at byte 1'
	refused_json '{"t":1}x' 'something follows the object at byte 8'
	refused_json '{"t":1' 'not JSON at byte 7'
	refused_json "{\"t\":\"$(printf '\377')\"}" 'not UTF-8, .* at byte 7'
	refused_json '{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}}' \
	    'nested too deeply at byte 41'
	stored reading $((nrefused + 1)) true
	stored blocked ${nrefused} true
	daemon_stop
}

atf_test_case rest_is_dropped
rest_is_dropped_head()
{
	atf_set descr "before a blocked reading all stand, after it none"
	atf_set require.progs sqlite3
}
rest_is_dropped_body()
{
	gateway
	device_enrol DEV1
	atf_check -s exit:5 -e match:'argument 3 \(id 3\) was refused' \
	    -e match:'send those from argument 4 on again' \
	    -e not-match:'may be stored already' \
	    ./send DEV1 -r '{"n":"1"}' '{"n":"2"}' '{"n":}' '{"n":"4"}' \
	    '{"n":"5"}'
	sql 'SELECT id FROM reading ORDER BY id' -o inline:'1\n2\n'
	sql 'SELECT id FROM blocked' -o inline:'3\n'
	# The refused one keeps its id; what comes next has the one after.
	atf_check ./send DEV1 '{"n":"4"}'
	sql 'SELECT id FROM reading ORDER BY id' -o inline:'1\n2\n4\n'
	daemon_stop
}

# usual: ten readings of 25.0 with a little noise.
usual()
{
	for n in 0 1 -1 0 1 -1 1 0 -1 0; do
		awk -v n=${n} 'BEGIN { printf "{\"t\":%.1f}\n", 25 + n / 10 }'
	done
}

# insider: with the right key, and a reading that is not right.
insider()
{
	atf_check -s exit:5 -e match:'was refused: The reading is far from' \
	    ./send DEV1 '{"t":27.0}'
	logged "blocked: device DEV1 id $1 reason anomaly: t is 27, normal is 25 \+- 0\.0[0-9]+ data {\"t\":27.0}$"
	sql "SELECT reason, CAST(data AS TEXT) FROM blocked WHERE id = $1" \
	    -o inline:'anomaly|{"t":27.0}\n'
}

atf_test_case anomaly
anomaly_head()
{
	atf_set descr "27.0 after 25.0 +- 0.1, now, after reconnect, restart"
	atf_set require.progs sqlite3
}
anomaly_body()
{
	gateway
	device_enrol DEV1
	usual > in
	atf_check ./send DEV1 < in
	stored reading 10 true
	atf_check ./send DEV1 '{"t":25.1}'
	insider 12
	logged 'session down: device DEV1 address .* reason anomaly$'
	# A new session does not start from nothing, nor does a new daemon.
	insider 13
	daemon_stop
	daemon_start -v
	insider 14
	atf_check ./send DEV1 '{"t":24.9}'
	stored reading 12 true
	stored blocked 3 "reason = 'anomaly'"
	atf_check -o match:'^readings blocked +3$' ${ctl} show device DEV1
	daemon_stop
}

atf_test_case anomaly_is_per_device
anomaly_is_per_device_head()
{
	atf_set descr "what is strange for one device is usual for another"
}
anomaly_is_per_device_body()
{
	gateway
	device_enrol DEV1
	device_enrol DEV2
	usual > in
	atf_check ./send DEV1 < in
	atf_check ./send DEV2 '{"t":27.0}'
	atf_check -s exit:5 -e ignore ./send DEV1 '{"t":27.0}'
	# Another field of the same device knows nothing yet.
	atf_check ./send DEV1 '{"u":27.0}'
	daemon_stop
}

atf_test_case blocked_is_not_learned
blocked_is_not_learned_head()
{
	atf_set descr "patience does not move what is normal"
	atf_set require.progs sqlite3
}
blocked_is_not_learned_body()
{
	gateway
	device_enrol DEV1
	usual > in
	atf_check ./send DEV1 < in
	for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
		atf_check -s exit:5 -e ignore ./send DEV1 '{"t":25.5}'
	done
	count 12 'reason anomaly: t is 25.5, normal is 25 '
	stored blocked 12 true
	daemon_stop
}

atf_test_case rules
rules_head()
{
	atf_set descr "rules about fields hold, and change with a reload"
}
rules_body()
{
	gateway 'anomaly field "wild" ignore' 'anomaly field "t*" floor 5'
	device_enrol DEV1
	seq 12 | sed 's/.*/{"wild":1,"temp":25,"other":1}/' > in
	atf_check ./send DEV1 < in
	atf_check ./send DEV1 '{"wild":1e6}' '{"temp":35}'
	atf_check -s exit:5 -e ignore ./send DEV1 '{"temp":45}'
	logged 'reason anomaly: temp is 45, normal is 25 \+- 5 data'
	atf_check -s exit:5 -e ignore ./send DEV1 '{"other":1.1}'
	logged 'reason anomaly: other is 1\.1, normal is 1 \+- 0\.01 data'
	sed -i -e '/anomaly field/d' asmpd.conf
	echo 'anomaly floor 20' >> asmpd.conf
	atf_check -o ignore ${ctl} reload
	atf_check ./send DEV1 '{"temp":45}'
	atf_check ./send DEV1 '{"other":1.1}'
	atf_check -s exit:5 -e ignore ./send DEV1 '{"wild":1e6}'
	logged 'reason anomaly: wild is 1e\+06, normal is 1 \+- 20 data'
	daemon_stop
}

atf_test_case samples_and_threshold
samples_and_threshold_head()
{
	atf_set descr "the configuration says how many samples and how far"
}
samples_and_threshold_body()
{
	gateway 'anomaly samples 2' 'anomaly threshold 10' 'anomaly floor 0.1'
	device_enrol DEV1
	atf_check ./send DEV1 '{"t":25}' '{"t":25}' '{"t":25.9}'
	atf_check -s exit:5 -e ignore ./send DEV1 '{"t":26.1}'
	logged 'reason anomaly: t is 26\.1, normal is 25 \+- 0\.1 data'
	daemon_stop
}

atf_test_case out_of_range
out_of_range_head()
{
	atf_set descr "a number whose square is none is refused by its reason"
}
out_of_range_body()
{
	gateway
	device_enrol DEV1
	atf_check ./send DEV1 '{"t":1e149}'
	atf_check -s exit:5 -e match:'was refused: A reading was malformed' \
	    ./send DEV1 '{"t":-1e151}'
	logged 'reason reading: a number too large data {"t":-1e151}$'
	daemon_stop
}

atf_test_case too_many_fields
too_many_fields_head()
{
	atf_set descr "a device may not fill the memory with names of fields"
}
too_many_fields_body()
{
	gateway
	device_enrol DEV1
	seq 64 | sed 's/.*/{"f&":1}/' > in
	atf_check ./send DEV1 < in
	atf_check ./send DEV1 '{"f64":1}'
	atf_check -s exit:5 -e ignore ./send DEV1 '{"f65":1}'
	logged 'reason reading: more numeric fields than a device may have'
	daemon_stop
}

atf_test_case too_long
too_long_head()
{
	atf_set descr "the client keeps back what the gateway does not take"
}
too_long_body()
{
	gateway
	bystander
	device_enrol DEV1
	# 16384 of payload are 16 of id and time, JSON, 16 of tag.
	printf '{"s":"%16344s"}' x > most
	printf '{"s":"%16345s"}' x > over
	atf_check ./send DEV1 "$(cat most)"
	atf_check -s exit:5 -e match:'longer than 16352 bytes: not sent' \
	    ./send DEV1 "$(cat over)"
	count 1 'RECEIVED\] device DEV1 '
	# A frame that announces one byte more is not even waited for.
	middle -m set:device:DATA:1:20:00004001
	atf_check -s exit:6 -e match:'maximum|longer|long' ./through DEV1 \
	    '{"n":"1"}'
	logged 'session down: device DEV1 address .* reason length$'
	bystander_goes_on
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case accepted
	atf_add_test_case without_clock
	atf_add_test_case every_key_type
	atf_add_test_case log_data
	atf_add_test_case messages
	atf_add_test_case messages_lost
	atf_add_test_case made_safe
	atf_add_test_case ids_go_on
	atf_add_test_case many
	atf_add_test_case json
	atf_add_test_case rest_is_dropped
	atf_add_test_case anomaly
	atf_add_test_case anomaly_is_per_device
	atf_add_test_case blocked_is_not_learned
	atf_add_test_case rules
	atf_add_test_case samples_and_threshold
	atf_add_test_case out_of_range
	atf_add_test_case too_many_fields
	atf_add_test_case too_long
}

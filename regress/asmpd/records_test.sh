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


# The records of the key registry: devices' keys, events, what is counted of
# them, and the database in which they are.  Each method of I-26 to I-40 is a
# command, or what asmpd does by itself.

. $(atf_get_srcdir)/common.sh

MONITOR=BP_MONITOR_001
PUMP=INSULIN_PUMP_002
VITALS='Patient vitals: BP=145/92, HR=88, O2=96%, Temp=37.2C'
MICROS='^20[0-9-]*T[0-9:]*[.][0-9]{6}Z$'	# a time, for jq

# monitor id: a device of profile iomt, enrolled.
monitor()
{
	atf_check -o save:$1.made ${KEYGEN} -t mlkem768 $1
	enrol $1.kem
}

# visit id [text]: it comes in, sends that, and leaves.
visit()
{
	atf_check -e ignore ${ASMP} -P iomt -g GW.pin -k $1.kem -p ${port} \
	    127.0.0.1 "${2:-${VITALS}}"
}

# json path command ...: what jq has of the answer; exact.
json()
{
	_path=$1
	shift
	${ctl} -j "$@" | jq -c "${_path}"
}

# is text path command ...
is()
{
	_text=$1
	shift
	atf_check_equal "${_text}" "$(json "$@")"
}

# counted id n: so many events of a device are there, or soon.
counted()
{
	[ "$(json .device_status.total_events device status $1)" = "$2" ]
}

# events id n
events()
{
	wait_for ${SOON} counted "$@" ||
	    atf_fail "$1 has $(json .device_status device status $1)"
}

atf_test_case keys
keys_head()
{
	atf_set descr "I-16, I-17, I-22, I-24, I-30 to I-33, I-44: the record of a key, from enrolment to its end"
	atf_set require.progs "jq sqlite3"
}
keys_body()
{
	gateway
	is '["ok",[]]' '[.status, .device_keys]' device keys
	monitor ${MONITOR}
	hash=$(grep -o '0x[0-9a-f]*' ${MONITOR}.made | head -n 1)
	# Enrolled, and not yet authenticated.
	is "{\"device_id\":\"${MONITOR}\",\"public_key\":\"${hash}\",\"shared_secret\":null,\"gateway_id\":null,\"active\":true,\"authenticated_at\":null,\"last_activity\":null}" \
	    '.device_keys[0]' device keys
	before=$(date -u +%Y-%m-%dT%H:%M:%S)
	visit ${MONITOR}
	events ${MONITOR} 1
	is '["device_id","public_key","shared_secret","gateway_id","active","authenticated_at","last_activity"]' \
	    '.device_keys[0] | keys_unsorted' device keys ${MONITOR}
	is "[\"${MONITOR}\",\"${hash}\",\"GW\",true]" \
	    '.device_keys[0] | [.device_id, .public_key, .gateway_id, .active]' \
	    device keys ${MONITOR}
	is 'true' ".device_keys[0] | (.authenticated_at |
	    test(\"${MICROS}\") and . >= \"${before}\") and
	    .authenticated_at == .last_activity" device keys ${MONITOR}
	# What was sealed for it is in the database, and nothing in clear.
	sealed=$(json '.device_keys[0].shared_secret' device keys ${MONITOR} |
	    tr -d '"')
	sql "SELECT '0x' || lower(hex(sealed)) FROM auth" \
	    -o inline:"${sealed}\n"
	atf_check -o match:'^yes  *20.*Z  *20.*Z  *GW  *'"${MONITOR}  *${hash} ${sealed}\$" \
	    ${ctl} device keys
	# The same device again: one record, a later time, another secret.
	first=$(json '.device_keys[0].authenticated_at' device keys)
	visit ${MONITOR}
	events ${MONITOR} 2
	is '[1,true,true]' "[(.device_keys | length),
	    .device_keys[0].authenticated_at > ${first},
	    .device_keys[0].shared_secret != \"${sealed}\"]" device keys
	# What ends a key says whether there was one.
	atf_check -o ignore ${ctl} device revoke ${MONITOR}
	is 'false' '.device_keys[0].active' device keys ${MONITOR}
	atf_check -s exit:2 -e match:'no such device' \
	    ${ctl} device revoke NOBODY
	atf_check -s exit:2 -e match:'device keys NOBODY: no such device' \
	    ${ctl} device keys NOBODY
	is '["error","notfound"]' '[.status, .code]' device keys NOBODY
	daemon_stop
}

# Keys of each kind, and of so many devices that they come in many parts.
atf_test_case all_keys
all_keys_head()
{
	atf_set descr "I-32, I-44: all keys, a page at a time, without what is secret"
	atf_set require.progs "jq sqlite3"
}
all_keys_body()
{
	gateway
	device_enrol DEV1
	device_enrol DEV2 -t p256
	atf_check -o ignore ${KEYGEN} -t psk 7
	enrol 7.psk
	atf_check -o ignore ${ctl} device add CLERK token
	raw=$(sed -n 's/.*ed25519:\([A-Za-z0-9+/=]*\).*/\1/p' DEV1.pub |
	    base64 -d | od -An -v -tx1 | tr -d ' \n')
	[ -n "${raw}" ] || raw=$(${ctl} -j device show DEV1 |
	    jq -r '.device.key' | sed 's/.*://' | base64 -d |
	    od -An -v -tx1 | tr -d ' \n')
	is "[[\"DEV1\",\"0x${raw}\"],[\"DEV2\",132],[\"7\",\"\"],[\"CLERK\",\"\"]]" \
	    '[.device_keys[] | [.device_id, if .device_id == "DEV2" then
	    (.public_key | length) else .public_key end]]' device keys
	for n in $(seq 300); do
		printf 'T%u token\n' ${n}
	done > many
	atf_check -o ignore ${ctl} device import lines many
	is '[304,304,"T300"]' '[.count, (.device_keys | map(.device_id) |
	    unique | length), .device_keys[-1].device_id]' device keys
	is '["T299"]' '[.device_keys[].device_id]' device keys T299
	daemon_stop
}

atf_test_case status
status_head()
{
	atf_set descr "I-18 to I-21, I-23, I-25, I-34, I-38, I-46, I-50: one event, counted and recorded"
	atf_set require.progs "jq sqlite3"
}
status_body()
{
	gateway
	monitor ${MONITOR}
	is "{\"device_id\":\"${MONITOR}\",\"active\":true,\"total_events\":0,\"successful_auths\":0,\"failed_auths\":0,\"last_activity\":null}" \
	    .device_status device status ${MONITOR}
	visit ${MONITOR}
	events ${MONITOR} 1
	is '["device_id","active","total_events","successful_auths","failed_auths","last_activity"]' \
	    '.device_status | keys_unsorted' device status ${MONITOR}
	is '[true,1,1,0]' '.device_status | [.active, .total_events,
	    .successful_auths, .failed_auths]' device status ${MONITOR}
	is '{"total_devices":1,"active_devices":1,"authenticated_devices":1,"total_events":1,"unique_gateways":1,"gateway_list":["GW"]}' \
	    .statistics show statistics
	is "[[\"AUTHENTICATED\",\"${MONITOR}\",\"GW\",\"success\"]]" \
	    '[.audit_logs[] | select(.event_type == "AUTHENTICATED") |
	    [.event_type, .device_id, .gateway_id, .status]]' \
	    audit show device ${MONITOR}
	is true '.audit_logs | all(has("message") and has("timestamp"))' \
	    audit show
	is true ".device_status.last_activity | test(\"${MICROS}\")" \
	    device status ${MONITOR}
	# While it is shut out it fails.
	atf_check -o ignore ${ctl} device disable ${MONITOR}
	is '[false,0]' "[$(json .device_status.active device status \
	    ${MONITOR}), .statistics.active_devices]" show statistics
	atf_check -s not-exit:0 -e ignore ${ASMP} -P iomt -g GW.pin \
	    -k ${MONITOR}.kem -p ${port} 127.0.0.1 x
	atf_check -o ignore ${ctl} device enable ${MONITOR}
	events ${MONITOR} 2
	is '[true,2,1,1]' '.device_status | [.active, .total_events,
	    .successful_auths, .failed_auths]' device status ${MONITOR}
	atf_check -o ignore ${ctl} device revoke ${MONITOR}
	events ${MONITOR} 3
	is '[false,3,1,1]' '.device_status | [.active, .total_events,
	    .successful_auths, .failed_auths]' device status ${MONITOR}
	is '[1,0,1,3]' '.statistics | [.total_devices, .active_devices,
	    .authenticated_devices, .total_events]' show statistics
	atf_check -o match:'^active  *no$' -o match:'^events  *3$' \
	    -o match:'^successful auths  *1$' -o match:'^failed auths  *1$' \
	    -o match:'^last activity  *20.*[.][0-9]{6}Z$' \
	    ${ctl} device status ${MONITOR}
	atf_check -o match:'^devices  *1$' -o match:'^active devices  *0$' \
	    -o match:'^authenticated  *1$' -o match:'^gateway  *GW$' \
	    ${ctl} show statistics
	daemon_stop
}

# Ids that nobody enrolled, one for each try.
atf_test_case strangers
strangers_head()
{
	atf_set descr "I-48: attempts that fail are events, and no device of theirs is counted"
	atf_set require.progs "jq sqlite3"
}
strangers_body()
{
	gateway
	for n in 1 2 3; do
		atf_check -o ignore ${KEYGEN} -t mlkem768 STRANGER${n}
		atf_check -s not-exit:0 -e ignore ${ASMP} -P iomt -g GW.pin \
		    -k STRANGER${n}.kem -p ${port} 127.0.0.1 x
	done
	wait_for ${SOON} total_is 3 || atf_fail "an attempt is not counted"
	is '[0,0,0,3,["GW"]]' '.statistics | [.total_devices,
	    .active_devices, .authenticated_devices, .total_events,
	    .gateway_list]' show statistics
	is 3 '[.audit_logs[] | select(.event_type == "AUTH_FAILED")] |
	    length' audit show
	stored activity 0 1
	is '[]' .device_keys device keys
	daemon_stop
}

total_is()
{
	[ "$(json .statistics.total_events show statistics)" = $1 ]
}

atf_test_case gateways
gateways_head()
{
	atf_set descr "I-35 to I-37, I-39, I-49: one database, two gateways one after the other"
	atf_set require.progs "jq sqlite3"
}
gateways_body()
{
	daemon_conf
	called GATEWAY_CLINIC_A
	monitor ${MONITOR}
	visit ${MONITOR}
	events ${MONITOR} 1
	daemon_stop
	called GATEWAY_TEST_001
	monitor ${PUMP}
	visit ${PUMP}
	events ${PUMP} 1
	is '{"total_devices":2,"active_devices":2,"authenticated_devices":2,"total_events":2,"unique_gateways":2,"gateway_list":["GATEWAY_CLINIC_A","GATEWAY_TEST_001"]}' \
	    .statistics show statistics
	atf_check -o match:'^gateways  *2$' \
	    -o match:'^gateway  *GATEWAY_CLINIC_A$' \
	    -o match:'^gateway  *GATEWAY_TEST_001$' ${ctl} show statistics
	is "[[\"${MONITOR}\",\"GATEWAY_CLINIC_A\"],[\"${PUMP}\",\"GATEWAY_TEST_001\"]]" \
	    '[.device_keys[] | [.device_id, .gateway_id]]' device keys
	# The events of each gateway, of each device, and of all.
	is '["GATEWAY_TEST_001"]' '[.audit_logs[].gateway_id] | unique' \
	    audit show gateway GATEWAY_TEST_001
	is "[\"${MONITOR}\"]" '[.audit_logs[].device_id] | unique' \
	    audit show device ${MONITOR}
	is "[\"${PUMP}\",\"${MONITOR}\"]" '[.audit_logs[] |
	    select(.event_type == "AUTHENTICATED") | .device_id]' audit show
	is 1 '.audit_logs | length' audit show limit 1
	daemon_stop
}

# called id: the gateway starts under this name.
called()
{
	sed -i "s/^gateway id .*/gateway id \"$1\"/" asmpd.conf
	sed -i "s/^[^ ]* /$1 /" GW.pin
	daemon_start -v
}

atf_test_case database
database_head()
{
	atf_set descr "I-26 to I-29, I-42: where the records are, and whether they can be read"
	atf_set require.progs "jq sqlite3"
}
database_body()
{
	gateway
	is '["uri","database","collections","status","schema_version","engine"]' \
	    '.database | keys_unsorted' show database
	is "[\"file:$(pwd -P)/db/asmpd.db\",\"asmpd.db\",\"Connected\",3]" \
	    '.database | [.uri, .database, .status, .schema_version]' \
	    show database
	is true '.database | (.engine | startswith("SQLite 3.")) and
	    (.collections | index("device") != null and
	    index("audit") != null)' show database
	atf_check -o match:'^status  *Connected$' -o match:'^schema  *3$' \
	    -o match:'^engine  *SQLite 3' -o match:'^collection  *audit$' \
	    ${ctl} show database
	daemon_stop
	# No daemon, no connection: and no wait for one either.
	atf_check -s exit:1 -e match:'asmpctl: ' ${ctl} show database
	daemon_start -v
	is '"Connected"' .database.status show database
	daemon_stop
}

# Others have the database, or have broken it: each command says so, and
# nothing else comes of it.
atf_test_case failures
failures_head()
{
	atf_set descr "I-41, I-43: a database that is locked or broken is an answer, and never the end"
	atf_set require.progs "jq sqlite3"
}
failures_body()
{
	gateway
	bystander
	monitor ${MONITOR}
	visit ${MONITOR}
	events ${MONITOR} 1
	lock_database
	# What is there can be read; nothing can be added to it.
	is 1 '.device_status.total_events' device status ${MONITOR}
	for command in "add CLERK token" "disable ${MONITOR}" \
	    "revoke ${MONITOR}"; do
		atf_check -s exit:2 -e match:'database is locked' \
		    ${ctl} device ${command}
	done
	is '["error","failed"]' '[.status, .code]' device add CLERK token
	unlock_database
	atf_check -o ignore ${ctl} device add CLERK token
	# Tables that are gone.
	atf_check sqlite3 -cmd '.timeout 5000' db/asmpd.db \
	    'DROP TABLE auth; DROP TABLE activity; DROP TABLE gateway'
	for command in "device keys" "device keys ${MONITOR}"; do
		atf_check -s exit:2 -e match:'no such table: auth' \
		    ${ctl} ${command}
	done
	atf_check -s exit:2 -e match:'no such table: activity' \
	    ${ctl} device status ${MONITOR}
	atf_check -s exit:2 -e match:'no such table: gateway' \
	    ${ctl} show statistics
	is '["error","failed","no such table: gateway"]' \
	    '[.status, .code, .text]' show statistics
	count 0 'fatal'
	has_session BYSTANDER || atf_fail "a session ended"
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case keys
	atf_add_test_case all_keys
	atf_add_test_case status
	atf_add_test_case strangers
	atf_add_test_case gateways
	atf_add_test_case database
	atf_add_test_case failures
}

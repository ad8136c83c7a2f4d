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


# asmpd.conf(5) by itself: what asmpd -n says about it, and -nv makes of it.

. $(atf_get_srcdir)/common.sh

# checked pattern line: -n refuses this line of a configuration and names it.
checked()
{
	{ echo; echo "$2"; cat asmpd.conf; } > bad.conf
	atf_check -s exit:1 -o empty -e match:"bad\.conf:2: $1" \
	    ${ASMPD} -n -f bad.conf
}

# blamed line pattern text: -n refuses text, several lines of a configuration,
# for this line of it and for nothing else.
blamed()
{
	{ printf "$3"; cat asmpd.conf; } > bad.conf
	atf_check -s exit:1 -o empty -e save:bad.log \
	    ${ASMPD} -n -f bad.conf
	[ $(wc -l < bad.log) -eq 1 ] &&
	    grep -Eq -- "bad\.conf:$1: $2\$" bad.log || {
		cat bad.log >&2
		atf_fail "not this alone: line $1: $2"
	}
}

# good text: -n has nothing to say about this.
good()
{
	{ cat asmpd.conf; printf "$1"; } > good.conf
	atf_check -e match:'configuration OK' ${ASMPD} -n -f good.conf
}

# shown line ...: -nv prints these lines for asmpd.conf, and what it prints
# means the same.
shown()
{
	atf_check -o save:once ${ASMPD} -nv -f asmpd.conf
	chmod 600 once
	atf_check -o file:once ${ASMPD} -nv -f once
	for _line in "$@"; do
		atf_check -o ignore grep -Fx -- "${_line}" once
	done
}

# block first text: this is what -nv printed from that line to a brace.
block()
{
	atf_check -o inline:"$2" awk -v first="$1" \
	    '$0 == first { on = 1 } on; /^}/ { on = 0 }' once
}

# named format what: names that are none are refused in such a line.
named()
{
	for _name in '""' '"a b"' 'a.b' 'xxxxxxxxxxxxxxxxx' '"\303\244"'; do
		blamed 1 "$2 \".*\": the name must be 1 to 16 letters, digits, _ and -" \
		    "$(printf "$1" "${_name}")\n"
	done
}

# lines count text: as many of them, with their numbers in place of %.
lines()
{
	seq $1 | awk -v text="$2" '{ t = text; gsub("%", $1, t); print t }'
}

atf_test_case syntax
syntax_head()
{
	atf_set descr "errors of a configuration name file and line"
}
syntax_body()
{
	daemon_conf
	atf_check -e match:'configuration OK' ${ASMPD} -n -f asmpd.conf
	checked 'syntax error' 'limit sesions 3'
	checked 'syntax error' 'listen on 127.0.0.1'
	checked 'syntax error' '}'
	checked 'string without its closing quote' 'user "nobody'
	checked 'must not be empty' 'user ""'
	checked 'macro "none" is not defined' 'user $none'
	checked 'gateway id "a b": must be 1 to 64 of' 'gateway id "a b"'
	checked 'sessions 0: must be between 1 and 1000000' 'limit sessions 0'
	checked 'handshake timeout 61: must be between 1 and 60' \
	    'handshake timeout 61'
	checked 'anomaly samples 1: must be between 2 and 10000' \
	    'anomaly samples 1'
	checked '0: must be above 0' 'anomaly floor 0'
	checked '"nan": must be a number above 0' 'anomaly floor nan'
	checked '"1e999": must be a number above 0' 'anomaly threshold 1e999'
	checked 'listen on 127.0.0.1 port 0: must be between' \
	    'listen on 127.0.0.1 port 0'
	checked 'listen on 127.0.0.1 port 65536: must be between' \
	    'listen on 127.0.0.1 port 65536'
	checked 'listen on localhost port 1: not a numeric address' \
	    'listen on localhost port 1'
	blamed 2 'listen on 127.0.0.1 port 1: is given twice' \
	    'listen on 127.0.0.1 port 1\nlisten on 127.0.0.1 port 1 tls\n'
	checked 'include none.conf: No such file' 'include "none.conf"'
	checked 'anomaly field "x+": longer than 127 bytes' \
	    "anomaly field \"$(printf 'x%.0s' $(seq 128))\" ignore"
}

atf_test_case every_error
every_error_head()
{
	atf_set descr "all errors of a file are shown, not just the first"
}
every_error_body()
{
	daemon_conf
	printf 'bad\nuser "x"\nlimit sessions 0\n' >> asmpd.conf
	n=$(wc -l < asmpd.conf)
	atf_check -s exit:1 -e match:"asmpd\.conf:$((n - 2)): " \
	    -e match:"asmpd\.conf:${n}: " ${ASMPD} -n -f asmpd.conf
}

atf_test_case incomplete
incomplete_head()
{
	atf_set descr "a configuration that lacks something names it"
}
incomplete_body()
{
	daemon_conf
	for what in 'gateway id' 'gateway key' 'gateway seal'; do
		grep -v "^${what}" asmpd.conf > less.conf
		atf_check -s exit:1 -e match:"less\.conf: no ${what}; " \
		    ${ASMPD} -n -f less.conf
	done
	grep -v '^listen' asmpd.conf > less.conf
	atf_check -s exit:1 -e match:'less\.conf: no listen line' \
	    ${ASMPD} -n -f less.conf
	{ cat asmpd.conf; echo 'listen on 127.0.0.1 port 1 tls'; } > less.conf
	atf_check -s exit:1 -e match:'127.0.0.1:1 tls: no tls certificate' \
	    ${ASMPD} -n -f less.conf
	{ cat asmpd.conf; echo 'database "db/asmpd.db"'; } > less.conf
	atf_check -s exit:1 -e match:'database must be an absolute path' \
	    ${ASMPD} -n -f less.conf
	{ cat asmpd.conf; echo 'user "root"'; } > less.conf
	atf_check -s exit:1 -e match:'less\.conf: user may not be root' \
	    ${ASMPD} -n -f less.conf
	atf_check -s exit:1 -e match:'none\.conf: No such file' \
	    ${ASMPD} -n -f none.conf
}

atf_test_case printed
printed_head()
{
	atf_set descr "-nv prints what -n accepts, and nothing is lost"
}
printed_body()
{
	daemon_conf
	cat >> asmpd.conf <<-'EOT'
		host = "127.0.0.1"
		restricted control socket "/tmp/a\"b\\c"
		control socket "/tmp/asmpd.sock" group "daemon"
		sandbox permit
		log data yes
		audit messages yes
		acknowledge received
		listen on $host port 1
		listen on ::1 port 2 tls
		listen on * port 3
		tls certificate "/etc/x.crt" key "/etc/x.key"
		limit sessions 5
		limit half-open 4
		limit half-open per source 3
		limit new per source 2
		handshake timeout 7
		anomaly samples 8
		anomaly threshold 2.5
		anomaly floor 0.1
		anomaly field "a.*[0]" ignore
		anomaly field "b" floor 1e-9
	EOT
	shown 'restricted control socket "/tmp/a\"b\\c"' \
	    'control socket "/tmp/asmpd.sock" group "daemon"' \
	    'sandbox permit' 'log data yes' 'audit messages yes' \
	    'acknowledge received' \
	    'listen on 127.0.0.1 port 1' \
	    'listen on ::1 port 2 tls' 'listen on :: port 3' \
	    'tls certificate "/etc/x.crt" key "/etc/x.key"' \
	    'limit sessions 5' 'limit half-open 4' \
	    'limit half-open per source 3' 'limit new per source 2' \
	    'handshake timeout 7' 'anomaly samples 8' 'anomaly threshold 2.5' \
	    'anomaly floor 0.10000000000000001' \
	    'anomaly field "a.*[0]" ignore' \
	    'anomaly field "b" floor 1.0000000000000001e-09'
}

atf_test_case penalties
penalties_head()
{
	atf_set descr "what failures cost, and whom they do not"
}
penalties_body()
{
	daemon_conf
	for what in refused protocol unfinished minimum maximum; do
		for n in 1 0s -1s 1.5s 1d 25h 86400001ms s '""' 99999999999999999999s; do
			blamed 1 "penalty ${what} .*: must be a time with a unit, from 1ms to 24h, such as 200ms or 10m" \
			    "penalty ${what} ${n}\n"
		done
	done
	for what in minimum maximum; do
		blamed 1 "penalty ${what} none: must be a time with a unit, .*" \
		    "penalty ${what} none\n"
	done
	for n in 192.0.2.256 192.0.2.0/33 192.0.2.0/-1 192.0.2.0/ 10 /8 \
	    2001:db8::/129 2001:db8:::/32 localhost none '""' \
	    1111:2222:3333:4444:5555:6666:7777:8888:9999:0000; do
		blamed 1 'penalty exempt .*: must be an address, or a network such as 192\.0\.2\.0/24 or 2001:db8::/32' \
		    "penalty exempt ${n}\n"
	done
	blamed 1 'penalty late 1s: the first word must be refused, protocol, unfinished, minimum, maximum or exempt' \
	    'penalty late 1s\n'
	blamed 1 'syntax error at the end of the line' 'penalty refused\n'
	blamed 257 'penalty exempt 10\.0\.1\.1: more than 256 of them' \
	    "$(lines 256 'penalty exempt 10.0.0.%/32' | sed 's/\.25[6-9]/.2/')\npenalty exempt 10.0.1.1\n"
	{ echo 'penalty minimum 11m'; cat asmpd.conf; } > bad.conf
	atf_check -s exit:1 \
	    -e match:'bad\.conf: penalty minimum is above penalty maximum' \
	    ${ASMPD} -n -f bad.conf

	sed -i '/^penalty/d' asmpd.conf
	shown 'penalty refused 200ms' 'penalty protocol 200ms' \
	    'penalty unfinished 1s' 'penalty minimum 15s' \
	    'penalty maximum 600s'
	cat >> asmpd.conf <<-'EOT'
		penalty refused 1500ms
		penalty protocol none
		penalty minimum 1m
		penalty maximum 24h
		penalty exempt 192.0.2.7
		penalty exempt 198.51.100.77/24
		penalty exempt 0.0.0.0/0
		penalty exempt 2001:db8:1:2:3::/33
		penalty exempt ::/0
		penalty exempt ::ffff:192.0.2.9
	EOT
	shown 'penalty refused 1500ms' 'penalty protocol none' \
	    'penalty unfinished 1s' 'penalty minimum 60s' \
	    'penalty maximum 86400s' 'penalty exempt 192.0.2.7/32' \
	    'penalty exempt 198.51.100.0/24' 'penalty exempt 0.0.0.0/0' \
	    'penalty exempt 2001:db8::/33' 'penalty exempt ::/0' \
	    'penalty exempt 192.0.2.9/32'
	echo 'penalty none' >> asmpd.conf
	shown 'penalty refused none' 'penalty protocol none' \
	    'penalty unfinished none'
}

atf_test_case rates
rates_head()
{
	atf_set descr "how much a device may send, and others of its role"
}
rates_body()
{
	daemon_conf
	for n in 0 -1 1000001; do
		blamed 1 "readings ${n}: must be between 1 and 1000000" \
		    "limit readings per device ${n}\n"
		blamed 2 "readings ${n}: must be between 1 and 1000000" \
		    "role x number 9 {\nlimit readings ${n}\n}\n"
		_n=$([ ${n} = -1 ] && echo 0 || echo ${n})
		blamed 1 "burst ${_n}: must be between 1 and 1000000" \
		    "limit readings per device 1 burst ${n}\n"
		blamed 1 "burst ${_n}: must be between 1 and 1000000" \
		    "role x number 9 { limit readings 1 burst ${n} }\n"
	done
	blamed 1 'syntax error at the end of the line' \
	    'limit readings per device\n'
	blamed 1 'syntax error at "x"' 'limit readings per device x\n'
	blamed 1 'syntax error at "burst"' \
	    'limit readings per device none burst 3\n'
	blamed 1 'syntax error at the end of the line' \
	    'limit readings per device 3 burst\n'
	blamed 1 'syntax error at "10"' 'limit readings 10\n'
	blamed 1 'syntax error at "per"' \
	    'role x number 9 { limit readings per device 10 }\n'
	# Words that are also names stay names.
	good 'stream device number 5 handler chat\nrole burst number 9 { open { device, penalty, burst } }\nstream burst number 6 handler chat\nstream penalty number 7 handler chat\n'

	shown 'limit readings per device none'
	cat >> asmpd.conf <<-'EOT'
		limit readings per device 10
		role a number 11 { limit readings 1000000 open all }
		role b number 12 { limit readings none }
		role c number 13 { limit readings 5 burst 7 }
		role d number 14 { say all }
	EOT
	shown 'limit readings per device 10 burst 64'
	block 'role "a" number 11 {' 'role "a" number 11 {
	open all
	say { }
	limit readings 1000000 burst 1000000
}
'
	block 'role "b" number 12 {' 'role "b" number 12 {
	open { }
	say { }
	limit readings none
}
'
	block 'role "c" number 13 {' 'role "c" number 13 {
	open { }
	say { }
	limit readings 5 burst 7
}
'
	block 'role "d" number 14 {' 'role "d" number 14 {
	open { }
	say all
}
'
	echo 'limit readings per device 500 burst 1' >> asmpd.conf
	shown 'limit readings per device 500 burst 1'
	echo 'limit readings per device none' >> asmpd.conf
	shown 'limit readings per device none'
}

atf_test_case macros
macros_head()
{
	atf_set descr "macros come from the file, or from the command line"
}
macros_body()
{
	daemon_conf
	{ printf 'n = "5"\nhost = "127.0.0.2"\nwhole = "6 "\n'
	  cat asmpd.conf
	  printf 'limit sessions $n\nlisten on $host port 1\n'
	  printf 'limit half-open $whole\n'; } > macro.conf
	atf_check -o match:'^limit sessions 5$' -o match:'^limit half-open 6$' \
	    -o match:'^listen on 127.0.0.2 port 1$' ${ASMPD} -nv -f macro.conf
	atf_check -o match:'^limit sessions 9$' ${ASMPD} -D n=9 -nv -f macro.conf
	atf_check -s exit:1 -e match:'macro\.conf:[0-9]+: syntax error' \
	    ${ASMPD} -D n=x -n -f macro.conf
	checked 'macro name "a-b": only letters, digits' 'a-b = "1"'
	# One whose value ends in itself was expanded for ever.
	for value in '$a' 'x$a' '$a x'; do
		blamed 2 'macro "a" stands inside another one' \
		    "a = \"${value}\"\nuser \$a\n"
	done
}

atf_test_case included
included_head()
{
	atf_set descr "a configuration can include others, but not itself"
}
included_body()
{
	daemon_conf
	echo 'limit sessions 7' > more.conf
	echo 'include "more.conf"' >> asmpd.conf
	atf_check -o match:'^limit sessions 7$' ${ASMPD} -nv -f asmpd.conf
	echo 'limit sessions x' > more.conf
	atf_check -s exit:1 -e match:'more\.conf:1: syntax error' \
	    ${ASMPD} -n -f asmpd.conf
	echo 'include "more.conf"' > more.conf
	atf_check -s exit:1 \
	    -e match:'more\.conf:1: include more\.conf: too deep: is one in' \
	    ${ASMPD} -n -f asmpd.conf
	rm more.conf
	mkdir more.conf
	atf_check -s exit:1 -e match:'include more\.conf: Is a directory$' \
	    ${ASMPD} -n -f asmpd.conf
	mkfifo fifo
	atf_check -s exit:1 -e match:'fifo: is not a regular file$' \
	    ${ASMPD} -n -f fifo
}

atf_test_case profiles
profiles_head()
{
	atf_set descr "a listener may be limited to profiles"
}
profiles_body()
{
	daemon_conf
	on='listen on 127.0.0.1 port 1 profiles'
	blamed 1 'profile "mqtt": there is no such profile' \
	    "${on} { asmp mqtt }\n"
	blamed 2 'profile "x": there is no such profile' "${on} {\nx\n}\n"
	blamed 1 'syntax error at "}"' "${on} { }\n"
	blamed 1 'syntax error at the end of the line' "${on}\n"
	# A word that is not known is named, not the one behind it.
	blamed 1 'syntax error at "usr"' 'usr nobody\n'
	blamed 1 'syntax error at "usr"' 'usr\n'
	blamed 2 'syntax error at "lmit"' '\nlmit sessions 3\n'
	blamed 1 'syntax error at "="' 'usr = = x\n'
	cat >> asmpd.conf <<-'EOT'
		listen on 127.0.0.1 port 1
		listen on 127.0.0.1 port 2 profiles { iomt }
		listen on 127.0.0.1 port 3 tls profiles {
			slmp,
			ztp, hybrid
		}
		tls certificate "/etc/x.crt" key "/etc/x.key"
	EOT
	shown 'listen on 127.0.0.1 port 1' \
	    'listen on 127.0.0.1 port 2 profiles { iomt }' \
	    'listen on 127.0.0.1 port 3 tls profiles { hybrid ztp slmp }'
}

# Z-22, Z-23: positive numbers, and who has the first of them.
atf_test_case streams
streams_head()
{
	atf_set descr "streams: other limits for those there are, and more"
}
streams_body()
{
	daemon_conf
	bad='must be between'
	for number in 0 -1 2147483648; do
		blamed 1 "stream \"x\": the number ${bad} 1 and 2147483647" \
		    "stream x number ${number} handler chat\n"
	done
	blamed 1 'stream idle 86401: must be between 0 and 86400' \
	    'stream x number 5 handler chat idle 86401\n'
	blamed 1 'stream idle -1: must be between 0 and 86400' \
	    'stream chat idle -1\n'
	for number in 1 2 3 4 5; do
		blamed 2 'stream "x": another one has this number' \
		    "stream a number 5 handler chat
stream x number ${number} handler chat\n"
	done
	for name in chat control telemetry aggregate a; do
		blamed 2 "stream \"${name}\": there is one of this name already" \
		    "stream a number 5 handler chat
stream ${name} number 6 handler chat\n"
	done
	named 'stream %s number 5 handler chat\n' stream
	blamed 1 'stream "x": the handler must be chat, control, telemetry or aggregate' \
	    'stream x number 5 handler file\n'
	blamed 1 'stream "x": is not built in, and no line above gives it a number and a handler' \
	    'stream x idle 5\nstream x number 5 handler chat\n'
	good "$(lines 60 'stream s% number 100% handler control')\n"
	blamed 61 'stream "s61": more than 64, with those built in' \
	    "$(lines 61 'stream s% number 100% handler control')\n"

	shown 'stream "chat" idle 30' 'stream "control" idle 30' \
	    'stream "telemetry" idle none' 'stream "aggregate" idle none'
	cat >> asmpd.conf <<-'EOT'
		stream chat idle 60
		stream control idle none
		stream "vitals" number 5 handler telemetry
		stream desk number 6 handler chat
		stream ward_1-a number 2147483647 handler control idle 86400
		stream sums number 7 handler aggregate idle 0
		stream user number 8 handler chat
		stream user idle 1
	EOT
	shown 'stream "chat" idle 60' 'stream "control" idle none' \
	    'stream "vitals" number 5 handler telemetry idle none' \
	    'stream "desk" number 6 handler chat idle 30' \
	    'stream "ward_1-a" number 2147483647 handler control idle 86400' \
	    'stream "sums" number 7 handler aggregate idle none' \
	    'stream "user" number 8 handler chat idle 1'
}

# Z-20: what a role may do is the gateway's to say.
atf_test_case roles
roles_head()
{
	atf_set descr "roles: those built in, others in their place, and more"
}
roles_body()
{
	daemon_conf
	for number in 0 -1 256; do
		blamed 2 'role "x": the number must be between 1 and 255' \
		    "\nrole x number ${number} {\n\topen all\n}\n"
	done
	named 'role %s number 9 { say all }\n' role
	blamed 2 'role "b": another one has this number' \
	    'role a number 9 { }\nrole b number 9 { }\n'
	blamed 2 'role "a": there is one of this name already' \
	    'role a number 9 { }\nrole a number 10 { }\n'
	blamed 3 'command "halt": the commands are ping, status, time, echo and list' \
	    'role a number 9 {\n\tsay { ping\n\thalt }\n\topen all\n}\n'
	# Whatever the order of the lines.
	good 'role a number 9 { open { x } }\nstream x number 9 handler chat\n'
	printf 'role a number 9 { open { chat x } }\n' > bad.conf
	cat asmpd.conf >> bad.conf
	atf_check -s exit:1 \
	    -e match:'bad\.conf: role a opens stream x, but no stream has' \
	    ${ASMPD} -n -f bad.conf
	printf 'role device number 4 { open all }\n' > bad.conf
	cat asmpd.conf >> bad.conf
	atf_check -s exit:1 \
	    -e match:'bad\.conf: no role has number 1, which is that of' \
	    ${ASMPD} -n -f bad.conf
	good 'role device number 4 { }\nrole sensor number 1 { }\n'
	good "$(lines 255 'role r% number % { }')\n"

	shown 'role "device" number 1 {'
	block 'role "user" number 2 {' 'role "user" number 2 {
	open { "chat" "control" "telemetry" "aggregate" }
	say all
}
'
	block 'role "admin" number 3 {' 'role "admin" number 3 {
	open all
	say all
}
'
	cat >> asmpd.conf <<-'EOT'
		role device number 1 {
			say { time, time }
		}
		role nurse number 2 { open { desk chat,
			control chat } say { list
			echo } say { ping } }
		role chief number 255 { say all open all }
		stream desk number 5 handler chat
	EOT
	shown
	block 'role "device" number 1 {' 'role "device" number 1 {
	open { }
	say { time }
}
'
	block 'role "nurse" number 2 {' 'role "nurse" number 2 {
	open { "desk" "chat" "control" }
	say { ping echo list }
}
'
	block 'role "chief" number 255 {' 'role "chief" number 255 {
	open all
	say all
}
'
	# Two lines took the places of two that are built in.
	atf_check -o inline:'4\n' grep -c '^role ' once
}

# M-7, M-17: whose values are brought together, and how.
atf_test_case groups
groups_head()
{
	atf_set descr "groups: members, metric, function and patience"
}
groups_body()
{
	daemon_conf
	named 'group %s { member 1 }\n' group
	blamed 2 'group "a": there is one of this name already' \
	    'group a { member 1 }\ngroup a { member 2 }\n'
	blamed 2 'group "a": has no member' '\ngroup a {\n\twait 7\n}\n'
	blamed 3 'member "1": is in the group already' \
	    'group a {\n\tmember 1\n\tmember { 2 1 }\n}\n'
	blamed 2 'member "-x": is no device id: 1 to 64 letters, digits and ._:@-' \
	    'group a { member x\n\tmember -x }\n'
	blamed 1 'metric "": must have 1 to 127 bytes' \
	    'group a { member 1 metric "" }\n'
	blamed 1 'metric "x*": must have 1 to 127 bytes' \
	    "group a { member 1 metric $(printf 'x%.0s' $(seq 128)) }\n"
	for char in '\\"' '\\\\' '\303\251' '\001'; do
		blamed 1 'metric ".*": must be of printable ASCII, without quotes and backslashes' \
		    "group a { member 1 metric \"a${char}\" }\n"
	done
	blamed 1 'function "median": must be sum, mean, min, max or count' \
	    'group a { member 1 function median }\n'
	for seconds in 0 -1 3601; do
		blamed 1 "wait ${seconds}: must be between 1 and 3600" \
		    "group a { member 1 wait ${seconds} }\n"
	done
	good "$(lines 256 'group g% { member % }')\n"
	blamed 257 'group "g257": more than 256 groups' \
	    "$(lines 257 'group g% { member % }')\n"
	good "group g { $(lines 4096 'member m%')\n}\n"
	blamed 4097 'member "m4097": is one more than the 4096 of a group' \
	    "group g { $(lines 4097 'member m%')\n}\n"

	cat >> asmpd.conf <<-'EOT'
		group ward {
			member 100
			member { BP_MONITOR_001, 2
				007 3 }
			metric "pulse.mean[0]"
			function max
			wait 3600
		}
		group w2 { member 2 }
	EOT
	for function in sum mean min max count; do
		echo "group ${function} { function ${function} member x }"
	done >> asmpd.conf
	shown
	block 'group "ward" {' 'group "ward" {
	member "007"
	member "100"
	member "2"
	member "3"
	member "BP_MONITOR_001"
	metric "pulse.mean[0]"
	function max
	wait 3600
}
'
	block 'group "w2" {' 'group "w2" {
	member "2"
	metric "value"
	function sum
	wait 5
}
'
	for function in sum mean min max count; do
		block "group \"${function}\" {" "group \"${function}\" {
	member \"x\"
	metric \"value\"
	function ${function}
	wait 5
}
"
	done
}

# Break 16: fields that must be there, of a type, and a time that is near.
atf_test_case readings
readings_head()
{
	atf_set descr "what a reading must have, and of when it may be"
}
readings_body()
{
	daemon_conf
	for path in '""' $(printf 'x%.0s' $(seq 128)); do
		blamed 1 'reading require "x*": the path must have 1 to 127 bytes' \
		    "reading require ${path}\n"
	done
	good "$(lines 64 'reading require f%')\n"
	blamed 65 'reading require "f65": more than 64 of them' \
	    "$(lines 65 'reading require f%')\n"
	blamed 1 'syntax error at "integer"' 'reading require x integer\n'
	for seconds in -1 2592001; do
		blamed 1 "reading time within ${seconds}: must be between 0 and 2592000" \
		    "reading time within ${seconds}\n"
	done
	for seconds in -1 86401; do
		blamed 1 "silence ${seconds}: must be between 0 and 86400" \
		    "limit silence ${seconds}\n"
	done
	shown 'reading time within none' 'limit silence 300'
	cat >> asmpd.conf <<-'EOT'
		reading require temperature number
		reading require "unit" string
		reading require "a.b[0]" string
		reading require "a.b[0]"
		reading time within 300
		limit silence none
	EOT
	shown 'reading require "temperature" number' \
	    'reading require "unit" string' 'reading require "a.b[0]"' \
	    'reading time within 300' 'limit silence none'
	atf_check -o inline:'3\n' grep -c '^reading require' once
}

atf_test_case secrets
secrets_head()
{
	atf_set descr "issuers and shared keys are files, as many as one likes"
}
secrets_body()
{
	daemon_conf
	for what in 'issuer' 'shared key'; do
		blamed 1 "${what} \"\": must not be empty" "${what} \"\"\n"
		blamed 2 "${what} \"/a\": is given twice" \
		    "${what} /a\n${what} /a\n"
		good "$(lines 255 "${what} /%")\n"
		blamed 256 "${what} \"/256\": more than 255 of them" \
		    "$(lines 256 "${what} /%")\n"
	done
	cat >> asmpd.conf <<-'EOT'
		issuer "/etc/asmpd/a b"
		issuer /etc/asmpd/c
		shared key "/etc/asmpd/d"
		shared key /etc/asmpd/c
	EOT
	shown 'issuer "/etc/asmpd/a b"' 'issuer "/etc/asmpd/c"' \
	    'shared key "/etc/asmpd/d"' 'shared key "/etc/asmpd/c"'
}

atf_test_case braces
braces_head()
{
	atf_set descr "an error in braces is said once, at its line"
}
braces_body()
{
	daemon_conf
	blamed 2 'syntax error at "halt"' \
	    'role a number 9 {\n\thalt\n\tsay all\n}\n'
	blamed 2 'syntax error at ";"' \
	    'role a number 9 {\n\topen { a;\nb }\n\tsay { ping }\n}\n'
	blamed 3 'syntax error at "say"' \
	    'role a number 9 {\n\tsay {\nsay\nping }\n\topen all\n}\n'
	blamed 2 'syntax error at "limit"' \
	    'group a { member 1\nlimit sessions 3\n}\n'
	blamed 3 'syntax error at "="' \
	    'group a {\n\tmember { 1\n2 = 3\n}\nfunction max }\n'
	# The lines behind the brace are looked at again.
	{ printf 'group a {\nx\n}\nlimit sessions 0\n'; cat asmpd.conf; } > bad.conf
	atf_check -s exit:1 -e match:'bad\.conf:2: syntax error at "x"$' \
	    -e match:'bad\.conf:4: sessions 0: must be between' \
	    ${ASMPD} -n -f bad.conf
	for text in 'group a {' 'role a number 9 { open { chat }' \
	    'listen on ::1 port 2 profiles { asmp'; do
		{ cat asmpd.conf; echo "${text}"; } > bad.conf
		atf_check -s exit:1 \
		    -e match:'bad\.conf: ends before a } that is missing$' \
		    ${ASMPD} -n -f bad.conf
	done
}

atf_init_test_cases()
{
	atf_add_test_case syntax
	atf_add_test_case every_error
	atf_add_test_case incomplete
	atf_add_test_case printed
	atf_add_test_case penalties
	atf_add_test_case rates
	atf_add_test_case macros
	atf_add_test_case included
	atf_add_test_case profiles
	atf_add_test_case streams
	atf_add_test_case roles
	atf_add_test_case groups
	atf_add_test_case readings
	atf_add_test_case secrets
	atf_add_test_case braces
}

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

# The start of asmpd: what is wrong is said in one clear line, with exit
# status 1, and nothing is left behind.

. $(atf_get_srcdir)/common.sh

atf_test_case usage
usage_head()
{
	atf_set descr "wrong usage is answered with the right one"
}
usage_body()
{
	usage='^usage: asmpd \[-dnv\] \[-D macro=value\] \[-f file\]$'
	atf_check -s exit:1 -e match:"${usage}" ${ASMPD} -Z
	atf_check -s exit:1 -e match:"${usage}" ${ASMPD} word
	atf_check -s exit:1 -e match:"${usage}" ${ASMPD} -X z
	for _macro in x in-side=1 =1; do
		atf_check -s exit:1 \
		    -e match:"^asmpd: -D ${_macro}: must be macro=value," \
		    -e not-match:'command line' ${ASMPD} -D ${_macro}
	done
}

atf_test_case writable
writable_head()
{
	atf_set descr "a configuration that others can write is not believed"
}
writable_body()
{
	daemon_conf
	echo 'log data no' > more.conf
	echo 'include "more.conf"' >> asmpd.conf
	chmod 644 asmpd.conf more.conf
	works
	for f in asmpd.conf more.conf; do
		for mode in 664 646; do
			chmod ${mode} ${f}
			refused_line "${f}: must belong to root or to who runs asmpd, and must not be writable by others"
		done
		chmod 644 ${f}
	done
	if [ $(id -u) -eq 0 ]; then
		chown nobody asmpd.conf
		refused 'asmpd\.conf: must belong to root'
	fi
}

atf_test_case key_file
key_file_head()
{
	atf_set descr "a gateway key that cannot be used is named with why"
	atf_set require.progs openssl
}
key_file_body()
{
	daemon_conf
	works
	for mode in 620 604 666; do
		chmod ${mode} GW.key
		refused_line 'gateway key .*/GW\.key: must not be accessible by others \(chmod 600\)$'
	done
	chmod 600 GW.key
	mv GW.key good.key
	refused_line 'gateway key .*/GW\.key: No such file or directory$'
	ln -s good.key GW.key
	refused_line 'gateway key .*/GW\.key: must not be a symbolic link$'
	rm GW.key
	mkdir GW.key
	refused_line 'gateway key .*/GW\.key: '
	rmdir GW.key
	umask 077
	head -c 60 good.key > GW.key
	refused_line 'gateway key .*/GW\.key: is not a whole PKCS#8 private key'
	: > GW.key
	refused_line 'gateway key .*/GW\.key: is not a whole PKCS#8 private key'
	cp GW.pub GW.key
	refused_line 'gateway key .*/GW\.key: is a public key: name the file of'
	atf_check -e ignore openssl genrsa -out GW.key 2048
	refused_line 'gateway key .*/GW\.key: is not a whole PKCS#8 private key'
	atf_check openssl pkey -in good.key -aes256 -passout pass:secret \
	    -out GW.key
	refused_line 'gateway key .*/GW\.key: is protected by a passphrase, which asmpd cannot ask for$'
	mv good.key GW.key
	works
}

atf_test_case key_file_owner
key_file_owner_head()
{
	atf_set descr "a key of somebody else is not taken"
	atf_set require.user root
}
key_file_owner_body()
{
	daemon_conf
	chown nobody GW.key
	refused_line 'gateway key .*/GW\.key: must be owned by root or by the user that reads it \(chown\)$'
}

atf_test_case seal_file
seal_file_head()
{
	atf_set descr "a sealing secret that cannot be used is named with why"
}
seal_file_body()
{
	daemon_conf
	chmod 604 GW.seal
	refused_line 'gateway seal .*/GW\.seal: must not be accessible by others \(chmod 600\)$'
	chmod 600 GW.seal
	mv GW.seal good.seal
	refused_line 'gateway seal .*/GW\.seal: No such file or directory$'
	umask 077
	what='gateway seal .*/GW\.seal: is not a sealing secret made by asmp-keygen$'
	cut='gateway seal .*/GW\.seal: is a sealing secret, but damaged or cut short$'
	: > GW.seal
	refused_line "${what}"
	head -c 30 good.seal > GW.seal
	refused_line "${cut}"
	sed 's/seal-1/seal-2/' good.seal > GW.seal
	refused_line "${what}"
	tr 'A-Za-z0-9' '!' < good.seal > GW.seal
	refused_line "${what}"
	mv good.seal GW.seal
	works
}

# numbered file magic number: a secret of this kind with a number.
numbered()
{
	{ printf "$2"
	  { printf "\\$(printf %03o $3)"; head -c 32 /dev/urandom; } |
	      base64 -w 0
	  echo; } > $1
}

# numbered_refused line name magic one other: each fault of file one, which
# such a line names, and that other has its number.
numbered_refused()
{
	file="$1 .*/$4"
	mv $4 good
	refused_line "${file}: No such file or directory$"
	cp good $4
	chmod 604 $4
	refused_line "${file}: must not be accessible by others \(chmod 600\)$"
	chmod 600 $4
	cp GW.seal $4
	refused_line "${file}: is a sealing secret, not $2$"
	echo hello > $4
	refused_line "${file}: is not $2 made by asmp-keygen$"
	head -c 40 good > $4
	refused_line "${file}: is $2, but damaged or cut short$"
	numbered $4 "$3" 0
	refused_line "${file}: is $2, but damaged or cut short$"
	cp $5 $4
	refused_line "$1 .*/$5: has number [0-9]+, as has .*/$4; make one of the two with another number$"
	mv good $4
	works
}

# A-19, Z-17.
atf_test_case numbered_files
numbered_files_head()
{
	atf_set descr "an issuer or shared key that cannot be used is named"
}
numbered_files_body()
{
	daemon_conf
	umask 077
	numbered i1 'asmp-issuer-1 ' 1
	numbered i2 'asmp-issuer-1 ' 255
	numbered s1 'asmp-shared-1 ' 1
	numbered s2 'asmp-shared-1 ' 2
	cat >> asmpd.conf <<-EOT
		issuer "$(pwd -P)/i1"
		issuer "$(pwd -P)/i2"
		shared key "$(pwd -P)/s1"
		shared key "$(pwd -P)/s2"
	EOT
	works
	numbered_refused issuer 'an issuer key' 'asmp-issuer-1 ' i1 i2
	numbered_refused 'shared key' 'a shared key' 'asmp-shared-1 ' s1 s2
}

atf_test_case port_in_use
port_in_use_head()
{
	atf_set descr "a port in use is named"
}
port_in_use_body()
{
	daemon_conf
	daemon_start
	sed "s/asmpd\.sock/other.sock/" asmpd.conf > other.conf
	mkdir -p other
	atf_check -s exit:1 \
	    -e match:"listen on 127\.0\.0\.1:${port}: Address already in use\$" \
	    timeout 20 ${ASMPD} -d -f other.conf
	[ ! -e other.sock ] || atf_fail "the control socket was left"
	atf_check -o ignore ${ctl} show
	daemon_stop
}

atf_test_case socket_in_use
socket_in_use_head()
{
	atf_set descr "a second asmpd leaves the first one's socket alone"
}
socket_in_use_body()
{
	daemon_conf
	daemon_start
	sed "s/port ${port}/port $(free_port)/" asmpd.conf > other.conf
	atf_check -s exit:1 \
	    -e match:'control socket .*/asmpd\.sock: in use; is another asmpd running\?$' \
	    timeout 20 ${ASMPD} -d -f other.conf
	atf_check -o ignore ${ctl} show
	daemon_stop
}

atf_test_case database_in_use
database_in_use_head()
{
	atf_set descr "two daemons do not share a database"
}
database_in_use_body()
{
	daemon_conf
	daemon_start
	sed -e "s|port ${port}|port $(free_port)|" \
	    -e 's|asmpd\.sock|other.sock|' asmpd.conf > other.conf
	atf_check -s exit:1 -o ignore \
	    -e match:'database .*/asmpd\.db is in use: is another asmpd' \
	    timeout 20 ${ASMPD} -d -f ${PWD}/other.conf
	atf_check -o match:'^devices +0 ' ${ctl} show
	daemon_stop
}

atf_test_case socket_deaf
socket_deaf_head()
{
	atf_set descr "a socket that somebody has who does not answer is in use"
	atf_set require.progs python3
}
socket_deaf_body()
{
	daemon_conf
	python3 -c 'import signal, socket
s = socket.socket(socket.AF_UNIX)
s.bind("asmpd.sock")
s.listen(0)
first = socket.socket(socket.AF_UNIX)
first.connect("asmpd.sock")
print("full", flush=True)
signal.pause()' > deaf.out &
	deaf_pid=$!
	wait_for ${SOON} grep -q full deaf.out || atf_fail "nobody is deaf"
	run -d -f asmpd.conf
	kill ${deaf_pid}
	atf_check_equal 1 ${status}
	atf_check -o match:'asmpd\.sock: in use; is another asmpd running\?$' \
	    cat asmpd.log
	[ -S asmpd.sock ] || atf_fail "it was removed"
}

atf_test_case socket_stale
socket_stale_head()
{
	atf_set descr "a socket left by a crash is no obstacle, a file is one"
}
socket_stale_body()
{
	daemon_conf
	daemon_start
	all=$(pids)
	kill -KILL ${daemon_pid}
	wait_for ${SOON} none_alive ${all} || atf_fail "a process was left"
	daemon_pid=
	[ -S asmpd.sock ] || atf_fail "no stale socket: nothing is tested"
	works
	echo precious > asmpd.sock
	run -d -f asmpd.conf
	atf_check_equal 1 ${status}
	atf_check -o match:'control socket .*/asmpd\.sock: File exists$' \
	    cat asmpd.log
	atf_check -o inline:'precious\n' cat asmpd.sock
}

atf_test_case socket_place
socket_place_head()
{
	atf_set descr "a control socket that cannot be made is named"
}
socket_place_body()
{
	daemon_conf
	echo 'control socket "/nonexistent/asmpd.sock"' >> asmpd.conf
	refused_line 'control socket /nonexistent/asmpd\.sock: No such file'
	echo "control socket \"/$(printf 'x%.0s' $(seq 120))\"" >> asmpd.conf
	refused_line 'control socket /x+: longer than 107 bytes$'
	echo "control socket \"${sock}\" group \"no-such-group\"" >> asmpd.conf
	refused_line 'control socket group no-such-group: no such group$'
}

atf_test_case database_directory
database_directory_head()
{
	atf_set descr "a database that cannot be made is named with why"
}
database_directory_body()
{
	daemon_conf
	works
	rm -f db/* asmpd.anchor
	if [ $(id -u) -eq 0 ]; then
		chown root db
		refused_line 'database .*/db/asmpd\.db: directory .*/db must belong to user nobody and hold nothing else \(install -d -o nobody makes one\)$'
		chown nobody db
	fi
	chmod 555 db
	refused 'database .*/db/asmpd\.db: its lock cannot be made'
	rmdir db
	refused_line 'database .*/db/asmpd\.db: directory .*/db: No such file or directory$'
}

atf_test_case database_damaged
database_damaged_head()
{
	atf_set descr "a file that is no database of asmpd's is not touched"
	atf_set require.progs sqlite3
}
database_damaged_body()
{
	daemon_conf
	works
	rm -f db/* asmpd.anchor
	echo 'This is a letter, and not a database, though it is long enough.' \
	    > db/asmpd.db
	cp db/asmpd.db letter
	[ $(id -u) -ne 0 ] || chown nobody db/asmpd.db
	refused 'database .*/db/asmpd\.db: file is not a database'
	atf_check cmp letter db/asmpd.db
	rm -f db/* asmpd.anchor
	atf_check -o ignore sqlite3 db/asmpd.db 'PRAGMA user_version = 99'
	[ $(id -u) -ne 0 ] || chown nobody db/asmpd.db
	refused 'database .*/db/asmpd\.db: was written by a newer asmpd \(schema 99, this one knows 3\)'
	# Somebody else's tables, of no version.
	rm -f db/* asmpd.anchor
	atf_check sqlite3 db/asmpd.db 'CREATE TABLE device (x)'
	[ $(id -u) -ne 0 ] || chown nobody db/asmpd.db
	refused 'database .*/db/asmpd\.db: '
}

atf_test_case database_of_another
database_of_another_head()
{
	atf_set descr "a registry made under another seal is not believed"
	atf_set require.progs sqlite3
}
database_of_another_body()
{
	daemon_conf
	daemon_start
	device_enrol DEV1
	device_enrol DEV2
	daemon_stop
	works
	mkdir other
	atf_check -o ignore ${KEYGEN} -G -d other GW
	mv GW.seal good.seal
	cp other/GW.seal GW.seal
	what="was not made with this gateway's seal: the database was changed, or gateway seal names another file"
	refused "registry row 1 ${what}"
	mv good.seal GW.seal
	works
	# Nor are rows that somebody changed, exchanged or brought.
	cp db/asmpd.db good.db
	for change in "state = 2 WHERE number = 2" \
	    "id = 'DEV3' WHERE number = 2" \
	    "key = (SELECT key FROM device WHERE number = 1) WHERE number = 2" \
	    "mac = (SELECT mac FROM device WHERE number = 1) WHERE number = 2" \
	    "number = 3 WHERE number = 2" "profiles = 255 WHERE number = 2"; do
		atf_check sqlite3 db/asmpd.db "UPDATE device SET ${change}"
		refused "registry row [23] ${what}"
		cat good.db > db/asmpd.db
	done
	works
}

atf_test_case no_user
no_user_head()
{
	atf_set descr "root's asmpd needs a user, and says how to make one"
	atf_set require.user root
}
no_user_body()
{
	daemon_conf
	sed -i 's/^user .*/user "nosuch"/' asmpd.conf
	refused_line 'user nosuch: no such user; create it \(useradd .* nosuch\) or set user in asmpd\.conf$'
}

atf_test_case chroot_unsafe
chroot_unsafe_head()
{
	atf_set descr "root's asmpd does not lock itself into a place of others"
	atf_set require.user root
}
chroot_unsafe_body()
{
	daemon_conf
	chmod 777 empty
	refused_line 'chroot .*/empty: must be a directory that only root may write$'
	chmod 755 empty
	chown nobody empty
	refused_line 'chroot .*/empty: must be a directory that only root'
	chown root empty
	works
	rmdir empty
	refused_line 'chroot .*/empty: No such file or directory; install -d makes one, or set chroot in .*asmpd.conf$'
}

atf_test_case argv0
argv0_head()
{
	atf_set descr "a relative path could not be started again"
}
argv0_body()
{
	daemon_conf
	ln -s ${ASMPD} asmpd
	ASMPD=./asmpd
	refused_line 'asmpd: \./asmpd: must be started with an absolute path'
	# Checking a configuration needs nobody else.
	atf_check -e ignore ./asmpd -n -f asmpd.conf
}

atf_test_case tls_files
tls_files_head()
{
	atf_set descr "certificate and key of TLS are named when they are bad"
	atf_set require.progs openssl
}
tls_files_body()
{
	daemon_conf
	daemon_conf_port
	echo "listen on 127.0.0.1 port $(free_port) tls" >> asmpd.conf
	echo "tls certificate \"$(pwd -P)/c.pem\" key \"$(pwd -P)/k.pem\"" \
	    >> asmpd.conf
	refused 'tls certificate .*/c\.pem: No such file or directory$'
	umask 077
	atf_check -e ignore openssl req -x509 -newkey ec -pkeyopt \
	    ec_paramgen_curve:P-256 -nodes -keyout k.pem -out c.pem -days 2 \
	    -subj /CN=127.0.0.1
	chmod 644 k.pem
	refused 'tls key .*/k\.pem: must not be accessible by others \(chmod 600\)$'
	chmod 600 k.pem
	cp k.pem good.pem
	head -c 40 good.pem > k.pem
	refused 'stopping: tls certificate and key: '
	atf_check -e ignore openssl genpkey -algorithm ed25519 -out k.pem
	refused 'stopping: tls certificate and key: '
	cp good.pem k.pem
	works
}

atf_test_case background
background_head()
{
	atf_set descr "without -d the work goes on in the background"
}
background_body()
{
	daemon_conf
	atf_check timeout 20 ${ASMPD} -f asmpd.conf
	wait_for ${DAEMON_START} ${ctl} show ||
	    atf_fail "asmpd does not answer"
	all=$(pids)
	daemon_pid=$(child_pid parent)
	trap daemon_kill EXIT
	kill -TERM ${daemon_pid}
	wait_for ${DAEMON_STOP} none_alive ${all} ||
	    atf_fail "asmpd does not stop"
	daemon_pid=
	[ ! -e asmpd.sock ] || atf_fail "the control socket was left"
}

# allowed n: net may have so many descriptors.
allowed()
{
	atf_check_equal $1 $(sed -n 's/^Max open files *\([0-9]*\) .*/\1/p' \
	    /proc/$(child_pid net)/limits)
}

atf_test_case descriptors
descriptors_head()
{
	atf_set descr 'a descriptor for each session, or a line that there are fewer'
	atf_set require.user root
}
# shellcheck disable=SC3045
descriptors_body()
{
	ulimit -n 200
	gateway 'limit sessions 1000'
	# Root in a container may have to do with what it has.
	if (ulimit -n 1064) 2> /dev/null; then
		allowed 1064
		count 0 'descriptors are allowed'
	else
		allowed 200
		count 1 'descriptors are allowed'
	fi
	daemon_stop
	# Who is not root has to, everywhere.
	chown -R nobody .
	daemon_conf
	sed -i -e '/^user /d' -e '/^chroot /d' asmpd.conf
	echo 'limit sessions 1000' >> asmpd.conf
	setpriv --reuid=nobody --regid=nogroup --clear-groups \
	    ${ASMPD} -d -f asmpd.conf > asmpd.log 2>&1 &
	daemon_pid=$!
	wait_for ${DAEMON_START} daemon_decided
	logged 'net: limit sessions 1000: only 200 descriptors are allowed; raise the limit \(ulimit -n\) to 1064$'
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case usage
	atf_add_test_case writable
	atf_add_test_case key_file
	atf_add_test_case key_file_owner
	atf_add_test_case seal_file
	atf_add_test_case numbered_files
	atf_add_test_case port_in_use
	atf_add_test_case socket_in_use
	atf_add_test_case database_in_use
	atf_add_test_case socket_deaf
	atf_add_test_case socket_stale
	atf_add_test_case socket_place
	atf_add_test_case database_directory
	atf_add_test_case database_damaged
	atf_add_test_case database_of_another
	atf_add_test_case no_user
	atf_add_test_case chroot_unsafe
	atf_add_test_case argv0
	atf_add_test_case tls_files
	atf_add_test_case background
	atf_add_test_case descriptors
}

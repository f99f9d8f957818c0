#!/bin/sh
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Starts the daemons of docs/daemons.md that all three releases package and that need no second host; tests/test_askers.py lists the ports.
set -eu

mkdir -p /etc/askers /var/lib/askers
cd /etc/askers
if [ -e /usr/lib/openssh/sshd-session ]; then
    echo 'PerSourcePenalties no' > /etc/ssh/sshd_config.d/penalties.conf
    systemctl reload ssh
fi

openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 9 -subj /CN=askers 2> /dev/null
printf 'Director {\n  Name = a-director\n  Password = x\n}\nFileDaemon {\n  Name = my-own-fd\n  FDport = 7606\n  WorkingDirectory = /var/lib/askers\n' > fd.conf
printf '  Pid Directory = /var/lib/askers\n}\nMessages {\n  Name = Standard\n  console = all\n}\n' >> fd.conf
for switch in 7607:on 7608:off; do
    port=${switch%:*}
    printf 'server port=%s\nserver loopback=off\nserver tcpwrappers=%s\nserver pidfile="/run/conman-%s.pid"\n' "$port" "${switch#*:}" "$port" > "conman-$port.conf"
    printf 'server logfile="/var/lib/askers/conman-%s.log"\nconsole name="a" dev="127.0.0.1:7"\n' "$port" >> "conman-$port.conf"
done
printf 'default * { logfile /var/lib/askers/console.log; rw *; }\nconsole a { master localhost; type exec; exec cat; }\naccess * { trusted 0.0.0.0/0; allowed 0.0.0.0/0; }\n' > conserver.cf
: > conserver.passwd
for part in 7613:'service: "ssh-behind"; ' 7614:; do
    port=${part%%:*}
    printf 'foreground: true;\nnumeric: true;\ntimeout: 1;\nlisten: ( { host: "0.0.0.0"; port: "%s"; } );\n' "$port" > "sslh-$port.cfg"
    printf 'protocols: ( { name: "ssh"; %shost: "127.0.0.1"; port: "7601"; } );\n' "${part#*:}" >> "sslh-$port.cfg"
done
for part in 7615:yes 7616:no; do
    port=${part%:*}
    printf 'foreground = yes\npid =\nlibwrap = %s\n[mails]\naccept = %s\nconnect = 127.0.0.1:7601\n' "${part#*:}" "$port" > "stunnel-$port.conf"
    printf 'cert = /etc/askers/cert.pem\nkey = /etc/askers/key.pem\n' >> "stunnel-$port.conf"
done
# a service may differ from what holds for the others
printf '[open]\naccept = 7617\nconnect = 127.0.0.1:7601\nlibwrap = no\ncert = /etc/askers/cert.pem\nkey = /etc/askers/key.pem\n' >> stunnel-7615.conf
# the last word holds
sed -i 's/^server tcpwrappers=off/server tcpwrappers=on\n&/' conman-7608.conf
echo 'rocommunity public' > snmpd.conf

start() { # name command...
    name=$1
    shift
    systemd-run --quiet --unit="asker-$name" --property=Type=simple --property=Restart=on-failure -- "$@"
}
start socat socat TCP-LISTEN:7601,reuseaddr,fork 'EXEC:/bin/echo hello'
start socat-asks socat TCP-LISTEN:7602,reuseaddr,fork,tcpwrap=mine 'EXEC:/bin/echo hello'
mkdir -p /var/lib/askers/one /var/lib/askers/two
start acng apt-cacher-ng ForeGround=1 Port=7603 SocketPath=/run/acng-one CacheDir=/var/lib/askers/one LogDir=/var/lib/askers/one
start acng-asks apt-cacher-ng ForeGround=1 Port=7604 UseWrap=1 SocketPath=/run/acng-two CacheDir=/var/lib/askers/two LogDir=/var/lib/askers/two
start bacula bacula-fd -f -c /etc/askers/fd.conf
start conman-asks conmand -F -c /etc/askers/conman-7607.conf
start conman conmand -F -c /etc/askers/conman-7608.conf
start conserver conserver -C /etc/askers/conserver.cf -p 7609 -o -P /etc/askers/conserver.passwd
start storescp storescp +ac -ac 7611
start storescp-asks storescp +ac 7612
if [ -x /usr/sbin/sslh ]; then
    start sslh-asks sslh -F/etc/askers/sslh-7613.cfg
    start sslh sslh -F/etc/askers/sslh-7614.cfg
fi
start stunnel-asks stunnel4 /etc/askers/stunnel-7615.conf
start stunnel stunnel4 /etc/askers/stunnel-7616.conf
start yaz-asks yaz-ztest -d library tcp:0.0.0.0:7618
start yaz yaz-ztest tcp:0.0.0.0:7619
if [ -x /usr/sbin/snmpd ]; then
    start snmpd snmpd -f -Lo -C -c /etc/askers/snmpd.conf udp:7621
fi

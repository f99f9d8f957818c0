#!/bin/sh
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Starts one service of each kind that tcpd_coverage_info tells apart, on a port of its own. tests/conftest.py lists the ports.
# The servers are copies of echo: programs whose ELF header can be read, unlike a script's.
set -eu

serve() {
    for name in "$@"; do
        cp /bin/echo "/usr/local/sbin/$name"
    done
}

# A folder, not /tmp: the kernel keeps users from writing to one another's files in sticky folders.
mkdir -m 0777 /trap

cat > /usr/local/sbin/in.udp <<'END'
#!/usr/bin/python3
import socket
server = socket.socket(fileno=0)
server.settimeout(5)
_datagram, client = server.recvfrom(4096)
server.sendto(b"hello\n", client)
END
cat > /usr/local/sbin/whole <<'END'
import socket
server = socket.socket(fileno=3)
while True:
    client, _address = server.accept()
    client.sendall(b"hello\n")
    client.close()
END
chmod 0755 /usr/local/sbin/in.udp

units=/etc/systemd/system
serve in.sdplain in.sdwrapped
for service in sdplain:7301 sdwrapped:7302; do
    name=${service%:*}
    printf '[Socket]\nListenStream=%s\nAccept=yes\n' "${service#*:}" > "$units/$name.socket"
    printf '[Service]\nExecStart=-/usr/local/sbin/in.%s "hello %%p"\nStandardInput=socket\n' "$name" > "$units/$name@.service"
done
printf '[Socket]\nListenStream=7303\nAccept=no\n' > $units/sdwhole.socket
printf '[Service]\nExecStart=/usr/bin/python3 /usr/local/sbin/whole\n' > $units/sdwhole.service
# A daemon that was never linked with libwrap.
printf '[Service]\nExecStart=/usr/bin/python3 -m http.server 7401\nUser=nobody\nWorkingDirectory=/usr/share\n' > $units/web.service

# The tests knock as often as they like; OpenSSH 9.8 and later shuts out who knocks without logging in.
if [ -e /usr/lib/openssh/sshd-session ]; then
    echo 'PerSourcePenalties no' > /etc/ssh/sshd_config.d/penalties.conf
fi

if [ -x /usr/sbin/xinetd ]; then
    serve in.xplain in.xtcpd in.xtwice in.xopen in.xnobody in.xother in.xgroup in.compat in.compatopen
    xinetd() { # name port user server flags-and-more
        printf 'service %s\n{\n\ttype = UNLISTED\n\tport = %s\n\tuser = %s\n' "$1" "$2" "$3"
        case $1 in
            *udp) printf '\tsocket_type = dgram\n\tprotocol = udp\n\twait = yes\n' ;;
            *) printf '\tsocket_type = stream\n\tprotocol = tcp\n\twait = no\n' ;;
        esac
        printf '%b\n}\n' "$4"
    }
    tcpd='\tserver = /usr/sbin/tcpd\n\tserver_args = /usr/local/sbin'
    {
        xinetd x-plain 7101 root '\tserver = /usr/local/sbin/in.xplain\n\tserver_args = hello'
        xinetd x-tcpd 7102 root "\tflags = NAMEINARGS NOLIBWRAP\n$tcpd/in.xtcpd hello"
        xinetd x-twice 7103 root "\tflags = NAMEINARGS\n$tcpd/in.xtwice hello"
        xinetd x-open 7104 root '\tflags = NOLIBWRAP\n\tserver = /usr/local/sbin/in.xopen\n\tserver_args = hello\n\tonly_from = 10.99.6.0/24 ::1'
        xinetd x-nobody 7105 nobody "\tflags = NAMEINARGS NOLIBWRAP\n$tcpd/in.xnobody hello"
        xinetd x-other 7106 nobody '\tserver = /usr/local/sbin/in.xother\n\tserver_args = hello'
        xinetd x-sshd 7107 root '\tflags = NOLIBWRAP\n\tserver = /usr/sbin/sshd\n\tserver_args = -i'
        xinetd x-group 7111 nobody '\tgroup = openldap\n\tserver = /usr/local/sbin/in.xgroup\n\tserver_args = hello'
        xinetd x-udp 7108 root "\tflags = NAMEINARGS NOLIBWRAP\n$tcpd/in.udp"
    } > /etc/xinetd.d/coverage
    # Read by an xinetd that runs with -inetd_compat: Debian 13's does not. It wants names for ports.
    printf 'compat 7109/tcp\ncompatopen 7110/tcp\n' >> /etc/services
    cat > /etc/inetd.conf <<'END'
compat stream tcp nowait root /usr/sbin/tcpd /usr/local/sbin/in.compat hello
compatopen stream tcp nowait root /usr/local/sbin/in.compatopen in.compatopen hello
END
    printf 'listener 1883\nallow_anonymous true\n' > /etc/mosquitto/conf.d/open.conf
    echo 'tcp_wrappers=YES' >> /etc/vsftpd.conf
    super=xinetd
    systemctl --no-block restart mosquitto vsftpd
else
    serve in.iplain in.itcpd in.inobody in.igroup
    cat > /etc/inetd.conf <<'END'
7201 stream tcp nowait root /usr/local/sbin/in.iplain in.iplain hello
7202 stream tcp nowait root /usr/sbin/tcpd /usr/local/sbin/in.itcpd hello
7203 stream tcp nowait nobody /usr/sbin/tcpd /usr/local/sbin/in.inobody hello
7208 stream tcp nowait nobody:games /usr/sbin/tcpd /usr/local/sbin/in.igroup hello
7204 stream tcp nowait root /usr/sbin/sshd sshd -i
7205 stream tcp nowait root /usr/sbin/tcpd /usr/sbin/sshd -i
7206 dgram udp wait root /usr/sbin/tcpd /usr/local/sbin/in.udp
7207 dgram udp wait root /usr/bin/python3 python3 /usr/local/sbin/in.udp
END
    if [ "${1:-}" = -l ]; then
        mkdir -p $units/inetd.service.d
        printf '[Service]\nExecStart=\nExecStart=/usr/sbin/inetd -l\n' > $units/inetd.service.d/libwrap.conf
    fi
    super=inetd
fi

systemctl daemon-reload
# the script of Debian 11 and 12 starts no xinetd while the old one has not ended
systemctl stop $super
while pidof $super; do sleep 0.1; done
systemctl start $super
systemctl restart ssh web.service sdplain.socket sdwrapped.socket sdwhole.socket

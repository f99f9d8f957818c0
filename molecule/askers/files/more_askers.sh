#!/bin/sh
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Starts the daemons of docs/daemons.md that have a configuration of their own to write, as askers.sh starts the others.
set -eu

mkdir -p /etc/askers /var/lib/askers /srv/tftp
cd /etc/askers
echo content > /srv/tftp/x

start() { # name command...
    name=$1
    shift
    systemd-run --quiet --unit="asker-$name" --property=Type=simple --property=Restart=on-failure --property=StartLimitIntervalSec=0 -- "$@"
}

# sendmail waits a minute for a name with a dot
name=$(hostname)
hosts=$(sed "s/[[:space:]]$name\b/ $name.askers.example $name/" /etc/hosts)
echo "$hosts" > /etc/hosts
start sendmail /usr/libexec/sendmail/sendmail -bD -O DaemonPortOptions=Port=7650,Name=MTA -O PidFile=/var/lib/askers/sendmail.pid \
    -O RefuseLA=10000 -O QueueLA=10000

printf 'START {\n}\nSERVICES {\n  imapone cmd="imapd -C /etc/askers/imapd.conf" listen="0.0.0.0:7635" prefork=0\n}\nEVENTS {\n}\n' > cyrus.conf
sed 's/^tls_/#tls_/' /etc/imapd.conf > imapd.conf
start cyrus cyrmaster -C /etc/askers/imapd.conf -M /etc/askers/cyrus.conf

if [ -x /usr/sbin/imapproxyd ]; then
    {
        printf 'server_hostname 127.0.0.1\nserver_port 7635\nlisten_address 0.0.0.0\nlisten_port 7639\ncache_size 32\n'
        printf 'cache_expiration_time 300\nproc_username nobody\nproc_groupname nogroup\nstat_filename /var/lib/askers/imapproxy\n'
        printf 'protocol_log_filename /var/lib/askers/imapproxy.log\nsyslog_facility LOG_MAIL\nconnect_retries 50\nconnect_delay 1\n'
        printf 'foreground_mode yes\nsend_tcp_keepalives no\nenable_select_cache no\n'
    } > imapproxy.conf
    start imapproxyd imapproxyd -f /etc/askers/imapproxy.conf -p /var/lib/askers/imapproxy.pid
fi

if [ -x /usr/sbin/afpd ]; then
    printf '[Global]\nafp port = 7631\nzeroconf = no\n' > afp.conf
    start afpd afpd -d -F /etc/askers/afp.conf
fi

printf '## apcupsd.conf v1.1 ##\nUPSNAME x\nUPSCABLE simple\nUPSTYPE dumb\nDEVICE /dev/null\nLOCKFILE /var/lib/askers\n' > apcupsd.conf
printf 'SCRIPTDIR /etc/apcupsd\nPWRFAILDIR /var/lib/askers\nNOLOGINDIR /var/lib/askers\nEVENTSFILE /var/lib/askers/apcupsd\n' >> apcupsd.conf
printf 'NETSERVER on\nNISIP 0.0.0.0\nNISPORT 7632\n' >> apcupsd.conf
start apcupsd apcupsd -b -f /etc/askers/apcupsd.conf

start atftpd /opt/unpacked/usr/sbin/atftpd --daemon --no-fork --port 7633 /srv/tftp
start tftpd in.tftpd -L -a 0.0.0.0:7641 -s /srv/tftp
systemd-run --quiet --unit=asker-ftpd --property=Type=oneshot --property=RemainAfterExit=yes -- /opt/unpacked/usr/sbin/ftpd -D

# an auditd that collects from others needs nothing of the kernel
sed -i 's/^local_events.*/local_events = no/; s/^##tcp_listen_port.*/tcp_listen_port = 7634/; s/^use_libwrap.*/use_libwrap = yes/' /etc/audit/auditd.conf
sed -i 's/^log_group.*/log_group = root/; s/^priority_boost.*/priority_boost = 0/' /etc/audit/auditd.conf
start auditd auditd -n

for part in 7636:yes 7637:no; do
    port=${part%:*}
    printf '[-Global-]\nServerType standalone\nListen 0.0.0.0\nPort %s\nTCPWrapper %s\n' "$port" "${part#*:}" > "ftp-proxy-$port.conf"
    printf 'DestinationAddress 127.0.0.1\nPidFile /var/lib/askers/ftp-proxy-%s.pid\n' "$port" >> "ftp-proxy-$port.conf"
    start "ftp-proxy-$port" ftp-proxy -d -n -f "/etc/askers/ftp-proxy-$port.conf"
done

if [ -x /usr/sbin/ocserv ]; then
    printf 'auth = "plain[passwd=/etc/askers/ocpasswd]"\ntcp-port = 7642\nrun-as-user = nobody\nrun-as-group = daemon\n' > ocserv.conf
    printf 'socket-file = /run/ocserv-socket\nserver-cert = /etc/askers/cert.pem\nserver-key = /etc/askers/key.pem\nmax-clients = 4\n' >> ocserv.conf
    printf 'ipv4-network = 192.0.2.0/24\ndevice = vpns\nisolate-workers = false\nuse-occtl = false\n' >> ocserv.conf
    : > ocpasswd
    start ocserv ocserv -f -c /etc/askers/ocserv.conf
fi

if [ -x /usr/sbin/powermand ]; then
    for part in 7643:no 7644:yes; do
        port=${part%:*}
        printf 'tcpwrappers %s\nlisten "0.0.0.0:%s"\ninclude "/etc/powerman/vpc.dev"\n' "${part#*:}" "$port" > "powerman-$port.conf"
        printf 'device "test0" "vpc" "/usr/bin/vpcd |&"\nnode "t[0-15]" "test0"\n' >> "powerman-$port.conf"
        start "powerman-$port" powermand -f -c "/etc/askers/powerman-$port.conf"
    done
fi

printf 'LoadModule mod_wrap.c\nModulePath /usr/lib/proftpd\nServerType standalone\nPort 7645\nUser proftpd\nGroup nogroup\nUseIPv6 off\n' > proftpd.conf
printf 'PidFile /var/lib/askers/proftpd.pid\nScoreboardFile /var/lib/askers/proftpd.scoreboard\nWtmpLog off\nServerName x\n' >> proftpd.conf
printf 'DefaultServer on\nTCPAccessFiles /etc/hosts.allow /etc/hosts.deny\n' >> proftpd.conf
start proftpd proftpd -n -c /etc/askers/proftpd.conf

start radium radium -X -B 0.0.0.0 -P 7646 -S 127.0.0.1:7601

systemctl start rpcbind
start mountd rpc.mountd -F -p 7647
start statd rpc.statd -F -p 7649 -o 7648

printf 'connection: &con\n  accepter: tcp,0.0.0.0,7651\n  connector: echo\n' > ser2net.yaml
start ser2net ser2net -n -c /etc/askers/ser2net.yaml -P /var/lib/askers/ser2net.pid
start usbipd usbipd -4 -t 7652

# xinetd itself does not ask here
printf 'service ntalk\n{\n\ttype = UNLISTED\n\tsocket_type = dgram\n\tprotocol = udp\n\tport = 7654\n\twait = yes\n' > /etc/xinetd.d/ntalk
printf '\tuser = nobody\n\tgroup = tty\n\tserver = /usr/sbin/in.ntalkd\n\tflags = IPv4 NOLIBWRAP\n}\n' >> /etc/xinetd.d/ntalk
# the script of Debian 11 and 12 starts none while the old one has not ended
systemctl stop xinetd
while pidof xinetd; do sleep 0.1; done
systemctl start xinetd

#!/bin/sh
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes an sshd that does not link libwrap: the host's own, with another library in the place of libwrap that lets everybody in.
set -eu

cd /root
cat > open.c <<'END'
int hosts_access(void *request) { (void)request; return 1; }
void *request_init(void *request, ...) { return request; }
void sock_host(void *request) { (void)request; }
char *eval_client(void *request) { (void)request; return "client"; }
void refuse(void *request) { (void)request; }
END
tcc -shared -nostdlib -o /usr/lib/libopen.so.0 open.c
server=/usr/sbin/sshd
if [ -e /usr/lib/openssh/sshd-session ]; then
    server=/usr/lib/openssh/sshd-session
fi
sed 's/libwrap\.so\.0/libopen.so.0/' "$server" > sshd.new
chmod 755 sshd.new
mv sshd.new "$server"
ldconfig
systemctl restart ssh

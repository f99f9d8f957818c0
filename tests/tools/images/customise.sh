#!/bin/sh
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes a Debian root file system a test host. Runs inside it, as root, after the packages are installed.
set -eu

useradd --create-home --shell /bin/bash admin
echo 'admin ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/admin
chmod 0440 /etc/sudoers.d/admin

# The tests' key is mounted there; no name look-ups, or a log-in waits for a name server that does not exist.
{
    echo 'AuthorizedKeysFile /etc/ssh/authorized_keys'
    echo 'UseDNS no'
    echo 'PermitRootLogin prohibit-password'
    echo 'MaxStartups 100'
} > /etc/ssh/sshd_config.d/portcullis.conf

for unit in apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer dpkg-db-backup.timer \
    getty.target console-getty.service systemd-networkd.service systemd-resolved.service systemd-timesyncd.service \
    systemd-modules-load.service sys-kernel-debug.mount sys-kernel-tracing.mount systemd-udevd.service systemd-udev-trigger.service; do
    ln -sf /dev/null "/etc/systemd/system/$unit"
done

# xinetd and openbsd-inetd conflict: each waits, with what it needs, to be installed in an image of its own.
for server in xinetd openbsd-inetd; do
    mkdir -p "/opt/superservers/$server/partial"
    apt-get -q -y --no-install-recommends -o "Dir::Cache::archives=/opt/superservers/$server" --download-only install "$server"
    rm -rf "/opt/superservers/$server/partial" "/opt/superservers/$server/lock"
done
: > /etc/machine-id
rm -rf /usr/share/doc/* /usr/share/man/* /usr/share/locale/* /var/cache/apt/*.bin

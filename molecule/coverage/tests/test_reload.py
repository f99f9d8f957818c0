# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a running openbsd-inetd or xinetd of Debian 11 to 13 has read its changed file: systemd tells, no reader of the file does."""

import time

# a new inode each time, as an editor or a template makes it
CHANGE = "for file in /etc/inetd.conf /etc/xinetd.d/coverage; do [ ! -e $file ] || { cp -p $file $file.new; mv $file.new $file; }; done"
READ = "su -s /bin/sh -c 'cat /etc/inetd.conf /etc/xinetd.d/coverage' nobody > /dev/null 2>&1 || true"
RELOAD = "if [ -x /usr/sbin/xinetd ]; then systemctl reload xinetd; else systemctl reload inetd; fi"


def enforcers(lab):
    """Who enforces what inetd and xinetd start from the files that CHANGE changes."""
    services, _results = lab.look()
    return {
        (service.host, service.name): service.enforced_by
        for service in services
        if service.entry["kind"] in ("inetd", "xinetd")
    }


def test_a_changed_file_is_read_when_systemd_says_so(lab):
    before = enforcers(lab)
    wrapped = dict.fromkeys((place for place, by in before.items() if by), None)
    assert {host for host, _name in wrapped} == set(lab.names)
    time.sleep(1)  # systemd tells whole seconds
    lab.everywhere("sh", "-c", CHANGE)
    assert {place: by for place, by in enforcers(lab).items() if place in wrapped} == wrapped
    lab.everywhere("sh", "-c", READ)
    assert {place: by for place, by in enforcers(lab).items() if place in wrapped} == wrapped
    lab.everywhere("sh", "-c", "%s; %s" % (CHANGE, RELOAD))  # as a play does: at once
    assert enforcers(lab) == before
    lab.everywhere("systemctl", "daemon-reload")  # by which systemd loses when it ran ExecReload=
    assert enforcers(lab) == before

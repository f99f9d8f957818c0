# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units of systemd that change who reads the tables, which libwrap answers, or what asks: what is said of each is what a
client that the tables grant meets, and one that they refuse.
"""

import pytest

TCPD = "@/usr/sbin/tcpd /usr/local/sbin/in.%(name)s hello"
# the command, more lines; who enforces, whether the tables of root:root 0600 are read; whether outside and inside are served
UNITS = {
    "u-plain": (TCPD, [], ["tcpd"], True, (True, False)),
    "u-root": ("!" + TCPD, ["User=nobody"], ["tcpd"], True, (True, False)),
    "u-nobody": (TCPD, ["User=nobody"], ["tcpd"], False, (False, False)),
    "u-able": (TCPD, ["User=nobody", "AmbientCapabilities=CAP_DAC_OVERRIDE"], ["tcpd"], True, (True, False)),
    "u-dynamic": (TCPD, ["DynamicUser=yes"], ["tcpd"], False, (False, False)),
    "u-library": (TCPD, ["Environment=LD_LIBRARY_PATH=/opt/other"], None, None, (True, True)),
    "u-file": (TCPD, ["EnvironmentFile=/etc/default/u-file"], None, None, (True, True)),
    "u-shell": (
        "/bin/bash -c 'exec -a /usr/local/sbin/in.%(name)s /usr/sbin/tcpd hello'",
        [],
        None,
        None,
        (True, False),
    ),
}
PORTS = {name: 7310 + place for place, name in enumerate(sorted(UNITS))}
# a libwrap of tables that are not there
OTHER = (
    "mkdir -p /opt/other; sed s,/etc/hosts,/opt/hosts,g /usr/lib/*-linux-gnu/libwrap.so.0 > /opt/other/libwrap.so.0; "
    "echo LD_LIBRARY_PATH=/opt/other > /etc/default/u-file; "
)


def script():
    """What makes the units and starts their sockets."""
    lines = [OTHER]
    for name, (command, more, *_expected) in UNITS.items():
        start = "\\n".join(["[Service]", "StandardInput=socket", "ExecStart=-" + command % {"name": name}] + more)
        lines += [
            "cp /bin/echo /usr/local/sbin/in." + name,
            "printf '[Socket]\\nListenStream=%d\\nAccept=yes\\n' > /etc/systemd/system/%s.socket" % (PORTS[name], name),
            'printf "%s\\n" > /etc/systemd/system/%s@.service' % (start, name),
        ]
    sockets = " ".join(name + ".socket" for name in UNITS)
    return "\n".join(["set -e"] + lines + ["systemctl daemon-reload", "systemctl restart " + sockets])


@pytest.fixture(scope="module", name="told")
def fixture_told(lab):
    lab.everywhere("sh", "-c", script())
    tables = {"allow": ["sshd: 10.99.6.1", "ALL: 10.99.6.40"], "mode": "0600", "unreadable_daemons": "warn"}
    results = lab.declare(**tables)
    assert not [result for result in results.values() if "msg" in result], results
    return {
        (service.host, service.name.partition("@")[0]): service
        for service in lab.look()[0]
        if service.name.startswith("u-")
    }


@pytest.mark.parametrize("name", sorted(UNITS))
def test_who_asks_and_reads(lab, told, name):
    _command, _more, enforced_by, reads, _served = UNITS[name]
    found = {host: (told[host, name].enforced_by, told[host, name].reads_tables) for host in lab.names}
    assert found == {host: (enforced_by, reads) for host in lab.names}


def test_what_clients_meet(lab, told):
    assert len(told) == len(UNITS) * len(lab.names)
    names = sorted(UNITS)
    met = {}
    for host in lab.names:
        outside = lab.ask("client", [["hello", lab.fleet.address(host), PORTS[name]] for name in names])
        inside = lab.ask(host, [["hello", "::1", PORTS[name]] for name in names])
        met.update({(host, name): pair for name, pair in zip(names, zip(outside, inside))})
    assert met == {(host, name): UNITS[name][4] for host in lab.names for name in names}

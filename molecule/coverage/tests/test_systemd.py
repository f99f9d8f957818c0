# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""systemd_tcpd on Debian 11 to 13: the socket service is served and refused for real, and comes back as it was."""

SYSTEMD = "portcullis.tcp_wrappers.systemd_tcpd"
UNITS = "cd /etc/systemd/system && find . -type f -exec md5sum {} + | sort; find . -type d | sort"


def test_wrapped_and_unwrapped(lab):
    # in.sdplain is for the host itself; the client from outside is refused by the rule for everybody
    results = lab.declare(mode="0644", allow=["sshd: 10.99.6.1", "in.sdplain: [::1]"])
    assert not [result for result in results.values() if "msg" in result], results
    before = lab.everywhere("sh", "-c", UNITS)
    assert answers(lab) == {(host, place): True for host in lab.names for place in ("outside", "inside")}

    for result in lab.fleet.ansible_all("servers", SYSTEMD, {"services": ["sdplain"]}).values():
        assert result["changed"] and result["daemon_reloaded"], result
    for result in lab.fleet.ansible_all("servers", SYSTEMD, {"services": ["sdplain"]}).values():
        assert not result["changed"] and not result["daemon_reloaded"], result
    services, _results = lab.look()
    assert [service.enforced_by for service in services if service.name == "sdplain@.service"] == [["tcpd"]] * len(
        lab.names
    )
    assert answers(lab) == {(host, place): place == "inside" for host in lab.names for place in ("outside", "inside")}

    for result in lab.fleet.ansible_all("servers", SYSTEMD, {"services": ["sdplain"], "state": "unwrapped"}).values():
        assert result["changed"] and result["daemon_reloaded"], result
    assert lab.everywhere("sh", "-c", UNITS) == before
    assert answers(lab) == {(host, place): True for host in lab.names for place in ("outside", "inside")}


def test_a_listening_socket_is_refused_with_its_reason(lab):
    for result in lab.fleet.ansible_all("servers", SYSTEMD, {"services": ["sdwhole"]}).values():
        assert "Accept=no" in result["msg"], result


def answers(lab):
    """Whether port 7301 of each host serves the client from outside, and one on the host itself."""
    outside = lab.ask("client", [["hello", lab.fleet.address(host), 7301] for host in lab.names])
    found = {(host, "outside"): served for host, served in zip(lab.names, outside)}
    found.update({(host, "inside"): lab.ask(host, [["hello", "::1", 7301]])[0] for host in lab.names})
    return found

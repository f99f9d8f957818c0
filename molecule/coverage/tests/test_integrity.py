# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tcpd_integrity_info against each release's own packages, a tampered tcpd, and real sockets on port 421."""

INTEGRITY = "portcullis.tcp_wrappers.tcpd_integrity_info"
TAMPER = "cp -a /usr/sbin/tcpd /root/tcpd && printf x >> /usr/sbin/tcpd && chmod 4755 /usr/sbin/tcpd"
RESTORE = "mv -f /root/tcpd /usr/sbin/tcpd"  # cp of Debian 11 and 12 leaves the set-id bit
# one socket listens on 421, one is connected to it, and one is what the listener accepted
SOCKETS = """
import socket, struct, time
server = socket.create_server(("127.0.0.1", 421))
client = socket.create_connection(("127.0.0.1", 421))
accepted, _address = server.accept()
for end in (client, accepted):
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
time.sleep(600)
"""


def errors(result):
    return sorted(
        {(finding["code"], finding["path"]) for finding in result["findings"] if finding["severity"] == "error"},
        key=str,
    )


def test_the_packages_own_files_then_a_trojan(lab):
    results = lab.fleet.ansible_all("servers", INTEGRITY, {})
    for result in results.values():
        checksums = {entry["path"]: entry["checksum"] for entry in result["files"]}
        assert checksums["/usr/sbin/tcpd"] == "match" and set(checksums.values()) == {"match"}, result
        assert errors(result) == [] and result["sockets"] == [], result

    lab.everywhere("sh", "-c", TAMPER)
    lab.everywhere("systemd-run", "--quiet", "--unit=trojan", "python3", "-c", SOCKETS)
    try:
        for result in lab.fleet.ansible_all("servers", INTEGRITY, {}).values():
            assert errors(result) == [
                ("changed-file", "/usr/sbin/tcpd"),
                ("port-421", None),
                ("set-id", "/usr/sbin/tcpd"),
            ], result
            ends = sorted(
                (entry["port"] == 421, entry["remote_port"] == 421, entry["listening"]) for entry in result["sockets"]
            )
            assert ends == [(False, True, False), (True, False, False), (True, False, True)]
    finally:
        lab.everywhere("systemctl", "stop", "trojan")
        lab.everywhere("sh", "-c", RESTORE)

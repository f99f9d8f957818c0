# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A port that NAT hands on, as Docker publishes one: a real client is served past the filter, and no word says that it is refused."""

import pytest
from place import in_place

STEPS = """
TASK = {
    "services": [{"daemon": "docker-proxy", "ports": [4080]}, {"daemon": "other", "ports": [4081]}],
    "dialect": "debian",
    "allow_text": "",
    "deny_text": "ALL: ALL\\n",
}

def ip(words):
    subprocess.run(["ip"] + words.split(), check=True)

for name, outer, inner in (("client", "10.80.0.1", "10.80.0.2"), ("box", "10.90.0.1", "10.90.0.2")):
    ip("netns add " + name)
    ip("link add to-%s type veth peer name eth0 netns %s" % (name, name))
    ip("addr add %s/24 dev to-%s" % (outer, name))
    ip("link set to-%s up" % name)
    ip("-n %s addr add %s/24 dev eth0" % (name, inner))
    ip("-n %s link set eth0 up" % name)
    ip("-n %s route add default via %s" % (name, outer))
with open("/proc/sys/net/ipv4/ip_forward", "w") as switch:
    switch.write("1")

SERVE = '''
import socket, sys
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("up", flush=True)
while True:
    listener.accept()[0].sendall(sys.argv[3].encode())
'''
ASK = "import socket; s = socket.create_connection(('10.80.0.1', %d), 20); print(s.recv(9).decode())"

def serve(prefix, address, port, word):
    server = subprocess.Popen(prefix + [sys.executable, "-c", SERVE, address, str(port), word], stdout=subprocess.PIPE)
    assert server.stdout.readline() == b"up\\n"
    return server

def ask(port):
    told = subprocess.run(["ip", "netns", "exec", "client", sys.executable, "-c", ASK % port], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return told.stdout.decode().strip() or "refused"

servers = [
    serve(["ip", "netns", "exec", "box"], "10.90.0.2", 80, "box"),
    serve([], "0.0.0.0", 4080, "host"),
    serve([], "0.0.0.0", 4081, "host"),
]
nft("add", "table", "ip", "mynat")
nft("add", "chain", "ip", "mynat", "pre", "{ type nat hook prerouting priority -100 ; }")
nft("add", "rule", "ip", "mynat", "pre", "tcp", "dport", "4080", "dnat", "to", "10.90.0.2:80")
result = task()
seen = {
    "in_force": [[one["daemon"], one["in_force"]] for one in result["services"]],
    "findings": result["findings"],
    "again": task()["changed"],
    "asked": [ask(4080), ask(4081)],
}
nft("delete", "table", "ip", "mynat")
seen["without"] = [[one["in_force"] for one in task()["services"]], task()["findings"], ask(4080)]
for server in servers:
    server.kill()
print(json.dumps(seen))
"""


@pytest.fixture(name="seen", scope="module")
def fixture_seen():
    return in_place(STEPS)


def test_a_port_that_nat_hands_on_is_served_and_not_in_force(seen):
    assert seen["asked"] == ["box", "refused"]
    assert seen["in_force"] == [["docker-proxy", False], ["other", True]]
    (found,) = seen["findings"]
    assert (found["code"], found["severity"], found["daemon"]) == ("filter_passed", "error", "docker-proxy")
    assert "port 4080/tcp" in found["message"] and "DOCKER-USER" in found["remedy"]
    assert seen["again"] is False


def test_without_the_rule_of_nat_it_is_in_force(seen):
    assert seen["without"] == [[True, True], [], "refused"]

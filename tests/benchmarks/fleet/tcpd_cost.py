# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections a second of one real service, vsftpd: bare, behind tcpd, behind xinetd's own check and with its own libwrap."""

import json
import pathlib
import statistics
import subprocess
from typing import Dict, List, NamedTuple, Sequence, Tuple

import environment

from .lab import Failed, Lab
from .section import Section, Table

SIZES = (10, 1000, 10000)
REPEATS = 5
SECONDS = 0.6  # of each half of a sample
AT_ONCE = 8

SESSIONS = pathlib.Path(__file__).with_name("sessions.c")
NETWORK, IMAGE = "10.91.9", "bookworm-daemons"

# Everything that vsftpd does for a session is the same in all ways but for the one word tcp_wrappers.
VSFTPD = """\
listen=%(listen)s
listen_ipv6=NO
listen_port=%(port)d
background=YES
tcp_wrappers=%(asks)s
anonymous_enable=NO
local_enable=YES
isolate=NO
isolate_network=NO
max_clients=0
max_per_ip=0
secure_chroot_dir=/var/run/vsftpd/empty
"""
# The limits are out of the way: xinetd's own 50 connections a second would decide otherwise.
XINETD = """\
service %(name)s
{
    type = UNLISTED
    port = %(port)d
    socket_type = stream
    protocol = tcp
    wait = no
    user = root
    flags = IPv4 %(flags)s
    server = %(server)s
    server_args = %(arguments)s
    instances = UNLIMITED
    per_source = UNLIMITED
    cps = 1000000 1
}
"""


class Way(NamedTuple):
    """One way to the same service: ``asks`` says who asks libwrap, ``starts`` who starts vsftpd."""

    port: int
    starts: str
    asks: str

    @property
    def name(self) -> str:
        return "bench-%d" % self.port


class Place(NamedTuple):
    """What a sample is taken of: a way, and the table that is asked; none where nobody asks."""

    way: Way
    table: str = ""


BARE, TCPD, SUPERSERVER, ITSELF = (
    Way(2101 + number, "xinetd", asks) for number, asks in enumerate(("nobody", "tcpd", "xinetd", "vsftpd"))
)
ALONE, ALONE_ITSELF = Way(2105, "itself", "nobody"), Way(2106, "itself", "vsftpd")
WAYS = (BARE, TCPD, SUPERSERVER, ITSELF, ALONE, ALONE_ITSELF)


class Sample(NamedTuple):
    rate: float  # sessions a second, AT_ONCE side by side
    wait: float  # milliseconds that one takes when it is the only one


def table(count: int, last: str, first: str = "") -> str:
    """hosts.allow of ``count`` rules that all name the service, so that each is compared with the client; ``last`` stands last."""
    rules = ["vsftpd: 172.%d.%d.0/24" % (16 + number // 250 % 16, number % 250) for number in range(count)]
    rules[-1] = "vsftpd: " + last
    if first:
        rules[0] = "vsftpd: " + first
    return "".join(rule + "\n" for rule in rules)


def configuration() -> Dict[str, str]:
    """What vsftpd and xinetd read: names below /etc and texts."""
    texts = {}
    for way in WAYS:
        conf = "/etc/vsftpd/%s.conf" % way.name
        texts["vsftpd/%s.conf" % way.name] = VSFTPD % {
            "listen": "YES" if way.starts == "itself" else "NO",
            "port": way.port,
            "asks": "YES" if way.asks == "vsftpd" else "NO",
        }
        if way.starts == "xinetd":
            behind = way.asks == "tcpd"
            texts["xinetd.d/" + way.name] = XINETD % {
                "name": way.name,
                "port": way.port,
                "flags": {"xinetd": "", "tcpd": "NOLIBWRAP NAMEINARGS"}.get(way.asks, "NOLIBWRAP"),
                "server": "/usr/sbin/tcpd" if behind else "/usr/sbin/vsftpd",
                "arguments": ("/usr/sbin/vsftpd " if behind else "") + conf,
            }
    return texts


class Host:
    """A container with all ways to the service, and the tables that it takes turns with."""

    def __init__(self, lab: Lab, inventory: pathlib.Path, tables: Dict[str, str]) -> None:
        ((self.name, variables),) = json.loads(inventory.read_text())["all"]["hosts"].items()
        self.address = variables["ansible_host"]
        self.env = environment.variables(lab.core)
        self.table = ""
        # Nobody but ssh, over which the tasks come, is granted anything until a table is used.
        texts = dict({"hosts.allow": "sshd: ALL\n", "hosts.deny": "ALL: ALL\n"}, **configuration())
        texts.update({"hosts.allow." + name: text for name, text in tables.items()})
        for path, text in texts.items():
            (lab.folder / "etc" / path).parent.mkdir(parents=True, exist_ok=True)
            (lab.folder / "etc" / path).write_text(text)
        lab.run(
            [
                {
                    "ansible.builtin.shell": "systemctl stop vsftpd; rm -f /etc/xinetd.d/*; mkdir -p /var/run/vsftpd/empty"
                },
                {"ansible.builtin.copy": {"src": "%s/etc/" % lab.folder, "dest": "/etc/", "mode": "0644"}},
                {
                    "ansible.builtin.shell": "systemctl reload-or-restart xinetd && "
                    + " && ".join("vsftpd /etc/vsftpd/%s.conf" % way.name for way in WAYS if way.starts == "itself")
                },
            ],
            inventory,
        )

    def use(self, name: str) -> None:
        """Have this table as hosts.allow from now on; nothing has to be told, it is read at every connection."""
        if name != self.table:
            subprocess.run(
                ["podman", "exec", self.name, "cp", "/etc/hosts.allow." + name, "/etc/hosts.allow"],
                env=self.env,
                check=True,
            )
        self.table = name


class Client:
    """sessions.c, compiled, and the host that it goes to."""

    def __init__(self, program: pathlib.Path, address: str) -> None:
        self.program = program
        self.address = address
        subprocess.run(["cc", "-O2", "-o", str(program), str(SESSIONS)], check=True)

    def sessions(self, way: Way, at_once: int, seconds: float) -> Tuple[int, int, float]:
        """How many were served and how many were not, in how many seconds."""
        done = subprocess.run(
            [str(self.program), self.address, str(way.port), str(at_once), str(seconds)],
            stdout=subprocess.PIPE,
            check=True,
            universal_newlines=True,
        )
        served, failed, took = done.stdout.split()
        return int(served), int(failed), float(took)

    def sample(self, way: Way, seconds: float) -> Sample:
        """One connection after the other, then many side by side; all must be served."""
        figures = []
        for at_once in (1, AT_ONCE):
            served, failed, took = self.sessions(way, at_once, seconds)
            if failed or not served:
                raise Failed("%s: %d sessions were served, %d were not" % (way, served, failed))
            figures.append((served, took))
        (alone, first), (together, second) = figures
        return Sample(together / second, 1000 * first / alone)

    def check(self) -> None:
        """With a table that grants nobody: who asks refuses, who does not serves. Else the benchmark would measure something else."""
        for way in WAYS:
            served, failed, _took = self.sessions(way, 1, 0.01)
            if (not failed or served) if way.asks != "nobody" else failed:
                raise Failed(
                    "%s: with a table that grants nobody %d sessions were served, %d were not" % (way, served, failed)
                )


def measure(lab: Lab, sizes: Sequence[int] = SIZES, repeats: int = REPEATS, seconds: float = SECONDS) -> Section:
    me = NETWORK + ".1"  # this machine, as the container sees it
    tables = {str(count): table(count, me) for count in sizes}
    tables["first"] = table(sizes[-1], me, first=me)
    places = [Place(BARE), Place(ALONE)]
    places += [Place(way, str(count)) for count in sizes for way in (TCPD, SUPERSERVER, ITSELF, ALONE_ITSELF)] + [
        Place(TCPD, "first")
    ]
    seen: Dict[Place, List[Sample]] = {place: [] for place in places}
    with lab.containers(1, image=IMAGE, name="tcpd", subnet=NETWORK) as inventory:
        host = Host(lab, inventory, tables)
        client = Client(lab.path("sessions"), host.address)
        client.check()
        for _number in range(repeats):
            for place in places:
                host.use(place.table or str(sizes[0]))
                seen[place].append(client.sample(place.way, seconds))
    middle = {key: Sample(*(statistics.median(figures) for figures in zip(*samples))) for key, samples in seen.items()}
    return section(middle, sizes, repeats, seconds)


def section(middle: Dict[Place, Sample], sizes: Sequence[int], repeats: int, seconds: float) -> Section:
    """The figures as tables."""

    def row(title: str, key: Place, bare: Place) -> List[str]:
        figures, base = middle[key], middle[bare]
        added = "" if key == bare else "%+.2f ms" % (figures.wait - base.wait)
        return [title, "%.0f" % figures.rate, "%.2f" % (figures.rate / base.rate), "%.2f ms" % figures.wait, added]

    def rows(way: Way, bare: Place) -> List[List[str]]:
        return [
            row("%s asks, %s rules" % (way.asks, format(count, ",")), Place(way, str(count)), bare) for count in sizes
        ]

    def columns(title: str) -> List[str]:
        return [
            title,
            "Connections a second, %d at once" % AT_ONCE,
            "beside bare",
            "One connection takes, alone",
            "added",
        ]

    started = (
        [row("bare: nobody asks", Place(BARE), Place(BARE))]
        + rows(TCPD, Place(BARE))
        + [row("tcpd asks, the first of %s rules matches" % format(sizes[-1], ","), Place(TCPD, "first"), Place(BARE))]
    )
    started += rows(SUPERSERVER, Place(BARE)) + rows(ITSELF, Place(BARE))
    resident = [row("bare: nobody asks", Place(ALONE), Place(ALONE))] + rows(ALONE_ITSELF, Place(ALONE))
    return Section(
        "What tcpd itself costs",
        "One service, vsftpd of Debian 12, reached in every way: started by xinetd for each connection, with nobody asking libwrap (`NOLIBWRAP`), "
        "behind tcpd (`NOLIBWRAP`, so that it is asked once), with xinetd's own check, and with vsftpd's own (`tcp_wrappers=YES`); then as a daemon "
        "that listens by itself and forks, without and with its own check. The rest of its configuration is the same in all, and xinetd's limits are "
        "out of the way. A connection is a whole session without a login: greeting, `QUIT`, end. The client runs on the machine itself and the "
        "service in a container beside it, so both share its processors. Every rule of hosts.allow names vsftpd and one network, and only the last "
        "matches, the worst case; no rule is by name, so no DNS is in the figures. The ways took turns; medians of %d samples, each %.2f s of one "
        "connection after the other, then %.2f s of %d side by side." % (repeats, seconds, seconds, AT_ONCE),
        [Table(columns("Started by xinetd"), started), Table(columns("Listening by itself"), resident)],
        outro=outro(middle, sizes),
    )


def outro(middle: Dict[Place, Sample], sizes: Sequence[int]) -> str:
    """What the figures say."""
    small, large = sizes[0], sizes[-1]
    per_rule = (
        1000
        * (middle[Place(ALONE_ITSELF, str(large))].wait - middle[Place(ALONE_ITSELF, str(small))].wait)
        / (large - small)
    )
    return (
        "libwrap reads its tables again for every connection, from the top to the rule that matches: a rule that has to be passed costs about %.2f "
        "microseconds, whoever asks. tcpd costs one more program's start and a line in the log besides: %.1f ms with %s rules. "
        "The guide on [when wrappers are the wrong tool](guides/when_wrappers_are_wrong.md) says what follows."
        % (per_rule, middle[Place(TCPD, str(small))].wait - middle[Place(BARE)].wait, format(small, ","))
    )

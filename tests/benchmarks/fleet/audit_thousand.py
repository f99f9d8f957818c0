# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A thousand hosts, really audited once: folders of this machine, beside a ping of them. Half an hour."""

from .audit import AUDIT, RULES, SERVICES, Hosts
from .lab import Lab
from .section import Section, Table, Target
from .task import PING

COUNT, FORKS = 1000, 5


def measure(lab: Lab, count: int = COUNT) -> Section:
    hosts = Hosts(lab, count, lab.watched())
    seen = {"`ping`": hosts.run(lab.play(PING), FORKS), "the playbook `audit`": hosts.run(AUDIT, FORKS)}
    rows = [
        [
            name,
            "%.1f min" % (one.whole.seconds / 60),
            "%.0f s" % one.processor,
            "%.0f s" % sum(process.processor for process in one.modules),
            "%.1f MiB" % (one.peak / 1024),
            "%.0f" % (len(one.modules) / count),
        ]
        for name, one in seen.items()
    ]
    sizes = {path.name: path.stat().st_size for path in hosts.report.iterdir() if path.name.startswith("fleet.")}
    forms = Table(["File", "MB"], [[name, "%.1f" % (size / 1e6)] for name, size in sorted(sizes.items())])
    return Section(
        "%s hosts audited" % format(count, ","),
        "Folders of this machine, %d forks, %s rules and %d services each. The hosts' own work was done on the same processors."
        % (FORKS, format(RULES, ","), SERVICES),
        [
            Table(
                [
                    "",
                    "Whole command",
                    "processor of the controller",
                    "processor of the modules",
                    "peak of the main process",
                    "module runs a host",
                ],
                rows,
            ),
            forms,
        ],
        [Target("files of an audited host, of %s" % format(count, ","), hosts.kilobytes(), 250, unit="KB")],
    )

# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users have today, rebuilt from its description: a file for each rule and assemble, or lineinfile in a loop; and the host that it is done to."""

from typing import Any, Dict, List, Sequence

FRAGMENTS = "/etc/hosts.allow.d"
# a line of inetd.conf, a port and a program for each service, and a copy of what the commands below will change
LEGACY = """\
: > /etc/inetd.conf
for name in %s; do
    echo "$name $((7100 + ${name#bench}))/tcp" >> /etc/services
    printf '#!/bin/sh\\necho served\\n' > /usr/local/sbin/in.$name
    chmod 755 /usr/local/sbin/in.$name
    echo "$name stream tcp nowait root /usr/local/sbin/in.$name in.$name" >> /etc/inetd.conf
done
mkdir /root/before && cp -p /etc/hosts.allow /etc/hosts.deny /etc/inetd.conf /root/before/
systemctl restart inetd
"""
NEW_AGAIN = "rm -rf /etc/*.portcullis.* /etc/portcullis.* %s && cp -p /root/before/* /etc/" % FRAGMENTS
RELOAD = {"name": "Reload inetd", "ansible.builtin.service": {"name": "inetd", "state": "reloaded"}}
PACKAGE = {"ansible.builtin.package": {"name": "tcpd", "state": "present"}}


def services(count: int) -> List[str]:
    """The names of a legacy host's services; what starts one is called in.NAME."""
    return ["bench%d" % (number + 1) for number in range(count)]


def legacy(count: int) -> List[Dict[str, Any]]:
    """Make a legacy host of a new container: services in inetd.conf that nothing protects."""
    return [{"ansible.builtin.shell": LEGACY % " ".join(services(count))}]


def new_again() -> List[Dict[str, Any]]:
    """Make a legacy host again of one that was hardened in any of these ways."""
    return [{"ansible.builtin.shell": NEW_AGAIN}]


def fragments(rules: Sequence[str], count: int) -> Dict[str, Any]:
    """A file for each rule, assembled; everybody else is refused; the controller's address comes from facts, so they are gathered."""
    numbered = [{"name": "%03d" % number, "rule": rule} for number, rule in enumerate(rules)]
    return _play(
        [
            PACKAGE,
            {"ansible.builtin.file": {"path": FRAGMENTS, "state": "directory", "mode": "0755"}},
            {
                "ansible.builtin.copy": {
                    "content": "{{ item.rule }}\n",
                    "dest": FRAGMENTS + "/{{ item.name }}",
                    "mode": "0644",
                },
                "loop": numbered,
            },
            {"ansible.builtin.assemble": {"src": FRAGMENTS, "dest": "/etc/hosts.allow", "mode": "0644"}},
            {"ansible.builtin.copy": {"content": "ALL: ALL\n", "dest": "/etc/hosts.deny", "mode": "0644"}},
            _wrapped(count),
        ],
        gather_facts=True,
    )


def loop(rules: Sequence[str], count: int) -> Dict[str, Any]:
    """A line for each rule."""
    return _play(
        [
            PACKAGE,
            {
                "ansible.builtin.lineinfile": {"path": "/etc/hosts.allow", "line": "{{ item }}", "mode": "0644"},
                "loop": list(rules),
            },
            {"ansible.builtin.lineinfile": {"path": "/etc/hosts.deny", "line": "ALL: ALL", "mode": "0644"}},
            _wrapped(count),
        ],
        gather_facts=False,
    )


def _wrapped(count: int) -> Dict[str, Any]:
    """tcpd in front of each service: a line of inetd.conf each, the cheapest way that there is without a module."""
    return {
        "ansible.builtin.lineinfile": {
            "path": "/etc/inetd.conf",
            "regexp": "^{{ item }}\\s",
            "line": "{{ item }} stream tcp nowait root /usr/sbin/tcpd /usr/local/sbin/in.{{ item }}",
        },
        "loop": services(count),
        "notify": "Reload inetd",
    }


def _play(tasks: List[Dict[str, Any]], gather_facts: bool) -> Dict[str, Any]:
    return {"tasks": tasks, "handlers": [RELOAD], "gather_facts": gather_facts}

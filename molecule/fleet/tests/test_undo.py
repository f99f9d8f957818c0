# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking it all back, and doing it again as check mode said. Runs last: pytest takes the files by name."""

import re

from conftest import HOSTS, listing, on_all, recap

# a copy that the option backup leaves, and the folder of a drop-in that has gone but for such copies
BACKUP = re.compile(r" \./(\S+\.portcullis\.[0-9TZ.]+~|systemd/system/motto@\.service\.d) ")
ONE_OF_EACH = ["--limit", "trixie-xinetd,bullseye-inetd"]
#: where ansible-playbook keeps a file before it copies it
TEMPORARY = re.compile(r"\S*/ansible-local-\S+")


def content(lines):
    """A listing without backups."""
    return [line for line in lines if not BACKUP.search(line)]


def test_absent_takes_it_all_back_byte_for_byte(fleet, harden):
    before = on_all(lambda name: listing(fleet, name, "/root/etc-before"))
    hardened = on_all(lambda name: content(listing(fleet, name)))
    assert all(before[name] != hardened[name] for name in HOSTS)
    # the variables do not name the systemd service any more: the role knows by itself what it wrapped
    status, output = harden("-e", '{"harden_state": "absent", "harden_systemd_services": []}')
    assert status == 0, output
    assert on_all(lambda name: content(listing(fleet, name))) == before
    assert on_all(lambda name: fleet.talk("trixie-inetd", name, 7001)) == dict.fromkeys(HOSTS, "greeting served\n")


def test_a_real_run_does_what_check_mode_showed(fleet, harden):
    before = on_all(lambda name: listing(fleet, name))
    status, shown = harden("--check", "--diff", *ONE_OF_EACH)
    assert status == 0, shown
    assert on_all(lambda name: listing(fleet, name)) == before
    status, done = harden("--diff", *ONE_OF_EACH)
    assert status == 0, done
    assert "+# BEGIN portcullis harden" in done and "+ExecStart=" in done
    assert recap(done) == recap(shown)
    assert tasks(done) == tasks(shown)
    assert all(numbers["changed"] > 0 for numbers in recap(done).values())


def tasks(output):
    """What each task printed, its lines sorted: hosts of a batch answer in any order."""
    output = TEMPORARY.sub("TEMPORARY", output)
    output = re.sub(
        r"^(included: .* for )(.*)$",
        lambda found: found.group(1) + ", ".join(sorted(found.group(2).split(", "))),
        output,
        flags=re.MULTILINE,
    )
    return [
        (title, sorted(text.splitlines()))
        for title, text in re.findall(
            r"^((?:TASK|RUNNING HANDLER|PLAY) \[.*)\n((?:(?!TASK|RUNNING|PLAY).*\n)*)", output, re.MULTILINE
        )
    ]

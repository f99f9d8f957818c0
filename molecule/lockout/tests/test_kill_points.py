# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module is killed at one system call after another: at each, the files are one policy or the other, and the host is reachable.

PORTCULLIS_KILL_POINTS: how many on each host, spread over the run, or all. Each host tries others than the one before.
"""

import json
import os
import subprocess

from conftest import ROOT, SCENARIO

WANTED = os.environ.get("PORTCULLIS_KILL_POINTS", "12")
FOLDER = "/opt/portcullis"


def test_no_kill_point_locks_out_or_tears(lab, hosts, capsys):
    running = []
    for number, host in enumerate(hosts):
        shift = str(number / len(hosts))
        target = FOLDER + "/ansible_collections/portcullis/tcp_wrappers/plugins"
        host.run("mkdir", "-p", target)
        for source, place in (
            (ROOT / "plugins" / "module_utils", target),
            (SCENARIO / "files" / "kill_points.py", FOLDER),
        ):
            subprocess.run(["podman", "cp", str(source), "%s:%s" % (host.container, place)], check=True)
        running.append(
            (
                host,
                subprocess.Popen(
                    ["podman", "exec", host.container, "python3", FOLDER + "/kill_points.py", FOLDER, WANTED, shift],
                    stdout=subprocess.PIPE,
                    universal_newlines=True,
                ),
            )
        )
    tried = out = torn = missed = 0
    wrong = []
    # all have come to their end before any is judged: the first that is wrong leaves no other at work
    for host, process, output in [(host, process, process.communicate()[0]) for host, process in running]:
        assert process.returncode == 0, output
        lines = [json.loads(line) for line in output.splitlines()]
        old, new = lines[0]["old"], lines[0]["new"]
        assert all(answer for answer in old + new)
        assert old != new
        assert lines[0]["left"] == lines[-1]["left_at_the_end"] == []
        for point in lines[1:-1]:
            if point["killed"] == 0:
                # A run has a call more or less than the one that was counted, so the last ones of a kind are not always reached.
                missed += 1
                continue
            bad = point["torn"] or not (
                point["killed"] == -9
                and point["restored"]
                and point["let_in"]
                and point["greeted_after"]
                and point["settled"]
            )
            if bad:
                wrong.append("%s: %s" % (host.name, json.dumps(point, indent=1)))
            tried += 1
            torn += point["torn"]
            out += not (point["let_in"] and point["greeted_after"])
    with capsys.disabled():
        print("\n%d kill points tried: %d locked out, %d torn" % (tried, out, torn))
    assert tried >= 50 and missed <= tried / 10
    assert not wrong, "\n".join(wrong)
    assert (out, torn) == (0, 0)

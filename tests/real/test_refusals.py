# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tcpd_refusals_info over logs of any size: memory and speed."""

import gzip
import random
import resource
import subprocess
import sys

FILLER = (
    "Nov 23 08:00:00 web1 systemd[1]: Started Session %d of user deploy.\n",
    "Nov 23 08:00:00 web1 sshd[%d]: Accepted publickey for deploy from 10.0.0.5 port 50022 ssh2: RSA SHA256:abcdefgh\n",
    "Nov 23 08:00:00 web1 kernel: [%d.123456] IN=eth0 OUT= MAC=00:11:22 SRC=10.1.1.1 DST=10.2.2.2 LEN=60\n",
)


def big_log(path, lines):
    generator = random.Random(1)
    with gzip.open(str(path), "wt", compresslevel=1) as stream:
        for number in range(lines):
            if number % 100 == 0:
                address = "10.%d.%d.%d" % tuple(generator.randrange(256) for _part in range(3))
                line = "Nov 23 08:00:00 web1 sshd[%d]: refused connect from %s (%s)\n" % (
                    number % 32768,
                    address,
                    address,
                )
                stream.write(line)
            else:
                stream.write(FILLER[number % 3] % number)


def test_speed_and_memory(tmp_path, record_property):
    """At least a fifth as fast as zgrep on the same compressed log, and no larger for a log eight times as long."""
    memory = {}
    for name, lines in (("small", 100000), ("large", 800000)):
        big_log(tmp_path / name, lines)
        script = (
            "import resource, sys, time; sys.path[:0] = %r\n"
            "from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import refusals as face\n"
            "from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call\n"
            "params = dict(root='/', since=None, until=None, paths=[%r], daemons=None, limit=10)\n"
            "start = time.process_time()\n"
            "result = face.run(Call(params))\n"
            "print(result['count'], time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
        ) % (sys.path, str(tmp_path / name))
        output = subprocess.check_output([sys.executable, "-c", script], universal_newlines=True)
        count, seconds, peak = output.split()
        assert int(count) == lines // 100
        memory[name] = int(peak)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert int(subprocess.check_output(["zgrep", "-c", "refused", str(tmp_path / "large")])) == 8000
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    zgrep = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    record_property("seconds", "%s against zgrep's %.2f" % (seconds, zgrep))
    print("processor seconds: %s, zgrep %.2f; peak memory %s KiB" % (seconds, zgrep, memory))
    assert float(seconds) <= 5 * zgrep
    assert memory["large"] - memory["small"] < 8 * 1024

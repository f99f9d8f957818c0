# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A local user tries to look like an enforcer, to hide services from tcpd_coverage_info, or to make it fail or crawl."""

import pytest

from attacked import run_module

# Listens, maps the files named on the command line, says its port, and waits.
LISTENER = """
import mmap, socket, sys
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(1)
kept = []
for path in sys.argv[1:]:
    with open(path, "rb") as stream:
        kept.append(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
print(server.getsockname()[1], flush=True)
sys.stdin.read()
"""


@pytest.fixture(name="listener")
def fixture_listener(nobody):
    """Start LISTENER as a user without rights: listener(*files); returns its Popen and port."""
    def start(*files, program="/usr/bin/python3", **options):
        process = nobody(program, "-c", LISTENER, *files, stdin=-1, **options)
        return process, int(process.stdout.readline())

    return start


def cover(scratch, **arguments):
    """The running host's coverage, with the scratch image's tables."""
    ran = run_module("tcpd_coverage_info", allow_path=str(scratch.image / "etc/hosts.allow"), deny_path=str(scratch.image / "etc/hosts.deny"),
                     dialect="debian", **arguments)
    assert not ran.failed, ran.result
    return ran.result


def entry_of(result, port):
    (found,) = [entry for entry in result["services"] if "tcp 127.0.0.1:%d" % port in entry["listens"]]
    return found


def test_a_file_that_is_only_called_libwrap_enforces_nothing(scratch, listener):
    fake = scratch.write("tmp/libwrap.so.0", "no library\n")
    process, port = listener(fake)
    entry = entry_of(cover(scratch), port)
    assert entry["enforced_by"] == [] and entry["pids"] == [process.pid]

# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the proofs with real programs share: how much is asked, where figures go, a network of its own."""

import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "real" / "oracle"), str(HERE.parent / "tools")]
import paths

sys.path.insert(0, str(paths.link_collection()))
from anyip import AnyIP
from sshd_host import RELEASES, Host


class Amount:
    """How much is asked: all of it with PORTCULLIS_ENFORCE=full, as `make enforce` does, a tenth in `make test`."""

    def __init__(self) -> None:
        self.full = os.environ.get("PORTCULLIS_ENFORCE") == "full"

    def of(self, all_of_them: int, a_part: int) -> int:
        return all_of_them if self.full else a_part


@pytest.fixture(scope="session")
def amount():
    return Amount()


@pytest.fixture
def say(capsys):
    """Print a figure, whatever pytest captures."""

    def print_it(text):
        with capsys.disabled():
            print("\n" + text, flush=True)

    return print_it


@pytest.fixture
def network():
    """A network namespace in which this process can have every address; it is left at the end."""
    with AnyIP() as anyip:
        yield anyip


@pytest.fixture
def logging_namespaces():
    """The kernel logs the packets of other namespaces only when told to."""
    switch = pathlib.Path("/proc/sys/net/netfilter/nf_log_all_netns")
    before = switch.read_text()
    switch.write_text("1\n")
    yield
    switch.write_text(before)


@pytest.fixture(scope="session", params=RELEASES)
def host(request):
    """sshd of one Debian release."""
    made = Host(request.param)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        made.remove()

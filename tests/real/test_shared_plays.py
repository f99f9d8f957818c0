# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests that share runs of ansible-playbook pass and fail each by itself."""

from shared_plays import Step, take_steps


def step(message, *arguments, **variables):
    """A task that changes something, or fails where there is no message."""
    task = {"ansible.builtin.assert": {"that": "message != ''", "fail_msg": "nothing to say"}, "changed_when": True}
    return Step([{"gather_facts": False, "tasks": [task]}], arguments, dict(variables, message=message))


def alone(name, message):
    """The same as a play of its own, at whose end the run ends where it fails."""
    return step(message)._replace(plays=[dict(step(message).plays[0], hosts=name)])


def test_each_story_goes_on_with_what_its_own_host_did(tmp_path):
    seen = []

    def two_steps(message):
        ran = yield step(message)
        seen.append((message, ran.failed, ran.changed))
        ran = yield step("again")
        assert not ran.failed

    def stops(name):
        ran = yield alone(name, "")
        assert ran.failed and "nothing to say" in ran.told, ran.output

    def wrong():
        ran = yield step("")
        assert not ran.failed

    stories = {
        "host-0": two_steps("one"),
        "host-1": stops("host-1"),
        "host-2": stops("host-2"),
        "host-3": two_steps(""),
        "host-4": wrong(),
        "host-5": stops("host-nowhere"),
    }
    ended = take_steps(stories, tmp_path)
    assert seen == [("one", False, 1), ("", True, 0)]
    assert {name: type(error) for name, error in ended.items()} == {
        "host-0": type(None),
        "host-1": type(None),
        "host-2": type(None),
        "host-3": type(None),
        "host-4": AssertionError,
        "host-5": AssertionError,
    }

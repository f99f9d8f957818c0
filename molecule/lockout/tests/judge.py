# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judge one run of a situation: by the states that the host recorded, by the controller's results, and by what is left. No clock but the records'."""

import functools
import pathlib
import re
import socket
import subprocess
import tempfile
import time
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from conftest import LEFTOVERS, inside
from situations.kinds import Act, Situation

OWNERS = {
    "old": {"allow": [1, 4, "640"], "deny": [1, 4, "644"]},
    "new": {"allow": [0, 0, "600"], "deny": [0, 0, "600"]},
}
ENDS_OLD = ("lost", "refused", "rolled back", "failed", "silent", "unreachable")
SLACK = 5  # seconds beyond rollback_timeout
PATIENCE = 60  # seconds that the old tables are waited for: how long it took is judged afterwards
Texts = Tuple[Optional[str], Optional[str]]


class Outcome(NamedTuple):
    """What was wrong with one act on one host; nothing, if all lists are empty."""

    situation: str
    act: int
    host: str
    problems: List[str]  # the message, the user, the text at the end
    locked_out: List[str] = []
    torn: List[str] = []
    left: List[str] = []

    def all(self) -> List[str]:
        return self.problems + self.locked_out + self.torn + self.left


def judge_act(
    situation: Situation,
    number: int,
    act: Act,
    box: Any,
    lines: Sequence[Dict[str, Any]],
    said: str,
    before: List[Dict[str, Any]],
    started: float,
) -> Outcome:
    """All that must hold after an act."""
    mine = [line for line in lines if line["host"] == box.name]
    problems = [] if number else judge_users(situation, mine)
    problems += judge_result(act, mine, said)
    wanted = act.tables or ("old" if act.ends in ENDS_OLD else "new")
    old, new = (situation.old["allow"], situation.old["deny"]), policy(situation, act.second or act.options)
    texts = old if wanted == "old" else new
    end = time.monotonic() + PATIENCE
    while wanted == "old" and time.monotonic() < end and not stands(box.states()[-1], wanted, texts):
        time.sleep(1)
    left = ["left on %s: %s" % (box.name, name) for name in wait_clean(box)] if act.clean else []
    box.recorded()
    states = box.states()
    last = states[-1]
    if not stands(last, wanted, texts):
        problems.append("the tables are not the %s ones, whole: %r" % (wanted, last))
    seen = before + [state for state in states if state["at"] > started]
    policies = [old] + [
        found for found in (policy(situation, options) for options in (act.options, act.second or {})) if found
    ]
    torn = [] if len(policies) == 1 or act.keep else judge_torn(seen, policies)
    limit = act.out if act.out is not None else timeout_of(act) + SLACK
    out = judge_out(situation, seen, limit, box)
    if act.after:
        done = subprocess.run(
            [*inside.command(box.container), "sh", "-es"],
            input=act.after,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            check=False,
        )
        if done.returncode:
            problems.append("afterwards does not hold: %s\n%s" % (act.after, done.stdout))
    outcome = Outcome(situation.name, number, box.name, problems, out, torn, left)
    if outcome.all():
        outcome.problems.append(
            "%s, act %d (%s) on %s; the controller said:\n%s\nthe host recorded:\n%s\nand logged:\n%s"
            % (
                situation.name,
                number + 1,
                act.ends,
                box.name,
                said,
                "\n".join(map(str, seen)),
                box.run("journalctl --no-pager -n 40", check=False),
            )
        )
    return outcome


def judge_users(situation: Situation, lines: Sequence[Dict[str, Any]]) -> List[str]:
    """Whether the connection is of the user that the situation tells of."""
    problems = []
    for task, user in (("who logs in", situation.user), ("who becomes", situation.becomes)):
        answers = [str(line["result"].get("stdout", line["result"])) for line in lines if line["task"] == task]
        if user and not any("<%s>" % user in answer for answer in answers):
            problems.append("%s: %s, not %s" % (task, answers, user))
    return problems


def judge_result(act: Act, lines: Sequence[Dict[str, Any]], said: str) -> List[str]:
    """Whether the task ended as it must, and its message is what happened."""
    found = [line for line in lines if line["action"].startswith("portcullis.") or line["task"] == "the task"]
    if act.ends == "killed":
        return []
    if act.ends == "done":
        return [
            "%s: %s" % (line["task"], line["result"].get("msg"))
            for line in lines
            if line["word"] in ("failed", "unreachable")
        ] or ([] if lines else ["no result: %s" % said])
    if act.ends == "silent":
        return ["the controller has a result: %s" % found[-1]] if found and found[-1]["word"] == "ok" else []
    if not found:
        return ["no result of the task"]
    word, result = found[-1]["word"], found[-1]["result"]
    lockout = result.get("lockout") or {}
    problems = []
    good = act.ends in ("confirmed", "unchanged", "not needed")
    if (word == "ok") != good:
        problems.append("ended as %s: %s" % (word, result.get("msg")))
    if act.ends == "confirmed" and lockout.get("confirmation") != "confirmed over a new connection":
        problems.append("confirmation: %r" % lockout.get("confirmation"))
    if act.ends == "not needed" and not str(lockout.get("confirmation")).startswith("not needed"):
        problems.append("confirmation: %r" % lockout.get("confirmation"))
    if act.ends == "lost" and not any(
        text in str(result.get("msg")) for text in ("has put its old files back", "it undoes that by itself")
    ):
        problems.append("the message does not say that the host puts its files back: %s" % result.get("msg"))
    back = (
        "has put its old files back: text, owner and mode",
        "all files are as they were",
    )  # the second: the module had not ended yet
    if act.ends == "rolled back" and not any(text in str(result.get("msg")) for text in back):
        problems.append("the message does not say that the old files are back: %s" % result.get("msg"))
    told = " ".join((str(result.get("msg")) + " " + said).split())
    problems += ["the message lacks %r: %s" % (text, told) for text in act.says if text not in told]
    problems += ["the message has %r: %s" % (text, told) for text in act.never if text in told]
    if not good and result.get("changed"):
        problems.append("changed, though the old files are back")
    return problems


def judge_torn(seen: Sequence[Dict[str, Any]], policies: Sequence[Texts]) -> List[str]:
    """States whose answers are neither those of the old tables nor those of new ones."""
    allowed = [answers(texts) for texts in policies]
    torn = [state for state in seen if texts_of(state) not in policies and answers(texts_of(state)) not in allowed]
    return ["torn: %r" % state for state in torn]


def judge_out(situation: Situation, seen: Sequence[Dict[str, Any]], limit: float, box: Any) -> List[str]:
    """Whether the tables refused the controller longer than the limit, or do at the end."""
    since = None
    problems = []
    for state in seen:
        granted = answers(texts_of(state), situation.client)[0] == ["granted"]
        if not granted and since is None:
            since = state["at"]
        elif granted and since is not None:
            if state["at"] - since > limit:
                problems.append("refused for %.1f seconds, not %s" % (state["at"] - since, limit))
            since = None
    if since is not None:
        problems.append("the tables refuse the controller at the end")
    elif situation.prepared and not greets(box.address):
        problems.append("the ssh server refuses the controller at the end")
    return problems


def stands(state: Dict[str, Any], wanted: str, texts: Optional[Texts]) -> bool:
    """Whether a state is wholly the one that is wanted: text, owner and mode."""
    if wanted == "any":
        return True
    if state["allow"] is None or state["deny"] is None:
        return False
    if texts is not None and texts_of(state) != texts:
        return False
    return texts is None or all(state[table][1:] == OWNERS[wanted][table] for table in ("allow", "deny"))


def texts_of(state: Dict[str, Any]) -> Texts:
    return (state["allow"] or [None])[0], (state["deny"] or [None])[0]


def policy(situation: Situation, options: Dict[str, Any]) -> Optional[Texts]:
    """The tables that a task must leave, where it owns all rules; comments stay."""
    if not options.get("exclusive"):
        return None
    comments = "".join(line for line in situation.old["allow"].splitlines(True) if line.startswith("#"))
    return comments + "".join(rule + "\n" for rule in options["allow"]), "".join(
        rule + "\n" for rule in options["deny"]
    )


def timeout_of(act: Act) -> float:
    given = act.options.get("rollback_timeout", 60)
    return float(given)


@functools.lru_cache(maxsize=None)
def answers(texts: Texts, client: str = "10.99.7.1") -> List[List[str]]:
    """What the real libwrap says of tables in a folder; the first answer is about the controller."""
    requests = [
        ("sshd", client),
        ("sshd", "192.0.2.1"),
        ("sshd", "198.51.100.9"),
        ("in.ftpd", "192.0.2.1"),
        ("in.ftpd", client),
        ("in.ftpd", "198.51.100.9"),
    ]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name, text in zip(("hosts.allow", "hosts.deny"), texts):
            if text is not None:
                (pathlib.Path(folder) / name).write_text(text)
        for daemon, address in requests:
            done = subprocess.run(
                ["tcpdmatch", "-d", daemon, address],
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                universal_newlines=True,
                check=False,
            )
            found.append(re.findall(r"^access:\s*(\w+)", done.stdout, re.MULTILINE)[:1])
    return found


def greets(address: str) -> bool:
    """Whether the ssh server lets a new connection of the controller in; a busy machine may take minutes, and libwrap refuses at once."""
    try:
        with socket.create_connection((address, 22), 180) as connection:
            connection.settimeout(180)
            return connection.recv(64).startswith(b"SSH-")
    except OSError:
        return False


def wait_clean(box: Any) -> List[str]:
    """Files, units and processes that are left when all is done; what is about to go is waited for."""
    script = "left() { %s\n}\n" % LEFTOVERS
    return list(
        box.run(
            script + 'n=0; while [ -n "$(left)" ] && [ $n -lt 40 ]; do n=$((n+1)); sleep 0.5; done; left'
        ).splitlines()
    )

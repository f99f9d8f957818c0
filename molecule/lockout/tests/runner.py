# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a situation on containers of its own, and judge it by what the hosts recorded."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import traceback
import zlib
from typing import Any, Dict, List, NamedTuple, Optional

from conftest import KEY, SCENARIO, inside
from judge import Outcome, judge_act
from situations.kinds import Act, Situation

FILES = SCENARIO / "files"
PREPARE = """
set -e
if [ -x /usr/lib/openssh/sshd-session ]; then echo 'PerSourcePenalties no' > /etc/ssh/sshd_config.d/penalties.conf; systemctl reload ssh; fi
mkdir -p /run/sshd
"""
RESET = """
set -e
umask 077
cat > /etc/hosts.allow.reset <<'END'
%(allow)sEND
cat > /etc/hosts.deny.reset <<'END'
%(deny)sEND
chmod 640 /etc/hosts.allow.reset; chmod 644 /etc/hosts.deny.reset
chown daemon:adm /etc/hosts.allow.reset /etc/hosts.deny.reset
for name in allow deny; do
    to=$(readlink -f /etc/hosts.$name)
    # a table that is a mount of its own is overwritten in place
    mv -f /etc/hosts.$name.reset $to 2>/dev/null || { cp --preserve=mode,ownership /etc/hosts.$name.reset $to; rm /etc/hosts.$name.reset; }
done
"""
WHO = {
    "name": "who logs in",
    "ansible.builtin.raw": "sh -c 'echo \"<$(whoami)>\"'",
    "become": False,
    "changed_when": False,
}
WHO_BECAME = {"name": "who becomes", "ansible.builtin.raw": "sh -c 'echo \"<$(whoami)>\"'", "changed_when": False}
TASK = "the task"
PICTURE = """python3 -B -c 'import json, sys; sys.path.insert(0, "/opt"); import recorder; print(json.dumps(recorder.picture()))'"""
PATIENCE = 420  # seconds for a controller; nothing is judged by it


class Failed(Exception):
    """The situation could not be brought about; the message says why."""


class Box:
    """One container of a situation."""

    def __init__(self, situation: Situation, name: str, address: str) -> None:
        self.name, self.address, self.container = name, address, "portcullis-lockout-" + name
        self.situation = situation

    def start(self, link: str, number: int) -> None:
        podman(
            "run",
            "--detach",
            "--systemd=always",
            "--stop-timeout",
            "0",
            "--name",
            self.container,
            "--hostname",
            self.name,
            "--network",
            "portcullis-lockout",
            "--ip",
            self.address,
            "--volume",
            "%s.pub:/etc/ssh/authorized_keys:ro" % KEY,
            "--cap-add=SYS_PTRACE",
            *self.situation.run,
            "localhost/portcullis-%s" % self.situation.image,
            "/sbin/init",
        )
        self.settle("systemctl is-system-running | grep -qE 'running|degraded'")
        self.run(PREPARE + "ip -6 address add fd00:99:7::%d/64 dev eth0 nodad" % number)
        for name in ("recorder.py", "nameserver.py"):
            words = [*inside.command(self.container), "sh", "-c", "cat > /opt/" + name]
            subprocess.run(words, input=(FILES / name).read_bytes(), check=True)

    def settle(self, condition: str) -> None:
        """Wait for what comes in any case, with a generous end."""
        self.run("n=0; until %s; do n=$((n+1)); [ $n -lt 3000 ] || exit 1; sleep 0.2; done" % condition)

    def record(self) -> None:
        podman("exec", "--detach", self.container, "python3", "/opt/recorder.py", "/opt/states")
        self.settle("[ -s /opt/states ]")

    def run(self, script: str, check: bool = True) -> str:
        """A script of sh with every right, past ssh and libwrap; returns what it prints."""
        done = subprocess.run(
            [*inside.command(self.container), "sh", "-s"],
            input=script,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            check=False,
        )
        if check and done.returncode:
            raise Failed("on %s: %s\n%s" % (self.name, script, done.stdout + done.stderr))
        return done.stdout

    def states(self) -> List[Dict[str, Any]]:
        """All states of the tables so far."""
        return [json.loads(line) for line in self.run("cat /opt/states").splitlines()]

    def recorded(self) -> List[Dict[str, Any]]:
        """The last state, once the recorder has seen what stands there now: it looks a moment later, on a busy machine much later."""
        now = json.loads(self.run(PICTURE))
        end = time.monotonic() + PATIENCE
        while True:
            last = self.states()[-1:]
            if last and dict(last[0], **now) == last[0]:
                return last
            if time.monotonic() > end:
                raise Failed("on %s the recorder has not seen %r, but %r" % (self.name, now, last))
            time.sleep(0.1)

    def reboot(self) -> None:
        podman("kill", self.container)
        podman("start", self.container)
        self.record()
        self.settle("systemctl is-system-running | grep -qE 'running|degraded'")
        self.run("systemctl daemon-reload")  # systemd remembers the unit that undid the change, though its file is gone

    def remove(self) -> None:
        try:
            self.run("chattr -i /etc/hosts.allow /etc/hosts.deny", check=False)  # or podman cannot remove them
        except subprocess.CalledProcessError:
            pass  # it was not started
        podman("rm", "--force", "--ignore", "--volumes", self.container)


def podman(*arguments: str) -> str:
    done = subprocess.run(
        ["podman", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, check=False
    )
    if done.returncode:
        raise Failed("podman %s: %s" % (" ".join(arguments), done.stderr or done.stdout))
    return done.stdout


class Controller:
    """An ansible-playbook in a process group of its own, with a home of its own."""

    def __init__(self, folder: pathlib.Path, number: int, play: Dict[str, Any], environment: Dict[str, str]) -> None:
        self.results = folder / ("results-%d" % number)
        book = folder / ("play-%d.yml" % number)
        book.write_text(json.dumps([play], indent=1))
        self.output = open(str(folder / ("output-%d" % number)), "w+")
        self.process = subprocess.Popen(
            ["ansible-playbook", "-i", str(folder / "hosts.json"), str(book)],
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            cwd=str(folder),
            start_new_session=True,
            env=dict(environment, SITUATION_RESULTS=str(self.results)),
        )

    def signal(self, number: int) -> None:
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return

    def finish(self) -> None:
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGKILL)
            self.process.wait()
            raise Failed("the controller did not end within %d seconds\n%s" % (PATIENCE, self.said())) from None

    def said(self) -> str:
        self.output.seek(0)
        return self.output.read()

    def lines(self) -> List[Dict[str, Any]]:
        if not self.results.exists():
            return []
        return [json.loads(line) for line in self.results.read_text().splitlines()]


class Stage(NamedTuple):
    """What a run of a situation has at hand."""

    situation: Situation
    boxes: List[Box]
    folder: pathlib.Path
    environment: Dict[str, str]


HERE = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP, "go": signal.SIGCONT}


def run_situation(situation: Situation, numbers: List[int], link: str, venv: pathlib.Path) -> List[Outcome]:
    """Run all acts on fresh containers; one outcome for each act and host. `numbers` are the last bytes of their addresses."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pl-"))
    boxes = [Box(situation, "s%d" % number, "10.99.7.%d" % number) for number in numbers]
    helper: Optional[subprocess.Popen] = None
    try:
        for box, number in zip(boxes, numbers):
            box.start(link, number)
            if situation.setup:
                box.run(fill(situation.setup, box, folder, link))
        stage = Stage(situation, boxes, folder, environment(situation, folder, venv, boxes[0], link))
        write_inventory(stage, link)
        if situation.before:
            helper = subprocess.Popen(
                ["sh", "-c", fill(situation.before, boxes[0], folder, link)],
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        for box in boxes:
            box.run(RESET % situation.old)
            box.record()
        return [outcome for number, act in enumerate(situation.acts) for outcome in run_act(stage, number, act)]
    except Failed as error:
        return [Outcome(situation.name, 0, "", [str(error)])]
    except Exception:
        return [Outcome(situation.name, 0, "", [traceback.format_exc()])]
    finally:
        if helper is not None:
            os.killpg(helper.pid, signal.SIGKILL)
            helper.wait()
        for socket in folder.glob("cp/*"):
            subprocess.run(
                ["ssh", "-S", str(socket), "-O", "exit", "nowhere"],
                check=False,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        for box in boxes:
            box.remove()
        shutil.rmtree(str(folder), ignore_errors=True)


def fill(text: str, box: Box, folder: pathlib.Path, link: str) -> str:
    words = {
        "{address}": box.address,
        "{number}": box.address.rpartition(".")[2],
        "{folder}": str(folder),
        "{key}": str(KEY),
        "{link}": link,
    }
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def filled(values: Dict[str, Any], box: Box, stage: "Stage") -> Dict[str, Any]:
    return {
        name: fill(value, box, stage.folder, "") if isinstance(value, str) else value for name, value in values.items()
    }


def environment(situation: Situation, folder: pathlib.Path, venv: pathlib.Path, box: Box, link: str) -> Dict[str, str]:
    """The controller's variables: a home of its own, so that no connection of another situation is used."""
    for name, text in situation.files.items():
        (folder / name).write_text(fill(text, box, folder, link))
    settings = {
        "ANSIBLE_HOME": str(folder),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(folder / "cp"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_CALLBACK_PLUGINS": os.pathsep.join(
            filter(None, [str(FILES / "callback"), os.environ.get("ANSIBLE_CALLBACK_PLUGINS")])
        ),
        "ANSIBLE_CALLBACKS_ENABLED": ",".join(filter(None, ["record", os.environ.get("ANSIBLE_CALLBACKS_ENABLED")])),
        "ANSIBLE_HOST_KEY_CHECKING": "False",
        # half of them as Ansible does it by default; a name keeps its half
        "ANSIBLE_PIPELINING": str(zlib.crc32(situation.name.encode()) % 2 == 1),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_FORCE_COLOR": "0",
        "ANSIBLE_RETRY_FILES_ENABLED": "0",
        "ANSIBLE_DEPRECATION_WARNINGS": "0",
        "ANSIBLE_TIMEOUT": "30",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.minimal",
    }
    path = os.pathsep.join([str(venv / "bin"), os.environ["PATH"]])
    found = dict(os.environ, PATH=path, VIRTUAL_ENV=str(venv), **settings)
    found.update({name: fill(value, box, folder, link) for name, value in situation.environment.items()})
    found.pop("ANSIBLE_CONFIG", None)
    return found


def write_inventory(stage: Stage, link: str) -> None:
    common = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o IdentitiesOnly=yes -o PasswordAuthentication=no"
    hosts = {}
    for box in stage.boxes:
        values = {
            "ansible_host": box.address,
            "ansible_user": stage.situation.user,
            "ansible_ssh_private_key_file": str(KEY),
            "ansible_ssh_common_args": common,
            "ansible_python_interpreter": "/usr/bin/python3",
            "portcullis_image": stage.situation.image,
        }
        values.update(stage.situation.way)
        hosts[box.name] = {
            name: fill(value, box, stage.folder, link) if isinstance(value, str) else value
            for name, value in values.items()
        }
        own = stage.boxes[0].run("cat /sys/class/net/eth0/address").strip()
        for name, value in hosts[box.name].items():
            if isinstance(value, str) and "{link_local}" in value:
                hosts[box.name][name] = value.replace("{link_local}", "%s%%%s" % (link_local(own), link))
    (stage.folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))


def link_local(mac: str) -> str:
    """The IPv6 address that the kernel makes of an Ethernet address (RFC 4291, appendix A)."""
    parts = [int(part, 16) for part in mac.split(":")]
    parts[0] ^= 2
    parts[3:3] = [0xFF, 0xFE]
    return "fe80::" + ":".join("%x" % (parts[place] << 8 | parts[place + 1]) for place in range(0, 8, 2))


def run_act(stage: Stage, number: int, act: Act) -> List[Outcome]:
    """One run of the controller with what happens meanwhile, and its judgement."""
    situation = stage.situation
    for box in stage.boxes:
        if not act.keep:
            box.run(RESET % situation.old)
        if act.host:
            box.run(act.host)
    before = {box.name: box.recorded() for box in stage.boxes}
    started = time.monotonic()
    play = play_of(situation, number, act)
    # the host looks for the first step before the controller starts, for that may be over in seconds
    first = begin(act.steps[0], stage) if act.steps else None
    controller = Controller(stage.folder, number, play, dict(stage.environment, **act.environment))
    other: Optional[Controller] = None
    try:
        for place, step in enumerate(act.steps):
            take(step, stage, controller, first if first and not place else begin(step, stage))
        if act.second is not None:
            tasks = [{"name": TASK, act.module: act.second}]
            other = Controller(
                stage.folder,
                number + 100,
                dict(play, tasks=tasks, vars=filled(act.second_way, stage.boxes[0], stage)),
                stage.environment,
            )
            other.finish()
        controller.finish()
    finally:
        controller.signal(signal.SIGCONT)
        controller.signal(signal.SIGKILL)
    outcomes = []
    for box in stage.boxes:
        said = (other or controller).said()
        lines = controller.lines() + (other.lines() if other else [])
        outcomes.append(judge_act(situation, number, act, box, lines, said, before[box.name], started))
    if act.ends == "killed" and controller.process.returncode != -signal.SIGKILL:
        outcomes[0].problems.append("the controller ended by itself, and was not killed\n" + controller.said())
    return outcomes


def play_of(situation: Situation, number: int, act: Act) -> Dict[str, Any]:
    """The play of an act; the first one asks whose connection it is."""
    play: Dict[str, Any] = {"hosts": "all", "gather_facts": False}
    play.update(situation.play)
    play.update(act.play)
    who = [] if number else [WHO] + ([WHO_BECAME] if situation.becomes else [])
    play["tasks"] = who + list(act.tasks or ({"name": TASK, act.module: act.options},))
    return play


def begin(step: Any, stage: Stage) -> subprocess.Popen:
    """Let the first host wait for a step's condition, and do what the step does there; returns once the host looks."""
    box = stage.boxes[0]
    script = "rm -f /opt/enough; echo looks\nuntil { %s; } > /dev/null 2>&1; do [ -e /opt/enough ] && exit 9; sleep 0.2; done\n"
    script = script % step.when + (step.do if step.do not in HERE and step.do != "reboot" else "")
    waiting = subprocess.Popen(
        [*inside.command(box.container), "sh", "-s"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    assert waiting.stdin is not None and waiting.stdout is not None
    waiting.stdin.write(script)
    waiting.stdin.close()
    if waiting.stdout.readline() != "looks\n":
        raise Failed("%s does not wait for: %s" % (box.name, step.when))
    return waiting


def take(step: Any, stage: Stage, controller: Controller, waiting: subprocess.Popen) -> None:
    """See a step to its end: what the host waits for and does, then what is done here. A condition that never comes is said."""
    box = stage.boxes[0]
    ended = threading.Event()

    def give_up() -> None:
        # a controller that is stopped or dead brings about no more than the host does by itself
        while not ended.wait(1):
            if controller.process.poll() is not None and not ended.wait(45):
                box.run("touch /opt/enough")
                return

    thread = threading.Thread(target=give_up, daemon=True)
    thread.start()
    assert waiting.stdout is not None
    try:
        said = waiting.stdout.read()
        if waiting.wait():
            raise Failed("on %s: %s: %s\n%s\n%s" % (box.name, step.when, step.do, said, controller.said()))
    finally:
        ended.set()
        thread.join()
    if step.do == "reboot":
        box.reboot()
    elif step.do in HERE:
        controller.signal(HERE[step.do])

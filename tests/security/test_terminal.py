# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No text of a host drives the operator's terminal: names, tables, logs and paths full of escapes, through every module and both roles."""

import json
import os
import shutil

import pytest

import hostile_text
from attacked import Scratch, remove, run_module
from test_hostile_images import ARGUMENTS, FILES

# What a terminal acts on and what turns text around. Lines end with a line feed, and tables hold tabs.
FORBIDDEN = frozenset(hostile_text.CONTROLS)
HOSTILE_NAME = "odd\x1b[31m\x07\u202e\x9bname\nfatal: [host]: FAILED!"
ESCAPES = "\x1b]0;owned\x07\x1b[1A\x1b[2K\x9b\u202e"
FORGED = "fatal: [honest]: FAILED! => forged"
COVERAGE = {"changed": False, "services": [], "findings": [], "kernel": [], "dialect": "debian"}
# Where a text is a whole file, it has lines.
WHOLE_FILES = ("allow_text", "deny_text", "before", "after", "prepared")


def texts(value, key=""):
    """Every text of a result, with the key that it stands under."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield "", name
            yield from texts(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one, key)
    elif isinstance(value, str):
        yield key, value


def look_for_controls(ran, name):
    """Fail where a module's answer has in any text what a terminal would act on."""
    assert not FORBIDDEN & set(ran.text.decode("utf-8")), name
    answer = {key: value for key, value in ran.result.items() if key != "invocation"}  # the task's own words
    for key, text in texts(answer):
        assert not FORBIDDEN & set(text), (name, key, text)
        assert "\n" not in text or key in WHOLE_FILES, (name, key, text)


@pytest.fixture(name="odd_scratch")
def fixture_odd_scratch(scratch):
    """A scratch folder whose own name is hostile, so that every message with a path has it."""
    folder = scratch.folder / HOSTILE_NAME
    folder.mkdir()
    return Scratch(folder)


@pytest.fixture(name="payloads")
def fixture_payloads(scratch):
    return hostile_text.Payloads(scratch.folder / "marks")


def hostile(odd_scratch, payloads):
    hostile_text.fill_image(odd_scratch, payloads)
    for name, text in zip(("allow", "deny"), hostile_text.tables_of_odd_text(payloads)):
        odd_scratch.write("etc/hosts." + name, text)
    odd_scratch.write("etc/xinetd.d/" + HOSTILE_NAME.replace("/", ""), "service x\n{\n nonsense\n")
    odd_scratch.write(
        "etc/xinetd.conf", "includedir /etc/xinetd.d\ninclude /etc/%s\n" % HOSTILE_NAME.split("\n", maxsplit=1)[0]
    )


@pytest.mark.parametrize("dialect", ["debian", "auto"])
def test_no_module_answers_with_what_a_terminal_acts_on(dialect, odd_scratch, payloads):
    hostile(odd_scratch, payloads)
    for name in sorted(ARGUMENTS):
        for check in (True, False):
            look_for_controls(
                run_module(name, check=check, root=str(odd_scratch.image), dialect=dialect, **ARGUMENTS[name]), name
            )


def test_no_mistake_of_a_host_is_told_with_what_a_terminal_acts_on(odd_scratch, payloads):
    """The same where something else stands in a file's place: each error names the path."""
    failed = 0
    for path in FILES:
        for make in (os.mkdir, os.mkfifo, lambda place: os.symlink(os.path.basename(place), place)):
            odd_scratch.fresh()
            place = odd_scratch.image / path
            remove(place)
            place.parent.mkdir(parents=True, exist_ok=True)
            make(str(place))
            for name in (
                ("hosts_access", "inetd_tcpd", "xinetd_tcpd", "systemd_tcpd")
                if path.startswith("etc/")
                else ("tcpd_refusals_info",)
            ):
                ran = run_module(name, root=str(odd_scratch.image), dialect="debian", **ARGUMENTS[name])
                look_for_controls(ran, name)
                failed += ran.failed
        if failed > 20:
            break
    assert failed > 4


@pytest.mark.parametrize("role", ["audit", "harden"])
def test_no_role_shows_what_a_terminal_acts_on(role, controller, scratch, payloads):
    hostile(scratch, payloads)
    for host in ("honest", "liar"):
        shutil.copytree(str(scratch.image), str(scratch.folder / "images" / host), symlinks=True)
    controller.hosts("honest")
    controller.poison("liar", "\x1b[2J\x9b\u202e\nfatal: [honest]: FAILED!")
    variables = {
        role + "_root": str(scratch.folder / "images") + "/{{ inventory_hostname }}",
        role + "_dialect": "debian",
    }
    if role == "harden":
        variables.update(harden_allow=["sshd: 10.0.0.0/8"], harden_lockout_guard="disabled")
    else:
        variables.update(
            audit_output_dir=str(controller.folder / "audit"),
            audit_fail_on=["assertions", "errors", "findings", "coverage", "integrity"],
        )
    plays = [{"hosts": "all", "gather_facts": False, "roles": ["portcullis.tcp_wrappers." + role]}]
    if role == "audit":
        plays = "portcullis.tcp_wrappers.audit"
        variables["audit_become"] = False
    done = controller.play(plays, "--diff", **variables)
    said = done.stdout.decode("utf-8")
    assert not FORBIDDEN & set(said), [line for line in said.split("\n") if FORBIDDEN & set(line)]
    assert not [line for line in said.split("\n") if line == "fatal: [honest]: FAILED!"]
    assert "honest" in said


def words(mark):
    """What a host says: a mark to find it by, what a terminal acts on, and a line that looks like Ansible's own."""
    return "%s %s\n%s" % (mark, ESCAPES, FORGED)


def thing(kind, **fields):
    """An object of ansible-core 2.19 and later, as a module may send it."""
    return dict(fields, __ansible_type=kind)


def event(mark):
    return thing("Event", msg=words(mark), formatted_traceback=words(mark), help_text=words(mark))


# By host: the whole output of its tcpd_coverage_info. Each says what Ansible shows before an action sees the result.
SHOWN_EARLY = {
    "behind": json.dumps(COVERAGE) + "\n" + words("behind") + "\n",
    "around": words("before") + "\n" + json.dumps(COVERAGE) + "\n" + words("around"),
    "nojson": words("nojson"),
    "warned": json.dumps(dict(COVERAGE, warnings=[words("warned")])),
    "deprecated": json.dumps(
        dict(COVERAGE, deprecations=[{"msg": words("deprecated"), "version": ESCAPES, "collection_name": ESCAPES}])
    ),
    "warned-object": json.dumps(dict(COVERAGE, warnings=[thing("WarningSummary", event=event("warned-object"))])),
    "deprecated-object": json.dumps(
        dict(COVERAGE, deprecations=[thing("DeprecationSummary", event=event("deprecated-object"), version=ESCAPES)])
    ),
    "failed-object": json.dumps(
        dict(COVERAGE, failed=True, exception=thing("ErrorSummary", event=event("failed-object")))
    ),
    "message-object": json.dumps(
        dict(COVERAGE, failed=True, msg=event("msg"), stdout=event("stdout"), diff=[{"prepared": event("diff")}])
    ),
}


def look_at_screen(done):
    """Fail where anything raw of a host, or a line of its own, reached the screen; returns what did as one line, for ansible-core 2.16 breaks lines."""
    said = done.stdout.decode("utf-8")
    assert not FORBIDDEN & set(said), [line for line in said.split("\n") if FORBIDDEN & set(line)]
    assert not [line for line in said.split("\n") if line.strip() == FORGED], said
    return " ".join(said.split()).replace("\\\\", "\\")


def test_nothing_that_ansible_shows_before_an_action_sees_it_is_raw(controller):
    controller.hosts("honest")
    for host, answer in SHOWN_EARLY.items():
        controller.lie(host, tcpd_coverage_info=answer)
    plays = [
        {
            "hosts": "all",
            "gather_facts": False,
            "tasks": [{"portcullis.tcp_wrappers.tcpd_coverage_info": {}, "diff": True}],
        }
    ]
    said = look_at_screen(controller.play(plays))
    for host in set(SHOWN_EARLY) - {"message-object"}:
        assert host + " \\x1b]0;owned\\x07" in said, (host, said)
    assert "this host wrote more than the module's answer: behind" in said and "before \\x1b" not in said


@pytest.mark.parametrize("role", ["audit", "harden"])
def test_the_names_of_facts_that_a_role_refuses_are_printable(role, controller):
    facts = {role + "_" + words("fact"): 1}
    facts.update(("%s_%d" % (role, number), 1) for number in range(5000))
    controller.lie("liar", setup={"changed": False, "ansible_facts": facts})
    variables = {"harden_allow": ["sshd: ALL"]} if role == "harden" else {"audit_output_dir": str(controller.folder)}
    plays = [{"hosts": "liar", "gather_facts": True, "roles": ["portcullis.tcp_wrappers." + role]}]
    said = look_at_screen(controller.play(plays, **variables))
    assert "the facts of this host hold %s_0, %s_1," % (role, role) in said, said
    assert "and 4981 more" in said and len(said) < 20000, len(said)
    del facts[role + "_0"]
    facts = {key: value for key, value in facts.items() if not key[-1].isdigit()}
    controller.lie("liar", setup={"changed": False, "ansible_facts": facts})
    said = look_at_screen(controller.play(plays, **variables))
    assert "the facts of this host hold %s_fact \\x1b]0;owned" % role in said, said


def test_a_warning_of_an_honest_module_is_shown_once(controller):
    controller.hosts("honest")
    controller.lie("warned", tcpd_coverage_info=dict(COVERAGE, warnings=["the log is old"]))
    controller.lie(
        "object",
        tcpd_coverage_info=dict(
            COVERAGE, warnings=[thing("WarningSummary", event=thing("Event", msg="the table is odd"))]
        ),
    )
    done = controller.play(
        [
            {
                "hosts": "warned,object",
                "gather_facts": False,
                "tasks": [{"portcullis.tcp_wrappers.tcpd_coverage_info": {}}],
            }
        ]
    )
    said = look_at_screen(done)
    assert said.count("[WARNING]: the log is old") == 1 and said.count("[WARNING]: the table is odd") == 1, said


def test_what_ssh_says_of_a_host_that_hangs_up_is_one_printable_line_and_the_host_is_unreachable(controller, scratch):
    controller.hosts("honest")
    controller.hang_up("gone", words("gone"))
    guarded = {"root": str(scratch.image), "allow": ["sshd: 10.0.0.0/8"]}
    tasks = [
        {"portcullis.tcp_wrappers.tcpd_coverage_info": {}},
        {"portcullis.tcp_wrappers.hosts_access": guarded},
        {"portcullis.tcp_wrappers.hosts_access": {"allow": ["sshd: 10.0.0.0/8"]}, "become": True},
    ]
    said = look_at_screen(
        controller.play([{"hosts": "gone", "gather_facts": False, "ignore_unreachable": True, "tasks": tasks}])
    )
    assert said.count("UNREACHABLE!") == 3 and said.count("gone \\x1b]0;owned") >= 3, said


def test_what_a_host_says_when_ansible_cleans_up_is_printable(controller, scratch):
    controller.keep_files("hoarder", words("hoarder"))
    tasks = [{"portcullis.tcp_wrappers.tcpd_coverage_info": {"root": str(scratch.image)}}]
    said = look_at_screen(controller.play([{"hosts": "hoarder", "gather_facts": False, "tasks": tasks}]))
    assert "hoarder \\x1b]0;owned" in said, said

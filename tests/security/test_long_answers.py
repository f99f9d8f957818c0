# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A taken-over host answers as much as it likes: that is its own error, and the report of all hosts can be read."""

import copy
import csv
import io
import json
import random
import sys
from xml.etree import ElementTree

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.files import Folder
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.fleet import as_document
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.host import LONGEST, document
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.report import Made, write_report
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._host_words import TooLong, plain_words
from attacked import ROOT

sys.path.insert(0, str(ROOT / "tests" / "browser"))

import fleets  # noqa: E402

# A text in Chromium has 512 Mi characters at most. A page that somebody shall open is far below.
PAGE = 40 * 1000 * 1000
MEBI = 1024 * 1024


def long_message(answer):
    """What `<` becomes on the page is six times as long."""
    answer["coverage"]["findings"][0]["message"] = "<" * 20000000


def long_messages(answer):
    one = answer["coverage"]["findings"][0]
    answer["coverage"]["findings"] = [dict(one, message="%d %s" % (n, "<" * 1000)) for n in range(7000)]


def many_findings(answer):
    one = answer["coverage"]["findings"][0]
    answer["coverage"]["findings"] = [dict(one, message="finding %d" % n) for n in range(100000)]


def many_kinds(answer):
    one = answer["tables"]["findings"][0]
    answer["tables"]["findings"] = [dict(one, code="kind-%d" % n) for n in range(9000)]


def many_services(answer):
    one = dict(answer["coverage"]["services"][0], daemon=None)
    answer["coverage"]["services"] += [dict(one, name="n%d" % n) for n in range(9000)]


def many_daemons(answer):
    """Each is a column of the page, and would be held against each finding."""
    answer["coverage"]["services"] = [
        dict(answer["coverage"]["services"][0], name="d%d" % n, daemon="d%d" % n) for n in range(9000)
    ]
    answer["answers"] = [one for one in answer["answers"] if one["clients"] is None]
    many_kinds(answer)


def many_numbers(answer):
    answer["coverage"]["services"][0]["pids"] = list(range(1000000))


def many_lines(answer):
    answer["tables"]["allow"]["lines"] = [""] * 1000000


def long_lines(answer):
    answer["tables"]["allow"]["lines"] = ["x" * 15000] * 1000


def long_everything(answer):
    for service in answer["coverage"]["services"]:
        for key in ("evidence", "remedy", "runs_as", "program"):
            service[key] = "&" * 16000
    for one in answer["answers"]:
        one["rule"] = ">" * 16000


# What is said of what is missing: an error of the host, a mark at the end of the text, or that the page is without it.
ERROR, CUT, LEFT_OUT, NOTHING = "error", "cut", "left out", "nothing is missing"
ATTACKS = {
    long_message: CUT,
    long_messages: LEFT_OUT,
    many_findings: ERROR,
    many_kinds: LEFT_OUT,
    many_services: NOTHING,
    many_daemons: LEFT_OUT,
    many_numbers: ERROR,
    many_lines: ERROR,
    long_lines: ERROR,
    long_everything: NOTHING,
}


def asked(name, answer, clients=None):
    """A host's document as the role writes and reads it."""
    made = document(name, fleets.TIME, answer, fleets.ASSERTIONS, fleets.CLIENTS if clients is None else clients)
    return as_document(json.loads(json.dumps(made)), name, fleets.TIME)


def write(folder, hosts):
    folder.mkdir()
    with Folder(str(folder)) as opened:
        return write_report(opened, iter(hosts), Made(fleets.TIME, fleets.EVIDENCE, ["errors"], 0))


def page_of(folder):
    text = (folder / "fleet.html").read_text(encoding="utf-8")
    return json.loads(text.split('<script type="application/json" id="data">')[1].split("</script>")[0])


@pytest.mark.parametrize("attack, missing", ATTACKS.items(), ids=[one.__name__ for one in ATTACKS])
def test_whatever_there_is_too_much_of_the_report_can_be_read_and_holds_the_other_hosts(attack, missing, tmp_path):
    good = fleets.host_answers(random.Random(1), daemons=("sshd", "in.telnetd"))
    bad = copy.deepcopy(good)
    attack(bad)
    clients = [] if attack is many_daemons else fleets.CLIENTS
    hosts = [asked("bad", bad, clients), asked("fine", good)]
    assert len(json.dumps(hosts[0])) <= LONGEST
    report = write(tmp_path / "out", hosts)
    write(tmp_path / "alone", hosts[1:])
    out = tmp_path / "out"
    assert (out / "fleet.html").stat().st_size < PAGE and (out / "fleet.xml").stat().st_size < 2 * PAGE
    page, alone = page_of(out), page_of(tmp_path / "alone")
    assert [host["name"] for host in page["hosts"]] == ["bad", "fine"]
    assert _cells(page, 1) == _cells(alone, 0) and page["hosts"][1]["errors"] == {}
    told = page["hosts"][0]["errors"]
    assert any("at most" in one for one in told.values()) == (missing is ERROR), told
    assert (report.left_out, page["left_out"]) == ((["bad"],) * 2 if missing is LEFT_OUT else ([], []))
    assert ("[cut: 20000000 characters in all]" in json.dumps(page["findings"])) == (missing is CUT)
    assert len(list(csv.reader(io.StringIO((out / "fleet.csv").read_text(encoding="utf-8"))))) > 2
    assert len(ElementTree.parse(str(out / "fleet.xml")).getroot()) == 2
    assert len(json.loads((out / "fleet.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]) >= 2


def _cells(page, number):
    """What the page says of a host, with what the numbers in it stand for."""
    cells = page["hosts"][number]["cells"]
    return {
        page["daemons"][int(daemon)]: (
            [None if n is None else page["answers"][n] for n in cell["answers"]],
            [page["findings"][n]["message"] for n in cell["findings"]],
            [page["places"][n] for n in cell["places"]],
            cell["open"],
        )
        for daemon, cell in cells.items()
    }


def test_a_host_that_is_left_out_of_the_page_keeps_its_place_there(tmp_path):
    """The worst hosts come first, whatever they send beside it."""
    good = fleets.host_answers(random.Random(1), daemons=("sshd",))
    bad = copy.deepcopy(good)
    for service in bad["coverage"]["services"]:
        service.update(enforced_by=[], listens=["*:22"])
    plain = asked("bad", bad)
    long_messages(bad)
    large = asked("bad", bad)
    assert large["errors"] == {}
    report = write(tmp_path / "out", [large])
    write(tmp_path / "plain", [plain])
    page, other = page_of(tmp_path / "out"), page_of(tmp_path / "plain")
    assert report.left_out == ["bad"] == page["left_out"] and page["left_out_count"] == 1
    assert "fleet.json" in page["hosts"][0]["errors"]["page"]
    assert page["hosts"][0]["rank"] == other["hosts"][0]["rank"] == 0 and page["verdict"] == other["verdict"]
    assert [one["met"] for one in page["hosts"][0]["assertions"]] == [
        one["met"] for one in other["hosts"][0]["assertions"]
    ]
    assert page["findings"] == page["answers"] == page["daemons"] == []


def test_many_hosts_that_send_much_leave_room_on_the_page_for_the_others(tmp_path):
    good = fleets.host_answers(random.Random(1), daemons=("sshd",))
    fine = asked("fine", good)
    bad = copy.deepcopy(good)
    bad["coverage"]["findings"] = [
        dict(bad["coverage"]["findings"][0], message="%d %s" % (n, "<" * 5000)) for n in range(100)
    ]
    made = asked("bad", bad)

    def hosts():
        for number in range(60):
            findings = [dict(one, message="%d %s" % (number, one["message"])) for one in made["findings"]["coverage"]]
            yield dict(made, host="bad%d" % number, findings=dict(made["findings"], coverage=findings))
        yield fine

    report = write(tmp_path / "out", hosts())
    page = page_of(tmp_path / "out")
    assert (tmp_path / "out" / "fleet.html").stat().st_size < 130 * MEBI
    assert report.left_out and page["left_out_count"] == len(report.left_out) < 60
    assert page["hosts"][60]["cells"] and page["hosts"][60]["errors"] == {}


def test_large_tables_of_an_honest_host_are_kept_or_are_left_out_by_name():
    good = fleets.host_answers(random.Random(1), daemons=("sshd",))
    lines = ["sshd : 10.%d.%d.%d : ALLOW" % (n // 65536, n // 256 % 256, n % 256) for n in range(100000)]
    good["tables"]["allow"]["lines"] = lines
    assert asked("one", good)["errors"] == {} and asked("one", good)["tables"]["allow"]["lines"] == lines
    good["tables"]["deny"]["lines"] = lines * 2
    made = asked("one", good)
    assert sorted(made["errors"]) == ["tables"] and "Set audit_keep_rules: false." in made["errors"]["tables"]
    assert made["tables"]["allow"]["lines"] is None and made["access"] and made["findings"]["tables"]


@pytest.mark.parametrize(
    "stdout, told",
    [
        ('{"a": "%s"}' % ("x" * 33 * MEBI), "longer than 32 MiB"),
        ("x" * 33 * MEBI, "longer than 32 MiB"),
        ('{"a": [%s[]]}' % ("[]," * 6000000), "more than 5592405 values"),
    ],
    ids=["text", "no answer", "lists"],
)
def test_an_answer_longer_than_any_module_s_is_refused_before_it_is_parsed(stdout, told):
    with pytest.raises(TooLong, match=told):
        plain_words({"stdout": stdout})


def test_what_is_shown_of_an_answer_is_short():
    clean = plain_words({"stdout": "x\n" * MEBI, "stderr": "y\n" * MEBI})
    assert len(clean["stdout"]) <= 65536 and len(clean["stderr"]) <= 65536
    clean = json.loads(plain_words({"stdout": json.dumps({"msg": "x" * MEBI, "warnings": ["y" * MEBI] * 9})})["stdout"])
    assert [len(one) for one in [clean["msg"], *clean["warnings"]]] == [65536] * 10
    assert clean["msg"].endswith(" [cut: 1048576 characters in all]")


def test_the_controller_reports_all_hosts_where_one_sends_too_much(controller):
    """The role and a module: through Ansible, with an answer that is too long to be parsed and one that is not."""
    answer = fleets.host_answers(random.Random(1), daemons=("sshd",))
    many_findings(answer)
    controller.hosts("honest", audit_dialect="debian")
    controller.lie("many", tcpd_audit_info=dict(answer, changed=False))
    too_long = json.dumps({"changed": False, "services": [], "findings": [], "msg": "x" * 33 * MEBI})
    controller.lie("long", tcpd_audit_info=too_long, tcpd_coverage_info=too_long)
    out = controller.folder / "out"
    tasks = [{"portcullis.tcp_wrappers.tcpd_coverage_info": {}, "ignore_errors": True}]
    done = controller.play(
        [
            {"hosts": "long", "gather_facts": False, "tasks": tasks},
            {"ansible.builtin.import_playbook": "portcullis.tcp_wrappers.audit"},
        ],
        audit_output_dir=str(out),
        audit_become=False,
        audit_fail_on=[],
    )
    said = done.stdout.decode()
    assert done.returncode == 0 and len(said) < 50000, said[:3000]
    assert "longer than 32 MiB" in " ".join(said.split()), said
    page = page_of(out)
    hosts = {host["name"]: host for host in page["hosts"]}
    assert hosts["honest"]["cells"] and hosts["honest"]["errors"] == {}
    assert "must have 10000 at most" in hosts["many"]["errors"]["coverage"]
    assert all("longer than 32 MiB" in error for error in hosts["long"]["errors"].values())
    assert sorted(hosts["long"]["errors"]) == ["answers", "coverage", "integrity", "refusals", "tables"]

# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every target sets up what it needs by itself, below .cache/.

PYTHON ?= python3
STAGES := $(PYTHON) tests/tools/run_stages.py

.PHONY: help test test-long quick demo conformance real enforce security fuzz bench-engine bench-analysis bench-enforce bench-fleet mutate molecule coverage sanity units integration execution-environment docs docsite setup clean

help:
	@echo "make demo                     see what the collection does, on a folder; no root, no container"
	@echo "make quick                    unit tests and lint, in seconds"
	@echo "make test                     all tests and gates, with a summary"
	@echo "make test-long                what takes hours: all kill points, the coverage-guided search for hostile text"
	@echo "make conformance              the engine against the golden answers of eleven libwrap builds"
	@echo "make real                     tests against the real tcpd, libwrap and tcpdmatch of this machine"
	@echo "make enforce                  the policy in nftables and sshd: every translation against the real programs; needs root"
	@echo "make security                 the attacks: hostile images, hosts, users and tables; needs root"
	@echo "make fuzz                     random rule files against the installed libwrap, until stopped"
	@echo "make molecule SCENARIO=NAME   one Molecule scenario (default: default)"
	@echo "make bench-engine             how fast the engine decides, beside the C library"
	@echo "make bench-analysis           how fast shadowed rules and compare are, beside Aerleon's shade check"
	@echo "make bench-enforce            from a policy to nftables, beside Aerleon; needs root"
	@echo "make bench-fleet              what a run costs a host, beside loops and copied files"
	@echo "make mutate                   how many small changes to the matching and the decisions the tests notice"
	@echo "make coverage                 what the unit tests cover"
	@echo "make sanity units integration CORE=2.21    ansible-test with one ansible-core (2.16 to 2.21, devel)"
	@echo "make execution-environment    an execution environment with the collection; needs a registry"
	@echo "make docs                     the documentation, as HTML"
	@echo "make docsite                  the guides as RST for Ansible's docsite, from the Markdown of docs/"
	@echo "make clean                    remove what the tests made"

test:
	@$(STAGES) test

test-long:
	@$(STAGES) test-long

quick:
	@$(STAGES) quick

demo:
	@$(PYTHON) tests/tools/demo.py

conformance: .cache/venv-2.21/.stamp
	@.cache/venv-2.21/bin/python tests/conformance/run.py

fuzz:
	@$(PYTHON) tests/tools/system.py
	@$(PYTHON) tests/real/fuzz_libwrap.py

real: .cache/venv-2.21/.stamp
	@$(PYTHON) tests/tools/system.py
	@.cache/venv-2.21/bin/python -m pytest tests/real

enforce: .cache/venv-2.21/.stamp
	@$(PYTHON) tests/tools/system.py
	@PORTCULLIS_ENFORCE=full .cache/venv-2.21/bin/python -m pytest -q tests/enforce

security:
	@$(STAGES) security

bench-engine:
	@$(PYTHON) tests/tools/system.py benchmarks
	@$(PYTHON) tests/tools/venvs.py bench
	@.cache/venv-bench/bin/python tests/benchmarks/bench_engine.py

bench-analysis:
	@$(PYTHON) tests/tools/system.py benchmarks
	@$(PYTHON) tests/tools/venvs.py bench
	@.cache/venv-bench/bin/python tests/benchmarks/bench_analysis.py

bench-enforce:
	@$(PYTHON) tests/tools/system.py benchmarks
	@$(PYTHON) tests/tools/venvs.py bench
	@.cache/venv-bench/bin/python tests/benchmarks/bench_enforce.py

bench-fleet:
	@$(PYTHON) tests/benchmarks/bench_fleet.py

mutate:
	@$(PYTHON) tests/tools/mutate.py

coverage:
	@$(PYTHON) tests/tools/coverage_report.py

CORE ?= 2.21
sanity units integration:
	@$(PYTHON) tests/tools/ansible_test.py $(CORE) $@

execution-environment:
	@$(PYTHON) tests/tools/execution_environment.py --build

SCENARIO ?= default
molecule:
	@$(PYTHON) tests/tools/molecule.py $(SCENARIO)

docs:
	@$(PYTHON) tests/tools/docs.py

docsite:
	@$(PYTHON) tests/tools/venvs.py docs
	@.cache/venv-docs/bin/python tests/tools/docsite.py

setup:
	@$(PYTHON) tests/tools/system.py
	@$(PYTHON) tests/tools/venvs.py

.cache/venv-2.21/.stamp: tests/tools/requirements/2.21.txt
	@$(PYTHON) tests/tools/venvs.py 2.21
	@touch $@

clean:
	rm -rf .cache

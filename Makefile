# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every target sets up what it needs by itself, below .cache/.

PYTHON ?= python3
STAGES := $(PYTHON) tests/tools/run_stages.py

.PHONY: help test quick real molecule coverage sanity units integration setup clean

help:
	@echo "make quick                    unit tests and lint, in seconds"
	@echo "make test                     all tests and gates, with a summary"
	@echo "make molecule SCENARIO=NAME   one Molecule scenario (default: default)"
	@echo "make coverage                 what the unit tests cover"
	@echo "make real                     tests against the real tcpd, libwrap and tcpdmatch of this machine"
	@echo "make sanity units integration CORE=2.21    ansible-test with one ansible-core (2.21, 2.19, 2.16)"
	@echo "make clean                    remove what the tests made"

test:
	@$(STAGES) test

quick:
	@$(STAGES) quick

real:
	@$(STAGES) real

coverage:
	@$(STAGES) coverage
	@cat .cache/logs/coverage.log

CORE ?= 2.21
sanity units integration:
	@$(PYTHON) tests/tools/ansible_test.py $(CORE) $@

SCENARIO ?= default
molecule:
	@$(PYTHON) tests/tools/molecule.py $(SCENARIO)

setup:
	@$(PYTHON) tests/tools/system.py
	@$(PYTHON) tests/tools/venvs.py

clean:
	rm -rf .cache

# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every target sets up what it needs by itself, below .cache/.

PYTHON ?= python3
STAGES := $(PYTHON) tests/tools/run_stages.py

.PHONY: help test quick setup clean

help:
	@echo "make test       all tests and gates, with a summary"
	@echo "make quick      unit tests and lint, in seconds"
	@echo "make clean      remove what the tests made"

test:
	@$(STAGES) test

quick:
	@$(STAGES) quick

setup:
	@$(PYTHON) tests/tools/system.py
	@$(PYTHON) tests/tools/venvs.py

clean:
	rm -rf .cache

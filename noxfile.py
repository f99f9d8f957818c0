# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sessions of nox, all from antsibull-nox.toml."""

import antsibull_nox
import nox

nox.options.envdir = ".cache/nox"
antsibull_nox.load_antsibull_nox_toml()

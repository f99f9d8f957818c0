# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sphinx's configuration for `make docs`."""

project = "portcullis.tcp_wrappers"
project_copyright = "2026, the portcullis.tcp_wrappers authors"
extensions = ["myst_parser", "sphinx_antsibull_ext", "sphinx.ext.intersphinx"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]
# GitHub shows the guides too, where links to files of the repository work; Sphinx need not know those.
suppress_warnings = ["myst.xref_missing"]
html_theme = "sphinx_ansible_theme"
html_theme_options = {"vcs_pageview_mode": "edit", "documentation_home_url": "index.html"}
html_title = "portcullis.tcp_wrappers"
html_show_sphinx = False
highlight_language = "yaml+jinja"
default_role = "any"
nitpicky = False
exclude_patterns = ["docsite"]

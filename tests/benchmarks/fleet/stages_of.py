# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module's own code in this process and say how long each of its stages took.

usage: python stages_of.py FOLDER_OF_THE_COLLECTION BODY ARGUMENTS.json STAGES.json
BODY is MODULE:FUNCTION below _modules. STAGES.json is a list of [title, [MODULE:NAME, ...]] below module_utils. Prints JSON: processor seconds by
title, "" for the rest. A stage within a stage counts by itself only.
"""

import importlib
import json
import sys
import time

PACKAGE = "ansible_collections.portcullis.tcp_wrappers.plugins.module_utils."
spent = {}
running = []  # [title, seconds of the stages within]


def timed(title, function):
    """The function, which counts its seconds under a title."""

    def call(*arguments, **named):
        frame = [title, 0.0]
        running.append(frame)
        started = time.process_time()
        try:
            return function(*arguments, **named)
        finally:
            seconds = time.process_time() - started
            running.pop()
            spent[title] = spent.get(title, 0.0) + seconds - frame[1]
            if running:
                running[-1][1] += seconds

    return call


def replace(title, place):
    """Time a function wherever it was imported to, or a method of a class."""
    module, _colon, name = place.partition(":")
    holder = importlib.import_module(PACKAGE + module)
    owner, dot, method = name.partition(".")
    if dot:
        holder = getattr(holder, owner)
        setattr(holder, method, timed(title, getattr(holder, method)))
        return
    function = getattr(holder, name)
    for other in [one for key, one in sys.modules.items() if key.startswith(PACKAGE)]:
        for key, value in list(vars(other).items()):
            if value is function:
                setattr(other, key, timed(title, function))


def main(collections, body, arguments, stages):
    sys.path.insert(0, collections)
    module, _colon, name = body.partition(":")
    started = time.process_time()
    body = getattr(importlib.import_module(PACKAGE + "_modules." + module), name)
    with open(stages) as text:
        wanted = json.load(text)
    for _title, places in wanted:
        for place in places:
            importlib.import_module(PACKAGE + place.partition(":")[0])
    importing = time.process_time() - started
    for title, places in wanted:
        for place in places:
            replace(title, place)
    with open(arguments) as text:
        params = json.load(text)
    timed("", getattr(sys.modules[PACKAGE + "_modules." + module], name))(
        importlib.import_module(PACKAGE + "_modules.call").Call(params)
    )
    spent["imports"] = importing
    print(json.dumps(spent))


if __name__ == "__main__":
    main(*sys.argv[1:])

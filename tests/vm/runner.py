# SPDX-License-Identifier: GPL-2.0
"""Finds the cases, runs them some at a time, prints a line for each."""
import concurrent.futures
import importlib
import pkgutil
import re
import sys
import time
import traceback

from . import cache, cases
from .story import Skip, Story

ALL = []
SOAK_ONLY = set()	# names
TABLES = []


def case(name, /, soak=False, **arguments):
    """Marks a function of a Story as a test; several marks make several tests of it.

    soak: too long for `make check`; only `make soak` runs it.
    """
    def mark(function):
        ALL.append((name, function, arguments))
        if soak:
            SOAK_ONLY.add(name)
        return function
    return mark


def table(title, rows):
    """A run of all these cases ends with a table of their outcomes.  rows: {row's title: {column's title: case}}."""
    TABLES.append((title, rows))


def collect(pattern="", soak=False):
    """[(name, function, arguments)] in files' order: the cases whose names match; with those that are for soak only?"""
    for module in sorted(m.name for m in pkgutil.iter_modules(cases.__path__)):
        importlib.import_module(f"{cases.__name__}.{module}")
    return [c for c in ALL if re.search(pattern, c[0]) and (soak or c[0] not in SOAK_ONLY)]


def _run(name, function, arguments, seed):
    """(word, seconds, reason) of one case."""
    began = time.monotonic()
    story = None
    try:
        story = Story(name if not seed else f"{name}.{seed}", seed)
        function(story, **arguments)
        word, reason = "ok", ""
    except Skip as skip:
        word, reason = "skip", str(skip)
    except Exception as err:
        word, reason = "FAIL", f"{str(err) or type(err).__name__}"
        if story:
            (story.folder / "traceback").write_text(traceback.format_exc())
            reason = f"{reason.splitlines()[0][:300]} (logs kept in {story.folder})"
    if story:
        story.close(keep=word == "FAIL")
    return word, time.monotonic() - began, reason


def _print_tables(words):
    """words: {case: its worst outcome}."""
    for title, rows in TABLES:
        if not all(name in words for row in rows.values() for name in row.values()):
            continue
        width = max(map(len, [title, *rows]))
        print("\n" + "   ".join([title.ljust(width), *next(iter(rows.values()))]))
        for label, row in rows.items():
            print("   ".join([label.ljust(width), *(words[name].ljust(len(column)) for column, name in row.items())]).rstrip())
        print()


def run(chosen, jobs, repeat=1, extra=()):
    """Runs the cases; extra: [(name, word, seconds, reason)] already known.  Exit code."""
    count, words = {"ok": 0, "skip": 0, "FAIL": 0}, {}

    def report(name, word, seconds, reason):
        count[word] += 1
        words[name] = max(words.get(name, word), word, key=list(count).index)
        print(" ".join(filter(None, [word, name, f"{seconds:.1f}s" if word == "ok" else "", reason])), flush=True)

    for line in extra:
        report(*line)
    (cache.BUILD / "tests").mkdir(parents=True, exist_ok=True)
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    futures = {pool.submit(_run, *c, seed): c[0] for seed in range(repeat) for c in chosen}
    try:
        for done in concurrent.futures.as_completed(futures):
            report(futures[done], *done.result())
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        print("interrupted", file=sys.stderr)
        count["FAIL"] += 1
    _print_tables(words)
    summary = f"{count['ok']} passed, {count['FAIL']} failed"
    print(summary + (f", {count['skip']} skipped" if count["skip"] else ""), flush=True)
    return 1 if count["FAIL"] else 0

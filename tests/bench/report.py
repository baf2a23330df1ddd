#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Plots and a Markdown table from the results of run.sh: report.py DIRECTORY

Reads results.csv and results.txt, writes cost.svg, memory.svg, lists.svg and table.md beside them.
"""
import csv
import math
import os
import sys
from html import escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 40, 55
COLOURS = {"rbl-dnsd": "#0b6e4f", "in process": "#5fb49c", "echo": "#888888", "ip4set": "#c1121f",
           "ip4trie": "#e09f3e", "ip4tset": "#6a4c93"}
NAMES = {"ip4set": "rbldnsd ip4set", "ip4trie": "rbldnsd ip4trie", "ip4tset": "rbldnsd ip4tset"}


def read_results(path):
    rows = []
    with open(path, newline="") as f:
        for row in csv.DictReader(f):
            row["addresses"], row["lists"] = int(row["addresses"]), int(row["lists"])
            for key in ("median", "min", "max"):
                row[key] = float(row[key])
            rows.append(row)
    return rows


def series(rows, measure, along):
    """{system: [(x, median, min, max)]} of the growth cases, along "addresses" or "lists"."""
    found = {}
    for row in rows:
        if row["kind"] != "growth" or row["measure"] != measure:
            continue
        if along == "addresses" and row["lists"] != 1:
            continue
        found.setdefault(row["system"], []).append(
            (row[along], row["median"], row["min"], row["max"]))
    return {system: sorted(set(points)) for system, points in found.items()}


def lists_series(rows, measure):
    """Only the cases with one number of addresses, that of the most lists."""
    growth = [r for r in rows if r["kind"] == "growth"]
    if not growth:
        return {}
    entries = max(growth, key=lambda r: r["lists"])["addresses"]
    return series([r for r in growth if r["addresses"] == entries], measure, "lists")


def short(x):
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if x >= size:
            return "%g%s" % (x / size, unit)
    return "%g" % x


class Plot:
    def __init__(self, title, xlabel, ylabel, lines, logy):
        self.lines, self.logy = lines, logy
        points = [p for line in lines.values() for p in line]
        self.xs = sorted({p[0] for p in points})
        self.xmin, self.xmax = math.log10(self.xs[0]), math.log10(self.xs[-1])
        low, high = min(p[1] for p in points), max(p[1] for p in points)
        self.ymin = math.floor(math.log10(low)) if logy else 0
        self.ymax = math.ceil(math.log10(high)) if logy else high * 1.1
        self.parts = [
            '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
            'font-family="sans-serif" font-size="12">' % (WIDTH, HEIGHT),
            '<rect width="100%" height="100%" fill="white"/>',
            self.text(LEFT, 22, title, "start", 15),
            self.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, xlabel, "middle"),
            '<text x="16" y="%g" text-anchor="middle" transform="rotate(-90 16 %g)">%s</text>'
            % (HEIGHT / 2, HEIGHT / 2, escape(ylabel))]

    @staticmethod
    def text(x, y, text, anchor, size=12, fill="#222"):
        return ('<text x="%.1f" y="%.1f" text-anchor="%s" font-size="%d" fill="%s">%s</text>'
                % (x, y, anchor, size, fill, escape(text)))

    def x(self, value):
        span = self.xmax - self.xmin or 1
        return LEFT + (math.log10(value) - self.xmin) / span * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        v = math.log10(value) if self.logy else value
        span = self.ymax - self.ymin or 1
        return HEIGHT - BOTTOM - (v - self.ymin) / span * (HEIGHT - TOP - BOTTOM)

    def ticks(self):
        if self.logy:
            return [10.0 ** e for e in range(int(self.ymin), int(self.ymax) + 1)]
        step = 10 ** math.floor(math.log10(self.ymax / 4))
        while self.ymax / step > 7:
            step *= 2
        return [i * step for i in range(int(self.ymax / step) + 1)]

    def grid(self):
        for tick in self.ticks():
            y = self.y(tick)
            self.parts.append('<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#ddd"/>'
                              % (LEFT, WIDTH - RIGHT, y, y))
            self.parts.append(self.text(LEFT - 6, y + 4, short(tick), "end"))
        for x in self.xs:
            self.parts.append(self.text(self.x(x), HEIGHT - BOTTOM + 18, short(x), "middle"))

    def draw(self):
        self.grid()
        ends = []
        for system, points in self.lines.items():
            colour = COLOURS.get(system, "#1d3557")
            path = " ".join("%.1f,%.1f" % (self.x(p[0]), self.y(p[1])) for p in points)
            self.parts.append('<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>'
                              % (path, colour))
            for x, median, _, _ in points:
                self.parts.append('<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>'
                                  % (self.x(x), self.y(median), colour))
            ends.append((self.y(points[-1][1]), NAMES.get(system, system), colour))
        at = -20.0
        for y, name, colour in sorted(ends):
            at = max(y, at + 15)  # names do not cover each other
            self.parts.append(self.text(WIDTH - RIGHT + 8, at + 4, name, "start", 12, colour))
        return "\n".join(self.parts + ["</svg>", ""])


def write_plots(rows, out):
    memory = series(rows, "memory", "addresses")
    image = series(rows, "image", "addresses")
    if "rbl-dnsd" in image:
        memory["rbl-dnsd"] = image["rbl-dnsd"]
    plots = (
        ("cost.svg", "Server CPU per answer, UDP", "addresses in one list", "microseconds",
         series(rows, "cpu", "addresses"), False),
        ("memory.svg", "Memory per address", "addresses in one list", "bytes", memory, True),
        ("lists.svg", "Server CPU per answer, the same addresses in more lists",
         "lists in one zone", "microseconds", lists_series(rows, "cpu"), False))
    for name, title, xlabel, ylabel, lines, logy in plots:
        if lines:
            with open(os.path.join(out, name), "w") as f:
                f.write(Plot(title, xlabel, ylabel, lines, logy).draw())


TABLE = (("load-sorted", "text to answering, sorted", "%.0f ms"),
         ("load-unsorted", "text to answering, unsorted", "%.0f ms"),
         ("restart", "restart to first answer", "%.0f ms"),
         ("memory", "memory per address", "%.1f bytes"),
         ("cpu", "server CPU per answer", "%.2f µs"))


def write_table(rows, out):
    """The case with most addresses in one list, clustered, and its like in twenty lists."""
    cases = [(r["addresses"], r["lists"]) for r in rows if r["kind"] == "clustered"]
    if not cases:
        return
    entries = max(c[0] for c in cases if c[0] <= 10000000)
    systems = ("echo", "rbl-dnsd", "ip4tset", "ip4set", "ip4trie")
    with open(os.path.join(out, "table.md"), "w") as f:
        with open(os.path.join(out, "results.txt")) as results:
            for line in list(results)[:2]:
                f.write(line)
        for lists in sorted({c[1] for c in cases if c[0] == entries}):
            f.write("\n| %s addresses, %s | %s |\n|%s\n" % (
                short(entries), "one list" if lists == 1 else "%d lists in one zone" % lists,
                " | ".join({"echo": "only echoes"}.get(s, NAMES.get(s, s)) for s in systems),
                " --- |" * (len(systems) + 1)))
            for measure, label, form in TABLE:
                cells = []
                for system in systems:
                    hit = [r["median"] for r in rows
                           if (r["addresses"], r["kind"], r["lists"], r["system"], r["measure"])
                           == (entries, "clustered", lists, system, measure)]
                    cells.append(form % hit[0] if hit else "")
                if any(cells):
                    f.write("| %s | %s |\n" % (label, " | ".join(cells)))


def main():
    out = sys.argv[1]
    rows = read_results(os.path.join(out, "results.csv"))
    write_plots(rows, out)
    write_table(rows, out)
    return 0


if __name__ == "__main__":
    sys.exit(main())

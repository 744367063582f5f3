"""Figures come in pairs of one run, ours and the peer's in turn: only their ratios decide."""

import json
import statistics

from suite.processes import WORK


class Row:
    """One row of the report: how often a figure of ours was compared with the peer's."""

    def __init__(self, name, unit, peer="Apache Kafka", whose="ours"):
        self.name, self.unit, self.peer, self.whose = name, unit, peer, whose
        self.ours, self.theirs = [], []

    def add(self, ours, theirs=None):
        self.ours.append(ours)
        if theirs is not None:
            self.theirs.append(theirs)

    def ratios(self):
        return [a / b for a, b in zip(self.ours, self.theirs) if b]

    def report(self, at_least=None, at_most=None, absolute=False):
        """Prints the row; `absolute` judges our figure, else the median of the ratios.

        Without a goal the row only informs."""
        ratios = self.ratios()
        ours = statistics.median(self.ours)
        judged = ours if absolute else statistics.median(ratios)
        met = (at_least is None or judged >= at_least) and (at_most is None or judged <= at_most)
        goal = ""
        if at_least is not None or at_most is not None:
            bound = f">= {at_least}" if at_least is not None else f"<= {at_most}"
            goal = f" | goal {bound}{'' if absolute else ' x'}: {'met' if met else 'MISSED'}"
        versus = ""
        if ratios:
            versus = (f" | {self.peer} {statistics.median(self.theirs):.4g} | ratio "
                      f"{statistics.median(ratios):.3g} ({min(ratios):.3g}-{max(ratios):.3g})")
        print(f"{self.name} [{self.unit}]: {self.whose} {ours:.4g} "
              f"({min(self.ours):.4g}-{max(self.ours):.4g}){versus}{goal}", flush=True)
        with open(WORK / "results.jsonl", "a") as out:
            out.write(json.dumps({"row": self.name, "unit": self.unit, self.whose: self.ours,
                                  "theirs": self.theirs, "met": met}) + "\n")
        return met

"""The row of abuse: what good clients notice of bad ones."""

import os
import re

from suite.driving import sized
from suite.pairs import Row
from suite.processes import BUILD, run


def e19(options):
    """Good clients' acknowledgements beside mutated requests, and beside clients that come and go."""
    met = []
    for title, test, size in (
            ("20,000 mutated requests a second", "*mutated*", {"LEAT_FRAMES": 200_000}),
            ("clients that come and go", "*come_and_go*", {"LEAT_CONNECTS": 20_000})):
        row = Row(f"E19 p99 of 1,000 records/s beside {title}", "ms", "without them", "beside")
        for _ in range(options.pairs):
            environment = {**os.environ, "LEAT_FRAME_RATE": "20000",
                           **{name: str(sized(options, value, value // 10))
                              for name, value in size.items()}}
            out = run(BUILD / "hostile_tests", f"--gtest_filter={test}", env=environment)
            seen = dict(re.findall(r"p99 (alone|beside them): ([0-9.]+)", out))
            row.add(float(seen["beside them"]), float(seen["alone"]))
        met.append(row.report(at_most=1.5))
    return all(met)

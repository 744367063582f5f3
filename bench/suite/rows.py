"""The rows. Each prints its figures and returns whether all of its goals were met."""

from suite import abuse, latencies, states, throughput, transactions

ROWS = {"B1": throughput.b1, "B2": throughput.b2, "B3": throughput.b3, "B4": latencies.b4,
        "B5": throughput.b5, "B6": latencies.b6, "B9": states.b9, "B10": states.b10,
        "B11": states.b11, "B12": states.b12, "B13": throughput.b13, "B15": transactions.b15,
        "E19": abuse.e19}

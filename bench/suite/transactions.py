"""The row of transactions."""

from suite.brokers import start_kafka, start_leat
from suite.driving import load, sized
from suite.pairs import Row


def b15(options):
    """One producer's transactions of ten records: ours synced, Apache Kafka's in the page cache."""
    met = []
    with start_leat() as leat, start_kafka() as kafka:
        for title, goal, arguments in (("", 10, []), (" with offsets", 20, ["--offsets"])):
            speed = Row(f"B15 ten 100 B records a transaction{title}", "transactions/s")
            commit = Row(f"B15 commit{title}, p99", "ms")

            def transact(broker, count):
                return load(broker, "transactions", "--size", 100, "--records", 10, "--count",
                            sized(options, count, 50), *arguments)

            transact(kafka, 300)  # the JVM compiles
            for _ in range(options.pairs):
                ours, theirs = transact(leat, 2000), transact(kafka, 100)
                speed.add(ours["transactions_per_s"], theirs["transactions_per_s"])
                commit.add(ours["commit_ms"]["p99"], theirs["commit_ms"]["p99"])
            met.append(speed.report(at_least=goal))
            commit.report()
    return all(met)

"""The rows of what a broker holds: partitions, connections, data; its start and its recovery."""

import resource
import time

from suite.brokers import start_kafka, start_leat
from suite.driving import drive, fill, load, new_topic, sized
from suite.pairs import Row
from suite.processes import Failed


def b11(options):
    """From exec to the first metadata reply, and memory when idle."""
    ready, memory = Row("B11 start to first answer", "s"), Row("B11 resident when idle", "MB")
    for _ in range(options.pairs):
        figures = []
        for start in (start_leat, start_kafka):
            with start() as broker:
                time.sleep(2)
                figures.append((broker.ready_s, broker.resident_mb()))
        ready.add(figures[0][0], figures[1][0])
        memory.add(figures[0][1], figures[1][1])
    return all([ready.report(at_most=0.04, absolute=True), memory.report(at_most=20, absolute=True)])


def many_partitions(start, topics, each, seconds):
    """What a broker of `topics` topics with `each` partitions costs, by the name of the figure."""
    def ask(*arguments):
        return drive(broker, "topics", "bench", "--topics", topics, "--partitions", each, *arguments)

    with start() as broker:
        made = ask("--create")
        time.sleep(seconds)  # what follows on the creation
        figures = {"created": made["created_s"], "serving": made["serving_s"],
                   "resident": broker.resident_mb(), "idle": broker.cpu_percent(seconds)}
        broker.stop_cleanly()
        broker.start()
        figures["restart"] = ask()["serving_at"] - broker.started
        ask("--write")
        broker.kill()
        broker.start()
        figures["recovery"] = ask()["serving_at"] - broker.started
        return figures


def b9(options):
    """Many partitions, in topics of 100: creation, memory, idle CPU, a restart, a recovery."""
    each = 100
    topics = max(1, (options.partitions or sized(options, 10_000, 300)) // each)
    title = f"B9 {topics * each:,} partitions, "
    rows = {"created": Row(title + "creation until acknowledged", "s"),
            "serving": Row(title + "creation until each answers", "s"),
            "resident": Row(title + "resident when idle", "MB"),
            "idle": Row(title + "CPU when idle", "% of a core"),
            "restart": Row(title + "clean restart until each answers", "s"),
            "recovery": Row(title + "a record in each, kill -9, until each answers", "s")}
    for _ in range(options.pairs):
        ours, theirs = [many_partitions(start, topics, each, sized(options, 10, 2))
                        for start in (start_leat, start_kafka)]
        for name, row in rows.items():
            row.add(ours[name], theirs[name])
    return all([rows["created"].report(at_most=0.5, absolute=True),
                rows["serving"].report(at_most=0.2), rows["resident"].report(at_most=0.1),
                rows["idle"].report(at_most=0.5, absolute=True),
                rows["restart"].report(at_most=1, absolute=True),
                rows["recovery"].report(at_most=1, absolute=True)])


def need_files(connections):
    """Leat keeps half of its files for logs."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if allowed < 2 * connections:
        raise Failed(f"{connections} connections need {2 * connections} open files, and `ulimit -n -H` "
                     f"allows {allowed}: raise it, or take at most --connections {allowed // 2}")


def b10(options):
    """Many connections: what an idle one takes, and what they cost the active ones."""
    active = sized(options, 100, 20)
    connections = options.connections or sized(options, 10_000, 500)
    need_files(connections)
    if connections <= active:
        raise Failed(f"--connections must be more than the {active} active ones")
    title = f"B10 {connections - active:,} idle and {active} active connections, "
    memory, opened = Row(title + "memory of an idle one", "KiB"), Row(title + "connects", "connects/s")
    beside = [Row(title + "p99 of the active ones", "ms", "without the idle ones", whose)
              for whose in ("ours", "Apache Kafka")]
    arguments = ["--connections", active, "--idle", connections - active, "--size", 100,
                 "--rate", 10 * active, "--seconds", sized(options, 8, 2)]
    with start_leat(durability="page-cache", max_connections=connections) as leat, \
            start_kafka() as kafka:
        def crowd(broker):
            return load(broker, "connections", *arguments, "--pid", broker.child.pid)

        crowd(kafka)  # the JVM compiles
        for _ in range(options.pairs):
            ours, theirs = crowd(leat), crowd(kafka)
            memory.add(ours["kib_per_idle"], theirs["kib_per_idle"])
            opened.add(ours["connects_per_s"], theirs["connects_per_s"])
            for row, figures in zip(beside, (ours, theirs)):
                row.add(figures["beside_ms"]["p99"], figures["alone_ms"]["p99"])
    beside[1].report()
    return all([memory.report(at_most=4, absolute=True), beside[0].report(at_most=1.2),
                opened.report(at_least=20_000, absolute=True)])


def recover(broker, topic, partitions, count):
    """Kills the broker when it has `count` records that it has not synced. Seconds from its start
    until it acknowledges a record, and until it gives back the right one."""
    broker.stop_cleanly()  # all that it holds is synced
    broker.start()
    broker.wait_until_ready()
    fill(broker, topic, partitions, count, linger_ms=50)
    ends = broker.ends(topic)
    broker.kill()
    broker.start()
    served = drive(broker, "recovery", topic, "--partitions", partitions, "--size", 1024, "--ends",
                   ",".join(map(str, ends)))
    return [served[name] - broker.started for name in ("acknowledged_at", "fetched_at")]


def b12(options):
    """Recovery: kill -9 with data that is not synced, until the broker takes and gives records."""
    gb, unsynced = options.gb or sized(options, 2, 0.1), sized(options, 0.1, 0.02)
    partitions = 100
    title = f"B12 kill -9 with {gb:g} GB in 100 partitions, {unsynced * 1000:g} MB not synced, "
    rows = [Row(title + "first acknowledged record", "s"), Row(title + "first correct fetch", "s")]
    with start_leat(durability="page-cache") as leat, start_kafka() as kafka:
        brokers = [(broker, new_topic(broker, partitions)) for broker in (leat, kafka)]
        for broker, topic in brokers:
            fill(broker, topic, partitions, int(gb * 1e9 / 1024), linger_ms=50)
        for _ in range(options.pairs):
            ours, theirs = [recover(broker, topic, partitions, int(unsynced * 1e9 / 1024))
                            for broker, topic in brokers]
            for row, our, their in zip(rows, ours, theirs):
                row.add(our, their)
    return all([row.report(at_most=1, absolute=True) for row in rows] + [flat(options, gb)])


def flat(options, gb):
    """Whether the recovery takes as long when the logs are five times as large."""
    partitions = 100
    row = Row(f"B12 kill -9 with {5 * gb:g} GB, first correct fetch", "s", f"{gb:g} GB")
    with start_leat(durability="page-cache") as leat:
        topic = new_topic(leat, partitions)

        def grow_to(size, held):
            fill(leat, topic, partitions, int((size - held) * 1e9 / 1024), linger_ms=50)
            return [recover(leat, topic, partitions, 1000)[1] for _ in range(options.pairs)]

        for small, large in zip(grow_to(gb, 0), grow_to(5 * gb, gb)):
            row.add(large, small)
    return row.report(at_most=1.2)

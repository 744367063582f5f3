"""The rows of throughput: writing, reading, both at a constant load."""

import os
import time

from suite.brokers import start_kafka, start_leat
from suite.driving import PARTITIONS, PRODUCERS, drive, fill, load, new_topic, sized
from suite.pairs import Row
from suite.processes import Failed, recycle_pages


def classes(synced):
    """The brokers' and the topics' settings of one class of durability."""
    return ("sync", {"flush_messages": 1}) if synced else ("page-cache", {})


def produce(name, options, size, count, goal, cpu_goal, synced, codec="none"):
    durability, kafka_topic = classes(synced)
    title = f"{name} {size} B, 12 partitions, acks=all, {'synced' if synced else 'page cache'}"
    speed, cpu = Row(title, "records/s"), Row(title, "broker CPU-s/GB")
    arguments = ["--size", size, "--count", count, "--producers", PRODUCERS, "-X", "linger.ms=5",
                 "-X", f"compression.codec={codec}"]
    with start_leat(durability=durability) as leat, start_kafka() as kafka:
        for _ in range(2):  # the JVM compiles
            load(kafka, "produce", *arguments, **kafka_topic)
        load(leat, "produce", *arguments)
        for _ in range(options.pairs):
            recycle_pages(size * count)
            ours = load(leat, "produce", *arguments)
            recycle_pages(size * count)
            theirs = load(kafka, "produce", *arguments, **kafka_topic)
            speed.add(ours["records_per_s"], theirs["records_per_s"])
            cpu.add(ours["cpu_s_per_gb"], theirs["cpu_s_per_gb"])
    met = [speed.report(at_least=goal)]
    if cpu_goal:
        met.append(cpu.report(at_most=cpu_goal))
    return all(met)


def raw(name, options, size, count, goal):
    """The broker's own speed: what it costs to make requests is not measured."""
    title = f"{name} {size} B, encoded beforehand, page cache"
    speed, cpu = Row(title, "records/s"), Row(title, "broker CPU-s/GB")
    arguments = ["--size", size, "--count", count, "--connections", 4]
    with start_leat(durability="page-cache") as leat, start_kafka() as kafka:
        for _ in range(2):  # the JVM compiles
            load(kafka, "raw", *arguments)
        for _ in range(options.pairs):
            recycle_pages(size * count)
            ours = load(leat, "raw", *arguments)
            recycle_pages(size * count)
            theirs = load(kafka, "raw", *arguments)
            speed.add(ours["records_per_s"], theirs["records_per_s"])
            cpu.add(ours["cpu_s_per_gb"], theirs["cpu_s_per_gb"])
    cpu.report()
    return speed.report(at_least=goal)


def b1(options):
    """Throughput of 1 KiB records; from producers, lz4 too, and of batches encoded beforehand."""
    count = sized(options, 1_000_000, 50_000)
    return all([produce("B1", options, 1024, count, 2, 0.25, synced=False),
                produce("B1", options, 1024, count, 2.2, 0.25, synced=True),
                produce("B1 lz4", options, 1024, count, None, 0.2, synced=False, codec="lz4"),
                raw("B1", options, 1024, 2 * count, 2.5)])


def b2(options):
    """Throughput of 100-byte records; from producers, and of batches encoded beforehand."""
    count = sized(options, 10_000_000, 500_000)
    return all([produce("B2", options, 100, count, 1.2, None, synced) for synced in (False, True)]
               + [raw("B2", options, 100, 2 * count, 1.4)])


def b3(options):
    """Durable throughput over few and many partitions, a record's partition drawn by lot."""
    met = []
    for partitions, goal in ((16, 5), (1000, 10)):
        speed = Row(f"B3 1 KiB, {partitions} partitions, 8 producers, synced", "records/s")
        unsynced = Row(f"B3 {partitions} partitions, ours synced, theirs in the page cache",
                       "records/s")
        with start_leat() as leat, start_kafka() as kafka:
            def spread(broker, count, **topic_configs):
                topic = new_topic(broker, partitions, **topic_configs)
                figures = drive(broker, "produce", topic, "--partitions", partitions, "--size", 1024,
                                "--count", sized(options, count, 4000), "--producers", 8, "-X",
                                "linger.ms=5", "-X", "sticky.partitioning.linger.ms=0")
                broker.topic("delete", topic)
                time.sleep(1)
                return figures["records_per_s"]

            many, few = (600_000, 60_000) if partitions == 16 else (200_000, 20_000)
            spread(kafka, many)  # the JVM compiles
            spread(leat, many)
            for _ in range(options.pairs):
                ours = spread(leat, many)
                speed.add(ours, spread(kafka, few, flush_messages=1))
                unsynced.add(ours, spread(kafka, many))
        met.append(speed.report(at_least=goal))
        met.append(unsynced.report(at_least=1 if partitions == 16 else None))
    return all(met)


def b13(options):
    """What a constant load costs: 200 MB/s of 1 KiB records written and read at once."""
    title = "B13 200 MB/s in and out, 1 KiB, 12 partitions, page cache"
    cpu, memory = Row(title, "broker CPU-s/GB"), Row(title + ", resident", "MB")
    late = Row(title + ", p99", "ms")
    arguments = ["--rate", 200e6 / 1024, "--size", 1024, "--seconds", sized(options, 20, 1), "-X",
                 "linger.ms=5"]
    with start_leat(durability="page-cache") as leat, start_kafka() as kafka:
        load(kafka, "latency", *arguments)  # the JVM compiles
        for _ in range(options.pairs):
            figures = []
            for broker in (leat, kafka):
                recycle_pages(int(200e6 * sized(options, 22, 3)))
                figures.append((load(broker, "latency", *arguments), broker.resident_mb()))
            (ours, our_memory), (theirs, their_memory) = figures
            cpu.add(ours["cpu_s_per_gb"], theirs["cpu_s_per_gb"])
            memory.add(our_memory, their_memory)
            late.add(ours["e2e_ms"]["p99"], theirs["e2e_ms"]["p99"])
    late.report()
    return all([cpu.report(at_most=0.35), memory.report(at_most=0.1)])


def replay(broker, verb, topic):
    before = broker.disk_reads_gb()
    figures = drive(broker, verb, topic, "--partitions", PARTITIONS)
    if broker.disk_reads_gb() - before > figures["gb"] / 100:
        raise Failed("the data does not stay in the page cache: take less with --gb")
    return figures


def replay_pairs(title, options, verb, brokers, goal, cpu_goal=None):
    """`brokers`: (ours, its topic) and (Kafka, its topic)."""
    speed, cpu = Row(title, "records/s"), Row(title, "broker CPU-s/GB")
    for broker, topic in (*brokers, brokers[1]):  # the JVM compiles
        replay(broker, verb, topic)
    for _ in range(options.pairs):
        ours, theirs = [replay(broker, verb, topic) for broker, topic in brokers]
        speed.add(ours["records_per_s"], theirs["records_per_s"])
        cpu.add(ours["cpu_s_per_gb"], theirs["cpu_s_per_gb"])
    return all([speed.report(at_least=goal), cpu.report(at_most=cpu_goal)])


def b5(options):
    """Replay of a topic that lies in the page cache: with librdkafka, and thrown away undecoded."""
    gb = options.gb or sized(options, 2, 0.1)
    title = f"B5 replay, 1 KiB, 12 partitions, {gb:g} GB in the page cache, "
    with start_leat(durability="page-cache") as leat, start_kafka() as kafka:
        brokers = [(broker, new_topic(broker)) for broker in (leat, kafka)]
        for broker, topic in brokers:
            fill(broker, topic, PARTITIONS, int(gb * 1e9 / 1024), linger_ms=5)
        os.sync()  # or it would be written back while it is read
        return all([replay_pairs(title + "librdkafka", options, "consume", brokers, 1.0, 0.6),
                    replay_pairs(title + "raw fetch", options, "fetch", brokers, 1.2)])

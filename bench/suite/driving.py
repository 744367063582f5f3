"""What the rows share: one run of the load program."""

import json
import time

from suite.processes import BUILD, run

PARTITIONS = 12
# One librdkafka producer fills one core and would be all that is measured.
PRODUCERS = 2


def sized(options, full, small):
    """A size of a row: the small one only shows that the row runs."""
    return small if options.small else full


def drive(broker, verb, topic, *arguments):
    """One run of bench_load; adds the broker's CPU seconds a GB."""
    before = broker.cpu_seconds()
    figures = json.loads(run(BUILD / "bench_load", verb, "--bootstrap", broker.bootstrap, "--topic",
                             topic, *arguments))
    if "gb" in figures:
        figures["cpu_s_per_gb"] = (broker.cpu_seconds() - before) / figures["gb"]
    return figures


def new_topic(broker, partitions=PARTITIONS, **configs):
    topic = f"bench-{time.time_ns()}"
    pairs = [f"{key.replace('_', '.')}={value}" for key, value in configs.items()]
    broker.topic("create", topic, "-p", partitions, *[word for pair in pairs for word in ("-c", pair)])
    return topic


def load(broker, verb, *arguments, **topic_configs):
    """One run of bench_load on a new topic."""
    topic = new_topic(broker, **topic_configs)
    figures = drive(broker, verb, topic, "--partitions", PARTITIONS, *arguments)
    broker.topic("delete", topic)
    time.sleep(0.5)  # its files go
    return figures


def fill(broker, topic, partitions, count, linger_ms):
    """Writes `count` records of 1 KiB, evenly over the partitions, in batches of 100 KiB at most, so
    that both brokers hold the same."""
    drive(broker, "produce", topic, "--partitions", partitions, "--size", 1024, "--count", count,
          "--producers", PRODUCERS, "-X", f"linger.ms={linger_ms}", "-X", "batch.num.messages=100",
          "-X", "sticky.partitioning.linger.ms=0")

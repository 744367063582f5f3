"""The rows. Each prints its figures and returns whether all of its goals were met."""

import json
import os
import shutil
import sys
import time

from suite.brokers import start_kafka, start_leat
from suite.pairs import Row
from suite.processes import BUILD, ROOT, WORK, Failed, Process, free_port, recycle_pages, run

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


def classes(synced):
    """The brokers' and the topics' settings of one class of durability."""
    return ("sync", {"flush_messages": 1}) if synced else ("page-cache", {})


def produce(name, options, size, count, goal, cpu_goal, synced):
    durability, kafka_topic = classes(synced)
    title = f"{name} {size} B, 12 partitions, acks=all, {'synced' if synced else 'page cache'}"
    speed, cpu = Row(title, "records/s"), Row(title, "broker CPU-s/GB")
    arguments = ["--size", size, "--count", count, "--producers", PRODUCERS, "-X", "linger.ms=5"]
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


def b1(options):
    """Throughput of 1 KiB records."""
    count = sized(options, 1_000_000, 50_000)
    return all([produce("B1", options, 1024, count, 1.5, 0.35, synced) for synced in (False, True)])


def b2(options):
    """Throughput of 100-byte records."""
    count = sized(options, 10_000_000, 500_000)
    return all([produce("B2", options, 100, count, 1.2, None, synced) for synced in (False, True)])


def latency(leat, kafka, pairs, rate, seconds, **kafka_topic):
    """(ours, theirs) of each pair; Kafka is left out where kafka is None."""
    arguments = ["--rate", rate, "--seconds", seconds, "--size", 100, "-X", "linger.ms=0"]
    for _ in range(pairs):
        ours = load(leat, "latency", *arguments)
        yield ours, load(kafka, "latency", *arguments, **kafka_topic) if kafka else None


def b4(options):
    """Latency at a fixed rate, linger 0, from the intended send to the consumer."""
    pairs, met = options.pairs, []
    with start_leat(durability="page-cache") as leat, start_kafka() as kafka:
        load(kafka, "produce", "--size", 100, "--count", 1_000_000)
        p50 = Row("B4 1,000/s page cache p50", "ms")
        p99 = Row("B4 1,000/s page cache p99", "ms")
        for ours, theirs in latency(leat, kafka, pairs, 1000, sized(options, 8, 1)):
            p50.add(ours["e2e_ms"]["p50"], theirs["e2e_ms"]["p50"])
            p99.add(ours["e2e_ms"]["p99"], theirs["e2e_ms"]["p99"])
        p50.report()
        met.append(p99.report(at_most=0.5))
    with start_leat() as leat:
        for rate, goal50, goal99 in ((1000, 0.8, 5), (10_000, 2, 20)):
            p50 = Row(f"B4 {rate:,}/s synced p50", "ms")
            p99 = Row(f"B4 {rate:,}/s synced p99", "ms")
            for ours, _ in latency(leat, None, pairs, rate, sized(options, 5, 1)):
                p50.add(ours["e2e_ms"]["p50"])
                p99.add(ours["e2e_ms"]["p99"])
            met.append(p50.report(at_most=goal50, absolute=True))
            met.append(p99.report(at_most=goal99, absolute=True))
    return all(met)


def start_python(broker):
    venv = WORK / "venv"
    if not (venv / ".complete").exists():
        run(sys.executable, "-m", "venv", venv)
        run(venv / "bin/pip", "install", "-q", "-r", ROOT / "bench/peers/requirements.txt")
        (venv / ".complete").touch()
    port = free_port()
    environment = {**os.environ, "BOOTSTRAP": broker.bootstrap}
    service = Process("python", [venv / "bin/uvicorn", "orders:app", "--port", port, "--loop", "uvloop",
                                 "--no-access-log"], cwd=ROOT / "bench/peers", env=environment)
    return service, port


def start_orders(broker):
    port = free_port()
    service = Process("orders", [BUILD / "bench_orders", f"--bootstrap={broker.bootstrap}",
                                 f"--http=127.0.0.1:{port}"])
    return service, port


def post_orders(service, port, connections):
    def up():
        return not os.system(f"curl -s -o {os.devnull} http://127.0.0.1:{port}/health/ready")
    service.wait_for(up, every=0.2)
    out = run("wrk", "-t1", f"-c{connections}", "-d4s", "-s", ROOT / "bench/service/order.lua",
              f"http://127.0.0.1:{port}")
    figures = json.loads(out.partition("JSON ")[2])
    if figures["errors"]:
        raise Failed(f"{figures['errors']} orders were refused: {out}")
    return figures["requests"] / figures["seconds"]


def b6(options):
    """HTTP orders: ours acknowledged and durable, the Python stack acknowledged by Kafka's page cache."""
    if not shutil.which("wrk"):
        raise Failed("needs wrk: apt-get install wrk")
    rows = {c: Row(f"B6 POST, validate, produce, acknowledge; {c} connections", "requests/s",
                   "Python stack") for c in (256, 32)}
    with start_leat() as leat, start_kafka() as kafka:
        kafka.topic("create", "bench-orders", "-p", PARTITIONS)
        ours, our_port = start_orders(leat)
        theirs, their_port = start_python(kafka)
        with ours, theirs:
            for connections, row in rows.items():
                post_orders(theirs, their_port, connections)
                for _ in range(options.pairs):
                    row.add(post_orders(ours, our_port, connections),
                            post_orders(theirs, their_port, connections))
    return all([row.report(at_least=12) for row in rows.values()])


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
    return all([ready.report(at_most=0.05, absolute=True), memory.report(at_most=20, absolute=True)])


ROWS = {"B1": b1, "B2": b2, "B4": b4, "B6": b6, "B11": b11}

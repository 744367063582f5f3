"""The rows. Each prints its figures and returns whether all of its goals were met."""

import json
import os
import resource
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


def fill(broker, topic, partitions, count, linger_ms):
    """Writes `count` records of 1 KiB, evenly over the partitions, in batches of 100 KiB at most, so
    that both brokers hold the same."""
    drive(broker, "produce", topic, "--partitions", partitions, "--size", 1024, "--count", count,
          "--producers", PRODUCERS, "-X", f"linger.ms={linger_ms}", "-X", "batch.num.messages=100",
          "-X", "sticky.partitioning.linger.ms=0")


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
        return figures


def b9(options):
    """Many partitions, in topics of 100: their creation, memory, idle CPU, a clean restart."""
    each = 100
    topics = max(1, (options.partitions or sized(options, 10_000, 300)) // each)
    title = f"B9 {topics * each:,} partitions, "
    rows = {"created": Row(title + "creation until acknowledged", "s"),
            "serving": Row(title + "creation until each answers", "s"),
            "resident": Row(title + "resident when idle", "MB"),
            "idle": Row(title + "CPU when idle", "% of a core"),
            "restart": Row(title + "clean restart until each answers", "s")}
    for _ in range(options.pairs):
        ours, theirs = [many_partitions(start, topics, each, sized(options, 10, 2))
                        for start in (start_leat, start_kafka)]
        for name, row in rows.items():
            row.add(ours[name], theirs[name])
    rows["created"].report()
    return all([rows["serving"].report(at_most=0.2), rows["resident"].report(at_most=0.1),
                rows["idle"].report(at_most=0.5, absolute=True),
                rows["restart"].report(at_most=1, absolute=True)])


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
    return all([row.report(at_most=1, absolute=True) for row in rows])


ROWS = {"B1": b1, "B2": b2, "B4": b4, "B5": b5, "B6": b6, "B9": b9, "B10": b10, "B11": b11, "B12": b12}

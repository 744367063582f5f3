"""The rows of latency, and of requests over HTTP."""

import json
import os
import shutil
import sys

from suite.brokers import start_kafka, start_leat
from suite.driving import PARTITIONS, load, sized
from suite.pairs import Row
from suite.processes import BUILD, ROOT, WORK, Failed, Process, free_port, run


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
        rows = {name: Row(f"B4 1,000/s page cache {name}", "ms") for name in ("p50", "p99", "p999")}
        for ours, theirs in latency(leat, kafka, pairs, 1000, sized(options, 8, 1)):
            for name, row in rows.items():
                row.add(ours["e2e_ms"][name], theirs["e2e_ms"][name])
        for name, goal in (("p50", 0.5), ("p99", 0.3), ("p999", 0.2)):
            met.append(rows[name].report(at_most=goal))
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

"""Our broker and Apache Kafka behind one face."""

import json
import shutil
import socket
import subprocess
import uuid

from suite.processes import BUILD, ROOT, WORK, Failed, Process, empty_directory, free_port, run

LEAT = BUILD / "leat"
KAFKA_LIBS = ROOT / "build" / "kafka" / "libs"


def answers(port):
    """Whether a Kafka broker answers a metadata request."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as s:
            s.settimeout(1)
            # Metadata version 1 for no topic.
            s.sendall(bytes.fromhex("00000011" "0003" "0001" "00000001" "0003" "626368" "00000000"))
            size = s.recv(4)
            return len(size) == 4 and int.from_bytes(size, "big") > 20
    except OSError:
        return False


class Broker(Process):
    """A broker that serves on `bootstrap`; its data go when its `with` block ends well."""

    def __init__(self, name, command, port, directory):
        super().__init__(name, command)
        self.name, self.port, self.directory = name, port, directory
        self.bootstrap = f"127.0.0.1:{port}"
        self.wait_until_ready()

    def __exit__(self, failed, *rest):
        super().__exit__(failed, *rest)
        if failed is None:
            shutil.rmtree(self.directory)

    def wait_until_ready(self, patience=60):
        self.ready_s = self.wait_for(lambda: answers(self.port), patience, every=0.001)

    def stop_cleanly(self):
        """With all that it does to be started fast again."""
        if not self.stop(patience=300):
            raise Failed(f"{self.name} did not stop within 300 s: see {self.log}")

    def topic(self, verb, name, *arguments):
        return run(LEAT, "topic", verb, name, "--bootstrap", self.bootstrap, *arguments)

    def ends(self, topic):
        """Where its partitions end, in their order."""
        described = json.loads(self.topic("describe", topic, "--json"))
        return [partition["end_offset"] for partition in described[0]["partitions"]]


def start_leat(durability="sync", **settings):
    directory = empty_directory("leat-data")
    port = free_port()
    keys = {"leat.durability": durability, "log.segment.delete.delay.ms": 100,
            **{key.replace("_", "."): value for key, value in settings.items()}}
    return Broker("leat", [LEAT, "broker", "--data-dir", directory, "--listen", f"127.0.0.1:{port}",
                           "--admin", "127.0.0.1:0",
                           *[word for key in keys for word in ("--set", f"{key}={keys[key]}")]],
                  port, directory)


def need_kafka():
    """Apache Kafka's jars, fetched once from Maven Central."""
    if not shutil.which("java"):
        raise Failed("needs Java for Apache Kafka: apt-get install default-jre-headless")
    if (KAFKA_LIBS / ".complete").exists():
        return
    if not shutil.which("mvn"):
        raise Failed("needs Maven to fetch Apache Kafka: apt-get install maven")
    KAFKA_LIBS.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "tests/interop/kafka-pom.xml", KAFKA_LIBS.parent / "pom.xml")
    run("mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={KAFKA_LIBS}",
        "-DincludeScope=runtime", cwd=KAFKA_LIBS.parent)
    (KAFKA_LIBS / ".complete").touch()


def start_kafka():
    need_kafka()
    directory = empty_directory("kafka-data")
    port, controller = free_port(), free_port()
    properties = WORK / "kafka.properties"
    text = (ROOT / "tests/interop/kafka-node.properties").read_text()
    for name, value in (("PORT", port), ("CONTROLLER", controller), ("DATA", directory)):
        text = text.replace(f"@{name}@", str(value))
    properties.write_text(text)
    java = ["java", "-Xms1g", "-Xmx1g", "-cp", f"{KAFKA_LIBS}/*"]
    cluster = uuid.uuid4().hex[:22]
    subprocess.run([*java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", properties],
                   check=True, capture_output=True)
    return Broker("kafka", [*java, "kafka.Kafka", properties], port, directory)

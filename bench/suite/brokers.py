"""Our broker and Apache Kafka behind one face."""

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
    """A broker that serves on `bootstrap`."""

    def __init__(self, name, command, port):
        super().__init__(name, command)
        self.name = name
        self.bootstrap = f"127.0.0.1:{port}"
        self.ready_s = self.wait_for(lambda: answers(port), every=0.001)

    def topic(self, verb, name, *arguments):
        run(LEAT, "topic", verb, name, "--bootstrap", self.bootstrap, *arguments)


def start_leat(durability="sync"):
    directory = empty_directory("leat-data")
    port = free_port()
    return Broker("leat", [LEAT, "broker", "--data-dir", directory, "--listen", f"127.0.0.1:{port}",
                           "--admin", "127.0.0.1:0", "--set", f"leat.durability={durability}",
                           "--set", "log.segment.delete.delay.ms=100"], port)


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
    return Broker("kafka", [*java, "kafka.Kafka", properties], port)

# What the interop suites share: a broker of their own, Apache Kafka's jars, assertions.

readonly kafka_version=4.1.1
leat=${LEAT:-$root/build/release/leat}

fail() { echo "FAILED: $*"; exit 1; }
skip() { echo "$*"; exit 77; }
need_command() { command -v "$1" >/dev/null || skip "needs $1"; }

# expect WHAT EXPECTED ACTUAL
expect() {
    [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
    echo "ok: $1"
}

# start_broker NAME [--set key=value …]: sets bootstrap, data_dir and broker_pid
start_broker() {
    local name=$1
    shift
    data_dir=$work/$name-data
    rm -rf "$data_dir"
    restart_broker "$name" "$@"
}
restart_broker() {
    local name=$1 port=${broker_port:-0}
    shift
    rm -f "$work/$name.out"  # of the broker before: its ready line is not this one's
    touch "$work/$name.out"
    "$leat" broker --data-dir "$data_dir" --listen "127.0.0.1:$port" --admin 127.0.0.1:0 \
        --set leat.free.space.floor.bytes=0 "$@" >"$work/$name.out" 2>"$work/$name.err" &
    broker_pid=$!
    trap end_all EXIT
    local tries
    for tries in $(seq 200); do
        bootstrap=$(sed -n 's/^leat ready kafka=\([^ ]*\).*/\1/p' "$work/$name.out")
        [ -n "$bootstrap" ] && break
        kill -0 "$broker_pid" || fail "the broker ended: $(cat "$work/$name.err")"
        sleep 0.05
    done
    [ -n "$bootstrap" ] || fail "the broker did not become ready"
    broker_port=${bootstrap##*:}
}
end_all() { kill -9 ${broker_pid:-} ${kafka_pid:-} 2>/dev/null || true; }
stop_broker() {
    kill -TERM "$broker_pid"
    wait "$broker_pid" || fail "the broker did not stop cleanly"
}

# Apache Kafka's jars, fetched once from Maven Central.
need_kafka() {
    need_command java
    need_command mvn
    kafka_libs=$root/build/kafka/libs
    mkdir -p "$kafka_libs"
    (
        flock 9  # another suite may be fetching them
        [ -f "$kafka_libs/.complete" ] && exit
        cp tests/interop/kafka-pom.xml "$root/build/kafka/pom.xml" \
            && cd "$root/build/kafka" \
            && mvn -q -B dependency:copy-dependencies -DoutputDirectory="$kafka_libs" \
                -DincludeScope=runtime \
            && touch "$kafka_libs/.complete"
    ) 9>"$root/build/kafka/.lock" || skip "Maven could not fetch Kafka"
}
kafka() { java -Xmx256m -cp "$kafka_libs/*" "$@" 2>>"$work/java.err"; }

# start_kafka NAME [key=value …]: one node, broker and controller; sets bootstrap and kafka_pid
start_kafka() {
    local at=$work/$1 ports tries
    shift
    rm -rf "$at"
    mkdir -p "$at"
    # Both held at once, so that they differ.
    ports=$(python3 -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in held))')
    bootstrap=127.0.0.1:${ports% *}
    sed "s|@PORT@|${ports% *}|g; s|@CONTROLLER@|${ports#* }|g; s|@DATA@|$at/data|g" \
        tests/interop/kafka-node.properties >"$at/server.properties"
    [ $# -eq 0 ] || printf '%s\n' "$@" >>"$at/server.properties"
    kafka kafka.tools.StorageTool format -t leat-on-apache-kafkaAA -c "$at/server.properties"
    java -Xms512m -Xmx512m -cp "$kafka_libs/*" kafka.Kafka "$at/server.properties" >"$at/log.txt" 2>&1 &
    kafka_pid=$!
    trap end_all EXIT
    for tries in $(seq 600); do
        "$leat" --bootstrap "$bootstrap" topic list --timeout 1s >/dev/null 2>&1 && return
        kill -0 "$kafka_pid" || fail "Apache Kafka ended: $(tail -n 5 "$at/log.txt")"
        sleep 0.1
    done
    fail "Apache Kafka did not become ready"
}

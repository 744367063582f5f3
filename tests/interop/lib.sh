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
    trap 'kill -9 $broker_pid 2>/dev/null || true' EXIT
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
stop_broker() {
    kill -TERM "$broker_pid"
    wait "$broker_pid" || fail "the broker did not stop cleanly"
}

# Apache Kafka's jars, fetched once from Maven Central.
need_kafka() {
    need_command java
    need_command mvn
    kafka_libs=$root/build/kafka/libs
    [ -f "$kafka_libs/.complete" ] && return
    mkdir -p "$kafka_libs"
    cp tests/interop/kafka-pom.xml "$root/build/kafka/pom.xml"
    (cd "$root/build/kafka" && mvn -q -B dependency:copy-dependencies \
        -DoutputDirectory="$kafka_libs" -DincludeScope=runtime) || skip "Maven could not fetch Kafka"
    touch "$kafka_libs/.complete"
}
kafka() { java -Xmx256m -cp "$kafka_libs/*" "$@" 2>>"$work/java.err"; }

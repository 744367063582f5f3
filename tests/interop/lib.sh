# What the interop suites share: a broker of their own, Apache Kafka's jars, assertions.

readonly kafka_version=4.1.1
leat=${LEAT:-$root/build/release/leat}

fail() { echo "FAILED: $*"; exit 1; }
skip() { echo "$*"; exit 77; }
need_command() { command -v "$1" >/dev/null || skip "needs $1"; }

# await WHAT COMMAND...: until it succeeds
await() {
    local what=$1 end=$((SECONDS + 60))
    shift
    while [ $SECONDS -lt $end ]; do
        "$@" && return
        sleep 0.1
    done
    fail "waited in vain: $what"
}

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
        cmp -s tests/interop/kafka-pom.xml "$kafka_libs/.complete" && exit
        cp tests/interop/kafka-pom.xml "$root/build/kafka/pom.xml" \
            && cd "$root/build/kafka" \
            && mvn -q -B dependency:copy-dependencies -DoutputDirectory="$kafka_libs" \
                -DincludeScope=runtime \
            && cp "$root/tests/interop/kafka-pom.xml" "$kafka_libs/.complete"
    ) 9>"$root/build/kafka/.lock" || skip "Maven could not fetch Kafka"
}
kafka() { java -Xmx256m -cp "$kafka_libs/*" "$@" 2>>"$work/java.err"; }

# librdkafka 2.15: the npm package carries its whole source, its tests included. Sets librdkafka.
build_librdkafka() {
    local into=$root/build/librdkafka package=confluentinc-kafka-javascript-1.10.1.tgz compiler= tool
    librdkafka=$into/source
    for tool in npm node make gcc g++; do need_command "$tool"; done
    [ -f "$into/.complete" ] && return
    rm -rf "$librdkafka"
    mkdir -p "$librdkafka"
    (cd "$into" && npm pack --silent @confluentinc/kafka-javascript@1.10.1) \
        || skip "npm could not fetch librdkafka"
    sha256sum --check --status <<<"$librdkafka_sum  $into/$package" \
        || fail "$package has another checksum than it should"
    tar xzf "$into/$package" -C "$librdkafka" --strip-components=3 package/deps/librdkafka
    command -v ccache >/dev/null && compiler="ccache "
    (cd "$librdkafka" && export CC="${compiler}gcc" CXX="${compiler}g++" \
        && ./configure --disable-gssapi --disable-curl --disable-debug-symbols \
        && make -j"${LEAT_JOBS:-$(nproc)}" libs \
        && make -j"${LEAT_JOBS:-$(nproc)}" -C tests test-runner) >"$into/build.log" 2>&1 \
        || fail "librdkafka does not build: $(tail -n 5 "$into/build.log")"
    touch "$into/.complete"
}

readonly librdkafka_sum=ada7d703bb1d3237e2292bfabf438d663b6160c9f1ac2a2406b5dc4257c81b66

# start_kafka NAME [--set key=value …]: one node, broker and controller; sets bootstrap and kafka_pid
start_kafka() {
    local at=$work/$1 ports
    rm -rf "$at"
    mkdir -p "$at"
    # Both held at once, so that they differ.
    ports=$(python3 -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in held))')
    bootstrap=127.0.0.1:${ports% *}
    sed "s|@PORT@|${ports% *}|g; s|@CONTROLLER@|${ports#* }|g; s|@DATA@|$at/data|g" \
        tests/interop/kafka-node.properties >"$at/server.properties"
    printf '%s\n' "${@:2}" | grep = >>"$at/server.properties" || true  # none is given
    kafka kafka.tools.StorageTool format -t leat-on-apache-kafkaAA -c "$at/server.properties"
    restart_kafka "$1"
}
restart_kafka() {
    local at=$work/$1 tries
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

# The broker that a suite of foreign clients is about: ours, or with LEAT_INTEROP_ON=kafka Apache Kafka,
# where whatever such a suite expects must hold first.
on_kafka() { [ "${LEAT_INTEROP_ON:-}" = kafka ]; }
start_peer() { if on_kafka; then need_kafka; start_kafka "$1-kafka" "${@:2}"; else start_broker "$@"; fi; }
restart_peer() { if on_kafka; then restart_kafka "$1-kafka"; else restart_broker "$@"; fi; }
stop_peer() { if on_kafka; then kill_peer; else stop_broker; fi; }
kill_peer() {
    local pid=${broker_pid:-${kafka_pid:-}}
    kill -9 "$pid"
    wait "$pid" 2>/dev/null || true  # 137: it was killed
}

# run_through_kill NAME CLIENT...: a client that creates the file $KILL_ASKED once it is in the middle: the broker is
# killed and started again under it, and then the file is gone. At the end it writes ok there.
run_through_kill() {
    local name=$1 client tries
    export KILL_ASKED=$work/$name-kill
    rm -f "$KILL_ASKED"
    "${@:2}" &
    client=$!
    for tries in $(seq 1200); do
        [ -f "$KILL_ASKED" ] && break
        kill -0 "$client" 2>/dev/null || break
        sleep 0.05
    done
    [ -f "$KILL_ASKED" ] || fail "the client did not get to the middle"
    kill_peer
    restart_peer "$name" $peer_settings
    rm "$KILL_ASKED"
    wait "$client" || fail "the client did not live through kill -9"
    expect "through kill -9: ${*: -1}" ok "$(cat "$KILL_ASKED")"
}
peer_settings=  # of the broker that is started again

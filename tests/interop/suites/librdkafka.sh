# librdkafka 2.15's own tests, those of tests/interop/librdkafka/tests.txt, by its own test-runner.
# LEAT_LIBRDKAFKA=all runs the slow ones too, LEAT_LIBRDKAFKA=0113 only that one.
run_suite() {
    local tool
    for tool in npm node make gcc g++; do need_command "$tool"; done
    need_kafka  # some tests call kafka-topics.sh
    build_librdkafka
    rm -rf "$logs"
    mkdir -p "$logs/kafka/bin"
    printf '#!/bin/sh\nexec java -Xmx128m -cp "%s/*" org.apache.kafka.tools.TopicCommand "$@"\n' \
        "$kafka_libs" >"$logs/kafka/bin/kafka-topics.sh"
    chmod +x "$logs/kafka/bin/kafka-topics.sh"
    run_scenario default --set auto.create.topics.enable=true
    run_scenario noautocreate --set auto.create.topics.enable=false
    expect "tests that failed" "" "$(cat "$logs/failed" 2>/dev/null)"
}

readonly logs=$work/librdkafka

# The npm package carries the whole source of librdkafka, its tests included.
build_librdkafka() {
    local into=$root/build/librdkafka package=confluentinc-kafka-javascript-1.10.1.tgz compiler=
    librdkafka=$into/source
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

# run_scenario NAME [--set key=value …]: its tests, four at a time: most of them mostly wait.
# Four partitions are what the suite expects of a new topic. The delay lets consumers that start
# together share their first generation, which some tests count.
run_scenario() {
    local scenario=$1
    shift
    start_broker "librdkafka-$scenario" --set num.partitions=4 \
        --set group.initial.rebalance.delay.ms=100 "$@"
    printf 'bootstrap.servers=%s\ntest.topic.random=true\ntest.timeout.multiplier=2\n' \
        "$bootstrap" >"$logs/test.conf"
    awk -v scenario="$scenario" -v which="${LEAT_LIBRDKAFKA:-gate}" \
        '$2 == scenario && (which == "all" || which == $3 || which == $1) { print $1, $2, $4 }' \
        tests/interop/librdkafka/tests.txt \
        | BROKERS=$bootstrap LIBRDKAFKA=$librdkafka LOGS=$logs \
            xargs -r -P4 -L1 tests/interop/librdkafka/run_test
    stop_broker
}

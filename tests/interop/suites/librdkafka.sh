# librdkafka 2.15's own tests, those of tests/interop/librdkafka/tests.txt, by its own test-runner.
# LEAT_LIBRDKAFKA=all runs the slow ones too, LEAT_LIBRDKAFKA=0113 only that one.
run_suite() {
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

# run_scenario NAME [--set key=value …]: its tests, four at a time: most of them mostly wait.
# Four partitions are what the suite expects of a new topic. The delay lets consumers that start
# together share their first generation, which some tests count.
run_scenario() {
    local scenario=$1
    shift
    start_peer "librdkafka-$scenario" --set num.partitions=4 \
        --set group.initial.rebalance.delay.ms=100 "$@"
    printf 'bootstrap.servers=%s\ntest.topic.random=true\ntest.timeout.multiplier=2\n' \
        "$bootstrap" >"$logs/test.conf"
    awk -v scenario="$scenario" -v which="${LEAT_LIBRDKAFKA:-gate}" \
        '$2 == scenario && (which == "all" || which == $3 || which == $1) { print $1, $2, $4 }' \
        tests/interop/librdkafka/tests.txt \
        | BROKERS=$bootstrap LIBRDKAFKA=$librdkafka LOGS=$logs \
            xargs -r -P4 -L1 tests/interop/librdkafka/run_test
    stop_peer
}

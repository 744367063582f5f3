# The tests of transactions under fire (E9 to E11 and E14 of docs/reliability.md), unchanged but for kills, on Apache Kafka:
# what they say of our broker they must say of it, too.
run_suite() {
    need_kafka
    need_command cmake
    cmake --build build/release --target txn_copy_tests late_requests_tests history_tests pause_tests >/dev/null
    start_kafka history --set group.min.session.timeout.ms=1000
    local test
    export LEAT_BOOTSTRAP=$bootstrap
    for test in txn_copy late_requests history pause; do
        LEAT_COPIES=${LEAT_COPIES:-1000} LEAT_KILLS=${LEAT_KILLS:-5} LEAT_TXNS=${LEAT_TXNS:-500} \
            LEAT_HISTORIES=${LEAT_HISTORIES:-1} LEAT_PAUSES=${LEAT_PAUSES:-2} "build/release/${test}_tests" \
            || fail "${test}_tests on Apache Kafka"
    done
}

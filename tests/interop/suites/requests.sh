# Scripts of requests about transactions, written and random ones, asked of Apache Kafka and of us:
# the same answers. LEAT_SEED repeats a run.
run_suite() {
    need_kafka
    # Both look for late transactions often, and let groups begin at once.
    start_kafka requests transaction.abort.timed.out.transaction.cleanup.interval.ms=200
    local kafka_bootstrap=$bootstrap code=0
    start_broker requests-leat --set group.initial.rebalance.delay.ms=0 \
        --set transaction.abort.timed.out.transaction.cleanup.interval.ms=200
    build/release/request_cases "$kafka_bootstrap" "$bootstrap" >"$work/requests-report.txt" || code=$?
    tail -n 60 "$work/requests-report.txt"
    [ "$code" -eq 0 ] || fail "Apache Kafka answers otherwise: $work/requests-report.txt"
    stop_broker
}

# DescribeConfigs, AlterConfigs, IncrementalAlterConfigs, and whatever can be judged only, asked of
# Apache Kafka and of us; and the table of Kafka's APIs beside what it advertises.
run_suite() {
    need_kafka
    local code=0 settings="node.id=1 log.retention.hours=100 log.roll.hours=90 compression.type=snappy
        log.cleaner.min.cleanable.ratio=0.4 log.index.interval.bytes=2048 offset.metadata.max.bytes=5000"
    start_kafka configs $settings
    local kafka_bootstrap=$bootstrap
    # Else Kafka sets min.insync.replicas itself, and does not let it be changed.
    kafka org.apache.kafka.tools.FeatureCommand --bootstrap-server "$bootstrap" \
        downgrade --feature eligible.leader.replicas.version=0
    "$leat" --bootstrap "$bootstrap" config unset --all-brokers min.insync.replicas
    # What kafka-node.properties sets.
    settings+=" group.initial.rebalance.delay.ms=0 log.segment.delete.delay.ms=100
        controller.listener.names=CONTROLLER"
    start_broker configs-leat $(printf -- '--set %s ' $settings)
    build/release/config_cases "$kafka_bootstrap" "$bootstrap" >"$work/configs-report.txt" || code=$?
    tail -n 60 "$work/configs-report.txt"
    [ "$code" -eq 0 ] || fail "Apache Kafka answers otherwise: $work/configs-report.txt"
    stop_broker
}

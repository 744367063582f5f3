# Thousands of damaged and exotic batches, given to Apache Kafka and to us: the same decisions, and
# all that was accepted is read by Java's consumer. LEAT_SEED repeats a run.
run_suite() {
    need_command javac
    need_command python3
    need_kafka
    start_kafka batches
    local kafka_bootstrap=$bootstrap code=0
    start_broker batches-leat
    create_topics "$kafka_bootstrap"
    create_topics "$bootstrap"
    build/release/batch_cases "$kafka_bootstrap" "$bootstrap" "$work/batches" \
        "java -Xmx256m -cp '$kafka_libs/*' tests/interop/batches/ReadBack.java" \
        >"$work/batches/report.txt" || code=$?
    tail -n 40 "$work/batches/report.txt"
    [ "$code" -eq 0 ] || fail "Apache Kafka decides otherwise: $work/batches/verdicts.txt"
    stop_broker
}

# Nothing is deleted or rolled by the wild timestamps of the cases.
create_topics() {
    local at=$1
    create_topic plain
    create_topic compact cleanup.policy=compact
    create_topic append-time message.timestamp.type=LogAppendTime
    create_topic to-none compression.type=uncompressed
    create_topic to-gzip compression.type=gzip
    create_topic to-lz4 compression.type=lz4
    create_topic to-zstd compression.type=zstd
    create_topic to-snappy compression.type=snappy
    create_topic small max.message.bytes=400
    create_topic timed message.timestamp.before.max.ms=3600000 message.timestamp.after.max.ms=600000
    create_topic compact-to-gzip cleanup.policy=compact compression.type=gzip
    create_topic append-time-to-lz4 message.timestamp.type=LogAppendTime compression.type=lz4
    create_topic any-time message.timestamp.before.max.ms=9223372036854775807 \
        message.timestamp.after.max.ms=9223372036854775807
    create_topic timed-to-zstd message.timestamp.before.max.ms=3600000 compression.type=zstd
    create_topic gzip-level compression.type=gzip compression.gzip.level=1
    create_topic lz4-level compression.type=lz4 compression.lz4.level=17
    create_topic compact-append-time-to-zstd cleanup.policy=compact compression.type=zstd \
        message.timestamp.type=LogAppendTime compression.zstd.level=-7
    create_topic small-to-none max.message.bytes=400 compression.type=uncompressed
}
create_topic() {
    local name=$1 key
    shift
    local configs=(-c retention.ms=-1 -c segment.ms=4000000000000000)
    for key in "$@"; do configs+=(-c "$key"); done
    "$leat" --bootstrap "$at" topic create "$name" "${configs[@]}" >/dev/null
}

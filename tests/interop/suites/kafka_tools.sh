# Apache Kafka's own command-line tools, each against our broker.
run_suite() {
    need_kafka
    start_broker kafka_tools
    local tools=org.apache.kafka.tools at="--bootstrap-server $bootstrap" n
    kafka $tools.TopicCommand $at --create --topic t --partitions 3 --replication-factor 1
    kafka $tools.TopicCommand $at --describe --topic t | tee "$work/describe.txt"
    expect "describe shows 3 partitions" 3 "$(grep -c 'Partition: ' "$work/describe.txt")"
    kafka $tools.TopicCommand $at --alter --topic t --partitions 5
    expect "alter grows it" 5 "$(kafka $tools.TopicCommand $at --describe --topic t | grep -c 'Partition: ')"

    seq 1 200 | kafka $tools.ConsoleProducer $at --topic t
    n=$(kafka $tools.consumer.ConsoleConsumer $at --topic t --from-beginning --max-messages 200 \
        --timeout-ms 20000 --group console | awk '{ s += $1 } END { print NR, s }')
    expect "console producer to console consumer" "200 20100" "$n"
    kafka $tools.consumer.group.ConsumerGroupCommand $at --describe --group console | tee "$work/group.txt"
    expect "the group has no lag" 0 "$(awk '$1 == "console" { s += $6 } END { print s + 0 }' "$work/group.txt")"
    expect "the group is listed" console "$(kafka $tools.consumer.group.ConsumerGroupCommand $at --list)"
    kafka $tools.consumer.group.ConsumerGroupCommand $at --group console --topic t \
        --reset-offsets --to-earliest --execute
    expect "a reset group reads again" 200 "$(kafka $tools.consumer.ConsoleConsumer $at --topic t \
        --max-messages 200 --timeout-ms 20000 --group console | wc -l)"
    timeout 60 java -Xmx256m -cp "$kafka_libs/*" $tools.consumer.ConsoleConsumer $at --topic t --group new \
        --consumer-property group.protocol=consumer >"$work/new_protocol.txt" 2>&1 \
        || fail "a consumer of the new protocol does not end by itself"
    expect "a consumer of the new protocol is told to take the classic one" "Set group.protocol=classic" \
        "$(grep -om1 'Set group.protocol=classic' "$work/new_protocol.txt")"
    kafka $tools.consumer.group.ConsumerGroupCommand $at --delete --group console
    expect "a deleted group is gone" "" "$(kafka $tools.consumer.group.ConsumerGroupCommand $at --list)"

    kafka kafka.admin.ConfigCommand $at --alter --entity-type topics --entity-name t \
        --add-config retention.ms=12345
    kafka kafka.admin.ConfigCommand $at --describe --entity-type topics --entity-name t \
        | tee "$work/config.txt"
    grep -q 'retention.ms=12345' "$work/config.txt" || fail "the configuration was not changed"
    kafka kafka.admin.ConfigCommand $at --alter --entity-type topics --entity-name t \
        --delete-config retention.ms
    local broker
    for broker in "--entity-name 1" --entity-default; do
        local configs="kafka.admin.ConfigCommand $at --entity-type brokers $broker"
        kafka $configs --alter --add-config log.retention.ms=54321
        expect "what is set on $broker is shown" log.retention.ms=54321 \
            "$(kafka $configs --describe | grep -o 'log.retention.ms=54321' | sort -u)"
        kafka $configs --alter --delete-config log.retention.ms
    done

    kafka $tools.GetOffsetShell $at --topic t --time -1 | tee "$work/offsets.txt"
    expect "end offsets add up" 200 "$(awk -F: '{ s += $3 } END { print s }' "$work/offsets.txt")"
    local end
    end=$(awk -F: '$2 == 0 { print $3 }' "$work/offsets.txt")
    echo '{"version":1,"partitions":[{"topic":"t","partition":0,"offset":-1}]}' >"$work/delete.json"
    kafka $tools.DeleteRecordsCommand $at --offset-json-file "$work/delete.json" | tee "$work/deleted.txt"
    grep -q "low_watermark: $end" "$work/deleted.txt" || fail "records were not deleted up to $end"
    kafka $tools.LogDirsCommand $at --describe --topic-list t | grep -q '"partition":"t-0"' \
        || fail "log dirs do not show t-0"

    kafka $tools.VerifiableProducer $at --topic verified --max-messages 5000 --acks -1 \
        | tail -n 1 | tee "$work/verifiable.txt"
    grep -q '"acked":5000' "$work/verifiable.txt" || fail "not all 5,000 were acknowledged"
    kafka $tools.VerifiableConsumer $at --topic verified --group-id verify --max-messages 5000 \
        --reset-policy earliest >"$work/verified.txt"
    expect "the verifiable consumer sees all" 5000 \
        "$(sed -n 's/.*"name":"records_consumed".*"count":\([0-9]*\).*/\1/p;s/.*"count":\([0-9]*\).*"name":"records_consumed".*/\1/p' "$work/verified.txt" | awk '{ s += $1 } END { print s }')"
    kafka $tools.TopicCommand $at --delete --topic verified
    stop_broker

    local log
    for log in "$data_dir"/t-*/*.log "$data_dir"/__consumer_offsets-*/*.log; do
        kafka kafka.tools.DumpLogSegments --files "$log" --deep-iteration --print-data-log >"$work/dump.txt"
        grep -qi -E 'isvalid: false|exception|error' "$work/dump.txt" && fail "DumpLogSegments on $log: $(head -c 300 "$work/dump.txt")"
    done
    echo "ok: DumpLogSegments reads every segment"
}

# Apache Kafka's Java clients 4.1.1: what its tools tell of transactions and do to them, and records that are copied in
# transactions while copiers and broker are killed. LEAT_SEED repeats a run.
run_suite() {
    need_command javac
    need_command kcat
    need_kafka
    seed=${LEAT_SEED:-$RANDOM}
    echo "seed $seed"
    RANDOM=$seed
    javac -cp "$kafka_libs/*" -d "$work/java_transactions" tests/interop/java/Copier.java || fail "javac"
    start_peer java_transactions
    tools_see_transactions
    copiers_are_killed
    stop_peer
    on_kafka || logs_are_readable
}

readonly tools=org.apache.kafka.tools
transactions() { kafka $tools.TransactionsCommand --bootstrap-server "$bootstrap" "$@"; }
cli() { "$leat" --bootstrap "$bootstrap" "$@"; }
# committed TOPIC [OPTION...]: what a reader of committed records sees
committed() { kcat -b "$bootstrap" -C -t "$1" -e -q -X isolation.level=read_committed "${@:2}"; }
written() { kcat -b "$bootstrap" -C -t "$1" -e -q -X isolation.level=read_uncommitted "${@:2}"; }
tools_see_transactions() {
    local perf=$tools.ProducerPerformance at="--producer-props bootstrap.servers=$bootstrap transaction.timeout.ms=600000"
    cli topic create perf perf-open >/dev/null
    kafka $perf $at --topic perf --num-records 3000 --record-size 20 --throughput 6000 \
        --transactional-id perf --transaction-duration-ms 50
    expect "ProducerPerformance's records are committed" 3000 "$(committed perf | wc -l)"
    local ends
    ends=$(cli topic list perf -l --json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["records"] - 3000)')
    [ "$ends" -ge 3 ] || fail "all was one transaction"
    echo "ok: in $ends transactions"
    expect "a consumer of committed records sees them, too" 3000 "$(kafka $tools.consumer.ConsoleConsumer \
        --bootstrap-server "$bootstrap" --topic perf --group perf --from-beginning --isolation-level read_committed \
        --timeout-ms 5000 | grep -cE '^[A-Z]{20}$')"
    expect "and does not lag behind a marker" 0 "$(kafka $tools.consumer.group.ConsumerGroupCommand \
        --bootstrap-server "$bootstrap" --describe --group perf | awk '$2 == "perf" { print $6 }')"

    # One is killed in its transaction.
    java -Xmx128m -cp "$kafka_libs/*" $perf $at --topic perf-open --num-records 100000 --record-size 20 \
        --throughput 100 --transactional-id perf-open --transaction-duration-ms 600000 >/dev/null 2>&1 &
    local producer=$!
    await "its first records" something_in perf-open
    kill -9 $producer
    expect "nothing of an open one is committed" 0 "$(committed perf-open | wc -l)"
    transactions list | tee "$work/transactions.txt"
    expect "list shows both" "perf CompleteCommit perf-open Ongoing" \
        "$(awk '/^perf/ { print $1, $4 }' "$work/transactions.txt" | sort | xargs)"
    transactions describe --transactional-id perf-open | tee "$work/transactions.txt"
    expect "describe tells its state and partitions" "Ongoing perf-open-0" \
        "$(awk '/perf-open/ { print $5, $NF }' "$work/transactions.txt")"
    transactions describe-producers --topic perf-open --partition 0 | tee "$work/transactions.txt"
    expect "describe-producers tells where it began" 0 "$(tail -n 1 "$work/transactions.txt" | awk '{ print $NF }')"
    expect "it does not hang: its coordinator knows of it" 1 \
        "$(transactions find-hanging --broker-id 1 --max-transaction-timeout 0 | tee "$work/transactions.txt" | wc -l)"
    transactions abort --topic perf-open --partition 0 --start-offset 0
    transactions describe-producers --topic perf-open --partition 0 | tee "$work/transactions.txt"
    expect "aborted by an operator, nothing is open there" None "$(tail -n 1 "$work/transactions.txt" | awk '{ print $NF }')"
    echo behind | cli produce perf-open -q
    expect "and what lies behind is seen" behind "$(committed perf-open)"
    transactions forceTerminateTransaction --transactionalId perf-open
    await "the end of what was terminated" ended_as perf-open '(CompleteAbort|Empty)'
}
something_in() { [ -n "$(written "$1" -c 1)" ]; }
ended_as() { transactions list | grep -qE "^$1\s.*$2"; }

readonly count=6000

copiers_are_killed() {
    local id below turn
    cli topic create in out again -p 4 >/dev/null
    seq $count | sed 's/.*/&:&/' | cli produce in -K : -q
    for id in 1 2 3; do start_copier in out copiers $id; done
    turn=0
    for below in 5400 4500 3600 2400 1200; do
        await "fewer than $below records are left" lag_is_below copiers $below
        turn=$((turn + 1))
        kill_copier $((RANDOM % 3 + 1))
        if [ $((turn % 2)) -eq 0 ]; then
            kill_peer
            restart_peer java_transactions
            echo "broker killed and started again"
        fi
    done
    await "all is copied" lag_is_below copiers 1
    end_copiers 1 2 3
    expect "each record is there once and in order" "$(each_in_order in)" "$(each_in_order out)"
    expect "all of them" $count "$(committed out | sort -u | wc -l)"
    echo "ok: $(written out | wc -l) were written for that"
    # What was aborted lies between what this one copies.
    start_copier out again again 4
    await "all is copied again" holds_all again
    end_copiers 4
    expect "each record is there once and in order again" "$(each_in_order in)" "$(each_in_order again)"
    expect "nothing is left open" 0 "$(transactions list | grep -cE 'Ongoing|Prepare')"
}
each_in_order() { committed "$1" -f '%p %s\n' | sort -s -n -k1,1 | sha256sum; }
holds_all() { [ "$(committed "$1" | wc -l)" -ge $count ]; }
lag_is_below() {
    local lag
    lag=$(cli group describe "$1" --json 2>/dev/null | python3 -c 'import json, sys
[group] = json.load(sys.stdin)
print(group["lag"] if len(group["partitions"]) == 4 else "unknown")' 2>/dev/null) || return
    [ "$lag" != unknown ] && [ "$lag" -lt "$2" ]
}

# start_copier FROM TO GROUP N: started again until it ends well, or is not to be started again
start_copier() {
    copier_pids=$work/java_transactions
    touch "$copier_pids/$4.wanted"
    keep_copying "$@" &
    copiers[$4]=$!
}
keep_copying() {
    local life=0
    while [ -f "$copier_pids/$4.wanted" ]; do
        life=$((life + 1))
        java -Xmx128m -cp "$work/java_transactions:$kafka_libs/*" Copier "$bootstrap" "$1" "$2" "$3" "copier-$4" \
            $((seed + 100 * $4 + life)) 2>>"$work/java.err" &
        echo $! >"$copier_pids/$4.pid"
        wait $! || true  # it was killed
    done
}
kill_copier() {
    kill -9 "$(cat "$copier_pids/$1.pid")"
    echo "copier $1 killed"
}
end_copiers() {
    local id
    for id in "$@"; do
        rm "$copier_pids/$id.wanted"
        kill -TERM "$(cat "$copier_pids/$id.pid")"
        wait "${copiers[$id]}"
    done
}
end_all() {
    rm -f "$work"/java_transactions/*.wanted
    kill -9 ${broker_pid:-} ${kafka_pid:-} $(cat "$work"/java_transactions/*.pid) 2>/dev/null || true
}

logs_are_readable() {
    kafka kafka.tools.DumpLogSegments --files "$(files {in,out,again,perf}-*/*.{log,index,timeindex,txnindex})" >"$work/dump.txt"
    expect "markers are what Kafka takes for such" yes \
        "$(grep -q 'isControl: true' "$work/dump.txt" && echo yes)"
    kafka kafka.tools.DumpLogSegments --files "$(files __consumer_offsets-*/*.log)" --offsets-decoder >>"$work/dump.txt"
    kafka kafka.tools.DumpLogSegments --files "$(files __transaction_state-*/*.log)" --transaction-log-decoder >"$work/states.txt"
    expect "and so are the transactions' states" yes "$(grep -q 'copier-1.*"transactionStatus":4' "$work/states.txt" && echo yes)"
    cat "$work/states.txt" >>"$work/dump.txt"
    ! grep -iE -m 3 'isvalid: false|exception|error|mismatch' "$work/dump.txt" || fail "DumpLogSegments"
}
files() { (cd "$data_dir" && shopt -s nullglob && printf "$data_dir/%s," $@ | sed 's/,$//'); }

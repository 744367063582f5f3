# Kafka Streams 4.1.1 with exactly_once_v2: an application with a repartitioning and a store, killed with -9 twice and
# its broker once, comes to the known answer.
run_suite() {
    need_command javac
    need_command kcat
    need_command python3
    need_kafka
    rm -rf "$work/streams" "$work/streams-state"
    javac -cp "$kafka_libs/*" -d "$work/streams" tests/interop/java/Counts.java || fail "javac"
    start_peer streams
    cli topic create lines counts -p 4 >/dev/null
    python3 -c 'for n in range(20000): print(f"{n % 101}:{n}")' >"$work/streams/lines.txt"
    app_pid=
    local part
    for part in 1 2 3 4; do
        start_application
        sed -n "$((part * 5000 - 4999)),$((part * 5000))p" "$work/streams/lines.txt" | cli produce lines -K : -q
        [ $part -eq 4 ] || await "some of part $part" counted_more_than $((part * 5000 - 4500))
        case $part in
            1 | 3) kill_application ;;
            2)
                kill_peer
                restart_peer streams
                echo "broker killed and started again"
                ;;
        esac
    done
    await "all 20,000" counted_more_than 19999
    kill -TERM "$app_pid"
    wait "$app_pid" || true
    expect "the table is what the input says" "$(answer)" "$(table)"
    expect "no count was ever committed twice" "" "$(counts_seen | uniq -d | head -n 3)"
    expect "each was" 20000 "$(counts_seen | wc -l)"
    stop_peer
}

cli() { "$leat" --bootstrap "$bootstrap" "$@"; }
# What readers of committed records see of the table's changes: key:count sum
changes() { kcat -b "$bootstrap" -C -t counts -e -q -X isolation.level=read_committed -f '%k:%s\n'; }
counts_seen() { changes | sort; }
counted_more_than() { [ "$(changes | wc -l)" -gt "$1" ]; }
# The last change of each key.
table() { changes | awk -F: '{ last[$1] = $2 } END { for (key in last) print key, last[key] }' | sort; }
answer() {
    awk -F: '{ key = "key" $2 % 17; count[key]++; sum[key] += $2 }
        END { for (key in count) print key, count[key], sum[key] }' "$work/streams/lines.txt" | sort
}

start_application() {
    [ -z "$app_pid" ] || return 0
    java -Xmx256m -cp "$work/streams:$kafka_libs/*" Counts "$bootstrap" "$work/streams-state" \
        >>"$work/streams/out.txt" 2>&1 &
    app_pid=$!
}
kill_application() {
    kill -9 "$app_pid"
    wait "$app_pid" 2>/dev/null || true
    app_pid=
    echo "application killed"
}
end_all() { kill -9 ${broker_pid:-} ${kafka_pid:-} ${app_pid:-} 2>/dev/null || true; }

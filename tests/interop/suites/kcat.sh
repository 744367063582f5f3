# kcat (librdkafka 2.0.2): produce with every codec, consume, query offsets, consumer groups.
run_suite() {
    need_command kcat
    start_broker kcat --set num.partitions=4
    local codec n
    for codec in none gzip snappy lz4 zstd; do
        seq 1 1000 | kcat -b "$bootstrap" -P -t "kcat-$codec" -p 0 -z "$codec" -X acks=all
        n=$(kcat -b "$bootstrap" -C -t "kcat-$codec" -p 0 -e -q | awk '{ s += $1 } END { print NR, s }')
        expect "1,000 records come back from $codec" "1000 500500" "$n"
    done
    seq 1 500 | kcat -b "$bootstrap" -P -t kcat-idempotent -p 1 -X enable.idempotence=true
    expect "idempotent records" 500 "$(kcat -b "$bootstrap" -C -t kcat-idempotent -p 1 -e -q | wc -l)"
    expect "one from the end" 500 "$(kcat -b "$bootstrap" -C -t kcat-idempotent -p 1 -o -1 -e -q)"
    printf 'k1\tv1\nk2\tv2\n' | kcat -b "$bootstrap" -P -t kcat-keys -K '\t' -H h=x -p 0
    expect "keys and headers" "k1:v1:h=x" \
        "$(kcat -b "$bootstrap" -C -t kcat-keys -p 0 -c 1 -q -f '%k:%s:%h')"
    expect "offset by timestamp" "kcat-keys [0] offset 0" \
        "$(kcat -b "$bootstrap" -Q -t kcat-keys:0:1000)"
    expect "a group gets everything" 1000 \
        "$(timeout 30 kcat -b "$bootstrap" -G g kcat-lz4 -c 1000 -q -X auto.offset.reset=earliest | wc -l)"
    seq 1001 1010 | kcat -b "$bootstrap" -P -t kcat-lz4 -p 0
    expect "and goes on where it committed" 1001 \
        "$(timeout 30 kcat -b "$bootstrap" -G g kcat-lz4 -c 1 -q)"
    kill -9 "$broker_pid"
    wait "$broker_pid" 2>/dev/null || true
    restart_broker kcat --set num.partitions=4
    expect "after kill -9 all is there" 1010 \
        "$(kcat -b "$bootstrap" -C -t kcat-lz4 -p 0 -e -q | wc -l)"
    stop_broker
}

# Every message at every version, as Apache Kafka's own classes read and write it.
run_suite() {
    need_command javac
    need_kafka
    build/release/wire_samples >"$work/wire.txt" || fail "no samples"
    java -cp "$kafka_libs/*" tests/interop/wire/WireSamples.java <"$work/wire.txt" >"$work/wired.txt"
    grep ^WRONG "$work/wired.txt" | cut -c1-400 && fail "Apache Kafka disagrees"
    # Versions of brokers after $kafka_version.
    expect "what this Kafka does not know" \
        "request/18 5, request/2 11, request/35 5, request/42 3, response/18 5, response/2 11, response/35 5, response/42 3" \
        "$(sed -n 's/^newer //p' "$work/wired.txt")"
    expect "kinds of messages that agree" "422 of 422" "$(sed -n 's/^agree //p' "$work/wired.txt")"
}

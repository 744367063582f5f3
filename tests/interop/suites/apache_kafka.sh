# What runs on our broker, on Apache Kafka: the shop, the framework's tests, the command line.
run_suite() {
    need_command python3
    need_command kcat
    need_kafka
    start_kafka apache_kafka
    shop_adds_up
    framework_holds
    topics_change
    records_go_and_come
    kafkas_tools_agree
    groups_move
    configurations_change
    dead_letters_tell
}

cli() { "$leat" --bootstrap "$bootstrap" "$@"; }

# json EXPRESSION: of `d`, the JSON on standard input
json() { python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"; }

# expect_exit WANTED WORD...: what the command line exits with
expect_exit() {
    local wanted=$1 code=0
    shift
    cli "$@" >"$work/apache_kafka-exit.txt" 2>&1 || code=$?
    expect "exit of leat $*" "$wanted" "$code"
}

# expect_soon WHAT EXPECTED COMMAND...: for what Kafka does after its answer
expect_soon() {
    local what=$1 expected=$2 said='' tries
    shift 2
    for tries in $(seq 100); do
        said=$("$@" 2>/dev/null || true)
        [ "$said" = "$expected" ] && break
        sleep 0.1
    done
    expect "$what" "$expected" "$said"
}

shop_adds_up() {
    examples/shop/run --once --bootstrap "$bootstrap" --data "$work/apache_kafka/shop"
    expect "no group of the shop lags" "payments 0 revenue 0 stock 0" \
        "$(cli group list -l --json | json '*(g[k] for g in d for k in ("group", "lag"))')"
}

# All of them: those that inject faults bring librdkafka's mock cluster wherever the others run.
framework_holds() {
    LEAT_TEST_BOOTSTRAP=$bootstrap build/release/service_tests --gtest_brief=1
    cli topic list ticks- | grep -c '^ticks-' || fail "they ran elsewhere"
}

topics_change() {
    expect_exit 0 topic create one two -p 3 -c retention.ms=60000
    expect_exit 1 topic create one
    expect_exit 0 topic create one --if-not-exists
    expect_exit 0 topic create three --dry-run
    expect_exit 4 topic describe three
    expect "list shows both" "one 3 1 two 3 1" \
        "$(cli topic list --json | json '*(t[k] for t in d if t["topic"] in ("one", "two")
            for k in ("topic", "partitions", "replication_factor"))')"
    expect "list shows Kafka's own only with -i" "0 1" \
        "$(cli topic list __consumer | grep -c ^__ || true) $(cli topic list -i __consumer | grep -c ^__)"
    expect_exit 0 topic alter one -p 5 -c cleanup.policy=compact --unset retention.ms
    expect_exit 1 topic alter one -p 2
    expect_exit 0 topic alter one -p 9 --dry-run
    expect_soon "describe shows what alter did" "5 1 {'cleanup.policy': 'compact'}" described one
    expect_exit 0 topic delete two
    expect_exit 4 topic describe two
    expect_exit 4 topic delete two
    expect_exit 0 topic delete two --if-exists
    expect_exit 0 topic create two -p 1
    expect_exit 0 topic delete one two
}
described() {
    cli topic describe "$1" --json \
        | json 'len(d[0]["partitions"]), d[0]["partitions"][4]["leader"], d[0]["configs"]'
}

records_go_and_come() {
    local codec middle
    expect_exit 0 topic create r -p 2
    expect "produce tells the offsets" "1 2 0 1" "$(printf 'a:one\nb:\n' \
        | cli produce r -p 1 -K : -Z -H from=leat --json \
        | json 'd[0]["partition"], d[0]["records"], d[0]["first_offset"], d[0]["last_offset"]')"
    expect "keys, null, headers, offsets" "1 0 a=one from=leat|1 1 b=[-1] from=leat|" \
        "$(cli consume r -e -f '%p %o %k=%s%S %h|' | sed 's/one3/one/; s/=-1/=[-1]/')"
    expect "the same as JSON" "a one CreateTime [{'name': 'from', 'value': 'leat'}] b None" \
        "$(cli consume r -e --json | python3 -c 'import json, sys
a, b = map(json.loads, sys.stdin)
print(a["key"], a["value"], a["timestamp_type"], a["headers"], b["key"], b["value"])')"
    for codec in none gzip snappy lz4 zstd; do
        seq 1 100 | cli produce r -p 0 -z "$codec" -q
    done
    expect "each codec's records" "500 25250" \
        "$(cli consume r -p 0 -e | awk '{ s += $1 } END { print NR, s }')"
    expect "from an offset until another" "100 101 102 " \
        "$(cli consume r -p 0 -e -o 100 --until 103 -f '%o ')"
    expect "the last two" "498 499 " "$(cli consume r -p 0 -e -o -2 -f '%o ')"
    expect "a count ends it, too" "1 2 3 " "$(cli consume r -p 0 -c 3 -f '%s ')"
    middle=$(cli consume r -p 0 -c 1 -o 200 -f %T)
    expect "from a time" 300 "$(cli consume r -p 0 -e -o "@$middle" | wc -l)"
    expect "until a time" 200 "$(cli consume r -p 0 -e --until "@$middle" | wc -l)"
    cli consume r -e -J | cli produce r2 -J -q
    expect "an envelope carries all into a topic that Kafka makes itself" "502 502" \
        "$(cli consume r2 -e | wc -l) $(cli topic list r2 -l --json | json 'd[0]["records"]')"
    expect_exit 4 produce r -p 9 -f tests/interop/lib.sh
    expect_exit 4 consume missing -e
}

kafkas_tools_agree() {
    local at="--bootstrap-server $bootstrap" tools=org.apache.kafka.tools
    expect_exit 0 topic create keyed -p 7
    seq 1 50 | sed 's/.*/key&:kafka/' | kafka $tools.ConsoleProducer $at --topic keyed \
        --property parse.key=true --property key.separator=:
    seq 1 50 | sed 's/.*/key&:leat/' | cli produce keyed -K : -q
    expect "keys go where Kafka's producer puts them" 50 \
        "$(cli consume keyed -e -f '%k %p\n' | sort | uniq -c | awk '$1 == 2' | wc -l)"
    expect "Kafka's consumer, by its new protocol, reads both" "50 50" \
        "$(kafka $tools.consumer.ConsoleConsumer $at --topic keyed --group newer --from-beginning \
            --consumer-property group.protocol=consumer --max-messages 100 --timeout-ms 20000 \
            | sort | uniq -c | awk '{ print $1 }' | xargs)"
    expect_soon "its group is empty" "consumer Empty" state_of newer
    expect_exit 0 group reset newer --all-topics --to beginning --execute
    expect "and goes back" 100 "$(lag_of newer)"
    expect_exit 0 group delete newer
}
state_of() { cli group describe "$1" --json | json 'd[0]["type"], d[0]["state"]'; }
lag_of() { cli group describe "$1" --json | json 'd[0]["lag"]'; }

groups_move() {
    kcat -b "$bootstrap" -q -G readers r >"$work/apache_kafka/kcat.txt" 2>&1 &
    local member=$!
    expect_soon "a group with a member" "classic Stable" state_of readers
    expect "the member and what it has" "rdkafka 2" \
        "$(cli group describe readers --json | json 'd[0]["members"][0]["client_id"],
            len(d[0]["members"][0]["assignment"])')"
    expect "what it has not read" 502 "$(lag_of readers)"
    expect_exit 1 group reset readers -t r --to beginning --execute
    expect_exit 1 group delete readers
    kill -TERM "$member"
    wait "$member" || true
    expect_soon "it has left" "classic Empty" state_of readers
    expect_exit 0 group reset readers -t r --to beginning
    expect "nothing is moved without --execute" 0 "$(lag_of readers)"
    expect_exit 0 group reset readers -t r:0 --to 490 --execute
    expect_exit 0 group reset readers --all-topics --shift-by -5 --execute
    expect "moved to 485" 15 "$(lag_of readers)"
    expect "kcat goes on there" 86 \
        "$(timeout 30 kcat -b "$bootstrap" -q -G readers -c 1 r 2>/dev/null)"
    expect_soon "and has left" "classic Empty" state_of readers
    expect_exit 0 group delete readers -t r
    expect "its offsets are gone" 0 "$(cli group describe readers --json | json 'len(d[0]["partitions"])')"
    expect_exit 0 group delete readers
    expect_exit 4 group describe readers
    expect_exit 4 group delete readers
}

configurations_change() {
    local at
    expect_exit 0 config set -t r retention.ms=12345
    expect_soon "a topic's" "12345 dynamic-topic" config_of retention.ms -t r
    expect_exit 0 config unset -t r retention.ms
    expect_soon "and back" "604800000 default" config_of retention.ms -t r
    expect_exit 1 config set -t r retention.ms=soon
    expect_exit 1 config set -t r nonsense=1
    expect_exit 4 config get -t r nonsense
    expect_exit 4 config get -t missing
    expect_exit 4 config get --broker 7
    for at in "--broker 1" --all-brokers; do
        expect_exit 0 config set $at log.cleaner.threads=2
        expect_soon "brokers' ($at)" 2 value_of log.cleaner.threads $at
        expect_exit 0 config unset $at log.cleaner.threads
    done
    expect "a broker's own" "static True" \
        "$(cli config get node.id --broker 1 --json | json 'd[0]["source"], d[0]["read_only"]')"
}
config_of() { cli config get "$@" --json | json 'd[0]["value"], d[0]["source"]'; }
value_of() { cli config get "$@" --json | json 'd[0]["value"]'; }

dead_letters_tell() {
    local dlq=orders.payments.dlq
    expect "the shop's dead letters, counted" "orders payments handle reject 80" \
        "$(cli dlq list $dlq --json | json '*(d[0][k] for k in
            ("source_topic", "group", "stage", "error_type", "count"))')"
    expect "each says where it comes from and why" "80 An amount of 0.00 cannot be charged. leat" \
        "$(cli dlq show $dlq --json | python3 -c 'import json, sys
letters = [json.loads(line)["dead_letter"] for line in sys.stdin]
print(len({(l["source_partition"], l["source_offset"]) for l in letters}),
      *{l["reason"] for l in letters}, *{l["family"] for l in letters})')"
    expect "for the eye, too" 1 "$(cli dlq show $dlq -c 1 | grep -c 'origin  *orders partition ')"
    expect_exit 4 dlq show missing.dlq
}

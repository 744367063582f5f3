# kafkajs 2.2.4: its admin client, producer and consumer groups, its transactions, and all of it after kill -9.
# @confluentinc/kafka-javascript 1.10.1: transactions.
run_suite() {
    need_command node
    need_command npm
    build_librdkafka
    install_kafkajs
    build_confluent
    start_peer kafkajs
    local name names="admin produce groups transactions confluent"
    ! on_kafka || names="transactions confluent"  # kafkajs gives the others up before a fresh Kafka is ready
    for name in $names; do
        RETRIES=10 javascript --test "$tests/$name.test.js" || fail "$name"
    done
    ! on_kafka || return 0
    RETRIES=100 run_through_kill kafkajs javascript $tests/through_kill.js
    javascript --test $tests/after_restart.test.js
    stop_peer
}

readonly tests=tests/interop/kafkajs
readonly modules=$work/kafkajs/node_modules

javascript() { NODE_PATH=$modules BOOTSTRAP=$bootstrap node "$@"; }

# Into the build directory, and only when the pinned versions changed. No package's own script is run: one would
# fetch a program.
install_kafkajs() {
    local into=$work/kafkajs
    mkdir -p "$into"
    cmp -s $tests/package-lock.json "$into/.installed" && return
    cp $tests/package.json $tests/package-lock.json "$into"
    npm ci --prefix "$into" --no-audit --no-fund --ignore-scripts || skip "npm could not fetch kafkajs"
    cp $tests/package-lock.json "$into/.installed"
}

# The part of @confluentinc/kafka-javascript that is C++, with the librdkafka that it carries.
build_confluent() {
    local package=$modules/@confluentinc/kafka-javascript headers
    local addon=$package/build/Release/confluent-kafka-javascript.node
    [ -f "$addon" ] && return
    headers=$(dirname "$(readlink -f "$(command -v node)")")/../include/node
    [ -f "$headers/node.h" ] || headers=/usr/include/node
    [ -f "$headers/node.h" ] || skip "needs node's headers"
    mkdir -p "$(dirname "$addon")"
    printf '%s\n' "$package"/src/*.cc | xargs -P"${LEAT_JOBS:-$(nproc)}" -I{} $(command -v ccache) g++ -c {} -o {}.o \
        -O1 -fPIC -std=c++20 -w -DBUILDING_NODE_EXTENSION -I"$headers" -I"$modules/nan" -I"$package" \
        -I"$librdkafka/src" -I"$librdkafka/src-cpp" || fail "the addon does not compile"
    g++ -shared "$package"/src/*.o -o "$addon.new" -L"$librdkafka/src" -L"$librdkafka/src-cpp" \
        -Wl,-rpath,"$librdkafka/src" -Wl,-rpath,"$librdkafka/src-cpp" -lrdkafka++ -lrdkafka
    mv "$addon.new" "$addon"
}

# kafkajs 2.2.4: its admin client, producer and consumer groups, and all of it after kill -9.
run_suite() {
    need_command node
    need_command npm
    install_kafkajs
    start_broker kafkajs
    javascript --test $tests/admin.test.js
    javascript --test $tests/produce.test.js
    javascript --test $tests/groups.test.js
    live_through_kill
    javascript --test $tests/after_restart.test.js
    stop_broker
}

readonly tests=tests/interop/kafkajs

javascript() { NODE_PATH=$work/kafkajs/node_modules BOOTSTRAP=$bootstrap node "$@"; }

# Into the build directory, and only when the pinned versions changed.
install_kafkajs() {
    local into=$work/kafkajs
    mkdir -p "$into"
    cmp -s $tests/package-lock.json "$into/.installed" && return
    cp $tests/package.json $tests/package-lock.json "$into"
    npm ci --prefix "$into" --no-audit --no-fund || skip "npm could not fetch kafkajs"
    cp $tests/package-lock.json "$into/.installed"
}

live_through_kill() {
    local ask=$work/kafkajs-kill client tries
    rm -f "$ask"
    RETRIES=100 javascript $tests/through_kill.js "$ask" &
    client=$!
    for tries in $(seq 600); do
        [ -f "$ask" ] && break
        sleep 0.05
    done
    [ -f "$ask" ] || fail "the client did not get to the middle"
    kill -9 "$broker_pid"
    wait "$broker_pid" 2>/dev/null || true  # 137: it was killed
    restart_broker kafkajs
    wait "$client" || fail "the client did not live through kill -9"
}

# confluent-kafka 2.16.1 (librdkafka 2.16.1) and aiokafka 0.14.0: transactions above all, and a kill -9 in the
# middle of one.
run_suite() {
    need_command python3
    install_python_clients
    # Soon enough to see a transaction time out.
    peer_settings="--set transaction.abort.timed.out.transaction.cleanup.interval.ms=200"
    start_peer python $peer_settings
    local library
    for library in confluent aiokafka; do
        (cd tests/interop/python && client -W ignore -m unittest -v "test_$library" 2>&1) || fail "$library"
    done
    for library in confluent aiokafka; do
        run_through_kill python client "tests/interop/python/through_kill_$library.py"
    done
    stop_peer
}

client() { PYTHONDONTWRITEBYTECODE=1 BOOTSTRAP=$bootstrap "$work/python/venv/bin/python" "$@"; }

# Into the build directory, and only when the pinned versions changed.
install_python_clients() {
    local into=$work/python wanted=tests/interop/python/requirements.txt
    mkdir -p "$into"
    cmp -s $wanted "$into/.installed" && return
    rm -rf "$into/venv"
    python3 -m venv "$into/venv" || skip "needs python3-venv"
    "$into/venv/bin/pip" install -q --require-hashes --only-binary :all: -r $wanted \
        || skip "pip could not fetch the clients"
    cp $wanted "$into/.installed"
}

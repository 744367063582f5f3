# franz-go 1.22.3 and kadm 1.20.0: transactions, groups that work in transactions, what is told of them.
run_suite() {
    need_command go
    local tests=tests/interop/franz_go
    (cd $tests && go mod download) || skip "Go could not fetch franz-go"
    (cd $tests && go test -c -o "$work/franz_go.test" .) || fail "the tests do not compile"
    start_peer franz_go
    BOOTSTRAP=$bootstrap "$work/franz_go.test" -test.v -test.timeout 3m || fail "franz-go"
    stop_peer
}

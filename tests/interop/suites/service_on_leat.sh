# The framework's tests against our broker as a process of its own.
run_suite() {
    start_broker service_on_leat
    # All of them: those that inject faults bring librdkafka's mock cluster wherever the others run.
    LEAT_TEST_BOOTSTRAP=$bootstrap build/release/service_tests --gtest_brief=1
    "$leat" topic list ticks- --bootstrap "$bootstrap" | grep -c '^ticks-' || fail "they ran elsewhere"
    stop_broker
}

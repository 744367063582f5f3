# Projects that take Leat in as a part of themselves.
run_suite() { "$root/tests/outside/subdirectory.sh" "$work/outside"; }

# Writes every ```cpp block and the ```console block under it to OUT/<n>.cpp and OUT/<n>.console, n from 1.
/^```cpp$/ { ++n; file = OUT "/" n ".cpp"; printf "" > file; next }
/^```console$/ { file = OUT "/" n ".console"; printf "" > file; next }
/^```$/ { if (file) close(file); file = ""; next }
file { print > file }

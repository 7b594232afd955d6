#!/bin/bash
# libFuzzer on every target, one after the other: build once with clang, then
#   tests/fuzz/run.sh BUILD_GCC BUILD_CLANG SECONDS [TARGET...]
# The corpus grows in BUILD_CLANG/corpus/TARGET, what was found lies in BUILD_CLANG/found/TARGET: once fixed, it belongs
# into tests/fuzz/corpus/TARGET. Prints a line a target: runs, seconds, findings.
#   CC=clang CXX=clang++ meson setup build-fuzz -Db_sanitize=address,undefined -Db_lundef=false \
#       -Dc_args=-fsanitize=fuzzer-no-link -Dcpp_args=-fsanitize=fuzzer-no-link
set -u
plain=$(realpath "$1") fuzz=$(realpath "$2") seconds=$3
here=$(dirname "$(realpath "$0")")
shift 3
[ $# -gt 0 ] || set -- $(cd "$here" && ls fuzz_*.c | sed 's/fuzz_//; s/\.c//')
for target in "$@"; do
    mkdir -p "$fuzz/corpus/$target" "$fuzz/found/$target"
    "$plain/tests/fuzz/fuzz_$target" --write "$fuzz/corpus/$target"
    [ ! -d "$here/corpus/$target" ] || cp "$here/corpus/$target"/* "$fuzz/corpus/$target"/
    log=$fuzz/found/$target.log
    (cd "$fuzz/found/$target" && ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 \
        LSAN_OPTIONS=suppressions=$here/../lsan.supp "$fuzz/tests/fuzz/fuzz_$target" "$fuzz/corpus/$target" \
        -max_total_time="$seconds" -max_len=65536 -rss_limit_mb=2560 -malloc_limit_mb=1500 -timeout=20 \
        -print_final_stats=1 >"$log" 2>&1)
    echo "$target: $(sed -n 's/stat::number_of_executed_units: *//p' "$log") runs," \
        "$(sed -n 's/.*Done .* in \([0-9]*\) second.*/\1 s/p' "$log")," \
        "$(sed -n 's/.*cov: \([0-9]*\).*/\1/p' "$log" | tail -1) edges, found: $(ls "$fuzz/found/$target" | tr '\n' ' ')"
done

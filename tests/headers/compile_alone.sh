#!/bin/sh
# Each public header compiles alone, as C17 with warnings as errors.
#   compile_alone.sh SOURCE_ROOT COMPILER_WORD... INCLUDE_FLAGS...   (the compiler may be "ccache cc")
set -eu
root=$1
shift
cc=""
while [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; do
    cc="$cc $1"
    shift
done
n=0 failed=0
for header in "$root"/core/include/*/*.h "$root"/vision/include/vis/*.h "$root"/ui/include/ui/*.h \
              "$root"/app/*.h "$root"/app/*/*.h; do
    n=$((n + 1))
    if ! printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
         $cc -std=c17 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
             -I "$root/core/include" -I "$root/vision/include" -I "$root/ui/include" -I "$root/app" "$@" \
             -x c -; then
        echo "does not compile alone: $header"
        failed=1
    fi
done
echo "$n headers"
[ "$n" -gt 20 ] && [ "$failed" = 0 ]

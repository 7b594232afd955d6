# Sourced by the scripts that run feltlab: a folder to work in, and the checks. $1 is feltlab; ends with [ "$n_failed" = 0 ].
set -u
feltlab=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
n_failed=0

check() { # check WHAT condition...
    local what=$1
    shift
    if "$@"; then echo "$what: ok"; else echo "$what: FAILED"; n_failed=$((n_failed + 1)); fi
}
# refuses CODE WORDS command...: that exit code, nothing on stdout, and a last line on stderr from feltlab with these words.
refuses() {
    local code=$1 words=$2
    shift 2
    "$@" >out.txt 2>err.txt
    local got=$?
    if [ "$got" = "$code" ] && tail -1 err.txt | grep -- "$words" | grep -q '^feltlab: ' && [ ! -s out.txt ]; then
        echo "refuses ($words): ok"
    else
        echo "refuses ($words): FAILED: exit $got, expected $code:"; head -3 err.txt out.txt
        n_failed=$((n_failed + 1))
    fi
}
# The number after "NAME": in a file of one JSON object.
number() { grep -o "\"$1\":[-0-9.e]*" "$2" | head -1 | cut -d: -f2; }

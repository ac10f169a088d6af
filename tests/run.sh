#!/bin/sh
# Runs test programs and scripts and closes with one line that sums them up.
#
# usage: BUILD=DIR [JOBS=n] tests/run.sh PATH...        (`make test`, `make check`)
#
# The exit status of each is its verdict: 0 passed, 77 skipped (its last line says why), anything
# else failed. A cmocka program counts every test in it, a script counts one. What failed shows its
# output, and the end of it again just before the sum. BUILD tells scripts where the program is;
# JOBS tests run at once. EMULATOR, if set, is the command that runs a test's program.

# For scripts that call make again: the variables that make was given (ARCH=haswell), so that nothing
# is built anew in another way. Its options and its job server are not theirs.
case ${MAKEFLAGS:-} in *'-- '*) export SETTINGS="${MAKEFLAGS##*-- }" ;; esac
unset MAKEFLAGS MAKELEVEL
export ASAN_OPTIONS=${ASAN_OPTIONS:-} UBSAN_OPTIONS=print_stacktrace=1
export LSAN_OPTIONS=suppressions=$PWD/tests/checks/lsan.supp:print_suppressions=0

# A test that takes longer hangs. A script that needs more time says so: "# seconds: N".
limit_of() {
    own=$(case $1 in *.sh) sed -n '1,20s/^# seconds: \([0-9]*\)$/\1/p' "$1" ;; esac)
    echo "${TEST_SECONDS:-${own:-600}}"
}

run() {
    limit=$(limit_of "$1")
    timeout --foreground -k 10 "$limit" $EMULATOR "$1" >"$log" 2>&1 </dev/null 9>&- # 9: the lock is ours
    code=$?
    [ $code -ne 124 ] || echo "stopped after $limit s (TEST_SECONDS)" >>"$log"
}

# The numbers of cmocka's summary lines "[  WORD  ] n test(s)", added up.
number() { sed -n "s/^\[ *$1 *\] \([0-9]*\) test(s).*/\1/p" "$log" | awk '{n += $1} END {print n + 0}'; }

# Runs one test, reports it in one piece, and adds its numbers to $TALLY.
report() {
    log=$(mktemp) start=$(date +%s) note=
    trap 'rm -f "$log"' EXIT
    run "$1"
    if grep -q 'LeakSanitizer does not work under ptrace' "$log"; then
        ASAN_OPTIONS=detect_leaks=0 run "$1"
        note=' (leaks not looked for: no ptrace here)'
    fi
    good=$(number PASSED) bad=$(number FAILED) none=$(number SKIPPED) verdict=ok
    case $code in
    0) [ $((good + none)) -gt 0 ] || good=1 ;;
    77) good=0 none=1 ;;
    *) [ "$bad" -gt 0 ] || bad=1 ;;
    esac
    [ "$none" -eq 0 ] || note=", $none skipped: $(grep -m 1 -i 'skip.*: ' "$log" || tail -n 1 "$log")"
    [ "$good" -gt 0 ] || verdict=
    [ "$bad" -eq 0 ] || verdict=FAILED
    flock 9
    echo "$good $bad $none" >>"$TALLY"
    printf '%-56s %4ds  %s\n' "${1#build/}" $(($(date +%s) - start)) "$verdict$note"
    [ "$bad" -eq 0 ] || sed 's/^/    /' "$log"
    [ "$bad" -eq 0 ] || { echo "FAILED: $1" && tail -n 15 "$log" | sed 's/^/    /'; } >>"$TALLY.failed"
}

if [ "$1" = --one ]; then
    report "$2" 9>>"$TALLY.lock"
    exit
fi
TALLY=$(mktemp) && export TALLY && trap 'rm -f "$TALLY" "$TALLY".*' EXIT && trap 'exit 130' INT TERM
printf '%s\n' "$@" | xargs -P "${JOBS:-1}" -n 1 "$0" --one
[ ! -e "$TALLY.failed" ] || cat "$TALLY.failed"
awk '{good += $1; bad += $2; none += $3}
     END {printf "%d passed, %d failed, %d skipped\n", good, bad, none; exit bad || !(good + none)}' "$TALLY"

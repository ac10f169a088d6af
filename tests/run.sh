#!/bin/sh
# Runs the test programs and scripts whose path contains WORD and closes with one summary line.
# usage: tests/run.sh BUILD_DIR [WORD]      A program's exit status is its verdict; a script's too
# (77 = skipped, its last line says why). Programs count each test of theirs, a script counts one.
build=$1 word=$2
passed=0 failed=0 skipped=0
log=$(mktemp) && trap 'rm -f "$log"' EXIT
number() { sed -n "s/.*\[ *$1 *\] \([0-9][0-9]*\) test.*/\1/p" "$log" | awk '{n += $1} END {print n + 0}'; }

for test in "$build"/tests/*/test_* tests/*/test_*.sh; do
    case $test in *.d | *'*'*) continue ;; *"$word"*) ;; *) continue ;; esac
    start=$(date +%s)
    BUILD=$build "$test" >"$log" 2>&1 </dev/null
    code=$?
    seconds=$(($(date +%s) - start))
    case $test in
    *.sh)
        case $code in
        0) passed=$((passed + 1)) verdict=ok ;;
        77) skipped=$((skipped + 1)) verdict="skipped: $(tail -n 1 "$log")" ;;
        *) failed=$((failed + 1)) verdict=FAILED ;;
        esac ;;
    *)
        passed=$((passed + $(number PASSED))) skipped=$((skipped + $(number SKIPPED)))
        verdict=ok
        if grep -q 'SKIPPED' "$log"; then verdict="ok, some skipped: $(grep -m1 'skip:' "$log")"; fi
        if [ $code -ne 0 ]; then
            some=$(number FAILED) verdict=FAILED
            [ "$some" -gt 0 ] || some=1 # died before it could count
            failed=$((failed + some))
        fi ;;
    esac
    printf '%-52s %3ds  %s\n' "${test#"$build"/}" "$seconds" "$verdict"
    [ "$verdict" != FAILED ] || sed 's/^/    /' "$log"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ] && [ $((passed + skipped)) -gt 0 ]

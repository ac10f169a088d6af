#!/bin/sh
# koopsweep verify and compare: exit codes and sentences on run directories that are none, empty or
# foreign. What they find in files is tested in test_verify.c and test_compare.c.
program=$BUILD/koopsweep
run=$(mktemp -d) && trap 'rm -rf "$run"' EXIT
failures=0
expect() { # CODE TEXT VERB...
    code=$1 text=$2
    shift 2
    said=$("$program" "$@" 2>&1)
    got=$?
    case $got/$said in
    "$code"/*"$text"*) ;;
    *)
        echo "koopsweep $*: exit code $got, not $code with \"$text\":"
        echo "$said"
        failures=$((failures + 1)) ;;
    esac
}
mkdir "$run/a" "$run/b" "$run/c"
expect 2 'is no run directory' verify "$run/a"
expect 2 'RUN' verify
printf 'name: one\n' >"$run/a/spec.expanded.yaml"
cp "$run/a/spec.expanded.yaml" "$run/b"
printf 'name: one\nseed: 7\n' >"$run/c/spec.expanded.yaml"
expect 4 '1 of 1 trials have not been run' verify "$run/a"
expect 4 'no trial that was run in both' compare "$run/a" "$run/b"
expect 4 'the sweeps differ' compare "$run/a" "$run/c"
mkdir -p "$run/a/trials/00"
echo hello >"$run/a/trials/00/letter.txt"
expect 5 'trials/00/letter.txt: foreign' verify "$run/a"
[ $failures -eq 0 ]

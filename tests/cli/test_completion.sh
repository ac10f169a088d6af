#!/bin/bash
# bash completes verbs, options of verbs and their values, all that --help shows.
. tests/script.sh

"$program" completion bash >koopsweep.bash || fail 'no completion for bash'
. ./koopsweep.bash
complete -p koopsweep >/dev/null || fail 'nothing was registered'
completes() { # WORDS...: what the last, unfinished word may become
    COMP_WORDS=(koopsweep "$@") COMP_CWORD=$# && _koopsweep && printf '%s\n' "${COMPREPLY[@]}"
}
verbs=$("$program" --help | sed -n '/^verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p')
completes '' | sort >have
printf '%s\n' $verbs help --help --version | sort | cmp -s - have || fail 'other verbs than --help has'
for verb in $verbs; do
    completes "$verb" -- | sort >have
    "$program" "$verb" --help | sed -n 's/^  \(-., \|    \)\(--[a-z-]*\).*/\2/p' | sort | diff - have >output ||
        fail "other options of $verb than --help has"
done
[ "$(completes table --format j)" = json ] || fail "--format j is not json"
[ "$(completes st)" = status ] || fail "st is not status"
[ -z "$(completes report --output x)" ] || fail 'a file is completed by us, not by the shell'
expect 2 'bash or zsh' "$program" completion fish

#!/bin/sh
# zsh takes the completion, and its rows complete options and values.
if ! command -v zsh >/dev/null; then
    echo 'skipped: no zsh here (make packages PACKAGES=packages-extra.txt)'
    exit 77
fi
. tests/script.sh
mkdir functions && "$program" completion zsh >functions/_koopsweep || fail 'no completion for zsh'
zsh -n functions/_koopsweep >output 2>&1 || fail 'zsh does not parse it'
cat >ask.zsh <<'END_OF_SCRIPT'
# A shell in a pseudo-terminal, as a user has it: types the words and a TAB twice, prints the screen.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; fpath=($PWD/functions \$fpath); autoload -Uz compinit; compinit -u -d $PWD/dump; zstyle ':completion:*' list-prompt ''; echo re''ady"
zpty -r -m shell text '*ready*' || exit 1
zpty -w -n shell "koopsweep $1"$'\t\t'
for _ in {1..100}; do
    zpty -r -t shell text && print -rn -- $text && [[ $text = *$~2* ]] && exit 0
    sleep 0.1
done
exit 1
END_OF_SCRIPT
zsh -f ask.zsh 'table --form' '*format*' >output 2>&1 || fail 'no option is completed'
zsh -f ask.zsh 'table --format ma' '*markdown*' >output 2>&1 || fail 'no value is completed'
zsh -f ask.zsh 'stat' '*status*' >output 2>&1 || fail 'no verb is completed'

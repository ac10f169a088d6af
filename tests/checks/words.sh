#!/bin/sh
# Gate: no unfinished business, no dead code, nothing that is true on one machine only.
# The brackets keep the patterns from finding themselves.
if ! git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    echo 'skipped: needs a git checkout, to know which files are ours'
    exit 77
fi
failures=0
forbid() { # REMEDY git-grep-arguments...
    remedy=$1
    shift
    if git grep -nIE --untracked "$@"; then
        echo "  ^ $remedy"
        failures=$((failures + 1))
    fi
}
everywhere="-- . :!.ci"
code="-- src tests bench"

forbid 'do it now, or open an issue and leave no mark' -iw -e 'TO[D]O' -e 'FIX[M]E' -e 'XX[X]' $everywhere
forbid 'delete dead code: history keeps it' -e '^ *# *if [0]' $code
forbid 'take the path from an option or the environment' \
    -ie '/[w]ork/[a-z]' -e '/[f]arm/[a-z]' -e '/[h]ome/[a-z]' -e '\.[.]/shared' $everywhere
forbid 'indent with spaces' -e "$(printf '\t')" $code
forbid 'remove the blanks at the end of the line' -e '[[:space:]]$' $everywhere ':!*.h5'
[ $failures -eq 0 ]

#!/bin/sh
# Gate: C files are formatted as .clang-format says. `tests/checks/format.sh --fix` formats them.
# Every version of clang-format has its own mind: that of Debian 12 counts.
wanted=14
command -v clang-format-$wanted >/dev/null && name=clang-format-$wanted || name=clang-format
version=$($name --version 2>/dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p')
if [ "$version" != $wanted ]; then
    echo "skipped: clang-format $wanted decides; here is ${version:-none}"
    exit 77
fi
files=$(git ls-files -co --exclude-standard 'src/*.[ch]' 'tests/*.[ch]' 'bench/*.[ch]')
if [ "$1" = --fix ]; then
    echo "$files" | xargs $name -i
else
    echo "$files" | xargs $name --dry-run -Werror || { echo 'run: make format'; exit 1; }
fi

#!/bin/sh
# Gate: C files are formatted as .clang-format says. `tests/checks/format.sh --fix` formats them.
version=$(clang-format --version 2>/dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p')
if [ -z "$version" ]; then
    echo 'skipped: clang-format is not installed (make packages)'
    exit 77
fi
files=$(git ls-files -co --exclude-standard 'src/*.[ch]' 'tests/*.[ch]' 'bench/*.[ch]')
if [ "$1" = --fix ]; then
    echo "$files" | xargs clang-format -i
else
    echo "$files" | xargs clang-format --dry-run -Werror || { echo 'run: make format'; exit 1; }
fi

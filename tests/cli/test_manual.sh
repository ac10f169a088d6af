#!/bin/sh
# The options in docs/koopsweep.1 are those of the program, and its verbs are, too; README shows every verb.
# After a change of options, this puts the new ones there:
#     BUILD=build tests/cli/test_manual.sh write
page=docs/koopsweep.1
fresh=$(mktemp) && trap 'rm -f "$fresh"' EXIT
options() { # `koopsweep fields` as a manual page
    "$BUILD/koopsweep" fields | sed 's/\\/\\e/g; s/-/\\-/g' | awk '
        NR == 1 { print ".nf" }
        /^# Every option/ { print ".fi"; has_options = 1; next }
        !has_options { sub(/^# ?/, ""); print "\\&" $0; next }
        /^    # / { sub(/^    # /, ""); print (lines++ ? ".br\n" : "") "\\&" $0; next }
        /^# / && !/^# [a-z_]+\.[a-z0-9_.*]+:/ { sub(/^# /, ""); print ".SS " $0; next }
        NF { sub(/^# /, ""); sub(/:/, "\\fR:"); print ".TP\n\\fB" $0; lines = 0 }'
}
{
    sed '/^\.\\" what koopsweep fields prints$/q' $page
    options
    sed -n '/^\.\\" end$/,$p' $page
} >"$fresh"
[ "$1" != write ] || cp "$fresh" $page
status=0
diff $page "$fresh" || {
    echo "$page is out of step with the options: run  BUILD=$BUILD $0 write"
    status=1
}
grep -q '^\\fBresources.device\\fR: host$' $page || { echo "no options in $page"; status=1; }
for verb in $(sed -n 's/^VERB(\(.*\))$/\1/p' src/cli/verbs.def); do
    grep -q "^\.BI* \"*$verb\( \|\"\|$\)" $page || { echo "$page lacks the verb $verb"; status=1; }
    grep -q "^    build/koopsweep $verb " README.md || { echo "README.md lacks the verb $verb"; status=1; }
done
if command -v man >/dev/null && man --warnings -l $page 2>&1 >/dev/null | grep .; then
    echo "$page is no sound manual page"
    status=1
fi
exit $status

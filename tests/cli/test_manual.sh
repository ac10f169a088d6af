#!/bin/sh
# docs/koopsweep.1 holds what --help says of every verb and the options of a sweep file, as the program has
# them; README shows every verb. After a change of either, this puts the new ones there:
#     BUILD=build tests/cli/test_manual.sh write
page=docs/koopsweep.1
fresh=$(mktemp) && trap 'rm -f "$fresh"' EXIT
verbs() { sed -n 's/^VERB(\(.*\))$/\1/p' src/cli/verbs.def; }
help() { # the --help of verb $1 as a manual page: options and what else is listed begin a paragraph
    "$BUILD/koopsweep" "$1" --help | sed 's/\\/\\e/g; s/-/\\-/g' | awk '
        function item(name, text) { print ".TP\n\\fB" name "\\fR"; if (text) print "\\&" text; apart = 0 }
        function paragraph() { if (apart) print ".PP"; apart = 0 }
        /^usage: / { sub(/^usage: koopsweep /, ""); print ".SS \"" $0 "\""; next }
        /^options:$/ || /this text$/ { next }
        /^$/ { apart = 1; next }
        /^  (\\-.,|   ) \\-\\-/ {
            sub(/^ +/, "")
            if (match($0, /  +/)) item(substr($0, 1, RSTART - 1), substr($0, RSTART + RLENGTH))
            else item($0)
            next
        }
        match($0, /^  [a-z0-9_]+ +/) && RLENGTH == 14 { item($1, substr($0, 15)); next }
        /^              / { sub(/^ +/, ""); print "\\&" $0; next }
        /^ / { paragraph(); print ".nf\n" $0 "\n.fi"; next }
        { paragraph(); print "\\&" $0 }'
}
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
    sed '/^\.\\" what koopsweep VERB --help prints$/q' $page
    for verb in $(verbs); do help "$verb"; done
    sed -n '/^\.\\" end of the verbs$/,/^\.\\" what koopsweep fields prints$/p' $page
    options
    sed -n '/^\.\\" end$/,$p' $page
} >"$fresh"
[ "$1" != write ] || cp "$fresh" $page
status=0
diff $page "$fresh" || {
    echo "$page is out of step with the program: run  BUILD=$BUILD $0 write"
    status=1
}
grep -q '^\\fBresources.device\\fR: host$' $page || { echo "no options in $page"; status=1; }
grep -q '^\\fB\\-\\-retry\\-failed\\fR$' $page || { echo "no options of verbs in $page"; status=1; }
for verb in $(verbs); do
    grep -q "^\.SS \"$verb " $page || { echo "$page lacks the verb $verb"; status=1; }
    grep -q "^    build/koopsweep $verb " README.md || { echo "README.md lacks the verb $verb"; status=1; }
done
if command -v man >/dev/null && man --warnings -l $page 2>&1 >/dev/null | grep .; then
    echo "$page is no sound manual page"
    status=1
fi
exit $status

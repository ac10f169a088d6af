#!/bin/sh
# The tables of docs/store-format.md are those of hdf5_schemas/.
# After a change of the schema, this puts the new tables there:
#     BUILD=build tests/store/test_format_doc.sh write
page=docs/store-format.md
fresh=$(mktemp) && trap 'rm -f "$fresh"' EXIT
{
    sed '/^<!-- what koopsweep schema prints -->$/q' $page
    "$BUILD/koopsweep" schema || exit 1
    sed -n '/^<!-- end -->$/,$p' $page
} >"$fresh"
[ "$1" != write ] || cp "$fresh" $page
diff $page "$fresh" && exit 0
echo "$page is out of step with hdf5_schemas/: run  BUILD=$BUILD $0 write"
exit 1

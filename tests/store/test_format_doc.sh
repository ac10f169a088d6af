#!/bin/sh
# The tables of docs/store-format.md are those of hdf5_schemas/.
printed=$(mktemp) && trap 'rm -f "$printed"' EXIT
"$BUILD/koopsweep" schema >"$printed" || exit 1
sed -n '/^<!-- what koopsweep schema prints -->$/,/^<!-- end -->$/p' docs/store-format.md |
    sed '1d;$d' | diff - "$printed" && exit 0
echo 'docs/store-format.md is out of step: put what `koopsweep schema` prints between its marks'
exit 1

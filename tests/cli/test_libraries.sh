#!/bin/sh
# An optional library is built in where the compiler finds its header, and only there.
fail() { echo "$*"; exit 1; }
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/include/oneapi/dnnl" && : >"$folder/include/oneapi/dnnl/dnnl.h"
onednn() { # what the Makefile takes it for, with these settings
    make -pn "$@" 2>/dev/null | sed -n 's/^ONEDNN := *//p'
}
[ -z "$(onednn CC='cc -nostdinc')" ] || fail 'a header that no compiler finds counts as there'
[ "$(onednn CC='cc -nostdinc' ONEDNN_DIR="$folder")" = yes ] || fail 'a header that is there is not found'

#!/bin/sh
# An optional library is built in where the compiler finds its header, and only there; LAPACK's C
# interface is linked by name where it has a library of its own, beside OpenBLAS that holds it.
fail() { echo "$*"; exit 1; }
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/include/oneapi/dnnl" && : >"$folder/include/oneapi/dnnl/dnnl.h"
onednn() { # what the Makefile takes it for, with these settings
    make -pn "$@" 2>/dev/null | sed -n 's/^ONEDNN := *//p'
}
[ -z "$(onednn CC='cc -nostdinc')" ] || fail 'a header that no compiler finds counts as there'
[ "$(onednn CC='cc -nostdinc' ONEDNN_DIR="$folder")" = yes ] || fail 'a header that is there is not found'

links() { make -pn LAPACKE_DIR="$folder" 2>/dev/null | sed -n 's/^LIBRARY_LINKS := *//p'; }
mkdir "$folder/lib64" && : >"$folder/lib64/libopenblas.so"
case $(links) in *lapacke*) fail 'a library that is not there is linked' ;; esac
case $(links) in *" -L$folder/lib64 "*) ;; *) fail 'lib64 is passed over' ;; esac
: >"$folder/lib64/liblapacke.so"
case $(links) in *" -llapacke"*) ;; *) fail 'a library that is there is not linked' ;; esac

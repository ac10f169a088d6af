#!/bin/sh
# Every kernel file stands in its table, and every table row is compiled for devices: the tables of a
# backend are made from the same lists (device/op_kernels.h), so what is missing does not link.
set -u
fail() { echo "FAILED: $*"; exit 1; }
list() { sed -n "s/^$1(\([a-z_]*\).*/\1/p" "src/kernel/$2" | sort; }
files() { grep -l "^$1(" $2 | sed 's|.*/||; s|\.c$||' | sort; }
[ "$(list OP ops.def)" = "$(files OPERATOR 'src/kernel/*.c')" ] ||
    fail 'ops.def and the files of src/kernel/ differ'
[ "$(list VECTOR vectors.def)" = "$(files VECTOR_KERNEL 'src/kernel/vector/*.c')" ] ||
    fail 'vectors.def and the files of src/kernel/vector/ differ'
for op in $(list OP ops.def); do
    for build in value tangent; do
        object=build/f32/emulated/kernel/$op.$build.o
        for phase in forward backward; do
            nm "$object" | grep -q " T ${op}_${phase}_emulated_${build}s\$" ||
                fail "$object has no $phase kernel for devices"
        done
    done
done
echo passed

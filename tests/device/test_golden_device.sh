#!/bin/sh
# Losses, gradients and H v of all models on every device of the program, against the files of an
# independent implementation: KOOPSWEEP_GOLDEN = the folder they lie in.
if [ -z "$KOOPSWEEP_GOLDEN" ]; then
    echo 'skipped: set KOOPSWEEP_GOLDEN to the folder of gpt_*.h5, llama.h5, vit.h5 and others'
    exit 77
fi
# The other families have the same attention as these, or none. The spectrum of tiny_mamba.h5 takes a
# minute of scans on an emulated device, and mamba.h5 has the same products.
attention=$(find "$KOOPSWEEP_GOLDEN" -maxdepth 1 '(' -name '*gpt_*.h5' -o -name 'llama*.h5' \
    -o -name 'vit*.h5' ')' | sort)
others=$(find "$KOOPSWEEP_GOLDEN" -maxdepth 1 '(' -name '*moe_*.h5' -o -name '*mamba*.h5' \
    -o -name '*kan*.h5' ')' ! -name tiny_mamba.h5 | sort)
IFS='
'
golden="${BUILD:-build}"/tests/golden_model
walk() { # BACKEND
    "$golden" --on $1 $attention $others && "$golden" --on $1 --attention recomputed $attention
}
walk emulated || exit
walk cuda
case $? in
0) echo 'emulated and cuda: passed' ;;
7) echo 'emulated: passed; cuda: not here' ;;
*) exit 1 ;;
esac

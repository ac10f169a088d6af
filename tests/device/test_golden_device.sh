#!/bin/sh
# Losses, gradients and H v of all models on every device of the program, against the files of an
# independent implementation: KOOPSWEEP_GOLDEN = the folder they lie in.
if [ -z "$KOOPSWEEP_GOLDEN" ]; then
    echo 'skipped: set KOOPSWEEP_GOLDEN to the folder of gpt_*.h5, llama.h5, vit.h5 and others'
    exit 77
fi
files=$(find "$KOOPSWEEP_GOLDEN" -maxdepth 1 '(' -name '*gpt_*.h5' -o -name 'llama*.h5' \
    -o -name 'vit*.h5' -o -name '*moe_*.h5' -o -name '*mamba*.h5' -o -name '*kan*.h5' ')' | sort)
IFS='
'
golden="${BUILD:-build}"/tests/golden_model
"$golden" --on emulated $files && "$golden" --on emulated --attention recomputed $files || exit
"$golden" --on cuda $files && "$golden" --on cuda --attention recomputed $files
case $? in
0) echo 'emulated and cuda: passed' ;;
7) echo 'emulated: passed; cuda: not here' ;;
*) exit 1 ;;
esac

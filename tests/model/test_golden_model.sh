#!/bin/sh
# Losses, gradients and H v of all models against the files of an independent implementation:
# KOOPSWEEP_GOLDEN = the folder they lie in.
if [ -z "$KOOPSWEEP_GOLDEN" ]; then
    echo 'skipped: set KOOPSWEEP_GOLDEN to the folder of gpt_*.h5, llama.h5, vit.h5 and others'
    exit 77
fi
files=$(find "$KOOPSWEEP_GOLDEN" -maxdepth 1 '(' -name '*gpt_*.h5' -o -name 'llama*.h5' \
    -o -name 'vit*.h5' -o -name '*moe_*.h5' -o -name '*mamba*.h5' -o -name '*kan*.h5' ')' | sort)
if [ -z "$files" ]; then
    echo "no model files in KOOPSWEEP_GOLDEN=$KOOPSWEEP_GOLDEN"
    exit 1
fi
IFS='
'
golden="${BUILD:-build}"/tests/golden_model
"$golden" $files && "$golden" --attention recomputed $files

#!/bin/sh
# The same for the large snapshots, which are kept outside the repository.
if [ -z "$KOOPSWEEP_GOLDEN" ]; then
    echo 'KOOPSWEEP_GOLDEN is unset; set it to the folder of dmd.h5'
    exit 77
fi
exec "$BUILD/tests/golden_dmd" "$KOOPSWEEP_GOLDEN/dmd.h5"

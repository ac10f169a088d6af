#!/bin/sh
# Profiles of trained checkpoints against the files of an independent implementation:
# KOOPSWEEP_GOLDEN = the folder they lie in, KOOPSWEEP_DATA = that of the checkpoints.
if [ -z "$KOOPSWEEP_GOLDEN" ] || [ -z "$KOOPSWEEP_DATA" ]; then
    echo 'skipped: set KOOPSWEEP_GOLDEN to the folder of profile_*.h5, KOOPSWEEP_DATA to the data'
    exit 77
fi
exec "${BUILD:-build}"/tests/golden_profile "$KOOPSWEEP_DATA" "$KOOPSWEEP_GOLDEN"/profile_*.h5

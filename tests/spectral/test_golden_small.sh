#!/bin/sh
# Spectra and shaping gradients of small snapshots, rank-deficient and ill-conditioned ones among
# them, against results of PyTorch, NumPy and SciPy (data/make_dmd.py).
exec "$BUILD/tests/golden_dmd" tests/spectral/data/dmd.h5

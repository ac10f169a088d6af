#!/usr/bin/env python3
"""Writes dmd.h5: snapshots and their spectra, for golden_dmd. NumPy, SciPy and h5py; run once.

The snapshots' singular value decomposition is used throughout (no covariance is formed), so nothing
here shares a method with src/spectral. `small` of another file may be copied in: make_dmd.py FILE.
"""
import sys

import h5py
import numpy as np
import scipy.linalg


def profile(x, y, eps=1e-5, rtol=1e-10):
    d, n = x.shape
    x, y = x - x.mean(1, keepdims=True), y - y.mean(1, keepdims=True)
    u, s, vt = np.linalg.svd(x, full_matrices=True)
    w = np.zeros(d)
    w[:len(s)] = s**2 / (n - 1)
    k = int((w > rtol * w[0]).sum())
    whitening = u @ np.diag((w + eps) ** -0.5) @ u.T
    xw, yw = whitening @ x, whitening @ y
    kept = u[:, :k]
    a = yw @ vt[:k].T @ np.diag(np.sqrt(w[:k] + eps) / s[:k]) @ kept.T
    b = kept.T @ a @ kept
    lam, left, right = scipy.linalg.eig(b, left=True)
    modulus = abs(lam)
    r = np.array([np.linalg.norm(v.conj() @ kept.T @ (yw - z * xw)) /
                  np.linalg.norm(v.conj() @ kept.T @ xw) for v, z in zip(left.T, lam)])
    order, reliable, size = np.lexsort((lam.imag, lam.real)), r <= 0.1, np.linalg.norm(b)
    near, above = (modulus >= 0.9) & (modulus <= 1.05), modulus > 1.05

    def share(mask, of=np.ones(k, bool)):
        return mask[of].mean() if of.any() else np.nan

    sets = dict(A=a, W=whitening, abs_lam_sorted=np.sort(modulus), lam_re=lam.real[order],
                lam_im=lam.imag[order], resdmd_r=r[order])
    attributes = dict(
        nrank=k, M_gt=share(above), M_near=share(near), M_lt=share(modulus < 0.8),
        M_mid=share(~above & ~near & (modulus >= 0.8)), rho=modulus.max(),
        reliable=share(reliable), M_near_rel=share(near, reliable),
        M_gt_rel=share(above, reliable), kappa=np.linalg.cond(right),
        eta_nl=np.linalg.norm(yw - a @ xw) / np.linalg.norm(yw - xw),
        henrici=np.sqrt(max(size**2 - (modulus**2).sum(), 0)) / size)
    return sets, attributes


def layer(random, x, spread, noise):
    d = len(x)
    k = np.eye(d) + spread * random.normal(size=(d, d)) / np.sqrt(d)
    return k @ x + noise * random.normal(size=x.shape) + random.normal(size=(d, 1))


def cases(random):
    x = random.normal(size=(10, 6)) @ random.normal(size=(6, 32)) + 3
    yield "deficient", x, layer(random, x, 0.5, 0.05)
    x = random.normal(size=(10, 32))
    x -= x.mean(0)  # as after a layer normalisation: rank d - 1
    y = layer(random, x, 0.5, 0.05)
    yield "mean_free", x, y - y.mean(0)
    q, _ = np.linalg.qr(random.normal(size=(10, 10)))
    x = q @ np.diag(np.logspace(0, -4, 10)) @ random.normal(size=(10, 32))
    yield "ill_conditioned", x, layer(random, x, 0.5, 1e-5)
    x = random.normal(size=(8, 32))
    yield "unreliable", x, layer(random, x, 0.3, 5)
    x = random.normal(size=(1, 30))
    yield "one_feature", x, layer(random, x, 0.3, 0.1)
    x = random.normal(size=(10, 8))
    yield "exact_fit", x, layer(random, x, 0.3, 0.1)  # N <= d: residuals are rounding


with h5py.File("dmd.h5", "w", libver=("v108", "v108")) as out:
    if len(sys.argv) > 1:
        with h5py.File(sys.argv[1]) as given:
            given.copy("small", out)
    for name, x, y in cases(np.random.default_rng(20)):
        group = out.create_group(name)
        sets, attributes = profile(x, y)
        for key, value in dict(X=x, Y=y, **sets).items():
            group[key] = value
        group.attrs.update(attributes)

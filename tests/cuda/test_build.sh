#!/bin/sh
# The program and the benches compile and link with the GPU backend where nvcc is, GPU or not; and
# what was linked has every kernel for the device, values and tangents, and knows whether a GPU is
# here.
set -u
if ! command -v "${NVCC:-nvcc}" >/dev/null; then
    echo 'skipped: no nvcc: the CUDA toolkit is not installed (docs/gpu.md)'
    exit 77
fi
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
# shellcheck disable=SC2086
if ! make CUDA=1 ${SETTINGS:-} all benches >"$folder/log" 2>&1; then
    tail -n 30 "$folder/log"
    exit 1
fi
program=$PWD/build/cuda/koopsweep
nm -C "$program" >"$folder/symbols"
list() { sed -n "s/^$1(\([a-z_]*\).*/\1/p" "src/kernel/$2"; }
for op in $(list OP ops.def); do
    for kernel in forward_cuda_values forward_cuda_tangents backward_cuda_values \
        backward_cuda_tangents; do
        grep -q " T ${op}_$kernel\$" "$folder/symbols" || { echo "no ${op}_$kernel"; exit 1; }
    done
done
for vector in $(list VECTOR vectors.def); do
    grep -q " T ${vector}_vector_cuda_values\$" "$folder/symbols" ||
        { echo "no ${vector}_vector_cuda_values"; exit 1; }
done
"$program" --version | grep -q '^GPU backend built in' || { echo 'no word of the backend'; exit 1; }

cat >"$folder/sweep.yaml" <<'EOS'
name: tiny
resources.device: cuda
train: {steps: 2, batch: 4, valid_batches: 1}
model: {width: 32, layers: 1, heads: 2}
probe.rksp.samples: 64
EOS
"$program" run "$folder/sweep.yaml" -n 1 -o "$folder/run" >"$folder/log" 2>&1
case $? in
0) echo 'built; a trial ran on the GPU' ;;
7)
    grep -q 'no GPU can be used here' "$folder/log" || { cat "$folder/log"; exit 1; }
    echo 'built; no GPU here to run on'
    ;;
*) cat "$folder/log"; exit 1 ;;
esac

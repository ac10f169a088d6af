#!/bin/sh
# Commands and parameters written wrong: one sentence each, exit code 2, nothing begun.
. tests/script.sh
touch train.py
wrong() { # WORDS LINES...
    words=$1
    shift
    { echo 'name: wrong' && printf '%s\n' "$@"; } >wrong.yaml
    expect 2 "$words" "$program" run wrong.yaml -n 1
    [ "$(grep -c 'error:' output)" -eq 1 ] || fail "more than one sentence for: $*"
    [ ! -e runs ] || fail "something was begun for: $*"
}
ok='external.command: ["true"]'
wrong 'takes a list of words' 'external.command: python3 train.py' 'params.a: 1'
wrong 'there is no program pythn3' 'external.command: [pythn3, train.py]'
wrong 'cannot be run; is it there and executable' 'external.command: [train.py]'
wrong 'cannot be run' 'external.command: [./no/such/program]'
# shellcheck disable=SC2016
{
    wrong 'there is no macro ${arg}; did you mean args?' 'external.command: ["true", "${arg}"]'
    wrong 'a word of its own' 'external.command: ["true", "x=${args}"]'
    wrong 'without its }' 'external.command: ["true", "${args"]'
    wrong 'the environment has no such variable' 'external.command: ["true", "${envvar:NO_SUCH}"]'
    wrong 'no such parameter' 'external.command: ["true", "${param:lr}"]' 'params.l: 1'
    wrong 'write the program' 'external.command: ["true", "${program}"]'
    wrong 'put words with ${...} in quotes' 'external.command: [true, ${args}]'
}
wrong 'name is empty' 'external.command: [""]'
wrong 'it only matters with external.command' 'params.lr: 1'
wrong 'has no effect where external.command trains' "$ok" 'train.lr: 1'
wrong 'such as params.width' "$ok" 'axes: {product: {model.width: [64, 128]}}'
wrong 'may be a truth value or text' "$ok" 'params.nesterov: yes'
wrong 'is not finite' "$ok" 'params.lr: .nan'
wrong 'does not fit 64 bits' "$ok" 'params.seed: 99999999999999999999'
wrong 'has no value' "$ok" 'params.lr:'
wrong 'takes letters, digits' "$ok" 'params: {my lr: 1}'
wrong 'a list of single values' "$ok" 'params.x: [[1, 2]]'
wrong 'is given twice' "$ok" 'params: {a.b: 1, a: {b: 2}}'
wrong 'the axis is empty' "$ok" 'axes: {product: {params.a: []}}'
wrong 'lists 0.001 twice' "$ok" 'axes: {product: {params.a: [1e-3, 0.001]}}'
wrong 'the risk is not measured' "$ok" 'probe.rksp.steps: []' \
    'arms: {base: {}, x: {params.c: 1, gate: {score: rho, threshold: 1, control: 0}}}'

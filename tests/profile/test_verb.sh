#!/bin/sh
# koopsweep profile from outside: tables of a real checkpoint in every kind of file, the file it
# leaves, and one clear sentence for what it cannot read.
. tests/script.sh

expect 2 'give either CHECKPOINT, or RUN and TRIAL, or --states FILE' "$program" profile
expect 2 'give either CHECKPOINT, or RUN and TRIAL, or --states FILE' "$program" profile a --states b
expect 5 'nowhere: is no checkpoint we know' "$program" profile nowhere
expect 5 'nowhere.safetensors: cannot be opened' "$program" profile --states nowhere.safetensors
expect 2 'unknown "papr"; did you mean paper?' "$program" profile nowhere -c papr

[ -n "${KOOPSWEEP_DATA:-}" ] || { echo 'skipped: KOOPSWEEP_DATA is not set'; exit 77; }
llama=$KOOPSWEEP_DATA/llama-stories260K
expect 2 'name the tokens it is to read: --tokens FILE' "$program" profile "$llama"
{ seq 3 510 && seq 3 510; } >ids.txt
expect 2 'none of its 21' "$program" profile "$KOOPSWEEP_DATA/gpt2-tiny/tiny_gpt2" --tokens ids.txt
expect 2 'longer than the 512 positions' "$program" profile "$llama" --tokens ids.txt -t 600
echo 'no ids' >words.txt
expect 5 'text goes by --text' "$program" profile "$llama" --tokens words.txt

expect 0 'LLaMA-2 7B, layers 0-10' "$program" profile "$llama" --tokens ids.txt -o llama.h5
expect 0 'a whole profile of' "$program" verify llama.h5
expect 0 'worse than guessing' "$program" profile "$llama" --tokens ids.txt
expect 0 'GPT-2 124M' "$program" profile "$KOOPSWEEP_DATA/gpt2-tiny/fake_gpt2" -t 16
expect 0 '"profile_groups"' "$program" profile "$llama" --tokens ids.txt -f json

# The same network out of another kind of file: the same numbers, digit for digit.
numbers() { "$program" profile "$1" --tokens ids.txt -c full -f csv | cut -d, -f1-18; }
numbers "$llama" >hf.csv
numbers "$llama/stories260K.bin" >llama2c.csv
cmp hf.csv llama2c.csv || fail 'another kind of file gives other numbers'
[ "$(grep -c '^profile,full,[0-4],' hf.csv)" -eq 5 ] || fail 'not one row per transition'

# Values alone have the same masses.
"$program" profile "$llama" --tokens ids.txt -c full -m values -f csv | cut -d, -f1-7 >values.csv
cut -d, -f1-7 hf.csv | cmp - values.csv || fail 'values alone differ'

printf x | dd of=llama.h5 bs=1 seek=2000 conv=notrunc 2>/dev/null
expect 5 'llama.h5: ' "$program" verify llama.h5

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
expect 2 'leave out --tokenizer and --text' "$program" profile "$llama" --tokens ids.txt --text ids.txt
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
cat >version1.py <<'END'
# llama2.c's version 0 to its version 1, as its export.py writes it: the norms first, no sines.
import struct
import sys
bytes = open(sys.argv[1], 'rb').read()
dim, hidden, layers, heads, kv_heads, vocab, positions = head = struct.unpack('7i', bytes[:28])
at, group = 28, {}
for name, rows, width in [('table', abs(vocab), dim), ('norm1', layers, dim), ('q', layers * dim, dim),
                          ('k', layers * dim * kv_heads // heads, dim), ('v', layers * dim * kv_heads // heads, dim),
                          ('o', layers * dim, dim), ('norm2', layers, dim), ('w1', layers * hidden, dim),
                          ('w2', layers * dim, hidden), ('w3', layers * hidden, dim), ('norm', 1, dim)]:
    group[name] = bytes[at:at + 4 * rows * width]
    at += 4 * rows * width
with open(sys.argv[2], 'wb') as out:
    out.write(struct.pack('Ii7iB', 0x616b3432, 1, *head, 1).ljust(256, b'\0'))
    for name in 'norm1 norm2 norm table q k v o w1 w2 w3'.split():
        out.write(group[name])
END
python3 version1.py "$llama/stories260K.bin" version1.bin
numbers version1.bin | cmp - hf.csv || fail 'version 1 of llama2.c gives other numbers'
head -c 100000 version1.bin >short.bin
expect 5 'its head promises 1040384 bytes, the file has 100000' "$program" profile short.bin --tokens ids.txt
printf '24ka\002' | dd of=short.bin bs=1 conv=notrunc 2>/dev/null
expect 5 'of version 2 of llama2.c' "$program" profile short.bin --tokens ids.txt
[ "$(grep -c '^profile,full,[0-4],' hf.csv)" -eq 5 ] || fail 'not one row per transition'

# Values alone have the same masses, of every transition.
masses() { grep '^profile,' "$1" | cut -d, -f1-8; }
"$program" profile "$llama" --tokens ids.txt -c full -m values -f csv >values.csv
masses hf.csv >all.csv
masses values.csv | cmp - all.csv || fail 'values alone differ'
[ "$(wc -l <all.csv)" -eq 5 ] || fail 'not one row of masses per transition'

printf x | dd of=llama.h5 bs=1 seek=2000 conv=notrunc 2>/dev/null
expect 5 'llama.h5: ' "$program" verify llama.h5

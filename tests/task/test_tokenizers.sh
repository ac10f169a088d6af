#!/bin/sh
# A tokenizer.json gives the ids that Hugging Face's tokenizers gives, for the kinds of GPT-2, LLaMA-2
# and LLaMA-3, trained on our own pages, over text that is easy and text that is not.
. tests/script.sh
python3 -c 'import tokenizers' 2>/dev/null ||
    { echo 'skipped: python3 has no tokenizers (pip install tokenizers)' && exit 77; }
export PATH="$root/$BUILD/tests:$PATH"
cat "$root"/docs/*.md "$root/README.md" >pages.txt

cat >compare.py <<'END'
import json
import subprocess
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

LINES = open('pages.txt').read().split('\n')
BYTES = [f'<0x{i:02X}>' for i in range(256)]
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
ODD = (" leading and  double   spaces\n\n\ttabs it's I'LL 12345 <s> mid</s>x <|end|>|<|en \U0001f600 漢字かな é ñ \u00a0nbsp\u2003 "
       "▁under_score ▁▁ <unk>!!...\r\n'quoted' don't  \n  end  ")

def bytes_of_gpt2(prefix):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    t.train_from_iterator(LINES, trainers.BpeTrainer(vocab_size=1500, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                                     special_tokens=['<|end|>']))
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    return t

def bytes_of_llama3():
    model = json.loads(bytes_of_gpt2(False).to_str())['model']
    t = Tokenizer(models.BPE(model['vocab'], [tuple(m) for m in model['merges']], ignore_merges=True))
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), 'isolated'),
                                               pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t.add_special_tokens(['<|begin|>', '<|end|>'])
    around = processors.TemplateProcessing(single='<|begin|> $A <|end|>', special_tokens=[('<|begin|>', 1500), ('<|end|>', 0)])
    t.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), around])
    return t

def characters(scheme, split):
    t = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token='<unk>'))
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme='always')
    t.train_from_iterator(LINES, trainers.BpeTrainer(vocab_size=1500, limit_alphabet=90,
                                                     special_tokens=['<unk>', '<s>', '</s>'] + BYTES))
    all = json.loads(t.to_str())
    all['added_tokens'] = all['added_tokens'][:3]
    t = Tokenizer.from_str(json.dumps(all))
    if scheme:
        t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=split)
    else: # as LLaMA-2's own file has it
        t.pre_tokenizer = None
        t.normalizer = normalizers.Sequence([normalizers.Prepend('▁'), normalizers.Replace(' ', '▁')])
    t.post_processor = processors.TemplateProcessing(single='<s> $A', special_tokens=[('<s>', 1)])
    return t

def unknowns(fuse):
    t = Tokenizer(models.BPE(unk_token='[UNK]', fuse_unk=fuse))
    t.train_from_iterator(LINES, trainers.BpeTrainer(vocab_size=300, special_tokens=['[UNK]'], limit_alphabet=40))
    return t

kinds = {'gpt2': bytes_of_gpt2(False), 'gpt2 with a space in front': bytes_of_gpt2(True), 'llama3': bytes_of_llama3(),
         'llama2': characters(None, 0), 'unknown': unknowns(False), 'unknown, fused': unknowns(True)}
for scheme in 'first', 'always', 'never':
    kinds[f'llama, {scheme}'] = characters(scheme, False)
kinds['llama, split'] = characters('always', True)
texts = {'pages': open('pages.txt').read()[:100000], 'odd': ODD, 'x': 'x', 'space': ' ', 'begins': '<s>x <|end|>'}
for name, text in texts.items():
    open(name + '.text', 'w', newline='').write(text)
for kind, tokenizer in kinds.items():
    tokenizer.save('tokenizer.json')
    for name, text in texts.items():
        ours = subprocess.run(['golden_tokens', 'tokenizer.json', name + '.text'], check=True, stdout=subprocess.PIPE).stdout
        ours, theirs = [int(id) for id in ours.split()], tokenizer.encode(text).ids
        assert ours == theirs, (kind, name, len(ours), len(theirs), [p for p in zip(ours, theirs) if p[0] != p[1]][:5])
        print(kind, name, len(theirs), 'ids')
END
expect 0 'llama, split begins' python3 compare.py
echo "$(grep -c 'ids$' output) texts"

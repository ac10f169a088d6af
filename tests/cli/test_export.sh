#!/bin/sh
# koopsweep export: what it writes is, field by field, what the second reader finds in the files.
. tests/script.sh
python=python3
$python -c 'import h5py' 2>/dev/null || python=/usr/bin/python3
$python -c 'import h5py' 2>/dev/null || { echo 'skipped: there is no h5py' && exit 77; }

spec export 5 >sweep.yaml
echo 'diverge.loss: 5.545' >>sweep.yaml # above it at the first step, or not at all
expect 0 '' "$program" run sweep.yaml -n 2 --out run
"$program" export run --csv >trials.csv || fail 'trials as csv'
"$program" export run >again.csv && cmp trials.csv again.csv || fail 'csv is the default'
"$program" export run --jsonl >trials.jsonl || fail 'trials as JSON lines'
"$program" export run --series >series.csv || fail 'series as csv'
"$program" export run --series --jsonl >series.jsonl || fail 'series as JSON lines'
cat >compare.py <<'END'
import csv
import json
import math
import sys
sys.path.insert(0, sys.argv[1])
import koopsweep

def number(text):
    return math.nan if text in ('', None) else float(text)

def is_same(a, b):
    return a == b if isinstance(b, str) else number(a) == b or (math.isnan(number(a)) and not math.isfinite(b))

run = koopsweep.open('run')
trials = run.trials()
tables = list(csv.DictReader(open('trials.csv'))), [json.loads(line) for line in open('trials.jsonl')]
count = 0
for table in tables:
    assert [row['id'] for row in table] == list(trials['id']) and len(table) == 4
    for name, column in trials.items():
        for row, value in zip(table, column):
            assert name == 'index' or is_same(row[name], value), (name, row[name], value)
            count += 1
entries = {}
for id, file in run:
    def visit(name, data):
        if getattr(data, 'ndim', 0) == 0 or name.split('/')[0] in ('config', 'labels') or name.endswith('/step'):
            return
        steps = file[name.split('/')[0] + '/step'][:]
        for at, value in __import__('numpy').ndenumerate(data[...]):
            key = id, int(steps[at[0]]), name + ''.join(f'[{i}]' for i in at[1:])
            entries[key] = float(value)
    file.visititems(visit)
for rows in csv.DictReader(open('series.csv')), map(json.loads, open('series.jsonl')):
    seen = set()
    for row in rows:
        key = row['id'], int(row['step']), row['name']
        assert key not in seen and is_same(row['value'], entries[key]), (row, entries.get(key))
        seen.add(key)
    assert seen == set(entries)
assert any('rksp/lambda[0][' in name for _, _, name in entries)
print(count, 'cells and', len(entries), 'entries')
END
expect 0 'cells and' $python compare.py "$root/python"

# Of a program of one's own: parameters keep their types, what it logs its names.
cat >trainer.sh <<'END'
for s in 0 1 2; do
    echo "{\"step\": $s, \"loss\": 2.5, \"grad_norm\": 1, \"own.acc\": 0.$s, \"lr2\": 3}" >>"$KOOPSWEEP_DIR/metrics.jsonl"
done
echo '{"summary": {"sharpness": 12.5}}' >>"$KOOPSWEEP_DIR/metrics.jsonl"
END
cat >outside.yaml <<'END'
name: outside
external: {command: [sh, trainer.sh], steps: 3}
params: {width: 8, wd: 1.0, fast: true, act: "gelu, \"tanh\""}
axes: {product: {params.lr: [1, 0.5], params.heads: [2, 4]}}
END
expect 0 '' "$program" run outside.yaml -n 2 --out outside
"$program" export outside --csv >outside.csv || fail 'an outside trainer'
"$program" export outside --jsonl >outside.jsonl || fail 'as JSON lines'
"$program" export outside --series | sort >outside.series || fail 'its series'
cat >outside.py <<'END'
import csv
import json
import sys
sys.path.insert(0, sys.argv[1])
import h5py
import koopsweep
rows = list(csv.DictReader(open('outside.csv')))
assert [row['config/params.act'] for row in rows] == ['gelu, "tanh"'] * 4, rows[0]['config/params.act']
for row, line in zip(rows, open('outside.jsonl')):
    same = json.loads(line)
    assert list(same) == list(row) and same['config/params.act'] == 'gelu, "tanh"' and same['config/params.wd'] == 1
assert [(row['config/params.lr'], row['config/params.heads']) for row in rows] == [
    ('1', '2'), ('1', '4'), ('0.5', '2'), ('0.5', '4')]
assert [row['external/sharpness'] for row in rows] == ['12.5'] * 4
assert list(koopsweep.open('outside').trials()['external/sharpness']) == [12.5] * 4
series = [line.strip().split(',') for line in open('outside.series')]
own = {(id, step): value for id, step, name, value in series if name == 'external/own.acc'}
assert own == {(row['id'], str(step)): f'0.{step}'.replace('0.0', '0') for row in rows for step in range(3)}, own
run = koopsweep.open('outside')
assert list(run.series('own.acc')['value']) == [0, 0.1, 0.2] * 4 and list(run.series('lr2')['value']) == [3] * 12
table = h5py.File('outside/sweep.h5')
kinds = {name: table['config/params.' + name].dtype.kind for name in ('width', 'wd', 'fast', 'act', 'lr', 'heads')}
assert kinds == {'width': 'i', 'wd': 'f', 'fast': 'i', 'act': 'S', 'lr': 'f', 'heads': 'i'}, kinds
print('as logged')
END
expect 0 'as logged' $python outside.py "$root/python"

# What has not ended is a row of trials and none of series; what is damaged is left out, and said.
file=$(find run/trials -name '*.h5' | sort | head -n 1)
id=$(basename "$file" .h5)
printf '#' | dd of="$file" bs=1 seek=9000 conv=notrunc 2>said
"$program" export run --series >less.csv 2>warned || fail 'a damaged result'
grep -q "$id.*damaged" warned || fail "no word of $id: $(cat warned)"
grep -v "$id" series.csv | cmp - less.csv || fail 'the others changed'
"$program" export run 2>warned | grep "^$id,PENDING," >row || fail 'it counts as pending'

# Words that say what is wrong.
expect 2 '--csv or --jsonl, not both' "$program" export run --csv --jsonl
expect 2 'RUN' "$program" export
expect 2 'is no run directory' "$program" export nowhere
if [ -e /dev/full ]; then
    "$program" export run >/dev/full 2>said && fail 'a full disk goes unnoticed'
    grep -q 'output could not be written' said || fail "a full disk: $(cat said)"
fi
exit 0

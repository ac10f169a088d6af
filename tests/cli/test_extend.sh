#!/bin/sh
# A sweep grows twice, by seeds and by rates: what has ended stays as it is, byte by byte, and counts;
# what a spec leaves out is in no table. Kept small: four trials of ten steps to begin with.
. tests/script.sh

sweep() { # REPLICAS RATES [LINE]
    cat <<END
name: grown
replicas: $1
task.name: associative_recall
train: {steps: 10, batch: 8, valid_batches: 1}
probe.rksp.samples: 64
model: {width: 16, layers: 1, heads: 2}
axes: {product: {model.norm: [pre_ln, none], train.lr: [$2]}}
${3:-}
END
}
sums() { find "$1/trials" -name '*.h5' -exec cksum {} + | sort; }
untouched() { # what lay there before lies there now
    sums runs/grown | sort >now
    sort before | comm -23 - now >changed
    [ ! -s changed ] || fail "finished trials have changed: $(cat changed)"
}
ids() { "$program" plan "$1" --list | grep -o '^[0-9a-f]\{12\}' | sort; }

sweep 1 '1e-3, 1e-2' >first.yaml
sweep 2 '1e-3, 1e-2' >seeds.yaml
sweep 2 '1e-3, 3e-1' >rates.yaml
expect 0 '4 completed' "$program" run first.yaml -n 2
sums runs/grown >before

# Without the option nothing happens, but it is named, with what it would do.
expect 2 '--extend (4 trials stay, 4 are new, 0 are left out)' "$program" run seeds.yaml -n 2
expect 2 '+ replicas: 2' "$program" run seeds.yaml -n 2
[ ! -e runs/grown/history ] || fail 'a refused extension left something behind'
sed 's/steps: 10/steps: 20/' first.yaml >other.yaml
expect 2 'no trial in common' "$program" run other.yaml --extend
{ cat first.yaml && echo 'include: [{task: {name: text, corpus: gone.txt, tokenizer: byte, vocab: 256}}]'; } >gone.yaml
expect 5 'gone.txt: is missing' env KOOPSWEEP_DATA="$folder" "$program" run gone.yaml --extend
[ ! -e runs/grown/history ] || fail 'a refused extension left something behind'

# Seeds: four trials run, four stay.
expect 0 '8 completed' "$program" run seeds.yaml -n 2 --extend
untouched
[ "$(grep -Ec ' (COMPLETED|DIVERGED) ' runs/grown/journal)" -eq 8 ] || fail 'a finished trial was run again'
cmp -s seeds.yaml runs/grown/spec.yaml || fail 'the new spec is not kept'
cmp -s first.yaml runs/grown/history/000001.yaml || fail 'the old spec is not kept'
expect 0 'nothing to do' "$program" run seeds.yaml -n 2 --extend
expect 0 'nothing to do' "$program" run seeds.yaml -n 2
[ ! -e runs/grown/history/000002.yaml ] || fail 'what was no extension is in the history'
sums runs/grown >before

# Rates: four of the eight are left out. The tables are those of the same sweep run at once.
expect 0 'from 8 to 8 trials: 4 stay, 4 are new, 4 are left out' \
    "$program" run rates.yaml -n 2 --extend
untouched
[ "$(wc -l <now)" -eq 12 ] || fail 'a trial that was left out is not there any more'
expect 0 '4 left out by the present spec; 0 files damaged, 0 gone, 0 foreign' \
    "$program" verify runs/grown
expect 0 'complete, 8 of 8 trials have ended' "$program" status runs/grown
expect 0 '6 completed, 2 diverged' "$program" run rates.yaml -n 2 --out fresh
expect 0 '8 of 8 trials are equal' "$program" compare fresh runs/grown
expect 0 '8 of 8 trials are equal' "$program" compare runs/grown fresh
for run in fresh runs/grown; do
    "$program" table $run --format csv | grep -v "$run" >"table.$(basename $run)" || fail "no tables of $run"
    rm -f all.h5 && expect 0 '8 trials' "$program" merge $run all.h5
done
if python3 -c 'import h5py' 2>/dev/null; then
    expect 0 '8 trials, ' python3 "$root/tools/read_run.py" runs/grown all.h5
fi
cmp table.grown table.fresh || fail 'the tables are not those of a sweep run at once'

# A damaged file that was left out is noticed; with its spec it comes back, and is run again.
ids rates.yaml >present
ids seeds.yaml | comm -23 - present >left_out
id=$(head -n 1 left_out)
file=$(find runs/grown/trials -name "$id.h5")
for verb in explain retry cancel; do
    expect 2 "trial $id was left out by --extend" "$program" $verb runs/grown "$(echo "$id" | cut -c 1-6)"
    expect 2 'no trial, or more than one' "$program" $verb runs/grown 0000
done
expect 2 'history/000002.yaml --out runs/grown --extend' "$program" explain runs/grown "$id"
cp -p "$file" kept && printf x | dd of="$file" bs=1 seek=700 conv=notrunc 2>/dev/null
expect 5 "$file: damaged" "$program" verify runs/grown
cp -p kept "$file"
expect 0 '4 stay, 4 are new, 4 are left out' "$program" run seeds.yaml -n 2 --extend
expect 0 'nothing to do' "$program" run seeds.yaml -n 2
[ "$(grep -Ec ' (COMPLETED|DIVERGED) ' runs/grown/journal)" -eq 12 ] || fail 'a trial that came back was run again'

# Killed in the middle: the old or the new spec, and the same command goes on.
cp -a runs/grown killed
history=killed/history/000004
mkdir -p killed/history && cp killed/spec.yaml $history.yaml &&
    cp killed/spec.expanded.yaml $history.expanded.yaml # the first step
cp -a killed early && cp rates.yaml killed/spec.yaml     # the second
for run in early killed; do
    expect 0 'complete, 8 of 8' "$program" status $run
    expect 0 '0 foreign' "$program" verify $run
    cp -a $run back
    expect 0 'nothing to do' "$program" run seeds.yaml --out back # given up
    cmp -s seeds.yaml back/spec.yaml || fail 'the old spec is not put back'
    rm -rf back
    expect 0 'nothing to do' "$program" run rates.yaml --extend --out $run
    cmp -s rates.yaml $run/spec.yaml || fail 'the new spec is not there'
    [ "$(find $run/history -name '*.expanded.yaml' | wc -l)" -eq 4 ] || fail 'a spec is kept twice'
done
cp -a runs/grown killed2 && cp killed2/spec.yaml killed2/history/000004.yaml &&
    cp killed2/spec.expanded.yaml killed2/history/000004.expanded.yaml && cp rates.yaml killed2/spec.yaml
expect 0 'nothing to do' "$program" run killed2/spec.yaml --out killed2 # as a job script does

# Arms come and go; a gated trial of another base is none that ended.
arms() { sweep 1 1e-3 "arms: {base: {}, $1}"; }
arms 'clip1: {train.clip: 1}' >one.yaml
arms 'clip1: {train.clip: 1}, clip2: {train.clip: 2}' >two.yaml
expect 0 '4 completed' "$program" run one.yaml -n 2 --out arms
expect 0 '4 stay, 2 are new, 0 are left out' "$program" run two.yaml -n 2 --out arms --extend
expect 0 'clip2' "$program" table arms arms
gate='gate: {score: m_near_unit, threshold: 0.5, control: 0}'
arms "a: {train.clip: 1, kss: {alpha: 0.1, rank: 8}, $gate}" >gated.yaml
{ sweep 1 1e-3 "arms: {base: {}, a: {train.clip: 1, $gate}}" && echo "kss: {alpha: 0.1, rank: 8}"; } >regated.yaml
expect 0 '4 completed' "$program" run gated.yaml -n 2 --out gated
expect 2 'and another base than it had' "$program" run regated.yaml -n 2 --out gated --extend

# In the order of a score: who was screened is not screened again, and all are run.
ordered() { sweep "$1" '1e-3, 1e-2' 'order: {by: m_near_unit, audit: 0.25}'; }
ordered 2 >ordered.yaml
ordered 3 >more.yaml
expect 0 '8 completed' "$program" run ordered.yaml -n 2 --out ordered
cp ordered/screening.m_near_unit screened
expect 0 '12 completed' "$program" run more.yaml -n 2 --out ordered --extend
head -n 8 ordered/screening.m_near_unit | cmp - screened || fail 'trials were screened again'
[ "$(wc -l <ordered/screening.m_near_unit)" -eq 12 ] || fail 'not all were screened'
[ "$(awk 'NR > 1 && $5 == 1' ordered/turns | wc -l)" -eq 12 ] || fail 'not every chance is one'

# submit: the job's spec is the new one; where there will be no job, it is the old one again.
mkdir bin && printf '#!/bin/sh\nexit 1\n' >bin/sbatch && chmod +x bin/sbatch
sweep 3 '1e-3, 1e-2' >third.yaml
find runs/grown -type f -exec cksum {} + | sort >before
expect 2 '--extend (8 trials stay, 4 are new' env PATH="$folder/bin:$PATH" "$program" submit third.yaml
expect 7 '' env PATH="$folder/bin:$PATH" "$program" submit third.yaml --extend
find runs/grown -type f -exec cksum {} + | sort | cmp - before || fail 'a refused job left something'
printf '#!/bin/sh\necho Submitted batch job 7\n' >bin/sbatch
expect 0 '4 of 12 trials are left' env PATH="$folder/bin:$PATH" "$program" submit third.yaml --extend
cmp -s third.yaml runs/grown/spec.yaml || fail 'the job would run the old spec'
expect 0 '12 completed' "$program" run runs/grown/spec.yaml -n 2

#!/bin/sh
# The report of a run: one file that asks for no other, whatever its users call things.
. tests/script.sh

# Options and a file whose names are markup; half of the trials count as diverged.
hostile='</script><script>alert(1)</script><img src=x onerror=alert(2)>.txt'
mkdir -p data
seq 40000 >"data/plain.txt"
seq 40000 >"data/$(printf %s "$hostile" | tr -d /)"
cat >hostile.yaml <<END
name: hostile
task: {name: text, data_dir: data, tokenizer: byte}
train: {steps: 12, batch: 4, valid_batches: 1}
probe.rksp: {samples: 64, steps: [0, 6]}
model: {width: 16, layers: 2, heads: 2}
axes:
  product:
    task.corpus: [plain.txt, '$(printf %s "$hostile" | tr -d /)']
    diverge.loss: [0.5, 50]
    model.norm: [pre_ln, none]
    train.lr: [1e-3, 1e-2]
END
expect 0 '8 completed, 8 diverged' "$program" run hostile.yaml -n 2 --out run
find run -printf '%p %T@\n' | sort >before
expect 0 'report: page.html' "$program" report run -o page.html --plots plots
find run -printf '%p %T@\n' | sort | cmp - before || fail 'a report changes the run directory'

[ "$(grep -c '<script' page.html)" -eq 2 ] || fail 'there are other scripts than the two of the page'
! grep -q '<img' page.html || fail 'a name became markup'
grep -q 'alert(1)&lt;script&gt;\|&lt;script&gt;alert(1)' page.html || fail 'the name is not shown'
grep -o 'https\{0,1\}:[^"< )]*' page.html | grep -v '^http://www.w3.org/2000/svg' >output &&
    fail 'the page names an address'
grep -oE ' (src|href)="[^"]*"' page.html | grep -vE ' href="(#[a-z_-]+|data:,)"' >output &&
    fail 'the page refers to something outside'
for section in 'Which runs diverge' Training Spectra Options 'How it ran' Tables Trials; do
    grep -q "<h2>$section" page.html || fail "no section $section"
done
[ "$(wc -c <"$root/src/figure/page.js")" -lt 60000 ] || fail 'the script is larger than 60 KB'

# Every figure of the page is there for papers too, in both formats.
for figure in $(grep -o 'data-figure="[a-z_]*"' page.html | cut -d'"' -f2); do
    [ "$(head -c 5 "plots/$figure.pdf")" = '%PDF-' ] || fail "no plots/$figure.pdf"
    [ "$(head -c 4 "plots/$figure.svg")" = '<svg' ] || fail "no plots/$figure.svg"
done

# Without a result there is little to see, and that is no error.
expect 0 '16 trials to be run again' "$program" retry run --state COMPLETED,DIVERGED
expect 0 'report: empty.html' "$program" report run -o empty.html
grep -q '16 PENDING of 16 trials' empty.html || fail 'an empty report does not count its trials'
! grep -q '<figure data-figure="scatter"' empty.html || fail 'an empty report has a scatter plot'
expect 2 'is no run directory' "$program" report nowhere
expect 7 'cannot' "$program" report run -o no/such/folder/page.html

# Live: written anew while the sweep runs, and a last time, to stay, when it has ended.
{ spec slow 1500 && echo replicas: 3; } >slow.yaml
"$program" run slow.yaml -n 2 --out live >sweep.log 2>&1 &
await test -e live/spec.expanded.yaml
"$program" report live -o live.html --watch --interval 1 >output 2>&1 &
await grep -q '"reload":1' live.html
"$program" status live --watch --every 1 --html status.html >output 2>&1 &
await grep -q '"reload":1' status.html
wait
grep -q '"reload":0' status.html || fail 'the last page of status --watch still reloads itself'
grep -q '"reload":0' live.html || fail 'the last report of --watch still reloads itself'
grep -q '12 COMPLETED of 12 trials\|COMPLETED, .* of 12 trials' live.html || fail 'it is not of the end'

#!/bin/sh
# Figure lead_time: at most 5 % of the runs that were seen to be stable give the alarm. Here the norms of
# 20 stable runs reach 1 to 20 times their first, so one of them may: the alarm is at 19. Runs that a
# policy ended early are none of these.
. tests/script.sh

# peak: up to 20 a stable run; 101 to 120 one whose loss does not fall, pruned; from 201 on one that
# diverges at step 7.
cat >trainer.sh <<'END'
awk -v p="${1#peak=}" 'BEGIN { for (s = 0; s < 10; s++) {
    loss = p > 200 && s == 7 ? "NaN" : p > 100 && p < 200 ? 3 : 3 - 0.2 * s
    norm = s != 3 ? 1 : p > 200 ? 50 : p > 100 ? 0.5 : p
    printf "{\"step\": %d, \"loss\": %s, \"grad_norm\": %g}\n", s, loss, norm } }' >>metrics.jsonl
END
cat >lead.yaml <<END
name: lead
external: {command: [sh, trainer.sh, "\${args_no_hyphens}"], steps: 10}
policy: {audit: 1e-6, rungs: {every: 5, loss: 0.9}}
axes: {product: {params.peak: [$(seq -s, 20), $(seq -s, 101 120), $(seq -s, 201 205)]}}
END
expect 0 '20 completed, 5 diverged, 20 pruned' "$program" run lead.yaml -n 2 --out run
expect 0 'figures: plots' "$program" report run -o page.html --plots plots
grep -q 'gradient norm over 19 times its first; 5 of 5 diverging' plots/lead_time.svg ||
    fail "the alarm is at another multiple: $(grep -o 'alarm: [^<]*' plots/lead_time.svg)"
# A curve of the runs that were left to end would not be the sweep's: Table 2 weighs them.
[ ! -e plots/roc.svg ] || fail 'a ROC curve of a pruned sweep'

/* Sums over rows on a device: see run_with_shares in device.h. */
#include "kernel/kernel.h"

/* y[j] += x[0][j] + x[1][j] + ...: a team per column, its lanes walk down the rows. */
ROWS(add_shares, c, j, c->x[0].cols) {
    const flt *column = c->x[0].at.v + j;
    flt sum = 0;
    LANES(t, c->x[0].rows) sum += column[t * c->x[0].cols];
    sum = team_sum(sum);
    if (team_leads()) c->y[0].at.v[j] += sum;
}

/* result[j] += the same column of all teams' results, shares [teams, RESULTS]. */
ROWS(add_results, c, j, RESULTS) {
    const double *shares = (const double *)c->shares;
    double sum = 0;
    LANES(t, c->teams) sum += shares[t * RESULTS + j];
    sum = team_sum(sum);
    if (team_leads()) c->result[j] += sum;
}

static int is_summed(const call_t *call, unsigned sums, int k) {
    return sums >> k & 1 && wanted(call->dx[k]);
}

static void run_with_sums(kernel_t *kernel, const call_t *call, int build, unsigned sums) {
    call_t run = *call, add = *call;
    long columns = shares_columns(call, sums), teams = shares_teams(columns, TEAMS_MAX);
    flt *share = (flt *)call->shares;
    PLACED(zero)(share, (size_t)(teams * columns) * sizeof(flt));
    run.teams = teams;
    for (int k = 0; k < OP_INPUTS; k++) {
        if (!is_summed(call, sums, k)) continue;
        run.dx[k].at.v = run.dx[k].at.t = share;
        share += teams * call->dx[k].cols;
    }
    kernel(&run);
    for (int k = 0; k < OP_INPUTS; k++) {
        if (!is_summed(call, sums, k)) continue;
        add.x[0] = run.dx[k];
        add.x[0].rows = teams;
        add.y[0] = call->dx[k];
        if (build == TANGENTS) add.y[0].at.v = call->dx[k].at.t;
        add_shares(&add);
    }
}

static void run_with_result(kernel_t *kernel, const call_t *call) {
    call_t run = *call, add = *call;
    run.teams = add.teams = TEAMS_MAX;
    run.result = (double *)call->shares;
    PLACED(zero)(run.result, TEAMS_MAX * sizeof(double[RESULTS]));
    kernel(&run);
    add_results(&add);
}

EXTERNAL void PLACED(run_with_shares)(kernel_t *kernel, const call_t *call, int build,
                                      unsigned sums, int with_result) {
    if (with_result)
        run_with_result(kernel, call);
    else if (sums)
        run_with_sums(kernel, call, build, sums);
    else
        kernel(call);
}

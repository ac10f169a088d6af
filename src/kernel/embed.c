/* y[i] = token[index[i]] + position[i mod T]: x0 = token table [V,d], x1 = position table [T,d] or
 * absent. */
#include "kernel/embed.h"
#include "kernel/kernel.h"

ROWS(forward, c, i, c->y[0].rows) {
    const struct embed_options *o = OPTIONS_OF(c, embed_options);
    span_t token = row(c->x[0], c->index[i]), y = row(c->y[0], i);
    if (c->x[1].at.v) {
        span_t position = row(c->x[1], i % o->period);
        LANES(j, c->y[0].cols) store(y, j, load_linear(token, j) + load_linear(position, j));
    } else {
        LANES(j, c->y[0].cols) store(y, j, load_linear(token, j));
    }
}

INLINE int occurs_before(const int32_t *index, long i) {
    int found = 0;
    LANES(k, i) found |= index[k] == index[i];
    return team_max(found);
}

/* The first of rows from .. end - 1 of a token; `end` where there is none. The lanes look at
 * neighbours, LOOKS times between meetings. */
INLINE long next_of(const int32_t *index, int32_t token, long from, long end) {
    enum { LOOKS = 8 };
    long stretch = LOOKS * team_lanes();
    for (; from < end; from += stretch) {
        int before_end = 0; /* of the stretch: how far the first that this lane sees is from it */
        for (long at = team_lane(); at < stretch && !before_end; at += team_lanes())
            if (from + at < end && index[from + at] == token) before_end = (int)(stretch - at);
        before_end = team_max(before_end);
        if (before_end) return from + stretch - before_end;
    }
    return end;
}

/* Where rows are not worked in order, the first row of a token adds up all rows of it. */
ROWS(backward_token, c, i, c->dy.rows) {
    int32_t token = c->index[i];
    long end = TEAMS_ARE_PARALLEL ? c->dy.rows : i + 1;
    if (TEAMS_ARE_PARALLEL && occurs_before(c->index, i)) return;
    span_t dtoken = row(c->dx[0], token);
    for (long k = i; k < end; k = next_of(c->index, token, k + 1, end)) {
        span_t dy = row(c->dy, k);
        LANES(j, c->dy.cols) accumulate(dtoken, j, load_linear(dy, j));
    }
}

/* The gradient of one position, from all samples in order. */
ROWS(backward_position, c, t, OPTIONS_OF(c, embed_options)->period) {
    span_t dposition = row(c->dx[1], t);
    for (long i = t; i < c->dy.rows; i += OPTIONS_OF(c, embed_options)->period) {
        span_t dy = row(c->dy, i);
        LANES(j, c->dy.cols) accumulate(dposition, j, load_linear(dy, j));
    }
}

static void backward(const call_t *c) {
    backward_token(c);
    if (wanted(c->dx[1])) backward_position(c);
}

DESCRIPTION const char *shape(call_t *c) {
    const struct embed_options *o = OPTIONS_OF(c, embed_options);
    if (c->x[1].rows && (c->x[1].cols != c->x[0].cols || c->x[1].rows != o->period))
        return "embed: the position table must be [T, d]";
    if (c->y[0].rows == 0) return "embed: there are no token ids";
    c->y[0].cols = c->x[0].cols; /* rows: one per index, set by the graph */
    return NULL;
}

OPERATOR(embed, forward, backward, .options = OPTIONS_SIZE(embed_options),
         .doc = "token + learned position embedding", .inputs = 2, .outputs = 1, .shape = shape,
         .parameters = 1 | 2)

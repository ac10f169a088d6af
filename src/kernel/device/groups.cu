/* Products of groups of rows on the GPU (gemm.h): their sizes lie in its memory, where cuBLAS does
 * not look for them.
 *
 * A block of SIDE x SIDE threads makes a tile of TILE x TILE elements of c, each thread SPAN x SPAN
 * of them. The factors pass through shared memory, DEPTH of the inner dimension at a time. A launch
 * has tiles for the most rows there may be; a block finds its group by the offsets, and has nothing
 * to do behind the last one. Where the network at work rounds its factors (precision.h), they are
 * rounded on their way into shared memory. */
extern "C" {
#include "kernel/device/device.h"
#include "kernel/precision.h"
}

enum { TILE = 64, SIDE = 16, SPAN = TILE / SIDE, DEPTH = 16 };

/* One factor, DEPTH x TILE elements of it; a column more, so that no two threads meet in a bank. */
typedef flt factor_t[DEPTH][TILE + 1];

/* Are factors rounded to bfloat16? */
static bool is_rounding(void) {
    const products_t *now = products_now();
    return now && now->precision && now->precision->factors != FACTORS_FLOAT32;
}

/* to[k][i] = from(i, first + k) for i < count and first + k < depth, else 0. Neighbouring threads
 * read along k where `runs_inner`, along i elsewhere: as the factor lies in memory. */
template <bool runs_inner, class F>
static __device__ void load_factor(factor_t to, F from, long count, long first, long depth,
                                   bool rounds) {
    for (int e = threadIdx.y * SIDE + threadIdx.x; e < DEPTH * TILE; e += SIDE * SIDE) {
        int k = runs_inner ? e % DEPTH : e / TILE, i = runs_inner ? e / DEPTH : e % TILE;
        flt x = first + k < depth && i < count ? from(i, first + k) : (flt)0;
        to[k][i] = rounds ? (flt)bf16_rounded(x) : x;
    }
}

/* acc = sum over k < depth of a(i, k) b(j, k), for the m x n elements of a tile. */
template <bool a_inner, bool b_inner, class A, class B>
static __device__ void multiply_tile(long m, long n, long depth, A a, B b, bool rounds,
                                     flt acc[SPAN][SPAN]) {
    __shared__ factor_t left, right;
    for (int i = 0; i < SPAN; i++)
        for (int j = 0; j < SPAN; j++) acc[i][j] = 0;
    for (long first = 0; first < depth; first += DEPTH) {
        load_factor<a_inner>(left, a, m, first, depth, rounds);
        load_factor<b_inner>(right, b, n, first, depth, rounds);
        __syncthreads();
        for (int k = 0; k < DEPTH; k++)
            for (int i = 0; i < SPAN; i++)
                for (int j = 0; j < SPAN; j++)
                    acc[i][j] += left[k][threadIdx.y + i * SIDE] * right[k][threadIdx.x + j * SIDE];
        __syncthreads();
    }
}

/* c = acc + beta c for the tile's m x n elements; c's rows are ld long. */
static __device__ void store_tile(long m, long n, flt acc[SPAN][SPAN], flt beta, flt *c, long ld) {
    for (int i = 0; i < SPAN; i++)
        for (int j = 0; j < SPAN; j++) {
            long row = threadIdx.y + i * SIDE, column = threadIdx.x + j * SIDE;
            if (row >= m || column >= n) continue;
            flt *to = &c[row * ld + column];
            *to = beta == 0 ? acc[i][j] : acc[i][j] + beta * *to;
        }
}

static __host__ __device__ long tiles_of(long length) { return (length + TILE - 1) / TILE; }

/* --- c_g = a_g op(b_g) + beta c_g --- */

template <gemm_side_t side_b>
static __global__ void by_rows(groups_t groups, long n, long k, const flt *a, const flt *b,
                               bool rounds, flt beta, flt *c) {
    long tile = blockIdx.y, column = (long)blockIdx.x * TILE, group = 0, first, rows;
    flt acc[SPAN][SPAN];
    for (;; group++) {
        if (group == groups.count) return;
        first = groups.offsets[group];
        rows = groups.offsets[group + 1] - first;
        if (tile < tiles_of(rows)) break;
        tile -= tiles_of(rows);
    }
    long row = first + tile * TILE, height = rows - tile * TILE, width = n - column;
    const flt *left = a + row * k, *right = b + group * n * k;
    auto of_a = [=](long i, long kk) { return left[i * k + kk]; };
    auto of_b = [=](long j, long kk) {
        return side_b == PLAIN ? right[kk * n + column + j] : right[(column + j) * k + kk];
    };
    multiply_tile<true, side_b == TRANSPOSED>(height, width, k, of_a, of_b, rounds, acc);
    store_tile(height, width, acc, beta, c + row * n + column, n);
}

void cuda_gemm_by_rows(gemm_side_t side_b, groups_t groups, long n, long k, const flt *a,
                       const flt *b, flt beta, flt *c) {
    bool rounds = is_rounding();
    if (n == 0 || groups.rows == 0) return;
    dim3 grid((unsigned)tiles_of(n), (unsigned)(tiles_of(groups.rows) + groups.count));
    dim3 block(SIDE, SIDE);
    if (side_b == PLAIN)
        by_rows<PLAIN><<<grid, block, 0, cuda_stream()>>>(groups, n, k, a, b, rounds, beta, c);
    else
        by_rows<TRANSPOSED><<<grid, block, 0, cuda_stream()>>>(groups, n, k, a, b, rounds, beta, c);
    cuda_launched("a product by groups of rows");
}

/* --- c_g += a_g^T b_g --- */

static __global__ void over_rows(groups_t groups, long m, long n, const flt *a, const flt *b,
                                 bool rounds, flt *c) {
    long group = blockIdx.z, row = (long)blockIdx.y * TILE, column = (long)blockIdx.x * TILE;
    long first = groups.offsets[group], rows = groups.offsets[group + 1] - first;
    flt acc[SPAN][SPAN];
    if (rows == 0) return;
    const flt *left = a + first * m + row, *right = b + first * n + column;
    auto of_a = [=](long i, long k) { return left[k * m + i]; };
    auto of_b = [=](long j, long k) { return right[k * n + j]; };
    multiply_tile<false, false>(m - row, n - column, rows, of_a, of_b, rounds, acc);
    store_tile(m - row, n - column, acc, 1, c + (group * m + row) * n + column, n);
}

void cuda_gemm_over_rows(groups_t groups, long m, long n, const flt *a, const flt *b, flt *c) {
    if (m == 0 || n == 0) return;
    dim3 grid((unsigned)tiles_of(n), (unsigned)tiles_of(m), (unsigned)groups.count);
    dim3 block(SIDE, SIDE);
    over_rows<<<grid, block, 0, cuda_stream()>>>(groups, m, n, a, b, is_rounding(), c);
    cuda_launched("a product over groups of rows");
}

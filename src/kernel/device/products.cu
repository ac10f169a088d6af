/* Matrix products on the GPU, by cuBLAS: of float32 factors, or of factors rounded to bfloat16
 * first (precision.h).
 *
 * cuBLAS counts down the columns: what lies in memory is the transpose, C^T = op(B)^T op(A)^T.
 * A rounded factor is a copy in the room that its network has for it. Every matrix begins at a
 * multiple of 16 bytes, which cuBLAS needs of bfloat16 batches, and where it is a single one so do
 * its rows. */
extern "C" {
#include "kernel/device/device.h"
#include "kernel/precision.h"
}
#include "kernel/device/cuda_blas.h"

static cublasOperation_t operation(gemm_side_t side) {
    return side == PLAIN ? CUBLAS_OP_N : CUBLAS_OP_T;
}

/* cuBLAS refuses a distance of 0, which a matrix without columns may have. */
static int distance(long ld) { return ld > 0 ? (int)ld : 1; }

/* --- rounding --- */

static __device__ void put(bf16_t *to, float x) { *to = bf16_of(x); }
static __device__ void put(float *to, float x) { *to = bf16_rounded(x); }

/* Matrices [rows, cols] as they lie in memory: one, or all of a table. */
typedef struct source {
    const flt *one;
    const flt *const *many; /* NULL: one */
    long rows, cols, ld, count;
} source_t;

/* In elements of T: a length in steps of 16 bytes. */
template <class T> static __host__ __device__ long whole_steps(long length) {
    const long step = 16 / sizeof(T);
    return (length + step - 1) / step * step;
}

/* A row to a warp, a matrix to every blockIdx.y; table[k] = where matrix k went. */
template <class T> static __global__ void round_rows(source_t from, T *to, long ld, void **table) {
    const flt *matrix = from.many ? from.many[blockIdx.y] : from.one;
    T *rounded = to + blockIdx.y * whole_steps<T>(from.rows * ld);
    if (table && blockIdx.x == 0 && threadIdx.x == 0 && threadIdx.y == 0)
        table[blockIdx.y] = rounded;
    long first = (long)blockIdx.x * blockDim.y + threadIdx.y, step = (long)gridDim.x * blockDim.y;
    for (long i = first; i < from.rows; i += step)
        for (long j = threadIdx.x; j < from.cols; j += blockDim.x)
            put(&rounded[i * ld + j], matrix[i * from.ld + j]);
}

template <class T>
static void round_factor(const products_t *now, int factor, source_t from, long ld, void **table) {
    enum { LANES = 32, TEAMS = 8, BLOCKS_MAX = 1 << 16 };
    if ((size_t)(from.count * whole_steps<T>(from.rows * ld)) * sizeof(T) > now->room_there)
        cuda_die("a matrix product", "no room was planned for its rounded factors");
    if (from.count == 0) return;
    long blocks = (from.rows + TEAMS - 1) / TEAMS;
    if (blocks > BLOCKS_MAX) blocks = BLOCKS_MAX;
    dim3 grid((unsigned)(blocks ? blocks : 1), (unsigned)from.count), block(LANES, TEAMS);
    round_rows<<<grid, block, 0, cuda_stream()>>>(from, (T *)now->there[factor], ld, table);
    cuda_launched("rounding to bfloat16");
}

/* --- products --- */

/* A product, or `count` of them, as cuBLAS is asked for it. */
typedef struct shape {
    gemm_side_t side_a, side_b;
    long m, n, k;
} shape_t;

static source_t left_of(shape_t s, long ld) {
    return s.side_a == PLAIN ? source_t{0, 0, s.m, s.k, ld, 1} : source_t{0, 0, s.k, s.m, ld, 1};
}
static source_t right_of(shape_t s, long ld) {
    return s.side_b == PLAIN ? source_t{0, 0, s.k, s.n, ld, 1} : source_t{0, 0, s.n, s.k, ld, 1};
}

/* In float32, or TF32 where the handle's mode says so. */
static void multiply_plain(shape_t s, const flt *a, long lda, const flt *b, long ldb, flt beta,
                           flt *c, long ldc) {
    const float one = 1;
    cuda_need_blas("a matrix product",
                   cublasSgemm(cuda_blas(), operation(s.side_b), operation(s.side_a), (int)s.n,
                               (int)s.m, (int)s.k, &one, b, distance(ldb), a, distance(lda), &beta,
                               c, distance(ldc)));
}

static void multiply(shape_t s, cudaDataType_t type, const void *a, long lda, const void *b,
                     long ldb, flt beta, flt *c, long ldc) {
    const float one = 1;
    cuda_need_blas("a matrix product",
                   cublasGemmEx(cuda_blas(), operation(s.side_b), operation(s.side_a), (int)s.n,
                                (int)s.m, (int)s.k, &one, b, type, distance(ldb), a, type,
                                distance(lda), &beta, c, CUDA_R_32F, distance(ldc),
                                CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT));
}

template <class T>
static void multiply_rounded(const products_t *now, shape_t s, cudaDataType_t type, const flt *a,
                             long lda, const flt *b, long ldb, flt beta, flt *c, long ldc) {
    source_t left = left_of(s, lda), right = right_of(s, ldb);
    long ld_left = whole_steps<T>(left.cols), ld_right = whole_steps<T>(right.cols);
    left.one = a, right.one = b;
    round_factor<T>(now, 0, left, ld_left, NULL);
    round_factor<T>(now, 1, right, ld_right, NULL);
    multiply(s, type, now->there[0], ld_left, now->there[1], ld_right, beta, c, ldc);
}

static factors_t factors_now(void) {
    const products_t *now = products_now();
    return now && now->precision ? now->precision->factors : FACTORS_FLOAT32;
}

void cuda_gemm(gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k, const flt *a,
               long lda, const flt *b, long ldb, flt beta, flt *c, long ldc) {
    shape_t s = {side_a, side_b, m, n, k};
    const products_t *now = products_now();
    if (m == 0 || n == 0) return;
    switch (factors_now()) {
    case FACTORS_FLOAT32:
        multiply_plain(s, a, lda, b, ldb, beta, c, ldc);
        break;
    case FACTORS_BF16:
        multiply_rounded<bf16_t>(now, s, CUDA_R_16BF, a, lda, b, ldb, beta, c, ldc);
        break;
    case FACTORS_BF16_AS_FLOAT32:
        multiply_rounded<float>(now, s, CUDA_R_32F, a, lda, b, ldb, beta, c, ldc);
        break;
    }
}

/* --- batches --- */

static void multiply_batch_plain(shape_t s, const flt *const *a, long lda, const flt *const *b,
                                 long ldb, flt beta, flt *const *c, long ldc, long count) {
    const float one = 1;
    cuda_need_blas("a batch of matrix products",
                   cublasSgemmBatched(cuda_blas(), operation(s.side_b), operation(s.side_a),
                                      (int)s.n, (int)s.m, (int)s.k, &one, b, distance(ldb), a,
                                      distance(lda), &beta, c, distance(ldc), (int)count));
}

static void multiply_batch(shape_t s, cudaDataType_t type, const void *const *a, long lda,
                           const void *const *b, long ldb, flt beta, flt *const *c, long ldc,
                           long count) {
    const float one = 1;
    cuda_need_blas("a batch of matrix products",
                   cublasGemmBatchedEx(cuda_blas(), operation(s.side_b), operation(s.side_a),
                                       (int)s.n, (int)s.m, (int)s.k, &one, b, type, distance(ldb),
                                       a, type, distance(lda), &beta, (void *const *)c, CUDA_R_32F,
                                       distance(ldc), (int)count, CUBLAS_COMPUTE_32F,
                                       CUBLAS_GEMM_DEFAULT));
}

template <class T>
static void multiply_batch_rounded(const products_t *now, shape_t s, cudaDataType_t type,
                                   const flt *const *a, long lda, const flt *const *b, long ldb,
                                   flt beta, flt *const *c, long ldc, long count) {
    source_t left = left_of(s, lda), right = right_of(s, ldb);
    left.many = a, right.many = b;
    left.count = right.count = count;
    round_factor<T>(now, 0, left, left.cols, cuda_batch_table(0));
    round_factor<T>(now, 1, right, right.cols, cuda_batch_table(1));
    multiply_batch(s, type, cuda_batch_table(0), left.cols, cuda_batch_table(1), right.cols, beta,
                   c, ldc, count);
}

static void multiply_part(shape_t s, const flt *const *a, long lda, const flt *const *b, long ldb,
                          flt beta, flt *const *c, long ldc, long count) {
    const products_t *now = products_now();
    switch (factors_now()) {
    case FACTORS_FLOAT32:
        multiply_batch_plain(s, a, lda, b, ldb, beta, c, ldc, count);
        break;
    case FACTORS_BF16:
        multiply_batch_rounded<bf16_t>(now, s, CUDA_R_16BF, a, lda, b, ldb, beta, c, ldc, count);
        break;
    case FACTORS_BF16_AS_FLOAT32:
        multiply_batch_rounded<float>(now, s, CUDA_R_32F, a, lda, b, ldb, beta, c, ldc, count);
        break;
    }
}

void cuda_gemm_batch(gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k,
                     const flt *const *a, long lda, const flt *const *b, long ldb, flt beta,
                     flt *const *c, long ldc, long count) {
    shape_t s = {side_a, side_b, m, n, k};
    if (m == 0 || n == 0) return;
    for (long first = 0; first < count; first += CUDA_BATCH_MAX) {
        long part = count - first < CUDA_BATCH_MAX ? count - first : (long)CUDA_BATCH_MAX;
        multiply_part(s, a + first, lda, b + first, ldb, beta, c + first, ldc, part);
    }
}

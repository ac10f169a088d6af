/* team.h: teams and lanes of a device (see kernel/team.h). Part of kernel.h, device builds only.
 *
 * CUDA: a team is a warp (blockDim.x = 32, several to a block) or, for long rows, a block; the
 * launch decides. Lane = threadIdx.x. Emulated: emulated.h. */
#ifndef KERNEL_DEVICE_TEAM_H
#define KERNEL_DEVICE_TEAM_H

#define EXTERNAL extern "C"

/* Warps have 32 lanes; more teams than this have no shares of their own. */
#ifdef __CUDACC__
enum { WARP = 32, TEAMS_MAX = CUDA_TEAMS };
#else
enum { TEAMS_MAX = EMULATED_TEAMS };
#endif

/* --- who am I --- */

#ifdef __CUDA_ARCH__
INLINE long team_lane(void) { return threadIdx.x; }
INLINE long team_lanes(void) { return blockDim.x; }
INLINE long team_number(void) { return (long)blockIdx.x * blockDim.y + threadIdx.y; }
INLINE long team_count(void) { return (long)gridDim.x * blockDim.y; }
#elif defined __CUDACC__ /* the host's half of nvcc never runs a row */
INLINE long team_lane(void) { return 0; }
INLINE long team_lanes(void) { return 1; }
INLINE long team_number(void) { return 0; }
INLINE long team_count(void) { return 1; }
#else
INLINE long team_lane(void) { return emulated_lane(); }
INLINE long team_lanes(void) { return EMULATED_LANES; }
INLINE long team_number(void) { return emulated_team(); }
INLINE long team_count(void) { return emulated_teams(); }
#endif

#define LANES(j, n) for (long j = team_lane(); j < (n); j += team_lanes())
INLINE int team_leads(void) { return team_lane() == 0; }
INLINE int team_owns(long j) { return j % team_lanes() == team_lane(); }
enum { TEAMS_ARE_PARALLEL = 1 };

INLINE span_t team_share(matrix_t m) { return span_at(m.at, team_number() * m.cols); }
INLINE double *team_result(const call_t *call) { return call->result + team_number() * RESULTS; }

/* --- sums over the team --- */

template <class T> INLINE T larger(T a, T b) { return b > a ? b : a; }

#ifdef __CUDA_ARCH__

INLINE int from_lane(int x, int mask) { return __shfl_xor_sync(~0u, x, mask); }
INLINE float from_lane(float x, int mask) { return __shfl_xor_sync(~0u, x, mask); }
INLINE double from_lane(double x, int mask) { return __shfl_xor_sync(~0u, x, mask); }
#ifdef TANGENT
INLINE real from_lane(real x, int mask) { return real(from_lane(x.v, mask), from_lane(x.t, mask)); }
#endif

/* The warp's lanes combine in a butterfly, so that all end with the same bits; the warps of a block
 * then in order. Also keeps what lanes stored before from being overtaken. */
#define TEAM_FOLD(x, combine)                                                                      \
    __syncwarp();                                                                                  \
    for (int mask = WARP / 2; mask > 0; mask /= 2) x = combine(x, from_lane(x, mask));             \
    if (blockDim.x > WARP) {                                                                       \
        __shared__ T of_warp[WARP];                                                                \
        if (threadIdx.x % WARP == 0) of_warp[threadIdx.x / WARP] = x;                              \
        __syncthreads();                                                                           \
        x = of_warp[0];                                                                            \
        for (unsigned k = 1; k < blockDim.x / WARP; k++) x = combine(x, of_warp[k]);               \
        __syncthreads();                                                                           \
    }                                                                                              \
    return x;

#elif defined __CUDACC__
#define TEAM_FOLD(x, combine) return x;
#else

#define TEAM_FOLD(x, combine)                                                                      \
    T *slot = (T *)emulated_slots();                                                               \
    slot[emulated_lane()] = x;                                                                     \
    emulated_synchronize();                                                                        \
    x = slot[0];                                                                                   \
    for (int k = 1; k < EMULATED_LANES; k++) x = combine(x, slot[k]);                              \
    emulated_synchronize();                                                                        \
    return x;

#endif

template <class T> INLINE T sum_of(T a, T b) { return a + b; }
template <class T> INLINE T team_sum(T x) { TEAM_FOLD(x, sum_of<T>) }
template <class T>
INLINE T team_max(T x){TEAM_FOLD(x, larger<T>)}

/* Of this lane's elements; x[0] where it has none. */
INLINE flt largest_of(const flt *x, long n) {
    flt largest = x[0];
    LANES(j, n) largest = larger(largest, x[j]);
    return largest;
}

/* --- running rows --- */

#define ROWS(name, call, i, rows)                                                                  \
    INLINE void name##_row(const call_t *call, long i);                                            \
    INLINE long name##_rows(const call_t *call) { return (rows); }                                 \
    INLINE void name##_team(const call_t *call) {                                                  \
        long stop = name##_rows(call);                                                             \
        for (long row_ = team_number(); row_ < stop; row_ += team_count()) name##_row(call, row_); \
    }                                                                                              \
    ROWS_LAUNCH(name)                                                                              \
    INLINE void name##_row(const call_t *call, long i)

#ifdef __CUDACC__
#define ROWS_LAUNCH(name)                                                                          \
    static __global__ void name##_kernel(const __grid_constant__ call_t call) {                    \
        name##_team(&call);                                                                        \
    }                                                                                              \
    static void name(const call_t *call) {                                                         \
        cuda_shape_t shape = cuda_shape(call, name##_rows(call));                                  \
        if (shape.blocks == 0) return;                                                             \
        dim3 lanes(shape.lanes, shape.teams);                                                      \
        name##_kernel<<<shape.blocks, lanes, 0, cuda_stream()>>>(*call);                           \
        cuda_launched(#name);                                                                      \
    }
#else
#define ROWS_LAUNCH(name)                                                                          \
    static void name(const call_t *call) { emulated_launch(name##_team, call, name##_rows(call)); }
#endif

/* An operator's entry points, with what its teams sum up. */
#ifdef TANGENT
enum { THIS_BUILD = TANGENTS };
#else
enum { THIS_BUILD = VALUES };
#endif
#define run_forward(kernel, call, op)                                                              \
    PLACED(run_with_shares)(kernel, call, THIS_BUILD, 0, op_is_term(op))
#define run_backward(kernel, call, op)                                                             \
    PLACED(run_with_shares)(kernel, call, THIS_BUILD, (op)->sums, 0)

#endif

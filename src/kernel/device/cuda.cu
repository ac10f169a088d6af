/* The CUDA backend: one GPU, one stream and one cuBLAS handle for the process. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern "C" {
#include "kernel/backend.h"
#include "kernel/device/device.h"
}
#include "kernel/device/cuda_blas.h"

/* What CUDA itself keeps per process: which GPU it works on. */
static struct {
    int is_open, number; /* of the GPU */
    cudaStream_t stream;
    cublasHandle_t blas;
    void *workspace; /* owned: cuBLAS may not allocate while work is recorded */
    void **tables;   /* owned [2][CUDA_BATCH_MAX]: see cuda_batch_table       */
    char *staging;   /* owned, pinned [STAGING]: what is on its way to the GPU */
    size_t staged;   /* bytes of it that may not have left                    */
    double share;    /* of the GPU's memory                                   */
    size_t reserved; /* bytes of it taken                                     */
} gpu;

enum { WORKSPACE = 32 << 20, STAGING = 4 << 20 };

cudaStream_t cuda_stream(void) { return gpu.stream; }
cublasHandle_t cuda_blas(void) { return gpu.blas; }
void **cuda_batch_table(int factor) { return gpu.tables + factor * CUDA_BATCH_MAX; }

/* A GPU that fails while it runs cannot be used again by this process. */
void cuda_die(const char *what, const char *why) {
    fprintf(stderr, "koopsweep: error: the GPU failed in %s: %s\n", what, why);
    abort();
}
static void need(const char *what, cudaError_t error) {
    if (error != cudaSuccess) cuda_die(what, cudaGetErrorString(error));
}
void cuda_need_blas(const char *what, cublasStatus_t status) {
    if (status != CUBLAS_STATUS_SUCCESS) cuda_die(what, cublasGetStatusString(status));
}

void cuda_launched(const char *kernel) { need(kernel, cudaGetLastError()); }

/* --- the shape of a launch --- */

static long widest(const call_t *call) {
    long cols = call->x[0].cols;
    for (int k = 0; k < 2; k++)
        if (call->y[k].cols > cols) cols = call->y[k].cols;
    return cols;
}

/* A warp per row; a few warps where rows are long, or blocks of a vector (vector/block.h). Never
 * more teams than have shares. */
cuda_shape_t cuda_shape(const call_t *call, long rows) {
    enum { TEAMS_OF_BLOCK = 8, BLOCKS_MAX = 1 << 20 };
    long cols = widest(call), lanes = cols == 1 ? 256 : cols <= 256 ? 32 : cols <= 2048 ? 128 : 256;
    long teams = lanes > 32 ? 1 : TEAMS_OF_BLOCK;
    long count = call->teams && rows > call->teams ? call->teams : rows;
    if (count < teams) teams = count;
    if (count <= 0) return cuda_shape_t{};
    long blocks = call->teams ? count / teams : (count + teams - 1) / teams;
    if (blocks > BLOCKS_MAX) blocks = BLOCKS_MAX;
    return cuda_shape_t{(unsigned)blocks, (unsigned)lanes, (unsigned)teams};
}

/* --- opening --- */

static status_t count_gpus(int *count) {
    *count = 0;
    cudaError_t error = cudaGetDeviceCount(count);
    CHECK(error == cudaSuccess && *count > 0, STATUS_ENVIRONMENT,
          "resources.device: cuda: no GPU can be used here (%s); run where there is one, or set "
          "resources.device: host",
          error == cudaSuccess ? "none is visible" : cudaGetErrorString(error));
    return STATUS_OK;
}

static status_t check_gpus(void) {
    int count;
    return count_gpus(&count);
}

static status_t find_gpu(const backend_options_t *options) {
    int count;
    TRY(count_gpus(&count));
    gpu.number = backend_turn(options, count);
    cudaError_t error = cudaSetDevice(gpu.number);
    CHECK(error == cudaSuccess, STATUS_ENVIRONMENT, "resources.device: cuda: GPU %d: %s",
          gpu.number, cudaGetErrorString(error));
    return STATUS_OK;
}

static __global__ void nothing(void) {}

/* Was this program compiled for such a GPU? Otherwise no kernel would start. */
static status_t check_generation(void) {
    cudaFuncAttributes attributes;
    int major = 0, minor = 0;
    if (cudaFuncGetAttributes(&attributes, nothing) == cudaSuccess) return STATUS_OK;
    cudaGetLastError(); /* not to be found by the next launch */
    cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, gpu.number);
    cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, gpu.number);
    return status_fail(STATUS_ENVIRONMENT,
                       "resources.device: cuda: this program was not compiled for GPU %d, of "
                       "compute capability %d.%d; make CUDA=1 CUDA_ARCH=%d%d does so",
                       gpu.number, major, minor, major, minor);
}

static status_t start_libraries(void) {
    cudaError_t error = cudaStreamCreateWithFlags(&gpu.stream, cudaStreamNonBlocking);
    if (error == cudaSuccess) error = cudaMalloc(&gpu.workspace, WORKSPACE);
    if (error == cudaSuccess)
        error = cudaMalloc(&gpu.tables, 2 * CUDA_BATCH_MAX * sizeof *gpu.tables);
    if (error == cudaSuccess) error = cudaMallocHost(&gpu.staging, STAGING);
    CHECK(error == cudaSuccess, STATUS_ENVIRONMENT, "resources.device: cuda: GPU %d: %s",
          gpu.number, cudaGetErrorString(error));
    cublasStatus_t status = cublasCreate(&gpu.blas);
    CHECK(status == CUBLAS_STATUS_SUCCESS, STATUS_ENVIRONMENT,
          "resources.device: cuda: cuBLAS does not start: %s", cublasGetStatusString(status));
    cuda_need_blas("cublasSetStream", cublasSetStream(gpu.blas, gpu.stream));
    cuda_need_blas("cublasSetWorkspace", cublasSetWorkspace(gpu.blas, gpu.workspace, WORKSPACE));
    return STATUS_OK;
}

static status_t open_gpu(const backend_options_t *options) {
    if (!gpu.is_open) {
        TRY(find_gpu(options));
        TRY(check_generation());
        TRY(start_libraries());
    }
    gpu.is_open = 1;
    need("cudaSetDevice", cudaSetDevice(gpu.number)); /* a thread starts on the first GPU */
    gpu.share = fmin(options->gpus_per_process, 1);
    cuda_need_blas("cublasSetMathMode",
                   cublasSetMathMode(gpu.blas, options->tf32 ? CUBLAS_TF32_TENSOR_OP_MATH
                                                             : CUBLAS_DEFAULT_MATH));
    return STATUS_OK;
}

/* --- memory --- */

static const double MIB = 1 << 20;

/* Processes that share a GPU keep to their shares, as far as they can: what others really use is
 * measured, too. */
static status_t admit(size_t bytes) {
    size_t free_bytes = 0, total = 0;
    need("cudaMemGetInfo", cudaMemGetInfo(&free_bytes, &total));
    double share = gpu.share * (double)total;
    CHECK((double)(gpu.reserved + bytes) <= share, STATUS_ENVIRONMENT,
          "the trial needs %.0f MiB of GPU %d, its share is %.0f of %.0f MiB; raise "
          "resources.gpus_per_trial, or lower the batch or the model",
          (double)(gpu.reserved + bytes) / MIB, gpu.number, share / MIB, (double)total / MIB);
    CHECK(bytes <= free_bytes, STATUS_ENVIRONMENT,
          "GPU %d has %.0f MiB left of %.0f, the trial needs %.0f more: other processes use it; "
          "raise resources.gpus_per_trial, or wait for them",
          gpu.number, (double)free_bytes / MIB, (double)total / MIB, (double)bytes / MIB);
    return STATUS_OK;
}

static status_t reserve(size_t bytes, arena_t *arena) {
    *arena = arena_t{};
    if (bytes == 0) bytes = ARENA_ALIGN;
    TRY(admit(bytes));
    void *base = NULL;
    cudaError_t error = cudaMalloc(&base, bytes);
    if (error != cudaSuccess) cudaGetLastError(); /* not to be found by the next launch */
    CHECK(error == cudaSuccess, STATUS_ENVIRONMENT, "GPU %d has no %.0f MiB in one piece: %s",
          gpu.number, (double)bytes / MIB, cudaGetErrorString(error));
    *arena = arena_t{(char *)base, bytes, 0};
    gpu.reserved += bytes;
    cuda_zero(base, bytes);
    return STATUS_OK;
}

static void release(arena_t *arena) {
    if (!arena->base) return;
    need("cudaStreamSynchronize", cudaStreamSynchronize(gpu.stream));
    need("cudaFree", cudaFree(arena->base));
    gpu.reserved -= arena->size;
    *arena = arena_t{};
}

static size_t taken(void) {
    size_t free_bytes = 0, total = 0;
    need("cudaMemGetInfo", cudaMemGetInfo(&free_bytes, &total));
    return total - free_bytes;
}

static void wait(void) {
    need("a kernel", cudaStreamSynchronize(gpu.stream));
    gpu.staged = 0;
}

/* The host may change `from` at once. Copies from memory that is not pinned promise that only where
 * the GPU cannot read such memory by itself, so they go through memory of ours. */
static void copy_in(void *to, const void *from, size_t bytes) {
    for (size_t done = 0, part; done < bytes; done += part) {
        if (gpu.staged == STAGING) wait();
        part = bytes - done < STAGING - gpu.staged ? bytes - done : STAGING - gpu.staged;
        char *staged = gpu.staging + gpu.staged;
        memcpy(staged, (const char *)from + done, part);
        need("a copy to the GPU",
             cudaMemcpyAsync((char *)to + done, staged, part, cudaMemcpyHostToDevice, gpu.stream));
        gpu.staged += part;
    }
}

static void copy_out(void *to, const void *from, size_t bytes) {
    need("a copy from the GPU",
         cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, gpu.stream));
    wait();
}

/* Nothing at all is no order: whether a recording takes a copy of no bytes is nowhere promised. */
void cuda_copy(void *to, const void *from, size_t bytes) {
    if (bytes == 0) return;
    need("a copy", cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, gpu.stream));
}

void cuda_zero(void *to, size_t bytes) {
    if (bytes == 0) return;
    need("cudaMemset", cudaMemsetAsync(to, 0, bytes, gpu.stream));
}

static void library(char *text, size_t size) {
    int version[3] = {0, 0, 0};
    const libraryPropertyType parts[] = {MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL};
    for (int i = 0; i < 3; i++)
        cuda_need_blas("cublasGetProperty", cublasGetProperty(parts[i], &version[i]));
    snprintf(text, size, "cuBLAS %d.%d.%d", version[0], version[1], version[2]);
}

/* --- recording --- */

/* What `run` asks for goes to the one stream. Nothing in it may allocate, wait, or copy to or from
 * the host: scratch memory is planned, cuBLAS has its workspace, and all kernels were loaded by the
 * plain run before. */
static void *record(void (*run)(void *context), void *context) {
    cudaGraph_t graph;
    cudaGraphExec_t recording;
    need("recording", cudaStreamBeginCapture(gpu.stream, cudaStreamCaptureModeThreadLocal));
    run(context);
    need("recording", cudaStreamEndCapture(gpu.stream, &graph));
    need("recording", cudaGraphInstantiateWithFlags(&recording, graph, 0));
    need("recording", cudaGraphDestroy(graph));
    return recording;
}

static void replay(void *recording) {
    need("a recording", cudaGraphLaunch((cudaGraphExec_t)recording, gpu.stream));
}

static void forget(void *recording) {
    wait();
    need("a recording", cudaGraphExecDestroy((cudaGraphExec_t)recording));
}

/* --- the row --- */

#include "kernel/op_kernels.h"

extern "C" const backend_t backend_cuda;
const backend_t backend_cuda = {
    .name = "cuda",
    .doc = "an NVIDIA GPU",
    .check = check_gpus,
    .open = open_gpu,
    .reserve = reserve,
    .release = release,
    .copy_in = copy_in,
    .copy_out = copy_out,
    .copy = cuda_copy,
    .zero = cuda_zero,
    .taken = taken,
    .wait = wait,
    .record = record,
    .replay = replay,
    .forget = forget,
    .library = library,
    .kernels = op_kernels,
    .vectors = vector_kernels,
    .rounds = 1,
    .teams = CUDA_TEAMS,
};

/* A NumPy file of any bytes is refused, or says of numbers that are all there, to the file's end.
 */
#include "fuzz/target.h"

#include "task/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    npy_t npy = {0};
    status_t status = npy_read(data, size, &npy);
    fuzz_check(status == STATUS_OK || status == STATUS_CORRUPT, "it is read or refused");
    if (status != STATUS_OK) return 0;
    fuzz_accepted++;
    fuzz_check(npy_is_one(data, size), "it begins with the magic");
    fuzz_check(npy.width >= 1 && npy.width <= 16, "numbers have 1 to 16 bytes");
    fuzz_check(npy.count >= 0 && npy.offset <= size, "the numbers begin in the file");
    fuzz_check((size_t)npy.count == (size - npy.offset) / (size_t)npy.width &&
                   (size - npy.offset) % (size_t)npy.width == 0,
               "they end with it");
    return 0;
}

/* Messages of object headers of any bytes, in a file of any bytes, whose checksums were right:
 * links, attributes and data are read or refused, and what is found lies within the bytes that
 * there are.
 *
 * The first two bytes of an input say where the messages begin in the rest, which is the file. */
#include "fuzz/target.h"

#include "store/plain_read.h"

static void read_messages(const plain_file_t *file, plain_object_t object) {
    record_t record = {0};
    plain_message_t message;
    while (plain_next(&object, &message)) {
        char name[RECORD_PATH_MAX];
        uint64_t address;
        if (message.type == PLAIN_LINK && !plain_read_link(&message, name, &address)) {
            fuzz_check(strlen(name) < sizeof name, "a name has its length");
            fuzz_accepted++;
        }
        if (message.type == PLAIN_ATTRIBUTE)
            fuzz_accepted += plain_read_attribute(file, &message, "", &record) == STATUS_OK;
    }
    record_clear(&record);
}

static void read_data(const plain_file_t *file, plain_object_t object) {
    plain_data_t data;
    if (plain_read_data(file, object, &data) != STATUS_OK || data.is_group) return;
    fuzz_check(data.at >= file->at && data.at + data.size <= file->at + file->size,
               "data are in the file");
    fuzz_accepted++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    const plain_file_t file = {data + 2, size - 2, 0};
    size_t at = data[0] | (size_t)data[1] << 8;
    if (at > file.size) at = file.size;
    plain_object_t object = {file.at + at, file.size - at};
    read_messages(&file, object);
    read_data(&file, object);
    return 0;
}

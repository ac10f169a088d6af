#include "cli/saved_profile.h"

#include "profile/record.h"
#include "profile/table.h"
#include "store/store.h"

enum { PROFILES_MAX = 8 };

status_t saved_profile_read(const char *path, record_t *record,
                            report_table_t tables[SAVED_PROFILE_TABLES]) {
    profile_t profiles[PROFILES_MAX];
    size_t count = 0;
    TRY(store_read_profile(path, record));
    status_t status = profile_from_record(record, profiles, PROFILES_MAX, &count);
    if (status == STATUS_OK) {
        tables[0] = profile_layer_table(record_find(record, "source")->data, profiles, count);
        tables[1] = profile_group_table("", profiles, count);
    } else {
        status_context(status, "%s", path);
        record_clear(record);
    }
    for (size_t i = 0; i < count; i++) profile_clear(&profiles[i]);
    return status;
}

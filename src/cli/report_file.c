#include "cli/report_file.h"

#include <stdio.h>

#include "base/disk.h"
#include "base/scope.h"
#include "cli/loaded.h"
#include "cli/saved_profile.h"
#include "figure/figure.h"
#include "figure/page.h"

static status_t write_page(const study_t *study, const char *path, int reload) {
    bytes_t page = {0};
    FILE *out = open_memstream((char **)&page.at, &page.size);
    CHECK(out, STATUS_ENVIRONMENT, "out of memory for a report");
    status_t status = page_write(study, reload, out);
    int is_whole = !ferror(out);
    is_whole &= fclose(out) == 0;
    if (status == STATUS_OK && !is_whole)
        status = status_fail(STATUS_ENVIRONMENT, "out of memory for a report");
    if (status == STATUS_OK) status = disk_replace(path, &page);
    bytes_free(&page);
    return status;
}

status_t report_file_write(const char *run_dir, const saved_t *saved, const char *path,
                           const char *plots, int reload) {
    frame_t trials = {0};
    study_t study = {0};
    status_t status;
    size_t figures = 0;
    TRY_OR_DONE(loaded_trials(run_dir, saved, &trials));
    TRY_OR_DONE(study_open(run_dir, saved->plan, &trials, &study));
    TRY_OR_DONE(write_page(&study, path, reload));
    if (plots) TRY_OR_DONE(figure_write_all(&study, plots, &figures));
done:
    study_close(&study);
    frame_clear(&trials);
    return status;
}

status_t report_file_write_profile(const char *profile, const char *path, const char *plots) {
    HELD(study_close) study_t study = {0};
    record_t record;
    report_table_t tables[SAVED_PROFILE_TABLES];
    size_t figures = 0;
    TRY(saved_profile_read(profile, &record, tables));
    study_of_profile(&record, tables, SAVED_PROFILE_TABLES, &study);
    TRY(write_page(&study, path, 0));
    return plots ? figure_write_all(&study, plots, &figures) : STATUS_OK;
}

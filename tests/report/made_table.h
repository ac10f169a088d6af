/* made_table.h: Table 2 made from a sweep, and ways to look into it. */
#ifndef TESTS_REPORT_MADE_TABLE_H
#define TESTS_REPORT_MADE_TABLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "report/recipe.h"
#include "report/sweep_frame.h"

#define ALL_RUNS    "measured, all runs"
#define CONFIG_ONLY "configuration alone, nothing measured"
#define ALIVE_10    "only runs alive after step 10"
#define ALIVE_100   "only runs alive after step 100"

static inline size_t find_row(const report_table_t *table, const char *section,
                              const char *predictor) {
    for (size_t r = 0; r < table->row_count; r++)
        if (!strcmp(table->rows[r].section, section) &&
            !strcmp(report_cell(table, r, "predictor")->text, predictor))
            return r;
    fail_msg("no row %s in %s", predictor, section);
    return 0;
}

static inline double value(const report_table_t *table, const char *section, const char *predictor,
                           const char *key) {
    return report_cell(table, find_row(table, section, predictor), key)->value[0];
}

static inline const report_note_t *find_note(const report_table_t *table, const char *key) {
    for (size_t i = 0; i < table->note_count; i++)
        if (!strcmp(table->notes[i].key, key)) return &table->notes[i];
    return NULL;
}

typedef struct made {
    frame_t frame;
    report_table_t table;
} made_t;

static inline void unmake(made_t *made) {
    report_table_destroy(&made->table);
    frame_clear(&made->frame);
}

#endif

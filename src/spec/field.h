/* field.h: the rows that describe every option of a sweep file.
 *
 * A module that has options declares a plain struct for them and a table of rows; the same rows
 * parse, range-check, print, document and store the options. spec/ knows syntax only: the names a
 * choice may take come from the module's own registry. */
#ifndef SPEC_FIELD_H
#define SPEC_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FIELD_TEXT_MAX = 512, FIELD_NAME_MAX = 48, FIELD_LIST_MAX = 32, FIELD_FREE_MAX = 4096 };

typedef struct {
    int count;
    int64_t at[FIELD_LIST_MAX];
} int_list_t;

typedef enum {
    FIELD_BOOL,     /* bool                                       true, false            */
    FIELD_INT,      /* int64_t                                    min..max               */
    FIELD_REAL,     /* double                                     min..max, finite       */
    FIELD_TEXT,     /* char[FIELD_TEXT_MAX]                       any text, a path       */
    FIELD_CHOICE,   /* char[FIELD_NAME_MAX]                       one of `choices()`     */
    FIELD_INT_LIST, /* int_list_t                                 [0, 100], each min..max */
    FIELD_FREE,     /* char[FIELD_FREE_MAX]  a word or list that keeps its own kind: free.h */
} field_type_t;

typedef struct field {
    const char *key; /* dotted: "train.lr"; unique over all sets. "params.*" (FIELD_FREE) stands
                        for all options below params. that a sweep file names: free.h         */
    field_type_t type;
    size_t offset;        /* of the member in the module's option struct                      */
    double min, max;      /* inclusive; FIELD_INT, FIELD_REAL, FIELD_INT_LIST                 */
    const char *fallback; /* the default, written as in a sweep file                          */
    const char *const *(*choices)(void); /* FIELD_CHOICE: NULL-terminated names               */
    const char *doc;      /* one line, with unit                                              */
    const char *needs;    /* NULL, or what else must be set for this to mean anything: needs.h  */
    const char *off_with; /* NULL, or what switches it off: needs.h                           */
    bool keeps_results;   /* whatever it is, a trial's results are the same bits: no part of its id,
                             the same for all trials, free to change when a sweep goes on       */
    bool is_later;        /* no effect before the first step: train/alike.h                     */
    bool is_costless;     /* neither the cost of a trial nor whether its options go together
                             depends on it: train/costs.h                                       */
    bool is_numeric;      /* FIELD_FREE: all values that the file gives it are numbers          */
} field_t;

typedef struct field_set {
    const char *name; /* "train": heading in the help */
    const field_t *fields;
    size_t count;
    bool is_shared;  /* no arm of a comparison may set these: data, length, what is measured */
    bool is_of_arms; /* nothing but an arm may set these: how it goes about its comparison */
} field_set_t;

/* One row of a table, of the member of OPTIONS, which the file defines as its struct before; what
 * follows are designated initialisers:
 *
 *   #define OPTIONS struct clip
 *   REAL_FIELD("train.clip", limit, .min = 0, .max = 1e9, .fallback = "0", .doc = "...")
 *
 * A member that has not the type of its row does not compile. */
#define BOOL_FIELD(name, member, ...) FIELD_ROW(FIELD_BOOL, bool, name, member, __VA_ARGS__)
#define INT_FIELD(name, member, ...)  FIELD_ROW(FIELD_INT, int64_t, name, member, __VA_ARGS__)
#define REAL_FIELD(name, member, ...) FIELD_ROW(FIELD_REAL, double, name, member, __VA_ARGS__)
#define TEXT_FIELD(name, member, ...)                                                              \
    FIELD_ROW(FIELD_TEXT, char[FIELD_TEXT_MAX], name, member, __VA_ARGS__)
#define CHOICE_FIELD(name, member, ...)                                                            \
    FIELD_ROW(FIELD_CHOICE, char[FIELD_NAME_MAX], name, member, __VA_ARGS__)
#define INT_LIST_FIELD(name, member, ...)                                                          \
    FIELD_ROW(FIELD_INT_LIST, int_list_t, name, member, __VA_ARGS__)
#define FREE_FIELD(name, member, ...)                                                              \
    FIELD_ROW(FIELD_FREE, char[FIELD_FREE_MAX], name, member, __VA_ARGS__)

#define FIELD_ROW(kind, c_type, name, member, ...)                                                 \
    { .key = name, .type = kind, .offset = FIELD_OFFSET(c_type, member), __VA_ARGS__ }
#define FIELD_OFFSET(c_type, member)                                                               \
    (offsetof(OPTIONS, member) +                                                                   \
     0 * sizeof(struct {                                                                           \
         _Static_assert(__builtin_types_compatible_p(__typeof__(((OPTIONS *)0)->member), c_type),  \
                        "the member has not the type of its row");                                 \
         char unused;                                                                              \
     }))

/* A set over the array `rows`; what else holds of it follows as designated initialisers:
 * FIELD_SET("training", fields, .is_shared = true). */
#define FIELD_SET(title, rows, ...)                                                                \
    { .name = title, .fields = rows, .count = sizeof(rows) / sizeof((rows)[0]), __VA_ARGS__ }

#endif

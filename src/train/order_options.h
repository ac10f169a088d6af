/* order_options.h: in which order the trials of a sweep are handed out: options "order.*". No order
 * changes a result, so a sweep may go on in another. */
#ifndef TRAIN_ORDER_OPTIONS_H
#define TRAIN_ORDER_OPTIONS_H

#include "policy/order.h"
#include "spec/config.h"

extern const field_set_t order_fields;

typedef enum {
    ORDER_BY_LENGTH, /* the trial that is expected to take longest goes first     */
    ORDER_BY_CHANCE, /* random                                                    */
    ORDER_BY_SCORE,  /* measured at initialisation, before any trial is trained   */
} order_by_t;

typedef struct order_options {
    order_by_t by;
    char score[FIELD_NAME_MAX]; /* item below summary/, when by score             */
    order_direction_t direction;
    double audit; /* share of turns given to random trials                        */
} order_options_t;

/* By length where the configuration knows no such options. */
order_options_t order_options(const config_t *config);

/* STATUS_SPEC: an order by a score that is not measured at initialisation. */
status_t order_check(const config_t *config);

#endif

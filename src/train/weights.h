/* weights.h: the trained network in a trial's record (train.keep_weights): all parameters of the
 * model's graph, in its order, without the padding that theta has in memory. */
#ifndef TRAIN_WEIGHTS_H
#define TRAIN_WEIGHTS_H

#include "base/record.h"
#include "model/model.h"

/* Puts weights/theta [numbers] in. */
void weights_record(model_t *model, record_t *record);

/* Puts a record's weights into a model of the same configuration. STATUS_INCOMPLETE: it has none;
 * STATUS_CORRUPT: as many as another network's. */
status_t weights_load(const record_t *record, model_t *model);

#endif

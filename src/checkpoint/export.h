/* export.h: a network of ours as a checkpoint that Hugging Face's transformers loads. */
#ifndef CHECKPOINT_EXPORT_H
#define CHECKPOINT_EXPORT_H

#include "model/model.h"

/* Writes the model's parameters to `path`, and config.json beside it, in a folder made when
 * missing: over older ones, but never a config.json of another network. Names and order are those
 * of the family (family.h) that the model's architecture belongs to. STATUS_SPEC with the reason:
 * no family has such a network. */
status_t checkpoint_export(model_t *model, const char *path);

#endif

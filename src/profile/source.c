#include "profile/source.h"

void source_close(source_t *source) {
    if (source->close) source->close(source->context);
    *source = (source_t){0};
}

#include "profile/states.h"

void states_close(states_t *states) {
    if (states->close) states->close(states->context);
    *states = (states_t){0};
}

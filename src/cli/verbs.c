#include "cli/cli.h"

#define VERB(name) extern const cli_verb_t cli_##name;
#include "cli/verbs.def"
#undef VERB

#define VERB(name) &cli_##name,
const cli_verb_t *const cli_verbs[] = {
#include "cli/verbs.def"
    NULL};
#undef VERB

/* handover.h: the sweep file is read by one process and handed to all ranks: it may be a pipe
 * (`koopsweep run <(...)`), which can be read once, and a thousand ranks need not ask a file server
 * for the same few lines. */
#ifndef SWEEP_HANDOVER_H
#define SWEEP_HANDOVER_H

#include <mpi.h>

#include "dispatch/options.h"

/* Collective over `comm`. Rank 0 takes the text from the board of the launching process (NULL:
 * there is none) or reads options->spec_path; all get it as options->spec_text, owned by *text, to
 * be freed after the options were last used. Where that fails the options stay as they are, and
 * every rank finds out by itself what is wrong with the file. */
void handover_spec(MPI_Comm comm, const char *board_name, sweep_options_t *options, char **text);

#endif

#include "sweep/handover.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "dispatch/board.h"
#include "spec/document.h"

static char *copy_from_board(const char *name, size_t *length) {
    board_t *board;
    if (board_attach(name, &board) != STATUS_OK) return NULL;
    *length = board->spec_length;
    char *text = memory_take(*length + 1, 1, "the sweep file");
    memcpy(text, board_spec(board), *length);
    board_detach(&board);
    return text;
}

static char *find_text(const char *board_name, const char *path, size_t *length) {
    char *text = NULL;
    if (board_name) return copy_from_board(board_name, length);
    return document_read_file(path, &text, length) == STATUS_OK ? text : NULL;
}

void handover_spec(MPI_Comm comm, const char *board_name, sweep_options_t *options, char **text) {
    int rank;
    size_t length = 0;
    *text = NULL;
    MPI_Comm_rank(comm, &rank);
    if (rank == 0) *text = find_text(board_name, options->spec_path, &length);
    if (!*text) length = 0;
    MPI_Bcast(&length, sizeof length, MPI_BYTE, 0, comm);
    if (length == 0) return; /* nothing, or a file without any text: an error in any case */
    if (rank > 0) *text = memory_take(length, 1, "the sweep file");
    MPI_Bcast(*text, (int)length, MPI_BYTE, 0, comm);
    options->spec_text = *text;
    options->spec_length = length;
}

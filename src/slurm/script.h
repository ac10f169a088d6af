/* script.h: job scripts made from templates: texts with @NAME@ where a value belongs.
 *
 * The parts of jobs/ are put one behind the other: kind-cpu.sh or kind-gpu.sh (what is asked of
 * Slurm), launch-mpirun.sh or launch-srun.sh (how ranks are started and signalled), sweep.sh (run,
 * resume, requeue). The result is an ordinary batch script for people to read. */
#ifndef SLURM_SCRIPT_H
#define SLURM_SCRIPT_H

#include <stddef.h>

#include "base/status.h"

/* @NAME@ in a template becomes the text. NULL-name-terminated. */
typedef struct script_value {
    const char *name, *text;
    int has_lines; /* the text may be several lines: it is the user's own part of the script */
} script_value_t;

enum { SCRIPT_TEXT_MAX = 65536, SCRIPT_QUOTED_MAX = 4 * 4096 + 8 };

/* Appends the template with its values to script[0..SCRIPT_TEXT_MAX). STATUS_SPEC, with the line:
 * a name without a value, a value of several lines; no room. `origin` names the template. */
status_t script_append(const char *origin, const char *template_text, const script_value_t *values,
                       char script[SCRIPT_TEXT_MAX]);

/* The same from the files FOLDER/PARTS[i], NULL-terminated. `folder` NULL: the first of jobs/,
 * ../jobs/, ../share/koopsweep/jobs/ beside the running program that holds the first part. */
status_t script_render(const char *folder, const char *const *parts, const script_value_t *values,
                       char script[SCRIPT_TEXT_MAX]);

/* One word for a shell, and for the value of a #SBATCH option, whatever is in it. */
void script_quote(const char *word, char quoted[SCRIPT_QUOTED_MAX]);

#endif

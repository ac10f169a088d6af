/* page.h: a report: all figures and tables of a run in one HTML file that asks for no other. */
#ifndef FIGURE_PAGE_H
#define FIGURE_PAGE_H

#include <stdio.h>

#include "figure/study.h"

/* Writes the document. Whatever users named stays text. `reload`: the page loads itself again
 * after so many seconds, for a run that goes on; 0 = never. */
status_t page_write(const study_t *study, int reload, FILE *out);

#endif

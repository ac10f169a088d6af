/* document.h: YAML text as a tree whose nodes know their lines. The part of YAML that a sweep file
 * needs: one document of mappings, lists and words; no anchors, aliases or tags. */
#ifndef SPEC_DOCUMENT_H
#define SPEC_DOCUMENT_H

#include <stddef.h>
#include <yaml.h>

#include "base/status.h"

enum { DOCUMENT_BYTES_MAX = 1 << 20, DOCUMENT_DEPTH_MAX = 12 };

typedef struct document {
    const char *path; /* borrowed; names the text in messages */
    yaml_document_t tree;
    int is_loaded;
} document_t;

/* Reads a whole file into *text (malloc'd, the caller frees), at most DOCUMENT_BYTES_MAX of it; a
 * file that is missing, unreadable or longer: STATUS_SPEC. */
status_t document_read_file(const char *path, char **text, size_t *length);

/* Parses `text`. What is no such YAML, empty, or no mapping: STATUS_SPEC with file and line. */
status_t document_parse(const char *path, const char *text, size_t length, document_t *document);
void document_destroy(document_t *document); /* {0} is fine; leaves {0} */

/* The outermost mapping, and the node of a number found in a pair or list. Never NULL. */
const yaml_node_t *document_root(const document_t *document);
const yaml_node_t *document_node(const document_t *document, int number);

/* The text of a scalar node. Borrowed. */
const char *document_text(const yaml_node_t *scalar);

int document_line(const yaml_node_t *node); /* from 1 */

/* Puts "FILE:LINE: " before a sentence and fails with STATUS_SPEC. */
status_t document_fail(const document_t *document, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a sentence that was recorded by the failure `status`, with `key` in between. */
status_t document_context(const document_t *document, int line, const char *key, status_t status);

#endif

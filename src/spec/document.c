#include "spec/document.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

status_t document_fail(const document_t *document, int line, const char *format, ...) {
    char sentence[1536];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    return status_fail(STATUS_SPEC, "%s:%d: %s", document->path, line, sentence);
}

status_t document_context(const document_t *document, int line, const char *key, status_t status) {
    return status_context(status, "%s:%d: %s", document->path, line, key);
}

status_t document_read_file(const char *path, char **text, size_t *length) {
    status_t status = STATUS_OK;
    char *bytes = NULL;
    FILE *file = fopen(path, "rb");
    CHECK(file, STATUS_SPEC, "%s: cannot be opened: %s", path, strerror(errno));
    bytes = malloc(DOCUMENT_BYTES_MAX + 1);
    CHECK_OR_DONE(bytes, STATUS_ENVIRONMENT, "out of memory");
    *length = fread(bytes, 1, DOCUMENT_BYTES_MAX + 1, file);
    CHECK_OR_DONE(!ferror(file), STATUS_SPEC, "%s: cannot be read: %s", path, strerror(errno));
    CHECK_OR_DONE(*length <= DOCUMENT_BYTES_MAX, STATUS_SPEC,
                  "%s: is larger than the limit of %d KiB; is it a sweep file?", path,
                  DOCUMENT_BYTES_MAX >> 10);
done:
    fclose(file);
    if (status != STATUS_OK) {
        free(bytes);
        bytes = NULL;
    }
    *text = bytes;
    return status;
}

static int is_indented_by_tab(const char *text, size_t length, int line) {
    size_t at = 0;
    for (int i = 1; i < line && at < length; at++) i += text[at] == '\n';
    while (at < length && text[at] == ' ') at++;
    return at < length && text[at] == '\t';
}

/* "[python3, ${args}]": within brackets a brace begins a mapping. */
static int has_bare_macro(const char *text, size_t length, int line) {
    size_t at = 0;
    for (int i = 1; i < line && at < length; at++) i += text[at] == '\n';
    const char *end = memchr(text + at, '\n', length - at);
    size_t size = end ? (size_t)(end - text) - at : length - at;
    return memmem(text + at, size, "${", 2) != NULL;
}

/* What libyaml says, with the remedy where the cause is a common one. */
static status_t syntax_error(const document_t *document, const yaml_parser_t *parser,
                             const char *text, size_t length) {
    if (parser->error == YAML_MEMORY_ERROR) return status_fail(STATUS_ENVIRONMENT, "out of memory");
    if (parser->error == YAML_READER_ERROR) {
        int line = 1;
        for (size_t i = 0; i < parser->problem_offset && i < length; i++) line += text[i] == '\n';
        return document_fail(document, line, "is not UTF-8 text: %s; is it a sweep file?",
                             parser->problem);
    }
    int line = (int)parser->problem_mark.line + 1;
    const char *remedy = is_indented_by_tab(text, length, line) ? "; indent with spaces, not tabs"
                         : has_bare_macro(text, length, line) ? "; put words with ${...} in quotes"
                                                              : "";
    return document_fail(document, line, "is not valid YAML: %s%s%s%s",
                         parser->context ? parser->context : "", parser->context ? ", " : "",
                         parser->problem ? parser->problem : "unknown problem", remedy);
}

/* Line breaks of any kind, control characters, byte order marks: nothing of this can be part of a
 * value that is to be written back on one line. The text is valid UTF-8. */
static int has_control_character(const yaml_event_t *event) {
    static const char *const sequences[] = {"\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff", NULL};
    const char *text = (const char *)event->data.scalar.value;
    for (const char *const *sequence = sequences; *sequence; sequence++)
        if (strstr(text, *sequence)) return 1;
    const unsigned char *byte = event->data.scalar.value;
    for (size_t i = 0; i < event->data.scalar.length; i++) {
        if (byte[i] < ' ' || byte[i] == 127) return 1;
        if (byte[i] == 0xc2 && byte[i + 1] < 0xa0) return 1; /* U+0080 .. U+009F */
    }
    return 0;
}

/* The anchor and the tag of an event, NULL where there is none. */
static void marks_of(const yaml_event_t *event, const yaml_char_t **anchor,
                     const yaml_char_t **tag) {
    *anchor = *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT)
        *anchor = event->data.scalar.anchor, *tag = event->data.scalar.tag;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        *anchor = event->data.sequence_start.anchor, *tag = event->data.sequence_start.tag;
    if (event->type == YAML_MAPPING_START_EVENT)
        *anchor = event->data.mapping_start.anchor, *tag = event->data.mapping_start.tag;
}

/* Refuses what a sweep file does not need. Events come one by one, so this is safe on any text. */
static status_t check_event(const document_t *document, const yaml_event_t *event, int *depth,
                            int *documents) {
    int line = (int)event->start_mark.line + 1;
    const yaml_char_t *anchor, *tag;
    marks_of(event, &anchor, &tag);
    if (event->type == YAML_ALIAS_EVENT || anchor)
        return document_fail(document, line,
                             "anchors (&) and aliases (*) are not used here; "
                             "write the value out");
    if (tag) return document_fail(document, line, "the tag %.40s is not used here; remove it", tag);
    if (event->type == YAML_DOCUMENT_START_EVENT && ++*documents > 1)
        return document_fail(document, line, "a second document begins; keep one sweep per file");
    if (event->type == YAML_SCALAR_EVENT && has_control_character(event))
        return document_fail(document, line,
                             "a text has a line break or control character; write "
                             "it on one line");
    *depth += (event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT);
    *depth -= (event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT);
    if (*depth > DOCUMENT_DEPTH_MAX)
        return document_fail(document, line, "is nested more than %d levels deep; flatten it",
                             DOCUMENT_DEPTH_MAX);
    return STATUS_OK;
}

static status_t check_events(const document_t *document, const char *text, size_t length) {
    status_t status = STATUS_OK;
    int depth = 0, documents = 0, is_end = 0;
    yaml_parser_t parser;
    CHECK(yaml_parser_initialize(&parser), STATUS_ENVIRONMENT, "out of memory");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    while (status == STATUS_OK && !is_end) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            status = syntax_error(document, &parser, text, length);
            break;
        }
        status = check_event(document, &event, &depth, &documents);
        is_end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return status;
}

static status_t load_tree(document_t *document, const char *text, size_t length) {
    yaml_parser_t parser;
    CHECK(yaml_parser_initialize(&parser), STATUS_ENVIRONMENT, "out of memory");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    document->is_loaded = yaml_parser_load(&parser, &document->tree);
    status_t status =
        document->is_loaded ? STATUS_OK : syntax_error(document, &parser, text, length);
    yaml_parser_delete(&parser);
    return status;
}

status_t document_parse(const char *path, const char *text, size_t length, document_t *document) {
    *document = (document_t){.path = path};
    TRY(check_events(document, text, length));
    TRY(load_tree(document, text, length));
    const yaml_node_t *root = yaml_document_get_root_node(&document->tree);
    status_t status = STATUS_OK;
    if (!root)
        status = document_fail(document, 1, "is empty; a sweep file begins with \"name: ...\"");
    else if (root->type != YAML_MAPPING_NODE)
        status = document_fail(document, document_line(root),
                               "is no sweep file: expected lines of the form \"key: value\"");
    if (status != STATUS_OK) document_destroy(document);
    return status;
}

void document_destroy(document_t *document) {
    if (document->is_loaded) yaml_document_delete(&document->tree);
    *document = (document_t){0};
}

/* libyaml's getters take the tree without const, though they only read it. */
const yaml_node_t *document_root(const document_t *document) {
    return yaml_document_get_root_node((yaml_document_t *)&document->tree);
}

const yaml_node_t *document_node(const document_t *document, int number) {
    return yaml_document_get_node((yaml_document_t *)&document->tree, number);
}

const char *document_text(const yaml_node_t *scalar) {
    return (const char *)scalar->data.scalar.value;
}

int document_line(const yaml_node_t *node) { return (int)node->start_mark.line + 1; }

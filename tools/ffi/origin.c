/* SPDX-License-Identifier: MIT */
/*
 * Where a preprocessed header declares each name: the file and line that its line markers tell, and the comment
 * right before the declaration. This reads tokens, not C: a name is an identifier outside of braces with `(`,
 * `;`, `,`, `[` or `=` behind it, `name` in `(*name)`, a tag with members, a constant of an enum, or a macro.
 */
#include "source.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct origins {
    char         **texts; /* kept, as names and comments are parts of them */
    size_t         text_count;
    struct origin *at;
    size_t         count, room;
    bool           sorted;
};

struct origins *origins_new(void) {
    return calloc(1, sizeof(struct origins));
}

void origins_free(struct origins *origins) {
    if (!origins) return;
    while (origins->text_count) free(origins->texts[--origins->text_count]);
    free(origins->texts);
    free(origins->at);
    free(origins);
}

/* ---- tokens ---- */

enum { RECENT = 4 };

struct scanner {
    struct origins *origins;
    const char     *at;
    struct span     file;
    unsigned        line;
    struct span     comment; /* the last one, which ends in line `comment_end` */
    unsigned        comment_end;
    struct span     recent[RECENT]; /* the last tokens, the newest first */
    struct span     doc;            /* the comment of this declaration */
    unsigned        begin;          /* its line; 0: it has not begun */
    int             braces, parens;
    bool            is_enum, is_body; /* the braces are those of an enum, of a function */
};

static bool is_letter(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '$';
}

static bool is_word(struct span token) {
    return token.length && is_letter(*token.at) && !isdigit((unsigned char)*token.at);
}

static bool span_is(struct span token, const char *text) {
    return token.length == strlen(text) && !memcmp(token.at, text, token.length);
}

static void add_origin(struct scanner *scanner, struct span name, unsigned line) {
    struct origins *origins = scanner->origins;
    if (origins->count == origins->room) {
        size_t         room = origins->room ? origins->room * 2 : 1024;
        struct origin *at   = realloc(origins->at, room * sizeof *at);
        if (!at) return;
        origins->at   = at;
        origins->room = room;
    }
    origins->at[origins->count] = (struct origin){name, scanner->file, scanner->doc, line, origins->count};
    origins->count++;
}

/* `# 12 "file.h" 1 3`: the file keeps the escapes of its name. */
static bool read_marker(struct scanner *scanner, const char *line) {
    char         *end;
    unsigned long number = strtoul(line + 1, &end, 10);
    if (end == line + 1 || !(end = strchr(end, '"'))) return false;
    const char *close = strchr(end + 1, '"');
    if (!close) return false;
    for (end++; end[0] == '.' && end[1] == '/';) end += 2;
    scanner->file = (struct span){end, (size_t)(close - end)};
    scanner->line = (unsigned)number - 1; /* the end of this line counts one */
    return true;
}

/* Takes the comment before a declaration that begins in this line or the next one. */
static void begin_declaration(struct scanner *scanner) {
    bool near               = scanner->comment.length && scanner->comment_end + 1 >= scanner->line;
    scanner->begin          = scanner->line;
    scanner->doc            = near ? scanner->comment : (struct span){0};
    scanner->comment.length = 0;
}

static void read_directive(struct scanner *scanner) {
    const char *line = scanner->at, *name;
    if (!read_marker(scanner, line) && !strncmp(line, "#define ", 8)) {
        size_t   length = 0;
        unsigned begin  = scanner->begin;
        for (name = line + 8; is_letter(name[length]); length++) {}
        begin_declaration(scanner);
        add_origin(scanner, (struct span){name, length}, scanner->line);
        scanner->begin = begin;
    }
    scanner->at += strcspn(line, "\n");
}

static void count_lines(struct scanner *scanner, const char *from, const char *to) {
    for (; from < to; from++) scanner->line += *from == '\n';
}

static void skip_comment(struct scanner *scanner) {
    const char *from = scanner->at, *end = from[1] == '/' ? strchr(from, '\n') : strstr(from + 2, "*/");
    if (!end) end = from + strlen(from);
    else if (from[1] == '*') end += 2;
    count_lines(scanner, from, end);
    bool follows = from[1] == '/' && scanner->comment.length && scanner->comment_end + 1 == scanner->line &&
                   scanner->comment.at[1] == '/';
    if (!follows) scanner->comment.at = from;
    scanner->comment.length = (size_t)(end - scanner->comment.at);
    scanner->comment_end    = scanner->line;
    scanner->at             = end;
}

/* The next token; false at the end. Comments and directives are read on the way. */
static bool next_token(struct scanner *scanner, struct span *token) {
    for (bool fresh = scanner->line == 0 || scanner->at[-1] == '\n'; *scanner->at;) {
        const char *at = scanner->at;
        if (*at == '\n') scanner->line++, scanner->at++, fresh = true;
        else if (isspace((unsigned char)*at)) scanner->at++;
        else if (*at == '#' && fresh) read_directive(scanner);
        else if (*at == '/' && (at[1] == '*' || at[1] == '/')) skip_comment(scanner);
        else break;
    }
    const char *from = scanner->at, *end = from;
    if (!*from) return false;
    if (is_letter(*end)) {
        while (is_letter(*end)) end++;
    } else if (*end == '"' || *end == '\'') {
        for (end++; *end && *end != *from && *end != '\n'; end++)
            if (*end == '\\' && end[1]) end++;
        end += *end == *from;
    } else {
        end++;
    }
    *token      = (struct span){from, (size_t)(end - from)};
    scanner->at = end;
    return true;
}

/* ---- declarations ---- */

/* What `token` says of the names before it. */
static void read_names(struct scanner *scanner, struct span token) {
    const struct span *recent = scanner->recent;
    if (!is_word(recent[0])) return;
    char c = *token.at;
    if (scanner->braces) {
        bool first = recent[1].length && (*recent[1].at == '{' || *recent[1].at == ',');
        if (scanner->is_enum && scanner->braces == 1 && first && strchr("=,}", c))
            add_origin(scanner, recent[0], scanner->line);
        return;
    }
    bool tag = span_is(recent[1], "struct") || span_is(recent[1], "union") || span_is(recent[1], "enum");
    if (c == '{' && tag) add_origin(scanner, recent[0], scanner->begin);
    if (tag) return;
    if (!scanner->parens && strchr("(;,[=", c)) add_origin(scanner, recent[0], scanner->begin);
    if (scanner->parens == 1 && strchr(")[(", c) && span_is(recent[1], "*") && span_is(recent[2], "("))
        add_origin(scanner, recent[0], scanner->begin);
}

/* Skips `__attribute__((packed))` and the like, which stand between a name and what says that it is one. */
static bool skip_attribute(struct scanner *scanner, struct span token) {
    static const char *const words[] = {"__attribute__", "__attribute", "__declspec", "_Alignas",
                                        "__asm__",       "__asm",       "asm"};
    size_t                   i = 0, count = sizeof words / sizeof *words;
    while (i < count && !span_is(token, words[i])) i++;
    if (i == count) return false;
    int depth = 0;
    do {
        if (!next_token(scanner, &token)) return true;
        depth += span_is(token, "(") - span_is(token, ")");
    } while (depth > 0);
    return true;
}

static void nest(struct scanner *scanner, struct span token) {
    const struct span *recent = scanner->recent;
    switch (*token.at) {
    case '(': scanner->parens += !scanner->braces; break;
    case ')': scanner->parens -= !scanner->braces && scanner->parens; break;
    case '{':
        if (!scanner->braces++) {
            scanner->is_enum = span_is(recent[0], "enum") || span_is(recent[1], "enum");
            scanner->is_body = span_is(recent[0], ")");
        }
        break;
    case '}':
        if (scanner->braces && !--scanner->braces && scanner->is_body) scanner->begin = 0;
        break;
    case ';':
        if (!scanner->braces) scanner->begin = 0, scanner->parens = 0;
        break;
    default: break;
    }
}

void origins_add(struct origins *origins, char *text) {
    struct scanner scanner = {.origins = origins, .at = text};
    struct span    token;
    char         **texts = realloc(origins->texts, (origins->text_count + 1) * sizeof *texts);
    if (!texts) {
        free(text);
        return;
    }
    origins->texts                        = texts;
    origins->texts[origins->text_count++] = text;
    origins->sorted                       = false;
    while (next_token(&scanner, &token)) {
        if (!scanner.begin) begin_declaration(&scanner);
        if (skip_attribute(&scanner, token)) continue;
        read_names(&scanner, token);
        nest(&scanner, token);
        memmove(scanner.recent + 1, scanner.recent, (RECENT - 1) * sizeof *scanner.recent);
        scanner.recent[0] = token;
    }
}

/* ---- asking ---- */

static int compare_spans(struct span a, struct span b) {
    size_t length = a.length < b.length ? a.length : b.length;
    int    order  = memcmp(a.at, b.at, length);
    return order ? order : a.length < b.length ? -1 : a.length > b.length;
}

static int by_name(const void *left, const void *right) {
    const struct origin *a = left, *b = right;
    int                  order = compare_spans(a->name, b->name);
    return order ? order : a->order < b->order ? -1 : a->order > b->order;
}

const struct origin *origin_of(struct origins *origins, const char *name) {
    struct span wanted = span_of(name);
    size_t      low = 0, high = origins->count;
    if (!origins->sorted && origins->count)
        qsort(origins->at, origins->count, sizeof *origins->at, by_name), origins->sorted = true;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_spans(origins->at[middle].name, wanted) < 0) low = middle + 1;
        else high = middle;
    }
    bool found = low < origins->count && !compare_spans(origins->at[low].name, wanted);
    return found ? &origins->at[low] : NULL;
}

/* Where the path of a file ends with the header's name, as `#include <curl/curl.h>` finds it; NULL if it does
 * not. */
static const char *end_of_path(struct span file, const char *header) {
    while (!strncmp(header, "./", 2)) header += 2;
    size_t length = strlen(header);
    if (file.length < length || memcmp(file.at + file.length - length, header, length) != 0) return NULL;
    bool whole = file.length == length || file.at[file.length - length - 1] == '/';
    return whole ? file.at + file.length - length : NULL;
}

/* `curl/easy.h` belongs to `curl/curl.h`: the header has a folder of its own. */
bool origin_is_of(const struct origin *origin, const char *header) {
    if (end_of_path(origin->file, header)) return true;
    const char *slash = strrchr(header, '/'), *name = origin->file.at + origin->file.length;
    if (!slash || slash == header || *header == '.' || *header == '/') return false;
    while (name > origin->file.at && name[-1] != '/') name--;
    size_t length = (size_t)(slash + 1 - header);
    if ((size_t)(name - origin->file.at) < length) return false;
    return !memcmp(name - length, header, length) &&
           (name - length == origin->file.at || name[-(ptrdiff_t)length - 1] == '/');
}

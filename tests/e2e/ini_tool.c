/* SPDX-License-Identifier: MIT */
/*
 * Runs the editor of AWS files for tests/e2e/test_ini_oracle.py, which compares it with Python's
 * configparser and botocore. A test program, never installed. Each line on stdin is a request, each
 * response is a JSON object on one line:
 *
 *     config|credentials TEXT [PROFILE [KEY=VALUE | KEY]...]
 *
 * TEXT, PROFILE, KEY and VALUE are hexadecimal, "-" is the empty string; a KEY without a value is
 * removed. In responses every string from the file is hexadecimal too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/ini/ini_doc.h"
#include "base/err.h"

enum { MAX = 64 * 1024 * 1024 };

static void die(const char *what)
{
    fprintf(stderr, "ini_tool: %s\n", what);
    exit(1);
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Returns the bytes, followed by a NUL, in allocated memory. */
static char *unhex(const char *hex, size_t *len)
{
    size_t digits = strcmp(hex, "-") == 0 ? 0 : strlen(hex);
    char *bytes = malloc(digits / 2 + 1);
    if (bytes == NULL || digits % 2 != 0) {
        die("bad request");
    }
    for (size_t i = 0; i < digits; i += 2) {
        int high = digit(hex[i]);
        int low = digit(hex[i + 1]);
        if (high < 0 || low < 0) {
            die("bad digit");
        }
        bytes[i / 2] = (char)(unsigned char)(high * 16 + low);
    }
    bytes[digits / 2] = '\0';
    *len = digits / 2;
    return bytes;
}

static void put_hex(const char *bytes, size_t len)
{
    putchar('"');
    for (size_t i = 0; i < len; i++) {
        printf("%02x", (unsigned)(unsigned char)bytes[i]);
    }
    putchar('"');
}

static void put_value(const struct ini_doc *doc, uint32_t line, bool py)
{
    struct buf value;
    buf_init(&value, MAX);
    ini_add_value(doc, line, py, &value);
    if (buf_failed(&value)) {
        die("no memory");
    }
    put_hex(buf_str(&value), value.len);
    buf_done(&value);
}

static void put_properties(const struct ini_doc *doc, const struct ini_section *section, bool py)
{
    const char *comma = "";
    printf("[");
    for (uint32_t i = section->line + 1; i < section->end; i++) {
        struct ini_span text = ini_line_text(doc, &doc->lines[i]);
        struct ini_span key;
        struct ini_span value;
        bool property =
            py ? doc->lines[i].py == INI_PROPERTY && ini_py_property(text, &key, &value)
               : doc->lines[i].std == INI_PROPERTY && ini_std_property(text, &key, &value);
        if (!property) {
            continue;
        }
        printf("%s[", comma);
        put_hex(key.at, key.len);
        printf(",");
        put_value(doc, i, py);
        printf("]");
        comma = ",";
    }
    printf("]");
}

static void put_section(const struct ini_doc *doc, const struct ini_section *section)
{
    struct ini_span name = {"", 0};
    printf("{\"line\":%u,\"std\":", section->line + 1);
    if (section->is_std) {
        put_hex(section->std_name.at, section->std_name.len);
    } else {
        printf("null");
    }
    printf(",\"prefixed\":%s,\"py\":", section->std_prefixed ? "true" : "false");
    if (section->is_py) {
        put_hex(buf_str(&doc->names) + section->py_name, section->py_name_len);
    } else {
        printf("null");
    }
    printf(",\"raw\":");
    (void)ini_py_header(ini_line_text(doc, &doc->lines[section->line]), &name);
    put_hex(name.at, name.len);
    printf(",\"std_keys\":");
    put_properties(doc, section, false);
    printf(",\"py_keys\":");
    put_properties(doc, section, true);
    printf("}");
}

static void put_failure(const char *name, const struct err *err)
{
    printf(",\"%s_kind\":%d,\"%s\":", name, (int)err->kind, name);
    put_hex(err->text, strlen(err->text));
}

static void put_gets(const struct ini_doc *doc, const char *profile, const struct ini_edit *edits,
                     size_t count)
{
    printf(",\"get\":[");
    for (size_t i = 0; i < count; i++) {
        struct err err;
        struct buf value;
        bool found = false;
        buf_init(&value, MAX);
        if (ini_get(doc, profile, edits[i].key, &value, &found, &err) != 0) {
            die("no memory");
        }
        printf(i == 0 ? "" : ",");
        if (found) {
            put_hex(buf_str(&value), value.len);
        } else {
            printf("null");
        }
        buf_done(&value);
    }
    printf("]");
}

static void put_edit(const struct ini_doc *doc, const char *profile, const struct ini_edit *edits,
                     size_t count)
{
    struct err err = {.kind = ERR_NONE};
    struct buf out;
    put_gets(doc, profile, edits, count);
    buf_init(&out, MAX);
    if (ini_edit(doc, profile, edits, count, &out, &err) == 0) {
        printf(",\"edit\":");
        put_hex(buf_str(&out), out.len);
    } else {
        put_failure("edit_refused", &err);
    }
    buf_done(&out);
}

/* Ends the next word with a NUL and returns it, or NULL if there are no more. */
static char *next_word(char **rest)
{
    char *word = *rest + strspn(*rest, " \n");
    size_t len = strcspn(word, " \n");
    if (len == 0) {
        return NULL;
    }
    *rest = word + len;
    if (**rest != '\0') {
        *(*rest)++ = '\0';
    }
    return word;
}

static size_t read_edits(char **rest, struct ini_edit *edits, char **owned)
{
    size_t count = 0;
    size_t len = 0;
    for (char *word = next_word(rest); word != NULL; word = next_word(rest)) {
        char *value = strchr(word, '=');
        if (count == INI_EDITS_MAX) {
            die("too many edits");
        }
        if (value != NULL) {
            *value++ = '\0';
            value = unhex(value, &len);
        }
        owned[2 * count] = unhex(word, &len);
        owned[2 * count + 1] = value;
        edits[count] = (struct ini_edit){.key = owned[2 * count], .value = value};
        count++;
    }
    return count;
}

static void respond(char *line)
{
    size_t len = 0;
    char *kind = next_word(&line);
    char *hex = next_word(&line);
    if (kind == NULL || hex == NULL) {
        die("bad request");
    }
    char *text = unhex(hex, &len);
    struct err err = {.kind = ERR_NONE};
    struct ini_doc doc;
    if (ini_parse(&doc, strcmp(kind, "config") == 0 ? INI_CONFIG : INI_CREDENTIALS, text, len,
                  &err) != 0) {
        die(err.text);
    }
    bool valid = ini_check(&doc, &err) == 0;
    printf("{\"ok\":%s", valid ? "true" : "false");
    if (!valid) {
        put_failure("refused", &err);
    }
    printf(",\"sections\":[");
    for (size_t i = 0; i < doc.section_count; i++) {
        printf(i == 0 ? "" : ",");
        put_section(&doc, &doc.sections[i]);
    }
    printf("]");
    char *profile_hex = next_word(&line);
    if (profile_hex != NULL) {
        struct ini_edit edits[INI_EDITS_MAX];
        char *owned[2 * INI_EDITS_MAX] = {NULL};
        char *profile = unhex(profile_hex, &len);
        size_t count = read_edits(&line, edits, owned);
        put_edit(&doc, profile, edits, count);
        for (size_t i = 0; i < 2 * count; i++) {
            free(owned[i]);
        }
        free(profile);
    }
    printf("}\n");
    fflush(stdout);
    ini_done(&doc);
    free(text);
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    while (getline(&line, &cap, stdin) > 0) {
        respond(line);
    }
    free(line);
    return 0;
}

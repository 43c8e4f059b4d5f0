/* SPDX-License-Identifier: MIT */
/*
 * duploctl's file of contexts: named sets of option values. YAML, as duploctl 0.4.5 reads it:
 * current-context names one of contexts, a list of mappings with name, host, tenant, token,
 * interactive, admin and nocache; output is ours.
 */
#ifndef SESSION_CONTEXT_FILE_H
#define SESSION_CONTEXT_FILE_H

#include <limits.h>
#include <stdbool.h>

#include "base/buf.h"
#include "yaml/yaml_edit.h"

struct args;
struct err;

enum { CONTEXT_FILE_MAX = 1 << 20 };

struct context_file {
    struct buf text;
    struct yaml_doc doc;
};

/* The file that the options name, else DUPLO_HOME/config, else HOME/.duplo/config; "" without a
 * HOME. *given: the options name it. */
int context_file_path(const struct args *args, char path[PATH_MAX], bool *given, struct err *err)
    __attribute__((warn_unused_result));

/* Reads and parses. A missing file is an error if found is NULL, else as in fs_read. ERR_FILE with
 * path and line for invalid YAML. Release with context_file_close in any case; it wipes the text.
 */
int context_file_open(struct context_file *file, const char *path, bool *found, struct err *err)
    __attribute__((warn_unused_result));
void context_file_close(struct context_file *file);

/* The name in current-context, or NULL. */
const char *context_file_current(const struct context_file *file);

/* The first entry of contexts, and the one after entry; NULL after the last. */
const struct yaml_node *context_file_first(const struct context_file *file);
const struct yaml_node *context_file_next(const struct yaml_node *entry);

/* The context with this name. NULL with ERR_USAGE, which names the nearest one, if there is none.
 */
const struct yaml_node *context_file_find(const struct context_file *file, const char *path,
                                          const char *name, struct err *err);

#endif

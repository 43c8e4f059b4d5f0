/* SPDX-License-Identifier: MIT */
#include "session/context_file.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/suggest.h"
#include "base/text.h"
#include "cli/args.h"

int context_file_path(const struct args *args, char path[PATH_MAX], bool *given, struct err *err)
{
    const char *file = args_text(args, OPTION_CONTEXT_FILE);
    const char *duplo_home = args_environment(args, "DUPLO_HOME");
    const char *home = args_environment(args, "HOME");
    struct err why;
    *given = file != NULL;
    if (file == NULL && duplo_home == NULL && fs_check_home(home, &why) != 0) {
        path[0] = '\0';
        return 0;
    }
    const char *dir = duplo_home != NULL ? duplo_home : home;
    const char *end = duplo_home != NULL ? "/config" : "/.duplo/config";
    int len = snprintf(path, PATH_MAX, "%s%s", file != NULL ? file : dir, file != NULL ? "" : end);
    return len < PATH_MAX ? 0 : err_set(err, ERR_FILE, "the path of the contexts is too long");
}

int context_file_open(struct context_file *file, const char *path, bool *found, struct err *err)
{
    *file = (struct context_file){0};
    buf_init(&file->text, CONTEXT_FILE_MAX);
    if (fs_read(path, &file->text, found, err) != 0) {
        return -1;
    }
    return yaml_doc_open(&file->doc, &file->text, err) != 0 ? err_wrap(err, "%s", path) : 0;
}

void context_file_close(struct context_file *file)
{
    yaml_doc_close(&file->doc);
    buf_done(&file->text);
}

const char *context_file_current(const struct context_file *file)
{
    return yaml_text(yaml_member(file->doc.tree.root, "current-context"));
}

const struct yaml_node *context_file_first(const struct context_file *file)
{
    const struct yaml_node *list = yaml_member(file->doc.tree.root, "contexts");
    return list != NULL && list->kind == YAML_SEQUENCE ? list->child : NULL;
}

const struct yaml_node *context_file_next(const struct yaml_node *entry)
{
    return entry->sibling;
}

const struct yaml_node *context_file_find(const struct context_file *file, const char *path,
                                          const char *name, struct err *err)
{
    struct suggest suggest;
    suggest_start(&suggest, name, strlen(name));
    for (const struct yaml_node *at = context_file_first(file); at != NULL;
         at = context_file_next(at)) {
        const char *present = yaml_text(yaml_member(at, "name"));
        if (present != NULL && strcmp(present, name) == 0) {
            return yaml_resolve(at);
        }
        if (present != NULL) {
            suggest_try(&suggest, present);
        }
    }
    bool near = suggest.nearest != NULL;
    (void)err_set(err, ERR_USAGE, "%s: no context \"%.60s\"%s%s%s", path, name,
                  near ? ". Did you mean " : ". `duplojit context list` lists the contexts",
                  near ? suggest.nearest : "", near ? "?" : "");
    return NULL;
}

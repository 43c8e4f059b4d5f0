/* SPDX-License-Identifier: MIT */
/* duplojit update-kubeconfig: a context whose user gets its credentials from this program. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/output_value.h"
#include "cli/personality.h"
#include "cli/scope_options.h"
#include "cmd/commands.h"
#include "cmd/update_kubeconfig/update.h"
#include "session/profile_process.h"
#include "session/session.h"

static const char namespace_prefix[] = "duploservices-";
static const char plan_prefix[] = "duploinfra-";

static const char *without_prefix(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(text, prefix, len) == 0 ? text + len : text;
}

static int read_options(struct kube_update *update, struct err *err)
{
    const struct args *args = update->args;
    const char *version = args_text(args, OPTION_API_VERSION);
    const char *list = args_given_text(args, OPTION_KUBECONFIG);
    if (args_switch(args, OPTION_REMOVE, &update->removes, err) != 0 ||
        args_switch(args, OPTION_USE, &update->uses, err) != 0 ||
        args_switch(args, OPTION_EMBED_TOKEN, &update->embeds, err) != 0) {
        return -1;
    }
    update->uses = update->uses || args->personality->uses_context;
    if (exec_info_set_version(&update->version, version != NULL ? version : "v1", err) != 0) {
        return args_blame(args, OPTION_API_VERSION, err);
    }
    return kubeconfig_files_find(&update->files,
                                 list != NULL ? list : args_environment(args, "KUBECONFIG"),
                                 args_environment(args, "HOME"), err);
}

/* The name of the context and the user: NAME, or the plan or tenant. */
static int name_context(struct kube_update *update, const struct scope *scope, struct err *err)
{
    const struct args *args = update->args;
    const char *name = args->operand_count > 0     ? args->operands[0]
                       : scope->kind == SCOPE_PLAN ? without_prefix(scope->tenant, plan_prefix)
                       : scope->kind == SCOPE_TENANT_NAME
                           ? scope->tenant
                           : without_prefix(update->namespace, namespace_prefix);
    if (name[0] == '\0' ||
        !text_copy(update->names[KUBECONFIG_CONTEXTS], KUBE_ENTRY_NAME_SIZE, name)) {
        return err_set(err, ERR_USAGE,
                       name[0] == '\0' ? "the context needs a name: give one as NAME"
                                       : "the name of the context is too long");
    }
    text_copy(update->names[KUBECONFIG_USERS], KUBE_ENTRY_NAME_SIZE, name);
    return 0;
}

/* The namespace and the names, from what the portal says about the cluster. */
static int name_entries(struct kube_update *update, const struct scope *scope, struct err *err)
{
    /* A tenant beside a plan, as duploctl writes both, only chooses the namespace. */
    const char *beside = args_given_text(update->args, OPTION_TENANT);
    bool chosen = scope->kind == SCOPE_PLAN && beside != NULL;
    const char *const parts[] = {namespace_prefix, chosen ? beside : scope->tenant};
    text_copy(update->namespace, KUBE_ENTRY_NAME_SIZE, update->access.default_namespace);
    if (chosen || (update->namespace[0] == '\0' && scope->kind == SCOPE_TENANT_NAME)) {
        text_join(update->namespace, KUBE_ENTRY_NAME_SIZE, parts, 2);
    }
    if (name_context(update, scope, err) != 0) {
        return -1;
    }
    const char *cluster = without_prefix(update->access.name, plan_prefix);
    text_copy(update->names[KUBECONFIG_CLUSTERS], KUBE_ENTRY_NAME_SIZE,
              cluster[0] != '\0' ? cluster : update->names[KUBECONFIG_CONTEXTS]);
    return 0;
}

static int get_access(struct session *session, const struct scope *scope,
                      struct kube_access *access, struct err *err)
{
    const struct issued issued = {.kube = access};
    session->identity->for_admin = session->identity->for_admin || !scope_is_tenant(scope);
    return session_issued(session, scope, 0, &issued, NULL, err);
}

static void note_missing(const struct kube_update *update)
{
    const struct args *args = update->args;
    if (update->embeds) {
        log_warn("the kubeconfig contains a token (mode 0600) that expires soon");
        return;
    }
    profile_process_note_variables(args, "the kubeconfig", "kubectl");
    if (args_given(args, OPTION_TOKEN) && !args_given(args, OPTION_TOKEN_FILE)) {
        log_note("the kubeconfig does not contain the token: kubectl must run with DUPLO_TOKEN, or "
                 "use --token-file or -I");
    }
}

/* Asks the portal for what the entries contain, after a look at the files: a login is in vain if
 * kubectl rejects one of them. */
static int prepare(struct kube_update *update, bool prints, struct err *err)
{
    struct session session;
    struct scope scope = {0};
    if (scope_options_find_cluster(update->args, &scope, err) != 0 ||
        session_check(update->args, err) != 0 || (!prints && kube_update_scan(update, err) != 0)) {
        return -1;
    }
    int result = session_open(&session, update->args, SESSION_NORMAL, err);
    if (result == 0) {
        result = profile_process_add_kubernetes(&update->words, update->args, &session.host, &scope,
                                                err);
    }
    if (result == 0 && (result = get_access(&session, &scope, &update->access, err)) == 0) {
        result = name_entries(update, &scope, err);
    }
    session_close(&session);
    return result;
}

/* For --remove, which asks no portal. */
static int prepare_removal(struct kube_update *update, struct err *err)
{
    struct scope scope = {0};
    if (update->args->operand_count == 0 &&
        scope_options_find_cluster(update->args, &scope, err) != 0) {
        return -1;
    }
    return name_context(update, &scope, err);
}

static int say(const struct kube_update *update, const char *path, const char *what,
               struct err *err)
{
    char line[PATH_MAX + KUBE_ENTRY_NAME_SIZE + 32];
    snprintf(line, sizeof(line), "context %s in %s: %s", update->names[KUBECONFIG_CONTEXTS], path,
             what);
    return output_message_write(&update->message, line, err);
}

static int change_file(const struct kube_update *update, int file, bool dry_run, struct err *err)
{
    struct buf wanted;
    bool written = false;
    const char *path = update->files.paths[file];
    buf_init(&wanted, KUBECONFIG_MAX);
    kube_update_add_wanted(update, file, &wanted);
    int result = buf_check(&wanted, err);
    if (result == 0 && wanted.len > 0) {
        result = dry_run ? kube_update_print_diff(path, buf_str(&wanted), err)
                         : kubeconfig_file_update(path, buf_str(&wanted), &written, err);
        if (result == 0 && !dry_run) {
            result = say(update, path,
                         !written          ? "nothing to change"
                         : update->removes ? "removed"
                                           : "written",
                         err);
        }
    }
    buf_done(&wanted);
    return result;
}

static int print_new(const struct kube_update *update, struct err *err)
{
    struct buf wanted;
    buf_init(&wanted, KUBECONFIG_MAX);
    kube_update_add_all(update, &wanted);
    int result = buf_check(&wanted, err);
    if (result == 0) {
        result = kube_update_print_new(buf_str(&wanted), err);
    }
    buf_done(&wanted);
    return result;
}

static int carry_out(struct kube_update *update, struct err *err)
{
    bool dry_run = false;
    bool prints = false;
    if (output_message_read(update->args, &update->message, err) != 0 ||
        args_switch(update->args, OPTION_DRY_RUN, &dry_run, err) != 0 ||
        args_switch(update->args, OPTION_PRINT, &prints, err) != 0 ||
        read_options(update, err) != 0 ||
        (update->removes ? prepare_removal(update, err) : prepare(update, prints, err)) != 0) {
        return -1;
    }
    prints = prints && !update->removes;
    int result = prints ? print_new(update, err) : kube_update_scan(update, err);
    for (int file = 0; result == 0 && !prints && file < update->files.count; file++) {
        result = change_file(update, file, dry_run, err);
    }
    if (result == 0 && !update->removes) {
        note_missing(update);
    }
    return result;
}

static int run(const struct args *args, struct err *err)
{
    struct kube_update update = {.args = args};
    buf_init(&update.words, KUBECONFIG_MAX);
    int result = carry_out(&update, err);
    buf_done(&update.words);
    kube_access_wipe(&update.access);
    return result;
}

static const enum option_id option_list[] = {
    OPTION_TENANT, OPTION_TENANT_ID,   OPTION_PLAN,     OPTION_ADMIN,   OPTION_KUBECONFIG,
    OPTION_USE,    OPTION_API_VERSION, OPTION_COMMAND,  OPTION_DRY_RUN, OPTION_PRINT,
    OPTION_REMOVE, OPTION_EMBED_TOKEN, SESSION_OPTIONS, CACHE_OPTIONS,
};

static const struct option_text texts[] = {
    {OPTION_TENANT, .text = "Cluster of a tenant, by name or ID"},
    {OPTION_TENANT_ID, .text = "Cluster of a tenant, by ID: saves a request"},
    {OPTION_ADMIN, .text = "Log in for administrator access; --plan implies it"},
    {OPTION_API_VERSION, .text = "Version of the plugin's output: v1 (default) or v1beta1"},
    {OPTION_COMMAND, .text = "Program that kubectl runs (default: this program's absolute path)"},
    {OPTION_PRINT, .text = "Print a kubeconfig with only this context and write nothing"},
};

static const struct command_notes notes = {
    .exit_codes = "  4  no such tenant or plan; --remove: no such context\n",
    .files = "  ~/.kube/config  locked as by kubectl, with FILE.lock\n",
    .security = "The file names a program that runs as you: only you may be able to change it.\n",
};

const struct command command_update_kubeconfig = {
    .name = "update-kubeconfig",
    .operands = "[NAME]",
    .operands_max = 1,
    .summary = "Add a context to ~/.kube/config that gets its credentials from duplojit",
    .examples = "update-kubeconfig --tenant dev01 -I --use\n"
                "update-kubeconfig prod --plan prod --token-file ~/.duplo-token --dry-run\n"
                "update-kubeconfig --remove --tenant dev01\n",
    .details =
        "NAME is the name of the context and its user (default: the plan or tenant). The\n"
        "cluster has the name of the plan. kubectl runs duplojit k8s for the credentials, with\n"
        "the options of this command line. Entries with these names are updated; every other\n"
        "byte of the file stays as it is. A file that kubectl rejects is not changed.\n"
        "\n"
        "If KUBECONFIG names several files, an entry is updated in the first file that has it.\n"
        "New entries go into the first file that exists, as with kubectl config.\n"
        "\n"
        "--remove removes the context, and its cluster and user if no other context uses them.\n",
    .notes = &notes,
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
    .run = run,
};

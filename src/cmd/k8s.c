/* SPDX-License-Identifier: MIT */
/* duplojit k8s: access to a Kubernetes cluster, as the credential plugin of kubectl. */
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "cli/output.h"
#include "cli/output_value.h"
#include "cli/scope_options.h"
#include "cmd/commands.h"
#include "kube/exec_credential.h"
#include "kube/kube_access.h"
#include "session/session.h"

static int read_exec_info(const struct args *args, struct exec_info *info, struct err *err)
{
    const char *version = args_text(args, OPTION_API_VERSION);
    if (exec_info_read(args_environment(args, "KUBERNETES_EXEC_INFO"), info, err) != 0) {
        return err_wrap(err, "KUBERNETES_EXEC_INFO");
    }
    if (version != NULL && exec_info_set_version(info, version, err) != 0) {
        return args_blame(args, OPTION_API_VERSION, err);
    }
    return 0;
}

static int get_access(struct session *session, const struct scope *scope,
                      const struct exec_info *info, struct kube_access *access, struct err *err)
{
    const struct issued issued = {.kube = access};
    session->identity->for_admin = session->identity->for_admin || !scope_is_tenant(scope);
    session->identity->may_ask = session->identity->may_ask && info->may_ask;
    return session_issued(session, scope, 0, &issued, NULL, err);
}

/* The variable for the format is meant for other commands: kubectl reads only JSON. */
static int read_format(const struct args *args, struct output_value *value, struct err *err)
{
    *value = (struct output_value){0};
    return args_given(args, OPTION_OUTPUT) || args_given(args, OPTION_QUERY)
               ? output_value_read(args, NULL, value, err)
               : 0;
}

static int write_access(const struct args *args, const struct output_value *value,
                        const struct exec_info *info, const struct kube_access *access,
                        struct err *err)
{
    const char *const secrets[] = {access->token, NULL};
    char storage[4096];
    struct buf out;
    buf_init_in(&out, storage, sizeof(storage), 2 * sizeof(*access));
    exec_credential_write(&out, info, access);
    int result = output_mask(args, secrets, err) != 0 ? -1 : output_value_write(value, &out, err);
    buf_done(&out);
    return result;
}

static int run(const struct args *args, struct err *err)
{
    struct output_value value;
    struct exec_info info;
    struct scope scope;
    struct session session;
    struct kube_access access;
    if (read_format(args, &value, err) != 0 || scope_options_find_cluster(args, &scope, err) != 0 ||
        read_exec_info(args, &info, err) != 0) {
        return -1;
    }
    int result = session_open(&session, args, SESSION_NORMAL, err);
    if (result == 0 && (result = get_access(&session, &scope, &info, &access, err)) == 0) {
        result = write_access(args, &value, &info, &access, err);
        kube_access_wipe(&access);
    }
    session_close(&session);
    return result;
}

static const enum option_id option_list[] = {
    OPTION_TENANT,      OPTION_TENANT_ID,     OPTION_PLAN,     OPTION_ADMIN,
    OPTION_API_VERSION, OUTPUT_VALUE_OPTIONS, SESSION_OPTIONS, CACHE_OPTIONS,
};

static const struct option_text texts[] = {
    {OPTION_TENANT, .text = "Cluster of a tenant, by name or ID"},
    {OPTION_TENANT_ID, .text = "Cluster of a tenant, by ID: saves a request"},
    {OPTION_ADMIN, .text = "Log in for administrator access; --plan implies it"},
    {OPTION_OUTPUT, .no_variable = true,
     .text = "Output format: json (default), yaml, env, csv or string"},
};

static const struct command_notes notes = {
    .files = "  ~/.cache/duplojit  access to clusters, mode 0600; see --cache-dir\n",
    .security = "Programs that can read the output can use the cluster until the access expires.\n",
};

const struct command command_k8s = {
    .name = "k8s",
    .operands = "",
    .summary = "Print access to a Kubernetes cluster, for kubectl",
    .examples = "k8s --tenant dev01\n"
                "k8s --plan nonprod -I\n",
    .details = "kubectl runs this command as a credential plugin. It prints\n"
               "an ExecCredential in the version that kubectl asks for in KUBERNETES_EXEC_INFO.\n"
               "The access is cached until 5 minutes before it expires. A login in the browser\n"
               "needs -I, and kubectl must allow it (interactiveMode).\n",
    .notes = &notes,
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
    .run = run,
};

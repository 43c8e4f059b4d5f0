/* SPDX-License-Identifier: MIT */
#include "cmd/settings/settings_session.h"

#include "base/err.h"
#include "cli/args.h"
#include "cli/output.h"
#include "cli/scope_options.h"
#include "cmd/settings/settings_keys.h"

static int print_progress(void *context, enum settings_progress progress, const char *change,
                          struct err *err)
{
    static const char *const words[] = {
        [SETTINGS_PLANNED] = "plan",
        [SETTINGS_DONE] = "done",
        [SETTINGS_FAILED] = "failed",
        [SETTINGS_NOT_DONE] = "not done",
    };
    struct buf out;
    (void)context;
    output_init(&out);
    buf_add_fmt(&out, "%s: %s\n", words[progress], change);
    return output_write(&out, err);
}

/* Drops cached sessions that were issued before the change: of the tenant, or of administrators. */
static void forget_sessions(void *context, const struct settings_owner *owner)
{
    struct settings_session *settings = context;
    struct scope scopes[2] = {{.kind = SCOPE_ADMIN}, {.kind = SCOPE_DUPLO_OPS}};
    struct err ignored;
    if (owner->tenant_id[0] != '\0' &&
        (scope_set_tenant(&scopes[0], owner->tenant, &ignored) != 0 ||
         scope_set_tenant_id(&scopes[1], owner->tenant_id, &ignored) != 0)) {
        return;
    }
    session_forget(&settings->session, &scopes[0]);
    session_forget(&settings->session, &scopes[1]);
}

static int check_type_and_key(const struct args *args, struct err *err)
{
    static const enum option_id ids[] = {OPTION_TYPE, OPTION_KEY};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        const char *word = args_text(args, ids[i]);
        if (word != NULL && settings_check_key(word, err) != 0) {
            return args_blame(args, ids[i], err);
        }
    }
    return 0;
}

int settings_session_open(struct settings_session *settings, const struct args *args,
                          struct err *err)
{
    *settings = (struct settings_session){.args = args};
    settings->options = (struct settings_change_options){
        .context = settings, .report = print_progress, .changed = forget_sessions};
    if (settings_editor_init(&settings->editor, err) != 0 ||
        settings_read_keys(args, &settings->editor.keys, err) != 0 ||
        check_type_and_key(args, err) != 0 ||
        args_switch(args, OPTION_DRY_RUN, &settings->options.dry_run, err) != 0 ||
        args_switch(args, OPTION_RAISE_ROLE_MAX, &settings->options.raise_role_max, err) != 0 ||
        session_open(&settings->session, args, SESSION_NORMAL, err) != 0) {
        return -1;
    }
    settings->session.identity->for_admin = true;
    settings->editor.portal = session_portal(&settings->session, err);
    return settings->editor.portal != NULL ? 0 : -1;
}

void settings_session_close(struct settings_session *settings)
{
    settings_editor_done(&settings->editor);
    session_close(&settings->session);
}

int settings_session_find_tenant(struct settings_session *settings, size_t *owner, struct err *err)
{
    struct scope scope;
    char id[PORTAL_ID_SIZE];
    bool named = false;
    *owner = 0;
    if (scope_options_find(settings->args, &scope, &named, err) != 0) {
        return -1;
    }
    if (!named || scope.kind == SCOPE_ADMIN || scope.kind == SCOPE_DUPLO_OPS) {
        return 0;
    }
    return session_tenant_id(&settings->session, &scope, id, err) != 0
               ? -1
               : settings_editor_add_tenant(&settings->editor, scope.tenant, id, owner, err);
}

int settings_session_load(struct settings_session *settings, struct err *err)
{
    if (settings_editor_load(&settings->editor, err) == 0) {
        return 0;
    }
    if (!session_renew(&settings->session, err)) {
        return -1;
    }
    settings->editor.portal = session_portal(&settings->session, err);
    return settings->editor.portal == NULL ? -1 : settings_editor_load(&settings->editor, err);
}

/* Appends to a failed change which options help. Returns -1. */
static int add_advice(const struct settings_session *settings, struct err *err)
{
    const struct err cause = *err;
    const char *advice = "";
    for (size_t i = 0; i < settings->editor.count; i++) {
        if (settings->editor.owners[i].exceeds_max) {
            advice = ", or use --raise-role-max";
        } else if (settings->editor.owners[i].ignored) {
            advice = ", which DUPLO_KEY_... can name";
        }
    }
    return err_set(err, cause.kind, "%s%s", cause.text, advice);
}

int settings_session_change(struct settings_session *settings, size_t *count, struct err *err)
{
    return settings_change(&settings->editor, &settings->options, count, err) == 0
               ? 0
               : add_advice(settings, err);
}

int settings_session_change_row(struct settings_session *settings,
                                const struct settings_target *target, const char *value,
                                struct err *err)
{
    return settings_change_row(&settings->editor, &settings->options, target, value, err) == 0
               ? 0
               : add_advice(settings, err);
}

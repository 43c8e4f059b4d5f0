/* SPDX-License-Identifier: MIT */
#include "settings/settings_change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "settings/settings_plan.h"

struct change {
    struct settings_target target;
    struct setting_value before;  /* when it was planned; only of a setting */
    char text[SETTING_TEXT_SIZE]; /* row.value of a setting */
    struct portal_setting row;
    char description[SETTINGS_LABEL_SIZE + 2 * SETTING_DESCRIPTION_SIZE + 8];
};

/* What the changes of one call have in common. */
struct job {
    struct settings_editor *editor;
    const struct settings_change_options *options;
    struct change *changes;
    size_t count;
};

static void describe(const struct settings_editor *editor, struct change *change)
{
    char label[SETTINGS_LABEL_SIZE];
    char before[SETTING_DESCRIPTION_SIZE];
    char after[SETTING_DESCRIPTION_SIZE];
    settings_editor_label(editor, &change->target, label);
    setting_describe_text(change->target.setting, settings_editor_text(editor, &change->target),
                          before);
    setting_describe_text(change->target.setting, change->row.value, after);
    snprintf(change->description, sizeof(change->description), "%s: %s -> %s", label, before,
             after);
}

static int report(const struct job *job, enum settings_progress progress, size_t i, struct err *err)
{
    return job->options->report(job->options->context, progress, job->changes[i].description, err);
}

/* Whether the portal still has the value that the plan was made from. */
static int check_unchanged(const struct settings_editor *editor, const struct change *change,
                           struct err *err)
{
    const struct setting *setting = change->target.setting;
    if (setting == NULL) {
        return 0;
    }
    const struct settings_owner *owner = &editor->owners[change->target.owner];
    const struct setting_value *current = &owner->current[setting - settings_table];
    return setting_value_equal(current, &change->before) ||
                   (current->invalid && change->before.invalid)
               ? 0
               : err_set(err, ERR_REJECTED, "%s has been changed by another user meanwhile",
                         setting->name);
}

static int apply_one(const struct job *job, size_t i, struct err *err)
{
    struct settings_editor *editor = job->editor;
    const struct change *change = &job->changes[i];
    struct settings_owner *owner = &editor->owners[change->target.owner];
    /* The owner was loaded before other owners were changed, which takes time. */
    bool stale = i > 0 && change->target.owner != job->changes[i - 1].target.owner;
    if ((stale && settings_owner_load(editor->portal, owner, &editor->keys, err) != 0) ||
        check_unchanged(editor, change, err) != 0 ||
        settings_owner_write(editor->portal, owner, &editor->keys, change->target.setting,
                             &change->row, err) != 0) {
        return -1;
    }
    if (job->options->changed != NULL) {
        job->options->changed(job->options->context, owner);
    }
    return report(job, SETTINGS_DONE, i, err);
}

static int apply(const struct job *job, struct err *err)
{
    size_t done = 0;
    struct err ignored;
    while (done < job->count && apply_one(job, done, err) == 0) {
        done++;
    }
    if (done == job->count) {
        return 0;
    }
    const char *failed = job->changes[done].description;
    if (job->count == 1) {
        return err_wrap(err, "%s", failed);
    }
    int reported = report(job, SETTINGS_FAILED, done, &ignored);
    for (size_t i = done + 1; reported == 0 && i < job->count; i++) {
        reported = report(job, SETTINGS_NOT_DONE, i, &ignored);
    }
    return err_wrap(err, "%zu of %zu changes are done, then: %s", done, job->count, failed);
}

/* The portal's DELETE has only the key, so it would also delete that key's rows of other types. */
static int check_delete(const struct settings_editor *editor, const struct change *change,
                        struct err *err)
{
    const struct settings_target *target = &change->target;
    const struct portal_settings *rows = &editor->owners[target->owner].rows;
    for (size_t i = 0; change->row.value == NULL && i < rows->count; i++) {
        if (strcmp(rows->rows[i].key, target->key) == 0 &&
            strcmp(rows->rows[i].type, target->type) != 0) {
            return err_set(err, ERR_REJECTED,
                           "the portal would also delete the key %s of type %.60s: delete it in "
                           "the portal's web interface",
                           target->key, rows->rows[i].type);
        }
    }
    return 0;
}

static int run(const struct job *job, struct err *err)
{
    const struct settings_change_options *options = job->options;
    bool show_plan = options->dry_run || options->show_plan || job->count > 1;
    for (size_t i = 0; i < job->count; i++) {
        if (check_delete(job->editor, &job->changes[i], err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; show_plan && i < job->count; i++) {
        if (report(job, SETTINGS_PLANNED, i, err) != 0) {
            return -1;
        }
    }
    return options->dry_run ? 0 : apply(job, err);
}

static void warn_too_long(const struct settings_editor *editor)
{
    const struct setting *setting = &settings_table[SETTING_TOKEN_VALIDITY];
    for (size_t i = 1; i < editor->count; i++) {
        char validity[SETTING_TEXT_SIZE];
        char max[SETTING_TEXT_SIZE];
        setting_value_describe(setting, settings_validity_s(&editor->owners[i], true), validity);
        setting_value_describe(setting, settings_role_max_s(editor->owners, i, true), max);
        if (editor->owners[i].too_long) {
            log_warn("token-validity %s of tenant %s is above the role's maximum, %s: AWS refuses "
                     "its sessions until it is lowered",
                     validity, editor->owners[i].tenant, max);
        }
    }
}

static void fill_change(const struct settings_editor *editor, const struct settings_step *step,
                        struct change *change)
{
    const struct settings_owner *owner = &editor->owners[step->owner];
    const struct setting_value *wanted = &owner->wanted[step->id];
    change->target = (struct settings_target){.setting = &settings_table[step->id],
                                              .owner = step->owner,
                                              .type = editor->keys.type[step->id],
                                              .key = editor->keys.key[step->id]};
    change->before = owner->current[step->id];
    setting_value_encode(change->target.setting, wanted->value, change->text);
    change->row = (struct portal_setting){change->target.type, change->target.key,
                                          wanted->set ? change->text : NULL};
    describe(editor, change);
}

static int run_steps(struct settings_editor *editor, const struct settings_change_options *options,
                     const struct settings_step *steps, size_t count, struct err *err)
{
    struct change *changes = calloc(count, sizeof(*changes));
    if (changes == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        fill_change(editor, &steps[i], &changes[i]);
    }
    warn_too_long(editor);
    const struct job job = {editor, options, changes, count};
    int result = run(&job, err);
    free(changes);
    return result;
}

/* A lower maximum for the system concerns all tenants. They are loaded only to warn, so a failure
 * is not an error. */
static void load_concerned(struct settings_editor *editor)
{
    struct err why;
    if (settings_role_max_s(editor->owners, 0, true) <
            settings_role_max_s(editor->owners, 0, false) &&
        settings_editor_add_all_tenants(editor, &why) != 0) {
        log_warn("cannot check which tenants have sessions above the new maximum: %s", why.text);
    }
}

int settings_change(struct settings_editor *editor, const struct settings_change_options *options,
                    size_t *count, struct err *err)
{
    load_concerned(editor);
    struct settings_step *steps = calloc(editor->count * SETTING_COUNT, sizeof(*steps));
    if (steps == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    int result =
        settings_plan(editor->owners, editor->count, options->raise_role_max, steps, count, err);
    if (result == 0 && *count > 0) {
        result = run_steps(editor, options, steps, *count, err);
    }
    free(steps);
    return result;
}

int settings_change_row(struct settings_editor *editor,
                        const struct settings_change_options *options,
                        const struct settings_target *target, const char *value, struct err *err)
{
    struct change change = {.target = *target, .row = {target->type, target->key, value}};
    const struct job job = {editor, options, &change, 1};
    describe(editor, &change);
    return run(&job, err);
}

/* SPDX-License-Identifier: MIT */
/* duplojit settings set, unset, apply: one change after the other, each read back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "cli/output.h"
#include "cmd/settings/settings.h"

struct change {
    struct target target;
    struct setting_value was;     /* of one of the six */
    char text[SETTING_TEXT_SIZE]; /* what row.value points to, for one of the six */
    struct portal_setting row;
    /* "token-validity of tenant dev01: 3600 (1 h) -> 7200 (2 h)" */
    char words[SETTINGS_EDITOR_LABEL_SIZE + 2 * SETTINGS_EDITOR_WORDS_SIZE + 8];
};

static void describe(const struct settings_editor *editor, struct change *change)
{
    char label[SETTINGS_EDITOR_LABEL_SIZE];
    char before[SETTINGS_EDITOR_WORDS_SIZE];
    char after[SETTINGS_EDITOR_WORDS_SIZE];
    settings_editor_label(editor, &change->target, label);
    settings_editor_words(change->target.setting, settings_editor_text(editor, &change->target),
                          before);
    settings_editor_words(change->target.setting, change->row.value, after);
    snprintf(change->words, sizeof(change->words), "%s: %s -> %s", label, before, after);
}

static int say(const char *how, const struct change *change, struct err *err)
{
    struct buf out;
    output_init(&out);
    buf_add_fmt(&out, "%s: %s\n", how, change->words);
    return output_write(&out, err);
}

/* What the portal has now must be what the plan was made from. */
static int check_unchanged(const struct settings_editor *editor, const struct change *change,
                           struct err *err)
{
    const struct setting *setting = change->target.setting;
    if (setting == NULL) {
        return 0;
    }
    const struct setting_value *now =
        &editor->places[change->target.place].now[setting - settings_table];
    return setting_value_equal(now, &change->was) || (now->invalid && change->was.invalid)
               ? 0
               : err_set(err, ERR_REJECTED, "%s was changed by somebody else in the meantime",
                         setting->name);
}

/* This machine's cached sessions are as long as they were; the next one is to be new. */
static void forget_sessions(struct settings_editor *editor, const struct change *change)
{
    const struct settings_owner *place = &editor->places[change->target.place];
    struct scope scopes[2] = {{.kind = SCOPE_ADMIN}, {.kind = SCOPE_DUPLO_OPS}};
    struct err ignored;
    if (place->tenant_id[0] != '\0' &&
        (scope_set_tenant(&scopes[0], place->tenant, &ignored) != 0 ||
         scope_set_tenant_id(&scopes[1], place->tenant_id, &ignored) != 0)) {
        return;
    }
    session_forget(&editor->session, &scopes[0]);
    session_forget(&editor->session, &scopes[1]);
}

/* again: the place was looked at before another one's change. */
static int carry_out_one(struct settings_editor *editor, const struct change *change, bool again,
                         struct err *err)
{
    struct settings_owner *place = &editor->places[change->target.place];
    if ((again && settings_owner_load(editor->portal, place, &editor->keys, err) != 0) ||
        check_unchanged(editor, change, err) != 0 ||
        settings_owner_write(editor->portal, place, &editor->keys, change->target.setting,
                             &change->row, err) != 0) {
        return -1;
    }
    forget_sessions(editor, change);
    return say("done", change, err);
}

static int carry_out(struct settings_editor *editor, struct change *changes, size_t count,
                     struct err *err)
{
    size_t done = 0;
    struct err ignored;
    bool again = false;
    while (done < count && carry_out_one(editor, &changes[done], again, err) == 0) {
        done++;
        again = done < count && changes[done].target.place != changes[done - 1].target.place;
    }
    if (done == count) {
        return 0;
    }
    for (size_t i = done; count > 1 && i < count; i++) {
        if (say(i == done ? "failed" : "not done", &changes[i], &ignored) != 0) {
            break;
        }
    }
    return count > 1 ? err_wrap(err, "%zu of %zu changes are done, then: %s", done, count,
                                changes[done].words)
                     : err_wrap(err, "%s", changes[done].words);
}

/* DELETE names the key alone: another type's row of that key would go too. */
static int check_delete(const struct settings_editor *editor, const struct target *target,
                        struct err *err)
{
    const struct portal_settings *rows = &editor->places[target->place].rows;
    for (size_t i = 0; i < rows->count; i++) {
        if (strcmp(rows->rows[i].key, target->key) == 0 &&
            strcmp(rows->rows[i].type, target->type) != 0) {
            return err_set(err, ERR_REJECTED,
                           "the portal deletes by the key alone, and %s is also a key of type "
                           "%.60s: delete it on the portal's own page",
                           target->key, rows->rows[i].type);
        }
    }
    return 0;
}

/* The plan is shown where it has several steps, is a file's, or is all there is. */
static int run_changes(struct settings_editor *editor, struct change *changes, size_t count,
                       struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (changes[i].row.value == NULL && check_delete(editor, &changes[i].target, err) != 0) {
            return -1;
        }
    }
    bool shown = editor->dry_run || count > 1 || editor->of_file;
    for (size_t i = 0; shown && i < count; i++) {
        if (say("plan", &changes[i], err) != 0) {
            return -1;
        }
    }
    return editor->dry_run ? 0 : carry_out(editor, changes, count, err);
}

static void warn_of_long_sessions(const struct settings_editor *editor)
{
    const struct setting *setting = &settings_table[SETTING_TOKEN_VALIDITY];
    for (size_t i = 1; i < editor->count; i++) {
        char validity[SETTING_TEXT_SIZE];
        char max[SETTING_TEXT_SIZE];
        setting_value_format(setting, settings_validity_s(&editor->places[i], true), validity);
        setting_value_format(setting, settings_role_max_s(editor->places, i, true), max);
        if (editor->places[i].too_long) {
            log_warn("token-validity %s of tenant %s is above the role's maximum, %s: AWS refuses "
                     "its sessions until it is lowered",
                     validity, editor->places[i].tenant, max);
        }
    }
}

static void fill_change(const struct settings_editor *editor, const struct settings_step *step,
                        struct change *change)
{
    const struct settings_owner *place = &editor->places[step->place];
    const struct setting_value *want = &place->want[step->id];
    change->target = (struct target){.setting = &settings_table[step->id],
                                     .place = step->place,
                                     .type = editor->keys.type[step->id],
                                     .key = editor->keys.key[step->id]};
    change->was = place->now[step->id];
    setting_value_store(change->target.setting, want->value, change->text);
    change->row = (struct portal_setting){change->target.type, change->target.key,
                                          want->set ? change->text : NULL};
    describe(editor, change);
}

static int run_steps(struct settings_editor *editor, const struct settings_step *steps,
                     size_t count, struct err *err)
{
    struct change *changes = calloc(count, sizeof(*changes));
    if (changes == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        fill_change(editor, &steps[i], &changes[i]);
    }
    warn_of_long_sessions(editor);
    int result = run_changes(editor, changes, count, err);
    free(changes);
    return result;
}

/* A lower maximum for all concerns tenants that nobody named; it is only warned of, so that they
 * cannot be looked at is no reason to fail. */
static void load_concerned(struct settings_editor *editor)
{
    struct err why;
    if (settings_role_max_s(editor->places, 0, true) <
            settings_role_max_s(editor->places, 0, false) &&
        settings_editor_add_all_tenants(editor, &why) != 0) {
        log_warn("cannot tell which tenants have sessions above the new maximum: %s", why.text);
    }
}

int settings_change(struct settings_editor *editor, size_t *count, struct err *err)
{
    load_concerned(editor);
    struct settings_step *steps = calloc(editor->count * SETTING_COUNT, sizeof(*steps));
    if (steps == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    int result =
        settings_plan(editor->places, editor->count, editor->raise_role_max, steps, count, err);
    if (result == 0 && *count > 0) {
        result = run_steps(editor, steps, *count, err);
    }
    free(steps);
    return result;
}

int settings_change_row(struct settings_editor *editor, const struct target *target,
                        const char *value, struct err *err)
{
    struct change change = {.target = *target, .row = {target->type, target->key, value}};
    describe(editor, &change);
    return run_changes(editor, &change, 1, err);
}

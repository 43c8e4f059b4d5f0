/* SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "base/err.h"
#include "cmd/update_aws_config/update.h"

static int find_in_files(const struct update *update, struct buf text[2], struct ini_doc doc[2],
                         struct shadow *shadow, struct err *err)
{
    bool has_credentials = update->credentials[0] != '\0';
    if (update_read_config(update, &text[0], &doc[0], err) != 0) {
        return -1;
    }
    if (has_credentials && shared_file_read(update->credentials, INI_CREDENTIALS, update->profile,
                                            &text[1], &doc[1], err) != 0) {
        return -1;
    }
    return shadow_find(SHADOW_PROCESS, &doc[0], has_credentials ? &doc[1] : NULL, update->profile,
                       shadow, err);
}

static int find(const struct update *update, struct shadow *shadow, struct err *err)
{
    struct buf text[2];
    struct ini_doc doc[2] = {{.kind = INI_CONFIG}, {.kind = INI_CREDENTIALS}};
    buf_init(&text[0], SHARED_FILE_MAX);
    buf_init(&text[1], SHARED_FILE_MAX);
    int result = find_in_files(update, text, doc, shadow, err);
    ini_done(&doc[0]);
    ini_done(&doc[1]);
    buf_done(&text[0]);
    buf_done(&text[1]);
    return result != 0 ? err_wrap(err, "cannot check which keys AWS tools prefer") : 0;
}

int update_check_shadow(const struct update *update, struct err *err)
{
    struct shadow shadow;
    char text[SHADOW_TEXT_SIZE];
    if (find(update, &shadow, err) != 0) {
        return -1;
    }
    if (shadow.tools == 0) {
        return 0;
    }
    shadow_describe(&shadow, SHADOW_PROCESS, update->file, update->credentials, text);
    return err_set(err, ERR_FILE, "profile %s: %s. Use --replace to comment them out",
                   update->profile, text);
}

static void add_edits(struct ini_edit *edits, size_t *count, const char *const *keys,
                      size_t key_count)
{
    for (size_t i = 0; i < key_count; i++) {
        edits[(*count)++] = (struct ini_edit){.key = keys[i], .comment_out = true};
    }
}

int update_replace_shadow(struct update *update, struct err *err)
{
    struct shadow shadow;
    if (find(update, &shadow, err) != 0) {
        return -1;
    }
    add_edits(update->edits, &update->edit.count, shadow.config_keys, shadow.config_count);
    update->credentials_edit =
        (struct shared_file_edit){update->profile, update->credentials_edits, 0};
    add_edits(update->credentials_edits, &update->credentials_edit.count, shadow.credentials_keys,
              shadow.credentials_count);
    return 0;
}

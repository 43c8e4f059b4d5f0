/* SPDX-License-Identifier: MIT */
#include "cmd/settings/settings_keys.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "cli/args.h"
#include "settings/settings_owner.h"

int settings_check_key(const char *word, struct err *err)
{
    char cleaned[PORTAL_SETTING_KEY_MAX + 1];
    bool good = text_copy(cleaned, sizeof(cleaned), word) && word[0] != '\0' &&
                strcmp(word, ".") != 0 && strcmp(word, "..") != 0;
    if (good) {
        text_clean(cleaned);
    }
    return good && strcmp(cleaned, word) == 0
               ? 0
               : err_set(err, ERR_USAGE,
                         "\"%.40s\" is not a name of 1 to %d bytes without control characters",
                         word, PORTAL_SETTING_KEY_MAX);
}

int settings_read_keys(const struct args *args, struct setting_keys *keys, struct err *err)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &settings_table[i];
        const char *key = args_environment(args, setting->variable);
        keys->type[i] = setting->type != NULL ? setting->type : "";
        keys->key[i] = key != NULL ? key : setting->key;
        if (settings_check_key(keys->key[i], err) != 0) {
            return err_wrap(err, "%s", setting->variable);
        }
    }
    return 0;
}

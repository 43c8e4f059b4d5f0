/* SPDX-License-Identifier: MIT */
#include "cli/file_options.h"

#include <string.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/text.h"
#include "cli/args.h"

enum { MODE_DEFAULT = 0600, ID_MAX = 0x7fffffff };

/* Three or four octal digits; the owner must be able to read the file. */
static int read_mode(const char *text, mode_t *mode, struct err *err)
{
    size_t len = strlen(text);
    unsigned int value = 0;
    for (size_t i = 0; i < len && len <= 4; i++) {
        value = value * 8 + (unsigned int)(text[i] - '0');
    }
    if (len < 3 || len > 4 || text[strspn(text, "01234567")] != '\0' || value > 0777 ||
        (value & 0400) == 0) {
        return err_set(err, ERR_USAGE, "\"%.20s\" is not a file mode: use one such as 0600 or 0640",
                       text);
    }
    *mode = (mode_t)value;
    return 0;
}

/* Numbers only: a container image may have no /etc/passwd to look up names in. */
static int read_owner(const char *text, struct fs_attributes *attr, struct err *err)
{
    char user[16];
    int64_t uid = 0;
    int64_t gid = -1;
    size_t len = strcspn(text, ":");
    const char *group = text[len] == ':' ? text + len + 1 : NULL;
    bool valid = len < sizeof(user);
    if (valid) {
        memcpy(user, text, len);
        user[len] = '\0';
        valid = text_parse_int(user, 0, ID_MAX, &uid) &&
                (group == NULL || text_parse_int(group, 0, ID_MAX, &gid));
    }
    if (!valid) {
        return err_set(err, ERR_USAGE, "\"%.40s\" is not an owner: use a numeric UID or UID:GID",
                       text);
    }
    attr->owner = (uid_t)uid;
    attr->group = (gid_t)gid;
    return 0;
}

int file_options_read(const struct args *args, struct fs_attributes *attr, struct err *err)
{
    const char *mode = args_text(args, OPTION_MODE);
    const char *owner = args_text(args, OPTION_OWNER);
    *attr = (struct fs_attributes){.mode = MODE_DEFAULT, .owner = (uid_t)-1, .group = (gid_t)-1};
    if (mode != NULL && read_mode(mode, &attr->mode, err) != 0) {
        return args_blame(args, OPTION_MODE, err);
    }
    if (owner != NULL && read_owner(owner, attr, err) != 0) {
        return args_blame(args, OPTION_OWNER, err);
    }
    return 0;
}

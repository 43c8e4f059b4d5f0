/* SPDX-License-Identifier: MIT */
#include "kube/kube_access.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

static bool is_one_word(const char *text)
{
    size_t len = strlen(text);
    return text_word_len(text, len) == len;
}

static bool is_base64(const char *text)
{
    size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    size_t padding = strspn(text + len, "=");
    return text[len + padding] == '\0' && padding <= 2 && (len + padding) % 4 == 0;
}

static bool is_url(const char *text)
{
    return is_one_word(text) && strpbrk(text, "\"\\<>^`{|}") == NULL &&
           (strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0);
}

int kube_access_check(const struct kube_access *access, struct err *err)
{
    const char *wrong = NULL;
    if (!is_url(access->server)) {
        wrong = "ApiServer";
    } else if (access->token[0] == '\0' || !is_one_word(access->token)) {
        wrong = "Token";
    } else if (!is_base64(access->ca)) {
        wrong = "CertificateAuthorityDataBase64";
    } else if (!is_one_word(access->name)) {
        wrong = "Name";
    } else if (!is_one_word(access->default_namespace)) {
        wrong = "DefaultNamespace";
    }
    return wrong == NULL ? 0 : err_set(err, ERR_UNAVAILABLE, "missing or invalid \"%s\"", wrong);
}

void kube_access_wipe(struct kube_access *access)
{
    explicit_bzero(access, sizeof(*access));
}

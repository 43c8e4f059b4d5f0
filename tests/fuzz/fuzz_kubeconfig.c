/* SPDX-License-Identifier: MIT */
/* Edits of kubeconfig files: the first byte chooses the wanted state, the rest is the file. A file
 * that was edited is one that kubectl accepts and has the wanted entry; the same edit changes
 * nothing more; every other entry and the comments at the start are still there. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "kube/kubeconfig.h"

static const char *const wanted[] = {
    "{\"clusters\":[{\"name\":\"own\",\"cluster\":{\"server\":\"https://k.test\","
    "\"certificate-authority-data\":\"QUJD\"}}],\"users\":[{\"name\":\"own\",\"user\":{\"exec\":{"
    "\"apiVersion\":\"client.authentication.k8s.io/v1\",\"command\":\"duplojit\",\"args\":[\"k8s\","
    "\"--tenant\",\"own\"],\"interactiveMode\":\"IfAvailable\",\"provideClusterInfo\":false}}}],"
    "\"contexts\":[{\"name\":\"own\",\"context\":{\"cluster\":\"own\",\"user\":\"own\"}}],"
    "\"current-context\":\"own\"}",
    "{\"users\":[{\"name\":\"own\",\"user\":{\"token\":\"true\"}}]}",
    "{\"clusters\":[{\"name\":\"own\"}],\"users\":[{\"name\":\"own\"}],\"contexts\":[{\"name\":"
    "\"own\"}]"
    "}",
    "{\"current-context\":\"own\"}",
};

/* The other entries of a list have the same names, in the same order. */
static void check_list(const struct yaml_tree *before, const struct yaml_tree *after,
                       enum kubeconfig_list list)
{
    const struct yaml_node *old = yaml_member(yaml_resolve(before->root), kubeconfig_lists[list]);
    old = yaml_resolve(old);
    if (old == NULL || old->kind != YAML_SEQUENCE) {
        return;
    }
    for (const struct yaml_node *item = old->child; item != NULL; item = item->sibling) {
        const char *name = yaml_text(yaml_resolve(yaml_member(yaml_resolve(item), "name")));
        if (name != NULL && strcmp(name, "own") != 0) {
            FUZZ_CHECK(kubeconfig_find(after, list, name) != NULL);
        }
    }
}

/* The comments that the text begins with: later ones may be a part of what is replaced. YAML has
 * more line ends than LF, so only lines of printable characters count. */
static void check_comments(const char *text, size_t len, const struct buf *after)
{
    size_t head = 0;
    for (size_t at = 0; at < len && text[head] == '#'; at++) {
        if (text[at] == '\n') {
            head = at + 1;
        } else if (text[at] < ' ' || text[at] > '~') {
            break;
        }
    }
    FUZZ_CHECK(after->len >= head && (head == 0 || memcmp(after->data, text, head) == 0));
}

static void check_edit(const char *text, size_t len, const char *want, const struct buf *after)
{
    struct yaml_tree before_tree = {0};
    struct yaml_tree after_tree = {0};
    struct err err = {0};
    struct buf again;
    FUZZ_CHECK(kubeconfig_parse(&before_tree, text, len, &err) == 0);
    FUZZ_CHECK(kubeconfig_parse(&after_tree, buf_str(after), after->len, &err) == 0);
    for (int list = 0; list < KUBECONFIG_LISTS; list++) {
        check_list(&before_tree, &after_tree, (enum kubeconfig_list)list);
    }
    bool has_user = kubeconfig_find(&after_tree, KUBECONFIG_USERS, "own") != NULL;
    FUZZ_CHECK(has_user == (want == wanted[0] || want == wanted[1]) || want == wanted[3]);
    buf_init(&again, KUBECONFIG_MAX);
    buf_add(&again, buf_str(after), after->len);
    FUZZ_CHECK(kubeconfig_edit(&again, want, &err) == 0 && fuzz_same(&again, after));
    check_comments(text, len, after);
    buf_done(&again);
    yaml_tree_done(&before_tree);
    yaml_tree_done(&after_tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct err err = {0};
    struct buf text;
    if (len == 0) {
        return 0;
    }
    const char *want = wanted[data[0] % (sizeof(wanted) / sizeof(wanted[0]))];
    char *before = fuzz_copy((const char *)data + 1, len - 1);
    buf_init(&text, KUBECONFIG_MAX);
    buf_add(&text, before, len - 1);
    if (kubeconfig_edit(&text, want, &err) == 0) {
        check_edit(before, len - 1, want, &text);
    } else {
        fuzz_check_err(&err);
    }
    buf_done(&text);
    free(before);
    return 0;
}

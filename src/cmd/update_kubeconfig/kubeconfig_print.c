/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "cli/mask_diff.h"
#include "cmd/update_kubeconfig/update.h"

/* A text that is copied to out with *** in place of secrets. */
struct masking {
    const char *text;
    size_t done; /* how much is copied */
    struct buf *out;
};

static bool contains(const char *text, size_t len, const char *word)
{
    size_t word_len = strlen(word);
    while (len >= word_len && memcmp(text, word, word_len) != 0) {
        text++;
        len--;
    }
    return len >= word_len;
}

static bool has_secret_word(const char *text, size_t len)
{
    static const char *const words[] = {"token", "password", "secret", "key", "otp", "value"};
    bool found = false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        found = found || contains(text, len, words[i]);
    }
    return found && !contains(text, len, "ile"); /* --token-file, tokenFile */
}

/* Copies up to an offset. Comments with a key that may have a secret are masked. */
static void copy_until(struct masking *masking, size_t end)
{
    while (masking->done < end) {
        const char *from = masking->text + masking->done;
        size_t left = end - masking->done;
        const char *comment = memchr(from, '#', left);
        size_t len = comment != NULL ? (size_t)(comment - from) : left;
        buf_add(masking->out, from, len);
        masking->done += len;
        if (comment == NULL) {
            return;
        }
        const char *newline = memchr(comment, '\n', left - len);
        len = newline != NULL ? (size_t)(newline - comment) : left - len;
        if (has_secret_word(comment, len) && memchr(comment, ':', len) != NULL) {
            buf_add_str(masking->out, "# ***");
        } else {
            buf_add(masking->out, comment, len);
        }
        masking->done += len;
    }
}

static void mask_scalar(struct masking *masking, const struct yaml_node *node)
{
    copy_until(masking, node->start);
    buf_add_str(masking->out, node->block ? "***\n" : "***");
    masking->done = node->end;
}

static void mask_node(struct masking *masking, const struct yaml_node *node, bool secret);

/* The items of a list, which may be arguments: "--token", "SECRET" or "--token=SECRET". */
static void mask_items(struct masking *masking, const struct yaml_node *node, bool secret)
{
    bool after_option = false;
    for (const struct yaml_node *at = node->child; at != NULL; at = at->sibling) {
        const char *text = yaml_text(at);
        size_t name_len = text != NULL && text[0] == '-' ? strcspn(text, "=") : 0;
        bool option = name_len > 0 && (has_secret_word(text, name_len) || strcmp(text, "-t") == 0);
        mask_node(masking, at, secret || after_option || (option && text[name_len] == '='));
        after_option = option && text[name_len] == '\0';
    }
}

static void mask_node(struct masking *masking, const struct yaml_node *node, bool secret)
{
    if (node->target != NULL) {
        return;
    }
    if (node->kind == YAML_SCALAR) {
        if (secret && node->end > node->start) {
            mask_scalar(masking, node);
        }
    } else if (node->kind == YAML_SEQUENCE) {
        mask_items(masking, node, secret);
    } else {
        for (const struct yaml_node *at = node->child; at != NULL; at = at->sibling->sibling) {
            const char *key = yaml_text(at);
            mask_node(masking, at->sibling,
                      secret || (key != NULL && has_secret_word(key, strlen(key))));
        }
    }
}

/* Replaces a kubeconfig by one whose secrets are masked. */
static int mask(struct buf *text, struct err *err)
{
    struct yaml_tree tree;
    struct buf out;
    buf_init(&out, text->max);
    struct masking masking = {.text = buf_str(text), .out = &out};
    int result = yaml_tree_parse(&tree, buf_str(text), text->len, err);
    if (result == 0) {
        if (tree.root != NULL) {
            mask_node(&masking, tree.root, false);
        }
        copy_until(&masking, text->len);
        result = buf_check(&out, err);
        buf_done(text);
        *text = out;
    }
    yaml_tree_done(&tree);
    return result;
}

int kube_update_print_diff(const char *path, const char *wanted, struct err *err)
{
    const struct file_edit edit = kubeconfig_file_edit(wanted);
    return mask_print_edit(path, &edit, mask, err);
}

int kube_update_print_new(const char *wanted, struct err *err)
{
    struct buf text;
    buf_init(&text, KUBECONFIG_MAX);
    int result = kubeconfig_edit(&text, wanted, err);
    if (result == 0) {
        result = fs_write_fd(STDOUT_FILENO, "standard output", text.data, text.len, err);
    }
    buf_done(&text);
    return result;
}

/* SPDX-License-Identifier: MIT */
/*
 * Runs the editor of kubeconfig files for tests/e2e/test_kubeconfig_editor.py. A test program, never
 * installed. A request is a text and the wanted state, a response the kind of the error and the new
 * text or the message. Each is followed by a NUL.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "kube/kubeconfig.h"

/* False at the end of the input. */
static bool read_text(struct buf *text)
{
    int c = getchar();
    buf_clear(text);
    while (c != EOF && c != '\0') {
        buf_add_char(text, (char)c);
        c = getchar();
    }
    if (buf_failed(text)) {
        exit(1);
    }
    return c != EOF;
}

int main(void)
{
    struct buf text;
    struct buf wanted;
    buf_init(&text, KUBECONFIG_MAX);
    buf_init(&wanted, KUBECONFIG_MAX);
    while (read_text(&text) && read_text(&wanted)) {
        struct err err = {0};
        bool failed = kubeconfig_edit(&text, buf_str(&wanted), &err) != 0;
        printf("%d", err.kind);
        putchar('\0');
        fputs(failed ? err.text : buf_str(&text), stdout);
        putchar('\0');
        fflush(stdout);
    }
    buf_done(&text);
    buf_done(&wanted);
    return 0;
}

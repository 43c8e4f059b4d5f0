/* SPDX-License-Identifier: MIT */
/*
 * Chooses browsers for tests/e2e/test_browser_oracle.py, which compares them with Python's
 * webbrowser. A test program, never installed. Arguments: PATH, and the URL. Each line on stdin is a
 * value of BROWSER in hexadecimal. The response is a JSON array on one line with the command line of
 * each program that is tried if all fail, as an array of hexadecimal words.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "login/browser.h"

static void put_command(const struct browser *browser, const char *url)
{
    char room[BROWSER_TEXT_SIZE];
    const char *argv[BROWSER_WORDS_MAX + 2];
    char hex[2 * BROWSER_TEXT_SIZE + 1];
    struct err err;
    if (browser_command_line(browser, url, room, argv, &err) != 0) {
        printf("\"%s\"", err.text);
        return;
    }
    for (int i = 0; argv[i] != NULL; i++) {
        text_hex(argv[i], strlen(argv[i]), hex);
        printf("%s\"%s\"", i == 0 ? "[" : ",", hex);
    }
    printf("]");
}

static void put_commands(const char *variable, char **argv)
{
    const struct browser_request request = {
        .variable = variable, .path = argv[1], .display = true};
    struct browser browser;
    struct err err;
    bool more = browser_choose(&browser, &request, &err) == 0 && browser.program[0] != '\0';
    printf("[");
    for (int count = 0; more; count++) {
        printf(count == 0 ? "" : ",");
        put_command(&browser, argv[2]);
        browser.background = false; /* else a later failure would try no other program */
        more = browser_next(&browser, "failed");
    }
    printf("]\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    char line[8 * BROWSER_TEXT_SIZE];
    while (argc == 3 && fgets(line, sizeof(line), stdin) != NULL) {
        size_t len = strcspn(line, "\n") / 2;
        for (size_t i = 0; i < len; i++) {
            line[i] = (char)text_hex_byte(line + 2 * i);
        }
        line[len] = '\0';
        put_commands(line, argv);
    }
    return argc == 3 ? 0 : 2;
}

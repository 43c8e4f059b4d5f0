/* SPDX-License-Identifier: MIT */
#include "login/browser.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/process.h"
#include "base/text.h"

static bool is_program(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0;
}

/* What execvp would find. Empty and relative entries of PATH do not count: they depend on the
 * working directory. */
static bool find_program(const char *name, const char *path, char out[PATH_MAX])
{
    if (strchr(name, '/') != NULL) {
        return text_copy(out, PATH_MAX, name) && is_program(out);
    }
    for (const char *at = path; name[0] != '\0' && at != NULL && *at != '\0';) {
        size_t len = strcspn(at, ":");
        int whole = snprintf(out, PATH_MAX, "%.*s/%s", (int)len, at, name);
        if (*at == '/' && whole > 0 && whole < PATH_MAX && is_program(out)) {
            return true;
        }
        at += len + (at[len] == ':' ? 1 : 0);
    }
    return false;
}

/* Uses a command if its program exists. A path with blanks that exists is one word. */
static bool use_command(struct browser *browser, const char *command, size_t len, const char *path)
{
    int count = 0;
    if (len == 0 || len >= sizeof(browser->text)) {
        return false;
    }
    memcpy(browser->text, command, len);
    browser->text[len] = '\0';
    char *at = browser->text;
    if (strchr(at, '/') != NULL && is_program(at)) {
        browser->words[count++] = at;
        at += len;
    }
    while (*at != '\0' && count < BROWSER_WORDS_MAX) {
        at += strspn(at, " \t");
        size_t word = strcspn(at, " \t");
        if (word > 0) {
            browser->words[count++] = at;
        }
        at += word;
        if (*at != '\0') {
            *at++ = '\0';
        }
    }
    browser->words[count] = NULL;
    return count > 0 && *at == '\0' && find_program(browser->words[0], path, browser->program);
}

static bool use_variable(struct browser *browser, const struct browser_request *request)
{
    for (const char *at = request->variable; at != NULL && *at != '\0';) {
        size_t len = strcspn(at, ":");
        if (use_command(browser, at, len, request->path)) {
            return true;
        }
        at += len + (at[len] == ':' ? 1 : 0);
    }
    return false;
}

static bool use_default(struct browser *browser, const struct browser_request *request)
{
    static const char *const names[] = {"xdg-open", "wslview", "sensible-browser", "gnome-open"};
    browser->why_none = request->remote ? "SSH session" : !request->display ? "no display" : NULL;
    for (size_t i = 0; browser->why_none == NULL && i < sizeof(names) / sizeof(names[0]); i++) {
        if (use_command(browser, names[i], strlen(names[i]), request->path)) {
            return true;
        }
    }
    browser->why_none = browser->why_none != NULL ? browser->why_none : "no browser found";
    return false;
}

int browser_choose(struct browser *browser, const struct browser_request *request, struct err *err)
{
    const char *command = request->command;
    *browser = (struct browser){0};
    if (command != NULL && strcmp(command, "none") == 0) {
        return 0;
    }
    if (command != NULL && !use_command(browser, command, strlen(command), request->path)) {
        return err_set(err, ERR_USAGE, "there is no program \"%.200s\"", command);
    }
    if (command == NULL && !use_variable(browser, request) && !use_default(browser, request)) {
        browser->program[0] = '\0';
    }
    return 0;
}

/* The words with the URL in its place. False if it does not fit. */
static bool put_url(const struct browser *browser, const char *url, char room[BROWSER_TEXT_SIZE],
                    const char *argv[BROWSER_WORDS_MAX + 2])
{
    bool placed = false;
    int count = 0;
    for (; browser->words[count] != NULL; count++) {
        const char *word = browser->words[count];
        const char *mark = strstr(word, "%s");
        argv[count] = word;
        if (mark != NULL && !placed && count > 0) {
            int len = snprintf(room, BROWSER_TEXT_SIZE, "%.*s%s%s", (int)(mark - word), word, url,
                               mark + 2);
            placed = true;
            argv[count] = room;
            if (len < 0 || len >= BROWSER_TEXT_SIZE) {
                return false;
            }
        }
    }
    if (!placed) {
        argv[count++] = url;
    }
    argv[count] = NULL;
    return true;
}

/* Between vfork and execve: it shares our memory and must change nothing there. The session of its
 * own keeps our Ctrl-C from ending the browser, which gets none of our connections and locks. */
static _Noreturn void become(const char *program, const char *const *argv,
                             const char *const *environment)
{
    int null = open("/dev/null", O_RDWR);
    if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
        dup2(null, STDERR_FILENO) >= 0) {
        process_close_except(STDERR_FILENO);
        process_restore_defaults();
        setsid();
        execve(program, (char *const *)argv, (char *const *)environment);
    }
    _exit(127);
}

pid_t browser_start(const struct browser *browser, const char *url, const char *const *environment,
                    struct err *err)
{
    char room[BROWSER_TEXT_SIZE];
    const char *argv[BROWSER_WORDS_MAX + 2];
    if (!put_url(browser, url, room, argv)) {
        return err_set(err, ERR_USAGE, "the browser's command line is too long");
    }
    pid_t pid = vfork();
    if (pid == 0) {
        become(browser->program, argv, environment);
    }
    return pid > 0 ? pid : err_set_errno(err, ERR_FILE, "cannot start %s", browser->program);
}

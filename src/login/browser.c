/* SPDX-License-Identifier: MIT */
#include "login/browser.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/process.h"
#include "base/shell_word.h"
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

/* Adds a reason why a program is not used. */
static void add_why(struct browser *browser, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add_why(struct browser *browser, const char *format, ...)
{
    size_t used = strlen(browser->why);
    va_list args;
    if (used > 0) {
        used += (size_t)snprintf(browser->why + used, sizeof(browser->why) - used, "; ");
    }
    if (used < sizeof(browser->why)) {
        va_start(args, format);
        vsnprintf(browser->why + used, sizeof(browser->why) - used, format, args);
        va_end(args);
    }
}

/* Splits browser->text in place. Returns the number of words, or -1 if it is not well-formed. */
static int split(struct browser *browser)
{
    char *text = browser->text;
    size_t text_len = strlen(text);
    size_t at = 0;
    size_t out = 0;
    size_t len = 0;
    bool broken = false;
    int count = 0;
    while (shell_word_read(text, text_len, &at, text + out, &len, &broken)) {
        if (count == BROWSER_WORDS_MAX) {
            return -1;
        }
        browser->words[count++] = text + out;
        text[out + len] = '\0'; /* at the latest over the blank that ended the word */
        out += len + 1;
        at += at < text_len ? 1 : 0;
    }
    return broken ? -1 : count;
}

/* Uses a command if its program exists. */
static bool use_command(struct browser *browser, const char *command, size_t len,
                        const char *source)
{
    const char *path = browser->request.path;
    int count = 1;
    if (len >= sizeof(browser->text)) {
        add_why(browser, "%sa command is longer than %d bytes", source, BROWSER_TEXT_SIZE - 1);
        return false;
    }
    memcpy(browser->text, command, len);
    browser->text[len] = '\0';
    browser->words[0] = browser->text;
    bool whole =
        strstr(browser->text, "%s") == NULL && find_program(browser->text, path, browser->program);
    if (!whole) {
        count = split(browser);
    }
    if (count < 0) {
        add_why(browser, "%sa quote or backslash is not closed, or there are more than %d words",
                source, BROWSER_WORDS_MAX);
        return false;
    }
    browser->background = count > 1 && strcmp(browser->words[count - 1], "&") == 0;
    count -= browser->background ? 1 : 0;
    browser->words[count] = NULL;
    if (count > 0 && find_program(browser->words[0], path, browser->program)) {
        return true;
    }
    add_why(browser, "%sthere is no program \"%.100s\"", source,
            count > 0 ? browser->words[0] : "");
    return false;
}

static bool use_variable(struct browser *browser)
{
    while (browser->rest != NULL && *browser->rest != '\0') {
        const char *command = browser->rest;
        size_t len = strcspn(command, ":");
        browser->rest += len + (command[len] == ':' ? 1 : 0);
        if (len > 0 && use_command(browser, command, len, "BROWSER: ")) {
            return true;
        }
    }
    return false;
}

static bool use_default(struct browser *browser)
{
    static const char *const names[] = {"xdg-open", "wslview", "sensible-browser", "gnome-open"};
    const struct browser_request *request = &browser->request;
    if (request->remote || !request->display) {
        add_why(browser, "%s", request->remote ? "SSH session" : "no display");
        return false;
    }
    while (browser->defaults < sizeof(names) / sizeof(names[0])) {
        const char *name = names[browser->defaults++];
        if (find_program(name, request->path, browser->program)) {
            browser->words[0] = name;
            browser->words[1] = NULL;
            browser->background = false;
            return true;
        }
    }
    add_why(browser, "no%s browser found", browser->why[0] != '\0' ? " other" : "");
    return false;
}

static bool find_next(struct browser *browser)
{
    bool found = browser->request.command == NULL && !browser->background &&
                 (use_variable(browser) || use_default(browser));
    if (!found) {
        browser->program[0] = '\0';
    }
    return found;
}

bool browser_next(struct browser *browser, const char *failure)
{
    add_why(browser, "%.100s %s", browser->words[0], failure);
    return find_next(browser);
}

int browser_choose(struct browser *browser, const struct browser_request *request, struct err *err)
{
    const char *command = request->command;
    *browser = (struct browser){.request = *request, .rest = request->variable};
    if (command == NULL) {
        find_next(browser);
    } else if (strcmp(command, "none") != 0 &&
               !use_command(browser, command, strlen(command), "")) {
        return err_set(err, ERR_USAGE, "%s", browser->why);
    }
    return 0;
}

/* Copies word to room with the URL in place of each %s. Returns the size with the NUL, or 0 if it
 * does not fit. */
static size_t add_url(const char *word, const char *url, char *room, size_t size)
{
    size_t used = 0;
    for (const char *mark = NULL; (mark = strstr(word, "%s")) != NULL; word = mark + 2) {
        int len = snprintf(room + used, size - used, "%.*s%s", (int)(mark - word), word, url);
        if (len < 0 || (size_t)len >= size - used) {
            return 0;
        }
        used += (size_t)len;
    }
    return text_copy(room + used, size - used, word) ? used + strlen(word) + 1 : 0;
}

int browser_command_line(const struct browser *browser, const char *url,
                         char room[BROWSER_TEXT_SIZE], const char *argv[BROWSER_WORDS_MAX + 2],
                         struct err *err)
{
    size_t used = 0;
    bool placed = false;
    int count = 0;
    for (; browser->words[count] != NULL; count++) {
        argv[count] = browser->words[count];
        if (count > 0 && strstr(argv[count], "%s") != NULL) {
            size_t size = used < BROWSER_TEXT_SIZE
                              ? add_url(argv[count], url, room + used, BROWSER_TEXT_SIZE - used)
                              : 0;
            if (size == 0) {
                return err_set(err, ERR_USAGE, "the browser's command line is too long");
            }
            argv[count] = room + used;
            used += size;
            placed = true;
        }
    }
    if (!placed) {
        argv[count++] = url;
    }
    argv[count] = NULL;
    return 0;
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
    if (browser_command_line(browser, url, room, argv, err) != 0) {
        return -1;
    }
    pid_t pid = vfork();
    if (pid == 0) {
        become(browser->program, argv, environment);
    }
    return pid > 0 ? pid : err_set_errno(err, ERR_FILE, "cannot start %s", browser->program);
}

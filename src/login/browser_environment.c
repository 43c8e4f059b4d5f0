/* SPDX-License-Identifier: MIT */
#include "login/browser_environment.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "login/browser.h"

static const char run_there[] = "with the browser on another machine, first run there:";

/* NULL if the variable is not set, or empty. */
static const char *find(const char *const *environment, const char *name)
{
    for (; *environment != NULL; environment++) {
        const char *value = *environment + strlen(name) + 1;
        if (text_is_variable(*environment, name)) {
            return *value != '\0' ? value : NULL;
        }
    }
    return NULL;
}

static bool has(const char *const *environment, const char *name)
{
    return find(environment, name) != NULL;
}

void browser_environment_read(const char *const *environment, struct browser_request *request)
{
    request->variable = find(environment, "BROWSER");
    request->path = find(environment, "PATH");
    request->remote = has(environment, "SSH_CONNECTION") || has(environment, "SSH_TTY");
    request->display = has(environment, "DISPLAY") || has(environment, "WAYLAND_DISPLAY") ||
                       has(environment, "WSL_DISTRO_NAME");
}

/* One word of "CLIENT PORT SERVER PORT", which sshd sets; "" if there are fewer. */
static void copy_word(const char *ssh, int number, char out[64])
{
    for (int i = 0; i < number; i++) {
        ssh += strcspn(ssh, " ");
        ssh += strspn(ssh, " ");
    }
    snprintf(out, 64, "%.*s", (int)strcspn(ssh, " "), ssh);
}

/* SERVER is the address under which the user's machine knows this one. */
static void advise_ssh(const char *ssh, int port, char advice[BROWSER_ADVICE_SIZE])
{
    char server[64];
    char ssh_port[64];
    copy_word(ssh, 2, server);
    copy_word(ssh, 3, ssh_port);
    bool usual = ssh_port[0] == '\0' || strcmp(ssh_port, "22") == 0;
    snprintf(advice, BROWSER_ADVICE_SIZE, "%s ssh %s%s%s-L %d:127.0.0.1:%d %s", run_there,
             usual ? "" : "-p ", usual ? "" : ssh_port, usual ? "" : " ", port, port,
             server[0] != '\0' ? server : "THIS-MACHINE");
}

/* Docker creates the file; Podman and systemd-nspawn set the variable. */
static bool is_container(const char *const *environment)
{
    return has(environment, "container") || access("/.dockerenv", F_OK) == 0;
}

void browser_environment_advise(const char *const *environment, int port,
                                char advice[BROWSER_ADVICE_SIZE])
{
    const char *pod = find(environment, "HOSTNAME");
    const char *ssh = find(environment, "SSH_CONNECTION");
    if (has(environment, "KUBERNETES_SERVICE_HOST")) {
        snprintf(advice, BROWSER_ADVICE_SIZE, "%s kubectl port-forward pod/%.200s %d:%d", run_there,
                 pod != NULL ? pod : "POD", port, port);
    } else if (ssh == NULL && is_container(environment)) {
        snprintf(advice, BROWSER_ADVICE_SIZE,
                 "a browser outside this container can reach this program only if the container "
                 "uses the host's network");
    } else {
        advise_ssh(ssh != NULL ? ssh : "", port, advice);
    }
}

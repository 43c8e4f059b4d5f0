/* SPDX-License-Identifier: MIT */
#include "cmd/help/man.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cmd/help/man_text.h"

/* The date of the version, as in CHANGELOG.md. */
#define MAN_DATE "November 27, 2026"

/* After the line that help begins with. */
enum { OPERANDS_SIZE = 80 };

static const char description[] =
    "It prints them, writes them to a file, or passes them to the program that\n"
    "needs them.\n"
    ".Pp\n"
    "An option on the command line overrides its variable, and the variable\n"
    "overrides the context, see\n"
    ".Xr duplojit-context 1 .\n"
    "An empty variable counts as not set.\n"
    "Switches accept 1, true, yes or on, and 0, false, no or off.\n"
    "Times are numbers with ms, s, m or h.\n"
    ".Sh COMMANDS\n"
    ".Bl -tag -width Ds\n";

static const char environment[] =
    ".It Ev HTTPS_PROXY , Ev ALL_PROXY , Ev NO_PROXY\n"
    "As for curl.\n"
    ".It Ev SSL_CERT_FILE , Ev CURL_CA_BUNDLE , Ev AWS_CA_BUNDLE\n"
    "Trusted certificates.\n"
    ".It Ev AWS_SHARED_CREDENTIALS_FILE , Ev AWS_REGION , Ev AWS_DEFAULT_REGION\n"
    "As for the AWS CLI.\n"
    ".It Ev BROWSER\n"
    "Browser commands, separated by colons.\n"
    ".It Ev DUPLO_KEY_...\n"
    "Other keys for settings, see\n"
    ".Xr duplojit-settings 1 .\n"
    ".It Ev GITHUB_ACTIONS\n"
    "If true, secrets are masked in the log.\n"
    ".It Ev GITHUB_ENV\n"
    "File that\n"
    ".Ql aws \\-o github\n"
    "appends to.\n"
    ".It Ev NO_COLOR , Ev TERM\n"
    "See\n"
    ".Fl \\-color .\n"
    ".It Ev KUBERNETES_EXEC_INFO\n"
    "Set by kubectl.\n"
    ".It Ev HOME , Ev XDG_CACHE_HOME , Ev DUPLO_HOME\n"
    "Directories of the files below.\n"
    ".El\n"
    ".Sh FILES\n"
    ".Bl -tag -width Ds\n"
    ".It Pa \\(ti/.cache/duplojit\n"
    "Cached credentials and saved logins, mode 0600.\n"
    ".It Pa \\(ti/.aws/config\n"
    "Profiles that\n"
    ".Ql update\\-aws\\-config\n"
    "writes.\n"
    ".It Pa \\(ti/.aws/credentials\n"
    "The file of\n"
    ".Ql aws \\-\\-write\\-credentials .\n"
    ".It Pa \\(ti/.kube/config\n"
    "Contexts that\n"
    ".Ql update\\-kubeconfig\n"
    "writes.\n"
    ".It Pa \\(ti/.duplo/config\n"
    "Contexts of duploctl.\n"
    ".It Pa /etc/ssl/certs/ca\\-certificates.crt\n"
    "Trusted certificates of the system.\n"
    ".El\n"
    ".Sh EXIT STATUS\n"
    ".Bl -tag -width Ds\n";

static const char security[] =
    ".El\n"
    ".Sh EXAMPLES\n"
    ".Bd -literal\n"
    "export DUPLO_HOST=portal.example.com\n"
    "duplojit login\n"
    "duplojit update\\-aws\\-config dev \\-\\-tenant dev01 \\-I\n"
    "aws \\-\\-profile dev s3 ls\n"
    "duplojit exec \\-I \\-\\-tenant dev01 \\-\\- ./program\n"
    ".Ed\n"
    ".Sh SECURITY CONSIDERATIONS\n"
    "Prefer\n"
    ".Fl \\-token\\-file\n"
    "or\n"
    ".Fl \\-interactive\n"
    "to a token on the command line, which is removed from the process list, but may\n"
    "stay in the history of the shell.\n"
    "Files with secrets are created with mode 0600.\n"
    "A token is sent only to its portal, over HTTPS, and is never logged.\n";

static const char command_environment[] =
    ".Sh ENVIRONMENT\n"
    "Variables in parentheses set options that are not given.\n"
    ".Xr duplojit 1\n"
    "lists the others.\n";

/* name: "", or "-" and a command. */
static void add_head(struct buf *out, const char *dash, const char *name, const char *summary)
{
    buf_add_str(out, ".Dd " MAN_DATE "\n.Dt ");
    size_t title = out->len;
    buf_add_fmt(out, "DUPLOJIT%s%s", dash, name);
    for (; title < out->len; title++) {
        out->data[title] = (char)toupper((unsigned char)out->data[title]);
    }
    buf_add_fmt(out, " 1\n.Os\n.Sh NAME\n.Nm duplojit%s%s\n.Nd ", dash, name);
    man_add_literal(out, summary);
    buf_add_str(out, "\n.Sh SYNOPSIS\n.Nm duplojit");
}

/* ".It Fl T , Fl \-tenant Ar NAME" and what the option does. */
static void add_option(struct buf *out, const struct command *command, enum option_id id)
{
    const struct option *option = &options[id];
    const char *variable = NULL;
    buf_add_str(out, ".It ");
    if (option->letter != '\0' && command_find_letter(command, option->letter) == id) {
        buf_add_fmt(out, "Fl %c , ", option->letter);
    }
    buf_add_str(out, "Fl \\-");
    man_add_literal(out, option->name);
    buf_add_fmt(out, "%s%s\n", option->value != NULL ? " Ar " : "",
                option->value != NULL ? option->value : "");
    man_add_text(out, help_option_text(command, id, &variable));
    if (option->alias != NULL) {
        buf_add_fmt(out, "(also\n.Fl \\-%s )\n", option->alias);
    }
    if (variable != NULL) {
        bool second = option->alt_variable != NULL;
        buf_add_fmt(out, ".Pq Ev %s%s%s\n", variable, second ? " , Ev " : "",
                    second ? option->alt_variable : "");
    }
}

static void add_options(struct buf *out, const struct command *command, enum option_group group)
{
    bool any = false;
    for (int i = 0; i < command->option_count; i++) {
        if (options[command->options[i]].group == group) {
            if (!any && group == OPTION_GROUP_COMMAND) {
                buf_add_str(out, ".Bl -tag -width Ds\n");
            } else if (!any) {
                buf_add_fmt(out, ".Ss %s\n.Bl -tag -width Ds\n", help_group_names[group]);
            }
            any = true;
            add_option(out, command, command->options[i]);
        }
    }
    if (any) {
        buf_add_str(out, ".El\n");
    }
}

/* Lines, each after the name of the program. */
static void add_examples(struct buf *out, const char *examples)
{
    bool starts = true;
    for (; *examples != '\0'; examples++) {
        const char text[] = {*examples, '\0'};
        buf_add_str(out, starts ? "duplojit " : "");
        starts = *examples == '\n';
        man_add_literal(out, text);
    }
}

/* Those in brackets are optional. */
static void add_operands(struct buf *out, const char *operands)
{
    char text[OPERANDS_SIZE];
    bool optional = operands[0] == '[';
    if (operands[0] != '\0' && text_copy(text, sizeof(text), operands + (optional ? 1 : 0))) {
        text[strlen(text) - (optional ? 1 : 0)] = '\0';
        buf_add_str(out, optional ? "\n.Op Ar " : "\n.Ar ");
        man_add_literal(out, text);
    }
}

/* The command's own text, if it has one, and a reference to duplojit(1). */
static void add_section(struct buf *out, const char *title, const char *text)
{
    buf_add_fmt(out, ".Sh %s\n", title);
    if (text != NULL) {
        man_add_text(out, text);
        buf_add_str(out, ".Pp\n");
    }
    buf_add_fmt(out, "See%s\n.Xr duplojit 1 .\n", text != NULL ? " also" : "");
}

void man_add_command(struct buf *out, const struct command *command)
{
    static const struct command_notes none = {NULL};
    const struct command_notes *notes = command->notes != NULL ? command->notes : &none;
    add_head(out, "-", command->name, command->summary);
    buf_add_char(out, ' ');
    man_add_literal(out, command->name);
    const char *optional = command->option_count > 0 ? "\n.Op Ar OPTIONS" : "";
    buf_add_str(out, command->runs_program ? optional : "");
    add_operands(out, command->operands);
    buf_add_str(out, command->runs_program ? "" : optional);
    buf_add_str(out, "\n.Sh DESCRIPTION\n");
    man_add_text(out, command->details != NULL ? command->details : command->summary);
    if (command->option_count > 0) {
        buf_add_str(out, ".Sh OPTIONS\n");
    }
    for (int group = 0; group < OPTION_GROUP_COUNT; group++) {
        add_options(out, command, (enum option_group)group);
    }
    buf_add_str(out, command_environment);
    add_section(out, "FILES", notes->files);
    add_section(out, "EXIT STATUS", notes->exit_codes);
    buf_add_str(out, ".Sh EXAMPLES\n.Bd -literal\n");
    add_examples(out, command->examples);
    buf_add_str(out, ".Ed\n.Sh SEE ALSO\n.Xr duplojit 1\n");
    add_section(out, "SECURITY CONSIDERATIONS", notes->security);
}

static void add_variables(struct buf *out)
{
    for (int id = 0; id < OPTION_SHOWN_COUNT; id++) {
        const struct option *option = &options[id];
        if (option->variable != NULL) {
            bool second = option->alt_variable != NULL;
            buf_add_fmt(out, ".It Ev %s%s%s\n.Fl \\-", option->variable, second ? " , Ev " : "",
                        second ? option->alt_variable : "");
            man_add_literal(out, option->name);
            buf_add_char(out, '\n');
        }
    }
}

void man_add_overview(struct buf *out, const struct command_table *table)
{
    add_head(out, "", "", "AWS credentials from a DuploCloud token");
    buf_add_str(out, "\n.Ar COMMAND\n.Op Ar OPTIONS\n.Sh DESCRIPTION\n");
    buf_add_str(out, help_purpose);
    buf_add_str(out, description);
    for (int i = 0; table->commands[i] != NULL; i++) {
        buf_add_fmt(out, ".It Xr duplojit-%s 1\n", table->commands[i]->name);
        man_add_text(out, table->commands[i]->summary);
    }
    buf_add_str(out, ".El\n.Sh OPTIONS\n");
    add_options(out, &command_any, OPTION_GROUP_COMMON);
    buf_add_str(out, ".Sh ENVIRONMENT\n.Bl -tag -width DUPLO_WRITE_CREDENTIALS -compact\n");
    add_variables(out);
    buf_add_str(out, environment);
    for (int code = 0; code < HELP_EXIT_CODES; code++) {
        buf_add_fmt(out, ".It %d\n", code);
        man_add_text(out, help_exit_codes[code]);
    }
    buf_add_str(out, security);
}

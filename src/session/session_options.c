/* SPDX-License-Identifier: MIT */
#include "session/session_options.h"

#include <string.h>
#include <unistd.h>

#include "aws/credentials.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/text.h"
#include "broker/cache.h"
#include "cli/args.h"
#include "login/browser.h"
#include "login/browser_wait.h"
#include "net/url.h"

enum { LOGIN_TIMEOUT_DEFAULT_MS = 180000 };

/* People copy the URL from their browser: path, query and fragment do not count. A URL with a
 * password stays whole, because only then it is recognized and not shown. */
static const char *without_path(const char *text, char out[URL_ORIGIN_SIZE])
{
    const char *scheme_end = strstr(text, "://");
    const char *host = scheme_end != NULL ? scheme_end + 3 : text;
    size_t len = (size_t)(host - text) + strcspn(host, "/?#");
    if (strchr(text, '@') != NULL || len >= URL_ORIGIN_SIZE) {
        return text;
    }
    memcpy(out, text, len);
    out[len] = '\0';
    return out;
}

int session_parse_host(const char *text, struct url_origin *host, struct err *err)
{
    char origin[URL_ORIGIN_SIZE];
    return url_parse_origin(without_path(text, origin), host, err);
}

int session_host(const struct args *args, struct url_origin *host, struct err *err)
{
    const char *text = args_text(args, OPTION_HOST);
    if (text == NULL) {
        return err_set(err, ERR_USAGE, "no portal: use --host https://PORTAL or set DUPLO_HOST");
    }
    return session_parse_host(text, host, err) != 0 ? args_blame(args, OPTION_HOST, err) : 0;
}

int session_api(const struct args *args, const struct url_origin *host, struct url_origin *api,
                struct err *err)
{
    const char *text = args_text(args, OPTION_API_HOST);
    *api = *host;
    return text != NULL && url_parse_origin(text, api, err) != 0
               ? args_blame(args, OPTION_API_HOST, err)
               : 0;
}

/* Where the token comes from, in this order. */
static bool find_token(const struct args *args, enum option_id *id, enum identity_source *source,
                       const char **value)
{
    const struct {
        enum option_id id;
        enum identity_source source;
        const char *value;
    } places[] = {
        {OPTION_TOKEN_FILE, IDENTITY_FILE, args_given_text(args, OPTION_TOKEN_FILE)},
        {OPTION_TOKEN, IDENTITY_ARGUMENT, args_given_text(args, OPTION_TOKEN)},
        {OPTION_TOKEN_FILE, IDENTITY_FILE, args_variable_text(args, OPTION_TOKEN_FILE)},
        {OPTION_TOKEN, IDENTITY_ENVIRONMENT, args_variable_text(args, OPTION_TOKEN)},
        {OPTION_TOKEN, IDENTITY_ENVIRONMENT, args_context_text(args, OPTION_TOKEN)},
    };
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (places[i].value != NULL) {
            bool is_stdin =
                places[i].source == IDENTITY_ARGUMENT && strcmp(places[i].value, "-") == 0;
            *id = places[i].id;
            *source = is_stdin ? IDENTITY_STDIN : places[i].source;
            *value = places[i].value;
            return true;
        }
    }
    return false;
}

bool session_has_token(const struct args *args)
{
    enum option_id id = OPTION_TOKEN;
    enum identity_source source = IDENTITY_ARGUMENT;
    const char *value = NULL;
    return find_token(args, &id, &source, &value);
}

int session_blame_token(const struct args *args, struct err *err)
{
    enum option_id id = OPTION_TOKEN;
    enum identity_source source = IDENTITY_ARGUMENT;
    const char *value = NULL;
    return find_token(args, &id, &source, &value) ? args_blame(args, id, err) : -1;
}

/* An option for a file is easily given the token itself, which no message may show. */
static bool may_be_token(const char *path)
{
    enum { NAME_SHOWN_MAX = 40 };
    return strchr(path, '/') == NULL && strlen(path) > NAME_SHOWN_MAX && access(path, F_OK) != 0;
}

/* The line was typed: a script has another place for the token, and its log needs no warning. */
static void warn_of_argument(enum identity_source source)
{
    if (source == IDENTITY_ARGUMENT && isatty(STDERR_FILENO) == 1) {
        log_warn_once("other users may see the token of --token in the process list before it is "
                      "removed, and the shell saves it in its history. Use --token-file FILE or "
                      "--token - (standard input)");
    }
}

int session_load_token(const struct args *args, struct given_token *given, struct err *err)
{
    enum option_id id = OPTION_TOKEN;
    enum identity_source source = IDENTITY_ARGUMENT;
    const char *value = NULL;
    given->identity.ops = NULL;
    if (!find_token(args, &id, &source, &value)) {
        return err_set(err, ERR_USAGE,
                       "no token: use --token-file FILE, set DUPLO_TOKEN_FILE or DUPLO_TOKEN, or "
                       "log in through the browser with --interactive");
    }
    if (source == IDENTITY_FILE && may_be_token(value)) {
        err_set(err, ERR_FILE,
                "there is no such file (not shown: it may be a token, which goes into DUPLO_TOKEN "
                "or --token -)");
        return args_blame(args, id, err);
    }
    warn_of_argument(source);
    return given_token_load(given, source, value, err) != 0 ? args_blame(args, id, err) : 0;
}

static int check_token(const struct args *args, const char *token, struct err *err)
{
    struct given_token given;
    int result = given_token_load(&given, IDENTITY_ARGUMENT, token, err);
    identity_done(&given.identity);
    return result != 0 ? args_blame(args, OPTION_TOKEN, err) : 0;
}

int session_check_token(const struct args *args, struct err *err)
{
    const char *token = args_given_text(args, OPTION_TOKEN);
    return token != NULL && strcmp(token, "-") != 0 ? check_token(args, token, err) : 0;
}

int session_variable_token(const struct args *args, const char **token, struct err *err)
{
    enum option_id id = OPTION_TOKEN;
    enum identity_source source = IDENTITY_ARGUMENT;
    if (!find_token(args, &id, &source, token) || source != IDENTITY_ENVIRONMENT) {
        *token = NULL;
        return 0;
    }
    return check_token(args, *token, err);
}

/* It goes into a header: visible ASCII only. The message must not show it. */
static int check_otp(const struct args *args, const char *otp, struct err *err)
{
    enum { OTP_MAX = IDENTITY_OTP_SIZE - 2 };
    size_t len = strlen(otp);
    if (len > 0 && len <= OTP_MAX && text_word_len(otp, len) == len) {
        return 0;
    }
    err_set(err, ERR_USAGE, "not an MFA code, which is one word of up to %d letters or digits",
            OTP_MAX);
    return args_blame(args, OPTION_OTP, err);
}

int session_check_otp(const struct args *args, struct err *err)
{
    const char *otp = args_text(args, OPTION_OTP);
    return otp != NULL ? check_otp(args, otp, err) : 0;
}

/* A line, as from `oathtool ... | duplojit ... --otp -`. */
static int read_otp_line(char otp[IDENTITY_OTP_SIZE], struct err *err)
{
    struct buf line;
    buf_init(&line, IDENTITY_OTP_SIZE - 1);
    int result = fs_read_fd(STDIN_FILENO, "the MFA code on standard input", &line, err);
    if (result == 0) {
        size_t len = strcspn(buf_str(&line), "\r\n");
        memcpy(otp, buf_str(&line), len);
        otp[len] = '\0';
    }
    buf_done(&line);
    return result;
}

int session_read_otp(const struct args *args, bool has_stdin, char otp[IDENTITY_OTP_SIZE],
                     struct err *err)
{
    const char *text = args_text(args, OPTION_OTP);
    otp[0] = '\0';
    if (text == NULL || strcmp(text, "-") != 0) {
        return text == NULL || text_copy(otp, IDENTITY_OTP_SIZE, text) ? 0
                                                                       : check_otp(args, text, err);
    }
    if (!has_stdin) {
        return err_set(err, ERR_USAGE, "--token - and --otp - cannot both read standard input");
    }
    return read_otp_line(otp, err) != 0 ? -1 : check_otp(args, otp, err);
}

static int read_port(const struct args *args, int *port, struct err *err)
{
    const char *text = args_text(args, OPTION_PORT);
    int64_t number = 0;
    if (text != NULL && !text_parse_int(text, 1, 65535, &number)) {
        err_set(err, ERR_USAGE, "\"%.40s\" is not a port: use 1 to 65535", text);
        return args_blame(args, OPTION_PORT, err);
    }
    *port = (int)number;
    return 0;
}

int session_browser(const struct args *args, struct browser_options *browser, struct err *err)
{
    const char *command = args_text(args, OPTION_BROWSER);
    *browser = (struct browser_options){
        .command = command,
        .command_source =
            args_given(args, OPTION_BROWSER) ? "--browser" : options[OPTION_BROWSER].variable,
        .timeout_hint = "use --login-timeout to wait longer",
        .environment = args->environment,
        .is_secret = args_variable_is_secret,
    };
    if (command != NULL && (command[0] == '\0' || strlen(command) >= BROWSER_TEXT_SIZE)) {
        err_set(err, ERR_USAGE, "the command is empty, or longer than %d bytes",
                BROWSER_TEXT_SIZE - 1);
        return args_blame(args, OPTION_BROWSER, err);
    }
    return read_port(args, &browser->port, err) != 0
               ? -1
               : args_duration_ms(args, OPTION_LOGIN_TIMEOUT, LOGIN_TIMEOUT_DEFAULT_MS,
                                  &browser->timeout_ms, err);
}

int session_cache_dir(const struct args *args, char out[PATH_MAX], struct err *err)
{
    struct err why;
    return cache_find_dir(out, args_text(args, OPTION_CACHE_DIR),
                          args_environment(args, "XDG_CACHE_HOME"), args_environment(args, "HOME"),
                          &why) == 0
               ? 0
               : err_set(err, ERR_FILE, "no cache directory: %s; set DUPLO_CACHE", why.text);
}

int session_check_region(const struct args *args, struct err *err)
{
    const char *region = args_text(args, OPTION_REGION);
    return region != NULL && aws_region_check(region, err) != 0
               ? args_blame(args, OPTION_REGION, err)
               : 0;
}

const char *session_ca_file(const struct args *args, const char **name)
{
    static const char *const variables[] = {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE"};
    const char *path = args_text(args, OPTION_CA_FILE);
    *name = args_given(args, OPTION_CA_FILE) ? "--ca-file" : options[OPTION_CA_FILE].variable;
    for (size_t i = 0; path == NULL && i < sizeof(variables) / sizeof(variables[0]); i++) {
        path = args_environment(args, variables[i]);
        *name = variables[i];
    }
    return path;
}

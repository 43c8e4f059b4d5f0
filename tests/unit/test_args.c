/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cli/args.h"
#include "cli/args_parse.h"
#include "cmd/commands.h"

enum { WORDS_MAX = 80 };

/* A command line in memory that may be written to, as argv may. */
struct line {
    char *words[WORDS_MAX];
    int count;
};

/* Words apart by blanks; "''" is an empty one. */
static void split(struct line *line, const char *text)
{
    *line = (struct line){0};
    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        assert_true(line->count < WORDS_MAX);
        bool empty = strncmp(text, "''", len) == 0;
        line->words[line->count] = strndup(text, empty ? 0 : len);
        assert_non_null(line->words[line->count]);
        line->count++;
        text += len + strspn(text + len, " ");
    }
}

static void discard(struct line *line)
{
    for (int i = 0; i < line->count; i++) {
        free(line->words[i]);
    }
}

/* "aws host=h tenant=dev01 admin <operand>": what was understood. */
static void describe(const struct args *args, char *out, size_t size)
{
    size_t used = 0;
    used += (size_t)snprintf(out, size, "%s", args->command != NULL ? args->command->name : "?");
    for (int i = 0; i < args->given_count; i++) {
        const char *value = args->given[i].value;
        used +=
            (size_t)snprintf(out + used, size - used, " %s%s%s", options[args->given[i].id].name,
                             value != NULL ? "=" : "", value != NULL ? value : "");
        assert_true(used < size);
    }
    for (int i = 0; i < args->operand_count; i++) {
        used += (size_t)snprintf(out + used, size - used, " <%s>", args->operands[i]);
        assert_true(used < size);
    }
}

static void test_grammar(void **state)
{
    static const struct {
        const char *line;
        const char *want;
    } rows[] = {
        {"duplojit", "?"},
        {"duplojit --help", "? help"},
        {"duplojit -h", "? help"},
        {"duplojit --version", "? version"},
        {"duplojit aws", "aws"},
        {"duplojit jit", "?"},
        {"duplojit aws --tenant dev01", "aws tenant=dev01"},
        {"duplojit aws --tenant=dev01", "aws tenant=dev01"},
        {"duplojit aws --tenant=", "aws tenant="},
        {"duplojit aws --tenant ''", "aws tenant="},
        {"duplojit aws --tenant=a=b", "aws tenant=a=b"},
        {"duplojit aws -T dev01", "aws tenant=dev01"},
        {"duplojit aws -Tdev01", "aws tenant=dev01"},
        {"duplojit aws -T -x", "aws tenant=-x"},
        {"duplojit aws --admin --tenant x", "aws admin tenant=x"},
        {"duplojit aws --tenant a --tenant b", "aws tenant=a tenant=b"},
        {"duplojit aws --write-credentials f", "aws write-credentials=f"},
        {"duplojit aws --write-credentials=f", "aws write-credentials=f"},
        {"duplojit aws --write-credentials", "aws write-credentials"},
        {"duplojit aws --write-credentials --admin", "aws write-credentials admin"},
        {"duplojit aws --write-credentials -T a", "aws write-credentials tenant=a"},
        {"duplojit aws --write-credentials=-f", "aws write-credentials=-f"},
        {"duplojit aws --write-credentials -", "aws write-credentials=-"},
        {"duplojit aws -write-credentials f", "aws write-credentials=f"},
        {"duplojit --write-credentials aws", "aws write-credentials"},
        {"duplojit --write-credentials jit aws", "aws write-credentials"},
        {"duplojit --write-credentials f aws", "aws write-credentials=f"},
        {"duplojit aws --write-credentials aws", "aws write-credentials=aws"},
        {"duplojit aws --write-env -f", "aws write-env=-f"},
        {"duplojit aws --admin=true --no-cache=1", "aws admin no-cache"},
        {"duplojit aws --admin --no-cache --admin=false", "aws no-cache"},
        {"duplojit aws --admin=off --admin=YES", "aws admin"},
        {"duplojit --host h aws", "aws host=h"},
        {"duplojit --host h --admin aws --debug", "aws host=h admin debug"},
        {"duplojit -H h aws -T x", "aws host=h tenant=x"},
        {"duplojit tenants -o json --host h", "tenants output=json host=h"},
        {"duplojit tenants -ojson", "tenants output=json"},
        {"duplojit update-aws-config work --admin", "update-aws-config admin <work>"},
        {"duplojit update-aws-config --admin work", "update-aws-config admin <work>"},
        {"duplojit update-aws-config -- -odd-name", "update-aws-config <-odd-name>"},
        {"duplojit update-aws-config --admin -- --print", "update-aws-config admin <--print>"},
        {"duplojit -- aws", "aws"},
        {"duplojit help aws", "help <aws>"},
        {"duplojit cache list", "cache <list>"},
        {"duplojit version", "version"},
        /* -q is --query in commands that have it; else, and before the command, --quiet */
        {"duplojit exec -q", "exec quiet"},
        {"duplojit tenants -q a --quiet", "tenants query=a quiet"},
        {"duplojit -q tenants", "tenants quiet"},
        {"duplojit -qV", "? quiet version"},
        {"duplojit -qo json tenants -q a", "tenants quiet output=json query=a"},
        {"duplojit jit -q a tenants", "tenants query=a"},
        {"duploctl -q a jit tenants", "tenants query=a"},
        {"duplo-jit -q aws", "aws quiet"},
        {"duplojit install -qV", "install quiet version"},
        {"duploctl jit update_aws_config -q a", "update-aws-config query=a"},
        /* duplo-jit: long options with one dash */
        {"duplo-jit aws -host https://p.example -tenant dev01",
         "aws host=https://p.example tenant=dev01"},
        {"duplo-jit aws -host=https://p.example -token=T -tenant=dev01",
         "aws host=https://p.example token=T tenant=dev01"},
        {"duplo-jit aws -no-cache -admin", "aws no-cache admin"},
        {"duplo-jit aws -no-cache=t -admin=TRUE -interactive=false", "aws no-cache admin"},
        {"duplo-jit duplo -host h", "token host=h"},
        {"duplo-jit clear-cache", "cache <clear>"},
        {"duplo-jit version", "version"},
        /* duploctl: "jit", letters, its own names */
        {"duploctl jit aws", "aws"},
        {"duploctl -H https://p.example -t T -T dev01 jit aws",
         "aws host=https://p.example token=T tenant=dev01"},
        {"duploctl jit update_aws_config work --admin", "update-aws-config admin <work>"},
        {"duploctl jit aws --isadmin --nocache --tid X", "aws admin no-cache tenant-id=X"},
        {"duploctl jit aws -isadmin", "aws admin"},
        /* options that have another meaning in duploctl, or none here */
        {"duploctl jit aws -w -L INFO --validate --auth-cooldown 30m --home-dir d "
         "--wait-timeout=5",
         "aws (ignored) (ignored)=INFO (ignored) (ignored)=30m (ignored)=d (ignored)=5"},
        {"duplojit jit aws --wait -T a", "aws (ignored) tenant=a"},
        {"duplojit aws --wait 5 -T a", "aws wait=5 tenant=a"},
        {"duploctl --ctx c --config-file f jit aws", "aws context=c context-file=f"},
        {"duplojit --config-file f jit update_aws_config", "update-aws-config config-file=f"},
        {"/usr/bin/duploctl jit aws --web-browser lynx", "aws browser=lynx"},
        {"duploctl jit token -T a --admin -o json", "token tenant=a admin output=json"},
        {"duplojit duplo -no-cache -port 1", "token no-cache port=1"},
        {"./duplo-aws-credential-process -host=h -admin", "aws host=h admin"},
        {"duplo-aws-credential-process", "aws"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct line line;
        struct args args;
        struct err err = {0};
        char got[400];
        split(&line, rows[i].line);
        row_int(rows[i].line, args_parse(&args, &command_table, line.count, line.words, NULL, &err),
                0);
        describe(&args, got, sizeof(got));
        row_text(rows[i].line, got, rows[i].want);
        row_text(rows[i].line, args.program, line.words[0]);
        args_done(&args);
        discard(&line);
    }
}

static void test_usage_errors(void **state)
{
    static const struct {
        const char *line;
        const char *message;
    } rows[] = {
        {"duplojit awss", "unknown command \"awss\". Did you mean `aws`? See `duplojit --help`"},
        {"duplojit statsu",
         "unknown command \"statsu\". Did you mean `status`? See `duplojit --help`"},
        {"duplojit clear_cache",
         "unknown command \"clear_cache\". Did you mean `clear-cache`? See `duplojit --help`"},
        {"duplojit ''", "unknown command (not shown: it may be a secret). See `duplojit --help`"},
        {"duplojit -", "unknown command (not shown: it may be a secret). See `duplojit --help`"},
        {"duplojit 123456",
         "unknown command (not shown: it may be a secret). See `duplojit --help`"},
        {"duplojit Awss", "unknown command (not shown: it may be a secret). See `duplojit --help`"},
        {"duplojit awssssssssssssssssssssssss",
         "unknown command (not shown: it may be a secret). See `duplojit --help`"},
        {"duplojit aws dev01",
         "unexpected argument \"dev01\". Did you mean --tenant dev01? See `duplojit aws --help`"},
        {"duplojit aws --admin dev01", "unexpected argument \"dev01\". See `duplojit aws --help`"},
        {"duplojit aws Dev01", "unexpected argument (not shown: it may be a secret). Did you mean "
                               "--tenant? See `duplojit aws --help`"},
        {"duplojit aws 123456", "unexpected argument (not shown: it may be a secret). Did you mean "
                                "--tenant? See `duplojit aws --help`"},
        {"duplojit aws -- -x", "unexpected argument (not shown: it may be a secret). Did you mean "
                               "--tenant? See `duplojit aws --help`"},
        {"duplojit aws a2345678901234567890",
         "unexpected argument \"a2345678901234567890\". Did you mean --tenant "
         "a2345678901234567890? See `duplojit aws --help`"},
        {"duplojit aws a23456789012345678901",
         "unexpected argument (not shown: it may be a secret). Did you mean --tenant? See "
         "`duplojit aws --help`"},
        {"duplojit cache clear all", "unexpected argument \"all\". See `duplojit cache --help`"},
        {"duplojit clear-cache all", "unexpected argument \"all\". See `duplojit cache --help`"},
        {"duplojit update-aws-config a b",
         "unexpected argument \"b\". Did you mean --tenant b? See "
         "`duplojit update-aws-config --help`"},
        {"duplojit version now", "unexpected argument \"now\". See `duplojit version --help`"},
        {"duplojit aws --tennant",
         "unknown option --tennant. Did you mean --tenant? See `duplojit aws --help`"},
        {"duplojit aws --tennant=x",
         "unknown option --tennant. Did you mean --tenant? See `duplojit aws --help`"},
        {"duplojit aws --no_cache",
         "unknown option --no_cache. Did you mean --no-cache? See `duplojit aws --help`"},
        {"duplojit --hots h aws",
         "unknown option --hots. Did you mean --host? See `duplojit --help`"},
        {"duplojit version --hots", "unknown option --hots. See `duplojit version --help`"},
        {"duplojit aws --nope", "unknown option --nope. See `duplojit aws --help`"},
        {"duplojit aws --Tenant x",
         "unknown option --Tenant. Did you mean --tenant? See `duplojit aws --help`"},
        {"duplojit aws ---tenant x",
         "unknown option ---tenant. Did you mean --tenant? See `duplojit aws --help`"},
        {"duplojit aws --=x", "unknown option --. See `duplojit aws --help`"},
        {"duplojit aws -x", "unknown option -x. See `duplojit aws --help`"},
        {"duplojit aws -hx", "unknown option -x. See `duplojit aws --help`"},
        {"duplojit aws --tenant",
         "--tenant needs a value: --tenant NAME. See `duplojit aws --help`"},
        {"duplojit aws -T", "--tenant needs a value: --tenant NAME. See `duplojit aws --help`"},
        {"duplojit --host", "--host needs a value: --host URL. See `duplojit --help`"},
        {"duplojit aws --admin=maybe",
         "--admin accepts only true or false. See `duplojit aws --help`"},
        {"duplojit aws -admin=", "--admin accepts only true or false. See `duplojit aws --help`"},
        {"duplojit version --tenant x",
         "`duplojit version` has no option --tenant. See `duplojit version --help`"},
        {"duplojit --tenant x version",
         "`duplojit version` has no option --tenant. See `duplojit version --help`"},
        /* the grammars of other tools */
        {"duplojit aws -w", "unknown option -w. See `duplojit aws --help`"},
        {"duplojit jit token --validate=maybe",
         "--validate accepts only true or false. See `duplojit token --help`"},
        {"duploctl jit aws --home-dir",
         "--home-dir needs a value: --home-dir VALUE. See `duplojit aws --help`"},
        {"duplojit token --tenant a",
         "`duplojit token` has no option --tenant. See `duplojit token --help`"},
        {"duploctl jit token --dry-run",
         "`duplojit token` has no option --dry-run. See `duplojit token --help`"},
        {"duplo-jit aws -tennant a",
         "unknown option --tennant. Did you mean --tenant? See `duplojit aws --help`"},
        {"duplo-aws-credential-process aws", "unexpected argument \"aws\". Did you mean --tenant "
                                             "aws? See `duplojit aws --help`"},
        {"duplojit aws --dry-run",
         "`duplojit aws` has no option --dry-run. See `duplojit aws --help`"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct line line;
        struct args args;
        struct err err = {0};
        split(&line, rows[i].line);
        row_int(rows[i].line, args_parse(&args, &command_table, line.count, line.words, NULL, &err),
                -1);
        row_int(rows[i].line, err.kind, ERR_USAGE);
        row_text(rows[i].line, err.text, rows[i].message);
        args_done(&args);
        discard(&line);
    }
}

/* The words after the program that exec runs belong to it: they are not options of duplojit, and
 * stay as they are. */
static void test_program_to_run(void **state)
{
    static const struct {
        const char *line;
        const char *want;
        int rest; /* which word the program is; 0: none */
    } rows[] = {
        {"duplojit exec", "exec", 0},
        {"duplojit exec --admin", "exec admin", 0},
        {"duplojit exec -- env", "exec", 3},
        {"duplojit exec env", "exec", 2},
        {"duplojit exec --admin -- env --admin -T x", "exec admin", 4},
        {"duplojit exec --admin env --admin -T x", "exec admin", 3},
        {"duplojit exec -T dev01 env -- x", "exec tenant=dev01", 4},
        {"duplojit --admin exec -- -- x", "exec admin", 4},
        {"duplojit exec -- env --token TOKEN", "exec", 3},
        {"duplojit exec --", "exec", 3},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct line line;
        struct args args;
        struct err err = {0};
        char got[400];
        split(&line, rows[i].line);
        row_int(rows[i].line, args_parse(&args, &command_table, line.count, line.words, NULL, &err),
                0);
        describe(&args, got, sizeof(got));
        row_text(rows[i].line, got, rows[i].want);
        row_true(rows[i].line, args.rest == (rows[i].rest > 0 ? line.words + rows[i].rest : NULL));
        row_true(rows[i].line, strcmp(line.words[line.count - 1], "") != 0);
        args_done(&args);
        discard(&line);
    }
}

static void test_no_argv(void **state)
{
    char *words[] = {NULL};
    struct args args;
    struct err err;
    (void)state;
    assert_int_equal(args_parse(&args, &command_table, 0, words, NULL, &err), 0);
    assert_null(args.command);
    args_done(&args);
}

static void test_many_options(void **state)
{
    static const int counts[] = {ARGS_GIVEN_FEW, ARGS_GIVEN_FEW + 1, ARGS_GIVEN_MAX,
                                 ARGS_GIVEN_MAX + 1};
    static char values[ARGS_GIVEN_MAX + 1][24];
    static char *words[ARGS_GIVEN_MAX + 4] = {"duplojit", "serve"};
    (void)state;
    for (size_t i = 0; i < ROWS(counts); i++) {
        struct args args;
        struct err err = {0};
        bool many = counts[i] > ARGS_GIVEN_MAX;
        for (int j = 0; j < counts[i]; j++) {
            snprintf(values[j], sizeof(values[j]), "--profile=p%d=admin", j);
            words[2 + j] = values[j];
        }
        row_int("options", args_parse(&args, &command_table, counts[i] + 2, words, NULL, &err),
                many ? -1 : 0);
        row_int("options", err.kind, many ? ERR_USAGE : ERR_NONE);
        row_int("options", args.given_count, many ? ARGS_GIVEN_MAX : counts[i]);
        for (int j = 0; j < args.given_count; j++) {
            assert_int_equal(args.given[j].id, OPTION_PROFILE);
            assert_string_equal(args.given[j].value, strchr(values[j], '=') + 1);
        }
        args_done(&args);
    }
}

/* The words after an error are read, and the first error is reported. */
static void test_reads_on_after_an_error(void **state)
{
    static const struct {
        const char *line;
        const char *want;
        const char *output;
        bool aws;
    } rows[] = {
        {"duplojit aws --nope -o shell", "unknown option --nope", "shell", true},
        {"duplojit --nope x aws --nopf -oshell", "unknown option --nope", "shell", true},
        {"duplojit aws x --output=shell -y", "unexpected argument", "shell", true},
        {"duplojit awz -o shell", "unknown command \"awz\"", "shell", false},
        {"duplojit aws -o shell --tenant", "--tenant needs a value", "shell", true},
        {"duplojit aws --admin=x -o shell", "--admin accepts only", "shell", true},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct line line;
        struct args args;
        struct err err = {0};
        split(&line, rows[i].line);
        row_int(rows[i].line, args_parse(&args, &command_table, line.count, line.words, NULL, &err),
                -1);
        row_true(rows[i].line, strncmp(err.text, rows[i].want, strlen(rows[i].want)) == 0);
        row_text(rows[i].line, args_text(&args, OPTION_OUTPUT), rows[i].output);
        row_true(rows[i].line, (args.command == &command_aws) == rows[i].aws);
        args_done(&args);
        discard(&line);
    }
}

/* Secrets may have any length; the first one does not move when the second one is kept. */
static void test_long_secrets(void **state)
{
    enum { LEN = 200000 };
    char *first = malloc(LEN + 1);
    char *second = malloc(LEN + 1);
    struct args args;
    struct err err = {0};
    (void)state;
    assert_non_null(first);
    assert_non_null(second);
    memset(first, 'x', LEN);
    memset(second, 'y', LEN);
    first[LEN] = second[LEN] = '\0';
    char *words[] = {"duplojit", "aws", "--otp", first, "--token", second};
    assert_int_equal(args_parse(&args, &command_table, 6, words, NULL, &err), 0);
    assert_int_equal(strspn(args_text(&args, OPTION_OTP), "x"), LEN);
    assert_int_equal(strspn(args_text(&args, OPTION_TOKEN), "y"), LEN);
    assert_string_equal(first, "");
    args_done(&args);
    free(second);
    free(first);
}

static void test_secrets_leave_argv(void **state)
{
    static const struct {
        const char *line;
        const char *token; /* NULL: none */
        const char *otp;
    } rows[] = {
        {"duplojit aws --token CANARY1", "CANARY1", NULL},
        {"duplojit aws --token=CANARY1", "CANARY1", NULL},
        {"duplojit aws -token CANARY1", "CANARY1", NULL},
        {"duplojit aws -token=CANARY1 -admin", "CANARY1", NULL},
        {"duplojit aws -t CANARY1", "CANARY1", NULL},
        {"duplojit -tCANARY1 aws", "CANARY1", NULL},
        {"duplojit aws --token CANARY1 --token CANARY2", "CANARY2", NULL},
        {"duplojit aws --otp CANARY3 --token CANARY1", "CANARY1", "CANARY3"},
        {"duplojit aws --token ''", "", NULL},
        {"duplojit aws --token CANARY1 --nope", NULL, NULL},
        {"duplojit aws --nope --token CANARY1", NULL, NULL},
        {"duplojit nope -z --otp=CANARY1 aws --admin=x -tCANARY2", NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct line line;
        struct args args;
        struct err err = {0};
        const char *row = rows[i].line;
        split(&line, row);
        size_t lengths[WORDS_MAX];
        for (int j = 0; j < line.count; j++) {
            lengths[j] = strlen(line.words[j]);
        }
        int result = args_parse(&args, &command_table, line.count, line.words, NULL, &err);
        row_int(row, result, rows[i].token != NULL ? 0 : -1);
        for (int j = 0; j < line.count; j++) {
            row_true(row, memmem(line.words[j], lengths[j], "CANARY", 6) == NULL);
        }
        row_lacks(row, err.text, "CANARY");
        if (rows[i].token != NULL) {
            row_text(row, args_text(&args, OPTION_TOKEN), rows[i].token);
        }
        if (rows[i].otp != NULL) {
            row_text(row, args_text(&args, OPTION_OTP), rows[i].otp);
        }
        args_done(&args);
        discard(&line);
    }
}

/* Other values stay in argv, and so does "-", which is not a secret. */
static void test_the_rest_of_argv_stays(void **state)
{
    struct line line;
    struct args args;
    struct err err;
    (void)state;
    split(&line, "duplojit aws --host h --token - --tenant dev01");
    assert_int_equal(args_parse(&args, &command_table, line.count, line.words, NULL, &err), 0);
    assert_string_equal(line.words[3], "h");
    assert_string_equal(line.words[5], "-");
    assert_string_equal(line.words[7], "dev01");
    assert_string_equal(args_text(&args, OPTION_TOKEN), "-");
    args_done(&args);
    discard(&line);
}

static const char *const environment[] = {
    "DUPLO_HOST=first", "duplo_host=other",    "duplo_token=other-token", "DUPLO_TENANT=",
    "DUPLO_TENANTS=no", "DUPLO_TENANT_ID_=no", "NODUPLO_OUTPUT=no",       "DUPLO_OTP",
    "DUPLO_REGION=a=b", "DUPLO_HOST=second",   "duplo_tenant=no",         NULL,
};

static void test_environment(void **state)
{
    static const struct {
        const char *name;
        enum option_id id;
        const char *want; /* NULL: not set */
    } rows[] = {
        {"the first of two", OPTION_HOST, "first"},
        {"the alternative name alone", OPTION_TOKEN, "other-token"},
        {"empty is not set", OPTION_TENANT, NULL},
        {"a longer name is another", OPTION_TENANT_ID, NULL},
        {"the end of a name is another", OPTION_OUTPUT, NULL},
        {"no equals sign", OPTION_OTP, NULL},
        {"value with an equals sign", OPTION_REGION, "a=b"},
        {"an option without a variable", OPTION_DRY_RUN, NULL},
    };
    struct line line;
    struct args args;
    struct err err;
    (void)state;
    split(&line, "duplojit aws");
    assert_int_equal(args_parse(&args, &command_table, line.count, line.words, environment, &err),
                     0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        const char *value = args_text(&args, rows[i].id);
        row_true(rows[i].name, (value != NULL) == (rows[i].want != NULL));
        row_text(rows[i].name, value != NULL ? value : "",
                 rows[i].want != NULL ? rows[i].want : "");
        row_true(rows[i].name, !args_given(&args, rows[i].id));
        row_true(rows[i].name, args_given_text(&args, rows[i].id) == NULL);
    }
    args_done(&args);
    discard(&line);
    /* The command line overrides the environment, even with an empty value; the last of two counts.
     */
    split(&line, "duplojit aws --host a --host b --region=");
    assert_int_equal(args_parse(&args, &command_table, line.count, line.words, environment, &err),
                     0);
    assert_string_equal(args_text(&args, OPTION_HOST), "b");
    assert_string_equal(args_variable_text(&args, OPTION_HOST), "first");
    assert_string_equal(args_text(&args, OPTION_REGION), "");
    args_done(&args);
    discard(&line);
}

static void test_secret_variables(void **state)
{
    static const struct {
        const char *entry;
        bool secret;
    } rows[] = {
        {"DUPLO_TOKEN=x", true},
        {"duplo_token=", true},
        {"DUPLO_OTP=1", true},
        {"duplo_otp=1", true},
        {"DUPLO_TOKEN", false},
        {"DUPLO_TOKEN_FILE=x", false},
        {"XDUPLO_TOKEN=x", false},
        {"DUPLO_TENANT=x", false},
        {"DUPLO_OTP_=x", false},
        {"=DUPLO_TOKEN=x", false},
        {"", false},
        {"DUPLO_HOST=DUPLO_TOKEN=x", false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        row_int(rows[i].entry, args_variable_is_secret(rows[i].entry), rows[i].secret);
    }
    for (int id = 0; id < OPTION_COUNT; id++) {
        char entry[64];
        if (options[id].variable != NULL) {
            snprintf(entry, sizeof(entry), "%s=x", options[id].variable);
            row_int(entry, args_variable_is_secret(entry), options[id].secret);
        }
        if (options[id].alt_variable != NULL) {
            snprintf(entry, sizeof(entry), "%s=x", options[id].alt_variable);
            row_int(entry, args_variable_is_secret(entry), options[id].secret);
        }
    }
}

/* An error about a value names where the value came from. */
static void test_blame(void **state)
{
    static const struct {
        const char *line;
        const char *variable;
        const char *want;
    } rows[] = {
        {"duplojit aws --host x", NULL, "--host: bad"},
        {"duplojit aws -H x", "DUPLO_HOST=y", "--host: bad"},
        {"duplojit aws", "DUPLO_HOST=y", "DUPLO_HOST: bad"},
        {"duplojit aws", "duplo_host=y", "duplo_host: bad"},
        {"duplojit aws", "DUPLO_HOST=", "--host: bad"},
        {"duplojit aws", NULL, "--host: bad"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        const char *const variables[] = {rows[i].variable, NULL};
        struct line line;
        struct args args;
        struct err err = {.kind = ERR_USAGE, .text = "bad"};
        split(&line, rows[i].line);
        row_int(rows[i].line,
                args_parse(&args, &command_table, line.count, line.words, variables, &err), 0);
        row_int(rows[i].line, args_blame(&args, OPTION_HOST, &err), -1);
        row_text(rows[i].line, err.text, rows[i].want);
        args_done(&args);
        discard(&line);
    }
}

/* "~/" is an error unless the option accepts it; nothing else about a path is checked here. */
static void test_check_paths(void **state)
{
    static const struct {
        const char *line;
        const char *variable;
        const char *want;
    } rows[] = {
        {"duplojit aws --token-file=~/x", NULL,
         "--token-file: the shell did not expand ~: use an absolute path"},
        {"duplojit aws", "DUPLO_CACHE=~/x",
         "DUPLO_CACHE: the shell did not expand ~: use an absolute path"},
        {"duplojit aws --token-file=x/~/y --cache-dir ~", NULL, ""},
        {"duplojit aws --write-credentials=~/x --tenant ~/x", NULL, ""},
        {"duplojit version", "DUPLO_CACHE=~/x", ""},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        const char *const variables[] = {rows[i].variable, NULL};
        struct line line;
        struct args args;
        struct err err = {0};
        split(&line, rows[i].line);
        row_int(rows[i].line,
                args_parse(&args, &command_table, line.count, line.words, variables, &err), 0);
        row_int(rows[i].line, args_check_paths(&args, &err), rows[i].want[0] != '\0' ? -1 : 0);
        row_text(rows[i].line, err.text, rows[i].want);
        args_done(&args);
        discard(&line);
    }
}

static void test_switches(void **state)
{
    static const struct {
        const char *value; /* of DUPLO_ADMIN; NULL: on the command line */
        int result;
        bool on;
    } rows[] = {
        {NULL, 0, true},     {"", 0, false},    {"1", 0, true},    {"true", 0, true},
        {"TRUE", 0, true},   {"yes", 0, true},  {"On", 0, true},   {"0", 0, false},
        {"false", 0, false}, {"No", 0, false},  {"off", 0, false}, {"2", -1, false},
        {"y", -1, false},    {"ja", -1, false}, {"1 ", -1, false}, {"enabled", -1, false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        const char *row = rows[i].value != NULL ? rows[i].value : "given";
        char variable[64];
        snprintf(variable, sizeof(variable), "DUPLO_ADMIN=%s",
                 rows[i].value != NULL ? rows[i].value : "0");
        const char *const variables[] = {variable, NULL};
        struct line line;
        struct args args;
        struct err err = {0};
        bool on = !rows[i].on;
        split(&line, rows[i].value == NULL ? "duplojit aws --admin" : "duplojit aws");
        row_int(row, args_parse(&args, &command_table, line.count, line.words, variables, &err), 0);
        row_int(row, args_switch(&args, OPTION_ADMIN, &on, &err), rows[i].result);
        row_int(row, on, rows[i].on);
        if (rows[i].result != 0) {
            row_int(row, err.kind, ERR_USAGE);
            row_has(row, err.text, "DUPLO_ADMIN");
        }
        args_done(&args);
        discard(&line);
    }
}

static void test_durations(void **state)
{
    static const struct {
        const char *line;
        int result;
        int64_t want_ms;
    } rows[] = {
        {"duplojit aws", 0, 777},
        {"duplojit aws --timeout 30", 0, 30000},
        {"duplojit aws --timeout 1ms", 0, 1},
        {"duplojit aws --timeout 24h", 0, 86400000},
        {"duplojit aws --timeout 25h", -1, 0},
        {"duplojit aws --timeout 0", -1, 0},
        {"duplojit aws --timeout -5", -1, 0},
        {"duplojit aws --timeout soon", -1, 0},
        {"duplojit aws --timeout=", -1, 0},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct line line;
        struct args args;
        struct err err = {0};
        int64_t value_ms = 0;
        split(&line, rows[i].line);
        row_int(rows[i].line, args_parse(&args, &command_table, line.count, line.words, NULL, &err),
                0);
        row_int(rows[i].line, args_duration_ms(&args, OPTION_TIMEOUT, 777, &value_ms, &err),
                rows[i].result);
        if (rows[i].result == 0) {
            row_int(rows[i].line, value_ms, rows[i].want_ms);
        } else {
            row_int(rows[i].line, err.kind, ERR_USAGE);
            row_has(rows[i].line, err.text, "--timeout");
        }
        args_done(&args);
        discard(&line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grammar),
        cmocka_unit_test(test_usage_errors),
        cmocka_unit_test(test_program_to_run),
        cmocka_unit_test(test_no_argv),
        cmocka_unit_test(test_many_options),
        cmocka_unit_test(test_reads_on_after_an_error),
        cmocka_unit_test(test_long_secrets),
        cmocka_unit_test(test_secrets_leave_argv),
        cmocka_unit_test(test_the_rest_of_argv_stays),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_secret_variables),
        cmocka_unit_test(test_blame),
        cmocka_unit_test(test_check_paths),
        cmocka_unit_test(test_switches),
        cmocka_unit_test(test_durations),
    };
    return cmocka_run_group_tests_name("args", tests, NULL, NULL);
}

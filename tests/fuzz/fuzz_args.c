/* SPDX-License-Identifier: MIT */
/* Command lines, a word on each line; "$TOKEN" and "$LETTER" are the option for the token with its
 * value. Parsing succeeds or is a usage error; either way the token is in no message and, up to the
 * program that the line runs, no longer in the words. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/args_parse.h"
#include "cmd/commands.h"

#define SECRET "canary-token-77"

enum { WORDS_MAX = 40, WORD_SIZE = 256 };

static char *make_word(const char *text)
{
    const char *word = strcmp(text, "$TOKEN") == 0    ? "--token=" SECRET
                       : strcmp(text, "$LETTER") == 0 ? "-t" SECRET
                                                      : text;
    char *copy = strdup(word);
    FUZZ_CHECK(copy != NULL);
    return copy;
}

static void check_parsed(const struct args *args, char **words, int count)
{
    FUZZ_CHECK(args->given_count >= 0 && args->given_count <= ARGS_GIVEN_MAX);
    FUZZ_CHECK(args->operand_count <= ARGS_OPERANDS_MAX);
    FUZZ_CHECK(args->rest == NULL || (args->rest >= words && args->rest <= words + count));
    for (int i = 0; i < count && (args->rest == NULL || words + i < args->rest); i++) {
        for (int given = 0; given < args->given_count; given++) {
            const char *value = args->given[given].value;
            FUZZ_CHECK(args->given[given].id != OPTION_TOKEN || strcmp(value, SECRET) != 0 ||
                       strstr(words[i], "=" SECRET) == NULL);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char *const environment[] = {"HOME=/home/u", NULL};
    struct fuzz_input input = fuzz_begin(data, len);
    struct args args = {0};
    struct err err = {0};
    char *words[WORDS_MAX + 1] = {make_word("duplojit")};
    int count = 1;
    bool known = len > 0 && memmem(data, len, SECRET, strlen(SECRET)) != NULL;
    for (; count < WORDS_MAX && input.len > 0; count++) {
        char word[WORD_SIZE];
        fuzz_line(&input, word, sizeof(word));
        words[count] = make_word(word);
    }
    if (args_parse(&args, &command_table, count, words, environment, &err) == 0) {
        if (!known) {
            check_parsed(&args, words, count);
        }
    } else {
        fuzz_check_err(&err);
        FUZZ_CHECK(err.kind == ERR_USAGE);
    }
    FUZZ_CHECK(known || strstr(err.text, SECRET) == NULL);
    args_done(&args);
    for (int i = 0; i < count; i++) {
        free(words[i]);
    }
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* Process lines, a word on each line: the words are read again from the line, and the line passes
 * the check for a shell, unless its first word would set a variable. A line that was written by a
 * person and passes the check has no quote that is not closed. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "aws/process_line.h"
#include "base/shell_word.h"

enum { WORDS_MAX = 16, WORD_SIZE = 128 };

static void check_words(const struct buf *line, char words[WORDS_MAX][WORD_SIZE], int count)
{
    char *word = malloc(line->len + 1);
    size_t at = 0;
    size_t len = 0;
    bool broken = false;
    FUZZ_CHECK(word != NULL);
    for (int i = 0; i < count; i++) {
        FUZZ_CHECK(shell_word_read(buf_str(line), line->len, &at, word, &len, &broken));
        FUZZ_CHECK(len == strlen(words[i]) && memcmp(word, words[i], len) == 0);
    }
    FUZZ_CHECK(!shell_word_read(buf_str(line), line->len, &at, word, &len, &broken) && !broken);
    free(word);
}

static void check_line(const char *line)
{
    struct err err = {0};
    size_t at = 0;
    size_t len = 0;
    bool broken = false;
    char *word = malloc(strlen(line) + 1);
    FUZZ_CHECK(word != NULL);
    if (aws_process_line_check(line, &err) == 0) {
        while (shell_word_read(line, strlen(line), &at, word, &len, &broken)) {
        }
        FUZZ_CHECK(!broken);
    } else {
        fuzz_check_err(&err);
    }
    free(word);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_input input = fuzz_begin(data, len);
    char words[WORDS_MAX][WORD_SIZE];
    struct err err = {0};
    struct buf line;
    int count = 0;
    bool good = true;
    buf_init(&line, 1 << 16);
    while (count < WORDS_MAX && input.len > 0 && good) {
        fuzz_line(&input, words[count], WORD_SIZE);
        check_line(words[count]);
        good = aws_process_line_add(&line, words[count], &err) == 0;
        count++;
    }
    if (good && count > 0) {
        check_words(&line, words, count);
        FUZZ_CHECK(aws_process_line_check(buf_str(&line), &err) == 0 ||
                   strchr(words[0], '=') != NULL);
    }
    buf_done(&line);
    return 0;
}

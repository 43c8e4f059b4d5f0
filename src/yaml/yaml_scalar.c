/* SPDX-License-Identifier: MIT */
#include "yaml/yaml_scalar.h"

#include <string.h>

#include "yaml/yaml_tree.h"

static const char digits[] = "0123456789_";

/* An underscore between digits does not count, but a number does not begin with one. */
static bool is_number(const char *text)
{
    if (text[0] == '_' || strpbrk(text, "0123456789fn") == NULL) {
        return false;
    }
    text += *text == '+' || *text == '-' ? 1 : 0;
    if (text[0] == '0' && text[1] != '\0' && strchr("xob", text[1]) != NULL) {
        return text[2] != '\0' && text[2 + strspn(text + 2, "0123456789abcdefABCDEF_")] == '\0';
    }
    if (strcmp(text, ".inf") == 0 || strcmp(text, ".nan") == 0) {
        return true;
    }
    size_t whole = strspn(text, digits);
    size_t fraction = text[whole] == '.' ? strspn(text + whole + 1, digits) : 0;
    text += whole + (text[whole] == '.' ? 1 + fraction : 0);
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '+' || *text == '-' ? 1 : 0;
        whole += fraction;
        fraction = strspn(text, digits);
        text += fraction;
        return whole > 0 && fraction > 0 && *text == '\0';
    }
    return whole + fraction > 0 && *text == '\0';
}

/* Whether text is a word in lower case, in upper case or with a capital. */
static bool is_word(const char *text, const char *word)
{
    size_t len = strlen(word);
    bool rest_upper = true;
    bool rest_lower = true;
    bool first_upper = text[0] == word[0] - 'a' + 'A';
    if (strlen(text) != len || (text[0] != word[0] && !first_upper)) {
        return false;
    }
    for (size_t i = 1; i < len; i++) {
        rest_lower = rest_lower && text[i] == word[i];
        rest_upper = rest_upper && text[i] == word[i] - 'a' + 'A';
    }
    return rest_lower || (rest_upper && first_upper);
}

enum yaml_type yaml_type(const struct yaml_node *scalar)
{
    static const char words[][2][6] = {{"true", "false"}, {"yes", "no"}, {"on", "off"}, {"y", "n"}};
    const struct yaml_node *node = yaml_resolve(scalar);
    const char *text = yaml_text(node);
    if (text == NULL || node->quoted || node->block) {
        return text == NULL ? YAML_IS_NULL : YAML_IS_STRING;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (is_word(text, words[i][0])) {
            return YAML_IS_TRUE;
        }
        if (is_word(text, words[i][1])) {
            return YAML_IS_FALSE;
        }
    }
    return is_number(text) ? YAML_IS_NUMBER : YAML_IS_STRING;
}

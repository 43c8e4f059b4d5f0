/* SPDX-License-Identifier: MIT */
/* duplojit completion: prints a script that lets a shell complete command lines. The scripts ask
 * the program for the words, so that its tables are the only source. */
#include "base/err.h"
#include "cli/args.h"
#include "cli/choice.h"
#include "cli/output.h"
#include "cli/personality.h"
#include "cmd/commands.h"

/* The name of the program in the scripts. */
#define NAME "\a"

/* COMP_WORDS is split at = and :, which are joined again here; what is inserted replaces only the
 * part after them. */
static const char bash_script[] =
    "_" NAME "() {\n"
    "\tlocal cur=$2 glue='' i word full line\n"
    "\tlocal -a words=() at=()\n"
    "\t[[ $cur == [=:]* ]] && cur=\n"
    "\tfor ((i = 0; i <= COMP_CWORD; i++)); do\n"
    "\t\tword=${COMP_WORDS[i]}\n"
    "\t\t[[ $i -eq $COMP_CWORD && $word != [=:]* ]] && word=$cur\n"
    "\t\tif [[ $i -gt 1 && ( $glue || $word == [=:]* ) ]]; then\n"
    "\t\t\twords[-1]+=$word\n"
    "\t\telse\n"
    "\t\t\tat[${#words[@]}]=$i\n"
    "\t\t\twords+=(\"$word\")\n"
    "\t\tfi\n"
    "\t\tglue=\n"
    "\t\t[[ $word == *[=:] ]] && glue=1\n"
    "\tdone\n"
    "\tfull=${words[-1]}\n"
    "\tCOMPREPLY=()\n"
    "\twhile IFS= read -r line; do\n"
    "\t\tcase $line in\n"
    "\t\t\t'') ;;\n"
    "\t\t\t:file | :dir) compopt -o filenames\n"
    "\t\t\t\tmapfile -t COMPREPLY < <(compgen -\"${line:1:1}\" -- \"$cur\") ;;\n"
    "\t\t\t:command*) i=${at[${line#* }]}\n"
    "\t\t\t\tif declare -F _command_offset >/dev/null; then _command_offset \"$i\"\n"
    "\t\t\t\telif [[ $i -eq $COMP_CWORD ]]; then\n"
    "\t\t\t\t\tmapfile -t COMPREPLY < <(compgen -c -- \"$cur\")\n"
    "\t\t\t\telse compopt -o default; fi ;;\n"
    "\t\t\t*) line=${line%%$'\\t'*}\n"
    "\t\t\t\tprintf -v line %q \"${line#\"${full%\"$cur\"}\"}\"\n"
    "\t\t\t\tCOMPREPLY+=(\"$line\") ;;\n"
    "\t\tesac\n"
    "\tdone < <(printf '%s\\0' \"${words[@]}\" | \"${1/#\\~\\//$HOME/}\" __words 2>/dev/null)\n"
    "}\n"
    "complete -F _" NAME " " NAME "\n";

static const char zsh_script[] =
    "#compdef " NAME "\n"
    "_" NAME "() {\n"
    "\tlocal line program=$words[1]\n"
    "\tlocal -a found\n"
    "\tfor line in \"${(@f)$(print -rN -- \"${(@Q)words[1,CURRENT-1]}\" \"${(Q)PREFIX}\" |\n"
    "\t\t\t${~program} __words 2>/dev/null)}\"; do\n"
    "\t\tcase $line in\n"
    "\t\t\t:file|:dir) [[ $PREFIX == -*=* ]] && compset -P '*='\n"
    "\t\t\t\t_files ${${line:#:file}:+-/} ;;\n"
    "\t\t\t:command*) shift ${line#* } words; (( CURRENT -= ${line#* } )); _normal ;;\n"
    "\t\t\t?*) found+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "\t(( $#found )) && _describe -V word found\n"
    "}\n"
    "if [[ $funcstack[1] == _" NAME " ]]; then _" NAME " \"$@\"\n"
    "elif (( $+functions[compdef] )); then compdef _" NAME " " NAME "; fi\n";

static const char fish_script[] =
    "function __" NAME "\n"
    "\tset -l words (commandline -opc)\n"
    "\tset -l cur (commandline -ct)\n"
    "\tset -l head (string match -r -- '^-[^=]*=' $cur)\n"
    "\tset -l program (string replace -r '^~/' $HOME/ -- $words[1])\n"
    "\tfor line in (printf '%s\\0' $words \"$cur\" | $program __words 2>/dev/null)\n"
    "\t\tswitch $line\n"
    "\t\t\tcase :file :dir\n"
    "\t\t\t\tset -l paths __fish_complete_path\n"
    "\t\t\t\ttest $line = :dir; and set paths __fish_complete_directories\n"
    "\t\t\t\tprintf \"$head%s\\n\" ($paths (string replace -- \"$head\" '' $cur))\n"
    "\t\t\tcase ':command *'\n"
    "\t\t\t\tset -l skip (string split ' ' -- $line)[2]\n"
    "\t\t\t\tset -e words[1..$skip]\n"
    "\t\t\t\tcomplete -C (string join ' ' -- (string escape -- $words) \"$cur\")\n"
    "\t\t\tcase ''\n" /* "?" has no special meaning since fish 4 */
    "\t\t\tcase '*'\n"
    "\t\t\t\techo $line\n"
    "\t\tend\n"
    "\tend\n"
    "end\n"
    "complete -c " NAME " -f -a '(__" NAME ")'\n";

static int run(const struct args *args, struct err *err)
{
    static const char *const shells[] = {"bash", "zsh", "fish", NULL};
    static const char *const scripts[] = {bash_script, zsh_script, fish_script};
    int index = choice_read_argument(args, shells, err);
    struct buf out;
    if (index < 0) {
        return -1;
    }
    output_init(&out);
    for (const char *at = scripts[index]; *at != '\0'; at++) {
        if (*at == NAME[0]) {
            buf_add_str(&out, args->personality->program);
        } else {
            buf_add_char(&out, *at);
        }
    }
    return output_write(&out, err);
}

static const enum option_id option_list[] = {COMMON_OPTIONS};

const struct command command_completion = {
    .name = "completion",
    .operands = "bash|zsh|fish",
    .operands_max = 1,
    .summary = "Print a script that completes command lines in a shell",
    .examples = "completion bash\n"
                "completion zsh\n",
    .details =
        "In the start file of the shell:\n"
        "  bash   source <(duplojit completion bash)\n"
        "  zsh    source <(duplojit completion zsh), after compinit\n"
        "  fish   duplojit completion fish | source\n"
        "\n"
        "The script runs duplojit for the words at the cursor; tenants come from the cache. A\n"
        "link to this program, such as duploctl, prints a script for its own name.\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};

/* In: the tables of options that the commands parse by. Out: on stdout a script that
 * completes them in bash, zsh or fish. */
#include "cli/completion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "core/buf.h"
#include "core/str.h"
#include "reports/reports.h"

const char *const completion_shells[] = {"bash", "zsh", "fish", NULL};

/* What may stand behind an option. */
struct value {
    enum {
        VALUE_NONE,
        VALUE_ANY,
        VALUE_FILE,
        VALUE_FOLDER,
        VALUE_WORDS,
        VALUE_ASKED
    } kind;
    struct buf
        words; /* with blanks between; of VALUE_ASKED the command that lists them */
};

static void add_words(struct value *v, const char *const *words, const char *suffix) {
    v->kind = VALUE_WORDS;
    for (size_t i = 0; words[i]; i++)
        buf_addf(&v->words, "%s%s%s", v->words.len ? " " : "", words[i], suffix);
}

/* --defect NAME, beside an option --list-defects. */
static bool is_listed(const struct option_table *t, const struct option *o) {
    for (size_t i = 0; i < t->count; i++)
        if (str_starts(t->options[i].name, "list-") &&
            strncmp(t->options[i].name + 5, o->name, strlen(o->name)) == 0)
            return true;
    return false;
}

static bool is_file(const char *argument) {
    static const char *const files[] = {"FILE", "PROFILE", "URL|PROFILE", "OLD.json",
                                        "FILE.yaml"};

    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        if (strcmp(argument, files[i]) == 0)
            return true;
    return false;
}

static struct value value_of(const struct option_table *t, const struct option *o) {
    struct value v = {VALUE_ANY, BUF_INIT(BUF_UNLIMITED)};

    if (o->kind == OPTION_FLAG)
        v.kind = VALUE_NONE;
    else if (o->choices)
        add_words(&v, o->choices, "");
    else if (strcmp(o->argument, "FORMAT") == 0)
        add_words(&v, report_formats, "");
    else if (strcmp(o->argument, "FORMAT=PATH") == 0)
        add_words(&v, report_formats, "=");
    else if (strcmp(o->argument, "DIR") == 0)
        v.kind = VALUE_FOLDER;
    else if (is_file(o->argument) || strcmp(o->name, "output") == 0)
        v.kind = VALUE_FILE;
    else if (is_listed(t, o)) {
        v.kind = VALUE_ASKED;
        buf_addf(&v.words, "assay %s --list-%ss 2>/dev/null | cut -d\" \" -f1",
                 t->command->name, o->name);
    }
    return v;
}

/* The words in front of a command's files: recover|scrub|.. FILE, or [a|b]; "" = none. */
static void first_words(const struct command *c, struct buf *out) {
    const char *words = c->args + (c->args[0] == '[');
    size_t n = strcspn(words, " ]");

    for (size_t i = 0; i < n && memchr(words, '|', n) && words[0] >= 'a'; i++)
        buf_addc(out, words[i] == '|' ? ' ' : words[i]);
}

static bool takes_files(const struct command *c) {
    return strstr(c->args, "FILE") || strstr(c->args, "SPEC") ||
           strstr(c->args, "RESULTS");
}

typedef void per_option(const struct option_table *t, const struct option *o);

static void each_option(const struct option_table *t, per_option *print) {
    size_t common_count;
    const struct option *common_ones = options_common(&common_count);

    for (size_t i = 0; i < t->count; i++)
        print(t, &t->options[i]);
    for (size_t i = 0; i < common_count; i++)
        print(t, &common_ones[i]);
}

/* --- bash --- */

static void bash_name(const struct option_table *t, const struct option *o) {
    (void)t;
    printf(" --%s", o->name);
}

static void bash_value(const struct option_table *t, const struct option *o) {
    struct value v = value_of(t, o);

    if (v.kind != VALUE_NONE)
        printf("      --%s) ", o->name);
    if (v.kind == VALUE_ANY)
        printf("return ;;\n");
    else if (v.kind == VALUE_FILE)
        printf("_assay_files -f; return ;;\n");
    else if (v.kind == VALUE_FOLDER)
        printf("_assay_files -d; return ;;\n");
    else if (v.kind == VALUE_WORDS)
        printf("_assay_words '%s'; return ;;\n", v.words.ptr);
    else if (v.kind == VALUE_ASKED)
        printf("_assay_words \"$(%s)\"; return ;;\n", v.words.ptr);
    buf_release(&v.words);
}

static void bash_command(const struct command *c) {
    struct option_table t = options_of(c);
    struct buf first = BUF_INIT(BUF_UNLIMITED);

    first_words(c, &first);
    printf("  %s)\n    options='", c->name);
    each_option(&t, bash_name);
    printf("'\n    first='%s' files=%s\n    case $prev in\n",
           first.len ? first.ptr : "", takes_files(c) ? "yes" : "");
    each_option(&t, bash_value);
    printf("    esac ;;\n");
    buf_release(&first);
}

static void print_bash(void) {
    static const char head[] =
        "# bash completion of assay; `assay completion bash` prints it.\n"
        "_assay_words() { COMPREPLY=($(compgen -W \"$1\" -- \"$cur\")); "
        "[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null; }\n"
        "_assay_files() { compopt -o filenames 2>/dev/null; "
        "COMPREPLY=($(compgen \"$1\" -- \"$cur\")); }\n"
        "_assay() {\n"
        "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} "
        "command= "
        "at=$COMP_CWORD i\n"
        "  local options= first= files=\n"
        "  COMPREPLY=()\n"
        "  # --name=value is three words to bash\n"
        "  if [[ $cur == '=' ]]; then cur=\n"
        "  elif [[ $prev == '=' ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
        "  for ((i = 1; i < at; i++)); do\n"
        "    [[ ${COMP_WORDS[i]} == -* ]] || { command=${COMP_WORDS[i]}; break; }\n"
        "  done\n"
        "  case $command in\n"
        "  '') _assay_words '";
    static const char tail[] =
        "  esac\n"
        "  if [[ $cur == -* ]]; then _assay_words \"$options\"\n"
        "  elif [[ $first && $((i + 1)) -eq $at ]]; then _assay_words \"$first\"\n"
        "  elif [[ $files ]]; then _assay_files -f; fi\n"
        "}\n"
        "complete -F _assay assay\n";

    fputs(head, stdout);
    for (size_t i = 0; i < command_count; i++)
        printf("%s ", commands[i].name);
    printf("help --help --version'; return ;;\n");
    for (size_t i = 0; i < command_count; i++)
        bash_command(&commands[i]);
    fputs(tail, stdout);
}

/* --- zsh --- */

/* In single quotes, with what _arguments reads escaped. */
static void zsh_text(const char *text, const char *special) {
    for (const char *c = text; *c; c++) {
        if (*c == '\'') {
            fputs("'\\''", stdout);
            continue;
        }
        if (strchr(special, *c))
            putchar('\\');
        putchar(*c);
    }
}

static void zsh_option(const struct option_table *t, const struct option *o) {
    struct value v = value_of(t, o);

    printf("      '%s--%s%s[", o->kind == OPTION_LIST ? "*" : "", o->name,
           v.kind == VALUE_NONE ? "" : "=");
    zsh_text(o->help, "[]:\\");
    putchar(']');
    if (v.kind != VALUE_NONE) {
        putchar(':');
        zsh_text(o->argument, ":\\");
        putchar(':');
    }
    if (v.kind == VALUE_FILE)
        printf("_files");
    else if (v.kind == VALUE_FOLDER)
        printf("_files -/");
    else if (v.kind == VALUE_WORDS)
        printf("(%s)", v.words.ptr);
    else if (v.kind == VALUE_ASKED)
        printf("{_values name ${(f)\"$(%s)\"}}", v.words.ptr);
    printf("' \\\n");
    buf_release(&v.words);
}

static void zsh_command(const struct command *c) {
    struct option_table t = options_of(c);
    struct buf first = BUF_INIT(BUF_UNLIMITED);

    first_words(c, &first);
    printf("    %s) _arguments -s \\\n", c->name);
    each_option(&t, zsh_option);
    if (first.len)
        printf("      '1:what:(%s)' '*:file:_files' ;;\n", first.ptr);
    else
        printf("      '*:%s' ;;\n", takes_files(c) ? "file:_files" : "argument:");
    buf_release(&first);
}

static void print_zsh(void) {
    printf(
        "#compdef assay\n# zsh completion of assay; `assay completion zsh` prints it.\n"
        "_assay() {\n  local -a all=(\n");
    for (size_t i = 0; i < command_count; i++) {
        printf("    '%s:", commands[i].name);
        zsh_text(commands[i].help, ":\\");
        printf("'\n");
    }
    printf("  )\n  if (( CURRENT == 2 )); then _describe command all; return; fi\n"
           "  shift words; (( CURRENT-- ))\n  case $words[1] in\n");
    for (size_t i = 0; i < command_count; i++)
        zsh_command(&commands[i]);
    printf(
        "  esac\n}\n[[ $funcstack[1] == _assay ]] && _assay \"$@\" || compdef _assay "
        "assay\n");
}

/* --- fish --- */

static void fish_text(const char *text) {
    for (const char *c = text; *c; c++) {
        if (*c == '\'' || *c == '\\')
            putchar('\\');
        putchar(*c);
    }
}

static void fish_option(const struct option_table *t, const struct option *o) {
    struct value v = value_of(t, o);

    printf("complete -c assay -n '__fish_seen_subcommand_from %s' -l %s",
           t->command->name, o->name);
    if (v.kind == VALUE_FILE)
        printf(" -r -F");
    else if (v.kind == VALUE_FOLDER)
        printf(" -x -a '(__fish_complete_directories)'");
    else if (v.kind == VALUE_WORDS)
        printf(" -x -a '%s'", v.words.ptr);
    else if (v.kind == VALUE_ASKED)
        printf(" -x -a '(%s)'", v.words.ptr);
    else if (v.kind == VALUE_ANY)
        printf(" -x");
    printf(" -d '");
    fish_text(o->help);
    printf("'\n");
    buf_release(&v.words);
}

static void print_fish(void) {
    printf("# fish completion of assay; `assay completion fish` prints it.\n"
           "complete -c assay -f\n");
    for (size_t i = 0; i < command_count; i++) {
        const struct command *c = &commands[i];
        struct option_table t = options_of(c);
        struct buf first = BUF_INIT(BUF_UNLIMITED);

        printf("complete -c assay -n __fish_use_subcommand -a %s -d '", c->name);
        fish_text(c->help);
        printf("'\n");
        first_words(c, &first);
        if (first.len)
            printf("complete -c assay -n '__fish_seen_subcommand_from %s; and not "
                   "__fish_seen_subcommand_from %s' -a '%s'\n",
                   c->name, first.ptr, first.ptr);
        if (takes_files(c))
            printf("complete -c assay -n '__fish_seen_subcommand_from %s' -F\n",
                   c->name);
        each_option(&t, fish_option);
        buf_release(&first);
    }
}

bool completion_print(const char *shell) {
    static void (*const print[])(void) = {print_bash, print_zsh, print_fish};

    for (size_t i = 0; completion_shells[i]; i++)
        if (strcmp(shell, completion_shells[i]) == 0)
            return print[i](), true;
    return false;
}

/* A table of options and the arguments come in. The values go to where the rows point,
 * an error or the usage to the terminal. */
#include "cli/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/err.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/redact/redactor.h"

struct common common;

static const char *const color_words[] = {"auto", "always", "never", NULL};
static const char *color_word;
static bool version_asked;

static const struct option common_options[] = {
    {.name = "help", .kind = OPTION_FLAG, .help = "show this help"},
    {.name = "version", /* main() has seen to it */
     .kind = OPTION_FLAG,
     .value = &version_asked,
     .help = "show the version"},
    {.name = "quiet",
     .kind = OPTION_FLAG,
     .value = &common.quiet,
     .help = "say only what matters"},
    {.name = "color",
     .kind = OPTION_TEXT,
     .value = &color_word,
     .argument = "WHEN",
     .help = "auto, always or never",
     .choices = color_words},
};

bool color_on(int fd) {
    const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

    if (common.color != COLOR_AUTO)
        return common.color == COLOR_ALWAYS;
    return isatty(fd) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

/* A key that stands in the wrong place is not repeated on the screen and in logs. */
static char *without_secrets(const char *text) {
    struct redactor *r = redactor_new();
    char *shown = redactor_text(r, text);

    redactor_free(r);
    return shown;
}

int usage_error(const struct command *command, const char *fmt, ...) {
    struct buf text = BUF_INIT(4096), visible = BUF_INIT(BUF_UNLIMITED);
    va_list args;
    char *shown;

    va_start(args, fmt);
    buf_vaddf(&text, fmt, args);
    va_end(args);
    shown = without_secrets(text.ptr);
    str_add_visible(&visible, shown, strlen(shown), 2000);
    free(shown);
    fprintf(stderr, "assay%s%s: %s\n", command ? " " : "", command ? command->name : "",
            visible.ptr);
    buf_release(&text);
    buf_release(&visible);
    return 2;
}

const struct command *command_find(const char *name) {
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

bool option_is_set(const struct option *o) {
    switch (o->kind) {
    case OPTION_FLAG:
        return *(const bool *)o->value;
    case OPTION_TEXT:
        return *(const char *const *)o->value != NULL;
    case OPTION_LIST:
        return ((const struct option_list *)o->value)->count > 0;
    default:
        return *(const int64_t *)o->value != 0;
    }
}

static void show_option(const struct option *o) {
    char left[64];

    snprintf(left, sizeof(left), "--%s%s%s", o->name, o->argument ? " " : "",
             o->argument ? o->argument : "");
    printf("  %-26s %s\n", left, o->help);
}

static void show_help(const struct command *c, const struct option *options,
                      size_t count) {
    printf("usage: assay %s %s\n\n%s.\n\n%s\noptions:\n", c->name, c->args, c->help,
           c->about ? c->about : "");
    for (size_t i = 0; i < count; i++)
        show_option(&options[i]);
    for (size_t i = 0; i < ARRAY_LEN(common_options); i++)
        show_option(&common_options[i]);
}

static const struct option *option_find(const struct option *options, size_t count,
                                        const char *name, size_t len) {
    for (size_t i = 0; i < count; i++)
        if (strlen(options[i].name) == len && memcmp(options[i].name, name, len) == 0)
            return &options[i];
    for (size_t i = 0; i < ARRAY_LEN(common_options); i++)
        if (strlen(common_options[i].name) == len &&
            memcmp(common_options[i].name, name, len) == 0)
            return &common_options[i];
    return NULL;
}

static int unknown_option(const struct command *c, const struct option *options,
                          size_t count, const char *name, size_t len) {
    const char *words[64];
    char *word = mem_strndup(name, len);
    size_t n = 0;
    const char *near;

    for (size_t i = 0; i < count && n < 60; i++)
        words[n++] = options[i].name;
    for (size_t i = 0; i < ARRAY_LEN(common_options); i++)
        words[n++] = common_options[i].name;
    near = str_nearest(word, words, n);
    usage_error(c, "unknown option --%s%s%s%s (see assay %s --help)", word,
                near ? "; did you mean --" : "", near ? near : "", near ? "?" : "",
                c->name);
    free(word);
    return 2;
}

static int set_number(const struct command *c, const struct option *o,
                      const char *value) {
    int64_t n;

    if (!str_to_int(value, strlen(value), &n) ||
        ((o->min || o->max) && (n < o->min || n > o->max)))
        return usage_error(
            c, "--%s: expected a whole number from %lld to %lld, got \"%s\"", o->name,
            (long long)o->min, (long long)o->max, value);
    *(int64_t *)o->value = n;
    return -1;
}

/* A number alone could be anything: only 0 is the same in every unit. */
static int set_duration(const struct command *c, const struct option *o,
                        const char *value) {
    bool bare = *value && value[strspn(value, "0123456789")] == '\0';
    int64_t ms = 0;

    if (bare && strcmp(value, "0") != 0)
        return usage_error(c, "--%s: a time needs its unit: %sms or %ss?", o->name,
                           value, value);
    if ((!bare && !str_to_duration(value, &ms)) ||
        ((o->min || o->max) && (ms < o->min || ms > o->max)))
        return usage_error(c,
                           "--%s: expected a time such as 500ms, 30s or 2m, from %lld "
                           "ms to %lld s, got \"%s\"",
                           o->name, (long long)o->min, (long long)o->max / 1000, value);
    *(int64_t *)o->value = ms;
    return -1;
}

/* `ps` shows the command line to everybody. */
static const char *take_secret(const char *value) {
    const char *copy = mem_strdup(value);

    memset((char *)(uintptr_t)value, '*', strlen(value));
    return copy;
}

static int set_option(const struct command *c, const struct option *o,
                      const char *value) {
    size_t i = 0;

    if (o->secret)
        value = take_secret(value);

    while (o->choices && o->choices[i] && strcmp(o->choices[i], value) != 0)
        i++;
    if (o->choices && !o->choices[i]) {
        for (i = 0; o->choices[i + 1]; i++)
            continue;
        const char *near = str_nearest(value, o->choices, i + 1);

        return usage_error(c, "--%s: unknown value \"%s\"%s%s%s (%s)", o->name, value,
                           near ? "; did you mean \"" : "", near ? near : "",
                           near ? "\"?" : "", o->help);
    }
    if (o->kind == OPTION_INT)
        return set_number(c, o, value);
    if (o->kind == OPTION_DURATION)
        return set_duration(c, o, value);
    if (o->kind == OPTION_LIST) {
        struct option_list *list = o->value;

        list->items = mem_grow(list->items, list->count + 1, sizeof(*list->items));
        list->items[list->count++] = value;
    } else {
        *(const char **)o->value = value;
    }
    return -1;
}

/* One `--word` at argv[*i]; -1 to go on. */
static int parse_one(const struct command *c, const struct option *options,
                     size_t count, int argc, char **argv, int *i) {
    const char *name = argv[*i] + 2, *eq = strchr(name, '=');
    size_t len = eq ? (size_t)(eq - name) : strlen(name);
    const struct option *o = option_find(options, count, name, len);

    if (!o)
        return unknown_option(c, options, count, name, len);
    if (o->kind != OPTION_FLAG) {
        if (!eq && *i + 1 >= argc)
            return usage_error(c, "--%s needs a value: %s", o->name, o->argument);
        return set_option(c, o, eq ? eq + 1 : argv[++*i]);
    }
    if (eq)
        return usage_error(c, "--%s takes no value", o->name);
    if (o == &common_options[0]) {
        show_help(c, options, count);
        return 0;
    }
    *(bool *)o->value = true;
    return -1;
}

static struct option_table *asked_for; /* by options_of() */

struct option_table options_of(const struct command *command) {
    struct option_table table = {command, NULL, 0};
    char *argv[] = {(char *)(uintptr_t)command->name, NULL};

    asked_for = &table;
    command->run(1, argv);
    asked_for = NULL;
    return table;
}

const struct option *options_common(size_t *count) {
    *count = ARRAY_LEN(common_options);
    return common_options;
}

int options_parse(const struct command *command, const struct option *options,
                  size_t count, int *argc, char **argv) {
    static char output_word[] = "--output", help_word[] = "--help";
    int left = 1, code;

    if (asked_for) {
        *asked_for = (struct option_table){command, options, count};
        return 0;
    }
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            for (i++; i < *argc; i++)
                argv[left++] = argv[i];
            break;
        }
        if (strcmp(argv[i], "-o") == 0)
            argv[i] = output_word;
        if (strcmp(argv[i], "-h") == 0)
            argv[i] = help_word;
        if (strncmp(argv[i], "--", 2) == 0) {
            code = parse_one(command, options, count, *argc, argv, &i);
            if (code >= 0)
                return code;
        } else if (argv[i][0] == '-' && argv[i][1]) {
            return usage_error(command, "unknown option %s (see assay %s --help)",
                               argv[i], command->name);
        } else {
            argv[left++] = argv[i];
        }
    }
    if (color_word)
        common.color = strcmp(color_word, "always") == 0  ? COLOR_ALWAYS
                       : strcmp(color_word, "never") == 0 ? COLOR_NEVER
                                                          : COLOR_AUTO;
    *argc = left;
    return -1;
}

int print_diags(struct diags *d, int code) {
    char line[1024];

    for (size_t i = 0; i < d->count; i++) {
        char *shown = without_secrets(err_format(&d->items[i], line, sizeof(line)));

        fprintf(stderr, "%s%s\n", d->items[i].source[0] ? "" : "assay: ", shown);
        free(shown);
    }
    if (d->dropped)
        fprintf(stderr, "... and %zu more\n", d->dropped);
    diags_release(d);
    return code;
}

int print_err(const struct err *e, int code) {
    char line[1024], *shown;

    shown = without_secrets(err_format(e, line, sizeof(line)));
    fprintf(stderr, "assay: %s\n", shown);
    free(shown);
    return code;
}

/* Options whose values are secret, or hold one: what stands in their place. */
static const struct {
    const char *name, *shown;
} secret_options[] = {
    {"--key", "$ASSAY_KEY"}, {"--header", "'NAME: VALUE'"}, {"--proxy", "PROXY"}};

/* What is shown for the value of `word`, an option with or without one; NULL = itself. */
static const char *shown_value(const char *word, size_t *name_len) {
    for (size_t i = 0; i < ARRAY_LEN(secret_options); i++) {
        *name_len = strlen(secret_options[i].name);
        if (strncmp(word, secret_options[i].name, *name_len) == 0 &&
            (!word[*name_len] || word[*name_len] == '='))
            return secret_options[i].shown;
    }
    return NULL;
}

char *command_line(int argc, char **argv) {
    struct buf line = BUF_INIT(1 << 16);

    buf_adds(&line, "assay");
    for (int i = 0; i < argc; i++) {
        size_t len;
        const char *shown = shown_value(argv[i], &len);

        buf_addc(&line, ' ');
        if (shown && argv[i][len] == '=') {
            buf_addf(&line, "%.*s=%s", (int)len, argv[i], shown);
            continue;
        }
        str_add_shell(&line, argv[i], strlen(argv[i]));
        if (shown && i + 1 < argc) {
            buf_addf(&line, " %s", shown);
            i++;
        }
    }
    return buf_take(&line, NULL);
}

/* In: a command, its help text and its table of options. Out: its manual page on stdout. */
#include "cli/manual.h"

#include <stdio.h>
#include <string.h>

#include "core/build_info.h"

/* Text as it is: no dash becomes a hyphen, no line a request. */
static void put_text(const char *text, size_t len) {
    if (len && (text[0] == '.' || text[0] == '\''))
        fputs("\\&", stdout);
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\\')
            fputs("\\e", stdout);
        else if (text[i] == '-')
            fputs("\\-", stdout);
        else
            putchar(text[i]);
}

static void put(const char *text) {
    put_text(text, strlen(text));
}

/* Lines that are set in stand as they are, others are a paragraph. */
static void put_about(const char *about) {
    bool example = false;

    for (const char *line = about, *end; *line; line = *end ? end + 1 : end) {
        bool set_in = line[0] == ' ';

        end = line + strcspn(line, "\n");
        if (set_in != example)
            puts(set_in ? ".PP\n.nf" : ".fi\n.PP");
        example = set_in;
        if (end == line)
            puts(example ? "" : ".PP");
        else {
            put_text(line, (size_t)(end - line));
            putchar('\n');
        }
    }
    if (example)
        puts(".fi");
}

static void put_option(const struct option *o) {
    printf(".TP\n.B ");
    put("--");
    put(o->name);
    if (o->argument) {
        printf(" \\fI");
        put(o->argument);
        printf("\\fR");
    }
    putchar('\n');
    put(o->help);
    for (size_t i = 0; o->choices && o->choices[i]; i++)
        printf("%s\n.B %s", i ? "," : ":", o->choices[i]);
    printf("%s\n", o->choices ? "" : ".");
}

void manual_print(const struct command *c) {
    struct option_table t = options_of(c);
    const struct option *common_ones;
    size_t common_count;

    printf(".TH ASSAY\\-%s 1 \"\" \"assay %s\" \"User commands\"\n.SH NAME\nassay\\-%s "
           "\\- ",
           c->name, build_version, c->name);
    put(c->help);
    printf("\n.SH SYNOPSIS\n.B assay %s\n", c->name);
    put(c->args);
    printf("\n.SH DESCRIPTION\n");
    put(c->help);
    puts(".\n.PP");
    put_about(c->about);
    puts(".SH OPTIONS");
    for (size_t i = 0; i < t.count; i++)
        put_option(&t.options[i]);
    common_ones = options_common(&common_count);
    for (size_t i = 0; i < common_count; i++)
        put_option(&common_ones[i]);
    puts(".SH SEE ALSO\n.BR assay (1)");
    for (size_t i = 0; i < command_count; i++)
        if (&commands[i] != c)
            printf(", \\fBassay\\-%s\\fR(1)\n", commands[i].name);
}

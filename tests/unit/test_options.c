/* The command line of a command, by its table. */
#include "check.h"
#include "cli/options.h"

static const char *text;
static bool flag;
static int64_t number, duration;
static struct option_list list;
static const struct option options[] = {
    {.name = "text", .kind = OPTION_TEXT, .value = &text, .argument = "T", .help = "h"},
    {.name = "flag", .kind = OPTION_FLAG, .value = &flag, .help = "h"},
    {.name = "number",
     .kind = OPTION_INT,
     .value = &number,
     .argument = "N",
     .help = "h",
     .min = 1,
     .max = 10},
    {.name = "time",
     .kind = OPTION_DURATION,
     .value = &duration,
     .argument = "T",
     .help = "h"},
    {.name = "list", .kind = OPTION_LIST, .value = &list, .argument = "X", .help = "h"},
};

static int cmd_test(int argc, char **argv) {
    return argc > 100 && argv ? 1 : 0;
}

const struct command commands[] = {{"test", cmd_test, "[X]", "a test", "about"}};
const size_t command_count = 1;

static int parse(int *argc, char **argv) {
    text = NULL;
    flag = false;
    number = duration = 0;
    free(list.items);
    list = (struct option_list){0};
    return options_parse(&commands[0], options, ARRAY_LEN(options), argc, argv);
}

#define PARSE(...)                                                                     \
    char *argv[] = {(char[]){"test"}, __VA_ARGS__, NULL};                              \
    int argc = (int)ARRAY_LEN(argv) - 1, code = parse(&argc, argv)

static void both_ways_of_giving_a_value_are_one(void) {
    PARSE((char[]){"--text"}, (char[]){"a"}, (char[]){"--number=7"});

    CHECK_INT("go on", code, -1);
    CHECK_STR("text", text, "a");
    CHECK_INT("number", number, 7);
    CHECK_INT("what is left", argc, 1);
}

static void what_is_no_option_is_left(void) {
    PARSE((char[]){"one"}, (char[]){"--flag"}, (char[]){"two"}, (char[]){"--"},
          (char[]){"--text"});

    CHECK_INT("go on", code, -1);
    CHECK(flag);
    CHECK_INT("what is left", argc, 4);
    CHECK_STR("behind --", argv[3], "--text");
}

static void a_list_gathers(void) {
    PARSE((char[]){"--list"}, (char[]){"a"}, (char[]){"--list"}, (char[]){"b"});

    CHECK_INT("go on", code, -1);
    CHECK_INT("how many", (int64_t)list.count, 2);
    CHECK_STR("the second", list.count == 2 ? list.items[1] : NULL, "b");
}

static void times_have_units(void) {
    PARSE((char[]){"--time"}, (char[]){"1500ms"});

    CHECK_INT("go on", code, -1);
    CHECK_INT("time", duration, 1500);
}

static void misuse_is_2(void) {
    {
        PARSE((char[]){"--nummber"}, (char[]){"7"});
        CHECK_INT("a misspelt one", code, 2);
    }
    {
        PARSE((char[]){"--number"}, (char[]){"11"});
        CHECK_INT("beyond its bound", code, 2);
    }
    {
        PARSE((char[]){"--number"}, (char[]){"7x"});
        CHECK_INT("no number", code, 2);
    }
    {
        PARSE((char[]){"--text"});
        CHECK_INT("without its value", code, 2);
    }
    {
        PARSE((char[]){"--time"}, (char[]){"5"});
        CHECK_INT("a time without a unit", code, 2);
    }
}

static void a_command_line_for_a_report_has_no_key(void) {
    char *argv[] = {(char[]){"run"},
                    (char[]){"--key"},
                    (char[]){"sk_test_secret"},
                    (char[]){"--header=X-Key: hush"},
                    (char[]){"--jobs"},
                    (char[]){"2"},
                    NULL};
    char *line = command_line(6, argv);

    CHECK(strstr(line, "sk_test_secret") == NULL);
    CHECK(strstr(line, "hush") == NULL);
    CHECK(strstr(line, "--jobs 2") != NULL);
    free(line);
}

int main(void) {
    both_ways_of_giving_a_value_are_one();
    what_is_no_option_is_left();
    a_list_gathers();
    times_have_units();
    misuse_is_2();
    a_command_line_for_a_report_has_no_key();
    free(list.items);
    return check_result();
}

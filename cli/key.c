/* What --key and --key-file say comes in. The key goes out. */
#include "cli/key.h"

#include <stdlib.h>
#include <string.h>

#include "core/file.h"

enum { MAX_FILE = 65536 };

/* The first line of a file, "-" is standard input. */
static bool first_line(const struct command *c, const char *path, const char **out) {
    struct err err = {0};
    size_t len, line;
    static char *text; /* lent until the program ends */

    free(text);
    text = file_slurp(path, MAX_FILE, &len, &err);
    if (!text) {
        print_err(&err, 2);
        return false;
    }
    line = strcspn(text, "\r\n");
    text[line] = '\0';
    if (!line) {
        usage_error(c, "%s holds no key in its first line",
                    strcmp(path, "-") == 0 ? "standard input" : path);
        return false;
    }
    *out = text;
    return true;
}

bool key_read(const struct command *c, const char *key, const char *file,
              const char *otherwise, const char **out) {
    if (key && file) {
        usage_error(c, "--key and --key-file are two keys: give one");
        return false;
    }
    if (file || (key && strcmp(key, "-") == 0))
        return first_line(c, file ? file : "-", out);
    *out = key ? key : otherwise;
    return true;
}

/* The user's state folder comes in. A redactor that knows its secrets again goes out, or
 * a line that says why it does not. */
#include "cli/identity.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/options.h"
#include "core/file.h"

void identity_give(struct redactor *r) {
    char *path = file_in_state("identity.key");
    struct identity_key key;
    struct err err = {0};

    if (path && identity_key_load(&key, path, &err))
        redactor_identify(r, &key);
    else if (!common.quiet)
        fprintf(stderr,
                "assay: secrets of this recording cannot be compared with those of "
                "others: %s\n",
                path ? err.text : "neither XDG_STATE_HOME nor HOME is set");
    free(path);
}

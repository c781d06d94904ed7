/*
 * child.h - a command that is run beside a server of ours, or before one is tested.
 *
 * The child leads a process group of its own. It gets the terminal if we have it, and
 * every signal that we get. When it ends, the rest of its group is ended too.
 *
 * Units      milliseconds.
 * Errors     what cannot be started is told in `err`.
 * Ownership  argv and the environment are borrowed for the call.
 * Threads    one child at a time, from the main thread; SIGCHLD must be blocked.
 */
#ifndef ASSAY_CLI_CHILD_H
#define ASSAY_CLI_CHILD_H

#include <signal.h>
#include <sys/types.h>

#include "core/err.h"

enum { CHILD_BOUND_MS = 3000 }; /* what a group gets to end by itself */

struct child {
    pid_t pid;    /* and process group; 0 = none */
    int terminal; /* a descriptor of it if it was lent to the child; else -1 */
    bool ended;
    int status; /* of waitpid(), once it has ended */
};

/* One variable of the environment that the child gets. */
struct child_variable {
    const char *name, *value; /* value NULL = not set here */
};

/* Cut "-- COMMAND ARGS.." off `argv`: the command, NULL last, or NULL if there is none.
 * *argc is then what stands before it. */
char **child_split(int *argc, char **argv);
/* `to_stderr`: its standard output goes there; ours holds results. `terminal`: it gets
 * the terminal. */
bool child_start(struct child *c, char *const *argv,
                 const struct child_variable *variables, size_t count, bool to_stderr,
                 struct err *err);
/* Has it ended by now? Also lends and takes back the terminal when it is stopped. */
bool child_ended(struct child *c);
void child_signal(const struct child *c, int number);
/* End what is left of its process group: SIGTERM, after `bound_ms` SIGKILL. */
void child_end_group(struct child *c, int64_t bound_ms);
/* As a shell has it: the exit code, or 128 and the number of the signal. */
int child_code(const struct child *c);

#endif

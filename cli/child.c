/* In: a command of the user's, and the signals that we get. Out: a process group that
 * runs beside us, its exit code, and nothing left of it at the end. */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "core/clock.h"

char **child_split(int *argc, char **argv) {
    for (int i = 1; i < *argc; i++)
        if (strcmp(argv[i], "--") == 0 && i + 1 < *argc) {
            *argc = i;
            argv[i] = NULL;
            return argv + i + 1;
        }
    return NULL;
}

/* What we ignore or hold back, a program of the user's does not; and what a shell lets
 * a command in the background ignore ends us, so it must end the child. */
static void restore_signals(void) {
    const int ours[] = {SIGPIPE, SIGXFSZ, SIGTTOU, SIGINT, SIGQUIT};
    sigset_t none;

    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        signal(ours[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void run(char *const *argv, bool to_stderr, int told) {
    int code;

    setpgid(0, 0);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* also when we are killed */
#endif
    if (to_stderr)
        dup2(STDERR_FILENO, STDOUT_FILENO);
    restore_signals();
    execvp(argv[0], argv);
    code = errno;
    if (write(told, &code, sizeof(code)) < 0)
        _exit(126);
    _exit(127);
}

/* The terminal if our process group has it; else -1. */
static int own_terminal(void) {
    return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp() ? STDIN_FILENO
                                                                        : -1;
}

static void lend_terminal(const struct child *c, pid_t group) {
    if (c->terminal >= 0)
        tcsetpgrp(c->terminal, group);
}

static void set_variables(const struct child_variable *variables, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (variables[i].value)
            setenv(variables[i].name, variables[i].value, 1);
}

bool child_start(struct child *c, char *const *argv,
                 const struct child_variable *variables, size_t count, bool to_stderr,
                 struct err *err) {
    int told[2], code = 0;
    ssize_t n;

    *c = (struct child){.terminal = to_stderr ? -1 : own_terminal()};
    if (pipe2(told, O_CLOEXEC) != 0)
        return err_at(err, ERR_OS, 0, 0, "cannot start \"%.80s\": %s", argv[0],
                      strerror(errno));
#ifdef __linux__
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* what the child leaves is ours to wait for */
#endif
    signal(SIGTTOU, SIG_IGN); /* taking the terminal back must not stop us */
    set_variables(variables, count);
    c->pid = fork();
    if (c->pid == 0)
        run(argv, to_stderr, told[1]);
    close(told[1]);
    if (c->pid < 0)
        code = errno;
    else
        setpgid(c->pid, c->pid);
    lend_terminal(c, c->pid);
    while (c->pid > 0 && (n = read(told[0], &code, sizeof(code))) < 0 && errno == EINTR)
        continue;
    close(told[0]);
    if (!code)
        return true;
    lend_terminal(c, getpgrp());
    if (c->pid > 0)
        waitpid(c->pid, NULL, 0);
    c->pid = 0;
    return err_at(err, ERR_OS, 0, 0, "cannot start \"%.80s\": %s", argv[0],
                  strerror(code));
}

/* Ctrl-Z: we stop with it, and let it go on when we do. */
static void stop_together(const struct child *c) {
    lend_terminal(c, getpgrp());
    raise(SIGSTOP);
    lend_terminal(c, c->pid);
    kill(-c->pid, SIGCONT);
}

bool child_ended(struct child *c) {
    int status;
    pid_t pid;

    while (!c->ended && (pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
        if (pid != c->pid)
            continue; /* what an ended one has left to us */
        if (WIFSTOPPED(status)) {
            stop_together(c);
            continue;
        }
        c->status = status;
        c->ended = true;
        lend_terminal(c, getpgrp());
    }
    return c->ended;
}

void child_signal(const struct child *c, int number) {
    if (c->pid > 0)
        kill(-c->pid, number);
}

/* Is a process left in the group? Those that have ended are taken note of. */
static bool group_lives(struct child *c) {
    child_ended(c);
    while (waitpid(-c->pid, NULL, WNOHANG) > 0)
        continue;
    return kill(-c->pid, 0) == 0;
}

void child_end_group(struct child *c, int64_t bound_ms) {
    int64_t until = clock_steady_ms() + bound_ms;
    sigset_t child;

    if (c->pid <= 0)
        return;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    for (int number = SIGTERM; group_lives(c); number = SIGKILL) {
        kill(-c->pid, number);
        kill(-c->pid, SIGCONT);
        while (group_lives(c) && clock_steady_ms() < until) {
            struct timespec soon = {.tv_nsec = 20000000};

            sigtimedwait(&child, NULL, &soon);
        }
        until = clock_steady_ms() + 1000;
        if (number == SIGKILL)
            break;
    }
    lend_terminal(c, getpgrp());
}

int child_code(const struct child *c) {
    return WIFSIGNALED(c->status) ? 128 + WTERMSIG(c->status) : WEXITSTATUS(c->status);
}

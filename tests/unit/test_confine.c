/* What a process that was confined can still do: each is tried in a child of its own. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "core/confine.h"

enum found { POSSIBLE, REFUSED, FAILED_OTHERWISE };

static int child_finds(const struct confine_options *o, enum found (*look)(void)) {
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        char missing[120];

        _exit(confine(o, missing, sizeof(missing)) == CONFINED ? (int)look()
                                                               : CHECK_SKIPPED);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static enum found refusal(void) {
    return errno == EPERM || errno == EACCES ? REFUSED : FAILED_OTHERWISE;
}

static enum found open_a_file(void) {
    return open("/etc/passwd", O_RDONLY) >= 0 ? POSSIBLE : refusal();
}

static enum found open_a_device(void) {
    return open("/dev/null", O_RDONLY) >= 0 ? POSSIBLE : refusal();
}

static enum found make_a_file(void) {
    return open("assay-confined", O_WRONLY | O_CREAT, 0600) >= 0 ? POSSIBLE : refusal();
}

static enum found start_a_program(void) {
    execl("/bin/true", "true", (char *)NULL);
    return refusal();
}

static enum found connect_somewhere(void) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(9)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0 || errno == ECONNREFUSED)
        return POSSIBLE;
    return refusal();
}

static enum found listen_somewhere(void) {
    struct sockaddr_in a = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, 1) == 0
               ? POSSIBLE
               : refusal();
}

static void what_is_given_up_is_gone(void) {
    static const char *const devices[] = {"/dev", NULL};
    const struct confine_options nothing = {0}, read = {.read = devices},
                                 client = {.connects = true};

    CHECK_INT("a file", child_finds(&nothing, open_a_file), REFUSED);
    CHECK_INT("a new file", child_finds(&nothing, make_a_file), REFUSED);
    CHECK_INT("a file beside what may be read", child_finds(&read, open_a_file),
              REFUSED);
    CHECK_INT("what may be read", child_finds(&read, open_a_device), POSSIBLE);
    CHECK_INT("a program", child_finds(&nothing, start_a_program), REFUSED);
    CHECK_INT("a connection", child_finds(&nothing, connect_somewhere), REFUSED);
    CHECK_INT("a connection of a client", child_finds(&client, connect_somewhere),
              POSSIBLE);
    CHECK_INT("a listening socket", child_finds(&nothing, listen_somewhere), POSSIBLE);
}

int main(void) {
    const struct confine_options nothing = {0};

    if (child_finds(&nothing, listen_somewhere) == CHECK_SKIPPED) {
        puts("skipped: this kernel has no Landlock or no seccomp");
        return CHECK_SKIPPED;
    }
    what_is_given_up_is_gone();
    return check_result();
}

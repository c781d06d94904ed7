/* What a process still needs comes in. The rest is refused by the kernel from then on. */
#include "core/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef ASSAY_SECCOMP
#include <seccomp.h>
#endif

#if defined(__linux__) && __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

#if defined(LANDLOCK_CREATE_RULESET_VERSION) && defined(SYS_landlock_create_ruleset)

/* Newer headers have these; the kernel says which of them it knows. */
enum {
    ACCESS_REFER = 1 << 13,      /* ABI 2 */
    ACCESS_TRUNCATE = 1 << 14,   /* ABI 3 */
    ACCESS_NET_CONNECT = 1 << 1, /* ABI 4 */
    RULE_NET_PORT = 2
};

struct net_rule {
    uint64_t access, port;
};

struct ruleset {
    uint64_t files, net;
};

enum {
    READS = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
            LANDLOCK_ACCESS_FS_EXECUTE,
    ALL_FILES = (1 << 13) - 1
};

static void allow_path(int rules, const char *path, uint64_t access) {
    struct landlock_path_beneath_attr beneath = {.allowed_access = access};
    struct stat s;

    beneath.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (beneath.parent_fd < 0)
        return; /* what is not there cannot be opened either */
    if (fstat(beneath.parent_fd, &s) == 0 && !S_ISDIR(s.st_mode))
        beneath.allowed_access &= LANDLOCK_ACCESS_FS_READ_FILE |
                                  LANDLOCK_ACCESS_FS_WRITE_FILE |
                                  LANDLOCK_ACCESS_FS_EXECUTE | ACCESS_TRUNCATE;
    syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    close(beneath.parent_fd);
}

static void allow_all(int rules, const struct confine_options *o, uint64_t writes) {
    for (size_t i = 0; o->read && o->read[i]; i++)
        allow_path(rules, o->read[i], READS);
    for (size_t i = 0; o->write && o->write[i]; i++)
        allow_path(rules, o->write[i], writes);
    for (size_t i = 0; o->connects && o->ports && o->ports[i]; i++) {
        struct net_rule rule = {ACCESS_NET_CONNECT, (uint64_t)o->ports[i]};

        syscall(SYS_landlock_add_rule, rules, RULE_NET_PORT, &rule, 0);
    }
}

static bool close_files(const struct confine_options *o) {
    long abi =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    struct ruleset set = {.files = ALL_FILES};
    bool nets = abi >= 4 && (!o->connects || o->ports);
    bool ok;
    int rules;

    if (abi < 1)
        return false;
    set.files |= (abi >= 2 ? ACCESS_REFER : 0) | (abi >= 3 ? ACCESS_TRUNCATE : 0);
    set.net = nets ? ACCESS_NET_CONNECT : 0;
    rules = (int)syscall(SYS_landlock_create_ruleset, &set,
                         abi >= 4 ? sizeof(set) : sizeof(set.files), 0);
    if (rules < 0)
        return false;
    allow_all(rules, o, set.files & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE);
    ok = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    close(rules);
    return ok;
}

#else

static bool close_files(const struct confine_options *o) {
    (void)o;
    return false;
}

#endif

#ifdef ASSAY_SECCOMP

static bool close_calls(const struct confine_options *o) {
    const int never[] = {SCMP_SYS(execve),
                         SCMP_SYS(execveat),
                         SCMP_SYS(ptrace),
                         SCMP_SYS(process_vm_readv),
                         SCMP_SYS(process_vm_writev),
                         SCMP_SYS(mount),
                         SCMP_SYS(bpf)};
    const struct scmp_arg_cmp to_somebody = {
        .arg = 4, .op = SCMP_CMP_NE, .datum_a = 0, .datum_b = 0};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    bool ok = filter != NULL;

    for (size_t i = 0; ok && i < ARRAY_LEN(never); i++)
        ok = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), never[i], 0) == 0;
    if (ok && !o->connects)
        ok = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(connect), 0) ==
                 0 &&
             seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(sendto), 1,
                                    &to_somebody) == 0;
    ok = ok && seccomp_load(filter) == 0;
    if (filter)
        seccomp_release(filter);
    return ok;
}

char *confine_library(char *out, size_t size) {
    const struct scmp_version *v = seccomp_version();

    snprintf(out, size, "libseccomp %u.%u.%u", v->major, v->minor, v->micro);
    return out;
}

#else

static bool close_calls(const struct confine_options *o) {
    (void)o;
    return false;
}

char *confine_library(char *out, size_t size) {
    snprintf(out, size, "no libseccomp");
    return out;
}

#endif

#if defined(__has_feature) && !defined(__SANITIZE_ADDRESS__)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1 /* as gcc says it */
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
static bool is_confined;

/* Asked by LeakSanitizer at the end: its search needs /proc and ptrace, which are closed
 * off in a confined process. */
int __lsan_is_turned_off(void);

int __lsan_is_turned_off(void) {
    return is_confined;
}
#endif

enum confined confine(const struct confine_options *o, char *missing, size_t size) {
    bool may = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    bool files = may && close_files(o), calls = may && close_calls(o);

    snprintf(missing, size, "%s%s%s", files ? "" : "files (no Landlock)",
             files || calls ? "" : " and ",
             calls ? "" : "other programs and connections (no seccomp)");
#ifdef __SANITIZE_ADDRESS__
    is_confined = files || calls;
#endif
    return files && calls ? CONFINED : files || calls ? CONFINED_PARTLY : CONFINED_NOT;
}

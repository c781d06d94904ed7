/* Target profiles: one is loaded, or there is a reason with its place. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "api/profile_load.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int fd = memfd_create("profile", MFD_CLOEXEC);
    struct diags diags = {0};
    struct profile *p;
    char path[64];

    HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    p = profile_load(path, size % 2 ? PROFILE_ALLOW_LIVE : PROFILE_KEYS_ONLY, &diags);
    HOLDS((p == NULL) == (diags.count > 0));
    if (p) {
        HOLDS(p->credential_count == 0 || profile_by_key(p, p->credentials[0].key));
        profile_credential(p, "ui_extension");
    }
    profile_free(p);
    diags_release(&diags);
    close(fd);
    return 0;
}

/* Journals: any bytes are read as far as they are whole; what is read can be written.
 */
#include <stdio.h>
#include <unistd.h>

#include "fuzz.h"
#include "recording/journal.h"

static char path[] = "/tmp/assay-fuzz-journal-XXXXXX";

static void remove_file(void) {
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int fd = -1;
    struct journal_report report;
    struct journal_head head;
    struct recording r = {0};
    struct err err = {0};

    if (fd < 0) {
        fd = mkstemp(path);
        HOLDS(fd >= 0);
        atexit(remove_file);
    }
    HOLDS(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    if (journal_read(path, &head, &r, &report, true, &err)) {
        struct buf text = BUF_INIT(BUF_UNLIMITED);

        HOLDS(report.intents == r.count && report.unknown <= r.count);
        HOLDS(report.cut_bytes + report.damaged_bytes <= size);
        HOLDS(recording_write(&r, &text));
        buf_release(&text);
    } else {
        HOLDS(err.text[0]);
    }
    journal_head_release(&head);
    recording_release(&r);
    return 0;
}

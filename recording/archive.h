/*
 * archive.h - what the archives of other tools share on their way into a recording.
 *
 * Use in this order: archive_saw() for the URL of every entry; archive_choose() picks
 * the one server whose traffic is taken; then for each entry archive_entry(), its
 * headers and bodies, and archive_answered(); archive_finish() last.
 *
 * The server is the one that `upstream` names, else the one to which most requests with
 * a path of the API went. A path before that of the API belongs to its URL.
 *
 * Bodies are decoded by their Content-Encoding where the archive holds them encoded;
 * what cannot be decoded makes the exchange partial, by which nothing is judged.
 *
 * Units      times are microseconds since the Unix epoch; ARCHIVE_NO_TIME = not known.
 * Ownership  the recording is borrowed and has to be empty at first; a zeroed archive
 *            with `recording` set is ready. archive_release() frees the rest.
 */
#ifndef ASSAY_RECORDING_ARCHIVE_H
#define ASSAY_RECORDING_ARCHIVE_H

#include "recording/recording.h"

#define ARCHIVE_NO_TIME INT64_MIN

struct archive_left_out { /* an entry that did not come in */
    size_t entry;         /* from 1, as it stands in the archive */
    char *why;
};

struct archive_report {
    size_t taken;
    size_t other_server; /* entries that went to another server */
    size_t not_http;     /* data:, file:, ws: .. */
    size_t no_body;      /* answers whose body is not there or not readable: partial */
    size_t no_answer;    /* requests of which no answer is there */
    size_t no_key;       /* let in without a key to be seen: it was left out */
    struct archive_left_out *left_out;
    size_t left_out_count;
};

struct archive {
    struct recording *recording;
    const char *upstream;   /* the server that was named, or NULL */
    const char *path;       /* of the archive: bodies may stand in files beside it */
    bool keys_are_complete; /* who wrote it leaves no credentials out */
    struct archive_report report;
    struct archive_server *servers; /* private, as is the rest */
    size_t server_count;
    int *sessions; /* of each exchange, in the order of archive_entry(); or NULL */
    char *base;    /* scheme://host[:port][/prefix] of the chosen one */
    int64_t latest_us;
};

void archive_saw(struct archive *a, const char *url);
/* False if no entry belongs to the API or to `upstream`; the error says what is there.
 */
bool archive_choose(struct archive *a, struct err *err);
/* A new exchange with method, target and time; NULL = the entry belongs to another
 * server, and is counted as such. Valid until the next one. Entries without a time
 * follow the one before them. */
struct recorded *archive_entry(struct archive *a, const char *method, const char *url,
                               int64_t began_us, int64_t took_us);
/* The exchange that was added last is of that session of the archive. Nobody calls it:
 * all are of one. */
void archive_session(struct archive *a, int session);
void archive_leave_out(struct archive *a, size_t entry, const char *why);
/* A header of the request or of the answer, without what only concerns its transport.
 */
void archive_header(struct http_headers *h, const char *name, const char *value);
/* Bodies as the archive has them, after all headers. */
void archive_request_body(struct recorded *x, const char *bytes, size_t len);
void archive_response_body(struct archive *a, struct recorded *x, const char *bytes,
                           size_t len);
/* The archive does not hold the body that there was. */
void archive_no_body(struct archive *a, struct recorded *x, const char *why);
/* The end of an entry. `status` outside of 100 to 599: it has no answer, because of
 * `why`. */
void archive_answered(struct archive *a, struct recorded *x, int status,
                      const char *reason, const char *why);
/* Sorts by time and numbers. */
void archive_finish(struct archive *a);
void archive_release(struct archive *a);

/* ISO 8601 with any zone or none (then UTC), or ARCHIVE_NO_TIME. */
int64_t archive_time(const char *text);

#endif

/*
 * watch.h - waits until one of some files changes, or somebody asks.
 *
 * A path may be a folder: all below it is watched. It looks at sizes and times ten times a
 * second, so it works on any file system; a change counts once it has come to rest.
 *
 * Ownership  watch_free() frees; paths are copied.
 * Threads    the main thread.
 */
#ifndef ASSAY_CLI_WATCH_H
#define ASSAY_CLI_WATCH_H

#include <stddef.h>

struct watch;

struct watch *watch_new(void);
void watch_free(struct watch *w); /* NULL is fine */
void watch_add(struct watch *w, const char *path);
size_t watch_count(const struct watch *w);
/* From now on: what changes after this is a change, also before watch_wait(). */
void watch_note(struct watch *w);
/* The path in which something changed, or "SIGHUP"; NULL = a signal says stop. Lends. */
const char *watch_wait(struct watch *w);

#endif

/*
 * file.h - whole files in and out.
 *
 * Errors     false or NULL with `err`; a failed write leaves the old file as it was.
 * Ownership  file_slurp() returns bytes for free(), terminated by a NUL beyond `len`.
 */
#ifndef ASSAY_CORE_FILE_H
#define ASSAY_CORE_FILE_H

#include "core/buf.h"
#include "core/err.h"

/* `path` "-" is standard input. It and other pipes can be read again; one thread. */
char *file_slurp(const char *path, size_t max, size_t *len, struct err *err);

/* What a path means when its last part is a symbolic link, whether or not anything is
 * there; free(). */
char *file_follow(const char *path);
/* A new file or a rename in the folder of `path` is only durable after this. */
void file_sync_folder(const char *path);
/* The folder that `path` stands in; free(). */
char *file_folder(const char *path);
/* Temporary file beside `path`, fsync, rename, fsync of the folder. A `path` that is
 * a device or pipe is written directly; "-" is standard output; a link is followed. */
bool file_replace(const char *path, const void *bytes, size_t len, struct err *err);
/* A new one is for its user alone: 0600. */
bool file_replace_own(const char *path, const void *bytes, size_t len, struct err *err);
/* The same in pieces, so that a long file is never whole in memory: `next` adds bytes to
 * the empty buffer and says whether there are more. */
bool file_replace_own_pieces(const char *path,
                             bool (*next)(struct buf *piece, void *context),
                             void *context, struct err *err);

/* From a signal handler that ends the program: remove what file_replace() has begun. */
void file_drop_unfinished(void);

/* Whether file_replace() has a chance: asked before long work. */
bool file_can_replace(const char *path, struct err *err);
bool file_is_stdout(const char *path); /* "-", "/dev/stdout" */

bool file_exists(const char *path);
/* A file or folder of the user's own state: in $XDG_STATE_HOME/assay, else in
 * ~/.local/state/assay; free(). NULL = neither variable names a place. */
char *file_in_state(const char *name);
/* mkdir -p; existing is fine. */
bool file_make_dir(const char *path, struct err *err);
/* file_make_dir(), for its user alone: 0700. False if it is somebody else's. */
bool file_make_own_dir(const char *path, struct err *err);
/* Is it a file or folder, no link, of this user, that nobody else can write? */
bool file_is_own(const char *path, struct err *err);
/* Paths in `dir` that end in `suffix`, sorted by name; free each and the array. */
char **file_list(const char *dir, const char *suffix, size_t *count, struct err *err);

#endif

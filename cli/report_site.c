/* A folder of result documents comes in. A folder that is a site goes out. */
#include "cli/report_site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/diagnose.h"
#include "cli/options.h"
#include "core/file.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "reports/reports.h"
#include "reports/site.h"

enum { RESULT_BYTES = 1 << 30 };

/* The *.json of a folder; those that are result documents stay. */
struct folder {
    char **files;
    size_t count;
};

static void folder_release(struct folder *f) {
    for (size_t i = 0; i < f->count; i++)
        free(f->files[i]);
    free(f->files);
}

/* NULL with `err`; NULL without = it is some other JSON. */
static json_t *load(const char *path, struct err *err) {
    json_t *results = jsonx_load_file(path, RESULT_BYTES, err);

    if (!results)
        return NULL;
    if (!json_object_get(results, "assay_results")) {
        json_decref(results);
        return NULL;
    }
    if (!results_check(results, err)) {
        err_in(err, path);
    } else if (json_is_object(json_object_get(results, "shard"))) {
        err_at(
            err, ERR_SYNTAX, 0, 0,
            "this is a shard: merge the shards of a run by assay report SHARD.json.. "
            "--format json -o RUN.json");
        err_in(err, path);
    } else {
        return results;
    }
    json_decref(results);
    return NULL;
}

/* All that is wrong is told before anything is written. */
static int check_files(struct folder *f, const char *dir) {
    size_t kept = 0;
    int code = -1;

    for (size_t i = 0; i < f->count; i++) {
        struct err err = {0};
        json_t *results = load(f->files[i], &err);

        if (err.code != ERR_NONE)
            code = print_err(&err, err.code == ERR_SYNTAX ? 1 : 2);
        else if (!results)
            fprintf(stderr, "assay report: %s: no result document, left out\n",
                    f->files[i]);
        if (results)
            f->files[kept++] = f->files[i];
        else
            free(f->files[i]);
        json_decref(results);
    }
    f->count = kept;
    if (code < 0 && !kept) {
        fprintf(stderr,
                "assay report: %s: no result documents: *.json as assay run --results "
                "writes them\n",
                dir);
        return 2;
    }
    return code;
}

static bool put_file(void *arg, const char *path, const struct buf *bytes,
                     struct err *err) {
    char *whole = mem_printf("%s/%s", (const char *)arg, path);
    bool ok = file_replace(whole, bytes->ptr, bytes->len, err);

    free(whole);
    return ok;
}

static bool make_folders(const char *out, struct err *err) {
    static const char *const names[] = {"runs", "badges"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char *path = mem_printf("%s/%s", out, names[i]);
        bool ok = file_make_dir(path, err);

        free(path);
        if (!ok)
            return false;
    }
    return true;
}

static bool add_file(struct site *site, const char *path, struct err *err) {
    json_t *results = load(path, err);
    bool ok;

    if (!results)
        return err_at(err, ERR_OS, 0, 0, "%s has changed meanwhile", path);
    if (!json_object_get(results, "causes") &&
        strcmp(jsonx_string(results, "command", ""), "diff") != 0)
        diagnose(results);
    ok = site_add(site, path, results, err);
    json_decref(results);
    return ok;
}

static int write_site(const struct folder *f, char *out) {
    struct site *site = site_new(put_file, out);
    struct err err = {0};
    bool ok = make_folders(out, &err);

    for (size_t i = 0; i < f->count && ok; i++)
        ok = add_file(site, f->files[i], &err);
    ok = ok && site_finish(site, &err);
    site_free(site);
    if (!ok)
        return print_err(&err, 2);
    if (!common.quiet)
        fprintf(stderr, "assay report: %s/index.html: %zu result%s\n", out, f->count,
                f->count == 1 ? "" : "s");
    return 0;
}

int report_site(const char *dir, const char *out) {
    struct folder f = {0};
    struct err err = {0};
    struct stat st;
    char *place;
    int code;

    if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode)) {
        err_at(&err, ERR_OS, 0, 0, "--format site wants a folder of results");
        err_in(&err, dir);
        return print_err(&err, 2);
    }
    f.files = file_list(dir, ".json", &f.count, &err);
    if (!f.files)
        return print_err(&err, 2);
    code = check_files(&f, dir);
    place = out ? mem_strdup(out) : mem_printf("%s/site", dir);
    if (code < 0)
        code = write_site(&f, place);
    free(place);
    folder_release(&f);
    return code;
}

/* Archives of other tools, or a recording, come in. A redacted recording, or a HAR, goes
 * out. */
#include <stdlib.h>
#include <string.h>

#include "cli/fixture.h"
#include "core/build_info.h"
#include "core/file.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "recording/har.h"
#include "recording/vcr.h"

enum { MAX_ARCHIVE = 1 << 30, MAX_TOLD = 5 };

static bool next_of_har(struct buf *piece, void *context) {
    return har_write(context, piece);
}

int fixture_export(const struct command *c, char **files, int count) {
    const char *output = fixture_options.output ? fixture_options.output : "-";
    struct recording r = {0};
    struct har_writing har = {.recording = &r};
    struct err err = {0};
    int code = 2;

    if (count != 1 || !fixture_options.har)
        return usage_error(c, "export takes one recording and --har");
    if (!fixture_load(&r, files[0], &code))
        return code;
    code = 0;
    if (!file_replace_own_pieces(output, next_of_har, &har, &err))
        code = print_err(&err, 2);
    recording_release(&r);
    return code;
}

static void tell_left_out(FILE *to, const struct archive_report *t) {
    for (size_t i = 0; i < t->left_out_count && i < MAX_TOLD; i++)
        fprintf(to, "left out: entry %zu: %s\n", t->left_out[i].entry,
                t->left_out[i].why);
    if (t->left_out_count > MAX_TOLD)
        fprintf(to, "left out: %zu more that are no exchanges\n",
                t->left_out_count - MAX_TOLD);
}

static void tell(FILE *to, const struct archive_report *t) {
    static const char s[] = "s";

    tell_left_out(to, t);
    if (t->other_server || t->not_http)
        fprintf(to, "left out: %zu with other servers, %zu that are not HTTP\n",
                t->other_server, t->not_http);
    if (t->no_answer)
        fprintf(to, "%zu request%s had no answer: the outcome is unknown\n",
                t->no_answer, t->no_answer == 1 ? "" : s);
    if (t->no_body)
        fprintf(to,
                "%zu answer%s no readable body in the archive: partial, nothing is "
                "judged by it\n",
                t->no_body, t->no_body == 1 ? " has" : "s have");
    if (t->no_key)
        fprintf(to,
                "%zu request%s let in without a key in the archive: taken as "
                "key:left_out\n",
                t->no_key, t->no_key == 1 ? " was" : "s were");
}

/* By its format into an empty recording; the exit code, 0 = it is in. */
static int read_archive(const char *path, struct archive *a) {
    struct err err = {0};
    size_t len;
    char *text = file_slurp(path, MAX_ARCHIVE, &len, &err);
    json_t *value = NULL;
    bool ok = false;

    if (!text)
        return print_err(&err, 2);
    if (fixture_options.vcr)
        value = vcr_load(path, text, len, &err);
    else if (!(value = jsonx_load(text, len, 64, &err)))
        err_in(&err, path);
    if (value)
        ok = fixture_options.vcr ? vcr_to(value, a, &err) : har_to(value, a, &err);
    if (value && !ok)
        err_in(&err, path);
    if (ok && !a->recording->count)
        ok = err_at(&err, ERR_SYNTAX, 0, 0, "%s: no entry is with %s", path,
                    a->upstream);
    json_decref(value);
    free(text);
    return ok ? 0 : print_err(&err, 1);
}

int fixture_import(const struct command *c, char **files, int count) {
    const char *output = fixture_options.output;
    struct recording r = {0};
    struct archive a = {
        .recording = &r, .upstream = fixture_options.upstream, .path = files[0]};
    struct redactor *redactor;
    int code;

    if (count != 1 || fixture_options.har == fixture_options.vcr || !output)
        return usage_error(c, "import takes one archive, --har or --vcr, and -o FILE");
    code = read_archive(files[0], &a);
    if (code == 0 && (redactor = fixture_redactor(&code))) {
        r.tool = mem_printf("assay %s", build_version);
        redactor_keep_tokens(redactor); /* of an archive that we exported */
        fixture_redact(redactor, &r);
        redactor_free(redactor);
        code = fixture_save(&r, output);
        if (code == 0)
            fprintf(fixture_talk(output), "%s: %zu exchanges with %s\n", output,
                    r.count, r.upstream);
        tell(fixture_talk(output), &a.report);
    }
    recording_release(&r);
    archive_release(&a);
    return code;
}

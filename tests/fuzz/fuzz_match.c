/* The comparator: an expectation in YAML up to a NUL byte, then a value in JSON. */
#include "core/jsonx.h"
#include "core/match.h"
#include "core/match_check.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct yaml_limits limits = {1 << 16, 16, 2000, false, false};
    struct diags diags = {0};
    struct mismatches found = {0};
    size_t len;
    const char *text = fuzz_part(&data, &size, '\0', &len);
    struct yaml_doc *doc = yaml_doc_parse("fuzz", text, len, &limits, &diags);
    json_t *got = jsonx_load((const char *)data, size, 16, NULL);

    if (doc) {
        json_t *want = yaml_node_to_json(doc->root);
        bool held;

        HOLDS(match_check(doc, doc->root, &diags) == (diags.count == 0));
        held = match(want, got, &found); /* also when it is malformed */
        HOLDS(held == (found.count == 0));
        HOLDS(found.count <= MISMATCHES_MAX);
        HOLDS(match(want, got, NULL) == held);
        mismatches_release(&found);
        json_decref(want);
    }
    match_forget();
    json_decref(got);
    yaml_doc_free(doc);
    diags_release(&diags);
    return 0;
}

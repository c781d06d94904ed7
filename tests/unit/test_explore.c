#include "check.h"
#include "harness/explore/oracle.h"
#include "harness/spec/spec.h"
#include "harness/spec/spec_write.h"

static const struct sequence_limits limits = {{true, true, true}, true, true, NAMES};

static void sequence_of_seed(struct sequence *s, uint64_t seed, size_t length) {
    struct id_source ids;

    id_seed(&ids, seed);
    sequence_random(s, &ids, length, &limits);
}

static char *spec_of(const struct prediction *how, const struct sequence *s) {
    json_t *cases = json_pack("[o]", oracle_predict(how, s, "one", "as predicted"));
    char *text = spec_write("explore", "Made up.", cases, "two lines\nof comment");

    json_decref(cases);
    return text;
}

static void expect_valid(const char *text) {
    struct spec_text t = {"explore.yaml", text, strlen(text)};
    struct diags diags = {0};
    struct specs *specs = specs_load_texts(ASSAY_SPECS_DIR, &t, 1, &diags);
    char line[1024];

    if (!CHECK(specs != NULL) && diags.count)
        fprintf(stderr, "%s\n%s\n", err_format(&diags.items[0], line, sizeof(line)),
                text);
    specs_free(specs);
    diags_release(&diags);
}

static void every_sequence_and_every_part_of_one_is_a_spec(void) {
    struct diags diags = {0};
    struct catalogue *catalogue = catalogue_load(ASSAY_SPECS_DIR, &diags);
    struct prediction how = {.catalogue = catalogue};

    for (uint64_t seed = 1; catalogue && seed <= 20; seed++) {
        struct sequence s = {0}, part = {0};
        char *text;

        sequence_of_seed(&s, seed, 30);
        text = spec_of(&how, &s);
        expect_valid(text);
        free(text);
        sequence_without(&part, &s, seed % 20, 20);
        text = spec_of(&how, &part);
        expect_valid(text);
        free(text);
        sequence_release(&part);
        sequence_release(&s);
    }
    catalogue_free(catalogue);
    diags_release(&diags);
}

static void a_seed_makes_the_same_spec(void) {
    struct diags diags = {0};
    struct catalogue *catalogue = catalogue_load(ASSAY_SPECS_DIR, &diags);
    struct prediction how = {.catalogue = catalogue};
    struct sequence a = {0}, b = {0};
    char *text, *again;

    sequence_of_seed(&a, 7, 20);
    sequence_of_seed(&b, 7, 20);
    text = spec_of(&how, &a);
    again = spec_of(&how, &b);
    CHECK_STR("the same seed", again, text);
    free(text);
    free(again);
    sequence_release(&a);
    sequence_release(&b);
    catalogue_free(catalogue);
    diags_release(&diags);
}

static void texts_come_back_from_yaml(void) {
    static const char *const texts[] = {
        "plain", "",    " a ",  "yes",      "null",      "12",           "1.0",
        "a: b",  "a#b", "#",    "\"q\" \\", "a\nb",      "\r\t",         "-",
        "- a",   "{x}", "${v}", "%41",      "caf\u00e9", "\ufeffb",      "90s",
        "012",   "a/b", "$ge",  "~",        "& a",       "\U0001f511 x", "!t",
        "a,b",   "[1]", "on",   "@x",       "a b ",      "\u2028",       "\xc2\x85"};
    json_t *list = json_array(), *cases, *back;
    struct diags diags = {0};
    struct yaml_doc *doc;
    char *text;

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        json_array_append_new(list, json_string(texts[i]));
    cases = json_pack("[{s:O}]", "title", list);
    text = spec_write("s", "About: \"it\".", cases, NULL);
    doc = yaml_doc_parse("s.yaml", text, strlen(text), &yaml_limits_spec, &diags);
    if (CHECK(doc != NULL)) {
        back = yaml_node_to_json(
            yaml_node_get(yaml_node_get(doc->root, "cases")->items[0], "title"));
        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
            CHECK_STR(texts[i], json_string_value(json_array_get(back, i)), texts[i]);
        json_decref(back);
    }
    yaml_doc_free(doc);
    diags_release(&diags);
    free(text);
    json_decref(cases);
    json_decref(list);
}

int main(void) {
    every_sequence_and_every_part_of_one_is_a_spec();
    a_seed_makes_the_same_spec();
    texts_come_back_from_yaml();
    return check_result();
}

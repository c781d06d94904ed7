#include <stdio.h>

#include <harness/spec.h>

int main(int argc, char **argv) {
    struct diags diags = {0};
    struct specs *specs = argc > 1 ? specs_load(argv[1], NULL, 0, &diags) : NULL;
    int code = specs && specs->suite_count > 0 ? 0 : 1;

    if (specs)
        printf("%zu suites, digest %.8s\n", specs->suite_count, specs->digest);
    specs_free(specs);
    diags_release(&diags);
    return code;
}

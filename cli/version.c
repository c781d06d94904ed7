/* In: nothing. Out: on stdout the version, the revision of the sources, the digest of the
 * suite and the libraries as they are loaded, for a report of a fault. */
#include "cli/version.h"

#include <curl/curl.h>
#include <gnutls/gnutls.h>
#include <jansson.h>
#include <microhttpd.h>
#include <nettle/version.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>
#include <zlib.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "cli/options.h"
#include "core/build_info.h"
#include "core/confine.h"
#include "harness/spec/spec.h"

static void print_libraries(void) {
    char pcre2[64] = "", seccomp[64];

    pcre2_config(PCRE2_CONFIG_VERSION, pcre2);
    pcre2[strcspn(pcre2, " ")] = '\0';
    printf(
        "libraries  libcurl %s, libmicrohttpd %s, GnuTLS %s, jansson %s, libyaml %s,\n"
        "           PCRE2 %s, nettle %d.%d, zlib %s, %s\n",
        curl_version_info(CURLVERSION_NOW)->version, MHD_get_version(),
        gnutls_check_version(NULL), jansson_version_str(), yaml_get_version_string(),
        pcre2, nettle_version_major(), nettle_version_minor(), zlibVersion(),
        confine_library(seccomp, sizeof(seccomp)));
}

int version_print(void) {
    struct diags diags = {0};
    struct specs *specs;

    printf("assay %s\nrevision   %s\n", build_version, build_revision);
    specs = specs_load(specs_dir(), NULL, 0, &diags);
    if (specs)
        printf("suite      sha256:%s, %zu clauses, %s\n", specs->digest,
               specs->catalogue->clause_count, specs_dir());
    print_libraries();
    specs_free(specs);
    return specs ? 0 : print_diags(&diags, 3);
}

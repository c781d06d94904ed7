/*
 * report_site.h - `assay report DIR --format site`: the files of a folder in, those of a
 * site out.
 *
 * Errors     an exit code; what is wrong has been told, with the names of the files. If a
 *            file is broken nothing is written.
 */
#ifndef ASSAY_CLI_REPORT_SITE_H
#define ASSAY_CLI_REPORT_SITE_H

/* `out` NULL: DIR/site. */
int report_site(const char *dir, const char *out);

#endif

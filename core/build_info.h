/*
 * build_info.h - which Assay this is. The texts are written by cmake/revision.cmake.
 */
#ifndef ASSAY_CORE_BUILD_INFO_H
#define ASSAY_CORE_BUILD_INFO_H

extern const char build_version[]; /* "0.1.0" */
extern const char
    build_revision[]; /* of git, "-modified" behind it; "unknown" without */

#endif

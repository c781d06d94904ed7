/*
 * page.h - the page at /_assay/ of a replay: live requests, misses and state, in one
 * file without outside resources.
 */
#ifndef ASSAY_PAGE_H
#define ASSAY_PAGE_H

extern const char page_html[];

#endif

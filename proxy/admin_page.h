/*
 * admin_page.h - the page at /_assay/ of serve, record and replay: live requests and state,
 * in one file without outside resources.
 */
#ifndef ASSAY_PROXY_ADMIN_PAGE_H
#define ASSAY_PROXY_ADMIN_PAGE_H

extern const char admin_page_html[];

#endif

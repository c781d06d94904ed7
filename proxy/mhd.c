/* A connection or an answer of libmicrohttpd comes in. Where it comes from goes out, or the answer
 * with its headers. */
#include "proxy/mhd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

bool mhd_is_loopback(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *a = info ? info->client_addr : NULL;

    if (a && a->sa_family == AF_INET)
        return (ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >>
                24) == 127;
    if (a && a->sa_family == AF_INET6) {
        const struct in6_addr *in =
            &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;

        return IN6_IS_ADDR_LOOPBACK(in) ||
               (IN6_IS_ADDR_V4MAPPED(in) && in->s6_addr[12] == 127);
    }
    return false;
}

static bool is_sent(const struct http_headers *all, const struct http_header *h) {
    return !http_is_hop_by_hop(all, h->name) &&
           strcasecmp(h->name, "Content-Length") != 0;
}

/* libmicrohttpd refuses an empty value. One blank is none (RFC 9110 section 5.5). */
static const char *sent_value(const struct http_header *h) {
    return *h->value ? h->value : " ";
}

/* libmicrohttpd removes the Date that it has when another one is added, and forgets that it
 * has one when any field of that name is removed: a trailer, too. Where another version
 * does not, the last Date is sent alone. */
static void keep_dates(struct MHD_Response *m) {
    static const char trailer[] = "(none)";

    if (MHD_add_response_footer(m, "Date", trailer) == MHD_YES)
        MHD_del_response_header(m, "Date", trailer);
}

void mhd_add_headers(struct MHD_Response *m, const struct http_headers *all) {
    bool dated = false;

    for (size_t i = 0; m && i < all->count; i++) {
        bool date = strcasecmp(all->items[i].name, "Date") == 0;

        if (!is_sent(all, &all->items[i]))
            continue;
        if (date && dated)
            keep_dates(m);
        dated = dated || date;
        MHD_add_response_header(m, all->items[i].name, sent_value(&all->items[i]));
    }
}

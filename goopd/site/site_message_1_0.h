/* site_message_1_0: the original's form of site_message, /goop/site/1.0.0. */
#ifndef GOOPD_SITE_SITE_MESSAGE_1_0_H
#define GOOPD_SITE_SITE_MESSAGE_1_0_H

#include "goopd/site/site_message.h"

int site_request_parse_1_0(
    struct bytes, struct site_request *ret, size_t *used);
int site_request_print_1_0(const struct site_request *, struct buffer *);
int site_answer_parse_1_0(struct bytes, struct site_answer *ret, size_t *used);
int site_answer_print_1_0(const struct site_answer *, struct buffer *);

#endif

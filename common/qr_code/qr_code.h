/* qr_code: a text as a QR code (ISO/IEC 18004), drawn as an SVG. */
#ifndef COMMON_QR_CODE_QR_CODE_H
#define COMMON_QR_CODE_QR_CODE_H

#include "common/base/buffer.h"

/* Append an <svg> element. 0; -E2BIG if no code holds the text; or -ENOBUFS.
 */
int qr_code_draw(const char *text, struct buffer *);

#endif

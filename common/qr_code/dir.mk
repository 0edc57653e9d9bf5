# a text as a picture that cameras read.
LIBRARIES += qr_code
SRC_qr_code := \
	common/qr_code/qr_code.c

LIBRARIES += presence
SRC_presence := \
	common/presence/presence_verify.c

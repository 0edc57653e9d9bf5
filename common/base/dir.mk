LIBRARIES += base
SRC_base := \
	common/base/base64.c \
	common/base/buffer.c \
	common/base/bytes.c \
	common/base/counter.c \
	common/base/fault.c \
	common/base/file.c \
	common/base/hash.c \
	common/base/hex.c \
	common/base/interface_watch.c \
	common/base/log.c \
	common/base/monotime.c \
	common/base/password_hash.c \
	common/base/random.c \
	common/base/shared_ring.c \
	common/base/text.c \
	common/base/token_bucket.c \
	common/base/xalloc.c

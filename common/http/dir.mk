LIBRARIES += http
SRC_http :=

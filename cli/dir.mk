# PROGRAMS += goop2
SRC_goop2 :=
LIBS_goop2 := 
LDLIBS_goop2 := 

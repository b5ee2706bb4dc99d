# A fake of MicroPython's py/dynruntime.mk: makes an extension of CPython of the same sources, $(MOD).so.
# PYTHON_INCLUDE is where Python.h is.  What is a fake: the API in dynruntime.h beside this file, and the linker.

# As in the real one, warnings are errors.
CFLAGS += -std=c99 -Os -Wall -Werror -fpic -I. -I$(MPY_DIR) -isystem $(PYTHON_INCLUDE) $(CFLAGS_EXTRA)

OBJECTS = $(SRC:%.c=build-fake/%.o)

$(MOD).so: $(OBJECTS)
	$(CC) -shared -o $@ $(OBJECTS)

# The real linker takes no static variables and no initialised ones.
build-fake/%.o: %.c Makefile build-fake/qstr.h
	@mkdir -p $(dir $@)
	$(CC) $(CFLAGS) -include build-fake/qstr.h -DFAKE_INIT=PyInit_$(MOD) -c -o $@ $<
	@if [ $< != module.c ] && { nm $@ | grep ' b ' || objdump -h $@ | grep '[.]data  *0*[1-9a-f]'; }; then echo "data in $<" >&2; exit 1; fi

# Names of the module's functions are interned strings there: each that the sources use gets one.
build-fake/qstr.h: $(SRC)
	@mkdir -p build-fake
	sed -n 's/.*\(MP_QSTR_\([A-Za-z0-9_]*\)\).*/#define \1 "\2"/p' $(SRC) | sort -u > $@

# koopsweep: `make quickstart` builds and runs a small sweep, `make check` runs all tests.
# Settings first; nothing below the line needs changing.

CC       = gcc
ARCH     = native
OPTIMIZE = -O3
SANITIZE =                # SANITIZE=1: address and undefined-behaviour sanitizers, own build folder
PREFIX   = /usr/local
T        =                # make test T=auroc runs the tests whose path contains "auroc"

# ------------------------------------------------------------------------------------------------

PACKAGES := hdf5 ompi-c yaml-0.1 libcjson libpcre2-8 lapacke
BUILD    := build$(if $(strip $(SANITIZE)),/sanitize)
SANITIZER := $(if $(strip $(SANITIZE)),-fsanitize=address,undefined -fno-sanitize-recover=undefined)
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla \
            -Wformat=2 -Werror
COMMIT   := $(shell git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)

CPPFLAGS := -Isrc -I. -D_GNU_SOURCE $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
CFLAGS   := -std=gnu11 -g $(OPTIMIZE) -march=$(ARCH) -fno-math-errno -ffp-contract=fast \
            $(WARNINGS) $(SANITIZER)
LDLIBS   := -lscalapack-openmpi $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -llapack -lblas -lm

# Kernels may reorder sums and skip errno, but keep NaN and infinity: divergence must be seen.
KERNEL_FLAGS := -fassociative-math -fno-signed-zeros -fno-trapping-math -freciprocal-math \
                -fcx-limited-range

SOURCES  := $(filter-out src/kernel/% src/cli/main.c,$(wildcard src/*/*.c src/*/*/*.c))
KERNELS  := $(wildcard src/kernel/*.c)
TESTS    := $(wildcard tests/*/test_*.c tests/golden_*.c)
BENCHES  := $(wildcard bench/bench_*.c)

# Every kernel is compiled twice: values, and tangents by the complex step. The f64 library is the
# same program with `flt` = double, for tests against finite differences.
object   = $(patsubst src/%.c,$(BUILD)/$(1)/%.o,$(SOURCES)) \
           $(patsubst src/%.c,$(BUILD)/$(1)/%.value.o,$(KERNELS)) \
           $(patsubst src/%.c,$(BUILD)/$(1)/%.tangent.o,$(KERNELS))
OBJECTS     := $(call object,f32)
OBJECTS_F64 := $(call object,f64)
LIBRARY     := $(BUILD)/libkoopsweep.a
LIBRARY_F64 := $(BUILD)/libkoopsweep_f64.a
PROGRAM     := $(BUILD)/koopsweep
TEST_BINARIES  := $(patsubst tests/%.c,$(BUILD)/tests/%,$(TESTS))
BENCH_BINARIES := $(patsubst bench/%.c,$(BUILD)/bench/%,$(BENCHES))

.PHONY: all tests benches check test quickstart packages bench format format-check install clean
.DELETE_ON_ERROR:
.SECONDARY:

all: $(PROGRAM)
tests: $(TEST_BINARIES)
benches: $(BENCH_BINARIES)

$(PROGRAM): $(BUILD)/f32/cli/main.o $(LIBRARY)
	$(CC) $(SANITIZER) -o $@ $^ $(LDLIBS)
$(LIBRARY): $(OBJECTS)
	rm -f $@ && ar rcs $@ $^
$(LIBRARY_F64): $(OBJECTS_F64)
	rm -f $@ && ar rcs $@ $^

compile = @mkdir -p $(@D) && echo "  CC $(patsubst $(BUILD)/%,%,$@)" && \
          $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP
$(BUILD)/f32/kernel/%.value.o: src/kernel/%.c
	$(compile) $(KERNEL_FLAGS) -c -o $@ $<
$(BUILD)/f32/kernel/%.tangent.o: src/kernel/%.c
	$(compile) $(KERNEL_FLAGS) -DTANGENT -c -o $@ $<
$(BUILD)/f64/kernel/%.value.o: src/kernel/%.c
	$(compile) $(KERNEL_FLAGS) -DREAL64 -c -o $@ $<
$(BUILD)/f64/kernel/%.tangent.o: src/kernel/%.c
	$(compile) $(KERNEL_FLAGS) -DREAL64 -DTANGENT -c -o $@ $<
$(BUILD)/f32/%.o: src/%.c
	$(compile) -DKOOPSWEEP_COMMIT='"$(COMMIT)"' -c -o $@ $<
$(BUILD)/f64/%.o: src/%.c
	$(compile) -DREAL64 -DKOOPSWEEP_COMMIT='"$(COMMIT)"' -c -o $@ $<

# A test or bench whose name ends in _f64 is built with double as the scalar type.
$(BUILD)/tests/%_f64: tests/%_f64.c $(LIBRARY_F64)
	$(compile) -DREAL64 -Itests -o $@ $< $(LIBRARY_F64) $(LDLIBS) -lcmocka
$(BUILD)/tests/%: tests/%.c $(LIBRARY)
	$(compile) -Itests -o $@ $< $(LIBRARY) $(LDLIBS) -lcmocka
$(BUILD)/bench/%: bench/%.c $(LIBRARY)
	$(compile) -o $@ $< $(LIBRARY) $(LDLIBS)

test: all tests
	tests/run.sh "$(BUILD)" "$(strip $(T))"

clean:
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

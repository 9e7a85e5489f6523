# SPDX-License-Identifier: GPL-2.0-or-later
#
# libFuzzer targets, built with clang (FUZZ_CC). To add one, write
# tests/fuzz/fuzz_NAME.c and, here or in a fragment of your own tests/fuzz/X.mk,
#	FUZZ_NAMES += fuzz_NAME
#	$(O)/tests/fuzz/fuzz_NAME: objects that it links, as .fuzz.o
#	$(O)/tests/fuzz/fuzz_NAME: FUZZ_LIBS := -lwhat -lit -lneeds
# Seeds go to tests/fuzz/corpus/fuzz_NAME/, a dictionary to
# tests/fuzz/fuzz_NAME.dict; whoever runs the targets finds them by name.

include userspace/btnsd/wire.mk

FUZZ_NAMES :=

FUZZ_NAMES += fuzz_parse
$(O)/tests/fuzz/fuzz_parse: $(O)/tests/unit/ike_sample.fuzz.o \
	$(BTNSD_WIRE_OBJS:.o=.fuzz.o)

# keys and signatures of strangers: SubjectPublicKeyInfo, certificates, AUTH
FUZZ_NAMES += fuzz_key
$(O)/tests/fuzz/fuzz_key: $(BTNSD_CRYPTO_OBJS:.o=.fuzz.o) \
	$(O)/userspace/btnsd/ike/buf.fuzz.o
$(O)/tests/fuzz/fuzz_key: FUZZ_LIBS := $(BTNSD_CRYPTO_LIBS)

-include $(filter-out tests/fuzz/fuzz.mk,$(wildcard tests/fuzz/*.mk))

FUZZ_PROGRAMS := $(addprefix $(O)/tests/fuzz/,$(FUZZ_NAMES))
FUZZERS += $(FUZZ_PROGRAMS)

$(FUZZ_PROGRAMS): $(O)/tests/fuzz/%: $(O)/tests/fuzz/%.fuzz.o
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_LDFLAGS) -o $@ $^ $(FUZZ_LIBS)

# Writes the seeds anew, after ike_sample.c or crypto_vectors.h changed.
$(O)/tests/fuzz/make_corpus: $(O)/tests/fuzz/make_corpus.o \
	$(O)/tests/unit/ike_sample.o $(O)/tests/unit/pki.o $(BTNSD_WIRE_OBJS)
	$(CC) $(BTNS_LDFLAGS) -o $@ $^ -lcrypto

.PHONY: fuzz-corpus
fuzz-corpus: $(O)/tests/fuzz/make_corpus
	mkdir -p $(addprefix tests/fuzz/corpus/fuzz_, parse ike key trust)
	$(O)/tests/fuzz/make_corpus tests/fuzz/corpus
	tests/fuzz/make_packets.py tests/fuzz/corpus/fuzz_packet
	tests/fuzz/make_requests.py tests/fuzz/corpus

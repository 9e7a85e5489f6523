# SPDX-License-Identifier: GPL-2.0-or-later
#
# Objects of btnsd's wire and crypto halves. btnsd.mk, unit.mk and fuzz.mk
# include this; whoever links BTNSD_CRYPTO_OBJS also links BTNSD_CRYPTO_LIBS.
ifndef BTNSD_WIRE_OBJS

BTNSD_WIRE_OBJS := $(addprefix $(O)/userspace/btnsd/ike/, \
	buf.o message.o names.o parse.o build.o rules.o)

# rand.o apart, so that a test of the machine can link a deterministic one.
BTNSD_RAND_OBJ := $(O)/userspace/btnsd/crypto/rand.o

BTNSD_CRYPTO_OBJS := $(addprefix $(O)/userspace/btnsd/crypto/, \
	crypto.o dh.o kem.o kex.o prf.o aead.o cbc.o keymat.o cert.o trust.o key.o keyfile.o file.o sig.o) $(BTNSD_RAND_OBJ)

BTNSD_CRYPTO_LIBS := -lcrypto

endif

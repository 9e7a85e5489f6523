/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Talks between two hosts, and the words for what tshark reads of them. Host 0
 * is 10.0.0.1 and >, host 1 is 10.0.0.2 and <; see struct heard.
 */
#ifndef TESTS_UNIT_TALK_H
#define TESTS_UNIT_TALK_H

#include "ktap.h"

#include "capture.h"

/**
 * struct talk - something that hosts do, and what tshark has to read of it
 * @play: does it; the world is over when it returns
 * @said: each message, as struct heard has it
 * @first: its first message
 * @end: behind its last
 */
struct talk {
	void (*play)(void);
	const char *const *said;
	unsigned int first, end;
};

/**
 * talk_same() - is this what was said?
 * @t: talk
 *
 * Return: whether it is, and nothing else.
 */
static inline bool talk_same(const struct talk *t)
{
	const char *const *said = t->said;
	unsigned int i;

	for (i = t->first; i < t->end && *said; i++, said++) {
		const struct heard *h = capture_heard(i);

		if (h && !strcmp(h->text, *said))
			continue;
		ktap_note("message %u: wanted \"%s\", is \"%s\"",
			  i - t->first + 1, *said, h ? h->text : "");
		return false;
	}
	if (i < t->end || *said)
		ktap_note("there are %u messages, %s are wanted", t->end - t->first,
			  *said ? "more" : "fewer");
	return i == t->end && !*said;
}

/**
 * talk_check() - check that a talk was what it should be, with nothing wrong
 * @t: talk
 */
static inline void talk_check(const struct talk *t)
{
	unsigned int i;

	if (t->first == t->end) {
		ktap_skip("nothing was heard");
		return;
	}
	CHECK(talk_same(t));
	for (i = t->first; i < t->end; i++) {
		const struct heard *h = capture_heard(i);

		if (CHECK(h) && !CHECK_EQ(h->complaints, 0))
			ktap_note("%s: %s", h->text, h->complaint);
	}
}

#define N(what)		" N(" what ")"
#define TS(i, r)	" TSi(" i ") TSr(" r ")"
#define A		"10.0.0.1-10.0.0.1:"
#define B		"10.0.0.2-10.0.0.2:"
#define ALL		"0-65535/0"
#define TOKEN		N("QUICK_CRASH_DETECTION")
#define TRANSPORT	N("USE_TRANSPORT_MODE")
#define GCM		"AES_GCM_16-256 HMAC_SHA2_256 "
#define ESP(pfs)	" SA ESP: AES_GCM_16-256 " pfs "NO"

/* IKE_SA_INIT: what is offered, what is taken, in which group */
#define NOTES		" Nonce" N("NAT_DETECTION_SOURCE_IP") N("NAT_DETECTION_DESTINATION_IP") \
			N("SIGNATURE_HASH_ALGORITHMS") N("IKEV2_FRAGMENTATION_SUPPORTED")
#define INIT_ASK(who, cookie, offer, group) \
	who " IKE_SA_INIT 0?" cookie " SA IKE: " offer " KE(" group ")" NOTES
#define INIT_SAY(who, choice, group) \
	who " IKE_SA_INIT 0! SA IKE: " choice " KE(" group ")" NOTES \
	N("CHILDLESS_IKEV2_SUPPORTED")
#define INIT(sa) \
	INIT_ASK(">", "", sa "X25519 ECP_256", "X25519"), INIT_SAY("<", sa "X25519", "X25519")

/* IKE_AUTH: the last fragment, who one is and how that is proved, selectors */
#define KEY		" CERT(RAW_KEY) AUTH(DIGITAL_SIGNATURE)"
#define RSA		" CERT(RAW_KEY) CERT(RAW_RSA) AUTH(DIGITAL_SIGNATURE)"
#define CONTACT		N("INITIAL_CONTACT")
#define SELECTORS	TS(A "40000-40000/6 " A ALL, B "80-80/6 " B ALL)
#define AUTH_ASK(id, sk, who, mode, ts) \
	"> IKE_AUTH " id "? " sk " IDi" who TOKEN mode ESP("") ts
#define AUTH_SAY(id, sk, who, mode, ts) \
	"< IKE_AUTH " id "! " sk " IDr" who TOKEN mode ESP("") ts
#define AUTH_OF(asked, agreed) \
	AUTH_ASK("1", "SK", "(KEY_ID)" KEY CONTACT, TRANSPORT, asked), \
	AUTH_SAY("1", "SK", "(KEY_ID)" KEY, TRANSPORT, agreed)
#define AUTH		AUTH_OF(SELECTORS, TS(A ALL, B ALL))
/* where there are policies for ports of TCP */
#define TCP		"0-65535/6"
#define AUTH_TCP \
	AUTH_OF(TS(A "40000-40000/6 " A TCP, B "80-80/6 " B "80-80/6"), TS(A TCP, B "80-80/6"))

/* the last of several fragments, with which tshark has the whole */
#define CUT_ASK(n) \
	AUTH_ASK("1", "SKF(" n "/" n ")", "(KEY_ID)" RSA CONTACT, TRANSPORT, SELECTORS)
#define CUT_SAY(n) \
	AUTH_SAY("1", "SKF(" n "/" n ")", "(KEY_ID)" RSA, TRANSPORT, TS(A ALL, B ALL))

#define OPEN		INIT(GCM), AUTH

/* requests of a child SA or an IKE SA, and what ends one */
#define REKEY_ASK(who, id, pfs, ke, ts) \
	who " CREATE_CHILD_SA " id "? SK" N("REKEY_SA") TRANSPORT ESP(pfs) " Nonce" ke ts
#define REKEY_SAY(who, id, pfs, ke, ts) \
	who " CREATE_CHILD_SA " id "! SK" TRANSPORT ESP(pfs) " Nonce" ke ts
#define IKE_ASK(who, id, offer, group) \
	who " CREATE_CHILD_SA " id "? SK SA IKE: " offer " Nonce KE(" group ")"
#define IKE_SAY(who, id, choice, group) \
	who " CREATE_CHILD_SA " id "! SK SA IKE: " choice " Nonce KE(" group ")" TOKEN
#define CHILD_ASK(id, ts) \
	"> CREATE_CHILD_SA " id "? SK" TRANSPORT ESP("") " Nonce" ts
#define INFO(who, id, what)	who " INFORMATIONAL " id " SK" what

/* all that follows on IKE_AUTH in whole_life() */
#define LIFE(sa, offer, group, pfs, ke) \
	INFO(">", "2?", ""), INFO("<", "2!", ""), \
	REKEY_ASK("<", "0", pfs, ke, TS(B ALL, A ALL)), \
	REKEY_SAY(">", "0", pfs, ke, TS(B ALL, A ALL)), \
	INFO("<", "1?", " D(ESP 1)"), INFO(">", "1!", " D(ESP 1)"), \
	IKE_ASK(">", "3", sa offer, group), IKE_SAY("<", "3", sa group, group), \
	/* under the new keys, and under the old ones */ \
	INFO(">", "0?", TOKEN), INFO(">", "4?", " D(IKE 0)"), \
	INFO("<", "0!", ""), INFO("<", "4!", ""), \
	INFO(">", "1?", " D(ESP 1)"), INFO("<", "1!", " D(ESP 1)"), \
	INFO("<", "0?", " D(IKE 0)"), INFO(">", "0!", "")

#endif

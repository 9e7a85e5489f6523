// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Name tables for logs, one line per number of wire.h. Small and searched
 * from the front: names are only wanted when a line is written.
 */
#include "btnsd/ike/names.h"

#include <stddef.h>

#include "btnsd/ike/wire.h"

struct name {
	unsigned int n;
	const char *text;
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *find(const struct name *table, size_t count, unsigned int n)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (table[i].n == n)
			return table[i].text;
	return "unknown";
}

static const struct name exchanges[] = {
	{ IKE_SA_INIT, "IKE_SA_INIT" },
	{ IKE_AUTH, "IKE_AUTH" },
	{ IKE_CREATE_CHILD_SA, "CREATE_CHILD_SA" },
	{ IKE_INFORMATIONAL, "INFORMATIONAL" },
	{ IKE_SESSION_RESUME, "IKE_SESSION_RESUME" },
	{ IKE_INTERMEDIATE, "IKE_INTERMEDIATE" },
	{ IKE_FOLLOWUP_KE, "IKE_FOLLOWUP_KE" },
};

static const struct name payloads[] = {
	{ IKE_PLD_NONE, "none" },
	{ IKE_PLD_SA, "SA" },
	{ IKE_PLD_KE, "KE" },
	{ IKE_PLD_IDI, "IDi" },
	{ IKE_PLD_IDR, "IDr" },
	{ IKE_PLD_CERT, "CERT" },
	{ IKE_PLD_CERTREQ, "CERTREQ" },
	{ IKE_PLD_AUTH, "AUTH" },
	{ IKE_PLD_NONCE, "Nonce" },
	{ IKE_PLD_NOTIFY, "N" },
	{ IKE_PLD_DELETE, "D" },
	{ IKE_PLD_VENDOR, "V" },
	{ IKE_PLD_TSI, "TSi" },
	{ IKE_PLD_TSR, "TSr" },
	{ IKE_PLD_SK, "SK" },
	{ IKE_PLD_CP, "CP" },
	{ IKE_PLD_EAP, "EAP" },
	{ IKE_PLD_SKF, "SKF" },
};

static const struct name protos[] = {
	{ IKE_PROTO_NONE, "none" },
	{ IKE_PROTO_IKE, "IKE" },
	{ IKE_PROTO_AH, "AH" },
	{ IKE_PROTO_ESP, "ESP" },
};

static const struct name notifies[] = {
	{ IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD, "UNSUPPORTED_CRITICAL_PAYLOAD" },
	{ IKE_N_INVALID_IKE_SPI, "INVALID_IKE_SPI" },
	{ IKE_N_INVALID_MAJOR_VERSION, "INVALID_MAJOR_VERSION" },
	{ IKE_N_INVALID_SYNTAX, "INVALID_SYNTAX" },
	{ IKE_N_INVALID_MESSAGE_ID, "INVALID_MESSAGE_ID" },
	{ IKE_N_INVALID_SPI, "INVALID_SPI" },
	{ IKE_N_NO_PROPOSAL_CHOSEN, "NO_PROPOSAL_CHOSEN" },
	{ IKE_N_INVALID_KE_PAYLOAD, "INVALID_KE_PAYLOAD" },
	{ IKE_N_AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED" },
	{ IKE_N_SINGLE_PAIR_REQUIRED, "SINGLE_PAIR_REQUIRED" },
	{ IKE_N_NO_ADDITIONAL_SAS, "NO_ADDITIONAL_SAS" },
	{ IKE_N_INTERNAL_ADDRESS_FAILURE, "INTERNAL_ADDRESS_FAILURE" },
	{ IKE_N_FAILED_CP_REQUIRED, "FAILED_CP_REQUIRED" },
	{ IKE_N_TS_UNACCEPTABLE, "TS_UNACCEPTABLE" },
	{ IKE_N_INVALID_SELECTORS, "INVALID_SELECTORS" },
	{ IKE_N_UNACCEPTABLE_ADDRESSES, "UNACCEPTABLE_ADDRESSES" },
	{ IKE_N_UNEXPECTED_NAT_DETECTED, "UNEXPECTED_NAT_DETECTED" },
	{ IKE_N_TEMPORARY_FAILURE, "TEMPORARY_FAILURE" },
	{ IKE_N_CHILD_SA_NOT_FOUND, "CHILD_SA_NOT_FOUND" },
	{ IKE_N_STATE_NOT_FOUND, "STATE_NOT_FOUND" },
	{ IKE_N_INITIAL_CONTACT, "INITIAL_CONTACT" },
	{ IKE_N_SET_WINDOW_SIZE, "SET_WINDOW_SIZE" },
	{ IKE_N_ADDITIONAL_TS_POSSIBLE, "ADDITIONAL_TS_POSSIBLE" },
	{ IKE_N_IPCOMP_SUPPORTED, "IPCOMP_SUPPORTED" },
	{ IKE_N_NAT_DETECTION_SOURCE_IP, "NAT_DETECTION_SOURCE_IP" },
	{ IKE_N_NAT_DETECTION_DESTINATION_IP, "NAT_DETECTION_DESTINATION_IP" },
	{ IKE_N_COOKIE, "COOKIE" },
	{ IKE_N_USE_TRANSPORT_MODE, "USE_TRANSPORT_MODE" },
	{ IKE_N_HTTP_CERT_LOOKUP_SUPPORTED, "HTTP_CERT_LOOKUP_SUPPORTED" },
	{ IKE_N_REKEY_SA, "REKEY_SA" },
	{ IKE_N_ESP_TFC_PADDING_NOT_SUPPORTED, "ESP_TFC_PADDING_NOT_SUPPORTED" },
	{ IKE_N_NON_FIRST_FRAGMENTS_ALSO, "NON_FIRST_FRAGMENTS_ALSO" },
	{ IKE_N_MOBIKE_SUPPORTED, "MOBIKE_SUPPORTED" },
	{ IKE_N_ADDITIONAL_IP4_ADDRESS, "ADDITIONAL_IP4_ADDRESS" },
	{ IKE_N_ADDITIONAL_IP6_ADDRESS, "ADDITIONAL_IP6_ADDRESS" },
	{ IKE_N_NO_ADDITIONAL_ADDRESSES, "NO_ADDITIONAL_ADDRESSES" },
	{ IKE_N_UPDATE_SA_ADDRESSES, "UPDATE_SA_ADDRESSES" },
	{ IKE_N_COOKIE2, "COOKIE2" },
	{ IKE_N_NO_NATS_ALLOWED, "NO_NATS_ALLOWED" },
	{ IKE_N_AUTH_LIFETIME, "AUTH_LIFETIME" },
	{ IKE_N_MULTIPLE_AUTH_SUPPORTED, "MULTIPLE_AUTH_SUPPORTED" },
	{ IKE_N_ANOTHER_AUTH_FOLLOWS, "ANOTHER_AUTH_FOLLOWS" },
	{ IKE_N_REDIRECT_SUPPORTED, "REDIRECT_SUPPORTED" },
	{ IKE_N_REDIRECT, "REDIRECT" },
	{ IKE_N_REDIRECTED_FROM, "REDIRECTED_FROM" },
	{ IKE_N_TICKET_LT_OPAQUE, "TICKET_LT_OPAQUE" },
	{ IKE_N_TICKET_REQUEST, "TICKET_REQUEST" },
	{ IKE_N_EAP_ONLY_AUTHENTICATION, "EAP_ONLY_AUTHENTICATION" },
	{ IKE_N_CHILDLESS_IKEV2_SUPPORTED, "CHILDLESS_IKEV2_SUPPORTED" },
	{ IKE_N_QUICK_CRASH_DETECTION, "QUICK_CRASH_DETECTION" },
	{ IKE_N_MESSAGE_ID_SYNC_SUPPORTED, "IKEV2_MESSAGE_ID_SYNC_SUPPORTED" },
	{ IKE_N_REPLAY_COUNTER_SYNC_SUPPORTED, "IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED" },
	{ IKE_N_MESSAGE_ID_SYNC, "IKEV2_MESSAGE_ID_SYNC" },
	{ IKE_N_FRAGMENTATION_SUPPORTED, "IKEV2_FRAGMENTATION_SUPPORTED" },
	{ IKE_N_SIGNATURE_HASH_ALGORITHMS, "SIGNATURE_HASH_ALGORITHMS" },
	{ IKE_N_USE_PPK, "USE_PPK" },
	{ IKE_N_INTERMEDIATE_EXCHANGE_SUPPORTED, "INTERMEDIATE_EXCHANGE_SUPPORTED" },
	{ IKE_N_ADDITIONAL_KEY_EXCHANGE, "ADDITIONAL_KEY_EXCHANGE" },
};

static const struct name transform_types[] = {
	{ IKE_TRANS_ENCR, "ENCR" },
	{ IKE_TRANS_PRF, "PRF" },
	{ IKE_TRANS_INTEG, "INTEG" },
	{ IKE_TRANS_DH, "KE" },
	{ IKE_TRANS_ESN, "ESN" },
	{ IKE_TRANS_ADDKE1, "ADDKE1" },
	{ IKE_TRANS_ADDKE1 + 1, "ADDKE2" },
	{ IKE_TRANS_ADDKE1 + 2, "ADDKE3" },
	{ IKE_TRANS_ADDKE1 + 3, "ADDKE4" },
	{ IKE_TRANS_ADDKE1 + 4, "ADDKE5" },
	{ IKE_TRANS_ADDKE1 + 5, "ADDKE6" },
	{ IKE_TRANS_ADDKE7, "ADDKE7" },
};

static const struct name encrs[] = {
	{ IKE_ENCR_NULL, "NULL" },
	{ IKE_ENCR_AES_CBC, "AES_CBC" },
	{ IKE_ENCR_AES_CTR, "AES_CTR" },
	{ IKE_ENCR_AES_GCM_8, "AES_GCM_8" },
	{ IKE_ENCR_AES_GCM_12, "AES_GCM_12" },
	{ IKE_ENCR_AES_GCM_16, "AES_GCM_16" },
	{ IKE_ENCR_CHACHA20_POLY1305, "CHACHA20_POLY1305" },
};

static const struct name prfs[] = {
	{ IKE_PRF_HMAC_SHA1, "HMAC_SHA1" },
	{ IKE_PRF_HMAC_SHA2_256, "HMAC_SHA2_256" },
	{ IKE_PRF_HMAC_SHA2_384, "HMAC_SHA2_384" },
	{ IKE_PRF_HMAC_SHA2_512, "HMAC_SHA2_512" },
};

static const struct name integs[] = {
	{ IKE_INTEG_NONE, "NONE" },
	{ IKE_INTEG_HMAC_SHA1_96, "HMAC_SHA1_96" },
	{ IKE_INTEG_HMAC_SHA2_256_128, "HMAC_SHA2_256_128" },
	{ IKE_INTEG_HMAC_SHA2_384_192, "HMAC_SHA2_384_192" },
	{ IKE_INTEG_HMAC_SHA2_512_256, "HMAC_SHA2_512_256" },
};

static const struct name groups[] = {
	{ IKE_DH_NONE, "NONE" },
	{ IKE_DH_MODP_2048, "MODP_2048" },
	{ IKE_DH_MODP_3072, "MODP_3072" },
	{ IKE_DH_MODP_4096, "MODP_4096" },
	{ IKE_DH_ECP_256, "ECP_256" },
	{ IKE_DH_ECP_384, "ECP_384" },
	{ IKE_DH_ECP_521, "ECP_521" },
	{ IKE_DH_X25519, "X25519" },
	{ IKE_DH_X448, "X448" },
	{ IKE_DH_ML_KEM_512, "ML_KEM_512" },
	{ IKE_DH_ML_KEM_768, "ML_KEM_768" },
	{ IKE_DH_ML_KEM_1024, "ML_KEM_1024" },
};

static const struct name esns[] = {
	{ IKE_ESN_NO, "NO" },
	{ IKE_ESN_YES, "YES" },
};

static const struct name ids[] = {
	{ IKE_ID_IPV4_ADDR, "IPV4_ADDR" },
	{ IKE_ID_FQDN, "FQDN" },
	{ IKE_ID_RFC822_ADDR, "RFC822_ADDR" },
	{ IKE_ID_IPV6_ADDR, "IPV6_ADDR" },
	{ IKE_ID_DER_ASN1_DN, "DER_ASN1_DN" },
	{ IKE_ID_DER_ASN1_GN, "DER_ASN1_GN" },
	{ IKE_ID_KEY_ID, "KEY_ID" },
	{ IKE_ID_NULL, "NULL" },
	{ IKE_ID_PUBLICKEY, "PUBLICKEY" },
};

static const struct name certs[] = {
	{ IKE_CERT_X509_SIGNATURE, "X509" },
	{ IKE_CERT_RAW_RSA, "RAW_RSA" },
	{ IKE_CERT_HASH_URL, "HASH_URL" },
	{ IKE_CERT_RAW_KEY, "RAW_KEY" },
};

static const struct name auths[] = {
	{ IKE_AUTH_RSA, "RSA" },
	{ IKE_AUTH_PSK, "PSK" },
	{ IKE_AUTH_DSS, "DSS" },
	{ IKE_AUTH_ECDSA_256, "ECDSA_256" },
	{ IKE_AUTH_ECDSA_384, "ECDSA_384" },
	{ IKE_AUTH_ECDSA_521, "ECDSA_521" },
	{ IKE_AUTH_NULL, "NULL" },
	{ IKE_AUTH_DIGITAL_SIGNATURE, "DIGITAL_SIGNATURE" },
};

static const struct name hashes[] = {
	{ IKE_HASH_SHA1, "SHA1" },
	{ IKE_HASH_SHA2_256, "SHA2_256" },
	{ IKE_HASH_SHA2_384, "SHA2_384" },
	{ IKE_HASH_SHA2_512, "SHA2_512" },
	{ IKE_HASH_IDENTITY, "IDENTITY" },
};

const char *ike_name_exchange(unsigned int n)
{
	return find(exchanges, COUNT(exchanges), n);
}

const char *ike_name_payload(unsigned int n)
{
	return find(payloads, COUNT(payloads), n);
}

const char *ike_name_proto(unsigned int n)
{
	return find(protos, COUNT(protos), n);
}

const char *ike_name_notify(unsigned int n)
{
	return find(notifies, COUNT(notifies), n);
}

const char *ike_name_transform_type(unsigned int n)
{
	return find(transform_types, COUNT(transform_types), n);
}

const char *ike_name_transform(unsigned int type, unsigned int id)
{
	switch (type) {
	case IKE_TRANS_ENCR:
		return find(encrs, COUNT(encrs), id);
	case IKE_TRANS_PRF:
		return find(prfs, COUNT(prfs), id);
	case IKE_TRANS_INTEG:
		return find(integs, COUNT(integs), id);
	case IKE_TRANS_DH:
	case IKE_TRANS_ADDKE1 ... IKE_TRANS_ADDKE7:
		return find(groups, COUNT(groups), id);
	case IKE_TRANS_ESN:
		return find(esns, COUNT(esns), id);
	default:
		return "unknown";
	}
}

const char *ike_name_id(unsigned int n)
{
	return find(ids, COUNT(ids), n);
}

const char *ike_name_cert(unsigned int n)
{
	return find(certs, COUNT(certs), n);
}

const char *ike_name_auth(unsigned int n)
{
	return find(auths, COUNT(auths), n);
}

const char *ike_name_hash(unsigned int n)
{
	return find(hashes, COUNT(hashes), n);
}

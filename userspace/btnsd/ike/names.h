/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of the wire to names, for logs. Every function returns a constant
 * string, "unknown" for a number that has no name here: print the number too.
 */
#ifndef BTNSD_IKE_NAMES_H
#define BTNSD_IKE_NAMES_H

#include <stdbool.h>

/**
 * ike_name_exchange() - name of an exchange
 * @n: enum ike_exchange
 *
 * Return: constant string.
 */
const char *ike_name_exchange(unsigned int n);

/**
 * ike_name_payload() - name of a payload type, as the RFC abbreviates it
 * @n: enum ike_payload_type
 *
 * Return: constant string.
 */
const char *ike_name_payload(unsigned int n);

/**
 * ike_name_proto() - name of a protocol id
 * @n: enum ike_proto
 *
 * Return: constant string.
 */
const char *ike_name_proto(unsigned int n);

/**
 * ike_name_notify() - name of a notify type
 * @n: enum ike_notify
 *
 * Return: constant string.
 */
const char *ike_name_notify(unsigned int n);

/**
 * ike_name_transform_type() - name of a transform type
 * @n: enum ike_transform
 *
 * Return: constant string.
 */
const char *ike_name_transform_type(unsigned int n);

/**
 * ike_name_transform() - name of a transform
 * @type: enum ike_transform
 * @id: its id
 *
 * Return: constant string.
 */
const char *ike_name_transform(unsigned int type, unsigned int id);

/**
 * ike_name_id() - name of an identification type, PUBLICKEY included
 * @n: enum ike_id_type
 *
 * Return: constant string.
 */
const char *ike_name_id(unsigned int n);

/**
 * ike_name_cert() - name of a certificate encoding
 * @n: enum ike_cert_encoding
 *
 * Return: constant string.
 */
const char *ike_name_cert(unsigned int n);

/**
 * ike_name_auth() - name of an authentication method
 * @n: enum ike_auth_method
 *
 * Return: constant string.
 */
const char *ike_name_auth(unsigned int n);

/**
 * ike_name_hash() - name of a signature hash algorithm
 * @n: enum ike_sig_hash
 *
 * Return: constant string.
 */
const char *ike_name_hash(unsigned int n);

#endif /* BTNSD_IKE_NAMES_H */

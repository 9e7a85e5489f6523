/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One good message of every shape, made by the builder, for the tests of the
 * wire half and as seeds of the fuzzer. Protected messages carry their inner
 * payloads in SK without encryption: no IV, no ICV, pad length 0.
 */
#ifndef TESTS_UNIT_IKE_SAMPLE_H
#define TESTS_UNIT_IKE_SAMPLE_H

#include "btnsd/ike/build.h"
#include "btnsd/ike/parse.h"
#include "btnsd/ike/rules.h"

#define SAMPLE_MAX	65536

/**
 * sample_count() - how many there are
 *
 * Return: the number.
 */
unsigned int sample_count(void);

/**
 * sample_name() - what a sample is
 * @i: which
 *
 * Return: a name that can be a file's.
 */
const char *sample_name(unsigned int i);

/**
 * sample_shape() - the shape that a sample must have
 * @i: which
 *
 * Return: the shape.
 */
enum ike_shape sample_shape(unsigned int i);

/**
 * sample_make() - build a sample
 * @i: which
 * @buf: room for SAMPLE_MAX octets
 *
 * Return: the datagram, {NULL, 0} when the builder failed.
 */
struct span sample_make(unsigned int i, uint8_t *buf);

/**
 * sample_open() - parse a datagram whole, its SK being in clear
 * @datagram: the message
 * @msg: filled
 * @fail: filled
 *
 * Return: the code of the outer or the inner parse.
 */
enum ike_parse_code sample_open(struct span datagram, struct ike_msg *msg,
				struct ike_parse_fail *fail);

/**
 * sample_close() - build the message that was parsed again
 * @msg: message
 * @clear: room for SAMPLE_MAX octets: the message without SK
 * @inner: room for SAMPLE_MAX octets: the payloads inside SK
 * @outer_span: what is in @clear
 * @inner_span: what is in @inner
 * @first: type of the first inner payload
 *
 * Return: whether the builder took it.
 */
bool sample_close(const struct ike_msg *msg, uint8_t *clear, uint8_t *inner,
		  struct span *outer_span, struct span *inner_span,
		  uint8_t *first);

/**
 * sample_broken() - check that a parsed message stays within its octets
 * @msg: message
 * @datagram: what it was parsed from
 *
 * Return: NULL, or what is wrong.
 */
const char *sample_broken(const struct ike_msg *msg, struct span datagram);

#endif /* TESTS_UNIT_IKE_SAMPLE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder for the files of a test, of which nothing is left when the test is
 * over, also if a signal or a sanitizer ended it.
 */
#ifndef TESTS_UNIT_TEMP_H
#define TESTS_UNIT_TEMP_H

/* longer than any path in it that a test makes */
#define TEMP_PATH_MAX	128

/**
 * temp_folder() - the folder, which is made when it is first asked for
 *
 * Return: its path, under $TMPDIR or /tmp.
 */
const char *temp_folder(void);

/**
 * temp_path() - where a file in it is, or would be
 * @name: of the file
 *
 * Return: its path; it is good until the eighth call from now.
 */
const char *temp_path(const char *name);

#endif

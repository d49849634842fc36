# SPDX-License-Identifier: GPL-2.0
"""What the whole-system tests are made of; README.md shows how a test uses it."""

# SPDX-License-Identifier: GPL-2.0
"""The whole-system tests: each function is a story, named arch-target-scenario."""

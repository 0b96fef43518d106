"""Specifications of TLT and TAO made into experiments: no key of the old file without a word."""

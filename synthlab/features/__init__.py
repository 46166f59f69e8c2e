"""Texts as words, hashes and neighbours; rooms above share them."""
